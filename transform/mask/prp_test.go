package mask

import (
	"fmt"
	"math"
	"math/bits"
	"sync"
	"testing"
)

// invert is what the key's holder can do.
func (f *feistel) invert(l, r uint64) (uint64, uint64) {
	for i := feistelRounds - 2; i >= 0; i -= 2 {
		r ^= f.round(byte(i+1), l, f.right)
		l ^= f.round(byte(i), r, f.left)
	}
	return l, r
}

func (w *walking) invert(x uint64) uint64 {
	for {
		l, r := w.feistel.invert(x>>w.right, x&(1<<w.right-1))
		if x = l<<w.right | r; x <= w.last {
			return x
		}
	}
}

func newWalking(label string, last uint64) *walking {
	width := uint(bits.Len64(last))
	return &walking{feistel: newFeistel(testRing.derive(prpKey, "test", label), width-width/2, width/2), last: last}
}

func TestPermutationExhaustive(t *testing.T) {
	t.Parallel()
	for _, n := range []uint64{1, 2, 3, 4, 5, 7, 8, 9, 10, 100, 255, 256, 257, 1000, 4095, 65536, 100_003, 1 << 20} {
		perms := map[string]permutation{"table": testRing.permutation("test", "exhaustive", n-1)}
		if n >= 4 { // a Feistel network needs a bit on either side
			perms["feistel"] = newWalking("exhaustive", n-1)
		}
		for name, p := range perms {
			t.Run(fmt.Sprintf("%s of %d", name, n), func(t *testing.T) {
				t.Parallel()
				seen := make([]bool, n)
				fixed := 0
				for x := range n {
					y := p.apply(x)
					if y >= n || seen[y] {
						t.Fatalf("%d -> %d: out of range or hit twice", x, y)
					}
					seen[y] = true
					if x == y {
						fixed++
					}
					if w, ok := p.(*walking); ok && w.invert(y) != x {
						t.Fatalf("%d -> %d -> %d", x, y, w.invert(y))
					}
				}
				if n >= 100 && fixed > 12 { // Poisson with mean 1
					t.Errorf("%d numbers stay as they are", fixed)
				}
			})
		}
	}
}

// The values 2^22 - 1 and 2^22 lie on the two sides of the border between table and network.
func TestPermutationBorder(t *testing.T) {
	t.Parallel()
	if _, ok := testRing.permutation("test", "border", maxShuffle-1).(table); !ok {
		t.Error("2^22 numbers have no table")
	}
	if _, ok := testRing.permutation("test", "border", maxShuffle).(*walking); !ok {
		t.Error("2^22 + 1 numbers have a table")
	}
}

func TestPermutationLarge(t *testing.T) {
	t.Parallel()
	for _, last := range []uint64{maxShuffle, 999_999_999, 1<<31 - 2, 1 << 32, 1<<63 - 2, math.MaxUint64} {
		t.Run(fmt.Sprint(last), func(t *testing.T) {
			t.Parallel()
			w := newWalking("large", last)
			const cells, n = 256, 100_000
			where := make([]int, cells)
			flips := make([]int, 64)
			seen := make(map[uint64]bool, n)
			for i := range uint64(n) {
				x := i // small, dense numbers, as keys are
				y := w.apply(x)
				if y > last || seen[y] {
					t.Fatalf("%d -> %d: out of range or hit twice", x, y)
				}
				seen[y] = true
				if w.invert(y) != x {
					t.Fatalf("%d -> %d -> %d", x, y, w.invert(y))
				}
				where[below(y<<bits.LeadingZeros64(last), cells)%cells]++
				if x&1 == 0 {
					flips[bits.Len64(y^w.apply(x+1))-1]++
				}
			}
			if last == math.MaxUint64 || last == 1<<32 || last == 1<<63-2 {
				// A power of two (nearly): all cells are equally likely.
				if last == 1<<32 {
					where = where[:cells/2]
				}
				if z := chiSquared(where); z > 6 || z < -6 {
					t.Errorf("%.1f standard deviations from even", z)
				}
			}
			// Neighbours land far apart: their highest differing bit is the
			// top one in half of the cases.
			top := bits.Len64(last-1) - 1
			if got := flips[top] + flips[top-1] + flips[top-2]; got < n/2*3/4 {
				t.Errorf("%d of %d pairs of neighbours differ in the top three bits", got, n/2)
			}
		})
	}
}

func TestShuffleIsSharedAndLazy(t *testing.T) {
	t.Parallel()
	ring := NewKeyring(testKey, KeyringOptions{Project: "shop"})
	var wg sync.WaitGroup
	tables := make([]table, 8)
	for i := range tables {
		wg.Go(func() { tables[i] = ring.permutation("d", "x", 99_999).(table) })
	}
	wg.Wait()
	for _, s := range tables {
		if &s[0] != &tables[0][0] {
			t.Fatal("one permutation, two tables")
		}
	}
	for i, other := range []table{
		ring.permutation("e", "x", 99_999).(table), ring.permutation("d", "y", 99_999).(table), ring.permutation("d", "x", 99_998).(table),
	} {
		same := 0
		for x := range other {
			if other[x] == tables[0][x] {
				same++
			}
		}
		if same > 20 {
			t.Errorf("permutation %d agrees with another in %d places", i, same)
		}
	}
}

func FuzzPermutation(f *testing.F) {
	f.Add(uint64(5), uint64(3))
	f.Add(uint64(1<<40), uint64(1<<39))
	f.Add(uint64(math.MaxUint64), uint64(math.MaxUint64))
	f.Fuzz(func(t *testing.T, last, x uint64) {
		if last < 3 {
			t.Skip("a Feistel network needs two bits")
		}
		if last != math.MaxUint64 {
			x %= last + 1
		}
		w := newWalking("fuzz", last)
		y := w.apply(x)
		if y > last || w.invert(y) != x {
			t.Fatalf("%d of 0..%d -> %d -> %d", x, last, y, w.invert(y))
		}
	})
}

func BenchmarkPermutation(b *testing.B) {
	for _, last := range []uint64{1<<20 - 1, 1e9 - 1, 1<<31 - 2, 1<<63 - 2} {
		b.Run(fmt.Sprint(last), func(b *testing.B) {
			w := newWalking("bench", last)
			b.ReportAllocs()
			for x := uint64(0); b.Loop(); x++ {
				w.apply(x & (1<<20 - 1))
			}
		})
	}
	b.Run("table 2^22", func(b *testing.B) {
		p := testRing.permutation("bench", "", maxShuffle-1)
		for x := uint64(0); b.Loop(); x++ {
			p.apply(x * 7919 & (maxShuffle - 1))
		}
	})
}
