package mask

import "testing"

func TestUsername(t *testing.T) {
	t.Parallel()
	testMask(t, "username", []maskCase{
		{name: "by subject", col: column("text"), by: BySubject, value: "jroe", want: `[a-z]+\.[a-z]+_` + anyToken},
		{name: "by value", col: column("text"), domain: "d", value: "jroe", want: `[a-z]+\.[a-z]+_` + anyToken},
		{name: "empty", col: column("text"), by: BySubject, value: ""},
		{name: "multi-byte", col: column("text"), domain: "d", value: "ژاله", want: `[a-z]+\.[a-z]+_` + anyToken},
		{name: "twenty", col: varchar(20), by: BySubject, value: "jroe", want: `[a-z]{1,4}_` + anyToken},
		{name: "unique fifteen", col: varchar(15).unique(), by: BySubject, value: "jroe", want: anyToken},
		{name: "ten", col: varchar(10), by: BySubject, value: "jroe", want: `[a-z2-7]{10}`},
		{name: "one", col: varchar(1), by: BySubject, value: "j", want: `[a-z2-7]`},
	})
	testRefusals(t, "username", []refusal{
		{name: "short unique columns", col: varchar(14).unique(), by: BySubject, want: "70 bits are too few"},
	})
	bind := Binding{Keyed: BySubject, Subject: "s", PerRow: true}
	c := column("citext").unique()
	if a, b := oneOf(t, "username", c, nil, bind, "x", "42", "1"), oneOf(t, "username", c, nil, bind, "x", "42", "2"); a == b {
		t.Errorf("two rows of a subject are both %q", a)
	}
	if a, b := one(t, "username", c, nil, inDomain("d"), "JRoe"), one(t, "username", c, nil, inDomain("d"), "jroe"); a != b {
		t.Errorf("one user name of a column that ignores case became %q and %q", a, b)
	}
}
