package load

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
)

const (
	// largeObjectPage is how many bytes a row of pg_largeobject holds: a
	// quarter of a block.
	largeObjectPage = 2048
	// largeObjectBatch is how much of an object goes to the server in one call,
	// and how much is on its way at a time.
	largeObjectBatch = 256 << 10
	// largeObjectsPerCommit bounds a transaction, not the work lost on failure:
	// writing is repeatable.
	largeObjectsPerCommit = 10_000
)

// LargeObjectWriter creates large objects under the OIDs they have in the
// source. Write and Close are called from one goroutine. Writing the same
// pages again changes nothing, so a failed copy is simply begun anew.
type LargeObjectWriter struct {
	b    *Build
	conn *pgx.Conn

	oid     catalog.OID
	open    bool  // oid is set
	start   int64 // offset of pending
	pending []byte

	queue   pgx.Batch
	queued  int
	begun   int   // objects in this transaction
	objects int64 // in all
}

// LargeObjects opens a session that writes large objects.
func (b *Build) LargeObjects(ctx context.Context) (*LargeObjectWriter, error) {
	conn, err := b.connect(ctx, "large objects", nil)
	if err != nil {
		return nil, err
	}
	w := &LargeObjectWriter{b: b, conn: conn}
	if _, err := conn.Exec(ctx, "BEGIN"); err != nil {
		closeQuietly(conn)
		return nil, w.failed(err)
	}
	return w, nil
}

// Write takes a page of an object, in the order of objects and pages. Missing
// pages are holes; an object without any is written as page 0 without data.
func (w *LargeObjectWriter) Write(ctx context.Context, oid catalog.OID, page int, data []byte) error {
	offset := int64(page) * largeObjectPage
	if !w.open || oid != w.oid {
		if err := w.next(ctx, oid); err != nil {
			return err
		}
	}
	if len(w.pending) > 0 && (offset != w.start+int64(len(w.pending)) || len(w.pending) >= largeObjectBatch) {
		w.put()
	}
	if len(w.pending) == 0 {
		w.start = offset
	}
	w.pending = append(w.pending, data...)
	if w.queued >= largeObjectBatch {
		return w.send(ctx)
	}
	return nil
}

// next creates an object, unless an earlier attempt has.
func (w *LargeObjectWriter) next(ctx context.Context, oid catalog.OID) error {
	w.put()
	if w.begun >= largeObjectsPerCommit {
		if err := w.send(ctx); err != nil {
			return err
		}
		if _, err := w.conn.Exec(ctx, "COMMIT AND CHAIN"); err != nil {
			return w.failed(err)
		}
		w.begun = 0
	}
	w.oid, w.open = oid, true
	w.begun++
	w.objects++
	w.queue.Queue(`
		SELECT pg_catalog.lo_create($1) WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata WHERE oid = $1)`, oid)
	w.queued += largeObjectPage // so that many empty objects are sent in time, too
	return nil
}

// Comment comments on an object that has been written.
func (w *LargeObjectWriter) Comment(ctx context.Context, oid catalog.OID, comment string) error {
	w.put()
	sql := "COMMENT ON LARGE OBJECT " + strconv.FormatUint(uint64(oid), 10) + " IS " + catalog.QuoteLiteral(comment)
	w.queue.Queue(sql)
	if w.queued += len(sql); w.queued >= largeObjectBatch {
		return w.send(ctx)
	}
	return nil
}

// put queues the pending bytes of the current object.
func (w *LargeObjectWriter) put() {
	if len(w.pending) == 0 {
		return
	}
	w.queue.Queue(`SELECT pg_catalog.lo_put($1, $2, $3)`, w.oid, w.start, w.pending)
	w.queued += len(w.pending)
	w.pending = nil // the queue keeps the slice until it is sent
}

func (w *LargeObjectWriter) send(ctx context.Context) error {
	if w.queue.Len() == 0 {
		return nil
	}
	err := w.conn.SendBatch(ctx, &w.queue).Close()
	w.queue, w.queued = pgx.Batch{}, 0
	if err != nil {
		return w.failed(err)
	}
	return nil
}

// Close commits and tells how many objects there were. After a failed Write it
// only closes the session.
func (w *LargeObjectWriter) Close(ctx context.Context) (int64, error) {
	defer closeQuietly(w.conn)
	w.put()
	if err := w.send(ctx); err != nil {
		return 0, err
	}
	tag, err := w.conn.Exec(ctx, "COMMIT")
	if err != nil {
		return 0, w.failed(err)
	}
	if tag.String() != "COMMIT" {
		return 0, w.failed(errRolledBack)
	}
	return w.objects, nil
}

// Abort closes the session; what was not committed is gone.
func (w *LargeObjectWriter) Abort() { closeQuietly(w.conn) }

func (w *LargeObjectWriter) failed(err error) error {
	return w.b.s.failed(err, "write large objects of %s", catalog.Display(w.b.name))
}
