package extract

import (
	"bytes"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
)

// fakePooler does what PgBouncer does in transaction mode, with a pool of one
// server connection, or in session mode, with one for each client.
type fakePooler struct {
	t       *testing.T
	target  string
	shared  *pooled // nil in session mode
	clients sync.WaitGroup
}

// pooled is a server connection of the pooler's.
type pooled struct {
	mu   sync.Mutex // held by the client whose transaction is open
	conn *pgconn.HijackedConn
}

func newPooler(t *testing.T, target string, transaction bool) (through string) {
	t.Helper()
	p := &fakePooler{t: t, target: target}
	if transaction {
		p.shared = p.connect()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.clients.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			p.clients.Go(func() { p.serve(client) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		p.clients.Wait()
	})
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = l.Addr().String()
	return u.String()
}

func (p *fakePooler) connect() *pooled {
	conn, err := pgconn.Connect(testContext(p.t), p.target)
	if err != nil {
		p.t.Error(err)
		return nil
	}
	hijacked, err := conn.Hijack()
	if err != nil {
		p.t.Error(err)
		return nil
	}
	p.t.Cleanup(func() { _ = hijacked.Conn.Close() })
	return &pooled{conn: hijacked}
}

func (p *fakePooler) serve(client net.Conn) {
	defer func() { _ = client.Close() }()
	backend := pgproto3.NewBackend(client, client)
	if m, err := backend.ReceiveStartupMessage(); err != nil {
		return
	} else if _, ok := m.(*pgproto3.StartupMessage); !ok {
		return // a cancel request
	}
	server := p.shared
	if server == nil {
		if server = p.connect(); server == nil {
			return
		}
		defer func() { _ = server.conn.Conn.Close() }()
	}
	backend.Send(&pgproto3.AuthenticationOk{})
	for name, value := range server.conn.ParameterStatuses {
		backend.Send(&pgproto3.ParameterStatus{Name: name, Value: value})
	}
	backend.Send(&pgproto3.BackendKeyData{ProcessID: 1 << 30, SecretKey: []byte("made")})
	backend.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	if backend.Flush() != nil {
		return
	}
	held := false
	defer func() {
		if held {
			server.mu.Unlock()
		}
	}()
	for {
		m, err := backend.Receive()
		if err != nil {
			return
		}
		if _, ok := m.(*pgproto3.Terminate); ok {
			return
		}
		if !held {
			server.mu.Lock()
			held = true
		}
		front := server.conn.Frontend
		front.Send(m)
		switch m.(type) {
		case *pgproto3.Query, *pgproto3.Sync:
		default:
			continue
		}
		if front.Flush() != nil {
			return
		}
		for done := false; !done; {
			answer, err := front.Receive()
			if err != nil {
				return
			}
			backend.Send(answer)
			if ready, ok := answer.(*pgproto3.ReadyForQuery); ok {
				done = true
				if ready.TxStatus == 'I' {
					server.mu.Unlock()
					held = false
				}
			}
		}
		if backend.Flush() != nil {
			return
		}
	}
}

func TestTransactionPoolerIsRefused(t *testing.T) {
	t.Parallel()
	through := newPooler(t, pgtest.Source(t).Database(t), true)
	_, err := Open(testContext(t), Config{DSN: catalog.DSN(through), RunID: "pooled"})
	if !fault.Is(err, fault.Preflight) || !strings.Contains(err.Error(), "pooler in transaction mode") {
		t.Errorf("open: %v", err)
	}
	p := probe(t, through)
	if p.Pooler != TransactionPooler || len(refusals(p)) == 0 {
		t.Errorf("probe: %q, %+v", p.Pooler, p.Findings)
	}
}

func TestSessionPoolerWorks(t *testing.T) {
	t.Parallel()
	through := newPooler(t, pgtest.Source(t).Database(t, `CREATE TABLE a AS SELECT generate_series(1, 10) AS i`), false)
	var said warnings
	s := openTest(t, through, func(c *Config, _ *timings) { c.Warn = said.add })
	if len(said.all()) != 1 || !strings.Contains(said.all()[0], "session mode") {
		t.Errorf("warnings %q", said.all())
	}
	if rows, err := s.Copy(testContext(t), whole(columns(table(t, s, "a"), true)), new(bytes.Buffer)); err != nil || rows != 10 {
		t.Errorf("%d rows, %v", rows, err)
	}
}
