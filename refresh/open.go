package refresh

import (
	"context"
	"os"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/extract"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/load"
	"github.com/understudy-db/understudy/policies"
)

// openTarget connects to the target. With inspect, missing rights are no error.
func openTarget(ctx context.Context, o *Options, inspect bool) (*load.Server, error) {
	c := o.Config
	if err := c.Require("project", "target.url", "target.database"); err != nil {
		return nil, err
	}
	dsn, err := c.TargetDSN(ctx)
	if err != nil {
		return nil, err
	}
	before, err := statements(c)
	if err != nil {
		return nil, err
	}
	return load.Open(ctx, load.Config{
		DSN: dsn, Staging: c.Target.Database, Owner: c.Target.Owner, Template: c.Target.Template,
		Project: c.Project, RunID: o.RunID, Keep: c.Target.Keep, AllowSameCluster: c.Target.AllowSameCluster,
		Adopt: o.Adopt, LoadJobs: c.Target.LoadJobs, IndexJobs: c.Target.IndexJobs,
		FrozenLimit: int64(c.Load.FrozenLimit), Pristine: c.Target.Pristine, SpaceLimit: int64(c.Target.SpaceLimit),
		KeepPristines: c.Target.KeepPristines, Grace: c.Target.Grace,
		KeepTables: load.KeepTables{Names: c.Target.KeepTables, DropOrphans: c.Target.Orphans == "drop"},
		Roles:      c.Target.Roles, BeforePublish: before, Inspect: inspect, Log: o.Log, Warn: o.Observer.Warn,
	})
}

// statements are the texts of before_publish, read now so that a missing file
// stops a run before it starts.
func statements(c *policies.Config) ([]load.Statement, error) {
	var out []load.Statement
	for i, s := range c.BeforePublish {
		origin, sql := c.BeforePublishOrigin(i), s.SQL
		if s.File != "" {
			text, err := os.ReadFile(s.File)
			if err != nil {
				return nil, fault.Wrap(fault.Usage, err, "read before_publish").At(origin)
			}
			origin, sql = s.File, string(text)
		}
		out = append(out, load.Statement{Origin: origin, SQL: sql})
	}
	return out, nil
}

// sourceConfig is how gently the source is read.
func sourceConfig(ctx context.Context, o *Options) (extract.Config, error) {
	dsn := o.scratch
	if dsn == "" {
		var err error
		if dsn, err = o.Config.SourceDSN(ctx); err != nil {
			return extract.Config{}, err
		}
	}
	s := o.Config.Source
	return extract.Config{
		DSN: dsn, RunID: o.RunID, Connections: s.Connections, MaxSnapshotAge: s.MaxSnapshotAge,
		MaxBlock: s.MaxBlock, LockTimeout: s.LockTimeout, OnCIC: s.OnCIC, MaxMBps: s.MaxMBps,
		MaxReplicaLag: s.MaxReplicaLag, ChunkBytes: int64(s.ChunkSize), PgDump: o.Config.Tools.PgDump,
		SecretVariables: o.Config.SecretVariables(),
		Log:             o.Log, Warn: o.Observer.Warn,
	}, nil
}

// SourceBusy tells why the schedule should leave the source alone for now; empty:
// it need not.
func SourceBusy(ctx context.Context, o Options) (string, error) {
	sessions, lag := o.Config.Schedule.MaxSessions, o.Config.Source.MaxReplicaLag
	if sessions == 0 && lag == 0 {
		return "", nil
	}
	dsn, err := o.Config.SourceDSN(ctx)
	if err != nil {
		return "", err
	}
	return extract.Busy(ctx, dsn, sessions, lag)
}

func openSource(ctx context.Context, o *Options) (*extract.Source, error) {
	cfg, err := sourceConfig(ctx, o)
	if err != nil {
		return nil, err
	}
	return extract.Open(ctx, cfg)
}

// proveApart makes sure that the target is not the source.
func proveApart(ctx context.Context, target *load.Server, source *extract.Source) error {
	snap := source.Snapshot()
	return source.Fresh(ctx, func(q catalog.Querier) error {
		return target.ProveApart(ctx, q, load.SourceIdentity{SystemIdentifier: snap.SystemIdentifier, InRecovery: snap.Standby})
	})
}
