package policies

import (
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/transform"
	"github.com/understudy-db/understudy/transform/mask"
)

const ruleSameAs = "same_as"

// original is the column that a copy agrees with.
type original struct {
	column *column
	step   joinStep // from the copy's table to the original's
}

// readSameAs reads "schema.table.column via a, b" into a rule's parameters.
func readSameAs(n *node, params mask.Params) string {
	of, via, ok := strings.Cut(n.text, " via ")
	if n.kind != scalarNode || !ok || strings.TrimSpace(of) == "" || strings.TrimSpace(via) == "" {
		return "same_as: want a column and the way to it, such as public.customers.email via customer_id"
	}
	var names []string
	for _, name := range strings.Split(strings.Trim(strings.TrimSpace(via), "()"), ",") {
		names = append(names, strings.TrimSpace(name))
	}
	params["column"], params["via"] = strings.TrimSpace(of), names
	return ""
}

// findOriginals resolves every same_as.
func (b *binder) findOriginals() {
	for _, o := range b.owners {
		if !o.copied() {
			continue
		}
		for _, c := range o.order {
			if c.ruleName() == ruleSameAs && !c.failed {
				b.findOriginal(c)
			}
		}
	}
}

func (b *binder) findOriginal(c *column) {
	at := func(param string) place {
		if p, ok := c.rule.paramAt[param]; ok {
			return p
		}
		return c.at
	}
	name := c.rule.params["column"].(string)
	parts, err := parseIdents(name)
	if err != nil || len(parts) < 2 || len(parts) > 3 {
		b.fail(c, at("column"), "same_as: want schema.table.column, found %s", shorten(name))
		return
	}
	pattern := tablePattern{name: parts[len(parts)-2]}
	if len(parts) == 3 {
		pattern.schema = parts[0]
	} else {
		pattern.schema = ident{text: c.owner.table.Name.Schema, quoted: identSQL(c.owner.table.Name.Schema) != c.owner.table.Name.Schema}
	}
	failed := false
	to := b.pathTable(pattern, func(format string, args ...any) *noted {
		failed = true
		return b.fail(c, at("column"), "same_as: "+format, args...)
	})
	if failed || to == nil {
		return
	}
	found := findColumn(to.table, parts[len(parts)-1].text)
	if found == nil {
		b.fail(c, at("column"), "same_as: %s has no column %s", to.name, parts[len(parts)-1].text).
			hint("%s", didYouMean(parts[len(parts)-1].text, columnNames(to.table)))
		return
	}
	var from []*catalog.Column
	for _, name := range c.rule.params["via"].([]string) {
		col := findColumn(c.owner.table, name)
		if col == nil {
			b.fail(c, at("via"), "same_as: %s has no column %s", c.owner.name, name).hint("%s", didYouMean(name, columnNames(c.owner.table)))
			return
		}
		from = append(from, col)
	}
	by := b.referenced(c.owner, from, to)
	if by == nil {
		b.fail(c, at("via"), "same_as: %s has no foreign key to %s, and no primary key of %d columns to look up", nameList(c.owner, from), to.name, len(from)).
			hint("via goes along a foreign key, or by columns that hold the other table's primary key")
		return
	}
	of := to.columns[found.Name]
	problem, hint := "", ""
	switch {
	case !to.copied():
		problem = to.name + " is not copied, so there is nothing to agree with"
	case of == c:
		problem = "a column cannot be its own copy"
	case of.failed || !of.known:
		c.failed = true // that column's problem is told
		return
	case of.col.Generated != 0:
		problem, hint = of.where+" is generated", "use derive, which computes the copy from what is masked"
	case of.masked() && (of.ruleName() == ruleSameAs || of.ruleName() == ruleDerive || of.ruleName() == ruleWhen):
		problem, hint = of.where+" is masked by "+of.ruleName(), "use derive, which computes the copy from what is masked"
	case of.masked() && of.rule.params["after"] != nil:
		problem, hint = of.where+" depends on another column of its row", "use derive, which computes the copy from what is masked"
	case of.facts.Kind != c.facts.Kind || of.facts.TypeName != c.facts.TypeName || of.facts.Kind.Structured() && of.col.Type != c.col.Type:
		problem = "the two have different types, " + of.col.TypeSQL + " and " + c.col.TypeSQL
	case valuesOf(&c.facts).MaxChars > 0 && (valuesOf(&of.facts).MaxChars == 0 || valuesOf(&of.facts).MaxChars > valuesOf(&c.facts).MaxChars):
		problem, hint = of.where+" holds longer values than the copy", "use derive with left(), or make the columns alike"
	case of.masked() && !of.rule.spec.Source && to.rowKey() == nil && len(of.planFinal()) == 0:
		problem = to.name + " has no key that could tell its rows apart"
	}
	if problem != "" {
		b.fail(c, at("column"), "same_as: %s", problem).hint("%s", hint)
		return
	}
	c.original = &original{column: of, step: joinStep{from: from, table: to, by: by}}
}

