package policies

import (
	"fmt"
	"sort"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/policies/discover"
	"github.com/understudy-db/understudy/transform"
	"github.com/understudy-db/understudy/transform/copyrow"
	"github.com/understudy-db/understudy/transform/mask"
)

// binding builds the result once nothing is wrong.
func (b *binder) binding() *Binding {
	out := &Binding{
		Unsupported:    b.passedOn,
		SkipExtensions: sortedKeys(b.skip),
		byTable:        make(map[*catalog.Table]*TableBinding, len(b.cat.Tables)),
	}
	if lo := b.policy.largeObjects; lo != nil {
		out.LargeObjects = lo.text
	}
	out.NoComments = b.policy.comments != nil && b.policy.comments.text == "none"
	sort.Strings(out.Unsupported)
	for _, t := range b.cat.Tables {
		o := b.byTable[t]
		if o == nil || !t.HasRows() || o.kind == leftOutOwner || t.Extension != "" && !t.ExtensionConfig || b.leftOut[t.Name.String()] {
			continue
		}
		tb := b.tableBinding(o, t)
		out.Tables = append(out.Tables, tb)
		out.byTable[t] = tb
	}
	for _, o := range b.owners {
		if o.copied() {
			out.Restarts = append(out.Restarts, b.restarts(o)...)
		}
	}
	b.warnings.Sort()
	out.Warnings = b.warnings
	b.refused.Sort()
	b.repeats.Sort()
	out.Refused, out.Repeats, out.Masks, out.Waivers = b.refused, b.repeats, b.masks, b.o.Waivers
	out.Hash = out.hash()
	return out
}

func (b *binder) tableBinding(o *owner, t *catalog.Table) *TableBinding {
	tb := &TableBinding{
		Table: t, Root: o.table, Rows: o.rows, Where: o.cond, Migration: o.kind == migrationOwner,
		Config: o.kind == extensionOwner && o.rows == WhereRows && o.where == nil,
		Origin: o.origin, binder: b, owner: o,
	}
	if o.rows == NoRows {
		return tb
	}
	if s := b.subjectRuleOf(o); s != nil {
		tb.Subject = s.text
	}
	joins := map[*catalog.Table]bool{t: true}
	if o.classes == nil {
		o.classes = classesOf(o.table)
	}
	for _, col := range t.CopyColumns() {
		c := o.columns[col.Name]
		if c == nil {
			continue
		}
		cb := b.columnBinding(c, col)
		cb.Class = o.classes[col.Name]
		tb.Columns = append(tb.Columns, cb)
		if c.original != nil {
			cb.Expr = c.original.expr(t)
			through := []joinStep{c.original.step}
			if of := c.original.column; of.plan != nil {
				through = append(through, of.plan.hops...)
			}
			for _, j := range (&subjectPlan{hops: through}).joins() {
				if !joins[j] {
					joins[j] = true
					tb.Joins = append(tb.Joins, j)
				}
			}
		}
		if c.masked() && c.keyed == mask.BySubject && cb.Props.NeedsSubject {
			for _, j := range c.plan.joins() {
				if !joins[j] {
					joins[j] = true
					tb.Joins = append(tb.Joins, j)
				}
			}
		}
	}
	tb.ViaRoot = t != o.table && b.movesRows(o, t)
	return tb
}

// movesRows tells whether a row of leaf t may belong to another partition on
// the target: a masked column decides about it, or a hash that differs from
// server to server.
func (b *binder) movesRows(o *owner, t *catalog.Table) bool {
	for p := t.Partition; p != nil; p = p.Parent.Partition {
		key := p.Parent.PartKey
		if key == nil {
			continue
		}
		if key.Strategy == 'h' && !portableHash(p.Parent, key) {
			return true
		}
		var names []string
		for _, num := range key.Columns {
			if c := p.Parent.ColumnNum(num); num != 0 && c != nil {
				names = append(names, c.Name)
			} else {
				names = append(names, namesIn(p.Parent, key.Definition)...)
			}
		}
		for _, n := range names {
			for _, c := range o.columnsBelow(n) {
				if c.masked() {
					return true
				}
			}
		}
	}
	return false
}

