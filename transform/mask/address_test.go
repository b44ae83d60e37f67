package mask

import (
	"strings"
	"testing"
)

const anyStreet = `\d{1,4} ([A-Z][a-z]+ )?[A-Z][a-z]+`

func TestAddress(t *testing.T) {
	t.Parallel()
	testMask(t, "address", []maskCase{
		{name: "by subject", col: column("text"), by: BySubject, value: "1 Main St", want: anyStreet + `, [A-Z][A-Za-z. ]+, [A-Z]{2} \d{5}`},
		{name: "by value", col: column("text"), domain: "d", value: "1 Main St", want: anyStreet + `, [A-Z][A-Za-z. ]+, [A-Z]{2} \d{5}`},
		{name: "empty", col: column("text"), by: BySubject, value: ""},
		{name: "multi-byte", col: column("text"), by: BySubject, value: "Straße des 17. Juni\n10623 Berlin", want: anyStreet + `, .+`},
		{name: "to the city", col: varchar(31), by: BySubject, value: "x", want: anyStreet + `, [A-Z][A-Za-z. ]+`},
		{name: "street alone", col: varchar(20), by: BySubject, value: "x", want: anyStreet},
		{name: "cut", col: varchar(5), by: BySubject, value: "x", want: `\d{1,4} ?.*`},
	})
	testRefusals(t, "address", []refusal{
		{name: "unique", col: column("text").unique(), by: BySubject, want: "is unique"},
		{name: "jsonb", col: column("jsonb"), by: BySubject, want: "does not mask"},
	})
}

// The fields of one address agree wherever they stand.
func TestAddressAgrees(t *testing.T) {
	t.Parallel()
	for _, subject := range []string{"1", "2", "42", "x"} {
		get := func(mask, value string) string {
			return oneOf(t, mask, column("text").named("public."+mask, mask), nil, person42, value, subject, "9")
		}
		whole := get("address", "x")
		if street := get("street", "x"); !strings.HasPrefix(whole, street+", ") {
			t.Errorf("%q has the street %q", whole, street)
		}
		if city := get("city", "x"); !strings.Contains(whole, ", "+city+", ") {
			t.Errorf("%q has the city %q", whole, city)
		}
		zip := get("postal_code", "10623")
		if !strings.HasSuffix(whole, " "+zip) {
			t.Errorf("%q has the code %q", whole, zip)
		}
		if long := get("postal_code", "10623-0001"); !strings.HasPrefix(long, zip+"-") {
			t.Errorf("%q has the code %q", whole, long)
		}
	}
}
