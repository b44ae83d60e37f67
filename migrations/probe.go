package migrations

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
)

const (
	// probeEvery is the pause between two requests of a probe.
	probeEvery = 5 * time.Millisecond
	// probeSlow is when a request counts as slow.
	probeSlow = 100 * time.Millisecond
	// maxProbed is how many tables are read and written at a time.
	maxProbed = 4
	// queueHold is how long the reader of the lock queue's probe stays.
	queueHold = time.Second
	// maxQueued is in how many versions of a run the lock queue is tried.
	maxQueued = 5
)

// Probed is what one reader and one writer of a table met while a version ran.
type Probed struct {
	ReadMaxMS  float64        `json:"read_max_ms"`
	WriteMaxMS float64        `json:"write_max_ms"`
	Requests   int            `json:"requests"`
	Slow       int            `json:"slow"`             // longer than 100 ms
	Errors     map[string]int `json:"errors,omitempty"` // by SQLSTATE
}

// Queued is how long a new request waited for a table while a version's lock
// waited for one long reader, as it does without lock_timeout.
type Queued struct {
	Table    string  `json:"rel"`
	Mode     string  `json:"mode"`
	ReaderMS float64 `json:"reader_ms"` // how long the reader stayed
	WaitMS   float64 `json:"wait_ms"`   // how long everybody else waited
}

// blockedTables are the tables that a version keeps others waiting for, the
// longest wait first.
func (m *Result) blockedTables() []string {
	tables := slices.Collect(maps.Keys(m.Blocked))
	slices.SortFunc(tables, func(a, b string) int {
		return cmp.Or(cmp.Compare(m.Blocked[b].WriteMS, m.Blocked[a].WriteMS), strings.Compare(a, b))
	})
	return tables
}

// load reads and writes the tables of a version in a lane's database until the
// function it returns is called, which gives what they met.
func (r *rehearsal) load(ctx context.Context, l *lane, res *Result) func() map[string]*Probed {
	tables := res.blockedTables()
	for _, s := range res.Statements { // row locks, too
		if (s.kind.Verb == "UPDATE" || s.kind.Verb == "DELETE") && s.Rows >= smallRows {
			if name := l.schema.table(s.kind.Table); name != "" && !slices.Contains(tables, name) {
				tables = append(tables, name)
			}
		}
	}
	if r.Template == "" || len(tables) == 0 {
		return func() map[string]*Probed { return nil }
	}
	ctx, cancel := context.WithCancel(ctx)
	out := map[string]*Probed{}
	var mu sync.Mutex
	var wg, ready sync.WaitGroup
	for _, t := range tables[:min(len(tables), maxProbed)] {
		p := &Probed{Errors: map[string]int{}}
		out[t] = p
		for _, write := range []bool{false, true} {
			ready.Add(1)
			wg.Go(func() { r.requests(ctx, l.name, t, write, p, &mu, ready.Done) })
		}
	}
	ready.Wait()
	return func() map[string]*Probed {
		cancel()
		wg.Wait()
		return out
	}
}

// requests are those of one reader or writer. They take the locks of SELECT and
// of UPDATE on a random row and take them back; no row changes.
func (r *rehearsal) requests(ctx context.Context, database, table string, write bool, p *Probed, mu *sync.Mutex, ready func()) {
	conn, err := pgx.ConnectConfig(ctx, r.host.config(database))
	var pages int64
	if err == nil {
		defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
		err = conn.QueryRow(ctx, "SELECT greatest(pg_relation_size($1::regclass) / current_setting('block_size')::int, 1)", table).Scan(&pages)
	}
	ready()
	if err != nil {
		return
	}
	for ctx.Err() == nil {
		row := fmt.Sprintf("SELECT 1 FROM %s WHERE ctid = '(%d,1)'", table, rand.Int64N(pages)) //nolint:gosec // which row is asked for is no secret
		sql := row
		if write {
			sql = "BEGIN; LOCK TABLE " + table + " IN ROW EXCLUSIVE MODE; " + row + " FOR NO KEY UPDATE; ROLLBACK"
		}
		start := time.Now()
		// Not cancelled: a request that waits when the version ends has waited.
		_, err := conn.PgConn().Exec(context.WithoutCancel(ctx), sql).ReadAll()
		took := time.Since(start)
		if err != nil && write {
			_, _ = conn.PgConn().Exec(context.WithoutCancel(ctx), "ROLLBACK").ReadAll()
		}
		mu.Lock()
		p.Requests++
		if took > probeSlow {
			p.Slow++
		}
		if err != nil {
			p.Errors[catalog.SQLState(err)]++
		}
		if write {
			p.WriteMaxMS = max(p.WriteMaxMS, ms(took))
		} else {
			p.ReadMaxMS = max(p.ReadMaxMS, ms(took))
		}
		mu.Unlock()
		if conn.IsClosed() {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(probeEvery):
		}
	}
}

