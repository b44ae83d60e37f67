package load

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// beforePublish runs the statements on the new staging as its owner, each in a
// session of its own, in order. The first that fails stops the publishing.
func (s *Server) beforePublish(ctx context.Context, database string) error {
	for _, st := range s.cfg.BeforePublish {
		started := time.Now()
		if err := s.runStatement(ctx, database, st); err != nil {
			return err
		}
		s.cfg.Log.Info("before_publish done", "run", s.cfg.RunID, "statement", st.Origin, "elapsed", time.Since(started))
	}
	return nil
}

// usualPath makes names resolve as they will for everybody who connects to
// staging: by the database's own search_path, or PostgreSQL's default.
const usualPath = `
SELECT pg_catalog.set_config('search_path', COALESCE((
	SELECT pg_catalog.substr(c, pg_catalog.length('search_path=') + 1)
	FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase, pg_catalog.unnest(s.setconfig) c
	WHERE d.datname = pg_catalog.current_database() AND s.setrole = 0 AND pg_catalog.starts_with(c, 'search_path=')
), '"$user", public'), false)`

func (s *Server) runStatement(ctx context.Context, database string, st Statement) error {
	conn, err := s.dialDatabase(ctx, database, "before_publish", nil)
	if err != nil {
		return err
	}
	defer closeQuietly(conn)
	if _, err := conn.Exec(ctx, usualPath); err != nil {
		return s.failed(err, "before_publish")
	}
	results := conn.PgConn().Exec(ctx, st.SQL)
	done := 0
	for results.NextResult() {
		if _, err := results.ResultReader().Close(); err == nil {
			done++
		}
	}
	err = results.Close()
	if err == nil && conn.PgConn().TxStatus() != 'I' {
		return fault.New(fault.Verification, "before_publish leaves a transaction open").At(st.Origin).
			WithHint("end it with COMMIT, or leave BEGIN out: a file is one transaction by itself")
	}
	if err != nil {
		return s.statementFailed(err, st, done)
	}
	return nil
}

// statementFailed says where in the text it failed: by line where the server
// tells a position, else by counting the commands that were done.
func (s *Server) statementFailed(err error, st Statement, done int) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("before_publish %s: %w", st.Origin, err)
	}
	kind := fault.Verification
	switch {
	case catalog.Transient(err):
		kind = fault.Transient
	case catalog.SQLState(err) == stateDiskFull:
		kind = fault.Preflight
	}
	msg := "before_publish failed"
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Position > 0 {
		line, column := lineAndColumn(st.SQL, int(pg.Position))
		msg = fmt.Sprintf("before_publish failed at line %d, column %d", line, column)
	} else if done > 0 {
		msg = fmt.Sprintf("before_publish failed after %s", plural(done, "command"))
	}
	return fault.Wrap(kind, catalog.RedactEvaluated(err), "%s", msg).At(st.Origin).
		WithHint("staging is as it was; mend the statement and run `understudy refresh --resume`")
}

// lineAndColumn turns the server's position, in characters from 1, into line and
// column.
func lineAndColumn(sql string, position int) (line, column int) {
	runes := []rune(sql)
	before := string(runes[:min(position-1, len(runes))])
	line = strings.Count(before, "\n") + 1
	return line, len([]rune(before[strings.LastIndex(before, "\n")+1:])) + 1
}
