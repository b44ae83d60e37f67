package load

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/understudy-db/understudy/catalog"
)

const (
	// frameSize is what one CopyData message carries: large enough to make
	// system calls rare, small enough to stay in the cache.
	frameSize = 256 << 10
	// framesPerWriter: one being filled, one being sent, two between.
	framesPerWriter = 4
)

// session is a connection that loads one table after the other, with its buffers.
type session struct {
	conn   *pgx.Conn
	pg     *pgconn.PgConn
	id     backend
	frames chan []byte // free ones; len 0, cap frameSize
}

// backend names a server process beyond the reuse of its pid: every session
// that loads has an application_name of its own.
type backend struct {
	pid         uint32
	application string
}

// acquire takes a session at rest or opens one.
func (b *Build) acquire(ctx context.Context) (*session, error) {
	if err := b.endLost(ctx); err != nil {
		return nil, err
	}
	if s := b.atRest(); s != nil {
		return s, nil
	}
	for {
		s, err := b.openSession(ctx)
		// Where the target takes no more sessions, the load waits for another
		// one's to be given back.
		if catalog.SQLState(err) != stateTooManyConnections || b.busy.Load() == 0 {
			return s, err
		}
		b.full.Do(func() {
			b.s.warn("the target takes no more sessions (SQLSTATE %s): loading goes on with %d", stateTooManyConnections, b.busy.Load())
		})
		select {
		case <-b.returned:
		case <-time.After(retryEvery):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if s := b.atRest(); s != nil {
			return s, nil
		}
	}
}

// atRest takes a session that has nothing to do, nil if there is none.
func (b *Build) atRest() *session {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := len(b.idle)
	if n == 0 {
		return nil
	}
	s := b.idle[n-1]
	b.idle = b.idle[:n-1]
	b.busy.Add(1)
	return s
}

// openSession opens a session that loads. While others work it does not wait
// for room on the server.
func (b *Build) openSession(ctx context.Context) (*session, error) {
	// What a crash of the server could lose of a load is found by Verify in
	// the ledger, so no commit has to wait for the disk.
	purpose := fmt.Sprintf("load %d", b.opened.Add(1))
	conn, err := b.connect(ctx, purpose, map[string]string{"synchronous_commit": "off"})
	if err != nil {
		return nil, err
	}
	b.busy.Add(1)
	s := &session{conn: conn, pg: conn.PgConn(), frames: make(chan []byte, framesPerWriter)}
	s.id = backend{s.pg.PID(), b.s.appName(purpose)}
	for range framesPerWriter {
		s.frames <- make([]byte, 0, frameSize)
	}
	return s, nil
}

// giveBack returns a session outside any transaction.
func (b *Build) giveBack(s *session) {
	b.mu.Lock()
	b.idle = append(b.idle, s)
	b.mu.Unlock()
	b.released()
}

// released tells one load that waits for a session that there may be one.
func (b *Build) released() {
	b.busy.Add(-1)
	select {
	case b.returned <- struct{}{}:
	default:
	}
}

// discard closes a session that may still be in a transaction, without waiting
// for the server, and remembers the process behind it. What broke it may have
// broken the sessions at rest as well: nobody is to find that out one by one.
func (b *Build) discard(s *session) {
	_ = s.pg.Conn().Close()
	closeQuietly(s.conn)
	b.mu.Lock()
	b.lost = append(b.lost, s.id)
	b.mu.Unlock()
	b.closeSessions()
	b.released()
}

// endLost ends the server processes whose connections we lost. One of them may
// not have noticed, and would keep its locks and its ledger row for as long as
// the network takes to find out.
func (b *Build) endLost(ctx context.Context) error {
	b.mu.Lock()
	lost := b.lost
	b.lost = nil
	b.mu.Unlock()
	if len(lost) == 0 {
		return nil
	}
	err := b.s.admin(ctx, func(conn *pgx.Conn) error {
		for _, l := range lost {
			if _, err := conn.Exec(ctx, `
				SELECT pg_catalog.pg_terminate_backend(pid, 5000) FROM pg_catalog.pg_stat_activity
				WHERE pid = $1 AND application_name = $2 AND datid = $3`, l.pid, l.application, b.oid); err != nil {
				return b.s.failed(err, "end a lost session")
			}
		}
		return nil
	})
	if err != nil {
		b.mu.Lock()
		b.lost = append(b.lost, lost...)
		b.mu.Unlock()
	}
	return err
}

// closeSessions ends the sessions at rest, so that the generation can be
// cloned, renamed or dropped.
func (b *Build) closeSessions() {
	b.mu.Lock()
	idle := b.idle
	b.idle = nil
	b.mu.Unlock()
	for _, s := range idle {
		closeQuietly(s.conn)
	}
}
