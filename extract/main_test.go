package extract

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// testTimeout bounds a whole test: long enough for a slow machine.
const testTimeout = 2 * time.Minute

func testContext(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testTimeout)
	t.Cleanup(cancel)
	return ctx
}

// warnings collects what a Source warns of.
type warnings struct {
	mu   sync.Mutex
	text []string
}

func (w *warnings) add(msg string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text = append(w.text, msg)
}

func (w *warnings) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.text...)
}

// testTimings are short where a test would otherwise wait, long where a slow
// machine must not fail it.
func testTimings() timings {
	tm := defaultTimings
	tm.poll = 20 * time.Millisecond
	tm.standby = 20 * time.Millisecond
	tm.dumpRetry = 50 * time.Millisecond
	return tm
}

// openTest opens a source with test timings; change may alter both.
func openTest(t testing.TB, url string, change func(*Config, *timings)) *Source {
	t.Helper()
	cfg := Config{DSN: catalog.DSN(url), RunID: fmt.Sprintf("test%d", time.Now().UnixNano())}
	tm := testTimings()
	if change != nil {
		change(&cfg, &tm)
	}
	cfg, err := cfg.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	s, err := open(testContext(t), cfg, tm)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func table(t testing.TB, s *Source, name string) *catalog.Table {
	t.Helper()
	found := s.Catalog().Table(catalog.Name{Schema: "public", Name: name})
	if found == nil {
		t.Fatalf("no table %s in the catalog", name)
	}
	return found
}

// columns is the plain query of all columns of a table.
func columns(tb *catalog.Table, binary bool) *Query {
	q := &Query{Table: tb, Binary: binary}
	for _, c := range tb.CopyColumns() {
		q.Exprs = append(q.Exprs, catalog.QuoteIdent(c.Name))
	}
	return q
}

func whole(q *Query) Chunk { return Chunk{Query: q, Of: 1, Whole: true, Last: true} }

func run(t testing.TB, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.PgConn().Exec(testContext(t), sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// eventually waits until a condition that another process brings about holds.
func eventually(t testing.TB, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !cond(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Errorf("it did not come about within a minute: %s", what)
			return
		}
	}
}

func itoa(pid uint32) string { return strconv.FormatUint(uint64(pid), 10) }
