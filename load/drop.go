package load

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// gone tells that a database was dropped meanwhile: the server goes on for a
// while with the DROP DATABASE that a killed run has asked it.
func gone(err error) bool { return catalog.SQLState(err) == stateNoDatabase }

// drop takes away a database that was proven ours when it had this OID. It
// never drops staging. A database that is gone already is no error.
func (s *Server) drop(ctx context.Context, conn *pgx.Conn, name string, oid catalog.OID) error {
	number, _, ok := s.names.parse(name)
	if !ok {
		return fault.New(fault.Other, "refusing to drop %s: it is no generation's database", catalog.Display(name))
	}
	f, err := s.findDoomed(ctx, conn, place{oid, name})
	if err != nil || f == nil {
		return err
	}
	if f.unmarked && !f.broken {
		// What was proven by a look inside could not be once it is closed.
		m := newBuild(s, number).marker
		m.OID = oid
		if err := mark(ctx, conn, name, m); err != nil && !gone(err) {
			return s.failed(err, "mark %s", catalog.Display(name))
		}
	}
	return s.remove(ctx, conn, place{oid, name}, f.broken)
}

// doomed is what matters of a database that is to be dropped.
type doomed struct {
	broken   bool // an earlier DROP DATABASE was interrupted
	unmarked bool
}

// findDoomed looks whether a name still belongs to the database that it is
// thought to be; nil if there is none of that name any more.
func (s *Server) findDoomed(ctx context.Context, conn *pgx.Conn, p place) (*doomed, error) {
	var now catalog.OID
	var d doomed
	err := conn.QueryRow(ctx, `
		SELECT oid, datconnlimit = -2, pg_catalog.shobj_description(oid, 'pg_database') IS NULL
		FROM pg_catalog.pg_database WHERE datname = $1`, p.name).Scan(&now, &d.broken, &d.unmarked)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, s.failed(err, "find %s", catalog.Display(p.name))
	case now != p.oid:
		return nil, fault.New(fault.Other, "refusing to drop %s: another database has taken its name", catalog.Display(p.name))
	}
	return &d, nil
}

// remove closes a database, ends its sessions and drops it. The caller has
// proven that it is ours.
func (s *Server) remove(ctx context.Context, conn *pgx.Conn, p place, broken bool) error {
	started := time.Now()
	if !broken {
		// So that nobody comes back between being thrown out and the drop.
		_, err := conn.Exec(ctx, "ALTER DATABASE "+quoted(p.name)+" ALLOW_CONNECTIONS false")
		switch {
		case gone(err):
			return nil
		case err != nil:
			return s.failed(err, "close %s", catalog.Display(p.name))
		}
		if err := s.clear(ctx, conn, p); err != nil {
			return err
		}
	}
	_, err := conn.Exec(ctx, "DROP DATABASE "+quoted(p.name)+" WITH (FORCE)")
	if catalog.SQLState(err) == stateInsufficientPrivilege {
		// Vacuum is at work in it, whose session is not for us to end; without
		// FORCE the server has it make way.
		_, err = conn.Exec(ctx, "DROP DATABASE "+quoted(p.name))
	}
	if err != nil && !gone(err) {
		return s.failed(err, "drop %s", catalog.Display(p.name))
	}
	s.cfg.Log.Info("database dropped", "run", s.cfg.RunID, "database", p.name, "elapsed", time.Since(started))
	return nil
}
