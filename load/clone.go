package load

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
)

// createTries is how often CREATE DATABASE is tried while something passing is
// in the way: a process of the server's own inside the template, or what a
// killed run has left the server doing.
const createTries = 5

// clone copies a sealed generation to a new database and marks it as the
// candidate. On failure nothing of the copy is left.
func (s *Server) clone(ctx context.Context, conn *pgx.Conn, from *database, to string) (_ *database, err error) {
	started := time.Now()
	defer func() {
		if err != nil {
			s.cleanUpClone(ctx, to)
		}
	}()
	err = s.copyDatabase(ctx, conn, from.place(), to)
	for try := 1; nameTaken(err) && try < createTries; try++ {
		// The server goes on for a while with what a killed run has asked it.
		if err = s.dropNamed(ctx, conn, to); err == nil {
			err = s.copyDatabase(ctx, conn, from.place(), to)
		}
	}
	if err != nil {
		return nil, err
	}
	d := &database{name: to, number: from.number, suffix: liveSuffix, ours: true, open: true, governed: true}
	if err := conn.QueryRow(ctx, `SELECT oid FROM pg_catalog.pg_database WHERE datname = $1`, to).Scan(&d.oid); err != nil {
		return nil, s.failed(err, "find %s", catalog.Display(to))
	}
	m := *from.marker
	m.OID, m.Role, m.Run = d.oid, Candidate, s.cfg.RunID
	if err := mark(ctx, conn, to, m); err != nil {
		return nil, s.failed(err, "mark %s", catalog.Display(to))
	}
	d.marker = &m
	s.cfg.Log.Info("pristine cloned", "run", s.cfg.RunID, "database", to, "elapsed", time.Since(started))
	return d, nil
}

// copyDatabase is CREATE DATABASE with a template, by the fastest road that
// the server has: copying files, or sharing their blocks (18 and on, on file
// systems that can).
func (s *Server) copyDatabase(ctx context.Context, conn *pgx.Conn, from place, to string) error {
	sql := "CREATE DATABASE " + quoted(to) + " OWNER " + quoted(s.cfg.Owner) + " TEMPLATE " + quoted(from.name)
	if s.facts.major() >= 15 {
		sql += " STRATEGY FILE_COPY"
	}
	if s.facts.major() >= 18 {
		// Refused where the platform cannot; fails later where the file system cannot.
		if _, err := conn.Exec(ctx, "SET file_copy_method = clone"); err == nil {
			_, err = conn.Exec(ctx, sql)
			_, _ = conn.Exec(context.WithoutCancel(ctx), "RESET file_copy_method")
			if err == nil {
				return nil
			}
			if state := catalog.SQLState(err); !cannotShare(state) && state != stateObjectInUse {
				return s.failed(err, "clone %s", catalog.Display(from.name))
			}
		}
	}
	var err error
	for range createTries {
		if _, err = conn.Exec(ctx, sql); err == nil {
			return nil
		}
		// The server has waited five seconds by itself before it says so.
		if catalog.SQLState(err) != stateObjectInUse {
			break
		}
		if err := s.clear(ctx, conn, from); err != nil {
			return err
		}
	}
	return s.failed(err, "clone %s", catalog.Display(from.name))
}

// cannotShare tells from the SQLSTATE of CREATE DATABASE that the file system
// refused to share blocks between files. The server has few codes for what a
// system call can say: besides 58 (system error) and 0A000 it is XX000, which
// stands for the errors that it has no code for (EOPNOTSUPP, EXDEV, EINVAL).
func cannotShare(state string) bool {
	return strings.HasPrefix(state, "58") || state == "0A000" || state == "XX000"
}

// cleanUpClone drops what an interrupted copy may have left. PostgreSQL cleans
// up after a failed CREATE DATABASE itself, but a cancelled one may have
// finished just then.
func (s *Server) cleanUpClone(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	err := s.admin(ctx, func(conn *pgx.Conn) error { return s.dropNamed(ctx, conn, name) })
	if err != nil {
		s.warn("%s could not be dropped and is left for the next run: %v", catalog.Display(name), err)
	}
}

// dropNamed drops the database of that name, if it is ours.
func (s *Server) dropNamed(ctx context.Context, conn *pgx.Conn, name string) error {
	inv, err := s.take(ctx, conn, true)
	if err != nil {
		return err
	}
	if d := inv.find(name); d != nil && d.ours {
		return s.drop(ctx, conn, d.name, d.oid)
	}
	return nil
}

// nameTaken tells that CREATE DATABASE found the name in use, at once or by
// another that committed first.
func nameTaken(err error) bool {
	state := catalog.SQLState(err)
	return state == stateDuplicateDatabase || state == stateUniqueViolation
}
