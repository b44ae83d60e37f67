package catalog_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
)

// What psql finds in the environment, the service file and the password file
// is found here too.
func TestLibpqSources(t *testing.T) {
	server := pgtest.Source(t)
	role, password := server.Role(t, "")
	db := pgtest.DatabaseOf(server.Database(t))
	link, err := url.Parse(server.URLFor(role, password, db))
	if err != nil {
		t.Fatal(err)
	}
	host, port := link.Hostname(), link.Port()
	file := func(text string) string {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	passwords := file(fmt.Sprintf("elsewhere:*:*:*:wrong\n%s:%s:*:%s:%s\n", host, port, role, password))
	services := file(fmt.Sprintf("[shop]\nhost=%s\nport=%s\nuser=%s\ndbname=%s\n", host, port, role, db))
	for name, c := range map[string]struct {
		dsn catalog.DSN
		env map[string]string
	}{
		"environment":   {"", map[string]string{"PGHOST": host, "PGPORT": port, "PGUSER": role, "PGPASSWORD": password, "PGDATABASE": db}},
		"host address":  {"", map[string]string{"PGHOST": "nowhere.invalid", "PGSSLMODE": "disable", "PGHOSTADDR": "127.0.0.1", "PGPORT": port, "PGUSER": role, "PGPASSWORD": password, "PGDATABASE": db}},
		"password file": {catalog.DSN(fmt.Sprintf("host=%s port=%s user=%s dbname=%s", host, port, role, db)), map[string]string{"PGPASSFILE": passwords}},
		"service":       {"service=shop", map[string]string{"PGSERVICEFILE": services, "PGPASSFILE": passwords}},
		"URL service":   {"postgres://?service=shop", map[string]string{"PGSERVICEFILE": services, "PGPASSWORD": password}},
		"service only":  {"", map[string]string{"PGSERVICE": "shop", "PGSERVICEFILE": services, "PGPASSFILE": passwords, "PGUSER": "ignored"}},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "host address" && host != "127.0.0.1" {
				t.Skip("the server is not on 127.0.0.1")
			}
			for k, v := range c.env {
				t.Setenv(k, v)
			}
			conn := connect(t, string(c.dsn), catalog.Session{})
			var got string
			if err := conn.QueryRow(t.Context(), "SELECT current_user || '@' || current_database()").Scan(&got); err != nil || got != role+"@"+db {
				t.Errorf("connected as %s, %v", got, err)
			}
			if text := c.dsn.String(); strings.Contains(text, password) {
				t.Errorf("the password shows in %s", text)
			}
		})
	}
}

