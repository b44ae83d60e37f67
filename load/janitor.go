package load

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// Janitor drops what is ours and of no more use: generations that a dead run
// left half-built (while nobody holds the build lock), and (while nobody holds
// the publish lock) half-made clones, discarded databases, pristines of
// generations that are not live, generations superseded before they were
// published, and previous ones beyond Config.Keep. It never touches staging,
// nor a database that is not proven ours. It returns the names of what it
// dropped, also when it failed on others.
//
// This is what a process killed at any step leaves, and what becomes of it:
//
//	CREATE DATABASE S__uN, no marker yet       empty, ours by name and owner: dropped
//	loading, indexing, verifying, sealing       marker building: dropped
//	sealed, not published                       marker pristine or complete: kept for Resume, the newest only
//	CREATE DATABASE S__uN_live, no marker yet   has our provenance, and its pristine is there: dropped
//	before_publish, waiting for the swap        marker candidate: dropped if there is a pristine, else kept for Resume
//	inside the swap                             one transaction: as before it or as after it
//	swapped, old databases not yet dropped      markers pristine, previous, discarded: dropped, beyond Keep
//	DROP DATABASE                               half-dropped, ours by name and owner: dropped
func (s *Server) Janitor(ctx context.Context) (dropped []string, err error) {
	for _, round := range []struct {
		kind lockKind
		junk func(*inventory) []*database
	}{{buildLock, s.halfBuilt}, {publishLock, s.outlived}} {
		names, roundErr := s.sweep(ctx, round.kind, round.junk)
		dropped = append(dropped, names...)
		if !fault.Is(roundErr, fault.Busy) {
			err = errors.Join(err, roundErr)
		}
	}
	expired, expireErr := s.expireBranches(ctx)
	return append(dropped, expired...), errors.Join(err, expireErr)
}

// sweep drops what junk finds, under a lock that it borrows from this Server
// or takes for the time.
func (s *Server) sweep(ctx context.Context, kind lockKind, junk func(*inventory) []*database) (dropped []string, err error) {
	s.mu.Lock()
	have := s.held[kind] != nil
	s.mu.Unlock()
	if !have {
		held, release, err := s.lock(ctx, kind)
		if err != nil {
			return nil, err
		}
		defer release()
		ctx = held
	}
	err = s.admin(ctx, func(conn *pgx.Conn) error {
		inv, err := s.take(ctx, conn, true)
		if err != nil {
			return err
		}
		var failures []error
		for _, d := range junk(inv) {
			if err := s.drop(ctx, conn, d.name, d.oid); err != nil {
				failures = append(failures, fmt.Errorf("%s is left over: %w", catalog.Display(d.name), err))
				if conn.IsClosed() || ctx.Err() != nil {
					break
				}
				continue
			}
			dropped = append(dropped, d.name)
		}
		return errors.Join(failures...)
	})
	return dropped, err
}

// halfBuilt are the builds that no run works on.
func (s *Server) halfBuilt(inv *inventory) (out []*database) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range inv.generations {
		if d.ours && !s.ours[d.oid] && (d.broken && d.suffix == "" || d.role() == Building) {
			out = append(out, d)
		}
	}
	return out
}

// outlived are the finished databases of no more use.
func (s *Server) outlived(inv *inventory) (out []*database) {
	keep := map[*database]bool{}
	if waiting := inv.unpublished(); waiting != nil {
		keep[waiting] = true
	}
	previous := inv.previous()
	if inv.serving() < 0 {
		// Staging is gone or not ours any more: who did that may want these back.
		for _, d := range inv.generations {
			if m := d.marker; m != nil && m.Role != Discarded && (m.Published != nil || m.Retired != nil) {
				keep[d] = true
			}
		}
	}
	for _, d := range previous[:min(s.cfg.Keep, len(previous))] {
		keep[d] = true
		// A generation rolled back from takes its pristine along when it returns.
		if p := inv.pristine(d.number); p != nil && d.number > inv.serving() {
			keep[p] = true
		}
	}
	if p := inv.pristine(inv.serving()); p != nil {
		keep[p] = true
	}
	others := inv.otherPristines()
	for _, p := range others[:min(s.cfg.KeepPristines, len(others))] {
		keep[p] = true
	}
	for _, d := range inv.generations {
		if d.ours && !keep[d] && d.finished(inv) {
			out = append(out, d)
		}
	}
	return out
}

// finished tells whether d is past being built, and known to be no more than
// it seems.
func (d *database) finished(inv *inventory) bool {
	if d.broken {
		return d.suffix != ""
	}
	switch d.role() {
	case Building, Live:
		return false
	case Candidate:
		return d.marker != nil || d.repeatable(inv)
	}
	return true
}

// repeatable tells that a candidate can be cloned again. One without a marker
// is known by its provenance; that it is nothing more than a clone shows from
// the pristine it comes from: one whose generation was never live, or is.
func (d *database) repeatable(inv *inventory) bool {
	p := inv.pristine(d.number)
	return d.role() == Candidate && p != nil && (d.marker != nil || p.marker.Published == nil || d.number == inv.serving())
}
