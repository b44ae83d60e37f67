package catalog

import (
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// SafeTLS tells how a connection string treats TLS: the sslmode in force and
// whether any of its hosts is another machine. It opens nothing.
func SafeTLS(dsn DSN) (mode string, remote bool, err error) {
	cfg, set, err := dsn.parse()
	if err != nil {
		return "", false, err
	}
	plain, secured := false, false
	for _, e := range entries(&cfg.Config) {
		if !isLoopback(e.Host) {
			remote = true
		}
		if e.TLSConfig == nil {
			plain = true
		} else {
			secured = true
		}
	}
	switch mode = set["sslmode"]; {
	case set["sslrootcert"] == "system":
		mode = "verify-full"
	case mode != "":
	case remote:
		mode = "require"
	case plain && !secured:
		mode = "disable"
	default:
		mode = "prefer"
	}
	return mode, remote, nil
}

// requireRemote takes the entries of hosts on this machine from loose, which
// allows plaintext, and those of all others from strict.
func requireRemote(loose, strict []*pgconn.FallbackConfig) []*pgconn.FallbackConfig {
	var out []*pgconn.FallbackConfig
	host := 0
	for _, e := range loose {
		switch {
		case strings.HasPrefix(e.Host, "/"):
			out = append(out, e)
			host++
		case e.TLSConfig != nil:
			if isLoopback(e.Host) {
				out = append(out, e)
			} else {
				out = append(out, strict[host])
			}
			host++
		case isLoopback(e.Host):
			out = append(out, e)
		}
	}
	return out
}

func isLoopback(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "" || host == "localhost" || strings.HasSuffix(host, ".localhost") || strings.HasPrefix(host, "/") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// withRequire is the connection string with sslmode=require added.
func (d DSN) withRequire() string {
	switch {
	case !d.isURL():
		return "sslmode=require " + string(d)
	case d.query() != "":
		return string(d) + "&sslmode=require"
	case strings.HasSuffix(string(d), "?"):
		return string(d) + "sslmode=require"
	}
	return string(d) + "?sslmode=require"
}
