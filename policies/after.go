package policies

import (
	"slices"

	"github.com/understudy-db/understudy/transform/mask"
)

// anchors are the columns that a rule's after leads to: its own, that one's,
// and so on; none without after. Errors are *mask.ParamError.
func (b *binder) anchors(c *column) ([]*column, error) {
	var chain []*column
	for at := c; at.rule != nil; {
		name, param, err := afterOf(at.rule)
		if err != nil {
			return nil, err
		}
		if name == "" {
			break
		}
		wrong := func(msg, hint string) error {
			return &mask.ParamError{Param: param, Msg: msg, Hint: hint}
		}
		found := findColumn(c.owner.table, name)
		if found == nil {
			return nil, wrong("the table has no column "+name, didYouMean(name, columnNames(c.owner.table)))
		}
		next := c.owner.columns[found.Name]
		switch {
		case next == c || slices.Contains(chain, next):
			return nil, wrong("leads back to "+next.where, "one of the columns comes first")
		case next.facts.Kind != mask.Date && next.facts.Kind != mask.Timestamp && next.facts.Kind != mask.TimestampTZ:
			return nil, wrong(next.where+" is no date or time", "")
		case next.col.Generated != 0:
			return nil, wrong(next.where+" is generated", "name a column that it is made of")
		case next.masked() && (next.rule.spec.Source || next.ruleName() == ruleNull || next.ruleName() == ruleWhen):
			return nil, wrong(next.where+" is masked by "+next.ruleName()+", whose result is not known here", "use keep, shift_date or noise for it")
		case next.masked() && (next.plan != c.plan || next.keyed != c.keyed && next.keyed != mask.ByValue):
			return nil, wrong(next.where+" has another subject", "give both columns the same subject")
		}
		chain = append(chain, next)
		at = next
	}
	return chain, nil
}

// afterOf is the column that a rule's after names, and the parameter that does.
// Rules under conditions share what is read of a row, so that all of them name
// the same one.
func afterOf(r *Rule) (name, param string, err error) {
	if name, ok := r.params["after"].(string); ok {
		return name, "after", nil
	}
	cases := conditions(r)
	if otherwise, ok := r.params["else"].(*mask.Sub); ok && len(cases) > 0 {
		cases = append(slices.Clone(cases), mask.NamedSub{Sub: otherwise})
	}
	for _, c := range cases {
		other, ok := c.Sub.Params["after"].(string)
		at := "cases." + c.Name + ".after"
		if c.Name == "" {
			at = "else.after"
		}
		switch {
		case !ok:
		case name == "":
			name, param = other, at
		case other != name:
			return "", "", &mask.ParamError{Param: at, Msg: "another condition's rule comes after " + name, Hint: "name the same column in all of them"}
		}
	}
	return name, param, nil
}

// anchor binds the first of a chain of anchors.
func (b *binder) anchor(chain []*column, wire mask.Wire) (*mask.Anchor, error) {
	a := &mask.Anchor{Column: chain[0].facts}
	a.Column.Wire = wire
	if !chain[0].masked() {
		return a, nil
	}
	compiled, err := b.compileFor(chain[0], chain[0].needs, wire)
	a.Mask = compiled
	return a, err
}
