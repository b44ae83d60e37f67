package policies

import (
	"fmt"
	"strings"

	"github.com/understudy-db/understudy/catalog"
)

// keyColumn is a column that holds a key, and the column of the subject's own
// table whose values it holds; the two may differ in type.
type keyColumn struct {
	col, like *catalog.Column
}

// canonical is the text of a column as keys are made of it: equal for values
// that the subject's own table takes for equal.
func (k keyColumn) canonical(ref string) string {
	either := func(is func(*catalog.Type) bool) bool {
		return is(k.col.Type.Underlying()) || is(k.like.Type.Underlying())
	}
	switch {
	case either(isNumeric):
		return "pg_catalog.trim_scale(" + ref + ")::text" // 42, whether it was stored as 42 or 42.00
	case either(isCitext):
		return "pg_catalog.lower(" + ref + "::text)"
	}
	return ref + "::text"
}

func isNumeric(t *catalog.Type) bool {
	return t.Name == catalog.Name{Schema: "pg_catalog", Name: "numeric"}
}

func isCitext(t *catalog.Type) bool { return t.Extension == "citext" && t.Name.Name == "citext" }

// ownKey takes columns as they are in their own table.
func ownKey(cols []*catalog.Column) []keyColumn {
	out := make([]keyColumn, len(cols))
	for i, c := range cols {
		out[i] = keyColumn{c, c}
	}
	return out
}

// keySQL is one text expression over key columns that tells different keys
// apart and is NULL if any part is. ref names a column in SQL.
func keySQL(key []keyColumn, ref func(*catalog.Column) string) string {
	if len(key) == 1 {
		return key[0].canonical(ref(key[0].col))
	}
	parts := make([]string, len(key))
	for i, k := range key {
		text := k.canonical(ref(k.col))
		// The length goes first, so that no choice of values can move the border.
		parts[i] = fmt.Sprintf("pg_catalog.length(%s)::text || ':' || %s", text, text)
	}
	return strings.Join(parts, " || ")
}

// wholeRowSQL is the row key in t, a table of owner o that has no key: the hash
// of all that is in the row.
func wholeRowSQL(o *owner, t *catalog.Table, encoding string) string {
	ref := outer(t)
	var list []string
	for _, c := range o.table.CopyColumns() { // the root's order: the same for all partitions
		list = append(list, ref(c))
	}
	if encoding != "SQL_ASCII" {
		encoding = "UTF8"
	}
	return "pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(ROW(" + strings.Join(list, ", ") + ")::text, '" + encoding + "')), 'hex')"
}

// outer names a column of the table that rows are read from, so that it is
// meant even inside of subqueries over tables with such a column.
func outer(t *catalog.Table) func(*catalog.Column) string {
	return func(c *catalog.Column) string { return t.Name.SQL() + "." + catalog.QuoteIdent(c.Name) }
}

// sql is the subject's key as one text expression over a row of t. Look-ups
// are scalar subqueries over unique columns, one inside the other: they keep
// the order and the number of rows.
func (p *subjectPlan) sql(t *catalog.Table) string {
	return p.step(0, outer(t))
}

func (p *subjectPlan) step(i int, ref func(*catalog.Column) string) string {
	if i == len(p.hops) {
		return keySQL(p.final, ref)
	}
	h := p.hops[i]
	alias := fmt.Sprintf("s%d", i+1)
	inner := func(c *catalog.Column) string { return alias + "." + catalog.QuoteIdent(c.Name) }
	only := "ONLY "
	if h.table.table.Kind == catalog.Partitioned {
		only = "" // its rows are all in its partitions
	}
	conditions := make([]string, len(h.by))
	for j, by := range h.by {
		conditions[j] = fmt.Sprintf("%s %s %s", inner(by), equals(by), ref(h.from[j]))
	}
	return fmt.Sprintf("(SELECT %s FROM %s%s AS %s WHERE %s)",
		p.step(i+1, inner), only, h.table.table.Name.SQL(), alias, strings.Join(conditions, " AND "))
}

// equals is the operator that finds c: sessions of the source look for
// operators in pg_catalog only, and extension types bring their own.
func equals(c *catalog.Column) string {
	t := c.Type.Underlying()
	if t.Kind == 'b' && !t.Array && t.Name.Schema != "pg_catalog" {
		return "OPERATOR(" + catalog.QuoteIdent(t.Name.Schema) + ".=)"
	}
	return "="
}

// cast wraps a fragment in the column's exact type. The newlines keep a
// comment at its end from swallowing what follows.
func cast(fragment string, c *catalog.Column) string {
	return castOpen + fragment + "\n)::" + c.TypeSQL
}

const castOpen = "(\n"
