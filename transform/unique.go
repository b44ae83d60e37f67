package transform

import (
	"strings"

	"github.com/understudy-db/understudy/catalog"
)

// unique tells whether a valid unique index covers exactly the named column of
// t, or an expression over it alone, and whether such an index may ignore
// case. A partial index counts: its part of the rows must stay unique.
func unique(t *catalog.Table, name string) (found, foldsCase bool) {
	c := t.Column(name)
	if c == nil {
		return false, false
	}
	for _, x := range t.Indexes {
		if !x.Unique || !x.Valid || len(x.Keys) != 1 {
			continue
		}
		k := x.Keys[0]
		switch {
		case k.Column != 0 && k.Column == c.Num:
			found = true
			foldsCase = foldsCase || k.NonDetColl
		case k.Column == 0 && overAlone(t, c, k.Expression):
			// Nobody tells us what the expression folds; case is what most do.
			found, foldsCase = true, true
		}
	}
	return found, foldsCase
}

// overAlone tells whether an expression, as pg_get_indexdef prints it, names
// column c and no other column of t.
func overAlone(t *catalog.Table, c *catalog.Column, expr string) bool {
	found := false
	for _, name := range namesIn(expr) {
		if name == c.Name {
			found = true
		} else if t.Column(name) != nil {
			return false
		}
	}
	return found
}

// namesIn lists the identifiers of a deparsed expression that may be columns:
// not functions, which a parenthesis follows, not types, which follow ::, and
// not what is inside literals. Keywords are among them; a column of a
// keyword's name is printed in quotes.
func namesIn(expr string) []string {
	var names []string
	cast := false // after ::, among the words of a type
	for i := 0; i < len(expr); {
		switch ch := expr[i]; {
		case ch == '\'':
			i = skipQuoted(expr, i, '\'')
			cast = false
		case ch == '"' || wordStart(ch):
			name, next := identifier(expr, i)
			i = next
			rest := strings.TrimLeft(expr[i:], " ")
			if !cast && !strings.HasPrefix(rest, "(") {
				names = append(names, name)
			}
		case strings.HasPrefix(expr[i:], "::"):
			i += 2
			cast = true
		default:
			if ch != '.' && ch != ' ' { // a type may be several words and have a schema
				cast = false
			}
			i++
		}
	}
	return names
}

// identifier reads the name at expr[i:] and returns it without quotes, and
// where it ends.
func identifier(expr string, i int) (string, int) {
	if expr[i] == '"' {
		end := skipQuoted(expr, i, '"')
		return strings.ReplaceAll(strings.TrimSuffix(expr[i+1:end], `"`), `""`, `"`), end
	}
	end := i
	for end < len(expr) && (wordStart(expr[end]) || expr[end] >= '0' && expr[end] <= '9' || expr[end] == '$') {
		end++
	}
	return expr[i:end], end
}

// skipQuoted returns where the quoted text that begins at s[i] ends. A doubled
// quote stands for itself.
func skipQuoted(s string, i int, quote byte) int {
	for i++; i < len(s); i++ {
		if s[i] != quote {
			continue
		}
		if i+1 < len(s) && s[i+1] == quote {
			i++
			continue
		}
		return i + 1
	}
	return len(s)
}

func wordStart(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
