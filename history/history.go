// Package history keeps what became of runs, and what people have asked of them,
// in a database of its own on the target server. Nothing depends on it: where it
// is not there, or does not answer, runs go on without.
package history

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/golang-migrate/migrate/v4"
	migratepgx "github.com/golang-migrate/migrate/v4/database/pgx/v5"
	"github.com/golang-migrate/migrate/v4/source/iofs"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

//go:embed migrations
var files embed.FS

// answerTimeout bounds everything that is asked of the database.
const answerTimeout = 10 * time.Second

// KeepFor is how long runs stay.
const KeepFor = 400 * 24 * time.Hour

// lostAfter is the silence after which a run that has not ended counts as lost.
const lostAfter = 2 * time.Minute

// Store is the database.
type Store struct {
	dsn catalog.DSN
	old bool // made by an earlier version: keeps runs and no log
}

// Staging is whose runs they are.
type Staging struct{ Project, Database string }

// Run is one of a verb that changes staging. It holds names, counts and errors
// without values.
type Run struct {
	ID          string          `json:"run"`
	Project     string          `json:"project"`
	Staging     string          `json:"staging"`
	Verb        string          `json:"verb"`
	Actor       string          `json:"actor"`
	Reason      string          `json:"reason,omitempty"`
	Host        string          `json:"host"`
	PID         int             `json:"pid"`
	Started     time.Time       `json:"started"`
	Seen        time.Time       `json:"seen"`            // when it last said that it goes on
	Stage       string          `json:"stage,omitempty"` // that it was in then
	Ended       *time.Time      `json:"ended,omitempty"`
	ExitCode    *int            `json:"exit_code,omitempty"`
	Error       string          `json:"error,omitempty"`
	Generation  *int            `json:"generation,omitempty"`
	Report      json.RawMessage `json:"report,omitempty"`
	CancelledBy string          `json:"cancelled_by,omitempty"`
	Outcome     string          `json:"result"` // Result, as it was when the run was read
}

// Result is a word for how a run ended: running, lost, succeeded, cancelled or failed.
func (r Run) Result() string {
	switch {
	case r.ExitCode == nil && time.Since(r.Seen) > lostAfter:
		return "lost"
	case r.ExitCode == nil:
		return "running"
	case *r.ExitCode == 0:
		return "succeeded"
	case r.CancelledBy != "":
		return "cancelled"
	}
	return "failed"
}

// Pause keeps a schedule from beginning refreshes.
type Pause struct {
	Since  time.Time `json:"since"`
	Actor  string    `json:"actor"`
	Reason string    `json:"reason,omitempty"`
}

