package catalog

import (
	"context"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"github.com/understudy-db/understudy/internal/fault"
)

// Session says what a connection is for.
type Session struct {
	AppName  string            // application_name
	Role     string            // SET ROLE to it; empty: stay who logged in
	ReadOnly bool              // default_transaction_read_only, checked after connecting
	Settings map[string]string // over the settings that every session gets
	HostAddr string            // what Address told of another connection: connect to the very same server, TLS still checks the host's name

	// OnNotice receives the server's notices and warnings, which may quote
	// rows. Nil drops them.
	OnNotice func(*pgconn.Notice)
}

const (
	// connectTimeout holds for each address where the connection string sets
	// none. libpq would wait for the kernel, two minutes and more.
	connectTimeout = 30 * time.Second
	// setupTimeout bounds the statements that prepare a session.
	setupTimeout = 30 * time.Second
	// cancelGrace is how long a cancelled statement may take to end before
	// its connection is given up.
	cancelGrace = 5 * time.Second
)

// settings of every session, so that no default of a role, a database or a
// server changes what a statement means or ends it early.
var sessionSettings = map[string]string{
	"search_path":                         "pg_catalog",
	"row_security":                        "off",
	"statement_timeout":                   "0",
	"lock_timeout":                        "0",
	"idle_in_transaction_session_timeout": "0",
	"idle_session_timeout":                "0",
	"transaction_timeout":                 "0",
	"default_transaction_isolation":       "read committed",
	"default_transaction_deferrable":      "off",
	"default_tablespace":                  "",
	"default_table_access_method":         "heap",
	"DateStyle":                           "ISO, MDY",
	"IntervalStyle":                       "postgres",
	"TimeZone":                            "UTC",
	"extra_float_digits":                  "1",
	"bytea_output":                        "hex",
	"lc_monetary":                         "C", // money's text form depends on it
	"xmloption":                           "content",
	"xmlbinary":                           "base64",
	"array_nulls":                         "on",
	"standard_conforming_strings":         "on",
	"transform_null_equals":               "off",
	"quote_all_identifiers":               "off",
	"gin_fuzzy_search_limit":              "0",
	"client_min_messages":                 "warning",
	"jit":                                 "off", // costs more than it gives on catalog queries and short chunks
	// Let the server notice within minutes that our machine is gone.
	"tcp_keepalives_idle":              "60",
	"tcp_keepalives_interval":          "15",
	"tcp_keepalives_count":             "4",
	"tcp_user_timeout":                 strconv.Itoa(int(tcpUserTimeout / time.Millisecond)),
	"client_connection_check_interval": "10s",
}

// optionalSettings are unknown to some server versions or platforms.
var optionalSettings = map[string]bool{
	"client_connection_check_interval": true, // not on every platform
	"transaction_timeout":              true, // 17
	"default_table_access_method":      true, // a fork may not know heap
	"jit":                              true,
	"tcp_keepalives_idle":              true,
	"tcp_keepalives_interval":          true,
	"tcp_keepalives_count":             true,
	"tcp_user_timeout":                 true,
}

// startupSettings go along with the login, so that a role's own limits cannot
// end the session while it is prepared. Servers before 14 refuse the last.
var startupSettings = []string{
	"default_transaction_read_only", "search_path", "row_security", "statement_timeout", "lock_timeout",
	"idle_in_transaction_session_timeout", newestStartupSetting,
}

const newestStartupSetting = "idle_session_timeout"

// socketSettings read back as 0 on Unix sockets and are rounded by the kernel
// elsewhere, so they are not compared.
var socketSettings = map[string]bool{
	"tcp_keepalives_idle": true, "tcp_keepalives_interval": true, "tcp_keepalives_count": true, "tcp_user_timeout": true,
}

