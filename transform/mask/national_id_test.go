package mask

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

func TestNationalID(t *testing.T) {
	t.Parallel()
	testMask(t, "national_id", []maskCase{
		{name: "usual", col: column("text"), value: "123-45-6789", want: `9\d\d-(0[1-9]|[1-4]\d)-\d{4}`},
		{name: "short", col: varchar(9), value: "123-45-6789", want: `9\d{8}`},
		{name: "plain", col: column("text"), params: Params{"format": "plain"}, value: "x", want: `9\d{8}`},
		{name: "number", col: column("int8"), value: "123456789", want: `9\d{8}`},
		{name: "numeric", col: numeric(9, 0), value: "123456789", want: `9\d{8}`},
		{name: "Germany", col: column("text"), params: Params{"scheme": "de"}, value: "x", want: `0\d( \d{3}){3}`},
		{name: "NHS", col: column("text"), params: Params{"scheme": "gb_nhs"}, value: "x", want: `999 \d{3} \d{4}`},
		{name: "by value", col: column("text"), domain: "ssn", value: "x", want: `9.*`},
		{name: "nothing to read", col: column("text"), value: "--", want: `9.*`, outcome: Replaced},
		{name: "empty", col: column("text"), value: "", want: ""},
	})
	testRefusals(t, "national_id", []refusal{
		{"too short", varchar(8), nil, BySubject, "needs 9"},
		{"letters of a number", column("int8"), Params{"scheme": "es"}, BySubject, "letters"},
		{"int2", column("int2"), nil, BySubject, "9 digits"},
		{"unique without an integer", column("text").unique(), nil, BySubject, "single integer"},
	})
	full := column("text").unique()
	full.Rows = 100_000
	if _, err := Find("national_id").Compile(full, Params{"scheme": "nl"}, Binding{Keyed: BySubject, IntegerKey: true}); err == nil || !strings.Contains(err.Error(), "90000") {
		t.Errorf("100,000 rows and 90,000 numbers: %v", err)
	}
}

