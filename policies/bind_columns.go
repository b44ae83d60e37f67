package policies

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/transform/mask"
)

// nameColumns finds the column of each keep entry and rule.
func (b *binder) nameColumns() {
	used := map[*tableRule]map[string]bool{} // of patterns: columns found in some table
	example := map[*tableRule]*owner{}
	for _, o := range b.owners {
		if o.kind == migrationOwner || o.kind == extensionOwner {
			for _, c := range o.order {
				c.known = true
			}
		}
		if o.entry == nil || o.kind == leftOutOwner {
			continue
		}
		e := o.entry
		pattern := e.pattern.wild()
		if pattern && used[e] == nil {
			used[e], example[e] = map[string]bool{}, o
		}
		for _, k := range e.keep {
			b.nameColumn(o, k.text, k.place, nil, pattern, used[e])
		}
		for _, r := range e.columns {
			b.nameColumn(o, r.name, r.place, r.rule, pattern, used[e])
		}
	}
	for _, e := range b.policy.tables {
		if used[e] == nil {
			continue
		}
		missing := func(name string, at place) {
			if !used[e][name] {
				b.add(at.problem(fault.Policy, e.key+"."+name, "no table that this pattern matches has such a column")).
					hint("%s", didYouMean(name, columnNames(example[e].table)))
			}
		}
		for _, k := range e.keep {
			missing(k.text, k.place)
		}
		for _, r := range e.columns {
			missing(r.name, r.place)
		}
	}
}

// nameColumn applies one entry to the column that it names.
func (b *binder) nameColumn(o *owner, name string, at place, rule *Rule, pattern bool, used map[string]bool) {
	found := findColumn(o.table, name)
	if found == nil {
		if !pattern {
			b.add(at.problem(fault.Policy, o.name+"."+catalog.Display(name), "the table has no such column")).
				hint("%s", didYouMean(name, columnNames(o.table)))
		}
		return
	}
	if used != nil {
		used[name] = true
	}
	c := o.columns[found.Name]
	if c.explicit {
		b.fail(c, at, "the entry names this column twice; the other is at %s", c.at)
		return
	}
	c.known, c.explicit, c.rule, c.at = true, true, rule, at
	if rule != nil {
		c.at = rule.place
		if rule.spec.Name == ruleKeep {
			c.rule = nil
		}
	}
	if found.Generated != 0 && c.rule != nil {
		b.fail(c, at, "this column is generated from others; its values follow theirs, so it takes no rule").
			hint("remove the rule, and mask what it is made of: %s", strings.Join(c.generated, ", "))
	}
}

// inheritFromParents lets inheritance children (not partitions) follow their
// parents where they have no entry of their own.
func (b *binder) inheritFromParents() {
	done := map[*owner]bool{}
	var visit func(o *owner)
	visit = func(o *owner) {
		if done[o] {
			return
		}
		done[o] = true
		for _, t := range o.table.Parents {
			if parent := b.byTable[t]; parent != nil {
				visit(parent)
				b.inheritFrom(o, parent)
			}
		}
	}
	for _, o := range b.owners {
		if len(o.table.Parents) > 0 && o.kind == plainOwner {
			visit(o)
		}
	}
}

func (b *binder) inheritFrom(o, parent *owner) {
	if o.entry == nil && o.origin == "" && parent.origin != "" {
		o.origin = "inherits from " + parent.name
		o.rows, o.where, o.cond = parent.rows, parent.where, parent.cond
	}
	if !parent.copied() {
		return
	}
	for _, c := range o.order {
		if from := parent.columns[c.col.Name]; from != nil && c.col.Generated == 0 {
			c.parents = append(c.parents, from)
		}
	}
}

// entryPlace is where something missing of a table would be added.
func (b *binder) entryPlace(o *owner) place {
	if o.entry != nil {
		return o.entry.colsAt
	}
	return b.policy.first
}

// columnPlace is where the policy speaks of a column, or would.
func (b *binder) columnPlace(c *column) place {
	if c.explicit {
		return c.at
	}
	return b.entryPlace(c.owner)
}

// reference is one column of a foreign key.
type reference struct {
	fk   *catalog.ForeignKey
	from *catalog.Table
	to   *column
	// trusted: every value but NULL is known to stand in the referenced column.
	trusted bool
}

func (r reference) String() string {
	return fmt.Sprintf("foreign key %s to %s", catalog.Display(r.fk.Name), r.to.where)
}

// inheritByForeignKey gives foreign key columns the rule of what they
// reference, transitively, and refuses rules that would part the two.
func (b *binder) inheritByForeignKey() {
	for _, o := range b.owners {
		if !o.copied() {
			continue
		}
		for _, t := range append([]*catalog.Table{o.table}, partitionsOf(o.table)...) {
			for _, fk := range t.ForeignKeys {
				b.addReferences(o, t, fk)
			}
		}
	}
	for _, o := range b.owners {
		if !o.copied() {
			continue
		}
		for _, c := range o.order {
			b.resolve(c)
		}
	}
}

