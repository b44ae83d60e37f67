package migrations_test

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// folder makes a folder of migrations of name → content.
func folder(files map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, src := range files {
		out[name] = &fstest.MapFile{Data: []byte(src)}
	}
	return out
}

// rehearse runs a folder in empty databases of the test server and sees that
// none is left.
func rehearse(t *testing.T, files map[string]string, change ...func(*migrations.Options)) *migrations.Report {
	t.Helper()
	s := pgtest.Target(t)
	o := migrations.Options{Dir: folder(files), Server: catalog.DSN(s.URL("postgres")), Own: true, Gates: migrations.Gates{FailOn: migrations.Blocker}}
	for _, c := range change {
		c(&o)
	}
	r, err := migrations.Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	conn := s.Conn(t, s.URL("postgres"))
	var left int
	if err := conn.QueryRow(context.Background(), "SELECT count(*) FROM pg_database WHERE datname LIKE 'understudy_rehearsal_%'").Scan(&left); err != nil || left > 0 {
		t.Errorf("%d databases are left (%v)", left, err)
	}
	for _, m := range r.Migrations {
		if m.Equal != nil && !*m.Equal {
			t.Errorf("%s: the two runs differ: %q", m.File, m.Difference)
		}
	}
	return r
}

func TestRoundTripVerdicts(t *testing.T) {
	files := map[string]string{
		"1_a.up.sql": "CREATE TABLE t (a int, b int, c int DEFAULT 7); INSERT INTO t VALUES (1); CREATE TYPE e AS ENUM ('x');", "1_a.down.sql": "DROP TABLE t; DROP TYPE e;",
		"2_b.up.sql": "ALTER TABLE t DROP COLUMN a;", "2_b.down.sql": "ALTER TABLE t ADD COLUMN a int;",
		"3_c.up.sql": "ALTER TABLE t ALTER COLUMN b SET DEFAULT 1;", "3_c.down.sql": "ALTER TABLE t ALTER COLUMN b SET DEFAULT 2;",
		"4_d.up.sql": "CREATE TABLE u (a int);", "4_d.down.sql": "DROP TABLE nope;",
		"5_e.up.sql": "CREATE TABLE v (a int); CREATE TABLE w (a int);", "5_e.down.sql": "DROP TABLE v;",
		"6_f.up.sql": "ALTER TYPE e ADD VALUE 'y';", "6_f.down.sql": "-- an enum keeps its values",
		"7_g.up.sql":   "CREATE TABLE x (a int);",
		"8_h.down.sql": "DROP TABLE x;",
		"9_i.up.sql":   "CREATE INDEX CONCURRENTLY i ON t (b);", "9_i.down.sql": "DROP INDEX CONCURRENTLY i;",
		"10_j.up.sql": "BEGIN; CREATE VIEW vw AS SELECT b FROM t; COMMENT ON VIEW vw IS 'x'; COMMIT;", "10_j.down.sql": "DROP VIEW vw;",
		"11_k.up.sql": "SET search_path = pg_catalog; CREATE TABLE public.y (a int);", "11_k.down.sql": "DROP TABLE y;",
		// The base as a dump restores it, and the file that made it once.
		"12_l.up.sql": "CREATE TABLE public.z (s varchar(9) CONSTRAINT known CHECK (s::text = ANY (ARRAY['p'::varchar::text, 'q'::varchar::text])));", "12_l.down.sql": "DROP TABLE public.z;",
		"13_m.up.sql": "ALTER TABLE public.z DROP CONSTRAINT known;", "13_m.down.sql": "ALTER TABLE public.z ADD CONSTRAINT known CHECK (s IN ('p', 'q'));",
	}
	want := map[uint64]migrations.Verdict{1: migrations.Exact, 2: migrations.OrderOnly, 3: migrations.Differs, 4: migrations.DownFailed, 5: migrations.ReupFailed,
		6: migrations.DownEmpty, 7: migrations.NoDown, 8: migrations.NotJudged, 9: migrations.Exact, 10: migrations.Exact, 11: migrations.Exact, 12: migrations.Exact, 13: migrations.Exact}
	r := rehearse(t, files)
	for _, m := range r.Migrations {
		if m.Failure != nil {
			t.Fatalf("%s fails: %+v", m.File, m.Failure)
		}
		if m.Down.Verdict != want[m.Version] {
			t.Errorf("version %d: down is %s, want %s (%+v)", m.Version, m.Down.Verdict, want[m.Version], m.Down)
		}
	}
	if f := r.Migrations[3].Down.Failure; f == nil || f.Line != 1 || f.Statement != 1 {
		t.Errorf("version 4 fails at %+v", f)
	}
	if r.Migrations[7].Status != migrations.NoUpFile || r.Applied != 13 {
		t.Errorf("version 8 is %s, %d applied", r.Migrations[7].Status, r.Applied)
	}
}

