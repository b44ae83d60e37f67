package discover

import (
	"slices"
	"strings"
	"sync"
)

// phrase is a run of words that speaks for a class, with the probability that
// a text column of this name holds it.
type phrase struct {
	words  []string
	class  Class
	weight float64
}

type entry struct {
	class  Class
	weight float64
	text   string // phrases separated by commas
}

// allEntries are the entries of all parts of the lexicon.
func allEntries() []entry {
	return slices.Concat(lexiconEntries, furtherEntries, sapEntries, roleEntries, moreEntries)
}

// compiledLexicon is the lexicon indexed for look-up.
type compiledLexicon struct {
	byFirst map[string][]phrase // phrases by their first word
	whole   map[string]Class    // names that mean something only when they stand alone
}

var lexicon = sync.OnceValue(func() *compiledLexicon {
	l := &compiledLexicon{byFirst: map[string][]phrase{}, whole: map[string]Class{}}
	for _, e := range allEntries() {
		for _, text := range strings.Split(e.text, ",") {
			if ws := normal(strings.Fields(text)); len(ws) > 0 {
				l.byFirst[ws[0]] = append(l.byFirst[ws[0]], phrase{ws, e.class, e.weight})
				if other := numbered(ws); other != nil && e.class != Category {
					l.byFirst[other[0]] = append(l.byFirst[other[0]], phrase{other, e.class, e.weight})
				}
			}
		}
	}
	for _, e := range wholeNames {
		for _, text := range strings.Split(e.text, ",") {
			if ws := normal(strings.Fields(text)); len(ws) > 0 {
				l.whole[strings.Join(ws, " ")] = e.class
			}
		}
	}
	return l
})

// numbered is the other way to write a phrase with a word for number in it:
// SteuerNr for steuernummer, number of licence for licence number.
func numbered(ws []string) []string {
	if len(ws) == 2 && ws[1] == "number" && !personTables[ws[0]] { // the number of employees is none of them
		return []string{"number", ws[0]}
	}
	if len(ws) != 1 {
		return nil
	}
	for _, end := range []string{"nummer", "nr"} {
		if head, ok := strings.CutSuffix(ws[0], end); ok && len(head) >= 4 {
			if len(head) > 5 {
				head = strings.TrimSuffix(head, "s")
			}
			return []string{head, "number"}
		}
	}
	return nil
}

// compiledVocabulary knows words, for taking compounds apart.
type compiledVocabulary struct {
	words map[string]bool
	short map[string]bool // two letters: only inside a compound
	heads map[string]bool // words of the lexicon that end a compound whose start is unknown
}

func (v *compiledVocabulary) part(w string) bool {
	if len(w) == 2 {
		return v.short[w]
	}
	return v.words[w]
}

var vocabulary = sync.OnceValue(func() *compiledVocabulary {
	v := &compiledVocabulary{words: map[string]bool{}, short: words("ip, id, nr, no, pw, di, de, da, du, of, cc, cp, nm, dt"), heads: map[string]bool{}}
	add := func(text string) {
		for _, w := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' }) {
			if len(w) >= 3 {
				v.words[w] = true
			}
		}
	}
	for _, e := range allEntries() {
		add(e.text)
		if e.class == Category || e.class == FreeText || e.class == JSON || e.weight < 0.7 {
			continue
		}
		for _, text := range strings.Split(e.text, ",") {
			if ws := strings.Fields(text); len(ws) == 1 && len(ws[0]) >= 5 && !neverHeads[ws[0]] {
				v.heads[ws[0]] = true
			}
		}
	}
	for _, list := range []string{personTableWords, companyTableWords, thingTableWords, contentTableWords, genericNameWords, commonWords, negativeWords, keepsWords} {
		add(list)
	}
	for _, w := range []string{"fax", "iban", "plz", "notes", "comment", "comments", "remarks"} {
		v.heads[w] = true
	}
	for short, long := range shortForms {
		if len(short) >= 3 {
			v.words[short] = true
		}
		add(long)
	}
	return v
})

// neverHeads end many words that have nothing to do with them.
var neverHeads = words(`sname, nname, ename, vname, fname, lname, mname, uname, bname, token, place, state, order, nation, birth, credit, local, plaats, handle, alias, plate, plates, older`)

func words(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Split(list, ",") {
		if w = strings.TrimSpace(w); w != "" {
			out[w] = true
		}
	}
	return out
}

// has tells whether a word, or what it is the plural of, is in a list.
func has(list map[string]bool, word string) bool {
	for _, w := range singulars(word) {
		if list[w] {
			return true
		}
	}
	return false
}
