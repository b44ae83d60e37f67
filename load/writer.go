package load

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

const (
	// frameHeader is the type byte and the length of a CopyData message.
	frameHeader = 5
	// abortTimeout bounds the orderly end of a COPY that failed. After it the
	// connection is cut and the server process ended from another session.
	abortTimeout = 5 * time.Second
)

// binaryHeader and binaryTrailer frame the rows of a binary COPY.
var (
	binaryHeader  = []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	binaryTrailer = []byte{0xff, 0xff}
	copyDone      = []byte{'c', 0, 0, 0, 4}
	copyFail      = []byte{'f', 0, 0, 0, 5, 0}
)

var (
	errAborted = errors.New("the load was aborted")
	// errRolledBack: COMMIT in a transaction that has failed is a rollback,
	// without an error.
	errRolledBack = errors.New("the target rolled back instead of committing")
)

// TableWriter is one COPY into a table, in a transaction of its own. Write,
// Commit and Abort are called from one goroutine at a time; Commit or Abort is
// called exactly once at the end, Abort may also follow a failed Commit.
//
// Write fills frames that a goroutine sends; another goroutine reads what the
// server says, so that an error shows at the next Write and not at the end.
type TableWriter struct {
	b    *Build
	s    *session
	load TableLoad
	key  loadKey

	cur  []byte      // the frame being filled
	full chan []byte // to the sender

	sent     chan struct{} // closed when the sender has returned
	received chan struct{} // closed when the receiver has returned: the COPY is over

	failOnce sync.Once
	failed   chan struct{} // closed when err is set
	err      error         // why; *pgconn.PgError for the server's reason

	reported int64 // rows, from CommandComplete
	clean    bool  // the server said ReadyForQuery: the session can go on
	watches  []func() bool
	finished bool
}

// start sends the statements, the last of which is COPY … FROM STDIN, and gets
// ready to take rows.
func (b *Build) start(ctx context.Context, load TableLoad, key loadKey, sql string) (*TableWriter, error) {
	s, err := b.acquire(ctx)
	if err != nil {
		return nil, err
	}
	w := &TableWriter{
		b: b, s: s, load: load, key: key,
		full: make(chan []byte, framesPerWriter), failed: make(chan struct{}),
		sent: make(chan struct{}), received: make(chan struct{}),
	}
	w.watch(ctx)
	if err := w.begin(sql); err != nil {
		w.fail(err)
		w.settle()
		return nil, w.failure()
	}
	w.cur = <-s.frames
	w.cur = w.cur[:frameHeader]
	if load.Binary {
		w.cur = append(w.cur, binaryHeader...)
	}
	go w.send(w.full)
	go w.receive()
	return w, nil
}

// watch makes the end of ctx end every read and write of the connection.
func (w *TableWriter) watch(ctx context.Context) {
	conn := w.s.pg.Conn()
	w.watches = append(w.watches, context.AfterFunc(ctx, func() {
		w.fail(context.Cause(ctx))
		_ = conn.SetDeadline(time.Unix(1, 0))
	}))
}

// unwatch ends all watches; false if one of them has cut the connection.
func (w *TableWriter) unwatch() bool {
	whole := true
	for _, stop := range w.watches {
		if !stop() {
			whole = false
		}
	}
	w.watches = nil
	return whole
}

// begin sends sql and reads up to the invitation to send rows.
func (w *TableWriter) begin(sql string) error {
	w.s.pg.Frontend().SendQuery(&pgproto3.Query{String: sql})
	if err := w.s.pg.Frontend().Flush(); err != nil {
		return err
	}
	var refused error
	for {
		msg, err := w.s.pg.ReceiveMessage(context.Background())
		if err != nil {
			return err
		}
		switch msg := msg.(type) {
		case *pgproto3.CopyInResponse:
			return nil
		case *pgproto3.ErrorResponse:
			refused = pgconn.ErrorResponseToPgError(msg)
		case *pgproto3.ReadyForQuery:
			w.clean = true
			if refused == nil {
				refused = errors.New("the server did not start the COPY")
			}
			return refused
		}
	}
}

// Write hands rows on, in any split, without the binary format's header and
// trailer. It copies p. An error is that of the load as a whole.
func (w *TableWriter) Write(p []byte) (int, error) {
	total := len(p)
	for {
		n := copy(w.cur[len(w.cur):cap(w.cur)], p)
		w.cur = w.cur[:len(w.cur)+n]
		p = p[n:]
		if len(p) == 0 {
			return total, nil
		}
		if err := w.pass(); err != nil {
			return total - len(p), w.describe(err)
		}
	}
}

// pass gives the current frame to the sender and takes a free one.
func (w *TableWriter) pass() error {
	if w.cur == nil {
		return w.err // an earlier pass found the load failed
	}
	binary.BigEndian.PutUint32(w.cur[1:], uint32(len(w.cur)-1))
	w.cur[0] = 'd'
	select {
	case <-w.failed:
		return w.err
	case w.full <- w.cur:
	}
	select {
	case <-w.failed:
		w.cur = nil
		return w.err
	case w.cur = <-w.s.frames:
	}
	w.cur = w.cur[:frameHeader]
	return nil
}

