package policies

import (
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/policies/discover"
	"github.com/understudy-db/understudy/transform/mask"
)

// ProposeOptions are what Propose takes besides the catalog.
type ProposeOptions struct {
	Migrations []catalog.Name // the migration tool's tables: they need no rule
	KeepAll    bool           // mask nothing, leave nothing behind: every column is kept

	Guesses []*discover.Found // about every column; nil lets names and types decide alone
	Sampled bool              // the guesses come from values as well
}

// Propose writes a complete policy for a schema, from names, types,
// constraints and the guesses that are handed in: every table and column is listed, what is doubtful says
// so in a comment that starts with "review:". Binding the result to the same
// catalog finds no problem. The guesses are in the catalog's order.
func Propose(cat *catalog.Catalog, o ProposeOptions) ([]byte, []Guess, error) {
	p := newProposer(cat, o)
	if err := p.settle(); err != nil {
		return nil, nil, err
	}
	return p.yaml(), p.guessesMade(), nil
}

// guessesMade are the guesses about all columns, with what became of them.
func (p *proposer) guessesMade() []Guess {
	decided := map[*catalog.Column]*decision{}
	for _, t := range p.tables {
		for _, d := range t.columns {
			decided[d.col] = d
		}
	}
	var guesses []Guess
	for _, f := range p.found {
		g := Guess{Guess: f.Guess}
		if d := decided[f.Of]; d != nil {
			g.Rule, g.Review = d.choice().mask, d.review()
		}
		guesses = append(guesses, g)
	}
	return guesses
}

// choice is one way to treat a column.
type choice struct {
	mask   string
	params []param
	domain bool   // key it by value, in a domain of its own
	review string // why a person should look at it
}

type param struct {
	name  string
	value any
}

// decision is what Propose makes of one column: the first of its choices that
// passes every check.
type decision struct {
	table   *proposal
	col     *catalog.Column
	guess   discover.Guess
	choices []choice
	at      int
	follow  *decision   // the column it references: both get the same rule
	roots   []*decision // all columns it references, in the end
	fk      string      // name of the foreign key
}

// leader is the column whose choice counts.
func (d *decision) leader() *decision {
	for range maxChain {
		if d.follow == nil {
			return d
		}
		d = d.follow
	}
	return d
}

// maxChain bounds chains of foreign keys; a circle is cut when it is built.
const maxChain = 1000

func (d *decision) choice() choice { return d.leader().choices[d.leader().at] }

func (d *decision) review() string {
	c := d.choice()
	if c.review == "" && d.follow == nil && d.guess.Partly && c.mask != ruleKeep {
		return "only some of its values are; the mask replaces all"
	}
	if c.review == "" && d.follow == nil && d.guess.Confidence < reviewBelow && d.guess.Class != discover.Key {
		return "guessed from " + because(d.guess)
	}
	return c.review
}

// reviewBelow is the confidence under which a guess asks for a look.
const reviewBelow = 0.7

// next moves on to the next choice; false if there is none left.
func (d *decision) next() bool {
	l := d.leader()
	if l.at+1 >= len(l.choices) {
		return false
	}
	l.at++
	return true
}

// proposal is what Propose makes of one table.
type proposal struct {
	owner   *owner
	around  discover.Around
	columns []*decision // without generated ones
	byName  map[string]*decision
	rows    string // comment why only the structure is copied; empty to copy rows
	subject string
	why     string // of the subject
}

type proposer struct {
	cat     *catalog.Catalog
	o       ProposeOptions
	binder  *binder
	found   []*discover.Found
	guesses map[*catalog.Column]discover.Guess
	tables  []*proposal
	byOwn   map[*owner]*proposal
}

func newProposer(cat *catalog.Catalog, o ProposeOptions) *proposer {
	p := &proposer{cat: cat, o: o, byOwn: map[*owner]*proposal{}, found: o.Guesses, guesses: map[*catalog.Column]discover.Guess{}}
	if p.found == nil {
		p.found = discover.Schema(cat)
	}
	for _, f := range p.found {
		p.guesses[f.Of] = f.Guess
	}
	p.binder = newBinder(&Policy{}, cat, BindOptions{Migrations: o.Migrations})
	p.binder.findOwners()
	for _, own := range p.binder.owners {
		if own.kind == plainOwner {
			p.addTable(own)
		}
	}
	if o.KeepAll {
		return p
	}
	for _, t := range p.tables {
		p.followKeys(t)
	}
	for _, t := range p.tables {
		p.chooseRows(t)
	}
	p.chooseSubjects()
	return p
}

func (p *proposer) addTable(own *owner) *proposal {
	t := &proposal{owner: own, around: discover.AroundOf(own.table), byName: map[string]*decision{}}
	for _, c := range own.order {
		if c.col.Generated != 0 {
			continue
		}
		d := &decision{table: t, col: c.col, guess: p.guesses[c.col]}
		if p.o.KeepAll {
			d.choices, d.guess.Confidence = choices(is(ruleKeep)), 1
		} else {
			d.choices = choicesFor(own, c.col, &d.guess)
		}
		t.columns = append(t.columns, d)
		t.byName[c.col.Name] = d
	}
	p.tables = append(p.tables, t)
	p.byOwn[own] = t
	return t
}

