// Package refresh is one run from preflight to swap: production in, a masked
// staging database out. It is the only package that knows every stage; the
// stages do not know each other.
package refresh

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/extract"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/load"
	"github.com/understudy-db/understudy/migrations"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/report"
	"github.com/understudy-db/understudy/transform/mask"
)

// maxSnapshots is how many snapshots a run takes before it gives up on a
// source whose tables keep changing under it.
const maxSnapshots = 3

// cleanupTimeout bounds the dropping of an unfinished generation after the
// run's own context is gone.
const cleanupTimeout = 30 * time.Second

// Options is one run.
type Options struct {
	Config *policies.Config
	RunID  string // NewRunID
	DryRun bool   // check everything that can be checked without a write on either side
	Resume bool   // publish the complete generation that an earlier run could not swap in
	Adopt  string // name of an unmarked staging database that may be taken over
	Rekey  bool   // the key may be another one than the serving generation's
	Drift  bool   // the source's schema may be another one than the serving generation's, whatever the configuration says
	Tool   string // version of understudy, for provenance
	Log    *slog.Logger
	Observer
	Migrated      bool                     // of a reset: run pending migrations on the new staging
	Rehearsed     func(*migrations.Report) // takes the report of a rehearsal; may be nil
	LastRehearsal *migrations.Report       // an earlier one, to compare with; may be nil

	scratch catalog.DSN // read instead of the source: see CheckMigrations
}

// NewRunID is a fresh identifier of a run: UTC time and 32 random bits.
func NewRunID(now time.Time) string {
	var b [4]byte
	rand.Read(b[:])
	return now.UTC().Format("20060102T150405Z-") + hex.EncodeToString(b[:])
}

// run is the state of one refresh.
type run struct {
	Options
	rep    *report.Run
	key    mask.Key
	policy *policies.Policy
	target *load.Server
	source *extract.Snapshot // the first attempt's; nil before

	schema     *catalog.Fingerprint // of the source, this attempt's
	stageName  string
	stageStart time.Time
}

// Run refreshes staging. The report is never nil: after an error it says how
// far the run came. Staging serves throughout, whatever happens.
func Run(ctx context.Context, o Options) (*report.Run, error) {
	o.fill()
	r := &run{Options: o, rep: &report.Run{
		SchemaVersion: report.SchemaVersion, Tool: o.Tool, ID: o.RunID, Project: o.Config.Project,
		Staging: o.Config.Target.Database, Started: time.Now().UTC(), Outcome: report.Failed,
		Policy: report.Policy{MaskCatalog: mask.CatalogVersion, Determinism: o.Config.Determinism},
	}}
	warn := r.Observer.Warn
	var mu sync.Mutex // stages warn from several goroutines
	r.Observer.Warn = func(msg string) {
		mu.Lock()
		defer mu.Unlock()
		r.rep.Warnings = append(r.rep.Warnings, msg)
		warn(msg)
	}
	err := r.run(ctx)
	r.endStage()
	r.rep.Seconds = time.Since(r.rep.Started).Seconds()
	return r.rep, err
}

func (r *run) run(ctx context.Context) (err error) {
	r.stage("preflight")
	if r.Resume {
		return r.resume(ctx)
	}
	if r.key, err = r.Config.Key(ctx); err != nil {
		return err
	}
	r.rep.Policy.KeyFingerprint = r.key.Fingerprint()
	if r.policy, err = loadPolicy(r.Config); err != nil {
		return err
	}
	if r.Config.Migrations.Path != "" {
		if _, err := r.migrationsFolder(); err != nil {
			return err
		}
	}
	if r.target, err = openTarget(ctx, &r.Options, r.DryRun); err != nil {
		return err
	}
	defer r.target.Close()
	if err := r.sameKey(ctx); err != nil {
		return err
	}
	return r.underLock(ctx, func(ctx context.Context) error {
		if !r.DryRun {
			dropped, err := r.target.Janitor(ctx)
			if err != nil {
				return err
			}
			for _, name := range dropped {
				r.Log.Info("dropped left-over database", "database", name)
			}
		}
		return r.attempts(ctx)
	})
}

// sameKey refuses another key than the one that the serving generation was
// masked with: it would make a stranger of everybody whom people know in
// staging. With determinism: per_refresh nobody is known.
func (r *run) sameKey(ctx context.Context) error {
	if r.Rekey || r.Config.Determinism == "per_refresh" {
		return nil
	}
	was, err := r.target.ServingKey(ctx)
	if err != nil {
		return err
	}
	if now := r.key.Fingerprint(); was != "" && was != now {
		return fault.New(fault.Preflight, "the key is %s, and staging was masked with %s", now, was).
			WithHint("restore the key; or, if another one is meant, `understudy refresh --rekey` once")
	}
	return nil
}

