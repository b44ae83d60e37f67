package mask

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

func TestPRFIsHMAC(t *testing.T) {
	t.Parallel()
	key := testRing.derive(prfKey, "d", "l")
	p := newPRF(key)
	for n := range 300 {
		head, tail := bytes.Repeat([]byte{'a'}, n%70), bytes.Repeat([]byte{'b'}, n)
		p.buf = append(p.buf[:0], head...)
		d := p.draw(tail)
		mac := hmac.New(sha256.New, key[:])
		mac.Write(head)
		mac.Write(tail)
		sum := mac.Sum(nil)
		for i := range d {
			if d[i] != binary.BigEndian.Uint64(sum[8*i:]) {
				t.Fatalf("length %d: word %d differs from HMAC-SHA256", n, i)
			}
		}
	}
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
	a := field(field(nil, 'S', []byte("ab")), 'R', []byte("c"))
	b := field(field(nil, 'S', []byte("a")), 'R', []byte("bc"))
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
		p.buf = binary.BigEndian.AppendUint64(p.buf[:0], uint64(i))
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
	p.buf = append(p.buf, "some short value"...)
	if n := testing.AllocsPerRun(1000, func() { p.draw(nil) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkPRF(b *testing.B) {
	p := newPRF(testRing.derive(prfKey, "d", "l"))
	p.buf = append(p.buf, "some short value"...)
	b.ReportAllocs()
	for b.Loop() {
		p.draw(nil)
	}
}
