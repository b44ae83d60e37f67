package mask

import (
	"fmt"
	"testing"
)

func TestCreditCard(t *testing.T) {
	t.Parallel()
	testMask(t, "credit_card", []maskCase{
		{name: "any brand", col: column("text"), value: "4000 1234 5678 9010", want: `(411111|555555|378282|601111)\d{9,10}`},
		{name: "one brand", col: column("text"), params: Params{"brand": "amex"}, value: "x", want: `378282\d{9}`},
		{name: "the real one's brand", col: column("text"), params: Params{"brand": "keep"}, value: "5105-1051-0510-5100", want: `555555\d{10}`},
		{name: "of a brand that no card has", col: column("text"), params: Params{"brand": "keep"}, value: "no card", want: `\d{15,16}`, outcome: Replaced},
		{name: "in groups", col: column("text"), params: Params{"format": "spaced", "brand": "visa"}, value: "x", want: `4111 11\d\d \d{4} \d{4}`},
		{name: "dashed", col: column("text"), params: Params{"format": "dashed", "brand": "amex"}, value: "x", want: `3782-82\d\d-\d{4}-\d{3}`},
		{name: "end", col: varchar(4), params: Params{"format": "last4"}, value: "9010", want: `\d{4}`},
		{name: "unassigned", col: column("text"), params: Params{"numbers": "unassigned"}, value: "x", want: `9\d{15}`},
		{name: "number", col: column("int8"), value: "4000123456789010", want: `\d{15,16}`},
		{name: "numeric", col: numeric(16, 0), value: "4000123456789010", want: `\d{15,16}`},
		{name: "by value", col: column("text"), domain: "card", value: "4000 1234 5678 9010", want: `\d{15,16}`},
		{name: "by value, no card", col: column("text"), domain: "card", value: "none", want: `\d{15,16}`, outcome: Replaced},
		{name: "unique by value", col: column("text").unique(), domain: "card", value: "4000 1234 5678 9010", want: `9\d{18}`},
		{name: "empty", col: column("text"), value: "", want: ""},
	})
	testRefusals(t, "credit_card", []refusal{
		{"too short", varchar(15), nil, BySubject, "needs 16 characters"},
		{"int4", column("int4"), nil, BySubject, "16 digits"},
		{"groups of a number", column("int8"), Params{"format": "spaced"}, BySubject, "digits alone"},
		{"brand of unassigned numbers", column("text"), Params{"numbers": "unassigned", "brand": "visa"}, BySubject, "no brand"},
		{"unique without an integer", column("text").unique(), nil, BySubject, "single integer"},
		{"four unique digits", column("text").unique(), Params{"format": "last4"}, ByValue, "four digits"},
	})
}

// Every number has a valid check digit, and every way to unique numbers keeps
// them apart.
func TestCreditCardNumbers(t *testing.T) {
	t.Parallel()
	byKey := Binding{Keyed: BySubject, Subject: "public.customers", IntegerKey: true}
	for name, tc := range map[string]struct {
		col    Column
		params Params
		bind   Binding
		unique bool
	}{
		"drawn":           {column("text"), nil, person42, false},
		"kept":            {column("text"), Params{"brand": "keep"}, person42, false},
		"diners":          {column("text"), Params{"brand": "diners"}, person42, false},
		"by key":          {column("text").unique(), nil, byKey, true},
		"test by key":     {column("text").unique(), Params{"numbers": "test"}, byKey, true},
		"visa by key":     {column("text").unique(), Params{"numbers": "test", "brand": "visa"}, byKey, true},
		"kept by key":     {column("text").unique(), Params{"numbers": "test", "brand": "keep"}, byKey, true},
		"unique by value": {column("text").unique(), nil, inDomain("card"), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := compileMask(t, "credit_card", tc.col, tc.params, tc.bind)
			if c.Properties().Injective != tc.unique {
				t.Errorf("injective: %v", c.Properties().Injective)
			}
			m := c.New()
			seen := map[string]bool{}
			for i := range 20_000 {
				value := []byte(fmt.Sprintf("%d%011d", []int{4, 51, 34, 30}[i%4], i))
				out, outcome := m.Append(nil, &Input{Value: append(value, Luhn(value)), Subject: []byte(fmt.Sprint(i)), Row: []byte("1")})
				if outcome != Masked {
					t.Fatalf("%d: outcome %d", i, outcome)
				}
				if n := len(out) - 1; Luhn(out[:n]) != out[n] {
					t.Fatalf("%s has a wrong check digit", out)
				}
				if tc.unique && seen[string(out)] {
					t.Fatalf("%s came out twice", out)
				}
				seen[string(out)] = true
			}
		})
	}
}

