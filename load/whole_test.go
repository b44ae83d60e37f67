package load

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/load/archive"
	"github.com/understudy-db/understudy/load/schema"
)

// source is a database that a generation is made from, and what was read of it.
type source struct {
	*pgtest.Server
	t      testing.TB
	url    string
	schema Schema
}

func newSource(t testing.TB, sql ...string) *source {
	t.Helper()
	s := pgtest.Source(t)
	src := &source{Server: s, t: t, url: s.Database(t, sql...)}
	src.read()
	return src
}

// read takes archive, catalog and facts.
func (src *source) read() {
	src.t.Helper()
	dump := exec.Command(src.PgDump(src.t), "--format=custom", "--schema-only", "--encoding=UTF8", "--dbname="+src.url)
	dump.Stderr = os.Stderr
	out, err := dump.Output()
	if err != nil {
		src.t.Fatalf("pg_dump: %v", err)
	}
	a, err := archive.Read(bytes.NewReader(out))
	if err != nil {
		src.t.Fatal(err)
	}
	conn, err := catalog.Connect(src.t.Context(), catalog.DSN(src.url), catalog.Session{ReadOnly: true})
	if err != nil {
		src.t.Fatal(err)
	}
	defer conn.Close(src.t.Context())
	err = pgx.BeginTxFunc(src.t.Context(), conn, pgx.TxOptions{IsoLevel: pgx.RepeatableRead}, func(tx pgx.Tx) error {
		c, err := catalog.Read(src.t.Context(), tx)
		if err != nil {
			return err
		}
		facts, err := schema.ReadFacts(src.t.Context(), tx)
		src.schema = Schema{Archive: a, Catalog: c, Facts: facts}
		return err
	})
	if err != nil {
		src.t.Fatal(err)
	}
}

// copyRows copies every table as it is, and says how many rows each has.
func (src *source) copyRows(b *Build) map[catalog.Name]int64 {
	src.t.Helper()
	conn := src.Conn(src.t, src.url)
	rows := map[catalog.Name]int64{}
	for _, tab := range src.schema.Catalog.Tables {
		if !tab.HasRows() || b.Omits(tab) {
			continue
		}
		load := TableLoad{Table: tab, Frozen: true}
		var list []string
		for _, c := range tab.CopyColumns() {
			load.Columns = append(load.Columns, c.Name)
			list = append(list, catalog.QuoteIdent(c.Name))
		}
		w, err := b.OpenTable(src.t.Context(), load)
		if err != nil {
			src.t.Fatal(err)
		}
		tag, err := conn.PgConn().CopyTo(src.t.Context(), w, "COPY (SELECT "+strings.Join(list, ", ")+" FROM ONLY "+tab.Name.SQL()+") TO STDOUT")
		if err != nil {
			src.t.Fatalf("copy %s: %v", tab.Name, err)
		}
		if err := w.Commit(src.t.Context(), tag.RowsAffected()); err != nil {
			src.t.Fatal(err)
		}
		rows[tab.Name] = tag.RowsAffected()
	}
	return rows
}

// sequences reads where the source's sequences stand.
func (src *source) sequences() map[catalog.Name]SequenceState {
	src.t.Helper()
	conn := src.Conn(src.t, src.url)
	states := map[catalog.Name]SequenceState{}
	for _, s := range src.schema.Catalog.Sequences {
		var st SequenceState
		if err := conn.QueryRow(src.t.Context(), "SELECT last_value, is_called FROM "+s.Name.SQL()).Scan(&st.Last, &st.Called); err != nil {
			src.t.Fatal(err)
		}
		states[s.Name] = st
	}
	return states
}

const shop = `
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, mood mood, born date CHECK (born > '1900-01-01'));
CREATE TABLE orders (id serial PRIMARY KEY, customer bigint NOT NULL REFERENCES customers, total numeric(10,2), note text);
CREATE INDEX orders_note ON orders (lower(note)) WHERE note IS NOT NULL;
CREATE TABLE events (id bigint, at timestamptz NOT NULL, kind text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE UNLOGGED TABLE scratch (n int);
CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(total) FROM orders GROUP BY customer;
CREATE SEQUENCE down INCREMENT -1 MAXVALUE 100 START 100;
CREATE TABLE countdown (n int DEFAULT nextval('down'));
ALTER SEQUENCE down OWNED BY countdown.n;
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE customers FORCE ROW LEVEL SECURITY;
CREATE POLICY nobody ON customers USING (false);
INSERT INTO customers (email, mood, born) SELECT 'c' || g, 'ok', '2000-01-01' FROM generate_series(1, 100) g;
INSERT INTO orders (customer, total, note) SELECT 1 + g % 100, g, 'n' || g FROM generate_series(1, 500) g;
INSERT INTO events SELECT g, '2026-01-15'::timestamptz + g * interval '1 hour', 'k' FROM generate_series(1, 600) g;
INSERT INTO scratch VALUES (1);
INSERT INTO countdown DEFAULT VALUES;
INSERT INTO countdown DEFAULT VALUES;
REFRESH MATERIALIZED VIEW totals;
`

