package integration

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"
)

// Every test of this package is a test of leaks too: what understudy prints in
// any of its processes, and the files that it leaves in the project's folder,
// are searched for the values of all rows that the source held, before the
// first process and after the last, and for the secrets of the project.

// leakWatch is what one project has to say and what must not be in it.
type leakWatch struct {
	mu      sync.Mutex
	begun   bool
	outputs []said
	own     map[string]string // files that the test has written
	values  values            // of the source's rows when the first process began
}

// said is what one process wrote to one place.
type said struct{ place, text string }

// listen has the project's outputs searched when its test ends.
func (p *project) listen() {
	p.t.Helper()
	w := &p.leaks
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.begun {
		return
	}
	w.begun = true
	found, err := valuesOf(p.source)
	if err != nil {
		p.t.Fatalf("read the source's values: %v", err)
	}
	w.values = found
	p.t.Cleanup(p.noLeaks)
}

// wrote remembers a file of the test's own.
func (p *project) wrote(name, text string) {
	p.leaks.mu.Lock()
	defer p.leaks.mu.Unlock()
	if p.leaks.own == nil {
		p.leaks.own = map[string]string{}
	}
	p.leaks.own[name] += text
}

// said remembers what a process wrote.
func (p *project) said(args []string, r result) {
	p.leaks.mu.Lock()
	defer p.leaks.mu.Unlock()
	command := "understudy " + strings.Join(args, " ")
	p.leaks.outputs = append(p.leaks.outputs, said{"standard output of " + command, r.stdout}, said{"standard error of " + command, r.stderr})
}

// noLeaks demands that no value of a row and no secret is in any output.
func (p *project) noLeaks() {
	p.t.Helper()
	leaks, err := p.leaked()
	if err != nil {
		p.t.Errorf("search the project's folder: %v", err)
	}
	for _, l := range leaks {
		p.t.Error(l)
	}
}

// leaked tells what has leaked, where and in which lines.
func (p *project) leaked() (leaks []string, err error) {
	found := p.leaks.values
	if now, err := valuesOf(p.source); err == nil { // else the test has taken the source away
		found.add(now)
	}
	for _, text := range p.leaks.own {
		found.known(text)
	}
	outputs := slices.Clone(p.leaks.outputs)
	err = filepath.WalkDir(p.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(p.dir, path)
		if err != nil {
			return err
		}
		if _, ours := p.leaks.own[name]; ours {
			return nil
		}
		text, err := os.ReadFile(path)
		outputs = append(outputs, said{name, string(text)})
		return err
	})
	secrets := p.secrets()
	for _, o := range outputs {
		for _, leak := range found.in(o.text) {
			leaks = append(leaks, fmt.Sprintf("%s holds a value of %s:\n%s", o.place, leak.column, lines(o.text, leak.text)))
		}
		for what, secret := range secrets {
			if strings.Contains(o.text, secret) {
				leaks = append(leaks, fmt.Sprintf("%s holds %s:\n%s", o.place, what, lines(o.text, secret)))
			}
		}
	}
	return leaks, err
}

// secrets are the passwords and keys of the project's environment.
func (p *project) secrets() map[string]string {
	out := map[string]string{}
	for _, e := range p.env {
		name, value, _ := strings.Cut(e, "=")
		if u, err := url.Parse(value); err == nil && u.User != nil {
			if password, ok := u.User.Password(); ok && password != "" {
				out["the password of "+name] = password
			}
		}
		if key, ok := strings.CutPrefix(value, "understudy-key-1:"); ok && key != "" {
			out["the key"] = key
		}
	}
	return out
}

// values are texts that give away a row, by their first bytes, with the columns
// that hold them.
type values map[string]map[string]string

// A text gives a row away when nothing but a row brings it about: it is long
// enough, holds a digit, and is neither a short number nor a date of these days.
const (
	giveaway  = 8  // bytes
	longDigit = 12 // a number shorter than this may be a count or a duration
)

var numeral = regexp.MustCompile(`^[-+]?[0-9.:]+$`)

const digits = "0123456789"

// words are the parts of a text that stand for themselves.
func words(text string) []string {
	within := func(also string) func(rune) bool {
		return func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(also, r)
		}
	}
	out := strings.FieldsFunc(text, within("_@.+-:/"))
	if strings.ContainsAny(text, ":/") {
		out = append(out, strings.FieldsFunc(text, within("_@.+-"))...)
	}
	return out
}

