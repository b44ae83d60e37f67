package main

import (
	"context"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"golang.org/x/sync/errgroup"
)

// pipeVerb makes this program the raw pipe, as a process of its own whose CPU
// time and memory can be told apart.
const pipeVerb = "pipe"

const (
	// pipeBuffer is what is read and written at a time: psql's 8 KB cost twice
	// the CPU.
	pipeBuffer  = 256 << 10
	frameHeader = 5
)

// pipe copies all tables of one database into those of another, the largest
// first, by the cheapest way there is: what the source sends is stripped of its
// frames, one for each row, and passed on in frames of up to 256 KB, because
// the target takes those faster. One goroutine reads and writes; the sockets'
// buffers let the two servers work at the same time.
func pipe(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet(pipeVerb, flag.ContinueOnError)
	jobs := fs.Int("jobs", 2, "tables at a time")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if fs.NArg() != 2 {
		return errors.New("pipe wants the source's and the target's URL")
	}
	tables, err := tablesToCopy(ctx, fs.Arg(0))
	if err != nil {
		return err
	}
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range *jobs {
		g.Go(func() error {
			source, err := pgconn.Connect(ctx, fs.Arg(0))
			if err != nil {
				return err
			}
			defer source.Close(ctx)
			target, err := pgconn.Connect(ctx, fs.Arg(1))
			if err != nil {
				return err
			}
			defer target.Close(ctx)
			defer context.AfterFunc(ctx, func() {
				_ = source.Conn().Close()
				_ = target.Conn().Close()
			})()
			buf := make([]byte, frameHeader+pipeBuffer)
			for {
				i := int(next.Add(1)) - 1
				if i >= len(tables) {
					return nil
				}
				if err := copyTable(ctx, source, target, tables[i], buf); err != nil {
					return fmt.Errorf("copy %s: %w", tables[i], err)
				}
			}
		})
	}
	return g.Wait()
}

// tablesToCopy are the quoted names of all tables with rows, the largest first.
func tablesToCopy(ctx context.Context, url string) ([]string, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, `SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind = 'r' AND n.nspname = 'public' ORDER BY pg_table_size(c.oid) DESC`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func copyTable(ctx context.Context, source, target *pgconn.PgConn, table string, buf []byte) error {
	if _, err := target.Exec(ctx, "BEGIN; TRUNCATE ONLY "+table).ReadAll(); err != nil {
		return err
	}
	if err := send(ctx, target, "COPY "+table+" FROM STDIN (FORMAT binary, FREEZE)"); err != nil {
		return err
	}
	if err := await[*pgproto3.CopyInResponse](target); err != nil {
		return err
	}
	if err := send(ctx, source, "COPY "+table+" TO STDOUT (FORMAT binary)"); err != nil {
		return err
	}
	if err := pass(source.Conn(), target.Conn(), buf); err != nil {
		return err
	}
	if err := await[*pgproto3.ReadyForQuery](target); err != nil {
		return err
	}
	_, err := target.Exec(ctx, "COMMIT").ReadAll()
	return err
}

// send sends a statement on the raw connection; its answer is not awaited.
func send(ctx context.Context, conn *pgconn.PgConn, sql string) error {
	if err := conn.SyncConn(ctx); err != nil {
		return err
	}
	msg, err := (&pgproto3.Query{String: sql}).Encode(nil)
	if err != nil {
		return err
	}
	_, err = conn.Conn().Write(msg)
	return err
}

// await reads messages up to one of the wanted type.
func await[M pgproto3.BackendMessage](conn *pgconn.PgConn) error {
	for {
		msg, err := conn.ReceiveMessage(context.Background())
		if err != nil {
			return err
		}
		if _, ok := msg.(M); ok {
			return nil
		}
		if refused, ok := msg.(*pgproto3.ErrorResponse); ok {
			return pgconn.ErrorResponseToPgError(refused)
		}
	}
}

// errProtocol is an answer that COPY TO cannot have.
var errProtocol = errors.New("the source's answer is not that of a COPY")

// pass hands what COPY TO sends on to COPY FROM, until the source is ready for
// the next statement. The payload is moved together in place, behind room for
// the one frame that it leaves in.
func pass(source io.Reader, target io.Writer, buf []byte) error {
	var (
		out  = frameHeader // buf[frameHeader:out] is payload to pass on
		r, n = out, out    // buf[r:n] is read and not looked at
		rest = 0           // bytes of the present CopyData message that are still to come
	)
	for {
		k, err := source.Read(buf[n:])
		if err != nil {
			return err
		}
		n += k
		for r < n {
			if rest > 0 {
				k := copy(buf[out:], buf[r:min(n, r+rest)])
				out, r, rest = out+k, r+k, rest-k
				continue
			}
			if n-r < frameHeader {
				break
			}
			kind, size := buf[r], int(binary.BigEndian.Uint32(buf[r+1:]))-4
			if kind == 'd' {
				r, rest = r+frameHeader, size
				continue
			}
			if size < 0 || frameHeader+size > pipeBuffer {
				return errProtocol
			}
			if n-r < frameHeader+size {
				break
			}
			body := buf[r+frameHeader : r+frameHeader+size]
			r += frameHeader + size
			switch kind {
			case 'H', 'C', 'N', 'S', 'A':
			case 'c':
				if err := flush(target, buf[:out]); err != nil {
					return err
				}
				out = frameHeader
				if _, err := target.Write([]byte{'c', 0, 0, 0, 4}); err != nil {
					return err
				}
			case 'E':
				var refused pgproto3.ErrorResponse
				if err := refused.Decode(body); err != nil {
					return errProtocol
				}
				return pgconn.ErrorResponseToPgError(&refused)
			case 'Z':
				return nil
			default:
				return errProtocol
			}
		}
		if err := flush(target, buf[:out]); err != nil {
			return err
		}
		out = frameHeader
		n = out + copy(buf[out:], buf[r:n])
		r = out
	}
}

// flush sends a frame, unless it is empty.
func flush(target io.Writer, frame []byte) error {
	if len(frame) == frameHeader {
		return nil
	}
	frame[0] = 'd'
	binary.BigEndian.PutUint32(frame[1:], uint32(len(frame)-1))
	_, err := target.Write(frame)
	return err
}
