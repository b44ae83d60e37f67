package extract

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/understudy-db/understudy/internal/fault"
)

const (
	// readBuffer is what one read may bring: pgconn's 8 KB cost a fifth more
	// CPU. It is also the largest piece that a writer is handed.
	readBuffer = 256 << 10
	// cancelTimeout bounds the delivery of a cancel request, which needs a
	// connection of its own.
	cancelTimeout = 5 * time.Second
	// drainTimeout bounds how long a cancelled COPY may go on before its
	// connection is given up.
	drainTimeout = 10 * time.Second
)

// copyReader runs COPY … TO STDOUT on the raw connection. Rows are not looked
// at one by one: the frames of all messages that a read brought are squeezed
// out in place, and the payload goes to the writer in one piece.
type copyReader struct {
	buf []byte
}

// copyOut is one COPY … TO STDOUT.
type copyOut struct {
	sql    string
	binary bool
	w      io.Writer

	// pace is called with the length of what w will be handed next. An error
	// stops the COPY. It may block.
	pace func(n int) error

	// working is asked when nothing has come for the stall time: whether the
	// server is still at work. Said no twice, with nothing in between, the
	// link has stalled; once may be because the answer was just under way.
	working func() (bool, error)
	stall   time.Duration
}

// errStalled is for a link on which nothing arrives of what the server sends.
var errStalled = fault.New(fault.Transient, "the link to the source has stalled: nothing arrives of what the server sends")

// errProtocol is an answer of the server that a single COPY cannot have.
var errProtocol = errors.New("the server's answer is not that of a single COPY")

// run sends the statement on an idle connection and hands its data to o.w. An
// error of o.w comes back as *callerError. Whatever the outcome, the connection
// is idle again or closed.
func (c *copyReader) run(ctx context.Context, pg *pgconn.PgConn, o copyOut) (rows int64, err error) {
	if err := pg.SyncConn(ctx); err != nil {
		return 0, err
	}
	if c.buf == nil {
		c.buf = make([]byte, readBuffer)
	}
	l := &rawLink{pg: pg, conn: pg.Conn(), stall: o.stall}
	watched := make(chan struct{})
	unwatch := context.AfterFunc(ctx, func() {
		defer close(watched)
		l.interrupt()
	})
	rows, intact, err := c.stream(ctx, l, o)
	if !unwatch() {
		// A cancel request on its way would hit the next statement.
		<-watched
	}
	if intact {
		intact = l.conn.SetDeadline(time.Time{}) == nil
	}
	if !intact {
		l.abandon()
	}
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return rows, err
}

