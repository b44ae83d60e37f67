package policies

import (
	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/transform/mask"
)

// Shape is a column whose frequencies shape labels (shape: source). They have
// to be known before Plan, by way of SetCurve.
type Shape struct {
	Table  *catalog.Table // the column's own, or its partitions' root
	Column string

	record string // whose labels: the subject's table
	class  mask.Class
}

// Shapes lists the columns whose frequencies the policy asks for, each record's
// class of labels once: the subject's own table comes first.
func (b *Binding) Shapes() []Shape {
	var out []Shape
	at := map[string]map[mask.Class]int{}
	for _, t := range b.Tables {
		if t.Rows == NoRows || t.Table != t.Root && t.owner.leaves[0] != t.Table {
			continue // one leaf speaks for its tree
		}
		for _, c := range t.Columns {
			class, ok := mask.ShapeClass(c.Spec)
			if !ok || c.Params["shape"] != "source" || c.state.compiled == nil {
				continue
			}
			s := Shape{Table: t.Root, Column: c.Column.Name, record: c.state.record(), class: class}
			if class == mask.Listed { // shared with nobody
				s.record = c.state.where
			}
			if at[s.record] == nil {
				at[s.record] = map[mask.Class]int{}
			}
			i, known := at[s.record][class]
			switch {
			case !known:
				at[s.record][class] = len(out)
				out = append(out, s)
			case s.Table.Name.String() == s.record && out[i].Table.Name.String() != s.record:
				out[i] = s
			}
		}
	}
	return out
}

// SetCurve gives the frequencies of a column to all masks of its record. It
// must come before the first Plan.
func (b *Binding) SetCurve(s Shape, curve *mask.Curve) {
	if curve == nil || len(b.Tables) == 0 {
		return // an empty column has no shape
	}
	curves := b.Tables[0].binder.curves
	if curves[s.record] == nil {
		curves[s.record] = map[mask.Class]*mask.Curve{}
	}
	curves[s.record][s.class] = curve
}

// record names what the labels of a subject-keyed column are drawn for.
func (c *column) record() string {
	if c.plan == nil || len(c.plan.final) == 0 {
		return c.owner.name
	}
	return c.plan.subject
}
