package schema

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/load/archive"
)

// Whatever an archive claims, deciding about it ends without a panic, and
// nothing that is created depends on something that is left out, at the latest
// when all that is refused is named as unsupported.
func TestRandomArchives(t *testing.T) {
	t.Parallel()
	descs := append(slices.Sorted(maps.Keys(kinds)), "TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE", "FUNCTION", "TYPE", "SCHEMA", "SOMETHING NEW")
	sections := []archive.Section{archive.None, archive.PreData, archive.Data, archive.PostData}
	plans, refused := 0, 0
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 3))
		a := &archive.Archive{}
		src := &catalog.Catalog{}
		n := 1 + r.IntN(25)
		for i := range n {
			e := &archive.Entry{
				ID: i + 1, Desc: descs[r.IntN(len(descs))], Tag: fmt.Sprintf("t%d", r.IntN(4)), Section: sections[r.IntN(len(sections))],
				OID: catalog.OID(r.IntN(6)), TableOID: []catalog.OID{0, classRelation, classType, 2606}[r.IntN(4)],
			}
			if tagged[e.Desc] {
				e.Tag += []string{"", " x", " _RETURN"}[r.IntN(3)]
			}
			for range r.IntN(4) {
				e.Deps = append(e.Deps, 1+r.IntN(n+2))
			}
			a.Entries = append(a.Entries, e)
		}
		a.Link()
		for i := range r.IntN(6) {
			table := &catalog.Table{OID: catalog.OID(i), Name: catalog.Name{Name: fmt.Sprintf("t%d", i)}, Kind: []catalog.Kind{'r', 'p', 'v', 'm'}[r.IntN(4)], Populated: true}
			for range r.IntN(3) {
				table.DependsOn = append(table.DependsOn, catalog.OID(r.IntN(6)))
			}
			table.Indexes = []*catalog.Index{{OID: catalog.OID(r.IntN(6)), Constraint: "x"}}
			src.Tables = append(src.Tables, table)
		}
		src.Link()
		o := Options{}
		if r.IntN(2) == 0 {
			o.Unsupported = []string{"table .t1", fmt.Sprintf("%s t%d", "schema", r.IntN(4))}[1:]
		}
		p, err := New(a, src, o)
		if err != nil {
			refused++
			continue
		}
		if len(p.unmet) > 0 {
			refused++
			for _, x := range p.unmet {
				o.Unsupported = append(o.Unsupported, p.known.object(x.entry))
			}
			p, err = New(a, src, o)
			if err != nil {
				t.Errorf("seed %d: the way out is none: %v", seed, err)
				continue
			}
			if len(p.unmet) > 0 {
				t.Errorf("seed %d: %q is not enough: %v", seed, o.Unsupported, p.Refused())
				continue
			}
		}
		plans++
		made := make(map[int]bool)
		for _, e := range append(slices.Clone(p.pre), p.post...) {
			made[e.ID] = true
		}
		for _, e := range a.Entries {
			for _, id := range e.Deps {
				if d := a.Entry(id); made[e.ID] && d != nil && p.omitted(d) && !ofIgnored(p, d) {
					t.Errorf("seed %d: %s is created without %s", seed, p.known.object(e), p.known.object(d))
				}
			}
		}
		p.Skipped()
		p.Postponed()
		for _, e := range a.Entries {
			p.Omits(shownAs(e))
			p.Explains(catalog.Difference{Object: shownAs(e), What: "index x is missing"})
		}
		if g, err := p.graph(); err == nil {
			if len(g.steps)+len(g.light) < len(p.post) {
				t.Errorf("seed %d: %d steps and %d light ones for %d entries", seed, len(g.steps), len(g.light), len(p.post))
			}
		}
	}
	if plans < 300 || refused < 300 {
		t.Errorf("%d plans, %d refusals: the test does not try much", plans, refused)
	}
}

// ofIgnored tells whether an entry is no schema, or belongs to one that is not.
func ofIgnored(p *Plan, e *archive.Entry) bool {
	for range len(p.a.Entries) {
		if e == nil || kindOf(e).fate == ignore {
			return e != nil
		}
		e = p.known.parent(e)
	}
	return false
}
