package mask

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever bytes come in, structured masks neither panic nor let them through:
// what cannot be read is replaced.
func TestStructuredTakeAnything(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	rounds := heavy(3000, 300_000)
	for _, tc := range structuredCases {
		if tc.mask == "null" || tc.mask == "redact" || tc.mask == "when" {
			continue
		}
		for _, c := range both(column(tc.col)) {
			if c.Elem != nil {
				c.Elem.Wire = c.Wire
			}
			m := compileMask(t, tc.mask, c, tc.params, Binding{Keyed: tc.by, Domain: tc.domain, Subject: "public.customers"}).New()
			seeds := [][]byte{{}}
			for _, v := range tc.values {
				seeds = append(seeds, []byte(v))
			}
			for range rounds {
				v := append([]byte(nil), seeds[random.IntN(len(seeds))]...)
				for range 1 + random.IntN(4) {
					switch at := random.IntN(len(v) + 1); random.IntN(4) {
					case 0:
						v = append(v[:at], append([]byte{byte(random.IntN(256))}, v[at:]...)...)
					case 1:
						v = v[:at]
					case 2:
						v = v[at:]
					default:
						if at < len(v) {
							v[at] = "{}[]()<>\"'\\,&;/=-!? \x00\x01\x03\xff"[random.IntN(24)]
						}
					}
				}
				out, outcome := m.Append(nil, &Input{Value: v, Subject: []byte("42"), Row: []byte("1001")})
				if outcome > Kept && outcome != OutOfRange {
					t.Fatalf("%s on %s: %q: outcome %d", tc.mask, tc.col, v, outcome)
				}
				if utf8.Valid(v) && c.Wire == TextWire && !utf8.Valid(out) {
					t.Fatalf("%s on %s: %q became %q, which is no UTF-8", tc.mask, tc.col, v, out)
				}
				if tc.mask == "email" && c.Wire == TextWire && strings.Contains(string(out), "corp") {
					t.Fatalf("%q became %q", v, out)
				}
			}
		}
	}
}
