package load

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/load/schema"
)

// Build is a generation being filled. Tables may be loaded from several
// goroutines; the steps between are called one after the other, as listed:
// Create, PreData, tables and large objects, PostData, Sequences, Analyze,
// Verify, Seal.
type Build struct {
	s      *Server
	number int
	name   string
	oid    catalog.OID
	marker marker
	source catalog.Database
	plan   *schema.Plan // nil before PreData
	sealed bool
	opened atomic.Int64 // sessions that load
	busy   atomic.Int64 // of them, those at work

	returned chan struct{} // a session was given back; one message is enough
	full     sync.Once     // the target has refused a session, and that was said

	mu        sync.Mutex
	report    func(name string, done, total int) // PostOptions.Progress
	idle      []*session
	lost      []backend // sessions whose connection broke: their transactions may still hang
	committed map[loadKey]int64
}

// Name is the generation's database.
func (b *Build) Name() string { return b.name }

// Number is the generation's number.
func (b *Build) Number() int { return b.number }

// Bytes is the size of the generation now.
func (b *Build) Bytes(ctx context.Context) (bytes int64, err error) {
	err = b.s.admin(ctx, func(conn *pgx.Conn) error {
		if err := conn.QueryRow(ctx, `SELECT pg_catalog.pg_database_size($1::pg_catalog.oid)`, b.oid).Scan(&bytes); err != nil {
			return b.s.failed(err, "measure %s", catalog.Display(b.name))
		}
		return nil
	})
	return bytes, err
}

// Explain adds to a failure of the run what only the unfinished generation can
// tell: how far it came before the target's disk was full. It is to be called
// before Drop, which gives the room back.
func (b *Build) Explain(ctx context.Context, err error) error {
	if catalog.SQLState(err) != stateDiskFull {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	held := "an unknown part of it"
	if bytes, err := b.Bytes(ctx); err == nil {
		held = size(bytes)
	}
	all := ""
	if inv, err := b.s.inventory(ctx, false); err == nil {
		all = ", all databases of " + catalog.Display(b.s.cfg.Staging) + " together " + size(inv.held())
	}
	return fault.Wrap(fault.Preflight, err, "a generation takes about %s, and this one had %s when the target's disk was full%s",
		size(grown(b.source.Bytes)), held, all).
		WithHint("make room on the target; `understudy status` lists what its generations take")
}

// Drop takes the generation away, with whoever is connected to it. It is to be
// called when a run fails; a Build that was sealed is left alone, as it is
// complete and can be published later.
func (b *Build) Drop(ctx context.Context) error {
	b.closeSessions()
	if b.sealed {
		return nil
	}
	defer b.forget()
	return b.s.admin(ctx, func(conn *pgx.Conn) error { return b.s.drop(ctx, conn, b.name, b.oid) })
}

// abandon is Drop after a failure that is reported already. What it leaves is
// found by the next janitor.
func (b *Build) abandon(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	if err := b.Drop(ctx); err != nil {
		b.s.warn("%s could not be dropped and is left for the next run: %v", catalog.Display(b.name), err)
	}
}

// forget ends the protection from our own janitor.
func (b *Build) forget() {
	b.s.mu.Lock()
	delete(b.s.ours, b.oid)
	b.s.mu.Unlock()
}

const (
	// retryFor is how long the target may be starting up or full before a
	// session that a load needs counts as refused.
	retryFor   = 30 * time.Second
	retryEvery = 500 * time.Millisecond
)

// connect opens a session of the generation as its owner; it waits out a
// restart of the server.
func (b *Build) connect(ctx context.Context, purpose string, settings map[string]string) (*pgx.Conn, error) {
	until := time.Now().Add(retryFor)
	for {
		conn, err := b.s.dialDatabase(ctx, b.name, purpose, settings)
		if err == nil || !fault.Is(err, fault.Transient) || time.Now().After(until) {
			return conn, err
		}
		if catalog.SQLState(err) == stateTooManyConnections && b.busy.Load() > 0 {
			return nil, err // there is something better to wait for
		}
		if err := pause(ctx, retryEvery); err != nil {
			return nil, err
		}
	}
}

// with lends a session of the generation for one step.
func (b *Build) with(ctx context.Context, purpose string, use func(*pgx.Conn) error) error {
	conn, err := b.connect(ctx, purpose, nil)
	if err != nil {
		return err
	}
	defer closeQuietly(conn)
	return use(conn)
}
