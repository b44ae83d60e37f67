package load

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// Reset throws staging away and makes it anew from the pristine of its
// generation, with its grants and settings, without a look at production. It
// is refused where no pristine is left: after a rollback, or where there was no
// room for one.
func (s *Server) Reset(ctx context.Context, o PublishOptions) (result SwapResult, err error) {
	err = s.underPublish(ctx, func(ctx context.Context) error {
		result, err = s.reset(ctx, o)
		return err
	})
	return result, err
}

func (s *Server) reset(ctx context.Context, o PublishOptions) (SwapResult, error) {
	inv, err := s.inventory(ctx, true)
	if err != nil {
		return SwapResult{}, err
	}
	if err := s.resettable(inv); err != nil {
		return SwapResult{}, err
	}
	number := inv.serving()
	result := SwapResult{Generation: number, Previous: number, Pristine: true}
	for _, name := range []string{s.names.old(number), s.names.live(number)} {
		if err := s.vacate(ctx, inv, name); err != nil {
			return result, err
		}
	}
	o.step("clone")
	started := time.Now()
	var in *database
	err = s.admin(ctx, func(conn *pgx.Conn) error {
		in, err = s.clone(ctx, conn, inv.pristine(number), s.names.live(number))
		return err
	})
	if err != nil {
		return result, err
	}
	result.Clone = time.Since(started)
	if err := s.dress(ctx, inv.staging, candidate{in, true}, o, &result); err != nil {
		return result, err
	}
	o.step("swap")
	old := swap{in: in, out: inv.staging, outName: s.names.old(number), outRole: Discarded, fresh: true, after: inv.lastRetired()}
	if err := s.finish(ctx, old, &result); err != nil {
		return result, err
	}
	o.step("drop")
	err = s.admin(ctx, func(conn *pgx.Conn) error { return s.drop(ctx, conn, old.outName, inv.staging.oid) })
	if err != nil {
		// Staging is reset; the rest is for the janitor.
		s.warn("%s is left for the janitor: %v", catalog.Display(old.outName), err)
		return result, nil
	}
	result.Dropped = []string{old.outName}
	return result, nil
}

// resettable says why staging cannot be reset, nil if it can.
func (s *Server) resettable(inv *inventory) error {
	name := catalog.Display(s.cfg.Staging)
	switch {
	case inv.staging == nil:
		return fault.New(fault.Preflight, "there is no %s to reset", name).WithHint("run `understudy refresh`")
	case inv.staging.marker == nil:
		return s.notOurs(inv.staging)
	case inv.pristine(inv.serving()) != nil:
		return nil
	}
	for _, d := range inv.previous() {
		if d.number > inv.serving() {
			return fault.New(fault.Preflight, "%s cannot be reset: it was rolled back to generation %d, whose pristine was dropped when generation %d went live",
				name, inv.serving(), d.number).WithHint("`understudy rollback` returns to generation %d; or run `understudy refresh`", d.number)
		}
	}
	return fault.New(fault.Preflight, "%s cannot be reset: no pristine of generation %d was kept", name, inv.serving()).
		WithHint("set target.pristine: true, make room, and run `understudy refresh`")
}

// notOurs refuses to act on a database with staging's name.
func (s *Server) notOurs(d *database) error {
	name := catalog.Display(d.name)
	if d.foreign != "" {
		return fault.New(fault.Preflight, "the database %s belongs to the project %s", name, catalog.Display(d.foreign))
	}
	return fault.New(fault.Preflight, "understudy did not make the database %s", name).
		WithHint("`understudy refresh --adopt %s` takes it over", name)
}
