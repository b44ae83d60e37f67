package schema_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/load/schema"
)

// crowd is many tables with keys in every direction, several indexes each, a
// partitioned one among them, and definitions that lock their table twice.
func crowd() string {
	var b strings.Builder
	const tables = 8
	for i := range tables {
		fmt.Fprintf(&b, `
			CREATE TABLE t%[1]d (id int PRIMARY KEY, a int NOT NULL UNIQUE, b int, c int CHECK (c >= 0));
			CREATE INDEX t%[1]d_b ON t%[1]d (b);
			CREATE INDEX t%[1]d_c ON t%[1]d (c, b);
			CREATE UNIQUE INDEX t%[1]d_ba ON t%[1]d (b, a) INCLUDE (c);
			CREATE UNIQUE INDEX t%[1]d_ac ON t%[1]d (a, id);
			INSERT INTO t%[1]d SELECT i, i, i, i FROM generate_series(1, 2000) i;
			ALTER TABLE t%[1]d CLUSTER ON t%[1]d_ba;
			ALTER TABLE t%[1]d REPLICA IDENTITY USING INDEX t%[1]d_ac;`, i)
	}
	for i := range tables {
		for j := range tables {
			column := []string{"id", "a"}[(i+j)%2]
			fmt.Fprintf(&b, "ALTER TABLE t%d ADD FOREIGN KEY (b) REFERENCES t%d (%s);\n", i, j, column)
		}
	}
	b.WriteString(`
		CREATE TABLE p (id int, day int, t int REFERENCES t0, PRIMARY KEY (id, day)) PARTITION BY LIST (day);
		CREATE INDEX ON p (t); CREATE INDEX ON p (day, id);
		ALTER TABLE p ADD CONSTRAINT u UNIQUE (day, id);`)
	for i := range 10 {
		fmt.Fprintf(&b, "CREATE TABLE p%d PARTITION OF p FOR VALUES IN (%d);", i, i)
	}
	b.WriteString(`
		INSERT INTO p SELECT i, i % 10, i FROM generate_series(1, 2000) i;
		CREATE TABLE q (id int, day int, FOREIGN KEY (id, day) REFERENCES p);
		INSERT INTO q SELECT id, day FROM p;
		ALTER TABLE t0 ADD COLUMN day int, ADD FOREIGN KEY (id, day) REFERENCES p (id, day);
		CREATE MATERIALIZED VIEW m AS SELECT t0.id FROM t0 JOIN p ON p.t = t0.id JOIN t1 ON t1.id = t0.id;
		CREATE UNIQUE INDEX ON m (id);
		CREATE MATERIALIZED VIEW m2 AS SELECT count(*) FROM m JOIN t2 USING (id);`)
	return b.String()
}

// Many sessions at a time never wait for each other in a circle: the scheduler
// knows what they lock.
func TestPostDataSideBySide(t *testing.T) {
	t.Parallel()
	src, s := of(t, crowd()), newStaging(t)
	const deadlocks = "SELECT deadlocks::text FROM pg_stat_database WHERE datname = current_database()"
	p, r := s.restore(t, src, func(o *schema.Options) { o.Jobs = 8 })
	if r.Retries != 0 {
		t.Errorf("%d steps were begun again", r.Retries)
	}
	if got := ask(t, s.url, deadlocks); got != "0" {
		t.Errorf("%s deadlocks", got)
	}
	target, err := catalog.Read(t.Context(), pgtest.Target(t).Conn(t, s.url))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range catalog.Compare(src.catalog, target, catalog.CompareOptions{PostData: true, Skip: p.Omits}) {
		t.Errorf("catalogs differ: %s", d)
	}
	for _, broken := range []string{
		"SELECT string_agg(indexrelid::regclass::text, ',') FROM pg_index WHERE NOT indisvalid OR NOT indisready",
		"SELECT string_agg(conname, ',') FROM pg_constraint WHERE NOT convalidated",
	} {
		if got := ask(t, s.url, broken); got != "" {
			t.Errorf("not valid: %s", got)
		}
	}
	s.idle(t)
}

