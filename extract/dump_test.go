package extract

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
)

func withPgDump(t testing.TB) func(*Config, *timings) {
	path := pgtest.Source(t).PgDump(t)
	return func(c *Config, _ *timings) { c.PgDump = path }
}

func TestDumpSchemaIsOfTheSnapshot(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	url := server.Database(t, `CREATE TABLE before (id int); INSERT INTO before VALUES (4711)`)
	s := openTest(t, url, withPgDump(t))
	run(t, server.Conn(t, url), `CREATE TABLE after (id int)`)
	var out bytes.Buffer
	if _, err := s.DumpSchema(testContext(t), &out, DumpOptions{ExcludeExtensions: []string{"plpgsql"}}); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(out.Bytes(), []byte("PGDMP")) {
		t.Errorf("not a custom-format archive: %.20q", out.Bytes())
	}
	if !bytes.Contains(out.Bytes(), []byte(`CREATE TABLE "public"."before"`)) || bytes.Contains(out.Bytes(), []byte("after")) {
		t.Error("the archive is not of the snapshot")
	}
	if bytes.Contains(out.Bytes(), []byte("4711")) {
		t.Error("the archive has rows")
	}
	// Its session was in a reader's place, which readers get back.
	if _, err := s.Copy(testContext(t), whole(columns(table(t, s, "before"), true)), new(bytes.Buffer)); err != nil {
		t.Error(err)
	}
}

