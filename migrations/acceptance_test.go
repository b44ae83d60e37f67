package migrations_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/migrations"
)

// shop is a database with rows, as a masked generation is.
const shop = `
CREATE TABLE customers (id bigserial PRIMARY KEY, email text NOT NULL, name varchar(50), small varchar(100), born timestamp DEFAULT '2020-01-01', code int);
INSERT INTO customers (email, name, small, code) SELECT 'c' || n || '@example.com', 'n', 's', n % 10 FROM generate_series(1, 12000) n;
CREATE TABLE orders (id serial PRIMARY KEY, customer_id bigint NOT NULL, n int NOT NULL DEFAULT 1, k int, total numeric(10,2), status text, note text);
INSERT INTO orders (customer_id, k, total, status, note) SELECT n % 12000 + 1, n, n, 'open', repeat('x', 80) FROM generate_series(1, 20000) n;
CREATE INDEX orders_n ON orders (n);
CREATE DOMAIN amount AS int;
CREATE TABLE payments (id int, a amount);
INSERT INTO payments SELECT n, n FROM generate_series(1, 20000) n;
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TYPE mood AS ENUM ('sad');
CREATE TABLE old_stuff (a int); INSERT INTO old_stuff SELECT generate_series(1, 20000);
CREATE TABLE logs (at int NOT NULL, m text) PARTITION BY RANGE (at);
CREATE TABLE logs_1 (at int NOT NULL, m text); INSERT INTO logs_1 SELECT n, 'x' FROM generate_series(1, 20000) n;
CREATE TABLE logs_2 (at int NOT NULL, m text, CONSTRAINT bound CHECK (at >= 20001 AND at < 40001)); INSERT INTO logs_2 SELECT n, 'x' FROM generate_series(20001, 40000) n;
CREATE TABLE nopk (a int, b int); INSERT INTO nopk SELECT n, n FROM generate_series(1, 20000) n;
CREATE UNIQUE INDEX nopk_a ON nopk (a);
CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);
INSERT INTO schema_migrations VALUES (0, false);
ANALYZE;
`

// effect is what others feel of a statement.
type effect struct {
	read, write bool // longer than nothing
	rewrite     string
}

