package migrations

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/golang-migrate/migrate/v4/source"
	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// Built is the schema that a folder of migrations makes, and which file made
// what of it.
type Built struct {
	Version uint // of the last migration
	Files   int  // up files that were applied

	columns map[builtColumn]Origin
	tables  map[catalog.Name]Origin
}

type builtColumn struct {
	table  catalog.Name
	column string
}

// Origin is a place in a migration file. Lines and columns count from 1.
type Origin struct {
	File      string // as the folder was given, with the file's name
	Line, Col int
	Text      string // the line
}

// Column is where a column got its name or its type.
func (b *Built) Column(table catalog.Name, column string) (Origin, bool) {
	o, ok := b.columns[builtColumn{table, column}]
	return o, ok
}

// Table is where a table was created or got its name.
func (b *Built) Table(table catalog.Name) (Origin, bool) {
	o, ok := b.tables[table]
	return o, ok
}

// Build applies all up migrations of a folder to the scratch database, as
// rehearsals do it: by golang-migrate's own core and driver. A folder that it
// cannot read is an error of kind Usage, a migration that fails one of kind
// Preflight: nothing is known of the schema then.
func (s *Scratch) Build(ctx context.Context, dir string) (*Built, error) {
	names, err := upFiles(dir)
	if err != nil {
		return nil, err
	}
	look, err := s.host.observe(ctx, s.name)
	if err != nil {
		return nil, err
	}
	defer look.Close(context.WithoutCancel(ctx))
	run, err := s.host.openSession(ctx, s.name, os.DirFS(dir), Runner{}, nil, nil, nil)
	if err != nil {
		if !errors.As(err, new(*fault.Error)) {
			err = fault.Wrap(fault.Usage, err, "read the migrations in %s", dir)
		}
		return nil, err
	}
	defer run.close()

	b := &Built{columns: map[builtColumn]Origin{}, tables: map[catalog.Name]Origin{}}
	types := map[builtColumn]string{}
	for {
		var since int64
		if err := look.QueryRow(ctx, `SELECT txid_snapshot_xmin(txid_current_snapshot()) % (1::bigint << 32)`).Scan(&since); err != nil {
			return nil, cannot("look at the scratch database", err)
		}
		done, err := run.step(ctx, 1)
		switch {
		case ctx.Err() != nil:
			return nil, err
		case err != nil:
			version, _, _ := run.m.Version()
			return nil, stepFailed(names[version], version, err)
		case done:
			return b, nil
		}
		if b.Version, _, err = run.m.Version(); err != nil {
			return nil, cannot("read the version", cause(err))
		}
		b.Files++
		if err := b.note(ctx, look, types, since, names[b.Version]); err != nil {
			return nil, err
		}
	}
}

// upFiles are the up files of a folder by their version.
func upFiles(dir string) (map[uint]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fault.Wrap(fault.Usage, err, "read the migrations")
	}
	names := map[uint]string{}
	for _, e := range entries {
		if m, err := source.DefaultParse(e.Name()); err == nil && !e.IsDir() && m.Direction == source.Up {
			names[m.Version] = filepath.Join(dir, e.Name())
		}
	}
	if len(names) == 0 {
		return nil, fault.New(fault.Usage, "there are no migrations in %s", dir).
			WithHint("golang-migrate's files are called like 0001_create_users.up.sql")
	}
	return names, nil
}

// stepFailed says which file failed, where and how, without any value in it.
func stepFailed(name string, version uint, err error) error {
	text, _ := os.ReadFile(name) // golang-migrate has read it
	failure := failureOf(err, string(text), 1)
	at := name
	if failure.Line > 0 {
		at = fmt.Sprintf("%s:%d", name, failure.Line)
	}
	f := fault.Wrap(fault.Preflight, catalog.Redact(cause(err)), "version %d does not apply to an empty database", version).At(at)
	switch failure.State {
	case "42704": // undefined object
		return f.WithHint("a role or type of that name does not exist here; --server URL names a server that has it, or make it in a migration")
	case "0A000", "58P01", "42501": // not supported, no such file, insufficient privilege
		return f.WithHint("where an extension is missing, --server URL names a server that has it")
	}
	return f.WithHint("`migrate up` on an empty database fails in the same way")
}

