package policies

import (
	"fmt"
	"math"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/transform"
	"github.com/understudy-db/understudy/transform/copyrow"
	"github.com/understudy-db/understudy/transform/mask"
)

// Explanation says what one column will become and why, and what it gives
// away. It holds names, counts and properties, never a row value.
type Explanation struct {
	Column string `json:"column"` // schema.table.column
	Type   string `json:"type"`
	Rows   string `json:"rows"`           // all, none, where
	About  int64  `json:"rows_estimated"` // of the table; 0 unknown

	Rule      string         `json:"rule"` // name of the mask; keep; generated; none where no row is copied
	Summary   string         `json:"summary"`
	Doc       string         `json:"doc,omitempty"`        // where the mask is described
	Params    map[string]any `json:"parameters,omitempty"` // those that differ from the defaults
	Origin    string         `json:"origin"`               // file:line:column of the rule, or why there is none
	Pattern   string         `json:"pattern,omitempty"`    // the entry's key, where it is a pattern
	Inherited string         `json:"inherited,omitempty"`  // what the rule comes by, where it is another column's

	KeyedBy     string   `json:"keyed_by,omitempty"`
	Domain      string   `json:"domain,omitempty"`
	Shared      []string `json:"shared_with,omitempty"`  // other columns of the domain: equal values stay equal across them
	SubjectPath string   `json:"subject_path,omitempty"` // as the policy writes it, look-ups left out that are not needed
	SubjectSQL  string   `json:"subject_sql,omitempty"`  // the expression that the source evaluates

	Unique     bool     `json:"unique"` // some unique index rests on it
	Injective  bool     `json:"one_to_one"`
	Reversible bool     `json:"reversible"` // by who holds the key
	Rank       int      `json:"privacy_rank,omitempty"`
	Capacity   *float64 `json:"capacity,omitempty"`       // number of different outputs; absent where unknown or unbounded
	MaxChars   int      `json:"max_characters,omitempty"` // longest output
	Limit      int      `json:"column_characters,omitempty"`
	Verdict    string   `json:"capacity_verdict,omitempty"`
	Charset    string   `json:"charset,omitempty"` // encoding that outputs are held to

	Keeps    []string `json:"staging_keeps"`
	WithCopy []string `json:"with_the_copy"` // what who has the staging copy learns
	WithKey  []string `json:"with_the_key"`  // … and who has the key besides
}

// ExplainOptions are what an explanation depends on besides the policy.
type ExplainOptions struct{ PerRefresh bool } // determinism: per_refresh

// Explain explains the columns that names mean: schema.table.column, or
// schema.table for all columns of a table. Errors are of kind Usage.
func (b *Binding) Explain(names []string, o ExplainOptions) ([]Explanation, error) {
	var out []Explanation
	for _, name := range names {
		t, column, err := b.find(name)
		if err != nil {
			return nil, err
		}
		for _, c := range t.Table.Columns {
			if column == nil || c.Name == column.Name {
				out = append(out, b.explain(t, c, o))
			}
		}
	}
	return out, nil
}

// find reads schema.table or schema.table.column.
func (b *Binding) find(name string) (*TableBinding, *catalog.Column, error) {
	wrong := func(format string, args ...any) error {
		return fault.New(fault.Usage, format, args...).At(name).
			WithHint(`write schema.table.column, quoted as in SQL where need be: public.orders.id, public."Order Items"."Ship To"`)
	}
	parts, err := parseIdents(name)
	if err != nil {
		return nil, nil, wrong("%v", err)
	}
	if len(parts) < 2 || len(parts) > 3 {
		return nil, nil, wrong("a column is named with its schema and table, as schema.table.column")
	}
	pattern := tablePattern{parts[0], parts[1]}
	t := b.named(pattern)
	if t == nil {
		var names []string
		for _, t := range b.Tables {
			names = append(names, tableKey(t.Root.Name))
		}
		return nil, nil, wrong("there is no such table with rows in the source; %s", orLook(didYouMean(parts[0].text+"."+parts[1].text, names)))
	}
	if len(parts) == 2 {
		return t, nil, nil
	}
	for _, s := range parts[2].spellings() {
		if c := t.Table.Column(s); c != nil {
			return t, c, nil
		}
	}
	return nil, nil, wrong("%s has no such column; %s", t.Root.Name, orLook(didYouMean(parts[2].text, columnNames(t.Table))))
}

