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

// gluedBySchema are the prefixes glued to nearly all names of a schema.
func gluedBySchema(cat *catalog.Catalog) map[string]string {
	names := map[string][]string{}
	for _, t := range cat.Tables {
		if Covers(t) {
			names[t.Name.Schema] = append(names[t.Name.Schema], columnNames(t)...)
		}
	}
	out := map[string]string{}
	for schema, all := range names {
		if len(all) >= leastOfSchema {
			if p := gluedPrefix(all, gluedSchema); len(p) > 1 {
				out[schema] = p
			}
		}
	}
	return out
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
