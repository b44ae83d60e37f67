package extract

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
)

// Every case changes table a between the snapshot and the chunk. Without the
// guard each reads no rows, or the wrong column, without an error.
func TestGuardRefusesTablesChangedSinceTheSnapshot(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, ddl, want string }{
		{"truncate", `TRUNCATE a`, "truncated or rewritten"},
		{"truncate and refill", `TRUNCATE a; INSERT INTO a VALUES (1, 'x', 'y')`, "truncated or rewritten"},
		{"vacuum full", `VACUUM FULL a`, "truncated or rewritten"},
		{"cluster", `CLUSTER a USING a_pkey`, "truncated or rewritten"},
		{"rewrite", `ALTER TABLE a ALTER id TYPE bigint`, "truncated or rewritten"},
		{"type without rewrite", `ALTER TABLE a ALTER email TYPE varchar`, "another type"},
		{"set unlogged", `ALTER TABLE a SET UNLOGGED`, "truncated or rewritten"},
		{"column renamed", `ALTER TABLE a RENAME email TO e_mail`, "renamed to e_mail"},
		{"columns swapped", `ALTER TABLE a RENAME email TO x; ALTER TABLE a RENAME hash TO email; ALTER TABLE a RENAME x TO hash`, "renamed to"},
		{"column dropped", `ALTER TABLE a DROP hash`, "was dropped"},
		{"column dropped and added", `ALTER TABLE a DROP hash; ALTER TABLE a ADD hash text`, "was dropped"},
		{"rename swap", `ALTER TABLE a RENAME TO b; ALTER TABLE c RENAME TO a`, "renamed to public.b"},
		{"moved to a schema", `CREATE SCHEMA s; ALTER TABLE a SET SCHEMA s`, "renamed to s.a"},
		{"schema swap", `ALTER SCHEMA public RENAME TO old; CREATE SCHEMA public; CREATE TABLE public.a (LIKE old.a)`, "renamed to old.a"},
		{"dropped", `DROP TABLE a`, "was dropped"},
		{"dropped and recreated", `DROP TABLE a; CREATE TABLE a (id int PRIMARY KEY, email text, hash text)`, "was dropped"},
		{"became a view", `ALTER TABLE a RENAME TO b; CREATE VIEW a AS SELECT * FROM b`, "renamed to public.b"},
	} {
		for _, guarded := range []bool{true, false} {
			t.Run(tc.name, func(t *testing.T) {
				t.Parallel()
				url := pgtest.Source(t).Database(t,
					`CREATE TABLE a (id int PRIMARY KEY, email text, hash text); INSERT INTO a SELECT i, i || '@example.com', md5(i::text) FROM generate_series(1, 1000) i;
					 CREATE TABLE c (id int PRIMARY KEY, email text, hash text); INSERT INTO c VALUES (1, 'other', 'table')`)
				s := openTest(t, url, nil)
				a := table(t, s, "a")
				if guarded {
					if err := s.Guard(testContext(t), []*catalog.Table{a}); err != nil {
						t.Fatal(err)
					}
				}
				for _, ddl := range strings.Split(tc.ddl, "; ") {
					run(t, pgtest.Source(t).Conn(t, url), ddl)
				}
				var out bytes.Buffer
				rows, err := s.Copy(testContext(t), whole(columns(a, true)), &out)
				var void *VoidError
				if !errors.As(err, &void) || void.Table != a.Name || !strings.Contains(void.Error(), tc.want) {
					t.Errorf("%d rows, error %v, want a VoidError that says %q", rows, err, tc.want)
				}
				if !fault.Is(err, fault.Transient) {
					t.Errorf("kind %d", fault.KindOf(err))
				}
				if rows != 0 || out.Len() != 0 {
					t.Errorf("%d rows and %d bytes came out", rows, out.Len())
				}
				if _, err := s.Count(testContext(t), &Query{Table: a}); !errors.As(err, &void) {
					t.Errorf("count: %v", err)
				}
			})
		}
	}
}

