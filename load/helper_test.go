package load

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
)

func TestMain(m *testing.M) {
	if act := os.Getenv(childVariable); act != "" {
		os.Exit(childMain(act))
	}
	pgtest.Main(m)
}

// target is a staging name on the shared target server, with a login role
// that has CREATEDB and nothing else, and an owner role that it is a member of.
type target struct {
	*pgtest.Server
	t        testing.TB
	staging  string
	role     string
	owner    string
	password string
}

func newTarget(t testing.TB) *target { return newTargetOn(t, pgtest.Target(t)) }

func newTargetOn(t testing.TB, s *pgtest.Server) *target {
	t.Helper()
	// Names first: databases go before roles, and cleanups run backwards.
	tg := &target{Server: s, t: t, staging: s.Name(t)}
	tg.role, tg.password = s.Role(t, "CREATEDB")
	tg.owner, _ = s.Role(t, "NOLOGIN")
	s.Exec(t, "postgres", "GRANT "+tg.owner+" TO "+tg.role)
	return tg
}

func (tg *target) config(change ...func(*Config)) Config {
	cfg := Config{
		DSN:         catalog.DSN(tg.URLFor(tg.role, tg.password, "postgres")),
		Staging:     tg.staging,
		Owner:       tg.owner,
		Project:     "shop",
		RunID:       "run-1",
		Keep:        1,
		Pristine:    "true",
		SwapTimeout: 30 * time.Second,
		Warn:        func(msg string) { tg.t.Log("warning:", msg) },
	}
	for _, c := range change {
		c(&cfg)
	}
	return cfg
}

// open opens the target with the least rights that do.
func (tg *target) open(change ...func(*Config)) *Server {
	tg.t.Helper()
	s, err := Open(tg.t.Context(), tg.config(change...))
	if err != nil {
		tg.t.Fatalf("open: %v", err)
	}
	tg.t.Cleanup(s.Close)
	return s
}

// like is a source database as the test servers have them.
func (tg *target) like() catalog.Database {
	tg.t.Helper()
	var d catalog.Database
	err := tg.Conn(tg.t, tg.URL("postgres")).QueryRow(tg.t.Context(), `
		SELECT pg_encoding_to_char(encoding)::text, datcollate::text, datctype::text FROM pg_database WHERE datname = 'template0'`).
		Scan(&d.Encoding, &d.Collate, &d.CType)
	if err != nil {
		tg.t.Fatal(err)
	}
	d.LocaleProvider = 'c'
	return d
}

// create makes a generation and runs SQL in it.
func (tg *target) create(s *Server, sql ...string) *Build {
	tg.t.Helper()
	b, err := s.Create(tg.t.Context(), tg.like())
	if err != nil {
		tg.t.Fatalf("create: %v", err)
	}
	tg.t.Cleanup(b.closeSessions)
	err = b.with(tg.t.Context(), "test", func(conn *pgx.Conn) error {
		for _, q := range sql {
			if _, err := conn.PgConn().Exec(tg.t.Context(), q).ReadAll(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tg.t.Fatalf("fill the generation: %v", err)
	}
	return b
}

// sealed makes a complete generation with a table note that says which it is.
func (tg *target) sealed(s *Server) *Build {
	tg.t.Helper()
	b := tg.create(s, `CREATE TABLE public.note (text text)`)
	if err := b.with(tg.t.Context(), "test", func(conn *pgx.Conn) error {
		_, err := conn.Exec(tg.t.Context(), `INSERT INTO public.note VALUES ($1)`, fmt.Sprintf("generation %d", b.number))
		return err
	}); err != nil {
		tg.t.Fatal(err)
	}
	if err := b.Seal(tg.t.Context(), testProvenance); err != nil {
		tg.t.Fatalf("seal: %v", err)
	}
	return b
}

var testProvenance = Provenance{
	Snapshot: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), LSN: "0/16B3748", PolicyHash: "p", KeyFingerprint: "k",
	CatalogVersion: 1, ToolVersion: "test", Rows: map[catalog.Name]int64{{Schema: "public", Name: "note"}: 1},
}

// published makes a generation and swaps it in.
func (tg *target) published(s *Server) SwapResult {
	tg.t.Helper()
	b := tg.sealed(s)
	r, err := s.Publish(tg.t.Context(), b.number, PublishOptions{})
	if err != nil {
		tg.t.Fatalf("publish generation %d: %v", b.number, err)
	}
	return r
}

// note is what staging says, as its owner sees it.
func (tg *target) note() string {
	tg.t.Helper()
	var text string
	err := tg.query(tg.staging, `SELECT text FROM public.note`, &text)
	if err != nil {
		tg.t.Fatalf("staging does not serve: %v", err)
	}
	return text
}

// query asks a database as the superuser.
func (tg *target) query(database, sql string, to ...any) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, tg.URL(database))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return conn.QueryRow(ctx, sql).Scan(to...)
}

// databases are staging and everything that bears a generation's name.
func (tg *target) databases() string {
	tg.t.Helper()
	var names string
	err := tg.query("postgres", `SELECT coalesce(string_agg(datname, ' ' ORDER BY datname), '') FROM pg_database
		WHERE datname = `+catalog.QuoteLiteral(tg.staging)+` OR starts_with(datname, `+catalog.QuoteLiteral(tg.staging+"__u")+`)`, &names)
	if err != nil {
		tg.t.Fatal(err)
	}
	return strings.ReplaceAll(names, tg.staging, "S")
}

func (tg *target) wantDatabases(want string) {
	tg.t.Helper()
	if got := tg.databases(); got != want {
		tg.t.Errorf("databases:\n got %s\nwant %s", got, want)
	}
}

// oid is a database's OID, 0 if it does not exist.
func (tg *target) oid(database string) (oid uint32) {
	tg.t.Helper()
	err := tg.query("postgres", `SELECT coalesce((SELECT oid::int8 FROM pg_database WHERE datname = `+catalog.QuoteLiteral(database)+`), 0)`, &oid)
	if err != nil {
		tg.t.Fatal(err)
	}
	return oid
}

// wantFault checks the kind of an error and words in its text or hint.
func wantFault(t testing.TB, err error, kind fault.Kind, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one of kind %v with %q", kind, words)
	}
	if got := fault.KindOf(err); got != kind {
		t.Errorf("kind %v, want %v: %v", got, kind, err)
	}
	text := said(err)
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q does not say %q", text, w)
		}
	}
}

// said is an error with all its hints.
func said(err error) string {
	text := err.Error()
	for err != nil {
		if f, ok := err.(*fault.Error); ok {
			text += "\n" + f.Hint
		}
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			break
		}
		err = u.Unwrap()
	}
	return text
}

// eventually waits for a condition that another process brings about.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for !cond() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// freshServer is a server that a test may restart.
func freshServer(t testing.TB) *pgtest.Server {
	t.Helper()
	s := pgtest.Fresh(t, nil)
	if s.Local == nil {
		t.Skip("the servers run in docker, where a test cannot restart one")
	}
	return s
}
