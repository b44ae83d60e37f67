package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/internal/fault"
)

// clearEnv keeps the machine's own libpq settings out of a test.
func clearEnv(t *testing.T) {
	t.Helper()
	for _, v := range settingVars {
		t.Setenv(v, "") // puts the old value back after the test
		if err := os.Unsetenv(v); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("HOME", t.TempDir())
}

func TestDSNPrintsWithoutPassword(t *testing.T) {
	clearEnv(t)
	const secret = "hunter22"
	for _, dsn := range []DSN{
		"postgres://me:hunter22@db.example.com:5433/shop?sslmode=require",
		"postgresql://me:hunter22@db.example.com/shop",
		"host=db.example.com user=me password=hunter22 dbname=shop",
		"host=db.example.com user=me password='hunter22' dbname=shop",
		"postgres:///shop?user=me&password=hunter22",
		"postgres:///shop?user=me&pass%77ord=hunter22",
		"postgres://me:hunter22@h1:1,h2:2/shop",
		"postgres://me:hunter22@[::1]:5432/shop",
		"host=/tmp user=me password=hunter22",
		// Malformed, so that nobody can say which part is the password.
		"postgres://me:hunter22@:x/shop",
		"postgres://me:12/hunter22@db.example.com/shop",
		"postgres://me:hun/hunter22@db.example.com/shop",
		"postgres://me:x#hunter22@db.example.com/shop?=",
		"postgres://me:%zzhunter22@h/d",
		"hunter22",
		"password=hunter22 oops",
		"host=h password='hunter22",
		"mysql://me:hunter22@h/d",
	} {
		encoded, err := json.Marshal(map[string]DSN{"url": dsn})
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("open", "dsn", dsn)
		_, _, bad := dsn.parse()
		all := fmt.Sprintf("%v %s %q %x %d %+v %#v %v %v %v", dsn, dsn, dsn, dsn, dsn, dsn, dsn,
			[]DSN{dsn}, struct{ D DSN }{dsn}, bad) + dsn.String() + dsn.GoString() + string(encoded) + log.String()
		if strings.Contains(all, secret) || strings.Contains(all, fmt.Sprintf("%x", secret)) {
			t.Errorf("the password shows: %s", all)
		}
		if dsn.Reveal() != string(dsn) {
			t.Error("Reveal does not give the text")
		}
	}
	if got, want := DSN("postgres://me:pw@db:5433/shop").String(), "postgres://me:***@db:5433/shop"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := DSN("host=/tmp port=6000 user=me dbname=shop").String(), "postgres://me@/shop?host=/tmp&port=6000"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestMalformedDSN(t *testing.T) {
	clearEnv(t)
	for dsn, want := range map[DSN]string{
		"postgres://me:pw@h:port/d":                        "invalid port",
		"oops":                                             "cannot be understood",
		"host=h sslmode=maybe":                             "TLS settings",
		"host=h sslrootcert=/nowhere/ca.pem":               "TLS settings",
		"service=absent":                                   "service",
		"host=h connect_timeout=soon":                      "connect_timeout",
		"host=h target_session_attrs=best":                 "target_session_attrs",
		"host=a,b port=1,2,3":                              "number of ports",
		"postgres://h/d?sslmode=require&channel_binding=x": "channel_binding",
	} {
		_, _, err := dsn.parse()
		if !fault.Is(err, fault.Usage) || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%s: got %v, want a usage fault about %q", string(dsn), err, want)
		}
		if err != nil && errors.Unwrap(err) != nil {
			t.Errorf("%s: the error leads on to pgx's, which holds the connection string", string(dsn))
		}
	}
}

func TestTLSRule(t *testing.T) {
	clearEnv(t)
	service := filepath.Join(t.TempDir(), "services")
	if err := os.WriteFile(service, []byte("[plain]\nhost=db.example.com\nsslmode=disable\n[bare]\nhost=db.example.com\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		dsn    DSN
		env    map[string]string
		mode   string
		remote bool
		tls    string // for each attempt: T or p
	}{
		{dsn: "postgres://db.example.com/d", mode: "require", remote: true, tls: "T"},
		{dsn: "host=db.example.com", mode: "require", remote: true, tls: "T"},
		{dsn: "host=10.1.2.3", mode: "require", remote: true, tls: "T"},
		{dsn: "postgres://db.example.com/d?", mode: "require", remote: true, tls: "T"},
		{dsn: "postgres://db.example.com/d?application_name=x", mode: "require", remote: true, tls: "T"},
		{dsn: "postgres://u:p?x@db.example.com/d", mode: "require", remote: true, tls: "T"},
		{dsn: "postgres://db.example.com/d?sslmode=disable", mode: "disable", remote: true, tls: "p"},
		{dsn: "postgres://db.example.com/d?sslmode=prefer", mode: "prefer", remote: true, tls: "Tp"},
		{dsn: "host=db.example.com sslmode = disable", mode: "disable", remote: true, tls: "p"},
		{dsn: `host=db.example.com options='-c sslmode=disable'`, mode: "require", remote: true, tls: "T"},
		{dsn: "postgres://db.example.com/d?ssl=true", mode: "require", remote: true, tls: "T"},
		{dsn: "host=db.example.com sslmode=verify-full", mode: "verify-full", remote: true, tls: "T"},
		{dsn: "host=db.example.com sslrootcert=system", mode: "verify-full", remote: true, tls: "T"},
		{dsn: "host=db.example.com", env: map[string]string{"PGSSLMODE": "disable"}, mode: "disable", remote: true, tls: "p"},
		{dsn: "service=plain", env: map[string]string{"PGSERVICEFILE": service}, mode: "disable", remote: true, tls: "p"},
		{dsn: "service=bare", env: map[string]string{"PGSERVICEFILE": service}, mode: "require", remote: true, tls: "T"},
		{dsn: "", env: map[string]string{"PGSERVICEFILE": service, "PGSERVICE": "bare"}, mode: "require", remote: true, tls: "T"},
		{dsn: "", env: map[string]string{"PGHOST": "db.example.com"}, mode: "require", remote: true, tls: "T"},
		{dsn: "host=localhost", mode: "prefer", tls: "Tp"},
		{dsn: "host=127.9.9.9", mode: "prefer", tls: "Tp"},
		{dsn: "postgres://[::1]/d", mode: "prefer", tls: "Tp"},
		{dsn: "host=/tmp", mode: "disable", tls: "p"},
		{dsn: "host=localhost sslmode=require", mode: "require", tls: "T"},
		{dsn: "host=localhost,db.example.com,/tmp,other.example.com", mode: "require", remote: true, tls: "TpTpT"},
	} {
		t.Run(string(c.dsn), func(t *testing.T) {
			for k, v := range c.env {
				t.Setenv(k, v)
			}
			mode, remote, err := SafeTLS(c.dsn)
			if err != nil || mode != c.mode || remote != c.remote {
				t.Errorf("got %s, remote %v, %v", mode, remote, err)
			}
			cfg, _, err := c.dsn.parse()
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			for _, e := range entries(&cfg.Config) {
				if e.TLSConfig != nil {
					got += "T"
				} else {
					got += "p"
				}
			}
			if got != c.tls {
				t.Errorf("attempts %s, want %s", got, c.tls)
			}
		})
	}
}

func TestPinKeepsServerName(t *testing.T) {
	clearEnv(t)
	cfg, _, err := DSN("host=db.example.com sslmode=verify-full").parse()
	if err != nil {
		t.Fatal(err)
	}
	if err := pin(&cfg.Config, "192.0.2.7:5439"); err != nil {
		t.Fatal(err)
	}
	found, err := cfg.LookupFunc(t.Context(), cfg.Host)
	if err != nil || len(found) != 1 || found[0] != "192.0.2.7:5439" {
		t.Errorf("got %v, %v", found, err)
	}
	if cfg.TLSConfig.ServerName != "db.example.com" {
		t.Errorf("TLS checks the name %q", cfg.TLSConfig.ServerName)
	}
	if err := pin(&cfg.Config, "/run/pg/.s.PGSQL.6001"); err != nil || cfg.Host != "/run/pg" || cfg.Port != 6001 || cfg.TLSConfig != nil {
		t.Errorf("got %s, %d, %v", cfg.Host, cfg.Port, err)
	}
	for _, bad := range []string{"db.example.com", "x:1", "/tmp/.s.PGSQL.x"} {
		if err := pin(&cfg.Config, bad); !fault.Is(err, fault.Usage) {
			t.Errorf("%s: got %v", bad, err)
		}
	}
}

func TestUnsupportedSettings(t *testing.T) {
	clearEnv(t)
	for _, dsn := range []DSN{"host=h sslcrl=/f", "host=h requirepeer=postgres", "host=h replication=database", "host=h gssencmode=require"} {
		cfg, set, err := dsn.parse()
		if err != nil {
			t.Fatal(err)
		}
		if err := takeLibpqSettings(cfg, set); !fault.Is(err, fault.Usage) {
			t.Errorf("%s: got %v", string(dsn), err)
		}
	}
	cfg, set, err := DSN("host=h keepalives_idle=10 tcp_user_timeout=5 hostaddr=192.0.2.1 gssencmode=disable").parse()
	if err != nil {
		t.Fatal(err)
	}
	if err := takeLibpqSettings(cfg, set); err != nil {
		t.Fatal(err)
	}
	if len(cfg.RuntimeParams) != 0 {
		t.Errorf("libpq's settings would go to the server: %v", cfg.RuntimeParams)
	}
}