// acceptanceCases are statements whose effect on PostgreSQL is known, by the
// number of the case that they are of.
var acceptanceCases = []struct {
	no               int
	name, sql, table string
	rules            string // of HIGH and above; with /m of MEDIUM; empty: none above MEDIUM
	want             effect
}{
	{1, "constant default", "ALTER TABLE orders ADD COLUMN c1 int NOT NULL DEFAULT 5", "orders", "no-lock-timeout/m", effect{true, true, ""}},
	{2, "stable default", "ALTER TABLE orders ADD COLUMN c2 timestamptz DEFAULT now()", "orders", "", effect{true, true, ""}},
	{3, "volatile default", "ALTER TABLE orders ADD COLUMN c3 uuid DEFAULT gen_random_uuid()", "orders", "rewrite", effect{true, true, "orders"}},
	{4, "serial", "ALTER TABLE orders ADD COLUMN c4 bigserial", "orders", "rewrite", effect{true, true, "orders"}},
	{4, "identity", "ALTER TABLE orders ADD COLUMN c5 int GENERATED ALWAYS AS IDENTITY", "orders", "rewrite", effect{true, true, "orders"}},
	{5, "stored", "ALTER TABLE orders ADD COLUMN c6 int GENERATED ALWAYS AS (customer_id + 1) STORED", "orders", "rewrite", effect{true, true, "orders"}},
	{6, "domain with a check", "ALTER TABLE orders ADD COLUMN c7 positive DEFAULT 1", "orders", "rewrite", effect{true, true, "orders"}},
	{8, "wider integer", "ALTER TABLE orders ALTER n TYPE bigint", "orders", "rewrite", effect{true, true, "orders"}},
	{8, "serial to bigint", "ALTER TABLE orders ALTER id TYPE bigint", "orders", "rewrite sequence-type/m", effect{true, true, "orders"}},
	{9, "longer varchar", "ALTER TABLE customers ALTER name TYPE varchar(100)", "customers", "", effect{true, true, ""}},
	{9, "wider numeric", "ALTER TABLE orders ALTER total TYPE numeric(12,2)", "orders", "", effect{true, true, ""}},
	{10, "shorter varchar", "ALTER TABLE customers ALTER small TYPE varchar(20)", "customers", "rewrite", effect{true, true, "customers"}},
	{10, "larger scale", "ALTER TABLE orders ALTER total TYPE numeric(12,4)", "orders", "rewrite", effect{true, true, "orders"}},
	{10, "the same type computed", "ALTER TABLE nopk ALTER b TYPE int USING b + 0", "nopk", "rewrite", effect{true, true, "nopk"}},
	{11, "timestamptz", "ALTER TABLE customers ALTER born TYPE timestamptz", "customers", "depends-on-time-zone", effect{true, true, ""}},
	{13, "check", "ALTER TABLE orders ADD CONSTRAINT k_positive CHECK (k > 0)", "orders", "table-scan", effect{true, true, ""}},
	{13, "check not valid", "ALTER TABLE orders ADD CONSTRAINT k_there CHECK (k IS NOT NULL) NOT VALID", "orders", "", effect{true, true, ""}},
	{13, "validate", "ALTER TABLE orders VALIDATE CONSTRAINT k_there", "orders", "", effect{}},
	{12, "not null by a check", "ALTER TABLE orders ALTER k SET NOT NULL", "orders", "", effect{true, true, ""}},
	{12, "not null", "ALTER TABLE orders ALTER status SET NOT NULL", "orders", "table-scan", effect{true, true, ""}},
	{13, "both in one file", "ALTER TABLE orders ADD CONSTRAINT note_there CHECK (note IS NOT NULL) NOT VALID;\nALTER TABLE orders VALIDATE CONSTRAINT note_there", "orders", "validate-under-lock", effect{true, true, ""}},
	{14, "foreign key", "ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES customers (id)", "customers", "foreign-key-validation foreign-key-without-index/m", effect{false, true, ""}},
	{14, "foreign key not valid", "ALTER TABLE orders ADD CONSTRAINT fk2 FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID", "orders", "", effect{false, true, ""}},
	{14, "validate foreign key", "ALTER TABLE orders VALIDATE CONSTRAINT fk2", "orders", "", effect{}},
	{15, "index", "CREATE INDEX orders_k ON orders (k)", "orders", "index-build", effect{false, true, ""}},
	{15, "index concurrently", "CREATE INDEX CONCURRENTLY orders_status ON orders (status)", "orders", "", effect{}},
	{16, "unique", "ALTER TABLE orders ADD CONSTRAINT orders_k_key UNIQUE (k)", "orders", "unique-build", effect{true, true, ""}},
	{16, "exclusion", "ALTER TABLE nopk ADD CONSTRAINT apart EXCLUDE USING gist (int4range(a, a, '[]') WITH &&)", "nopk", "unique-build", effect{true, true, ""}},
	{19, "update under lock", "ALTER TABLE orders ADD COLUMN c8 text;\nUPDATE orders SET c8 = repeat('y', 300)", "orders", "work-under-lock large-update/m", effect{true, true, ""}},
	{20, "update", "UPDATE orders SET note = 'z'", "orders", "large-update/m", effect{}},
	{22, "domain check", "ALTER DOMAIN amount ADD CHECK (VALUE > 0)", "payments", "domain-scan/m", effect{false, true, ""}},
	{23, "primary key of an index", "ALTER TABLE nopk ADD PRIMARY KEY USING INDEX nopk_a", "nopk", "table-scan", effect{true, true, ""}},
	{24, "attach", "ALTER TABLE logs ATTACH PARTITION logs_1 FOR VALUES FROM (1) TO (20001)", "logs_1", "table-scan", effect{true, true, ""}},
	{24, "attach with a check", "ALTER TABLE logs ATTACH PARTITION logs_2 FOR VALUES FROM (20001) TO (40001)", "logs_2", "", effect{true, true, ""}},
	{25, "vacuum full", "VACUUM FULL customers", "customers", "rewrite", effect{true, true, "customers"}},
	{25, "cluster", "CLUSTER customers USING customers_pkey", "customers", "rewrite", effect{true, true, "customers"}},
	{25, "reindex", "REINDEX TABLE customers", "customers", "reindex", effect{true, true, ""}},
	{26, "delete", "DELETE FROM payments", "payments", "delete-all large-delete/m", effect{}},
	{26, "truncate", "TRUNCATE payments", "payments", "truncate", effect{true, true, ""}},
	{27, "rename a column", "ALTER TABLE orders RENAME note TO remark", "orders", "rename-column", effect{true, true, ""}},
	{26, "drop a column", "ALTER TABLE orders DROP COLUMN c1", "orders", "drop-column", effect{true, true, ""}},
	{27, "rename a table", "ALTER TABLE old_stuff RENAME TO older", "old_stuff", "rename-table", effect{true, true, ""}},
	{26, "drop a table", "DROP TABLE older", "older", "drop-table", effect{true, true, ""}},
}

