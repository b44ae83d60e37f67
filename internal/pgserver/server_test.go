package pgserver_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/internal/pgserver"
)

// start gives a test its own cluster.
func start(t *testing.T, o pgserver.Options) *pgserver.Server {
	t.Helper()
	if o.Programs.Dir == "" {
		p, err := pgserver.Find(0)
		if err != nil {
			t.Skipf("no PostgreSQL programs on this machine: %v", err)
		}
		o.Programs = p
	}
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