// stream tells with intact whether the connection is ready for the next
// statement.
func (c *copyReader) stream(ctx context.Context, l *rawLink, o copyOut) (rows int64, intact bool, err error) {
	if err := l.send(o.sql); err != nil {
		return 0, false, err
	}
	var (
		buf      = c.buf
		r, n     int   // what has been read and not looked at is buf[r:n]
		rest     int   // bytes of the present CopyData message that are still to come
		out      int   // buf[:out] is payload to hand on
		failure  error // the server's, or the first of ours
		ours     bool  // the failure is ours: we have interrupted and drain
		complete bool
		suspect  bool // the server was not at work when it was asked last
	)
	fail := func(err error) {
		if failure == nil {
			failure, ours = err, true
			l.interrupt()
		}
	}
	for {
	parse:
		for r < n {
			if rest > 0 {
				k := min(rest, n-r)
				copy(buf[out:], buf[r:r+k])
				out, r, rest = out+k, r+k, rest-k
				continue
			}
			if n-r < 5 {
				break
			}
			size := int(int32(binary.BigEndian.Uint32(buf[r+1:]))) - 4
			if size < 0 {
				return 0, false, errProtocol
			}
			if buf[r] == 'd' {
				r, rest = r+5, size
				continue
			}
			if n-r < 5+size {
				if 5+size > len(buf) {
					return 0, false, errProtocol
				}
				break parse
			}
			kind, body := buf[r], buf[r+5:r+5+size]
			r += 5 + size
			switch kind {
			case 'H': // CopyOutResponse
				if len(body) == 0 || (body[0] == 1) != o.binary {
					return 0, false, errProtocol
				}
			case 'c', 'N', 'S', 'A': // CopyDone, notice, parameter, notification
			case 'C':
				if complete {
					return 0, false, errProtocol // of a second statement
				}
				complete = true
				if rows, err = copiedRows(body); err != nil {
					return 0, false, err
				}
			case 'E':
				if failure == nil {
					failure = serverError(body)
				}
			case 'Z':
				if out > 0 && failure == nil {
					if err := o.hand(buf[:out]); err != nil {
						return 0, true, err
					}
				}
				switch {
				case failure != nil:
					return 0, true, failure
				case !complete:
					return 0, false, errProtocol
				}
				return rows, true, nil
			default:
				return 0, false, fmt.Errorf("%w (message %q)", errProtocol, kind)
			}
		}
		if out > 0 && failure == nil {
			if err := o.hand(buf[:out]); err != nil {
				fail(err)
			}
		}
		out = 0
		n = copy(buf, buf[r:n])
		r = 0
		k, err := l.read(buf[n:])
		n += k
		if err == nil || k > 0 {
			suspect = false
			continue
		}
		if errors.Is(err, os.ErrDeadlineExceeded) && !l.interrupted() {
			var working bool
			if working, err = o.working(); err == nil && (working || !suspect) {
				suspect = !working
				continue
			}
			if err == nil {
				err = errStalled
			}
		}
		if failure != nil && (ours || !errors.Is(err, os.ErrDeadlineExceeded)) {
			return 0, false, failure
		}
		return 0, false, err
	}
}

// hand gives the writer its next piece.
func (o *copyOut) hand(p []byte) error {
	if err := o.pace(len(p)); err != nil {
		return err
	}
	if _, err := o.w.Write(p); err != nil {
		return &callerError{err}
	}
	return nil
}

// copiedRows reads the tag "COPY n".
func copiedRows(body []byte) (int64, error) {
	tag, ok := strings.CutPrefix(strings.TrimSuffix(string(body), "\x00"), "COPY ")
	if !ok {
		return 0, errProtocol
	}
	n, err := strconv.ParseInt(tag, 10, 64)
	if err != nil {
		return 0, errProtocol
	}
	return n, nil
}

func serverError(body []byte) error {
	var msg pgproto3.ErrorResponse
	if err := msg.Decode(body); err != nil {
		return errProtocol
	}
	return pgconn.ErrorResponseToPgError(&msg)
}

// rawLink is the connection during a COPY, with what ends it early.
type rawLink struct {
	pg    *pgconn.PgConn
	conn  net.Conn
	stall time.Duration

	mu    sync.Mutex
	final bool // the read deadline stands: we have interrupted
	once  sync.Once
}

// send sends a simple query.
func (l *rawLink) send(sql string) error {
	msg, err := (&pgproto3.Query{String: sql}).Encode(nil)
	if err != nil {
		return err
	}
	if err := l.conn.SetWriteDeadline(time.Now().Add(l.stall)); err != nil {
		return err
	}
	_, err = l.conn.Write(msg)
	return err
}

// read reads what there is, and gives up after the stall time.
func (l *rawLink) read(p []byte) (int, error) {
	l.mu.Lock()
	var err error
	if !l.final {
		err = l.conn.SetReadDeadline(time.Now().Add(l.stall))
	}
	l.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return l.conn.Read(p)
}

// interrupt has the server cancel the COPY and leaves a last while to drain
// what it has sent. It returns when the request has been delivered.
func (l *rawLink) interrupt() {
	l.once.Do(func() {
		l.mu.Lock()
		l.final = true
		_ = l.conn.SetReadDeadline(time.Now().Add(drainTimeout))
		l.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), cancelTimeout)
		defer cancel()
		_ = l.pg.CancelRequest(ctx) // if it does not arrive, the deadline ends the wait
	})
}

func (l *rawLink) interrupted() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.final
}

// abandon closes a connection in an unknown state.
func (l *rawLink) abandon() {
	_ = l.conn.Close()
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = l.pg.Close(ctx)
}
