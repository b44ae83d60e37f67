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

// What repeats itself in production, and so takes little room, has to on staging.
func TestTextKeepsRepetition(t *testing.T) {
	t.Parallel()
	random := stream{1, 2}
	prose := string(englishLexicon().appendFiller(nil, &random, 4000, 600))
	for _, c := range []struct {
		name     string
		value    string
		halvings int
	}{
		{"prose", prose, 0},
		{"short", strings.Repeat("again and ", 100), 0},
		{"twice", prose[:2000] + prose[:2000], 1},
		{"four times", strings.Repeat(prose[:1000], 4), 2},
		{"a form letter", strings.Repeat(prose[:200], 20), repetitionMost},
		{"one letter", strings.Repeat("x", 5000), repetitionMost},
		{"blanks", strings.Repeat(" ", 5000), repetitionMost},
	} {
		if got := repetition([]byte(c.value)); got != c.halvings {
			t.Errorf("%s: %d halvings instead of %d", c.name, got, c.halvings)
		}
		out := one(t, "text", column("text"), nil, person42, c.value)
		if len(out) != len(c.value) || len(strings.Fields(out)) != len(strings.Fields(c.value)) {
			t.Errorf("%s: %d bytes and %d words became %d and %d", c.name, len(c.value), len(strings.Fields(c.value)), len(out), len(strings.Fields(out)))
		}
		if got := repetition([]byte(out)); len(strings.Fields(c.value)) > 1 && (got < c.halvings-1 || got > c.halvings) {
			t.Errorf("%s: the filler has %d halvings instead of %d", c.name, got, c.halvings)
		}
	}
}

func TestTextRepeatedKeepsLengthAndWords(t *testing.T) {
	t.Parallel()
	m := compileMask(t, "text", column("text"), nil, person42).New()
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringMatching(`[ab é日\t\n]{1,200}`).Draw(t, "part")
		s := strings.Repeat(part, rapid.IntRange(1, 40).Draw(t, "times")) + rapid.StringMatching(`[ab é日]{0,100}`).Draw(t, "rest")
		out, _ := m.Append(nil, &Input{Value: []byte(s), Row: []byte("1")})
		if got, want := utf8.RuneCount(out), utf8.RuneCountInString(s); got != want {
			t.Fatalf("%d characters instead of %d", got, want)
		}
		if got, want := len(strings.Fields(string(out))), len(strings.Fields(s)); got != want {
			t.Fatalf("%d words instead of %d", got, want)
		}
	})
}
