package extract

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/understudy-db/understudy/catalog"
)

// pool lends readers, each to one piece of work at a time. A reader that is not
// connected keeps its place: the session is opened when somebody needs it.
type pool struct {
	opener  *opener
	end     *ending
	readers []*reader
	free    chan *reader

	warn func(string)

	mu     sync.Mutex
	places int // of readers that have not been given up
	closed bool
}

// reader is one session that reads rows.
type reader struct {
	conn *session // nil while not connected
	copy copyReader

	pid  atomic.Uint32 // 0 while not connected; for the watcher
	mu   sync.Mutex
	by   *Waiter                 // whom the present work gave way to
	halt context.CancelCauseFunc // ends the present work
}

func newPool(o *opener, end *ending, n int, warn func(string)) *pool {
	p := &pool{opener: o, end: end, free: make(chan *reader, n), warn: warn, places: n}
	for range n {
		r := &reader{}
		p.readers = append(p.readers, r)
		p.free <- r
	}
	return p
}

// place waits for a reader that nobody uses, connected or not.
func (p *pool) place(ctx context.Context) (*reader, error) {
	select {
	case <-p.end.done:
		return nil, p.end.cause()
	default:
	}
	select {
	case r := <-p.free:
		return r, nil
	case <-p.end.done:
		return nil, p.end.cause()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// take waits for a reader and connects it. Where the source takes no more
// sessions the reader is given up, and the work waits for one of the others.
func (p *pool) take(ctx context.Context) (*reader, error) {
	for {
		r, err := p.place(ctx)
		if err != nil {
			return nil, err
		}
		err = p.connect(ctx, r)
		if err == nil {
			return r, nil
		}
		if catalog.SQLState(err) != stateTooManyConnections || !p.retire() {
			p.put(r)
			return nil, err
		}
	}
}

// retire gives one reader's place up; false if it is the last one.
func (p *pool) retire() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.places == 1 {
		return false
	}
	p.places--
	p.warn(fmt.Sprintf("the source takes no more sessions (SQLSTATE %s): reading goes on with %d at a time", stateTooManyConnections, p.places))
	return true
}

// connect gives the reader a session if it has none.
func (p *pool) connect(ctx context.Context, r *reader) error {
	if r.conn != nil && !r.conn.IsClosed() {
		return nil
	}
	r.disconnect()
	conn, err := p.opener.open(ctx, readerSettings)
	if err != nil {
		return err
	}
	r.conn = conn
	r.pid.Store(conn.pid)
	return nil
}

// put ends the loan.
func (p *pool) put(r *reader) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		r.disconnect()
	}
	p.free <- r
}

// rest ends all sessions that nobody uses. They are opened again when needed.
func (p *pool) rest() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range len(p.free) {
		r := <-p.free
		r.disconnect()
		p.free <- r
	}
}

// close ends all sessions that nobody uses; the others end as they come back.
func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.rest()
}

// with finds the reader behind a server process, nil if it is not a reader's.
func (p *pool) with(pid uint32) *reader {
	for _, r := range p.readers {
		if pid != 0 && r.pid.Load() == pid {
			return r
		}
	}
	return nil
}

// halt ends all work under way with a cause.
func (p *pool) halt(cause error) {
	for _, r := range p.readers {
		r.mu.Lock()
		if r.halt != nil {
			r.halt(cause)
		}
		r.mu.Unlock()
	}
}

func (r *reader) disconnect() {
	r.pid.Store(0)
	r.conn.close()
	r.conn = nil
}

// yield notes whom the present work gives way to.
func (r *reader) yield(to *Waiter) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.by = to
}

func (r *reader) yieldedTo() *Waiter {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.by
}

// start opens a new piece of work.
func (r *reader) start(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancelCause(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.by, r.halt = nil, cancel
	return ctx
}

func (r *reader) finish() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.halt(nil)
	r.halt = nil
}

// work says what a reader does and which tables it reads.
type work struct {
	what  string
	table *catalog.Table
	joins []*catalog.Table
	lock  bool // take the tables' locks and compare them with the snapshot
	now   bool // see the source as it is now, not under the snapshot
}

