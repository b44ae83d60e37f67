// Package load is the target side of a refresh: it creates a generation beside
// the staging database, fills it by COPY, brings keys and indexes, verifies,
// closes and publishes it by one swap, and takes care of what earlier runs
// have left. It also resets staging, rolls it back and tells what is there.
//
// It never reads production, never masks, and never drops or renames a
// database that is not proven to be its own (see [Server.Generations]).
//
// The databases of one staging name S on the target server:
//
//	S               live: what people connect to
//	S__u42          generation 42 being built; once sealed, its pristine
//	S__u42_live     generation 42 on its way to S, or swapped out of it
//	S__u42_old      a live database that a reset has thrown away
//
// What each is at the moment stands in a marker, the database's comment; see
// [Role]. A process may die at any point: every state that it can leave behind
// is recognised from names, markers and locks by the next one, see
// [Server.Janitor].
package load

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// Config says where staging lives and how it is loaded.
type Config struct {
	// DSN leads to a maintenance database of the target server, such as
	// postgres; it may be neither staging nor a generation of it.
	DSN catalog.DSN
	// Staging is the name of the database that people connect to: at most 45
	// bytes, so that the generations' names fit.
	Staging string
	// Owner owns the generations and everything in them: a NOLOGIN role
	// without CREATEDB of which the login role is a member. Empty: the login role.
	Owner string
	// Template is what generations are created from. Empty: template0.
	Template string
	// Project stands in markers and locks; two projects never touch each
	// other's databases.
	Project string
	// RunID names this run in markers, locks, the ledger and application_name.
	RunID string
	// Keep is how many previous generations stay for a rollback.
	Keep int
	// KeepPristines is how many generations beside the serving one keep their
	// pristine, for a reset to them.
	KeepPristines int
	// KeepTables are staging's own rows that go on into what replaces it.
	KeepTables KeepTables
	// Grace is how long the swap waits for a moment in which no session of
	// staging is in a transaction, before it ends them.
	Grace time.Duration
	// AllowSameCluster lets staging live on the source's own server.
	AllowSameCluster bool
	// Adopt is the name of an existing database that may become staging though
	// it is not ours; it must equal Staging.
	Adopt string
	// LoadJobs and IndexJobs bound the sessions of loading and of post-data.
	// Default 4 and 2.
	LoadJobs, IndexJobs int
	// FrozenLimit is the size in bytes from which a table is loaded chunk by
	// chunk instead of in one transaction; 0: 64 GiB, negative: never.
	FrozenLimit int64
	// Pristine is auto, true or false: whether the untouched copy is kept
	// beside live, for reset. Empty is auto: kept unless space is short.
	Pristine string
	// SpaceLimit is how many bytes all databases of this staging may take
	// together; 0: not known. Free space cannot be asked of a server.
	SpaceLimit int64
	// Roles maps grantees of the source to roles of the target.
	Roles map[string]string
	// BeforePublish runs on the new staging before the swap, and again on
	// every reset and resume: it must bear repeating.
	BeforePublish []Statement
	// SwapTimeout bounds the wait for staging's sessions to leave. Default 30 s.
	SwapTimeout time.Duration
	// Inspect opens a server to look at it only: missing rights are no error
	// then, but the verbs that write fail on them.
	Inspect bool
	// Log and Warn may be nil. Warn is called from several goroutines.
	Log  *slog.Logger
	Warn func(msg string)
}

// Statement is SQL from a file or from the configuration.
type Statement struct {
	Origin string // path of the file, or file:line of the configuration
	SQL    string // one or more commands; they form one transaction
}

const (
	defaultLoadJobs    = 4
	defaultIndexJobs   = 2
	defaultFrozenLimit = 64 << 30
	defaultSwapTimeout = 30 * time.Second

	// cleanupTimeout bounds what still has to be done when the caller's
	// context is gone: rolling back, unlocking, taking back half a clone.
	cleanupTimeout = 10 * time.Second
)

// Server is the target server seen from one project's staging. Its methods may
// be called from several goroutines.
type Server struct {
	cfg   Config
	names names
	addr  string // of the first connection; every other one is pinned to it
	facts facts

	mu    sync.Mutex
	idle  *pgx.Conn            // a maintenance session at rest
	held  map[lockKind]*lock   // locks that this Server holds
	ours  map[catalog.OID]bool // generations that this Server is building
	apart apartness
}

// facts are read once, on opening.
type facts struct {
	user             string
	database         string
	versionNum       int
	systemIdentifier string
	superuser        bool
	createDB         bool
	quiet            map[string]string // settings of quiet that the role may set
}

func (f facts) major() int { return f.versionNum / 10000 }

// Open connects to the target and checks that the login role may do what a
// refresh needs. It writes nothing. The caller closes the Server.
func Open(ctx context.Context, cfg Config) (*Server, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	s := &Server{
		cfg:   cfg,
		names: names{staging: cfg.Staging},
		held:  map[lockKind]*lock{},
		ours:  map[catalog.OID]bool{},
	}
	if err := s.readFacts(ctx); err != nil {
		s.Close()
		return nil, err
	}
	if s.cfg.Owner == "" {
		s.cfg.Owner = s.facts.user
	}
	if !cfg.Inspect {
		if err := s.requireRights(ctx); err != nil {
			s.Close()
			return nil, err
		}
	}
	return s, nil
}

