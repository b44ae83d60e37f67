package mask

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"math/bits"
)

// prf is HMAC-SHA256 with reused state: after the first value a sum costs two
// compressions and no allocation. Not safe for concurrent use.
type prf struct {
	mac hash.Hash
	buf []byte // message scratch
	sum []byte
}

func newPRF(key *[keyBytes]byte) prf {
	return prf{mac: hmac.New(sha256.New, key[:]), buf: make([]byte, 0, 128), sum: make([]byte, 0, sha256.Size)}
}

// draw sums the message in p.buf followed by tail, which may be long.
func (p *prf) draw(tail []byte) (d draw) {
	p.mac.Reset()
	p.mac.Write(p.buf)
	if len(tail) > 0 {
		p.mac.Write(tail)
	}
	p.sum = p.mac.Sum(p.sum[:0])
	for i := range d {
		d[i] = binary.BigEndian.Uint64(p.sum[8*i:])
	}
	return d
}

// field appends one length-prefixed field, so that two messages of different
// fields never are the same bytes.
func field(msg []byte, tag byte, b []byte) []byte {
	msg = append(msg, tag)
	msg = binary.AppendUvarint(msg, uint64(len(b)))
	return append(msg, b...)
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
