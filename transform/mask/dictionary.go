package mask

import (
	"slices"
	"sync"

	"github.com/brianvoe/gofakeit/v6/data"
)

// Class is a kind of label.
type Class uint8

const (
	FirstName Class = iota
	LastName
	City
	StreetPrefix
	StreetName
	StreetSuffix
	State
	CompanySuffix
	Word
	Company // put together of others; no dictionary has it
	Listed  // of a list that a rule gives; no dictionary has it
)

// Dictionary supplies the labels that fakes are put together from. Labels must
// answer with the same labels in the same order whenever it is asked; it is
// asked when rules are compiled, not for each value. Labels are plausible, not
// recognisable: identifiers come from reserved ranges instead.
type Dictionary interface {
	Labels(Class) []string
}

// english are gofakeit's labels: American English, ASCII only.
type english struct{}

func (english) Labels(c Class) []string {
	switch c {
	case FirstName:
		return data.Person["first"]
	case LastName:
		return data.Person["last"]
	case City:
		return data.Address["city"]
	case StreetPrefix:
		return data.Address["street_prefix"]
	case StreetName:
		return data.Address["street_name"]
	case StreetSuffix:
		return data.Address["street_suffix"]
	case State:
		return data.Address["state_abr"]
	case CompanySuffix:
		return data.Company["suffix"]
	case Word:
		return data.Lorem["word"]
	}
	return nil
}

// lexicon is a dictionary made ready for drawing: distinct, sorted, and only
// what the server's encoding holds.
type lexicon struct {
	first, last           []string
	firstSlug, lastSlug   []string // the same names as they stand in addresses and user names
	city                  []string
	prefix, street, after []string
	state                 []string
	suffix                []string
	company               []string   // with a curve only
	words                 [][]string // by length in characters
	jobs                  []string
	firstSex              []sexOf   // of the first names
	firstAt, cityAt       []int32   // with a curve: where firstSex and places speak of the label
	prefixes, sexes       [2]string // of men and of women
	country               [3]string
	places                []town     // where the cities lie
	locale                *locale    // nil for the default labels
	phrases               [][]string // phraseVariants of each, by the number of their letters
}

const (
	// phraseWords is how many words a phrase has: enough to make filling long
	// texts cheap, few enough to meet any number of words.
	phraseWords = 8
	// phraseLetters is the most letters that a phrase has, more than prose has.
	phraseLetters = 12 * phraseWords
	// phraseVariants is how many phrases there are of each number of letters.
	phraseVariants = 32
)

var englishLexicon = sync.OnceValue(func() *lexicon {
	l := newLexicon(english{}, true)
	for _, c := range l.city {
		l.places = append(l.places, placeOf(c))
	}
	return l
})

// sexOf is whose name a first name is.
type sexOf uint8

const (
	male sexOf = iota
	female
	either
)

// lexicon returns the labels of a rule.
func (r *rule) lexicon() *lexicon { return r.shaped(r.evenLexicon()) }

// evenLexicon has each label once.
func (r *rule) evenLexicon() *lexicon {
	if l := findLocale(r.bind.Locale); l != nil {
		return l.lexicon(charsetOf(r.col.Encoding))
	}
	if r.bind.Labels == nil {
		return englishLexicon()
	}
	return newLexicon(r.bind.Labels, r.col.Encoding != "" && r.col.Encoding != "UTF8")
}

func newLexicon(d Dictionary, asciiOnly bool) *lexicon {
	labels := func(c Class) []string {
		var out []string
		for _, s := range d.Labels(c) {
			if s != "" && !(asciiOnly && !isASCII(s)) {
				out = append(out, s)
			}
		}
		slices.Sort(out)
		out = slices.Compact(out)
		if len(out) == 0 {
			panic("mask: a dictionary has no labels of a class")
		}
		return out
	}
	l := &lexicon{
		first: labels(FirstName), last: labels(LastName), city: labels(City),
		prefix: labels(StreetPrefix), street: labels(StreetName), after: labels(StreetSuffix),
		state: labels(State), suffix: labels(CompanySuffix),
		jobs: slices.Sorted(slices.Values(data.Job["title"])),
	}
	en := findLocale("en")
	l.prefixes, l.sexes, l.country = en.prefixes, en.sexes, en.country
	for _, s := range l.first {
		_, his := slices.BinarySearch(en.male, s)
		_, hers := slices.BinarySearch(en.female, s)
		switch {
		case his && !hers:
			l.firstSex = append(l.firstSex, male)
		case hers && !his:
			l.firstSex = append(l.firstSex, female)
		default:
			l.firstSex = append(l.firstSex, either)
		}
	}
	for _, s := range l.first {
		l.firstSlug = append(l.firstSlug, slug(s))
	}
	for _, s := range l.last {
		l.lastSlug = append(l.lastSlug, slug(s))
	}
	for _, w := range labels(Word) {
		w = slug(w) // filler is counted in bytes, so it has to be ASCII
		for len(l.words) <= len(w) {
			l.words = append(l.words, nil)
		}
		l.words[len(w)] = append(l.words[len(w)], w)
	}
	l.phrases = make([][]string, phraseLetters+1)
	for n := phraseWords; n <= phraseLetters; n++ {
		random := stream{uint64(n), phraseWords}
		for range phraseVariants {
			l.phrases[n] = append(l.phrases[n], string(l.appendFiller(nil, &random, n+phraseWords-1, phraseWords)))
		}
	}
	return l
}

// slug is the lower-case ASCII letters and digits of a label.
func slug(s string) string {
	var out []byte
	for i := range len(s) {
		switch c := lower(s[i]); {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			out = append(out, c)
		}
	}
	return string(out)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