// portableHash tells whether rows hash into the same partition on every
// server. Of an expression nobody knows the type.
func portableHash(t *catalog.Table, key *catalog.PartKey) bool {
	for _, num := range key.Columns {
		c := t.ColumnNum(num)
		if c == nil || c.NonDetColl || !c.Type.PortableHash() {
			return false
		}
	}
	return true
}

func (b *binder) columnBinding(c *column, col *catalog.Column) *ColumnBinding {
	cb := &ColumnBinding{
		Column: col, Rule: c.ruleName(), Keyed: mask.ByNothing.String(), Inherited: c.inherited,
		Expr: catalog.QuoteIdent(col.Name), state: c,
	}
	switch {
	case c.at.src != nil:
		cb.Origin = c.at.String()
	default:
		cb.Origin = c.owner.origin
	}
	cb.Review = c.explicit && c.at.asksForReview()
	if !c.masked() {
		cb.Spec = mask.Find(ruleKeep)
		return cb
	}
	cb.Spec, cb.Params, cb.Locale = c.rule.spec, c.rule.params, c.rule.locale
	switch {
	case cb.Rule == ruleSQL:
		cb.Expr = cast(c.rule.params["expression"].(string), col)
	case cb.Rule == ruleConstant:
		cb.Expr = cast(constantSQL(c.rule.params["value"]), col)
	case cb.Rule == ruleWhen:
		cb.Expr = valueSQL(c.rule, col)
	case cb.Rule == ruleNull || cb.Rule == ruleDerive:
		cb.Expr = cast("NULL", col) // what nobody will see need not travel
	}
	if c.compiled == nil {
		return cb
	}
	cb.Props = c.compiled.Properties()
	if c.original != nil {
		b.originalBinding(cb, c.original.column)
		return cb
	}
	switch c.keyed {
	case mask.ByValue:
		cb.Keyed, cb.Domain = "value", c.domain
	case mask.BySubject:
		cb.Keyed, cb.PerRow = "row", c.needs && c.plan.perRow
		if cb.Props.NeedsSubject && !c.plan.self {
			cb.Keyed, cb.Subject = "subject", c.plan.subject
		}
	}
	return cb
}

// classesOf guesses what the columns of a table hold, as far as that may
// identify somebody.
func classesOf(t *catalog.Table) map[string]string {
	out := map[string]string{}
	for c, g := range guessesOf(t) {
		if class := g.Class.Public(); class != discover.None {
			out[c.Name] = string(class)
		}
	}
	return out
}

// originalBinding says what a copy is keyed by: what its original is.
func (b *binder) originalBinding(cb *ColumnBinding, of *column) {
	switch of.keyed {
	case mask.ByValue:
		cb.Keyed, cb.Domain = "value", of.domain
	case mask.BySubject:
		cb.Keyed = "row of " + of.owner.name
		if cb.Props.NeedsSubject && !of.plan.self {
			cb.Keyed = "subject " + of.plan.subject
		}
	}
}

func constantSQL(v any) string {
	if v == nil {
		return "NULL"
	}
	return strings.TrimSpace(catalog.QuoteLiteral(constantText(v)))
}

// restarts finds the sequences whose columns are permuted.
func (b *binder) restarts(o *owner) []Restart {
	var out []Restart
	for _, c := range o.order {
		if c.col.Sequence == nil || !c.masked() || c.ruleName() != "permute" || c.compiled == nil {
			continue
		}
		seq := c.col.Sequence
		lo, _ := c.rule.params["min"].(int64)
		top := float64(lo) + c.compiled.Properties().Capacity - 1
		above := int64(1<<63 - 1)
		if hi, ok := c.rule.params["max"].(int64); ok {
			above = hi
		} else if top < float64(above) {
			above = int64(top)
		}
		r := Restart{Sequence: seq.Name, Table: o.table.Name, Column: c.col.Name, Down: seq.Increment < 0, Last: above}
		limit := fmt.Sprintf("a max below %d", seq.Max)
		full := above >= seq.Max
		if r.Down {
			r.Last, full, limit = lo, lo <= seq.Min, fmt.Sprintf("a min above %d", seq.Min)
		}
		r.Last = min(max(r.Last, seq.Min), seq.Max)
		out = append(out, r)
		if full {
			b.warnings = append(b.warnings, c.at.problem(fault.Policy, c.where,
				"the permutation takes up all numbers of %s: staging cannot draw new ones", seq.Name).hint("give permute %s", limit))
		}
	}
	return out
}

