package policies

import (
	"slices"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/transform/mask"
)

// element is one key of a unique index, as the masks see it.
type element struct {
	column *column   // one column alone; nil for an expression over several
	over   []*column // all columns that the key may read
	fold   bool      // differences of case do not count
	direct bool      // the column itself, not an expression over it
}

func (e element) masked() bool {
	for _, c := range e.over {
		if c.masked() {
			return true
		}
	}
	return false
}

// checkUniqueness makes sure that no mask can put two rows under a unique
// index on the same place. Where it rests on one column, that column's mask is
// asked for distinct outputs; compiling proves that it can.
func (b *binder) checkUniqueness() {
	for _, o := range b.owners {
		if !o.copied() {
			continue
		}
		for _, t := range append([]*catalog.Table{o.table}, partitionsOf(o.table)...) {
			for _, x := range t.Indexes {
				if t != o.table && x.Parent != 0 || !x.Valid || b.indexLeftOut(t, x) {
					continue // attached partition indexes are their parent's
				}
				switch {
				case x.Exclusion || x.Temporal:
					b.checkExclusion(o, t, x)
				case x.Unique:
					b.checkUnique(o, t, x)
				}
			}
		}
	}
}

func (b *binder) elements(o *owner, t *catalog.Table, x *catalog.Index) []element {
	out := make([]element, 0, len(x.Keys))
	for _, k := range x.Keys {
		var e element
		if c := t.ColumnNum(k.Column); k.Column != 0 && c != nil {
			col := o.columns[c.Name]
			if col == nil {
				continue
			}
			if c.Generated == 0 {
				e = element{column: col, over: []*column{col}, fold: k.NonDetColl, direct: true}
			} else {
				e = b.expressionElement(o, t, c.Default)
			}
		} else {
			e = b.expressionElement(o, t, k.Expression)
			e.fold = e.fold || k.NonDetColl
		}
		out = append(out, e)
	}
	return out
}

func (b *binder) expressionElement(o *owner, t *catalog.Table, expr string) element {
	if name, fold, ok := wrapped(t, expr); ok {
		if c := o.columns[name]; c != nil && c.col.Generated == 0 {
			return element{column: c, over: []*column{c}, fold: fold}
		}
	}
	var e element
	for _, name := range namesIn(t, expr) {
		e.over = append(e.over, o.columnsBelow(name)...)
	}
	return e
}

// columnsBelow are the stored columns that a column is made of: itself, or
// what it is generated from.
func (o *owner) columnsBelow(name string) []*column {
	c := o.columns[name]
	switch {
	case c == nil:
		return nil
	case c.col.Generated == 0:
		return []*column{c}
	}
	var out []*column
	for _, from := range c.generated {
		if from != name {
			out = append(out, o.columnsBelow(from)...)
		}
	}
	return out
}

// checkExclusion: rows collide where all operators hold. One that compares for
// equality alone is a unique index. Otherwise, as in a temporal key (WITHOUT
// OVERLAPS), parts that are compared for equality may be masked one to one by
// their values: rows that differed still do, and periods of rows that were
// equal are what they were. Dates that move with the very subject that such
// parts identify keep their distance from each other.
func (b *binder) checkExclusion(o *owner, t *catalog.Table, x *catalog.Index) {
	elements := b.elements(o, t, x)
	operators := exclusionOperators(x.ConstraintDef)
	equal := func(i int) bool {
		if x.Temporal {
			return i < len(elements)-1
		}
		return i < len(operators) && len(operators) == len(elements) && operators[i] == "="
	}
	all := len(elements) > 0
	var safe []*column // compared for equality, and one to one
	for i, e := range elements {
		all = all && equal(i)
		if equal(i) && e.direct && (!e.masked() || b.injectiveByValue(e.column)) {
			safe = append(safe, e.column)
		}
	}
	if all && !x.Temporal {
		b.checkUnique(o, t, x)
		return
	}
	var touched []*column
	for i, e := range elements {
		switch {
		case equal(i) && e.direct && e.masked() && slices.Contains(safe, e.column):
			b.demand(e, false)
		case e.direct && e.column.movesWith(safe):
		default:
			touched = append(touched, e.over...)
		}
	}
	touched = append(touched, b.predicateColumns(o, t, x)...)
	for _, c := range touched {
		if c.masked() {
			b.fail(c, c.at, "the rule %s could make rows collide under the constraint %s (%s)", c.ruleName(), catalog.Display(indexName(x)), x.ConstraintDef).
				hint("%s", b.leaveIndexOut(t, x, "keep the columns of the constraint"))
		}
	}
}

