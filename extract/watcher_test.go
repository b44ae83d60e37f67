package extract

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
)

// A writer that does not read on is the worst case: the server hangs in a send
// and hears no cancel request. The DDL gets through all the same.
func TestReadersGiveWayToDDL(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		paused bool // the target takes nothing until the DDL is done
	}{{"reading", false}, {"stuck", true}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			url := pgtest.Source(t).Database(t, `CREATE TABLE a AS SELECT i, repeat('x', 1000) v FROM generate_series(1, 100000) i`)
			s := openTest(t, url, func(c *Config, _ *timings) {
				c.MaxBlock = 100 * time.Millisecond
				c.Connections = minConnections
				if !tc.paused {
					c.MaxMBps = 1 // so that it would take minutes
				}
			})
			conn := pgtest.Source(t).Conn(t, url)
			w := &signalling{first: make(chan struct{}), goOn: make(chan struct{})}
			altered := make(chan error, 1)
			go func() {
				<-w.first
				if !tc.paused {
					close(w.goOn)
				}
				_, err := conn.Exec(testContext(t), `ALTER TABLE a ADD extra int`)
				altered <- err
				if tc.paused {
					close(w.goOn)
				}
			}()
			chunk := whole(columns(table(t, s, "a"), true))
			_, err := s.Copy(testContext(t), chunk, w)
			if !fault.Is(err, fault.Transient) || !strings.Contains(err.Error(), "gave way") {
				t.Errorf("copy: %v", err)
			}
			var void *VoidError
			if errors.As(err, &void) {
				t.Errorf("the snapshot is not void: %v", err)
			}
			if err := <-altered; err != nil {
				t.Fatal(err)
			}
			got := s.Waiters()
			if len(got) != 1 || !got[0].Yielded || got[0].Table.Name != "a" || got[0].Waited < 100*time.Millisecond {
				t.Errorf("waiters %+v", got)
			}
			s.bucket = nil
			if rows, err := s.Copy(testContext(t), chunk, new(bytes.Buffer)); err != nil || rows != 100000 {
				t.Errorf("again: %d rows, %v", rows, err)
			}
		})
	}
}

// The chunk waits in the lock queue for its own part no longer than LockTimeout.
func TestReadersDoNotQueueForLong(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, `CREATE TABLE a (id int)`)
	s := openTest(t, url, func(c *Config, _ *timings) { c.LockTimeout = 50 * time.Millisecond })
	conn := pgtest.Source(t).Conn(t, url)
	run(t, conn, `BEGIN; LOCK TABLE a IN ACCESS EXCLUSIVE MODE`)
	_, err := s.Copy(testContext(t), whole(columns(table(t, s, "a"), true)), new(bytes.Buffer))
	if !fault.Is(err, fault.Transient) || !strings.Contains(err.Error(), "50ms") {
		t.Fatal(err)
	}
	run(t, conn, `ROLLBACK`)
	if _, err := s.Copy(testContext(t), whole(columns(table(t, s, "a"), true)), new(bytes.Buffer)); err != nil {
		t.Fatal(err)
	}
}

func TestConcurrentIndexBuildIsReportedOrAborts(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"warn", "abort"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			url := pgtest.Source(t).Database(t, `CREATE TABLE a AS SELECT i FROM generate_series(1, 1000) i`)
			var said warnings
			s := openTest(t, url, func(c *Config, _ *timings) {
				c.MaxBlock, c.OnCIC, c.Warn = 50*time.Millisecond, mode, said.add
			})
			conn := pgtest.Source(t).Conn(t, url)
			built := make(chan error, 1)
			go func() {
				_, err := conn.Exec(testContext(t), `CREATE INDEX CONCURRENTLY ON a (i)`)
				built <- err
			}()
			chunk := whole(columns(table(t, s, "a"), true))
			switch mode {
			case "warn":
				eventually(t, "a warning", func() bool { return len(said.all()) > 0 })
				if rows, err := s.Copy(testContext(t), chunk, new(bytes.Buffer)); err != nil || rows != 1000 {
					t.Errorf("%d rows, %v", rows, err)
				}
				s.Release()
				got := s.Waiters()
				if len(got) == 0 || !got[0].Snapshot || got[0].Yielded || got[0].Command != "CREATE INDEX CONCURRENTLY" {
					t.Errorf("waiters %+v", got)
				}
				if len(said.all()) != 1 {
					t.Errorf("warnings %q", said.all())
				}
			case "abort":
				<-s.end.done
				_, err := s.Copy(testContext(t), chunk, new(bytes.Buffer))
				if !fault.Is(err, fault.Transient) || !strings.Contains(err.Error(), "on_cic") {
					t.Errorf("copy: %v", err)
				}
				s.Close()
			}
			if err := <-built; err != nil {
				t.Errorf("the index build failed: %v", err)
			}
		})
	}
}

