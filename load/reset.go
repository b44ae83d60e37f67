package load

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// Reset throws staging away and makes it anew from the pristine of its
// generation, with its grants and settings, without a look at production. It
// is refused where no pristine is left: after a rollback, or where there was no
// room for one. With the number of another generation in to (negative: the
// serving one) that generation's clean state takes staging's place, and staging
// is kept as a previous generation. Where somebody has dropped staging, the
// newest generation that was published comes back, or that of to.
func (s *Server) Reset(ctx context.Context, to int, o PublishOptions) (result SwapResult, err error) {
	err = s.underPublish(ctx, func(ctx context.Context) error {
		result, err = s.reset(ctx, to, o)
		return err
	})
	return result, err
}

func (s *Server) reset(ctx context.Context, to int, o PublishOptions) (SwapResult, error) {
	inv, err := s.inventory(ctx, true)
	if err != nil {
		return SwapResult{}, err
	}
	number := inv.serving()
	if inv.staging == nil && to < 0 { // dropped by hand
		if published := inv.otherPristines(); len(published) > 0 {
			to = published[0].number
		}
	}
	if to < 0 || to == number {
		err = s.resettable(inv)
	} else {
		number, err = to, s.resettableTo(inv, to)
	}
	if err != nil {
		return SwapResult{}, err
	}
	result := SwapResult{Generation: number, Previous: max(inv.serving(), 0), Pristine: true}
	sw, name, err := s.resetSwap(ctx, inv, number)
	if err != nil {
		return result, err
	}
	o.step("clone")
	started := time.Now()
	err = s.admin(ctx, func(conn *pgx.Conn) error {
		sw.in, err = s.clone(ctx, conn, inv.pristine(number), name)
		return err
	})
	if err != nil {
		return result, err
	}
	result.Clone = time.Since(started)
	if err := s.dress(ctx, inv.staging, candidate{sw.in, true}, o, &result); err != nil {
		return result, err
	}
	o.step("swap")
	if err := s.finish(ctx, sw, &result); err != nil {
		return result, err
	}
	doomed := sw.discard
	if sw.outRole == Discarded {
		doomed = &database{name: sw.outName, oid: inv.staging.oid}
	}
	if doomed == nil {
		return result, nil
	}
	o.step("drop")
	err = s.admin(ctx, func(conn *pgx.Conn) error { return s.drop(ctx, conn, doomed.name, doomed.oid) })
	if err != nil {
		// Staging is reset; the rest is for the janitor.
		s.warn("%s is left for the janitor: %v", catalog.Display(doomed.name), err)
		return result, nil
	}
	result.Dropped = []string{doomed.name}
	return result, nil
}

// resetSwap prepares the swap of a generation's clone with staging, and says
// what the clone is to be called until then.
func (s *Server) resetSwap(ctx context.Context, inv *inventory, number int) (sw swap, clone string, err error) {
	sw = swap{out: inv.staging, outName: s.names.old(number), outRole: Discarded, fresh: true, after: inv.lastRetired()}
	clone = s.names.live(number)
	if number != inv.serving() {
		sw.outName, sw.outRole = s.names.live(inv.serving()), Previous
		if d := inv.find(clone); d != nil && d.ours && d.role() == Previous {
			sw.discard = d // what its users made of that generation goes, once its clean state serves
		}
		// A name that only a clone of ours has, so that the janitor knows it without a marker.
		clone = s.names.old(number)
	}
	taken := []string{sw.outName, clone}
	if inv.staging == nil {
		sw.outName, taken = "", []string{clone}
	}
	for _, name := range taken {
		if err := s.vacate(ctx, inv, name); err != nil {
			return sw, "", err
		}
	}
	return sw, clone, nil
}

// resettableTo says why another generation's clean state cannot be had, nil if
// it can.
func (s *Server) resettableTo(inv *inventory, to int) error {
	if inv.staging != nil {
		if err := s.requireOurs(inv); err != nil {
			return err
		}
	}
	if inv.pristine(to) != nil {
		return nil
	}
	var have []string
	for _, d := range inv.generations {
		if d == inv.pristine(d.number) {
			have = append(have, strconv.Itoa(d.number))
		}
	}
	err := fault.New(fault.Preflight, "%s cannot be reset to generation %d: its pristine is not kept", catalog.Display(s.cfg.Staging), to)
	if len(have) == 0 {
		return err.WithHint("target.pristine and target.keep_pristines say which are kept")
	}
	return err.WithHint("there are pristines of generation %s; target.keep_pristines says how many stay", strings.Join(have, ", "))
}

// requireOurs refuses to reset what is not there or not ours.
func (s *Server) requireOurs(inv *inventory) error {
	switch {
	case inv.staging == nil:
		return fault.New(fault.Preflight, "there is no %s to reset", catalog.Display(s.cfg.Staging)).WithHint("run `understudy refresh`")
	case inv.staging.marker == nil:
		return s.notOurs(inv.staging)
	}
	return nil
}

// resettable says why staging cannot be reset, nil if it can.
func (s *Server) resettable(inv *inventory) error {
	name := catalog.Display(s.cfg.Staging)
	if err := s.requireOurs(inv); err != nil || inv.pristine(inv.serving()) != nil {
		return err
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