// acceptanceFailures are files that fail.
var acceptanceFailures = []struct {
	no                      int
	name, sql, state, rules string
}{
	{7, "required column", "ALTER TABLE orders ADD COLUMN c int NOT NULL", "23502", "fails"},
	{17, "unique on duplicates", "ALTER TABLE customers ADD UNIQUE (code)", "23505", "fails"},
	{17, "concurrently on duplicates", "CREATE UNIQUE INDEX CONCURRENTLY dup ON customers (code)", "23505", "fails invalid-index partial"},
	{18, "concurrently with company", "SET lock_timeout = '1s';\nCREATE INDEX CONCURRENTLY i ON orders (n)", "25001", "fails not-alone"},
	{21, "value used at once", "ALTER TYPE mood ADD VALUE 'ok';\nCREATE TABLE m (m mood DEFAULT 'ok')", "55P04", "fails enum-value-used"},
}

// TestEveryAcceptanceCase: each of the 32 cases has a test.
func TestEveryAcceptanceCase(t *testing.T) {
	tested := map[int]bool{}
	for _, c := range acceptanceCases {
		tested[c.no] = true
	}
	for _, c := range acceptanceFailures {
		tested[c.no] = true
	}
	for no, test := range map[int]func(*testing.T){
		28: TestLoad,           // a reader, and who queues behind
		29: TestFailureIsNamed, // within BEGIN
		30: TestFailureIsNamed, // after COMMIT
		31: TestFolders,        // and TestDatabaseAhead, TestSince
		32: TestRoundTripVerdicts,
	} {
		tested[no] = test != nil
	}
	for no := range 32 {
		if !tested[no+1] {
			t.Errorf("case %d has no test", no+1)
		}
	}
}

// TestAcceptance runs the statements on tables with rows, one file each, and
// compares what was found with what is known.
func TestAcceptance(t *testing.T) {
	cases := acceptanceCases
	files := map[string]string{"0_base.up.sql": "SELECT 1"}
	for i, c := range cases {
		files[fmt.Sprintf("%d_case.up.sql", i+1)] = c.sql
	}
	r := rehearseOn(t, shop, files, func(o *migrations.Options) { o.NoDrift = true })
	for i, c := range cases {
		m := r.Migrations[i+1]
		if m.Status != migrations.Applied {
			t.Fatalf("%s: %s %+v %s", c.name, m.Status, m.Failure, m.Reason)
		}
		var above, medium []string
		for _, f := range m.Findings {
			switch {
			case f.Severity >= migrations.High:
				above = append(above, f.Rule)
			case f.Severity == migrations.Medium:
				medium = append(medium, f.Rule)
			}
			if f.Severity >= migrations.High && f.Line == 0 {
				t.Errorf("%s: %s names no line", c.name, f.Rule)
			}
		}
		for rule := range strings.FieldsSeq(c.rules) {
			if name, isMedium := strings.CutSuffix(rule, "/m"); isMedium {
				if !slices.Contains(medium, name) {
					t.Errorf("%s: no MEDIUM %s; found %q and %q", c.name, name, above, medium)
				}
				continue
			}
			if at := slices.Index(above, rule); at >= 0 {
				above = slices.DeleteFunc(above, func(s string) bool { return s == rule })
			} else {
				t.Errorf("%s: no %s; found %q and %q", c.name, rule, above, medium)
			}
		}
		if len(above) > 0 {
			t.Errorf("%s: found %q as well", c.name, above)
		}
		var read, write float64
		var rewrites []string
		for _, s := range m.Statements {
			b := s.Blocked["public."+c.table]
			read, write = max(read, b.ReadMS), max(write, b.WriteMS)
			rewrites = append(rewrites, s.Rewrites...)
		}
		if (read > 0) != c.want.read || (write > 0) != c.want.write {
			t.Errorf("%s: reads of %s wait %.1f ms, writes %.1f ms", c.name, c.table, read, write)
		}
		if c.want.rewrite == "" && len(rewrites) > 0 || c.want.rewrite != "" && !slices.Equal(rewrites, []string{"public." + c.want.rewrite}) {
			t.Errorf("%s: rewrites %q", c.name, rewrites)
		}
	}
}

