package policies

import (
	"sort"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// subjectPlan is a subject path resolved against the catalog: how to get from
// a row to its subject's key in SQL.
type subjectPlan struct {
	subject string     // display form of the table whose rows are the subjects
	hops    []joinStep // tables to look into, in order; none if the row holds the key itself
	final   []keyColumn
	perRow  bool // several rows may have one subject
	maybe   bool // the subject may be NULL
	self    bool // the row is its own subject, for want of another
}

// joinStep looks a row up by unique columns.
type joinStep struct {
	from  []*catalog.Column // of the table before
	table *owner
	by    []*catalog.Column // unique columns of table
}

// findKeys collects the sets of columns that are unique in a table: keys are
// also NOT NULL, with the primary key first, then the shortest.
func (b *binder) findKeys(o *owner) {
	type key struct {
		cols    []string
		primary bool
		name    string
		notNull bool
	}
	var found []key
	for _, x := range o.table.Indexes {
		if !x.Unique || !x.Valid || x.Predicate != "" || x.Temporal {
			continue
		}
		k := key{primary: x.Primary, name: x.Name.Name, notNull: true}
		for _, e := range x.Keys {
			c := o.table.ColumnNum(e.Column)
			if e.Column == 0 || c == nil {
				k.cols = nil
				break
			}
			k.cols = append(k.cols, c.Name)
			k.notNull = k.notNull && (c.NotNull || x.Primary)
		}
		if len(k.cols) > 0 {
			found = append(found, k)
		}
	}
	sort.SliceStable(found, func(i, j int) bool {
		a, b := found[i], found[j]
		switch {
		case a.primary != b.primary:
			return a.primary
		case len(a.cols) != len(b.cols):
			return len(a.cols) < len(b.cols)
		}
		return a.name < b.name
	})
	for _, k := range found {
		o.uniques = append(o.uniques, k.cols)
		if k.notNull {
			o.keys = append(o.keys, k.cols)
		}
	}
}

// isUnique tells whether at most one row of o has the same values in cols,
// none of them NULL.
func (o *owner) isUnique(cols []*catalog.Column) bool {
	have := map[string]bool{}
	for _, c := range cols {
		have[c.Name] = true
	}
	for _, key := range o.uniques {
		all := true
		for _, name := range key {
			all = all && have[name]
		}
		if all {
			return true
		}
	}
	return false
}

// rowKey are the columns that tell the table's rows apart; none if it has no
// key, so that the row as a whole has to do.
func (o *owner) rowKey() []*catalog.Column {
	if len(o.keys) == 0 {
		return nil
	}
	return o.named(o.keys[0])
}

func (o *owner) named(names []string) []*catalog.Column {
	out := make([]*catalog.Column, len(names))
	for i, n := range names {
		out[i] = o.table.Column(n)
	}
	return out
}

// subjectRuleOf is the subject that an owner's entry names, or that of its
// inheritance parent.
func (b *binder) subjectRuleOf(o *owner) *subjectRule {
	if o.entry != nil && o.entry.subject != nil {
		return o.entry.subject
	}
	for _, t := range o.table.Parents {
		if parent := b.byTable[t]; parent != nil {
			if s := b.subjectRuleOf(parent); s != nil {
				return s
			}
		}
	}
	return nil
}

func (b *binder) resolveSubjects() {
	for _, o := range b.owners {
		if o.copied() || o.entry != nil && o.entry.subject != nil {
			b.subjectOf(o)
		}
	}
}

// subjectOf is the subject of an owner's rows; nil after a problem.
func (b *binder) subjectOf(o *owner) *subjectPlan {
	switch o.subjectState {
	case resolved:
		return o.subject
	case resolving:
		if s := b.subjectRuleOf(o); s != nil {
			b.add(s.problem(fault.Policy, o.name, "subject: the path leads back to this table")).
				hint("a person's own table names its key: subject: id")
		}
		return nil
	}
	o.subjectState = resolving
	if rule := b.subjectRuleOf(o); rule != nil {
		o.subject = b.planSubject(o, rule)
	} else {
		o.subject = &subjectPlan{subject: o.name, final: ownKey(o.rowKey()), self: true}
	}
	o.subjectState = resolved
	return o.subject
}

// planSubject resolves a path; nil after a problem.
func (b *binder) planSubject(o *owner, rule *subjectRule) *subjectPlan {
	wrong := func(format string, args ...any) *noted {
		return b.add(rule.problem(fault.Policy, o.name, "subject: "+format, args...))
	}
	columnsOf := func(t *owner, names []ident) []*catalog.Column {
		var out []*catalog.Column
		for _, n := range names {
			var c *catalog.Column
			for _, s := range n.spellings() {
				if c = t.table.Column(s); c != nil {
					break
				}
			}
			if c == nil {
				wrong("%s has no column %s", t.name, n).hint("%s", didYouMean(n.text, columnNames(t.table)))
				return nil
			}
			out = append(out, c)
		}
		return out
	}

	at := columnsOf(o, rule.path.from)
	if at == nil {
		return nil
	}
	if len(rule.path.hops) == 0 {
		b.warnForgottenArrow(o, at, rule)
		return o.finish(&subjectPlan{subject: o.name, final: ownKey(at)})
	}
	plan := &subjectPlan{}
	here := o
	for i, hop := range rule.path.hops {
		next := b.pathTable(hop.table, wrong)
		if next == nil {
			return nil
		}
		by := b.referenced(here, at, next)
		if by == nil {
			wrong("%s has no foreign key to %s, and no primary key of %d columns to look up", nameList(here, at), next.name, len(at)).
				hint("a path goes along foreign keys, or from columns that hold the next table's primary key")
			return nil
		}
		plan.hops = append(plan.hops, joinStep{from: at, table: next, by: by})
		here = next
		if i < len(rule.path.hops)-1 {
			if at = columnsOf(next, hop.cols); at == nil {
				return nil
			}
		}
	}
	// The subject of the row is the subject of the row that the path ends at.
	end := b.subjectOf(here)
	if end == nil {
		return nil
	}
	if len(end.final) == 0 {
		wrong("%s has no key that could tell its rows apart", here.name).hint("name one in its entry: subject: column")
		return nil
	}
	plan.hops = append(plan.hops, end.hops...)
	plan.final, plan.subject = end.final, end.subject
	return o.finish(plan)
}

// pathTable finds a table that a path names; nil after a problem.
func (b *binder) pathTable(p tablePattern, wrong func(string, ...any) *noted) *owner {
	var t *catalog.Table
	for _, n := range p.exact() {
		if t = b.cat.Table(n); t != nil {
			break
		}
	}
	name := p.schema.String() + "." + p.name.String()
	switch {
	case t == nil:
		wrong("the source has no table %s", name).hint("%s", b.suggest(name, b.tableNames))
	case t.Partition != nil:
		wrong("%s is a partition; the path goes to %s", t.Name, t.Root().Name)
	case b.byTable[t] == nil:
		wrong("%s is not a table with rows", t.Name)
	default:
		return b.byTable[t]
	}
	return nil
}

// referenced finds the columns of next that cols of here hold the values of:
// by a foreign key between them, else the primary key.
func (b *binder) referenced(here *owner, cols []*catalog.Column, next *owner) []*catalog.Column {
	for _, t := range append([]*catalog.Table{here.table}, partitionsOf(here.table)...) {
		for _, fk := range t.ForeignKeys {
			if b.byTable[fk.References] != next || len(fk.Columns) != len(cols) {
				continue
			}
			by := make([]*catalog.Column, len(cols))
			for i, num := range fk.Columns {
				from, to := t.ColumnNum(num), fk.References.ColumnNum(fk.RefColumns[i])
				for j, c := range cols {
					if from != nil && to != nil && from.Name == c.Name {
						by[j] = next.table.Column(to.Name)
					}
				}
			}
			if complete(by) {
				return by
			}
		}
	}
	if pk := next.table.PrimaryKey(); pk != nil && len(pk.Keys) == len(cols) {
		by := make([]*catalog.Column, len(cols))
		for i, k := range pk.Keys {
			by[i] = next.table.ColumnNum(k.Column)
		}
		if complete(by) {
			return by
		}
	}
	return nil
}

func complete(cols []*catalog.Column) bool {
	for _, c := range cols {
		if c == nil {
			return false
		}
	}
	return true
}

// finish leaves out the look-ups that give back what they were asked by, and
// tells how many rows one subject may have.
func (o *owner) finish(p *subjectPlan) *subjectPlan {
	p.final = append([]keyColumn(nil), p.final...)
	for i := len(p.hops) - 1; i >= 0; i-- {
		through := p.hops[i].translate(p.read(i + 1))
		if through == nil {
			continue
		}
		if i < len(p.hops)-1 {
			p.hops[i+1].from = through
		} else {
			for j := range p.final {
				p.final[j].col = through[j]
			}
		}
		p.hops = append(p.hops[:i:i], p.hops[i+1:]...)
	}
	first := p.read(0)
	p.maybe = len(p.hops) > 0 // the row that is looked up may be missing
	p.perRow = !o.isUnique(first)
	for _, c := range first {
		p.maybe = p.maybe || !c.NotNull
	}
	for i, h := range p.hops {
		p.perRow = p.perRow || !h.table.isUnique(p.read(i+1))
	}
	return p
}

// read are the columns that are read of the i-th table on the path, the row's
// own being the first.
func (p *subjectPlan) read(i int) []*catalog.Column {
	if i < len(p.hops) {
		return p.hops[i].from
	}
	out := make([]*catalog.Column, len(p.final))
	for j, k := range p.final {
		out[j] = k.col
	}
	return out
}

// translate gives the columns before the step that hold the same values as
// next after it, nil if they are not among those it looks up by.
func (s joinStep) translate(next []*catalog.Column) []*catalog.Column {
	out := make([]*catalog.Column, len(next))
	for i, n := range next {
		for j, by := range s.by {
			if by == n {
				out[i] = s.from[j]
			}
		}
	}
	if !complete(out) || len(next) != len(s.by) {
		return nil // a part of the key says less about whether the row exists
	}
	return out
}

// warnForgottenArrow: a plain column with a foreign key is most often a path
// whose arrow was forgotten.
func (b *binder) warnForgottenArrow(o *owner, cols []*catalog.Column, rule *subjectRule) {
	if o.isUnique(cols) {
		return
	}
	for _, fk := range o.table.ForeignKeys {
		if len(fk.Columns) != len(cols) || fk.References == o.table {
			continue
		}
		same := true
		for i, c := range cols {
			same = same && fk.Columns[i] == c.Num
		}
		if same {
			b.warnings = append(b.warnings, rule.problem(fault.Policy, o.name,
				"subject: %s references %s, but without an arrow its fakes do not agree with those of that table", nameList(o, cols), fk.References.Name).
				hint("subject: %s -> %s", rule.text, tableKey(fk.References.Root().Name)))
			return
		}
	}
}

func nameList(o *owner, cols []*catalog.Column) string {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = o.name + "." + catalog.Display(c.Name)
	}
	return strings.Join(names, ", ")
}

// joins are the tables that the path reads besides the row's own: those that
// store the rows.
func (p *subjectPlan) joins() []*catalog.Table {
	var out []*catalog.Table
	for _, h := range p.hops {
		out = append(out, h.table.leaves...)
	}
	return out
}
