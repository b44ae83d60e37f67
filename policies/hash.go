package policies

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"reflect"
	"sort"
	"strconv"

	"github.com/understudy-db/understudy/transform/mask"
)

// hash is the SHA-256 of the resolved policy: what happens to each column, not
// where in which file it was written. Two policies with equal hashes do the
// same to the same schema. Partitions count as their root.
func (b *Binding) hash() string {
	h := sha256.New()
	line := func(fields ...string) {
		for _, f := range fields {
			writeField(h, f)
		}
		h.Write([]byte{'\n'})
	}
	line("understudy policy 1", "masks "+strconv.Itoa(mask.CatalogVersion))
	seen := map[*owner]bool{}
	for _, t := range b.Tables {
		if seen[t.owner] {
			continue
		}
		seen[t.owner] = true
		line("table", t.owner.name, t.Rows.String(), t.Where, t.Subject)
		columns := append([]*ColumnBinding(nil), t.Columns...)
		sort.Slice(columns, func(i, j int) bool { return columns[i].Column.Name < columns[j].Column.Name })
		for _, c := range columns {
			line(append([]string{"column"}, t.outputFields(c)...)...)
		}
	}
	line("large objects", b.LargeObjects)
	if b.NoComments {
		line("no comments")
	}
	line(append([]string{"unsupported"}, b.Unsupported...)...)
	line(append([]string{"skip"}, b.SkipExtensions...)...)
	return hex.EncodeToString(h.Sum(nil))
}

// outputFields are what decides about a column's output besides key and data.
func (t *TableBinding) outputFields(c *ColumnBinding) []string {
	subject := ""
	if c.Keyed == "subject" {
		subject = c.state.plan.sql(t.owner.table)
	}
	fields := []string{c.Column.Name, c.Rule, paramText(c.Params), c.Keyed, c.Domain, c.Subject, subject, strconv.FormatBool(c.PerRow)}
	if c.Locale != "" {
		fields = append(fields, "locale "+c.Locale)
	}
	return fields
}

// Output names what a masked column's values are a function of, so that a
// later version can tell whether they would change.
type Output struct {
	Column  string // schema.table.column, of the partition root
	Mask    string
	Version int    // of the mask's outputs
	Rule    string // hash of the rule as it was resolved
	Origin  string // file:line:col
}

// Outputs lists the masked columns; those of partitions are their root's. What
// the source evaluates (sql, constant) is not a mask's output.
func (b *Binding) Outputs() []Output {
	var out []Output
	seen := map[*owner]bool{}
	for _, t := range b.Tables {
		if seen[t.owner] {
			continue
		}
		seen[t.owner] = true
		for _, c := range t.Columns {
			spec, params := c.Spec, c.Params
			if of := c.state.original; of != nil && of.column.masked() {
				spec, params = of.column.rule.spec, of.column.rule.params // a copy changes with its original
			}
			if !c.Masked() || spec.Source {
				continue
			}
			h := sha256.New()
			fields := t.outputFields(c)
			fields[2] = paramText(c.written()) // a parameter that a later version adds changes nothing by its default
			for _, f := range fields {
				writeField(h, f)
			}
			out = append(out, Output{Column: c.state.where, Mask: c.Rule, Version: outputVersion(spec, params),
				Rule: hex.EncodeToString(h.Sum(nil)[:8]), Origin: c.Origin})
		}
	}
	return out
}

// written are the parameters that differ from the mask's defaults.
func (c *ColumnBinding) written() mask.Params { return written(c.Spec, c.Params) }

func written(s *mask.Spec, params mask.Params) mask.Params {
	out := mask.Params{}
	for _, p := range s.Params {
		if v, ok := params[p.Name]; ok && !reflect.DeepEqual(v, p.Default) {
			out[p.Name] = v
		}
	}
	return out
}

// writeField writes a length first, so that fields cannot run into each other.
func writeField(h hash.Hash, s string) { fmt.Fprintf(h, "%d:%s,", len(s), s) }

func paramText(p mask.Params) string {
	s := ""
	for _, k := range sortedKeys(p) {
		s += fmt.Sprintf("%d:%s=%T:%s;", len(k), k, p[k], valueText(p[k]))
	}
	return s
}

// valueText is a parameter's value; rules within it are spelt out.
func valueText(v any) string {
	switch v := v.(type) {
	case *mask.Sub:
		return fmt.Sprintf("{%s in %q: %s}", v.Spec.Name, v.Domain, paramText(v.Params))
	case []mask.NamedSub:
		s := ""
		for _, n := range v {
			s += fmt.Sprintf("%q: %s,", n.Name, valueText(n.Sub))
		}
		return "[" + s + "]"
	}
	return fmt.Sprintf("%#v", v)
}

// outputVersion is that of a mask; those of rules within it add to it.
func outputVersion(s *mask.Spec, p mask.Params) int {
	version := s.OutputVersion()
	part := func(s *mask.Sub) { version += outputVersion(s.Spec, s.Params) - 1 }
	for _, v := range p {
		switch v := v.(type) {
		case *mask.Sub:
			part(v)
		case []mask.NamedSub:
			for _, n := range v {
				part(n.Sub)
			}
		}
	}
	return version
}
