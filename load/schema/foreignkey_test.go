package schema_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/understudy-db/understudy/load/schema"
)

// A foreign key is checked through two indexes where there are any in the same
// all-visible, as the server likes.
func TestForeignKeysAreCheckedThroughIndexes(t *testing.T) {
	t.Parallel()
	const tables = `
		CREATE TABLE parent (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL, UNIQUE (a, b));
		INSERT INTO parent SELECT i, i, i % 7 FROM generate_series(1, 5000) i;
		CREATE TABLE plain (id int PRIMARY KEY, parent_id bigint REFERENCES parent);
		CREATE INDEX plain_walked ON plain (parent_id, id);
		CREATE TABLE pair (a int, b int, FOREIGN KEY (b, a) REFERENCES parent (b, a));
		CREATE INDEX pair_walked ON pair (a, b);
		CREATE TABLE turned (a int, b int, FOREIGN KEY (a, b) REFERENCES parent (a, b));
		CREATE INDEX turned_left ON turned (b, a);
		CREATE TABLE part (id int PRIMARY KEY, parent_id int REFERENCES parent);
		CREATE INDEX part_left ON part (parent_id) WHERE id > 0;
		CREATE TABLE tree (gone int, id int, parent_id int REFERENCES parent) PARTITION BY LIST (id);
		CREATE TABLE tree_1 (parent_id int, id int, gone int);
		ALTER TABLE tree ATTACH PARTITION tree_1 FOR VALUES IN (1);
		CREATE INDEX tree_walked ON tree (parent_id);
		INSERT INTO plain SELECT i, i FROM generate_series(1, 5000) i;
		INSERT INTO pair SELECT a, b FROM parent;
		INSERT INTO turned SELECT a, b FROM parent;
		INSERT INTO part SELECT i, i FROM generate_series(1, 5000) i;
		INSERT INTO tree (id, parent_id) SELECT 1, i FROM generate_series(1, 5000) i;`
	src := of(t, tables)
	for _, visible := range []bool{true, false} {
		s := newStaging(t)
		p := s.plan(t, src, func(o *schema.Options) { o.Jobs = 3 })
		if err := p.PreData(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.load(t, src, p)
		if visible {
			s.exec(t, "VACUUM")
		}
		r, err := p.PostData(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		done := map[string]int{}
		for i, x := range r.Steps {
			done[x.Name] = i
		}
		for _, pair := range [][2]string{
			{"create index public.plain_walked", "create foreign key public.plain.plain_parent_id_fkey"},
			{"create index public.tree_1_parent_id_idx", "create foreign key public.tree.tree_parent_id_fkey"},
		} {
			first, ok1 := done[pair[0]]
			second, ok2 := done[pair[1]]
			if !ok1 || !ok2 || first > second {
				t.Errorf("%q is not followed by %q in %v", pair[0], pair[1], r.Steps)
			}
		}
		if visible {
			s.walksThrough(t, "pair_walked", "plain_walked", "tree_1_parent_id_idx")
		}
		if n := ask(t, s.url, "SELECT count(*)::text FROM pg_constraint WHERE contype = 'f' AND convalidated AND connamespace = 'public'::regnamespace"); n != "6" {
			t.Errorf("visible %v: %s foreign keys are validated, want 6 with the partition's", visible, n)
		}
	}
}

// walksThrough demands that indexes of referencing tables were read. What
// sessions did is told by the server a moment after they are gone.
func (s *staging) walksThrough(t testing.TB, indexes ...string) {
	t.Helper()
	var got []string
	for until := time.Now().Add(time.Minute); time.Now().Before(until); time.Sleep(20 * time.Millisecond) {
		got = strings.Split(ask(t, s.url, `SELECT string_agg(indexrelname, ',') FROM pg_stat_user_indexes WHERE idx_scan > 0`), ",")
		if !slices.ContainsFunc(indexes, func(x string) bool { return !slices.Contains(got, x) }) {
			return
		}
	}
	t.Errorf("walked through %q, want all of %q", got, indexes)
}

// Violations are found by whatever way.
func TestViolatedForeignKeyIsFoundThroughIndexes(t *testing.T) {
	t.Parallel()
	src := of(t, `
		CREATE TABLE parent (id int PRIMARY KEY);
		INSERT INTO parent SELECT generate_series(1, 5000);
		CREATE TABLE child (parent_id int CONSTRAINT belongs REFERENCES parent);
		CREATE INDEX ON child (parent_id);
		INSERT INTO child SELECT id FROM parent`)
	s := newStaging(t)
	p := s.plan(t, src)
	if err := p.PreData(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.load(t, src, p)
	s.exec(t, "DELETE FROM parent WHERE id = 4711")
	s.exec(t, "VACUUM")
	_, err := p.PostData(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "belongs") || !strings.Contains(err.Error(), "23503") {
		t.Errorf("error %v", err)
	}
	if strings.Contains(fmt.Sprint(err), "4711") {
		t.Errorf("the error quotes the row: %v", err)
	}
}

// An index that staging does without cannot be walked through.
func TestForeignKeyIsNotCheckedThroughAnIndexThatIsLeftOut(t *testing.T) {
	t.Parallel()
	src := of(t, `
		CREATE TABLE parent (id int PRIMARY KEY);
		CREATE TABLE child (parent_id int CONSTRAINT belongs REFERENCES parent);
		CREATE INDEX child_parent_idx ON child (parent_id)`)
	for _, unsupported := range [][]string{nil, {"public.child_parent_idx"}} {
		p := newStaging(t).plan(t, src, func(o *schema.Options) { o.Unsupported = unsupported })
		walked, err := p.Walked()
		if err != nil {
			t.Fatal(err)
		}
		if got, want := len(walked) == 1, unsupported == nil; got != want {
			t.Errorf("without %v the foreign key is checked through indexes: %v", unsupported, walked)
		}
	}
}
