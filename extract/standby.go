package extract

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// standbyState asks how far a standby's replay is behind. A standby that has
// replayed all it received is up to date, however long ago the primary last
// wrote.
const standbyState = `
SELECT pg_catalog.pg_is_in_recovery(),
       CASE WHEN NOT pg_catalog.pg_is_in_recovery()
              OR pg_catalog.pg_last_wal_receive_lsn() = pg_catalog.pg_last_wal_replay_lsn() THEN 0
            ELSE coalesce(pg_catalog.date_part('epoch',
                 pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp()), 0)
       END::float8`

func standbyLag(ctx context.Context, q catalog.Querier) (standby bool, lag time.Duration, err error) {
	var seconds float64
	err = q.QueryRow(ctx, standbyState).Scan(&standby, &seconds)
	return standby, time.Duration(max(seconds, 0) * float64(time.Second)), err
}

// position is where the source's WAL is. A primary's timeline stands in the
// name of its WAL file, a standby's in its control file.
func (w *watcher) position(ctx context.Context) (lsn string, timeline int, err error) {
	err = w.fresh(ctx, func(ctx context.Context, conn *session) error {
		var standby, readable bool
		var file string
		err := conn.QueryRow(ctx, `
			SELECT pg_catalog.pg_is_in_recovery(), pg_catalog.has_function_privilege('pg_catalog.pg_control_checkpoint()', 'EXECUTE'),
			       coalesce(CASE WHEN pg_catalog.pg_is_in_recovery()
			           THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END::text, ''),
			       CASE WHEN pg_catalog.pg_is_in_recovery() THEN ''
			           ELSE pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()) END`).Scan(&standby, &readable, &lsn, &file)
		if err != nil {
			return err
		}
		if standby && readable {
			return conn.QueryRow(ctx, `SELECT timeline_id FROM pg_catalog.pg_control_checkpoint()`).Scan(&timeline)
		}
		const timelineDigits = 8
		if len(file) >= timelineDigits {
			n, err := strconv.ParseInt(file[:timelineDigits], 16, 64)
			timeline = int(n)
			return err
		}
		return nil
	})
	return lsn, timeline, catalog.Redact(err)
}

// refuseLag refuses a standby that is too far behind to begin with.
func (s *Source) refuseLag(ctx context.Context) error {
	limit := s.cfg.MaxReplicaLag
	if limit == 0 || !s.opener.server.standby {
		return nil
	}
	return s.watcher.fresh(ctx, func(ctx context.Context, conn *session) error {
		_, lag, err := standbyLag(ctx, conn)
		if err != nil {
			return fault.Wrap(transientOr(fault.Preflight, err), catalog.Redact(err), "ask the standby how far it is behind")
		}
		if lag > limit {
			return fault.New(fault.Transient, "the standby is %s behind, and source.max_replica_lag is %s", lag.Round(time.Second), limit).
				WithHint("try again when it has caught up")
		}
		return nil
	})
}

// lookAtStandby notices a promotion, after which the source is another server
// in all but address, and a replay that falls behind.
func (w *watcher) lookAtStandby(ctx context.Context) error {
	return w.fresh(ctx, func(ctx context.Context, conn *session) error {
		standby, lag, err := standbyLag(ctx, conn)
		if err != nil {
			return err
		}
		if !standby {
			return &VoidError{What: "the standby has been promoted"}
		}
		limit := w.src.cfg.MaxReplicaLag
		if behind := w.lag.set(limit > 0 && lag > limit); behind > w.tm.lagGrace {
			late := recoveryConflict(fmt.Sprintf("the standby has been more than source.max_replica_lag (%s) behind for %s although nothing was read from it",
				limit, behind.Round(time.Second)))
			late.Conflict = false
			return late
		}
		return nil
	})
}

// lagGate holds new chunks back while the standby is behind.
type lagGate struct {
	mu    sync.Mutex
	since time.Time
	open  chan struct{} // closed when it has caught up; nil while it is not behind
}

// set tells the gate how things are, and returns for how long it has been shut.
func (g *lagGate) set(behind bool) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case behind && g.open == nil:
		g.open, g.since = make(chan struct{}), time.Now()
	case !behind && g.open != nil:
		close(g.open)
		g.open = nil
	}
	if g.open == nil {
		return 0
	}
	return time.Since(g.since)
}

// pass waits until the gate is open.
func (g *lagGate) pass(ctx context.Context) error {
	g.mu.Lock()
	open := g.open
	g.mu.Unlock()
	if open == nil {
		return nil
	}
	select {
	case <-open:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
