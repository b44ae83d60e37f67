package refresh

import (
	"fmt"
	"math"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/report"
)

// byChance is how improbable it has to be that a mask gives back every value
// by chance before that counts as a rule that does nothing.
const byChance = 1e-6

// ruleCount is what one rule did to a column, over all partitions.
type ruleCount struct {
	*policies.ColumnBinding
	where   string
	values  int64 // that there was something to mask in
	changed int64
}

// alive is the gate behind the data: a rule that changed none of the values it
// saw is a mistake, such as an expression that returns its own column, and
// what it should hide would be published. Rules that say `unchanged: allowed`
// are let pass, and so are masks whose output owes nothing to the value
// (keep, null, constant, redact), those that may give a coarse value back, and,
// with a warning, few values that a mask may have hit by chance.
func (r *run) alive(b *bound) error {
	var dead []string
	for _, c := range b.ruleCounts() {
		if c.changed > 0 || c.values == 0 {
			continue
		}
		says := fmt.Sprintf("%s by %s (%s): 0 of %s values changed", c.where, c.Rule, c.Origin, report.Count(c.values))
		if c.Rule != "sql" && chance(c.Props.Capacity, c.draws()) > byChance {
			r.Observer.Warn(says + "; so few may come out the same by chance")
			continue
		}
		dead = append(dead, says)
	}
	if len(dead) == 0 {
		return nil
	}
	return fault.New(fault.Verification, "%d rule(s) changed nothing, so originals would be published:\n  %s", len(dead), strings.Join(dead, "\n  ")).
		WithHint("mend the rule; where values may stay as they are, say so in it: unchanged: allowed")
}

// draws is how many of the values were drawn by themselves: keyed by value,
// equal ones are one draw, as far as the source's statistics know.
func (c *ruleCount) draws() int64 {
	distinct := float64(c.Column.NDistinct)
	if distinct < 0 {
		distinct = -distinct * float64(c.values)
	}
	if c.Keyed != "value" || distinct == 0 {
		return c.values
	}
	return min(c.values, max(int64(distinct), 1))
}

// unknownCapacity stands in where a mask does not know how many outputs it
// has, because that depends on the value: a digit has ten.
const unknownCapacity = 10

// chance is the probability that so many independent draws hit every value.
func chance(capacity float64, draws int64) float64 {
	if capacity == 0 {
		capacity = unknownCapacity
	}
	return math.Pow(capacity, -float64(draws))
}

// ruleCounts sums what is counted of each rule that has to change something.
func (b *bound) ruleCounts() []*ruleCount {
	type key struct {
		root   *catalog.Table
		column string
	}
	found := map[key]*ruleCount{}
	var order []*ruleCount
	for _, t := range b.tables {
		for _, c := range t.Columns {
			i := t.planColumn(c.Column.Name)
			if i < 0 || !c.Counted() || c.MayKeep() {
				continue
			}
			k := key{t.Root, c.Column.Name}
			if found[k] == nil {
				found[k] = &ruleCount{ColumnBinding: c, where: t.Root.Name.String() + "." + catalog.Display(c.Column.Name)}
				order = append(order, found[k])
			}
			if i < len(t.counts.Columns) {
				n := t.counts.Columns[i]
				found[k].values += t.counts.Rows - t.counts.Unseen - n.Null - n.Kept
				found[k].changed += n.Changed
			}
		}
	}
	return order
}