// The archive is in the encoding of our own sessions, whatever the database or
// the role prescribes.
func TestDumpSchemaIsInOurEncoding(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	url := server.Database(t, `CREATE TABLE t (id int DEFAULT length('grün'))`)
	server.Exec(t, "postgres", `ALTER DATABASE "`+pgtest.DatabaseOf(url)+`" SET client_encoding = 'LATIN1'`)
	s := openTest(t, url, withPgDump(t))
	var out bytes.Buffer
	if _, err := s.DumpSchema(testContext(t), &out, DumpOptions{}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(out.Bytes(), []byte("client_encoding = 'UTF8'")) || !bytes.Contains(out.Bytes(), []byte("grün")) {
		t.Error("the archive is not in UTF-8")
	}
}

// pg_dump waits for a lock, gives up, is tried again, and fails as what helps
// itself; when the lock is gone in time it succeeds.
func TestDumpSchemaTriesAgainForLocks(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	url := server.Database(t, `CREATE TABLE a (id int)`)
	s := openTest(t, url, func(c *Config, tm *timings) {
		withPgDump(t)(c, tm)
		c.LockTimeout = 100 * time.Millisecond
	})
	conn := server.Conn(t, url)
	run(t, conn, `BEGIN; LOCK TABLE a`)
	var out bytes.Buffer
	_, err := s.DumpSchema(testContext(t), &out, DumpOptions{})
	var void *VoidError
	if !fault.Is(err, fault.Transient) || errors.As(err, &void) || out.Len() != 0 {
		t.Fatalf("%d bytes, %v", out.Len(), err)
	}
	run(t, conn, `COMMIT`)
	if _, err := s.DumpSchema(testContext(t), &out, DumpOptions{}); err != nil {
		t.Error(err)
	}
}

// slowPgDump is a pg_dump that holds its locks until a file is there.
func slowPgDump(t *testing.T, real string) (path, goOn string) {
	t.Helper()
	dir := t.TempDir()
	path, goOn = filepath.Join(dir, "pg_dump"), filepath.Join(dir, "go-on")
	script := fmt.Sprintf(`#!/bin/sh
[ "$1" = --version ] && exec %[1]s --version
[ -e %[2]s ] && exec %[1]s "$@"
psql=$(dirname %[1]s)/psql
echo "BEGIN; LOCK TABLE public.a IN ACCESS SHARE MODE; SELECT pg_sleep(60)" | $psql -qX -v ON_ERROR_STOP=1 >&2
`, real, goOn)
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return path, goOn
}

// pg_dump is found by its application_name and gives way as readers do.
func TestDumpSchemaGivesWay(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	real := server.PgDump(t)
	if _, err := os.Stat(filepath.Join(filepath.Dir(real), "psql")); err != nil {
		t.Skipf("the stand-in for a slow pg_dump needs psql beside it: %v", err)
	}
	url := server.Database(t, `CREATE TABLE a (id int)`)
	path, goOn := slowPgDump(t, real)
	s := openTest(t, url, func(c *Config, _ *timings) { c.PgDump, c.MaxBlock = path, 50*time.Millisecond })
	conn := server.Conn(t, url)
	altered := make(chan error, 1)
	go func() {
		eventually(t, "pg_dump has its lock", func() bool {
			var n int
			err := conn.QueryRow(testContext(t), `SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
				WHERE l.relation = 'public.a'::regclass AND l.granted AND a.application_name = $1`, s.opener.name).Scan(&n)
			return err == nil && n > 0
		})
		if err := os.WriteFile(goOn, nil, 0o644); err != nil {
			t.Error(err)
		}
		_, err := conn.Exec(testContext(t), `ALTER TABLE a ADD x int`)
		altered <- err
	}()
	var out bytes.Buffer
	if _, err := s.DumpSchema(testContext(t), &out, DumpOptions{}); err != nil || out.Len() == 0 {
		t.Errorf("%d bytes, %v", out.Len(), err)
	}
	if err := <-altered; err != nil {
		t.Error(err)
	}
	if got := s.Waiters(); len(got) != 1 || !got[0].Yielded {
		t.Errorf("waiters %+v", got)
	}
}

func TestDumpSchemaStopsWithItsContext(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	real := server.PgDump(t)
	url := server.Database(t, `CREATE TABLE a (id int)`)
	s := openTest(t, url, func(c *Config, _ *timings) { c.PgDump, c.LockTimeout = real, testTimeout })
	conn := server.Conn(t, url)
	run(t, conn, `BEGIN; LOCK TABLE a`)
	ctx, cancel := context.WithCancel(testContext(t))
	go func() {
		eventually(t, "pg_dump waits", func() bool {
			var n int
			err := conn.QueryRow(testContext(t), `SELECT count(*) FROM pg_locks WHERE relation = 'public.a'::regclass AND NOT granted`).Scan(&n)
			return err == nil && n > 0
		})
		cancel()
	}()
	if _, err := s.DumpSchema(ctx, new(bytes.Buffer), DumpOptions{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestDumpEnvironment(t *testing.T) {
	// Not parallel: it sets environment variables.
	t.Setenv("PGSSLMODE", "disable")
	t.Setenv("PGSERVICE", "")
	t.Setenv("PGHOSTADDR", "192.0.2.99")
	t.Setenv("PGPASSWORD", "from the environment")
	t.Setenv("UNDERSTUDY_KEY", "secret")
	t.Setenv("PRODUCTION_URL", "secret")
	ca := filepath.Join(t.TempDir(), "the ca.pem")
	if err := os.WriteFile(ca, authority(t), 0o600); err != nil {
		t.Fatal(err)
	}
	service := filepath.Join(t.TempDir(), "pg_service.conf")
	if err := os.WriteFile(service, []byte("[prod]\nhost=db.example.com\nsslmode=verify-ca\nsslrootcert="+ca+"\nuser=reader\ndbname=shop\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		dsn, addr string
		want      []string
	}{
		{"postgres://u:s%40cret@db.example.com:6000/shop?sslmode=verify-full&sslrootcert=" + strings.ReplaceAll(ca, " ", "%20"), "192.0.2.7:6000",
			[]string{"PGHOST=db.example.com", "PGHOSTADDR=192.0.2.7", "PGPORT=6000", "PGUSER=u", "PGPASSWORD=s@cret", "PGDATABASE=shop",
				"PGSSLMODE=verify-full", "PGSSLROOTCERT=" + ca, "PGAPPNAME=understudy/1", "PGOPTIONS=" + dumpSettings}},
		{`host=db.example.com user=u dbname='my shop' password='it\'s' sslmode=require sslrootcert='` + ca + `' options='-c geqo=off'`, "[2001:db8::1]:5432",
			[]string{"PGHOSTADDR=2001:db8::1", "PGDATABASE=my shop", "PGPASSWORD=it's", "PGSSLMODE=require", "PGSSLROOTCERT=" + ca,
				"PGOPTIONS=-c geqo=off " + dumpSettings}},
		{"postgres://u@/shop?host=/run/postgresql&port=5433", "/run/postgresql/.s.PGSQL.5433",
			[]string{"PGHOST=/run/postgresql", "PGPORT=5433", "PGPASSWORD=from the environment"}},
		{"host=a.invalid,198.51.100.4 port=1,2 user=u dbname=d sslmode=require", "198.51.100.4:2",
			[]string{"PGHOST=198.51.100.4", "PGHOSTADDR=198.51.100.4", "PGPORT=2"}},
		{"service=prod servicefile=" + service, "192.0.2.7:5432",
			[]string{"PGHOST=db.example.com", "PGUSER=reader", "PGDATABASE=shop", "PGSSLMODE=verify-ca", "PGSSLROOTCERT=" + ca}},
	} {
		env, err := dumpEnv(catalog.DSN(tc.dsn), tc.addr, "understudy/1", []string{"PRODUCTION_URL"})
		if err != nil {
			t.Errorf("%s: %v", tc.dsn, err)
			continue
		}
		got := map[string]int{}
		for _, kv := range env {
			name, _, _ := strings.Cut(kv, "=")
			if got[name]++; strings.HasPrefix(name, "PG") && got[name] > 1 && name != "PGSSLROOTCERT" {
				t.Errorf("%s: %s is there twice", tc.dsn, name)
			}
		}
		if got["UNDERSTUDY_KEY"]+got["PRODUCTION_URL"] > 0 || got["HOME"] == 0 && os.Getenv("HOME") != "" {
			t.Errorf("%s: secrets go on to pg_dump, or nothing does", tc.dsn)
		}
		for _, kv := range tc.want {
			if !slices.Contains(env, kv) {
				t.Errorf("%s: no %s in %q", tc.dsn, kv, slices.DeleteFunc(slices.Clone(env), func(kv string) bool { return !strings.HasPrefix(kv, "PG") }))
			}
		}
		if strings.HasPrefix(tc.addr, "/") && slices.ContainsFunc(env, func(kv string) bool { return strings.HasPrefix(kv, "PGHOSTADDR=") }) {
			t.Errorf("%s: PGHOSTADDR for a socket", tc.dsn)
		}
	}
	if _, err := dumpEnv("postgres://u@db.example.com/d?sslmode=require&sslpassword=x", "192.0.2.7:5432", "a", nil); !fault.Is(err, fault.Preflight) {
		t.Errorf("sslpassword: %v", err)
	}
}

// authority is the certificate of an authority of our own.
func authority(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// The password is in no argument of pg_dump and in no error.
func TestDumpKeepsThePassword(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	url := server.Database(t)
	role, password := server.Role(t, "")
	dir := t.TempDir()
	path, seen := filepath.Join(dir, "pg_dump"), filepath.Join(dir, "arguments")
	script := fmt.Sprintf("#!/bin/sh\n[ \"$1\" = --version ] && echo 'pg_dump (PostgreSQL) 99.0' && exit\necho \"$@\" > %s\necho \"my password is $PGPASSWORD\" >&2\nexit 1\n", seen)
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	s := openTest(t, server.URLFor(role, password, databaseOf(url)), func(c *Config, _ *timings) { c.PgDump = path })
	_, err := s.DumpSchema(testContext(t), new(bytes.Buffer), DumpOptions{})
	if err == nil || strings.Contains(err.Error(), password) || !strings.Contains(err.Error(), "my password is ***") {
		t.Errorf("%v", err)
	}
	arguments, err := os.ReadFile(seen)
	if err != nil || strings.Contains(string(arguments), password) || !strings.Contains(string(arguments), "--no-statistics") {
		t.Errorf("%s, %v", arguments, err)
	}
}

func TestDumpNamesMissingPrivileges(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	url := server.Database(t, `CREATE TABLE a (id int); CREATE TABLE b (id int); GRANT SELECT ON a TO PUBLIC`)
	role, password := server.Role(t, "")
	s := openTest(t, server.URLFor(role, password, databaseOf(url)), withPgDump(t))
	_, err := s.DumpSchema(testContext(t), new(bytes.Buffer), DumpOptions{})
	var known *fault.Error
	if !errors.As(err, &known) || known.Kind != fault.Preflight || !strings.Contains(known.Msg, "table public.b") ||
		!strings.Contains(known.Hint, `GRANT SELECT ON TABLE "public"."b" TO`) {
		t.Errorf("%v", err)
	}
}

func TestDumpNeedsNoRightsBeyondReading(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	url := server.Database(t, `CREATE TABLE a (id serial); ALTER TABLE a ENABLE ROW LEVEL SECURITY; CREATE VIEW v AS SELECT * FROM a`)
	role, password := server.Role(t, "")
	run(t, server.Conn(t, url), `GRANT pg_read_all_data TO `+pgx.Identifier{role}.Sanitize())
	s := openTest(t, server.URLFor(role, password, databaseOf(url)), withPgDump(t))
	var out bytes.Buffer
	if _, err := s.DumpSchema(testContext(t), &out, DumpOptions{}); err != nil || out.Len() == 0 {
		t.Errorf("%d bytes, %v", out.Len(), err)
	}
}
