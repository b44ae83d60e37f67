package mask

import (
	"strings"
	"testing"
)

const anyName = `[A-Z][A-Za-z']+ [A-Z][A-Za-z']+`

func TestFullName(t *testing.T) {
	t.Parallel()
	testMask(t, "full_name", []maskCase{
		{name: "by subject", col: column("text"), by: BySubject, value: "Jane Roe", want: anyName},
		{name: "by value", col: column("text"), domain: "d", value: "Jane Roe", want: anyName},
		{name: "by row", col: column("text"), by: BySubject, subject: "-", value: "Jane Roe", want: anyName},
		{name: "empty", col: column("text"), by: BySubject, value: "", want: ``},
		{name: "blanks in char(5)", col: column("bpchar"), by: BySubject, value: "     ", want: ``},
		{name: "multi-byte", col: column("text"), by: BySubject, value: "Zoë 李", want: anyName},
		{name: "initial", col: varchar(12), by: BySubject, value: "x", want: `[A-Z]\. [A-Z][a-z']+|` + anyName},
		{name: "one letter", col: varchar(1), by: BySubject, value: "x", want: `[A-Z]`},
		{name: "three letters", col: varchar(3), by: BySubject, value: "x", want: `[A-Z][a-z]{2}`},
		{name: "four letters", col: varchar(4), by: BySubject, value: "x", want: `[A-Z]\. [A-Z]`},
	})
	testRefusals(t, "full_name", []refusal{
		{name: "integers", col: column("int4"), by: BySubject, want: "does not mask a column of type int4"},
		{name: "unique", col: column("text").unique(), by: BySubject, want: "can give two rows the same value"},
	})
}

// The fields of one person agree wherever they stand.
func TestPersonAgrees(t *testing.T) {
	t.Parallel()
	for _, subject := range []string{"1", "2", "42", "a@b", ""} {
		get := func(mask, table, col string) string {
			return oneOf(t, mask, column("text").named(table, col), nil, person42, "x", subject, "9"+table)
		}
		full := get("full_name", "public.customers", "name")
		first, last := get("first_name", "public.customers", "first"), get("last_name", "public.orders", "last")
		if full != first+" "+last {
			t.Errorf("%q is not %q and %q", full, first, last)
		}
		local, _, _ := strings.Cut(get("email", "public.newsletter", "mail"), "@")
		slugs := strings.Split(local, ".")
		if len(slugs) != 3 || slugs[0] != slug(first) || slugs[1] != slug(last) {
			t.Errorf("%q has the address %q", full, local)
		}
		if user := get("username", "public.logins", "login"); user != slugs[0]+"."+slugs[1]+"_"+slugs[2] {
			t.Errorf("%q has the user name %q and the address %q", full, user, local)
		}
		if again := get("email", "public.invoices", "to"); !strings.HasPrefix(again, local+"@") {
			t.Errorf("two addresses of one person: %q and %q", local, again)
		}
	}
	// Another kind of subject with the same key is somebody else.
	same := 0
	for i := range 50 {
		s := strings.Repeat("1", i+1)
		a := oneOf(t, "full_name", column("text"), nil, Binding{Keyed: BySubject, Subject: "public.customers"}, "x", s, "1")
		b := oneOf(t, "full_name", column("text"), nil, Binding{Keyed: BySubject, Subject: "public.employees"}, "x", s, "1")
		if a == b {
			same++
		}
	}
	if same > 1 {
		t.Errorf("%d of 50 customers are employees of the same name", same)
	}
}

// All names are used about equally often.
func TestNamesAreEven(t *testing.T) {
	t.Parallel()
	c := column("text")
	m := compileMask(t, "last_name", c, nil, person42).New()
	lex := englishLexicon()
	index := map[string]int{}
	for i, s := range lex.last {
		index[s] = i
	}
	counts := make([]int, len(lex.last))
	for i := range 100 * len(counts) {
		out, _ := m.Append(nil, &Input{Value: []byte("x"), Subject: []byte(strings.Repeat("i", i%7) + string(rune('a'+i%26)) + strings.Repeat("j", i/500) + string(appendPadded(nil, uint64(i), 6)))})
		counts[index[string(out)]]++
	}
	if z := chiSquared(counts); z > 5 || z < -5 {
		t.Errorf("%.1f standard deviations from even", z)
	}
}
