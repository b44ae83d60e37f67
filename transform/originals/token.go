package originals

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"sync/atomic"
	"unicode"
	"unicode/utf8"
)

// kinds are what a token, or several, are made of.
type kinds uint8

const (
	letter kinds = 1 << iota
	digit
	at    // @
	joint // . _ + - ', which join what stands on both sides
)

// kindOf and lower are of ASCII; bytes above are letters until they have been
// looked at more closely.
var kindOf, lower = func() (k [256]kinds, l [256]byte) {
	for c := range 256 {
		b := byte(c)
		l[c] = b
		switch {
		case 'a' <= b && b <= 'z', b >= utf8.RuneSelf:
			k[c] = letter
		case 'A' <= b && b <= 'Z':
			k[c], l[c] = letter, b+'a'-'A'
		case '0' <= b && b <= '9':
			k[c] = digit
		case b == '@':
			k[c] = at
		case bytes.IndexByte(joints, b) >= 0:
			k[c] = joint
		}
	}
	return k, l
}()

var joints = []byte("._+-'")

// apostrophe is what word processors make of '.
const apostrophe = '’'

// token is one token of a text.
type token struct {
	hash  uint64
	chars int // characters
	kinds kinds
}

// hasher has the key of a run, and knows which tokens values begin with. It is
// safe for concurrent use.
type hasher struct {
	seed   maphash.Seed
	k1, k2 uint64
	begins []atomic.Uint64 // a bit of the first token of each sequence of several: most texts have few of them
}

// beginBits fit the cache of a core. Fewer than there are first tokens cost
// time and nothing else.
const beginBits = 1 << 23

func newHasher() hasher {
	var key [16]byte
	rand.Read(key[:])
	return hasher{maphash.MakeSeed(), binary.LittleEndian.Uint64(key[:]), binary.LittleEndian.Uint64(key[8:]), make([]atomic.Uint64, beginBits/64)}
}

func (h *hasher) begin(token uint64) {
	word, bit := &h.begins[token%beginBits/64], uint64(1)<<(token%64)
	if word.Load()&bit == 0 {
		word.Or(bit)
	}
}

func (h *hasher) mayBegin(token uint64) bool {
	return h.begins[token%beginBits/64].Load()>>(token%64)&1 != 0
}

// join is the hash of a sequence of tokens, of which one more follows.
func (h *hasher) join(sequence, token uint64) uint64 {
	hi, lo := bits.Mul64(sequence^h.k1, token^h.k2)
	return hi ^ lo
}

// class puts a class into a hash.
func (h *hasher) class(hash uint64, c Class) uint64 { return hash&^classBits | uint64(c) }

// tokens takes texts apart. A token is a run of letters, digits and @ . _ + - '
// in lower case, without those signs at its ends and without a genitive's 's.
type tokens struct {
	*hasher
	last []byte // bytes of the last token
	buf  [maxToken + utf8.UTFMax]byte
}

// maxToken is longer than any token of a value that is remembered; of longer
// ones in texts the beginning is enough to tell that they are none.
const maxToken = maxValue + 1

// next finds the first token at or behind b[pos:], and where to go on. Its
// chars are 0 when there is none.
func (t *tokens) next(b []byte, pos int) (token, int) {
	for pos < len(b) {
		for pos < len(b) && kindOf[b[pos]] == 0 {
			pos++
		}
		var seen kinds
		n := 0
		more := 0 // bytes that are not the first of their character
		for pos < len(b) {
			c := b[pos]
			k := kindOf[c]
			if k == 0 {
				break
			}
			if c < utf8.RuneSelf {
				t.buf[n] = lower[c]
				n++
				pos++
			} else {
				size, wrote := t.wide(b[pos:], n)
				pos += size
				if wrote == 0 {
					break
				}
				if wrote == 1 && t.buf[n] == '\'' {
					k = joint
				}
				n += wrote
				more += wrote - 1
			}
			seen |= k
			if n > maxToken {
				n = maxToken
			}
		}
		t.last = t.buf[:n]
		if seen&(joint|at) != 0 {
			t.last = trim(t.last)
			if seen&at != 0 && bytes.IndexByte(t.last, '@') < 0 {
				seen &^= at
			}
		}
		if len(t.last) > 0 && seen&^joint != 0 {
			return token{maphash.Bytes(t.seed, t.last), max(len(t.last)-more, 1), seen &^ joint}, pos
		}
	}
	return token{}, pos
}

// wide writes the character that b begins with, which is not ASCII, to buf[n:],
// and tells how long it is and how many bytes it wrote: none for what ends a
// token.
func (t *tokens) wide(b []byte, n int) (size, wrote int) {
	r, size := utf8.DecodeRune(b)
	switch {
	case r == utf8.RuneError && size == 1: // of an encoding that nobody told us
		t.buf[n] = b[0]
		return 1, 1
	case r == apostrophe:
		t.buf[n] = '\''
		return size, 1
	case unicode.IsLetter(r), unicode.IsMark(r), unicode.IsDigit(r):
		return size, utf8.EncodeRune(t.buf[n:], unicode.ToLower(r))
	}
	return size, 0
}

// trim takes off signs at both ends, and a genitive's 's.
func trim(b []byte) []byte {
	edge := func(c byte) bool { return kindOf[c]&(joint|at) != 0 }
	for len(b) > 0 && edge(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	if n := len(b); n > 2 && b[n-1] == 's' && b[n-2] == '\'' {
		b = b[:n-2]
	}
	for len(b) > 0 && edge(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	for len(b) > 0 && edge(b[0]) {
		b = b[1:]
	}
	return b
}

// sequence are tokens in a row.
type sequence struct {
	hash  uint64
	first uint64 // hash of the first token
	n     int
	chars int // with a blank between tokens
	kinds kinds
}

func (s *sequence) add(h *hasher, t token) {
	s.hash = h.join(s.hash, t.hash)
	if s.n == 0 {
		s.first = t.hash
	} else {
		s.chars++
	}
	s.n++
	s.chars += t.chars
	s.kinds |= t.kinds
}

// class is the sequence's; numbers are none here.
func (s *sequence) class() (c Class, ok bool) {
	switch {
	case s.kinds&at != 0:
		return At, true
	case s.kinds == letter|digit:
		return Mixed, true
	case s.kinds == letter:
		return Words, true
	}
	return 0, false
}

// identifies tells whether a sequence may identify somebody: single words and
// short ones are everybody's.
func (s *sequence) identifies() (Class, bool) {
	c, ok := s.class()
	return c, ok && s.chars >= minChars && (c != Words || s.n > 1)
}

const (
	minChars = 6   // of a form, but for numbers
	maxValue = 256 // bytes of a value that is remembered
	window   = 6   // tokens of a form that is found inside a longer text
)
