package policies

import (
	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/policies/discover"
	"github.com/understudy-db/understudy/transform"
	"github.com/understudy-db/understudy/transform/mask"
)

// warn looks for what is allowed but perhaps not meant.
func (b *binder) warn() {
	seen := map[place]bool{} // a rule by inheritance is warned of where it stands
	for _, o := range b.owners {
		if !o.copied() || o.kind != plainOwner {
			continue
		}
		guesses := guessesOf(o.table)
		for _, c := range o.order {
			switch {
			case !c.masked() && c.explicit:
				b.warnKept(c, guesses[c.col])
				b.warnWords(o, c)
				b.warnOIDs(c)
			case c.masked() && c.keyed == mask.ByValue && !seen[c.at]:
				seen[c.at] = b.warnFrequent(o, c)
			}
		}
		b.warnBounds(o)
		if joins := o.subjectJoins(); joins > 0 {
			if rule := b.subjectRuleOf(o); rule != nil {
				b.warnings = append(b.warnings, rule.problem(fault.Policy, o.name,
					"the path to the subject reads %d other table(s) for each row: reading this table takes about two and a half times as long", joins))
			}
		}
	}
	for _, t := range b.cat.Tables {
		if t.Kind == catalog.Foreign && !b.leftOut[t.Name.String()] && t.Extension == "" {
			b.warnings = append(b.warnings, &Problem{Kind: fault.Policy, Where: t.Name.String(), Msg: "this foreign table comes without rows, and without a way to its server"})
		}
	}
}

// subjectJoins is how many tables the subject's path looks into, if any mask
// of the table needs it.
func (o *owner) subjectJoins() int {
	n := 0
	for _, c := range o.order {
		if c.compiled != nil && c.compiled.Properties().NeedsSubject && c.plan != nil {
			n = max(n, len(c.plan.hops))
		}
	}
	return n
}

// surelyPersonal are classes whose values are nobody's business whatever the
// table, with the confidence that it takes to say so.
var surelyPersonal = map[discover.Class]string{
	discover.Email: "e-mail addresses", discover.Password: "passwords", discover.NationalID: "official numbers", discover.Secret: "secrets",
	discover.Card: "payment cards", discover.Bank: "bank accounts", discover.Phone: "phone numbers", discover.FullName: "names of people",
}

const sureEnough = 0.9

func (b *binder) warnKept(c *column, g discover.Guess) {
	what := surelyPersonal[g.Class]
	if what == "" || g.Confidence < sureEnough || len(c.refs) > 0 {
		return
	}
	switch transform.KindOf(c.col.Type) {
	case mask.Text, mask.Bytea:
		b.warnings = append(b.warnings, c.at.problem(fault.Policy, c.where, "this column is kept, and by its name it holds %s", what))
	}
}

// warnWords warns of kept text search words beside text that is masked: they
// were made of what the mask is to hide.
func (b *binder) warnWords(o *owner, c *column) {
	if t := c.col.Type.Underlying(); t.Name.Schema != "pg_catalog" || t.Name.Name != "tsvector" || c.col.Generated != 0 {
		return
	}
	for _, other := range o.order {
		if other.masked() && transform.KindOf(other.col.Type) == mask.Text {
			p := c.at.problem(fault.Policy, c.where, "this column is kept, and holds words of the text that it was made of; %s is masked", other.where)
			p.Hint = "make it anew with sql, as in { mask: sql, expression: \"''::tsvector\" }, or make it a generated column"
			b.warnings = append(b.warnings, p)
			return
		}
	}
}

// warnOIDs warns of kept numbers of objects: another server gives other ones.
// Large objects keep theirs.
func (b *binder) warnOIDs(c *column) {
	t := c.col.Type.Underlying()
	if t.Array && t.Elem != nil {
		t = t.Elem.Underlying()
	}
	if t.Name.Schema != "pg_catalog" || t.Name.Name != "oid" || b.policy.largeObjects != nil && b.policy.largeObjects.text == "keep" {
		return
	}
	b.warnings = append(b.warnings, c.at.problem(fault.Policy, c.where, "this column is kept, and its OIDs are those of the source's objects: on staging they name nothing, or something else"))
}

// warnBounds warns of partitions whose bounds, which are part of the schema,
// spell out values of a masked column.
func (b *binder) warnBounds(o *owner) {
	for _, t := range append([]*catalog.Table{o.table}, partitionsOf(o.table)...) {
		if t.PartKey == nil || t.PartKey.Strategy == 'h' {
			continue
		}
		for _, num := range t.PartKey.Columns {
			col := t.ColumnNum(num)
			if num == 0 || col == nil || transform.KindOf(col.Type) != mask.Text {
				continue
			}
			if c := o.columns[col.Name]; c != nil && c.masked() {
				p := c.at.problem(fault.Policy, c.where, "this column is masked, and the bounds of the partitions of %s, which are copied with the schema, show values of it", t.Name)
				b.warnings = append(b.warnings, p)
			}
		}
	}
}

const (
	// fewValues: below so many different values, how often each occurs tells
	// which is which. 86 of 100 rows of a country column were recovered so.
	fewValues = 1000
	// repeated: a value has to come up so often on average before its
	// frequency says anything.
	repeated = 5
)

// warnFrequent warns of masks by value where values repeat; it tells whether
// it did.
func (b *binder) warnFrequent(o *owner, c *column) bool {
	distinct := float64(c.col.NDistinct)
	if distinct < 0 {
		distinct = -distinct * float64(o.estimate)
	}
	if distinct < 1 || distinct >= fewValues || float64(o.estimate) < repeated*distinct {
		return false
	}
	p := c.at.problem(fault.Policy, c.where,
		"masked by its value, but it has about %.0f different values: how often each occurs tells which is which", distinct)
	if keyedWays(c.rule.spec, mask.BySubject) {
		p.Hint = "without the domain, " + c.ruleName() + " would be keyed by the subject and show nothing"
	}
	b.warnings = append(b.warnings, p)
	return true
}