func orLook(hint string) string {
	if hint == "" {
		return "`understudy check --verbose` lists all"
	}
	return hint
}

// named finds the table that a name means; a partitioned table stands for its
// first partition.
func (b *Binding) named(p tablePattern) *TableBinding {
	for _, n := range p.exact() {
		for _, t := range b.Tables {
			if t.Table.Name == n || t.Root.Name == n {
				return t
			}
		}
	}
	return nil
}

func (b *Binding) explain(t *TableBinding, col *catalog.Column, o ExplainOptions) Explanation {
	e := Explanation{
		Column: t.Root.Name.String() + "." + catalog.Display(col.Name), Type: col.TypeSQL, Rows: t.Rows.String(),
		About: t.owner.estimate, Limit: catalog.MaxChars(col),
	}
	if entry := t.owner.entry; entry != nil && entry.pattern.wild() {
		e.Pattern = entry.key
	}
	if t.Rows == NoRows {
		e.Rule, e.Summary, e.Origin = "none", "no row of the table reaches staging", t.Origin
		e.Keeps = []string{"the table's structure, without rows"}
		e.WithCopy, e.WithKey = []string{"nothing of the column's values"}, []string{"nothing more"}
		return e
	}
	var c *ColumnBinding
	for _, have := range t.Columns {
		if have.Column.Name == col.Name {
			c = have
		}
	}
	if c == nil {
		b.explainGenerated(t, col, &e)
		return e
	}
	e.Doc = "docs/masks.md#" + c.Rule
	e.Rule, e.Summary, e.Origin, e.Inherited = c.Rule, c.Spec.Summary, c.Origin, c.Inherited
	// Not what the mask is asked for: columns of one domain share that.
	e.Unique = transform.ColumnFacts(t.owner.table, c.state.col, t.binder.cat.Database.Encoding, copyrow.Text).Unique
	if !c.Masked() {
		e.describePrivacy(c, o)
		return e
	}
	for name, v := range c.written() {
		if e.Params == nil {
			e.Params = map[string]any{}
		}
		e.Params[name] = shown(v)
	}
	if c.Locale != "" && c.Spec.Locale {
		if e.Params == nil {
			e.Params = map[string]any{}
		}
		e.Params["locale"] = c.Locale
	}
	e.KeyedBy, e.Domain = c.KeyedBy(), c.Domain
	if c.Keyed == "value" {
		e.Shared = b.shared(t, c)
	}
	if c.Keyed == "subject" {
		e.SubjectPath, e.SubjectSQL = c.state.plan.describe(t.owner), c.state.plan.sql(t.Root)
	}
	if c.state.compiled != nil {
		e.describeOutput(c)
	}
	e.describePrivacy(c, o)
	return e
}

// shown is a parameter as a policy would write it.
func shown(v any) any {
	switch v := v.(type) {
	case *mask.Sub:
		out := map[string]any{"mask": v.Spec.Name}
		if v.Domain != "" {
			out["domain"] = v.Domain
		}
		for k, p := range written(v.Spec, v.Params) {
			out[k] = shown(p)
		}
		if len(out) == 1 {
			return v.Spec.Name
		}
		return out
	case []mask.NamedSub:
		out := make(map[string]any, len(v))
		for _, n := range v {
			out[n.Name] = shown(n.Sub)
		}
		return out
	}
	return v
}

