// Package extract reads production: one consistent snapshot of a PostgreSQL
// database, held open by two keepers, its schema by pg_dump and its rows by
// COPY in short chunk transactions. It only ever reads, it lets production go
// first, and it would rather stop than hand on a table that has changed since
// the snapshot. It knows nothing of policies, masks or targets.
//
// The story of a run: [Open] → [Source.Catalog] → [Source.DumpSchema] →
// [Source.Prepare] for every fragment of a policy → [Source.Guard] →
// [Source.Plan] → [Source.Copy] for every chunk → [Source.Sequences] →
// [Source.Close].
package extract

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// Config says what to read and how gently. The zero value of each setting
// means its default.
type Config struct {
	// DSN leads to the source: production, or better a hot standby of it.
	DSN catalog.DSN

	// RunID names the run; every session is called understudy/<RunID>.
	RunID string

	// Connections is the number of sessions on the source, all in all: two
	// keepers, the watcher, and readers. pg_dump takes a reader's place.
	// Default 6, at least 4.
	Connections int

	// MaxSnapshotAge ends the run. An old snapshot keeps vacuum from removing
	// dead rows in the whole database. Default 4 h.
	MaxSnapshotAge time.Duration

	// MaxBlock is how long another session may wait for one of ours before
	// ours gives way. Default 1 s.
	MaxBlock time.Duration

	// LockTimeout is how long we wait in the lock queue of a table, where
	// production's own statements queue up behind us. Default 5 s.
	LockTimeout time.Duration

	// OnCIC says what to do when CREATE INDEX CONCURRENTLY waits for the
	// snapshot: "warn" (default) or "abort".
	OnCIC string

	// MaxMBps bounds the rate of all readers together, in 10^6 bytes of COPY
	// data a second. 0 means no bound.
	MaxMBps float64

	// MaxReplicaLag holds chunks back while a standby replays further behind
	// than this. 0 means no bound; on a primary it has no effect.
	MaxReplicaLag time.Duration

	// ChunkBytes is how much of a table, TOAST included, one chunk reads.
	// Default 256 MiB.
	ChunkBytes int64

	// PgDump is the path of pg_dump, or a major version to look for. Empty: look
	// for one that fits.
	PgDump string

	// SecretVariables are environment variables that pg_dump does not inherit.
	// Nor does it inherit any UNDERSTUDY_*.
	SecretVariables []string

	// Log receives what an operator may want to read afterwards. Default none.
	Log *slog.Logger

	// Warn receives what a user should read at once, one sentence each. It is
	// called from several goroutines. Default none.
	Warn func(msg string)
}

const (
	defaultConnections = 6
	// fixedSessions are the two keepers and the watcher.
	fixedSessions  = 3
	minConnections = fixedSessions + 1
	// defaultChunkBytes is read in two to five seconds where nothing else is
	// slow: short enough for DDL to wait for, long enough to make the
	// transaction around it free.
	defaultChunkBytes = 256 << 20
	// oldestMajor has TID range scans, which make ctid chunks cheap.
	oldestMajor = 14
	// connectTries bounds how often Open tries to reach a source that is
	// unreachable or full.
	connectTries = 5
)

