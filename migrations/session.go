package migrations

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/golang-migrate/migrate/v4"
	"github.com/golang-migrate/migrate/v4/database"
	migratepgx "github.com/golang-migrate/migrate/v4/database/pgx/v5"
	"github.com/golang-migrate/migrate/v4/source/iofs"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/understudy-db/understudy/catalog"
)

// Runner says how the project runs golang-migrate; the zero value is what its
// command line does without options.
type Runner struct {
	Table           string        // x-migrations-table
	TableQuoted     bool          // x-migrations-table-quoted
	MultiStatement  bool          // x-multi-statement
	OneTransaction  bool          // a driver of the project's own runs all pending files in one transaction
	StatementTime   time.Duration // x-statement-timeout
	LockTimeout     time.Duration // lock_timeout that the application sets for the session; 0: none
	EachStatement   time.Duration // statement_timeout that the application sets for the session; 0: none
	SessionSettings map[string]string
}

// session is golang-migrate at work on one database over one connection.
type session struct {
	m      *migrate.Migrate
	conn   *pgx.Conn // the connection that the migrations run on
	driver database.Driver
	db     *sql.DB
}

// wrap puts a driver of ours around golang-migrate's.
type wrap func(d database.Driver, conn *pgx.Conn) database.Driver

// openSession starts golang-migrate with its own pgx/v5 driver. settings are
// set first, as an earlier file of the same run would have.
func (h *host) openSession(ctx context.Context, name string, dir fs.FS, r Runner, settings map[string]string, onNotice func(*pgconn.Notice), w wrap) (_ *session, err error) {
	cfg := h.config(name)
	for k, v := range r.SessionSettings {
		cfg.RuntimeParams[k] = v
	}
	for name, limit := range map[string]time.Duration{"lock_timeout": r.LockTimeout, "statement_timeout": r.EachStatement} {
		if limit > 0 {
			cfg.RuntimeParams[name] = strconv.FormatInt(max(limit.Milliseconds(), 1), 10)
		}
	}
	if onNotice != nil {
		cfg.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { onNotice(n) }
	}
	s := &session{}
	s.db = stdlib.OpenDB(*cfg, stdlib.OptionAfterConnect(func(_ context.Context, c *pgx.Conn) error {
		s.conn = c
		return nil
	}))
	s.db.SetMaxOpenConns(1)
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	drv, err := migratepgx.WithInstance(s.db, &migratepgx.Config{
		MigrationsTable: r.Table, MigrationsTableQuoted: r.TableQuoted, StatementTimeout: r.StatementTime,
		MultiStatementEnabled: r.MultiStatement, MultiStatementMaxSize: migratepgx.DefaultMultiStatementMaxSize,
	})
	if err != nil {
		return nil, cannot("open the database with golang-migrate", cause(err))
	}
	s.driver = drv
	if w != nil {
		s.driver = w(drv, s.conn)
	}
	last := func(k string) int { // a role may have no right to set the others
		if k == "role" {
			return 1
		}
		return 0
	}
	for _, k := range slices.SortedFunc(maps.Keys(settings), func(a, b string) int { return cmp.Or(last(a)-last(b), cmp.Compare(a, b)) }) {
		if _, err := s.conn.Exec(ctx, "SELECT pg_catalog.set_config($1, $2, false)", k, settings[k]); err != nil {
			return nil, cannot("set "+k+" as an earlier migration did", err)
		}
	}
	src, err := iofs.New(dir, ".")
	if err != nil {
		return nil, err
	}
	if s.m, err = migrate.NewWithInstance("files", src, "pgx5", s.driver); err != nil {
		return nil, err
	}
	return s, nil
}

// step runs the next migration up (1) or down (-1) and ends it when ctx does.
// done: there is none.
func (s *session) step(ctx context.Context, n int) (done bool, err error) {
	stop := context.AfterFunc(ctx, s.abort)
	err = s.m.Steps(n)
	stop()
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if errors.Is(err, os.ErrNotExist) && !errors.As(err, new(*fs.PathError)) {
		return true, nil
	}
	return false, err
}

