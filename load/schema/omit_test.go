package schema_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/load/archive"
	"github.com/understudy-db/understudy/load/schema"
)

const shop = `
	CREATE FUNCTION price(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
	CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
	CREATE TABLE customers (id int PRIMARY KEY, email text UNIQUE, age int CHECK (age > 0));
	CREATE TABLE orders (id serial PRIMARY KEY, customer int REFERENCES customers, amount int);
	CREATE INDEX orders_price ON orders (price(amount));
	CREATE INDEX orders_amount ON orders (amount);
	CREATE TRIGGER touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
	CREATE VIEW grouped AS SELECT id, email FROM customers GROUP BY id;
	CREATE MATERIALIZED VIEW report AS SELECT id FROM grouped;
	CREATE INDEX report_id ON report (id);
	CREATE TABLE other (id int PRIMARY KEY);
	COMMENT ON TABLE orders IS 'orders';
	COMMENT ON VIEW grouped IS 'grouped';`

// Whatever depends on an object that is left out goes with it, however far.
func TestUnsupportedTakesItsDependentsAlong(t *testing.T) {
	t.Parallel()
	src := of(t, shop)
	for _, c := range []struct {
		unsupported []string
		want        map[string]string // object: reason
	}{
		{[]string{"public.orders"}, map[string]string{
			"table public.orders":           "listed under unsupported",
			"sequence public.orders_id_seq": "depends on table public.orders, which is left out",
		}},
		{[]string{"TABLE public.customers"}, map[string]string{
			"table public.customers":                         "listed under unsupported",
			"foreign key public.orders.orders_customer_fkey": "depends on table public.customers, which is left out",
			"view public.grouped":                            "depends on table public.customers, which is left out",
			"materialized view public.report":                "depends on view public.grouped, which is left out",
		}},
		{[]string{"constraint public.customers.customers_pkey"}, map[string]string{
			"constraint public.customers.customers_pkey":     "listed under unsupported",
			"foreign key public.orders.orders_customer_fkey": "depends on constraint public.customers.customers_pkey, which is left out",
			"view public.grouped":                            "depends on constraint public.customers.customers_pkey, which is left out",
			"materialized view public.report":                "depends on view public.grouped, which is left out",
		}},
		{[]string{"function public.price", "touch() "}, nil},
		{[]string{"function public.price", "public.touch()"}, map[string]string{
			"function public.price(integer)": "listed under unsupported",
			"index public.orders_price":      "depends on function public.price(integer), which is left out",
			"function public.touch()":        "listed under unsupported",
			"trigger public.orders.touch":    "depends on function public.touch(), which is left out",
		}},
		{[]string{"index public.orders_amount", "foreign key public.orders.orders_customer_fkey"}, map[string]string{
			"index public.orders_amount":                     "listed under unsupported",
			"foreign key public.orders.orders_customer_fkey": "listed under unsupported",
		}},
		{[]string{"public.nothing", "public.orders", "view public.customers", "a b c"}, nil},
	} {
		t.Run(strings.Join(c.unsupported, ","), func(t *testing.T) {
			t.Parallel()
			s := newStaging(t)
			if c.want == nil {
				o := s.options(src.facts)
				o.Unsupported = c.unsupported
				_, err := schema.New(src.archive, src.catalog, o)
				words := []string{`"touch() " has neither a schema nor a kind`}
				if len(c.unsupported) == 4 {
					words = []string{`"public.nothing": the source has no such object`, `"view public.customers": the source has no such object`, `"a b c"`}
				}
				wants(t, err, fault.Policy, words...)
				return
			}
			p, _ := s.restore(t, src, func(o *schema.Options) { o.Unsupported = c.unsupported })
			got := make(map[string]string)
			for _, x := range p.Skipped() {
				got[x.Object] = x.Reason
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			// The catalogs differ in nothing else.
			target, err := catalog.Read(t.Context(), pgtest.Target(t).Conn(t, s.url))
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range catalog.Compare(src.catalog, target, catalog.CompareOptions{PostData: true, Skip: p.Omits}) {
				if !p.Explains(d) {
					t.Errorf("not explained: %s", d)
				}
			}
			if p.Explains(catalog.Difference{Object: "public.other", What: "index other_pkey is missing on the target"}) {
				t.Error("explains what it has not left out")
			}
		})
	}
}

// What leads out of staging is left out by itself; what depends on that is for
// the user to decide about.
func TestNeutralisedObjectsWithDependents(t *testing.T) {
	t.Parallel()
	src := of(t, `
		CREATE EXTENSION postgres_fdw;
		CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw;
		CREATE TABLE root (id int, day date) PARTITION BY RANGE (day);
		CREATE FOREIGN TABLE old PARTITION OF root FOR VALUES FROM (MINVALUE) TO ('2020-01-01') SERVER elsewhere;
		CREATE TABLE new PARTITION OF root DEFAULT;
		CREATE FOREIGN TABLE remote (id serial, d int DEFAULT 7) SERVER elsewhere;
		CREATE VIEW local AS SELECT * FROM remote;
		CREATE VIEW further AS SELECT * FROM local;
		CREATE FUNCTION reads() RETURNS SETOF remote LANGUAGE sql AS 'SELECT * FROM public.remote';`)
	s := newStaging(t)
	o := s.options(src.facts)
	p, err := schema.New(src.archive, src.catalog, o)
	if err != nil {
		t.Fatal(err)
	}
	err = p.Refused()
	wants(t, err, fault.Preflight,
		"view public.local depends on foreign table public.remote, which is left out (reads another server's data)",
		"function public.reads() depends on foreign table public.remote")
	if refused, along, _ := strings.Cut(err.Error(), "takes these along:"); strings.Contains(refused, "further") || !strings.Contains(along, "view public.further") {
		t.Errorf("what follows from the rest is not told apart: %v", err)
	}

	p, _ = s.restore(t, src, func(o *schema.Options) { o.Unsupported = []string{"public.local", "public.reads"} })
	want := []string{
		"extension postgres_fdw", "foreign server elsewhere", "foreign table public.old", "foreign table public.remote",
		"function public.reads()", "sequence public.remote_id_seq", "view public.further", "view public.local",
	}
	if d := cmp.Diff(want, objects(p.Skipped())); d != "" {
		t.Error(d)
	}
	if got := ask(t, s.url, "SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace"); got != "new,root" {
		t.Errorf("the copy has %s", got)
	}
}

func TestExtensionsThatAreNotWanted(t *testing.T) {
	t.Parallel()
	src := of(t, `
		CREATE EXTENSION citext; CREATE EXTENSION hstore;
		CREATE TABLE a (id int, b citext);
		CREATE FUNCTION f(citext) RETURNS int LANGUAGE sql AS 'SELECT 1';`).
		with(func(a *archive.Archive) {
			a.Entries = append(a.Entries,
				&archive.Entry{ID: 100001, Desc: "EXTENSION", Tag: "pg_cron", Section: archive.PreData, Defn: "CREATE EXTENSION pg_cron"})
		})
	s := newStaging(t)
	o := s.options(src.facts)
	o.SkipExtensions = []string{"citext", "hstore"}
	p, err := schema.New(src.archive, src.catalog, o)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, p.PreData(t.Context()), fault.Preflight,
		"table public.a depends on extension citext, which is left out (listed under extensions.skip)",
		"function public.f(public.citext) depends on extension citext")

	p, _ = s.restore(t, src, func(o *schema.Options) { o.SkipExtensions = []string{"hstore", "not_there"} })
	want := []schema.Skip{
		{Object: "extension hstore", Reason: "listed under extensions.skip"},
		{Object: "extension pg_cron", Reason: "would run production's jobs"},
	}
	if d := cmp.Diff(want, p.Skipped()); d != "" {
		t.Error(d)
	}
	if !slices.ContainsFunc(s.warnings, func(w string) bool { return strings.Contains(w, "not_there") }) {
		t.Errorf("no warning of an unknown extension in %q", s.warnings)
	}
}