// Connect opens a session. It sets every setting that matters and checks that
// each is in force. Errors are *fault.Error and never hold the password:
// Usage for a connection string that cannot be understood, Transient where
// trying again can help, Preflight for the rest. The connection is for one
// goroutine at a time; the caller closes it.
func Connect(ctx context.Context, dsn DSN, s Session) (*pgx.Conn, error) {
	cfg, set, err := dsn.parse()
	if err != nil {
		return nil, err
	}
	if err := takeLibpqSettings(cfg, set); err != nil {
		return nil, err
	}
	addr := s.HostAddr
	if addr == "" {
		addr = set["hostaddr"]
	}
	if addr != "" {
		if err := pin(&cfg.Config, addr); err != nil {
			return nil, err
		}
	}

	want := maps.Clone(sessionSettings)
	want["default_transaction_read_only"] = "off"
	if s.ReadOnly {
		want["default_transaction_read_only"] = "on"
	}
	for k, v := range s.Settings {
		maps.DeleteFunc(want, func(name, _ string) bool { return strings.EqualFold(name, k) })
		want[k] = v
	}
	startup := map[string]string{"client_encoding": "UTF8"}
	for _, name := range startupSettings {
		for k, v := range want {
			if strings.EqualFold(k, name) {
				startup[name] = v
			}
		}
	}
	if s.AppName != "" {
		startup["application_name"] = s.AppName
	}
	maps.DeleteFunc(cfg.RuntimeParams, func(name, _ string) bool {
		for k := range startup {
			if strings.EqualFold(name, k) {
				return true
			}
		}
		return false
	})
	maps.Copy(cfg.RuntimeParams, startup)

	cfg.DefaultQueryExecMode = pgx.QueryExecModeDescribeExec
	cfg.StatementCacheCapacity, cfg.DescriptionCacheCapacity = 0, 0
	cfg.DialFunc = dialer().DialContext
	if set["connect_timeout"] == "" {
		cfg.ConnectTimeout = connectTimeout
	}
	cfg.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: cancelGrace}
	}
	if s.OnNotice != nil {
		cfg.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { s.OnNotice(n) }
	}

	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, connectError(ctx, &cfg.Config, err)
	}
	setup, cancel := context.WithTimeout(ctx, setupTimeout)
	defer cancel()
	err = prepare(setup, conn, want, s.Role)
	if err == nil && s.ReadOnly {
		err = checkReadOnly(setup, conn)
	}
	if err != nil {
		_ = conn.Close(setup)
		return nil, setupError(ctx, &cfg.Config, err)
	}
	return conn, nil
}

// prepare applies the settings and the role, and reads back what is in force.
func prepare(ctx context.Context, conn *pgx.Conn, want map[string]string, role string) error {
	if conn.PgConn().ParameterStatus("server_encoding") == "SQL_ASCII" {
		want["client_encoding"] = "SQL_ASCII"
	}
	names := slices.Sorted(maps.Keys(want))
	applied, err := apply(ctx, conn, names, want)
	if err != nil {
		// An optional setting that the server knows but refuses must not
		// stop us; find out which by setting them one at a time.
		optional := func(name string) bool { return optionalSettings[name] }
		applied, err = apply(ctx, conn, slices.DeleteFunc(slices.Clone(names), optional), want)
		if err != nil {
			return err
		}
		for _, name := range names {
			if !optional(name) {
				continue
			}
			one, err := apply(ctx, conn, []string{name}, want)
			if err != nil {
				if SQLState(err) == "" {
					return err
				}
				continue
			}
			maps.Copy(applied, one)
		}
	}
	if role != "" {
		if _, err := conn.Exec(ctx, "SET ROLE "+QuoteIdent(role)); err != nil {
			return roleError(role, err)
		}
	}
	return verify(ctx, conn, applied)
}

// apply sets those of names that the server knows and returns the values as
// the server writes them.
func apply(ctx context.Context, conn *pgx.Conn, names []string, want map[string]string) (map[string]string, error) {
	values := make([]string, len(names))
	var must []string
	for i, name := range names {
		values[i] = want[name]
		if !optionalSettings[name] {
			must = append(must, name)
		}
	}
	rows, err := conn.Query(ctx, `
		SELECT s.name, pg_catalog.set_config(s.name, s.value, false)
		FROM (SELECT pg_catalog.unnest($1::pg_catalog.text[]) AS name, pg_catalog.unnest($2::pg_catalog.text[]) AS value) s
		WHERE s.name = ANY ($3::pg_catalog.text[])
		   OR pg_catalog.current_setting(s.name, true) IS NOT NULL`, names, values, must)
	if err != nil {
		return nil, err
	}
	applied := map[string]string{}
	var name, value string
	_, err = pgx.ForEachRow(rows, []any{&name, &value}, func() error {
		applied[name] = value
		return nil
	})
	return applied, err
}

