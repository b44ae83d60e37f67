package policies

import (
	"errors"
	"fmt"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/transform"
	"github.com/understudy-db/understudy/transform/copyrow"
	"github.com/understudy-db/understudy/transform/mask"
)

// key gathers, for each masked column, the facts that its mask may know and
// the subject that it is keyed by.
func (b *binder) key() {
	for _, o := range b.owners {
		if !o.copied() {
			continue
		}
		for _, c := range o.order {
			c.facts = transform.ColumnFacts(o.table, c.col, b.cat.Database.Encoding, copyrow.Text)
			c.facts.Rows, c.facts.Unique = o.estimate, false
			c.facts.Values = c.differentValues()
			if !c.masked() || c.keyed != mask.BySubject {
				continue
			}
			c.plan = o.subject
			if c.rule.subject != nil {
				c.plan = b.planSubject(o, c.rule.subject)
			}
			if c.plan == nil {
				c.failed = true // the path's problem is told
			}
		}
	}
}

// shareFacts makes the columns of one domain alike where it decides about the
// output: the shortest of them counts, or equal values would part. Widths of
// numbers stay: they are also how values are read and written, and masks of
// numbers name their range.
func (b *binder) shareFacts() {
	domains := map[string][]*column{}
	var names []string
	for _, o := range b.owners {
		if !o.copied() {
			continue
		}
		for _, c := range o.order {
			if c.masked() && c.keyed == mask.ByValue && !c.rule.spec.Source && !c.failed {
				if domains[c.domain] == nil {
					names = append(names, c.domain)
				}
				domains[c.domain] = append(domains[c.domain], c)
			}
		}
	}
	for _, name := range names {
		members := domains[name]
		first := members[0]
		facts := *valuesOf(&first.facts)
		for _, c := range members {
			if !sameRule(c.rule, first.rule) {
				b.fail(c, c.rule.place, "the domain %s is masked by %s for %s and by %s here, so equal values would not stay equal", name, ruleText(first.rule), first.where, ruleText(c.rule)).
					hint("use one mask with the same parameters in a domain, or another domain")
			}
			of := valuesOf(&c.facts)
			facts.MaxChars = narrower(facts.MaxChars, of.MaxChars)
			facts.Rows = max(facts.Rows, c.facts.Rows)
			facts.Values = max(facts.Values, c.differentValues())
			facts.FoldCase = facts.FoldCase || of.FoldCase || c.facts.FoldCase || c.fold
			facts.Unique = facts.Unique || c.needs
		}
		for _, c := range members {
			if of := valuesOf(&c.facts); of.Kind == mask.Text {
				of.MaxChars = facts.MaxChars
			}
			c.facts.Rows, c.facts.Values, c.fold, c.needs = facts.Rows, facts.Values, facts.FoldCase, facts.Unique
		}
	}
}

// differentValues is about how many different values the column holds: as many
// as rows where it is unique by itself, else what statistics say; 1 where they
// say nothing, since a permutation that meets a number beyond its range stops
// the run anyway.
func (c *column) differentValues() int64 {
	switch n := float64(c.col.NDistinct); {
	case c.alone:
		return c.facts.Rows
	case c.facts.Kind == mask.Range || c.facts.Kind == mask.Multirange:
		return 1 // ANALYZE counts none, and says that all differ
	case n > 0:
		return int64(n)
	case n < 0:
		return max(1, int64(-n*float64(c.facts.Rows)))
	}
	return 1
}

// valuesOf describes what a mask sees of a column: of arrays and ranges, their
// parts.
func valuesOf(facts *mask.Column) *mask.Column {
	for facts.Elem != nil {
		facts = facts.Elem
	}
	return facts
}

