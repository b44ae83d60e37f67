package mask

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"math/bits"
)

// ff1 is format-preserving encryption FF1 of NIST SP 800-38G: a permutation of
// the numeral strings of each length in a radix. Halves that fit a machine
// word, 18 decimal digits, take no big integers and do not allocate. Not safe
// for concurrent use.
type ff1 struct {
	block cipher.Block
	radix uint64
	tweak []byte

	// What depends on the length of the string alone, kept for the last length.
	length int
	powers [2]uint64 // radix to the length of each half
	big    bool      // a half does not fit a word
	wide   int       // b, bytes of the number that a half is
	start  [aes.BlockSize]byte
	fixed  int // bytes of Q before the round number
	q      []byte
	r      [aes.BlockSize]byte
}

// ff1Domain is the smallest number of strings that FF1 may permute: SP
// 800-38Gr1 makes it a requirement.
const ff1Domain = 1_000_000

const ff1Rounds = 10

var errFF1Domain = errors.New("fewer than a million strings")

func newFF1(key []byte, radix int, tweak []byte) *ff1 {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("mask: " + err.Error())
	}
	return &ff1{block: block, radix: uint64(radix), tweak: tweak}
}

// ff1Shortest is the length from which strings of the radix are enough.
func ff1Shortest(radix int) int {
	n, strings := 0, 1
	for strings < ff1Domain {
		n++
		strings *= radix
	}
	return max(n, 2)
}

// encrypt replaces numerals, each below the radix, by those that they are
// enciphered to.
func (f *ff1) encrypt(x []byte) error {
	if len(x) != f.length || len(x) == 0 {
		if err := f.setLength(len(x)); err != nil {
			return err
		}
	}
	if f.big {
		f.encryptBig(x)
		return nil
	}
	u := len(x) / 2
	a, b := f.number(x[:u]), f.number(x[u:])
	for i := range byte(ff1Rounds) {
		power := f.powers[i&1]
		if len(f.q) == aes.BlockSize {
			f.prfWord(i, b)
		} else {
			f.q[f.fixed] = i
			for j, n := len(f.q)-1, b; j > f.fixed; j-- {
				f.q[j] = byte(n)
				n >>= 8
			}
			f.prf()
		}
		// y is the first d bytes of R, d being at most 16 where halves are words.
		d := 4*((f.wide+3)/4) + 4
		hi, lo := binary.BigEndian.Uint64(f.r[:]), binary.BigEndian.Uint64(f.r[8:])
		switch {
		case d == 8:
			hi, lo = 0, hi
		case d == 12:
			hi, lo = hi>>32, hi<<32|lo>>32
		}
		if hi >= power { // Div64 wants it smaller; most often it is
			hi %= power
		}
		_, y := bits.Div64(hi, lo, power)
		c, carry := bits.Add64(a, y, 0)
		if carry != 0 || c >= power {
			c -= power
		}
		a, b = b, c
	}
	f.put(x[:u], a)
	f.put(x[u:], b)
	return nil
}

// setLength prepares for strings of n numerals: P and the constant part of Q,
// as the standard calls them.
func (f *ff1) setLength(n int) error {
	u := n / 2
	v := n - u
	if float64(n)*math.Log2(float64(f.radix)) < math.Log2(ff1Domain)-1e-9 || n < 2 {
		return errFF1Domain
	}
	f.length = n
	f.powers, f.big = [2]uint64{1, 1}, false
	for m, half := range [2]int{u, v} {
		for range half {
			hi, lo := bits.Mul64(f.powers[m], f.radix)
			f.big = f.big || hi != 0 || lo > math.MaxInt64
			f.powers[m] = lo
		}
	}
	// b is the bytes that v numerals take.
	most := new(big.Int).Exp(new(big.Int).SetUint64(f.radix), big.NewInt(int64(v)), nil)
	f.wide = (most.Sub(most, big.NewInt(1)).BitLen() + 7) / 8
	t := len(f.tweak)
	p := [aes.BlockSize]byte{1, 2, 1, byte(f.radix >> 16), byte(f.radix >> 8), byte(f.radix), ff1Rounds, byte(u)}
	binary.BigEndian.PutUint32(p[8:], uint32(n))
	binary.BigEndian.PutUint32(p[12:], uint32(t))
	f.block.Encrypt(f.start[:], p[:])
	pad := (aes.BlockSize - (t+f.wide+1)%aes.BlockSize) % aes.BlockSize
	f.fixed = t + pad
	f.q = append(f.q[:0], f.tweak...)
	f.q = append(f.q, make([]byte, pad+1+f.wide)...)
	return nil
}