// TestAcceptanceFailures is TestAcceptance for files that fail.
func TestAcceptanceFailures(t *testing.T) {
	base := pgtest.DatabaseOf(pgtest.Target(t).Database(t, shop))
	for _, c := range acceptanceFailures {
		t.Run(c.name, func(t *testing.T) {
			r := rehearse(t, map[string]string{"0_base.up.sql": "SELECT 1", "1_case.up.sql": c.sql}, func(o *migrations.Options) {
				o.Template, o.NoRoundTrip, o.NoDrift = base, true, true
			})
			m := r.Migrations[1]
			if m.Failure == nil || m.Failure.State != c.state || m.Failure.Line == 0 || !strings.Contains(m.Recovery, "force 0") {
				t.Errorf("%s: %+v, recovery %q", m.Status, m.Failure, m.Recovery)
			}
			for rule := range strings.FieldsSeq(c.rules) {
				if !slices.ContainsFunc(m.Findings, func(f migrations.Finding) bool { return f.Rule == rule && f.Severity == migrations.Blocker }) {
					t.Errorf("no %s among %+v", rule, m.Findings)
				}
			}
		})
	}
}

// rehearseOn runs a folder on copies of a database.
func rehearseOn(t *testing.T, schema string, files map[string]string, change ...func(*migrations.Options)) *migrations.Report {
	t.Helper()
	s := pgtest.Target(t)
	base := s.Database(t, schema)
	return rehearse(t, files, append([]func(*migrations.Options){func(o *migrations.Options) {
		o.Template, o.NoRoundTrip = pgtest.DatabaseOf(base), true
	}}, change...)...)
}

// TestFolders is about what golang-migrate makes of the names alone.
func TestFolders(t *testing.T) {
	for _, c := range []struct {
		name  string
		files []string
		rule  string
		sev   migrations.Severity
		ran   int
	}{
		{"duplicate", []string{"1_a.up.sql", "01_b.up.sql"}, "duplicate-version", migrations.Blocker, 0},
		{"upper case", []string{"1_a.up.sql", "2_b.UP.sql"}, "ignored-file", migrations.Blocker, 1},
		{"no underscore", []string{"1_a.up.sql", "2-b.up.sql"}, "ignored-file", migrations.Blocker, 1},
		{"both directions", []string{"1_a.down.up.sql"}, "doubtful-direction", migrations.High, 1},
		{"no up file", []string{"1_a.up.sql", "2_b.down.sql"}, "no-up-file", migrations.High, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{}
			for _, f := range c.files {
				files[f] = "SELECT 1"
			}
			r := rehearse(t, files, func(o *migrations.Options) { o.NoTrace, o.NoRoundTrip = true, true })
			if !slices.ContainsFunc(r.Folder, func(f migrations.Finding) bool { return f.Rule == c.rule && f.Severity == c.sev }) || r.Applied != c.ran {
				t.Errorf("%d applied, %+v", r.Applied, r.Folder)
			}
		})
	}
}

func TestDatabaseAhead(t *testing.T) {
	r := rehearseOn(t, "CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL); INSERT INTO schema_migrations VALUES (7, false)", map[string]string{"1_a.up.sql": "SELECT 1"})
	if r.Outcome != migrations.FailedGate || len(r.Folder) == 0 || r.Folder[len(r.Folder)-1].Rule != "database-ahead" {
		t.Errorf("%s, %+v", r.Outcome, r.Folder)
	}
}

// TestLeftovers kills nothing, but leaves what a killed run leaves: a database
// whose run holds no lock. The next run drops it, and not that of a run alive.
func TestLeftovers(t *testing.T) {
	s := pgtest.Target(t)
	ctx := context.Background()
	conn := s.Conn(t, s.URL("postgres"))
	for _, sql := range []string{"CREATE DATABASE understudy_rehearsal_abc_1", `COMMENT ON DATABASE understudy_rehearsal_abc_1 IS '{"understudy":"rehearsal","run":"abc"}'`} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := migrations.Run(ctx, migrations.Options{Dir: folder(map[string]string{"1_a.up.sql": "SELECT 1"}), Server: catalog.DSN(s.URL("postgres")), Own: true, NoTrace: true, NoRoundTrip: true}); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := conn.QueryRow(ctx, "SELECT count(*) FROM pg_database WHERE datname = 'understudy_rehearsal_abc_1'").Scan(&n); err != nil || n != 0 {
		t.Errorf("a left-over database is still there (%v)", err)
	}
}

