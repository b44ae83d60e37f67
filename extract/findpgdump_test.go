package extract

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/internal/fault"
)

// program makes a script that says something and ends with a code.
func program(t testing.TB, dir, name, says string, code int) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, fmt.Appendf(nil, "#!/bin/sh\necho '%s'\nexit %d\n", says, code), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFindPgDump(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	locked := program(t, dir, "locked", "pg_dump (PostgreSQL) 15.1", 0)
	if err := os.Chmod(locked, 0o644); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "bin")
	program(t, folder, "pg_dump", "pg_dump (PostgreSQL) 15.1", 0)
	for _, tc := range []struct {
		path, want, hint string
		major            int
	}{
		{path: program(t, dir, "old", "pg_dump (PostgreSQL) 13.4", 0), want: "is of PostgreSQL 13 and cannot dump a server of 15", hint: "tools.pg_dump"},
		{path: program(t, dir, "same", "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", 0), major: 15},
		{path: program(t, dir, "beta", "pg_dump (PostgreSQL) 19beta1", 0), major: 19},
		{path: program(t, dir, "broken", "cannot open shared object file", 127), want: "run pg_dump at", hint: "tools.pg_dump"},
		{path: program(t, dir, "other", "hello 15.1", 0), want: "does not say that it is a pg_dump", hint: "tools.pg_dump"},
		{path: program(t, dir, "psql", "psql (PostgreSQL) 15.18", 0), want: "does not say that it is a pg_dump", hint: "tools.pg_dump"},
		{path: filepath.Join(dir, "missing"), want: "run pg_dump at", hint: "tools.pg_dump"},
		{path: locked, want: "permission denied", hint: "chmod +x " + locked},
		{path: folder, want: "run pg_dump at", hint: "name the program, not its folder: " + filepath.Join(folder, "pg_dump")},
	} {
		got, err := FindPgDump(testContext(t), tc.path, 15)
		var known *fault.Error
		switch {
		case tc.want == "":
			if err != nil || got.Major != tc.major || got.Path != tc.path {
				t.Errorf("%s: %+v, %v", tc.path, got, err)
			}
		case !errors.As(err, &known) || known.Kind != fault.Preflight || !strings.Contains(known.Hint, tc.hint) || !strings.Contains(err.Error(), tc.want):
			t.Errorf("%s: %v, hint %q", tc.path, err, known.Hint)
		}
	}
}

// Versions from 95 on are nowhere but in the folders of this test.
func TestFindPgDumpByVersion(t *testing.T) {
	// Not parallel: it sets an environment variable.
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	var path []string
	at := map[int]string{}
	for _, major := range []int{97, 95, 99} {
		folder := filepath.Join(dir, fmt.Sprint(major))
		at[major] = program(t, folder, "pg_dump", fmt.Sprintf("pg_dump (PostgreSQL) %d.1", major), 0)
		path = append(path, folder)
	}
	broken := filepath.Join(dir, "broken")
	program(t, broken, "pg_dump", "pg_dump (PostgreSQL) 96.1", 1)
	t.Setenv("PATH", strings.Join(append(path, broken, "relative", os.Getenv("PATH")), string(filepath.ListSeparator)))
	for _, tc := range []struct {
		wish        string
		major, want int
		refused     string // words of the error
		hint        string
	}{
		{major: 95, want: 95},
		{major: 96, want: 97}, // the oldest that is new enough, wherever it stands
		{major: 99, want: 99},
		{major: 100, refused: "every pg_dump found is older: ", hint: "tools.pg_dump"},
		{wish: "99", major: 95, want: 99},
		{wish: "97", major: 97, want: 97},
		{wish: "95", major: 97, refused: "tools.pg_dump asks for version 95, and a pg_dump of 95 cannot dump a server of 97", hint: "set tools.pg_dump to 97 or newer"},
		{wish: "98", major: 95, refused: "no pg_dump of version 98", hint: "98"},
	} {
		got, err := FindPgDump(t.Context(), tc.wish, tc.major)
		var known *fault.Error
		switch {
		case tc.refused == "":
			if err != nil || got.Major != tc.want || got.Path != at[tc.want] {
				t.Errorf("%q for %d: %+v, %v; want %s", tc.wish, tc.major, got, err, at[tc.want])
			}
		case !errors.As(err, &known) || known.Kind != fault.Preflight || !strings.Contains(known.Hint, tc.hint) || !strings.Contains(err.Error(), tc.refused):
			t.Errorf("%q for %d: %+v, %v", tc.wish, tc.major, got, err)
		}
	}
}

func TestPgDumpIsWhatItClaims(t *testing.T) {
	t.Parallel()
	d := PgDump{Path: "/usr/bin/pg_dump", Major: 17}
	for wrote, ok := range map[string]bool{
		"17.5": true, "17beta1": true, "17.5 (Debian 17.5-1)": true, "17devel": true,
		"18.0": false, "1.7": false, "170.1": false, "": false,
	} {
		err := d.Check(wrote)
		var known *fault.Error
		if ok != (err == nil) || err != nil && (!errors.As(err, &known) || known.Kind != fault.Preflight || !strings.Contains(known.Hint, "tools.pg_dump")) {
			t.Errorf("%q: %v", wrote, err)
		}
	}
}
