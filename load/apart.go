package load

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// SourceIdentity is what the source says of itself.
type SourceIdentity struct {
	SystemIdentifier string // empty where it may not be read
	InRecovery       bool
}

// apartness is what ProveApart found out.
type apartness struct {
	known       bool
	sameCluster bool // allowed by AllowSameCluster
	open        bool // the source may still be a standby of the target: Build.ProveApart decides
}

// proofTimeout bounds the wait for a standby to show a generation's name or to
// prove that it never will.
const proofTimeout = time.Minute

const lockVisibleSQL = `
SELECT EXISTS (SELECT FROM pg_catalog.pg_locks
WHERE locktype = 'advisory' AND objsubid = 1 AND classid = $1 AND objid = $2)`

// ProveApart proves that the target is not the source, whatever the connection
// strings say: it takes a random advisory lock on the target and looks for it
// in the source, then compares system identifiers. It refuses the same
// database always and the same server unless Config.AllowSameCluster. Where
// only the generation's name can decide, Build.ProveApart does so. source is
// used by nobody else meanwhile.
func (s *Server) ProveApart(ctx context.Context, source catalog.Querier, id SourceIdentity) error {
	same, err := s.sharesLocks(ctx, source)
	if err != nil {
		return err
	}
	apart := apartness{known: true, sameCluster: same}
	switch {
	case same:
		if err := s.refuseSameDatabase(ctx, source); err != nil {
			return err
		}
		if !s.cfg.AllowSameCluster {
			return fault.New(fault.Preflight, "source and target are databases of the same server").
				WithHint("put staging on a server of its own, or set target.allow_same_cluster: true")
		}
	case id.InRecovery && (id.SystemIdentifier == s.facts.systemIdentifier || id.SystemIdentifier == "" || s.facts.systemIdentifier == ""):
		// A standby of the target has the target's identifier and none of its
		// locks. So has a standby of a server from whose backup the target came.
		apart.open = true
	}
	s.mu.Lock()
	s.apart = apart
	s.mu.Unlock()
	return nil
}

// sharesLocks tells whether a lock taken on the target shows in the source. A
// standby has the locks of its own sessions only.
func (s *Server) sharesLocks(ctx context.Context, source catalog.Querier) (same bool, err error) {
	err = s.admin(ctx, func(conn *pgx.Conn) error {
		key := rand.Uint64()
		if _, err := conn.Exec(ctx, `SELECT pg_catalog.pg_advisory_lock($1)`, int64(key)); err != nil {
			return s.failed(err, "take a lock to tell source and target apart")
		}
		defer func() {
			cleanup, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
			defer cancel()
			_, _ = conn.Exec(cleanup, `SELECT pg_catalog.pg_advisory_unlock($1)`, int64(key))
		}()
		if err := source.QueryRow(ctx, lockVisibleSQL, uint32(key>>32), uint32(key)).Scan(&same); err != nil {
			return sourceFailed(err, "look for the target's lock")
		}
		return nil
	})
	return same, err
}

// refuseSameDatabase: on the same server, the source may be neither staging,
// nor a generation, nor the maintenance database.
func (s *Server) refuseSameDatabase(ctx context.Context, source catalog.Querier) error {
	var name string
	if err := source.QueryRow(ctx, `SELECT pg_catalog.current_database()::text`).Scan(&name); err != nil {
		return sourceFailed(err, "ask for its name")
	}
	_, _, generation := s.names.parse(name)
	switch {
	case name == s.cfg.Staging, generation:
		return fault.New(fault.Preflight, "source and target are the same database: %s", catalog.Display(name)).
			WithHint("source.url must lead to production, target.database must name the staging database")
	case name == s.facts.database:
		return fault.New(fault.Preflight, "source and target lead to the same database: %s", catalog.Display(name)).
			WithHint("let target.url lead to a maintenance database of the staging server, such as postgres")
	}
	return nil
}

func sourceFailed(err error, what string) error {
	kind := fault.Other
	if catalog.Transient(err) {
		kind = fault.Transient
	}
	return fault.Wrap(kind, catalog.Redact(err), "source: %s", what)
}