func TestDrift(t *testing.T) {
	schema := "CREATE TABLE a (x int PRIMARY KEY, y text); CREATE INDEX hand ON a (y); CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL); INSERT INTO schema_migrations VALUES (2, false)"
	r := rehearseOn(t, schema, map[string]string{"1_a.up.sql": "CREATE TABLE a (x int PRIMARY KEY);", "2_b.up.sql": "ALTER TABLE a ADD COLUMN y text; CREATE VIEW v AS SELECT x FROM a;", "3_c.up.sql": "SELECT 1"})
	d := r.Drift
	if d == nil || d.Reason != "" || len(d.Diff) != 3 || !strings.HasPrefix(d.Diff[1], "+ index public.hand") || !strings.HasPrefix(d.Diff[2], "- view public.v") {
		t.Errorf("drift: %+v", d)
	}
	if r.Migrations[2].Status != migrations.Applied || r.Outcome != migrations.Passed {
		t.Errorf("%s, %s", r.Migrations[2].Status, r.Outcome)
	}
}

func TestFileThatHangs(t *testing.T) {
	r := rehearse(t, map[string]string{"1_a.up.sql": "CREATE TABLE a (x int);\nSELECT pg_sleep(600)"}, func(o *migrations.Options) {
		o.FileTimeout, o.NoTrace, o.NoRoundTrip = 300*time.Millisecond, true, true
	})
	m := r.Migrations[0]
	if m.Status != migrations.Failed || !strings.Contains(m.Failure.Message, "longer than the limit") || r.Outcome != migrations.FailedGate {
		t.Errorf("%s: %+v", m.Status, m.Failure)
	}
}

// Statements that reach beyond their database are not run on a server that
// others use.
func TestBeyondDatabaseIsRefused(t *testing.T) {
	for _, sql := range []string{
		"CREATE ROLE understudy_never", "ALTER SYSTEM SET work_mem = '1GB'", "CREATE DATABASE understudy_never", "COPY (SELECT 1) TO PROGRAM 'cat'", "DROP ROLE IF EXISTS x",
		"DO $$ BEGIN CREATE ROLE understudy_never; END $$", "DO $$ BEGIN EXECUTE 'DROP DATABASE x'; END $$", "SELECT dblink_exec('x', 'y')", "GRANT pg_read_all_data TO x", "COPY a TO '/tmp/x'",
		"ALTER USER x PASSWORD 'y'", "CREATE TABLESPACE x LOCATION '/tmp'", "ALTER DATABASE x SET work_mem = '1MB'", "REASSIGN OWNED BY a TO b",
	} {
		if migrations.KindOf(sql).Beyond == "" {
			t.Errorf("%s would run", sql)
		}
	}
	for _, sql := range []string{"CREATE USER MAPPING FOR x SERVER y", "GRANT SELECT ON a TO b", "COPY a TO STDOUT", "DO $$ BEGIN GRANT SELECT ON a TO b; END $$", "CREATE TABLE roles (role text)", "ALTER TABLE database ADD COLUMN role int"} {
		if why := migrations.KindOf(sql).Beyond; why != "" {
			t.Errorf("%s is refused: %s", sql, why)
		}
	}
	for _, sql := range []string{"SELECT 1; CREATE ROLE understudy_never", "CREATE TABLE a (x int); COPY a FROM STDIN;"} {
		r := rehearse(t, map[string]string{"1_a.up.sql": sql}, func(o *migrations.Options) { o.Own, o.NoTrace, o.NoRoundTrip = false, true, true })
		if m := r.Migrations[0]; m.Status != migrations.Refused || m.Reason == "" || r.Outcome == migrations.Passed {
			t.Errorf("%s: %s, %s", sql, m.Status, r.Outcome)
		}
	}
}