func givesAway(text string) bool {
	if len(text) < giveaway || !strings.ContainsAny(text, digits) {
		return false
	}
	if numeral.MatchString(text) && len(text) < longDigit {
		return false
	}
	for _, day := range []time.Time{time.Now().AddDate(0, 0, -1), time.Now(), time.Now().AddDate(0, 0, 1)} {
		if strings.Contains(text, day.UTC().Format("2006-01")) {
			return false
		}
	}
	return true
}

func (v values) put(text, column string) {
	if !givesAway(text) {
		return
	}
	head := text[:giveaway]
	if v[head] == nil {
		v[head] = map[string]string{}
	}
	v[head][text] = column
}

// putValue adds a value in the forms in which it can be quoted: as a whole, its
// words (elements, keys, members, lexemes), and what bytes hold, as they are
// and as base64.
func (v values) putValue(text, column string) {
	if !strings.ContainsAny(text, digits) {
		return
	}
	v.put(text, column)
	v.put(strings.Trim(text, `$()[]{}"`), column)
	for _, w := range words(text) {
		v.put(strings.Trim(w, ".:/-+"), column)
	}
	escaped, ok := strings.CutPrefix(text, `\x`)
	if !ok {
		return
	}
	raw, err := hex.DecodeString(escaped[:len(escaped)&^1])
	if err != nil {
		return
	}
	v.put(escaped, column)
	for _, w := range words(string(raw)) {
		v.put(w, column)
	}
	v.put(base64.StdEncoding.EncodeToString(raw[:len(raw)/3*3]), column)
}

func (v values) add(other values) {
	for head, texts := range other {
		for text, column := range texts {
			if v[head] == nil {
				v[head] = map[string]string{}
			}
			v[head][text] = column
		}
	}
}

// known takes away what also is in a text that outputs may quote.
func (v values) known(text string) {
	for _, leak := range v.in(text) {
		delete(v[leak.text[:giveaway]], leak.text)
	}
}

// leak is a value that was found where none may be.
type leak struct{ text, column string }

// in finds the values that a text holds.
func (v values) in(text string) []leak {
	var out []leak
	seen := map[string]bool{}
	for i := 0; i+giveaway <= len(text); i++ {
		for value, column := range v[text[i:i+giveaway]] {
			if strings.HasPrefix(text[i:], value) && !seen[value] {
				seen[value] = true
				out = append(out, leak{value, column})
			}
		}
	}
	slices.SortFunc(out, func(a, b leak) int { return strings.Compare(a.text, b.text) })
	return out
}

const (
	// Of each value that much is looked for, and that many rows of a table.
	valueBytes = 1000
	valueRows  = 30000
)

// dictionary is everything that a catalog says, which outputs may quote.
const dictionary = `
	SELECT description FROM pg_description WHERE objoid >= 16384
	UNION ALL SELECT description FROM pg_shdescription
	UNION ALL SELECT relname FROM pg_class UNION ALL SELECT attname FROM pg_attribute WHERE attrelid >= 16384
	UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
	UNION ALL SELECT proname || ' ' || prosrc FROM pg_proc WHERE oid >= 16384
	UNION ALL SELECT pg_get_viewdef(oid) FROM pg_class WHERE relkind IN ('v', 'm') AND oid >= 16384
	UNION ALL SELECT pg_get_indexdef(oid) FROM pg_class WHERE relkind IN ('i', 'I') AND oid >= 16384
	UNION ALL SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relispartition
	UNION ALL SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef
	UNION ALL SELECT enumlabel FROM pg_enum UNION ALL SELECT typname FROM pg_type UNION ALL SELECT nspname FROM pg_namespace
	UNION ALL SELECT rolname FROM pg_roles UNION ALL SELECT datname FROM pg_database UNION ALL SELECT extversion FROM pg_extension
	UNION ALL SELECT tgname FROM pg_trigger UNION ALL SELECT polname FROM pg_policy UNION ALL SELECT setting FROM pg_settings`

// valuesOf reads the values of all rows of a database that give one away and
// are not in its schema too.
func valuesOf(url string) (values, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	if conn.PgConn().ParameterStatus("server_encoding") != "SQL_ASCII" {
		if _, err := conn.Exec(ctx, "SET client_encoding = UTF8"); err != nil {
			return nil, err
		}
	}
	found := values{}
	selects, err := texts(ctx, conn, fmt.Sprintf(`
		SELECT 'SELECT ' || string_agg(CASE
			WHEN a.atttypid = 'bytea'::regtype THEN format('substring(%%I for %[1]d)::text', a.attname)
			ELSE format('left(%%I::text, %[1]d)', a.attname) END, ', ' ORDER BY attnum) || format(' FROM ONLY %%I.%%I LIMIT %[2]d', nspname, relname),
			format('%%I.%%I', nspname, relname) || ' ' || string_agg(quote_ident(attname), ' ' ORDER BY attnum)
		FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped
		WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema') AND relpersistence <> 't'
		GROUP BY nspname, relname
		UNION ALL SELECT 'SELECT data FROM pg_largeobject', 'large objects data'`, valueBytes, valueRows))
	if err != nil {
		return nil, err
	}
	for _, s := range selects {
		rows, err := texts(ctx, conn, s[0])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s[0], err)
		}
		for _, row := range rows {
			for _, v := range row {
				found.putValue(v, s[1])
			}
		}
	}
	known, err := texts(ctx, conn, dictionary)
	if err != nil {
		return nil, err
	}
	for _, row := range known {
		found.known(row[0])
	}
	return found, nil
}

