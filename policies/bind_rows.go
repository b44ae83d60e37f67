package policies

import (
	"fmt"
	"sort"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// checkRows refuses tables that are emptied or filtered while rows that
// reference them are kept: their foreign keys could not be built.
func (b *binder) checkRows() {
	for _, o := range b.owners {
		if !o.copied() {
			continue
		}
		for _, t := range append([]*catalog.Table{o.table}, partitionsOf(o.table)...) {
			for _, fk := range t.ForeignKeys {
				if !fk.Inherited && !b.leftOut[constraintName(t, fk.Name)] {
					b.checkReferenced(o, t, fk)
				}
			}
		}
	}
}

func (b *binder) checkReferenced(o *owner, t *catalog.Table, fk *catalog.ForeignKey) {
	to := b.byTable[fk.References]
	if to == nil || !fk.Enforced {
		return
	}
	var what string
	switch {
	case to.kind == leftOutOwner:
		return // the foreign key goes with the table
	case to.kind == extensionOwner && to.entry == nil:
		return // the rows that are not copied come with the extension
	case to.rows == NoRows:
		what = "is emptied (rows: none)"
	case to.rows == WhereRows:
		what = "is filtered (rows: where)"
	default:
		return
	}
	at := b.entryPlace(o)
	if to.entry != nil {
		at = to.entry.at
		if to.entry.rowsSet {
			at = to.entry.rowsAt
		}
	}
	path := fmt.Sprintf("%s.%s -> %s", t.Name, displayColumns(t, fk.Columns), to.name)
	p := b.add(at.problem(fault.Policy, to.name, "this table %s, but kept rows reference it by the foreign key %s: %s",
		what, catalog.Display(fk.Name), path))
	lines := []string{fmt.Sprintf("keep all rows of %s, or leave the constraint out: unsupported: [%s]", to.name, constraintName(t, fk.Name))}
	if o != to {
		also := b.dependents(o)
		line := fmt.Sprintf("or give %s { rows: none } as well", o.name)
		if len(also) > 0 {
			line += ", and with it what references that: " + strings.Join(also, ", ")
		}
		lines = append(lines, line)
	}
	p.hint("%s", strings.Join(lines, "\n"))
}

// dependents lists the tables with rows that reference o, directly or by way
// of others.
func (b *binder) dependents(o *owner) []string {
	seen := map[*owner]bool{o: true}
	var visit func(o *owner)
	visit = func(o *owner) {
		for _, t := range append([]*catalog.Table{o.table}, partitionsOf(o.table)...) {
			for _, fk := range t.ReferredBy {
				from := b.byTable[fk.Table]
				if from != nil && !seen[from] && from.copied() && !b.leftOut[constraintName(fk.Table, fk.Name)] {
					seen[from] = true
					visit(from)
				}
			}
		}
	}
	visit(o)
	delete(seen, o)
	names := make([]string, 0, len(seen))
	for d := range seen {
		names = append(names, d.name)
	}
	sort.Strings(names)
	const most = 10
	if len(names) > most {
		names = append(names[:most], fmt.Sprintf("and %d more", len(names)-most))
	}
	return names
}

func displayColumns(t *catalog.Table, nums []int16) string {
	names := make([]string, len(nums))
	for i, n := range nums {
		if c := t.ColumnNum(n); c != nil {
			names[i] = catalog.Display(c.Name)
		}
	}
	if len(names) == 1 {
		return names[0]
	}
	return "(" + strings.Join(names, ", ") + ")"
}
