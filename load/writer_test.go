package load

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// loadRows is a whole load of one table.
func loadRows(ctx context.Context, b *Build, load TableLoad, rows []byte, n int64) error {
	w, err := b.OpenTable(ctx, load)
	if err != nil {
		return err
	}
	defer w.Abort()
	if _, err := w.Write(rows); err != nil {
		return err
	}
	return w.Commit(ctx, n)
}

// ask runs a query in the generation.
func (tg *target) ask(b *Build, sql string, to ...any) {
	tg.t.Helper()
	if err := tg.query(b.Name(), sql, to...); err != nil {
		tg.t.Fatalf("%s: %v", sql, err)
	}
}

// noTransactions checks that no session of ours is left in a transaction.
func (tg *target) noTransactions(b *Build) {
	tg.t.Helper()
	eventually(tg.t, "no session in a transaction", func() bool {
		var n int
		tg.ask(b, `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL`, &n)
		return n == 0
	})
}

// binaryRow is a tuple of binary COPY.
func binaryRow(fields ...[]byte) []byte {
	row := binary.BigEndian.AppendUint16(nil, uint16(len(fields)))
	for _, f := range fields {
		row = binary.BigEndian.AppendUint32(row, uint32(len(f)))
		row = append(row, f...)
	}
	return row
}

func TestLoadsArriveWhole(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	b := tg.create(tg.open(), `CREATE TABLE public.t (id int, v text)`)
	// More than all frames together, in writes that end anywhere.
	const n = 20_000
	var text, bin []byte
	sum := 0
	random := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		v := strings.Repeat("x", random.IntN(200))
		sum += len(v)
		text = fmt.Appendf(text, "%d\t%s\n", i, v)
		bin = append(bin, binaryRow(binary.BigEndian.AppendUint32(nil, uint32(i)), []byte(v))...)
	}
	for _, c := range []struct {
		name           string
		binary, frozen bool
		rows           []byte
	}{{"text", false, true, text}, {"binary", true, true, bin}, {"not frozen", true, false, bin}} {
		load := tableLoad("t", "id", "v")
		load.Binary, load.Frozen = c.binary, c.frozen
		w, err := b.OpenTable(t.Context(), load)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		for rest := c.rows; len(rest) > 0; {
			k := min(len(rest), 1+random.IntN(3*frameSize))
			if random.IntN(2) == 0 {
				k = min(len(rest), 1+random.IntN(300))
			}
			if m, err := w.Write(rest[:k]); err != nil || m != k {
				t.Fatalf("%s: wrote %d of %d: %v", c.name, m, k, err)
			}
			rest = rest[k:]
		}
		if err := w.Commit(t.Context(), n); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		var rows, distinct, length int
		tg.ask(b, `SELECT count(*)::int, count(DISTINCT id)::int, sum(length(v))::int FROM t`, &rows, &distinct, &length)
		if rows != n || distinct != n || length != sum {
			t.Errorf("%s: %d rows, %d ids, %d bytes; want %d, %d, %d", c.name, rows, distinct, length, n, n, sum)
		}
	}
	tg.noTransactions(b)
}

func TestFrozenLoadIsFrozen(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	b := tg.create(tg.open(), `CREATE TABLE public.t (id int)`)
	if err := loadRows(t.Context(), b, tableLoad("t", "id"), []byte("1\n2\n"), 2); err != nil {
		t.Fatal(err)
	}
	tg.Exec(t, b.Name(), "CREATE EXTENSION IF NOT EXISTS pageinspect")
	var frozen bool
	tg.ask(b, `SELECT bool_and(t_infomask & 768 = 768) FROM heap_page_items(get_raw_page('public.t', 0))`, &frozen)
	if !frozen {
		t.Error("the rows are not frozen")
	}
}

