package extract

import (
	"context"
	"errors"
	"math"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

const (
	// largeObjectPages is how many pages of at most 2 KB one transaction
	// reads: 128 MB, so that it stays short.
	largeObjectPages = 1 << 16
	// largeObjectCount is how many objects one transaction reads.
	largeObjectCount = 10_000
	// largeObjectTries bounds failures without any progress in between.
	largeObjectTries = 5
)

// LargeObjects reads all large objects under the snapshot, by OID and page, and
// returns how many there are. Pages that were never written are left out, as
// they are in PostgreSQL; an object without any page is handed on once, as page
// 0 without data. emit must not keep data. Its error comes back wrapped.
//
// A transaction that fails for a while is taken up again after the last page
// handed on, so that no page comes twice.
func (s *Source) LargeObjects(ctx context.Context, emit func(oid catalog.OID, page int, data []byte) error) (int64, error) {
	at := &loMark{page: -1}
	for tries := 1; ; {
		before := *at
		more, err := s.largeObjects(ctx, at, emit)
		var void *VoidError
		switch {
		case err == nil && !more:
			return at.objects, nil
		case err == nil || *at != before:
			tries = 1
		default:
			tries++
		}
		if err != nil && (!fault.Is(err, fault.Transient) || errors.As(err, &void) || ctx.Err() != nil || tries > largeObjectTries) {
			return at.objects, err
		}
	}
}

// LargeObjectComments reads the comments on large objects under the snapshot,
// in the order of their OIDs. emit's error comes back wrapped.
func (s *Source) LargeObjectComments(ctx context.Context, emit func(oid catalog.OID, comment string) error) error {
	return s.within(ctx, work{what: "read the comments on large objects"}, func(ctx context.Context, r *reader) error {
		rows, err := r.conn.Query(ctx, `
			SELECT objoid, description FROM pg_catalog.pg_description
			WHERE classoid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass ORDER BY objoid`)
		if err != nil {
			return err
		}
		var oid catalog.OID
		var comment string
		_, err = pgx.ForEachRow(rows, []any{&oid, &comment}, func() error {
			if err := emit(oid, comment); err != nil {
				return &callerError{err}
			}
			return nil
		})
		return err
	})
}

// loMark is what has been handed on so far.
type loMark struct {
	oid     catalog.OID
	page    int32 // of oid; -1: nothing yet
	objects int64
}

// hand gives one page to emit.
func (m *loMark) hand(emit func(catalog.OID, int, []byte) error, oid catalog.OID, page int32, data []byte) error {
	if err := emit(oid, int(page), data); err != nil {
		return &callerError{err}
	}
	if oid != m.oid {
		m.objects++
	}
	m.oid, m.page = oid, page
	return nil
}

// largeObjects reads the next objects in one transaction.
func (s *Source) largeObjects(ctx context.Context, at *loMark, emit func(catalog.OID, int, []byte) error) (more bool, err error) {
	if err := s.watcher.lag.pass(ctx); err != nil {
		return false, err
	}
	err = s.within(ctx, work{what: "read the large objects"}, func(ctx context.Context, r *reader) error {
		var readable bool
		err := r.conn.QueryRow(ctx, `SELECT pg_catalog.has_table_privilege('pg_catalog.pg_largeobject', 'SELECT')`).Scan(&readable)
		if err != nil {
			return err
		}
		if !readable {
			return fault.New(fault.Preflight, "the source role may not read pg_largeobject").
				WithHint("GRANT pg_read_all_data TO the role, or GRANT SELECT ON pg_catalog.pg_largeobject TO the role, or leave them out with large_objects: none")
		}
		rows, err := r.conn.Query(ctx, `SELECT oid FROM pg_catalog.pg_largeobject_metadata WHERE oid >= $1 ORDER BY oid LIMIT $2`,
			at.oid, largeObjectCount)
		if err != nil {
			return err
		}
		oids, err := pgx.CollectRows(rows, pgx.RowTo[catalog.OID])
		if err != nil || len(oids) == 0 {
			return err
		}
		last, full := oids[len(oids)-1], len(oids) == largeObjectCount
		// empties hands on the objects before oid (0: all) that turned out to
		// have no page.
		empties := func(oid catalog.OID) error {
			for len(oids) > 0 && (oids[0] < oid || oid == 0) {
				if oids[0] > at.oid {
					if err := at.hand(emit, oids[0], 0, nil); err != nil {
						return err
					}
				}
				oids = oids[1:]
			}
			return nil
		}
		// The index gives the order. A sort would spill the objects to the
		// source's disk.
		if err := r.exec(ctx, "SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"); err != nil {
			return err
		}
		rows, err = r.conn.Query(ctx, `
			SELECT loid, pageno, data FROM pg_catalog.pg_largeobject
			WHERE (loid, pageno) > ($1::oid, $2::int4) AND loid <= $3::oid
			ORDER BY loid, pageno LIMIT $4`, at.oid, at.page, last, largeObjectPages)
		if err != nil {
			return err
		}
		defer rows.Close()
		pages := 0
		for rows.Next() {
			var oid catalog.OID
			var page int32
			var data pgtype.DriverBytes
			if err := rows.Scan(&oid, &page, &data); err != nil {
				return err
			}
			if err := empties(oid); err != nil {
				return err
			}
			if err := at.hand(emit, oid, page, data); err != nil {
				return err
			}
			pages++
		}
		if err := rows.Err(); err != nil {
			return err
		}
		if pages == largeObjectPages {
			more = true
			return nil
		}
		more = full
		if err := empties(0); err != nil {
			return err
		}
		at.page = math.MaxInt32
		return nil
	})
	return more, err
}