// underLock runs act under the build lock. Losing the lock ends act, and is the
// error then, whatever it led to in the middle of something else.
func (r *run) underLock(ctx context.Context, act func(context.Context) error) error {
	held, unlock, err := r.target.LockBuild(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	err = act(held)
	if lost := context.Cause(held); err != nil && lost != nil && ctx.Err() == nil {
		return lost
	}
	return err
}

// attempts takes snapshots until one survives: a table that is truncated,
// rewritten or altered in mid-run voids the snapshot, and the next attempt
// reads the tables that did so first.
func (r *run) attempts(ctx context.Context) error {
	var first []catalog.Name
	for n := 1; ; n++ {
		r.rep.Attempts = n
		err := r.attempt(ctx, first)
		var void *extract.VoidError
		if !errors.As(err, &void) || ctx.Err() != nil {
			return err
		}
		if void.Conflict {
			r.rep.Totals.Conflicts++
		}
		if n == maxSnapshots {
			return fault.Wrap(fault.Transient, err, "%d snapshots were voided by changes on the source", n).
				WithHint("keep migrations and TRUNCATE of that table away from the time of the refresh, or set it to `rows: none`")
		}
		first = append(first, void.Table)
		r.Observer.Warn("snapshot voided, starting again: " + err.Error())
	}
}

// attempt is one snapshot's way from the source to the swap.
func (r *run) attempt(ctx context.Context, first []catalog.Name) (err error) {
	r.rep.Gates, r.rep.Waivers = nil, nil
	r.stage("snapshot")
	source, err := openSource(ctx, &r.Options)
	if err != nil {
		return err
	}
	defer source.Close()
	snap := source.Snapshot()
	cat := source.Catalog()
	r.rep.Source = report.Source{Server: cat.Server.Version, Standby: snap.Standby, SnapshotTime: snap.Time,
		SnapshotLSN: snap.LSN, Bytes: cat.Database.Bytes}
	if err := r.sameSource(snap); err != nil {
		return err
	}
	if err := r.gate("target is not the source", func() error { return proveApart(ctx, r.target, source) }); err != nil {
		return err
	}

	r.stage("policy")
	var bound *bound
	err = r.gate(report.PolicyGate, func() error {
		bound, err = bind(ctx, source, r.Config, r.policy, &r.key)
		r.rep.Policy.Uncovered = uncovered(cat, err)
		return err
	})
	if err != nil {
		return err
	}
	for _, t := range bound.tables {
		t.first = slices.Contains(first, t.Table.Name)
	}
	for _, w := range bound.Warnings {
		r.Observer.Warn(w.Error())
	}
	r.rep.Policy.Hash = bound.Hash
	if err := source.Guard(ctx, bound.guarded()); err != nil {
		return err
	}
	schema, err := readSchema(ctx, source, bound)
	if err != nil {
		return err
	}
	err = r.gate("definitions hold no personal data", func() error { return checkDefinitions(r.policy, schema, bound.Waivers) })
	if err != nil {
		return err
	}
	if err := r.gate("what is refused has a waiver", func() error { return r.waivers(bound) }); err != nil {
		return err
	}
	r.schema = cat.Fingerprint()
	if err := r.gate("schema is the serving generation's", func() error { return r.drift(ctx) }); err != nil {
		return err
	}
	space, err := r.target.Preflight(ctx, cat)
	if err != nil {
		return err
	}
	r.Log.Info("space on the target", "run", r.RunID, "plan", space.String())
	if err := r.target.PreflightSchema(ctx, schema); err != nil {
		return err
	}
	if r.DryRun {
		r.rep.Outcome = report.DryRun
		r.rep.Tables = bound.describe()
		return nil
	}

	r.stage("schema")
	build, err := r.target.Create(ctx, cat.Database)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil && r.rep.Outcome != report.Complete {
			err = build.Explain(ctx, err)
			r.abandon(ctx, build)
		}
	}()
	r.rep.Generation, r.rep.Database = build.Number(), build.Name()
	if err := source.Fresh(ctx, func(q catalog.Querier) error { return build.ProveApart(ctx, q) }); err != nil {
		return err
	}
	if err := build.PreData(ctx, schema); err != nil {
		return err
	}
	bound.omit(build.Omits)
	if err := r.extensionTables(ctx, source, build, bound); err != nil {
		return err
	}

	if err := build.PrepareDerived(ctx, bound.derivations()); err != nil {
		return err
	}
	r.stage("pre-solve")
	if err := r.gate("masked samples fit every constraint", func() error { return r.presolve(ctx, source, build, bound) }); err != nil {
		return err
	}
	r.stage("data")
	store, err := r.remember(bound)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := r.dataAndIndexes(ctx, source, build, bound); err != nil {
		return err
	}
	r.stage("analyze")
	if err := build.Analyze(ctx); err != nil {
		return err
	}
	r.stage("verify")
	if err := build.AdvanceSequences(ctx, bound.verifyInput(cat)); err != nil {
		return err
	}
	err = r.gate("rows, indexes, constraints and sequences are complete", func() error { return build.Verify(ctx, bound.verifyInput(cat)) })
	if err != nil {
		return err
	}
	if r.Config.Verify.Leaks != "off" {
		r.stage("leaks")
		if err := r.gate("masked columns hold nothing that no mask writes", func() error { return r.leaks(ctx, build, bound) }); err != nil {
			return err
		}
	}
	if store != nil {
		r.stage("originals")
		if err := r.gate("no original value of a masked column survives", func() error { return r.originals(ctx, build, bound, store) }); err != nil {
			return err
		}
	}
	r.stage("seal")
	if err := build.Seal(ctx, r.provenance(snap, bound)); err != nil {
		return err
	}
	migrate, err := r.rehearse(ctx, build.Name())
	if err != nil {
		return err
	}
	return r.publish(ctx, build.Number(), migrate)
}

