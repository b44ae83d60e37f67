package migrations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

const (
	// databasePrefix begins the names of all databases of rehearsals.
	databasePrefix = "understudy_rehearsal_"
	// lockClass is the first half of the advisory locks that say which runs are
	// alive; it spells "rehe".
	lockClass = 0x72656865
	// maxDoomed is how many databases may wait to be dropped.
	maxDoomed = 2
	// cleanUpTimeout bounds clean-up after the run was cancelled.
	cleanUpTimeout = 30 * time.Second
	// leaveTimeout is how long closed sessions may take to leave a database.
	leaveTimeout = 10 * time.Second
)

// host is a PostgreSQL server with the databases that one rehearsal makes on it.
type host struct {
	base  *pgx.ConnConfig
	admin *pgx.Conn // holds the lock that says that this run is alive
	role  string    // role that sessions of migrations change to; empty: none
	run   string
	next  int

	fileCopy bool // the server knows STRATEGY (15)
	oneByOne bool // databases are large: drop one before the next is made

	live map[string]bool
	peak int
	most int64 // bytes that they took at most, looked at when one is made or dropped

	doom    chan string
	dropped sync.WaitGroup
	mu      sync.Mutex
	failed  error // the first database that could not be dropped
}

// marker is the comment on a database of a rehearsal.
type marker struct {
	Understudy string `json:"understudy"`
	Run        string `json:"run"`
}

// openHost connects to a server and drops what runs that are no more have left.
func openHost(ctx context.Context, dsn catalog.DSN, role string) (*host, []string, error) {
	admin, err := catalog.Connect(ctx, dsn, catalog.Session{AppName: "understudy/rehearse"})
	if err != nil {
		return nil, nil, err
	}
	h := &host{admin: admin, base: admin.Config(), role: role, live: map[string]bool{}, doom: make(chan string, maxDoomed)}
	h.run = fmt.Sprintf("%x", time.Now().UnixNano())
	if _, err := admin.Exec(ctx, "SELECT pg_advisory_lock($1::int4, $2::int4)", int32(lockClass), runLock(h.run)); err != nil {
		_ = admin.Close(ctx)
		return nil, nil, cannot("take the lock of this rehearsal", err)
	}
	swept, err := h.janitor(ctx)
	if err != nil {
		_ = admin.Close(ctx)
		return nil, nil, err
	}
	if err := admin.QueryRow(ctx, "SELECT current_setting('server_version_num')::int >= 150000").Scan(&h.fileCopy); err != nil {
		_ = admin.Close(ctx)
		return nil, nil, cannot("ask for the server's version", err)
	}
	h.dropped.Go(h.dropper)
	return h, swept, nil
}

func runLock(run string) int32 {
	f := fnv.New32a()
	_, _ = f.Write([]byte(run))
	return int32(f.Sum32())
}

// cannot is a failure of the rehearsal itself, not of a migration.
func cannot(what string, err error) error {
	kind := fault.Preflight
	if catalog.Transient(err) {
		kind = fault.Transient
	}
	return fault.Wrap(kind, catalog.Redact(err), "%s", what)
}

