package extract

import (
	"context"

	"github.com/understudy-db/understudy/catalog"
)

// Readers is how many chunks are read at a time.
func (s *Source) Readers() int { return s.cfg.Connections - fixedSessions }

// Under lends a session whose transaction sees the snapshot, for reading
// catalogs. What names the purpose in messages.
func (s *Source) Under(ctx context.Context, what string, fn func(q catalog.Querier) error) error {
	return s.within(ctx, work{what: what}, func(_ context.Context, r *reader) error { return fn(r.conn) })
}

// String names the waiter for a person.
func (w *Waiter) String() string {
	s := w.who()
	if w.Table != (catalog.Name{}) {
		s += " on " + w.Table.String()
	}
	if w.Snapshot {
		s += " for the snapshot to end"
	}
	return s
}
