package pgtest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/internal/pgtest"
)

// names of the databases on a server that start with a prefix.
func databases(t *testing.T, s *pgtest.Server, prefix string) string {
	t.Helper()
	var names string
	err := s.Conn(t, s.URL("postgres")).QueryRow(t.Context(),
		"SELECT coalesce(string_agg(datname, ' ' ORDER BY datname), '') FROM pg_database WHERE starts_with(datname, $1)", prefix).Scan(&names)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestCleanUp(t *testing.T) {
	t.Parallel()
	s := pgtest.Target(t)
	for _, c := range []struct {
		name  string
		leave func(t *testing.T, db, url string)
	}{
		{"generations", func(t *testing.T, db, _ string) {
			s.Exec(t, "postgres", "CREATE DATABASE "+db+"__u7 TEMPLATE template0 IS_TEMPLATE true", "CREATE DATABASE "+db+"__u6_live TEMPLATE template0",
				"ALTER DATABASE "+db+"__u7 ALLOW_CONNECTIONS false")
		}},
		{"an open session", func(t *testing.T, _, url string) {
			s.Conn(t, url)
		}},
		{"a prepared transaction", func(t *testing.T, db, _ string) {
			s.Exec(t, db, "BEGIN; CREATE TABLE p (); PREPARE TRANSACTION 'it''s "+db+"'")
			s.Exec(t, "postgres", "ALTER DATABASE "+db+" ALLOW_CONNECTIONS false")
		}},
		{"a role that owns something", func(t *testing.T, db, _ string) {
			role, _ := s.Role(t, "NOLOGIN")
			s.Exec(t, db, "CREATE SCHEMA mine AUTHORIZATION "+role)
		}},
		{"nothing, not even the database", func(t *testing.T, db, _ string) {
			s.Exec(t, "postgres", "DROP DATABASE "+db+" WITH (FORCE)")
		}},
	} {
		var db string
		t.Run(c.name, func(t *testing.T) {
			url := s.Database(t)
			db = pgtest.DatabaseOf(url)
			if len(db) > 40 {
				t.Errorf("database name %s has %d bytes, want 40 at most", db, len(db))
			}
			c.leave(t, db, url)
		})
		if left := databases(t, s, db); db == "" || left != "" {
			t.Errorf("left after %s: %s", c.name, left)
		}
	}
}

func TestInnerRoleInOuterDatabase(t *testing.T) {
	t.Parallel()
	s := pgtest.Target(t)
	db := s.Name(t)
	s.Exec(t, "postgres", "CREATE DATABASE "+db)
	t.Run("inner", func(t *testing.T) {
		role, _ := s.Role(t, "")
		s.Exec(t, db, "CREATE SCHEMA mine AUTHORIZATION "+role)
	})
}

// leakVariable lets TestLeak leave a database behind.
const leakVariable = "PGTEST_LEAK"

func TestLeak(t *testing.T) {
	if os.Getenv(leakVariable) == "" {
		t.Skip("leaves a database behind; TestLeakFailsTheRun runs it in a process of its own")
	}
	s := pgtest.Source(t)
	s.Exec(t, "postgres", "CREATE DATABASE forgotten TEMPLATE template0", "CREATE ROLE lost")
}

func TestLeakFailsTheRun(t *testing.T) {
	t.Parallel()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, "-test.run=^TestLeak$")
	cmd.Env = append(os.Environ(), leakVariable+"=1")
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Error("a run that leaves a database behind succeeded")
	}
	if !strings.Contains(string(out), "[database forgotten role lost]") {
		t.Errorf("the output does not name the left-overs:\n%s", out)
	}
}