func (c Config) withDefaults() (Config, error) {
	if c.Connections == 0 {
		c.Connections = defaultConnections
	}
	if c.Connections < minConnections {
		return c, fault.New(fault.Usage, "source.connections is %d: at least %d are needed (two keepers, the watcher, one reader)", c.Connections, minConnections)
	}
	if c.MaxSnapshotAge == 0 {
		c.MaxSnapshotAge = 4 * time.Hour
	}
	if c.MaxBlock == 0 {
		c.MaxBlock = time.Second
	}
	if c.LockTimeout == 0 {
		c.LockTimeout = 5 * time.Second
	}
	if c.ChunkBytes == 0 {
		c.ChunkBytes = defaultChunkBytes
	}
	switch c.OnCIC {
	case "":
		c.OnCIC = "warn"
	case "warn", "abort":
	default:
		return c, fault.New(fault.Usage, "source.on_cic is %q: give warn or abort", c.OnCIC)
	}
	if c.MaxSnapshotAge < 0 || c.MaxBlock < 0 || c.LockTimeout < 0 || c.MaxReplicaLag < 0 || c.MaxMBps < 0 || c.ChunkBytes < 0 {
		return c, fault.New(fault.Usage, "a limit of the source is negative")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Warn == nil {
		c.Warn = func(string) {}
	}
	return c, nil
}

// Source is a database read under one snapshot. Its methods may be called from
// several goroutines; at most Config.Connections − 3 of them read at a time,
// the others wait for their turn.
type Source struct {
	cfg     Config
	opener  *opener
	cat     *catalog.Catalog
	snap    Snapshot
	end     *ending
	keepers *keepers
	watcher *watcher
	pool    *pool
	guard   *guard
	bucket  *bucket
	vetted  sync.Map // of *Query: calls no volatile function

	running sync.WaitGroup // the goroutines of keepers, watcher and age limit
	release sync.Once
}

// Snapshot is the instant that everything read belongs to.
type Snapshot struct {
	ID               string    // exported id; a keeper that had to be replaced has another one for the same snapshot
	Time             time.Time // the source's clock
	LSN              string    // everything visible was written before it; empty where the server does not tell
	Standby          bool
	SystemIdentifier string // empty where pg_control_system() may not be read
	Timeline         int    // grows with every promotion; 0 where the server does not tell
}

// Open connects to the source, refuses what cannot give a consistent snapshot
// (a pooler in transaction mode, a server before 14), takes the snapshot and
// reads the catalog under it. The caller closes the Source. The context is for
// opening only.
func Open(ctx context.Context, cfg Config) (*Source, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return open(ctx, cfg, defaultTimings)
}

func open(ctx context.Context, cfg Config, tm timings) (_ *Source, err error) {
	s := &Source{
		cfg:    cfg,
		opener: &opener{dsn: cfg.DSN, name: sessionName(cfg.RunID)},
		end:    newEnding(),
		bucket: newBucket(cfg.MaxMBps),
	}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()

	first, err := s.openFirst(ctx, tm)
	if err != nil {
		return nil, err
	}
	second, err := s.opener.open(ctx, keeperSettings(tm))
	if err != nil {
		first.close()
		return nil, err
	}
	s.keepers = newKeepers(s.opener, s.end, tm, s.cfg, first, second)
	if err := refusePooler(ctx, first, second, cfg.Warn); err != nil {
		return nil, err
	}
	watch, err := s.opener.open(ctx, watcherSettings)
	if err != nil {
		return nil, err
	}
	s.watcher = newWatcher(s, watch, tm)
	s.pool = newPool(s.opener, s.end, cfg.Connections-fixedSessions, cfg.Warn)
	s.guard = newGuard()

	if err := s.refuseLag(ctx); err != nil {
		return nil, err
	}
	id, at, err := s.keepers.begin(ctx)
	if err != nil {
		return nil, err
	}
	s.snap = Snapshot{ID: id, Time: at, Standby: s.opener.server.standby, SystemIdentifier: s.opener.server.system}
	if s.snap.LSN, s.snap.Timeline, err = s.watcher.position(ctx); err != nil {
		cfg.Log.Info("the source does not tell its WAL position", "error", err)
	}
	s.running.Go(s.keepers.run)
	s.running.Go(s.watcher.run)
	s.running.Go(func() { s.end.after(cfg.MaxSnapshotAge, tooOld(cfg.MaxSnapshotAge)) })

	if err := s.readCatalog(ctx); err != nil {
		return nil, err
	}
	cfg.Log.Info("snapshot taken", "id", s.snap.ID, "lsn", s.snap.LSN, "standby", s.snap.Standby, "address", s.opener.addr)
	return s, nil
}

// openFirst opens the session that decides which server the run reads from,
// and tries again while that is out of reach.
func (s *Source) openFirst(ctx context.Context, tm timings) (*session, error) {
	conn, err := backoff.Retry(ctx, func() (*session, error) {
		conn, err := s.opener.open(ctx, keeperSettings(tm))
		if err != nil && !fault.Is(err, fault.Transient) {
			return nil, backoff.Permanent(err)
		}
		return conn, err
	}, backoff.WithMaxTries(connectTries))
	if err != nil {
		var permanent *backoff.PermanentError
		if errors.As(err, &permanent) {
			err = permanent.Unwrap()
		}
		return nil, err
	}
	if v := s.opener.server.version; v/10000 < oldestMajor {
		conn.close()
		return nil, fault.New(fault.Preflight, "the source is PostgreSQL %d: %d is the oldest that can be read", v/10000, oldestMajor)
	}
	return conn, nil
}

// readCatalog reads the catalog in a reader's short transaction, because a
// keeper would hold on to the locks.
func (s *Source) readCatalog(ctx context.Context) error {
	return s.within(ctx, work{what: "read the catalog"}, func(ctx context.Context, r *reader) error {
		cat, err := catalog.Read(ctx, r.conn)
		if err != nil {
			return err
		}
		s.cat = cat
		return nil
	})
}

// Catalog is the schema as the snapshot shows it.
func (s *Source) Catalog() *catalog.Catalog { return s.cat }

// Snapshot tells which instant is read.
func (s *Source) Snapshot() Snapshot { return s.snap }

// Waiters are the sessions that had to wait for ours, for the report.
func (s *Source) Waiters() []Waiter { return s.watcher.seen() }

// Fresh lends a session that sees the source as it is now, not as the snapshot
// shows it. It is the watcher's, so fn must be quick. What fn does is read-only.
func (s *Source) Fresh(ctx context.Context, fn func(q catalog.Querier) error) error {
	return s.watcher.fresh(ctx, func(_ context.Context, conn *session) error { return fn(conn) })
}

// Release gives all sessions on the source back and lets the snapshot go.
// Reads that are under way fail. Catalog, Snapshot and Waiters go on working.
func (s *Source) Release() {
	s.release.Do(func() {
		s.end.with(fault.New(fault.Other, "the source has been released"))
		s.running.Wait()
		if s.keepers != nil {
			s.keepers.close()
		}
		if s.pool != nil {
			s.pool.close()
		}
		if s.watcher != nil {
			s.watcher.close()
		}
	})
}

// Close is Release; it may be called again and after it.
func (s *Source) Close() { s.Release() }

// sessionName is the application_name of all our sessions. PostgreSQL cuts it
// at 63 bytes and replaces what is not printable ASCII, and the watcher finds
// pg_dump by it, so it is brought into that form here.
func sessionName(run string) string {
	const longest = 63
	name := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, "understudy/"+run)
	return name[:min(len(name), longest)]
}

func tooOld(limit time.Duration) error {
	return fault.New(fault.Other, "the snapshot is older than source.max_snapshot_age (%s)", limit).
		WithHint("raise source.max_snapshot_age, give more source.connections, or read from a standby; an old snapshot keeps vacuum from removing dead rows")
}
