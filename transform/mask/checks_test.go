package mask

import "testing"

// Numbers that their schemes' own documents give as valid.
func TestCheckDigits(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		check func([]byte) byte
		valid string
	}{
		{"Luhn", Luhn, "4111111111111111"}, {"Luhn", Luhn, "378282246310005"}, {"Luhn", Luhn, "79927398713"},
		{"mod 11,10", mod1110, "86095742719"}, {"mod 11,10", mod1110, "47036892816"},
		{"ean 13", ean13, "7569217076985"}, {"ean 13", ean13, "4006381333931"},
		{"verhoeff", verhoeff, "2363"}, {"verhoeff", verhoeff, "123451"},
	} {
		last := len(tc.valid) - 1
		if got := tc.check([]byte(tc.valid[:last])); got != tc.valid[last] {
			t.Errorf("%s of %s: %c", tc.name, tc.valid, got)
		}
	}
	if got := Mod9710([]byte("WEST12345698765432GB82"), 0); got != 1 {
		t.Errorf("mod 97: %d", got)
	}
}

// Verhoeff's scheme sees every wrong digit and every swap of neighbours.
func TestVerhoeffSeesSlips(t *testing.T) {
	t.Parallel()
	valid := func(s []byte) bool { return verhoeff(s[:len(s)-1]) == s[len(s)-1] }
	for n := range 2000 {
		s := appendPadded(nil, uint64(n*7919%100_000), 5)
		s = append(s, verhoeff(s))
		for i := range s {
			was := s[i]
			for c := byte('0'); c <= '9'; c++ {
				if s[i] = c; c != was && valid(s) {
					t.Fatalf("%s passes with digit %d changed", s, i)
				}
			}
			s[i] = was
			if i > 0 && s[i] != s[i-1] {
				s[i], s[i-1] = s[i-1], s[i]
				if valid(s) {
					t.Fatalf("%s passes with digits %d swapped", s, i)
				}
				s[i], s[i-1] = s[i-1], s[i]
			}
		}
	}
}
