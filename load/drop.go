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
	var now catalog.OID
	var broken, unmarked bool
	err := conn.QueryRow(ctx, `
		SELECT oid, datconnlimit = -2, pg_catalog.shobj_description(oid, 'pg_database') IS NULL
		FROM pg_catalog.pg_database WHERE datname = $1`, name).Scan(&now, &broken, &unmarked)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return s.failed(err, "find %s", catalog.Display(name))
	case now != oid:
		return fault.New(fault.Other, "refusing to drop %s: another database has taken its name", catalog.Display(name))
	}
	started := time.Now()
	if unmarked && !broken {
		// What was proven by a look inside could not be once it is closed.
		m := newBuild(s, number).marker
		m.OID = oid
		if err := mark(ctx, conn, name, m); err != nil && !gone(err) {
			return s.failed(err, "mark %s", catalog.Display(name))
		}
	}
	if !broken {
		// So that nobody comes back between being thrown out and the drop.
		_, err := conn.Exec(ctx, "ALTER DATABASE "+quoted(name)+" ALLOW_CONNECTIONS false")
		switch {
		case gone(err):
			return nil
		case err != nil:
			return s.failed(err, "close %s", catalog.Display(name))
		}
		if err := s.clear(ctx, conn, place{oid, name}); err != nil {
			return err
		}
	}
	if _, err := conn.Exec(ctx, "DROP DATABASE "+quoted(name)+" WITH (FORCE)"); err != nil && !gone(err) {
		return s.failed(err, "drop %s", catalog.Display(name))
	}
	s.cfg.Log.Info("database dropped", "run", s.cfg.RunID, "database", name, "elapsed", time.Since(started))
	return nil
}
