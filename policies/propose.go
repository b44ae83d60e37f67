package policies

import (
	"fmt"
	"sort"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/transform"
	"github.com/understudy-db/understudy/transform/mask"
)

// ProposeOptions are what Propose takes besides the catalog.
type ProposeOptions struct {
	Migrations []catalog.Name // the migration tool's tables: they need no rule
}

// Propose writes a complete policy for a schema, from names, types and
// constraints alone: every table and column is listed, what is doubtful says
// so in a comment that starts with "review:". Binding the result to the same
// catalog finds no problem. The guesses are in the catalog's order.
func Propose(cat *catalog.Catalog, o ProposeOptions) ([]byte, []Guess, error) {
	p := newProposer(cat, o)
	if err := p.settle(); err != nil {
		return nil, nil, err
	}
	var guesses []Guess
	for _, t := range p.tables {
		for _, d := range t.columns {
			g := d.guess
			g.Rule, g.Review = d.choice().mask, d.review()
			guesses = append(guesses, g)
		}
	}
	return p.yaml(), guesses, nil
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
	guess   Guess
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
	if c.review == "" && d.follow == nil && d.guess.Confidence < reviewBelow && d.guess.Class != ClassKey {
		return "guessed from " + d.guess.Evidence
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
	around  surroundings
	columns []*decision // without generated ones
	byName  map[string]*decision
	rows    string // comment why only the structure is copied; empty to copy rows
	subject string
	why     string // of the subject
}

type proposer struct {
	cat    *catalog.Catalog
	o      ProposeOptions
	binder *binder
	tables []*proposal
	byOwn  map[*owner]*proposal
}

func newProposer(cat *catalog.Catalog, o ProposeOptions) *proposer {
	p := &proposer{cat: cat, o: o, byOwn: map[*owner]*proposal{}}
	p.binder = newBinder(&Policy{}, cat, BindOptions{Migrations: o.Migrations})
	p.binder.findOwners()
	for _, own := range p.binder.owners {
		if own.kind == plainOwner {
			p.addTable(own)
		}
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
	t := &proposal{owner: own, around: surroundingsOf(own.table), byName: map[string]*decision{}}
	for _, c := range own.order {
		if c.col.Generated != 0 {
			continue
		}
		d := &decision{table: t, col: c.col, guess: classify(own.table, c.col, t.around)}
		d.choices = choicesFor(own, c.col, &d.guess)
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
					d.guess = d.guess.is(ClassReference, 1, "a foreign key to "+to.owner.name)
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
		b.problems.sort()
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
	name := strings.Join(t.around.table, " ")
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

// chooseSubjects finds out whose row it is: people's tables are their own
// subjects, other tables lead to one by foreign keys.
func (p *proposer) chooseSubjects() {
	people := map[*proposal]bool{}
	for _, t := range p.tables {
		if t.rows == "" && t.isPeople() && len(t.owner.keys) > 0 {
			people[t] = true
		}
	}
	for _, t := range p.tables {
		if t.rows != "" || !t.masksBySubject() {
			continue
		}
		if path, why := p.pathToPeople(t, people); path != "" {
			t.subject, t.why = path, why
			continue
		}
		if people[t] {
			t.subject, t.why = columnList(t.owner.keys[0]), "the rows are people"
		}
	}
	// Where the table of people itself masks nothing by subject, its key still
	// names the subject for the tables that lead to it: nothing has to be said.
}

// isPeople tells whether a table's rows are people: by its name, or because it
// holds what only people have.
func (t *proposal) isPeople() bool {
	classes := map[Class]bool{}
	for _, d := range t.columns {
		if d.guess.Confidence >= reviewBelow {
			classes[d.guess.Class] = true
		}
	}
	named := classes[ClassFullName] || classes[ClassFirstName] || classes[ClassLastName]
	reachable := classes[ClassEmail] || classes[ClassUsername] || classes[ClassPhone] || classes[ClassBirthDate]
	if t.around.person {
		return named || reachable || classes[ClassPassword]
	}
	return !t.around.thing && (classes[ClassFirstName] && classes[ClassLastName] || classes[ClassPassword] && reachable)
}

// masksBySubject tells whether any column would be keyed by a subject.
func (t *proposal) masksBySubject() bool {
	for _, d := range t.columns {
		if d.follow != nil {
			continue
		}
		c := d.choice()
		if spec := mask.Find(c.mask); !spec.Source && !c.domain && len(spec.Keyed) > 0 && spec.Keyed[0] == mask.BySubject {
			return true
		}
	}
	return false
}

// maxHops is how many tables a proposed path goes through at most: each
// look-up costs time, and a far relation is rarely the person.
const maxHops = 3

// pathToPeople finds the shortest way from a table to a table of people. Of
// several equally short ones the column that is NOT NULL, then the first.
func (p *proposer) pathToPeople(t *proposal, people map[*proposal]bool) (path, why string) {
	type step struct {
		at    *proposal
		path  string
		sure  bool // no column on the way may be NULL
		key   bool // it references what tells the people apart
		same  bool // at most one row for each person
		first bool
	}
	seen := map[*proposal]bool{t: true}
	frontier := []step{{at: t, sure: true, first: true}}
	for range maxHops {
		var next []step
		var found []step
		for _, s := range frontier {
			for _, fk := range s.at.owner.table.ForeignKeys {
				to := p.byOwn[p.binder.byTable[fk.References]]
				if to == nil || to == s.at || seen[to] && !people[to] || fk.References.Partition != nil {
					continue
				}
				if s.first && people[t] && !isKeyOf(s.at.owner, fk) {
					continue // a person's manager is another person; a profile's user is the same
				}
				names, notNull := columnsOf(fk)
				here := s.path + columnList(names)
				if !s.first {
					here = s.path + "." + columnList(names)
				}
				st := step{at: to, path: here + " -> " + tableKey(to.owner.table.Name), sure: s.sure && notNull, key: referencesKey(fk)}
				st.same = s.first && isKeyOf(s.at.owner, fk)
				if people[to] {
					found = append(found, st)
				} else {
					seen[to] = true
					next = append(next, st)
				}
			}
		}
		if len(found) > 0 {
			sort.SliceStable(found, func(i, j int) bool {
				switch {
				case found[i].same != found[j].same:
					return found[i].same
				case found[i].key != found[j].key:
					return found[i].key
				}
				return found[i].sure && !found[j].sure
			})
			why = "the person that the row belongs to"
			if len(found) > 1 && found[1].key && !found[0].same {
				why = "review: other columns lead to people, too"
			}
			return found[0].path, why
		}
		frontier = next
	}
	return "", ""
}

// isKeyOf tells whether a foreign key's columns are a key of their own table.
func isKeyOf(o *owner, fk *catalog.ForeignKey) bool {
	var cols []*catalog.Column
	for _, n := range fk.Columns {
		if c := fk.Table.ColumnNum(n); c != nil {
			cols = append(cols, c)
		}
	}
	return o.isUnique(cols)
}

// referencesKey tells whether a foreign key references a primary key.
func referencesKey(fk *catalog.ForeignKey) bool {
	pk := fk.References.PrimaryKey()
	if pk == nil || len(pk.Keys) != len(fk.RefColumns) {
		return false
	}
	for _, k := range pk.Keys {
		found := false
		for _, n := range fk.RefColumns {
			found = found || n == k.Column
		}
		if !found {
			return false
		}
	}
	return true
}

func columnsOf(fk *catalog.ForeignKey) (names []string, notNull bool) {
	notNull = true
	for _, n := range fk.Columns {
		if c := fk.Table.ColumnNum(n); c != nil {
			names = append(names, c.Name)
			notNull = notNull && c.NotNull
		}
	}
	return names, notNull
}

func columnList(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = identSQL(n)
	}
	if len(quoted) == 1 {
		return quoted[0]
	}
	return "(" + strings.Join(quoted, ", ") + ")"
}

// choicesFor lists the ways to treat a column, the best first. The last one
// always passes: keep, with the reason why a person has to decide.
func choicesFor(o *owner, c *catalog.Column, g *Guess) []choice {
	kind := transform.KindOf(c.Type)
	key := inKey(o, c)
	if (kind == mask.Int || kind == mask.UUID || kind == mask.Numeric || kind == mask.Text && g.Class == ClassUnknown) && key && g.Class != ClassSecret {
		*g = g.is(ClassKey, 0.9, "a key of the table")
	}
	out := classChoices(g, c, kind)
	if last := out[len(out)-1]; last.mask != ruleKeep {
		if surelyPersonal[g.Class] != "" && !c.NotNull && !key {
			out = append(out, is(ruleNull).because("nothing else fits this column"))
		}
		out = append(out, keepBecause("no mask fits this column, and it may hold "+g.Class.words()+": decide"))
	}
	return out
}

// inKey tells whether a column is part of a primary key.
func inKey(o *owner, c *catalog.Column) bool {
	if pk := o.table.PrimaryKey(); pk != nil {
		for _, k := range pk.Keys {
			if k.Column == c.Num {
				return true
			}
		}
	}
	return false
}

func (c Class) words() string {
	if c == ClassUnknown {
		return "anything"
	}
	return strings.ReplaceAll(string(c), "_", " ")
}

func is(name string, params ...param) choice { return choice{mask: name, params: params} }

func (c choice) byValue() choice                    { c.domain = true; return c }
func (c choice) because(reason string) choice       { c.review = reason; return c }
func keepBecause(reason string) choice              { return is(ruleKeep).because(reason) }
func with(name string, value any) param             { return param{name, value} }
func choices(first choice, more ...choice) []choice { return append([]choice{first}, more...) }

// nullOr is NULL where the column allows it, and otherwise what stands in.
func nullOr(c *catalog.Column, review string, otherwise ...choice) []choice {
	if !c.NotNull {
		return append([]choice{is(ruleNull).because(review)}, otherwise...)
	}
	return otherwise
}

// classChoices is the catalogue of what to do with each class.
func classChoices(g *Guess, c *catalog.Column, kind mask.Kind) []choice {
	switch kind {
	case mask.Text:
		return textChoices(g)
	case mask.Int, mask.Numeric, mask.Float:
		return numberChoices(g, kind)
	case mask.Date, mask.Timestamp, mask.TimestampTZ:
		if g.Class == ClassBirthDate {
			return choices(is("shift_date"), is("generalize", with("to", "year")), is("redact"))
		}
		return choices(is(ruleKeep))
	case mask.Bool, mask.Time, mask.Enum:
		return choices(is(ruleKeep))
	case mask.UUID:
		if g.Class == ClassSecret {
			return choices(is("uuid"))
		}
		return choices(is(ruleKeep))
	case mask.Inet:
		return choices(is("ip"), is("ip").byValue(), is("ip", with("family", "ipv6")).byValue(), is("redact"))
	case mask.MAC:
		return choices(is("mac"), is("mac").byValue(), is("redact"))
	case mask.JSON, mask.JSONB:
		return choices(is("json"), is("redact"))
	case mask.Bytea:
		switch g.Class {
		case ClassSecret:
			return choices(is("token"), is("pseudonym"), is("redact"))
		case ClassPassword:
			return choices(is("password_hash"), is("token"), is("redact"))
		}
		return nullOr(c, "bytes may be anything: a picture, a document", is("redact").because("bytes may be anything: a picture, a document"),
			is("pseudonym").because("bytes may be anything"))
	case mask.XML:
		return nullOr(c, "a document may hold anything", is("redact").because("a document may hold anything"))
	}
	return otherChoices(g, c)
}

func textChoices(g *Guess) []choice {
	own := is("pseudonym").because("its values have to stay distinct, so equal ones stay equal")
	rest := []choice{own, is("token").because("the column is short or unique"), is("redact").because("nothing else fits this column")}
	switch g.Class {
	case ClassEmail:
		return append(choices(is("email"), is("email").byValue()), rest...)
	case ClassPhone:
		return append(choices(is("phone"), is("phone").byValue()), rest...)
	case ClassFullName, ClassFirstName, ClassLastName, ClassCity, ClassStreet, ClassAddress, ClassPostalCode, ClassCompany:
		return append(choices(is(string(g.Class)), is(string(g.Class)).byValue()), rest...)
	case ClassUsername:
		return append(choices(is("username"), is("username").byValue()), rest...)
	case ClassPassword:
		return append(choices(is("password_hash"), is("token")), rest...)
	case ClassSecret:
		return append(choices(is("token"), is("token").byValue()), rest...)
	case ClassNationalID, ClassBank, ClassCard:
		return choices(is("token", with("prefix", ""), with("alphabet", "digits")), is("token"), own, is("redact"))
	case ClassIP:
		return append(choices(is("ip"), is("ip", with("family", "ipv6"))), rest...)
	case ClassMAC:
		return append(choices(is("mac")), rest...)
	case ClassURL:
		return append(choices(is("url"), is("url").byValue()), rest...)
	case ClassBirthDate:
		return append(choices(is("shift_date").because("a date kept as text: other text in it becomes a date")), rest...)
	case ClassGeo:
		return append(choices(is("redact").because("a position kept as text")), rest...)
	case ClassJSON:
		return append(choices(is("text").because("if it is JSON, json keeps its structure")), rest...)
	case ClassTrait:
		return choices(keepBecause("says much about a person where few share it; generalize or null hide it"))
	case ClassCategory:
		return choices(is(ruleKeep))
	case ClassKey:
		id := "an id of text may tell who it is; keep it if it does not"
		return choices(own.because(id), is("token").because(id))
	case ClassFreeText, ClassUserAgent:
		return append(choices(is("text")), rest...)
	}
	unknown := "nothing known about this text; keep it if it says nothing about people"
	for i := range rest {
		rest[i].review = unknown
	}
	return append(choices(is("text").because(unknown)), rest...)
}

func numberChoices(g *Guess, kind mask.Kind) []choice {
	range0 := is("permute", with("max", "type"), with("min", int64(0))).because("a number that identifies somebody; write a max of your own")
	switch g.Class {
	case ClassPhone, ClassNationalID, ClassBank, ClassCard:
		return choices(range0, is("redact"))
	case ClassBirthDate:
		return choices(is("generalize", with("step", int64(5))).because("years of birth in groups of five"))
	case ClassPostalCode:
		return choices(is("generalize", with("step", int64(1000))).because("the last digits of a postal code become 0"))
	case ClassMoney:
		return choices(is("generalize", with("step", int64(1000))).because("rounded to thousands"), is("generalize", with("step", int64(10))).because("rounded to tens"))
	case ClassGeo:
		return choices(is("generalize", with("step", 0.1)).because("degrees in tenths, some 11 km; integers need a step of their own"),
			is("generalize", with("step", int64(1))).because("whole degrees, some 111 km"))
	}
	return choices(is(ruleKeep))
}

// otherChoices are for types that no mask produces.
func otherChoices(g *Guess, c *catalog.Column) []choice {
	under := c.Type.Underlying()
	switch {
	case g.Class == ClassPlain:
		return choices(is(ruleKeep))
	case under.Name.Name == "tsvector":
		return nullOr(c, "holds the words of the text it was made from", is(ruleConstant, with("value", "")).because("holds the words of the text it was made from"))
	case g.Class == ClassGeo:
		return nullOr(c, "a position; sql can round it", keepBecause("a position; sql can round it"))
	case under.Array:
		return nullOr(c, "an array may hold anything; sql can mask it", is(ruleConstant, with("value", "{}")).because("an array may hold anything; sql can mask it"))
	case under.Name.Name == "hstore":
		return nullOr(c, "may hold anything", is(ruleConstant, with("value", "")).because("may hold anything"))
	}
	return nullOr(c, "no mask makes values of type "+c.TypeSQL+"; sql can", keepBecause("no mask makes values of type "+c.TypeSQL+"; sql can"))
}

// suggestEntry is the entry to add for a table that the policy does not have.
func (b *binder) suggestEntry(o *owner) string {
	t := (&proposer{byOwn: map[*owner]*proposal{}, binder: b}).addTable(o)
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
	around := surroundingsOf(o.table)
	t := &proposal{owner: o}
	for _, c := range missing {
		d := &decision{table: t, col: c.col, guess: classify(o.table, c.col, around)}
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