func TestGuardAllowsWhatDoesNoHarm(t *testing.T) {
	t.Parallel()
	for _, ddl := range []string{
		`ALTER TABLE a ADD extra text`,
		`ALTER TABLE a ADD extra text DEFAULT 'x' NOT NULL`,
		`CREATE INDEX ON a (email)`,
		`ALTER TABLE a ALTER email SET NOT NULL`,
		`ALTER TABLE a ADD CHECK (id > 0)`,
		`VACUUM a`,
		`ANALYZE a`,
		`INSERT INTO a SELECT generate_series(2000, 3000)`,
		`DELETE FROM a`,
		`ALTER TABLE c RENAME TO d`,
		`CREATE TABLE sub () INHERITS (a)`,
	} {
		t.Run(ddl, func(t *testing.T) {
			t.Parallel()
			url := pgtest.Source(t).Database(t,
				`CREATE TABLE a (id int PRIMARY KEY, email text DEFAULT 'e'); INSERT INTO a SELECT generate_series(1, 1000); CREATE TABLE c ()`)
			s := openTest(t, url, nil)
			a := table(t, s, "a")
			run(t, pgtest.Source(t).Conn(t, url), ddl)
			if rows, err := s.Copy(testContext(t), whole(columns(a, true)), new(bytes.Buffer)); err != nil || rows != 1000 {
				t.Errorf("%d rows, %v", rows, err)
			}
		})
	}
}

// Tables that an expression reads are guarded whether or not the query names
// them: by the locks that the statement takes.
func TestGuardCoversTablesReadByExpressions(t *testing.T) {
	t.Parallel()
	const schema = `
		CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a SELECT generate_series(1, 100);
		CREATE TABLE other (id int PRIMARY KEY, v text); INSERT INTO other SELECT i, 'v' || i FROM generate_series(1, 100) i;
		CREATE TABLE parent (id int) PARTITION BY RANGE (id); CREATE TABLE leaf PARTITION OF parent DEFAULT; INSERT INTO parent VALUES (1);
		CREATE VIEW seen AS SELECT * FROM other;
		CREATE FUNCTION look(int) RETURNS text STABLE LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT v FROM public.other WHERE id = $1); END'`
	for _, tc := range []struct{ name, expr, ddl, table string }{
		{"subquery", `(SELECT o.v FROM public.other o WHERE o.id = a.id)`, `TRUNCATE other`, "other"},
		{"through a view", `(SELECT o.v FROM public.seen o WHERE o.id = a.id)`, `TRUNCATE other`, "other"},
		{"inside a function", `public.look(id)`, `TRUNCATE other`, "other"},
		{"partitioned", `(SELECT count(*) FROM public.parent)`, `TRUNCATE leaf`, "leaf"},
		{"new column takes over a name", `(SELECT o.v FROM public.other o WHERE o.id = a.id)`, `ALTER TABLE other ADD x int`, "other"},
		{"created since", `(SELECT count(*) FROM public.late)`, `CREATE TABLE late ()`, "late"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			url := pgtest.Source(t).Database(t, schema)
			s := openTest(t, url, nil)
			q := &Query{Table: table(t, s, "a"), Exprs: []string{"id", tc.expr}}
			if tc.name != "created since" {
				if rows, err := s.Copy(testContext(t), whole(q), new(bytes.Buffer)); err != nil || rows != 100 {
					t.Fatalf("before: %d rows, %v", rows, err)
				}
			}
			run(t, pgtest.Source(t).Conn(t, url), tc.ddl)
			_, err := s.Copy(testContext(t), whole(q), new(bytes.Buffer))
			var void *VoidError
			if !errors.As(err, &void) || void.Table.Name != tc.table {
				t.Errorf("error %v", err)
			}
		})
	}
}

// DDL that comes while a chunk is read waits for that chunk, and the next one
// is refused.
func TestGuardHoldsTheLockWhileItReads(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, `CREATE TABLE a AS SELECT i, repeat('x', 1000) v FROM generate_series(1, 20000) i`)
	s := openTest(t, url, func(c *Config, _ *timings) { c.MaxBlock = testTimeout })
	a := table(t, s, "a")
	conn := pgtest.Source(t).Conn(t, url)
	w := &signalling{first: make(chan struct{}), goOn: make(chan struct{})}
	truncated := make(chan error, 1)
	go func() {
		<-w.first
		go func() {
			_, err := conn.Exec(testContext(t), `TRUNCATE a`)
			truncated <- err
		}()
		eventually(t, "TRUNCATE waits", func() bool { return len(s.Waiters()) > 0 })
		close(w.goOn)
	}()
	rows, err := s.Copy(testContext(t), whole(columns(a, false)), w)
	if err != nil || rows != 20000 {
		t.Fatalf("%d rows, %v", rows, err)
	}
	if err := <-truncated; err != nil {
		t.Fatal(err)
	}
	var void *VoidError
	if _, err := s.Copy(testContext(t), whole(columns(a, false)), w); !errors.As(err, &void) {
		t.Fatal(err)
	}
	if got := s.Waiters(); len(got) != 1 || got[0].Table.Name != "a" || got[0].Mode != "AccessExclusiveLock" || got[0].Yielded {
		t.Errorf("waiters %+v", got)
	}
}
