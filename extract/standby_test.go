package extract

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
)

// caughtUp waits until the standby has replayed all that the primary wrote.
func caughtUp(t *testing.T, primary, standby *pgx.Conn) {
	t.Helper()
	var lsn string
	if err := primary.QueryRow(testContext(t), `SELECT pg_current_wal_lsn()::text`).Scan(&lsn); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the standby has caught up", func() bool {
		var there bool
		err := standby.QueryRow(testContext(t), `SELECT pg_last_wal_replay_lsn() >= $1::text::pg_lsn`, lsn).Scan(&there)
		return err == nil && there
	})
}

// One pair of servers for all that can be shown on a standby, in the order of
// growing damage.
func TestStandby(t *testing.T) {
	t.Parallel()
	primary, standby := pgtest.Standby(t)
	onPrimary := primary.Conn(t, primary.URL("postgres"))
	onStandby := standby.Conn(t, standby.URL("postgres"))
	url := standby.URL("postgres")
	run(t, onPrimary, `CREATE TABLE a AS SELECT i, repeat('x', 500) v FROM generate_series(1, 20000) i`)
	run(t, onPrimary, `CREATE UNLOGGED TABLE u (id int); CREATE SEQUENCE q; SELECT nextval('q'); SELECT lo_from_bytea(77, 'x')`)
	caughtUp(t, onPrimary, onStandby)

	t.Run("reads", func(t *testing.T) {
		s := openTest(t, url, func(c *Config, tm *timings) {
			c.PgDump = primary.PgDump(t)
			c.ChunkBytes = 1 << 20
		})
		if snap := s.Snapshot(); !snap.Standby || snap.LSN == "" || snap.SystemIdentifier == "" {
			t.Errorf("%+v", snap)
		}
		run(t, onPrimary, `INSERT INTO a SELECT -i, '' FROM generate_series(1, 100) i; CREATE TABLE later (id int)`)
		caughtUp(t, onPrimary, onStandby)
		var out bytes.Buffer
		if _, err := s.DumpSchema(testContext(t), &out, DumpOptions{}); err != nil || bytes.Contains(out.Bytes(), []byte("later")) {
			t.Errorf("dump: %v", err)
		}
		a := table(t, s, "a")
		if err := s.Guard(testContext(t), []*catalog.Table{a}); err != nil {
			t.Error(err)
		}
		if err := s.Guard(testContext(t), []*catalog.Table{table(t, s, "u")}); !fault.Is(err, fault.Preflight) || !strings.Contains(err.Error(), "public.u") {
			t.Errorf("unlogged: %v", err)
		}
		if _, err := s.Copy(testContext(t), whole(columns(table(t, s, "u"), true)), new(bytes.Buffer)); !fault.Is(err, fault.Preflight) {
			t.Errorf("unlogged: %v", err)
		}
		plan, err := s.Plan(testContext(t), []*Query{columns(a, true)})
		if err != nil || len(plan[0]) < 3 {
			t.Fatalf("%d chunks, %v", len(plan[0]), err)
		}
		var total int64
		for _, c := range plan[0] {
			rows, err := s.Copy(testContext(t), c, new(bytes.Buffer))
			if err != nil {
				t.Fatal(err)
			}
			total += rows
		}
		if n, err := s.Count(testContext(t), plan[0][0].Query); err != nil || total != 20000 || n != total {
			t.Errorf("%d rows, count %d, %v", total, n, err)
		}
		if got, err := s.Sequences(testContext(t)); err != nil || got[catalog.Name{Schema: "public", Name: "q"}].Last < 1 {
			t.Errorf("sequences %v, %v", got, err)
		}
		if n, err := s.LargeObjects(testContext(t), func(catalog.OID, int, []byte) error { return nil }); err != nil || n != 1 {
			t.Errorf("%d large objects, %v", n, err)
		}
	})

	t.Run("probe", func(t *testing.T) {
		p := probe(t, url)
		if !p.Standby || p.HotStandbyFeedback || p.MaxStandbyDelay != 30*time.Second || len(p.UnloggedOnStandby) != 1 {
			t.Errorf("%+v", p)
		}
	})

	t.Run("guard", func(t *testing.T) {
		run(t, onPrimary, `CREATE TABLE b AS SELECT 1 AS i`)
		caughtUp(t, onPrimary, onStandby)
		s := openTest(t, url, nil)
		run(t, onPrimary, `ALTER TABLE b RENAME i TO j`)
		caughtUp(t, onPrimary, onStandby)
		_, err := s.Copy(testContext(t), whole(columns(table(t, s, "b"), true)), new(bytes.Buffer))
		var void *VoidError
		if !errors.As(err, &void) || void.Table.Name != "b" {
			t.Error(err)
		}
	})

	t.Run("gives way to replay", func(t *testing.T) {
		s := openTest(t, url, func(c *Config, _ *timings) { c.MaxBlock, c.MaxMBps = 50*time.Millisecond, 0.1 })
		w := &firstThen{do: func() { run(t, onPrimary, `ALTER TABLE a ADD extra int`) }}
		_, err := s.Copy(testContext(t), whole(columns(table(t, s, "a"), true)), w)
		if !fault.Is(err, fault.Transient) || !strings.Contains(err.Error(), "gave way") {
			t.Error(err)
		}
		caughtUp(t, onPrimary, onStandby)
	})

	t.Run("lag", func(t *testing.T) {
		limit := func(c *Config, tm *timings) { c.MaxReplicaLag, tm.lagGrace = 300*time.Millisecond, testTimeout }
		s := openTest(t, url, limit)
		chunk := whole(columns(table(t, s, "a"), true))
		run(t, onStandby, `SELECT pg_wal_replay_pause()`)
		eventually(t, "replay is paused", func() bool {
			var is string
			return onStandby.QueryRow(testContext(t), `SELECT pg_get_wal_replay_pause_state()`).Scan(&is) == nil && is == "paused"
		})
		run(t, onPrimary, `CREATE TABLE lag (id int)`)
		shut := func() bool {
			s.watcher.lag.mu.Lock()
			defer s.watcher.lag.mu.Unlock()
			return s.watcher.lag.open != nil
		}
		eventually(t, "the gate is shut", shut)
		ctx, cancel := context.WithTimeout(testContext(t), 200*time.Millisecond)
		defer cancel()
		if _, err := s.Copy(ctx, chunk, new(bytes.Buffer)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("while the standby is behind: %v", err)
		}
		cfg, tm := Config{DSN: catalog.DSN(url), RunID: "late"}, testTimings()
		limit(&cfg, &tm)
		if _, err := Open(testContext(t), cfg); !fault.Is(err, fault.Transient) || !strings.Contains(err.Error(), "max_replica_lag") {
			t.Errorf("open while the standby is behind: %v", err)
		}
		run(t, onStandby, `SELECT pg_wal_replay_resume()`)
		if rows, err := s.Copy(testContext(t), chunk, new(bytes.Buffer)); err != nil || rows == 0 {
			t.Errorf("when it has caught up: %d rows, %v", rows, err)
		}
	})

	t.Run("recovery conflict", func(t *testing.T) {
		run(t, onStandby, `ALTER SYSTEM SET max_standby_streaming_delay = 0`)
		run(t, onStandby, `SELECT pg_reload_conf()`)
		s := openTest(t, url, func(_ *Config, tm *timings) { tm.ping = 50 * time.Millisecond })
		run(t, onPrimary, `DELETE FROM a`)
		run(t, onPrimary, `VACUUM a`)
		caughtUp(t, onPrimary, onStandby)
		_, err := s.Copy(testContext(t), whole(columns(table(t, s, "a"), true)), new(bytes.Buffer))
		var void *VoidError
		var known *fault.Error
		if !errors.As(err, &void) || !errors.As(err, &known) || !strings.Contains(known.Hint, "hot_standby_feedback") {
			t.Errorf("%v", err)
		}
	})

	t.Run("promotion", func(t *testing.T) {
		s := openTest(t, url, nil)
		run(t, onStandby, `SELECT pg_promote()`)
		<-s.end.done
		_, err := s.Copy(testContext(t), whole(columns(table(t, s, "a"), true)), new(bytes.Buffer))
		var void *VoidError
		if !errors.As(err, &void) || !fault.Is(err, fault.Transient) || !strings.Contains(err.Error(), "promoted") {
			t.Errorf("%v", err)
		}
	})
}