func (c *Config) complete() error {
	if err := checkStaging(c.Staging); err != nil {
		return err
	}
	if c.Adopt != "" && c.Adopt != c.Staging {
		return fault.New(fault.Usage, "--adopt %s does not name the staging database %s",
			catalog.Display(c.Adopt), catalog.Display(c.Staging))
	}
	switch c.Pristine {
	case "":
		c.Pristine = "auto"
	case "auto", "true", "false":
	default:
		return fault.New(fault.Usage, "target.pristine is %q", c.Pristine).WithHint("say auto, true or false")
	}
	if c.Keep < 0 {
		return fault.New(fault.Usage, "target.keep is %d", c.Keep).WithHint("0 keeps no previous generation")
	}
	if c.Template == "" {
		c.Template = "template0"
	}
	if c.LoadJobs <= 0 {
		c.LoadJobs = defaultLoadJobs
	}
	if c.IndexJobs <= 0 {
		c.IndexJobs = defaultIndexJobs
	}
	if c.FrozenLimit == 0 {
		c.FrozenLimit = defaultFrozenLimit
	}
	if c.SwapTimeout <= 0 {
		c.SwapTimeout = defaultSwapTimeout
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Warn == nil {
		c.Warn = func(string) {}
	}
	return nil
}

// Close gives the maintenance session and any lock still held back. It may be
// called twice.
func (s *Server) Close() {
	s.mu.Lock()
	conn, held := s.idle, s.held
	s.idle, s.held = nil, map[lockKind]*lock{}
	s.mu.Unlock()
	for _, l := range held {
		l.release()
	}
	closeQuietly(conn)
}

// closeQuietly ends a session. Nothing depends on how it ends.
func closeQuietly(conn *pgx.Conn) {
	if conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), cleanupTimeout)
	defer cancel()
	_ = conn.Close(ctx)
}

// admin lends a session of the maintenance database, as the login role.
func (s *Server) admin(ctx context.Context, use func(*pgx.Conn) error) error {
	s.mu.Lock()
	conn := s.idle
	s.idle = nil
	s.mu.Unlock()
	// The server may have been restarted while the session was at rest.
	if conn != nil && conn.Ping(ctx) != nil {
		closeQuietly(conn)
		conn = nil
	}
	if conn == nil {
		var err error
		if conn, err = s.dial(ctx, "admin"); err != nil {
			return err
		}
	}
	err := use(conn)

	s.mu.Lock()
	if s.idle == nil && !conn.IsClosed() && conn.PgConn().TxStatus() == 'I' {
		s.idle, conn = conn, nil
	}
	s.mu.Unlock()
	closeQuietly(conn)
	return err
}

// dial opens a session of the maintenance database, with settings as pairs of
// name and value.
func (s *Server) dial(ctx context.Context, purpose string, settings ...string) (*pgx.Conn, error) {
	session := catalog.Session{AppName: s.appName(purpose), HostAddr: s.addr, Settings: map[string]string{}}
	for pair := range slices.Chunk(settings, 2) {
		session.Settings[pair[0]] = pair[1]
	}
	conn, err := catalog.Connect(ctx, s.cfg.DSN, session)
	if err != nil {
		return nil, targetError(err)
	}
	return conn, nil
}

// dialDatabase opens a session of one of our databases, as its owner.
func (s *Server) dialDatabase(ctx context.Context, database, purpose string, settings map[string]string) (*pgx.Conn, error) {
	session := catalog.Session{AppName: s.appName(purpose), HostAddr: s.addr, Settings: maps.Clone(s.facts.quiet)}
	if session.Settings == nil {
		session.Settings = map[string]string{}
	}
	maps.Copy(session.Settings, settings)
	if s.cfg.Owner != s.facts.user {
		session.Role = s.cfg.Owner
	}
	conn, err := catalog.Connect(ctx, s.cfg.DSN.OnDatabase(database), session)
	if err != nil {
		return nil, targetError(err)
	}
	return conn, nil
}

// appName is an application_name that the server does not cut.
func (s *Server) appName(purpose string) string {
	return clip("understudy/"+s.cfg.RunID, maxIdentifier-len(purpose)-1) + " " + purpose
}

// clip cuts s to at most n bytes without splitting a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// targetError says that it was the target that did not answer.
func targetError(err error) error {
	var e *fault.Error
	if errors.As(err, &e) {
		return fault.Wrap(e.Kind, err, "target").WithHint("%s", e.Hint)
	}
	return err
}

func (s *Server) warn(format string, args ...any) { s.cfg.Warn(fmt.Sprintf(format, args...)) }

// Frozen tells how a table of this size is loaded: in one frozen transaction,
// or, where redoing it would cost too much, chunk by chunk.
func (s *Server) Frozen(t *catalog.Table) bool {
	return s.cfg.FrozenLimit < 0 || t.Bytes < s.cfg.FrozenLimit
}