// Open finds the history on the target server; nil if there is none.
func Open(ctx context.Context, target catalog.DSN, name string) (*Store, error) {
	// Who keeps no history may not be let into such a database either.
	var there bool
	err := (&Store{dsn: target}).with(ctx, func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $1)`, name).Scan(&there)
	})
	if err != nil || !there {
		return nil, err
	}
	s := &Store{dsn: target.OnDatabase(name)}
	err = s.with(ctx, func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, `SELECT pg_catalog.to_regclass('understudy.runs') IS NOT NULL, pg_catalog.to_regclass('understudy.log') IS NULL`).Scan(&there, &s.old)
	})
	if err == nil && !there {
		return nil, nil
	}
	return s, err
}

// Old tells of a database that `understudy history init` has to bring up to date:
// it keeps runs, and no log.
func (s *Store) Old() bool { return s.old }

func (s *Store) tooOld() error {
	return fault.New(fault.Preflight, "the history was made by an earlier version of understudy").WithHint("`understudy history init` brings it up to date")
}

// Init makes the database and its tables, or brings them up to date. It refuses
// a database that holds anything else.
func Init(ctx context.Context, target catalog.DSN, name string) (created bool, err error) {
	s := &Store{dsn: target.OnDatabase(name)}
	admin, err := catalog.Connect(ctx, target, catalog.Session{AppName: "understudy history"})
	if err != nil {
		return false, err
	}
	defer func() { _ = admin.Close(context.WithoutCancel(ctx)) }()
	if err := admin.QueryRow(ctx, `SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $1)`, name).Scan(&created); err != nil {
		return false, s.failed(err, "look for the database of the history")
	}
	if created {
		if _, err := admin.Exec(ctx, "CREATE DATABASE "+catalog.QuoteIdent(name)); err != nil {
			return false, s.failed(err, "create the database of the history")
		}
	}
	var foreign bool
	var config *pgx.ConnConfig
	err = s.with(ctx, func(conn *pgx.Conn) error {
		config = conn.Config()
		return conn.QueryRow(ctx, `SELECT pg_catalog.to_regclass('understudy.runs') IS NULL AND EXISTS (
			SELECT FROM pg_catalog.pg_class WHERE relnamespace NOT IN (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname ~ '^pg_' OR nspname = 'information_schema')
			AND relname <> 'schema_migrations' AND relkind IN ('r', 'p', 'v', 'm'))`).Scan(&foreign)
	})
	if err != nil {
		return created, err
	}
	if foreign {
		return created, fault.New(fault.Preflight, "the database %s exists and holds something else", catalog.Display(name)).
			WithHint("name another one with history.database")
	}
	config.RuntimeParams["search_path"] = "public"
	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()
	return created, s.migrate(db)
}

// migrate runs our own migrations by golang-migrate.
func (s *Store) migrate(db *sql.DB) error {
	driver, err := migratepgx.WithInstance(db, &migratepgx.Config{})
	if err != nil {
		return s.failed(err, "prepare the history's tables")
	}
	src, err := iofs.New(files, "migrations")
	if err != nil {
		return err
	}
	m, err := migrate.NewWithInstance("files", src, "pgx5", driver)
	if err != nil {
		return s.failed(err, "prepare the history's tables")
	}
	if err := m.Up(); err != nil && !errors.Is(err, migrate.ErrNoChange) {
		return s.failed(err, "make the history's tables")
	}
	return nil
}

func (s *Store) failed(err error, what string) error {
	return fault.Wrap(fault.Preflight, catalog.Redact(err), "%s", what)
}

// with opens a session for one question.
func (s *Store) with(ctx context.Context, ask func(*pgx.Conn) error) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	conn, err := catalog.Connect(ctx, s.dsn, catalog.Session{AppName: "understudy history"})
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if err := ask(conn); err != nil {
		return catalog.Redact(err)
	}
	return nil
}

func (s *Store) exec(ctx context.Context, query string, args ...any) (rows int64, err error) {
	err = s.with(ctx, func(conn *pgx.Conn) error {
		tag, err := conn.Exec(ctx, query, args...)
		rows = tag.RowsAffected()
		return err
	})
	return rows, err
}

// Put writes a run as it is now: when it begins, and when it has ended, or both
// at once if the database was away in between. What somebody has asked of it
// stays.
func (s *Store) Put(ctx context.Context, r Run) error {
	_, err := s.exec(ctx, `
		INSERT INTO understudy.runs (id, project, staging, verb, actor, reason, host, pid, started, seen, ended, exit_code, error, generation, report)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now(), $10, $11, $12, $13, $14)
		ON CONFLICT (id) DO UPDATE SET seen = now(), ended = EXCLUDED.ended, exit_code = EXCLUDED.exit_code, error = EXCLUDED.error,
			generation = EXCLUDED.generation, report = EXCLUDED.report`,
		r.ID, r.Project, r.Staging, r.Verb, r.Actor, r.Reason, r.Host, r.PID, r.Started, r.Ended, r.ExitCode, r.Error, r.Generation, r.Report)
	if err != nil || r.Ended == nil {
		return err
	}
	_, err = s.exec(ctx, `DELETE FROM understudy.runs WHERE started < now() - $1::interval`, KeepFor)
	return err
}

// Seen says that a run goes on, in which stage, and tells who has asked it to
// stop; empty: nobody.
func (s *Store) Seen(ctx context.Context, id, stage string) (cancelledBy string, err error) {
	err = s.with(ctx, func(conn *pgx.Conn) error {
		query, args := `UPDATE understudy.runs SET seen = now(), stage = $2 WHERE id = $1 RETURNING cancelled_by`, []any{id, stage}
		if s.old {
			query, args = `UPDATE understudy.runs SET seen = now() WHERE id = $1 RETURNING cancelled_by`, args[:1]
		}
		err := conn.QueryRow(ctx, query, args...).Scan(&cancelledBy)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return err
	})
	return cancelledBy, err
}

// columns are those of a run but its report.
func (s *Store) columns() string {
	stage := "stage"
	if s.old {
		stage = "''"
	}
	return `id, project, staging, verb, actor, reason, host, pid, started, seen, ended, exit_code, error, generation, cancelled_by, ` + stage
}

func scan(row pgx.CollectableRow) (r Run, err error) {
	err = row.Scan(&r.ID, &r.Project, &r.Staging, &r.Verb, &r.Actor, &r.Reason, &r.Host, &r.PID, &r.Started, &r.Seen, &r.Ended, &r.ExitCode, &r.Error, &r.Generation, &r.CancelledBy, &r.Stage)
	r.Outcome = r.Result()
	return r, err
}

// List gives the latest runs, the last one first.
func (s *Store) List(ctx context.Context, of Staging, limit int) (out []Run, err error) {
	err = s.with(ctx, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, `SELECT `+s.columns()+` FROM understudy.runs WHERE project = $1 AND staging = $2 ORDER BY started DESC, id LIMIT $3`, of.Project, of.Database, limit)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, scan)
		return err
	})
	return out, err
}

// Find is the run whose ID begins so, with its report. Errors are of kind Usage
// where there is none, or more than one.
func (s *Store) Find(ctx context.Context, of Staging, id string) (r Run, err error) {
	var found []Run
	err = s.with(ctx, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, `SELECT `+s.columns()+` FROM understudy.runs WHERE project = $1 AND staging = $2 AND pg_catalog.starts_with(id, $3) LIMIT 2`, of.Project, of.Database, id)
		if err != nil {
			return err
		}
		if found, err = pgx.CollectRows(rows, scan); err != nil || len(found) != 1 {
			return err
		}
		return conn.QueryRow(ctx, `SELECT report FROM understudy.runs WHERE id = $1`, found[0].ID).Scan(&found[0].Report)
	})
	switch {
	case err != nil:
		return r, err
	case len(found) == 0:
		return r, fault.New(fault.Usage, "the history has no run %s", strings.ToValidUTF8(id, "?")).WithHint("`understudy history` lists them")
	case len(found) > 1:
		return r, fault.New(fault.Usage, "more than one run begins with %s", strings.ToValidUTF8(id, "?")).WithHint("give more of its name")
	}
	return found[0], nil
}

// Cancel asks a run to stop; false if it has ended.
func (s *Store) Cancel(ctx context.Context, id, actor string) (bool, error) {
	n, err := s.exec(ctx, `UPDATE understudy.runs SET cancelled_by = $2 WHERE id = $1 AND ended IS NULL`, id, actor)
	return n > 0, err
}

// Pause keeps the schedule from beginning refreshes until Resume.
func (s *Store) Pause(ctx context.Context, of Staging, actor, reason string) error {
	_, err := s.exec(ctx, `INSERT INTO understudy.pauses VALUES ($1, $2, now(), $3, $4)
		ON CONFLICT (project, staging) DO UPDATE SET actor = EXCLUDED.actor, reason = EXCLUDED.reason`, of.Project, of.Database, actor, reason)
	return err
}

// Resume ends a pause; false if there was none.
func (s *Store) Resume(ctx context.Context, of Staging) (bool, error) {
	n, err := s.exec(ctx, `DELETE FROM understudy.pauses WHERE project = $1 AND staging = $2`, of.Project, of.Database)
	return n > 0, err
}

// Paused is the pause in force; nil: none.
func (s *Store) Paused(ctx context.Context, of Staging) (*Pause, error) {
	p := &Pause{}
	err := s.with(ctx, func(conn *pgx.Conn) error {
		err := conn.QueryRow(ctx, `SELECT since, actor, reason FROM understudy.pauses WHERE project = $1 AND staging = $2`, of.Project, of.Database).Scan(&p.Since, &p.Actor, &p.Reason)
		if errors.Is(err, pgx.ErrNoRows) {
			p = nil
			return nil
		}
		return err
	})
	return p, err
}

// TableRun is what became of one table in one run.
type TableRun struct {
	Run     string    `json:"run"`
	Started time.Time `json:"started"`
	Mode    string    `json:"mode"`
	Rows    int64     `json:"rows"`
	Bytes   int64     `json:"bytes"`
	Seconds float64   `json:"seconds"`
}

// Table tells how a table went in the latest runs that succeeded, the last one
// first.
func (s *Store) Table(ctx context.Context, of Staging, name string, limit int) (out []TableRun, err error) {
	if s.old {
		return nil, s.tooOld()
	}
	err = s.with(ctx, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, `SELECT t.run, t.started, t.mode, t.rows, t.bytes, t.seconds FROM understudy.tables t JOIN understudy.runs r ON r.id = t.run
			WHERE t.project = $1 AND t.staging = $2 AND t.name = $3 AND r.exit_code = 0 ORDER BY t.started DESC LIMIT $4`, of.Project, of.Database, name, limit)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, pgx.RowToStructByPos[TableRun])
		return err
	})
	return out, err
}
