package extract

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/pgtest"
)

// Invariant 8: whatever the sizes, the chunks of a table cover every page from
// 0 to the end of all possible pages exactly once, in order.
func TestChunksTileTheTable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pages := rapid.Int64Range(0, 1<<32-1).Draw(t, "pages")
		if rapid.Bool().Draw(t, "small") {
			pages %= 1000
		}
		size := tableSize{pages: pages, bytes: pages*8192 + rapid.Int64Range(0, 1<<40).Draw(t, "toast")}
		// At most some 10^5 chunks: the property does not depend on it.
		chunkBytes := rapid.Int64Range(size.bytes/100_000+1, size.bytes+2).Draw(t, "chunk")
		heap := rapid.SampledFrom([]string{"heap", "columnar"}).Draw(t, "method")
		q := &Query{Table: &catalog.Table{AccessMethod: heap}}
		chunks := cut(q, size, chunkBytes)
		if len(chunks) == 1 {
			if c := chunks[0]; !c.Whole || !c.Last || c.Index != 0 || c.Of != 1 {
				t.Fatalf("the only chunk is %+v", c)
			}
			if heap == "heap" && size.bytes > chunkBytes && pages > 1 {
				t.Fatalf("%d bytes in one chunk of %d", size.bytes, chunkBytes)
			}
			return
		}
		if heap != "heap" {
			t.Fatal("pages of an unknown access method")
		}
		next := int64(0)
		for i, c := range chunks {
			if c.FromBlock != next || c.Whole || c.Index != i || c.Of != len(chunks) || c.Last != (i == len(chunks)-1) || c.Query != q {
				t.Fatalf("chunk %d of %d begins at %d instead of %d: %+v", i, len(chunks), c.FromBlock, next, c)
			}
			if c.ToBlock <= c.FromBlock {
				t.Fatalf("chunk %d is empty", i)
			}
			if size.pages/int64(len(chunks))+1 < c.ToBlock-c.FromBlock {
				t.Fatalf("chunk %d has %d pages of %d in %d chunks", i, c.ToBlock-c.FromBlock, size.pages, len(chunks))
			}
			next = c.ToBlock
		}
	})
}

// The same on a real table, with dead rows, holes and TOAST, and rows that come
// and go between plan and chunks: the chunks together are the table as the
// snapshot shows it, each row once, in ctid order.
func TestChunksTogetherAreTheTable(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t,
		`CREATE TABLE a (id int, v text, big text);
		 INSERT INTO a SELECT i, repeat('x', i % 500), CASE WHEN i % 1000 = 0 THEN (SELECT string_agg(md5((i + j)::text), '') FROM generate_series(1, 1000) j) END FROM generate_series(1, 20000) i`,
		`UPDATE a SET v = v || 'y' WHERE id % 7 = 0; DELETE FROM a WHERE id BETWEEN 5000 AND 9000`,
		`VACUUM a`,
		`UPDATE a SET id = id WHERE id % 11 = 0`)
	s := openTest(t, url, func(c *Config, _ *timings) { c.ChunkBytes = 64 << 10 })
	q := &Query{Table: table(t, s, "a"), Exprs: []string{`ctid`, `"id"`}, Where: `id % 3 <> 0`}
	plan, err := s.Plan(testContext(t), []*Query{q})
	if err != nil {
		t.Fatal(err)
	}
	if len(plan[0]) < 20 {
		t.Fatalf("only %d chunks", len(plan[0]))
	}
	conn := pgtest.Source(t).Conn(t, url)
	run(t, conn, `INSERT INTO a SELECT i, repeat('x', 500) FROM generate_series(30000, 40000) i; UPDATE a SET v = 'changed' WHERE id % 5 = 0; DELETE FROM a WHERE id % 13 = 0`)
	var all, want bytes.Buffer
	var total int64
	for _, c := range plan[0] {
		n, err := s.Copy(testContext(t), c, &all)
		if err != nil {
			t.Fatal(err)
		}
		total += n
	}
	if _, err := s.Copy(testContext(t), whole(q), &want); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(all.Bytes(), want.Bytes()) {
		t.Errorf("%d bytes in chunks, %d as a whole", all.Len(), want.Len())
	}
	count, err := s.Count(testContext(t), q)
	if err != nil || count != total {
		t.Errorf("count %d, rows %d, %v", count, total, err)
	}
	var at [2]int64
	for line := range strings.Lines(all.String()) {
		var now [2]int64
		if _, err := fmt.Sscanf(line, "(%d,%d)", &now[0], &now[1]); err != nil {
			t.Fatal(err)
		}
		if slices.Compare(now[:], at[:]) <= 0 {
			t.Fatalf("%v after %v", now, at)
		}
		at = now
	}
}

func TestChunksAreReadByTIDRangeScans(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, `CREATE TABLE a AS SELECT i FROM generate_series(1, 100000) i`, `ANALYZE a`)
	s := openTest(t, url, func(c *Config, _ *timings) { c.ChunkBytes = 1 << 20 })
	q := columns(table(t, s, "a"), true)
	plan, err := s.Plan(testContext(t), []*Query{q})
	if err != nil || len(plan[0]) < 3 {
		t.Fatalf("%d chunks, %v", len(plan[0]), err)
	}
	for _, c := range plan[0] {
		var first string
		err := s.within(testContext(t), work{}, func(ctx context.Context, r *reader) error {
			return r.conn.QueryRow(ctx, "EXPLAIN "+c.SQL()).Scan(&first)
		})
		if err != nil || !strings.HasPrefix(first, "Tid Range Scan") {
			t.Errorf("chunk %d: %s, %v", c.Index, first, err)
		}
	}
}

func TestPlanPutsTheLargestFirst(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t,
		`CREATE TABLE small AS SELECT i FROM generate_series(1, 10) i;
		 CREATE TABLE large AS SELECT i FROM generate_series(1, 100000) i;
		 CREATE TABLE toasted AS SELECT string_agg(md5(i::text), '') AS v FROM generate_series(1, 400000) i;
		 CREATE TABLE none ()`)
	s := openTest(t, url, nil)
	var qs []*Query
	for _, name := range []string{"small", "none", "large", "toasted"} {
		qs = append(qs, columns(table(t, s, name), true))
	}
	plan, err := s.Plan(testContext(t), qs)
	if err != nil {
		t.Fatal(err)
	}
	LargestFirst(plan)
	var got []string
	for _, chunks := range plan {
		got = append(got, chunks[0].Query.Table.Name.Name)
	}
	if want := []string{"toasted", "large", "small", "none"}; !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}

// A table under ALTER TABLE does not hold the plan up.
func TestPlanDoesNotWaitForLocks(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, `CREATE TABLE a AS SELECT i FROM generate_series(1, 100000) i`)
	s := openTest(t, url, func(c *Config, _ *timings) { c.ChunkBytes = 1 << 20 })
	run(t, pgtest.Source(t).Conn(t, url), `BEGIN; LOCK TABLE a`)
	plan, err := s.Plan(testContext(t), []*Query{columns(table(t, s, "a"), true)})
	if err != nil || len(plan[0]) < 3 {
		t.Errorf("%d chunks, %v", len(plan[0]), err)
	}
}
