package catalog

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgservicefile"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/understudy-db/understudy/internal/fault"
)

// DSN is a connection string, as URL or as keywords and values. What it does
// not say is looked up as psql does: in the service file, the environment and
// the password file. It prints without its password in every format; only
// Reveal gives the text away.
type DSN string

// Reveal is the connection string with its secrets.
func (d DSN) Reveal() string { return string(d) }

// String shows where the connection string leads, password hidden.
func (d DSN) String() string {
	cfg, err := pgconn.ParseConfig(string(d))
	if err != nil {
		return "postgres://***"
	}
	return shown(cfg)
}

// GoString is String: %#v hides the password too.
func (d DSN) GoString() string { return d.String() }

// Format prints String whatever the verb.
func (d DSN) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, d.String()) }

// LogValue is String.
func (d DSN) LogValue() slog.Value { return slog.StringValue(d.String()) }

// MarshalText is String, so that JSON and YAML hide the password.
func (d DSN) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

func shown(cfg *pgconn.Config) string {
	var b strings.Builder
	b.WriteString("postgres://")
	if cfg.User != "" {
		b.WriteString(part(cfg.User))
		if cfg.Password != "" {
			b.WriteString(":***")
		}
		b.WriteByte('@')
	}
	socket := ""
	last := ""
	for _, e := range entries(cfg) {
		if strings.HasPrefix(e.Host, "/") {
			socket = fmt.Sprintf("?host=%s&port=%d", part(e.Host), e.Port)
			continue
		}
		at := net.JoinHostPort(part(e.Host), strconv.Itoa(int(e.Port)))
		if at == last {
			continue
		}
		if last != "" {
			b.WriteByte(',')
		}
		b.WriteString(at)
		last = at
	}
	b.WriteByte('/')
	b.WriteString(part(cfg.Database))
	b.WriteString(socket)
	return b.String()
}

// part shows one component. A component with an @ is most likely the tail of a
// password that held a slash or a colon.
func part(s string) string {
	if strings.Contains(s, "@") {
		return "***"
	}
	return strings.ReplaceAll(url.PathEscape(s), "%2F", "/")
}

func entries(cfg *pgconn.Config) []*pgconn.FallbackConfig {
	first := &pgconn.FallbackConfig{Host: cfg.Host, Port: cfg.Port, TLSConfig: cfg.TLSConfig}
	return append([]*pgconn.FallbackConfig{first}, cfg.Fallbacks...)
}

func setEntries(cfg *pgconn.Config, es []*pgconn.FallbackConfig) {
	cfg.Host, cfg.Port, cfg.TLSConfig = es[0].Host, es[0].Port, es[0].TLSConfig
	cfg.Fallbacks = es[1:]
}

// parse reads the connection string with everything it refers to, and applies
// the rule for TLS: a server that is not on this machine gets no plaintext
// unless somebody wrote so.
func (d DSN) parse() (*pgx.ConnConfig, map[string]string, error) {
	cfg, err := pgx.ParseConfig(string(d))
	if err != nil {
		return nil, nil, badDSN(err)
	}
	set, err := d.settings()
	if err != nil {
		return nil, nil, err
	}
	if set["sslmode"] == "" && set["sslrootcert"] != "system" {
		strict, err := pgx.ParseConfig(d.withRequire())
		if err != nil {
			return nil, nil, badDSN(err)
		}
		setEntries(&cfg.Config, requireRemote(entries(&cfg.Config), entries(&strict.Config)))
	}
	return cfg, set, nil
}

func (d DSN) isURL() bool {
	return strings.HasPrefix(string(d), "postgres://") || strings.HasPrefix(string(d), "postgresql://")
}

// query is the part of a URL after the question mark. As in libpq, an @ before
// the first slash ends the credentials, whatever stands before it.
func (d DSN) query() string {
	s := string(d)
	_, s, _ = strings.Cut(s, "://")
	if i := strings.IndexAny(s, "@/"); i >= 0 && s[i] == '@' {
		s = s[i+1:]
	}
	_, q, _ := strings.Cut(s, "?")
	return q
}

