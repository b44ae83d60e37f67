package originals

import (
	"math"
	"math/bits"
)

// distinct counts different hashes, to within some 2 %, few of them to within
// one (HyperLogLog, with linear counting below its range).
type distinct []uint8 // ranks; nil before the first hash

// registers are 2 to the power of registerBits.
const (
	registerBits = 12
	registers    = 1 << registerBits
)

func (d *distinct) add(hash uint64) {
	if *d == nil {
		*d = make(distinct, registers)
	}
	rest := hash<<registerBits | 1<<(registerBits-1) // never zero
	r := &(*d)[hash>>(64-registerBits)]
	*r = max(*r, uint8(bits.LeadingZeros64(rest)+1))
}

// union adds what another has counted.
func (d *distinct) union(e distinct) {
	if *d == nil && e != nil {
		*d = make(distinct, registers)
	}
	for i, r := range e {
		(*d)[i] = max((*d)[i], r)
	}
}

func (d distinct) count() float64 {
	if d == nil {
		return 0
	}
	sum, empty := 0.0, 0
	for _, r := range d {
		sum += math.Ldexp(1, -int(r))
		if r == 0 {
			empty++
		}
	}
	const m = registers
	if n := 0.7213 / (1 + 1.079/m) * m * m / sum; n > 2.5*m || empty == 0 {
		return n
	}
	return m * math.Log(m/float64(empty))
}
