package extract

import (
	"context"
	"maps"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// timings are the intervals that tests shorten.
type timings struct {
	ping      time.Duration // between two signs of life of a keeper
	idle      time.Duration // after which the server ends a silent keeper
	reply     time.Duration // how long a keeper or the watcher may take to answer
	poll      time.Duration // between two looks at who waits
	standby   time.Duration // between two looks at the standby's state
	unwatched time.Duration // how long readers may go on while nobody watches
	stall     time.Duration // silence of a reader's link before it is examined
	lagGrace  time.Duration // how long a lagging standby may take to catch up
	dumpRetry time.Duration // pause before pg_dump is tried again
}

var defaultTimings = timings{
	ping:      30 * time.Second,
	idle:      5 * time.Minute,
	reply:     10 * time.Second,
	poll:      250 * time.Millisecond,
	standby:   time.Second,
	unwatched: 10 * time.Second,
	stall:     30 * time.Second,
	lagGrace:  time.Minute,
	dumpRetry: 2 * time.Second,
}

// closeTimeout bounds the farewell to a server that may not answer.
const closeTimeout = 2 * time.Second

// keeperSettings let production go when our machine has vanished: a keeper is
// idle in its transaction, so that limit ends it.
func keeperSettings(tm timings) map[string]string {
	return map[string]string{"idle_in_transaction_session_timeout": milliseconds(tm.idle)}
}

// watcherSettings keep the watcher's own look-ups short whatever happens.
var watcherSettings = map[string]string{"statement_timeout": "30s", "lock_timeout": "1s"}

// readerSettings make a chunk's rows come in ctid order from one process:
// another scan's position must not be the start, and a Gather would mix them.
var readerSettings = map[string]string{
	"synchronize_seqscans":            "off",
	"max_parallel_workers_per_gather": "0",
	"enable_tidscan":                  "on",
	// Readers wait on us while the target is busy; only the watcher and the
	// link decide that one has taken too long.
	"idle_in_transaction_session_timeout": "5min",
}

// serverIdentity tells two servers apart. A restart changes it too, and a
// snapshot does not survive one.
type serverIdentity struct {
	version int
	started string // pg_postmaster_start_time
	standby bool
	system  string // system identifier, empty where it may not be read
}

// opener opens sessions, all on the server that the first one reached.
type opener struct {
	dsn  catalog.DSN
	name string

	mu     sync.Mutex
	addr   string // empty until the first session is open
	server serverIdentity
}

// session is a connection and the server process behind it, which a pooler in
// session mode hides from the protocol.
type session struct {
	*pgx.Conn
	pid      uint32
	prepared bool // the guard's statement
}

// open connects, and refuses another server than the one the run began with:
// a host name may stand for several, and a failover may have moved it.
func (o *opener) open(ctx context.Context, settings map[string]string) (*session, error) {
	o.mu.Lock()
	addr := o.addr
	o.mu.Unlock()
	conn, err := catalog.Connect(ctx, o.dsn, catalog.Session{
		AppName: o.name, ReadOnly: true, Settings: maps.Clone(settings), HostAddr: addr,
	})
	if err != nil {
		return nil, err
	}
	server, pid, err := identify(ctx, conn)
	one := &session{Conn: conn, pid: pid}
	if err != nil {
		one.close()
		return nil, fault.Wrap(transientOr(fault.Preflight, err), catalog.Redact(err), "identify the source")
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.addr == "" {
		o.addr, o.server = catalog.Address(conn), server
		return one, nil
	}
	if server != o.server {
		one.close()
		return nil, &VoidError{What: "the source has been restarted, promoted or replaced by another server"}
	}
	return one, nil
}

func identify(ctx context.Context, conn *pgx.Conn) (id serverIdentity, pid uint32, err error) {
	var readable bool
	err = conn.QueryRow(ctx, `
		SELECT pg_catalog.pg_backend_pid()::int8,
		       pg_catalog.current_setting('server_version_num')::int4,
		       pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time())::text,
		       pg_catalog.pg_is_in_recovery(),
		       pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')`).
		Scan(&pid, &id.version, &id.started, &id.standby, &readable)
	if err != nil || !readable {
		return id, pid, err
	}
	err = conn.QueryRow(ctx, `SELECT system_identifier::text FROM pg_catalog.pg_control_system()`).Scan(&id.system)
	return id, pid, err
}

// close says good-bye without waiting long, and returns when the socket is
// really closed.
func (s *session) close() {
	if s == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = s.Close(ctx) // the server notices a broken link on its own
	select {
	case <-s.PgConn().CleanupDone():
	case <-ctx.Done():
		_ = s.PgConn().Conn().Close()
	}
}

func transientOr(kind fault.Kind, err error) fault.Kind {
	if catalog.Transient(err) {
		return fault.Transient
	}
	return kind
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