// note finds what the last migration has added or retyped: rows of the system
// catalogs that are younger than it.
func (b *Built) note(ctx context.Context, look *pgx.Conn, types map[builtColumn]string, since int64, name string) error {
	rows, err := look.Query(ctx, `
		SELECT n.nspname, c.relname, a.attname, a.attnum, format_type(a.atttypid, a.atttypmod)
		FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
		  AND (a.xmin::text::bigint >= $1 OR c.xmin::text::bigint >= $1 OR n.xmin::text::bigint >= $1)
		ORDER BY 1, 2, 4`, since)
	if err != nil {
		return cannot("look at the scratch database", err)
	}
	type found struct {
		schema, table, column, typ string
		num                        int
	}
	all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (f found, err error) {
		return f, r.Scan(&f.schema, &f.table, &f.column, &f.num, &f.typ)
	})
	if err != nil {
		return cannot("look at the scratch database", err)
	}
	var text *migrationText
	for _, f := range all {
		key := builtColumn{catalog.Name{Schema: f.schema, Name: f.table}, f.column}
		if types[key] == f.typ {
			continue
		}
		types[key] = f.typ
		if text == nil {
			if text, err = readMigration(name); err != nil {
				return err
			}
		}
		at := text.find(f.table, 0)
		if _, known := b.tables[key.table]; !known {
			b.tables[key.table] = text.origin(at)
		}
		b.columns[key] = text.origin(text.findColumn(f.table, f.column))
	}
	return nil
}

// migrationText is a file in which names are looked for. It is no parser: the
// server has said what is new, and only the place is looked for.
type migrationText struct {
	name     string
	text     string // without comments
	original string
}

func readMigration(name string) (*migrationText, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fault.Wrap(fault.Usage, err, "read the migrations")
	}
	return &migrationText{name, blankComments(string(text)), string(text)}, nil
}

// comments are what is not looked at. A quoted string may look like one; then a
// name is found a little later, or not at all.
var comments = regexp.MustCompile(`--[^\n]*|(?s:/\*.*?\*/)`)

// blankComments writes blanks over comments, so that every place stays.
func blankComments(text string) string {
	return comments.ReplaceAllStringFunc(text, func(c string) string {
		blank := []byte(strings.Repeat(" ", len(c)))
		for i := range c {
			if c[i] == '\n' {
				blank[i] = '\n'
			}
		}
		return string(blank)
	})
}

// find is the offset of an identifier at or after from, -1 without one.
func (t *migrationText) find(name string, from int) int {
	if from < 0 || from > len(t.text) {
		return -1
	}
	folded := "(?i:" + regexp.QuoteMeta(name) + ")"
	if name != strings.ToLower(name) { // only quotes make such a name
		folded = `"` + regexp.QuoteMeta(strings.ReplaceAll(name, `"`, `""`)) + `"`
	}
	re, err := regexp.Compile(`(?:^|[^\pL\pN_$])("?` + folded + `"?)(?:$|[^\pL\pN_$])`)
	if err != nil {
		return -1
	}
	m := re.FindStringSubmatchIndex(t.text[from:])
	if m == nil {
		return -1
	}
	return from + m[2]
}

// findColumn is where a column is named first after its table, or else at all,
// or else where the table is.
func (t *migrationText) findColumn(table, column string) int {
	at := t.find(table, 0)
	if c := t.find(column, at+len(table)); at >= 0 && c >= 0 {
		return c
	}
	if c := t.find(column, 0); c >= 0 {
		return c
	}
	return at
}

// origin is the place of an offset; the file's first line where there is none.
func (t *migrationText) origin(at int) Origin {
	at = max(at, 0)
	begin := strings.LastIndexByte(t.text[:at], '\n') + 1
	end := len(t.text)
	if i := strings.IndexByte(t.text[at:], '\n'); i >= 0 {
		end = at + i
	}
	return Origin{
		File: t.name,
		Line: strings.Count(t.text[:at], "\n") + 1,
		Col:  utf8.RuneCountInString(t.text[begin:at]) + 1,
		Text: strings.TrimRight(t.original[begin:end], "\r "),
	}
}
