package schema_test

import (
	"bytes"
	"context"
	"net"
	"regexp"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/load/schema"
)

// cutter cuts a connection when the server has executed a definition and its
// answer is on the way: once for every definition, and once for the grants.
type cutter struct {
	on atomic.Bool

	mu   sync.Mutex
	seen map[string]bool
	cuts int
}

var (
	defines = regexp.MustCompile(`^\s*(CREATE|ALTER|REFRESH|COMMENT|GRANT|REVOKE)\b`)
	grants  = regexp.MustCompile(`^\s*(GRANT|REVOKE|ALTER DEFAULT)\b`)
)

// due tells whether the connection that sends a message is to be cut.
func (c *cutter) due(message []byte) bool {
	// A simple query: its type, four bytes of length, the text and a zero.
	if !c.on.Load() || len(message) < 6 || message[0] != 'Q' {
		return false
	}
	sql := string(bytes.TrimRight(message[5:], "\x00"))
	if !defines.MatchString(sql) {
		return false
	}
	if grants.MatchString(sql) {
		sql = "grants"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen[sql] {
		return false
	}
	c.seen[sql] = true
	c.cuts++
	return true
}

type cutConn struct {
	net.Conn
	c   *cutter
	due atomic.Bool
}

func (c *cutConn) Write(p []byte) (int, error) {
	if c.c.due(p) {
		c.due.Store(true)
	}
	return c.Conn.Write(p)
}

func (c *cutConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.due.Load() {
		c.Conn.Close()
		return 0, &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	return n, err
}

// When the connection is lost just after a definition took effect, nobody
// knows that; it is begun again, found there, and counted once.
func TestPostDataWhenEveryAnswerIsLost(t *testing.T) {
	t.Parallel()
	role, _ := pgtest.Source(t).Role(t, "NOLOGIN")
	there, _ := pgtest.Target(t).Role(t, "NOLOGIN")
	src := of(t, shop+`
		CREATE TABLE p (id int PRIMARY KEY, c int REFERENCES customers) PARTITION BY LIST (id);
		CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
		CREATE INDEX ON p (c);
		ALTER TABLE orders ADD CONSTRAINT later CHECK (amount > 0) NOT VALID;
		ALTER TABLE orders ADD EXCLUDE USING btree (amount WITH =);
		CREATE STATISTICS s ON id, customer FROM orders;
		CREATE RULE r AS ON DELETE TO orders DO INSTEAD NOTHING;
		ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
		CREATE POLICY everyone ON orders USING (true);
		CREATE POLICY one ON orders TO `+role+` USING (true);
		COMMENT ON INDEX orders_amount IS 'an index';
		GRANT SELECT ON orders TO `+role)
	s := newStaging(t)
	cut := &cutter{seen: make(map[string]bool)}
	p := s.plan(t, src, func(o *schema.Options) {
		o.Jobs = 3
		o.Roles = map[string]string{role: there}
		o.Connect = func(ctx context.Context) (*pgx.Conn, error) {
			cfg, err := pgx.ParseConfig(s.login)
			if err != nil {
				return nil, err
			}
			dial := cfg.DialFunc
			cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := dial(ctx, network, addr)
				return &cutConn{Conn: conn, c: cut}, err
			}
			conn, err := pgx.ConnectConfig(ctx, cfg)
			if err != nil {
				return nil, err
			}
			_, err = conn.Exec(ctx, "SET ROLE "+catalog.QuoteIdent(s.owner))
			return conn, err
		}
	})
	if err := p.PreData(t.Context()); err != nil {
		t.Fatal(err)
	}
	cut.on.Store(true)
	r, err := p.PostData(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Retries != cut.cuts || cut.cuts < 25 {
		t.Errorf("%d retries after %d cuts", r.Retries, cut.cuts)
	}
	if got := p.Skipped(); len(got) != 0 {
		t.Errorf("left out: %v", got)
	}
	target, err := catalog.Read(t.Context(), pgtest.Target(t).Conn(t, s.url))
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range catalog.Compare(src.catalog, target, catalog.CompareOptions{PostData: true}) {
		t.Errorf("catalogs differ: %s", d)
	}
	for what, sql := range map[string]string{
		"policies": "SELECT count(*)::text FROM pg_policies",
		"rules":    "SELECT count(*)::text FROM pg_rules WHERE schemaname = 'public'",
		"grants":   "SELECT has_table_privilege('" + there + "', 'orders', 'SELECT')::text",
	} {
		if got, want := ask(t, s.url, sql), map[string]string{"policies": "2", "rules": "1", "grants": "true"}[what]; got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	s.idle(t)
}

// A target that crashes in the middle and comes back costs the steps that were
// under way.
func TestPostDataSurvivesACrashOfTheServer(t *testing.T) {
	t.Parallel()
	server := pgtest.Fresh(t, nil)
	if server.Local == nil {
		t.Skip("the server runs in docker: nobody can crash it here")
	}
	src := of(t, gated)
	s := &staging{url: server.Database(t), owner: "postgres", user: "postgres"}
	s.login = s.url
	p := s.plan(t, src, func(o *schema.Options) { o.Jobs = 4 })
	if err := p.PreData(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), s.url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if err := conn.PgConn().Exec(t.Context(), "INSERT INTO a VALUES (1); SELECT pg_advisory_lock(7)").Close(); err != nil {
		t.Fatal(err)
	}
	g := &gate{staging: s, p: p, conn: conn}
	finished := g.postData(t.Context())
	g.waiting(t)
	if err := server.Local.Crash(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := server.Local.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	o := <-finished
	if o.err != nil {
		t.Fatal(o.err)
	}
	if o.result.Retries == 0 {
		t.Error("no retry is told of")
	}
	for _, index := range []string{"a_gated", "b_quick", "c_pkey"} {
		if ask(t, s.url, "SELECT to_regclass('"+index+"')::text") == "" {
			t.Errorf("%s is missing", index)
		}
	}
}
