package mask

import "testing"

func TestURL(t *testing.T) {
	t.Parallel()
	testMask(t, "url", []maskCase{
		{name: "by subject", col: column("text"), by: BySubject, value: "https://corp.test/a", want: `https://example\.com/` + anyToken},
		{name: "by value", col: column("text").unique(), domain: "d", value: "http://corp.test/ü", want: `https://example\.com/` + anyToken},
		{name: "no URL", col: column("text"), by: BySubject, value: "n/a", want: `https://example\.com/` + anyToken},
		{name: "empty", col: column("text"), by: BySubject, value: ""},
		{name: "cut", col: varchar(22), by: BySubject, value: "x", want: `https://example\.com/[a-z2-7]{2}`},
		{name: "host alone", col: varchar(20), by: BySubject, value: "x", want: `https://example\.com/`},
	})
	testRefusals(t, "url", []refusal{
		{name: "varchar(19)", col: varchar(19), by: BySubject, want: "needs 20 characters"},
		{name: "short unique columns", col: varchar(30).unique(), by: BySubject, want: "50 bits are too few"},
		{name: "unique host alone", col: varchar(20).unique(), by: BySubject, want: "is unique"},
	})
	bind := Binding{Keyed: BySubject, Subject: "s", PerRow: true}
	c := column("text").unique()
	if a, b := oneOf(t, "url", c, nil, bind, "x", "42", "1"), oneOf(t, "url", c, nil, bind, "x", "42", "2"); a == b {
		t.Errorf("two rows of a subject are both %q", a)
	}
}
