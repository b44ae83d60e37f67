package schema

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
)

// target is what has to be known of the server that the schema goes to.
type target struct {
	owner      string // role in force: whatever is created belongs to it
	login      string
	superuser  bool // the owner
	loginSuper bool
	major      int
	roles      map[string]bool
	schemas    map[string]bool // of the generation, before anything is created
}

func readTarget(ctx context.Context, q catalog.Querier) (*target, error) {
	t := &target{roles: make(map[string]bool), schemas: make(map[string]bool)}
	var version int
	err := q.QueryRow(ctx, `
		SELECT current_user::text, session_user::text,
			(SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user),
			(SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = session_user),
			pg_catalog.current_setting('server_version_num')::integer`).
		Scan(&t.owner, &t.login, &t.superuser, &t.loginSuper, &version)
	if err != nil {
		return nil, err
	}
	t.major = version / 10000
	roles, err := texts(ctx, q, "SELECT rolname::text FROM pg_catalog.pg_roles")
	if err != nil {
		return nil, err
	}
	for _, r := range roles {
		t.roles[r] = true
	}
	schemas, err := texts(ctx, q, "SELECT nspname::text FROM pg_catalog.pg_namespace")
	for _, s := range schemas {
		t.schemas[s] = true
	}
	return t, err
}

// texts runs a query of one text column.
func texts(ctx context.Context, q catalog.Querier, sql string, args ...any) ([]string, error) {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// role is the target's role for one of the source: as mapped, else of the same
// name, else the owner for one that owns something on the source. It is false
// if there is none.
func (p *Plan) role(name string) (string, bool) {
	if to, ok := p.o.Roles[name]; ok {
		return to, p.target.roles[to]
	}
	if p.target.roles[name] {
		return name, true
	}
	if slices.Contains(p.o.Facts.Owners, name) {
		return p.target.owner, true
	}
	return "", false
}

// roleSQL quotes a role; PUBLIC is the empty one.
func roleSQL(name string) string {
	if name == "" {
		return "PUBLIC"
	}
	return catalog.QuoteIdent(name)
}

func rolesSQL(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = roleSQL(n)
	}
	return strings.Join(quoted, ", ")
}
