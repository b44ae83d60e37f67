package mask

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
)

func TestUUID(t *testing.T) {
	t.Parallel()
	const tail = `-[89ab][0-9a-f]{3}-[0-9a-f]{12}`
	keep := Params{"keep_time": true}
	testMask(t, "uuid", []maskCase{
		{name: "version 4", col: column("uuid").unique(), by: ByValue, value: "018f3c2e-7b1a-4cde-8f00-0123456789ab", want: `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}` + tail},
		{name: "version 1", col: column("uuid"), by: ByValue, value: "018f3c2e-7b1a-1cde-8f00-0123456789ab", want: `[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}` + tail},
		{name: "version 7", col: column("uuid"), by: ByValue, value: "018f3c2e-7b1a-7cde-8f00-0123456789ab", want: `[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}` + tail},
		{name: "version 7 with its time", col: column("uuid"), params: keep, by: ByValue, value: "018f3c2e-7b1a-7cde-8f00-0123456789ab", want: `018f3c2e-7b1a-7[0-9a-f]{3}` + tail},
		{name: "version 4 has none", col: column("uuid"), params: keep, by: ByValue, value: "018f3c2e-7b1a-4cde-8f00-0123456789ab", want: `[^0][0-9a-f]{7}-[0-9a-f]{4}-4[0-9a-f]{3}` + tail},
		{name: "zeros", col: column("uuid"), by: ByValue, value: "00000000-0000-0000-0000-000000000000", want: `[0-9a-f]{8}-[0-9a-f]{4}-0[0-9a-f]{3}-[0-3][0-9a-f]{3}-[0-9a-f]{12}`},
		{name: "text", col: varchar(36).unique(), by: ByValue, value: "018f3c2e-7b1a-4cde-8f00-0123456789ab", want: `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}` + tail},
		{name: "upper case", col: column("text"), by: ByValue, value: "018F3C2E-7B1A-4CDE-8F00-0123456789AB", want: `[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}`},
		{name: "without hyphens", col: column("text"), by: ByValue, value: "018f3c2e7b1a4cde8f000123456789ab", want: `[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}`},
		{name: "mixed case", col: column("text"), by: ByValue, value: "018F3c2e-7b1a-4cde-8f00-0123456789ab", want: `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}` + tail, outcome: Replaced},
		{name: "no UUID", col: column("text"), by: ByValue, value: "héllo", want: `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}` + tail, outcome: Replaced},
		{name: "empty", col: column("text"), by: ByValue, value: ""},
	})
	testRefusals(t, "uuid", []refusal{{name: "varchar(35)", col: varchar(35), by: ByValue, want: "needs 36 characters"}})
	// Columns of both types in one domain join.
	const v = "018f3c2e-7b1a-4cde-8f00-0123456789ab"
	if a, b := one(t, "uuid", column("uuid"), nil, inDomain("d"), v), one(t, "uuid", column("text"), nil, inDomain("d"), v); a != b {
		t.Errorf("%s as uuid, %s as text", a, b)
	}
}

func TestUUIDIsOneToOne(t *testing.T) {
	t.Parallel()
	c := column("uuid").unique().binary()
	for _, keep := range []bool{false, true} {
		m := compileMask(t, "uuid", c, Params{"keep_time": keep}, inDomain("d")).New()
		seen := map[string]bool{}
		for i := range 60_000 {
			var u [16]byte
			binary.BigEndian.PutUint32(u[12:], uint32(i/6))
			u[6] = []byte{0x40, 0x70}[i%2]
			u[8] = []byte{0x80, 0x00, 0xc0}[i%3]
			out, outcome := m.Append(nil, &Input{Value: u[:]})
			if outcome != Masked || len(out) != 16 || seen[string(out)] || out[6]&0xf0 != u[6] || out[8]&0xc0 != u[8]&0xc0 {
				t.Fatalf("%x became %x", u, out)
			}
			seen[string(out)] = true
		}
	}
}

// Each of the 122 bits decides about each of the others.
func TestUUIDDiffuses(t *testing.T) {
	t.Parallel()
	c := column("uuid").binary()
	m := compileMask(t, "uuid", c, nil, inDomain("d")).New()
	const rounds = 200
	var flips [128]int
	for i := range rounds {
		for _, bit := range []int{0, 47, 52, 63, 66, 127} {
			u := [16]byte{6: 0x40, 8: 0x80, 15: byte(i), 14: byte(i >> 8)}
			a, _ := m.Append(nil, &Input{Value: u[:]})
			u[bit/8] ^= 0x80 >> (bit % 8)
			b, _ := m.Append(nil, &Input{Value: u[:]})
			for j := range 128 {
				if (a[j/8]^b[j/8])&(0x80>>(j%8)) != 0 {
					flips[j]++
				}
			}
		}
	}
	for j, n := range flips {
		fixed := j >= 48 && j < 52 || j == 64 || j == 65
		if fixed && n != 0 || !fixed && (n < 6*rounds*2/5 || n > 6*rounds*3/5) {
			t.Errorf("bit %d flips %d times of %d", j, n, 6*rounds)
		}
	}
}

func TestUUIDKeepsOrderOfTime(t *testing.T) {
	t.Parallel()
	last := ""
	for i := range 100 {
		got := one(t, "uuid", column("uuid"), Params{"keep_time": true}, inDomain("d"), fmt.Sprintf("018f3c2e-%04x-7cde-8f00-0123456789ab", i))
		if strings.Compare(got, last) <= 0 {
			t.Fatalf("%s after %s", got, last)
		}
		last = got
	}
}
