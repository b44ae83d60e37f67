package schema_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/load/archive"
	"github.com/understudy-db/understudy/load/schema"
)

// source is a source database as a refresh knows it.
type source struct {
	url     string
	archive *archive.Archive
	catalog *catalog.Catalog
	facts   *schema.Facts
}

func read(t testing.TB, url string) source {
	t.Helper()
	ctx := t.Context()
	s := source{url: url, archive: readArchive(t, pgtest.Source(t), url)}
	conn, err := catalog.Connect(ctx, catalog.DSN(url), catalog.Session{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(ctx)
	if s.catalog, err = catalog.Read(ctx, tx); err != nil {
		t.Fatal(err)
	}
	if s.facts, err = schema.ReadFacts(ctx, tx); err != nil {
		t.Fatal(err)
	}
	return s
}

// of is a source database that some statements made.
func of(t testing.TB, sql ...string) source {
	t.Helper()
	return read(t, pgtest.Source(t).Database(t, sql...))
}

// staging is a fresh database on the target that belongs to a role that is
// nothing but its owner.
type staging struct {
	url   string // the superuser's
	login string // of a member of the owner
	owner string
	user  string // of login

	mu       sync.Mutex
	warnings []string
}

func newStaging(t testing.TB) *staging {
	t.Helper()
	target := pgtest.Target(t)
	owner, _ := target.Role(t, "NOLOGIN")
	login, password := target.Role(t, "CREATEDB")
	s := &staging{url: target.Database(t), owner: owner, user: login}
	s.exec(t, fmt.Sprintf("ALTER DATABASE %s OWNER TO %s; GRANT %s TO %s", s.name(), owner, owner, login))
	s.login = target.URLFor(login, password, s.name())
	return s
}

func (s *staging) name() string {
	name := s.url[strings.LastIndexByte(s.url, '/')+1:]
	name, _, _ = strings.Cut(name, "?")
	return name
}

// exec runs statements as the superuser.
func (s *staging) exec(t testing.TB, sql string) {
	t.Helper()
	conn := pgtest.Target(t).Conn(t, s.url)
	if err := conn.PgConn().Exec(t.Context(), sql).Close(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// ask is a query of one text value.
func ask(t testing.TB, url, sql string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var out *string
	if err := conn.QueryRow(t.Context(), sql).Scan(&out); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if out == nil {
		return ""
	}
	return *out
}

func (s *staging) connect(ctx context.Context) (*pgx.Conn, error) {
	return catalog.Connect(ctx, catalog.DSN(s.login), catalog.Session{Role: s.owner})
}

func (s *staging) options(facts *schema.Facts) schema.Options {
	return schema.Options{
		Connect: s.connect,
		Owner:   s.owner,
		Facts:   facts,
		Warn: func(msg string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.warnings = append(s.warnings, msg)
		},
	}
}

// plan is what New makes of a source for this staging.
func (s *staging) plan(t testing.TB, src source, change ...func(*schema.Options)) *schema.Plan {
	t.Helper()
	o := s.options(src.facts)
	for _, f := range change {
		f(&o)
	}
	p, err := schema.New(src.archive, src.catalog, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// load copies the rows of every table from the source.
func (s *staging) load(t testing.TB, src source, p *schema.Plan) {
	t.Helper()
	ctx := t.Context()
	from, to := pgtest.Source(t).Conn(t, src.url), pgtest.Target(t).Conn(t, s.url)
	for _, table := range src.catalog.Tables {
		if table.HasRows() && table.Extension == "" && !p.Omits(table.Name.String()) {
			copyTable(t, ctx, from, to, table)
		}
	}
}

func copyTable(t testing.TB, ctx context.Context, from, to *pgx.Conn, table *catalog.Table) {
	t.Helper()
	var columns []string
	for _, c := range table.CopyColumns() {
		columns = append(columns, catalog.QuoteIdent(c.Name))
	}
	list := ""
	if len(columns) > 0 {
		list = " (" + strings.Join(columns, ", ") + ")"
	}
	r, w := io.Pipe()
	go func() {
		_, err := from.PgConn().CopyTo(ctx, w, "COPY "+table.Name.SQL()+list+" TO STDOUT")
		w.CloseWithError(err)
	}()
	if _, err := to.PgConn().CopyFrom(ctx, r, "COPY "+table.Name.SQL()+list+" FROM STDIN"); err != nil {
		t.Fatalf("copy %s: %v", table.Name, err)
	}
}

// restore goes all the way.
func (s *staging) restore(t testing.TB, src source, change ...func(*schema.Options)) (*schema.Plan, schema.Result) {
	t.Helper()
	p := s.plan(t, src, change...)
	if err := p.PreData(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.load(t, src, p)
	r, err := p.PostData(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return p, r
}

// idle fails if the plan left a session on the database. One that has said
// goodbye may take the server a moment.
func (s *staging) idle(t testing.TB) {
	t.Helper()
	conn := pgtest.Target(t).Conn(t, s.url)
	left := ""
	for until := time.Now().Add(time.Minute); time.Now().Before(until); {
		err := conn.QueryRow(t.Context(), `SELECT coalesce(string_agg(state || ': ' || query, '; '), '')
			FROM pg_stat_activity WHERE usename = $1`, s.user).Scan(&left)
		if err != nil {
			t.Fatal(err)
		}
		if left == "" {
			return
		}
	}
	t.Errorf("sessions left: %s", left)
}

func objects(skipped []schema.Skip) []string {
	out := make([]string, len(skipped))
	for i, x := range skipped {
		out[i] = x.Object
	}
	return out
}
