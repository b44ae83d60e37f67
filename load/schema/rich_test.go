package schema_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/load/archive"
	"github.com/understudy-db/understudy/load/schema"
)

// What pg_dump says of the copy is what it says of the source, for one of
// everything, created by a role without any special right.
func TestCopyOfARichSchemaIsEqual(t *testing.T) {
	t.Parallel()
	url, reader, writer := richDatabase(t, pgtest.Source(t))
	src := read(t, url)
	s := newStaging(t)
	readerThere, _ := pgtest.Target(t).Role(t, "NOLOGIN")
	writerThere, _ := pgtest.Target(t).Role(t, "NOLOGIN")
	var steps []string
	p, result := s.restore(t, src, func(o *schema.Options) {
		o.Roles = map[string]string{reader: readerThere, writer: writerThere}
		o.Jobs = 4
		o.Progress = func(step string, done, total int) {
			if done < 1 || done > total {
				t.Errorf("%s is step %d of %d", step, done, total)
			}
			steps = append(steps, step)
		}
	})
	for _, x := range p.Skipped() {
		t.Logf("skipped %s: %s", x.Object, x.Reason)
	}

	// Up to version 14, schema public belongs to a superuser.
	old := pgtest.Target(t).Major() < 15

	// Not carried, with what is said of them.
	gone := func(e *archive.Entry) bool {
		tag := strings.ReplaceAll(e.Tag, `"`, "")
		for _, desc := range []string{"PUBLICATION", "SUBSCRIPTION", "EVENT TRIGGER", "SERVER", "USER MAPPING", "FOREIGN TABLE"} {
			if strings.HasPrefix(e.Desc, desc) || strings.HasPrefix(tag, desc+" ") {
				return true
			}
		}
		if anotherPublic(t, e) {
			return true
		}
		return tag == "postgres_fdw" || tag == "EXTENSION postgres_fdw" || tag == "TABLE remote" || e.Desc == "ACL" && strings.Contains(tag, "postgres_fdw")
	}
	there := func(e *archive.Entry) bool { return anotherPublic(t, e) }
	want := definitions(src.onTarget(t, map[string]string{reader: readerThere, writer: writerThere}),
		map[string]string{reader: "reader", writer: "writer", readerThere: "reader", writerThere: "writer", "postgres": "owner"}, gone)
	got := definitions(readArchive(t, pgtest.Target(t), s.url), map[string]string{readerThere: "reader", writerThere: "writer", s.owner: "owner"}, there)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("source (-) and copy (+) differ:\n%s", d)
	}

	conn := pgtest.Target(t).Conn(t, s.url)
	target, err := catalog.Read(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range catalog.Compare(src.catalog, target, catalog.CompareOptions{PostData: true, Skip: p.Omits}) {
		if !p.Explains(d) {
			t.Errorf("catalogs differ: %s", d)
		}
	}
	if owners := ask(t, s.url, `SELECT string_agg(DISTINCT pg_get_userbyid(relowner), ',') FROM pg_class WHERE oid >= 16384 AND relkind <> 't'
		AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')`); owners != s.owner {
		t.Errorf("relations belong to %s, want %s", owners, s.owner)
	}

	// Materialized views are filled through the whole chain, or not at all.
	for _, n := range []string{"m_first", "a_second", "a_fourth", "m_grouped"} {
		q := "SELECT count(*)::text || ' ' || (SELECT relispopulated FROM pg_class WHERE oid = 'app." + n + "'::regclass)::text FROM app." + n
		if want, got := ask(t, src.url, q), ask(t, s.url, q); want != got {
			t.Errorf("%s holds %s, want %s", n, got, want)
		}
	}
	if got := ask(t, s.url, "SELECT relispopulated::text FROM pg_class WHERE oid = 'app.m_third'::regclass"); got != "false" {
		t.Error("m_third is filled, it is not on the source")
	}

	skipped := objects(p.Skipped())
	for _, want := range []string{
		"subscription sub", "publication pub", "event trigger watch", "foreign server elsewhere",
		"foreign table app.remote", "extension postgres_fdw",
	} {
		if !slices.Contains(skipped, want) {
			t.Errorf("%s is not reported as left out", want)
		}
	}
	if n := len(skipped); !old && n != 7 || old && n != 8 { // and the user mapping, and the comment on schema public
		t.Errorf("left out: %q", skipped)
	}
	wantInvalid := []string{"check constraint app.customers.late_check", "foreign key app.customers.best_order"}
	if d := cmp.Diff(wantInvalid, result.NotValid); d != "" {
		t.Error(d)
	}
	if len(result.Unpopulated) != 0 || result.Retries != 0 || len(result.Steps) < 50 || len(steps) < 150 {
		t.Errorf("unpopulated %v, %d retries, %d heavy steps, %d reports of progress", result.Unpopulated, result.Retries, len(result.Steps), len(steps))
	}
	s.idle(t)
}