// narrower is the smaller of two limits of which 0 is none.
func narrower(a, b int) int {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// maskBinding says how a column's rule keys its mask.
func (b *binder) maskBinding(c *column, unique bool) mask.Binding {
	bind := mask.Binding{Keyed: c.keyed, Keys: b.o.Keyring, Locale: c.rule.locale}
	switch c.keyed {
	case mask.ByValue:
		bind.Domain = c.domain
	case mask.BySubject:
		bind.Shapes = b.curves[c.record()]
		if c.rule.spec.Name == "choice" {
			bind.Shapes = b.curves[c.where]
		}
		key := c.owner.rowKey()
		if len(c.plan.final) > 0 {
			bind.Subject = c.plan.subject
			bind.PerRow = unique && c.plan.perRow
			if !bind.PerRow {
				key = c.plan.read(len(c.plan.hops))
			}
		}
		// Where a row key may stand in for a missing subject, the two are
		// different numbers that may be equal.
		bind.IntegerKey = len(key) == 1 && transform.KindOf(key[0].Type) == mask.Int && (bind.PerRow || !c.plan.maybe)
	}
	return bind
}

// compile binds the column's mask in text format; unique asks for distinct outputs.
func (b *binder) compile(c *column, unique bool) (mask.Compiled, error) {
	return b.compileFor(c, unique, mask.TextWire)
}

func (b *binder) compileFor(c *column, unique bool, wire mask.Wire) (mask.Compiled, error) {
	if c.original != nil {
		c = c.original.column
		unique = c.needs
	}
	facts := c.facts
	facts.Unique, facts.Wire = unique, wire
	facts.FoldCase = facts.FoldCase || c.fold
	bind := b.maskBinding(c, unique)
	chain, err := b.anchors(c)
	if err == nil && len(chain) > 0 {
		bind.After, err = b.anchor(chain, wire)
	}
	if err == nil {
		err = c.checkCommand()
	}
	if err != nil {
		return nil, err
	}
	return c.rule.spec.Compile(facts, c.rule.params, bind)
}

// compileAll binds every mask to its column; errors of masks get their places.
func (b *binder) compileAll() {
	capacity := map[string]*column{} // of each domain
	for _, o := range b.owners {
		if !o.copied() {
			continue
		}
		for _, c := range o.order {
			if !c.masked() || c.failed {
				continue
			}
			if c.original != nil {
				continue // once its original is compiled
			}
			if c.rule.spec.Source {
				b.checkSource(c)
				continue
			}
			compiled, err := b.compile(c, c.needs)
			if err != nil {
				b.maskProblem(c, err)
				continue
			}
			if props := compiled.Properties(); props.WritesNull && c.facts.NotNull {
				b.fail(c, c.at, "the mask %s may write NULL, and the column is NOT NULL", c.ruleName())
				continue
			}
			c.compiled = compiled
			if c.keyed != mask.ByValue {
				continue
			}
			first := capacity[c.domain]
			if first == nil {
				capacity[c.domain] = c
			} else if first.compiled.Properties().Capacity != compiled.Properties().Capacity {
				b.fail(c, c.rule.place, "the mask %s works on another range here than for %s, though both are in the domain %s: equal values would not stay equal", c.ruleName(), first.where, c.domain).
					hint("give both the same limits, which the narrower of the two types holds")
			}
		}
	}
}

// compileCopies binds what copies share with their originals.
func (b *binder) compileCopies() {
	for _, o := range b.owners {
		for _, c := range o.order {
			if c.original == nil || c.failed {
				continue
			}
			of := c.original.column
			if c.failed = of.failed; !of.failed && of.compiled != nil {
				c.compiled, _ = b.compileFor(c, c.needs, mask.TextWire)
			}
		}
	}
}

// maskProblem puts a mask's own complaint in its place.
func (b *binder) maskProblem(c *column, err error) {
	if b.failsElsewhere(c) {
		c.failed = true
		return
	}
	at, msg, hint := c.at, err.Error(), ""
	var pe *mask.ParamError
	if errors.As(err, &pe) {
		hint = pe.Hint
		if p, ok := c.rule.paramAt[pe.Param]; ok {
			at = p
		}
	}
	p := b.fail(c, at, "%s: %s", c.ruleName(), msg)
	if c.inherited != "" {
		p.Msg += " (the rule comes by " + c.inherited + ")"
	}
	p.hint("%s", hint)
}

// failsElsewhere tells whether a column has its rule from one that the rule
// does not fit either, which is where it is told.
func (b *binder) failsElsewhere(c *column) bool {
	if c.explicit {
		return false
	}
	for _, r := range c.refs {
		if r.to.rule != c.rule {
			continue
		}
		if r.to.failed {
			return true
		}
		if _, err := b.compile(r.to, r.to.needs); err != nil {
			return true
		}
	}
	return false
}

// checkSource checks what the source evaluates, as far as that is possible
// without asking it.
func (b *binder) checkSource(c *column) {
	if c.rule.spec.Name == ruleDerive && c.domainNotNull() {
		b.fail(c, c.at, "derive: the column's domain is NOT NULL, and the column is NULL until all rows are loaded").
			hint("use sql, which the source evaluates, or a mask")
	}
	if c.rule.spec.Name != ruleConstant {
		return
	}
	value := c.rule.params["value"]
	at := c.at
	if p, ok := c.rule.paramAt["value"]; ok {
		at = p
	}
	text := constantText(value)
	switch n := len([]rune(text)); {
	case value == nil && c.facts.NotNull:
		b.fail(c, at, "the constant is NULL, and the column is NOT NULL")
	case value == nil:
	case strings.Contains(text, "\x00"):
		b.fail(c, at, "the constant holds a zero byte, which PostgreSQL does not store")
	case c.facts.MaxChars > 0 && n > c.facts.MaxChars:
		b.fail(c, at, "the constant has %d characters, and the column holds %d", n, c.facts.MaxChars)
	case c.facts.Kind == mask.Enum && !contains(c.facts.Labels, text):
		b.fail(c, at, "%s is no label of %s", shorten(text), c.col.TypeSQL).hint("%s", didYouMean(text, c.facts.Labels))
	}
}

// domainNotNull tells whether the column's type itself refuses NULL.
func (c *column) domainNotNull() bool {
	for t := c.col.Type; t.Kind == 'd' && t.Base != nil; t = t.Base {
		if t.NotNull {
			return true
		}
	}
	return false
}

// constantText is a constant as its type's input function reads it.
func constantText(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// checkForeignKeyMasks demands that a masked column that others reference is
// masked one to one by its own value: the referencing columns are masked in
// other tables, where nothing but the value is known.
func (b *binder) checkForeignKeyMasks() {
	for _, o := range b.owners {
		if !o.copied() {
			continue
		}
		for _, c := range o.order {
			for _, r := range c.refs {
				b.checkReferencedMask(c, r)
			}
		}
	}
}

func (b *binder) checkReferencedMask(from *column, r reference) {
	to := r.to
	if !to.masked() || to.failed {
		return
	}
	by := fmt.Sprintf("%s references this column (%s)", from.where, catalog.Display(r.fk.Name))
	wayOut := "; or leave the constraint out: unsupported: [" + constraintName(r.from, r.fk.Name) + "]"
	switch {
	case to.rule.spec.Source || to.keyed == mask.ByNothing:
		b.fail(to, to.at, "%s, and the rule %s does not keep its values distinct", by, to.ruleName()).
			hint("keep it, or use %s%s", b.fittingKeys(to), wayOut)
	case to.keyed == mask.BySubject:
		p := b.fail(to, to.at, "%s, and the rule %s is keyed by the subject, which other tables do not share", by, to.ruleName())
		if keyedWays(to.rule.spec, mask.ByValue) {
			p.hint("key it by its value: { mask: %s, domain: %s.%s }%s", to.ruleName(), to.owner.table.Name.Name, to.col.Name, wayOut)
		} else {
			p.hint("keep it, or use %s%s", b.fittingKeys(to), wayOut)
		}
	case to.compiled != nil && !to.compiled.Properties().Injective:
		b.fail(to, to.at, "%s, and the rule %s can turn two of its values into one", by, to.ruleName()).
			hint("keep it, or use %s%s", b.fittingKeys(to), wayOut)
	}
}
