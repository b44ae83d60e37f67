package load

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// pollEvery is how often a server is asked again for something that it does
// not announce.
const pollEvery = 50 * time.Millisecond

// pause waits, or returns early when ctx ends.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// decimal scans an unsigned number that PostgreSQL hands out as text, as it is
// too large for bigint.
type decimal struct{ to *uint64 }

// Scan implements sql.Scanner.
func (d decimal) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("a number comes as %T", src)
	}
	n, err := strconv.ParseUint(text, 10, 64)
	*d.to = n
	return err
}