// Tables without columns to copy, and names that need quotes.
func TestOddTables(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	b := tg.create(tg.open(), `
		CREATE TABLE public.none ();
		CREATE TABLE public.generated (g int GENERATED ALWAYS AS (7) STORED);
		CREATE TABLE public."we ""ird; --" (a int, "b "", \ ö" text, i int GENERATED ALWAYS AS IDENTITY);
	`)
	for _, c := range []struct {
		load TableLoad
		rows string
	}{
		{tableLoad("none"), "\n\n\n"},
		{tableLoad("generated"), "\n\n\n"},
		{tableLoad(`we "ird; --`, "i", `b ", \ ö`), "5\tx\n6\ty\n7\tz\n"},
	} {
		if err := loadRows(t.Context(), b, c.load, []byte(c.rows), 3); err != nil {
			t.Errorf("%s: %v", c.load.Table.Name, err)
		}
	}
	load := tableLoad("none")
	load.Binary = true
	if err := loadRows(t.Context(), b, load, bytes.Repeat(binaryRow(), 3), 3); err != nil {
		t.Error(err)
	}
	var none, generated, odd int
	tg.ask(b, `SELECT (SELECT count(*)::int FROM none), (SELECT sum(g)::int FROM generated), (SELECT sum(i)::int FROM "we ""ird; --")`, &none, &generated, &odd)
	if none != 3 || generated != 21 || odd != 18 {
		t.Errorf("got %d, %d, %d", none, generated, odd)
	}
	if err := loadRows(t.Context(), b, load, nil, 0); err != nil {
		t.Errorf("empty: %v", err)
	}
}

const secret = "planted-Secret-4711"

// What a table does not take is told by names and codes, never by value.
func TestRowsThatDoNotFit(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	b := tg.create(tg.open(), `
		CREATE DOMAIN public.short AS text CONSTRAINT few CHECK (length(VALUE) < 4);
		CREATE TABLE public.t (id int NOT NULL, v varchar(5), d public.short, "odd, name" date, CONSTRAINT positive CHECK (id > 0));
		CREATE TABLE public.p (id int, v text) PARTITION BY RANGE (id);
		CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES FROM (1) TO (10);
		CREATE TABLE public.wide (`+wideColumns()+`);
		CREATE TABLE public.named (r regrole);
	`)
	t1 := []string{"id", "v", "d", "odd, name"}
	for _, c := range []struct {
		name  string
		load  TableLoad
		row   string
		want  ConstraintError
		quiet bool // the row has no secret
	}{
		{"not null", tableLoad("t", t1...), "\\N\t\\N\t\\N\t\\N\n", ConstraintError{Column: "id", SQLState: "23502"}, true},
		{"check", tableLoad("t", t1...), "-4711\t\\N\t\\N\t\\N\n", ConstraintError{Constraint: "positive", SQLState: "23514"}, false},
		{"too long", tableLoad("t", t1...), "1\t" + secret + "\t\\N\t\\N\n", ConstraintError{Column: "v", SQLState: "22001"}, false},
		{"domain", tableLoad("t", t1...), "1\t\\N\t" + secret + "\t\\N\n", ConstraintError{Column: "d", Constraint: "few", Domain: "short", SQLState: "23514"}, false},
		{"syntax", tableLoad("t", t1...), secret + "\t\\N\t\\N\t\\N\n", ConstraintError{Column: "id", SQLState: "22P02"}, false},
		{"odd column", tableLoad("t", t1...), "1\t\\N\t\\N\t" + secret + "\n", ConstraintError{Column: "odd, name", SQLState: "22007"}, false},
		{"one column too many", tableLoad("t", t1...), "1\t\\N\t\\N\t\\N\t" + secret + "\n", ConstraintError{SQLState: "22P04"}, false},
		{"partition", tableLoad("p1", "id", "v"), "4711\t" + secret + "\n", ConstraintError{SQLState: "23514"}, false},
		{"encoding", tableLoad("p1", "id", "v"), "1\t" + secret + "\xff\n", ConstraintError{SQLState: "22021"}, false},
		{"name of nothing", tableLoad("named", "r"), secret + "\n", ConstraintError{Column: "r", SQLState: "42704"}, false},
		{"too wide", wideLoad(), strings.TrimSuffix(strings.Repeat(strings.Repeat("x", 30)+"\t", wideCount), "\t") + "\n", ConstraintError{SQLState: "54000"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			check := func(err error) {
				t.Helper()
				wantFault(t, err, fault.Data, c.load.Table.Name.String())
				var got *ConstraintError
				if !errors.As(err, &got) {
					t.Fatalf("no constraint error: %v", err)
				}
				if got.Column != c.want.Column || got.Constraint != c.want.Constraint || got.Domain != c.want.Domain || got.SQLState != c.want.SQLState {
					t.Errorf("got %+v, want %+v", *got, c.want)
				}
				if text := said(err); strings.Contains(text, "4711") || strings.Contains(text, "planted") {
					t.Errorf("a value leaks: %s", text)
				}
			}
			check(loadRows(t.Context(), b, c.load, []byte(c.row), 1))
			check(b.Try(t.Context(), c.load, []byte(c.row)))
			if err := b.Try(t.Context(), c.load, nil); err != nil {
				t.Errorf("the session or the table is of no more use: %v", err)
			}
		})
	}
	tg.noTransactions(b)
}

