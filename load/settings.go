package load

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
)

// listSettings are stored as a list of quoted names. In ALTER … SET each name
// is a literal of its own; one literal for all would be one strange name.
var listSettings = map[string]bool{
	"local_preload_libraries": true, "search_path": true, "session_preload_libraries": true,
	"shared_preload_libraries": true, "temp_tablespaces": true, "unix_socket_directories": true,
}

// copySettings gives a database the settings that ALTER DATABASE SET and ALTER
// ROLE IN DATABASE SET made for another. What we may not set is returned, by
// name: staging's settings belong to the old database's OID and are not in any
// dump of production.
func (s *Server) copySettings(ctx context.Context, conn *pgx.Conn, from catalog.OID, to string) (lost []string, err error) {
	rows, err := conn.Query(ctx, `
		SELECT COALESCE(r.rolname, ''), c.setting
		FROM pg_catalog.pg_db_role_setting s
		     CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) WITH ORDINALITY AS c(setting, n)
		     LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
		WHERE s.setdatabase = $1
		ORDER BY 1, c.n`, from)
	if err != nil {
		return nil, s.failed(err, "read the settings of staging")
	}
	type setting struct{ role, text string }
	settings, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (st setting, err error) {
		return st, row.Scan(&st.role, &st.text)
	})
	if err != nil {
		return nil, s.failed(err, "read the settings of staging")
	}
	for _, st := range settings {
		name, value, _ := strings.Cut(st.text, "=")
		sql := "ALTER DATABASE " + quoted(to)
		if st.role != "" {
			sql = "ALTER ROLE " + quoted(st.role) + " IN DATABASE " + quoted(to)
		}
		sql += " SET " + quoted(name) + " TO " + settingValue(name, value)
		if _, err := conn.Exec(ctx, sql); err != nil {
			if catalog.SQLState(err) == "" {
				return nil, s.failed(err, "set %s", catalog.Display(name))
			}
			what := "setting " + catalog.Display(name)
			if st.role != "" {
				what += " of role " + catalog.Display(st.role)
			}
			lost = append(lost, what)
		}
	}
	return lost, nil
}

// settingValue writes a stored value so that storing it gives the same again.
func settingValue(name, value string) string {
	if !listSettings[strings.ToLower(name)] {
		return catalog.QuoteLiteral(value)
	}
	items := splitIdentifiers(value)
	if len(items) == 0 {
		return "''"
	}
	for i, item := range items {
		items[i] = catalog.QuoteLiteral(item)
	}
	return strings.Join(items, ", ")
}

// splitIdentifiers takes a stored list apart: names separated by commas, in
// double quotes where they need it.
func splitIdentifiers(list string) []string {
	var items []string
	rest := strings.TrimSpace(list)
	for rest != "" {
		var item strings.Builder
		if rest[0] == '"' {
			rest = rest[1:]
			for {
				before, after, ok := strings.Cut(rest, `"`)
				item.WriteString(before)
				rest = after
				if !ok || !strings.HasPrefix(rest, `"`) {
					break
				}
				item.WriteByte('"')
				rest = rest[1:]
			}
			_, rest, _ = strings.Cut(rest, ",")
		} else {
			var word string
			word, rest, _ = strings.Cut(rest, ",")
			item.WriteString(strings.TrimSpace(word))
		}
		items = append(items, item.String())
		rest = strings.TrimSpace(rest)
	}
	return items
}

// copyAccess gives a database the privileges of another, or the default ones
// if there is no other, whatever it had. What cannot be granted is returned.
func (s *Server) copyAccess(ctx context.Context, conn *pgx.Conn, from *database, to string) (lost []string, err error) {
	type grant struct {
		grantee, privilege string
		grantable          bool
	}
	grants := []grant{{"", "CONNECT", false}, {"", "TEMPORARY", false}}
	if from != nil {
		rows, err := conn.Query(ctx, `
			SELECT COALESCE(r.rolname, ''), a.privilege_type, a.is_grantable
			FROM pg_catalog.pg_database d
			     CROSS JOIN LATERAL pg_catalog.aclexplode(COALESCE(d.datacl, pg_catalog.acldefault('d', d.datdba))) a
			     LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
			WHERE d.oid = $1 AND (a.grantee = 0 OR r.oid IS NOT NULL) AND COALESCE(r.rolname, '') <> $2
			ORDER BY 1, 2`, from.oid, s.cfg.Owner)
		if err != nil {
			return nil, s.failed(err, "read the grants of staging")
		}
		grants, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (g grant, err error) {
			return g, row.Scan(&g.grantee, &g.privilege, &g.grantable)
		})
		if err != nil {
			return nil, s.failed(err, "read the grants of staging")
		}
	}
	if _, err := conn.Exec(ctx, "REVOKE ALL ON DATABASE "+quoted(to)+" FROM PUBLIC"); err != nil {
		return nil, s.failed(err, "grant on %s", catalog.Display(to))
	}
	for _, g := range grants {
		grantee, shown, with := "PUBLIC", "everybody", ""
		if g.grantee != "" {
			grantee, shown = quoted(g.grantee), catalog.Display(g.grantee)
		}
		if g.grantable {
			with = " WITH GRANT OPTION"
		}
		_, err := conn.Exec(ctx, fmt.Sprintf("GRANT %s ON DATABASE %s TO %s%s", g.privilege, quoted(to), grantee, with))
		if err != nil {
			if catalog.SQLState(err) == "" {
				return nil, s.failed(err, "grant on %s", catalog.Display(to))
			}
			lost = append(lost, g.privilege+" for "+shown)
		}
	}
	return lost, nil
}

// copyLimit gives a database the connection limit of another, unless
// before_publish has given it one.
func copyLimit(ctx context.Context, tx pgx.Tx, from *database, to string) error {
	var limit int
	if err := tx.QueryRow(ctx, `SELECT datconnlimit FROM pg_catalog.pg_database WHERE datname = $1`, to).Scan(&limit); err != nil {
		return err
	}
	if limit != -1 || from.connLimit < 0 {
		return nil
	}
	_, err := tx.Exec(ctx, fmt.Sprintf("ALTER DATABASE %s CONNECTION LIMIT %d", quoted(to), from.connLimit))
	return err
}
