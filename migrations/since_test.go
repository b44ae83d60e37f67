package migrations_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/migrations"
)

// repository is a git repository with a commit for each set of files; an empty
// text removes a file.
func repository(t *testing.T, commits ...map[string]string) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	dir := t.TempDir()
	git := func(args ...string) {
		t.Helper()
		c := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"}, args...)...)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", args[0], err, out)
		}
	}
	git("init", "-q", "-b", "main")
	for _, files := range commits {
		for name, text := range files {
			path := filepath.Join(dir, "db dir", "migrations", name)
			if text == "" {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		git("add", "-A")
		git("commit", "-q", "--allow-empty", "-m", "x")
	}
	return filepath.Join(dir, "db dir", "migrations")
}

// Of a range of revisions what has come is judged, on top of what was there;
// and what databases have run already must not change.
func TestSince(t *testing.T) {
	dir := repository(t, map[string]string{
		"1_a.up.sql": "CREATE TABLE a (x int);", "1_a.down.sql": "DROP TABLE a;",
		"3_b.up.sql": "ALTER TABLE a ADD COLUMN y int;", "3_b.down.sql": "SELECT 1;",
		"4_c.up.sql": "CREATE TABLE c (x int);", "5_d.up.sql": "CREATE TABLE d (x int);",
	}, map[string]string{
		"4_c.up.sql": "CREATE TABLE c (x bigint);", "5_d.up.sql": "",
		"2_late.up.sql": "CREATE TABLE late (x int);", "6_e.up.sql": "ALTER TABLE a ALTER COLUMN x TYPE bigint;", "6_e.down.sql": "ALTER TABLE a ALTER COLUMN x TYPE int;",
	})
	for name, revisions := range map[string]string{"range": "HEAD~1..HEAD", "working tree": "HEAD~1"} {
		since, err := migrations.OpenRange(t.Context(), dir, revisions)
		if err != nil {
			t.Fatal(err)
		}
		r := rehearse(t, nil, func(o *migrations.Options) {
			o.Dir, o.Since, o.Own = os.DirFS(since.Dir), since, true
		})
		if err := since.Close(); err != nil {
			t.Error(err)
		}
		rules := map[string]string{}
		for _, f := range r.Folder {
			rules[f.Rule] += f.File + " "
		}
		if rules["changed-file"] != "4_c.up.sql " || rules["removed-file"] != "5_d.up.sql " || rules["out-of-order"] != "2_late.up.sql " {
			t.Errorf("%s: %v", name, rules)
		}
		if r.Applied != 2 || r.Pending() != 2 || r.Outcome != migrations.FailedGate {
			t.Errorf("%s: %s", name, r.Headline)
		}
		for _, m := range r.Migrations {
			if known := m.Version != 2 && m.Version != 6; known != (len(m.Statements) == 0 && m.Down == nil && len(m.Findings) == 0) {
				t.Errorf("%s: version %d: %d statements, %+v", name, m.Version, len(m.Statements), m.Findings)
			}
			if m.Version == 6 && (m.Down == nil || m.Down.Verdict != migrations.Exact) {
				t.Errorf("%s: %+v", name, m.Down)
			}
		}
	}
	for revisions, want := range map[string]string{"nowhere": "find the revision nowhere", "..HEAD": "no range", "HEAD...HEAD": "no range"} {
		if _, err := migrations.OpenRange(t.Context(), dir, revisions); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", revisions, err)
		}
	}
	if _, err := migrations.OpenRange(t.Context(), t.TempDir(), "HEAD"); err == nil {
		t.Error("a folder without a repository has revisions")
	}
}

// What got worse than in an earlier rehearsal fails, noise does not.
func TestRegression(t *testing.T) {
	files := map[string]string{"1_a.up.sql": "CREATE TABLE a (x int); SELECT pg_sleep(0.8);", "1_a.down.sql": "DROP TABLE a;"}
	now := rehearse(t, files)
	var b strings.Builder
	if err := now.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "report.json")
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	last, err := migrations.ReadReport(file)
	if err != nil {
		t.Fatal(err)
	}
	regressed := func(was float64) bool {
		t.Helper()
		last.Migrations[0].MS = was
		r := rehearse(t, files, func(o *migrations.Options) { o.Gates.Last, o.Gates.MaxRegression = last, 2 })
		for _, g := range r.Gates {
			if g.Gate != "max_regression" || !strings.Contains(g.Message, "it takes") {
				t.Errorf("%+v", g)
			}
		}
		return len(r.Gates) > 0
	}
	if !regressed(10) || regressed(1e6) {
		t.Error("800 ms are a regression from 10 ms, and none from a thousand seconds")
	}
	if err := os.WriteFile(file, []byte(`{"schema_version": 99}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := migrations.ReadReport(file); err == nil || !strings.Contains(err.Error(), "version 99") {
		t.Error(err)
	}
}

// What a statement writes to temporary files and how far the database grew are
// measured; without the right to it, that is said.
func TestTemporaryFilesAndPeak(t *testing.T) {
	files := map[string]string{"1_a.up.sql": "SET work_mem = '64kB'; CREATE TABLE a AS SELECT n, repeat('x', 200) AS t FROM generate_series(1, 200000) n ORDER BY md5(n::text);"}
	r := rehearse(t, files)
	m := r.Migrations[0]
	if m.TempBytes == nil || *m.TempBytes < 1<<20 || m.PeakBytes < 20<<20 || len(r.NotMeasured) != 0 {
		t.Errorf("temporary %v, peak %d, %v", m.TempBytes, m.PeakBytes, r.NotMeasured)
	}
	s := pgtest.Target(t)
	role, password := s.Role(t, "CREATEDB")
	r = rehearse(t, files, func(o *migrations.Options) {
		o.Server, o.Own = catalog.DSN(s.URLFor(role, password, "postgres")), false
	})
	var text strings.Builder
	if err := r.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if r.Migrations[0].TempBytes != nil || len(r.NotMeasured) != 1 || !strings.Contains(text.String(), "not measured: bytes written to temporary files: needs the right to set log_temp_files") {
		t.Errorf("%v, %s", r.Migrations[0].TempBytes, text.String())
	}
}

// An index whose concurrent build is interrupted stays behind invalid: another
// try fails, or with IF NOT EXISTS leaves it so.
func TestInterruptedBuild(t *testing.T) {
	r := rehearse(t, map[string]string{
		"1_a.up.sql": `CREATE TABLE "A b" (x int);`,
		"2_b.up.sql": `CREATE INDEX CONCURRENTLY i ON "A b" (x);`,
		"3_c.up.sql": `CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS j ON "A b" (x);`,
	})
	for i, want := range []string{"", "not-rerunnable", "invalid-index-stays"} {
		m := r.Migrations[i]
		found := ""
		for _, f := range m.Findings {
			if f.Rule == "not-rerunnable" || f.Rule == "invalid-index-stays" {
				found = f.Rule
			}
		}
		if found != want || want != "" && (len(m.Interrupted) != 1 || !m.Interrupted[0].During) {
			t.Errorf("version %d: %q, %+v", m.Version, found, m.Interrupted)
		}
	}
}
