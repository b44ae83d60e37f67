package refresh

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/extract"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/load"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/transform"
)

// smallTable is the size up to which verify.count: auto counts a primary's
// rows a second time.
const smallTable = 64 << 20

// afterData brings what is neither a table's rows nor made by the target
// itself: large objects, migration versions, sequences; and counts.
func (r *run) afterData(ctx context.Context, source *extract.Source, build *load.Build, b *bound) error {
	if err := r.largeObjects(ctx, source, build, b); err != nil {
		return err
	}
	if err := r.migrationVersions(ctx, source, build, b); err != nil {
		return err
	}
	if err := r.count(ctx, source, b); err != nil {
		return err
	}
	// Last, so that no sequence is behind the data.
	states, err := source.Sequences(ctx)
	if err != nil {
		return err
	}
	out := map[catalog.Name]load.SequenceState{}
	for name, s := range states {
		out[name] = load.SequenceState{Last: s.Last, Called: s.Called}
	}
	for _, restart := range b.Restarts {
		if !restart.Ahead(out[restart.Sequence].Last) {
			out[restart.Sequence] = load.SequenceState{Last: restart.Last, Called: true}
		}
	}
	return build.Sequences(ctx, out)
}

func (r *run) largeObjects(ctx context.Context, source *extract.Source, build *load.Build, b *bound) error {
	if b.LargeObjects != "keep" {
		return nil
	}
	_, err := retry(ctx, func() (int64, error) {
		w, err := build.LargeObjects(ctx)
		if err != nil {
			return 0, err
		}
		read, err := source.LargeObjects(ctx, func(oid catalog.OID, page int, data []byte) error {
			return w.Write(ctx, oid, page, data)
		})
		if err == nil && !b.NoComments {
			err = source.LargeObjectComments(ctx, func(oid catalog.OID, comment string) error { return w.Comment(ctx, oid, comment) })
		}
		if err != nil {
			w.Abort()
			return 0, err
		}
		written, err := w.Close(ctx)
		if err == nil && read != written {
			err = fault.New(fault.Verification, "%d large objects were read but %d written", read, written)
		}
		return written, err
	})
	return err
}

// migrationVersions writes golang-migrate's version tables. They were read in a
// transaction of their own, because golang-migrate truncates them; a version
// that changed since means that the schema did, too.
func (r *run) migrationVersions(ctx context.Context, source *extract.Source, build *load.Build, b *bound) error {
	var names []catalog.Name
	for name := range b.migrations {
		names = append(names, name)
	}
	now, err := source.Migrations(ctx, names)
	if err != nil {
		return err
	}
	for name, state := range b.migrations {
		if now[name] != state {
			return &extract.VoidError{Table: name, What: fmt.Sprintf("went from version %d to %d", state.Version, now[name].Version)}
		}
	}
	for _, t := range b.tables {
		state, ok := b.migrations[t.Table.Name]
		if !ok || !t.Migration || t.Rows == policies.NoRows {
			continue
		}
		start := time.Now()
		w, err := build.OpenTable(ctx, load.TableLoad{Table: t.Table, Columns: []string{"version", "dirty"}, Frozen: true})
		if err != nil {
			return err
		}
		defer w.Abort()
		var n transform.Counts
		if !state.Empty {
			if _, err := fmt.Fprintf(w, "%d\tf\n", state.Version); err != nil {
				return err
			}
			n.Rows = 1
		}
		if err := w.Commit(ctx, n.Rows); err != nil {
			return err
		}
		t.done(n, time.Since(start).Seconds(), "frozen")
	}
	return nil
}

// count counts the rows of the source once more, apart from copying.
func (r *run) count(ctx context.Context, source *extract.Source, b *bound) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(source.Readers())
	for _, t := range b.tables {
		if t.query == nil || !r.counts(t, source.Snapshot().Standby) {
			continue
		}
		g.Go(func() error {
			n, err := retry(ctx, func() (int64, error) { return source.Count(ctx, t.query) })
			if err != nil {
				return err
			}
			if n != t.counts.Rows {
				return fault.New(fault.Verification, "the source counts %d rows, but %d were copied", n, t.counts.Rows).At(t.name())
			}
			return nil
		})
	}
	return g.Wait()
}

func (r *run) counts(t *boundTable, standby bool) bool {
	switch r.Config.Verify.Count {
	case "always":
		return true
	case "never":
		return false
	}
	return standby || t.Table.Bytes <= smallTable
}
