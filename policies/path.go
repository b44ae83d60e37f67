package policies

import (
	"fmt"
	"strings"
)

// subjectPath says how a row leads to its subject: columns of the row's own
// table, then tables to go through, each but the last with the columns to go
// on by. Without hops the columns are the subject's key themselves.
//
//	id
//	customer_id -> public.customers
//	order_id -> public.orders.customer_id -> public.customers
//	(shop, no) -> public.orders.(shop, customer) -> public.customers
type subjectPath struct {
	from []ident
	hops []subjectHop
}

type subjectHop struct {
	table tablePattern
	cols  []ident // empty at the last hop
}

func parseSubjectPath(s string) (subjectPath, error) {
	p := &scanner{s: s}
	var path subjectPath
	from, err := p.columns()
	if err != nil {
		return path, err
	}
	path.from = from
	for p.take("->") {
		hop, err := p.hop()
		if err != nil {
			return path, err
		}
		if n := len(path.hops); n > 0 && len(path.hops[n-1].cols) == 0 {
			last := path.hops[n-1].table
			return path, fmt.Errorf("%s.%s is in the middle of the path: name the column to go on by, as %[1]s.%[2]s.column", last.schema.text, last.name.text)
		}
		path.hops = append(path.hops, hop)
	}
	if p.skip(); p.i < len(p.s) {
		if p.s[p.i] == '.' {
			return path, fmt.Errorf("a path starts with a column of the table itself: column -> schema.table")
		}
		return path, fmt.Errorf("unexpected %q", p.rest())
	}
	if n := len(path.hops); n > 0 && len(path.hops[n-1].cols) > 0 {
		last := path.hops[n-1].table
		return path, fmt.Errorf("a path ends with a table, not a column: end it with %s.%s", last.schema.text, last.name.text)
	}
	return path, nil
}

// columns reads one column or a list of them in parentheses.
func (p *scanner) columns() ([]ident, error) {
	if !p.take("(") {
		c, err := p.ident()
		return []ident{c}, err
	}
	var list []ident
	for {
		c, err := p.ident()
		if err != nil {
			return nil, err
		}
		list = append(list, c)
		if p.take(",") {
			continue
		}
		if p.take(")") {
			return list, nil
		}
		return nil, fmt.Errorf("a list of columns is not closed: want , or )")
	}
}

// hop reads schema.table, schema.table.column or schema.table.(a, b).
func (p *scanner) hop() (subjectHop, error) {
	var hop subjectHop
	var err error
	if hop.table.schema, err = p.ident(); err != nil {
		return hop, err
	}
	if !p.take(".") {
		return hop, fmt.Errorf("%s: %w", hop.table.schema.text, errNoSchema)
	}
	if hop.table.name, err = p.ident(); err != nil {
		return hop, err
	}
	if hop.table.wild() {
		return hop, fmt.Errorf("a path goes through one table, not a pattern")
	}
	if p.take(".") {
		hop.cols, err = p.columns()
	}
	return hop, err
}

// String writes the path back in its own syntax.
func (p subjectPath) String() string {
	list := func(cols []ident) string {
		names := make([]string, len(cols))
		for i, c := range cols {
			names[i] = c.String()
		}
		if len(names) == 1 {
			return names[0]
		}
		return "(" + strings.Join(names, ", ") + ")"
	}
	s := list(p.from)
	for _, h := range p.hops {
		s += " -> " + h.table.schema.String() + "." + h.table.name.String()
		if len(h.cols) > 0 {
			s += "." + list(h.cols)
		}
	}
	return s
}

// String writes the identifier as it was written.
func (i ident) String() string {
	if i.quoted {
		return `"` + strings.ReplaceAll(i.text, `"`, `""`) + `"`
	}
	return i.text
}
