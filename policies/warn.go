package policies

import (
	"fmt"
	"regexp"

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
			b.warnKeys(c)
			b.masks = b.masks || c.masked()
			switch {
			case !c.masked() && c.explicit:
				b.refuseKept(c, guesses[c.col])
				b.warnWords(o, c)
				b.warnOIDs(c)
			case c.masked() && c.rule != nil && c.rule.spec.Name == "sql":
				b.refuseHash(c)
			case c.masked() && c.keyed == mask.ByValue && !seen[c.at]:
				b.refusePartly(c, guesses[c.col])
				seen[c.at] = b.refuseRepeats(o, c)
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

// refusedKept says what a column surely holds that should not be kept, empty
// if nothing.
func refusedKept(c *catalog.Column, g discover.Guess) string {
	switch transform.KindOf(c.Type) {
	case mask.Text, mask.Bytea:
		if g.Confidence >= sureEnough {
			return surelyPersonal[g.Class]
		}
	}
	return ""
}

func (b *binder) refuseKept(c *column, g discover.Guess) {
	if what := refusedKept(c.col, g); what != "" && len(c.refs) == 0 {
		b.refuse(RuleKept, c.where, c.at.problem(fault.Policy, c.where, "this column is kept, and by its name it holds %s", what), "mask it")
	}
}

// warnKeys warns of unique values that are made from an integer key where a
// key may be larger than there are values: the run would stop there.
func (b *binder) warnKeys(c *column) {
	if c.compiled == nil || !c.compiled.Properties().FromKey {
		return
	}
	key := c.owner.rowKey()
	if bind := b.maskBinding(c, true); bind.Subject != "" && !bind.PerRow {
		key = c.plan.read(len(c.plan.hops))
	}
	const usual = 1<<31 - 1 // keys beyond it are rare, whatever the type
	largest := float64(usual)
	if key[0].Type.Underlying().Name.Name == "int2" {
		largest = 1<<15 - 1
	}
	if have := c.compiled.Properties().Capacity; have <= largest {
		p := c.at.problem(fault.Policy, c.where, "its unique values are made from %s, and there are %.0f of them: a key from there on stops the run", catalog.Display(key[0].Name), have)
		p.Hint = "see whether the largest key is below; fpe_ff1 and pseudonym with a domain have no such limit"
		b.warnings = append(b.warnings, p)
	}
}

// refusePartly refuses to leave a part of what surely is a direct identifier.
func (b *binder) refusePartly(c *column, g discover.Guess) {
	what := surelyPersonal[g.Class]
	partly := c.ruleName() == "partial" || c.ruleName() == "replace" || c.ruleName() == "generalize" && c.facts.Kind == mask.Text
	if what == "" || g.Confidence < sureEnough || !partly {
		return
	}
	b.refuse(RulePartial, c.where, c.at.problem(fault.Policy, c.where, "by its name this column holds %s, and %s leaves a part of each as it is, which is often enough to find somebody", what, c.ruleName()),
		"use a mask of the whole value")
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

// hashes are functions that turn a value into what whoever tries all likely
// values can compare.
var hashes = regexp.MustCompile(`(?i)\b(md5|sha224|sha256|sha384|sha512|digest|hashtext|hashtextextended)\s*\(`)

func (b *binder) refuseHash(c *column) {
	for _, v := range c.rule.params {
		if text, ok := v.(string); ok && hashes.MatchString(text) {
			b.refuse(RuleHash, c.where, c.at.problem(fault.Policy, c.where, "this expression hashes without a key: whoever tries all likely values finds them"),
				"pseudonym does it with the key")
			return
		}
	}
}

// refuse notes what a waiver may let pass.
func (b *binder) refuse(rule, object string, p *Problem, out string) {
	if b.o.Waivers.Pass(rule, object) {
		return
	}
	p.Hint = orWaive(rule, object, out)
	b.refused = append(b.refused, p)
}

// orWaive offers a way out and the waiver.
func orWaive(rule, object, out string) string {
	return fmt.Sprintf("%s; or, if it is meant, add\nwaive:\n  - { rule: %s, on: %s, reason: why }", out, rule, yamlScalar(object))
}

const (
	// fewValues: below so many different values, how often each occurs tells
	// which is which. 86 of 100 rows of a country column were recovered so.
	fewValues = 1000
	// repeated: a value has to come up so often on average before its
	// frequency says anything.
	repeated = 5
)

// repeats tells how many different values a column has, and whether they are
// few and come up often, as far as the source's statistics tell.
func repeats(o *owner, c *catalog.Column) (distinct float64, few bool) {
	distinct = float64(c.NDistinct)
	if distinct < 0 {
		distinct = -distinct * float64(o.estimate)
	}
	return distinct, distinct >= 1 && distinct < fewValues && float64(o.estimate) >= repeated*distinct
}

// refuseRepeats refuses masks by value where values repeat; it tells whether
// it did.
func (b *binder) refuseRepeats(o *owner, c *column) bool {
	distinct, few := repeats(o, c.col)
	if !few || !c.explicit {
		return false
	}
	p := c.at.problem(fault.Policy, c.where,
		"masked by its value, but it has about %.0f different values: how often each occurs tells which is which", distinct)
	if b.o.Waivers.Pass(RuleFrequency, c.where) {
		return true
	}
	out := "take a mask that is keyed by the subject"
	if keyedWays(c.rule.spec, mask.BySubject) {
		out = "without the domain, " + c.ruleName() + " would be keyed by the subject and show nothing"
	}
	p.Hint = orWaive(RuleFrequency, c.where, out)
	b.repeats = append(b.repeats, p)
	return true
}
