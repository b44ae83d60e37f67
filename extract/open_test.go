package extract

import (
	"bytes"
	"context"
	"errors"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
)

func TestOpenTakesASnapshot(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, `CREATE TABLE a (id int)`)
	s := openTest(t, url, nil)
	snap := s.Snapshot()
	if snap.ID == "" || snap.LSN == "" || snap.SystemIdentifier == "" || snap.Standby || time.Since(snap.Time).Abs() > time.Hour {
		t.Errorf("%+v", snap)
	}
	if s.Catalog().Server.SystemIdentifier != snap.SystemIdentifier {
		t.Errorf("system identifiers %s and %s", s.Catalog().Server.SystemIdentifier, snap.SystemIdentifier)
	}
}

func TestOpenRefusesBadInput(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	url := server.Database(t)
	role, password := server.Role(t, "CONNECTION LIMIT 1")
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		cfg  Config
		kind fault.Kind
		want string
	}{
		{"too few connections", Config{DSN: catalog.DSN(url), Connections: 3}, fault.Usage, "source.connections"},
		{"on_cic", Config{DSN: catalog.DSN(url), OnCIC: "panic"}, fault.Usage, "on_cic"},
		{"negative", Config{DSN: catalog.DSN(url), MaxBlock: -1}, fault.Usage, "negative"},
		{"dsn", Config{DSN: "postgres://h:port/d"}, fault.Usage, "connection string"},
		{"no such database", Config{DSN: catalog.DSN(server.URL("nowhere"))}, fault.Preflight, "nowhere"},
		{"no such role", Config{DSN: catalog.DSN(server.URLFor("nobody", "secret-word", databaseOf(url)))}, fault.Preflight, "nobody"},
		{"unreachable", Config{DSN: catalog.DSN("postgres://u:secret-word@" + dead.Addr().String() + "/d?sslmode=disable")}, fault.Transient, "refused"},
		{"connection limit", Config{DSN: catalog.DSN(server.URLFor(role, password, databaseOf(url)))}, fault.Transient, "too many connections"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s, err := Open(testContext(t), tc.cfg)
			if s != nil || !fault.Is(err, tc.kind) || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "secret-word") {
				t.Errorf("%v (kind %d)", err, fault.KindOf(err))
			}
		})
	}
	ctx, cancel := context.WithCancel(testContext(t))
	cancel()
	if _, err := Open(ctx, Config{DSN: catalog.DSN(url)}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// The budget holds: never more sessions than Connections, whatever happens at
// the same time.
func TestConnectionsAreATotal(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	url := server.Database(t, `CREATE TABLE a AS SELECT i, repeat('x', 500) v FROM generate_series(1, 20000) i`)
	role, password := server.Role(t, "CONNECTION LIMIT 5")
	run(t, server.Conn(t, url), `GRANT pg_read_all_data TO `+catalog.QuoteIdent(role))
	s := openTest(t, server.URLFor(role, password, databaseOf(url)), func(c *Config, tm *timings) {
		withPgDump(t)(c, tm)
		c.Connections = 5
		c.ChunkBytes = 1 << 20
	})
	plan, err := s.Plan(testContext(t), []*Query{columns(table(t, s, "a"), true)})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if _, err := s.DumpSchema(testContext(t), new(bytes.Buffer), DumpOptions{}); err != nil {
				t.Error(err)
			}
		})
		for _, c := range plan[0] {
			wg.Go(func() {
				if _, err := s.Copy(testContext(t), c, new(bytes.Buffer)); err != nil {
					t.Error(err)
				}
			})
		}
	}
	wg.Wait()
}

// After Release nothing is left on the source and none of our goroutines runs.
// Not parallel: it counts goroutines, and parallel tests wait meanwhile.
func TestReleaseLeavesNothingBehind(t *testing.T) {
	server := pgtest.Source(t)
	url := server.Database(t, manyRows)
	before := runtime.NumGoroutine()
	s := openTest(t, url, withPgDump(t))
	tb := table(t, s, "a")
	chunk := whole(columns(tb, true))
	if _, err := s.Copy(testContext(t), chunk, new(bytes.Buffer)); err != nil {
		t.Fatal(err)
	}
	// One reader is in the middle when the sessions are given back.
	w := &signalling{first: make(chan struct{}), goOn: make(chan struct{})}
	copied := make(chan error, 1)
	go func() {
		_, err := s.Copy(testContext(t), chunk, w)
		copied <- err
	}()
	<-w.first
	s.Release()
	close(w.goOn)
	if err := <-copied; err == nil || !strings.Contains(err.Error(), "released") {
		t.Errorf("copy: %v", err)
	}
	s.Release()
	s.Close()
	s.Close()
	sessions(t, url, s, 0)
	for what, err := range map[string]error{
		"copy":    second(s.Copy(testContext(t), chunk, new(bytes.Buffer))),
		"count":   second(s.Count(testContext(t), chunk.Query)),
		"prepare": second(s.Prepare(testContext(t), "SELECT 1")),
		"plan":    second(s.Plan(testContext(t), nil)),
		"dump":    second(s.DumpSchema(testContext(t), new(bytes.Buffer), DumpOptions{})),
		"fresh":   s.Fresh(testContext(t), func(catalog.Querier) error { return nil }),
	} {
		if err == nil || !strings.Contains(err.Error(), "released") {
			t.Errorf("%s after release: %v", what, err)
		}
	}
	if s.Catalog().Table(tb.Name) != tb || s.Snapshot().ID == "" || s.Waiters() == nil {
		t.Error("what was read is gone")
	}
	eventually(t, "the goroutines have ended", func() bool { return runtime.NumGoroutine() <= before+1 })
}

func second[T any](_ T, err error) error { return err }

// A failure at any point of opening closes what was open.
func TestOpenThatFailsLeavesNothingBehind(t *testing.T) {
	server := pgtest.Source(t)
	url := server.Database(t)
	role, password := server.Role(t, "CONNECTION LIMIT 2") // the watcher finds no place
	before := runtime.NumGoroutine()
	cfg, err := Config{DSN: catalog.DSN(server.URLFor(role, password, databaseOf(url))), RunID: "half"}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := open(testContext(t), cfg, testTimings()); !fault.Is(err, fault.Transient) {
		t.Fatalf("%v", err)
	}
	sessions(t, url, &Source{opener: &opener{name: sessionName("half")}}, 0)
	eventually(t, "the goroutines have ended", func() bool { return runtime.NumGoroutine() <= before+1 })
}

func TestSessionName(t *testing.T) {
	t.Parallel()
	if got := sessionName("20260731T0300ä\n" + strings.Repeat("x", 100)); len(got) != 63 || !strings.HasPrefix(got, "understudy/20260731T0300??xxx") {
		t.Errorf("%q", got)
	}
}
