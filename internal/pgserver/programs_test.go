package pgserver_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgserver"
)

// fakePrograms makes a folder that looks like an installation.
func fakePrograms(t *testing.T, version string, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		script := "#!/bin/sh\necho '" + name + " (PostgreSQL) " + version + "'\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFindByVariable(t *testing.T) {
	whole := []string{"initdb", "postgres", "pg_ctl", "pg_dump", "psql"}
	for _, c := range []struct {
		name    string
		version string
		have    []string
		ask     int
		want    int
		problem string
	}{
		{name: "any", version: "18.1", have: whole, want: 18},
		{name: "exact", version: "14.20 (Debian 14.20-1)", have: whole, ask: 14, want: 14},
		{name: "beta", version: "19beta1", have: whole, want: 19},
		{name: "other major", version: "16.4", have: whole, ask: 17, problem: "PostgreSQL 17's programs are not installed here (found 16)"},
		{name: "clients only", version: "16.4", have: []string{"psql", "pg_dump"}, problem: "initdb, postgres, pg_ctl: not found there"},
		{name: "not PostgreSQL", version: "none", have: whole, problem: "no version in its output"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := fakePrograms(t, c.version, c.have...)
			t.Setenv(pgserver.BinVariable, dir)
			p, err := pgserver.Find(c.ask)
			if c.problem != "" {
				if err == nil || !strings.Contains(err.Error(), c.problem) {
					t.Fatalf("error = %v, want %q in it", err, c.problem)
				}
				if !fault.Is(err, fault.Preflight) {
					t.Errorf("kind = %v, want Preflight", fault.KindOf(err))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if p.Major != c.want || p.Dir != dir || p.Path("psql") != filepath.Join(dir, "psql") {
				t.Errorf("found %+v, want major %d in %s", p, c.want, dir)
			}
		})
	}
}

func TestFindOnPath(t *testing.T) {
	t.Setenv(pgserver.BinVariable, "")
	dir := fakePrograms(t, "99.1", "initdb", "postgres", "pg_ctl", "pg_dump", "psql")
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	p, err := pgserver.Find(0)
	if err != nil {
		t.Fatal(err)
	}
	if real, err := filepath.EvalSymlinks(dir); err != nil || p.Major != 99 || p.Dir != real {
		t.Errorf("found %+v, want the newest, 99 in %s (%v)", p, real, err)
	}
}

func TestNotInstalled(t *testing.T) {
	t.Setenv(pgserver.BinVariable, "")
	_, err := pgserver.Find(3)
	if err == nil {
		t.Fatal("PostgreSQL 3 was found")
	}
	var f *fault.Error
	if !asFault(err, &f) || f.Hint == "" || !strings.Contains(f.Hint, "3") {
		t.Errorf("error %v has no hint that says how to install version 3: %+v", err, f)
	}
}