// send writes frames until there are no more. After a failure it only takes
// them back: the server drops what still comes.
func (w *TableWriter) send(full <-chan []byte) {
	defer close(w.sent)
	for frame := range full {
		select {
		case <-w.failed:
		default:
			if _, err := w.s.pg.Conn().Write(frame); err != nil {
				w.fail(err)
			}
		}
		w.s.frames <- frame[:0]
	}
}

// receive reads what the server says until the COPY is over.
func (w *TableWriter) receive() {
	defer close(w.received)
	for {
		msg, err := w.s.pg.ReceiveMessage(context.Background())
		if err != nil {
			w.fail(err)
			return
		}
		switch msg := msg.(type) {
		case *pgproto3.CommandComplete:
			w.reported = pgconn.NewCommandTag(string(msg.CommandTag)).RowsAffected()
		case *pgproto3.ErrorResponse:
			w.fail(pgconn.ErrorResponseToPgError(msg))
		case *pgproto3.ReadyForQuery:
			w.clean = true
			return
		}
	}
}

// fail keeps the first reason and stops everybody.
func (w *TableWriter) fail(err error) {
	w.failOnce.Do(func() {
		w.err = err
		close(w.failed)
	})
}

// failure is the reason, nil if all is well.
func (w *TableWriter) failure() error {
	select {
	case <-w.failed:
		return w.err
	default:
		return nil
	}
}

// Commit ends the COPY and commits it, if the target took exactly as many rows
// as were handed on. An error of kind fault.Transient may leave open whether
// the commit happened: the same load is then simply opened again, which either
// redoes it or says that it is done.
func (w *TableWriter) Commit(ctx context.Context, rows int64) error {
	w.watch(ctx)
	err := w.endCopy()
	if err == nil && rows != w.reported {
		err = fault.New(fault.Verification, "%d rows were handed on and the target took %d", rows, w.reported)
	}
	if err == nil {
		err = w.commit(ctx, rows)
	}
	if err != nil {
		w.Abort()
		return w.describe(err)
	}
	return nil
}

// endCopy sends what is left, says that it was all, and waits for the answer.
func (w *TableWriter) endCopy() error {
	if w.load.Binary {
		if _, err := w.Write(binaryTrailer); err != nil {
			return w.err
		}
	}
	if len(w.cur) > frameHeader {
		if err := w.pass(); err != nil {
			return err
		}
	}
	w.stopSending()
	if err := w.failure(); err != nil {
		return err
	}
	if _, err := w.s.pg.Conn().Write(copyDone); err != nil {
		w.fail(err)
	}
	<-w.received
	return w.failure()
}

// stopSending lets the sender finish. The frame in hand goes back with the others.
func (w *TableWriter) stopSending() {
	if w.full == nil {
		return
	}
	close(w.full)
	w.full = nil
	<-w.sent
	if w.cur != nil {
		w.s.frames <- w.cur[:0]
		w.cur = nil
	}
}

// commit writes the count to the ledger and commits, in one round trip.
func (w *TableWriter) commit(ctx context.Context, rows int64) error {
	w.clean = false
	results, err := w.s.pg.Exec(ctx, w.key.countSQL(w.b.s.cfg.RunID, rows)+"; COMMIT").ReadAll()
	if cause := w.failure(); err != nil && cause != nil {
		err = cause // the deadline that ctx has set, not the network
	}
	if err == nil && results[len(results)-1].CommandTag.String() != "COMMIT" {
		err = errRolledBack
	}
	if err != nil {
		return err
	}
	w.b.mu.Lock()
	w.b.committed[w.key] = rows
	w.b.mu.Unlock()
	w.clean = true
	w.settle()
	return nil
}

// Abort ends the load without a trace, within seconds. After Commit or another
// Abort it does nothing.
func (w *TableWriter) Abort() {
	if w.finished {
		return
	}
	why := w.failure()
	w.fail(errAborted)
	conn := w.s.pg.Conn()
	if why != nil && catalog.SQLState(why) == "" {
		// Half a frame may be under way: there is nothing to say to the server.
		_ = conn.Close()
	} else {
		_ = conn.SetDeadline(time.Now().Add(abortTimeout))
	}
	w.stopSending()
	select {
	case <-w.received:
	default:
		_, _ = conn.Write(copyFail)
		<-w.received
	}
	w.settle()
}

// settle gives the session back outside any transaction, or cuts it.
func (w *TableWriter) settle() {
	w.finished = true
	if !w.unwatch() || !w.clean || w.s.pg.IsClosed() || !w.rollback() {
		w.b.discard(w.s)
		return
	}
	w.b.giveBack(w.s)
}

// rollback ends the transaction, if one is open.
func (w *TableWriter) rollback() bool {
	if err := w.s.pg.Conn().SetDeadline(time.Time{}); err != nil {
		return false
	}
	if w.s.pg.TxStatus() == 'I' {
		return true
	}
	ctx, cancel := context.WithTimeout(context.Background(), abortTimeout)
	defer cancel()
	_, err := w.s.pg.Exec(ctx, "ROLLBACK").ReadAll()
	return err == nil
}

// describe is the error to show: what was loaded, and why it failed.
func (w *TableWriter) describe(err error) error { return w.b.loadFailed(err, w.load, w.key) }
