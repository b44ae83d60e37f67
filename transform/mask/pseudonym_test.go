package mask

import (
	"fmt"
	"testing"
)

func TestPseudonym(t *testing.T) {
	t.Parallel()
	length := func(n int64) Params { return Params{"length": n} }
	prefix := Params{"keep_prefix": true}
	testMask(t, "pseudonym", []maskCase{
		{name: "text", col: column("text").unique(), by: ByValue, value: "ACME-1", want: `[a-z2-7]{16}`},
		{name: "longest", col: column("text").unique(), params: length(48), by: ByValue, value: "ACME-1", want: `[a-z2-7]{48}`},
		{name: "shortest", col: varchar(4), params: length(4), by: ByValue, value: "ACME-1", want: `[a-z2-7]{4}`},
		{name: "empty", col: column("text"), by: ByValue, value: ""},
		{name: "multi-byte", col: column("text"), by: ByValue, value: "Ключ 🔑", want: `[a-z2-7]{16}`},
		{name: "uuid", col: column("uuid").unique(), by: ByValue, value: "018f3c2e-7b1a-7cde-8f00-0123456789ab", want: `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`},
		{name: "bytea", col: column("bytea").unique(), by: ByValue, value: `\xdeadbeef`, want: `\\x([0-9a-f]{2}){16}`},
		{name: "prefix", col: column("text"), params: prefix, by: ByValue, value: "cus_9s6XK", want: `cus_[a-z2-7]{16}`},
		{name: "no prefix", col: column("text"), params: prefix, by: ByValue, value: "9s6XK", want: `[a-z2-7]{16}`},
		{name: "a prefix with digits", col: column("text"), params: prefix, by: ByValue, value: "a1_x", want: `[a-z2-7]{16}`},
		{name: "a long prefix", col: column("text"), params: prefix, by: ByValue, value: "margarete_x", want: `[a-z2-7]{16}`},
		{name: "the longest prefix", col: varchar(25), params: prefix, by: ByValue, value: "invoices-12", want: `invoices-[a-z2-7]{16}`},
	})
	testRefusals(t, "pseudonym", []refusal{
		{name: "a short column", col: varchar(15), by: ByValue, want: "needs 16 characters"},
		{name: "no room for a prefix", col: varchar(24), params: prefix, by: ByValue, want: "needs 25 characters"},
		{name: "length 3", col: column("text"), params: length(3), by: ByValue, want: "between 4 and 48"},
		{name: "few bits", col: column("text").unique(), params: length(10), by: ByValue, want: "50 bits are too few"},
		{name: "subjects", col: column("text"), by: BySubject, want: "cannot be keyed by subject"},
	})
}

func TestPseudonymIsDistinct(t *testing.T) {
	t.Parallel()
	m := compileMask(t, "pseudonym", column("text").unique(), nil, inDomain("d")).New()
	seen := map[string]bool{}
	for i := range 100_000 {
		out, _ := m.Append(nil, &Input{Value: []byte(fmt.Sprint(i))})
		if seen[string(out)] {
			t.Fatalf("%s again", out)
		}
		seen[string(out)] = true
	}
	// bpchar and text of one domain agree; citext ignores case.
	if a, b := one(t, "pseudonym", column("text"), nil, inDomain("d"), "ab"), one(t, "pseudonym", column("bpchar"), nil, inDomain("d"), "ab   "); a != b {
		t.Errorf("text %s, char(n) %s", a, b)
	}
	if a, b := one(t, "pseudonym", column("citext"), nil, inDomain("d"), "AB"), one(t, "pseudonym", column("citext"), nil, inDomain("d"), "ab"); a != b {
		t.Errorf("%s and %s", a, b)
	}
	if a, b := one(t, "pseudonym", column("text"), nil, inDomain("d"), "AB"), one(t, "pseudonym", column("text"), nil, inDomain("d"), "ab"); a == b {
		t.Errorf("both %s", a)
	}
}
