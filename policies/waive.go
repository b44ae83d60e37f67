package policies

import (
	"slices"
	"strings"
	"time"

	"github.com/understudy-db/understudy/internal/fault"
)

// Rules that can be waived: what understudy refuses because it is seldom meant,
// and what a team may decide to live with, in writing.
const (
	// RuleLiteral is a person's data or a secret in a definition, which is
	// copied as it is.
	RuleLiteral = "schema_literal"
	// RuleKept is a kept column that by its name holds what is nobody's business.
	RuleKept = "kept_personal"
	// RuleFrequency is a mask by value where few values repeat, so that how
	// often each occurs tells which is which.
	RuleFrequency = "frequency"
	// RuleHash is an SQL expression that hashes a column without a key, so that
	// whoever tries all likely values finds them.
	RuleHash = "unkeyed_hash"
	// RulePartial is a direct identifier of which a mask leaves a part.
	RulePartial = "partial_identifier"
	// RuleOriginal is a column of the copy that holds original values of masked
	// columns, as verify.originals finds them.
	RuleOriginal = "original_value"
)

var waivable = []sectionKey{
	{RuleLiteral, "Definitions that hold an address, a number or a secret. On: the objects, as the refusal names them."},
	{RuleKept, "Kept columns that by their names hold what is nobody's business. On: schema.table.column."},
	{RuleFrequency, "Masks by value where few values repeat. On: schema.table.column."},
	{RuleHash, "SQL expressions that hash a column without a key. On: schema.table.column."},
	{RuleOriginal, "Columns in which verify.originals finds original values of masked columns. On: schema.table.column."},
	{RulePartial, "Masks that leave a part of e-mail addresses, numbers, names or secrets (partial, replace, text by generalize). On: schema.table.column."},
}

// NameRules are the rules whose refusals names and statistics tell. RuleLiteral
// needs definitions to be read, RuleOriginal the copy.
func NameRules() []string { return []string{RuleKept, RuleFrequency, RuleHash, RulePartial} }

var waiverKeys = []sectionKey{
	{"rule", "What is waived: " + strings.Join(keyNames(waivable), ", ") + "."},
	{"on", "Objects that it is waived for: one or a list, in which * stands for any characters."},
	{"reason", "Why that is all right, for whoever signs the policy. Required."},
	{"until", "Last day of the waiver, as YYYY-MM-DD. After it the refusal is back. Without one it has no end."},
}

// waiver is one entry below waive.
type waiver struct {
	place
	rule   string
	on     []string
	reason string
	until  time.Time // the day's beginning in UTC; zero: no end
}

// Waived is a refusal that a waiver of the policy lets pass.
type Waived struct {
	Rule, Object, Reason string
	Until                time.Time // zero: no end
	Origin               string    // file:line:col of the waiver
}

func (l *policyLoader) waivers(n *node) {
	if n.kind == nullNode {
		return
	}
	items := []*node{n}
	if n.kind == listNode {
		items = n.items
	}
	for _, item := range items {
		if item.kind != mapNode {
			l.add(item.problem(fault.Usage, "waive", "want a map with rule, on and reason, found %s", item.describe()))
			continue
		}
		l.waiver(item)
	}
}

func (l *policyLoader) waiver(n *node) {
	w := &waiver{place: n.place}
	for _, p := range n.pairs {
		switch key := p.key.text; key {
		case "on":
			for _, o := range l.names(p.value, "waive: on") {
				w.on = append(w.on, o.text)
			}
		case "rule", "reason", "until":
			if p.value.kind != scalarNode {
				l.add(p.value.problem(fault.Usage, "waive: "+key, "want a text, found %s", p.value.describe()))
				return
			}
			l.waiverText(w, key, p.value)
		default:
			l.unknown(p.key, "waive", "a waiver", waiverKeys)
			return
		}
	}
	switch {
	case w.rule == "":
		l.add(n.problem(fault.Usage, "waive", "this waiver has no rule")).hint("rules are %s", strings.Join(keyNames(waivable), ", "))
	case strings.TrimSpace(w.reason) == "":
		l.add(n.problem(fault.Usage, "waive", "this waiver gives no reason")).hint("a waiver is for people to sign: write why it is all right")
	case len(w.on) == 0:
		l.add(n.problem(fault.Usage, "waive", "this waiver does not say what it is for")).hint("on: names what the refusal names; * stands for anything")
	default:
		l.policy.waivers = append(l.policy.waivers, w)
	}
}

func (l *policyLoader) waiverText(w *waiver, key string, n *node) {
	switch key {
	case "reason":
		w.reason = n.text
	case "rule":
		w.rule = n.text
		if !slices.Contains(keyNames(waivable), n.text) {
			p := l.add(n.problem(fault.Usage, "waive: rule", "there is no such rule to waive"))
			p.hint("rules are %s", strings.Join(keyNames(waivable), ", "))
		}
	case "until":
		day, err := time.Parse(time.DateOnly, n.text)
		if err != nil {
			l.add(n.problem(fault.Usage, "waive: until", "this is no day")).hint("write it as 2027-03-31")
		}
		w.until = day
	}
}

// Waivers tells what a policy's waivers let pass on one day, and which of them
// did. Not safe for concurrent use.
type Waivers struct {
	all   []*waiver
	today time.Time
	used  []Waived
	hit   map[*waiver]bool
}

// Waivers are the policy's, on a day.
func (p *Policy) Waivers(now time.Time) *Waivers {
	return &Waivers{all: p.waivers, today: now.UTC().Truncate(24 * time.Hour), hit: map[*waiver]bool{}}
}

// Pass tells whether a refusal may pass.
func (w *Waivers) Pass(rule, object string) bool {
	for _, x := range w.all {
		if x.rule != rule || x.expired(w.today) || !slices.ContainsFunc(x.on, func(on string) bool { return matchesText(on, object) }) {
			continue
		}
		w.hit[x] = true
		w.used = append(w.used, Waived{rule, object, x.reason, x.until, x.String()})
		return true
	}
	return false
}

// Used are the refusals that passed, in the order in which they came.
func (w *Waivers) Used() []Waived { return w.used }

// Problems are waivers that have run out, which is an error, and those of the
// given rules that let nothing pass, which is worth a warning.
func (w *Waivers) Problems(rules ...string) (expired, unused Problems) {
	for _, x := range w.all {
		switch {
		case !slices.Contains(rules, x.rule):
		case x.expired(w.today):
			p := x.problem(fault.Policy, "waive", "this waiver of %s ended on %s", x.rule, x.until.Format(time.DateOnly))
			p.Hint = "mend what it was for, or sign it again with a later day"
			expired = append(expired, p)
		case !w.hit[x]:
			p := x.problem(fault.Policy, "waive", "this waiver of %s lets nothing pass", x.rule)
			p.Hint = "delete it"
			unused = append(unused, p)
		}
	}
	return expired, unused
}

func (x *waiver) expired(today time.Time) bool { return !x.until.IsZero() && today.After(x.until) }

// matchesText tells whether a text is a pattern's in which * stands for any
// characters, none included.
func matchesText(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return strings.HasSuffix(text, parts[last])
}