// The indexes of a table are built while others are still being loaded; what
// needs more waits for it.
func TestPostDataAsTablesAreLoaded(t *testing.T) {
	t.Parallel()
	src, s := of(t, `
		CREATE TABLE early (id int PRIMARY KEY, v text); CREATE INDEX early_v ON early (v);
		CREATE INDEX early_expression ON early (lower(v));
		CREATE TABLE late (id int PRIMARY KEY, e int REFERENCES early);
		CREATE TABLE root (id int PRIMARY KEY, v int) PARTITION BY LIST (id);
		CREATE TABLE leaf1 PARTITION OF root FOR VALUES IN (1); CREATE TABLE leaf2 PARTITION OF root FOR VALUES IN (2);
		CREATE INDEX root_v ON root (v);
		INSERT INTO early VALUES (1, 'a'); INSERT INTO late VALUES (1, 1); INSERT INTO root VALUES (1, 1), (2, 2);
		CREATE MATERIALIZED VIEW m AS SELECT * FROM early;`), newStaging(t)
	steps := make(chan string, 100)
	p := s.plan(t, src, func(o *schema.Options) {
		o.Progress = func(step string, _, _ int) { steps <- step }
	})
	if err := p.PreData(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range len(steps) {
		<-steps
	}
	from, to := pgtest.Source(t).Conn(t, src.url), pgtest.Target(t).Conn(t, s.url)
	loaded := make(chan *catalog.Table)
	finished := make(chan error, 1)
	go func() {
		_, err := p.PostData(t.Context(), loaded)
		finished <- err
	}()
	// next is the set of the steps that come now.
	next := func(n int) map[string]bool {
		got := make(map[string]bool)
		for range n {
			got[<-steps] = true
		}
		return got
	}
	expect := func(when string, want ...string) {
		t.Helper()
		got := next(len(want))
		for _, w := range want {
			if !got[w] {
				t.Errorf("%s: %v, want %s", when, got, w)
			}
		}
	}
	table := func(name string) *catalog.Table {
		tab := src.catalog.Table(catalog.Name{Schema: "public", Name: name})
		copyTable(t, t.Context(), from, to, tab)
		return tab
	}
	expect("before anything is loaded", "create index public.root_v")
	loaded <- table("early")
	expect("when early is loaded", "create constraint public.early.early_pkey", "create index public.early_v")
	loaded <- table("leaf2")
	// The key of the whole tree would wait for leaves that are being loaded.
	expect("when leaf2 is loaded", "create index public.leaf2_v_idx", "attach index public.leaf2_v_idx")
	loaded <- table("late")
	expect("when late is loaded", "create constraint public.late.late_pkey", "create foreign key public.late.late_e_fkey")
	loaded <- table("leaf1")
	close(loaded)
	if err := <-finished; err != nil {
		t.Fatal(err)
	}
	expect("when all are", "create index public.early_expression", "refresh materialized view public.m",
		"create constraint public.root.root_pkey", "create constraint public.leaf2.leaf2_pkey", "attach index public.leaf2_pkey",
		"create constraint public.leaf1.leaf1_pkey", "create index public.leaf1_v_idx",
		"attach index public.leaf1_pkey", "attach index public.leaf1_v_idx", "give grants")
	if got := ask(t, s.url, "SELECT count(*)::text FROM m"); got != "1" {
		t.Errorf("m holds %s rows", got)
	}
}

// A view that groups by a primary key is a shell until the key is there.
func TestPostponed(t *testing.T) {
	t.Parallel()
	src, s := of(t, shop), newStaging(t)
	got := s.plan(t, src).Postponed()
	if len(got) != 1 || got[0] != (catalog.Name{Schema: "public", Name: "grouped"}) {
		t.Errorf("postponed: %v", got)
	}
}