// The same statements on masked rows and on the source's, where different rows
// stand in the way.
func TestSourceProof(t *testing.T) {
	s := pgtest.Target(t)
	versions := "; CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL); INSERT INTO schema_migrations VALUES (0, false)"
	staged := "CREATE TABLE p (id int PRIMARY KEY, a int, b int, c text); CREATE TABLE q (p_id int); INSERT INTO p VALUES (1, 1, 1, 'x'), (2, 2, 1, NULL); INSERT INTO q VALUES (1)" + versions
	real := s.Database(t, "CREATE TABLE p (id int PRIMARY KEY, a int, b int, c text); CREATE TABLE q (p_id int); INSERT INTO p VALUES (1, 1, 1, 'x'), (2, 1, 2, NULL); INSERT INTO q VALUES (3)"+versions)
	files := map[string]string{
		"0_base.up.sql": "SELECT 1",
		"1_a.up.sql":    "ALTER TABLE p ADD CONSTRAINT a_key UNIQUE (a)",
		"2_b.up.sql":    "ALTER TABLE q ADD FOREIGN KEY (p_id) REFERENCES p",
		"3_c.up.sql":    "ALTER TABLE p ADD CHECK (b < 10)",
		"4_d.up.sql":    "UPDATE p SET c = 'y' WHERE c IS NULL;\nALTER TABLE p ALTER c SET NOT NULL",
		"5_e.up.sql":    "CREATE UNIQUE INDEX ON p (b)",
	}
	r := rehearseOn(t, staged, files, func(o *migrations.Options) { o.Source, o.SourceProof = catalog.DSN(real), "always" })
	want := []string{migrations.Hidden, migrations.Hidden, migrations.Proven, migrations.Unproven, migrations.Unproven}
	var got []string
	for _, p := range r.SourceProof {
		got = append(got, p.Verdict)
	}
	if !slices.Equal(got, want) {
		t.Errorf("verdicts %q, want %q: %+v", got, want, r.SourceProof)
	}
	delete(files, "4_d.up.sql")
	r = rehearseOn(t, staged, files, func(o *migrations.Options) { o.Source, o.SourceProof = catalog.DSN(real), "always" })
	if n := len(r.SourceProof); n == 0 || r.SourceProof[n-1].Verdict != migrations.Artefact || !r.SourceProof[n-1].Staged {
		t.Errorf("a duplicate that only the masked rows have: %+v", r.SourceProof)
	}
}

// While a version runs, readers and writers of its tables wait as long as its
// locks say, and without lock_timeout everybody waits behind a long reader.
func TestLoad(t *testing.T) {
	r := rehearseOn(t, shop, map[string]string{"0_base.up.sql": "SELECT 1", "1_a.up.sql": "BEGIN;\nALTER TABLE orders ADD COLUMN x int;\nSELECT pg_sleep(0.5);\nCOMMIT;", "1_a.down.sql": "ALTER TABLE orders DROP COLUMN x"},
		func(o *migrations.Options) { o.NoRoundTrip = false })
	m := r.Migrations[1]
	if m.Status != migrations.Applied || m.Down.Verdict != migrations.Exact {
		t.Fatalf("%s %+v", m.Status, m.Down)
	}
	p := m.Probe["public.orders"]
	if derived := m.Blocked["public.orders"]; p == nil || derived.ReadMS < 500 || p.ReadMaxMS < 300 || p.WriteMaxMS < 300 || p.Slow < 2 || p.Requests < 4 {
		t.Errorf("derived %+v, met %+v", derived, p)
	}
	if r.PeakDatabases < 3 || r.PeakDatabaseBytes < 3<<20 {
		t.Errorf("%d databases of %d bytes", r.PeakDatabases, r.PeakDatabaseBytes)
	}
	if q := m.Queue; q == nil || q.Table != "public.orders" || q.WaitMS < 300 {
		t.Errorf("lock queue: %+v", q)
	}
}

// Sizes of production make estimates, and gates judge by them.
func TestEstimate(t *testing.T) {
	s := pgtest.Target(t)
	large := s.Database(t, "CREATE TABLE orders (id int, note text); INSERT INTO orders SELECT n, repeat('x', 800) FROM generate_series(1, 30000) n")
	r := rehearseOn(t, shop, map[string]string{"0_base.up.sql": "SELECT 1", "1_a.up.sql": "ALTER TABLE orders ADD COLUMN x uuid DEFAULT gen_random_uuid()"}, func(o *migrations.Options) {
		o.Source, o.SourceProof, o.Gates.MaxReadBlock = catalog.DSN(large), "never", time.Microsecond
	})
	e := r.Migrations[1].Statements[0].Estimate
	if e == nil || e.Model != "rewrite" || e.Factor < 2 || e.ReadBlockMS[0] >= e.ReadBlockMS[1] || e.ReadBlockMS[1] >= e.ReadBlockMS[2] {
		t.Errorf("estimate: %+v", e)
	}
	if !slices.ContainsFunc(r.Gates, func(g migrations.GateResult) bool {
		return g.Gate == "max_read_block" && strings.Contains(g.Message, "in production")
	}) {
		t.Errorf("gates: %+v", r.Gates)
	}
}

