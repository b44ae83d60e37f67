package extract

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// Waiter is a session of somebody else's that had to wait for one of ours.
// What it runs is not kept: statements hold values.
type Waiter struct {
	PID         uint32
	User        string // empty where the source role may not see it
	Application string
	Command     string       // what is known of it, e.g. CREATE INDEX CONCURRENTLY
	Table       catalog.Name // zero when it waits for something else than a table
	Mode        string       // the lock it waits for
	Snapshot    bool         // it waits for our snapshot to end; only the end of the run helps it
	Waited      time.Duration
	Yielded     bool // our session gave way
	Since       time.Time
}

// who names the waiter in a message.
func (w *Waiter) who() string {
	s := fmt.Sprintf("process %d", w.PID)
	if w.Command != "" {
		s = w.Command + " of " + s
	}
	if w.Application != "" {
		s += " (" + catalog.Display(w.Application) + ")"
	}
	if w.Mode != "" {
		s += " waiting for " + w.Mode
	}
	return s
}

// maxWaiters bounds what the report keeps.
const maxWaiters = 1000

// watcher is the session that sees the source as it is now. It looks who waits
// for us and has our sessions give way; the guard and others borrow it.
type watcher struct {
	src *Source
	tm  timings

	mu   sync.Mutex
	conn *session // nil while lost

	list    sync.Mutex
	all     []*waiting
	present map[wait]*waiting
	dumpTo  *Waiter // whom pg_dump gave way to

	lag lagGate
}

// wait is one session waiting for one of ours.
type wait struct {
	pid, blocker uint32
	locktype     string
	relation     uint32
}

// waiting is a wait with what has been done about it.
type waiting struct {
	Waiter
	told time.Time // when our session was told to give way, or the user of a waiter on the snapshot
}

func newWatcher(s *Source, conn *session, tm timings) *watcher {
	return &watcher{src: s, tm: tm, conn: conn, present: map[wait]*waiting{}}
}

// fresh lends the session, opening it again if it was lost. fn is called a
// second time if the session turns out to be lost only while it runs.
func (w *watcher) fresh(ctx context.Context, fn func(context.Context, *session) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if cause := w.src.end.cause(); cause != nil {
		return cause
	}
	ctx, cancel := context.WithTimeoutCause(ctx, w.tm.reply,
		fault.New(fault.Transient, "the source did not answer within %s", w.tm.reply))
	defer cancel()
	for again := false; ; again = true {
		if w.conn == nil {
			conn, err := w.src.opener.open(ctx, watcherSettings)
			if err != nil {
				return err
			}
			w.conn = conn
		}
		err := fn(ctx, w.conn)
		if w.conn.IsClosed() {
			w.conn.close()
			w.conn = nil
			if !again && ctx.Err() == nil {
				continue
			}
		}
		if err != nil && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return err
	}
}

// run looks who waits until the Source ends. Whoever reads while nobody can
// look is stopped.
func (w *watcher) run() {
	ctx, stop := w.src.end.bind(context.Background())
	defer stop()
	tick := time.NewTicker(w.tm.poll)
	defer tick.Stop()
	seen, state := time.Now(), time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := w.look(ctx)
		if err == nil && w.src.snap.Standby && time.Since(state) >= w.tm.standby {
			state = time.Now()
			err = w.lookAtStandby(ctx)
		}
		var void *VoidError
		switch {
		case err == nil:
			seen = time.Now()
		case ctx.Err() != nil:
			return
		case errors.As(err, &void):
			w.src.end.with(err)
		case time.Since(seen) > w.tm.unwatched:
			w.src.pool.halt(fault.New(fault.Transient, "the session that watches who waits for us is lost"))
			seen = time.Now()
		}
		if err != nil {
			w.src.cfg.Log.Warn("the watcher could not look", "error", catalog.Redact(err))
		}
	}
}

// whoWaits costs nothing while everybody's locks are granted, which is nearly
// always: pg_blocking_pids stops the whole lock manager for a moment.
const whoWaits = `SELECT EXISTS (SELECT FROM pg_catalog.pg_locks WHERE NOT granted)`

// whoWaitsForUs names each waiter and whom it waits for. pg_blocking_pids knows
// nothing of a standby's startup process; it waits for ACCESS EXCLUSIVE, which
// every lock on the same table is in the way of.
const whoWaitsForUs = `
SELECT w.pid::int8, b.pid::int8, w.locktype, coalesce(w.mode, ''), coalesce(w.relation, 0)::int8,
       coalesce(n.nspname, ''), coalesce(c.relname, ''),
       coalesce(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - w.waitstart), 0)::float8,
       coalesce(a.usename, ''), coalesce(a.application_name, ''),
       coalesce(p.command, CASE WHEN p.pid IS NOT NULL THEN 'CREATE INDEX CONCURRENTLY' END, nullif(a.backend_type, 'client backend'), ''),
       p.pid IS NOT NULL AND coalesce(p.phase = 'waiting for old snapshots', true)
FROM pg_catalog.pg_locks w
CROSS JOIN LATERAL (
     SELECT pg_catalog.unnest(pg_catalog.pg_blocking_pids(w.pid))
     UNION
     SELECT h.pid FROM pg_catalog.pg_locks h
     WHERE h.granted AND h.locktype = 'relation' AND w.locktype = 'relation' AND w.mode = 'AccessExclusiveLock'
       AND h.database = w.database AND h.relation = w.relation AND h.pid <> w.pid) AS b(pid)
JOIN pg_catalog.pg_stat_activity ours ON ours.pid = b.pid AND ours.application_name = $1
LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = w.pid
LEFT JOIN pg_catalog.pg_class c ON c.oid = w.relation
      AND w.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_stat_progress_create_index p ON p.pid = w.pid
WHERE NOT w.granted AND a.application_name IS DISTINCT FROM $1`