// prf is the CBC-MAC of P and Q; that of P is known already.
func (f *ff1) prf() {
	f.r = f.start
	for at := 0; at < len(f.q); at += aes.BlockSize {
		for i := range aes.BlockSize {
			f.r[i] ^= f.q[at+i]
		}
		f.block.Encrypt(f.r[:], f.r[:])
	}
}

// prfWord is prf where Q is one block: behind the tweak come the
// round number and a half.
func (f *ff1) prfWord(round byte, half uint64) {
	hi, lo := binary.BigEndian.Uint64(f.q), half
	if f.wide == 8 {
		hi |= uint64(round)
	} else {
		lo |= binary.BigEndian.Uint64(f.q[8:]) | uint64(round)<<(8*f.wide)
	}
	binary.BigEndian.PutUint64(f.r[:], binary.BigEndian.Uint64(f.start[:])^hi)
	binary.BigEndian.PutUint64(f.r[8:], binary.BigEndian.Uint64(f.start[8:])^lo)
	f.block.Encrypt(f.r[:], f.r[:])
}

func (f *ff1) number(x []byte) (n uint64) {
	for _, d := range x {
		n = n*f.radix + uint64(d)
	}
	return n
}

// put writes a half's numerals. Division by a constant takes a fraction of the
// time that one by a variable does.
func (f *ff1) put(x []byte, n uint64) {
	switch f.radix {
	case 10:
		for i := len(x) - 1; i >= 0; i-- {
			x[i] = byte(n % 10)
			n /= 10
		}
		return
	case 36:
		for i := len(x) - 1; i >= 0; i-- {
			x[i] = byte(n % 36)
			n /= 36
		}
		return
	}
	for i := len(x) - 1; i >= 0; i-- {
		x[i] = byte(n % f.radix)
		n /= f.radix
	}
}

// encryptBig is encrypt for strings of any length, word for word as the
// standard writes it. It allocates.
func (f *ff1) encryptBig(x []byte) {
	n := len(x)
	u := n / 2
	radix := new(big.Int).SetUint64(f.radix)
	number := func(x []byte) *big.Int {
		out := new(big.Int)
		for _, d := range x {
			out.Mul(out, radix).Add(out, big.NewInt(int64(d)))
		}
		return out
	}
	a, b := number(x[:u]), number(x[u:])
	d := 4*((f.wide+3)/4) + 4
	s := make([]byte, 0, d+aes.BlockSize)
	for i := range byte(ff1Rounds) {
		m := u
		if i&1 == 1 {
			m = n - u
		}
		f.q[f.fixed] = i
		b.FillBytes(f.q[f.fixed+1:])
		f.prf()
		s = append(s[:0], f.r[:]...)
		for j := uint64(1); len(s) < d; j++ {
			next := f.r
			var counter [8]byte
			binary.BigEndian.PutUint64(counter[:], j)
			for k := range counter {
				next[8+k] ^= counter[k]
			}
			f.block.Encrypt(next[:], next[:])
			s = append(s, next[:]...)
		}
		power := new(big.Int).Exp(radix, big.NewInt(int64(m)), nil)
		c := new(big.Int).SetBytes(s[:d])
		c.Add(c, a).Mod(c, power)
		a, b = b, c
	}
	put := func(x []byte, n *big.Int) {
		digit := new(big.Int)
		for i := len(x) - 1; i >= 0; i-- {
			n.DivMod(n, radix, digit)
			x[i] = byte(digit.Uint64())
		}
	}
	put(x[:u], a)
	put(x[u:], b)
}
