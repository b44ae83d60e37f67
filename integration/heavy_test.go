package integration

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/report"
)

// heavy skips what takes minutes or gigabytes unless make test-all asks for it.
func heavy(t *testing.T) {
	t.Helper()
	if os.Getenv("UNDERSTUDY_TEST_HEAVY") == "" {
		t.Skip("takes minutes and gigabytes: UNDERSTUDY_TEST_HEAVY=1, as make test-all sets it")
	}
}

// measured runs a refresh that must succeed, and that may take its time. It
// returns the report and the most memory that the process has held, in MB.
func (p *project) measured(args ...string) (run report.Run, peak int64) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	cmd := p.command(ctx, append([]string{"refresh", "--output", "json"}, args...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		p.t.Fatalf("refresh: %v", err)
	}
	done := make(chan int64)
	go func() { done <- highWater(cmd.Process.Pid) }()
	err := cmd.Wait()
	peak = <-done
	if err != nil {
		p.t.Fatalf("refresh: %v\n%s", err, errs.String())
	}
	run = p.lastReport(result{0, out.String(), errs.String()})
	if peak == 0 { // no /proc: what the system says counts this process's memory at the fork, too
		usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		if !ok {
			p.t.Fatalf("no usage of resources but a %T", cmd.ProcessState.SysUsage())
		}
		if peak = int64(usage.Maxrss) >> 10; runtime.GOOS == "darwin" {
			peak >>= 10
		}
	}
	return run, peak
}

// highWater watches a process to its end and returns the most memory that its
// program has held, in MB; 0 where there is no /proc.
func highWater(pid int) (mb int64) {
	for {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			return mb
		}
		_, rest, found := strings.Cut(string(status), "VmHWM:")
		if !found {
			return mb // it has ended
		}
		var kb int64
		if _, err := fmt.Sscan(rest, &kb); err != nil {
			return mb
		}
		mb = kb >> 10
		time.Sleep(5 * time.Millisecond)
	}
}

// memoryLimit is far above the 25 MB that a refresh holds and below the values
// of these tests, in MB. The race detector keeps more than the program itself.
func memoryLimit() int64 {
	if raceEnabled {
		return 300
	}
	return 64
}

// giants are tables with one value of so many MB that travels in binary and
// one of a quarter of that as text, between small ones.
func giants(mb int) string {
	return fmt.Sprintf(`
		CREATE TABLE giants (id integer PRIMARY KEY, who text, b bytea, t text, after integer);
		ALTER TABLE giants ALTER b SET STORAGE EXTERNAL;
		INSERT INTO giants SELECT n, 'Real', '\x00', 't', n FROM generate_series(1, 100) n;
		INSERT INTO giants SELECT 101, 'Real', decode(repeat('00ff5c0a', %[1]d << 18), 'hex'), NULL, 101;
		INSERT INTO giants SELECT n, 'Real', '\x00', 't', n FROM generate_series(102, 200) n;
		CREATE TABLE toasted (id integer PRIMARY KEY, who text, t text, r regclass);
		ALTER TABLE toasted ALTER t SET STORAGE EXTERNAL;
		INSERT INTO toasted SELECT n, 'Real', CASE n WHEN 3 THEN repeat(E'ä\n\\N\t', %[1]d << 15) ELSE 't' END, 'giants' FROM generate_series(1, 5) n;`, mb)
}

const giantsPolicy = `version: 1
tables:
  public.giants: { keep: [id, b, t, after], columns: { who: full_name } }
  public.toasted: { keep: [id, t, r], columns: { who: full_name } }
`

func keepsGiants(t *testing.T, mb int) {
	p := newCopy(t, copyOptions{source: pgtest.Source(t).Database(t, giants(mb)), policy: giantsPolicy})
	_, got := p.measured()
	t.Logf("%d MB held for values of %d MB", got, mb)
	if got > memoryLimit() {
		t.Errorf("the refresh held %d MB for values of %d MB, limit %d", got, mb, memoryLimit())
	}
	for _, sql := range []string{
		`SELECT count(*) || ' ' || sum(after) || ' ' || max(length(b)) || ' ' || md5(string_agg(md5(b), ',' ORDER BY id)) FROM giants`,
		`SELECT count(*) || ' ' || max(length(t)) || ' ' || md5(string_agg(md5(t) || r::text, ',' ORDER BY id)) FROM toasted`,
	} {
		if a, b := one(t, p.source, sql), one(t, p.staging(), sql); a != b {
			t.Errorf("%s\nsource:  %s\nstaging: %s", sql, a, b)
		}
	}
	if got := one(t, p.staging(), `SELECT (SELECT count(*) FROM giants WHERE who = 'Real') + (SELECT count(*) FROM toasted WHERE who = 'Real')`); got != "0" {
		t.Errorf("%s rows hold original values", got)
	}
}

// Kept values stream through whatever their size: the memory of a refresh
// stays below that of one value.
func TestGiantValues(t *testing.T) {
	t.Parallel()
	keepsGiants(t, 80)
}