// planFinal are the columns of the subject's key, none where each row is its own.
func (c *column) planFinal() []keyColumn {
	if c.plan == nil {
		return nil
	}
	return c.plan.final
}

// lookUp is SQL for something of the original's row; what names it in terms of
// that row.
func (s joinStep) lookUp(t *catalog.Table, what func(ref func(*catalog.Column) string) string) string {
	alias := "original"
	inner := func(c *catalog.Column) string { return alias + "." + catalog.QuoteIdent(c.Name) }
	only := "ONLY "
	if s.table.table.Kind == catalog.Partitioned {
		only = ""
	}
	conditions := make([]string, len(s.by))
	for i, by := range s.by {
		conditions[i] = inner(by) + " " + equals(by) + " " + outer(t)(s.from[i])
	}
	return "(SELECT " + what(inner) + " FROM " + only + s.table.table.Name.SQL() + " AS " + alias + " WHERE " + strings.Join(conditions, " AND ") + ")"
}

// expr is the source SQL of the copy: the original's own value, or what the
// source makes of it.
func (g *original) expr(t *catalog.Table) string {
	of := g.column
	return g.step.lookUp(t, func(ref func(*catalog.Column) string) string {
		switch of.ruleName() {
		case ruleSQL:
			return cast(of.rule.params["expression"].(string), of.col)
		case ruleConstant:
			return cast(constantSQL(of.rule.params["value"]), of.col)
		case ruleNull:
			return cast("NULL", of.col)
		}
		return ref(of.col)
	})
}

// addOriginal asks for what the original's mask reads, by way of its row.
func (in *inputs) addOriginal(out *transform.Column, g *original, props mask.Properties) {
	of := g.column
	t := in.t.Table
	needsRow := props.NeedsRow
	if props.NeedsSubject && len(of.planFinal()) > 0 {
		through := &subjectPlan{hops: append([]joinStep{g.step}, of.plan.hops...), final: of.plan.final}
		out.Subject = in.input(transform.Subject, part{expr: through.sql(t)})
		needsRow = needsRow || of.plan.maybe
	}
	if !needsRow {
		return
	}
	key := ownKey(of.owner.rowKey())
	var parts []part
	for _, k := range key {
		kind, ok := k.stored()
		if !ok || kind == mask.Other && len(key) > 1 {
			parts = []part{{expr: g.step.lookUp(t, func(ref func(*catalog.Column) string) string { return keySQL(key, ref) })}}
			break
		}
		parts = append(parts, part{kind: kind, expr: g.step.lookUp(t, func(ref func(*catalog.Column) string) string { return ref(k.col) })})
	}
	out.Row = in.input(transform.Row, parts...)
}

// shortRule reads "derive: SQL" and "same_as: …", the short forms of rules that
// name no mask.
func (l *policyLoader) shortRule(n *node, where string) *Rule {
	for _, p := range n.pairs {
		switch p.key.text {
		case ruleDerive:
			if len(n.pairs) > 1 {
				break
			}
			if p.value.kind != scalarNode || strings.TrimSpace(p.value.text) == "" {
				l.add(p.value.problem(fault.Usage, where, "derive: want an SQL expression, found %s", p.value.describe()))
				return nil
			}
			return &Rule{place: n.place, spec: mask.Find(ruleDerive), params: mask.Params{"expression": p.value.text},
				paramAt: map[string]place{"expression": p.value.place}}
		case ruleSameAs:
			if len(n.pairs) > 1 {
				break
			}
			r := &Rule{place: n.place, spec: mask.Find(ruleSameAs), params: mask.Params{}, paramAt: map[string]place{"column": p.value.place, "via": p.value.place}}
			if msg := readSameAs(p.value, r.params); msg != "" {
				l.add(p.value.problem(fault.Usage, where, "%s", msg))
				return nil
			}
			return r
		}
	}
	l.add(n.problem(fault.Usage, where, "the rule names no mask")).hint("write { mask: %s }", nearestMaskIn(n))
	return nil
}
