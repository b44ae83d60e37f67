package mask

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"math/bits"
	"sync"
)

// A permutation maps the numbers 0 to last one to one onto themselves.
// Small ranges use a shuffled table, an exact random permutation that leaves
// no small-domain attack; large ones a Feistel network. Not safe for
// concurrent use.
type permutation interface {
	apply(x uint64) uint64
}

// maxShuffle is the largest range that is kept as a table (16 MiB).
const maxShuffle = 1 << 22

// permutation is the one of a domain over 0 … last.
func (k *Keyring) permutation(domain, label string, last uint64) permutation {
	label = fmt.Sprintf("%s 0..%d", label, last)
	if last >= maxShuffle {
		width := uint(bits.Len64(last))
		return &walking{feistel: newFeistel(k.derive(prpKey, domain, label), width-width/2, width/2), last: last}
	}
	if k == nil {
		panic("mask: compiled without a keyring")
	}
	k.mu.Lock()
	id := fmt.Sprintf("%d:%s|%s", len(domain), domain, label)
	s := k.shuffles[id]
	if s == nil {
		s = &shuffle{key: k.derive(prpKey, domain, label), last: last}
		k.shuffles[id] = s
	}
	k.mu.Unlock()
	return s.table()
}

// shuffle is a lazily shuffled table, shared by all that permute one domain.
type shuffle struct {
	key  *[keyBytes]byte
	last uint64
	once sync.Once
	to   table
}

type table []uint32

func (t table) apply(x uint64) uint64 { return uint64(t[x]) }

func (s *shuffle) table() table {
	s.once.Do(func() {
		s.to = make(table, s.last+1)
		for i := range s.to {
			s.to[i] = uint32(i)
		}
		random := newKeystream(s.key)
		for i := len(s.to) - 1; i > 0; i-- {
			j := random.below(uint32(i) + 1)
			s.to[i], s.to[j] = s.to[j], s.to[i]
		}
	})
	return s.to
}

// keystream is AES-CTR read as 32-bit numbers.
type keystream struct {
	ctr cipher.Stream
	buf [4096]byte
	pos int
}

func newKeystream(key *[keyBytes]byte) *keystream {
	return &keystream{ctr: cipher.NewCTR(newAES(key), make([]byte, aes.BlockSize)), pos: 4096}
}

func (s *keystream) next() uint32 {
	if s.pos == len(s.buf) {
		clear(s.buf[:])
		s.ctr.XORKeyStream(s.buf[:], s.buf[:])
		s.pos = 0
	}
	v := binary.BigEndian.Uint32(s.buf[s.pos:])
	s.pos += 4
	return v
}

// below draws evenly from [0, n), without bias.
func (s *keystream) below(n uint32) uint32 {
	for {
		product := uint64(s.next()) * uint64(n)
		if uint32(product) >= -n%n {
			return uint32(product >> 32)
		}
	}
}

func newAES(key *[keyBytes]byte) cipher.Block {
	// AES-128, as the measurements that chose it; the key is derived for this
	// one use, so its first half is a key of full strength.
	block, err := aes.NewCipher(key[:16])
	if err != nil {
		panic("mask: " + err.Error())
	}
	return block
}

// feistelRounds: NIST's FF1 takes ten as well.
const feistelRounds = 10

// feistel permutes pairs of numbers of left and right bits, with AES as round
// function. The halves may differ by a bit, so that a range of any number of
// bits needs no more than two walks on average.
type feistel struct {
	block       cipher.Block
	left, right uint
	in, out     [aes.BlockSize]byte
}

func newFeistel(key *[keyBytes]byte, left, right uint) *feistel {
	return &feistel{block: newAES(key), left: left, right: right}
}

func (f *feistel) round(i byte, half uint64, width uint) uint64 {
	f.in[0] = i
	binary.BigEndian.PutUint64(f.in[8:], half)
	f.block.Encrypt(f.out[:], f.in[:])
	return binary.BigEndian.Uint64(f.out[:]) >> (64 - width)
}

func (f *feistel) apply(l, r uint64) (uint64, uint64) {
	for i := byte(0); i < feistelRounds; i += 2 {
		l ^= f.round(i, r, f.left)
		r ^= f.round(i+1, l, f.right)
	}
	return l, r
}

// walking permutes 0 … last by walking the cycles of the next power of two
// until they come back into the range.
type walking struct {
	*feistel
	last uint64
}

func (w *walking) apply(x uint64) uint64 {
	for {
		l, r := w.feistel.apply(x>>w.right, x&(1<<w.right-1))
		x = l<<w.right | r
		if x <= w.last {
			return x
		}
	}
}
