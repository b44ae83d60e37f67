package policies

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/understudy-db/understudy/catalog"
)

// namesIn lists the columns of t that an expression of the catalog may read.
// It looks at words, not at grammar, and so may name a column that is not
// meant; it never misses one.
func namesIn(t *catalog.Table, expr string) []string {
	if expr == "" {
		return nil
	}
	words := map[string]bool{}
	for i := 0; i < len(expr); {
		switch c := expr[i]; {
		case c == '\'':
			i = skipQuoted(expr, i, '\'')
		case c == '"':
			end := skipQuoted(expr, i, '"')
			if end-i >= 2 {
				words[strings.ReplaceAll(expr[i+1:max(i+1, end-1)], `""`, `"`)] = true
			}
			i = end
		default:
			r, size := utf8.DecodeRuneInString(expr[i:])
			if r != '_' && !unicode.IsLetter(r) {
				i += size
				continue
			}
			from := i
			for i < len(expr) {
				r, size := utf8.DecodeRuneInString(expr[i:])
				if r != '_' && r != '$' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
					break
				}
				i += size
			}
			words[expr[from:i]] = true
		}
	}
	var out []string
	whole := strings.Contains(expr, ".*") // a reference to the row as a whole
	for _, c := range t.Columns {
		if whole || words[c.Name] {
			out = append(out, c.Name)
		}
	}
	return out
}

// skipQuoted finds the end of a quoted text, in which quotes are doubled.
func skipQuoted(s string, i int, quote byte) int {
	escapes := quote == '\'' && i > 0 && (s[i-1] == 'E' || s[i-1] == 'e')
	for i++; i < len(s); i++ {
		switch {
		case escapes && s[i] == '\\':
			i++
		case s[i] == quote && i+1 < len(s) && s[i+1] == quote:
			i++
		case s[i] == quote:
			return i + 1
		}
	}
	return len(s)
}

const identPattern = `("(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)`

var (
	// oneColumn is an index expression that keeps different values of one
	// column different, or different but for case and blanks around:
	// lower(email::text), lower(btrim(email)).
	oneColumn = regexp.MustCompile(`^\(*((?:(?:(?:lower|upper|md5|btrim)\(|TRIM\(BOTH FROM )\(*)*)` + identPattern + `\)*(?:::(?:text|character varying|citext|bpchar|name)\)*)*$`)
	// foldsCase finds the functions that take upper and lower case for the same.
	foldsCase = regexp.MustCompile(`\b(?:lower|upper)\(`)
	// nullTest is a predicate of null tests alone.
	nullTests = regexp.MustCompile(`(?i)^[\s()]*` + identPattern + `\s+is\s+(?:not\s+)?null[\s()]*(?:(?:and|or)[\s()]*` + identPattern + `\s+is\s+(?:not\s+)?null[\s()]*)*$`)
)

// wrapped recognises an index expression over one column alone. fold tells
// that it takes upper and lower case for the same.
func wrapped(t *catalog.Table, expr string) (column string, fold, ok bool) {
	m := oneColumn.FindStringSubmatch(strings.TrimSpace(expr))
	if m == nil {
		return "", false, false
	}
	name := m[2]
	if strings.HasPrefix(name, `"`) {
		name = strings.ReplaceAll(name[1:len(name)-1], `""`, `"`)
	}
	if t.Column(name) == nil {
		return "", false, false
	}
	return name, foldsCase.MatchString(m[1]), true
}
