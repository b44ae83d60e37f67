package load

import (
	"cmp"
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/understudy-db/understudy/catalog"
)

// Analyze collects statistics of everything that has rows, the largest first,
// several at a time. Statistics are never carried over from the source: they
// hold real values.
func (b *Build) Analyze(ctx context.Context) error {
	tables, err := b.toAnalyze(ctx)
	if err != nil {
		return err
	}
	work := make(chan catalog.Name, len(tables))
	for _, t := range tables {
		work <- t
	}
	close(work)
	g, ctx := errgroup.WithContext(ctx)
	for range min(b.s.cfg.IndexJobs, len(tables)) {
		g.Go(func() error {
			return b.with(ctx, "analyze", func(conn *pgx.Conn) error {
				for t := range work {
					if err := b.analyze(ctx, conn, t); err != nil {
						return err
					}
				}
				return nil
			})
		})
	}
	return g.Wait()
}

func (b *Build) analyze(ctx context.Context, conn *pgx.Conn, t catalog.Name) error {
	if _, err := conn.Exec(ctx, "ANALYZE "+t.SQL()); err != nil {
		return b.failed(err, "analyze %s", t)
	}
	return nil
}

// toAnalyze lists tables, materialized views and the roots of partition trees;
// ANALYZE of a root takes its partitions along.
func (b *Build) toAnalyze(ctx context.Context) (tables []catalog.Name, err error) {
	type sized struct {
		name  catalog.Name
		bytes int64
	}
	err = b.with(ctx, "analyze", func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, `
			SELECT n.nspname, c.relname,
			       CASE c.relkind WHEN 'p' THEN (SELECT COALESCE(pg_catalog.sum(pg_catalog.pg_relation_size(t.relid)), 0)::bigint
			                                     FROM pg_catalog.pg_partition_tree(c.oid) t)
			                      ELSE pg_catalog.pg_relation_size(c.oid) END
			FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
			WHERE c.relkind IN ('r', 'm', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
			  AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', $1)
			  AND pg_catalog.pg_has_role(c.relowner, 'USAGE')`, catalog.OwnSchema)
		if err != nil {
			return b.s.failed(err, "list what to analyze")
		}
		all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s sized, err error) {
			return s, row.Scan(&s.name.Schema, &s.name.Name, &s.bytes)
		})
		if err != nil {
			return b.s.failed(err, "list what to analyze")
		}
		slices.SortFunc(all, func(x, y sized) int {
			return cmp.Or(cmp.Compare(y.bytes, x.bytes), cmp.Compare(x.name.SQL(), y.name.SQL()))
		})
		for _, s := range all {
			tables = append(tables, s.name)
		}
		return nil
	})
	return tables, err
}