// position is how far a server has come: in its log and in its transactions.
type position struct{ lsn, xid uint64 }

// ProveApart makes sure, once the generation exists, that its name does not
// turn up in the source: that catches a source which is a standby of the
// target. Such a standby shows the name as soon as it has replayed the
// creation, so this waits until the source shows it, is past that point, or has
// been somewhere the target never was. A source that does none of these within
// a minute is refused too. Staging's own server, where allowed, is exempt.
// source must not be a session that holds a snapshot.
func (b *Build) ProveApart(ctx context.Context, source catalog.Querier) error {
	b.s.mu.Lock()
	apart := b.s.apart
	b.s.mu.Unlock()
	if !apart.known {
		return fault.New(fault.Other, "the server has to be proven apart first")
	}
	if apart.sameCluster {
		return nil
	}
	var created position
	if apart.open {
		var err error
		if created, err = b.s.position(ctx); err != nil {
			return err
		}
	}
	deadline := time.Now().Add(proofTimeout)
	for {
		seen, err := b.seenIn(ctx, source)
		if err != nil {
			return err
		}
		if seen {
			return fault.New(fault.Preflight, "the source shows %s, which was made on the target a moment ago: it is a standby of the target",
				catalog.Display(b.name)).WithHint("let source.url lead to production")
		}
		if !apart.open {
			return nil
		}
		proven, err := b.s.separate(ctx, source, created)
		if err != nil {
			return err
		}
		if proven {
			// It may have got there between the two looks.
			if seen, err = b.seenIn(ctx, source); err != nil {
				return err
			}
			if !seen {
				return nil
			}
			continue
		}
		if time.Now().After(deadline) {
			return fault.New(fault.Preflight, "the source is a standby with the target's system identifier, and it cannot be proven that it does not follow the target").
				WithHint("use the primary as source, or a target that was not made from its backup")
		}
		if err := pause(ctx, pollEvery); err != nil {
			return err
		}
	}
}

// separate tells whether the source cannot follow the target: it has replayed
// what the target wrote after creating the generation, or it is ahead of the
// target. The source is asked first, so that the target only gets further.
func (s *Server) separate(ctx context.Context, source catalog.Querier, created position) (bool, error) {
	var at position
	err := source.QueryRow(ctx, `
		SELECT (COALESCE(pg_catalog.pg_last_wal_replay_lsn(), '0/0') - '0/0'::pg_catalog.pg_lsn)::text,
		       pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text`).Scan(decimal{&at.lsn}, decimal{&at.xid})
	if err != nil {
		return false, sourceFailed(err, "ask how far it has replayed")
	}
	now, err := s.position(ctx)
	if err != nil {
		return false, err
	}
	return at.apartFrom(created, now), nil
}

// apartFrom judges a standby's position by that of the target when the
// generation had been created and by a later one. It is asked only while the
// standby does not show the generation's name.
func (p position) apartFrom(created, now position) bool {
	return p.lsn >= created.lsn || p.xid > now.xid
}

// position is the target's.
func (s *Server) position(ctx context.Context) (p position, err error) {
	err = s.admin(ctx, func(conn *pgx.Conn) error {
		err := conn.QueryRow(ctx, `
			SELECT (pg_catalog.pg_current_wal_insert_lsn() - '0/0'::pg_catalog.pg_lsn)::text,
			       pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text`).Scan(decimal{&p.lsn}, decimal{&p.xid})
		if err != nil {
			return s.failed(err, "ask the target for its position")
		}
		return nil
	})
	return p, err
}

// seenIn looks for the generation in the source's list of databases. Under an
// older snapshot it would look in vain, so such a session proves nothing.
func (b *Build) seenIn(ctx context.Context, source catalog.Querier) (bool, error) {
	var seen, current bool
	err := source.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $1),
		       pg_catalog.current_setting('transaction_isolation') = 'read committed'`, b.name).Scan(&seen, &current)
	if err != nil {
		return false, sourceFailed(err, "look for the generation")
	}
	if !current {
		return false, fault.New(fault.Other, "source and target can only be told apart outside the snapshot")
	}
	return seen, nil
}
