package mask

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

func TestPhone(t *testing.T) {
	t.Parallel()
	const fictional = `[2-9]\d\d55501\d\d`
	testMask(t, "phone", []maskCase{
		{name: "by subject", col: column("text"), by: BySubject, value: "+49 30 123456", want: `\+1` + fictional},
		{name: "empty", col: column("text"), by: BySubject, value: ""},
		{name: "words", col: column("text"), by: BySubject, value: "none", want: `\+1` + fictional},
		{name: "varchar(12)", col: varchar(12), by: BySubject, value: "1", want: `\+1` + fictional},
		{name: "varchar(11)", col: varchar(11), by: BySubject, value: "1", want: `1` + fictional},
		{name: "varchar(10)", col: varchar(10), by: BySubject, value: "1", want: fictional},
		{name: "digits", col: column("text"), params: Params{"format": "digits"}, by: BySubject, value: "1", want: `1` + fictional},
		{name: "national", col: column("text"), params: Params{"format": "national"}, by: BySubject, value: "1", want: fictional},
		{name: "dashed", col: column("text"), params: Params{"format": "dashed"}, by: BySubject, value: "1", want: `[2-9]\d\d-555-01\d\d`},
		{name: "bigint", col: column("int8"), by: BySubject, value: "49301234567", want: `1` + fictional},
		{name: "unassigned", col: column("text"), params: Params{"numbers": "unassigned"}, by: BySubject, value: "1", want: `\+999\d{12}`},
		{name: "unassigned bigint", col: column("int8"), params: Params{"numbers": "unassigned"}, by: BySubject, value: "1", want: `999\d{12}`},
		{name: "by value", col: column("text"), domain: "d", value: "+1 (650) 253-0000", want: `\+999\d{12}`},
		{name: "by value, long", col: column("text"), domain: "d", value: "+49 1511 2345678", want: `\+999\d{16}`},
		{name: "by value, longest", col: column("text"), domain: "d", value: strings.Repeat("9", 15), want: `\+999\d{16}`},
		{name: "by value, too long", col: column("text"), domain: "d", value: strings.Repeat("9", 16), want: `\+999\d{12}`, outcome: Replaced},
		{name: "by value, no digits", col: column("text"), domain: "d", value: "none ☎", want: `\+999\d{12}`, outcome: Replaced},
		{name: "by value, dashed", col: column("text"), params: Params{"format": "dashed"}, domain: "d", value: "1", want: `\+999-\d{4}-\d{4}-\d{4}`},
		{name: "by value, varchar(19)", col: varchar(19), domain: "d", value: "1", want: `999\d{12}`},
		{name: "by value, fictional", col: column("text"), params: Params{"numbers": "fictional"}, domain: "d", value: "1", want: `\+1` + fictional},
	})
	testRefusals(t, "phone", []refusal{
		{name: "varchar(9)", col: varchar(9), by: BySubject, want: "needs 10 characters"},
		{name: "by value in varchar(18)", col: varchar(18), by: ByValue, want: "needs 19 characters"},
		{name: "integer", col: column("int4"), by: BySubject, want: "does not fit int4"},
		{name: "bigint by value", col: column("int8"), by: ByValue, want: "does not fit int8"},
		{name: "unassigned national numbers", col: column("text"), params: Params{"format": "national", "numbers": "unassigned"}, by: BySubject, want: "cannot be told"},
		{name: "plus in bigint", col: column("int8"), params: Params{"format": "e164"}, by: BySubject, want: "digits alone"},
		{name: "e164 in varchar(11)", col: varchar(11), params: Params{"format": "e164"}, by: BySubject, want: "needs 12"},
		{name: "unique without integer key", col: column("text").unique(), by: BySubject, want: "single integer"},
		{name: "unique fictional", col: column("text").unique(), params: Params{"numbers": "fictional"}, by: BySubject, want: "is unique"},
	})
}

func TestAreaCodes(t *testing.T) {
	t.Parallel()
	if n := fictionalPool(); n != 70_200 {
		t.Errorf("%d fictional numbers", n)
	}
	seen := map[uint64]bool{}
	for _, code := range areaCodes {
		if code < 200 || code > 999 || code%100 == 11 || seen[code] || code == 800 || code == 900 || code == 911 {
			t.Errorf("area code %d", code)
		}
		seen[code] = true
	}
}

// By value, different numbers stay different however close, and spellings of
// one number become one.
func TestPhoneByValueIsUnique(t *testing.T) {
	t.Parallel()
	c := varchar(20).unique()
	m := compileMask(t, "phone", c, nil, inDomain("d")).New()
	seen := map[string]string{}
	add := func(s string) {
		out, outcome := m.Append(nil, &Input{Value: []byte(s)})
		if other, ok := seen[string(out)]; ok || outcome != Masked {
			t.Fatalf("%q and %q both became %q", s, other, out)
		}
		seen[string(out)] = s
	}
	for digits := 1; digits <= longestNumber; digits++ {
		for i := range 300 {
			if s := fmt.Sprintf("%0*d", digits, i); len(s) == digits {
				add(s)
			}
		}
	}
	add("999999999999999")
	add("99999999999")
	add("100000000000")
	a, b := one(t, "phone", c, nil, inDomain("d"), "+1 (650) 253-0000"), one(t, "phone", c, nil, inDomain("d"), "1.650.253.0000")
	if a != b {
		t.Errorf("spellings of one number: %q and %q", a, b)
	}
}

func TestPhoneOfIntegerKeys(t *testing.T) {
	t.Parallel()
	bind := Binding{Keyed: BySubject, Subject: "public.customers", IntegerKey: true}
	c := varchar(16).unique()
	compiled := compileMask(t, "phone", c, nil, bind)
	if p := compiled.Properties(); !p.Injective || p.Capacity != 5e11 {
		t.Errorf("injective %v, capacity %v", p.Injective, p.Capacity)
	}
	m := compiled.New()
	seen := map[string]bool{}
	want := regexp.MustCompile(`^\+999\d{12}$`)
	for i := range 20_000 {
		for _, in := range []Input{
			{Value: []byte("x"), Subject: []byte(fmt.Sprint(i)), Row: []byte("1")},
			{Value: []byte("x"), Row: []byte(fmt.Sprint(i))}, // no subject: apart from all subjects
		} {
			out, outcome := m.Append(nil, &in)
			if outcome != Masked || !want.Match(out) || seen[string(out)] {
				t.Fatalf("key %d: %q, outcome %d", i, out, outcome)
			}
			seen[string(out)] = true
		}
	}
	for _, key := range []string{"-1", "500000000000", "x", "", "1.0"} {
		if _, outcome := m.Append(nil, &Input{Value: []byte("x"), Subject: []byte(key)}); outcome != OutOfRange {
			t.Errorf("key %q: outcome %d", key, outcome)
		}
	}
	bind.PerRow = true
	perRow := compileMask(t, "phone", c, nil, bind).New()
	a, _ := perRow.Append(nil, &Input{Value: []byte("x"), Subject: []byte("42"), Row: []byte("1")})
	b, _ := perRow.Append(nil, &Input{Value: []byte("x"), Subject: []byte("42"), Row: []byte("2")})
	if string(a) == string(b) {
		t.Errorf("two rows of a subject are both %q", a)
	}
}