// texts are the rows of a query, NULL as the empty text.
func texts(ctx context.Context, conn *pgx.Conn, sql string) ([][]string, error) {
	results, err := conn.PgConn().Exec(ctx, sql).ReadAll() // simple: all in text format
	if err != nil {
		return nil, err
	}
	var out [][]string
	for _, r := range results {
		for _, fields := range r.Rows {
			row := make([]string, len(fields))
			for i, f := range fields {
				row[i] = string(f)
			}
			out = append(out, row)
		}
	}
	return out, nil
}

// The search finds a value of every type, in every form, and nothing where
// there is none.
func TestLeaksAreFound(t *testing.T) {
	t.Parallel()
	p := newProject(t, canaryTypes, "version: 1\n")
	found, err := valuesOf(p.source)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range slices.Concat(canaryForms, []string{
		`{"a": ["x", "` + canaryForms[0] + `"]}`,
		"error: key (email)=(" + canaryForms[0] + ") exists",
	}) {
		if len(found.in("error: it says <"+text+">.")) == 0 {
			t.Errorf("%s goes unnoticed", text)
		}
	}
	for _, text := range []string{"", "loaded 12345678 rows of public.canaries in 1234567 ms", time.Now().Format(time.RFC3339), "canary_in_the_schema_1"} {
		if leaks := found.in(text); len(leaks) > 0 {
			t.Errorf("%q is taken for %v", text, leaks)
		}
	}

	// From the outputs of processes and the files that they leave.
	p.ok("version")
	if leaks, err := p.leaked(); len(leaks) > 0 || err != nil {
		t.Errorf("before anything has leaked: %q, %v", leaks, err)
	}
	password := p.secrets()["the password of PRODUCTION_URL"]
	p.leaks.outputs = append(p.leaks.outputs, said{"output", "row " + canaryForms[2] + "\nconnect with " + password})
	file := filepath.Join(p.dir, "reports", "report.json")
	if err := errors.Join(os.Mkdir(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(`{"key":"`+testKey+`","last":"`+canaryForms[3]+`"}`), 0o600)); err != nil {
		t.Fatal(err)
	}
	leaks, err := p.leaked()
	p.leaks.outputs = nil
	if err := errors.Join(err, os.Remove(file)); err != nil {
		t.Fatal(err)
	}
	if len(leaks) != 4 {
		t.Errorf("of four leaks are found: %q", leaks)
	}
}

// pg_dump is told the password of the source by its environment, and no other
// secret by any road; nor is one in our own list of arguments.
func TestSecretsStayWithUs(t *testing.T) {
	t.Parallel()
	p := newProject(t, peopleSchema, peoplePolicy)
	dir := t.TempDir()
	wrapper, seen := filepath.Join(dir, "pg_dump"), filepath.Join(dir, "seen")
	script := fmt.Sprintf("#!/bin/sh\n{ echo \"arguments: $*\"; env; ps -o args= -p $PPID; } >> '%s'\nexec '%s' \"$@\"\n", seen, p.origin.PgDump(t))
	if err := os.WriteFile(wrapper, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	p.setenv("UNDERSTUDY_TOOLS_PG_DUMP", wrapper)
	p.refresh()
	p.ok("doctor")
	text := readFile(t, seen)
	if !strings.Contains(text, "--schema-only") || !strings.Contains(text, "understudy refresh") {
		t.Fatalf("the wrapper has not seen pg_dump's arguments and ours:\n%s", text)
	}
	secrets := p.secrets()
	password := "PGPASSWORD=" + secrets["the password of PRODUCTION_URL"]
	if !strings.Contains(text, password) {
		t.Error("the wrapper has not seen pg_dump's environment")
	}
	text = strings.ReplaceAll(text, password, "")
	for what, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("%s has reached pg_dump, or is in a list of arguments", what)
		}
	}
}