// Numbers are valid by checks written apart from the schemes, keep their
// reserved beginnings, and differ where n differs.
func TestNationalIDSchemes(t *testing.T) {
	t.Parallel()
	digits := func(s string) (d []int) {
		for _, c := range s {
			d = append(d, int(c-'0'))
		}
		return d
	}
	dot := func(s string, weights ...int) (sum int) {
		for i, d := range digits(s[:len(weights)]) {
			sum += d * weights[i]
		}
		return sum
	}
	luhnOK := func(s string) bool { return Luhn([]byte(s[:len(s)-1])) == s[len(s)-1] }
	number := func(s string) (n int) { fmt.Sscan(strings.TrimLeft(s, "0"), &n); return n }
	checks := map[string]struct {
		shape string
		valid func(s string) bool
	}{
		"us_ssn":   {`9\d\d(0[1-9]|[1-4]\d)\d{4}`, func(s string) bool { return s[5:] != "0000" }},
		"ca_sin":   {`0\d{8}`, luhnOK},
		"gb_nino":  {`QQ\d{6}[A-D]`, nil},
		"gb_nhs":   {`999\d{7}`, func(s string) bool { return dot(s, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1)%11 == 0 }},
		"fr_siren": {`0\d{8}`, luhnOK},
		"fr_siret": {`0\d{13}`, func(s string) bool { return luhnOK(s) && luhnOK(s[:9]) }},
		"de_steuer_id": {`0\d{10}`, func(s string) bool {
			count := map[rune]int{}
			for _, c := range s[:10] {
				count[c]++
			}
			twice := 0
			for _, n := range count {
				if n == 2 {
					twice++
				}
			}
			return len(count) == 9 && twice == 1 && mod1110([]byte(s[:10])) == s[10]
		}},
		"fr_nir":            {`[12]\d\d(0[1-9]|1[0-2])00\d{8}`, func(s string) bool { return (number(s[:13])+number(s[13:]))%97 == 0 }},
		"es_dni":            {`9\d{7}[A-Z]`, func(s string) bool { return spanishLetters[number(s[:8])%23] == s[8] }},
		"es_nie":            {`Z9\d{6}[A-Z]`, func(s string) bool { return spanishLetters[number("2"+s[1:8])%23] == s[8] }},
		"it_codice_fiscale": {`[A-Z]{6}\d\d[ABCDEHLMPRST]([0-6]\d|7[01])X\d{3}[A-Z]`, func(s string) bool { return fiscalLetter(s[:15]) == s[15] }},
		"pt_nif": {`4[0-4]\d{7}`, func(s string) bool {
			check := 11 - dot(s, 9, 8, 7, 6, 5, 4, 3, 2)%11
			return check%11%10 == int(s[8]-'0') || check >= 10 && s[8] == '0'
		}},
		"nl_bsn":   {`999\d{6}`, func(s string) bool { return (dot(s, 9, 8, 7, 6, 5, 4, 3, 2)-int(s[8]-'0'))%11 == 0 }},
		"be_nrn":   {`\d\d1[3-9]\d{7}`, func(s string) bool { return (number(s[:9])+number(s[9:]))%97 == 0 }},
		"ch_ahv":   {`756\d{10}`, func(s string) bool { return dot(s, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1)%10 == 0 }},
		"pl_pesel": {`\d\d(6[1-9]|7[0-2])\d{7}`, func(s string) bool { return dot(s, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)%10 == 0 }},
		"fi_hetu":  {`\d{6}-9\d\d[0-9A-Y]`, func(s string) bool { return "0123456789ABCDEFHJKLMNPRSTUVWXY"[number(s[:6]+s[7:10])%31] == s[10] }},
		"no_fnr": {`\d\d(8[1-9]|9[0-2])\d{7}`, func(s string) bool {
			return dot(s, 3, 7, 6, 1, 8, 9, 4, 5, 2, 1)%11 == 0 && dot(s, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0
		}},
		"br_cpf": {`\d{11}`, func(s string) bool {
			return dot(s, 10, 9, 8, 7, 6, 5, 4, 3, 2)*10%11%10 == int(s[9]-'0') && dot(s, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2)*10%11%10 == int(s[10]-'0')
		}},
		"in_aadhaar": {`[01]\d{11}`, func(s string) bool { return verhoeff([]byte(s[:11])) == s[11] }},
	}
	for i := range idSchemes {
		s := &idSchemes[i]
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			check, ok := checks[s.name]
			if !ok {
				t.Fatal("nothing checks this scheme")
			}
			shape := regexp.MustCompile("^(?:" + check.shape + ")$")
			if n := len(s.write(nil, 0)); n != strings.Count(s.shape, "#") {
				t.Fatalf("%d characters in %q", n, s.shape)
			}
			seen := map[string]uint64{}
			// Numbers from both ends, and from all over.
			for i := range uint64(30_000) {
				n := i / 3
				switch i % 3 {
				case 1:
					n = s.count - 1 - i/3
				case 2:
					n = i / 3 * 2_654_435_761 % s.count
				}
				out := string(s.write([]byte("head"), n)[4:])
				if !shape.MatchString(out) || check.valid != nil && !check.valid(out) {
					t.Fatalf("%d is written %s", n, out)
				}
				if other, ok := seen[out]; ok && other != n {
					t.Fatalf("%d and %d are both %s", other, n, out)
				}
				seen[out] = n
			}
		})
	}
}

// Whole small schemes come out without a duplicate.
func TestNationalIDExhausted(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"nl_bsn", "gb_nhs", "es_nie"} {
		s := findIDScheme(name)
		seen := make(map[string]bool, s.count)
		for n := range s.count {
			out := string(s.write(nil, n))
			if seen[out] {
				t.Fatalf("%s: %s twice", name, out)
			}
			seen[out] = true
		}
	}
}

// fiscalLetter is the check letter of a codice fiscale, computed by its table.
func fiscalLetter(s string) byte {
	odd := map[rune]int{'A': 1, 'B': 0, 'C': 5, 'D': 7, 'E': 9, 'F': 13, 'G': 15, 'H': 17, 'I': 19, 'J': 21, 'K': 2, 'L': 4, 'M': 18,
		'N': 20, 'O': 11, 'P': 3, 'Q': 6, 'R': 8, 'S': 12, 'T': 14, 'U': 16, 'V': 10, 'W': 22, 'X': 25, 'Y': 24, 'Z': 23}
	sum := 0
	for i, c := range s {
		if c >= '0' && c <= '9' {
			c += 'A' - '0'
		}
		if i%2 == 0 {
			sum += odd[c]
		} else {
			sum += int(c - 'A')
		}
	}
	return byte('A' + sum%26)
}

func TestFiscalLetter(t *testing.T) {
	t.Parallel()
	if got := fiscalLetter("RSSMRA85T10A562"); got != 'S' {
		t.Errorf("%c", got)
	}
}
