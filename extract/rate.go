package extract

import (
	"context"
	"sync"
	"time"
)

// bucket bounds the rate of all readers together. A nil bucket bounds nothing.
type bucket struct {
	perSecond float64

	mu   sync.Mutex
	next time.Time // when what has been taken so far is paid for
}

// burst is how much may be read ahead of the rate.
const burst = 100 * time.Millisecond

func newBucket(mbps float64) *bucket {
	if mbps <= 0 {
		return nil
	}
	return &bucket{perSecond: mbps * 1e6}
}

// take pays for n bytes and waits until the rate allows them.
func (b *bucket) take(ctx context.Context, n int) error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	now := time.Now()
	if earliest := now.Add(-burst); b.next.Before(earliest) {
		b.next = earliest
	}
	b.next = b.next.Add(time.Duration(float64(n) / b.perSecond * float64(time.Second)))
	wait := b.next.Sub(now)
	b.mu.Unlock()
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
