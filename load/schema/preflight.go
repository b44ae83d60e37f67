package schema

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/load/archive"
)

// Preflight looks whether the target can take the schema: its version,
// extensions, roles, collations and table access methods. All that is missing
// is in one error of kind Preflight. What cannot be found out here is left to
// PreData, which fails as early.
//
// conn is a session of the target that is used by nobody else at the time: on
// the generation, or before there is one on any database of that server, whose
// installed extensions are then no evidence. Whatever is tried is rolled back.
func (p *Plan) Preflight(ctx context.Context, conn *pgx.Conn) error {
	t, err := readTarget(ctx, conn)
	if err != nil {
		return failed(ctx, beforeData, err, "look at the target")
	}
	f := &preflight{refusals: p.refusals(), t: t, conn: conn}
	for _, check := range []struct {
		subject string
		run     func(context.Context) error
	}{
		{"version", f.version},
		{"roles", f.roles},
		{"extensions", f.extensions},
		{"superuser", f.superuser},
		{"access methods", f.accessMethods},
		{"collations", f.collations},
	} {
		if err := check.run(ctx); err != nil {
			return failed(ctx, beforeData, err, "check the target's "+check.subject)
		}
	}
	if len(f.objects) > 0 {
		// The run is refused anyway: better all in one list than one more in the
		// next run.
		f.objects = append(f.objects, f.doubtful...)
	}
	return f.err(cannotTake)
}

const cannotTake = "the target cannot take the source's schema"

type preflight struct {
	*refusals
	t        *target
	conn     *pgx.Conn
	doubtful []obstacle // only PreData will tell
}

func (f *preflight) version(context.Context) error {
	if f.p.o.SourceMajor > f.t.major {
		f.addOther("the source is PostgreSQL %d, the target only %d", f.p.o.SourceMajor, f.t.major)
	}
	return nil
}

func (f *preflight) roles(context.Context) error {
	if owner := f.p.o.Owner; owner != "" && !f.t.roles[owner] {
		f.addOther("the owner, role %s, does not exist", catalog.Display(owner))
	}
	for _, from := range slices.Sorted(maps.Keys(f.p.o.Roles)) {
		if to := f.p.o.Roles[from]; !f.t.roles[to] {
			f.addOther("role %s, which roles maps %s to, does not exist", catalog.Display(to), catalog.Display(from))
		}
	}
	return nil
}

// mayEverything tells whether we can create what takes a superuser.
func (f *preflight) mayEverything() bool { return f.t.superuser || f.t.loginSuper }

func (f *preflight) extensions(ctx context.Context) error {
	offered, err := f.available(ctx)
	if err != nil {
		return err
	}
	versions := make(map[string]string)
	for _, x := range f.p.src.Extensions {
		versions[x.Name] = x.Version
	}
	for _, e := range f.p.pre {
		if e.Desc != "EXTENSION" || f.p.omitted(e) {
			continue
		}
		x, ok := offered[e.Tag]
		switch {
		case !ok:
			f.add(e, "is not available on the target")
		case x.installed:
		case versions[e.Tag] != "" && x.version != versions[e.Tag]:
			f.p.o.Warn(fmt.Sprintf("extension %s has version %s on the source, the target creates %s",
				catalog.Display(e.Tag), versions[e.Tag], x.version))
			fallthrough
		default:
			if !x.superuser || x.trusted || f.mayEverything() || f.p.o.Prepared {
				continue
			}
			needs := f.p.needing(e)
			if len(needs) == 0 {
				continue // PreData leaves it out if it has to
			}
			switch refused, sure := f.refusedExtension(ctx, e.Tag); {
			case refused:
				f.add(e, "takes a superuser to create, and %s depends on it", f.p.known.object(needs[0]))
			case !sure:
				f.doubtful = append(f.doubtful, obstacle{e, "usually takes a superuser to create, and " + f.p.known.object(needs[0]) + " depends on it"})
			}
		}
	}
	return nil
}

// offer is an extension that the target has files for.
type offer struct {
	version            string
	installed          bool
	superuser, trusted bool
}

