package schema

import (
	"slices"
	"testing"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/load/archive"
)

func TestSelectors(t *testing.T) {
	t.Parallel()
	table := &archive.Entry{ID: 1, TableOID: classRelation, OID: 1, Desc: "TABLE", Namespace: "public", Tag: "orders"}
	odd := &archive.Entry{ID: 2, TableOID: classRelation, OID: 2, Desc: "TABLE", Namespace: "Odd.Schema", Tag: `a "b"`}
	view := &archive.Entry{ID: 3, TableOID: classRelation, OID: 3, Desc: "MATERIALIZED VIEW", Namespace: "public", Tag: "report"}
	one := &archive.Entry{ID: 4, Desc: "FUNCTION", Namespace: "public", Tag: "f(integer, text)"}
	two := &archive.Entry{ID: 5, Desc: "FUNCTION", Namespace: "public", Tag: "f()"}
	trigger := &archive.Entry{ID: 6, Desc: "TRIGGER", Namespace: "public", Tag: "orders audit", Deps: []int{1}}
	fk := &archive.Entry{ID: 7, Desc: "FK CONSTRAINT", Namespace: "public", Tag: "orders fk", Deps: []int{1}}
	index := &archive.Entry{ID: 8, TableOID: classRelation, OID: 8, Desc: "INDEX", Namespace: "public", Tag: "orders_i", Deps: []int{1}}
	ext := &archive.Entry{ID: 9, Desc: "EXTENSION", Tag: "pg_cron"}
	comment := &archive.Entry{ID: 10, Desc: "COMMENT", Namespace: "public", Tag: "orders", Deps: []int{1}}
	cast := &archive.Entry{ID: 11, Desc: "CAST", Tag: "CAST (app.pair AS integer)"}
	a := &archive.Archive{Entries: []*archive.Entry{table, odd, view, one, two, trigger, fk, index, ext, comment, cast}}
	a.Link()
	src := &catalog.Catalog{}
	src.Link()
	n := newNames(a, src)

	for _, c := range []struct {
		text string
		want []*archive.Entry
	}{
		{"public.orders", []*archive.Entry{table}},
		{"table public.orders", []*archive.Entry{table}},
		{"  TABLE   Public.ORDERS ", []*archive.Entry{table}},
		{"view public.orders", nil},
		{`"Odd.Schema"."a ""b"""`, []*archive.Entry{odd}},
		{"materialized view public.report", []*archive.Entry{view}},
		{"public.f", []*archive.Entry{one, two}},
		{"function public.f(integer,text)", []*archive.Entry{one}},
		{"public.f()", []*archive.Entry{two}},
		{"trigger public.orders.audit", []*archive.Entry{trigger}},
		{"foreign key public.orders.fk", []*archive.Entry{fk}},
		{"constraint public.orders.fk", []*archive.Entry{fk}},
		{"public.orders.fk", []*archive.Entry{fk}},
		{"index public.orders_i", []*archive.Entry{index}},
		{"index public.orders.orders_i", []*archive.Entry{index}},
		{"extension pg_cron", []*archive.Entry{ext}},
		{"public.nothing", nil},
	} {
		s, err := parseSelector(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		var got []*archive.Entry
		for _, e := range a.Entries {
			if s.matches(e, n) {
				got = append(got, e)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s means %d entries, want %d", c.text, len(got), len(c.want))
		}
	}
	for _, text := range []string{"", "orders", "public.", `"public`, `"".x`, "a.b.c.d", "public.orders extra", "view", "public.f(integer"} {
		if s, err := parseSelector(text); err == nil {
			t.Errorf("%q is read as %+v", text, s)
		}
	}
	// Names that reports print can be pasted, whatever they are.
	for _, e := range a.Entries {
		p := &Plan{a: a, src: src, known: n, o: Options{Unsupported: []string{n.object(e)}, Warn: func(string) {}}}
		d, err := p.decide()
		if minor[e.Desc] {
			continue
		}
		if err != nil || d.why[e.ID] == nil {
			t.Errorf("%q is not understood: %v", n.object(e), err)
		}
	}
}
