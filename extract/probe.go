package extract

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// ProbeResult is what can be told of a source without reading a row of it.
type ProbeResult struct {
	Version          string // e.g. 15.18
	VersionNum       int
	SystemIdentifier string // empty where it may not be read
	Address          string // where the connection led: ip:port or a socket
	Database         string
	Role             string
	Superuser        bool
	BypassRLS        bool

	Standby            bool
	Lag                time.Duration // of a standby
	HotStandbyFeedback bool          // standby only
	MaxStandbyDelay    time.Duration // standby only; negative: waits for ever
	Pooler             Pooler
	SSLMode            string // as asked for
	Remote             bool   // a host other than this machine
	TLS                string // protocol version in use, empty for plaintext
	PgDump             PgDump // zero if none fits
	Limits             Limits
	Locks              Locks
	Timeouts           []RoleSetting  // limits of the role or database that every session overrides
	Unreadable         []Unreadable   // what the role may not read
	RowSecurity        []catalog.Name // tables that need BYPASSRLS to be read whole
	Writable           []string       // what the role could write, in words; at most a few of each kind
	UnloggedOnStandby  []catalog.Name // tables that have no rows here
	Findings           []Finding      // all of the above as sentences, gravest first
}

// Limits is the budget of connections.
type Limits struct {
	Needed       int // Config.Connections
	Role         int // rolconnlimit; -1: none
	RoleUsed     int
	Database     int // datconnlimit; -1: none
	DatabaseUsed int
	Server       int // max_connections without what is reserved
	ServerUsed   int
}

// Locks is the room in the server's lock table. pg_dump locks every table.
type Locks struct {
	Tables   int64
	Capacity int64 // max_locks_per_transaction × (max_connections + max_prepared_transactions)
}

// free is how many more sessions can be opened.
func (l Limits) free() int {
	n := l.Server - l.ServerUsed
	if l.Role >= 0 {
		n = min(n, l.Role-l.RoleUsed)
	}
	if l.Database >= 0 {
		n = min(n, l.Database-l.DatabaseUsed)
	}
	return n
}

// RoleSetting is a setting made by ALTER ROLE or ALTER DATABASE.
type RoleSetting struct {
	Name, Value string
	From        string // "role", "database" or "role in database"
}

// Unreadable is something that the role needs to read and may not.
type Unreadable struct {
	Kind  string // schema, table, sequence, large objects
	Name  string // as people write it
	Grant string // the statement that allows it
}

// Severity says what a finding means for a run.
type Severity int

const (
	Refuse Severity = iota // a run would be refused, or fail
	Warn                   // a run works, and should not stay like this
	Note                   // good to know
)

func (s Severity) String() string { return [...]string{"refuse", "warn", "note"}[s] }

// Finding is one thing that doctor prints.
type Finding struct {
	Severity Severity
	Subject  string // privileges, pooler, tls, standby, connections, pg_dump, version, locks, timeouts
	Msg      string
	Fix      string // a statement or command to paste, or advice; may be empty
}

// Probe looks at a source as doctor does: it opens two sessions, reads
// catalogs only, takes no snapshot and closes again. An error means that the
// source could not be examined, not that something is wrong with it.
func Probe(ctx context.Context, cfg Config) (*ProbeResult, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	o := &opener{dsn: cfg.DSN, name: sessionName(cfg.RunID)}
	conn, err := o.open(ctx, watcherSettings)
	if err != nil {
		return nil, err
	}
	defer conn.close()
	second, err := o.open(ctx, watcherSettings)
	if err != nil {
		return nil, err
	}
	defer second.close()

	p := &ProbeResult{
		VersionNum: o.server.version, SystemIdentifier: o.server.system, Standby: o.server.standby,
		Address: o.addr, Limits: Limits{Needed: cfg.Connections},
	}
	if c, ok := conn.PgConn().Conn().(*tls.Conn); ok {
		p.TLS = tls.VersionName(c.ConnectionState().Version)
	}
	if p.SSLMode, p.Remote, err = catalog.SafeTLS(cfg.DSN); err != nil {
		return nil, err
	}
	if p.Pooler, err = findPooler(ctx, conn, second); err != nil {
		return nil, probeError("look for a connection pooler", err)
	}
	for _, step := range []struct {
		what string
		do   func(context.Context, *session) error
	}{
		{"the role", p.role},
		{"the standby's state", p.standby},
		{"connection limits", p.limits},
		{"the lock table", p.locks},
		{"settings of the role", p.settings},
		{"privileges", p.privileges},
		{"row security", p.rowSecurity},
		{"rights to write", p.rights},
	} {
		if err := step.do(ctx, conn); err != nil {
			return nil, probeError("examine "+step.what, err)
		}
	}
	dump, dumpErr := FindPgDump(ctx, cfg.PgDump, p.VersionNum/10000, cfg.SecretVariables...)
	p.PgDump = dump
	p.Findings = p.judge(cfg, dumpErr)
	return p, nil
}