func (b *binder) addReferences(o *owner, t *catalog.Table, fk *catalog.ForeignKey) {
	to := b.byTable[fk.References]
	if fk.Inherited || b.leftOut[constraintName(t, fk.Name)] || to == nil || !to.copied() {
		return
	}
	whole := len(fk.Columns) == 1 || fk.Match == 'f'
	if !whole {
		whole = true
		for _, num := range fk.Columns {
			c := t.ColumnNum(num)
			whole = whole && c != nil && c.NotNull
		}
	}
	for i, num := range fk.Columns {
		c, ref := t.ColumnNum(num), fk.References.ColumnNum(fk.RefColumns[i])
		if c == nil || ref == nil {
			continue
		}
		from, target := o.columns[c.Name], to.columns[ref.Name]
		if from == nil || target == nil || from == target {
			continue
		}
		from.refs = append(from.refs, reference{fk: fk, from: t, to: target, trusted: whole && fk.Validated && fk.Enforced})
	}
}

// resolve settles a column's rule and domain after those of the columns it
// references. A reference that leads back to a column in the making is left
// out: somewhere on the circle there has to be a rule, or all are gaps.
func (b *binder) resolve(c *column) {
	if c.state != unresolved {
		return
	}
	c.state = resolving
	defer func() { c.state = resolved }()

	if c.col.Generated != 0 {
		b.resolveGenerated(c)
		return
	}
	var from *reference // whose rule c takes over, or agrees with
	for i := range c.refs {
		r := &c.refs[i]
		if r.to.state == resolving {
			continue
		}
		b.resolve(r.to)
		if r.to.failed && !c.known {
			c.failed = true // whatever is wrong there is wrong here
		}
		if !r.to.known || r.to.failed {
			continue
		}
		if by := r.to.derived; by != nil {
			b.fail(c, b.columnPlace(c), "this column has a %s, which is generated and would change with %s", r, by.where).
				hint("keep %s, or leave the constraint out: unsupported: [%s]", by.where, constraintName(r.from, r.fk.Name))
			continue
		}
		switch {
		case !c.known:
			if !r.to.masked() && !r.trusted {
				continue // values may stand here that are not there: naming it is up to the policy
			}
			c.known, c.rule, c.at, c.inherited = true, r.to.rule, r.to.at, r.String()
			c.domain, from = r.to.domain, r
		case from == nil:
			if b.agree(c, r) {
				if c.domain == "" || c.rule != nil && c.rule.domain == "" {
					c.domain = r.to.domain
				}
				from = r
			}
		case !sameRule(c.rule, r.to.rule) || c.masked() && c.domain != r.to.domain:
			b.fail(c, c.at, "this column references %s and %s, which are masked differently", from.to.where, r.to.where).
				hint("give both one rule with one domain, or leave one of the constraints out: unsupported: [%s]", constraintName(r.from, r.fk.Name))
		}
	}
	b.resolveByParents(c)
	if c.rule == nil {
		c.domain = ""
		return
	}
	c.keyed = b.keyedBy(c)
	if c.keyed != mask.ByValue {
		c.domain = ""
		return
	}
	switch {
	case c.rule.domain != "" && c.domain != "" && c.domain != c.rule.domain && from != nil:
		b.fail(c, c.rule.place, "%s is masked in the domain %s; this rule says %s, so the two would no longer match", from.to.where, c.domain, c.rule.domain).
			hint("use the same domain, or remove this rule: the column inherits the one it references")
	case c.rule.domain != "":
		c.domain = c.rule.domain
	case c.domain == "":
		c.domain = c.where
	}
}

// resolveByParents takes over the rule of the parent's column, domain and all:
// equal values in parent and child stay equal, as queries of the parent expect.
func (b *binder) resolveByParents(c *column) {
	if c.explicit {
		return
	}
	var from *column
	for _, p := range c.parents {
		if p.state == resolving {
			continue
		}
		b.resolve(p)
		switch {
		case !p.known || p.failed:
		case !c.known:
			c.known, c.rule, c.at, c.domain, from = true, p.rule, p.at, p.domain, p
			c.inherited = "inheritance from " + p.where
		case from != nil && !sameRule(c.rule, p.rule):
			b.fail(c, b.entryPlace(c.owner), "%s and %s are masked differently, and this column inherits from both", from.where, p.where).
				hint("give the column its own rule in an entry for %s", c.owner.name)
		}
	}
}