// movesWith tells whether a column holds dates that all move by one offset
// wherever the given columns are equal: they hold its subject's key. Times with
// fractions of a second do not all move alike.
func (c *column) movesWith(equal []*column) bool {
	if c.ruleName() != "shift_date" || c.plan == nil || c.plan.maybe || valuesOf(&c.facts).Kind != mask.Date {
		return false
	}
	for _, k := range c.plan.read(0) {
		if !slices.ContainsFunc(equal, func(e *column) bool { return e.col == k }) {
			return false
		}
	}
	return len(c.plan.read(0)) > 0
}

// exclusionOperators are the operators of EXCLUDE USING gist (a WITH =, b WITH &&),
// in order; as pg_get_constraintdef prints them.
func exclusionOperators(def string) []string {
	var out []string
	depth := 0
	for i := 0; i < len(def); {
		switch c := def[i]; {
		case c == '\'' || c == '"':
			i = skipQuoted(def, i, c)
			continue
		case c == '(':
			depth++
		case c == ')':
			depth--
			if depth == 0 {
				return out // what follows is the predicate
			}
		case depth == 1 && strings.HasPrefix(def[i:], " WITH "):
			rest := def[i+len(" WITH "):]
			end := strings.IndexAny(rest, ",)")
			if strings.HasPrefix(rest, "OPERATOR(") {
				end = strings.IndexByte(rest, ')') + 1
			}
			if end < 0 {
				return nil
			}
			op := strings.TrimSpace(rest[:end])
			if op == "OPERATOR(pg_catalog.=)" {
				op = "="
			}
			out = append(out, op)
			i += len(" WITH ") + end
			continue
		}
		i++
	}
	return out
}

func indexName(x *catalog.Index) string {
	if x.Constraint != "" {
		return x.Constraint
	}
	return x.Name.Name
}

func (b *binder) leaveIndexOut(t *catalog.Table, x *catalog.Index, instead string) string {
	name := x.Name.String()
	if x.Constraint != "" {
		name = constraintName(t, x.Constraint)
	}
	return instead + ", or leave the index out of staging: unsupported: [" + name + "]"
}

// predicateColumns are the columns whose values, not just whose being NULL,
// decide whether a row is in a partial index.
func (b *binder) predicateColumns(o *owner, t *catalog.Table, x *catalog.Index) []*column {
	var out []*column
	test := nullTests.MatchString(x.Predicate)
	for _, name := range namesIn(t, x.Predicate) {
		for _, c := range o.columnsBelow(name) {
			if !test || b.changesNull(c) {
				out = append(out, c)
			}
		}
	}
	return out
}

// changesNull tells whether a rule may turn NULL into a value or back.
func (b *binder) changesNull(c *column) bool {
	if !c.masked() {
		return false
	}
	if c.rule.spec.Source || c.ruleName() == ruleNull {
		return true
	}
	compiled, err := b.compile(c, c.needs)
	return err != nil || compiled.Properties().MasksNull || compiled.Properties().WritesNull
}

func (b *binder) checkUnique(o *owner, t *catalog.Table, x *catalog.Index) {
	elements := b.elements(o, t, x)
	flips := false // rows may move into a partial index that were outside of it
	for _, c := range b.predicateColumns(o, t, x) {
		flips = flips || c.masked()
	}
	var masked []element
	for _, e := range elements {
		for _, c := range e.over {
			if c.failed {
				return // whatever is wrong is told; the rest would be guesswork
			}
		}
		if e.masked() {
			masked = append(masked, e)
		}
	}
	if len(masked) == 0 && !flips {
		return
	}
	if x.Primary {
		for _, e := range masked {
			if c := e.column; c != nil && c.keyed != mask.ByValue {
				b.fail(c, c.at, "a primary key column can only be masked by its own value, and %s is keyed by %s", c.ruleName(), c.keyed).
					hint("keep it, or use %s", b.fittingKeys(c))
				return
			}
		}
	}
	if b.byOtherKey(o, x, elements) || b.byNull(x, masked) || b.byValue(x, elements, masked, flips) || b.byCarrier(x, elements, masked, flips) {
		return
	}
	b.refuseUnique(o, t, x, masked)
}

// byOtherKey: the index holds a key of the table whose columns stay distinct
// anyway, so the rest cannot collide.
func (b *binder) byOtherKey(o *owner, x *catalog.Index, elements []element) bool {
	safe := map[string]element{}
	for _, e := range elements {
		if e.column != nil && e.direct && (!e.column.masked() || b.injectiveByValue(e.column)) {
			safe[e.column.col.Name] = e
		}
	}
	for _, key := range o.keys {
		if len(key) == len(x.Keys) && x.Predicate == "" {
			continue // x itself, or its twin
		}
		all := true
		for _, name := range key {
			_, ok := safe[name]
			all = all && ok
		}
		if !all {
			continue
		}
		for _, name := range key {
			if e := safe[name]; e.column.masked() {
				b.demand(e, len(key) == 1)
			}
		}
		return true
	}
	return false
}

