package policies

import (
	"slices"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/transform"
	"github.com/understudy-db/understudy/transform/mask"
)

// inputs adds to a plan what its masks are keyed by.
type inputs struct {
	t    *TableBinding
	plan *transform.Table
	keys []part // those of plan.Keys
}

// part is a field that a key is made of.
type part struct {
	expr   string
	column string    // if it is a column as it is stored
	kind   mask.Kind // if its text is made here
}

// add asks for what a mask reads. Where the subject may be NULL the row key
// comes along, because it then stands in.
func (in *inputs) add(out *transform.Column, c *column, props mask.Properties) {
	if c.original != nil {
		in.addOriginal(out, c.original, props)
		return
	}
	if sql := caseSQL(c.rule); sql != "" {
		out.Case = 1 + in.input(transform.Case, part{expr: sql})
	}
	if chain, err := in.t.binder.anchors(c); err == nil { // compiling has told errors
		ref := outer(in.t.Table)
		for _, a := range chain {
			out.Afters = append(out.Afters, in.key(part{expr: ref(a.col), column: a.col.Name, kind: a.facts.Kind}))
		}
	}
	if c.ruleName() == "command" {
		for _, w := range c.sentAlong() {
			out.Afters = append(out.Afters, in.key(part{expr: outer(in.t.Table)(w) + "::text"}))
		}
	}
	needsRow := props.NeedsRow
	if props.NeedsSubject && c.plan != nil && len(c.plan.final) > 0 {
		if len(c.plan.hops) > 0 {
			out.Subject = in.input(transform.Subject, part{expr: c.plan.sql(in.t.Table)})
		} else {
			out.Subject = in.input(transform.Subject, in.parts(c.plan.final)...)
		}
		needsRow = needsRow || c.plan.maybe
	}
	if !needsRow {
		return
	}
	if key := in.t.owner.rowKey(); key != nil {
		out.Row = in.input(transform.Row, in.parts(ownKey(key))...)
	} else {
		out.Row = in.input(transform.Row, part{expr: wholeRowSQL(in.t.owner, in.t.Table, in.t.binder.cat.Database.Encoding)})
	}
}

// parts are the columns of a key where each can be sent as it is stored, else
// one expression for the whole key.
func (in *inputs) parts(key []keyColumn) []part {
	ref := outer(in.t.Table)
	var out []part
	for _, k := range key {
		kind, ok := k.stored()
		if !ok || kind == mask.Other && len(key) > 1 { // the length of a text is counted in characters
			return []part{{expr: keySQL(key, ref)}}
		}
		out = append(out, part{expr: ref(k.col), column: k.col.Name, kind: kind})
	}
	return out
}

// stored tells whether the canonical text of a key can be made from what the
// column stores, and from which kind.
func (k keyColumn) stored() (kind mask.Kind, ok bool) {
	own, like := k.col.Type.Underlying(), k.like.Type.Underlying()
	if isNumeric(like) || isCitext(like) {
		return mask.Other, false
	}
	switch kind = transform.KindOf(k.col.Type); kind {
	case mask.Int, mask.UUID, mask.Date, mask.Timestamp, mask.TimestampTZ:
		return kind, true
	case mask.Text:
		return mask.Other, own.Name.Schema == "pg_catalog" && (own.Name.Name == "text" || own.Name.Name == "varchar")
	}
	return mask.Other, false
}

// input is the index of an input among the plan's.
func (in *inputs) input(kind transform.InputKind, parts ...part) int {
	want := transform.Input{Kind: kind}
	for _, p := range parts {
		want.Parts = append(want.Parts, in.key(p))
	}
	for i, have := range in.plan.Inputs {
		if have.Kind == kind && slices.Equal(have.Parts, want.Parts) {
			return i
		}
	}
	in.plan.Inputs = append(in.plan.Inputs, want)
	return len(in.plan.Inputs) - 1
}

// key is the index of a field among the plan's keys.
func (in *inputs) key(p part) int {
	i := slices.Index(in.keys, p)
	if i < 0 {
		i = len(in.keys)
		in.keys = append(in.keys, p)
		in.plan.Keys = append(in.plan.Keys, transform.Key{Expr: p.expr, Kind: p.kind})
	}
	return i
}

// share lets keys that are kept columns travel once.
func (in *inputs) share() {
	shared := 0
	for i, k := range in.keys {
		at := slices.IndexFunc(in.plan.Columns, func(c transform.Column) bool {
			return c.Mask == nil && c.Name == k.column && c.Expr == catalog.QuoteIdent(c.Name)
		})
		if k.column == "" || at < 0 {
			continue
		}
		c := in.plan.Columns[at]
		in.plan.Columns = slices.Insert(slices.Delete(in.plan.Columns, at, at+1), shared, c)
		in.plan.Keys[i].Kept = true
		shared++
	}
}