// Invalid indexes stay away, constraints that are not validated stay so.
func TestInvalidStaysInvalid(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, `
		CREATE TABLE a (id int, b int); INSERT INTO a VALUES (1, -1), (1, 2);
		CREATE TABLE p (id int PRIMARY KEY);
		ALTER TABLE a ADD CONSTRAINT positive CHECK (b > 0) NOT VALID;
		ALTER TABLE a ADD CONSTRAINT to_p FOREIGN KEY (id) REFERENCES p NOT VALID;
		CREATE DOMAIN d AS int; ALTER DOMAIN d ADD CONSTRAINT dd CHECK (VALUE > 0) NOT VALID;
		CREATE TABLE uses (d d);`)
	conn := pgtest.Source(t).Conn(t, url)
	if _, err := conn.Exec(t.Context(), "CREATE UNIQUE INDEX CONCURRENTLY a_id ON a (id)"); catalog.SQLState(err) != "23505" {
		t.Fatal(err)
	}
	src, s := read(t, url), newStaging(t)
	p := s.plan(t, src)
	if err := p.PreData(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.load(t, src, p) // rows that break both
	r, err := p.PostData(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"check constraint public.a.positive", "check constraint public.d.dd", "foreign key public.a.to_p"}
	if d := cmp.Diff(want, r.NotValid); d != "" {
		t.Error(d)
	}
	if got := objects(p.Skipped()); !slices.Equal(got, []string{"index public.a_id"}) {
		t.Errorf("left out: %q", got)
	}
	if got := ask(t, s.url, "SELECT string_agg(conname, ',' ORDER BY conname) FROM pg_constraint WHERE NOT convalidated"); got != "dd,positive,to_p" {
		t.Errorf("not validated: %s", got)
	}
}