func verify(ctx context.Context, conn *pgx.Conn, applied map[string]string) error {
	names := slices.Sorted(maps.Keys(applied))
	rows, err := conn.Query(ctx, `
		SELECT s.name, pg_catalog.current_setting(s.name)
		FROM pg_catalog.unnest($1::pg_catalog.text[]) AS s(name)`, names)
	if err != nil {
		return err
	}
	var wrong []string
	var name, value string
	if _, err := pgx.ForEachRow(rows, []any{&name, &value}, func() error {
		if value != applied[name] && !socketSettings[name] {
			wrong = append(wrong, name)
		}
		return nil
	}); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return fault.New(fault.Preflight, "the server does not keep the setting %s of a session", strings.Join(wrong, ", ")).
			WithHint("connect to the server itself, not to a connection pooler in transaction mode")
	}
	return nil
}

func checkReadOnly(ctx context.Context, conn *pgx.Conn) error {
	for _, name := range []string{"default_transaction_read_only", "transaction_read_only"} {
		var value string
		if err := conn.QueryRow(ctx, "SHOW "+name).Scan(&value); err != nil {
			return err
		}
		if value != "on" {
			return fault.New(fault.Preflight, "the session is not read-only: %s is %s", name, value).
				WithHint("connect to the server itself, not to a connection pooler")
		}
	}
	return nil
}

// takeLibpqSettings honours or refuses settings that libpq knows and pgx would
// send to the server as if they were its parameters.
func takeLibpqSettings(cfg *pgx.ConnConfig, set map[string]string) error {
	for _, name := range []string{
		"hostaddr", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
		"fallback_application_name", "gssencmode", "sslcompression", "gsslib", "gssdelegation", "load_balance_hosts",
		"sslcrl", "sslcrldir", "requirepeer", "ssl_min_protocol_version", "ssl_max_protocol_version", "replication",
	} {
		delete(cfg.RuntimeParams, name)
	}
	for _, name := range []string{"sslcrl", "sslcrldir", "requirepeer", "replication", "ssl_min_protocol_version", "ssl_max_protocol_version"} {
		if set[name] != "" {
			return fault.New(fault.Usage, "the connection setting %s is not supported", name)
		}
	}
	if set["gssencmode"] == "require" {
		return fault.New(fault.Usage, "gssencmode=require is not supported").WithHint("use TLS: sslmode=verify-full")
	}
	return nil
}

// pin makes every entry of cfg lead to one address while TLS keeps the name.
func pin(cfg *pgconn.Config, addr string) error {
	if strings.HasPrefix(addr, "/") {
		dir, port := addr, cfg.Port
		if i := strings.LastIndex(addr, "/.s.PGSQL."); i >= 0 {
			n, err := strconv.ParseUint(addr[i+len("/.s.PGSQL."):], 10, 16)
			if err != nil {
				return fault.New(fault.Usage, "the socket %q has no port", addr)
			}
			dir, port = addr[:i], uint16(n)
		}
		cfg.Host, cfg.Port, cfg.TLSConfig, cfg.Fallbacks = dir, port, nil, nil
		return nil
	}
	ip := addr
	if host, _, err := net.SplitHostPort(addr); err == nil {
		ip = host
	}
	zoneless, _, _ := strings.Cut(ip, "%")
	if net.ParseIP(zoneless) == nil {
		return fault.New(fault.Usage, "%q is not an IP address", addr).WithHint("hostaddr takes one address, e.g. 192.0.2.7")
	}
	tcp := slices.DeleteFunc(entries(cfg), func(e *pgconn.FallbackConfig) bool { return strings.HasPrefix(e.Host, "/") })
	if len(tcp) == 0 {
		cfg.Host, cfg.TLSConfig, cfg.Fallbacks = ip, nil, nil
		if !isLoopback(ip) {
			return fault.New(fault.Usage, "hostaddr is given without the name of a host").WithHint("add host=…")
		}
		return nil
	}
	setEntries(cfg, tcp)
	cfg.LookupFunc = func(context.Context, string) ([]string, error) { return []string{addr}, nil }
	return nil
}

// Address tells where an open connection leads: ip:port, or the path of a Unix
// socket. Session.HostAddr takes it.
func Address(conn *pgx.Conn) string { return conn.PgConn().Conn().RemoteAddr().String() }
