package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

//go:embed sql
var files embed.FS

// scales are parts of the whole shop: 1 M customers, 4 M orders, 8 M items, 3 M
// events and 100,000 documents.
var scales = map[string]float64{"full": 1, "half": 0.5, "quarter": 0.25, "small": 0.02}

func scaleNames() []string {
	return slices.SortedFunc(maps.Keys(scales), func(a, b string) int {
		return int(1000 * (scales[a] - scales[b]))
	})
}

// shop is what the source holds, and what every copy has to hold.
type shop struct {
	Rows        map[string]int64 `json:"rows"`
	Indexes     int              `json:"indexes"`
	Constraints int              `json:"constraints"`
	HeapBytes   int64            `json:"heap_bytes"`
	TotalBytes  int64            `json:"total_bytes"`
}

func (s *shop) print(w io.Writer) {
	var all int64
	for _, n := range s.Rows {
		all += n
	}
	fmt.Fprintf(w, "shop: %.1f M rows, %.2f GB of rows, %.2f GB with indexes\n", float64(all)/1e6, gb(s.HeapBytes), gb(s.TotalBytes))
}

func gb(n int64) float64 { return float64(n) / 1e9 }

// fill makes the shop, two tables at a time, and leaves it as a server at rest
// would have it: vacuumed and analyzed.
func (b *bench) fill(ctx context.Context) error {
	b.say("filling the shop")
	began := time.Now()
	if err := b.execute(ctx, b.source.URL("postgres"), `CREATE DATABASE `+database); err != nil {
		return err
	}
	n := func(whole float64) int64 { return int64(whole * b.scale) }
	settings := fmt.Sprintf(`SET bench.customers = %d; SET bench.orders = %d; SET bench.events = %d; SET bench.documents = %d`,
		n(1e6), n(4e6), n(3e6), n(1e5))
	url := b.source.URL(database)
	if err := b.executeFile(ctx, url, settings, "schema.sql"); err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(b.jobs)
	for _, file := range []string{"items.sql", "events.sql", "orders.sql", "customers.sql"} {
		g.Go(func() error { return b.executeFile(gctx, url, settings, file) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if err := b.executeFile(ctx, url, settings, "indexes.sql"); err != nil {
		return err
	}
	if err := b.execute(ctx, url, `VACUUM (ANALYZE)`, `CHECKPOINT`); err != nil {
		return err
	}
	var err error
	if b.shop, err = b.look(ctx, url); err != nil {
		return err
	}
	b.say("filled in %.0f s", time.Since(began).Seconds())
	return nil
}

func (b *bench) executeFile(ctx context.Context, url, settings, file string) error {
	sql, err := files.ReadFile("sql/" + file)
	if err != nil {
		return err
	}
	if err := b.execute(ctx, url, settings, string(sql)); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

// look counts what a database holds.
func (b *bench) look(ctx context.Context, url string) (*shop, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	s := &shop{Rows: map[string]int64{}}
	err = conn.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
		        WHERE c.relnamespace = 'public'::regnamespace AND i.indisvalid),
		       (SELECT count(*) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND convalidated),
		       (SELECT sum(pg_table_size(oid)) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm')),
		       pg_database_size(current_database())`).Scan(&s.Indexes, &s.Constraints, &s.HeapBytes, &s.TotalBytes)
	if err != nil {
		return nil, err
	}
	rows, err := conn.Query(ctx, `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm')`)
	if err != nil {
		return nil, err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		var n int64
		if err := conn.QueryRow(ctx, "SELECT count(*) FROM ONLY "+pgx.Identifier{"public", t}.Sanitize()).Scan(&n); err != nil {
			return nil, err
		}
		s.Rows[t] = n
	}
	return s, nil
}

// verify makes sure that a copy is whole: a fast one that lacks something would
// win every comparison.
func (b *bench) verify(ctx context.Context, url string) error {
	have, err := b.look(ctx, url)
	if err != nil {
		return err
	}
	switch {
	case !maps.Equal(have.Rows, b.shop.Rows):
		return fmt.Errorf("the copy's rows are %v instead of %v", have.Rows, b.shop.Rows)
	case have.Indexes != b.shop.Indexes, have.Constraints != b.shop.Constraints:
		return fmt.Errorf("the copy has %d indexes and %d constraints instead of %d and %d",
			have.Indexes, have.Constraints, b.shop.Indexes, b.shop.Constraints)
	}
	return nil
}

// execute runs texts of SQL one after the other in one session.
func (b *bench) execute(ctx context.Context, url string, statements ...string) (err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	for _, sql := range statements {
		if _, err := conn.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
			return err
		}
	}
	return nil
}
