package schema_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/pgtest"
)

// A materialized view is filled when all that it reads is there, even where
// only a function knows what that is; what cannot be filled is told.
func TestRefreshOfMaterializedViews(t *testing.T) {
	t.Parallel()
	src := of(t, `
		CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a SELECT generate_series(1, 10);
		CREATE TABLE parts (id int) PARTITION BY LIST (id); CREATE TABLE part PARTITION OF parts DEFAULT; INSERT INTO parts VALUES (1), (2);
		CREATE MATERIALIZED VIEW z_first AS SELECT id FROM a; CREATE UNIQUE INDEX z_id ON z_first (id);
		CREATE FUNCTION hidden() RETURNS bigint LANGUAGE plpgsql STABLE AS 'BEGIN RETURN (SELECT count(*) FROM public.z_first); END';
		CREATE MATERIALIZED VIEW a_hidden AS SELECT hidden() AS n;
		CREATE FUNCTION more_hidden() RETURNS bigint LANGUAGE plpgsql STABLE AS 'BEGIN RETURN (SELECT n FROM public.a_hidden); END';
		CREATE MATERIALIZED VIEW a_a_hidden AS SELECT more_hidden() AS n;
		CREATE MATERIALIZED VIEW of_parts AS SELECT count(*) AS n FROM parts;
		CREATE FUNCTION unqualified() RETURNS bigint LANGUAGE plpgsql STABLE AS 'BEGIN RETURN (SELECT count(*) FROM a); END';
		CREATE FUNCTION helped() RETURNS bigint LANGUAGE plpgsql STABLE SET search_path = public AS 'BEGIN RETURN unqualified(); END';
		CREATE MATERIALIZED VIEW helper AS SELECT helped() AS n;
		CREATE FUNCTION gone() RETURNS bigint LANGUAGE plpgsql STABLE AS 'BEGIN RETURN 1; END';
		CREATE MATERIALIZED VIEW broken AS SELECT gone() AS n;
		CREATE MATERIALIZED VIEW on_broken AS SELECT n + 1 AS n FROM broken;
		CREATE VIEW through AS SELECT n FROM on_broken;
		CREATE MATERIALIZED VIEW far_from_broken AS SELECT n FROM through;
		CREATE OR REPLACE FUNCTION gone() RETURNS bigint LANGUAGE plpgsql STABLE AS 'BEGIN RETURN (SELECT count(*) FROM no_such_table); END';
		CREATE MATERIALIZED VIEW empty AS SELECT 1 AS n WITH NO DATA;
		REFRESH MATERIALIZED VIEW z_first; REFRESH MATERIALIZED VIEW a_hidden; REFRESH MATERIALIZED VIEW a_a_hidden`)
	s := newStaging(t)
	p, r := s.restore(t, src)
	for name, want := range map[string]string{"z_first": "10", "a_hidden": "10", "a_a_hidden": "10", "of_parts": "2", "helper": "10"} {
		column := "max(n)"
		if name == "z_first" {
			column = "count(*)"
		}
		if got := ask(t, s.url, "SELECT "+column+"::text FROM "+name); got != want {
			t.Errorf("%s holds %s, want %s", name, got, want)
		}
	}
	want := []catalog.Name{{Schema: "public", Name: "broken"}, {Schema: "public", Name: "far_from_broken"}, {Schema: "public", Name: "on_broken"}}
	slices.SortFunc(r.Unpopulated, catalog.Name.Compare)
	if d := cmp.Diff(want, r.Unpopulated); d != "" {
		t.Error(d)
	}
	if got := ask(t, s.url, "SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class WHERE relkind = 'm' AND NOT relispopulated"); got != "broken,empty,far_from_broken,on_broken" {
		t.Errorf("not filled: %s", got)
	}
	skipped := p.Skipped()
	if len(skipped) != 3 || !strings.Contains(skipped[0].Reason, "42P01") || skipped[0].Object != "rows of materialized view public.broken" {
		t.Errorf("told of: %v", skipped)
	}
	if len(s.warnings) != 3 {
		t.Errorf("warnings: %q", s.warnings)
	}
}

// A function without its own search path that names tables as its owner does
// works up to version 16, as it did on the source.
func TestRefreshWithAnUnqualifiedFunction(t *testing.T) {
	t.Parallel()
	src := of(t, `
		CREATE TABLE a (id int); INSERT INTO a VALUES (1), (2);
		CREATE FUNCTION unqualified() RETURNS bigint LANGUAGE plpgsql STABLE AS 'BEGIN RETURN (SELECT count(*) FROM a); END';
		CREATE MATERIALIZED VIEW m AS SELECT 0::bigint AS n WITH NO DATA;
		DROP MATERIALIZED VIEW m;
		CREATE MATERIALIZED VIEW m AS SELECT unqualified() AS n WITH NO DATA;`)
	src.catalog.Table(catalog.Name{Schema: "public", Name: "m"}).Populated = true // 17 cannot fill it on the source either
	s := newStaging(t)
	_, r := s.restore(t, src)
	if pgtest.Target(t).Major() >= 17 {
		if len(r.Unpopulated) != 1 {
			t.Errorf("not filled: %v", r.Unpopulated)
		}
		return
	}
	if got := ask(t, s.url, "SELECT n::text FROM m"); got != "2" || len(r.Unpopulated) != 0 {
		t.Errorf("m holds %s, not filled: %v", got, r.Unpopulated)
	}
}
