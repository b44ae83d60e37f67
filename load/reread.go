package load

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
)

// reread are the definitions of the source's views, by name, as the target
// prints them once it has read them, of those that it prints otherwise than the
// generation's. The server prints some expressions in another form as long as
// it has not read its own print, and catalog.Settled knows the commonest only.
// A view that the target does not take has none. Everything is rolled back.
func (b *Build) reread(ctx context.Context, conn *pgx.Conn, source, target *catalog.Catalog) (map[string]string, error) {
	out := map[string]string{}
	for _, v := range source.Tables {
		have := target.Table(v.Name)
		if v.Kind != catalog.View && v.Kind != catalog.MatView || have == nil || catalog.Settled(v.Definition) == catalog.Settled(have.Definition) {
			continue
		}
		text, err := rereadView(ctx, conn, v.Definition)
		switch {
		case err == nil:
			out[v.Name.String()] = text
		case catalog.SQLState(err) == "":
			return nil, b.s.failed(err, "read the definition of %s", v.Name)
		}
	}
	return out, nil
}

func rereadView(ctx context.Context, conn *pgx.Conn, definition string) (text string, err error) {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if _, err := tx.Exec(ctx, "CREATE TEMP VIEW understudy_reread AS "+definition); err != nil {
		return "", err
	}
	err = tx.QueryRow(ctx, "SELECT pg_catalog.pg_get_viewdef('pg_temp.understudy_reread'::pg_catalog.regclass)").Scan(&text)
	return text, err
}