// waivers reports what the policy lets pass, and refuses what nobody has
// signed. Where it masks nothing at all, a whole copy is meant, and a warning
// is enough; so it is where statistics may have changed since the policy was
// checked.
func (r *run) waivers(b *bound) error {
	if len(b.Refused) > 0 && b.Masks {
		return b.Refused
	}
	for _, p := range slices.Concat(b.Refused, b.Repeats) {
		r.Observer.Warn(p.Error())
	}
	if r.Config.Verify.Originals != "off" {
		// Which of these are used is known at the end of the run; that one has run
		// out is not to be found out there.
		if _, _, err := waivers(b.Waivers, policies.RuleOriginal); err != nil {
			return err
		}
	}
	return r.waived(b, append(policies.NameRules(), policies.RuleLiteral)...)
}

// waived reports the waivers of some rules, now that all have been asked for,
// beside those that were reported before.
func (r *run) waived(b *bound, rules ...string) error {
	used, unused, err := waivers(b.Waivers, rules...)
	for _, w := range used[len(r.rep.Waivers):] {
		r.Log.Info("waived", "run", r.RunID, "rule", w.Rule, "object", w.Object, "by", w.Origin)
	}
	r.rep.Waivers = used
	for _, p := range unused {
		r.Observer.Warn(p.Error())
	}
	return err
}

// sameSource refuses to go on, after a snapshot was lost, with another server
// than the run began with: a standby that was promoted is production now, and
// after a failover the source may lack what it had.
func (r *run) sameSource(snap extract.Snapshot) error {
	if r.source == nil {
		r.source = &snap
		return nil
	}
	var what string
	switch was := r.source; {
	case was.SystemIdentifier != snap.SystemIdentifier:
		what = "another cluster answers now"
	case was.Standby && !snap.Standby:
		what = "the standby has been promoted"
	case was.Standby != snap.Standby || was.Timeline != snap.Timeline:
		what = "another server of the cluster answers now"
	default:
		return nil
	}
	return fault.New(fault.Transient, "the source has changed during the run: %s", what).
		WithHint("after a failover, see where source.url should lead, then run it again")
}

// publish swaps the sealed generation in.
func (r *run) publish(ctx context.Context, generation int, migrate func(context.Context, string) error) error {
	r.stage("publish")
	r.rep.Outcome = report.Complete // from here on the generation outlives a failure
	swap, err := r.target.Publish(ctx, generation, load.PublishOptions{Progress: r.stage, Lenient: true, Migrate: migrate})
	if err != nil {
		return err
	}
	r.published(ctx, swap)
	return nil
}

