package mask

import (
	"fmt"
	"net/mail"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	anyToken = `[a-z2-7]{15}`
	anyHost  = `@example\.(com|net|org)`
)

func TestEmail(t *testing.T) {
	t.Parallel()
	testMask(t, "email", []maskCase{
		{name: "by subject", col: column("text"), by: BySubject, value: "jane@corp.test", want: `[a-z]+\.[a-z]+\.` + anyToken + anyHost},
		{name: "by value", col: column("text"), domain: "d", value: "jane@corp.test", want: anyToken + anyHost},
		{name: "by value with a name", col: column("text"), params: Params{"style": "name"}, domain: "d", value: "jane@corp.test", want: `[a-z]+\.[a-z]+\.` + anyToken + anyHost},
		{name: "by subject without a name", col: column("text"), params: Params{"style": "token"}, by: BySubject, value: "jane@corp.test", want: anyToken + anyHost},
		{name: "empty", col: column("text"), domain: "d", value: ""},
		{name: "no address", col: column("text"), domain: "d", value: "none", want: anyToken + anyHost},
		{name: "multi-byte", col: column("text"), domain: "d", value: "jürgen@müller.test", want: anyToken + anyHost},
		{name: "just long enough", col: varchar(27), by: BySubject, value: "a@b.c", want: anyToken + anyHost},
		{name: "room for a dot", col: varchar(28), by: BySubject, value: "a@b.c", want: anyToken + anyHost},
		{name: "room for a letter", col: varchar(29), by: BySubject, value: "a@b.c", want: `[a-z]\.` + anyToken + anyHost},
		{name: "room for some letters", col: varchar(33), by: BySubject, value: "a@b.c", want: `[a-z]{2,5}(\.[a-z]+)?\.` + anyToken + anyHost},
		{name: "no subject", col: column("text"), by: BySubject, subject: "-", value: "a@b.c", want: `[a-z]+\.[a-z]+\.` + anyToken + anyHost},
	})
	testRefusals(t, "email", []refusal{
		{name: "short columns", col: varchar(26), by: BySubject, want: "needs 27 characters, and public.customers.c holds 26"},
		{name: "integers", col: column("int8"), by: BySubject, want: "does not mask"},
	})
}

// Whatever can be said about two addresses in production, by = and by lower(),
// can be said about the masked ones.
func TestEmailSpellings(t *testing.T) {
	t.Parallel()
	spellings := []string{"jane.roe@corp.test", "Jane.Roe@corp.test", "JANE.ROE@CORP.TEST", " jane.roe@corp.test", "jane.roe@corp.test ", "\tJane.Roe@corp.test\n"}
	plain := column("text")
	seen := map[string]string{}
	for _, s := range spellings {
		got := one(t, "email", plain, nil, inDomain("d"), s)
		if other, ok := seen[got]; ok {
			t.Errorf("%q and %q both became %q", s, other, got)
		}
		seen[got] = s
		if want := one(t, "email", plain, nil, inDomain("d"), spellings[0]); !strings.EqualFold(got, want) {
			t.Errorf("%q became %q, the plain spelling %q", s, got, want)
		}
	}
	if got := one(t, "email", plain, nil, inDomain("d"), spellings[0]); got != strings.ToLower(got) {
		t.Errorf("a lower-case address became %q", got)
	}
	// Where the column ignores case, case is ignored, and nothing else.
	citext := column("citext")
	want := one(t, "email", citext, nil, inDomain("d"), spellings[0])
	for i, s := range spellings {
		got := one(t, "email", citext, nil, inDomain("d"), s)
		if equal := i < 3; (got == want) != equal || got != strings.ToLower(got) {
			t.Errorf("%q became %q, the plain spelling %q", s, got, want)
		}
	}
	// A text column that references a citext one still finds its row.
	if got := one(t, "email", plain, nil, inDomain("d"), spellings[0]); got != want {
		t.Errorf("text %q, citext %q", got, want)
	}
	if got := one(t, "email", column("bpchar"), nil, inDomain("d"), "jane.roe@corp.test    "); got != want {
		t.Errorf("char(n) %q, citext %q", got, want)
	}
	if a, b := one(t, "email", plain, nil, inDomain("d"), "ÉLISE@corp.test"), one(t, "email", plain, nil, inDomain("d"), "élise@corp.test"); !strings.EqualFold(a, b) {
		t.Errorf("%q and %q", a, b)
	}
}

func TestEmailIsUnique(t *testing.T) {
	t.Parallel()
	for name, bind := range map[string]Binding{"by subject": person42, "by value": inDomain("d")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := varchar(40).unique()
			m := compileMask(t, "email", c, nil, bind).New()
			const n = 100_000
			seen := make(map[string]bool, n)
			for i := range n {
				s := fmt.Sprintf("person%d@corp.test", i)
				out, outcome := m.Append(nil, &Input{Value: []byte(s), Subject: []byte(s), Row: []byte("1")})
				if outcome != Masked || seen[string(out)] {
					t.Fatalf("%q: %q again", s, out)
				}
				seen[string(out)] = true
				if i < 1000 {
					if _, err := mail.ParseAddress(string(out)); err != nil || utf8.RuneCount(out) > 40 {
						t.Fatalf("%q: %v", out, err)
					}
				}
			}
		})
	}
}

// Several rows of one person in a unique column: one name, different tokens.
func TestEmailPerRow(t *testing.T) {
	t.Parallel()
	bind := Binding{Keyed: BySubject, Subject: "public.customers", PerRow: true}
	c := column("text").unique()
	a := oneOf(t, "email", c, nil, bind, "x", "42", "1")
	b := oneOf(t, "email", c, nil, bind, "x", "42", "2")
	again := oneOf(t, "email", c, nil, bind, "y", "42", "1")
	name := regexp.MustCompile(`^[a-z]+\.[a-z]+\.`)
	if a == b || a != again || name.FindString(a) != name.FindString(b) {
		t.Errorf("row 1 is %q and %q, row 2 %q", a, again, b)
	}
	full := oneOf(t, "full_name", column("text"), nil, bind, "x", "42", "1")
	if want := strings.ToLower(strings.ReplaceAll(full, " ", ".")); !strings.HasPrefix(a, want) {
		t.Errorf("%q has the address %q", full, a)
	}
}