// table is a table's qualified name by the name that a statement gives it.
func (a fingerprint) table(name string) string {
	for k := range a {
		if t, ok := strings.CutPrefix(k, "table "); ok && (t == name || lastPart(t) == plain(quotedPart(name))) {
			return t
		}
	}
	return ""
}

// queue opens a long reader, has the lock of a version wait for it as the
// version would, and measures how long the next reader or writer waits behind
// both.
func (r *rehearsal) queue(ctx context.Context, l *lane, res *Result) (*Queued, error) {
	if r.Template == "" || r.queued >= maxQueued {
		return nil, nil
	}
	for _, s := range res.Statements {
		for _, k := range s.Locks {
			if s.LockTimeout != "0" || !blocksWrites(k.Mode) || l.schema["table "+k.Relation] == "" {
				continue
			}
			r.queued++
			return r.tryQueue(ctx, l.name, k)
		}
	}
	return nil, nil
}

func (r *rehearsal) tryQueue(ctx context.Context, database string, k Lock) (*Queued, error) {
	var conns [3]*pgx.Conn
	for i := range conns {
		c, err := pgx.ConnectConfig(ctx, r.host.config(database))
		if err != nil {
			return nil, cannot("connect to try the lock queue", err)
		}
		defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
		conns[i] = c
	}
	holds, next := "ACCESS SHARE", "ACCESS SHARE"
	if !blocksReads(k.Mode) {
		holds, next = "ROW EXCLUSIVE", "ROW EXCLUSIVE"
	}
	lock := func(c *pgx.Conn, mode string) error {
		_, err := c.PgConn().Exec(ctx, "BEGIN; LOCK TABLE "+k.Relation+" IN "+mode+" MODE").ReadAll()
		return err
	}
	if err := lock(conns[0], holds); err != nil {
		return nil, cannot("try the lock queue", err)
	}
	start := time.Now()
	waiting := make(chan error, 1)
	go func() {
		err := lock(conns[1], strings.ToUpper(modeWords(k.Mode)))
		_, _ = conns[1].PgConn().Exec(context.WithoutCancel(ctx), "ROLLBACK").ReadAll()
		waiting <- err
	}()
	for { // until the version's lock stands in the queue
		var n int
		if err := r.host.admin.QueryRow(ctx, "SELECT count(*) FROM pg_locks WHERE pid = $1 AND NOT granted", conns[1].PgConn().PID()).Scan(&n); err != nil {
			return nil, cannot("try the lock queue", err)
		}
		if n > 0 || time.Since(start) > queueHold/2 {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	released := make(chan struct{})
	release := time.AfterFunc(queueHold-time.Since(start), func() {
		defer close(released)
		_, _ = conns[0].PgConn().Exec(context.WithoutCancel(ctx), "ROLLBACK").ReadAll()
	})
	defer func() { // before the session is closed
		if !release.Stop() {
			<-released
		}
	}()
	asked := time.Now()
	err := lock(conns[2], next)
	q := &Queued{Table: k.Relation, Mode: k.Mode, ReaderMS: ms(queueHold), WaitMS: ms(time.Since(asked))}
	if err != nil {
		return nil, cannot("try the lock queue", err)
	}
	if err := <-waiting; err != nil {
		return nil, cannot("try the lock queue", err)
	}
	return q, nil
}

// modeWords is a lock mode of pg_locks in the words of LOCK TABLE.
func modeWords(mode string) string {
	var b strings.Builder
	for i, c := range strings.TrimSuffix(mode, "Lock") {
		if i > 0 && c >= 'A' && c <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}
