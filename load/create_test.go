package load

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

func TestGenerationIsLikeTheSource(t *testing.T) {
	t.Parallel()
	for _, want := range []catalog.Database{
		{Encoding: "UTF8", Collate: "C", CType: "C", LocaleProvider: 'c'},
		{Encoding: "SQL_ASCII", Collate: "C", CType: "C", LocaleProvider: 'c'},
		{Encoding: "LATIN1", Collate: "C", CType: "C", LocaleProvider: 'c'},
		{Encoding: "UTF8", Collate: "C", CType: "C", LocaleProvider: 'i', Locale: "de-u-co-phonebk"},
		{Encoding: "UTF8", Collate: "C", CType: "C", LocaleProvider: 'i', Locale: "und", ICURules: "&a < g"},
		{Encoding: "UTF8", Collate: "C", CType: "C", LocaleProvider: 'b', Locale: "C.UTF-8"},
	} {
		t.Run(want.Encoding+" "+describeLocale(want)+" "+want.ICURules, func(t *testing.T) {
			t.Parallel()
			tg := newTarget(t)
			switch {
			case want.LocaleProvider == 'b' && tg.Major() < 17, want.ICURules != "" && tg.Major() < 16, want.LocaleProvider == 'i' && tg.Major() < 15:
				t.Skipf("PostgreSQL %d has no such locale", tg.Major())
			}
			s := tg.open()
			b, err := s.Create(t.Context(), want)
			if err != nil {
				t.Fatal(err)
			}
			var got catalog.Database
			err = b.with(t.Context(), "test", func(conn *pgx.Conn) error {
				c, err := b.readCatalog(t.Context(), conn)
				if err == nil {
					got = c.Database
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if got.Encoding != want.Encoding || got.Collate != want.Collate || got.CType != want.CType ||
				got.LocaleProvider != want.LocaleProvider || got.ICURules != want.ICURules ||
				!strings.EqualFold(got.Locale, want.Locale) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

// Bytes that are no text in any encoding pass through to an SQL_ASCII target.
func TestRawBytesInSQLASCII(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	b, err := tg.open().Create(t.Context(), catalog.Database{Encoding: "SQL_ASCII", Collate: "C", CType: "C", LocaleProvider: 'c'})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.with(t.Context(), "test", func(conn *pgx.Conn) error {
		_, err := conn.Exec(t.Context(), "CREATE TABLE public.t (v text)")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := loadRows(t.Context(), b, tableLoad("t", "v"), []byte("a\xff\xfeb\n"), 1); err != nil {
		t.Fatal(err)
	}
	var hex string
	tg.ask(b, `SELECT encode(v::bytea, 'hex') FROM t`, &hex)
	if hex != "61fffe62" {
		t.Errorf("got %s", hex)
	}
}

func TestUnknownLocaleIsRefusedAndLeavesNothing(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	for _, d := range []catalog.Database{
		{Encoding: "UTF8", Collate: "xx_NOWHERE.utf8", CType: "xx_NOWHERE.utf8", LocaleProvider: 'c'},
		{Encoding: "NONE8", Collate: "C", CType: "C", LocaleProvider: 'c'},
	} {
		_, err := tg.open().Create(t.Context(), d)
		wantFault(t, err, fault.Preflight, d.Encoding, d.Collate, "install")
		tg.wantDatabases("")
	}
}

// A template with extensions that only a superuser can create.
func TestPreparedTemplate(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	template := tg.Name(t)
	tg.Exec(t, "postgres", "CREATE DATABASE "+template+" TEMPLATE template0")
	t.Cleanup(func() { tg.Exec(t, "postgres", "ALTER DATABASE "+template+" IS_TEMPLATE false") })
	tg.Exec(t, template, "CREATE EXTENSION pageinspect")
	_, err := Open(t.Context(), tg.config(func(c *Config) { c.Template = template }))
	wantFault(t, err, fault.Preflight, "may not use", "IS_TEMPLATE true")
	tg.Exec(t, "postgres", "ALTER DATABASE "+template+" IS_TEMPLATE true")
	_, err = Open(t.Context(), tg.config(func(c *Config) { c.Template = "no_such" }))
	wantFault(t, err, fault.Preflight, "does not exist")

	s := tg.open(func(c *Config) { c.Template = template })
	src := tg.catalog()
	if _, err := s.Preflight(t.Context(), src); err != nil {
		t.Fatal(err)
	}
	b := tg.create(s)
	var n int
	tg.ask(b, `SELECT count(*)::int FROM pg_extension WHERE extname = 'pageinspect'`, &n)
	if n != 1 {
		t.Error("the extension is not there")
	}
	src.Database.Encoding = "LATIN1"
	_, err = s.Preflight(t.Context(), src)
	wantFault(t, err, fault.Preflight, template, "LATIN1", "template0")

	// An empty generation without a marker is ours, extensions or not.
	tg.Exec(t, "postgres", "COMMENT ON DATABASE "+quoted(b.Name())+" IS NULL")
	tg.Exec(t, b.Name(), "DROP SCHEMA _understudy CASCADE")
	b.forget()
	tg.wantJanitor(s, "S__u1")
}

// Event triggers of the source stay behind; those of a template do not, and act
// on all that we create.
func TestEventTriggersOfATemplateAreToldOf(t *testing.T) {
	t.Parallel()
	src, tg := newSource(t, shop), newTarget(t)
	template := tg.Name(t)
	tg.Exec(t, "postgres", "CREATE DATABASE "+template+" TEMPLATE template0 IS_TEMPLATE true")
	t.Cleanup(func() { tg.Exec(t, "postgres", "ALTER DATABASE "+template+" IS_TEMPLATE false") })
	tg.Exec(t, template, `CREATE FUNCTION pg_catalog.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
		CREATE EVENT TRIGGER watching ON ddl_command_end EXECUTE FUNCTION watch()`)
	var told []string
	b := tg.create(tg.open(func(c *Config) {
		c.Template = template
		c.Warn = func(msg string) { told = append(told, msg) }
	}))
	if err := b.PreData(t.Context(), src.schema); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(told, "\n"), "event trigger watching") {
		t.Errorf("warnings: %q", told)
	}
}

func TestPreflightRefusesBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open()
	newer := tg.catalog()
	newer.Server.VersionNum += 10000
	_, err := s.Preflight(t.Context(), newer)
	wantFault(t, err, fault.Preflight, "at least as new", "upgrade")

	copied := tg.catalog()
	copied.Schemas = append(copied.Schemas, &catalog.Schema{Name: catalog.OwnSchema})
	_, err = s.Preflight(t.Context(), copied)
	wantFault(t, err, fault.Preflight, "a copy that understudy has made")

	small := tg.open(func(c *Config) { c.SpaceLimit = 10 << 20 })
	large := tg.catalog()
	large.Database.Bytes = 100 << 20
	_, err = small.Preflight(t.Context(), large)
	wantFault(t, err, fault.Preflight, "space", "110.0 MB for one copy", "10.0 MB allowed")
	tg.wantDatabases("")
}

func TestSpacePlan(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open()
	src := tg.catalog()
	src.Database.Bytes = 1000 << 20
	sp, err := s.Preflight(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	if one := int64(1100 << 20); sp.Copy != one || sp.Peak != 2*one || sp.After != 2*one || sp.Held != 0 || !sp.Pristine {
		t.Errorf("the first refresh: %s", sp)
	}
	tg.published(s)
	tg.published(s)
	sp, err = s.Preflight(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	// Five databases are held at the peak: staging, its pristine, the previous
	// one, and the new generation twice. The oldest pristine goes before.
	st, err := s.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var held, junk int64
	for _, g := range st.Generations {
		held += g.Bytes
	}
	for _, g := range st.Leftovers {
		junk += g.Bytes
	}
	if sp.Held != held || sp.Peak != held-junk+2*sp.Copy || sp.After != 2*sp.Copy+st.Serving.Bytes {
		t.Errorf("held %d, junk %d: %+v", held, junk, sp)
	}
}

// Nobody but the owner gets into a generation while it is being built.
func TestBuildIsClosedToOthers(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	b := tg.create(tg.open())
	role, password := tg.Role(t, "")
	conn, err := pgx.Connect(t.Context(), tg.URLFor(role, password, b.Name()))
	if err == nil {
		conn.Close(t.Context())
		t.Fatal("a stranger is in")
	}
	if catalog.SQLState(err) != "42501" {
		t.Errorf("refused otherwise: %v", err)
	}
}

// Functions and everything else run as the owner, who cannot create databases.
func TestNothingRunsWithTheLoginRolesRights(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	b := tg.create(tg.open(), `CREATE TABLE public.t (id int)`)
	w, err := b.OpenTable(t.Context(), tableLoad("t", "id"))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	var owner string
	tg.ask(b, `SELECT string_agg(DISTINCT relowner::regrole::text, ' ') FROM pg_class WHERE oid >= 16384`, &owner)
	if owner != tg.owner {
		t.Errorf("owned by %s", owner)
	}
}

// No password shows in what the process list of the server tells, nor in ours.
func TestNoSecretInTheProcessList(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	tg.create(tg.open())
	var all string
	if err := tg.query("postgres", `SELECT string_agg(application_name || query, ' ') FROM pg_stat_activity`, &all); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("ps", "axww", "-o", "args").Output()
	if err != nil {
		t.Skipf("no ps here: %v", err)
	}
	for _, text := range []string{all, string(out)} {
		if strings.Contains(text, tg.password) {
			t.Error("the password shows")
		}
	}
}

func TestErrorsNameTheTarget(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	_, err := Open(t.Context(), tg.config(func(c *Config) { c.DSN = catalog.DSN(tg.URLFor(tg.role, "wrong", "postgres")) }))
	wantFault(t, err, fault.Preflight, "target")
	if strings.Contains(said(err), "wrong") {
		t.Errorf("the password shows: %s", said(err))
	}
	_, err = Open(t.Context(), tg.config(func(c *Config) { c.DSN = "postgres://u@127.0.0.1:1/postgres?sslmode=disable" }))
	wantFault(t, err, fault.Transient, "target")
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Error("no fault")
	}
	_, err = Open(t.Context(), tg.config(func(c *Config) { c.DSN = c.DSN.OnDatabase("no_such_database") }))
	wantFault(t, err, fault.Preflight, "no_such_database")
}

func TestSplitIdentifiers(t *testing.T) {
	for list, want := range map[string][]string{
		``:                         nil,
		`""`:                       {""},
		`"$user", public`:          {"$user", "public"},
		`a,b ,  c`:                 {"a", "b", "c"},
		`"a ""b"", c", d`:          {`a "b", c`, "d"},
		`"x"`:                      {"x"},
		`"unterminated`:            {"unterminated"},
		`"größe", "with, comma",z`: {"größe", "with, comma", "z"},
	} {
		if got := splitIdentifiers(list); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", list, got, want)
		}
	}
}

func TestLineAndColumn(t *testing.T) {
	sql := "SELECT 1;\nSELECT 'ö', x\n"
	for position, want := range map[int][2]int{1: {1, 1}, 10: {1, 10}, 11: {2, 1}, 23: {2, 13}, 999: {3, 1}} {
		line, column := lineAndColumn(sql, position)
		if line != want[0] || column != want[1] {
			t.Errorf("%d: %d:%d, want %d:%d", position, line, column, want[0], want[1])
		}
	}
}

func TestSizesForPeople(t *testing.T) {
	for bytes, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 kB", 1536: "1.5 kB", 5 << 30: "5.0 GB", 1 << 62: "4.0 EB"} {
		if got := size(bytes); got != want {
			t.Errorf("%d: %s, want %s", bytes, got, want)
		}
	}
}