// What is derived from locks is what a reader and a writer of the table meet
// meanwhile: most to 50 ms or a fifth, each with room for a machine that does
// other things, too. The log has the figures.
func TestDerivedWaitsAreMet(t *testing.T) {
	cases := []struct {
		name, sql, down string
		table           string
		reads           bool // wait, not only writes
	}{
		{"column", "ALTER TABLE orders ADD COLUMN x1 int", "ALTER TABLE orders DROP COLUMN x1", "orders", true},
		{"rewrite", "ALTER TABLE nopk ALTER b TYPE bigint", "ALTER TABLE nopk ALTER b TYPE int", "nopk", true},
		{"index", "CREATE INDEX x2 ON orders (status)", "DROP INDEX x2", "orders", false},
		{"unique", "ALTER TABLE orders ADD CONSTRAINT x3 UNIQUE (k)", "ALTER TABLE orders DROP CONSTRAINT x3", "orders", true},
		{"foreign key", "ALTER TABLE orders ADD CONSTRAINT x4 FOREIGN KEY (customer_id) REFERENCES customers (id)", "ALTER TABLE orders DROP CONSTRAINT x4", "customers", false},
		{"trigger", "CREATE TRIGGER x5 BEFORE UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()", "DROP TRIGGER x5 ON payments", "payments", false},
		{"dropped index", "DROP INDEX orders_n", "CREATE INDEX orders_n ON orders (n)", "orders", true},
		{"explicit lock", "LOCK TABLE customers IN EXCLUSIVE MODE", "SELECT 1", "customers", false},
		{"policy", "ALTER TABLE customers ENABLE ROW LEVEL SECURITY", "ALTER TABLE customers DISABLE ROW LEVEL SECURITY", "customers", true},
		{"attached partition", "ALTER TABLE logs ATTACH PARTITION logs_1 FOR VALUES FROM (1) TO (20001)", "ALTER TABLE logs DETACH PARTITION logs_1", "logs_1", true},
	}
	files := map[string]string{"0_base.up.sql": "SELECT 1"}
	for i, c := range cases {
		files[fmt.Sprintf("%d_%c.up.sql", i+1, 'a'+i)] = c.sql + ";\nSELECT pg_sleep(0.35);"
		files[fmt.Sprintf("%d_%c.down.sql", i+1, 'a'+i)] = c.down
	}
	r := rehearseOn(t, shop, files, func(o *migrations.Options) { o.NoRoundTrip = false })
	agree, all := 0, 0
	for i, c := range cases {
		m := r.Migrations[i+1]
		if m.Status != migrations.Applied {
			t.Fatalf("%s: %s %+v", c.name, m.Status, m.Failure)
		}
		derived, met := m.Blocked["public."+c.table], m.Probe["public."+c.table]
		if met == nil {
			t.Errorf("%s: nobody met anything; derived %+v", c.name, m.Blocked)
			continue
		}
		t.Logf("%-18s derived: reads %3.0f ms, writes %3.0f ms; met: reads %3.0f ms, writes %3.0f ms", c.name, derived.ReadMS, derived.WriteMS, met.ReadMaxMS, met.WriteMaxMS)
		near := func(what string, derived, met float64) {
			all++
			if math.Abs(derived-met) <= max(50, derived/5) {
				agree++
			}
			if derived < 350 || met < 0.8*derived-100 || met > 1.2*derived+1000 {
				t.Errorf("%s: %s wait %.0f ms by the locks, and %.0f ms were met", c.name, what, derived, met)
			}
		}
		near("writes", derived.WriteMS, met.WriteMaxMS)
		if c.reads {
			near("reads", derived.ReadMS, met.ReadMaxMS)
		} else if derived.ReadMS > 0 {
			t.Errorf("%s: reads wait %.0f ms", c.name, derived.ReadMS)
		}
	}
	if agree*3 < all*2 {
		t.Errorf("only %d of %d waits are met to 50 ms or a fifth", agree, all)
	}
}
