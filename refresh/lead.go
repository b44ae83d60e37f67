package refresh

import (
	"context"
)

// Lead makes this process the one that begins refreshes of a staging database
// on a schedule. The second comer gets fault.Busy. The context returned ends when
// the lead is lost; release gives it back.
func Lead(ctx context.Context, o Options) (held context.Context, release func(), err error) {
	o.fill()
	target, err := openTarget(ctx, &o, true)
	if err != nil {
		return nil, nil, err
	}
	held, unlock, err := target.LockServe(ctx)
	if err != nil {
		target.Close()
		return nil, nil, err
	}
	return held, func() { unlock(); target.Close() }, nil
}