func (w work) String() string {
	if w.table == nil {
		return w.what
	}
	return fmt.Sprintf("%s %s", w.what, w.table.Name)
}

func (w work) tables() []*catalog.Table {
	if !w.lock {
		return nil
	}
	out := []*catalog.Table{w.table}
	for _, t := range w.joins {
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// importTries bounds how often a transaction is begun anew because the keeper
// whose snapshot it imports has just been lost.
const importTries = 3

// within runs fn in one short read-only transaction under the snapshot. The
// transaction is always rolled back, so that nothing that SQL of a policy may
// have done to session or server (settings, notifications, large objects)
// outlives it.
func (s *Source) within(ctx context.Context, w work, fn func(context.Context, *reader) error) error {
	ctx, stop := s.end.bind(ctx)
	defer stop()
	r, err := s.pool.take(ctx)
	if err != nil {
		if cause := s.end.cause(); cause != nil {
			return cause
		}
		return err
	}
	defer s.pool.put(r)
	ctx = r.start(ctx)
	defer r.finish()
	if err := s.begin(ctx, r, w); err != nil {
		return s.explain(ctx, r, w, s.rolledBack(r, err))
	}
	err = fn(ctx, r)
	var theirs *callerError
	if errors.As(err, &theirs) {
		return fmt.Errorf("%s: %w", w, s.rolledBack(r, theirs.err))
	}
	return s.explain(ctx, r, w, s.rolledBack(r, err))
}

// apart runs fn in a short read-only transaction of its own that sees the
// source as it is now.
func (s *Source) apart(ctx context.Context, w work, fn func(context.Context, *reader) error) error {
	w.now = true
	return s.within(ctx, w, fn)
}

// begin opens the transaction, imports the snapshot and takes the locks.
func (s *Source) begin(ctx context.Context, r *reader, w work) error {
	limit := "; SET LOCAL lock_timeout = " + milliseconds(s.cfg.LockTimeout)
	if w.now {
		return r.exec(ctx, "BEGIN ISOLATION LEVEL READ COMMITTED, READ ONLY"+limit)
	}
	var lock string
	var oids []catalog.OID
	for i, t := range w.tables() {
		if i > 0 {
			lock += ", "
		}
		lock += "ONLY " + t.Name.SQL()
		oids = append(oids, t.OID)
	}
	if lock != "" {
		lock = "LOCK TABLE " + lock + " IN ACCESS SHARE MODE"
	}
	// A table must be known as the snapshot shows it before its lock can fail,
	// or nobody could tell why.
	unknown := s.guard.unknown(oids)
	for try := 1; ; try++ {
		id, err := s.keepers.id()
		if err != nil {
			return err
		}
		sql := "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; " + importSnapshot(id) + limit
		if lock != "" && len(unknown) == 0 {
			sql += "; " + lock
		}
		if err = r.exec(ctx, sql); err == nil {
			break
		}
		state := catalog.SQLState(err)
		if (state != stateInvalidParameter && state != stateUndefinedObject) || try == importTries {
			return err
		}
		if err := r.exec(ctx, "ROLLBACK"); err != nil {
			return err
		}
		s.keepers.suspect(ctx)
	}
	if len(unknown) == 0 {
		return nil
	}
	if err := s.learn(ctx, r, unknown); err != nil {
		return err
	}
	return r.exec(ctx, lock)
}

// endTransaction also lets go what a rollback does not.
const endTransaction = "ROLLBACK; SELECT pg_catalog.pg_advisory_unlock_all()"

// rolledBack ends the reader's transaction and hands err on. A session that
// cannot even do that is given up.
func (s *Source) rolledBack(r *reader, err error) error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if r.conn.IsClosed() || r.exec(ctx, endTransaction) != nil {
		r.disconnect()
	}
	return err
}

// exec runs statements that return nothing.
func (r *reader) exec(ctx context.Context, sql string) error {
	return r.conn.PgConn().Exec(ctx, sql).Close()
}

// callerError marks an error that came from a function of the caller's, which
// is handed back as it is.
type callerError struct{ err error }

func (e *callerError) Error() string { return e.err.Error() }
