package load

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

const (
	// renameTimeout bounds one rename. The server itself waits up to five
	// seconds for sessions to go before it refuses.
	renameTimeout = 15 * time.Second
	// drainFor is how long the swap waits for the sessions it has ended to be
	// gone, say for their transactions to be rolled back, before it holds new
	// ones back by renaming.
	drainFor = 5 * time.Second
	// drainEvery is short because the fewer sessions the rename meets, the
	// fewer logins have to wait for it.
	drainEvery = 5 * time.Millisecond
)

// swap is one exchange of what is called staging.
type swap struct {
	in      *database // becomes staging
	out     *database // staging now; nil if there is none
	outName string    // what it will be called
	outRole Role
	// fresh: in was never live. It takes over the connection limit, which would
	// have kept us out before.
	fresh    bool
	pristine *database // to be marked as published; nil if there is none
	after    time.Time // when another generation was swapped out last
	discard  *database // of no more use after the swap; nil if there is none
}

// now is the time of the swap, for the markers: later than every other swap,
// whatever the clocks of this and earlier runs say, so that the order of
// generations is that of the swaps.
func (sw swap) now() time.Time {
	now := time.Now().UTC().Truncate(time.Microsecond)
	if !now.After(sw.after) {
		now = sw.after.Add(time.Microsecond)
	}
	return now
}

// swapped is what the exchange did.
type swapped struct {
	waited time.Duration // for a quiet moment
	took   time.Duration // from ending the first session to the commit
	ended  int           // sessions
}

// exchange renames staging away and the other database to staging, in one
// transaction: a crash at any point leaves the one or the other, open. Sessions
// of either are ended first and while it lasts. Logins wait for the renames, a
// few milliseconds; PostgreSQL has looked staging's name up before it lets them
// wait, so it tells those few once that the database does not exist (3D000,
// "just been dropped or renamed"), and they get in when they try again.
// Staging's ALLOW_CONNECTIONS is never touched, so that no crash can leave it
// shut.
func (s *Server) exchange(ctx context.Context, sw swap) (done swapped, err error) {
	err = s.admin(ctx, func(conn *pgx.Conn) error {
		if err := s.refusePrepared(ctx, conn, sw); err != nil {
			return err
		}
		if err := s.awaitStuck(ctx, conn, sw); err != nil {
			return err
		}
		if done.waited, err = s.awaitQuiet(ctx, conn, sw); err != nil {
			return err
		}
		started := time.Now()
		stop, err := s.keepEvicting(ctx, sw, &done.ended)
		if err != nil {
			return err
		}
		defer stop()
		if err := s.renameBoth(ctx, conn, sw, started); err != nil {
			return err
		}
		done.took = time.Since(started)
		return nil
	})
	return done, err
}

// places are the databases of the exchange, staging first.
func (sw swap) places() []place {
	if sw.out == nil {
		return []place{sw.in.place()}
	}
	return []place{sw.out.place(), sw.in.place()}
}

// refusePrepared: a prepared transaction keeps its database from being renamed
// and cannot be ended by us; whether to commit it is for its owner to say.
func (s *Server) refusePrepared(ctx context.Context, conn *pgx.Conn, sw swap) error {
	for _, at := range sw.places() {
		var n int
		err := conn.QueryRow(ctx, `SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_prepared_xacts WHERE database = $1`, at.name).Scan(&n)
		if err != nil {
			return s.failed(err, "look for prepared transactions")
		}
		if n > 0 {
			return fault.New(fault.SwapRefused, "%s has %s", catalog.Display(at.name), plural(n, "prepared transaction")).
				WithHint("COMMIT PREPARED or ROLLBACK PREPARED each gid of pg_prepared_xacts in %s, then run `understudy refresh --resume`",
					catalog.Display(at.name))
		}
	}
	return nil
}

