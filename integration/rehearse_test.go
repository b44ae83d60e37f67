package integration

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/migrations"
	"github.com/understudy-db/understudy/report"
)

// migratedSchema is peopleSchema as golang-migrate has left it at version 2.
const migratedSchema = peopleSchema + `
CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);
INSERT INTO schema_migrations VALUES (2, false);
`

// A refresh rehearses what is pending on the masked rows before the swap: a
// failure keeps the previous generation, a pass publishes the new version, and
// the pristine stays at the source's.
func TestRefreshRehearses(t *testing.T) {
	t.Parallel()
	p := newProject(t, migratedSchema, peoplePolicy, "migrations: { path: db, apply: true }")
	if err := os.Mkdir(filepath.Join(p.dir, "db"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, sql := range map[string]string{
		"db/1_people.up.sql": "SELECT 1/0;", "db/1_people.down.sql": "SELECT 1/0;", "db/2_more.up.sql": "SELECT 1/0;", "db/2_more.down.sql": "SELECT 1/0;",
		"db/3_token.up.sql":   "ALTER TABLE people ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();",
		"db/3_token.down.sql": "ALTER TABLE people DROP COLUMN token;",
	} {
		p.write(name, sql)
	}
	run := p.refresh()
	if run.Rehearsal == nil || run.Rehearsal.Outcome != "passed" || run.Rehearsal.Version != 2 || run.Rehearsal.Pending != 1 || !run.Rehearsal.Applied {
		t.Fatalf("rehearsal: %+v", run.Rehearsal)
	}
	s := p.staging()
	if got := one(t, s, `SELECT version || ' ' || count(DISTINCT token) FROM people, schema_migrations GROUP BY version`); got != "3 1000" {
		t.Errorf("staging's version and tokens: %s", got)
	}

	r := p.run("rehearse", "--output", "json")
	var rep migrations.Report
	if err := json.Unmarshal([]byte(r.stdout), &rep); err != nil || r.code != 0 {
		t.Fatalf("rehearse exits with %d: %v\n%s", r.code, err, r.stderr)
	}
	m := rep.Migrations[2]
	st := m.Statements[0]
	if rep.Base.Version != 2 || len(st.Rewrites) != 1 || st.Rewrites[0] != "public.people" || st.Blocked["public.people"].ReadMS <= 0 || m.Equal == nil || !*m.Equal || m.Down.Verdict != migrations.Exact {
		t.Errorf("version 3: %+v, statement %+v, down %+v", m, st, m.Down)
	}

	// On the pristine of one generation by its number, and on any database.
	if r := p.ok("rehearse", "--generation", "1", "--output", "json"); !strings.Contains(r.stdout, `"kind":"generation"`) && !strings.Contains(r.stdout, `"kind": "generation"`) {
		t.Errorf("%s", r.stdout)
	}
	p.fails(4, "no pristine of generation 9", "rehearse", "--generation", "9")
	base := pgtest.DatabaseOf(p.target.Database(t, migratedSchema))
	server := p.target.URL("postgres")
	r = p.ok("rehearse", "--base", base, "--server", server, "--migrations", "db", "--output", "json")
	if err := json.Unmarshal([]byte(r.stdout), &rep); err != nil || rep.Base.Kind != "database" || rep.Base.Version != 2 || rep.Applied != 1 || rep.Migrations[2].Statements[0].Blocked["public.people"].ReadMS <= 0 {
		t.Errorf("%v, %+v", err, rep.Base)
	}
	busy := p.target.Conn(t, p.target.URL(base))
	p.fails(4, "1 session(s) are connected to "+base, "rehearse", "--base", base, "--server", server, "--migrations", "db")
	_ = busy.Close(t.Context())
	p.fails(2, "exclude each other", "rehearse", "--base", base, "--empty", "--server", server, "--migrations", "db")
	p.fails(2, "exclude each other", "rehearse", "--base", base, "--migrations", "db")

	p.write("db/4_note.up.sql", "UPDATE people SET full_name = full_name;\nALTER TABLE people ALTER COLUMN note SET NOT NULL;")
	r = p.run("refresh", "--report", "out")
	if r.code != 6 || !strings.Contains(r.stderr, "4_note.up.sql:2") {
		t.Errorf("a refresh whose migrations fail exits with %d:\n%s", r.code, r.stderr)
	}
	if got := one(t, p.staging(), `SELECT version FROM schema_migrations`); got != "3" {
		t.Errorf("staging is at version %s after a failed rehearsal", got)
	}
	var whole report.Run
	if err := json.Unmarshal([]byte(p.read("out/report.json")), &whole); err != nil || whole.Rehearsal == nil || whole.Rehearsal.Outcome != "failed" {
		t.Errorf("report: %v, %+v", err, whole.Rehearsal)
	}
	if page := p.read("out/rehearsal/report.html"); !strings.Contains(page, "4_note.up.sql:2") {
		t.Error("the page does not name the line that fails")
	}
	if r := p.run("reset"); r.code != 6 {
		t.Errorf("a reset with migrations that fail exits with %d: %s", r.code, r.stderr)
	}

	p.write("understudy.yaml", strings.Replace(p.read("understudy.yaml"), "apply: true", "on_failure: publish_at_source_version", 1))
	if run := p.refresh(); run.Rehearsal.Applied || run.Outcome != "published" {
		t.Errorf("publish_at_source_version: %s, %+v", run.Outcome, run.Rehearsal)
	}
	if got := one(t, p.staging(), `SELECT version FROM schema_migrations`); got != "2" {
		t.Errorf("staging is at version %s, not at the source's", got)
	}
	if left := one(t, p.target.URL("postgres"), `SELECT count(*) FROM pg_database WHERE datname LIKE 'understudy_rehearsal%' AND pg_get_userbyid(datdba) = '`+p.owner+`'`); left != "0" {
		t.Errorf("%s databases of rehearsals are left", left)
	}
}

// What rehearse says of a folder alone, and by which exit code.
func TestRehearseEmpty(t *testing.T) {
	t.Parallel()
	p := newProject(t, migratedSchema, peoplePolicy)
	for _, c := range []struct {
		name, sql string
		flags     []string
		code      int
		says      string
	}{
		{"file by file", "CREATE INDEX CONCURRENTLY i ON t (a);", nil, 0, "2 of 2 versions applied"},
		{"in one transaction", "CREATE INDEX CONCURRENTLY i ON t (a);", []string{"--tx-scope", "all"}, 6, "one transaction over all files: fails in 2_b.up.sql"},
		{"no such scope", "SELECT 1;", []string{"--tx-scope", "each"}, 2, "use file or all"},
		{"a command of psql", "SELECT 1;\n\\copy t FROM 't.csv'", nil, 6, `2_b.up.sql:2  psql-command`},
		{"what the server lacks", "CREATE EXTENSION nowhere_to_be_found;", nil, 4, "2_b.up.sql:1 could not be rehearsed"},
	} {
		dir := strings.ReplaceAll(c.name, " ", "_")
		if err := os.Mkdir(filepath.Join(p.dir, dir), 0o755); err != nil {
			t.Fatal(err)
		}
		p.write(dir+"/1_a.up.sql", "CREATE TABLE t (a int);")
		p.write(dir+"/2_b.up.sql", c.sql)
		args := append([]string{"rehearse", "--empty", "--migrations", dir, "--no-round-trip", "--server", p.target.URL("postgres")}, c.flags...)
		if r := p.run(args...); r.code != c.code || !strings.Contains(r.stdout+r.stderr, c.says) {
			t.Errorf("%s: exits with %d, want %d\n%s%s", c.name, r.code, c.code, r.stdout, r.stderr)
		}
	}
}
