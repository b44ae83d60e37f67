package load

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// Risk counts the classes of rows of a table of staging that have the same
// values in some columns: who knows those of a person finds the class.
type Risk struct {
	Rows        int64 // counted
	Classes     int64 // different combinations
	Smallest    int64 // rows of the smallest class: k
	Unique      int64 // rows that are alone in their class
	BelowFive   int64 // rows in classes of fewer than 5
	BelowEleven int64 // rows in classes of fewer than 11, the threshold of EMA and Health Canada
}

// Risk reads staging, as its owner and in a read-only transaction. A table or
// column that is not there is a fault of kind Usage.
func (s *Server) Risk(ctx context.Context, table catalog.Name, columns []string) (r Risk, err error) {
	inv, err := s.inventory(ctx, false)
	if err != nil {
		return r, err
	}
	if err := s.requireStaging(inv); err != nil {
		return r, err
	}
	conn, err := s.dialDatabase(ctx, inv.staging.name, "inspect", map[string]string{"default_transaction_read_only": "on", "row_security": "off"})
	if err != nil {
		return r, err
	}
	defer closeQuietly(conn)
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = catalog.QuoteIdent(c) + "::pg_catalog.text" // json has no equality of its own
	}
	err = conn.QueryRow(ctx, `SELECT COALESCE(pg_catalog.sum(n), 0)::bigint, pg_catalog.count(*), COALESCE(pg_catalog.min(n), 0), pg_catalog.count(*) FILTER (WHERE n = 1),
		COALESCE(pg_catalog.sum(n) FILTER (WHERE n < 5), 0)::bigint, COALESCE(pg_catalog.sum(n) FILTER (WHERE n < 11), 0)::bigint
		FROM (SELECT pg_catalog.count(*) AS n FROM `+table.SQL()+` GROUP BY `+strings.Join(list, ", ")+`) q`, pgx.QueryExecModeSimpleProtocol).
		Scan(&r.Rows, &r.Classes, &r.Smallest, &r.Unique, &r.BelowFive, &r.BelowEleven)
	switch catalog.SQLState(err) {
	case "":
	case "42P01", "3F000", "42703":
		return r, fault.New(fault.Usage, "staging has no such table, or it has no such column").At(table.String()).
			WithHint("`understudy explain %s` lists the columns", table)
	}
	if err != nil {
		return r, s.failed(err, "count the classes of %s", table)
	}
	return r, nil
}
