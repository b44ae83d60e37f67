package extract

import (
	"context"
	"fmt"
	"strings"

	"github.com/understudy-db/understudy/catalog"
)

const (
	// samplePages is how many pages of a table Sample spreads its rows over at
	// most: rows of one page are often alike.
	samplePages = 2000
	// newestRows of the last page are added: what a new release writes is not
	// in the old pages.
	newestRows = 200
	// sampleRowsRead bounds the rows that are looked through for values of a
	// column that is mostly NULL.
	sampleRowsRead = 200_000
)

// Sample reads the named columns of about limit rows of a table in text form,
// each value cut to maxChars characters, and hands each row to emit, which must
// not keep the bytes. NULL is nil. The same rows come again as long as the table
// does not change; some of its last page are always among them. With filled,
// only rows in which any of the columns holds a value count, found among a
// bounded number of rows.
func (s *Source) Sample(ctx context.Context, t *catalog.Table, columns []string, limit, maxChars int, filled bool, emit func(row [][]byte)) error {
	if len(columns) == 0 {
		return nil
	}
	exprs, some := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		name := catalog.QuoteIdent(c)
		exprs[i] = fmt.Sprintf("pg_catalog.left(%s::text, %d)", name, maxChars)
		some[i] = name + " IS NOT NULL"
	}
	query := sampleQuery(t, strings.Join(exprs, ", "), strings.Join(some, " OR "), limit, filled)
	return s.within(ctx, work{what: "sample " + fmt.Sprint(len(columns)) + " columns", table: t}, func(ctx context.Context, r *reader) error {
		rows, err := r.conn.Query(ctx, query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			emit(rows.RawValues())
		}
		return rows.Err()
	})
}

// sampleQuery spreads a sample over the whole table: some of its pages, and of
// their rows, by a hash of where they stand, as many as are wanted.
func sampleQuery(t *catalog.Table, exprs, some string, limit int, filled bool) string {
	from, pages := "ONLY "+t.Name.SQL(), t.Pages
	if t.Kind == catalog.Partitioned {
		from, pages = t.Name.SQL(), pagesOf(t)
	}
	rows := tableRows(t)
	share := 1.0
	if pages > samplePages {
		share = samplePages / float64(pages)
		from += fmt.Sprintf(" TABLESAMPLE SYSTEM (%.6f) REPEATABLE (1)", 100*share)
	}
	where := "true"
	wanted := float64(limit)
	if filled {
		where, wanted = "("+some+")", sampleRowsRead
	}
	if met := rows * share; met > 1.2*wanted {
		where += fmt.Sprintf(" AND (pg_catalog.hashtext(ctid::text) & 65535) < %.0f", 65536*1.2*wanted/met)
	}
	query := fmt.Sprintf("(SELECT %s FROM %s WHERE %s LIMIT %d)", exprs, from, where, limit)
	if t.Kind == catalog.Ordinary && pages > 1 && !filled {
		query += fmt.Sprintf(" UNION ALL (SELECT %s FROM ONLY %s WHERE ctid >= '(%d,0)'::tid LIMIT %d)", exprs, t.Name.SQL(), pages-1, newestRows)
	}
	return query
}

func pagesOf(t *catalog.Table) int64 {
	if t.Kind != catalog.Partitioned {
		return t.Pages
	}
	var n int64
	for _, p := range t.Partitions {
		n += pagesOf(p)
	}
	return n
}