const wideCount = 1500

func wideColumns() string {
	var cols []string
	for i := range wideCount {
		cols = append(cols, fmt.Sprintf("c%d char(30)", i))
	}
	return strings.Join(cols, ", ")
}

func wideLoad() TableLoad {
	var cols []string
	for i := range wideCount {
		cols = append(cols, fmt.Sprintf("c%d", i))
	}
	return tableLoad("wide", cols...)
}

func TestTryLeavesNothing(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	b := tg.create(tg.open(), `CREATE TABLE public.t (id int)`)
	if err := loadRows(t.Context(), b, tableLoad("t", "id"), []byte("1\n"), 1); err != nil {
		t.Fatal(err)
	}
	var before, after int64
	tg.ask(b, `SELECT pg_relation_size('t')`, &before)
	if err := b.Try(t.Context(), tableLoad("t", "id"), []byte(strings.Repeat("2\n", 1000))); err != nil {
		t.Fatal(err)
	}
	var sum int
	tg.ask(b, `SELECT sum(id)::int, pg_relation_size('t') FROM t`, &sum, &after)
	if sum != 1 || after != before {
		t.Errorf("sum %d, %d bytes before and %d after", sum, before, after)
	}
	tg.noTransactions(b)
}

// The server's complaint shows while rows are still being handed on.
func TestErrorsShowEarly(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	b := tg.create(tg.open(), `CREATE TABLE public.t (id int)`)
	w, err := b.OpenTable(t.Context(), tableLoad("t", "id"))
	if err != nil {
		t.Fatal(err)
	}
	block := bytes.Repeat([]byte("x\n"), frameSize)
	const most = 1000
	for i := range most {
		if _, err = w.Write(block); err != nil {
			break
		}
		if i == most-1 {
			t.Fatal("no error after half a gigabyte")
		}
	}
	wantFault(t, err, fault.Data)
	if _, again := w.Write(block); again == nil {
		t.Error("the next write has no error")
	}
	wantFault(t, w.Commit(t.Context(), 1), fault.Data)
	w.Abort()
	if err := loadRows(t.Context(), b, tableLoad("t", "id"), []byte("1\n"), 1); err != nil {
		t.Errorf("the next load: %v", err)
	}
	tg.noTransactions(b)
}

// Fewer rows at the target than handed on, or more, must not be committed.
func TestRowsMustAddUp(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	b := tg.create(tg.open(), `CREATE TABLE public.t (id int)`)
	wantFault(t, loadRows(t.Context(), b, tableLoad("t", "id"), []byte("1\n2\n"), 3), fault.Verification, "3 rows", "took 2", "public.t")
	var rows, ledger int
	tg.ask(b, `SELECT (SELECT count(*)::int FROM t), (SELECT count(*)::int FROM _understudy.ledger)`, &rows, &ledger)
	if rows != 0 || ledger != 0 {
		t.Errorf("%d rows and %d ledger entries are committed", rows, ledger)
	}
	tg.noTransactions(b)
}

func TestAbortLeavesTheTableAndTheSessionAsTheyWere(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	b := tg.create(tg.open(), `CREATE TABLE public.t (id int)`)
	load := tableLoad("t", "id")
	if err := loadRows(t.Context(), b, load, []byte("1\n"), 1); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{0, 10, 3 * framesPerWriter * frameSize} {
		w, err := b.OpenTable(t.Context(), load)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(bytes.Repeat([]byte("2\n"), size/2)); err != nil {
			t.Fatal(err)
		}
		w.Abort()
		w.Abort()
	}
	var sum, sessions int
	tg.ask(b, `SELECT sum(id)::int, (SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()) FROM t`, &sum, &sessions)
	if sum != 1 || sessions != 1 {
		t.Errorf("sum %d, %d sessions", sum, sessions)
	}
	tg.noTransactions(b)
}