// awaitStuck waits for the sessions that we may not end to leave by themselves,
// before anybody is thrown out for nothing.
func (s *Server) awaitStuck(ctx context.Context, conn *pgx.Conn, sw swap) error {
	deadline := time.Now().Add(s.cfg.SwapTimeout)
	for {
		who, err := s.occupants(ctx, conn, sw.places()...)
		if err != nil {
			return err
		}
		if len(stuck(who)) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return s.stays(sw.places()[0], who)
		}
		if err := pause(ctx, pollEvery); err != nil {
			return err
		}
	}
}

// awaitQuiet waits for a moment in which no session of staging is in a
// transaction, for as long as Config.Grace. Sessions whose state we may not see
// count as busy.
func (s *Server) awaitQuiet(ctx context.Context, conn *pgx.Conn, sw swap) (time.Duration, error) {
	if s.cfg.Grace <= 0 || sw.out == nil {
		return 0, nil
	}
	for started := time.Now(); ; {
		var busy int
		err := conn.QueryRow(ctx, `
			SELECT pg_catalog.count(*)::int FROM pg_catalog.pg_stat_activity
			WHERE datid = $1 AND usesysid IS NOT NULL AND state IS DISTINCT FROM 'idle'`, sw.out.oid).Scan(&busy)
		if err != nil {
			return 0, s.failed(err, "look for sessions of %s", catalog.Display(sw.out.name))
		}
		waited := time.Since(started)
		if busy == 0 || waited >= s.cfg.Grace {
			return waited, nil
		}
		if err := pause(ctx, pollEvery); err != nil {
			return 0, err
		}
	}
}

// keepEvicting ends sessions of staging until it is stopped, from a connection
// of its own: the one that renames is busy waiting for them to go. It goes by
// the OID, so that after the swap it leaves alone who connects to staging.
func (s *Server) keepEvicting(ctx context.Context, sw swap, ended *int) (stop func(), err error) {
	if sw.out == nil {
		return func() {}, nil
	}
	conn, err := s.dial(ctx, "swap")
	if err != nil {
		return nil, err
	}
	seen := map[uint32]bool{}
	count := func(who []occupant) {
		for _, o := range who {
			seen[o.pid] = true
		}
		*ended = len(seen)
	}
	// Those of the beginning count, whoever ends them.
	who, err := s.occupants(ctx, conn, sw.out.place())
	if err != nil {
		closeQuietly(conn)
		return nil, err
	}
	count(who)
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			// Failures show as sessions that stay, and are reported as such.
			if who, err := s.occupants(ctx, conn, sw.out.place()); err == nil {
				_ = s.evict(ctx, conn, who)
				count(who)
			}
			if pause(ctx, pollEvery) != nil {
				return
			}
		}
	}()
	return func() {
		cancel()
		<-done
		closeQuietly(conn)
	}, nil
}

// drain ends the sessions of both databases and waits until those are gone.
// Clients that reconnect at once may keep staging from ever being empty; the
// rename itself then holds them back.
func (s *Server) drain(ctx context.Context, conn *pgx.Conn, sw swap) error {
	deadline := time.Now().Add(drainFor)
	first := map[uint32]bool{}
	for round := 0; ; round++ {
		who, err := s.occupants(ctx, conn, sw.places()...)
		if err != nil {
			return err
		}
		left := 0
		for _, o := range who {
			if round == 0 {
				first[o.pid] = true
			}
			if first[o.pid] {
				left++
			}
		}
		if left == 0 || time.Now().After(deadline) {
			return nil
		}
		if err := s.evict(ctx, conn, who); err != nil {
			return err
		}
		if err := pause(ctx, drainEvery); err != nil {
			return err
		}
	}
}

