package load

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// lockKind is one of the locks of a staging database.
type lockKind string

const (
	buildLock   lockKind = "build"   // one refresh at a time
	publishLock lockKind = "publish" // one swap, reset, rollback or drop of a finished generation at a time
	serveLock   lockKind = "serve"   // one scheduler that begins refreshes
)

// pingEvery is how often a lock's session is asked whether it still lives.
// A session that the server ends is noticed at once; this is for silence.
const (
	pingEvery   = 15 * time.Second
	pingTimeout = 15 * time.Second
	// letGoAfter is when the server ends a lock's session that gives no sign of
	// life: a machine that hangs must not keep others from taking over.
	letGoAfter = 5 * time.Minute
)

// Holder is a session that holds a lock.
type Holder struct {
	Lock        string // build or publish
	PID         uint32
	Application string    // understudy/<run> and the lock
	User        string    // empty where the server does not tell us
	Client      string    // address; empty for a local socket or where the server does not tell us
	Since       time.Time // zero where the server does not tell us
}

func (h Holder) String() string {
	var b strings.Builder
	name := h.Application
	if name == "" {
		name = "another run"
	}
	fmt.Fprintf(&b, "%s (pid %d", strings.TrimSuffix(name, " "+h.Lock), h.PID)
	if h.User != "" {
		b.WriteString(", role " + catalog.Display(h.User))
	}
	if h.Client != "" {
		b.WriteString(", from " + h.Client)
	}
	if !h.Since.IsZero() {
		b.WriteString(", since " + h.Since.UTC().Format(time.RFC3339))
	}
	return b.String() + ")"
}

// lock is a held advisory lock and the session it lives in.
type lock struct {
	conn   *pgx.Conn
	key    int64
	cancel context.CancelCauseFunc
	done   chan struct{} // closed when watch has returned
	once   sync.Once

	mu                   sync.Mutex
	listening, releasing bool
}

// LockBuild takes the lock that lets one refresh run at a time for this project
// and staging, on a session of its own. The second comer gets fault.Busy naming
// the holder. The context returned ends when the session and so the lock is
// lost: everything that relies on the lock runs under it. release gives the
// lock back and may be called twice.
func (s *Server) LockBuild(ctx context.Context) (held context.Context, release func(), err error) {
	return s.lock(ctx, buildLock)
}

// LockPublish is LockBuild for what changes staging and finished generations:
// swap, reset, rollback, dropping. Publish, Resume, Reset and Rollback take it
// themselves unless this Server holds it already.
func (s *Server) LockPublish(ctx context.Context) (held context.Context, release func(), err error) {
	return s.lock(ctx, publishLock)
}

// LockServe is LockBuild for who begins refreshes on a schedule: of several
// schedulers one does.
func (s *Server) LockServe(ctx context.Context) (held context.Context, release func(), err error) {
	return s.lock(ctx, serveLock)
}

func (s *Server) lock(ctx context.Context, kind lockKind) (context.Context, func(), error) {
	conn, err := s.dial(ctx, string(kind), "idle_session_timeout", strconv.FormatInt(letGoAfter.Milliseconds(), 10)+"ms")
	if err != nil {
		return nil, nil, err
	}
	key := s.lockKey(kind)
	if err := s.acquire(ctx, conn, kind, key); err != nil {
		closeQuietly(conn)
		return nil, nil, err
	}
	held, cancel := context.WithCancelCause(ctx)
	l := &lock{conn: conn, key: key, cancel: cancel, done: make(chan struct{})}
	go l.watch(kind)

	s.mu.Lock()
	s.held[kind] = l
	s.mu.Unlock()
	release := func() {
		s.mu.Lock()
		if s.held[kind] == l {
			delete(s.held, kind)
		}
		s.mu.Unlock()
		l.release()
	}
	return held, release, nil
}

