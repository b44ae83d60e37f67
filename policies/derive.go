package policies

import (
	"github.com/understudy-db/understudy/catalog"
)

const ruleDerive = "derive"

// Derived are the columns of a table that the generation computes once all rows
// are in.
type Derived struct {
	Table   *catalog.Table // plain, or the root of its partitions
	Columns []DerivedColumn
}

// DerivedColumn is one of them.
type DerivedColumn struct {
	Name    string
	NotNull bool
	SQL     string // an expression of the column's type over the masked row
	Origin  string // file:line:col
}

// Derived lists the derived columns, tables in the order of the policy.
func (b *Binding) Derived() []Derived {
	if len(b.Tables) == 0 {
		return nil
	}
	byOwner := map[*owner]*Derived{}
	for _, t := range b.Tables {
		if t.Rows == NoRows || byOwner[t.owner] != nil {
			continue
		}
		d := &Derived{Table: t.Root}
		for _, c := range t.Columns {
			if c.Rule == ruleDerive {
				d.Columns = append(d.Columns, DerivedColumn{
					Name: c.Column.Name, NotNull: c.Column.NotNull, Origin: c.Origin,
					SQL: cast(c.Params["expression"].(string), c.Column),
				})
			}
		}
		byOwner[t.owner] = d
	}
	var out []Derived
	binder := b.Tables[0].binder
	add := func(o *owner) {
		if d := byOwner[o]; d != nil && len(d.Columns) > 0 {
			out = append(out, *d)
		}
		delete(byOwner, o)
	}
	for _, e := range binder.policy.tables {
		for _, o := range binder.owners {
			if o.entry == e {
				add(o)
			}
		}
	}
	for _, o := range binder.owners {
		add(o)
	}
	return out
}