// resolveGenerated: a generated column changes exactly where what it is made
// of changes. It has no rule of its own, and nothing may reference it then.
func (b *binder) resolveGenerated(c *column) {
	c.known = true
	for _, name := range c.generated {
		if of := c.owner.columns[name]; of != nil && of != c {
			b.resolve(of)
			if of.masked() {
				c.derived = of
			}
		}
	}
	for i := range c.refs {
		r := &c.refs[i]
		if r.to.state != resolving {
			b.resolve(r.to)
		}
		by := c.derived
		switch {
		case by == nil && r.to.derived != nil:
			by = r.to.derived
		case by == nil && r.to.masked():
			by = r.to
		}
		if by != nil {
			b.fail(c, b.entryPlace(c.owner), "this column is generated, and masking %s would part it from what it references: it has a %s", by.where, r).
				hint("keep %s, or leave the constraint out: unsupported: [%s]", by.where, constraintName(r.from, r.fk.Name))
			return
		}
	}
}

// agree checks a column's own rule against the column it references.
func (b *binder) agree(c *column, r *reference) bool {
	to := r.to
	switch {
	case c.masked() && !to.masked():
		b.fail(c, c.at, "the rule %s would break the %s, which is kept", c.ruleName(), r).
			hint("keep this column, or mask %s; foreign key columns need no rule, they inherit", to.where)
	case !c.masked() && to.masked():
		b.fail(c, c.at, "this column is kept, but its %s is masked by %s: the two would no longer match, and original values would pass", r, to.ruleName()).
			hint("take the column out of keep: it inherits the rule of %s", to.where)
	case !sameRule(c.rule, to.rule):
		b.fail(c, c.at, "the rule %s would break the %s, which is masked by %s", ruleText(c.rule), r, ruleText(to.rule)).
			hint("remove this rule: the column inherits the one it references")
	default:
		return true
	}
	return false
}

// sameRule tells whether two rules make the same of the same value, their
// domains aside.
func sameRule(a, b *Rule) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a == b || a.spec == b.spec && reflect.DeepEqual(a.params, b.params) && (a.locale == b.locale || !a.spec.Locale)
}

// ruleText is a rule for messages: name and parameters that were written.
func ruleText(r *Rule) string {
	if r == nil {
		return ruleKeep
	}
	var params []string
	for _, p := range r.spec.Params {
		if _, written := r.paramAt[p.Name]; written && r.spec.Name != ruleConstant && r.spec.Name != ruleSQL {
			params = append(params, fmt.Sprintf("%s: %v", p.Name, r.params[p.Name]))
		}
	}
	if r.locale != "" && r.spec.Locale {
		params = append(params, "locale: "+r.locale)
	}
	if len(params) == 0 {
		return r.spec.Name
	}
	return r.spec.Name + " (" + strings.Join(params, ", ") + ")"
}

// keyedBy decides what a rule is keyed by: its value if a domain is named or
// the mask knows nothing else first, else the subject, else nothing.
func (b *binder) keyedBy(c *column) mask.Keyed {
	spec := c.rule.spec
	switch {
	case c.rule.domain != "":
		return mask.ByValue
	case c.rule.subject != nil:
		return mask.BySubject
	case len(spec.Keyed) == 0 || spec.Source:
		return mask.ByNothing
	}
	return spec.Keyed[0]
}

// reportGaps lists the tables and columns that nothing is said about, with the
// lines to add.
func (b *binder) reportGaps() {
	for _, o := range b.owners {
		if !o.copied() || o.kind != plainOwner {
			continue
		}
		if o.entry == nil && o.origin == "" {
			at := b.policy.first
			b.add(&Problem{
				File: at.file(), Line: at.line, Col: at.col, Where: o.name, Kind: fault.Policy,
				Msg:  "this table is not in the policy",
				Hint: "add below tables:\n" + b.suggestEntry(o), Gap: &Gap{Table: o.table.Name},
			})
			continue
		}
		var missing []*column
		for _, c := range o.order {
			if !c.known && !c.failed && !b.waits(c) {
				missing = append(missing, c)
			}
		}
		switch len(missing) {
		case 0:
		case 1:
			p := b.entryPlace(o).problem(fault.Policy, missing[0].where, "this column is not in the policy")
			p.Gap = &Gap{o.table.Name, []string{missing[0].col.Name}}
			b.add(p).hint("%s", b.suggestColumns(o, missing))
		default:
			gap := &Gap{Table: o.table.Name}
			names := make([]string, len(missing))
			for i, c := range missing {
				names[i] = catalog.Display(c.col.Name)
				gap.Columns = append(gap.Columns, c.col.Name)
			}
			p := b.entryPlace(o).problem(fault.Policy, o.name, "%d columns are not in the policy: %s", len(missing), strings.Join(names, ", "))
			p.Gap = gap
			b.add(p).hint("%s", b.suggestColumns(o, missing))
		}
	}
}

// waits tells whether a column would inherit by a foreign key as soon as a gap
// that is reported elsewhere is closed.
func (b *binder) waits(c *column) bool {
	for _, r := range c.refs {
		if !r.to.known && r.to.owner != c.owner && r.to.owner.copied() && len(r.to.refs) == 0 {
			return true
		}
	}
	return false
}