func probeError(what string, err error) error {
	return fault.Wrap(transientOr(fault.Preflight, err), catalog.Redact(err), "%s on the source", what)
}

func (p *ProbeResult) role(ctx context.Context, conn *session) error {
	return conn.QueryRow(ctx, `
		SELECT pg_catalog.current_setting('server_version'), pg_catalog.current_database(), r.rolname, r.rolsuper, r.rolbypassrls
		FROM pg_catalog.pg_roles r WHERE r.rolname = current_user`).
		Scan(&p.Version, &p.Database, &p.Role, &p.Superuser, &p.BypassRLS)
}

func (p *ProbeResult) standby(ctx context.Context, conn *session) (err error) {
	if !p.Standby {
		return nil
	}
	if _, p.Lag, err = standbyLag(ctx, conn); err != nil {
		return err
	}
	var ms int64
	err = conn.QueryRow(ctx, `
		SELECT pg_catalog.current_setting('hot_standby_feedback')::bool,
		       (SELECT setting::int8 FROM pg_catalog.pg_settings WHERE name = 'max_standby_streaming_delay')`).
		Scan(&p.HotStandbyFeedback, &ms)
	p.MaxStandbyDelay = time.Duration(ms) * time.Millisecond
	return err
}

// limits leaves our own two sessions out of what is used.
func (p *ProbeResult) limits(ctx context.Context, conn *session) error {
	return conn.QueryRow(ctx, `
		WITH used AS (
			SELECT usename, datname FROM pg_catalog.pg_stat_activity
			WHERE datname IS NOT NULL AND usename IS NOT NULL AND application_name IS DISTINCT FROM $1)
		SELECT r.rolconnlimit, (SELECT count(*) FROM used WHERE usename = current_user),
		       d.datconnlimit, (SELECT count(*) FROM used WHERE datname = d.datname),
		       pg_catalog.current_setting('max_connections')::int8
		         - CASE WHEN r.rolsuper THEN 0 ELSE pg_catalog.current_setting('superuser_reserved_connections')::int8
		                + coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::int8 END,
		       (SELECT count(*) FROM used)
		FROM pg_catalog.pg_roles r, pg_catalog.pg_database d
		WHERE r.rolname = current_user AND d.datname = pg_catalog.current_database()`,
		conn.Config().RuntimeParams["application_name"]).
		Scan(&p.Limits.Role, &p.Limits.RoleUsed, &p.Limits.Database, &p.Limits.DatabaseUsed, &p.Limits.Server, &p.Limits.ServerUsed)
}

