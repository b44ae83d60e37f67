package load

import (
	"bytes"
	"context"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
)

// noSharing is a connection whose file system cannot share blocks between files:
// the first CREATE DATABASE after file_copy_method = clone fails with a SQLSTATE.
type noSharing struct {
	net.Conn
	state string

	mu     sync.Mutex
	clone  bool
	failed int
}

func (c *noSharing) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at := bytes.Index(b, []byte("CREATE DATABASE")); at >= 0 && c.clone {
		// Another statement of the same length, as the protocol counts bytes.
		end := at + bytes.IndexByte(b[at:], 0)
		fails := "DO $$BEGIN RAISE 'x' USING ERRCODE='" + c.state + "';END$$"
		b = bytes.Clone(b)
		copy(b[at:end], fails+strings.Repeat(" ", end-at-len(fails)))
		c.failed++
	}
	c.clone = c.clone && !bytes.Contains(b, []byte("RESET file_copy_method")) || bytes.Contains(b, []byte("SET file_copy_method = clone"))
	return c.Conn.Write(b)
}

// From version 18 on blocks are shared where the file system can, and copied
// where it cannot.
func TestCloneSharesOrCopies(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open()
	b := tg.sealed(s)
	from := place{oid: catalog.OID(tg.oid(b.Name())), name: b.Name()}
	for _, c := range []struct {
		state  string
		copied bool
	}{
		{"58030", true},  // an error of the system that has a code
		{"XX000", true},  // one that has none: EOPNOTSUPP, EXDEV
		{"0A000", true},  // the server was built for a platform without it
		{"53100", false}, // a full disk is no reason to write more
	} {
		cfg, err := pgx.ParseConfig(tg.config().DSN.Reveal())
		if err != nil {
			t.Fatal(err)
		}
		link := &noSharing{state: c.state}
		cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
			link.Conn, err = new(net.Dialer).DialContext(ctx, network, addr)
			return link, err
		}
		conn, err := pgx.ConnectConfig(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(context.Background())
		to := s.names.live(b.Number())
		err = s.copyDatabase(t.Context(), conn, from, to)
		switch {
		case tg.Major() < 18:
			if err != nil || link.failed != 0 {
				t.Errorf("%s: %v, sharing tried %d times before version 18", c.state, err, link.failed)
			}
		case link.failed != 1:
			t.Errorf("%s: sharing was tried %d times", c.state, link.failed)
		case c.copied != (err == nil), !c.copied && catalog.SQLState(err) != c.state:
			t.Errorf("%s: %v", c.state, err)
		}
		var method string
		if err := conn.QueryRow(t.Context(), "SELECT coalesce(current_setting('file_copy_method', true), '')").Scan(&method); err != nil || method == "clone" {
			t.Errorf("%s: the session goes on with file_copy_method %q (%v)", c.state, method, err)
		}
		if err == nil {
			tg.Exec(t, to, "SELECT text FROM public.note")
		}
		tg.Exec(t, "postgres", "DROP DATABASE IF EXISTS "+catalog.QuoteIdent(to)+" WITH (FORCE)")
	}
}