func TestFailureIsNamed(t *testing.T) {
	for _, c := range []struct {
		name, src, state string
		statement, line  int
		aborted, partial bool
	}{
		{"run time", "CREATE TABLE a (x int);\n\nINSERT INTO a\n VALUES (1/0);\nSELECT 1;", "22012", 2, 3, false, false},
		{"syntax", "CREATE TABLE a (x int);\nCREATE TABEL b ();", "42601", 2, 2, false, false},
		{"within BEGIN", "BEGIN;\nCREATE TABLE a (x int);\nSELECT 1/0;\nCOMMIT;", "22012", 3, 3, true, false},
		{"after COMMIT", "CREATE TABLE a (x int);\nCOMMIT;\nCREATE TABLE b (x int);\nSELECT 1/0;", "22012", 4, 4, false, true},
		{"at the commit", "CREATE TABLE a (x int PRIMARY KEY, y int REFERENCES a DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO a VALUES (1, 2);", "23503", 0, 2, false, false},
		{"not alone", "CREATE TABLE a (x int);\nCREATE INDEX CONCURRENTLY ON a (x);", "25001", 2, 2, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rehearse(t, map[string]string{"1_a.up.sql": c.src, "2_b.up.sql": "SELECT 1"}, func(o *migrations.Options) { o.NoRoundTrip = true })
			m := r.Migrations[0]
			if m.Status != migrations.Failed || m.Failure == nil || !m.Dirty || r.Migrations[1].Status != migrations.NotRun || r.Outcome != migrations.FailedGate {
				t.Fatalf("%s: %+v, outcome %s", m.Status, m.Failure, r.Outcome)
			}
			f := m.Failure
			if f.State != c.state || f.Statement != c.statement || f.Line != c.line || m.Aborted != c.aborted || (len(m.Partial) > 0) != c.partial {
				t.Errorf("%+v, aborted %v, partial %q", f, m.Aborted, m.Partial)
			}
		})
	}
}

func TestNoValueInReport(t *testing.T) {
	const secret = "quokka"
	r := rehearse(t, map[string]string{
		"1_a.up.sql": "CREATE TABLE a (x text UNIQUE, y int); INSERT INTO a VALUES ('" + secret + "');",
		"2_b.up.sql": "INSERT INTO a SELECT * FROM a;",
	})
	var b strings.Builder
	for _, write := range []func() error{func() error { return r.WriteJSON(&b) }, func() error { return r.WriteMarkdown(&b) }, func() error { return r.WriteHTML(&b) }, func() error { return r.WriteSARIF(&b) }, func() error { return r.WriteJUnit(&b) }, func() error { return r.WriteText(&b) }, func() error { return r.WriteGitHub(&b) }} {
		if err := write(); err != nil {
			t.Fatal(err)
		}
	}
	if r.Migrations[1].Failure == nil || strings.Contains(b.String(), secret) {
		t.Errorf("the report holds a row's value, or nothing failed: %+v", r.Migrations[1].Failure)
	}
}

// A file with commits of its own is stopped behind each and run again.
func TestInterrupted(t *testing.T) {
	r := rehearse(t, map[string]string{
		"1_a.up.sql": "BEGIN;\nCREATE TABLE a (x int);\nCOMMIT;\nBEGIN;\nCREATE TABLE b (x int);\nCOMMIT;", "1_a.down.sql": "DROP TABLE a, b",
		"2_b.up.sql": "BEGIN;\nCREATE TABLE IF NOT EXISTS c (x int);\nCOMMIT;\nBEGIN;\nCREATE TABLE IF NOT EXISTS d (x int);\nCOMMIT;", "2_b.down.sql": "DROP TABLE c, d",
	})
	a, b := r.Migrations[0], r.Migrations[1]
	if len(a.Interrupted) != 1 || a.Interrupted[0].Rerun != "failed" || a.Interrupted[0].Failure.State != "42P07" || a.Interrupted[0].Line != 3 || a.Atomic {
		t.Errorf("version 1: %+v", a.Interrupted)
	}
	if len(b.Interrupted) != 1 || b.Interrupted[0].Rerun != "ok" || len(b.Interrupted[0].Differs) > 0 || b.Down.Verdict != migrations.Exact {
		t.Errorf("version 2: %+v", b.Interrupted)
	}
}

// Files above the target are no business of the rehearsal.
func TestTarget(t *testing.T) {
	r := rehearse(t, map[string]string{"1_a.up.sql": "CREATE TABLE a (x int);", "1_a.down.sql": "DROP TABLE a;", "2_b.up.sql": "CREATE TABLE b (x int);\nCOMMIT;\nDROP TABLE a;", "2_b.down.sql": ""},
		func(o *migrations.Options) { o.Target = 1 })
	if above := r.Migrations[1]; above.Status != migrations.NotRun || above.Reason == "" || len(above.Findings) > 0 {
		t.Errorf("version 2: %s, %s, %+v", above.Status, above.Reason, above.Findings)
	}
	if r.Pending() != 1 || r.Applied != 1 || r.Outcome != migrations.Passed {
		t.Errorf("%s: %s", r.Outcome, r.Headline)
	}
}

// The limits that a runner sets are in force, whatever Go calls them.
func TestRunnersLimits(t *testing.T) {
	files := map[string]string{"1_a.up.sql": "DO $$ BEGIN IF (current_setting('lock_timeout'), current_setting('statement_timeout')) <> ('90s', '300ms') THEN RAISE 'no'; END IF; END $$;", "2_b.up.sql": "SELECT 1;\nSELECT pg_sleep(60);"}
	r := rehearse(t, files, func(o *migrations.Options) {
		o.Runner.LockTimeout, o.Runner.EachStatement = 90*time.Second, 300*time.Millisecond
	})
	if a, b := r.Migrations[0], r.Migrations[1]; a.Status != migrations.Applied || b.Failure == nil || b.Failure.State != "57014" || b.Failure.Line != 2 {
		t.Errorf("%+v, %+v", a.Failure, b.Failure)
	}
}
