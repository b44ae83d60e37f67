package policies

import (
	"fmt"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/transform/mask"
)

const (
	ruleWhen = "when"
	ruleIf   = "if"
)

// columnRule reads what a column's entry says: a rule, or a list of rules with
// conditions. Nil after a problem.
func (l *policyLoader) columnRule(n *node, where string) *Rule {
	if n.kind != listNode {
		return l.rule(n, where)
	}
	if len(n.items) == 0 {
		l.add(n.problem(fault.Usage, where, "the list of rules is empty"))
		return nil
	}
	out := &Rule{place: n.place, spec: mask.Find(ruleWhen), params: mask.Params{}, paramAt: map[string]place{}}
	var cases []mask.NamedSub
	unconditional := 0 // items with if and without when
	ok := true
	for i, item := range n.items {
		last := i == len(n.items)-1
		rest, when, iff := withoutConditions(item)
		if iff != nil && !l.checkIf(iff, where) {
			ok = false
			continue
		}
		switch {
		case iff != nil && last:
			l.add(iff.problem(fault.Usage, where, "the last rule has a condition, so that rows which meet none would have no rule")).
				hint("add one without if, such as { mask: redact }")
			ok = false
			continue
		case iff != nil && when == nil: // it comes to rows that no condition before has taken
			always := *iff
			always.text = mask.Always(unconditional)
			unconditional++
			when = &always
		case when == nil && !last:
			l.add(item.problem(fault.Usage, where, "rules after this one are never reached: it has no condition")).hint("put it last, or give it when")
			ok = false
			continue
		case when != nil && last:
			l.add(when.problem(fault.Usage, where, "the last rule has a condition, so that rows which meet none would have no rule")).
				hint("add one without when, such as { mask: redact }; keep passes such rows through")
			ok = false
			continue
		case when != nil && (when.kind != scalarNode || strings.TrimSpace(when.text) == ""):
			l.add(when.problem(fault.Usage, where, "when: want an SQL condition, found %s", when.describe()))
			ok = false
			continue
		}
		at := "else"
		if when != nil {
			at = "cases." + when.text
			if _, twice := out.paramAt[at]; twice {
				l.add(when.problem(fault.Usage, where, "this condition stands here twice"))
				ok = false
				continue
			}
			out.paramAt["when."+when.text] = when.place
		}
		if rest.kind == mapNode && rest.get("unchanged") != nil {
			out.unchanged = true
		}
		sub := l.subRule(out, at, rest, where)
		switch {
		case sub == nil:
			ok = false
		case iff != nil:
			sub.If = iff.text
			cases = append(cases, mask.NamedSub{Name: when.text, Sub: sub})
		case when == nil:
			out.params["else"] = sub
		default:
			cases = append(cases, mask.NamedSub{Name: when.text, Sub: sub})
		}
	}
	if !ok {
		return nil
	}
	if len(cases) == 0 { // a list of one rule
		return l.rule(n.items[0], where)
	}
	out.params["cases"] = cases
	return out
}

// checkIf tells of a condition on what a rule writes that cannot be read.
func (l *policyLoader) checkIf(n *node, where string) bool {
	if n.kind != scalarNode || strings.TrimSpace(n.text) == "" {
		l.add(n.problem(fault.Usage, where, "if: want an expression over value, found %s", n.describe()))
		return false
	}
	if err := mask.CheckCondition(n.text); err != nil {
		l.add(n.problem(fault.Usage, where, "if: %v", err)).hint("it is about value, the text that the rule has written: len(value) <= 20, value matches '^[A-Z]+$'; conditions on the source's row are SQL, under when")
		return false
	}
	return true
}

// withoutConditions takes the conditions off a rule.
func withoutConditions(n *node) (rest, when, iff *node) {
	if n.kind != mapNode {
		return n, nil, nil
	}
	out := *n
	out.pairs = nil
	for _, p := range n.pairs {
		if p.key.text == ruleWhen {
			when = p.value
			continue
		}
		if p.key.text == ruleIf {
			iff = p.value
			continue
		}
		out.pairs = append(out.pairs, p)
	}
	return &out, when, iff
}

// conditions are those of a rule, in order.
func conditions(r *Rule) []mask.NamedSub {
	if r == nil || r.spec.Name != ruleWhen {
		return nil
	}
	cases, _ := r.params["cases"].([]mask.NamedSub)
	return cases
}

// conditionAt is where a condition was written.
func (r *Rule) conditionAt(condition string) place {
	if at, ok := r.paramAt["when."+condition]; ok {
		return at
	}
	return r.paramAt["cases."+condition]
}

// valueSQL is what the source sends for a column with conditions: its value, or
// what the sql rule of the condition that holds makes of it.
func valueSQL(r *Rule, col *catalog.Column) string {
	plain := catalog.QuoteIdent(col.Name)
	value := func(s *mask.Sub) string {
		if s.Spec.Name == ruleSQL {
			return cast(s.Params["expression"].(string), col)
		}
		return plain
	}
	otherwise, _ := r.params["else"].(*mask.Sub)
	any := otherwise.Spec.Name == ruleSQL
	var b strings.Builder
	b.WriteString("CASE")
	for _, c := range conditions(r) {
		any = any || c.Sub.Spec.Name == ruleSQL
		fmt.Fprintf(&b, " WHEN (\n%s\n) THEN %s", c.Name, value(c.Sub))
	}
	if !any {
		return plain
	}
	return b.String() + " ELSE " + value(otherwise) + " END"
}

// caseSQL tells, as text, the number of the first condition that holds, or how
// many there are. The newlines keep a comment at a condition's end from
// swallowing what follows.
func caseSQL(r *Rule) string {
	cases := conditions(r)
	if len(cases) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("CASE")
	for i, c := range cases {
		fmt.Fprintf(&b, " WHEN (\n%s\n) THEN '%d'", c.Name, i)
	}
	fmt.Fprintf(&b, " ELSE '%d' END::text", len(cases))
	return b.String()
}