// explainGenerated: a generated column's values are made anew on the target.
func (b *Binding) explainGenerated(t *TableBinding, col *catalog.Column, e *Explanation) {
	e.Rule, e.Summary, e.Origin = "generated", "generated from other columns: the target makes its values anew", t.Origin
	var from, masked []string
	if c := t.owner.columns[col.Name]; c != nil {
		for _, name := range c.generated {
			from = append(from, catalog.Display(name))
			if of := t.owner.columns[name]; of != nil && of.masked() {
				masked = append(masked, catalog.Display(name))
			}
		}
	}
	made := strings.Join(from, ", ")
	if made == "" {
		made = "nothing but constants"
	}
	e.Keeps = []string{"what its expression keeps of: " + made}
	switch {
	case len(masked) == 0:
		e.WithCopy = []string{"its original values: nothing that it is made of is masked"}
	case len(masked) < len(from):
		e.WithCopy = []string{"what the kept ones of these columns show, and no more of the masked ones than they show themselves: " + strings.Join(masked, ", ")}
	default:
		e.WithCopy = []string{"no more than these columns show themselves: " + made}
	}
	e.WithKey = []string{"no more than of these columns"}
}

// shared are the other columns that are masked in the same domain.
func (b *Binding) shared(t *TableBinding, c *ColumnBinding) []string {
	var out []string
	seen := map[*owner]bool{}
	for _, other := range b.Tables {
		if seen[other.owner] {
			continue
		}
		seen[other.owner] = true
		for _, oc := range other.Columns {
			if oc.Domain == c.Domain && oc.state.where != c.state.where {
				out = append(out, oc.state.where)
			}
		}
	}
	return out
}

// describeOutput tells what the compiled mask promises, and whether that is
// enough for the rows there are.
func (e *Explanation) describeOutput(c *ColumnBinding) {
	p := c.Props
	e.Injective, e.Reversible, e.Rank, e.MaxChars = p.Injective, p.Reversible, p.PrivacyRank, p.MaxChars
	if c.state.facts.Kind == mask.Text {
		e.Charset = c.state.facts.Encoding
	}
	rows := e.About
	if p.Capacity > 0 && !math.IsInf(p.Capacity, 1) {
		capacity := p.Capacity
		e.Capacity = &capacity
	}
	switch {
	case p.Injective && c.state.needs:
		e.Verdict = "proven unique: " + e.outputs() + " for " + aboutRows(rows)
	case p.Injective:
		e.Verdict = "different inputs give different outputs: " + e.outputs() + " for " + aboutRows(rows)
	case p.Capacity == 1:
		e.Verdict = "one output for all rows"
	case e.Capacity != nil && rows > 0 && float64(rows) > 2*p.Capacity:
		e.Verdict = fmt.Sprintf("%s for %s: about %.0f rows share each", e.outputs(), aboutRows(rows), float64(rows)/p.Capacity)
	case e.Capacity != nil:
		e.Verdict = e.outputs() + " for " + aboutRows(rows) + "; two rows may get the same"
	default:
		e.Verdict = "two rows may get the same output; no unique index rests on the column"
	}
}

func (e *Explanation) outputs() string {
	if e.Capacity == nil {
		return "practically unbounded outputs"
	}
	if n := *e.Capacity; n < 1e7 {
		return fmt.Sprintf("%.0f different outputs", n)
	}
	return fmt.Sprintf("some 2^%.0f different outputs", math.Floor(math.Log2(*e.Capacity)))
}

func aboutRows(n int64) string {
	if n <= 0 {
		return "an unknown number of rows"
	}
	return fmt.Sprintf("about %d rows", n)
}

// describe writes the resolved path with the columns that are compared.
func (p *subjectPlan) describe(o *owner) string {
	here, names := o.name, func(cols []*catalog.Column) string {
		out := make([]string, len(cols))
		for i, c := range cols {
			out[i] = catalog.Display(c.Name)
		}
		if len(out) == 1 {
			return out[0]
		}
		return "(" + strings.Join(out, ", ") + ")"
	}
	var steps []string
	for _, h := range p.hops {
		steps = append(steps, fmt.Sprintf("%s.%s = %s.%s", here, names(h.from), h.table.name, names(h.by)))
		here = h.table.name
	}
	key := here + "." + names(p.read(len(p.hops)))
	if len(steps) == 0 {
		return key + ", the key of " + p.subject
	}
	return strings.Join(steps, ", then ") + ", to " + key
}
