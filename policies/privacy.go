package policies

import (
	"fmt"
	"strings"

	"github.com/understudy-db/understudy/transform/mask"
)

// describePrivacy says what staging keeps of a column, and what that tells: to
// who has the copy, and to who has the key besides. It reasons from what the
// mask promises and what it is keyed by, so that it holds for every mask.
func (e *Explanation) describePrivacy(c *ColumnBinding, o ExplainOptions) {
	keeps := func(s string) { e.Keeps = append(e.Keeps, s) }
	learns := func(format string, args ...any) { e.WithCopy = append(e.WithCopy, fmt.Sprintf(format, args...)) }
	key := func(s string) { e.WithKey = append(e.WithKey, s) }
	p := c.Props
	switch {
	case !c.Masked():
		keeps("every value as it is: nulls, lengths, frequencies, order")
		learns("every value, and by it whatever else bears that value: logs, other databases, what people know")
		key("nothing more: no key is needed")
		return
	case c.Rule == ruleSQL:
		keeps("whatever the expression keeps; understudy cannot judge that")
		learns("whatever the expression lets through: read it as an attacker would")
		key("nothing more: expressions have no key")
		return
	case c.Rule == "generalize":
		keeps("which rows are NULL, and a coarser form of every value, with its distribution")
		learns("the coarser value; with other columns it may single a person out")
		key("nothing more: the mask has no key")
		return
	case c.Rule == ruleDerive:
		keeps("what its expression keeps of the masked row")
		learns("no more than the columns that it is made of show after masking")
		key("no more than of these columns")
		return
	case c.Rule == ruleSameAs:
		of := fmt.Sprint(c.Params["column"])
		keeps("what " + of + " keeps: it is the same value")
		learns("what %s tells; explain that", of)
		key("what it tells of " + of)
		return
	case c.Rule == ruleNull || c.Rule == ruleConstant:
		keeps("nothing: every row holds the same")
		learns("nothing of the values")
		key("nothing more")
		return
	}
	text := c.state.facts.Kind == mask.Text
	switch {
	case p.MasksNull:
	case !c.state.facts.NotNull && text:
		keeps("which rows are NULL, and which texts are empty")
	case !c.state.facts.NotNull:
		keeps("which rows are NULL")
	case text:
		keeps("which texts are empty")
	}
	if p.KeepsLength {
		keeps("lengths, or nearly")
	}
	if p.KeepsDistribution {
		keeps("the distribution of values")
	}
	if !p.MasksNull && !c.state.facts.NotNull {
		learns("which rows have a value at all")
	}
	switch c.Keyed {
	case "value":
		e.valueKeyed(c, keeps, learns)
	case "subject":
		if c.PerRow {
			break
		}
		keeps("which rows belong to the same row of " + c.Subject)
	}
	switch {
	case c.Keyed == "nothing" && !p.NeedsValue:
		learns("nothing of the values: all rows hold the same")
	case c.Keyed != "value" && !p.NeedsValue:
		learns("nothing of the value: the fake is drawn from the key of the %s, not from what it replaces", drawnFrom(c))
	case c.Keyed != "value" && p.PrivacyRank >= weakestRank:
		learns("some values as they are, where the rule says so")
	case c.Keyed != "value" && p.PrivacyRank >= 4:
		learns("a part or a coarser form of the value, as the rule says; with other columns it may single a person out")
	case c.Keyed != "value" && p.KeepsDistribution:
		learns("how values lie to each other; who knows one original of a %s can tell the others of the same", drawnFrom(c))
	case c.Keyed != "value":
		learns("the form of the value (such as its length or format), not its content")
	}
	if parts := domainsIn(c.Params); len(parts) > 0 {
		list := strings.Join(parts, ", ")
		keeps("equality of parts that are keyed by their value, in the domain " + list)
		learns("by counting, perhaps the commonest of these parts")
		key("of parts in the domain " + list + ": every original that can be guessed")
	}
	e.keyHolder(c, o, key)
}

// weakestRank is that of what keeps values.
const weakestRank = 5

// domainsIn are the domains of rules for parts of a value.
func domainsIn(params mask.Params) []string {
	found := map[string]bool{}
	add := func(s *mask.Sub) {
		if s.Domain != "" {
			found[s.Domain] = true
		}
		for _, d := range domainsIn(s.Params) {
			found[d] = true
		}
	}
	for _, v := range params {
		switch v := v.(type) {
		case *mask.Sub:
			add(v)
		case []mask.NamedSub:
			for _, n := range v {
				add(n.Sub)
			}
		}
	}
	return sortedKeys(found)
}

// drawnFrom names what a fake is drawn from, for the middle of a sentence.
func drawnFrom(c *ColumnBinding) string {
	if c.Keyed == "subject" {
		return "subject"
	}
	return "row"
}

func (e *Explanation) valueKeyed(c *ColumnBinding, keeps func(string), learns func(string, ...any)) {
	keeps("equality: equal values stay equal, in all columns of the domain " + c.Domain)
	if e.Unique {
		learns("nothing by counting: every value occurs once")
	} else {
		keeps("frequencies: how often each value occurs")
		distinct := float64(c.Column.NDistinct)
		if distinct < 0 {
			distinct = -distinct * float64(e.About)
		}
		if distinct > 0 && distinct < fewValues {
			learns("by counting, which common value is which: there are only some %.0f different ones (of a column of 200 values, 86 of 100 rows were recovered so)", distinct)
		} else {
			learns("by counting, perhaps the commonest values; rare ones look alike")
		}
	}
	learns("who knows the original in one row recognises it in every other row and column of the domain")
}

func (e *Explanation) keyHolder(c *ColumnBinding, o ExplainOptions, key func(string)) {
	p := c.Props
	if o.PerRefresh && c.Rule != "shift_date" && c.Rule != "noise" {
		key("nothing more: determinism is per_refresh, so the keys of this refresh are gone when it ends; the root key does not give them back")
		return
	}
	switch {
	case c.Keyed == "nothing" && !p.NeedsValue:
		key("nothing more: the mask has no key")
	case c.Rule == "noise":
		key("every original, or nearly: the noise of a row whose key is kept can be computed")
	case p.Reversible && c.Keyed == "value":
		key("every original: the mask can be undone with the key")
	case p.Reversible:
		key("every original whose subject's key is known, and staging shows that key where it is kept")
	case c.Keyed == "value":
		key("every original that can be guessed: mask each candidate and compare. Numbers, names, dates and addresses can all be listed")
	case !p.NeedsValue:
		key("which fake belongs to which key; nothing of the originals, which the fake does not depend on")
	default:
		key("no more of the originals than the copy shows")
	}
}