// underPublish runs act under the publish lock, the one held already or a new one.
func (s *Server) underPublish(ctx context.Context, act func(context.Context) error) error {
	s.mu.Lock()
	have := s.held[publishLock] != nil
	s.mu.Unlock()
	if have {
		return act(ctx)
	}
	held, release, err := s.LockPublish(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := act(held); err != nil {
		if lost := context.Cause(held); lost != nil && ctx.Err() == nil {
			return lost
		}
		return err
	}
	return nil
}

// lockKey is the same for every run of this project and staging, whatever
// database, host name or role it uses.
func (s *Server) lockKey(kind lockKind) int64 {
	sum := sha256.Sum256([]byte("understudy\x00" + string(kind) + "\x00" + s.cfg.Project + "\x00" + s.cfg.Staging))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

// acquire tries once. Advisory locks belong to one database, and another run
// may use another maintenance database; so it takes the lock first and then
// looks for others in all databases. Of two that do so at the same moment at
// least one sees the other.
func (s *Server) acquire(ctx context.Context, conn *pgx.Conn, kind lockKind, key int64) error {
	var got bool
	if err := conn.QueryRow(ctx, `SELECT pg_catalog.pg_try_advisory_lock($1)`, key).Scan(&got); err != nil {
		return s.failed(err, "take the %s lock", kind)
	}
	holders, err := s.holders(ctx, conn, kind)
	if err != nil {
		return err
	}
	if got && len(holders) == 0 {
		return nil
	}
	who := "another run that has just ended"
	if len(holders) > 0 {
		who = holders[0].String()
	}
	return fault.New(fault.Busy, "the %s lock of %s is held by %s", kind, catalog.Display(s.cfg.Staging), who).
		WithHint("wait for it to end, or end its session: SELECT pg_terminate_backend(pid);")
}

// holders are the other sessions that hold a lock of this staging.
func (s *Server) holders(ctx context.Context, conn *pgx.Conn, kind lockKind) ([]Holder, error) {
	key := uint64(s.lockKey(kind))
	rows, err := conn.Query(ctx, `
		SELECT l.pid, COALESCE(a.application_name, ''), COALESCE(a.usename::text, ''),
		       COALESCE(pg_catalog.host(a.client_addr), ''), a.backend_start
		FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
		WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted AND l.pid <> pg_catalog.pg_backend_pid()
		  AND l.classid = $1 AND l.objid = $2
		ORDER BY a.backend_start`, uint32(key>>32), uint32(key))
	if err != nil {
		return nil, s.failed(err, "look for the %s lock", kind)
	}
	holders, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Holder, error) {
		h := Holder{Lock: string(kind)}
		var since *time.Time
		err := row.Scan(&h.PID, &h.Application, &h.User, &h.Client, &since)
		if since != nil {
			h.Since = *since
		}
		return h, err
	})
	if err != nil {
		return nil, s.failed(err, "look for the %s lock", kind)
	}
	return holders, nil
}

// watch waits for the session to break. The server says nothing on it, so a
// read returns at once when the session is ended from the other side.
func (l *lock) watch(kind lockKind) {
	defer close(l.done)
	for l.listen() {
		// The read ran into its deadline, which leaves the session whole, or
		// the session is gone; a round trip tells which.
		_ = l.conn.PgConn().Conn().SetReadDeadline(time.Now().Add(pingTimeout))
		if err := l.conn.Ping(context.Background()); err != nil {
			l.cancel(fault.Wrap(fault.Transient, catalog.Redact(err), "the %s lock is lost", kind).
				WithHint("staging is as it was; run it again"))
			return
		}
	}
}

// listen reads until pingEvery is over or the session breaks; false once the
// lock is being released. The deadline is the connection's own: a context's
// would have pgx send a cancel request for nothing.
func (l *lock) listen() bool {
	l.mu.Lock()
	if l.releasing {
		l.mu.Unlock()
		return false
	}
	l.listening = true
	_ = l.conn.PgConn().Conn().SetReadDeadline(time.Now().Add(pingEvery))
	l.mu.Unlock()

	_ = l.conn.PgConn().WaitForNotification(context.Background())

	l.mu.Lock()
	defer l.mu.Unlock()
	l.listening = false
	return !l.releasing
}

// release unlocks before it closes: a session's locks may outlive its
// connection by a moment, and the next run would find them.
func (l *lock) release() {
	l.once.Do(func() {
		l.mu.Lock()
		l.releasing = true
		if l.listening {
			_ = l.conn.PgConn().Conn().SetReadDeadline(time.Unix(1, 0))
		}
		l.mu.Unlock()
		<-l.done
		_ = l.conn.PgConn().Conn().SetReadDeadline(time.Time{})
		ctx, cancel := context.WithTimeout(context.Background(), cleanupTimeout)
		defer cancel()
		_, _ = l.conn.Exec(ctx, `SELECT pg_catalog.pg_advisory_unlock($1)`, l.key)
		_ = l.conn.Close(ctx)
		l.cancel(context.Canceled)
	})
}
