package mask

import (
	"encoding/binary"
	"math/bits"
)

const (
	// repetitionFrom is the size from which PostgreSQL may compress a value: it
	// does so for rows of more than about 2 KB.
	repetitionFrom = 1024
	// repetitionWindow is how far back PostgreSQL's pglz looks for something to
	// repeat. What a text does in its beginning it does throughout.
	repetitionWindow = 4096
	// repetitionMost is the shortest period that filler has, as a part of the
	// whole: 2^-repetitionMost.
	repetitionMost = 4
	// repetitionSamples is how many places of the window are compared, about.
	repetitionSamples = 128
)

// repetition tells in how many halvings a text comes down to what it says only
// once: 0 for prose, up to repetitionMost for a phrase over and over. It compares
// the 8 bytes at places that their own hash chooses (content-defined sampling, as
// in Manber, Finding Similar Files in a Large File System, 1994), so that a
// repeated passage chooses the same places again.
func repetition(v []byte) int {
	if len(v) < repetitionFrom {
		return 0
	}
	v = v[:min(len(v), repetitionWindow)]
	// Of so many places in a row one is chosen.
	every := bits.Len(uint(len(v)/repetitionSamples)) - 1
	var seen [4 * repetitionSamples]uint32 // by the hash's low bits; later ones displace earlier ones
	chosen, again := 0, 0
	for i := 0; i+8 <= len(v); i++ {
		h := binary.LittleEndian.Uint64(v[i:]) * 0x9E3779B97F4A7C15 // Fibonacci hashing
		if h>>(64-every) != 0 {
			continue
		}
		chosen++
		slot, print := &seen[uint32(h>>16)%uint32(len(seen))], uint32(h>>25)|1
		if *slot == print {
			again++
		}
		*slot = print
	}
	// To the nearest power of two, by and large: chance has chosen the places.
	n := 0
	for once := 3 * (chosen - again); n < repetitionMost && once <= 2*chosen; once *= 2 {
		n++
	}
	return n
}