// A role's and a database's own settings must not reach what we do.
func TestSettingsOutrankRoleAndDatabase(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	role, password := server.Role(t, "")
	link := server.Database(t)
	db := pgtest.DatabaseOf(link)
	hostile := map[string]string{
		"statement_timeout": "'1ms'", "lock_timeout": "'1ms'", "idle_in_transaction_session_timeout": "'1ms'",
		"default_transaction_read_only": "off", "search_path": "public", "row_security": "on", "DateStyle": "'German'",
		"TimeZone": "'Asia/Tokyo'", "IntervalStyle": "'iso_8601'", "bytea_output": "'escape'", "extra_float_digits": "'-5'",
		"client_encoding": "'LATIN1'", "quote_all_identifiers": "on", "default_transaction_isolation": "'serializable'",
		"standard_conforming_strings": "off", "xmloption": "document", "idle_session_timeout": "'1ms'",
	}
	if server.Major() >= 17 {
		hostile["transaction_timeout"] = "'10s'" // not known to all servers, so not sent along with the login
	}
	for name, value := range hostile {
		server.Exec(t, "postgres",
			fmt.Sprintf("ALTER ROLE %s SET %s = %s", role, name, value),
			fmt.Sprintf("ALTER ROLE %s IN DATABASE %s SET %s = %s", role, db, name, value),
			fmt.Sprintf("ALTER DATABASE %s SET %s = %s", db, name, value))
	}
	conn := connect(t, server.URLFor(role, password, db), catalog.Session{
		AppName: "understudy/test", ReadOnly: true,
		Settings: map[string]string{"LOCK_TIMEOUT": "5s", "work_mem": "5MB"},
	})
	for name, want := range map[string]string{
		"statement_timeout": "0", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "0", "idle_session_timeout": "0",
		"default_transaction_read_only": "on", "transaction_read_only": "on", "search_path": "pg_catalog", "row_security": "off",
		"DateStyle": "ISO, MDY", "TimeZone": "UTC", "IntervalStyle": "postgres", "bytea_output": "hex", "extra_float_digits": "1",
		"client_encoding": "UTF8", "quote_all_identifiers": "off", "default_transaction_isolation": "read committed",
		"standard_conforming_strings": "on", "xmloption": "content", "application_name": "understudy/test", "work_mem": "5MB",
		"lc_monetary": "C", "client_connection_check_interval": "10s",
	} {
		var got string
		if err := conn.QueryRow(t.Context(), "SELECT current_setting($1)", name).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if _, err := conn.Exec(t.Context(), "CREATE TEMP TABLE x (); CREATE TABLE public.x ()"); err == nil {
		t.Error("a read-only session wrote")
	}
}

func TestReadOnlyIsChecked(t *testing.T) {
	t.Parallel()
	link := pgtest.Source(t).Database(t)
	_, err := catalog.Connect(t.Context(), catalog.DSN(link), catalog.Session{
		ReadOnly: true, Settings: map[string]string{"default_transaction_read_only": "off"},
	})
	if !fault.Is(err, fault.Preflight) {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestSetRole(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	owner, _ := server.Role(t, "NOLOGIN")
	member, memberPassword := server.Role(t, "IN ROLE "+owner)
	stranger, strangerPassword := server.Role(t, "")
	db := pgtest.DatabaseOf(server.Database(t))

	conn := connect(t, server.URLFor(member, memberPassword, db), catalog.Session{Role: owner})
	var now string
	if err := conn.QueryRow(t.Context(), "SELECT current_user::text").Scan(&now); err != nil || now != owner {
		t.Errorf("we are %s, %v", now, err)
	}
	for _, role := range []string{owner, "no such role"} {
		_, err := catalog.Connect(t.Context(), catalog.DSN(server.URLFor(stranger, strangerPassword, db)), catalog.Session{Role: role})
		var f *fault.Error
		if !errors.As(err, &f) || f.Kind != fault.Preflight || f.Hint == "" || !strings.Contains(f.Msg, "role") {
			t.Errorf("%s: got %v", role, err)
		}
	}
}

func TestConnectErrors(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	link := server.Database(t)
	db := pgtest.DatabaseOf(link)
	role, _ := server.Role(t, "")
	noLogin, noLoginPassword := server.Role(t, "NOLOGIN")
	full, fullPassword := server.Role(t, "CONNECTION LIMIT 0")
	closed := pgtest.DatabaseOf(server.Database(t))
	server.Exec(t, "postgres", "ALTER DATABASE "+closed+" ALLOW_CONNECTIONS false")
	private := pgtest.DatabaseOf(server.Database(t))
	server.Exec(t, "postgres", "REVOKE CONNECT ON DATABASE "+private+" FROM PUBLIC")
	other, otherPassword := server.Role(t, "")

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	const secret = "hunter22-secret"
	for name, c := range map[string]struct {
		dsn  string
		kind fault.Kind
		says string
	}{
		"wrong password":   {server.URLFor(role, secret, db), fault.Preflight, "28P01"},
		"no such role":     {server.URLFor("nobody_"+role, secret, db), fault.Preflight, "28"},
		"no login":         {server.URLFor(noLogin, noLoginPassword, db), fault.Preflight, "28000"},
		"no such database": {server.URL("absent_" + db), fault.Preflight, "3D000"},
		"closed database":  {server.URLFor(other, otherPassword, closed), fault.Preflight, "55000"},
		"no CONNECT":       {server.URLFor(other, otherPassword, private), fault.Preflight, "42501"},
		"connection limit": {server.URLFor(full, fullPassword, db), fault.Transient, "53300"},
		"unknown host":     {"postgres://me:" + secret + "@nowhere.invalid/d", fault.Transient, "cannot be resolved"},
		"refused port":     {"postgres://me:" + secret + "@" + refused + "/d", fault.Transient, "connection refused"},
		"missing socket":   {"host=" + t.TempDir() + " user=me password=" + secret, fault.Transient, "no such file"},
		"TLS demanded":     {withTLS(link, "require"), fault.Preflight, "offers no TLS"},
		"unknown setting":  {link + "&nonsense=" + secret, fault.Preflight, "nonsense"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := catalog.Connect(t.Context(), catalog.DSN(c.dsn), catalog.Session{})
			var f *fault.Error
			if !errors.As(err, &f) || f.Kind != c.kind || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("got %v (kind %v), want kind %v and %q", err, fault.KindOf(err), c.kind, c.says)
			}
			if f.Hint == "" && name != "unknown setting" {
				t.Error("no hint")
			}
			if catalog.Transient(err) != (c.kind == fault.Transient) {
				t.Error("Transient disagrees with the kind")
			}
			leaks(t, err, secret, fullPassword, noLoginPassword, otherPassword)
		})
	}
}

func withTLS(link, mode string) string {
	u, err := url.Parse(link)
	if err != nil {
		panic(err)
	}
	q := u.Query()
	q.Set("sslmode", mode)
	u.RawQuery = q.Encode()
	return u.String()
}

// leaks fails if any error of the chain shows a secret in any format, or gives
// away the server's own error.
func leaks(t *testing.T, err error, secrets ...string) {
	t.Helper()
	var walk func(error)
	walk = func(err error) {
		if err == nil {
			return
		}
		text := fmt.Sprintf("%v %+v %#v %q", err, err, err, err)
		for _, s := range secrets {
			if strings.Contains(text, s) {
				t.Errorf("%q shows in %s", s, text)
			}
		}
		switch e := err.(type) {
		case interface{ Unwrap() error }:
			walk(e.Unwrap())
		case interface{ Unwrap() []error }:
			for _, inner := range e.Unwrap() {
				walk(inner)
			}
		}
	}
	walk(err)
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		t.Error("the server's own error can still be had")
	}
}

