package load

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// PublishOptions say how a generation is published.
type PublishOptions struct {
	// Progress is told what comes next. May be nil.
	Progress func(step string)
	// Migrate changes the candidate before before_publish runs; nobody else is
	// connected to it. Nil: nothing to change.
	Migrate func(ctx context.Context, database string) error
	// Lenient: a table of Config.KeepTables that staging does not have yet is
	// warned of instead of refused.
	Lenient bool
}

func (o PublishOptions) step(name string) {
	if o.Progress != nil {
		o.Progress(name)
	}
}

// SwapResult is what publishing, resetting or rolling back did.
type SwapResult struct {
	Generation int  // live now
	Previous   int  // live before; -1 if there was no staging
	Adopted    bool // staging was somebody else's database and is generation 0 now
	Pristine   bool // the generation can be reset

	Clone  time.Duration // copying the pristine; 0 without
	Before time.Duration // before_publish
	Swap   time.Duration // from ending the first session of staging to the commit
	Waited time.Duration // for a moment without transactions, at most Config.Grace
	Ended  int           // sessions of staging

	Kept []KeptTable // staging's own rows that went on

	OldDatabase string   // what was staging is called now; empty if there was none
	NotCopied   []string // settings and grants of the old staging that we may not set
	Dropped     []string // databases
}

// Publish makes a sealed generation staging: it clones the pristine, or takes
// the generation itself where no pristine is kept; gives it the old staging's
// grants and settings; runs before_publish; and swaps. Whatever fails, staging
// goes on as it was and the generation can be published later by Resume.
func (s *Server) Publish(ctx context.Context, generation int, o PublishOptions) (result SwapResult, err error) {
	err = s.underPublish(ctx, func(ctx context.Context) error {
		result, err = s.publish(ctx, generation, o)
		return err
	})
	return result, err
}

// Resume publishes the newest generation that is complete and was never live:
// the one whose swap was refused or interrupted.
func (s *Server) Resume(ctx context.Context, o PublishOptions) (result SwapResult, err error) {
	err = s.underPublish(ctx, func(ctx context.Context) error {
		inv, err := s.inventory(ctx, true)
		if err != nil {
			return err
		}
		d := inv.unpublished()
		if d == nil {
			return fault.New(fault.Preflight, "no complete generation of %s waits for its swap", catalog.Display(s.cfg.Staging)).
				WithHint("run `understudy refresh`")
		}
		result, err = s.publish(ctx, d.number, o)
		return err
	})
	return result, err
}

func (s *Server) publish(ctx context.Context, generation int, o PublishOptions) (SwapResult, error) {
	inv, err := s.inventory(ctx, true)
	if err != nil {
		return SwapResult{}, err
	}
	if err := s.requireStaging(inv); err != nil {
		return SwapResult{}, err
	}
	if inv.staging != nil && inv.staging.marker != nil && inv.serving() >= generation {
		return SwapResult{}, fault.New(fault.Preflight, "generation %d is not newer than generation %d, which is live", generation, inv.serving())
	}
	result := SwapResult{Generation: generation, Previous: -1}
	outName := ""
	if inv.staging != nil {
		result.Previous, result.Adopted = max(inv.serving(), 0), inv.staging.marker == nil
		outName = s.names.live(result.Previous)
		if err := s.vacate(ctx, inv, outName); err != nil {
			return result, err
		}
	}
	started := time.Now()
	in, err := s.candidate(ctx, inv, generation, o)
	if err != nil {
		return result, err
	}
	if in.cloned {
		result.Pristine, result.Clone = true, time.Since(started)
	}
	if err := s.dress(ctx, inv.staging, in, o, &result); err != nil {
		return result, err
	}
	o.step("swap")
	return result, s.finish(ctx, swap{
		in: in.database, out: inv.staging, outName: outName, outRole: Previous,
		fresh: true, pristine: inv.pristine(generation), after: inv.lastRetired(),
	}, &result)
}

// vacate makes sure that the name which staging is to be given is free. What an
// interrupted attempt has left under it goes; anything else is in the way.
func (s *Server) vacate(ctx context.Context, inv *inventory, name string) error {
	d := inv.find(name)
	switch {
	case d == nil:
		return nil
	case !d.ours:
		return fault.New(fault.Preflight, "the name %s, which the swap needs, is taken: %s", catalog.Display(name), d.why).
			WithHint("rename or drop that database")
	case d.role() == Discarded, d.repeatable(inv), d.broken, d.suffix == oldSuffix && d.marker == nil:
		return s.admin(ctx, func(conn *pgx.Conn) error { return s.drop(ctx, conn, d.name, d.oid) })
	}
	return fault.New(fault.Preflight, "the name %s, which the swap needs, is taken by a %s database of ours", catalog.Display(name), d.role()).
		WithHint("rename or drop it")
}

// candidate is the database that will be staging.
type candidate struct {
	*database
	cloned bool // the pristine stays behind
}

