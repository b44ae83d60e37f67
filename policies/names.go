package policies

import (
	"fmt"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// ident is one part of a name as written: bare, or in double quotes.
type ident struct {
	text   string
	quoted bool
}

// wild tells whether the part is a pattern: only bare parts are.
func (i ident) wild() bool { return !i.quoted && strings.ContainsAny(i.text, "*?") }

// matches tells whether the part means the given name of the catalog. A bare
// part stands for the name exactly as written and, as in SQL, for its
// lower-case form.
func (i ident) matches(name string) bool {
	if i.wild() {
		return glob(i.text, name) || glob(strings.ToLower(i.text), name)
	}
	return i.text == name || !i.quoted && strings.ToLower(i.text) == name
}

// parseIdents splits a name in SQL syntax at its dots: a."B c".d
func parseIdents(s string) ([]ident, error) {
	p := scanner{s: s}
	var parts []ident
	for {
		part, err := p.ident()
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		if !p.take(".") {
			break
		}
	}
	if p.skip(); p.i < len(p.s) {
		return nil, fmt.Errorf("unexpected %q after the name", p.rest())
	}
	return parts, nil
}

// scanner reads names, lists and arrows.
type scanner struct {
	s string
	i int
}

func (p *scanner) skip() {
	for p.i < len(p.s) && strings.IndexByte(" \t\n\r", p.s[p.i]) >= 0 {
		p.i++
	}
}

// rest is a short look at what follows, for messages.
func (p *scanner) rest() string {
	const most = 20
	r := []rune(p.s[p.i:])
	return string(r[:min(most, len(r))])
}

// take consumes a token if it is next.
func (p *scanner) take(tok string) bool {
	p.skip()
	if strings.HasPrefix(p.s[p.i:], tok) {
		p.i += len(tok)
		return true
	}
	return false
}

// ident reads a bare or quoted identifier. A bare one ends at a dot, comma,
// parenthesis, quote or arrow; spaces inside it are refused, because they are
// a forgotten quote far more often than a name.
func (p *scanner) ident() (ident, error) {
	p.skip()
	if p.i < len(p.s) && p.s[p.i] == '"' {
		var b strings.Builder
		for j := p.i + 1; j < len(p.s); j++ {
			if p.s[j] != '"' {
				b.WriteByte(p.s[j])
				continue
			}
			if j+1 < len(p.s) && p.s[j+1] == '"' {
				b.WriteByte('"')
				j++
				continue
			}
			p.i = j + 1
			if b.Len() == 0 {
				return ident{}, fmt.Errorf(`an empty name ("")`)
			}
			return ident{text: b.String(), quoted: true}, nil
		}
		return ident{}, fmt.Errorf("a double quote is not closed")
	}
	from := p.i
	for p.i < len(p.s) && strings.IndexByte(" \t\n\r.,()\"", p.s[p.i]) < 0 && !strings.HasPrefix(p.s[p.i:], "->") {
		p.i++
	}
	if p.i == from {
		if p.i == len(p.s) {
			return ident{}, fmt.Errorf("a name is missing at the end")
		}
		return ident{}, fmt.Errorf("a name is missing before %q", p.rest())
	}
	return ident{text: p.s[from:p.i]}, nil
}

// ParseName reads schema.table in SQL identifier syntax: bare parts are taken
// in lower case, quoted ones as they are. Errors are of kind Usage.
func ParseName(s string) (catalog.Name, error) {
	p, err := parseTable(s)
	if err == nil && p.wild() {
		err = fmt.Errorf("want one table, not a pattern")
	}
	if err != nil {
		return catalog.Name{}, fault.New(fault.Usage, "%v", err).At(s).
			WithHint(`write it as policies do: public.orders, or public."Order Items"`)
	}
	fold := func(i ident) string {
		if i.quoted {
			return i.text
		}
		return strings.ToLower(i.text)
	}
	return catalog.Name{Schema: fold(p.schema), Name: fold(p.name)}, nil
}

// tablePattern is a table's name in a policy file, perhaps with wildcards.
type tablePattern struct {
	schema, name ident
}

func parseTable(s string) (tablePattern, error) {
	parts, err := parseIdents(s)
	switch {
	case err != nil:
		return tablePattern{}, err
	case len(parts) == 1:
		return tablePattern{}, errNoSchema
	case len(parts) > 2:
		return tablePattern{}, fmt.Errorf("a table is named as schema.table, this has %d parts", len(parts))
	}
	return tablePattern{parts[0], parts[1]}, nil
}

var errNoSchema = fmt.Errorf("a table is named with its schema, as schema.table")

func (t tablePattern) wild() bool { return t.schema.wild() || t.name.wild() }

func (t tablePattern) matches(n catalog.Name) bool {
	return t.schema.matches(n.Schema) && t.name.matches(n.Name)
}

// exact are the names that a pattern without wildcards may mean, the most
// literal first.
func (t tablePattern) exact() []catalog.Name {
	var out []catalog.Name
	for _, s := range t.schema.spellings() {
		for _, n := range t.name.spellings() {
			out = append(out, catalog.Name{Schema: s, Name: n})
		}
	}
	return out
}

func (i ident) spellings() []string {
	if lower := strings.ToLower(i.text); !i.quoted && lower != i.text {
		return []string{i.text, lower}
	}
	return []string{i.text}
}

// glob matches * (any run of characters) and ? (one character).
func glob(pattern, s string) bool {
	p, t := []rune(pattern), []rune(s)
	star, mark := -1, 0
	i, j := 0, 0
	for j < len(t) {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == t[j]):
			i++
			j++
		case star >= 0:
			i = star + 1
			mark++
			j = mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}

// findColumn finds the column that a policy's column key means. The key is a
// SQL identifier; since YAML has taken away one level of quotes, text that is
// no bare identifier also means the column of exactly that name.
func findColumn(t *catalog.Table, key string) *catalog.Column {
	if c := t.Column(key); c != nil {
		return c
	}
	parts, err := parseIdents(key)
	if err != nil || len(parts) != 1 {
		return nil
	}
	for _, s := range parts[0].spellings() {
		if c := t.Column(s); c != nil {
			return c
		}
	}
	return nil
}

// columnNames lists a table's columns as a policy writes them.
func columnNames(t *catalog.Table) []string {
	out := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = c.Name
	}
	return out
}

// identSQL writes a name as SQL identifier syntax, bare where the parser of
// this package reads it back as the same name.
func identSQL(s string) string {
	bare := s != "" && strings.ToLower(s) == s && !strings.ContainsAny(s, " \t\n\r.,()\"*?") && !strings.Contains(s, "->")
	if bare {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// tableKey writes a table's name as a policy file's key.
func tableKey(n catalog.Name) string { return identSQL(n.Schema) + "." + identSQL(n.Name) }