// DROP INDEX CONCURRENTLY waits by virtualxid too, but for the table's readers:
// a reader can give way to it.
func TestReadersGiveWayToDropIndexConcurrently(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, `CREATE TABLE a AS SELECT i, repeat('x', 1000) v FROM generate_series(1, 20000) i; CREATE INDEX gone ON a (i)`)
	s := openTest(t, url, func(c *Config, _ *timings) { c.MaxBlock = 50 * time.Millisecond; c.MaxMBps = 0.1 })
	conn := pgtest.Source(t).Conn(t, url)
	w := &signalling{first: make(chan struct{}), goOn: make(chan struct{})}
	dropped := make(chan error, 1)
	go func() {
		<-w.first
		close(w.goOn)
		_, err := conn.Exec(testContext(t), `DROP INDEX CONCURRENTLY gone`)
		dropped <- err
	}()
	if _, err := s.Copy(testContext(t), whole(columns(table(t, s, "a"), true)), w); !fault.Is(err, fault.Transient) {
		t.Errorf("copy: %v", err)
	}
	if err := <-dropped; err != nil {
		t.Fatal(err)
	}
}

func TestWatcherIsReplaced(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, `CREATE TABLE a (id int)`)
	s := openTest(t, url, nil)
	admin := pgtest.Source(t).Conn(t, url)
	for range 3 {
		s.watcher.mu.Lock()
		pid := s.watcher.conn.pid
		s.watcher.mu.Unlock()
		run(t, admin, `SELECT pg_terminate_backend(`+itoa(pid)+`, 10000)`)
		if _, err := s.Copy(testContext(t), whole(columns(table(t, s, "a"), true)), new(bytes.Buffer)); err != nil {
			t.Fatal(err)
		}
	}
}

// Nobody reads while nobody can see who waits.
func TestReadersStopWhenNobodyWatches(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	url := server.Database(t, `CREATE TABLE a AS SELECT i, repeat('x', 1000) v FROM generate_series(1, 20000) i`)
	s := openTest(t, url, func(c *Config, tm *timings) { c.MaxMBps = 0.1; tm.unwatched = 200 * time.Millisecond })
	admin := server.Conn(t, url)
	w := &signalling{first: make(chan struct{}), goOn: make(chan struct{})}
	cutOff := make(chan struct{})
	go func() {
		defer close(cutOff)
		<-w.first
		close(w.goOn)
		// The watcher cannot come back, the sessions that are open live on.
		cfg := admin.Config()
		postgres := server.Conn(t, server.URL("postgres"))
		run(t, postgres, `ALTER DATABASE `+pgx.Identifier{cfg.Database}.Sanitize()+` ALLOW_CONNECTIONS false`)
		t.Cleanup(func() {
			conn, err := pgx.Connect(context.Background(), server.URL("postgres"))
			if err == nil {
				_, _ = conn.Exec(context.Background(), `ALTER DATABASE `+pgx.Identifier{cfg.Database}.Sanitize()+` ALLOW_CONNECTIONS true`)
				_ = conn.Close(context.Background())
			}
		})
		s.watcher.mu.Lock()
		pid := s.watcher.conn.pid
		s.watcher.mu.Unlock()
		run(t, admin, `SELECT pg_terminate_backend(`+itoa(pid)+`, 10000)`)
	}()
	_, err := s.Copy(testContext(t), whole(columns(table(t, s, "a"), true)), w)
	<-cutOff
	if !fault.Is(err, fault.Transient) || !strings.Contains(err.Error(), "watch") {
		t.Fatal(err)
	}
}