// filled brings a generation as far as Verify.
func (tg *target) filled(s *Server, src *source) (*Build, VerifyInput) {
	tg.t.Helper()
	b := tg.create(s)
	ctx := tg.t.Context()
	if err := b.PreData(ctx, src.schema); err != nil {
		tg.t.Fatalf("pre-data: %v", err)
	}
	rows := src.copyRows(b)
	if _, err := b.PostData(ctx, PostOptions{}); err != nil {
		tg.t.Fatalf("post-data: %v", err)
	}
	if err := b.Sequences(ctx, src.sequences()); err != nil {
		tg.t.Fatalf("sequences: %v", err)
	}
	if err := b.Analyze(ctx); err != nil {
		tg.t.Fatalf("analyze: %v", err)
	}
	return b, VerifyInput{Source: src.schema.Catalog, Rows: rows}
}

// From an archive to a published staging, by a role with CREATEDB only.
func TestWholeGeneration(t *testing.T) {
	t.Parallel()
	src := newSource(t, shop)
	tg := newTarget(t)
	s := tg.open()
	if err := s.PreflightSchema(t.Context(), src.schema); err != nil {
		t.Fatal(err)
	}
	b, in := tg.filled(s, src)
	if err := b.Verify(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	p := testProvenance
	p.Rows = in.Rows
	if err := b.Seal(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Publish(t.Context(), b.Number(), PublishOptions{}); err != nil {
		t.Fatal(err)
	}
	var customers, nextOrder, down, unanalyzed, foreignOwned int
	err := tg.query(tg.staging, `SELECT
		(SELECT count(*) FROM customers), nextval('orders_id_seq'), nextval('down'),
		(SELECT count(*) FROM pg_class c WHERE relkind IN ('r', 'm') AND relnamespace = 'public'::regnamespace
			AND relname <> 'countdown' AND NOT EXISTS (SELECT FROM pg_stats s WHERE s.tablename = c.relname)),
		(SELECT count(*) FROM pg_class WHERE relnamespace IN ('public'::regnamespace, '_understudy'::regnamespace) AND relowner <> `+
		catalog.QuoteLiteral(tg.owner)+`::regrole)`, &customers, &nextOrder, &down, &unanalyzed, &foreignOwned)
	if err != nil {
		t.Fatal(err)
	}
	if customers != 100 || nextOrder != 501 || down != 98 || unanalyzed != 0 || foreignOwned != 0 {
		t.Errorf("%d customers, next order %d, down %d, %d not analyzed, %d not the owner's", customers, nextOrder, down, unanalyzed, foreignOwned)
	}
	// Everybody may read where it comes from; the ledger is gone.
	role, password := tg.Role(t, "")
	conn := tg.Conn(t, tg.URLFor(role, password, tg.staging))
	var run, lsn, counts string
	var generation int
	if err := conn.QueryRow(t.Context(), `SELECT run, generation, snapshot_lsn, rows::text FROM _understudy.provenance`).Scan(&run, &generation, &lsn, &counts); err != nil {
		t.Fatal(err)
	}
	if run != "run-1" || generation != 1 || lsn != p.LSN || !strings.Contains(counts, `"public.orders": 500`) {
		t.Errorf("provenance %s, %d, %s, %s", run, generation, lsn, counts)
	}
	var ledger bool
	if err := conn.QueryRow(t.Context(), `SELECT to_regclass('_understudy.ledger') IS NOT NULL`).Scan(&ledger); err != nil || ledger {
		t.Errorf("ledger there: %v, %v", ledger, err)
	}
}

// Each gate of Verify stops what it is there for.
func TestVerifyStopsWhatDiffers(t *testing.T) {
	t.Parallel()
	src := newSource(t, shop)
	for name, c := range map[string]struct {
		spoil string
		words []string
	}{
		"row missing":         {"DELETE FROM orders WHERE id = 77", []string{"public.orders has 499 rows instead of 500"}},
		"row too many":        {"INSERT INTO countdown VALUES (100)", []string{"public.countdown has 3 rows instead of 2"}},
		"hidden by policy":    {"DELETE FROM customers WHERE id = 100 AND NOT EXISTS (SELECT FROM orders WHERE customer = 100); INSERT INTO customers (email) VALUES ('x')", []string{"public.customers has 101 rows"}},
		"index missing":       {"DROP INDEX orders_note", []string{"public.orders", "index orders_note is missing"}},
		"index invalid":       {"UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_note'::regclass", []string{"orders_note"}},
		"constraint invalid":  {"ALTER TABLE orders DROP CONSTRAINT orders_customer_fkey, ADD CONSTRAINT orders_customer_fkey FOREIGN KEY (customer) REFERENCES customers NOT VALID", []string{"orders_customer_fkey", "validity"}},
		"unlogged":            {"ALTER TABLE countdown SET UNLOGGED", []string{"unlogged", "public.countdown"}},
		"column type":         {"ALTER TABLE customers ALTER mood TYPE text", []string{"public.customers", "column mood"}},
		"table too many":      {"CREATE TABLE extra ()", []string{"public.extra"}},
		"sequence behind":     {"SELECT setval('orders_id_seq', 499)", []string{"sequences", "public.orders_id_seq"}},
		"sequence uncalled":   {"SELECT setval('orders_id_seq', 500, false)", []string{"sequences", "public.orders_id_seq"}},
		"descending sequence": {"SELECT setval('down', 100)", []string{"sequences", "public.down"}},
		"lost commit":         {"UPDATE _understudy.ledger SET rows = 1 WHERE \"table\" = 'orders'", []string{"public.orders", "crashed"}},
		"lost ledger row":     {"DELETE FROM _understudy.ledger WHERE \"table\" = 'scratch'", []string{"public.scratch", "crashed"}},
		"policy missing":      {"ALTER TABLE customers DISABLE ROW LEVEL SECURITY", []string{"public.customers", "row security"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tg := newTarget(t)
			b, in := tg.filled(tg.open(), src)
			if err := b.Verify(t.Context(), in); err != nil {
				t.Fatalf("before: %v", err)
			}
			tg.Exec(t, b.Name(), c.spoil)
			wantFault(t, b.Verify(t.Context(), in), fault.Verification, c.words...)
		})
	}
}

// A sequence that is behind a column which was copied as it is was so in the
// source: worth a warning only.
func TestSequenceBehindInTheSource(t *testing.T) {
	t.Parallel()
	src := newSource(t, shop, "SELECT setval('orders_id_seq', 3)")
	tg := newTarget(t)
	var warned []string
	s := tg.open(func(c *Config) { c.Warn = func(msg string) { warned = append(warned, msg) } })
	b, in := tg.filled(s, src)
	in.Kept = func(table catalog.Name, column string) bool { return table.Name == "orders" && column == "id" }
	if err := b.Verify(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if len(warned) != 1 || !strings.Contains(warned[0], "orders_id_seq") {
		t.Errorf("warned: %q", warned)
	}
}

// The partitions that rows found are the target's affair; their sum is not.
func TestVerifyCountsThroughTheRoot(t *testing.T) {
	t.Parallel()
	src := newSource(t, shop)
	tg := newTarget(t)
	b, in := tg.filled(tg.open(), src)
	one, two := catalog.Name{Schema: "public", Name: "events_1"}, catalog.Name{Schema: "public", Name: "events_2"}
	in.Rows[one], in.Rows[two] = in.Rows[one]-10, in.Rows[two]+10
	wantFault(t, b.Verify(t.Context(), in), fault.Verification, "events_1", "events_2")
	in.ViaRoot = map[catalog.Name]bool{one: true, two: true}
	if err := b.Verify(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	in.Rows[two]++
	wantFault(t, b.Verify(t.Context(), in), fault.Verification, "public.events has 600 rows instead of 601")
	in.Rows[one], in.Rows[two] = in.Rows[one]+10, in.Rows[two]-11
	delete(in.ViaRoot, one) // loaded directly, beside one whose rows went through the root
	if err := b.Verify(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	in.Rows[one]--
	wantFault(t, b.Verify(t.Context(), in), fault.Verification, "public.events_1", "public.events has 600 rows instead of 599")
}

// The gate before any row is loaded: the schema must be the one that the rows
// were read for.
func TestPreDataRefusesAnotherSchema(t *testing.T) {
	t.Parallel()
	src := newSource(t, shop)
	stale := src.schema
	src.Exec(t, src.url[strings.LastIndex(src.url, "/")+1:strings.Index(src.url, "?")], "ALTER TABLE orders RENAME note TO remark")
	src.read()
	stale.Archive = src.schema.Archive
	tg := newTarget(t)
	b := tg.create(tg.open())
	wantFault(t, b.PreData(t.Context(), stale), fault.Verification, "public.orders", "note", "remark")
}

func TestLeftOutObjectsAreNoDifference(t *testing.T) {
	t.Parallel()
	src := newSource(t, shop)
	src.schema.Unsupported = []string{"public.totals", "table public.countdown", "index public.orders.orders_note"}
	tg := newTarget(t)
	s := tg.open()
	b := tg.create(s)
	if err := b.PreData(t.Context(), src.schema); err != nil {
		t.Fatal(err)
	}
	if !b.Omits(src.schema.Catalog.Table(catalog.Name{Schema: "public", Name: "countdown"})) {
		t.Error("countdown is not left out")
	}
	rows := src.copyRows(b)
	if _, err := b.PostData(t.Context(), PostOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := b.Sequences(t.Context(), src.sequences()); err != nil {
		t.Fatal(err)
	}
	if err := b.Verify(t.Context(), VerifyInput{Source: src.schema.Catalog, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	if len(b.Skipped()) < 3 {
		t.Errorf("skipped %v", b.Skipped())
	}
}

func TestLargeObjectsKeepTheirOIDs(t *testing.T) {
	t.Parallel()
	src := newSource(t, `
		SELECT lo_from_bytea(70001, decode(repeat('00ff', 4000), 'hex'));
		SELECT lo_create(70002);
		SELECT lo_from_bytea(70003, ''), lo_put(70003, 5000, 'hole');
		SELECT lo_from_bytea(70004, decode(repeat('ab', 3 * 1024 * 1024), 'hex'));
	`)
	tg := newTarget(t)
	b := tg.create(tg.open())
	conn := src.Conn(t, src.url)
	copyAll := func() (int64, error) {
		w, err := b.LargeObjects(t.Context())
		if err != nil {
			return 0, err
		}
		rows, err := conn.Query(t.Context(), `SELECT m.oid, coalesce(pageno, 0), coalesce(data, '') FROM pg_largeobject_metadata m
			LEFT JOIN pg_largeobject l ON l.loid = m.oid ORDER BY 1, 2`)
		if err != nil {
			return 0, err
		}
		var oid catalog.OID
		var page int
		var data []byte
		if _, err := pgx.ForEachRow(rows, []any{&oid, &page, &data}, func() error { return w.Write(t.Context(), oid, page, data) }); err != nil {
			return 0, err
		}
		return w.Close(t.Context())
	}
	for range 2 { // the second time changes nothing
		if n, err := copyAll(); err != nil || n != 4 {
			t.Fatalf("%d objects, %v", n, err)
		}
	}
	const sum = `SELECT string_agg(oid || ':' || md5(lo_get(oid)) || ':' || length(lo_get(oid)), ' ' ORDER BY oid) FROM pg_largeobject_metadata`
	var want, got string
	if err := conn.QueryRow(t.Context(), sum).Scan(&want); err != nil {
		t.Fatal(err)
	}
	tg.ask(b, sum, &got)
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var owner string
	tg.ask(b, `SELECT string_agg(DISTINCT lomowner::regrole::text, ' ') FROM pg_largeobject_metadata`, &owner)
	if owner != tg.owner {
		t.Errorf("owned by %s", owner)
	}
}

func TestManySmallLargeObjects(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	b := tg.create(tg.open())
	w, err := b.LargeObjects(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const n = largeObjectsPerCommit + 500
	for i := range n {
		if err := w.Write(t.Context(), catalog.OID(100_000+i), 0, []byte(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := w.Close(t.Context()); err != nil || got != n {
		t.Fatalf("%d objects, %v", got, err)
	}
	var count int
	tg.ask(b, `SELECT count(*)::int FROM pg_largeobject WHERE convert_from(data, 'UTF8')::int = loid::int8 - 100000`, &count)
	if count != n {
		t.Errorf("%d of %d objects are right", count, n)
	}
}

// The server prints a view in another form as long as it has not read its own
// print. Such a source's text is compared as the target prints it once read.
func TestViewsAreComparedAsRead(t *testing.T) {
	t.Parallel()
	src := newSource(t, `CREATE TABLE t (id integer PRIMARY KEY, a text); CREATE VIEW v AS SELECT id, lower(a) AS a FROM t WHERE id > 0`)
	tg := newTarget(t)
	b, in := tg.filled(tg.open(), src)
	v := in.Source.Table(catalog.Name{Schema: "public", Name: "v"})
	for text, same := range map[string]bool{
		v.Definition: true,
		`SELECT (t.id) AS id, pg_catalog.lower(t.a) AS a FROM public.t WHERE ((t.id > (0)));`: true,
		`SELECT t.id, lower(t.a) AS a FROM public.t WHERE t.id > 1;`:                          false,
		`SELECT t.id, lower(t.a) AS a FROM public.nowhere t WHERE t.id > 0;`:                  false,
	} {
		v.Definition = text
		switch err := b.Verify(t.Context(), in); {
		case same && err != nil:
			t.Errorf("%s: %v", text, err)
		case !same:
			wantFault(t, err, fault.Verification, "public.v", "definition")
		}
	}
	var left int
	if err := tg.query(b.Name(), `SELECT count(*) FROM pg_class WHERE relname = 'understudy_reread'`, &left); err != nil || left != 0 {
		t.Errorf("%d views left, %v", left, err)
	}
}
