package schema_test

import (
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

	// Not carried, with what is said of them.
	gone := func(e *archive.Entry) bool {
		for _, desc := range []string{"PUBLICATION", "SUBSCRIPTION", "EVENT TRIGGER", "SERVER", "USER MAPPING", "FOREIGN TABLE"} {
			if strings.HasPrefix(e.Desc, desc) || strings.HasPrefix(e.Tag, desc+" ") {
				return true
			}
		}
		return e.Tag == "postgres_fdw" || e.Tag == "EXTENSION postgres_fdw" || e.Tag == "TABLE remote" || e.Desc == "ACL" && strings.Contains(e.Tag, "postgres_fdw")
	}
	there := func(*archive.Entry) bool { return false }
	want := definitions(src.archive, map[string]string{reader: "reader", writer: "writer", "postgres": "owner"}, gone)
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
	if len(skipped) != 7 { // and the user mapping
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
