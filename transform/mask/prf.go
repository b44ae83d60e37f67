package mask

import (
	"encoding/binary"
	"math/bits"
)

// prf is a pseudorandom function of any message with 256 bits of output. The
// first half is the message's AES-256-CMAC (NIST SP 800-38B), the second half
// is the first one encrypted under a second key, which is derived from the
// first as NIST SP 800-108r1 does it in counter mode with CMAC. The short
// messages of masks cost two AES blocks, a third of HMAC-SHA256's time. Not
// safe for concurrent use.
type prf struct {
	mac    cmac
	second cmac   // its cipher only
	msg    []byte // see begin
}

func newPRF(key *[keyBytes]byte) prf {
	mac := newCMAC(key[:])
	var second []byte
	for counter := byte(1); len(second) < keyBytes; counter++ { // no message begins with such a byte
		hi, lo := mac.sum([]byte{counter}, []byte("second half"))
		second = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(second, hi), lo)
	}
	return prf{mac: mac, second: newCMAC(second), msg: make([]byte, 0, 128)}
}

// begin starts a message with a tag.
func (p *prf) begin(tag byte) { p.msg = append(p.msg[:0], tag) }

// draw makes words of the message followed by tail, which may be long.
func (p *prf) draw(tail []byte) (d draw) {
	d[0], d[1] = p.mac.sum(p.msg, tail)
	d[2], d[3] = p.second.encrypt(d[0], d[1])
	return d
}

// half is draw without words 2 and 3.
func (p *prf) half(tail []byte) (d draw) {
	d[0], d[1] = p.mac.sum(p.msg, tail)
	return d
}

// field appends bytes behind their length, so that what follows cannot run
// into them.
func field(msg, b []byte) []byte {
	return append(binary.AppendUvarint(msg, uint64(len(b))), b...)
}

// draw is what one value of a mask is made from: four words that only the
// holder of the key can tell from random ones. Each mask says which word
// makes what, so that fakes of one record are independent of each other.
type draw [4]uint64

// below maps a word evenly onto [0, n).
func below(word, n uint64) uint64 {
	hi, _ := bits.Mul64(word, n)
	return hi
}

// below32 is below for half a word; n is far below 2^32 wherever it is used.
func below32(half uint32, n int) int { return int(uint64(half) * uint64(n) >> 32) }

// base32 are 32 characters that every encoding, host name, e-mail address and
// case-folding index keeps apart.
const base32 = "abcdefghijklmnopqrstuvwxyz234567"

// tokenChars base32 characters hold 75 bits: 10^8 of them hold no two equal
// ones with a probability above 1 - 10^-6.
const tokenChars = 15

const tokenBits = 5 * tokenChars

// appendToken appends the 75 bits of words 1 and 2.
func (d *draw) appendToken(dst []byte) []byte {
	a, b := d[1], d[2]
	for range 12 {
		dst = append(dst, base32[a>>59])
		a <<= 5
	}
	for range tokenChars - 12 {
		dst = append(dst, base32[b>>59])
		b <<= 5
	}
	return dst
}

// stream is an endless continuation of a draw for masks that need many random
// words: a PCG, seeded by words that only the key holder knows. It need not
// resist prediction: who sees a part of a value sees all of it.
type stream struct{ hi, lo uint64 }

func (d *draw) stream() stream { return stream{d[0], d[3]} }

// next is PCG-DXSM.
func (s *stream) next() uint64 {
	const (
		mulHi, mulLo = 2549297995355413924, 4865540595714422341
		incHi, incLo = 6364136223846793005, 1442695040888963407
		cheap        = 0xda942042e4dd58b5
	)
	hi, lo := bits.Mul64(s.lo, mulLo)
	hi += s.hi*mulLo + s.lo*mulHi
	lo, c := bits.Add64(lo, incLo, 0)
	hi, _ = bits.Add64(hi, incHi, c)
	s.hi, s.lo = hi, lo
	hi ^= hi >> 32
	hi *= cheap
	hi ^= hi >> 48
	hi *= lo | 1
	return hi
}

func (s *stream) below(n int) int { return int(below(s.next(), uint64(n))) }

func (s *stream) appendBase32(dst []byte, n int) []byte {
	for n > 0 {
		w := s.next()
		for range min(n, 12) {
			dst = append(dst, base32[w>>59])
			w <<= 5
		}
		n -= 12
	}
	return dst
}

func (s *stream) appendDigits(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, '0'+byte(s.below(10)))
	}
	return dst
}