// anotherPublic tells of what belongs to schema public that it is another on
// source and target: it belongs to a superuser up to version 14. Its rights are
// compared by TestSchemaPublicIsAsOnTheSource.
func anotherPublic(t testing.TB, e *archive.Entry) bool {
	t.Helper()
	tag := strings.ReplaceAll(e.Tag, `"`, "")
	return min(pgtest.Source(t).Major(), pgtest.Target(t).Major()) < 15 && (tag == "SCHEMA public" || e.Desc == "SCHEMA" && tag == "public")
}

// Syntax of newer versions, on a server that has it.
func TestNewerVersions(t *testing.T) {
	t.Parallel()
	versions := []struct {
		since int
		sql   string
	}{
		{15, `
			CREATE TABLE distinct_nulls (a int, b int, UNIQUE NULLS NOT DISTINCT (a, b));
			CREATE UNIQUE INDEX ON distinct_nulls (b) NULLS NOT DISTINCT WHERE a > 0;
			CREATE VIEW invoker WITH (security_invoker) AS SELECT * FROM distinct_nulls;
			CREATE UNLOGGED SEQUENCE unlogged;
			CREATE TABLE set_null (a int, b int, x int REFERENCES keyed ON DELETE SET NULL (x));`},
		{16, `
			CREATE COLLATION ruled (provider = icu, locale = 'und', rules = '&V << w <<< W');
			CREATE TABLE stored (a text STORAGE EXTERNAL, b text COLLATE ruled);
			CREATE INDEX ON stored (b);`},
		{17, `
			CREATE TABLE identities (id bigint GENERATED BY DEFAULT AS IDENTITY, day int) PARTITION BY LIST (day);
			CREATE TABLE identities_1 PARTITION OF identities FOR VALUES IN (1);
			CREATE FUNCTION merges() RETURNS void LANGUAGE sql BEGIN ATOMIC
				MERGE INTO keyed k USING (SELECT 1 AS id) s ON k.id = s.id WHEN MATCHED THEN DELETE; END;`},
		{18, `
			CREATE TABLE virtual (a int, b int GENERATED ALWAYS AS (a * 2) VIRTUAL);
			CREATE TABLE not_enforced (a int REFERENCES keyed NOT ENFORCED, b int, CONSTRAINT c CHECK (b > 0) NOT ENFORCED);
			CREATE TABLE named_not_null (a int CONSTRAINT must NOT NULL, b int NOT NULL NO INHERIT);
			CREATE TABLE late_not_null (a int, b int); ALTER TABLE late_not_null ADD CONSTRAINT later NOT NULL b NOT VALID;
			CREATE EXTENSION btree_gist;
			CREATE TABLE rooms (id int, during daterange, PRIMARY KEY (id, during WITHOUT OVERLAPS));
			CREATE TABLE bookings (room int, during daterange, FOREIGN KEY (room, PERIOD during) REFERENCES rooms (id, PERIOD during));
			CREATE TABLE to_partitions (id int) PARTITION BY LIST (id); CREATE TABLE to_partition PARTITION OF to_partitions DEFAULT;
			ALTER TABLE to_partitions ADD FOREIGN KEY (id) REFERENCES keyed NOT VALID;`},
	}
	server := pgtest.Source(t)
	sql := "CREATE TABLE keyed (id int PRIMARY KEY);"
	for _, v := range versions {
		if server.Major() >= v.since {
			sql += v.sql
		} else {
			t.Logf("what is new in %d is not tried on %d", v.since, server.Major())
		}
	}
	src, s := of(t, sql), newStaging(t)
	p, _ := s.restore(t, src, func(o *schema.Options) { o.Jobs = 3 })
	if left := p.Skipped(); len(left) != 0 {
		t.Errorf("left out: %v", left)
	}
	all := func(e *archive.Entry) bool { return anotherPublic(t, e) }
	if d := cmp.Diff(definitions(src.onTarget(t, nil), nil, all), definitions(readArchive(t, pgtest.Target(t), s.url), nil, all)); d != "" {
		t.Errorf("source (-) and copy (+) differ:\n%s", d)
	}
}

// Planner statistics hold values of rows. Whatever pg_dump puts into an archive,
// they do not reach the target.
func TestStatisticsAreNeverLoaded(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	if server.Major() < 18 {
		t.Skip("archives hold statistics from PostgreSQL 18 on")
	}
	src := of(t, "CREATE TABLE a (id int, secret text); INSERT INTO a SELECT i, 'secret ' || i % 3 FROM generate_series(1, 1000) i; CREATE INDEX ON a (lower(secret)); ANALYZE a")
	raw := dump(t, server, src.url, "--no-data", "--statistics")
	if !bytes.Contains(raw, []byte("secret 1")) {
		t.Fatal("the archive holds no statistics, so this proves nothing")
	}
	var err error
	if src.archive, err = archive.Read(bytes.NewReader(raw)); err != nil {
		t.Fatal(err)
	}
	s := newStaging(t)
	s.restore(t, src)
	if got := ask(t, s.url, "SELECT count(*)::text FROM pg_stats WHERE schemaname = 'public'"); got != "0" {
		t.Errorf("%s columns and expressions have statistics", got)
	}
}
