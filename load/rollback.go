package load

import (
	"context"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// RollbackOptions say which generation to bring back.
type RollbackOptions struct {
	// To is a generation's number; negative: the one swapped out last.
	To int
	// Progress is told what comes next. May be nil.
	Progress func(step string)
}

// Rollback swaps a previous generation back in, as its users left it, with its
// own grants and settings; before_publish does not run. What was live is kept
// as a previous generation in its turn, so a second Rollback undoes the first.
func (s *Server) Rollback(ctx context.Context, o RollbackOptions) (result SwapResult, err error) {
	err = s.underPublish(ctx, func(ctx context.Context) error {
		result, err = s.rollback(ctx, o)
		return err
	})
	return result, err
}

func (s *Server) rollback(ctx context.Context, o RollbackOptions) (SwapResult, error) {
	inv, err := s.inventory(ctx, true)
	if err != nil {
		return SwapResult{}, err
	}
	if inv.staging != nil && inv.staging.marker == nil {
		return SwapResult{}, s.notOurs(inv.staging)
	}
	in, err := s.rollbackTarget(inv, o.To)
	if err != nil {
		return SwapResult{}, err
	}
	result := SwapResult{Generation: in.number, Previous: inv.serving(), Pristine: inv.pristine(in.number) != nil}
	sw := swap{in: in, out: inv.staging, outRole: Previous, after: inv.lastRetired()}
	if inv.staging != nil {
		sw.outName = s.names.live(inv.serving())
		if err := s.vacate(ctx, inv, sw.outName); err != nil {
			return result, err
		}
	}
	PublishOptions{Progress: o.Progress}.step("swap")
	return result, s.finish(ctx, sw, &result)
}

func (s *Server) rollbackTarget(inv *inventory, to int) (*database, error) {
	previous := inv.previous()
	for _, d := range previous {
		if to < 0 || d.number == to {
			return d, nil
		}
	}
	if to >= 0 && len(previous) > 0 {
		return nil, fault.New(fault.Preflight, "generation %d is not kept", to).
			WithHint("`understudy generations` lists those that are")
	}
	return nil, fault.New(fault.Preflight, "no previous generation of %s is kept", catalog.Display(s.cfg.Staging)).
		WithHint("target.keep says how many are; it is %d", s.cfg.Keep)
}
