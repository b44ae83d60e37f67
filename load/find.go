package load

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
)

// Find counts the rows of one table of the generation that each condition
// holds for. Conditions are ours, never a policy's; nothing of what they see
// comes back but counts.
func (b *Build) Find(ctx context.Context, t *catalog.Table, conditions []string) ([]int64, error) {
	counts := make([]int64, len(conditions))
	into := make([]any, len(conditions))
	list := make([]string, len(conditions))
	for i, c := range conditions {
		into[i] = &counts[i]
		list[i] = "pg_catalog.count(*) FILTER (WHERE " + c + ")"
	}
	sql := "SELECT " + strings.Join(list, ", ") + " FROM ONLY " + t.Name.SQL()
	err := b.with(ctx, "verify", func(conn *pgx.Conn) error {
		return b.unfiltered(ctx, conn, t, func(tx pgx.Tx) error { return tx.QueryRow(ctx, sql).Scan(into...) })
	})
	if err != nil {
		return nil, b.failed(err, "look for leaks in %s", t.Name)
	}
	return counts, nil
}
