package refresh

import (
	"context"

	"github.com/understudy-db/understudy/load"
)

// Reset throws staging away and clones it anew from the pristine of its
// generation, or of generation to if that is not negative. Neither key nor
// source is needed.
func Reset(ctx context.Context, o Options, to int) (load.SwapResult, error) {
	o.fill()
	target, err := openTarget(ctx, &o, false)
	if err != nil {
		return load.SwapResult{}, err
	}
	defer target.Close()
	publish := load.PublishOptions{Progress: o.Observer.Stage}
	if o.Migrated || o.Config.Migrations.Apply {
		if publish.Migrate, err = o.apply(ctx); err != nil {
			return load.SwapResult{}, err
		}
	}
	return target.Reset(ctx, to, publish)
}

// Rollback swaps a previous generation back in: the one that was swapped out
// last, or the one with number to, if that is not negative. Neither key nor
// source is needed.
func Rollback(ctx context.Context, o Options, to int) (load.SwapResult, error) {
	o.fill()
	target, err := openTarget(ctx, &o, false)
	if err != nil {
		return load.SwapResult{}, err
	}
	defer target.Close()
	return target.Rollback(ctx, load.RollbackOptions{To: to, Progress: o.Observer.Stage})
}

// Status looks at the target and changes nothing. Neither key nor source is
// needed, nor any right but to connect.
func Status(ctx context.Context, o Options) (*load.Status, error) {
	o.fill()
	target, err := openTarget(ctx, &o, true)
	if err != nil {
		return nil, err
	}
	defer target.Close()
	return target.Status(ctx)
}