// janitor drops the databases of runs that hold their lock no more.
func (h *host) janitor(ctx context.Context) ([]string, error) {
	rows, err := h.admin.Query(ctx, `
		SELECT d.datname, coalesce(shobj_description(d.oid, 'pg_database'), '')
		FROM pg_database d
		WHERE starts_with(d.datname, $1) AND pg_has_role(d.datdba, 'MEMBER')`, databasePrefix)
	if err != nil {
		return nil, cannot("look for what earlier rehearsals left", err)
	}
	var name, comment string
	old := map[string]string{} // database → run
	if _, err := pgx.ForEachRow(rows, []any{&name, &comment}, func() error {
		var m marker
		run, _, _ := strings.Cut(strings.TrimPrefix(name, databasePrefix), "_")
		if json.Unmarshal([]byte(comment), &m) == nil && m.Run != "" {
			run = m.Run
		}
		old[name] = run
		return nil
	}); err != nil {
		return nil, cannot("look for what earlier rehearsals left", err)
	}
	var swept []string
	for name, run := range old {
		var alive bool
		if err := h.admin.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid::int8 = $1 AND objid::int8 = $2 AND objsubid = 2)`,
			int64(lockClass), int64(uint32(runLock(run)))).Scan(&alive); err != nil {
			return nil, cannot("look for what earlier rehearsals left", err)
		}
		if alive {
			continue
		}
		if err := dropDatabase(ctx, h.admin, name); err != nil {
			return nil, err
		}
		swept = append(swept, name)
	}
	return swept, nil
}

func dropDatabase(ctx context.Context, conn *pgx.Conn, name string) error {
	sql := "DROP DATABASE IF EXISTS " + catalog.QuoteIdent(name)
	_, err := conn.Exec(ctx, sql+" WITH (FORCE)")
	if catalog.SQLState(err) == "42501" {
		// Vacuum is at work in it, whose session is not for us to end; without
		// FORCE the server has it make way.
		_, err = conn.Exec(ctx, sql)
	}
	if err != nil {
		return cannot("drop database "+name, err)
	}
	return nil
}

// create makes a database, empty or as a copy of another one that nobody is
// connected to.
func (h *host) create(ctx context.Context, template string) (string, error) {
	h.next++
	name := fmt.Sprintf("%s%s_%d", databasePrefix, h.run, h.next)
	sql := "CREATE DATABASE " + catalog.QuoteIdent(name)
	if template != "" {
		if err := h.left(ctx, template); err != nil {
			return "", err
		}
		sql += " TEMPLATE " + catalog.QuoteIdent(template)
		if h.fileCopy {
			sql += " STRATEGY file_copy" // writes no WAL, and is faster at every size
		}
	}
	if h.role != "" {
		sql += " OWNER " + catalog.QuoteIdent(h.role)
	}
	h.live[name] = true
	h.peak = max(h.peak, len(h.live))
	if _, err := h.admin.Exec(ctx, sql); err != nil {
		return "", cannot("create a database for the rehearsal", err)
	}
	comment, err := json.Marshal(marker{"rehearsal", h.run})
	if err == nil {
		_, err = h.admin.Exec(ctx, "COMMENT ON DATABASE "+catalog.QuoteIdent(name)+" IS "+catalog.QuoteLiteral(string(comment)))
	}
	if err != nil {
		return "", cannot("mark a database of the rehearsal", err)
	}
	h.weigh(ctx)
	return name, nil
}

// weigh notes what copies take together. Those that began empty are not worth
// the look.
func (h *host) weigh(ctx context.Context) {
	if !h.oneByOne || h.admin.IsClosed() {
		return
	}
	var bytes int64
	if err := h.admin.QueryRow(ctx, "SELECT coalesce(sum(pg_database_size(oid)), 0)::int8 FROM pg_database WHERE datname = ANY ($1)", slices.Collect(maps.Keys(h.live))).Scan(&bytes); err == nil {
		h.most = max(h.most, bytes)
	}
}

// unused refuses a database that somebody is connected to.
func (h *host) unused(ctx context.Context, name string) error {
	var n int
	if err := h.admin.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = $1", name).Scan(&n); err != nil {
		return cannot("look for sessions", err)
	}
	if n > 0 {
		return fault.New(fault.Preflight, "%d session(s) are connected to %s, so that it cannot be copied", n, catalog.Display(name)).
			WithHint("have them end, or rehearse on a copy that nobody uses")
	}
	return nil
}

// left waits until no session is in a database: CREATE DATABASE itself looks
// only ten times a second.
func (h *host) left(ctx context.Context, name string) error {
	for end := time.Now().Add(leaveTimeout); ; {
		var n int
		if err := h.admin.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE datname = $1", name).Scan(&n); err != nil {
			return cannot("look for sessions", err)
		}
		if n == 0 || time.Now().After(end) {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// discard has a database dropped in the background.
func (h *host) discard(name string) {
	if name == "" {
		return
	}
	if h.oneByOne && !h.admin.IsClosed() {
		ctx, cancel := context.WithTimeout(context.Background(), cleanUpTimeout)
		defer cancel()
		h.weigh(ctx)
		if dropDatabase(ctx, h.admin, name) == nil {
			delete(h.live, name)
			return
		}
	}
	delete(h.live, name)
	h.doom <- name
}

// dropper drops databases one after the other, over a connection of its own.
func (h *host) dropper() {
	ctx := context.Background()
	var conn *pgx.Conn
	for name := range h.doom {
		err := func() (err error) {
			if conn == nil {
				cfg := h.base.Copy()
				if conn, err = pgx.ConnectConfig(ctx, cfg); err != nil {
					return cannot("connect to drop database "+name, err)
				}
			}
			return dropDatabase(ctx, conn, name)
		}()
		if err != nil {
			h.mu.Lock()
			h.failed = errors.Join(h.failed, err)
			h.mu.Unlock()
			if conn != nil && conn.IsClosed() {
				conn = nil
			}
		}
	}
	if conn != nil {
		_ = conn.Close(ctx)
	}
}

// close drops every database of the run and lets its lock go.
func (h *host) close() error {
	for name := range h.live {
		h.discard(name)
	}
	close(h.doom)
	h.dropped.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), cleanUpTimeout)
	defer cancel()
	_ = h.admin.Close(ctx)
	return h.failed
}

// config is how a session of migrations connects: as golang-migrate would, with
// no settings of ours but its name.
func (h *host) config(database string) *pgx.ConnConfig {
	cfg := h.base.Copy()
	cfg.Database = database
	cfg.RuntimeParams = map[string]string{"application_name": "understudy/rehearse"}
	if h.role != "" {
		cfg.RuntimeParams["role"] = h.role
	}
	cfg.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	cfg.StatementCacheCapacity, cfg.DescriptionCacheCapacity = 64, 64
	cfg.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.DeadlineContextWatcherHandler{Conn: c.Conn()}
	}
	cfg.OnNotice = nil
	return cfg
}

// observe opens a session that looks at a database from outside: all names it
// prints are qualified, and it waits for no lock for long.
func (h *host) observe(ctx context.Context, database string) (*pgx.Conn, error) {
	cfg := h.base.Copy()
	cfg.Database = database
	cfg.RuntimeParams = map[string]string{
		"application_name": "understudy/rehearse observer", "search_path": "pg_catalog", "lock_timeout": "10s", "statement_timeout": "10min", "client_encoding": "UTF8",
		"DateStyle": "ISO, MDY", "IntervalStyle": "postgres", "extra_float_digits": "1",
	}
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, cannot("connect to a database of the rehearsal", err)
	}
	return conn, nil
}