// byNull: a column that is NULL in every row never collides.
func (b *binder) byNull(x *catalog.Index, masked []element) bool {
	if x.NullsNotDistinct || x.Primary {
		return false
	}
	for _, e := range masked {
		if e.column != nil && e.column.ruleName() == ruleNull {
			return true
		}
	}
	return false
}

// byValue: kept columns and columns masked one to one by their own values keep
// different tuples different.
func (b *binder) byValue(x *catalog.Index, elements, masked []element, flips bool) bool {
	if flips || len(masked) == 0 {
		return false
	}
	for _, e := range elements {
		if e.masked() && (e.column == nil || e.column.keyed != mask.ByValue || e.column.rule.spec.Source) {
			return false
		}
	}
	// A single column's own compile error says best what is wrong with it.
	if len(masked) > 1 || len(elements) > 1 {
		for _, e := range masked {
			if !b.injectiveByValue(e.column) {
				return false
			}
		}
	}
	for _, e := range masked {
		b.demand(e, len(elements) == 1)
	}
	return true
}

// byCarrier: one column differs in every row, whatever else the tuple holds.
func (b *binder) byCarrier(x *catalog.Index, elements, masked []element, flips bool) bool {
	for _, e := range masked {
		c := e.column
		if c == nil || c.keyed != mask.BySubject || c.plan == nil {
			continue
		}
		// NULLs count as equal: the rest of the tuple has to keep apart the rows
		// that have none.
		if x.NullsNotDistinct && !c.facts.NotNull && len(elements) > 1 {
			continue
		}
		if len(elements) > 1 || flips {
			if compiled, err := b.compile(c, true); err != nil || !compiled.Properties().Injective {
				continue
			}
		}
		b.demand(e, true)
		return true
	}
	return false
}

// demand asks a column's mask for distinct outputs; alone says that every row
// has a value of its own.
func (b *binder) demand(e element, alone bool) {
	c := e.column
	c.needs = true
	c.alone = c.alone || alone
	c.fold = c.fold || e.fold
}

func (b *binder) injectiveByValue(c *column) bool {
	if c.keyed != mask.ByValue || c.rule.spec.Source {
		return false
	}
	compiled, err := b.compile(c, true)
	return err == nil && compiled.Properties().Injective
}

func (b *binder) refuseUnique(o *owner, t *catalog.Table, x *catalog.Index, masked []element) {
	name := catalog.Display(indexName(x))
	var e element // the one to blame
	for i := len(masked) - 1; i >= 0; i-- {
		if masked[i].column == nil || !b.injectiveByValue(masked[i].column) {
			e = masked[i]
		}
	}
	if e.over == nil { // the tuples stay distinct, but not only these rows would be in the index
		for _, c := range b.predicateColumns(o, t, x) {
			if c.masked() {
				b.fail(c, c.at, "the unique index %s holds the rows where %s; the rule %s would move rows into it that may collide", name, x.Predicate, c.ruleName()).
					hint("%s", b.leaveIndexOut(t, x, "keep this column"))
				return
			}
		}
		e = masked[0]
	}
	c := e.column
	if c == nil {
		for _, c = range e.over {
			if c.masked() {
				break
			}
		}
		b.fail(c, c.at, "the unique index %s is over an expression (%s), so nobody can tell whether masked values stay distinct under it", name, x.Definition).
			hint("%s", b.leaveIndexOut(t, x, "keep "+overNames(e)))
		return
	}
	if c.rule.spec.Name == ruleSQL || c.rule.spec.Name == ruleDerive {
		b.warnings = append(b.warnings, c.at.problem(fault.Policy, c.where,
			"the unique index %s rests on what this SQL expression yields; if it repeats itself the run fails before the swap", name))
		return
	}
	b.fail(c, c.at, "the rule %s can give two rows the same value under the unique index %s (%s)", c.ruleName(), name, keyNamesOf(t, x)).
		hint("%s", b.leaveIndexOut(t, x, "use "+b.fittingKeys(c)))
}

func overNames(e element) string {
	var names []string
	for _, c := range e.over {
		names = append(names, catalog.Display(c.col.Name))
	}
	return strings.Join(names, ", ")
}

func keyNamesOf(t *catalog.Table, x *catalog.Index) string {
	var names []string
	for _, k := range x.Keys {
		if c := t.ColumnNum(k.Column); k.Column != 0 && c != nil {
			names = append(names, catalog.Display(c.Name))
		} else {
			names = append(names, k.Expression)
		}
	}
	return strings.Join(names, ", ")
}

// fittingKeys names masks that keep the column's values distinct by value.
func (b *binder) fittingKeys(c *column) string {
	switch c.facts.Kind {
	case mask.Int, mask.Numeric:
		return "permute"
	case mask.UUID:
		return "uuid"
	case mask.Text:
		return "pseudonym, or email or username with a domain"
	}
	return "a mask that is one to one, or keep"
}