// Plan compiles the table's masks for a COPY format. Kept columns that masks
// are keyed by come first, then masked ones. It fails without a keyring, and for tables without rows.
func (t *TableBinding) Plan(f copyrow.Format) (*transform.Table, error) {
	if p, ok := t.plans.Load(f); ok {
		return p.(*transform.Table), nil
	}
	if t.Rows == NoRows {
		return nil, fault.New(fault.Other, "plan of %s: its rows are not copied", t.Table.Name)
	}
	plan := &transform.Table{Name: t.Table.Name.String(), Format: f}
	inputs := inputs{t: t, plan: plan}
	var made, kept []transform.Column
	for _, c := range t.Columns {
		out := transform.Column{Name: c.Column.Name, Expr: c.Expr, Rule: c.Rule, Subject: -1, Row: -1}
		if c.Rule == ruleSQL || t.binder.o.Originals && c.hidesText() {
			out.Source = catalog.QuoteIdent(c.Column.Name)
		}
		if c.state.compiled == nil {
			if out.Source != "" {
				made = append(made, out)
			} else {
				kept = append(kept, out) // also constants: the source has made them
			}
			continue
		}
		wire := mask.TextWire
		if f == copyrow.Binary {
			wire = mask.BinaryWire
		}
		if t.binder.o.Keyring == nil {
			return nil, fault.New(fault.Other, "plan of %s: bound without keys", t.Table.Name)
		}
		compiled, err := t.binder.compileFor(c.state, c.state.needs, wire)
		if err != nil {
			return nil, fault.Wrap(fault.Policy, err, "plan of %s.%s", t.Table.Name, catalog.Display(c.Column.Name))
		}
		out.Mask = compiled
		inputs.add(&out, c.state, compiled.Properties())
		plan.Columns = append(plan.Columns, out)
	}
	plan.Columns = append(append(plan.Columns, made...), kept...)
	inputs.share()
	t.plans.Store(f, plan)
	return plan, nil
}

// hidesText tells whether the source sends something else in place of a text.
func (c *ColumnBinding) hidesText() bool {
	return c.Masked() && transform.KindOf(c.Column.Type) == mask.Text && c.Expr != catalog.QuoteIdent(c.Column.Name)
}

// Fragment is one SQL fragment of a policy, or one expression made from it, as
// the exact inner SELECT to prepare before anything is read with it. Each
// fragment comes twice: as it is used, and inside brackets of another kind,
// because a fragment that closes the bracket around it parses in one of the
// two at most.
type Fragment struct {
	Where   string // table or column in display form
	Query   string
	Text    string // the fragment as the policy has it; empty for expressions of ours
	Offset  int    // characters of Query before Text
	Columns int    // that the prepared statement must return
	Origin  string // file:line:col

	at place
}

// Problem points at a place of the fragment that the server complained about.
// position counts characters of Query from 1, as PostgreSQL does; 0 is unknown.
func (f *Fragment) Problem(position int, msg string) *Problem {
	p := f.at.problem(fault.Policy, f.Where, "%s", msg)
	at := position - 1 - f.Offset
	text := []rune(f.Text)
	if f.Text == "" || position <= 0 || at < 0 || at > len(text) {
		return p
	}
	from := at
	for from > 0 && text[from-1] != '\n' {
		from--
	}
	to := at
	for to < len(text) && text[to] != '\n' {
		to++
	}
	line := strings.Map(func(r rune) rune {
		if r == '\t' {
			return ' '
		}
		return r
	}, string(text[from:to]))
	p.Excerpt = "      | " + line + "\n      | " + strings.Repeat(" ", at-from) + "^"
	return p
}