func TestCancelledLoadEndsAtOnce(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	b := tg.create(tg.open(), `CREATE TABLE public.t (id int)`)
	cause := errors.New("the user has stopped the run")
	for _, when := range []string{"writing", "committing"} {
		ctx, cancel := context.WithCancelCause(t.Context())
		w, err := b.OpenTable(ctx, tableLoad("t", "id"))
		if err != nil {
			t.Fatal(err)
		}
		if when == "writing" {
			cancel(cause)
			for err == nil {
				_, err = w.Write(bytes.Repeat([]byte("2\n"), frameSize))
			}
			w.Abort()
		} else {
			cancel(cause)
			err = w.Commit(ctx, 0)
		}
		if !errors.Is(err, cause) {
			t.Errorf("%s: %v", when, err)
		}
	}
	if err := loadRows(t.Context(), b, tableLoad("t", "id"), []byte("1\n"), 1); err != nil {
		t.Errorf("the next load: %v", err)
	}
	tg.noTransactions(b)
}

func TestEndedSessionIsTransient(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	b := tg.create(tg.open(), `CREATE TABLE public.t (id int)`)
	w, err := b.OpenTable(t.Context(), tableLoad("t", "id"))
	if err != nil {
		t.Fatal(err)
	}
	tg.Exec(t, "postgres", fmt.Sprintf("SELECT pg_terminate_backend(%d)", w.s.pg.PID()))
	for err == nil {
		_, err = w.Write(bytes.Repeat([]byte("2\n"), frameSize))
	}
	wantFault(t, err, fault.Transient, "public.t")
	w.Abort()
	if err := loadRows(t.Context(), b, tableLoad("t", "id"), []byte("1\n"), 1); err != nil {
		t.Errorf("the redo: %v", err)
	}
}

// behindProxy opens the target through a link that can be cut.
func (tg *target) behindProxy() (*Server, *proxy) {
	tg.t.Helper()
	p := newProxy(tg.t, hostOf(tg.t, tg.URL("postgres")))
	return tg.open(func(c *Config) { c.DSN = p.through(c.DSN) }), p
}

// The server does not notice that we are gone and keeps the table locked; the
// redo must not wait for the network to find out.
func TestRedoEndsTheLostSession(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s, p := tg.behindProxy()
	b := tg.create(s, `CREATE TABLE public.t (id int)`)
	w, err := b.OpenTable(t.Context(), tableLoad("t", "id"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("1\n")); err != nil {
		t.Fatal(err)
	}
	p.cut()
	wantFault(t, w.Commit(t.Context(), 1), fault.Transient)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := loadRows(ctx, b, tableLoad("t", "id"), []byte("1\n2\n"), 2); err != nil {
		t.Fatalf("the redo: %v", err)
	}
	var n int
	tg.ask(b, `SELECT count(*)::int FROM t`, &n)
	if n != 2 {
		t.Errorf("%d rows", n)
	}
}

// The answer to COMMIT is lost: whether the rows are there is read from the
// ledger, not guessed.
func TestLostAnswerToCommitIsReadFromTheLedger(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s, p := tg.behindProxy()
	b := tg.create(s, `CREATE TABLE public.t (id int)`)
	load := tableLoad("t", "id")
	load.Frozen = false
	w, err := b.OpenChunk(t.Context(), load, 3)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("1\n2\n")); err != nil {
		t.Fatal(err)
	}
	p.cutAfter("; COMMIT")
	wantFault(t, w.Commit(t.Context(), 2), fault.Transient, "chunk 3")
	p.cutAfter("")
	eventually(t, "the server commits", func() bool {
		var n int
		tg.ask(b, `SELECT count(*)::int FROM _understudy.ledger`, &n)
		return n == 1
	})
	_, err = b.OpenChunk(t.Context(), load, 3)
	var done *CommittedError
	if !errors.As(err, &done) {
		t.Fatalf("the redo: %v", err)
	}
	if done.Rows != 2 || done.Chunk != 3 {
		t.Errorf("%+v", done)
	}
	var n int
	tg.ask(b, `SELECT count(*)::int FROM t`, &n)
	if n != 2 {
		t.Errorf("%d rows", n)
	}
	if b.committed[loadKey{load.Table.Name, 3}] != 2 {
		t.Error("the chunk does not count as committed")
	}
}

