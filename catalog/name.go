package catalog

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Name is a schema-qualified name, exactly as the catalog holds it.
type Name struct {
	Schema, Name string
}

// SQL is the name quoted for use in a statement.
func (n Name) SQL() string { return QuoteIdent(n.Schema) + "." + QuoteIdent(n.Name) }

// String is the name as people and policy files write it: quoted only where
// SQL needs it, control characters escaped so that it cannot disturb a terminal.
func (n Name) String() string { return Display(n.Schema) + "." + Display(n.Name) }

// Less orders names bytewise by schema, then name.
func (n Name) Less(m Name) bool {
	if n.Schema != m.Schema {
		return n.Schema < m.Schema
	}
	return n.Name < m.Name
}

// Compare orders names like Less: negative, zero or positive.
func (n Name) Compare(m Name) int {
	if c := strings.Compare(n.Schema, m.Schema); c != 0 {
		return c
	}
	return strings.Compare(n.Name, m.Name)
}

// QuoteIdent always quotes an identifier for use in a statement.
func QuoteIdent(s string) string {
	return `"` + strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), `"`, `""`) + `"`
}

// QuoteLiteral quotes a string for use in a statement, whatever
// standard_conforming_strings is.
func QuoteLiteral(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), `'`, `''`)
	if strings.Contains(s, `\`) {
		return ` E'` + strings.ReplaceAll(s, `\`, `\\`) + `'`
	}
	return `'` + s + `'`
}

// Display shows an identifier to a person: bare where SQL allows that, quoted
// otherwise, with control and other unprintable characters escaped.
func Display(s string) string {
	bare := s != ""
	for i, r := range s {
		if !(r == '_' || (r >= 'a' && r <= 'z') || (i > 0 && (r >= '0' && r <= '9' || r == '$'))) {
			bare = false
			break
		}
	}
	if bare {
		return s
	}
	var b strings.Builder
	b.WriteByte('"')
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size <= 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '"':
			b.WriteString(`""`)
		case !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteRune(r)
		}
		i += size
	}
	b.WriteByte('"')
	return b.String()
}