// followKeys lets foreign key columns follow what they reference.
func (p *proposer) followKeys(t *proposal) {
	for _, tab := range append([]*catalog.Table{t.owner.table}, partitionsOf(t.owner.table)...) {
		for _, fk := range tab.ForeignKeys {
			to := p.byOwn[p.binder.byTable[fk.References]]
			if fk.Inherited || to == nil {
				continue
			}
			for i, num := range fk.Columns {
				from, ref := tab.ColumnNum(num), fk.References.ColumnNum(fk.RefColumns[i])
				if from == nil || ref == nil {
					continue
				}
				d, target := t.byName[from.Name], to.byName[ref.Name]
				if d == nil || target == nil || d == target {
					continue
				}
				d.roots = append(d.roots, target)
				if d.follow == nil && target.leader() != d {
					d.follow, d.fk = target, fk.Name
					d.guess.Class, d.guess.Confidence, d.guess.Evidence = discover.Reference, 1, []string{"a foreign key to " + to.owner.name}
				}
			}
		}
	}
}

// settle tries choices until the binding has nothing to complain about.
func (p *proposer) settle() error {
	// Each round moves at least one column on, and no column has more than a
	// handful of choices; but all that fail move at once.
	for {
		b := p.bind()
		if len(b.problems) == 0 {
			p.dropIdleSubjects(b)
			return nil
		}
		fail := map[*decision]bool{} // each moves on once, however many columns follow it
		for _, t := range p.tables {
			own := b.byTable[t.owner.table]
			for _, d := range t.columns {
				if !own.columns[d.col.Name].failed {
					continue
				}
				fail[d.leader()] = true
				for _, r := range d.roots {
					fail[r.leader()] = true
				}
			}
		}
		moved := false
		for d := range fail {
			moved = d.next() || moved
		}
		if moved {
			continue
		}
		if p.dropSubjects(b) {
			continue
		}
		b.problems.Sort()
		return fault.Wrap(fault.Other, b.problems, "propose a policy")
	}
}

// dropIdleSubjects leaves out paths that no mask of the table reads, so that a
// reader does not wonder what they do. A table of people keeps its line: other
// tables lead there.
func (p *proposer) dropIdleSubjects(b *binder) {
	for _, t := range p.tables {
		if t.subject != "" && strings.Contains(t.subject, "->") && !b.byTable[t.owner.table].readsSubject() {
			t.subject, t.why = "", ""
		}
	}
}

func (o *owner) readsSubject() bool {
	for _, c := range o.order {
		if c.compiled != nil && c.compiled.Properties().NeedsSubject {
			return true
		}
	}
	return false
}

// dropSubjects gives up subjects whose paths do not work out.
func (p *proposer) dropSubjects(b *binder) bool {
	dropped := false
	for _, t := range p.tables {
		own := b.byTable[t.owner.table]
		if t.subject != "" && own.subjectState == resolved && own.subject == nil {
			t.subject, t.why, dropped = "", "", true
		}
	}
	return dropped
}

// bind checks the choices as they stand.
func (p *proposer) bind() *binder {
	pol := &Policy{largeObjects: &node{kind: scalarNode, text: "none"}}
	rules := map[*decision]*Rule{}
	for _, t := range p.tables {
		n := t.owner.table.Name
		e := &tableRule{key: tableKey(n), pattern: tablePattern{ident{n.Schema, true}, ident{n.Name, true}}, rowsSet: true}
		pol.tables = append(pol.tables, e)
		if t.rows != "" {
			e.rows = NoRows
			continue
		}
		if t.subject != "" {
			if path, err := parseSubjectPath(t.subject); err == nil {
				e.subject = &subjectRule{text: t.subject, path: path}
			}
		}
		for _, d := range t.columns {
			l := d.leader()
			if l.choice().mask == ruleKeep {
				e.keep = append(e.keep, &node{kind: scalarNode, text: d.col.Name})
				continue
			}
			if rules[l] == nil {
				rules[l] = l.rule()
			}
			e.columns = append(e.columns, &columnRule{name: d.col.Name, rule: rules[l]})
		}
	}
	b := newBinder(pol, p.cat, BindOptions{Migrations: p.o.Migrations})
	b.check()
	return b
}

// rule is the choice as a rule of a policy file would be read.
func (d *decision) rule() *Rule {
	c := d.choice()
	spec := mask.Find(c.mask)
	r := &Rule{spec: spec, params: mask.Params{}, paramAt: map[string]place{}}
	for _, p := range c.params {
		r.params[p.name] = p.value
	}
	for _, p := range spec.Params {
		if _, ok := r.params[p.Name]; !ok && p.Default != nil {
			r.params[p.Name] = p.Default
		}
	}
	if c.domain {
		r.domain = d.domain()
	}
	return r
}

// domain names the value space of a column: the table's and the column's name.
func (d *decision) domain() string {
	return d.table.owner.table.Name.Name + "." + d.col.Name
}

// chooseRows leaves the rows of tables behind that hold live secrets and
// nothing else, unless other tables reference them.
func (p *proposer) chooseRows(t *proposal) {
	name := strings.Join(t.around.Words, " ")
	for _, w := range []string{"session", "sessions", "password resets", "password reset tokens", "oauth access tokens", "oauth refresh tokens", "refresh tokens", "access tokens", "personal access tokens", "auth tokens", "login attempts", "django session"} {
		if name == w || strings.HasSuffix(name, " "+w) {
			for _, tab := range append([]*catalog.Table{t.owner.table}, partitionsOf(t.owner.table)...) {
				if len(tab.ReferredBy) > 0 || len(tab.Children) > 0 {
					return
				}
			}
			t.rows = "review: live sessions or secrets by its name; rows: all needs a rule for each column"
		}
	}
}
