package schema_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/load/archive"
	"github.com/understudy-db/understudy/load/schema"
)

func wants(t *testing.T, err error, kind fault.Kind, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", words)
	}
	if fault.KindOf(err) != kind {
		t.Errorf("kind %v, want %v: %v", fault.KindOf(err), kind, err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error does not say %q: %v", w, err)
		}
	}
}

// Masked rows that break a rule of the table are told by names, never by
// value, whichever definition finds them.
func TestRowsThatBreakADefinition(t *testing.T) {
	t.Parallel()
	const value = "secret@example.com"
	for _, c := range []struct {
		name, schema, rows string
		words              []string
	}{
		{
			"unique index", "CREATE TABLE a (id int PRIMARY KEY, email text); CREATE UNIQUE INDEX a_email ON a (lower(email))",
			"INSERT INTO a VALUES (1, '" + value + "'), (2, upper('" + value + "'))",
			[]string{"create index public.a_email", "23505", "table public.a", "a_email"},
		},
		{
			"primary key", "CREATE TABLE a (email text PRIMARY KEY)",
			"INSERT INTO a VALUES ('" + value + "'), ('" + value + "')",
			[]string{"create constraint public.a.a_pkey", "23505", "table public.a"},
		},
		{
			"foreign key", "CREATE TABLE a (email text PRIMARY KEY); CREATE TABLE b (email text REFERENCES a)",
			"INSERT INTO b VALUES ('" + value + "')",
			[]string{"create foreign key public.b.b_email_fkey", "23503", "table public.b"},
		},
		{
			"exclusion", "CREATE TABLE a (r int4range, EXCLUDE USING gist (r WITH &&))",
			"INSERT INTO a VALUES ('[1,9]'), ('[2,3]')",
			[]string{"create constraint public.a.a_r_excl", "23P01"},
		},
		{
			"index expression", "CREATE TABLE a (email text); CREATE INDEX a_cast ON a ((email::int))",
			"INSERT INTO a VALUES ('" + value + "')",
			[]string{"create index public.a_cast", "22P02"},
		},
		{
			"too long for an index", "CREATE TABLE a (email text); CREATE INDEX a_long ON a (email)",
			"INSERT INTO a SELECT string_agg(md5(i::text), '') FROM generate_series(1, 1000) i",
			[]string{"create index public.a_long", "54000"},
		},
		{
			"materialized view", "CREATE TABLE a (email text); CREATE MATERIALIZED VIEW m AS SELECT email::int FROM a",
			"INSERT INTO a VALUES ('" + value + "')",
			[]string{"refresh materialized view public.m", "22P02"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			src, s := of(t, c.schema), newStaging(t)
			p := s.plan(t, src)
			if err := p.PreData(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.exec(t, c.rows)
			_, err := p.PostData(t.Context(), nil)
			wants(t, err, fault.Data, c.words...)
			var f *fault.Error
			if strings.Contains(err.Error(), "54000") && (!errors.As(err, &f) || !strings.Contains(f.Hint, "unsupported")) {
				t.Errorf("no way out: %v", err)
			}
			if strings.Contains(strings.ToLower(fmt.Sprintf("%+v", err)), "secret@") {
				t.Errorf("the error tells a value: %+v", err)
			}
			s.idle(t)
		})
	}
}

// gated is a source with an index that is built only while nobody else holds
// an advisory lock.
const gated = `
	CREATE FUNCTION pass(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
	BEGIN
		PERFORM pg_advisory_lock_shared(7);
		PERFORM pg_advisory_unlock_shared(7);
		RETURN i;
	END $$;
	CREATE TABLE a (i int);
	CREATE INDEX a_gated ON a (pass(i));
	CREATE TABLE b (i int);
	CREATE INDEX b_quick ON b (i);
	CREATE TABLE c (i int PRIMARY KEY);`

// gate is a staging whose PostData will wait until open is called.
type gate struct {
	*staging
	p    *schema.Plan
	conn *pgx.Conn
}

func newGate(t *testing.T, change ...func(*schema.Options)) *gate {
	t.Helper()
	s := newStaging(t)
	g := &gate{staging: s, p: s.plan(t, of(t, gated), change...), conn: pgtest.Target(t).Conn(t, s.url)}
	if err := g.p.PreData(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.exec(t, "INSERT INTO a VALUES (1)")
	g.run(t, "SELECT pg_advisory_lock(7)")
	return g
}

func (g *gate) run(t *testing.T, sql string) {
	t.Helper()
	if _, err := g.conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func (g *gate) open(t *testing.T) { t.Helper(); g.run(t, "SELECT pg_advisory_unlock(7)") }

// waiting is the backend that builds the index and stands at the gate.
func (g *gate) waiting(t *testing.T) (pid int) {
	t.Helper()
	for {
		err := g.conn.QueryRow(t.Context(), "SELECT pid FROM pg_stat_activity WHERE usename = $1 AND wait_event = 'advisory'", g.user).Scan(&pid)
		switch {
		case err == nil:
			return pid
		case !errors.Is(err, pgx.ErrNoRows):
			t.Fatal(err)
		}
	}
}

func (g *gate) kill(t *testing.T) {
	t.Helper()
	g.run(t, fmt.Sprintf("SELECT pg_terminate_backend(%d, 60000)", g.waiting(t)))
}

type outcome struct {
	result schema.Result
	err    error
}

func (g *gate) postData(ctx context.Context) <-chan outcome {
	finished := make(chan outcome, 1)
	go func() {
		r, err := g.p.PostData(ctx, nil)
		finished <- outcome{r, err}
	}()
	return finished
}

func TestPostDataEndsWithItsContext(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	ctx, cancel := context.WithCancel(t.Context())
	finished := g.postData(ctx)
	g.waiting(t)
	cancel()
	if o := <-finished; !errors.Is(o.err, context.Canceled) {
		t.Errorf("got %v", o.err)
	}
	g.idle(t)
	if got := ask(t, g.url, "SELECT to_regclass('a_gated')::text"); got != "" {
		t.Error("the index is there")
	}
}

func TestPreDataEndsWithItsContext(t *testing.T) {
	t.Parallel()
	src, s := of(t, gated), newStaging(t)
	ctx, cancel := context.WithCancel(t.Context())
	p := s.plan(t, src, func(o *schema.Options) {
		o.Progress = func(_ string, done, _ int) {
			if done == 2 {
				cancel()
			}
		}
	})
	if err := p.PreData(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	s.idle(t)
}

// A backend that is killed costs the step's time, not the run.
func TestPostDataSurvivesAKilledBackend(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	finished := g.postData(t.Context())
	g.kill(t)
	g.waiting(t)
	g.open(t)
	o := <-finished
	if o.err != nil {
		t.Fatal(o.err)
	}
	if o.result.Retries != 1 {
		t.Errorf("%d retries are told of", o.result.Retries)
	}
	for _, index := range []string{"a_gated", "b_quick", "c_pkey"} {
		if ask(t, g.url, "SELECT to_regclass('"+index+"')::text") == "" {
			t.Errorf("%s is missing", index)
		}
	}
	g.idle(t)
}

func TestPostDataGivesUpOnABackendThatAlwaysDies(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	finished := g.postData(t.Context())
	for range 3 {
		g.kill(t)
	}
	wants(t, (<-finished).err, fault.Transient, "create index public.a_gated", "57P01")
	g.idle(t)
}

// Whoever ends a statement on purpose does not see it come back.
func TestPostDataDoesNotRepeatACancelledStatement(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	finished := g.postData(t.Context())
	g.run(t, fmt.Sprintf("SELECT pg_cancel_backend(%d)", g.waiting(t)))
	wants(t, (<-finished).err, fault.Other, "create index public.a_gated", "57014")
	g.idle(t)
}

// A server without room for all sessions gets fewer.
func TestPostDataWithFewSessions(t *testing.T) {
	t.Parallel()
	var tables strings.Builder
	for i := range 12 {
		fmt.Fprintf(&tables, "CREATE TABLE t%d (i int PRIMARY KEY); ", i)
	}
	src, s := of(t, tables.String()), newStaging(t)
	s.exec(t, fmt.Sprintf("ALTER ROLE %s CONNECTION LIMIT 1", s.user))
	p := s.plan(t, src, func(o *schema.Options) { o.Jobs = 6 })
	if err := p.PreData(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := p.PostData(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Steps) != 12 {
		t.Errorf("%d steps", len(r.Steps))
	}
	s.idle(t)
}

// with is a copy of the source with entries changed or added.
func (src source) with(f func(a *archive.Archive)) source {
	a := *src.archive
	a.Entries = nil
	for _, e := range src.archive.Entries {
		c := *e
		a.Entries = append(a.Entries, &c)
	}
	f(&a)
	a.Link()
	src.archive = &a
	return src
}

// What the target lacks is told at once, all of it, before anything is made.
func TestPreflightTellsAllThatIsMissing(t *testing.T) {
	t.Parallel()
	src := of(t, `
		CREATE TABLE a (id int); CREATE TABLE "B" (id int);
		CREATE COLLATION good (provider = libc, locale = 'C');
		CREATE FUNCTION c(int, int) RETURNS int LANGUAGE internal AS 'int4pl';
		CREATE EXTENSION pg_stat_statements;
		CREATE EXTENSION file_fdw;`).
		with(func(a *archive.Archive) {
			for _, e := range a.Entries {
				if e.Tag == "B" {
					e.TableAM = "columnar"
				}
			}
			a.Entries = append(a.Entries,
				&archive.Entry{ID: 100001, Desc: "EXTENSION", Tag: "no_such_thing", Section: archive.PreData, Defn: "CREATE EXTENSION no_such_thing"})
		})
	src.facts.Collations = append(src.facts.Collations,
		schema.Collation{Name: catalog.Name{Schema: "pg_catalog", Name: "xx-Moon-x-icu"}, Builtin: true, Provider: "icu", Deterministic: true},
		schema.Collation{Name: catalog.Name{Schema: "public", Name: "lunar"}, Provider: "libc", Collate: "xx_MOON", CType: "xx_MOON", Locale: "xx_MOON", Deterministic: true})
	s := newStaging(t)
	p := s.plan(t, src, func(o *schema.Options) {
		o.Owner = "nobody_here"
		o.Roles = map[string]string{"app": "staging_app"}
		o.SourceMajor = 99
	})
	conn, err := s.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	err = p.Preflight(t.Context(), conn)
	wants(t, err, fault.Preflight,
		"the source is PostgreSQL 99",
		"the owner, role nobody_here, does not exist",
		"role staging_app, which roles maps app to, does not exist",
		"extension no_such_thing is not available",
		`table public."B" has the table access method columnar`,
		"function public.c(integer, integer) is a function in C: it takes a superuser",
		`collation "xx-Moon-x-icu" is not there`,
		"collation public.lunar needs the libc locale",
	)
	for _, not := range []string{"pg_stat_statements", "file_fdw", "good"} {
		if strings.Contains(err.Error(), not) {
			t.Errorf("the error speaks of %s: %v", not, err)
		}
	}
	var e *fault.Error
	if !errors.As(err, &e) || e.Hint == "" {
		t.Error("no hint")
	}
}

func TestPreflightAcceptsWhatFits(t *testing.T) {
	t.Parallel()
	src := of(t, `
		CREATE EXTENSION citext; CREATE EXTENSION pg_stat_statements;
		CREATE COLLATION de (provider = icu, locale = 'de', deterministic = false);
		CREATE TABLE a (id int, b citext, c text COLLATE "C", d text COLLATE de, e text COLLATE "de-x-icu");`)
	s := newStaging(t)
	conn, err := s.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := s.plan(t, src).Preflight(t.Context(), conn); err != nil {
		t.Error(err)
	}
	if got := ask(t, s.url, "SELECT string_agg(extname, ',') FROM pg_extension"); got != "plpgsql" {
		t.Errorf("preflight left extensions: %s", got)
	}
}

// What takes a superuser and is no extension may be prepared as well.
func TestObjectsThatTakeASuperuser(t *testing.T) {
	t.Parallel()
	objects := `
		CREATE FUNCTION plus(int, int) RETURNS int LANGUAGE internal IMMUTABLE AS 'int4pl';
		CREATE FUNCTION proof(int) RETURNS int LANGUAGE sql LEAKPROOF AS 'SELECT 1';
		CREATE CAST (int AS uuid) WITHOUT FUNCTION;
		CREATE OPERATOR FAMILY family USING btree;
		CREATE OPERATOR CLASS class FOR TYPE int USING btree FAMILY family AS OPERATOR 1 <, OPERATOR 3 =, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int);`
	objects = strings.Replace(objects, "uuid", "date", 1) // both of four bytes
	src := of(t, objects+"CREATE TABLE a (i int, j int GENERATED ALWAYS AS (plus(i, i)) STORED); CREATE INDEX a_class ON a (i class);")
	refused := newStaging(t)
	p := refused.plan(t, src)
	conn, err := refused.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	wants(t, p.Preflight(t.Context(), conn), fault.Preflight,
		"function public.plus(integer, integer) is a function in C", "function public.proof(integer) is a LEAKPROOF function",
		"cast (integer AS date) is a cast without a function", "operator class public.class is an operator class")
	err = p.PreData(t.Context())
	wants(t, err, fault.Preflight, "function public.plus(integer, integer) cannot", "function public.proof(integer) cannot",
		"cast (integer AS date) cannot", "operator family public.family cannot")
	if refused, along, _ := strings.Cut(err.Error(), "takes these along:"); strings.Contains(refused, "table public.a") || !strings.Contains(along, "table public.a") {
		t.Errorf("what follows from the rest is not told apart: %v", err)
	}

	prepared := newStaging(t)
	prepared.exec(t, objects)
	p, _ = prepared.restore(t, src)
	there, err := prepared.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer there.Close(t.Context())
	if err := p.Preflight(t.Context(), there); err != nil {
		t.Error(err)
	}
	if ask(t, prepared.url, "SELECT to_regclass('a_class')::text") == "" {
		t.Error("the index is missing")
	}
}

// Minor versions of servers give columns options that others do not know, and a
// pg_dump that does not know them either writes them down. The table is named,
// with the ways out, before any row.
func TestUnknownOptionOfTheSource(t *testing.T) {
	t.Parallel()
	src, s := of(t, "CREATE TABLE a (id int)"), newStaging(t)
	p := s.plan(t, src)
	for _, e := range src.archive.Entries {
		if e.Desc == "TABLE" {
			e.Defn += "ALTER TABLE ONLY public.a ALTER COLUMN id SET (understudy_unknown=22119440);\n"
		}
	}
	err := p.PreData(t.Context())
	wants(t, err, fault.Preflight, "create table public.a", "22023")
	var f *fault.Error
	if !errors.As(err, &f) || !strings.Contains(f.Hint, "tools.pg_dump") || !strings.Contains(f.Hint, "unsupported") {
		t.Errorf("hint %q", f.Hint)
	}
	s.idle(t)
}

// An extension that we may not create is left out where nothing needs it, and
// stops the run where something does; everything refused is told at once.
func TestExtensionsThatTakeASuperuser(t *testing.T) {
	t.Parallel()
	src := of(t, `
		CREATE EXTENSION pg_stat_statements; COMMENT ON EXTENSION pg_stat_statements IS 'mine';
		CREATE EXTENSION file_fdw; CREATE EXTENSION pageinspect;
		CREATE VIEW pages AS SELECT get_raw_page('pg_class', 0) AS p;
		CREATE TABLE a (id int);
		CREATE VIEW statements AS SELECT queryid, calls FROM pg_stat_statements;`) // in every version of it

	t.Run("needed", func(t *testing.T) {
		t.Parallel()
		s := newStaging(t)
		p := s.plan(t, src)
		conn, err := s.connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		wants(t, p.Preflight(t.Context(), conn), fault.Preflight,
			"extension pageinspect takes a superuser to create, and view public.pages depends on it",
			"extension pg_stat_statements takes a superuser to create, and view public.statements depends on it")
		err = p.PreData(t.Context())
		wants(t, err, fault.Preflight, "extension pageinspect cannot be created", "extension pg_stat_statements cannot be created", "42501")
		if strings.Contains(err.Error(), "file_fdw") {
			t.Errorf("file_fdw is needed by nobody: %v", err)
		}
	})
	t.Run("left out with what needs it", func(t *testing.T) {
		t.Parallel()
		s := newStaging(t)
		p, _ := s.restore(t, src, func(o *schema.Options) {
			o.SkipExtensions = []string{"pageinspect"}
			o.Unsupported = []string{"view public.pages", "public.statements"}
		})
		want := []string{"extension file_fdw", "extension pageinspect", "extension pg_stat_statements", "view public.pages", "view public.statements"}
		if got := objects(p.Skipped()); !slices.Equal(got, want) {
			t.Errorf("left out %q, want %q", got, want)
		}
		for object, want := range map[string]bool{"public.pages": true, "extension pageinspect": true, "extension file_fdw": true, "public.a": false} {
			if p.Omits(object) != want {
				t.Errorf("Omits(%s) is %v", object, !want)
			}
		}
	})
	t.Run("prepared by an administrator", func(t *testing.T) {
		t.Parallel()
		s := newStaging(t)
		s.exec(t, "CREATE EXTENSION pageinspect; CREATE EXTENSION pg_stat_statements")
		p, _ := s.restore(t, src)
		want := []string{"comment on EXTENSION pg_stat_statements", "extension file_fdw"}
		if got := objects(p.Skipped()); !slices.Equal(got, want) {
			t.Errorf("left out %q, want %q", got, want)
		}
	})
	t.Run("by a superuser who is not the owner", func(t *testing.T) {
		t.Parallel()
		s := newStaging(t)
		s.login = s.url
		p, _ := s.restore(t, src)
		if got := p.Skipped(); len(got) != 0 {
			t.Errorf("left out %v", got)
		}
		if got := ask(t, s.url, "SELECT pg_get_userbyid(relowner)::text FROM pg_class WHERE relname = 'a'"); got != s.owner {
			t.Errorf("the table belongs to %s", got)
		}
	})
}
