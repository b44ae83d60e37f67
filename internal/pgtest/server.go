package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/understudy-db/understudy/internal/pgserver"
)

// PgDumpVariable names a pg_dump to use instead of the one found: a wrapper
// that runs it in a container, say. Its folder may hold the other clients too.
const PgDumpVariable = "UNDERSTUDY_PG_DUMP"

// stepTimeout bounds one step of preparing or cleaning up a test's database: a
// COPY that waits elsewhere on the server can hold DROP DATABASE up.
const stepTimeout = 5 * time.Minute

// Server is a PostgreSQL server that tests may use as its superuser.
type Server struct {
	// Local is the cluster behind the server, nil if it runs in docker.
	Local *pgserver.Server

	major     int
	host      string
	port      int
	password  string                      // the superuser's, docker only
	terminate func(context.Context) error // docker only

	mu     sync.Mutex
	scopes map[testing.TB]*scope
	roles  []string // could not be dropped yet: they own something in another test's database
}

// scope is what one test has on the server.
type scope struct {
	databases []string
	roles     []string
}

// Major is the server's major version, such as 17.
func (s *Server) Major() int { return s.major }

// URL is the superuser's connection string for a database.
func (s *Server) URL(db string) string { return s.url(s.superuser(), db) }

// URLFor is a role's connection string for a database.
func (s *Server) URLFor(role, password, db string) string {
	return s.url(url.UserPassword(role, password), db)
}

func (s *Server) url(user *url.Userinfo, db string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     user,
		Host:     net.JoinHostPort(s.host, strconv.Itoa(s.port)),
		Path:     "/" + db,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// names numbers the databases and roles of this test binary.
var names atomic.Int64

// unique is a short name that tells which test it belongs to.
func unique(t testing.TB) string {
	const longest = 24
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '_'
	}, strings.TrimPrefix(strings.TrimPrefix(t.Name(), "Test"), "Benchmark"))
	if len(name) > longest {
		name = name[:longest]
	}
	return "t_" + strings.Trim(name, "_") + "_" + strconv.FormatInt(names.Add(1), 10)
}

// Name is a unique, short database name, 40 bytes at most. The database is
// not created; if the test creates it, it is dropped with its generations
// (name__u…) when the test ends.
func (s *Server) Name(t testing.TB) string {
	t.Helper()
	name := unique(t)
	s.scope(t, func(sc *scope) { sc.databases = append(sc.databases, name) })
	return name
}

// Database creates a database for this test, runs the statements in it and
// returns the superuser's connection string. Each string may hold several
// statements. Database and generations (name__u…) are dropped when the test
// ends, with whoever is still connected.
func (s *Server) Database(t testing.TB, sql ...string) string {
	t.Helper()
	name := s.Name(t)
	ctx, cancel := context.WithTimeout(context.Background(), stepTimeout)
	defer cancel()
	s.admin(t, ctx, "CREATE DATABASE "+quote(name)+" TEMPLATE template0")
	if len(sql) > 0 {
		if err := execute(ctx, s.URL(name), sql...); err != nil {
			t.Fatalf("pgtest: fill database %s: %v", name, err)
		}
	}
	return s.URL(name)
}

// DatabaseOf is the database that a connection string of this package names.
func DatabaseOf(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(u.Path, "/")
}

// Role creates a role for this test, a login role unless the attributes (of
// CREATE ROLE) say NOLOGIN. It is dropped when the test ends, after the
// test's databases.
func (s *Server) Role(t testing.TB, attrs string) (name, password string) {
	t.Helper()
	name, password = unique(t), "secret-"+strconv.FormatInt(names.Add(1), 10)
	login := "LOGIN"
	if strings.Contains(strings.ToUpper(attrs), "LOGIN") {
		login = ""
	}
	s.scope(t, func(sc *scope) { sc.roles = append(sc.roles, name) })
	ctx, cancel := context.WithTimeout(context.Background(), stepTimeout)
	defer cancel()
	s.admin(t, ctx, fmt.Sprintf("CREATE ROLE %s %s PASSWORD '%s' %s", quote(name), login, password, attrs))
	return name, password
}

// Conn connects and closes the connection when the test ends.
func (s *Server) Conn(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), stepTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatalf("pgtest: connect: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stepTimeout)
		defer cancel()
		_ = conn.Close(ctx) // the test may have broken it on purpose
	})
	return conn
}

// Exec runs statements in a database as the superuser.
func (s *Server) Exec(t testing.TB, db string, sql ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), stepTimeout)
	defer cancel()
	if err := execute(ctx, s.URL(db), sql...); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
}

// Programs are client programs on this machine that fit the server: at least
// as new. The test is skipped if there are none.
func (s *Server) Programs(t testing.TB) pgserver.Programs {
	t.Helper()
	if path := s.wantedPgDump(); path != "" {
		return pgserver.Programs{Dir: filepath.Dir(path), Major: s.major}
	}
	if s.Local != nil {
		return s.Local.Programs()
	}
	p, err := pgserver.Find(0)
	if err != nil {
		t.Skipf("pgtest: no PostgreSQL client programs on this machine: %v", err)
	}
	if p.Major < s.major {
		t.Skipf("pgtest: the server is PostgreSQL %d and this machine's programs are of %d; set %s", s.major, p.Major, PgDumpVariable)
	}
	return p
}