// published reports the swap and tidies up: the old pristine and generations
// beyond target.keep go.
func (r *run) published(ctx context.Context, swap load.SwapResult) {
	r.rep.Outcome = report.Published
	r.rep.Swap = &report.Swap{Milliseconds: float64(swap.Swap.Microseconds()) / 1000,
		Terminated: swap.Ended, Waited: swap.Waited.Seconds(), Previous: swap.OldDatabase}
	for _, t := range swap.Kept {
		r.rep.Swap.Kept = append(r.rep.Swap.Kept, report.Kept(t))
	}
	if !swap.Pristine {
		r.rep.Database = ""
	}
	for _, s := range swap.NotCopied {
		r.rep.Skipped = append(r.rep.Skipped, report.Skipped{Object: s, Reason: "of the old staging; we may not set it"})
	}
	r.stage("tidy")
	if _, err := r.target.Janitor(ctx); err != nil {
		r.Observer.Warn("old generations are left for the next run: " + err.Error())
	}
}

// resume publishes the complete generation that an earlier run left.
func (r *run) resume(ctx context.Context) (err error) {
	if r.target, err = openTarget(ctx, &r.Options, false); err != nil {
		return err
	}
	defer r.target.Close()
	return r.underLock(ctx, func(ctx context.Context) error {
		swap, err := r.target.Resume(ctx, load.PublishOptions{Progress: r.stage, Lenient: true, Migrate: r.migration()})
		if err != nil {
			return err
		}
		r.rep.Generation = swap.Generation
		r.published(ctx, swap)
		return nil
	})
}

// dataAndIndexes moves the rows and builds what comes after them, one after the
// other or, with load.overlap, table by table.
func (r *run) dataAndIndexes(ctx context.Context, source *extract.Source, build *load.Build, b *bound) error {
	rows := func(ctx context.Context, loaded func(*catalog.Table)) error {
		if err := r.data(ctx, source, build, b, loaded); err != nil {
			return err
		}
		r.rep.Waiters = waiters(source)
		source.Close() // production's sessions are given back before the target's own work
		if derived := b.derivations(); len(derived) > 0 {
			r.stage("derive")
			if err := build.Derive(ctx, derived); err != nil {
				return err
			}
		}
		r.stage("indexes")
		return nil
	}
	if !r.Config.Load.Overlap || len(b.derivations()) > 0 { // derived tables are written again
		if err := rows(ctx, func(*catalog.Table) {}); err != nil {
			return err
		}
		return r.postData(ctx, build, nil)
	}
	loaded := make(chan *catalog.Table, len(b.tables))
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return r.postData(gctx, build, loaded) })
	g.Go(func() error {
		err := rows(gctx, func(t *catalog.Table) { loaded <- t })
		if err == nil {
			close(loaded)
		}
		return err
	})
	return g.Wait()
}

// postData builds what comes after the data.
func (r *run) postData(ctx context.Context, build *load.Build, loaded <-chan *catalog.Table) error {
	result, err := build.PostData(ctx, load.PostOptions{Loaded: loaded, Progress: func(name string, done, total int) {
		r.Log.Info("created", "run", r.RunID, "object", name, "done", done, "total", total)
	}})
	for _, s := range result.Skipped {
		r.rep.Skipped = append(r.rep.Skipped, report.Skipped{Object: s.Object, Reason: s.Reason})
	}
	for _, name := range result.NotValid {
		r.rep.Skipped = append(r.rep.Skipped, report.Skipped{Object: "validation of " + name, Reason: "not validated on the source either"})
	}
	return err
}

// abandon drops an unfinished generation. The run's context may be gone.
func (r *run) abandon(ctx context.Context, build *load.Build) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	if err := build.Drop(ctx); err != nil {
		r.Observer.Warn("could not drop the unfinished generation " + catalog.Display(build.Name()) +
			"; the next refresh does: " + err.Error())
	}
}

// gate runs a check whose failure stops the swap, and reports what came of it.
func (r *run) gate(name string, check func() error) error {
	err := check()
	r.rep.Gates = append(r.rep.Gates, report.Gate{Name: name, Passed: err == nil})
	return err
}

func (r *run) stage(name string) {
	r.endStage()
	r.stageName, r.stageStart = name, time.Now()
	r.Observer.Stage(name)
	r.Log.Info("stage", "run", r.RunID, "stage", name)
}

// endStage adds the running stage's time to the report; a stage that ran once
// for each attempt is summed.
func (r *run) endStage() {
	if r.stageName == "" {
		return
	}
	s := time.Since(r.stageStart).Seconds()
	name := r.stageName
	r.stageName = ""
	for i := range r.rep.Stages {
		if r.rep.Stages[i].Name == name {
			r.rep.Stages[i].Seconds += s
			return
		}
	}
	r.rep.Stages = append(r.rep.Stages, report.Stage{Name: name, Seconds: s})
}
