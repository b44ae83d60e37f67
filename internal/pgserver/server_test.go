package pgserver_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgserver"
)

// needPrograms skips a test on a machine without PostgreSQL.
func needPrograms(t *testing.T) {
	t.Helper()
	if _, err := pgserver.Find(0); err != nil {
		t.Skipf("no PostgreSQL programs on this machine: %v", err)
	}
}

// start gives a test its own cluster.
func start(t *testing.T, o pgserver.Options) *pgserver.Server {
	t.Helper()
	needPrograms(t)
	s, err := pgserver.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Remove(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(s.Dir()); !os.IsNotExist(err) {
			t.Errorf("folder %s is still there: %v", s.Dir(), err)
		}
	})
	return s
}

// ask runs a query that yields one text value.
func ask(t *testing.T, url, sql string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	var answer string
	if err := conn.QueryRow(ctx, sql, pgx.QueryExecModeSimpleProtocol).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return answer
}

func TestStartStopRestart(t *testing.T) {
	t.Parallel()
	s := start(t, pgserver.Options{Settings: map[string]string{"max_connections": "33", "application_name": "it's"}})
	url := s.URL("postgres")
	if got := ask(t, url, "SHOW max_connections"); got != "33" {
		t.Errorf("max_connections = %s, want 33", got)
	}
	if got := ask(t, url, "SHOW server_encoding"); got != "UTF8" {
		t.Errorf("server_encoding = %s, want UTF8", got)
	}
	ask(t, url, "SELECT pg_catalog.set_config('understudy.x', 'y', false)")
	for range 2 {
		if err := s.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := pgx.Connect(t.Context(), url); err == nil {
		t.Error("a stopped server let us in")
	}
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s.URL("postgres") != url {
		t.Errorf("URL changed from %s to %s", url, s.URL("postgres"))
	}
	ask(t, url, "SELECT 'in'::text")
}

func TestCrashRecovers(t *testing.T) {
	t.Parallel()
	s := start(t, pgserver.Options{})
	ask(t, s.URL("postgres"), "WITH x AS (SELECT 1) SELECT 'done'::text FROM x")
	if err := s.Crash(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	ask(t, s.URL("postgres"), "SELECT 'in'::text")
}

func TestPasswordIsAsked(t *testing.T) {
	t.Parallel()
	s := start(t, pgserver.Options{Password: "p@ss/word:1"})
	ask(t, s.URL("postgres"), "SELECT 'in'::text")
	if _, err := pgx.Connect(t.Context(), s.URLFor(pgserver.Superuser, "wrong", "postgres")); err == nil {
		t.Error("a wrong password was accepted")
	}
}

func TestFilesAndRules(t *testing.T) {
	t.Parallel()
	s := start(t, pgserver.Options{
		Files:    map[string][]byte{"extra.conf": []byte("work_mem = '7MB'\n")},
		HBA:      []string{"host template1 all 127.0.0.1/32 reject"},
		Settings: map[string]string{"include_if_exists": "extra.conf"},
	})
	if got := ask(t, s.URL("postgres"), "SHOW work_mem"); got != "7MB" {
		t.Errorf("work_mem = %s, want 7MB", got)
	}
	if _, err := pgx.Connect(t.Context(), s.URL("template1")); err == nil {
		t.Error("the added rule does not reject")
	}
	text, err := s.Log()
	if err != nil || !strings.Contains(text, "reject") {
		t.Errorf("the log does not tell of the rejection: %v", err)
	}
}

func TestStandby(t *testing.T) {
	t.Parallel()
	for _, password := range []string{"", "secret"} {
		primary := start(t, pgserver.Options{Password: password})
		standby, err := pgserver.StartStandby(t.Context(), primary, pgserver.Options{Settings: map[string]string{"hot_standby_feedback": "on"}})
		if err != nil {
			t.Fatal(err)
		}
		if got := ask(t, standby.URL("postgres"), "SELECT pg_is_in_recovery()::text"); got != "true" {
			t.Errorf("pg_is_in_recovery() = %s, want true", got)
		}
		if got := ask(t, standby.URL("postgres"), "SHOW hot_standby_feedback"); got != "on" {
			t.Errorf("hot_standby_feedback = %s, want on", got)
		}
		if err := standby.Remove(); err != nil {
			t.Error(err)
		}
	}
}

func TestOwnFolder(t *testing.T) {
	t.Parallel()
	needPrograms(t)
	parent, err := os.MkdirTemp("/tmp", "pgserver-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(parent) })

	if os.Geteuid() == 0 {
		_, err := pgserver.Start(t.Context(), pgserver.Options{Dir: filepath.Join(parent, "closed")})
		if err == nil || !strings.Contains(err.Error(), "cannot enter") {
			t.Errorf("error = %v, want one that names the closed folder", err)
		}
	}
	if err := os.Chmod(parent, 0o755); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(parent, "open")
	s := start(t, pgserver.Options{Dir: dir})
	if s.Dir() != dir {
		t.Errorf("folder %s, want %s", s.Dir(), dir)
	}
	if _, err := pgserver.Start(t.Context(), pgserver.Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("error = %v, want one about a folder in use", err)
	}
	ask(t, s.URL("postgres"), "SELECT 'still in'::text")
}

func TestBadSettingIsExplained(t *testing.T) {
	t.Parallel()
	needPrograms(t)
	_, err := pgserver.Start(t.Context(), pgserver.Options{Settings: map[string]string{"max_connections": "many"}})
	var f *fault.Error
	if !asFault(err, &f) || !strings.Contains(f.Hint, "max_connections") {
		t.Errorf("error = %v with hint %+v, want the server's words", err, f)
	}
}

func TestCancelledStartLeavesNothing(t *testing.T) {
	t.Parallel()
	needPrograms(t)
	parent, err := os.MkdirTemp("/tmp", "pgserver-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(parent) })
	if err := os.Chmod(parent, 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := filepath.Join(parent, "new")
	if _, err := pgserver.Start(ctx, pgserver.Options{Dir: dir}); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want context.Canceled", err)
	}
	if !gone(dir) {
		t.Errorf("folder %s is still there", dir)
	}
}