// PgDump is the path of a pg_dump that fits the server. The test is skipped
// if there is none.
func (s *Server) PgDump(t testing.TB) string {
	t.Helper()
	if path := s.wantedPgDump(); path != "" {
		return path
	}
	return s.Programs(t).Path("pg_dump")
}

// wantedPgDump is the pg_dump that the environment names, unless it is known to
// be older than this server: the target may be newer than the source.
func (s *Server) wantedPgDump() string {
	path := os.Getenv(PgDumpVariable)
	if p, err := pgserver.At(filepath.Dir(path)); path != "" && err == nil && p.Major < s.major {
		return ""
	}
	return path
}

// scope changes what belongs to a test, and has it dropped at its end.
func (s *Server) scope(t testing.TB, change func(*scope)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.scopes == nil {
		s.scopes = map[testing.TB]*scope{}
	}
	sc := s.scopes[t]
	if sc == nil {
		sc = &scope{}
		s.scopes[t] = sc
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), stepTimeout)
			defer cancel()
			s.mu.Lock()
			delete(s.scopes, t)
			s.mu.Unlock()
			if err := s.drop(ctx, sc); err != nil {
				t.Errorf("pgtest: clean up: %v", err)
			}
		})
	}
	change(sc)
}

// drop removes a test's databases, then its roles.
func (s *Server) drop(ctx context.Context, sc *scope) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, name := range sc.databases {
		generations, err := list(ctx, conn,
			`SELECT datname FROM pg_catalog.pg_database WHERE datname = $1 OR starts_with(datname, $1 || '__u')`, name)
		if err != nil {
			return err
		}
		for _, db := range generations {
			if err := s.dropDatabase(ctx, conn, db); err != nil {
				return fmt.Errorf("drop database %s: %w", db, err)
			}
		}
	}
	s.mu.Lock()
	roles := append(s.roles, sc.roles...)
	s.roles = nil
	s.mu.Unlock()
	for _, role := range roles {
		const dependentObjects = "2BP01"
		_, err := conn.Exec(ctx, "DROP ROLE IF EXISTS "+quote(role))
		var refused *pgconn.PgError
		switch {
		case errors.As(err, &refused) && refused.Code == dependentObjects:
			// It owns something in the database of an outer test, which goes later.
			s.mu.Lock()
			s.roles = append(s.roles, role)
			s.mu.Unlock()
		case err != nil:
			return fmt.Errorf("drop role %s: %w", role, err)
		}
	}
	return nil
}

// dropDatabase drops a database whatever a test did to it.
func (s *Server) dropDatabase(ctx context.Context, conn *pgx.Conn, db string) error {
	prepared, err := list(ctx, conn, `SELECT gid FROM pg_catalog.pg_prepared_xacts WHERE database = $1`, db)
	if err != nil {
		return err
	}
	if len(prepared) > 0 {
		if _, err := conn.Exec(ctx, "ALTER DATABASE "+quote(db)+" ALLOW_CONNECTIONS true"); err != nil {
			return err
		}
		var sql []string
		for _, gid := range prepared {
			sql = append(sql, "ROLLBACK PREPARED '"+strings.ReplaceAll(gid, "'", "''")+"'")
		}
		if err := execute(ctx, s.URL(db), sql...); err != nil {
			return err
		}
	}
	if _, err := conn.Exec(ctx, `SELECT pg_catalog.pg_drop_replication_slot(slot_name)
		FROM pg_catalog.pg_replication_slots WHERE database = $1 AND NOT active`, db); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, `UPDATE pg_catalog.pg_database SET datistemplate = false WHERE datname = $1 AND datistemplate`, db); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "DROP DATABASE IF EXISTS "+quote(db)+" WITH (FORCE)")
	return err
}

// leftovers names what tests have left on the server.
func (s *Server) leftovers(ctx context.Context) ([]string, error) {
	if err := s.drop(ctx, &scope{}); err != nil {
		return nil, err
	}
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	return list(ctx, conn, `
		SELECT 'database ' || datname FROM pg_catalog.pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1')
		UNION ALL SELECT 'role ' || rolname FROM pg_catalog.pg_roles WHERE rolname <> $1 AND NOT starts_with(rolname, 'pg_')
		UNION ALL SELECT 'replication slot ' || slot_name FROM pg_catalog.pg_replication_slots
		UNION ALL SELECT 'table ' || oid::regclass FROM pg_catalog.pg_class WHERE relnamespace = 'public'::regnamespace
		ORDER BY 1`, pgserver.Superuser)
}

func (s *Server) close(ctx context.Context) error {
	if s.Local != nil {
		return s.Local.Remove()
	}
	return s.terminate(ctx)
}

// admin runs one statement on the maintenance database.
func (s *Server) admin(t testing.TB, ctx context.Context, sql string) {
	t.Helper()
	if err := execute(ctx, s.URL("postgres"), sql); err != nil {
		t.Fatalf("pgtest: %s: %v", sql, err)
	}
}

// execute runs each text as one simple query.
func execute(ctx context.Context, url string, sql ...string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, text := range sql {
		if _, err := conn.PgConn().Exec(ctx, text).ReadAll(); err != nil {
			return fmt.Errorf("%s: %w", excerpt(text), err)
		}
	}
	return nil
}

// excerpt keeps a message about a long script readable.
func excerpt(sql string) string {
	const longest = 200
	if len(sql) > longest {
		return sql[:longest] + "…"
	}
	return sql
}

func list(ctx context.Context, conn *pgx.Conn, sql string, args ...any) ([]string, error) {
	rows, err := conn.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