// Fragments lists every SQL fragment of the policy, and every subject path, to
// prepare on the source. Of partition trees the first and the last leaf stand
// for all: fragments differ in the name of the table only.
func (b *Binding) Fragments() []Fragment {
	var out []Fragment
	leaves := map[*owner][]*TableBinding{}
	var order []*owner
	for _, t := range b.Tables {
		if t.Rows == NoRows {
			continue
		}
		if leaves[t.owner] == nil {
			order = append(order, t.owner)
		}
		leaves[t.owner] = append(leaves[t.owner], t)
	}
	for _, o := range order {
		ts := leaves[o]
		out = append(out, ts[0].fragments()...)
		if len(ts) > 1 {
			out = append(out, ts[len(ts)-1].fragments()...)
		}
	}
	return out
}

func (t *TableBinding) fragments() []Fragment {
	from := "\nFROM ONLY " + t.Table.Name.SQL()
	var out []Fragment
	add := func(where, before, text, after string, at place, origin string, ours bool) {
		f := Fragment{Where: where, Query: before + text + after, Text: text, Offset: len([]rune(before)), Columns: 1, Origin: origin, at: at}
		if ours {
			f.Text, f.Offset = "", 0
		}
		out = append(out, f)
	}
	if t.Rows == WhereRows {
		at := place{}
		if t.owner.where != nil {
			at = t.owner.where.place
		}
		name := t.Table.Name.String()
		add(name, "SELECT 1"+from+"\nWHERE (\n", t.Where, "\n)", at, t.Origin, false)
		add(name, "SELECT ARRAY[\n", t.Where, "\n]"+from, at, t.Origin, false)
	}
	paths := map[string]bool{}
	for _, c := range t.Columns {
		s := c.state
		switch {
		case c.Rule == ruleSQL:
			text := c.Params["expression"].(string)
			add(s.where, "SELECT "+castOpen, text, strings.TrimPrefix(c.Expr, castOpen+text)+from, s.at, c.Origin, false)
			add(s.where, "SELECT ARRAY[\n", text, "\n]"+from, s.at, c.Origin, false)
		case c.Rule == ruleConstant, c.Rule == ruleSameAs:
			add(s.where, "SELECT ", c.Expr, from, s.at, c.Origin, true)
		case c.Rule == ruleWhen:
			rules := conditions(s.rule)
			if otherwise, ok := s.rule.params["else"].(*mask.Sub); ok {
				rules = append(rules[:len(rules):len(rules)], mask.NamedSub{Name: "else", Sub: otherwise})
			}
			for _, r := range rules {
				text, ok := r.Sub.Params["expression"].(string)
				if !ok || r.Sub.Spec.Name != ruleSQL {
					continue
				}
				at, known := s.rule.paramAt["cases."+r.Name+".expression"]
				if !known {
					at = s.rule.paramAt["else.expression"]
				}
				full := cast(text, c.Column)
				add(s.where, "SELECT "+castOpen, text, strings.TrimPrefix(full, castOpen+text)+from, at, at.String(), false)
				add(s.where, "SELECT ARRAY[\n", text, "\n]"+from, at, at.String(), false)
			}
			for _, when := range conditions(s.rule) {
				at := s.rule.conditionAt(when.Name)
				add(s.where, "SELECT 1"+from+"\nWHERE (\n", when.Name, "\n)", at, at.String(), false)
				add(s.where, "SELECT ARRAY[\n", when.Name, "\n]"+from, at, at.String(), false)
			}
		}
		if c.Keyed == "subject" {
			expr := s.plan.sql(t.Table)
			if !paths[expr] {
				paths[expr] = true
				at := s.at
				if rule := t.binder.subjectRuleOf(t.owner); s.rule.subject != nil {
					at = s.rule.subject.place
				} else if rule != nil {
					at = rule.place
				}
				add(t.Table.Name.String(), "SELECT ", expr, from, at, at.String(), true)
			}
		}
	}
	return out
}

// KeyedBy says in words what decides about a column's fake value.
func (c *ColumnBinding) KeyedBy() string {
	switch c.Keyed {
	case "value":
		return "its value, in domain " + c.Domain
	case "subject":
		if c.PerRow {
			return fmt.Sprintf("subject %s and the row", c.Subject)
		}
		return "subject " + c.Subject
	case "row":
		return "the row"
	case "nothing":
		return "nothing"
	}
	return c.Keyed // of a copy: what its original is keyed by
}
