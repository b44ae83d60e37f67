package mask

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestText(t *testing.T) {
	t.Parallel()
	testMask(t, "text", []maskCase{
		{name: "a sentence", col: column("text"), by: BySubject, value: "He called twice.", want: `[A-Z][a-z]* [a-z]+ [a-z]+`},
		{name: "one letter", col: column("text"), by: BySubject, value: "x", want: `[A-Z]`},
		{name: "empty", col: column("text"), by: BySubject, value: ""},
		{name: "blanks", col: column("text"), by: BySubject, value: " \n ", want: `   `},
		{name: "multi-byte", col: varchar(4), by: BySubject, value: "日本語🎻", want: `[A-Z][a-z]{3}`},
		{name: "one long word", col: column("text"), by: BySubject, value: strings.Repeat("x", 1000), want: `[A-Z][a-z]{999}`},
		{name: "char(n)", col: column("bpchar"), by: BySubject, value: "ab   ", want: `[A-Z][a-z]`},
		{name: "by value", col: column("text"), domain: "d", value: "a b", want: `[A-Z] [a-z]`},
	})
	testRefusals(t, "text", []refusal{
		{name: "unique", col: column("text").unique(), by: BySubject, want: "is unique"},
		{name: "xml", col: column("xml"), by: BySubject, want: "does not mask"},
	})
}

func TestTextKeepsLengthAndWords(t *testing.T) {
	t.Parallel()
	c := column("text")
	m := compileMask(t, "text", c, nil, person42).New()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[ab é日\t\n]{0,200}`).Draw(t, "text")
		out, _ := m.Append(nil, &Input{Value: []byte(s), Row: []byte("1")})
		if got, want := utf8.RuneCount(out), utf8.RuneCountInString(s); got != want {
			t.Fatalf("%q became %q: %d characters instead of %d", s, out, got, want)
		}
		if got, want := len(strings.Fields(string(out))), len(strings.Fields(s)); got != want {
			t.Fatalf("%q became %q: %d words instead of %d", s, out, got, want)
		}
	})
}

// The lengths of single words would betray a known text.
func TestTextHidesWordLengths(t *testing.T) {
	t.Parallel()
	c := column("text")
	m := compileMask(t, "text", c, nil, person42).New()
	a, _ := m.Append(nil, &Input{Value: []byte("a bb cccccccccccc dd e"), Row: []byte("1")})
	b, _ := m.Append(nil, &Input{Value: []byte("aaaa bbb cccc ddd eeee"), Row: []byte("1")})
	if string(a) != string(b) {
		t.Errorf("two texts of as many characters and words: %q and %q", a, b)
	}
	other, _ := m.Append(nil, &Input{Value: []byte("aaaa bbb cccc ddd eeee"), Row: []byte("2")})
	if string(a) == string(other) {
		t.Errorf("two rows are both %q", a)
	}
}

// In a database without an encoding a character is a byte.
func TestTextInSQLASCII(t *testing.T) {
	t.Parallel()
	c := varchar(6)
	c.Encoding = "SQL_ASCII"
	if got := one(t, "text", c, nil, person42, "日本"); len(got) != 6 {
		t.Errorf("six bytes became %q", got)
	}
}

func TestTextOfAnySize(t *testing.T) {
	t.Parallel()
	v := strings.Repeat("palimpsest of words, ", 100_000)
	got := one(t, "text", column("text"), nil, person42, v)
	if len(got) != len(v) || len(strings.Fields(got)) != len(strings.Fields(v)) {
		t.Errorf("%d bytes and %d words became %d and %d", len(v), len(strings.Fields(v)), len(got), len(strings.Fields(got)))
	}
	longestWord := 0
	for _, w := range strings.Fields(got) {
		longestWord = max(longestWord, len(w))
	}
	if longestWord > 16 {
		t.Errorf("words of %d letters", longestWord)
	}
}