func (p *ProbeResult) locks(ctx context.Context, conn *session) error {
	return conn.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND `+ours+`),
		       pg_catalog.current_setting('max_locks_per_transaction')::int8 *
		       (pg_catalog.current_setting('max_connections')::int8 + pg_catalog.current_setting('max_prepared_transactions')::int8)`).
		Scan(&p.Locks.Tables, &p.Locks.Capacity)
}

func (p *ProbeResult) settings(ctx context.Context, conn *session) error {
	rows, err := conn.Query(ctx, `
		SELECT pg_catalog.split_part(c.entry, '=', 1), pg_catalog.substr(c.entry, pg_catalog.strpos(c.entry, '=') + 1),
		       CASE WHEN s.setdatabase = 0 THEN 'role' WHEN s.setrole = 0 THEN 'database' ELSE 'role in database' END
		FROM pg_catalog.pg_db_role_setting s CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c(entry)
		WHERE s.setrole IN (0, (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user))
		  AND s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
		  AND pg_catalog.split_part(c.entry, '=', 1) IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout',
		      'idle_session_timeout', 'transaction_timeout', 'default_transaction_read_only', 'row_security', 'role')
		ORDER BY 1, 3`)
	if err != nil {
		return err
	}
	p.Timeouts, err = pgx.CollectRows(rows, pgx.RowToStructByPos[RoleSetting])
	return err
}

// ours is the condition for relations that a refresh may read: not the
// system's, and not members of an extension but its configuration tables.
const ours = `
	n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname NOT LIKE 'pg\_temp\_%' AND n.nspname NOT LIKE 'pg\_toast\_temp\_%'
	AND c.relpersistence <> 't'
	AND (NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
	     OR EXISTS (SELECT FROM pg_catalog.pg_extension e WHERE c.oid = ANY (e.extconfig)))`

// privileges lists what cannot be read. pg_dump locks every table that it
// describes, whatever the policy does with its rows, and LOCK needs SELECT.
func (p *ProbeResult) privileges(ctx context.Context, conn *session) error {
	role := catalog.QuoteIdent(p.Role)
	rows, err := conn.Query(ctx, `
		SELECT 'schema', n.nspname, ''
		FROM pg_catalog.pg_namespace n
		WHERE NOT pg_catalog.has_schema_privilege(n.oid, 'USAGE')
		  AND EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'S') AND `+ours+`)
		UNION ALL
		SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, n.nspname, c.relname
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE `+ours+`
		  AND CASE WHEN c.relkind = 'S' THEN NOT pg_catalog.has_sequence_privilege(c.oid, 'SELECT')
		           ELSE c.relkind IN ('r', 'p') AND NOT pg_catalog.has_table_privilege(c.oid, 'SELECT') END
		UNION ALL
		SELECT 'large objects', '', ''
		WHERE EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata)
		  AND NOT pg_catalog.has_table_privilege('pg_catalog.pg_largeobject', 'SELECT')
		ORDER BY 1, 2, 3`)
	if err != nil {
		return err
	}
	var kind string
	var name catalog.Name
	_, err = pgx.ForEachRow(rows, []any{&kind, &name.Schema, &name.Name}, func() error {
		u := Unreadable{Kind: kind, Name: name.String()}
		switch kind {
		case "schema":
			u.Name = catalog.Display(name.Schema)
			u.Grant = "GRANT USAGE ON SCHEMA " + catalog.QuoteIdent(name.Schema) + " TO " + role
		case "sequence":
			u.Grant = "GRANT SELECT ON SEQUENCE " + name.SQL() + " TO " + role
		case "large objects":
			u.Name = "pg_largeobject"
			u.Grant = "GRANT SELECT ON pg_catalog.pg_largeobject TO " + role
		default:
			u.Grant = "GRANT SELECT ON TABLE " + name.SQL() + " TO " + role
		}
		p.Unreadable = append(p.Unreadable, u)
		return nil
	})
	return err
}

// rowSecurity lists tables that are not read whole, or not at all, without
// BYPASSRLS: an owner escapes row security unless it is forced.
func (p *ProbeResult) rowSecurity(ctx context.Context, conn *session) error {
	rows, err := conn.Query(ctx, `
		SELECT n.nspname, c.relname
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE `+ours+` AND c.relkind IN ('r', 'p') AND c.relrowsecurity AND NOT $1::bool
		  AND (c.relforcerowsecurity OR NOT pg_catalog.pg_has_role(c.relowner, 'USAGE'))
		ORDER BY 1, 2`, p.Superuser || p.BypassRLS)
	if err != nil {
		return err
	}
	p.RowSecurity, err = pgx.CollectRows(rows, pgx.RowToStructByPos[catalog.Name])
	if err != nil || !p.Standby {
		return err
	}
	rows, err = conn.Query(ctx, `
		SELECT n.nspname, c.relname
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE `+ours+` AND c.relkind = 'r' AND c.relpersistence = 'u' ORDER BY 1, 2`)
	if err != nil {
		return err
	}
	p.UnloggedOnStandby, err = pgx.CollectRows(rows, pgx.RowToStructByPos[catalog.Name])
	return err
}

// rights lists what the role could write if its sessions were not read-only.
func (p *ProbeResult) rights(ctx context.Context, conn *session) error {
	if p.Superuser {
		p.Writable = []string{"everything: the role is a superuser"}
		return nil
	}
	rows, err := conn.Query(ctx, `
		SELECT what FROM (
			SELECT 1 AS kind, 'role attribute ' || a.name AS what, 1::int8 AS nth
			FROM pg_catalog.pg_roles r CROSS JOIN LATERAL
			     (VALUES ('CREATEDB', r.rolcreatedb), ('CREATEROLE', r.rolcreaterole), ('REPLICATION', r.rolreplication)) a(name, has)
			WHERE r.rolname = current_user AND a.has
			UNION ALL
			SELECT 2, 'member of ' || m.rolname, row_number() OVER (ORDER BY m.rolname)
			FROM pg_catalog.pg_roles m
			WHERE m.rolname IN ('pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program', 'pg_signal_backend',
			                    'pg_maintain', 'pg_create_subscription')
			  AND pg_catalog.pg_has_role(m.oid, 'USAGE')
			UNION ALL
			SELECT 3, 'CREATE on database ' || pg_catalog.quote_ident(pg_catalog.current_database()), 1
			WHERE pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE')
			UNION ALL
			SELECT 4, 'CREATE on schema ' || pg_catalog.quote_ident(n.nspname), row_number() OVER (ORDER BY n.nspname)
			FROM pg_catalog.pg_namespace n
			WHERE n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema' AND pg_catalog.has_schema_privilege(n.oid, 'CREATE')
			UNION ALL
			SELECT 5, 'write to table ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
			       row_number() OVER (ORDER BY n.nspname, c.relname)
			FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
			WHERE `+ours+` AND c.relkind IN ('r', 'p', 'v', 'f')
			  AND pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
			UNION ALL
			SELECT 6, 'advance sequence ' || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
			       row_number() OVER (ORDER BY n.nspname, c.relname)
			FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
			WHERE `+ours+` AND CASE WHEN c.relkind = 'S' THEN pg_catalog.has_sequence_privilege(c.oid, 'USAGE, UPDATE') ELSE false END
		) found WHERE nth <= 5 ORDER BY kind, nth`)
	if err != nil {
		return err
	}
	p.Writable, err = pgx.CollectRows(rows, pgx.RowTo[string])
	return err
}

// judge puts what was found into sentences.
func (p *ProbeResult) judge(cfg Config, dumpErr error) []Finding {
	var refuse, warn, note []Finding
	add := func(to *[]Finding, s Severity, subject, fix, format string, args ...any) {
		*to = append(*to, Finding{Severity: s, Subject: subject, Msg: fmt.Sprintf(format, args...), Fix: fix})
	}
	role := catalog.QuoteIdent(p.Role)
	if p.VersionNum/10000 < oldestMajor {
		add(&refuse, Refuse, "version", "", "PostgreSQL %s is too old: %d is the oldest that can be read", p.Version, oldestMajor)
	}
	switch p.Pooler {
	case TransactionPooler:
		add(&refuse, Refuse, "pooler", "give the address and port of the PostgreSQL server itself", "the connection leads through a pooler in transaction mode, through which no snapshot can be held")
	case SessionPooler:
		add(&warn, Warn, "pooler", "give the address and port of the PostgreSQL server itself", "the connection leads through a pooler in session mode")
	}
	if len(p.Unreadable) > 0 {
		add(&refuse, Refuse, "privileges", p.grants(), "role %s may not read %s", catalog.Display(p.Role), p.unreadable())
	}
	if len(p.RowSecurity) > 0 {
		add(&refuse, Refuse, "privileges", "ALTER ROLE "+role+" BYPASSRLS",
			"row security hides rows of %s from role %s: a run that reads them is refused by the server", list(p.RowSecurity), catalog.Display(p.Role))
	}
	if dumpErr != nil {
		f := Finding{Severity: Refuse, Subject: "pg_dump", Msg: dumpErr.Error()}
		var known *fault.Error
		if errors.As(dumpErr, &known) {
			f.Fix = known.Hint
		}
		refuse = append(refuse, f)
	}
	if free := p.Limits.free(); free < p.Limits.Needed {
		add(&refuse, Refuse, "connections", p.connectionFix(free), "%d connections are needed and %d can be had", p.Limits.Needed, max(free, 0))
	}
	if l := p.Locks; l.Tables > l.Capacity {
		add(&refuse, Refuse, "locks", "raise max_locks_per_transaction and restart the server",
			"pg_dump locks all %d tables, and the server's lock table has room for %d locks", l.Tables, l.Capacity)
	} else if l.Tables > l.Capacity/2 {
		add(&warn, Warn, "locks", "raise max_locks_per_transaction and restart the server",
			"pg_dump locks all %d tables, which fills more than half of the server's lock table (%d)", l.Tables, l.Capacity)
	}
	if limit := cfg.MaxReplicaLag; p.Standby && limit > 0 && p.Lag > limit {
		add(&refuse, Refuse, "standby", "", "the standby is %s behind, and source.max_replica_lag is %s", p.Lag.Round(time.Second), limit)
	}
	if len(p.UnloggedOnStandby) > 0 {
		add(&warn, Warn, "standby", "", "unlogged tables have no rows on a standby and need rows: none: %s", list(p.UnloggedOnStandby))
	}
	if p.Standby && !p.HotStandbyFeedback && p.MaxStandbyDelay >= 0 {
		add(&warn, Warn, "standby", "ALTER SYSTEM SET hot_standby_feedback = on; SELECT pg_reload_conf(); -- on the standby",
			"vacuum on the primary may cancel a run that takes longer than max_standby_streaming_delay (%s), because hot_standby_feedback is off", p.MaxStandbyDelay)
	}
	if !p.Standby {
		add(&note, Note, "standby", "", "the source is a primary; a hot standby of it would spare it the load and the old snapshot")
	} else {
		add(&note, Note, "standby", "", "the source is a standby, %s behind", p.Lag.Round(time.Second))
	}
	if len(p.Writable) > 0 {
		add(&warn, Warn, "privileges", "a role of its own: CREATE ROLE understudy LOGIN PASSWORD …; GRANT pg_read_all_data TO understudy",
			"role %s could write on the source, although every session of ours is read-only: %s", catalog.Display(p.Role), strings.Join(p.Writable, "; "))
	}
	switch {
	case p.Remote && p.TLS == "":
		add(&warn, Warn, "tls", "sslmode=verify-full", "the connection crosses the network in plaintext (sslmode=%s)", p.SSLMode)
	case p.Remote && p.SSLMode != "verify-full":
		add(&warn, Warn, "tls", "sslmode=verify-full with sslrootcert=FILE (or sslrootcert=system)",
			"the connection is encrypted (%s), but with sslmode=%s nobody checks that the server is the right one", p.TLS, p.SSLMode)
	}
	if dumpErr == nil {
		add(&note, Note, "pg_dump", "", "the schema is read by %s, of PostgreSQL %d", p.PgDump.Path, p.PgDump.Major)
	}
	for _, t := range p.Timeouts {
		add(&note, Note, "timeouts", "", "%s = %s is set for the %s; every session of ours overrides it", t.Name, t.Value, t.From)
	}
	return append(append(refuse, warn...), note...)
}

// grants are the statements that are missing. Where much is, membership of
// pg_read_all_data is the better way.
func (p *ProbeResult) grants() string {
	const few = 10
	all := "GRANT pg_read_all_data TO " + catalog.QuoteIdent(p.Role)
	if len(p.Unreadable) > few {
		return all
	}
	var out []string
	for _, u := range p.Unreadable {
		out = append(out, u.Grant)
	}
	return all + "; -- or: " + strings.Join(out, "; ")
}

func (p *ProbeResult) unreadable() string {
	var names []string
	for _, u := range p.Unreadable {
		names = append(names, strings.TrimSpace(u.Kind+" "+u.Name))
	}
	return shorten(names)
}

func (p *ProbeResult) connectionFix(free int) string {
	l := p.Limits
	switch {
	case l.Role >= 0 && l.Role-l.RoleUsed == free:
		return fmt.Sprintf("ALTER ROLE %s CONNECTION LIMIT %d", catalog.QuoteIdent(p.Role), l.RoleUsed+l.Needed)
	case l.Database >= 0 && l.Database-l.DatabaseUsed == free:
		return fmt.Sprintf("ALTER DATABASE %s CONNECTION LIMIT %d", catalog.QuoteIdent(p.Database), l.DatabaseUsed+l.Needed)
	}
	return fmt.Sprintf("lower source.connections (at least %d), or raise max_connections", minConnections)
}

func list(names []catalog.Name) string {
	var out []string
	for _, n := range names {
		out = append(out, n.String())
	}
	return shorten(out)
}

// shorten keeps a sentence readable; the whole list is in the result.
func shorten(names []string) string {
	const most = 8
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
