package refresh

import (
	"context"
	"os"
	"path/filepath"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/load"
	"github.com/understudy-db/understudy/migrations"
	"github.com/understudy-db/understudy/report"
)

// Settings of migrations.on_failure.
const (
	keepPrevious = "keep_previous"
	publishAtSrc = "publish_at_source_version"
)

// Rehearse runs the pending migrations on copies of a generation's pristine; 0 is
// the one that staging was published from. Neither key nor source is needed.
// change may alter the options that the configuration gives; nil leaves them.
func Rehearse(ctx context.Context, generation int, o Options, change func(*migrations.Options)) (*migrations.Report, error) {
	o.fill()
	if err := o.Config.Require("migrations.path"); err != nil {
		return nil, err
	}
	target, err := openTarget(ctx, &o, false)
	if err != nil {
		return nil, err
	}
	defer target.Close()
	s, err := target.Status(ctx)
	if err != nil {
		return nil, err
	}
	template := ""
	for _, g := range s.Generations {
		if g.Role == load.Pristine && (g.Number == generation || generation == 0 && (s.Serving == nil || g.Number == s.Serving.Number)) {
			template = g.Database
		}
	}
	if template == "" && generation != 0 {
		return nil, fault.New(fault.Preflight, "there is no pristine of generation %d to rehearse on", generation).
			WithHint("`understudy generations` lists what is kept; target.keep_pristines says how many")
	}
	if template == "" {
		return nil, fault.New(fault.Preflight, "there is no pristine to rehearse on").
			WithHint("run `understudy refresh`, which rehearses by itself where migrations.path is set; or `understudy rehearse --empty --migrations DIR`")
	}
	m, err := o.migrations(ctx, template)
	if err != nil {
		return nil, err
	}
	if change != nil {
		change(m)
	}
	return migrations.Run(ctx, *m)
}

// migrationsFolder is where migrations.path leads.
func (o *Options) migrationsFolder() (string, error) {
	dir := o.Config.Migrations.Path
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(o.Config.Dir(), dir)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return "", fault.New(fault.Usage, "migrations.path: %s is no folder", dir)
	}
	return dir, nil
}

// migrations are the configuration as package migrations takes it.
func (o *Options) migrations(ctx context.Context, template string) (*migrations.Options, error) {
	c := o.Config.Migrations
	dir, err := o.migrationsFolder()
	if err != nil {
		return nil, err
	}
	dsn, err := o.Config.TargetDSN(ctx)
	if err != nil {
		return nil, err
	}
	m := &migrations.Options{
		Dir: os.DirFS(dir), Path: filepath.ToSlash(c.Path), Server: dsn, Role: o.Config.Target.Owner, Template: template,
		Runner: migrations.Runner{
			Table: c.Table, TableQuoted: c.TableQuoted, MultiStatement: c.MultiStatement, OneTransaction: c.TxScope == "all",
			LockTimeout: c.LockTimeout, EachStatement: c.StatementTime, StatementTime: c.XStatementTime,
		},
		FileTimeout: c.FileTimeout, NoTrace: c.MaxClones < 2, NoRoundTrip: c.MaxClones < 3, Log: o.Log,
		Gates: migrations.Gates{
			MaxReadBlock: c.Gates.MaxReadBlock, MaxWriteBlock: c.Gates.MaxWriteBlock, MaxDuration: c.Gates.MaxDuration,
			MaxWAL: int64(c.Gates.MaxWAL), MaxExtraDisk: int64(c.Gates.MaxExtraDisk), RequireDown: c.Gates.RequireDown, RequireProof: c.Gates.RequireProof, MaxRegression: c.Gates.MaxRegression, NoFailOn: c.Gates.FailOn == "none",
		},
	}
	m.SourceProof = c.SourceProof
	// A verb that needs no source does without one that is not configured.
	if m.Source, err = o.Config.SourceDSN(ctx); err != nil {
		o.Log.Info("no source to ask", "reason", err)
	}
	if !m.Gates.NoFailOn {
		if err := m.Gates.FailOn.UnmarshalText([]byte(c.Gates.FailOn)); err != nil {
			return nil, fault.New(fault.Usage, "migrations.gates.fail_on: %s", err)
		}
	}
	return m, nil
}

// rehearse runs the pending migrations on copies of the sealed generation. The
// function it returns runs them on the new staging; nil: staging stays at the
// source's version.
func (r *run) rehearse(ctx context.Context, pristine string) (func(context.Context, string) error, error) {
	c := r.Config.Migrations
	if c.Path == "" {
		return nil, nil
	}
	r.stage("rehearse")
	m, err := r.migrations(ctx, pristine)
	if err != nil {
		return nil, err
	}
	m.Gates.Last = r.LastRehearsal
	rep, err := migrations.Run(ctx, *m)
	if err != nil {
		return nil, err
	}
	if r.Rehearsed != nil {
		r.Rehearsed(rep)
	}
	sum := &report.Rehearsal{Outcome: string(rep.Outcome), Headline: rep.Headline, Version: rep.Base.Version, Pending: rep.Pending()}
	for _, g := range rep.Gates {
		sum.Gates = append(sum.Gates, g.Place+" "+g.Gate+": "+g.Message)
	}
	r.rep.Rehearsal = sum
	passed := rep.Outcome == migrations.Passed
	r.rep.Gates = append(r.rep.Gates, report.Gate{Name: "migrations pass their rehearsal", Passed: passed})
	if !passed {
		switch c.OnFailure {
		case keepPrevious:
			if rep.Outcome == migrations.Incomplete {
				return nil, fault.New(fault.Preflight, "migrations could not be rehearsed: %s", rep.Headline).
					WithHint("`understudy refresh --report DIR` writes what was found; migrations.on_failure says what a refresh does then")
			}
			return nil, fault.New(fault.Migration, "migrations did not pass their rehearsal: %s", rep.Headline).
				WithHint("`understudy refresh --report DIR` writes what was found; migrations.on_failure says what a refresh does then")
		case publishAtSrc:
			r.Observer.Warn("migrations did not pass their rehearsal; staging is published at the source's version: " + rep.Headline)
			return nil, nil
		}
		r.Observer.Warn("migrations did not pass their rehearsal: " + rep.Headline)
	}
	if !c.Apply {
		return nil, nil
	}
	apply, err := r.apply(ctx)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, database string) error {
		err := apply(ctx, database)
		sum.Applied = err == nil
		return err
	}, nil
}

// migration is what runs pending migrations on a candidate that was complete
// already; nil where the configuration asks for none.
func (r *run) migration() func(context.Context, string) error {
	if r.Config.Migrations.Path == "" || !r.Config.Migrations.Apply {
		return nil
	}
	return func(ctx context.Context, database string) error {
		apply, err := r.apply(ctx)
		if err != nil {
			return err
		}
		return apply(ctx, database)
	}
}

// apply gives the function that runs pending migrations on a database, as
// golang-migrate does and as the owner.
func (o *Options) apply(ctx context.Context) (func(context.Context, string) error, error) {
	if err := o.Config.Require("migrations.path"); err != nil {
		return nil, err
	}
	m, err := o.migrations(ctx, "")
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, database string) error {
		n, err := migrations.Apply(ctx, *m, database)
		if err == nil {
			o.Log.Info("migrations applied", "run", o.RunID, "database", catalog.Display(database), "versions", n)
		}
		return err
	}, nil
}
