package schema

import (
	"context"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/catalog"
)

// refresh fills a materialized view. One that cannot be filled for reasons
// that lie in its functions stays empty, as a report; one that fails on the
// rows is an error.
func (w *sessionWorker) refresh(ctx context.Context, t *catalog.Table) error {
	r := w.r
	r.mu.Lock()
	empty := slices.ContainsFunc(t.DependsOn, func(oid catalog.OID) bool {
		return slices.ContainsFunc(r.result.Unpopulated, func(n catalog.Name) bool {
			x := r.p.src.TableOID(oid)
			return x != nil && x.Name == n
		})
	})
	r.mu.Unlock()
	if empty {
		r.unpopulated(t, "reads another one that could not be filled")
		return nil
	}
	err := w.fill(ctx, t)
	switch state := catalog.SQLState(err); {
	case state == stateNotPopulated:
		// A function reads a materialized view, which no dependency tells.
		r.mu.Lock()
		r.deferred = append(r.deferred, t)
		r.mu.Unlock()
		return nil
	case strings.HasPrefix(state, "42"):
		r.unpopulated(t, catalog.RedactEvaluated(err).Error())
		return nil
	}
	return err
}

// fill refreshes with the safe search path first. Where a function of the view
// relies on another one, it is filled as its owner would: up to version 16 the
// server respects the session's path, later ones do not.
func (w *sessionWorker) fill(ctx context.Context, t *catalog.Table) error {
	refresh := "REFRESH MATERIALIZED VIEW " + t.Name.SQL()
	err := w.endure(ctx, func(c *conn) error { return c.run(ctx, refresh) })
	if !strings.HasPrefix(catalog.SQLState(err), "42") {
		return err
	}
	return w.endure(ctx, func(c *conn) error {
		return c.run(ctx, "SET LOCAL search_path = "+catalog.QuoteIdent(t.Name.Schema)+", public; "+refresh)
	})
}

// refreshDeferred tries those again that read others, until none more can be
// filled.
func (r *postData) refreshDeferred(ctx context.Context, w *sessionWorker) error {
	for {
		again := r.deferred
		slices.SortFunc(again, func(a, b *catalog.Table) int { return a.Name.Compare(b.Name) })
		r.deferred = nil
		for _, t := range again {
			if err := w.refresh(ctx, t); err != nil {
				return failed(ctx, afterData, err, "refresh materialized view "+t.Name.String())
			}
		}
		if len(r.deferred) == len(again) {
			break
		}
	}
	for _, t := range r.deferred {
		r.unpopulated(t, "reads another one that is not filled")
	}
	return nil
}

// unpopulated reports a materialized view that stays empty.
func (r *postData) unpopulated(t *catalog.Table, reason string) {
	r.mu.Lock()
	r.result.Unpopulated = append(r.result.Unpopulated, t.Name)
	r.mu.Unlock()
	r.p.skip("rows of materialized view "+t.Name.String(), reason)
	r.p.o.Warn("materialized view " + t.Name.String() + " stays empty: " + reason)
}
