package schema

import (
	"context"
	"slices"

	"github.com/understudy-db/understudy/catalog"
)

// A foreign key is checked by one anti-join of both tables. Left alone the
// server hashes the referenced keys and looks up every row, which costs two to
// four times as much as walking through an index on either side at once, as
// long as neither needs to look into its table. So foreign keys wait for the
// indexes on their own columns, and are then checked by a merge join.

// walk is a check of a foreign key that goes through two indexes.
type walk struct {
	tables []catalog.Name // whose pages have to be marked all-visible
}

// onForeignKey lets a foreign key wait for the indexes that make its check
// cheap, and decides how it is checked.
func (g *graph) onForeignKey(s *step, fk *catalog.ForeignKey) {
	for _, root := range []*catalog.Table{fk.Table, fk.References} {
		for _, t := range tree(root) {
			s.needs(t)
			s.lock(t.OID, true)
		}
	}
	if !fk.Validated {
		return
	}
	w := &walk{tables: []catalog.Name{fk.References.Name}}
	order := g.referenced(fk)
	var through float64 // bytes of the indexes
	for _, t := range tree(fk.Table) {
		if !t.HasRows() {
			continue
		}
		x := referencing(fk, t, order)
		building := slices.IndexFunc(g.indexing[t.OID], func(b *step) bool { return x != nil && g.indexOf(b) == x })
		if building < 0 { // there is none, or staging does without it
			w = nil
			break
		}
		edge(g.indexing[t.OID][building], s)
		w.tables = append(w.tables, t.Name)
		through += float64(x.Bytes)
	}
	if w != nil && order != nil {
		s.walk = w
		s.cost += through
		return
	}
	for _, root := range []*catalog.Table{fk.Table, fk.References} {
		for _, t := range tree(root) {
			s.cost += float64(t.Bytes)
		}
	}
}

// indexOf is the index that a step builds, nil if it builds none.
func (g *graph) indexOf(s *step) *catalog.Index {
	if s.entry.Desc == "CONSTRAINT" {
		return g.p.known.keys[s.entry.ID].index
	}
	if t := g.p.known.indexes[s.entry.OID]; t != nil {
		return indexByOID(t, s.entry.OID)
	}
	return nil
}

// referenced is the order, as positions in the foreign key, in which a unique
// index of the referenced table has its columns; nil if there is no such plain
// index, or if it has partitions, which would have to be merged.
func (g *graph) referenced(fk *catalog.ForeignKey) []int {
	if fk.References.Kind != catalog.Ordinary {
		return nil
	}
	for _, x := range fk.References.Indexes {
		if !x.Unique || !isPlain(x) || len(x.Keys) != len(fk.RefColumns) {
			continue
		}
		var order []int
		for _, k := range x.Keys {
			if i := slices.Index(fk.RefColumns, k.Column); i >= 0 {
				order = append(order, i)
			}
		}
		if len(order) == len(fk.RefColumns) {
			return order
		}
	}
	return nil
}

// referencing is an index of t, which is the foreign key's table or a part of
// it, that begins with the foreign key's columns in the given order.
func referencing(fk *catalog.ForeignKey, t *catalog.Table, order []int) *catalog.Index {
	for _, x := range t.Indexes {
		if !isPlain(x) || len(x.Keys) < len(order) {
			continue
		}
		leads := len(order) > 0
		for at, i := range order {
			// Partitions may number their columns otherwise.
			own, other := fk.Table.ColumnNum(fk.Columns[i]), fk.References.ColumnNum(fk.RefColumns[i])
			c := t.ColumnNum(x.Keys[at].Column)
			leads = leads && own != nil && other != nil && c != nil && c.Name == own.Name && sameOrder(own.Type, other.Type)
		}
		if leads {
			return x
		}
	}
	return nil
}

// isPlain tells whether an index holds every row in the order of its columns.
func isPlain(x *catalog.Index) bool {
	return x.Method == "btree" && x.Valid && x.Predicate == "" &&
		!slices.ContainsFunc(x.Keys, func(k catalog.IndexKey) bool { return k.Column == 0 })
}

// sameOrder tells whether two columns' indexes can be merged without a sort.
func sameOrder(a, b *catalog.Type) bool {
	a, b = a.Underlying(), b.Underlying()
	integer := func(t *catalog.Type) bool {
		return t.Name.Schema == "pg_catalog" && slices.Contains([]string{"int2", "int4", "int8"}, t.Name.Name)
	}
	return a == b || integer(a) && integer(b)
}

// allVisible is the part of a table's pages that have to be marked all-visible
// for an index to be walked through alone. Frozen loads mark all.
const allVisible = 0.9

// check creates a validated foreign key. A walk that would have to look into
// the tables is none.
func (w *walk) check(ctx context.Context, c *conn, definition string) error {
	names := make([]string, len(w.tables))
	for i, t := range w.tables {
		names[i] = t.SQL()
	}
	var visible bool
	err := c.QueryRow(ctx, `SELECT bool_and(relallvisible >= $1::float8 * relpages) FROM pg_catalog.pg_class
		WHERE oid = ANY ($2::text[]::pg_catalog.regclass[])`, allVisible, names).Scan(&visible)
	if err != nil {
		return err
	}
	if visible {
		definition = "SET LOCAL enable_hashjoin = off;\n" + definition
	}
	return c.run(ctx, definition)
}
