package mask

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"testing"
)

// NIST's samples for FF1 (FF1samples.pdf of the Cryptographic Standards and
// Guidelines examples), all nine.
func TestFF1Samples(t *testing.T) {
	t.Parallel()
	const (
		digits = "0123456789"
		base36 = "0123456789abcdefghijklmnopqrstuvwxyz"
		key128 = "2b7e151628aed2a6abf7158809cf4f3c"
		key192 = key128 + "ef4359d8d580aa4f"
		key256 = key192 + "7f036d6f04fc6a94"
		tweak1 = "39383736353433323130"
		tweak2 = "3737373770717273373737"
	)
	for i, s := range []struct{ key, alphabet, tweak, plain, want string }{
		{key128, digits, "", "0123456789", "2433477484"},
		{key128, digits, tweak1, "0123456789", "6124200773"},
		{key128, base36, tweak2, "0123456789abcdefghi", "a9tv40mll9kdu509eum"},
		{key192, digits, "", "0123456789", "2830668132"},
		{key192, digits, tweak1, "0123456789", "2496655549"},
		{key192, base36, tweak2, "0123456789abcdefghi", "xbj3kv35jrawxv32ysr"},
		{key256, digits, "", "0123456789", "6657667009"},
		{key256, digits, tweak1, "0123456789", "1001623463"},
		{key256, base36, tweak2, "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"},
	} {
		for _, slow := range []bool{false, true} {
			key, _ := hex.DecodeString(s.key)
			tweak, _ := hex.DecodeString(s.tweak)
			f := newFF1(key, len(s.alphabet), tweak)
			x := numerals(s.alphabet, s.plain)
			if slow {
				if err := f.setLength(len(x)); err != nil {
					t.Fatal(err)
				}
				f.encryptBig(x)
			} else if err := f.encrypt(x); err != nil {
				t.Fatal(err)
			}
			var got []byte
			for _, d := range x {
				got = append(got, s.alphabet[d])
			}
			if string(got) != s.want {
				t.Errorf("sample %d, by big integers %v: %s, want %s", i+1, slow, got, s.want)
			}
		}
	}
}

func numerals(alphabet, s string) []byte {
	var x []byte
	for i := range len(s) {
		x = append(x, byte(bytes.IndexByte([]byte(alphabet), s[i])))
	}
	return x
}

// Words and big integers agree for every length and radix, and what is too
// short is refused.
func TestFF1OfEveryLength(t *testing.T) {
	t.Parallel()
	key := make([]byte, 32)
	for _, radix := range []int{2, 10, 16, 26, 36, 62} {
		shortest := ff1Shortest(radix)
		if err := newFF1(key, radix, nil).encrypt(make([]byte, shortest-1)); err == nil {
			t.Errorf("radix %d: %d numerals were taken", radix, shortest-1)
		}
		for n := shortest; n < 70; n++ {
			for seed := range 3 {
				fast, slow := newFF1(key, radix, []byte("t")), newFF1(key, radix, []byte("t"))
				x := make([]byte, n)
				for i := range x {
					x[i] = byte((i*i*7 + seed*13 + i) % radix)
				}
				y := bytes.Clone(x)
				if err := fast.encrypt(x); err != nil {
					t.Fatal(err)
				}
				if err := slow.setLength(n); err != nil {
					t.Fatal(err)
				}
				slow.encryptBig(y)
				if !bytes.Equal(x, y) {
					t.Fatalf("radix %d, %d numerals: %v and %v", radix, n, x, y)
				}
				for _, d := range x {
					if int(d) >= radix {
						t.Fatalf("radix %d: numeral %d", radix, d)
					}
				}
			}
		}
	}
}

// Every string of the smallest domains comes out once.
func TestFF1Permutes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ radix, n, domain int }{{10, 6, 1_000_000}, {2, 20, 1 << 20}} {
		t.Run(fmt.Sprint(tc.radix), func(t *testing.T) {
			t.Parallel()
			f := newFF1(make([]byte, 32), tc.radix, nil)
			seen := make([]bool, tc.domain)
			x := make([]byte, tc.n)
			for i := range tc.domain {
				f.put(x, uint64(i))
				if err := f.encrypt(x); err != nil {
					t.Fatal(err)
				}
				y := f.number(x)
				if seen[y] {
					t.Fatalf("%d comes out twice", y)
				}
				seen[y] = true
			}
		})
	}
}

func BenchmarkFF1(b *testing.B) {
	for _, n := range []int{10, 16} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			f := newFF1(make([]byte, 32), 10, nil)
			x := make([]byte, n)
			b.ReportAllocs()
			for b.Loop() {
				if err := f.encrypt(x); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
