package mask

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestEnglishLabels(t *testing.T) {
	t.Parallel()
	lex := englishLexicon()
	for name, labels := range map[string][]string{
		"first": lex.first, "last": lex.last, "city": lex.city, "prefix": lex.prefix, "street": lex.street, "after": lex.after, "state": lex.state, "suffix": lex.suffix,
	} {
		if !slices.IsSorted(labels) || len(slices.Compact(slices.Clone(labels))) != len(labels) {
			t.Errorf("%s: not sorted, or not distinct", name)
		}
		for _, s := range labels {
			if s == "" || !isASCII(s) || strings.TrimSpace(s) != s {
				t.Errorf("%s: label %q", name, s)
			}
		}
	}
	if len(lex.first) != 3006 || len(lex.last) != 469 {
		t.Errorf("%d first and %d last names: the docs say 3,000 and 470", len(lex.first), len(lex.last))
	}
	for n, words := range lex.words {
		for _, w := range words {
			if len(w) != n {
				t.Errorf("%q among words of %d letters", w, n)
			}
		}
	}
}

// nordic is a dictionary of other labels, unsorted and with duplicates.
type nordic struct{}

func (nordic) Labels(c Class) []string {
	switch c {
	case FirstName:
		return []string{"Åsa", "Björn", "Åsa", "", "Kari", "Odd"}
	case LastName:
		return []string{"Ødegård", "Hansen", "李"}
	case Word:
		return []string{"ord", "røykfritt", "av"}
	}
	return []string{fmt.Sprint("Label", c), "Malmö"}
}

func TestOtherDictionaries(t *testing.T) {
	t.Parallel()
	bind := Binding{Keyed: BySubject, Subject: "s", Labels: nordic{}}
	utf8Column, latin1 := varchar(60), varchar(60)
	latin1.Encoding = "LATIN1"
	seen := map[string]bool{}
	for i := range 200 {
		subject := fmt.Sprint(i)
		seen[oneOf(t, "full_name", utf8Column, nil, bind, "x", subject, "1")] = true
		for _, mask := range []string{"full_name", "city", "address", "company"} {
			if got := oneOf(t, mask, latin1, nil, bind, "x", subject, "1"); !isASCII(got) {
				t.Errorf("%s in a LATIN1 database: %q", mask, got)
			}
		}
		for _, mask := range []string{"email", "username", "text", "url"} {
			if got := oneOf(t, mask, utf8Column, nil, bind, "some words", subject, "1"); !isASCII(got) || strings.Contains(got, "..") || got[0] == '.' {
				t.Errorf("%s: %q", mask, got)
			}
		}
		if got := oneOf(t, "full_name", varchar(6), nil, bind, "x", subject, "1"); len([]rune(got)) > 6 {
			t.Errorf("%q has more than 6 characters", got)
		}
	}
	if len(seen) != 12 {
		t.Errorf("%d names of 4 first and 3 last ones: %v", len(seen), seen)
	}
}