// candidate brings S__uN_live about. One that an earlier attempt has left is
// replaced where it can be made anew, and taken on where it cannot.
func (s *Server) candidate(ctx context.Context, inv *inventory, generation int, o PublishOptions) (c candidate, err error) {
	name := s.names.live(generation)
	err = s.admin(ctx, func(conn *pgx.Conn) error {
		built := inv.find(s.names.pristine(generation))
		if built != nil && (built.marker == nil || built.marker.Role != Pristine && built.marker.Role != Complete) {
			return fault.New(fault.Preflight, "generation %d is not complete: %s", generation, catalog.Display(built.name)).
				WithHint("run `understudy refresh`")
		}
		if built != nil && built.marker.Published != nil {
			return fault.New(fault.Preflight, "generation %d has been live already", generation).
				WithHint("`understudy rollback` brings a previous generation back")
		}
		there := inv.find(name)
		switch {
		case there != nil && !there.ours:
			return fault.New(fault.Preflight, "the name %s is taken: %s", catalog.Display(name), there.why).
				WithHint("rename or drop that database")
		case there != nil && built == nil:
			if !there.resumable(inv) {
				return fault.New(fault.Preflight, "generation %d has been live already", generation).
					WithHint("`understudy rollback` brings a previous generation back")
			}
			c = candidate{there, false}
			return nil
		case there != nil:
			if err := s.drop(ctx, conn, there.name, there.oid); err != nil {
				return err
			}
		case built == nil:
			return fault.New(fault.Preflight, "there is no generation %d", generation).
				WithHint("`understudy generations` lists what there is")
		}
		if built.marker.Role == Pristine {
			o.step("clone")
			d, err := s.clone(ctx, conn, built, name)
			if err == nil {
				c = candidate{d, true}
				return nil
			}
			if !cannotWrite(err) {
				return err
			}
			if s.cfg.Pristine == "true" {
				return fault.Wrap(fault.Preflight, err, "a clone of %s takes %s, and all databases of %s together had %s when the target could not write more",
					catalog.Display(built.name), size(built.bytes), catalog.Display(s.cfg.Staging), size(inv.held())).
					WithHint("make room on the target, then `understudy refresh --resume`; or do without reset: target.pristine: auto")
			}
			s.warn("there is no room for a pristine beside staging, `understudy reset` will not work on generation %d: %v", generation, err)
		}
		d, err := s.promoteBuild(ctx, conn, built, name)
		c = candidate{d, false}
		return err
	})
	return c, err
}

// promoteBuild turns the sealed generation itself into the candidate.
func (s *Server) promoteBuild(ctx context.Context, conn *pgx.Conn, built *database, name string) (*database, error) {
	if err := s.clear(ctx, conn, built.place()); err != nil {
		return nil, err
	}
	d := *built
	m := *built.marker
	m.Role = Candidate
	err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if err := rename(ctx, tx, built, name, m); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "ALTER DATABASE "+quoted(name)+" ALLOW_CONNECTIONS true")
		return err
	})
	if err != nil {
		return nil, s.failed(err, "rename %s to %s", catalog.Display(built.name), catalog.Display(name))
	}
	d.name, d.suffix, d.marker, d.open = name, liveSuffix, &m, true
	return &d, nil
}

// dress gives the candidate what the old staging had, then runs before_publish,
// which has the last word.
func (s *Server) dress(ctx context.Context, old *database, in candidate, o PublishOptions, result *SwapResult) error {
	err := s.admin(ctx, func(conn *pgx.Conn) error {
		grants, err := s.copyAccess(ctx, conn, old, in.name)
		if err != nil || old == nil {
			return err
		}
		settings, err := s.copySettings(ctx, conn, old.oid, in.name)
		result.NotCopied = append(grants, settings...)
		return err
	})
	if err != nil {
		return err
	}
	if o.Migrate != nil {
		o.step("migrate")
		if err := o.Migrate(ctx, in.name); err != nil {
			return err
		}
	}
	if old != nil && len(s.cfg.KeepTables.Names) > 0 {
		o.step("keep_tables")
		if result.Kept, err = s.keepTables(ctx, old.name, in.name, o.Lenient); err != nil {
			return err
		}
	}
	if len(s.cfg.BeforePublish) == 0 {
		return nil
	}
	o.step("before_publish")
	started := time.Now()
	err = s.beforePublish(ctx, in.name)
	result.Before = time.Since(started)
	return err
}

// finish swaps and fills in the result.
func (s *Server) finish(ctx context.Context, sw swap, result *SwapResult) error {
	done, err := s.exchange(ctx, sw)
	if err != nil {
		return err
	}
	result.Swap, result.Ended, result.Waited = done.took, done.ended, done.waited
	result.OldDatabase = sw.outName
	s.cfg.Log.Info("staging swapped", "run", s.cfg.RunID, "generation", result.Generation, "elapsed", done.took)
	return nil
}