func TestCancelledConnect(t *testing.T) {
	t.Parallel()
	link := pgtest.Source(t).Database(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := catalog.Connect(ctx, catalog.DSN(link), catalog.Session{})
	if !errors.Is(err, context.Canceled) || catalog.Transient(err) {
		t.Errorf("got %v", err)
	}
}

// A statement whose context ends is cancelled at the server, and the session
// can be used again.
func TestCancelledStatement(t *testing.T) {
	t.Parallel()
	link := pgtest.Source(t).Database(t)
	conn := connect(t, link, catalog.Session{})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := conn.Exec(ctx, "SELECT pg_sleep(600)")
	clean := catalog.Redact(err)
	if catalog.Transient(err) || catalog.Transient(clean) || err == nil {
		t.Errorf("got %v", err)
	}
	if !conn.IsClosed() {
		if err := conn.Ping(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestPinnedAddress(t *testing.T) {
	t.Parallel()
	link := pgtest.Source(t).Database(t)
	addr := catalog.Address(connect(t, link, catalog.Session{}))
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = "nowhere.invalid:1" // must not be looked up
	pinned := connect(t, u.String(), catalog.Session{HostAddr: addr})
	if got := catalog.Address(pinned); got != addr {
		t.Errorf("connected to %s, want %s", got, addr)
	}
}

func TestSQLASCIIStaysRaw(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	name := server.Name(t)
	server.Exec(t, "postgres", "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'")
	conn := connect(t, server.URL(name), catalog.Session{})
	var encoding string
	if err := conn.QueryRow(t.Context(), "SHOW client_encoding").Scan(&encoding); err != nil || encoding != "SQL_ASCII" {
		t.Errorf("client_encoding is %s, %v", encoding, err)
	}
}

func TestNotices(t *testing.T) {
	t.Parallel()
	link := pgtest.Source(t).Database(t)
	const raise = "DO $$ BEGIN RAISE WARNING 'hello'; RAISE NOTICE 'dropped'; END $$"
	if _, err := connect(t, link, catalog.Session{}).Exec(t.Context(), raise); err != nil {
		t.Fatal(err)
	}
	var got []string
	conn := connect(t, link, catalog.Session{OnNotice: func(n *pgconn.Notice) { got = append(got, n.Message) }})
	if _, err := conn.Exec(t.Context(), raise); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != "[hello]" {
		t.Errorf("got %v", got)
	}
}

// A pooler that does not pass our settings on is found by its refusal.
func TestPoolerRefusal(t *testing.T) {
	t.Parallel()
	addr := serve(t, func(conn net.Conn) {
		backend := pgproto3.NewBackend(conn, conn)
		for {
			msg, err := backend.ReceiveStartupMessage()
			if err != nil {
				return
			}
			if _, ok := msg.(*pgproto3.SSLRequest); ok {
				if _, err := conn.Write([]byte("N")); err != nil {
					return
				}
				continue
			}
			backend.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "08P01",
				Message: "unsupported startup parameter: default_transaction_read_only"})
			_ = backend.Flush()
			return
		}
	})
	_, err := catalog.Connect(t.Context(), catalog.DSN("postgres://me@"+addr+"/d"), catalog.Session{ReadOnly: true})
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Preflight || !strings.Contains(f.Hint, "pooler") {
		t.Errorf("got %v", err)
	}
}

func TestNotPostgres(t *testing.T) {
	t.Parallel()
	addr := serve(t, func(conn net.Conn) {
		if _, err := conn.Read(make([]byte, 8)); err == nil {
			_, _ = conn.Write([]byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
		}
	})
	_, err := catalog.Connect(t.Context(), catalog.DSN("postgres://me@"+addr+"/d?sslmode=disable"), catalog.Session{})
	var f *fault.Error
	if !errors.As(err, &f) || f.Hint == "" {
		t.Errorf("got %v", err)
	}
}

// The name is checked against the certificate although the address is pinned.
func TestTLS(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	role, password := server.Role(t, "")
	link := server.Database(t)
	behind := catalog.Address(connect(t, link, catalog.Session{}))
	certificate, ca := selfSigned(t, "db.test")
	addr := serve(t, func(conn net.Conn) {
		if _, err := io.ReadFull(conn, make([]byte, 8)); err != nil { // SSLRequest
			return
		}
		if _, err := conn.Write([]byte("S")); err != nil {
			return
		}
		secured := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{certificate}})
		next, err := net.Dial("tcp", behind)
		if err != nil {
			return
		}
		defer next.Close()
		go func() {
			_, _ = io.Copy(next, secured)
			_ = next.Close()
		}()
		_, _ = io.Copy(secured, next)
	})
	dsn := func(host, more string) catalog.DSN {
		// Channel binding cannot work through this relay.
		return catalog.DSN(fmt.Sprintf("host=%s user=%s password=%s dbname=%s channel_binding=disable %s",
			host, role, password, pgtest.DatabaseOf(link), more))
	}
	pinned := catalog.Session{HostAddr: addr}
	conn, err := catalog.Connect(t.Context(), dsn("db.test", "sslmode=verify-full sslrootcert="+ca), pinned)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]struct {
		dsn  catalog.DSN
		says string
	}{
		"other name": {dsn("other.test", "sslmode=verify-full sslrootcert="+ca), "another host name"},
		"unknown CA": {dsn("db.test", "sslmode=verify-full"), "not trusted"},
		"verify-ca":  {dsn("other.test", "sslmode=verify-ca"), "not trusted"},
	} {
		_, err := catalog.Connect(t.Context(), c.dsn, pinned)
		if !fault.Is(err, fault.Preflight) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v", name, err)
		}
		leaks(t, err, password)
	}
}

