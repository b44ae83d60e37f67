package load

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
)

// Seal completes the generation: the provenance takes the ledger's place, and
// the database is closed to everybody. From then on it survives its run and
// can be published by another. Whether it is to stay as pristine is decided
// here, by Config.Pristine and the room there is.
func (b *Build) Seal(ctx context.Context, p Provenance) error {
	b.closeSessions()
	p.Project, p.Staging, p.Run, p.Generation = b.s.cfg.Project, b.s.cfg.Staging, b.s.cfg.RunID, b.number
	err := b.with(ctx, "seal", func(conn *pgx.Conn) error {
		if err := p.write(ctx, conn); err != nil {
			return b.s.failed(err, "write the provenance of %s", catalog.Display(b.name))
		}
		return nil
	})
	if err != nil {
		return err
	}
	err = b.s.admin(ctx, func(conn *pgx.Conn) error {
		inv, err := b.s.take(ctx, conn, false)
		if err != nil {
			return err
		}
		m := b.marker
		snapshot := p.Snapshot.UTC()
		m.Key = p.KeyFingerprint
		m.Role, m.Snapshot, m.LSN = b.s.sealedRole(inv, b.oid), &snapshot, p.LSN
		if err := b.s.closeAs(ctx, conn, b.name, m); err != nil {
			return err
		}
		b.marker, b.sealed = m, true
		// It is closed; who is still inside matters to the clone only.
		if err := b.s.clear(ctx, conn, place{b.oid, b.name}); err != nil {
			b.s.warn("%v", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.forget()
	b.s.cfg.Log.Info("generation sealed", "run", b.s.cfg.RunID, "database", b.name, "role", string(b.marker.Role))
	return nil
}

// sealedRole decides whether the generation stays as pristine.
func (s *Server) sealedRole(inv *inventory, oid catalog.OID) Role {
	switch s.cfg.Pristine {
	case "true":
		return Pristine
	case "false":
		return Complete
	}
	held, clone := inv.held(), int64(0)
	for _, d := range inv.generations {
		if d.oid == oid {
			clone = d.bytes
		}
	}
	if s.cfg.SpaceLimit > 0 && held+clone > s.cfg.SpaceLimit {
		s.warn("there is no room for a pristine beside staging: %s held, %s more needed, %s allowed; `understudy reset` will not work on this generation",
			size(held), size(clone), size(s.cfg.SpaceLimit))
		return Complete
	}
	return Pristine
}

// closeAs lets nobody in any more and says what the database now is, at once.
func (s *Server) closeAs(ctx context.Context, conn *pgx.Conn, database string, m marker) error {
	err := pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "ALTER DATABASE "+quoted(database)+" ALLOW_CONNECTIONS false"); err != nil {
			return err
		}
		return mark(ctx, tx, database, m)
	})
	if err != nil {
		return s.failed(err, "close %s", catalog.Display(database))
	}
	return nil
}
