package mask

import (
	"hash/maphash"
	"os"
	"slices"
	"strconv"
	"testing"
)

// heavy is n, or much with UNDERSTUDY_TEST_HEAVY.
func heavy(n, much int) int {
	if os.Getenv("UNDERSTUDY_TEST_HEAVY") != "" {
		return much
	}
	return n
}

// No two of a hundred million numbers become one.
func TestPermutedNumbersAreDistinct(t *testing.T) {
	t.Parallel()
	n := heavy(300_000, 100_000_000)
	c := column("int8").binary().unique()
	c.Rows = int64(n)
	m := compileMask(t, "permute", c, Params{"max": int64(n)}, inDomain("d")).New()
	seen := make([]uint64, n/64+1)
	var in Input
	var out []byte
	for i := 1; i <= n; i++ {
		in.Value = appendInt(in.Value[:0], &c, int64(i))
		var outcome Outcome
		if out, outcome = m.Append(out[:0], &in); outcome != Masked {
			t.Fatal(outcome)
		}
		v, _ := readInt(BinaryWire, out)
		if v < 1 || v > int64(n) || seen[v/64]&(1<<(v%64)) != 0 {
			t.Fatalf("%d became %d, as another or beyond the range", i, v)
		}
		seen[v/64] |= 1 << (v % 64)
	}
}

// No two of ten million addresses become one: by value, by subject, and by
// number where they make a part of a person's name.
func TestAddressesAreDistinct(t *testing.T) {
	t.Parallel()
	n := heavy(100_000, 10_000_000)
	for name, bind := range map[string]Binding{"value": inDomain("d"), "subject": person42, "row": {Keyed: BySubject, Subject: "s", PerRow: true}} {
		c := column("text").unique()
		c.Rows = int64(n)
		m := compileMask(t, "email", c, nil, bind).New()
		hashes := make([]uint64, 0, n) // of 64 bits: two of ten million meet by chance once in 370,000 runs
		seed := maphash.MakeSeed()
		in := Input{Subject: []byte("1")}
		var out []byte
		for i := range n {
			in.Value = append(strconv.AppendInt(in.Value[:0], int64(i), 10), "@corp.test"...)
			in.Row = strconv.AppendInt(in.Row[:0], int64(i), 10)
			if name == "subject" {
				in.Subject = in.Row
			}
			out, _ = m.Append(out[:0], &in)
			hashes = append(hashes, maphash.Bytes(seed, out))
		}
		slices.Sort(hashes)
		if different := len(slices.Compact(hashes)); different != n {
			t.Errorf("by %s: %d of %d addresses are different", name, different, n)
		}
	}
}
