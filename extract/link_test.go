package extract

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
)

// firstThen calls a function at the first write.
type firstThen struct {
	bytes.Buffer
	do func()
}

func (f *firstThen) Write(p []byte) (int, error) {
	if f.do != nil {
		f.do()
		f.do = nil
	}
	return f.Buffer.Write(p)
}

func readerLink(t testing.TB, p *proxy, s *Source) *proxyLink {
	t.Helper()
	l := p.of(s.pool.readers[0].conn.PgConn().Conn().LocalAddr())
	if l == nil {
		t.Fatal("the reader is not connected through the proxy")
	}
	return l
}

const manyRows = `CREATE TABLE a AS SELECT i, repeat('x', 1000) v FROM generate_series(1, 50000) i`

func TestCopySurvivesALostLink(t *testing.T) {
	t.Parallel()
	p := newProxy(t, pgtest.Source(t).Database(t, manyRows))
	s := openTest(t, p.url, func(c *Config, _ *timings) { c.Connections = minConnections })
	chunk := whole(columns(table(t, s, "a"), true))
	want := new(bytes.Buffer)
	if _, err := s.Copy(testContext(t), chunk, want); err != nil {
		t.Fatal(err)
	}
	w := &firstThen{do: func() { readerLink(t, p, s).cut() }}
	if _, err := s.Copy(testContext(t), chunk, w); !fault.Is(err, fault.Transient) {
		t.Fatalf("cut: %v", err)
	}
	again := new(bytes.Buffer)
	if rows, err := s.Copy(testContext(t), chunk, again); err != nil || rows != 50000 || !bytes.Equal(again.Bytes(), want.Bytes()) {
		t.Fatalf("again: %d rows, %v", rows, err)
	}
}

func TestCopyNoticesAStalledLink(t *testing.T) {
	t.Parallel()
	p := newProxy(t, pgtest.Source(t).Database(t, manyRows))
	s := openTest(t, p.url, func(c *Config, tm *timings) { c.Connections, tm.stall = minConnections, 100*time.Millisecond })
	chunk := whole(columns(table(t, s, "a"), true))
	w := &firstThen{do: func() { readerLink(t, p, s).freeze() }}
	_, err := s.Copy(testContext(t), chunk, w)
	if !fault.Is(err, fault.Transient) || !strings.Contains(err.Error(), "stalled") {
		t.Fatalf("stalled: %v", err)
	}
	if rows, err := s.Copy(testContext(t), chunk, new(bytes.Buffer)); err != nil || rows != 50000 {
		t.Fatalf("again: %d rows, %v", rows, err)
	}
}

// A server that is silent because it is busy is left alone.
func TestCopyWaitsForABusyServer(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, `CREATE TABLE a AS SELECT generate_series(1, 3) AS i;
		CREATE FUNCTION slow(int) RETURNS int STABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.3); RETURN $1; END'`)
	s := openTest(t, url, func(_ *Config, tm *timings) { tm.stall = 20 * time.Millisecond })
	q := &Query{Table: table(t, s, "a"), Exprs: []string{"i"}, Where: "public.slow(i) > 0"}
	if rows, err := s.Copy(testContext(t), whole(q), new(bytes.Buffer)); err != nil || rows != 3 {
		t.Fatalf("%d rows, %v", rows, err)
	}
}

// TLS ends at a proxy that talks plaintext to the server.
func TestCopyOverTLS(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	p := newTLSProxy(t, pgtest.Source(t).Database(t, manyRows,
		`CREATE FUNCTION slow(int) RETURNS int STABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.3); RETURN $1; END'`), config)
	s := openTest(t, p.url, func(c *Config, tm *timings) { c.Connections, tm.stall = minConnections, 20*time.Millisecond })
	chunk := whole(columns(table(t, s, "a"), true))
	if _, ok := s.pool.readers[0].conn.PgConn().Conn().(*tls.Conn); !ok {
		t.Fatal("not over TLS")
	}
	if rows, err := s.Copy(testContext(t), chunk, new(bytes.Buffer)); err != nil || rows != 50000 {
		t.Fatalf("%d rows, %v", rows, err)
	}
	// The cancel request goes over TLS too, and the session lives on.
	full, pid := errors.New("the target is full"), s.pool.readers[0].pid.Load()
	if _, err := s.Copy(testContext(t), chunk, &failing{1 << 20, full}); !errors.Is(err, full) {
		t.Fatal(err)
	}
	// Nor do the read deadlines of a silent server break it.
	q := &Query{Table: table(t, s, "a"), Exprs: []string{"i"}, Where: "i > 3 OR public.slow(i) > 0"}
	if rows, err := s.Copy(testContext(t), whole(q), new(bytes.Buffer)); err != nil || rows != 50000 {
		t.Fatalf("%d rows, %v", rows, err)
	}
	if now := s.pool.readers[0].pid.Load(); now != pid {
		t.Error("the session was given up")
	}
}

// All links are lost at once, as when our network fails for a moment.
func TestSourceIsLostWithAllLinks(t *testing.T) {
	t.Parallel()
	p := newProxy(t, pgtest.Source(t).Database(t, manyRows))
	s := openTest(t, p.url, nil)
	p.cut()
	_, err := s.Copy(testContext(t), whole(columns(table(t, s, "a"), true)), new(bytes.Buffer))
	if !fault.Is(err, fault.Transient) {
		t.Fatal(err)
	}
}
