package mask

import (
	"fmt"
	"strings"
	"testing"
)

func TestIBAN(t *testing.T) {
	t.Parallel()
	testMask(t, "iban", []maskCase{
		{name: "as long as the real one", col: column("text"), value: "DE89 3704 0044 0532 0130 00", want: `XX\d{20}`},
		{name: "of Norway", col: column("text"), value: "NO9386011117947", want: `XX\d{13}`},
		{name: "of France", col: column("text"), value: "FR1420041010050500013M02606", want: `XX\d{25}`},
		{name: "a wrong check digit", col: column("text"), value: "DE88370400440532013000", want: `XX\d{20}`, outcome: Replaced},
		{name: "no account", col: varchar(18), value: "cash", want: `XX\d{16}`, outcome: Replaced},
		{name: "Germany", col: varchar(22), params: Params{"country": "de"}, value: "x", want: `DE\d\d9\d{17}`, outcome: Replaced},
		{name: "Britain", col: column("text"), params: Params{"country": "gb", "format": "spaced"}, value: "GB82 WEST 1234 5698 7654 32", want: `GB\d\d XXXX( \d{4}){3} \d\d`},
		{name: "Spain", col: column("text"), params: Params{"country": "es"}, value: "ES9121000418450200051332", want: `ES\d\d0000\d{16}`},
		{name: "by value", col: column("text"), domain: "iban", value: "DE89370400440532013000", want: `XX\d\d[0-9A-Z]{18}`},
		{name: "by value, no account", col: column("text"), domain: "iban", value: "cash", want: `XX\d{20}`, outcome: Replaced},
		{name: "empty", col: column("text"), value: "", want: ""},
	})
	testRefusals(t, "iban", []refusal{
		{"too short", varchar(14), nil, BySubject, "needs 15"},
		{"too short for the country", varchar(21), Params{"country": "de"}, BySubject, "needs 22"},
		{"too short for groups", varchar(24), Params{"country": "de", "format": "spaced"}, BySubject, "needs 27"},
		{"unique without an integer", column("text").unique(), nil, BySubject, "single integer"},
		{"unique German ones by value", column("text").unique(), Params{"country": "de"}, ByValue, "too few"},
	})
}

// All numbers pass IBAN's own check; spellings of one account become one; different ones stay apart.
func TestIBANNumbers(t *testing.T) {
	t.Parallel()
	for _, country := range append(ibanCountries(), "xx") {
		t.Run(country, func(t *testing.T) {
			t.Parallel()
			byKey := Binding{Keyed: BySubject, Subject: "public.customers", IntegerKey: true}
			m := compileMask(t, "iban", column("text").unique(), Params{"country": country}, byKey).New()
			seen := map[string]bool{}
			for i := range 5000 {
				out, outcome := m.Append(nil, &Input{Value: []byte("NO9386011117947"), Subject: []byte(fmt.Sprint(i))})
				if outcome != Masked || seen[string(out)] {
					t.Fatalf("key %d: %s, outcome %d", i, out, outcome)
				}
				seen[string(out)] = true
				if Mod9710(out[:4], Mod9710(out[4:], 0)) != 1 || country != "xx" && len(out) != ibanLengths[strings.ToUpper(country)] {
					t.Fatalf("%s is no IBAN", out)
				}
			}
		})
	}
	m := compileMask(t, "iban", column("text").unique(), nil, inDomain("iban")).New()
	seen := map[string]bool{}
	for i := range 20_000 {
		bban := fmt.Sprintf("37040044%010d", i)
		real := fmt.Sprintf("DE%02d%s", 98-Mod9710([]byte("DE00"), Mod9710([]byte(bban), 0)), bban)
		out, outcome := m.Append(nil, &Input{Value: []byte(real)})
		if outcome != Masked || seen[string(out)] {
			t.Fatalf("%s: %s, outcome %d", real, out, outcome)
		}
		seen[string(out)] = true
		spaced, _ := m.Append(nil, &Input{Value: []byte(strings.ToLower(real[:4]) + " " + real[4:])})
		if string(spaced) != string(out) {
			t.Fatalf("spellings of %s: %s and %s", real, out, spaced)
		}
	}
}

// National check digits against examples of the registry.
func TestNationalAccounts(t *testing.T) {
	t.Parallel()
	// Spain's second check digit is of the account alone, as in ES91 2100 0418 45 0200051332.
	if got := spanishAccount(nil, 0, []byte("0418"+"0200051332")); string(got[5:]) != "50200051332" {
		t.Errorf("Spain: %s", got)
	}
	// A French account in digits alone: the published key is over letters as digits.
	if got := frenchAccount([]byte("30006"), 0, []byte("0000112345678901")); Mod9710(got, 0) != 0 {
		t.Errorf("France: %s", got)
	}
	if got := portugueseAccount([]byte("0002"), 0, []byte("012312345678901")); string(got[19:]) != "54" {
		t.Errorf("Portugal: %s", got)
	}
	if got := string(italianAccount(nil, 0, []byte("11101000000123456"))); got[0] != italianLetter("00000"+"11101000000123456") {
		t.Errorf("Italy: %s", got)
	}
	if got := italianLetter("0542811101000000123456"); got != 'X' {
		t.Errorf("Italy's example: %c", got)
	}
}

// italianLetter is a check letter computed apart from the mask.
func italianLetter(digits string) byte {
	odd := map[rune]int{'0': 1, '1': 0, '2': 5, '3': 7, '4': 9, '5': 13, '6': 15, '7': 17, '8': 19, '9': 21}
	sum := 0
	for i, c := range digits {
		if i%2 == 0 {
			sum += odd[c]
		} else {
			sum += int(c - '0')
		}
	}
	return byte('A' + sum%26)
}