// settingVars are the libpq settings that have an environment variable.
var settingVars = map[string]string{
	"host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER",
	"password": "PGPASSWORD", "passfile": "PGPASSFILE", "channel_binding": "PGCHANNELBINDING",
	"service": "PGSERVICE", "servicefile": "PGSERVICEFILE", "options": "PGOPTIONS", "application_name": "PGAPPNAME",
	"sslmode": "PGSSLMODE", "sslnegotiation": "PGSSLNEGOTIATION", "sslcompression": "PGSSLCOMPRESSION",
	"sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY", "sslcertmode": "PGSSLCERTMODE", "sslrootcert": "PGSSLROOTCERT",
	"sslcrl": "PGSSLCRL", "sslcrldir": "PGSSLCRLDIR", "sslsni": "PGSSLSNI", "requirepeer": "PGREQUIREPEER",
	"require_auth": "PGREQUIREAUTH", "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
	"ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION", "gssencmode": "PGGSSENCMODE", "krbsrvname": "PGKRBSRVNAME",
	"gsslib": "PGGSSLIB", "connect_timeout": "PGCONNECT_TIMEOUT", "client_encoding": "PGCLIENTENCODING",
	"target_session_attrs": "PGTARGETSESSIONATTRS", "load_balance_hosts": "PGLOADBALANCEHOSTS",
	"min_protocol_version": "PGMINPROTOCOLVERSION", "max_protocol_version": "PGMAXPROTOCOLVERSION",
	"sslpassword": "PGSSLPASSWORD",
}

// settings are what was written, by libpq's names: the connection string over
// the service file over the environment. Defaults are not in it.
func (d DSN) settings() (map[string]string, error) {
	set := map[string]string{}
	for name, variable := range settingVars {
		if v := os.Getenv(variable); v != "" {
			set[name] = v
		}
	}
	written := d.written()
	for _, name := range []string{"service", "servicefile"} {
		if v := written[name]; v != "" {
			set[name] = v
		}
	}
	if name := set["service"]; name != "" {
		// pgx has found and read the file already; this reads it again for what it hides.
		path := set["servicefile"]
		if path == "" {
			if home, err := os.UserHomeDir(); err == nil {
				path = filepath.Join(home, ".pg_service.conf")
			}
		}
		file, err := pgservicefile.ReadServicefile(path)
		if err == nil {
			var service *pgservicefile.Service
			if service, err = file.GetService(name); err == nil {
				for k, v := range service.Settings {
					set[k] = v
				}
			}
		}
		if err != nil {
			return nil, fault.New(fault.Usage, "the service %q cannot be read from the service file %q", name, path)
		}
	}
	for k, v := range written {
		set[k] = v
	}
	return set, nil
}

// written are the settings in the connection string's query or keywords; host,
// user and the like before a URL's question mark are not in it. The string
// must have been parsed successfully before.
func (d DSN) written() map[string]string {
	set := map[string]string{}
	if d.isURL() {
		for _, pair := range strings.Split(d.query(), "&") {
			k, v, _ := strings.Cut(pair, "=")
			k, err := url.PathUnescape(strings.TrimSpace(k))
			if err != nil || k == "" {
				continue
			}
			v, err = url.PathUnescape(strings.TrimSpace(v))
			if err != nil {
				continue
			}
			if k == "ssl" && v == "true" {
				k, v = "sslmode", "require"
			}
			set[k] = v
		}
		return set
	}
	const space = " \t\n\r\v\f"
	s := strings.TrimLeft(string(d), space)
	for s != "" {
		k, rest, ok := strings.Cut(s, "=")
		if !ok {
			break
		}
		rest = strings.TrimLeft(rest, space)
		quoted := strings.HasPrefix(rest, "'")
		if quoted {
			rest = rest[1:]
		}
		var v strings.Builder
		i := 0
		for ; i < len(rest); i++ {
			c := rest[i]
			if c == '\\' && i+1 < len(rest) {
				i++
				v.WriteByte(rest[i])
				continue
			}
			if quoted && c == '\'' || !quoted && strings.IndexByte(space, c) >= 0 {
				i++
				break
			}
			v.WriteByte(c)
		}
		set[strings.Trim(k, space)] = v.String()
		s = strings.TrimLeft(rest[i:], space)
	}
	return set
}