func (f *preflight) available(ctx context.Context) (map[string]offer, error) {
	rows, err := f.conn.Query(ctx, `
		SELECT a.name::text, coalesce(a.default_version, ''), a.installed_version IS NOT NULL,
			coalesce(v.superuser, true), coalesce(v.trusted, false)
		FROM pg_catalog.pg_available_extensions a
			LEFT JOIN pg_catalog.pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := make(map[string]offer)
	for rows.Next() {
		var name string
		var o offer
		if err := rows.Scan(&name, &o.version, &o.installed, &o.superuser, &o.trusted); err != nil {
			return nil, err
		}
		out[name] = o
	}
	return out, rows.Err()
}

// refusedExtension tries to create an extension. Managed services let their
// administrators create some that the catalog says need a superuser. Only the
// clear answer that it is not permitted counts; in a database that is not ours
// we may not even try.
func (f *preflight) refusedExtension(ctx context.Context, name string) (refused, sure bool) {
	err := f.try(ctx, "CREATE SCHEMA understudy_probe",
		"CREATE EXTENSION "+catalog.QuoteIdent(name)+" WITH SCHEMA understudy_probe CASCADE")
	return err.at == 1 && catalog.SQLState(err.error) == stateInsufficientPrivilege, err.at > 0
}

// attempt is which of several statements failed, and how.
type attempt struct {
	at int
	error
}

// try executes statements and takes them back.
func (f *preflight) try(ctx context.Context, statements ...string) attempt {
	tx, err := f.conn.Begin(ctx)
	if err != nil {
		return attempt{-1, err}
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // a broken connection shows in the next check
	for i, sql := range statements {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return attempt{i, err}
		}
	}
	return attempt{len(statements), nil}
}

// superuser looks for objects that only a superuser may create, other than
// extensions.
func (f *preflight) superuser(ctx context.Context) error {
	if f.mayEverything() || f.p.o.Facts == nil || f.p.o.Prepared {
		return nil
	}
	for i := range f.p.o.Facts.Privileged {
		x := &f.p.o.Facts.Privileged[i]
		e := f.p.known.byOID[ref{x.Class, x.OID}]
		if e == nil || f.p.omitted(e) {
			continue
		}
		there, err := x.exists(ctx, f.conn)
		if err != nil {
			return err
		}
		if !there {
			f.add(e, "is %s: it takes a superuser to create", x.Why)
		}
	}
	return nil
}

// exists tells whether a database has the object.
func (x *Privileged) exists(ctx context.Context, q catalog.Querier) (bool, error) {
	var found bool
	err := q.QueryRow(ctx, "SELECT objid <> 0 FROM pg_catalog.pg_get_object_address($1, $2, $3)", x.Type, x.Names, x.Args).Scan(&found)
	if strings.HasPrefix(catalog.SQLState(err), "42") || catalog.SQLState(err) == stateNoSchema {
		return false, nil // it, or its schema, or a type of it, is not known
	}
	return found, err
}

func (f *preflight) accessMethods(ctx context.Context) error {
	known, err := texts(ctx, f.conn, "SELECT amname::text FROM pg_catalog.pg_am WHERE amtype = 't'")
	if err != nil {
		return err
	}
	for _, e := range f.p.pre {
		if e.TableAM == "" || slices.Contains(known, e.TableAM) || f.brings(e) {
			continue
		}
		f.add(e, "has the table access method %s, which the target does not know", catalog.Display(e.TableAM))
	}
	return nil
}

// brings tells whether a table's access method comes with the schema.
func (f *preflight) brings(e *archive.Entry) bool {
	return slices.ContainsFunc(e.Deps, func(id int) bool {
		d := f.p.a.Entry(id)
		return d != nil && (d.Desc == "EXTENSION" || d.Desc == "ACCESS METHOD") && !f.p.omitted(d)
	})
}

// collations must be known before indexes are built with them.
func (f *preflight) collations(ctx context.Context) error {
	if f.p.o.Facts == nil {
		return nil
	}
	known, err := texts(ctx, f.conn, `
		SELECT collname::text FROM pg_catalog.pg_collation
		WHERE collnamespace = 'pg_catalog'::pg_catalog.regnamespace
			AND collencoding IN (-1, pg_catalog.pg_char_to_encoding($1))`, f.p.src.Database.Encoding)
	if err != nil {
		return err
	}
	for _, c := range f.p.o.Facts.Collations {
		switch {
		case c.Builtin:
			if !slices.Contains(known, c.Name.Name) {
				f.addOther("collation %s is not there", catalog.Display(c.Name.Name))
			}
		case !f.p.Omits("collation " + c.Name.String()):
			// In a temporary schema anyone may try. 22023 and 42704 mean that the
			// locale is not known, or that the server was built without ICU (0A000).
			err := f.try(ctx, "CREATE COLLATION pg_temp.understudy_probe ("+c.options(f.t.major)+")")
			switch state := catalog.SQLState(err.error); state {
			case "22023", stateUndefinedObject, "0A000":
				needs := fmt.Sprintf("needs the %s locale %s, which the target does not take", c.Provider, catalog.Display(c.Locale))
				name := "collation " + c.Name.String()
				for _, e := range f.p.known.shown[name] {
					f.add(e, "%s", needs)
				}
				if len(f.p.known.shown[name]) == 0 {
					f.addOther("%s %s", name, needs)
				}
			}
		}
	}
	return nil
}

// options are those of CREATE COLLATION.
func (c *Collation) options(major int) string {
	parts := []string{"provider = " + c.Provider}
	if c.Provider == "libc" {
		parts = append(parts, "lc_collate = "+catalog.QuoteLiteral(c.Collate), "lc_ctype = "+catalog.QuoteLiteral(c.CType))
	} else {
		parts = append(parts, "locale = "+catalog.QuoteLiteral(c.Locale))
	}
	if !c.Deterministic {
		parts = append(parts, "deterministic = false")
	}
	if c.Rules != "" && major >= 16 {
		parts = append(parts, "rules = "+catalog.QuoteLiteral(c.Rules))
	}
	return strings.Join(parts, ", ")
}
