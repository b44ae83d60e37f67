package policies

import (
	"fmt"
	"strings"

	"github.com/understudy-db/understudy/transform"
	"github.com/understudy-db/understudy/transform/mask"
)

// suggestEntry is the entry to add for a table that the policy does not have.
func (b *binder) suggestEntry(o *owner) string {
	t := (&proposer{byOwn: map[*owner]*proposal{}, binder: b, guesses: guessesOf(o.table)}).addTable(o)
	own := t.columns
	t.columns = nil
	for _, d := range own {
		if len(o.columns[d.col.Name].refs) == 0 { // foreign keys inherit
			b.firstFit(o, d)
			t.columns = append(t.columns, d)
		}
	}
	if len(o.order) > maxSuggestedColumns {
		return fmt.Sprintf("%s: { rows: none }   # or a rule for each of its %d columns: understudy init writes them", yamlKey(tableKey(o.table.Name)), len(o.order))
	}
	return strings.TrimRight(t.yaml(""), "\n")
}

// maxSuggestedColumns keeps a report of gaps readable.
const maxSuggestedColumns = 60

// suggestColumns are the lines to add for columns that an entry does not have.
func (b *binder) suggestColumns(o *owner, missing []*column) string {
	guesses := guessesOf(o.table)
	t := &proposal{owner: o}
	for _, c := range missing {
		d := &decision{table: t, col: c.col, guess: guesses[c.col]}
		d.choices = choicesFor(o, c.col, &d.guess)
		b.firstFit(o, d)
		t.columns = append(t.columns, d)
	}
	lines := t.columnLines("")
	if len(lines) == 1 {
		return "add below columns: " + lines[0]
	}
	if len(lines) > maxSuggestedColumns {
		lines = append(lines[:maxSuggestedColumns], fmt.Sprintf("… and %d more", len(lines)-maxSuggestedColumns))
	}
	return "add below columns:\n" + strings.Join(lines, "\n")
}

// firstFit takes the first choice that compiles for the column by itself.
func (b *binder) firstFit(o *owner, d *decision) {
	facts := transform.ColumnFacts(o.table, d.col, b.cat.Database.Encoding, 0)
	for d.choice().mask != ruleKeep {
		r := d.rule()
		bind := mask.Binding{Keyed: mask.ByNothing}
		if len(r.spec.Keyed) > 0 {
			bind.Keyed = r.spec.Keyed[0]
		}
		if r.domain != "" {
			bind.Keyed, bind.Domain = mask.ByValue, r.domain
		}
		if r.spec.Source {
			return
		}
		if _, err := r.spec.Compile(facts, r.params, bind); err == nil {
			return
		}
		if !d.next() {
			return
		}
	}
}
