package extract

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgservicefile"
	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// dumpVariables are the settings of a connection string that pg_dump must have
// as well, by the environment variables that libpq reads them from. What is not
// in the connection string it inherits from our own environment, as we do.
var dumpVariables = map[string]string{
	"sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY", "sslcertmode": "PGSSLCERTMODE",
	"sslnegotiation": "PGSSLNEGOTIATION", "sslsni": "PGSSLSNI", "channel_binding": "PGCHANNELBINDING",
	"require_auth": "PGREQUIREAUTH", "gssencmode": "PGGSSENCMODE", "krbsrvname": "PGKRBSRVNAME",
	"connect_timeout": "PGCONNECT_TIMEOUT",
}

// dumpOwn are the variables that this package sets or that would lead pg_dump
// elsewhere.
var dumpOwn = []string{
	"PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE",
	"PGOPTIONS", "PGAPPNAME", "PGSSLMODE", "PGREQUIRESSL", "PGCLIENTENCODING", "PGTARGETSESSIONATTRS", "PGLOADBALANCEHOSTS",
	"PGDATESTYLE", "PGTZ", "PGGEQO", "LC_ALL",
}

// dumpSettings are pg_dump's session settings from its first statement on. It
// lifts most time limits itself, in its third or fourth, and the limit for idle
// sessions not at all.
const dumpSettings = "-c default_transaction_read_only=on -c statement_timeout=0 -c idle_session_timeout=0 -c idle_in_transaction_session_timeout=0"

// dumpEnv is the environment that leads pg_dump to the very server at addr,
// with the same role, rights and care for TLS as our own sessions. The password
// is in it, so that it is in no argument list and no file. libpq's own words
// are in English, because they decide whether to try again.
//
// secrets are variables that it does not inherit: whoever may look at pg_dump's
// environment has no business with the key, nor with the target.
func dumpEnv(dsn catalog.DSN, addr, appName string, secrets []string) ([]string, error) {
	cfg, err := pgx.ParseConfig(dsn.Reveal())
	if err != nil {
		return nil, catalog.Redact(err)
	}
	mode, _, err := catalog.SafeTLS(dsn)
	if err != nil {
		return nil, err
	}
	written := writtenSettings(dsn)
	if written["sslpassword"] != "" {
		return nil, fault.New(fault.Preflight, "pg_dump cannot be given sslpassword without writing it down").
			WithHint("use a client key without a passphrase, readable by its owner only, or another way to log in")
	}
	var env []string
	for _, kv := range withoutSecrets(os.Environ(), secrets) {
		if name, _, _ := strings.Cut(kv, "="); !slices.Contains(dumpOwn, strings.ToUpper(name)) {
			env = append(env, kv)
		}
	}
	for name, variable := range dumpVariables {
		if v := written[name]; v != "" {
			env = append(env, variable+"="+v)
		}
	}
	host, hostaddr, port := dumpHost(cfg, addr)
	if hostaddr != "" {
		env = append(env, "PGHOSTADDR="+hostaddr)
	}
	if cfg.Password != "" {
		env = append(env, "PGPASSWORD="+cfg.Password)
	}
	options := strings.TrimSpace(cfg.RuntimeParams["options"] + " " + dumpSettings)
	return append(env, "PGHOST="+host, "PGPORT="+port, "PGDATABASE="+cfg.Database, "PGUSER="+cfg.User, "PGSSLMODE="+mode,
		"PGOPTIONS="+options, "PGAPPNAME="+appName, "LC_ALL=C"), nil
}

// withoutSecrets leaves out our own settings, which may be secrets, and the
// variables that secrets were taken from.
func withoutSecrets(env, secrets []string) []string {
	return slices.DeleteFunc(slices.Clone(env), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return strings.HasPrefix(name, "UNDERSTUDY_") || slices.Contains(secrets, name)
	})
}

// dumpHost takes the address of an open session apart. The name stays beside
// the address, because TLS is checked against it.
func dumpHost(cfg *pgx.ConnConfig, addr string) (host, hostaddr, port string) {
	ip, port, err := net.SplitHostPort(addr)
	if err != nil || strings.HasPrefix(addr, "/") {
		port = strconv.Itoa(int(cfg.Port))
		if dir, file := filepath.Split(addr); strings.HasPrefix(file, ".s.PGSQL.") && filepath.IsAbs(dir) {
			return filepath.Clean(dir), "", strings.TrimPrefix(file, ".s.PGSQL.")
		}
		return cfg.Host, "", port
	}
	names := []string{cfg.Host}
	for _, f := range cfg.Fallbacks {
		names = append(names, f.Host)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, "/") })
	slices.Sort(names)
	names = slices.Compact(names)
	for _, name := range names {
		if len(names) == 1 || name == ip {
			return name, ip, port
		}
		if addrs, err := net.LookupHost(name); err == nil && slices.Contains(addrs, ip) {
			return name, ip, port
		}
	}
	return ip, ip, port
}

// writtenSettings are the settings written in a connection string, or in the
// service that it names, as far as pgx does not tell them.
func writtenSettings(dsn catalog.DSN) map[string]string {
	set := map[string]string{}
	text := dsn.Reveal()
	if strings.HasPrefix(text, "postgres://") || strings.HasPrefix(text, "postgresql://") {
		if u, err := url.Parse(text); err == nil {
			for name, values := range u.Query() {
				set[name] = values[0]
			}
		}
	} else {
		for _, m := range keyword.FindAllStringSubmatch(text, -1) {
			v := m[2]
			if strings.HasPrefix(v, "'") {
				v = strings.TrimSuffix(v[1:], "'")
			}
			set[m[1]] = escaped.ReplaceAllString(v, "$1")
		}
	}
	service, file := set["service"], set["servicefile"]
	if service == "" {
		service = os.Getenv("PGSERVICE")
	}
	if file == "" {
		file = os.Getenv("PGSERVICEFILE")
	}
	if home, err := os.UserHomeDir(); err == nil && file == "" {
		file = filepath.Join(home, ".pg_service.conf")
	}
	if service == "" {
		return set
	}
	services, err := pgservicefile.ReadServicefile(file)
	if err != nil {
		return set // it was read when the sessions were opened
	}
	if found, err := services.GetService(service); err == nil {
		for name, v := range found.Settings {
			if set[name] == "" {
				set[name] = v
			}
		}
	}
	return set
}

var (
	keyword = regexp.MustCompile(`(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|(?:[^\s\\]|\\.)*)`)
	escaped = regexp.MustCompile(`\\(.)`)
)