// A target that is newer brings newer extensions.
func TestExtensionOfAnotherVersionIsToldOf(t *testing.T) {
	t.Parallel()
	src, s := of(t, "CREATE EXTENSION hstore VERSION '1.4'; CREATE TABLE a (h hstore)"), newStaging(t)
	p := s.plan(t, src)
	conn, err := s.connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := p.Preflight(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	if len(s.warnings) != 1 || !strings.HasPrefix(s.warnings[0], "extension hstore has version 1.4 on the source, the target creates 1.") {
		t.Errorf("warnings: %q", s.warnings)
	}
	s.restore(t, src)
	if got := ask(t, s.url, "SELECT (extversion <> '1.4')::text FROM pg_extension WHERE extname = 'hstore'"); got != "true" {
		t.Error("the target has an old hstore")
	}
}

func TestSchemaPublicIsAsOnTheSource(t *testing.T) {
	t.Parallel()
	s := newStaging(t)
	s.restore(t, of(t, "DROP SCHEMA public; CREATE SCHEMA app; CREATE TABLE app.a (i int)"))
	there := ask(t, s.url, "SELECT to_regnamespace('public')::text") != ""
	// Up to version 14 it belongs to a superuser, and stays.
	if old := pgtest.Target(t).Major() < 15; there != old || len(s.warnings) > 0 != old {
		t.Errorf("public is there: %v, warnings %q", there, s.warnings)
	}
	// Who may create something in it is the source's business, whatever a server of
	// the target's version starts with.
	for _, sql := range []string{"", "REVOKE CREATE ON SCHEMA public FROM PUBLIC", "GRANT CREATE ON SCHEMA public TO PUBLIC", "REVOKE USAGE ON SCHEMA public FROM PUBLIC"} {
		const rights = "SELECT concat_ws(' ', has_schema_privilege('public', 'public', 'CREATE'), has_schema_privilege('public', 'public', 'USAGE'))"
		src, copied := of(t, sql), newStaging(t)
		copied.restore(t, src)
		// A superuser's schema is not for us to open or close.
		if want, got := ask(t, src.url, rights), ask(t, copied.url, rights); got != want && pgtest.Target(t).Major() >= 15 {
			t.Errorf("%q: everybody has %s on schema public, want %s", sql, got, want)
		}
	}
	// One that is in use on the target stays, with a warning.
	used := newStaging(t)
	used.exec(t, "CREATE TABLE public.theirs (i int)")
	used.restore(t, of(t, "DROP SCHEMA public"))
	if got := ask(t, used.url, "SELECT to_regclass('public.theirs')::text"); got == "" || len(used.warnings) != 1 {
		t.Errorf("%q is there, warnings %q", got, used.warnings)
	}
}

func TestArchiveInAnotherEncodingIsRefused(t *testing.T) {
	t.Parallel()
	src := of(t, "CREATE TABLE a (i int)").with(func(a *archive.Archive) {
		for _, e := range a.Entries {
			if e.Desc == "ENCODING" {
				e.Defn = "SET client_encoding = 'LATIN1';"
			}
		}
	})
	s := newStaging(t)
	wants(t, s.plan(t, src).PreData(t.Context()), fault.Preflight, "the schema archive is in encoding LATIN1")
}

func TestDamagedArchive(t *testing.T) {
	t.Parallel()
	src := of(t, "CREATE TABLE a (i int PRIMARY KEY, j int); CREATE INDEX x ON a (j); CREATE INDEX y ON a (i)").with(func(a *archive.Archive) {
		id := make(map[string]int)
		for _, e := range a.Entries {
			if e.Desc == "INDEX" {
				id[e.Tag] = e.ID
			}
		}
		for _, e := range a.Entries {
			if to, ok := map[string]string{"x": "y", "y": "x"}[e.Tag]; ok {
				e.Deps = append(e.Deps, id[to])
			}
		}
		if len(id) != 2 {
			panic(slices.Collect(maps.Keys(id)))
		}
	})
	s := newStaging(t)
	p := s.plan(t, src)
	if err := p.PreData(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := p.PostData(t.Context(), nil)
	wants(t, err, fault.Other, "depends on itself")
}