// abort cancels what runs and breaks the connection: golang-migrate knows no
// other way to stop a statement.
func (s *session) abort() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = s.conn.PgConn().CancelRequest(ctx)
	_ = s.conn.PgConn().Conn().Close()
}

// close ends the session. It may be called twice.
func (s *session) close() {
	if s == nil {
		return
	}
	if s.conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		_ = s.conn.Close(ctx)
		cancel()
	}
	_ = s.db.Close()
}

// cause is the server's error in what golang-migrate returns, or err itself.
func cause(err error) error {
	switch e := err.(type) { //nolint:errorlint // golang-migrate's errors do not unwrap, and the first of several is the one
	case *pgconn.PgError:
		return e
	case database.Error:
		return cause(e.OrigErr)
	case *database.Error:
		return cause(e.OrigErr)
	case migrate.MultiError: //nolint:staticcheck // deprecated, and still what it returns
		if len(e.Errs) > 0 {
			return cause(e.Errs[0])
		}
	case interface{ Unwrap() []error }:
		if errs := e.Unwrap(); len(errs) > 0 {
			return cause(errs[0])
		}
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg
	}
	return err
}

// inherited are the settings that files have changed for the session, apart
// from those that the tracer needs.
func (h *host) inherited(ctx context.Context, conn *pgx.Conn) (map[string]string, error) {
	rows, err := conn.Query(ctx, `SELECT lower(name), setting FROM pg_catalog.pg_settings
		WHERE source = 'session' AND context IN ('user', 'superuser') AND name NOT IN ('client_min_messages', 'session_authorization')
		UNION ALL SELECT 'role', current_setting('role') WHERE current_setting('role') <> $1`, pgx.QueryExecModeSimpleProtocol, cmp.Or(h.role, "none"))
	if err != nil {
		return nil, cannot("read the session's settings", err)
	}
	out := map[string]string{}
	var k, v string
	if _, err = pgx.ForEachRow(rows, []any{&k, &v}, func() error { out[k] = v; return nil }); err != nil {
		return nil, cannot("read the session's settings", err)
	}
	return out, nil
}

// Failure is an error of a migration as reports hold it: codes and names, no
// row value.
type Failure struct {
	State      string `json:"sqlstate,omitempty"`
	Message    string `json:"message"`
	Statement  int    `json:"statement,omitempty"` // counted from 1; 0: not known, or at the commit
	Line       int    `json:"line,omitempty"`
	Schema     string `json:"schema,omitempty"`
	Table      string `json:"table,omitempty"`
	Column     string `json:"column,omitempty"`
	Constraint string `json:"constraint,omitempty"`
	AtCommit   bool   `json:"at_commit,omitempty"`
	Missing    string `json:"missing_on_server,omitempty"` // the kind of thing that the rehearsal's server may lack and production have: role or extension
}

// failureOf redacts an error. src is the text that was sent, at line firstLine
// of its file; the position that the server gives with an error of syntax
// becomes a line.
func failureOf(err error, src string, firstLine int) *Failure {
	var dirty migrate.ErrDirty
	if errors.As(err, &dirty) {
		return &Failure{Message: dirty.Error()}
	}
	c := cause(err)
	f := &Failure{Message: catalog.Redact(c).Error()}
	var pg *pgconn.PgError
	if errors.As(c, &pg) {
		var se *catalog.ServerError
		if errors.As(catalog.Redact(pg), &se) {
			f.Message = se.Message
		}
		f.State, f.Schema, f.Table, f.Column, f.Constraint = pg.Code, pg.SchemaName, pg.TableName, pg.ColumnName, pg.ConstraintName
		if f.Missing = missing(pg); f.Missing == "role" && pg.Code == "22023" {
			f.Message = "the role does not exist"
		}
		if pg.Position > 0 {
			f.Line = firstLine - 1 + lineOf(src, byteOffset(src, int(pg.Position)-1))
		}
	}
	return f
}

// byteOffset is where the n-th character of s begins.
func byteOffset(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}
