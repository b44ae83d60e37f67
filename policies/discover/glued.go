package discover

import (
	"strings"
	"unicode"

	"github.com/understudy-db/understudy/catalog"
)

const (
	longestGlue   = 4    // letters
	leastGlued    = 4    // columns of a table
	gluedShare    = 0.9  // of a table's columns begin with them
	gluedSchema   = 0.8  // of a schema's columns do, of all tables together
	leastOfSchema = 20   // columns
	knownShare    = 0.55 // of what is left are words that the vocabulary knows
)

// gluedPrefix is what names begin with without a sign or capital behind it and
// without saying anything: the ox of oxfname and oxstreet, the s of sname and
// sphone. It is empty where what is left would not be words.
func gluedPrefix(names []string, share float64) string {
	var prefix string
	for n := longestGlue; n > 0 && prefix == ""; n-- {
		counts := map[string]int{}
		for _, name := range names {
			if p, ok := glued(name, n); ok {
				counts[p]++
			}
		}
		for p, count := range counts {
			if float64(count) >= share*float64(len(names)) && (n > 1 || count == len(names)) {
				prefix = p
			}
		}
	}
	if prefix == "" {
		return ""
	}
	with, without := 0, 0
	for _, name := range names {
		if known(Tokens(name)) {
			with++
		}
		if rest := trimGlue(name, prefix); rest != name && known(Tokens(rest)) {
			without++
		}
	}
	if float64(without) < knownShare*float64(len(names)) || without <= with {
		return ""
	}
	return prefix
}

// glued are the first n letters of a name if the next is one of the same word.
func glued(name string, n int) (string, bool) {
	if len(name) < n+2 {
		return "", false
	}
	for i := range n + 1 {
		if r := rune(name[i]); !unicode.IsLetter(r) || i > 0 && unicode.IsUpper(r) != unicode.IsUpper(rune(name[i-1])) {
			return "", false
		}
	}
	return strings.ToLower(name[:n]), true
}

// trimGlue takes a prefix off that is glued to a name.
func trimGlue(name, prefix string) string {
	if p, ok := glued(name, len(prefix)); ok && p == prefix {
		return name[len(prefix):]
	}
	return name
}

// gluedName is what names end with without a sign before it: the table's name,
// as in nomartisan and villeartisan, or letters that it begins with, as in
// emailu and mdpu of utilisateur. It is empty where what is left would not be
// words.
func gluedName(t *catalog.Table) string {
	name := strings.ToLower(t.Name.Name)
	for n := len(name); n > 0; n-- {
		if n < len(name) && n > longestGlue || !unicode.IsLetter(rune(name[n-1])) {
			continue
		}
		end := name[:n]
		ends, with, without := 0, 0, 0
		for _, c := range t.Columns {
			rest := trimEnd(c.Name, end)
			if rest == c.Name {
				continue
			}
			ends++
			if known(Tokens(c.Name)) {
				with++
			}
			if known(Tokens(rest)) {
				without++
			}
		}
		if ends >= leastGlued && (n > 2 || float64(ends) >= gluedSchema*float64(len(t.Columns))) && without > with && float64(without) >= knownShare*float64(ends) {
			return end
		}
	}
	return ""
}

// trimEnd takes an end off that is glued to a name.
func trimEnd(name, end string) string {
	rest := len(name) - len(end)
	if end == "" || rest < 2 || !strings.HasSuffix(strings.ToLower(name), end) {
		return name
	}
	if before, first := rune(name[rest-1]), rune(name[rest]); !unicode.IsLetter(before) || unicode.IsUpper(first) != unicode.IsUpper(before) {
		return name
	}
	return name[:rest]
}

func known(toks []string) bool {
	for _, w := range toks {
		if !vocabulary().words[w] && !vocabulary().short[w] && !isDigits(w) && !plural(w) {
			return false
		}
	}
	return true
}

func plural(w string) bool {
	for _, form := range singulars(w) {
		if vocabulary().words[form] {
			return true
		}
	}
	return false
}

// gluedBySchema is the prefix glued to nearly all names of a schema.
func gluedBySchema(tables []*catalog.Table) string {
	var names []string
	for _, t := range tables {
		names = append(names, columnNames(t)...)
	}
	if len(names) >= leastOfSchema {
		if p := gluedPrefix(names, gluedSchema); len(p) > 1 {
			return p
		}
	}
	return ""
}

// gluedByTable is the prefix glued to nearly all names of a table.
func gluedByTable(t *catalog.Table) string {
	if len(t.Columns) < leastGlued {
		return ""
	}
	return gluedPrefix(columnNames(t), gluedShare)
}

func columnNames(t *catalog.Table) []string {
	var out []string
	for _, c := range t.Columns {
		out = append(out, c.Name)
	}
	return out
}