func TestChunksOfOneTableSideBySide(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	b := tg.create(tg.open(), `CREATE TABLE public.t (id int)`)
	load := tableLoad("t", "id")
	var writers []*TableWriter
	for i := range 4 {
		w, err := b.OpenChunk(t.Context(), load, i)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintf(w, "%d\n", i); err != nil {
			t.Fatal(err)
		}
		writers = append(writers, w)
	}
	// A second attempt at a chunk waits for the first, and finds it done.
	second := make(chan error, 1)
	go func() {
		_, err := b.OpenChunk(context.Background(), load, 2)
		second <- err
	}()
	eventually(t, "the second attempt waits", func() bool {
		var n int
		tg.ask(b, `SELECT count(*)::int FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'`, &n)
		return n > 0
	})
	for _, w := range writers {
		if err := w.Commit(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
	}
	var done *CommittedError
	if err := <-second; !errors.As(err, &done) || done.Rows != 1 {
		t.Errorf("the second attempt: %v", err)
	}
	var n int
	tg.ask(b, `SELECT count(*)::int FROM t`, &n)
	if n != 4 {
		t.Errorf("%d rows", n)
	}
}

// Rows of a partition whose key is masked find their partition anew, and a
// repeated load of one partition does not disturb the others' rows.
func TestLoadThroughTheRoot(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	b := tg.create(tg.open(), `
		CREATE TABLE public.p (id int) PARTITION BY LIST (id);
		CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES IN (1);
		CREATE TABLE public.p2 PARTITION OF public.p FOR VALUES IN (2)`)
	root := &catalog.Table{Name: catalog.Name{Schema: "public", Name: "p"}, Kind: catalog.Partitioned}
	leaf := func(name string) TableLoad {
		l := tableLoad(name, "id")
		l.ViaRoot = true
		l.Table.Partition = &catalog.Partition{Parent: root}
		return l
	}
	if err := b.Try(t.Context(), leaf("p1"), []byte("2\n")); err != nil {
		t.Fatal(err)
	}
	if err := loadRows(t.Context(), b, leaf("p1"), []byte("2\n2\n"), 2); err != nil {
		t.Fatal(err)
	}
	if err := loadRows(t.Context(), b, leaf("p2"), []byte("1\n"), 1); err != nil {
		t.Fatal(err)
	}
	var done *CommittedError
	if err := loadRows(t.Context(), b, leaf("p1"), []byte("2\n2\n"), 2); !errors.As(err, &done) || done.Rows != 2 {
		t.Errorf("again: %v", err)
	}
	err := b.Try(t.Context(), leaf("p1"), []byte("3\n"))
	wantFault(t, err, fault.Data, "public.p")
	var p1, p2 int
	tg.ask(b, `SELECT (SELECT count(*)::int FROM p1), (SELECT count(*)::int FROM p2)`, &p1, &p2)
	if p1 != 1 || p2 != 2 {
		t.Errorf("%d and %d rows", p1, p2)
	}
}

// A row's way to the socket costs no allocation.
func TestWriteDoesNotAllocate(t *testing.T) {
	tg := newTarget(t)
	b := tg.create(tg.open(), `CREATE TABLE public.t (id int, v text)`)
	w, err := b.OpenTable(t.Context(), tableLoad("t", "id", "v"))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	row := []byte("1\t" + strings.Repeat("x", 100) + "\n")
	if n := testing.AllocsPerRun(50_000, func() {
		if _, err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations a row", n)
	}
}

func TestSessionsAreReusedAndClosed(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	b := tg.create(tg.open(), `CREATE TABLE public.t (id int)`)
	for range 5 {
		if err := loadRows(t.Context(), b, tableLoad("t", "id"), []byte("1\n"), 1); err != nil {
			t.Fatal(err)
		}
	}
	if len(b.idle) != 1 {
		t.Errorf("%d sessions", len(b.idle))
	}
	b.closeSessions()
	eventually(t, "no sessions", func() bool {
		var n int
		tg.ask(b, `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`, &n)
		return n == 0
	})
}

func BenchmarkWrite(b *testing.B) {
	tg := newTarget(b)
	build := tg.create(tg.open(), `CREATE UNLOGGED TABLE public.t (id int, v text)`)
	w, err := build.OpenTable(b.Context(), tableLoad("t", "id", "v"))
	if err != nil {
		b.Fatal(err)
	}
	defer w.Abort()
	row := []byte("1\t" + strings.Repeat("x", 100) + "\n")
	b.SetBytes(int64(len(row)))
	for b.Loop() {
		if _, err := w.Write(row); err != nil {
			b.Fatal(err)
		}
	}
}