// look finds who waits for us and acts on it.
func (w *watcher) look(ctx context.Context) error {
	return w.fresh(ctx, func(ctx context.Context, conn *session) error {
		var anybody bool
		if err := conn.QueryRow(ctx, whoWaits).Scan(&anybody); err != nil {
			return err
		}
		found := map[wait]*waiting{}
		if anybody {
			if err := w.find(ctx, conn, found); err != nil {
				return err
			}
		}
		w.forget(found)
		for key, one := range found {
			if err := w.act(ctx, conn, key.blocker, one); err != nil {
				return err
			}
		}
		return nil
	})
}

// find lists who waits for us at this moment.
func (w *watcher) find(ctx context.Context, conn *session, found map[wait]*waiting) error {
	rows, err := conn.Query(ctx, whoWaitsForUs, w.src.opener.name)
	if err != nil {
		return err
	}
	var (
		key         wait
		one         Waiter
		seconds     float64
		oldSnapshot bool
	)
	_, err = pgx.ForEachRow(rows, []any{
		&key.pid, &key.blocker, &key.locktype, &one.Mode, &key.relation, &one.Table.Schema, &one.Table.Name,
		&seconds, &one.User, &one.Application, &one.Command, &oldSnapshot,
	}, func() error {
		one.PID = key.pid
		one.Waited = time.Duration(seconds * float64(time.Second))
		one.Snapshot = key.locktype == "virtualxid" && (oldSnapshot || w.src.keepers.has(key.blocker))
		found[key] = w.note(key, one)
		return nil
	})
	return err
}

// note enters a waiter into the report, or brings its entry up to date.
func (w *watcher) note(key wait, one Waiter) *waiting {
	w.list.Lock()
	defer w.list.Unlock()
	entry := w.present[key]
	if entry == nil {
		entry = &waiting{Waiter: one}
		entry.Since = time.Now().Add(-one.Waited)
		w.present[key] = entry
		if len(w.all) < maxWaiters {
			w.all = append(w.all, entry)
		}
	}
	// The server's own figure is missing for the first instants of a wait.
	entry.Waited = max(one.Waited, time.Since(entry.Since))
	return entry
}

// forget lets go of waits that are over.
func (w *watcher) forget(found map[wait]*waiting) {
	w.list.Lock()
	defer w.list.Unlock()
	for key := range w.present {
		if found[key] == nil {
			delete(w.present, key)
		}
	}
}

// act has the session of ours give way for which somebody has waited too long:
// it is cancelled, and ended if that does not help. A server process that
// sends rows to a reader whose target is busy hears only the second.
func (w *watcher) act(ctx context.Context, conn *session, blocker uint32, entry *waiting) error {
	limit := w.src.cfg.MaxBlock
	w.list.Lock()
	one, first := entry.Waiter, entry.told.IsZero()
	if one.Waited < limit || (!first && (one.Snapshot || time.Since(entry.told) < limit)) {
		w.list.Unlock()
		return nil
	}
	entry.told = time.Now()
	entry.Yielded = !one.Snapshot
	w.list.Unlock()

	if one.Snapshot {
		w.snapshotWaiter(&one)
		return nil
	}
	w.src.cfg.Log.Info("giving way", "to", one.who(), "waited", one.Waited, "table", one.Table, "cancelled", first)
	if r := w.src.pool.with(blocker); r != nil {
		r.yield(&one)
	} else {
		w.list.Lock()
		w.dumpTo = &one
		w.list.Unlock()
	}
	signal := "pg_cancel_backend"
	if !first {
		signal = "pg_terminate_backend"
	}
	_, err := conn.Exec(ctx, "SELECT pg_catalog."+signal+"($1::int4)", int32(blocker))
	return err
}

// snapshotWaiter deals with a session that waits for the snapshot itself, as
// CREATE INDEX CONCURRENTLY does. No chunk can give way to it.
func (w *watcher) snapshotWaiter(one *Waiter) {
	if w.src.cfg.OnCIC == "abort" {
		w.src.end.with(fault.New(fault.Transient, "%s waits for our snapshot, and source.on_cic is abort", one.who()).
			WithHint("run again when it is done"))
		return
	}
	w.src.cfg.Warn(fmt.Sprintf("%s waits for our snapshot and will wait until the data has been read (source.on_cic: abort would end the run instead)", one.who()))
}

// dumpYield tells whom pg_dump gave way to since the last call.
func (w *watcher) dumpYield() *Waiter {
	w.list.Lock()
	defer w.list.Unlock()
	to := w.dumpTo
	w.dumpTo = nil
	return to
}

// seen lists everybody who has waited, in the order of the first look.
func (w *watcher) seen() []Waiter {
	w.list.Lock()
	defer w.list.Unlock()
	out := make([]Waiter, 0, len(w.all))
	for _, entry := range w.all {
		out = append(out, entry.Waiter)
	}
	return out
}

func (w *watcher) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conn.close()
	w.conn = nil
}
