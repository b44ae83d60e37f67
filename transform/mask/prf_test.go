package mask

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// The first half is the message's CMAC, however the message is split, and the
// second half is the first one encrypted.
func TestPRF(t *testing.T) {
	t.Parallel()
	key := testRing.derive(prfKey, "d", "l")
	p := newPRF(key)
	mac := newCMAC(key[:])
	for n := range 300 {
		head, tail := bytes.Repeat([]byte{'a'}, n%70), bytes.Repeat([]byte{'b'}, n)
		p.begin('T')
		p.msg = append(p.msg, head...)
		d := p.draw(tail)
		hi, lo := mac.sum(slices.Concat([]byte{'T'}, head, tail), nil)
		if d[0] != hi || d[1] != lo {
			t.Fatalf("length %d: not the CMAC", n)
		}
		var in, out [16]byte
		binary.BigEndian.PutUint64(in[:8], hi)
		binary.BigEndian.PutUint64(in[8:], lo)
		p.second.block.Encrypt(out[:], in[:])
		if d[2] != binary.BigEndian.Uint64(out[:8]) || d[3] != binary.BigEndian.Uint64(out[8:]) {
			t.Fatalf("length %d: the second half differs", n)
		}
		if half := p.half(tail); half != (draw{d[0], d[1]}) {
			t.Fatalf("length %d: half a draw differs", n)
		}
	}
	if other := newPRF(testRing.derive(prfKey, "d", "m")); other.second == p.second || p.second.whole == p.mac.whole {
		t.Error("keys are shared")
	}
}

// The examples of NIST SP 800-38B, appendix D, for AES-128 and AES-256.
func TestCMACVectors(t *testing.T) {
	t.Parallel()
	message := unhex(t, "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710")
	for _, c := range []struct {
		key  string
		tags map[int]string
	}{
		{"2b7e151628aed2a6abf7158809cf4f3c", map[int]string{
			0: "bb1d6929e95937287fa37d129b756746", 16: "070a16b46b4d4144f79bdd9dd04a287c",
			40: "dfa66747de9ae63030ca32611497c827", 64: "51f0bebf7e3b9d92fc49741779363cfe"}},
		{"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", map[int]string{
			0: "028962f61b7bf89efc6b551f4667d983", 16: "28a7023f452e8f82bd4bf28d8c37c35c",
			40: "aaf3d8f1de5640c232f5b169b9c911e6", 64: "e1992190549f6ed5696a2c056c315410"}},
	} {
		m := newCMAC(unhex(t, c.key))
		for n, want := range c.tags {
			for split := range n + 1 {
				hi, lo := m.sum(message[:split], message[split:n])
				if got := fmt.Sprintf("%016x%016x", hi, lo); got != want {
					t.Fatalf("%d bytes split at %d: %s, want %s", n, split, got, want)
				}
			}
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestStreamIsPCG(t *testing.T) {
	t.Parallel()
	want := rand.NewPCG(1, 2)
	got := stream{1, 2}
	for i := range 1000 {
		if a, b := got.next(), want.Uint64(); a != b {
			t.Fatalf("word %d: %x, want %x", i, a, b)
		}
	}
}

func TestFieldsDoNotRunTogether(t *testing.T) {
	t.Parallel()
	a := append(field(nil, []byte("ab")), 'c')
	b := append(field(nil, []byte("a")), "bc"...)
	if bytes.Equal(a, b) {
		t.Error("different fields, one message")
	}
}

// The labels of different words and halves of a draw have to be independent
// and evenly used.
func TestDrawIsEven(t *testing.T) {
	t.Parallel()
	p := newPRF(testRing.derive(prfKey, "d", "even"))
	const cells, n = 64, 200_000
	joint, low := make([]int, cells), make([]int, cells)
	for i := range n {
		p.msg = binary.BigEndian.AppendUint64(p.msg[:0], uint64(i))
		d := p.draw(nil)
		joint[8*below32(uint32(d[0]>>32), 8)+below32(uint32(d[0]), 8)]++
		low[below(d[3], cells)]++
	}
	for _, counts := range [][]int{joint, low} {
		if z := chiSquared(counts); z > 5 || z < -5 {
			t.Errorf("%.1f standard deviations from even", z)
		}
	}
}

func TestPRFDoesNotAllocate(t *testing.T) {
	p := newPRF(testRing.derive(prfKey, "d", "l"))
	p.msg = append(p.msg, "some short value"...)
	if n := testing.AllocsPerRun(1000, func() { p.draw(nil) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkPRF(b *testing.B) {
	p := newPRF(testRing.derive(prfKey, "d", "l"))
	p.msg = append(p.msg, "some short value"...)
	b.ReportAllocs()
	for b.Loop() {
		p.draw(nil)
	}
}
