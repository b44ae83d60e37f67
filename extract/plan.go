package extract

import (
	"cmp"
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
)

// tableSize is how big a table is now.
type tableSize struct {
	pages int64 // of the heap
	bytes int64 // with TOAST
}

// Plan cuts each query's table into chunks of about Config.ChunkBytes, TOAST
// included, by its present size; the result is parallel to qs. The chunks of a
// table cover it exactly once whatever its size becomes, in ctid order. Tables
// that do not live in the heap access method are read in one piece.
func (s *Source) Plan(ctx context.Context, qs []*Query) ([][]Chunk, error) {
	sizes, block, err := s.sizes(ctx, qs)
	if err != nil {
		return nil, err
	}
	out := make([][]Chunk, len(qs))
	for i, q := range qs {
		size, ok := sizes[q.Table.OID]
		if !ok { // dropped or locked: the guard will say so when it is read
			size = tableSize{pages: q.Table.Pages, bytes: q.Table.Bytes}
		}
		size.bytes = max(size.bytes, size.pages*block)
		out[i] = cut(q, size, s.cfg.ChunkBytes)
	}
	return out, nil
}

// LargestFirst orders the tables of a plan by size, largest first, so that the
// last reader to finish has as little left as possible. The chunks within a
// table stay in ctid order.
func LargestFirst(plan [][]Chunk) {
	size := func(chunks []Chunk) (n int64) {
		for _, c := range chunks {
			n += c.Bytes
		}
		return n
	}
	slices.SortStableFunc(plan, func(a, b []Chunk) int { return cmp.Compare(size(b), size(a)) })
}

// cut divides a table's pages into ranges of nearly equal length.
func cut(q *Query, size tableSize, chunkBytes int64) []Chunk {
	n := (size.bytes + chunkBytes - 1) / chunkBytes
	n = max(min(n, size.pages), 1)
	if n == 1 || q.Table.AccessMethod != "heap" {
		return []Chunk{{Query: q, Of: 1, Whole: true, Last: true, Bytes: size.bytes}}
	}
	out := make([]Chunk, n)
	for i := range out {
		k := int64(i)
		out[i] = Chunk{
			Query: q, Index: i, Of: int(n), Last: k == n-1,
			FromBlock: k * size.pages / n, ToBlock: (k + 1) * size.pages / n,
			Bytes: size.bytes / n,
		}
	}
	return out
}

// sizes asks for the present sizes of the tables. It leaves out those that are
// locked by DDL at this moment, for which pg_table_size would wait.
func (s *Source) sizes(ctx context.Context, qs []*Query) (sizes map[catalog.OID]tableSize, block int64, err error) {
	oids := make([]int64, len(qs))
	for i, q := range qs {
		oids[i] = int64(q.Table.OID)
	}
	sizes = map[catalog.OID]tableSize{}
	err = s.within(ctx, work{what: "ask for the sizes of the tables"}, func(ctx context.Context, r *reader) error {
		if err := r.conn.QueryRow(ctx, `SELECT pg_catalog.current_setting('block_size')::int8`).Scan(&block); err != nil {
			return err
		}
		rows, err := r.conn.Query(ctx, `
			SELECT t.oid, pg_catalog.pg_relation_size(t.oid::oid::regclass) / $2, pg_catalog.pg_table_size(t.oid::oid::regclass)
			FROM pg_catalog.unnest($1::int8[]) AS t(oid)
			WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.relation::int8 = t.oid AND l.mode = 'AccessExclusiveLock')`,
			oids, block)
		if err != nil {
			return err
		}
		var oid int64
		var pages, bytes *int64
		_, err = pgx.ForEachRow(rows, []any{&oid, &pages, &bytes}, func() error {
			if pages != nil && bytes != nil {
				sizes[catalog.OID(oid)] = tableSize{pages: *pages, bytes: *bytes}
			}
			return nil
		})
		return err
	})
	return sizes, block, err
}