// serve runs handle for every connection to a listener of this test.
func serve(t *testing.T, handle func(net.Conn)) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				handle(conn)
			}()
		}
	}()
	return listener.Addr().String()
}

func selfSigned(t *testing.T, host string) (certificate tls.Certificate, caFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	caFile = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, caFile
}

// A link that breaks in the middle of a login says nothing about the password.
func TestLoginIsCut(t *testing.T) {
	t.Parallel()
	for name, reset := range map[string]bool{"closed": false, "reset": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			go func() {
				for {
					conn, err := listener.Accept()
					if err != nil {
						return
					}
					buf := make([]byte, 1024)
					_, _ = conn.Read(buf) // the startup message
					const mechanisms = "SCRAM-SHA-256\x00\x00"
					_, _ = conn.Write(append([]byte{'R', 0, 0, 0, byte(8 + len(mechanisms)), 0, 0, 0, 10}, mechanisms...))
					if !reset {
						_, _ = conn.Read(buf)
					} else if tcp, ok := conn.(*net.TCPConn); ok {
						_ = tcp.SetLinger(0)
					}
					conn.Close()
				}
			}()
			_, err = catalog.Connect(t.Context(), catalog.DSN("postgres://someone:hunter22@"+listener.Addr().String()+"/db?sslmode=disable"), catalog.Session{AppName: "test"})
			if !fault.Is(err, fault.Transient) || !strings.Contains(err.Error(), "the connection was lost") {
				t.Errorf("%v", err)
			}
		})
	}
}
