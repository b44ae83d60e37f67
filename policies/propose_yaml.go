package policies

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/policies/discover"
)

// yaml writes the proposal as a policy file.
func (p *proposer) yaml() []byte {
	var b strings.Builder
	if p.o.KeepAll {
		b.WriteString(`# Every column of every table is kept: staging under this policy holds the source's
# values as they are, personal ones included.
version: 1
`)
	} else {
		from := "names, types and constraints.\n# Nothing was read from the tables. "
		if p.o.Sampled {
			from = "names, types, constraints\n# and samples of values, of which only shares are told. "
		}
		b.WriteString("# A first policy, proposed by understudy init from " + from + `Look at every line marked "review:", then run
#   understudy check
# keep passes values through; a mask replaces them. docs/masks.md describes every mask.
version: 1
`)
	}
	if len(p.tables) == 0 {
		b.WriteString("tables: {}\n")
	} else {
		b.WriteString("tables:\n")
	}
	for _, t := range p.tables {
		b.WriteString(t.yaml("  "))
	}
	switch n := p.cat.LargeObjects; {
	case n > 0 && p.o.KeepAll:
		b.WriteString("large_objects: keep\n")
	case n > 0:
		fmt.Fprintf(&b, "large_objects: none   # review: the source has %d; keep copies them as they are\n", n)
	}
	if p.o.KeepAll && p.keepsPersonal() {
		fmt.Fprintf(&b, "waive:\n  - { rule: %s, on: \"*\", reason: everything is kept on purpose }\n", RuleKept)
	}
	if lines := undecided(p.tables); len(lines) > 0 && !p.o.KeepAll {
		b.WriteString("waive:\n")
		for _, line := range lines {
			b.WriteString("  " + line + "\n")
		}
	}
	return []byte(b.String())
}

// undecided are list items of waive: they let columns pass, until somebody
// decides, of which nothing fits that a check would not refuse.
func undecided(tables []*proposal) []string {
	var out []string
	for _, t := range tables {
		if t.rows != "" {
			continue
		}
		var byName map[*catalog.Column]discover.Guess
		waive := func(rule string, d *decision, reason string) {
			out = append(out, fmt.Sprintf("- { rule: %s, on: %s, reason: %s }   # review: decide before it is refreshed",
				rule, yamlQuote(t.owner.name+"."+catalog.Display(d.col.Name)), reason))
		}
		for _, d := range t.columns {
			switch {
			case len(d.roots) > 0: // refused where its rule stands
			case d.choice().mask != ruleKeep:
				if _, few := repeats(t.owner, d.col); few && d.choice().readsValue() {
					waive(RuleFrequency, d, "its values have to stay distinct")
				}
			default:
				if byName == nil {
					byName = guessesOf(t.owner.table)
				}
				if refusedKept(d.col, byName[d.col]) != "" {
					waive(RuleKept, d, "no mask fits it")
				}
			}
		}
	}
	return out
}

// keepsPersonal tells whether a check would refuse a policy that keeps everything.
func (p *proposer) keepsPersonal() bool {
	for _, t := range p.tables {
		for _, d := range t.columns {
			if refusedKept(d.col, d.guess) != "" {
				return true
			}
		}
	}
	return false
}

// yaml is the table's entry, each line after indent.
func (t *proposal) yaml(indent string) string {
	var b strings.Builder
	line := func(depth int, format string, args ...any) {
		b.WriteString(indent)
		b.WriteString(strings.Repeat("  ", depth))
		fmt.Fprintf(&b, format, args...)
		b.WriteByte('\n')
	}
	name := yamlKey(tableKey(t.owner.table.Name))
	if t.rows != "" {
		line(0, "%s: { rows: none }%s", name, comment(t.rows))
		return b.String()
	}
	var keep []string
	for _, d := range t.columns {
		if d.inKeepList() {
			keep = append(keep, yamlKey(d.col.Name))
		}
	}
	lines := t.columnLinesOf(func(d *decision) bool { return !d.inKeepList() })
	if len(keep) == 0 && len(lines) == 0 {
		line(0, "%s: { rows: all }", name)
		return b.String()
	}
	line(0, "%s:", name)
	if t.subject != "" {
		line(1, "subject: %s%s", yamlText(t.subject), comment(t.why))
	}
	if len(keep) > 0 {
		wrapped := wrapList(keep)
		line(1, "keep: [%s", wrapped[0])
		for _, more := range wrapped[1:] {
			line(3, "%s", more)
		}
	}
	if len(lines) > 0 {
		line(1, "columns:")
		for _, l := range lines {
			line(2, "%s", l)
		}
	}
	return b.String()
}