// Number, brand and verification value of one subject belong together.
func TestCardRecord(t *testing.T) {
	t.Parallel()
	brands := map[string]int{}
	for i := range 2000 {
		subject := fmt.Sprint(i)
		get := func(mask string, c Column, p Params) string {
			return oneOf(t, mask, c, p, person42, "x", subject, "1")
		}
		number, brand, code := get("credit_card", column("text"), nil), get("card_brand", column("text"), nil), get("card_cvv", column("text"), nil)
		last4 := get("credit_card", varchar(4), Params{"format": "last4"})
		b := cardBrands[brandOf([]byte(number))]
		brands[brand]++
		if brand != b.name || len(number) != b.length || len(code) != b.code || last4 != number[len(number)-4:] {
			t.Fatalf("%s %s %s %s", number, brand, code, last4)
		}
	}
	if brands["Visa"] < 800 || brands["American Express"] < 120 || len(brands) != 4 {
		t.Errorf("%v", brands)
	}
}

func TestCardBrand(t *testing.T) {
	t.Parallel()
	enum := column("mood")
	enum.Labels = []string{"amex", "Master-Card", "VISA"}
	testMask(t, "card_brand", []maskCase{
		{name: "name", col: column("text"), value: "x", want: `Visa|Mastercard|American Express|Discover`},
		{name: "upper", col: column("text"), params: Params{"style": "upper", "brand": "amex"}, value: "x", want: `AMEX`},
		{name: "short", col: varchar(5), params: Params{"brand": "amex"}, value: "x", want: `amex`},
		{name: "enum", col: enum, value: "VISA", want: `VISA|Master-Card|amex`},
		{name: "enum by spelling", col: enum, params: Params{"brand": "mastercard"}, value: "VISA", want: `Master-Card`},
	})
	testRefusals(t, "card_brand", []refusal{{"an enum of no brands", column("mood"), nil, BySubject, "no label for Visa"}})
}

func TestCardExpiry(t *testing.T) {
	t.Parallel()
	testMask(t, "card_expiry", []maskCase{
		{name: "text", col: column("text"), value: "01/26", want: `(0[1-9]|1[0-2])/3[1-8]`},
		{name: "four characters", col: varchar(4), value: "0126", want: `(0[1-9]|1[0-2])3[1-8]`},
		{name: "long year", col: column("text"), params: Params{"format": "mm/yyyy"}, value: "x", want: `(0[1-9]|1[0-2])/203[1-8]`},
		{name: "iso", col: column("text"), params: Params{"format": "yyyy-mm"}, value: "x", want: `203[1-8]-(0[1-9]|1[0-2])`},
		{name: "date", col: column("date"), value: "2026-01-31", want: `203[1-8]-(0[1-9]|1[0-2])-(28|29|30|31)`},
		{name: "number", col: column("int4"), value: "202601", want: `203[1-8](0[1-9]|1[0-2])`},
		{name: "smallint", col: column("int2"), value: "2601", want: `3[1-8](0[1-9]|1[0-2])`},
		{name: "month", col: column("int2"), params: Params{"format": "month"}, value: "1", want: `[1-9]|1[0-2]`},
		{name: "year", col: column("int4"), params: Params{"format": "year"}, value: "2026", want: `203[1-8]`},
	})
	testRefusals(t, "card_expiry", []refusal{
		{"three characters", varchar(3), nil, BySubject, "needs 4 characters"},
		{"a slash in a number", column("int4"), Params{"format": "mm/yy"}, BySubject, "digits alone"},
	})
}

func TestCardCVV(t *testing.T) {
	t.Parallel()
	testMask(t, "card_cvv", []maskCase{
		{name: "of any", col: column("text"), value: "123", want: `\d{3,4}`},
		{name: "of visa", col: column("text"), params: Params{"brand": "visa"}, value: "123", want: `\d{3}`},
		{name: "of amex", col: column("text"), params: Params{"brand": "amex"}, value: "123", want: `\d{4}`},
		{name: "of amex in three", col: varchar(3), params: Params{"brand": "amex"}, value: "123", want: `\d{3}`},
		{name: "number", col: column("int2"), value: "123", want: `\d{1,4}`},
	})
	testRefusals(t, "card_cvv", []refusal{{"two characters", varchar(2), nil, BySubject, "needs 3"}})
}