// Binary COPY takes values that text COPY cannot: in hexadecimal they would be
// longer than PostgreSQL's longest string. In a table that has to travel as
// text they are refused, by table.
func TestLargestValues(t *testing.T) {
	t.Parallel()
	heavy(t)
	keepsGiants(t, 500)
	p := newCopy(t, copyOptions{source: pgtest.Source(t).Database(t, `
		CREATE TABLE by_text (id integer, b bytea, r regclass);
		ALTER TABLE by_text ALTER b SET STORAGE EXTERNAL;
		INSERT INTO by_text SELECT 1, string_agg(decode(repeat('00ff5c0a', 75 << 18), 'hex'), ''), 'by_text' FROM generate_series(1, 8)`),
		policy: "version: 1\ntables: { public.by_text: { keep: [id, b, r] } }\n"})
	r := p.fails(5, "copy public.by_text: PostgreSQL sends no row that is longer than 1 GB", "refresh")
	if !strings.Contains(r.stderr, "a rule such as sql or null") {
		t.Errorf("no way out:\n%s", r.stderr)
	}
}

// A hundred thousand rows of arrays of several dimensions.
func TestManyArrays(t *testing.T) {
	t.Parallel()
	heavy(t)
	keepsEverything(t, `
		CREATE TABLE arrays (id integer PRIMARY KEY, two integer[][], three text[], bounds integer[], nested point[][]);
		INSERT INTO arrays SELECT n, ARRAY[[n, n + 1], [NULL, -n]], ARRAY[[['a' || n, NULL], ['{', '"']]], ('[' || n % 7 || ':' || n % 7 + 1 || ']={1,2}')::integer[], ARRAY[[point(n, 1)], [NULL::point]] FROM generate_series(1, 100000) n;`,
		nil, "", "")
}

// Ten thousand tables, two thousand partitions.
func TestManyTables(t *testing.T) {
	t.Parallel()
	heavy(t)
	src := pgtest.Fresh(t, map[string]string{"max_locks_per_transaction": "1024"})
	source := src.Database(t)
	execute(t, source, append(manyTables(10_000),
		`CREATE TABLE tree (id integer PRIMARY KEY, who text) PARTITION BY RANGE (id)`,
		`DO $$ BEGIN FOR n IN 0..1999 LOOP
			EXECUTE format('CREATE TABLE tree_%s PARTITION OF tree FOR VALUES FROM (%s) TO (%s)', n, n * 5, n * 5 + 5);
			IF n % 100 = 0 THEN COMMIT; END IF;
		END LOOP; END $$`,
		`INSERT INTO tree SELECT n, 'Real' FROM generate_series(0, 9999) n`)...)
	p := newCopy(t, copyOptions{origin: src, source: source,
		policy: "version: 1\ntables: { many.*: { keep: [id] }, public.tree: { keep: [id], columns: { who: full_name } } }\n"})
	run, _ := p.measured("--target-pristine", "false")
	if run.Totals.Tables != 12_000 || run.Totals.Rows != 20_000 {
		t.Errorf("%d tables, %d rows", run.Totals.Tables, run.Totals.Rows)
	}
	if got := one(t, p.staging(), `SELECT count(*) || ' ' || count(*) FILTER (WHERE who = 'Real') FROM tree`); got != "10000 0" {
		t.Errorf("rows of the tree, original ones: %s", got)
	}
	for _, db := range p.databases() { // takes longer than the usual cleaning up waits
		execute(t, p.target.URL("postgres"), `DROP DATABASE "`+db+`"`)
	}
}

// manyTables makes tables of one row each, in schema many. Transactions stay
// small: each table costs a lock.
func manyTables(n int) []string {
	return []string{`CREATE SCHEMA many`, fmt.Sprintf(`DO $$ BEGIN FOR n IN 1..%d LOOP
		EXECUTE format('CREATE TABLE many.t%%s AS SELECT %%s AS id', n, n);
		IF n %% 100 = 0 THEN COMMIT; END IF;
	END LOOP; END $$`, n)}
}

// pg_dump locks every table. Where the source has no room for so many locks,
// the refusal says so, and what to raise; doctor warns of it before.
func TestLockTableIsTooSmall(t *testing.T) {
	t.Parallel()
	src := pgtest.Fresh(t, map[string]string{"max_locks_per_transaction": "10", "max_connections": "25"})
	p := newCopy(t, copyOptions{origin: src, source: src.Database(t, manyTables(300)...), policy: "version: 1\ntables: { many.*: { rows: none } }\n"})
	hog := src.Conn(t, p.source)
	if _, err := hog.Exec(t.Context(), `SELECT pg_advisory_lock(n) FROM generate_series(1, 1000000) n`); catalog.SQLState(err) != "53200" {
		t.Fatalf("the lock table is not full: %v", err)
	}
	const left = 100
	if _, err := hog.Exec(t.Context(), `SELECT pg_advisory_unlock(n) FROM generate_series(1, $1) n`, left); err != nil {
		t.Fatal(err)
	}
	r := p.fails(4, "pg_dump locks all 300 tables", "refresh")
	if !strings.Contains(r.stderr, "raise max_locks_per_transaction") {
		t.Errorf("no way out:\n%s", r.stderr)
	}
	if r := p.run("doctor"); !strings.Contains(r.stdout+r.stderr, "pg_dump locks all 300 tables") {
		t.Errorf("doctor does not warn:\n%s%s", r.stdout, r.stderr)
	}
	if left := p.databases(); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}