// inKeepList: kept without a question goes into the short list.
func (d *decision) inKeepList() bool { return d.choice().mask == ruleKeep && d.review() == "" }

// wrapList breaks a list into lines of some 100 characters and closes it.
func wrapList(items []string) []string {
	const width = 100
	var lines []string
	line := ""
	for i, item := range items {
		if i < len(items)-1 {
			item += ","
		} else {
			item += "]"
		}
		switch {
		case line == "":
			line = item
		case len(line)+1+len(item) > width:
			lines = append(lines, line)
			line = item
		default:
			line += " " + item
		}
	}
	return append(lines, line)
}

func (t *proposal) columnLines(indent string) []string {
	lines := t.columnLinesOf(func(*decision) bool { return true })
	for i := range lines {
		lines[i] = indent + lines[i]
	}
	return lines
}

// columnLinesOf writes one line for each column, comments aligned.
func (t *proposal) columnLinesOf(want func(*decision) bool) []string {
	var lines, comments []string
	width := 0
	for _, d := range t.columns {
		if !want(d) {
			continue
		}
		l := yamlKey(d.col.Name) + ": " + d.choice().yaml(d.leader())
		lines = append(lines, l)
		comments = append(comments, d.comment())
		if n := len([]rune(l)); n > width && n <= maxAlign {
			width = n
		}
	}
	for i, c := range comments {
		if c != "" {
			lines[i] += strings.Repeat(" ", max(0, width-len([]rune(lines[i])))) + comment(c)
		}
	}
	return lines
}

// maxAlign is the longest rule that pushes the other lines' comments to the right.
const maxAlign = 60

func (d *decision) comment() string {
	switch {
	case d.follow != nil:
		return "like " + d.follow.table.owner.name + "." + catalog.Display(d.follow.col.Name)
	case d.review() != "" && d.guess.Class == discover.Unknown:
		return "review: " + d.review()
	case d.review() != "":
		return fmt.Sprintf("review: %s (%s)", d.review(), because(d.guess))
	}
	return because(d.guess)
}

// comment makes text a YAML comment at the end of a line.
func comment(text string) string {
	if text == "" {
		return ""
	}
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 || r == 0xfeff {
			return ' '
		}
		return r
	}, text)
	return "   # " + strings.ToValidUTF8(text, "?")
}

// yaml writes the choice as a rule; d names the domain.
func (c choice) yaml(d *decision) string {
	if len(c.params) == 0 && !c.domain {
		if c.mask == ruleNull {
			return "null"
		}
		return c.mask
	}
	parts := []string{"mask: " + c.mask}
	if c.domain {
		parts = append(parts, "domain: "+yamlText(d.domain()))
	}
	for _, p := range c.params {
		parts = append(parts, p.name+": "+yamlScalar(p.value))
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

func yamlScalar(v any) string {
	switch v := v.(type) {
	case string:
		return yamlText(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// yamlText writes text as a scalar, bare where that is safe.
func yamlText(s string) string {
	for i, r := range s {
		ok := r == '_' || r >= 'a' && r <= 'z' || i > 0 && (r == '.' || r == ' ' || r == '>' || r == '-' || r >= '0' && r <= '9')
		if !ok {
			return yamlQuote(s)
		}
	}
	if s == "" || strings.HasSuffix(s, " ") || reservedWords[s] {
		return yamlQuote(s)
	}
	return s
}
