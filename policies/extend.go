package policies

import (
	"fmt"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// Addition is a table or column that Extend adds to a policy.
type Addition struct {
	File   string
	Table  string // as the policy writes it
	Column string // empty: the whole table
	Rule   string // of a column, the mask
	Review string // why a person should look at it
	Count  int    // of a table, its columns
}

// Extension is what Extend makes of a policy.
type Extension struct {
	Files   map[string][]byte // files that change, with their new text
	Added   []Addition        // in the catalog's order
	Guesses []Guess           // about every column, as Propose gives them
}

// Extend adds what a policy does not cover yet: entries for new tables, in the
// file named into, and rules for new columns, in the entries of their tables.
// All that is written stays as it is, byte for byte: rules, order and comments.
// Columns that inherit by a foreign key get no line.
func Extend(cat *catalog.Catalog, files []string, into string, read func(string) ([]byte, error), o ProposeOptions) (*Extension, error) {
	texts := map[string][]byte{}
	for _, f := range files {
		text, err := read(f)
		if err != nil {
			return nil, fault.Wrap(fault.Usage, err, "read the policy")
		}
		texts[f] = text
	}
	p := newProposer(cat, o)
	if err := p.settle(); err != nil {
		return nil, err
	}
	e := &extender{proposer: p, files: files, into: into}
	b, err := e.bind(texts)
	if err != nil {
		return nil, err
	}
	e.findGaps(b)
	edited := texts
	// Each round moves at least one of the new columns on to its next choice.
	for {
		if edited, err = e.edit(texts); err != nil {
			return nil, err
		}
		if b, err = e.bind(edited); err != nil {
			return nil, err
		}
		if !e.moveOn(b) {
			break
		}
	}
	out := &Extension{Files: map[string][]byte{}, Added: e.additions(), Guesses: p.guessesMade()}
	for f, text := range edited {
		if string(text) != string(texts[f]) {
			out.Files[f] = text
		}
	}
	return out, nil
}

type extender struct {
	*proposer
	files  []string
	into   string
	tables []*proposal // new ones
	gaps   []*gap
}

// gap is an entry that lacks columns.
type gap struct {
	entry   *tableRule
	columns *proposal // the missing ones
}

func (e *extender) bind(texts map[string][]byte) (*binder, error) {
	pol, err := LoadPolicy(e.files, PolicyOptions{ReadFile: func(f string) ([]byte, error) { return texts[f], nil }})
	if err != nil {
		return nil, err
	}
	b := newBinder(pol, e.cat, BindOptions{Migrations: e.o.Migrations})
	b.check()
	return b, nil
}

// findGaps sorts out what the policy says nothing about, as reportGaps does.
func (e *extender) findGaps(b *binder) {
	byTable := map[*catalog.Table]*proposal{}
	for _, t := range e.proposer.tables {
		byTable[t.owner.table] = t
	}
	byEntry := map[*tableRule]*gap{}
	for _, o := range b.owners {
		t := byTable[o.table]
		if t == nil || !o.copied() || o.kind != plainOwner {
			continue
		}
		if o.entry == nil && o.origin == "" {
			e.tables = append(e.tables, t)
			continue
		}
		missing := map[string]bool{}
		for _, c := range o.order {
			if !c.known && !c.failed && !b.waits(c) && c.col.Generated == 0 {
				missing[c.col.Name] = true
			}
		}
		if len(missing) == 0 {
			continue
		}
		if o.entry == nil {
			// Covered by its parent, but for columns of its own.
			e.tables = append(e.tables, t)
			continue
		}
		g := byEntry[o.entry]
		if g == nil {
			g = &gap{entry: o.entry, columns: &proposal{owner: t.owner, byName: map[string]*decision{}}}
			byEntry[o.entry] = g
			e.gaps = append(e.gaps, g)
		}
		for _, d := range t.columns {
			if missing[d.col.Name] && g.columns.byName[d.col.Name] == nil {
				g.columns.byName[d.col.Name] = d
				g.columns.columns = append(g.columns.columns, d)
			}
		}
	}
	added := map[*proposal]bool{}
	for _, t := range e.tables {
		added[t] = true
	}
	// What follows a column that the policy treats already inherits its rule.
	for _, t := range e.tables {
		own := t.columns
		t.columns = nil
		for _, d := range own {
			if l := d.leader(); l == d || added[l.table] {
				t.columns = append(t.columns, d)
			}
		}
	}
}

// moveOn takes the next choice for new columns that do not pass; false when
// all do, or nothing is left to try.
func (e *extender) moveOn(b *binder) bool {
	moved := false
	for _, t := range e.tables {
		own := b.byTable[t.owner.table]
		if t.subject != "" && own.subjectState == resolved && own.subject == nil {
			t.subject, t.why, moved = "", "", true
		}
		for _, d := range t.columns {
			if own.columns[d.col.Name].failed {
				moved = d.next() || moved
			}
		}
	}
	for _, g := range e.gaps {
		for _, d := range g.columns.columns {
			if b.byTable[d.table.owner.table].columns[d.col.Name].failed {
				moved = d.next() || moved
			}
		}
	}
	return moved
}

// edit writes the additions into the files' texts as they were.
func (e *extender) edit(texts map[string][]byte) (map[string][]byte, error) {
	out := map[string][]byte{}
	for f, text := range texts {
		out[f] = text
	}
	for _, g := range e.gaps {
		f := g.entry.at.file()
		y, err := newYAMLEdit(f, out[f])
		if err == nil {
			err = y.addColumns(g.entry.key, g.columns)
		}
		if err != nil {
			return nil, fault.Wrap(fault.Policy, err, "add columns to %s", g.entry.key).
				WithHint("add these lines below columns:\n%s", strings.Join(g.columns.columnLines(""), "\n"))
		}
		out[f] = y.bytes()
	}
	objects := e.cat.LargeObjects > 0 && !mentionsLargeObjects(texts)
	waive := e.undecided()
	if len(e.tables) == 0 && !objects && len(waive) == 0 {
		return out, nil
	}
	y, err := newYAMLEdit(e.into, out[e.into])
	if err == nil && len(e.tables) > 0 {
		err = y.addTables(e.tables)
	}
	if err != nil {
		return nil, fault.Wrap(fault.Policy, err, "add tables to %s", e.into)
	}
	if objects {
		y.atEnd(fmt.Sprintf("large_objects: none   # review: the source has %d; keep copies them as they are", e.cat.LargeObjects))
	}
	if len(waive) > 0 {
		if err := y.addWaivers(e.into, waive); err != nil {
			return nil, fault.Wrap(fault.Policy, err, "add waivers to %s", e.into).WithHint("add these lines below waive:\n%s", strings.Join(waive, "\n"))
		}
	}
	out[e.into] = y.bytes()
	return out, nil
}

// undecided are waivers for new columns, as Propose would write them.
func (e *extender) undecided() []string {
	tables := slices.Clone(e.tables)
	for _, g := range e.gaps {
		tables = append(tables, g.columns)
	}
	return undecided(tables)
}

func mentionsLargeObjects(texts map[string][]byte) bool {
	for f, text := range texts {
		if _, root, _ := parseYAML(f, text); root != nil && root.get("large_objects") != nil {
			return true
		}
	}
	return false
}

func (e *extender) additions() []Addition {
	var out []Addition
	for _, t := range e.tables {
		a := Addition{File: e.into, Table: tableKey(t.owner.table.Name), Count: len(t.owner.order)}
		for _, d := range t.columns {
			if d.review() != "" {
				a.Review = "some of its columns"
			}
		}
		out = append(out, a)
	}
	for _, g := range e.gaps {
		for _, d := range g.columns.columns {
			out = append(out, Addition{File: g.entry.at.file(), Table: g.entry.key, Column: d.col.Name, Rule: d.choice().mask, Review: d.review()})
		}
	}
	return out
}