// renameBoth tries the transaction until it succeeds or the time is over.
func (s *Server) renameBoth(ctx context.Context, conn *pgx.Conn, sw swap, started time.Time) error {
	deadline := started.Add(s.cfg.SwapTimeout)
	for {
		if err := s.drain(ctx, conn, sw); err != nil {
			return err
		}
		err := s.renameOnce(ctx, conn, sw)
		if err == nil {
			return nil
		}
		state := catalog.SQLState(err)
		switch {
		case nameTaken(err) && sw.out != nil && time.Now().Before(deadline):
			// The server has gone on with what a killed run had asked it.
			inv, err := s.inventory(ctx, true)
			if err != nil {
				return err
			}
			if err := s.vacate(ctx, inv, sw.outName); err != nil {
				return err
			}
		case state != stateObjectInUse && state != stateQueryCanceled:
			return s.swapOutcome(ctx, conn, sw, s.failed(err, "swap %s", catalog.Display(s.cfg.Staging)))
		case time.Now().After(deadline):
			who, lookErr := s.occupants(ctx, conn, sw.places()...)
			if lookErr != nil {
				return lookErr
			}
			return s.stays(sw.places()[0], who)
		}
	}
}

// renameOnce is the transaction. Once begun it is not interrupted, so that
// nobody has to guess how it ended.
func (s *Server) renameOnce(ctx context.Context, conn *pgx.Conn, sw swap) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*renameTimeout)
	defer cancel()
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, fmt.Sprintf("SET LOCAL statement_timeout = '%dms'", renameTimeout.Milliseconds())); err != nil {
			return err
		}
		now := sw.now()
		if sw.fresh && sw.out != nil {
			if err := copyLimit(ctx, tx, sw.out, sw.in.name); err != nil {
				return err
			}
		}
		if sw.pristine != nil && sw.pristine.marker.Published == nil {
			m := *sw.pristine.marker
			m.Published = &now
			if err := mark(ctx, tx, sw.pristine.name, m); err != nil {
				return err
			}
		}
		if sw.out != nil {
			if err := rename(ctx, tx, sw.out, sw.outName, s.retire(sw, now)); err != nil {
				return err
			}
		}
		if sw.discard != nil {
			m := *sw.discard.marker
			m.Role = Discarded
			if err := mark(ctx, tx, sw.discard.name, m); err != nil {
				return err
			}
		}
		return rename(ctx, tx, sw.in, s.cfg.Staging, promote(sw.in, now))
	})
}

// rename gives a database another name and marker, and makes sure that it was
// the database that was meant: between the look and the rename anybody may have
// put another one in its place.
func rename(ctx context.Context, tx pgx.Tx, d *database, to string, m marker) error {
	if _, err := tx.Exec(ctx, "ALTER DATABASE "+quoted(d.name)+" RENAME TO "+quoted(to)); err != nil {
		return err
	}
	var oid catalog.OID
	if err := tx.QueryRow(ctx, `SELECT oid FROM pg_catalog.pg_database WHERE datname = $1`, to).Scan(&oid); err != nil {
		return err
	}
	if oid != d.oid {
		return fault.New(fault.Other, "another database has taken the name %s meanwhile", catalog.Display(d.name)).
			WithHint("look at it with `understudy generations`, then run it again")
	}
	return mark(ctx, tx, to, m)
}

// retire is the marker of the database that is swapped out.
func (s *Server) retire(sw swap, at time.Time) marker {
	m := marker{ // adopted: it never had one
		Version: markerVersion, Project: s.cfg.Project, Staging: s.cfg.Staging, Run: s.cfg.RunID,
		OID: sw.out.oid, Created: at, Comment: sw.out.comment,
	}
	if sw.out.marker != nil {
		m = *sw.out.marker
	}
	m.Role, m.Retired = sw.outRole, &at
	return m
}

// promote is the marker of the database that becomes staging.
func promote(d *database, at time.Time) marker {
	m := *d.marker
	m.Role, m.Retired = Live, nil
	if m.Published == nil {
		m.Published = &at
	}
	return m
}

// swapOutcome looks whether a swap whose answer got lost has happened.
func (s *Server) swapOutcome(ctx context.Context, conn *pgx.Conn, sw swap, cause error) error {
	if !fault.Is(cause, fault.Transient) || !conn.IsClosed() {
		return cause
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	inv, err := s.inventory(ctx, false)
	if err != nil || inv.staging == nil || inv.staging.oid != sw.in.oid {
		return cause
	}
	return nil
}
