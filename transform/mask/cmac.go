package mask

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
)

// cmac is AES-CMAC (NIST SP 800-38B). It keeps its scratch space, so that a sum
// allocates nothing. Not safe for concurrent use.
type cmac struct {
	block    cipher.Block
	whole    [2]uint64 // subkey K1, for a last block that is full
	padded   [2]uint64 // subkey K2, for one that is not
	in, next *[aes.BlockSize]byte
}

func newCMAC(key []byte) cmac {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("mask: " + err.Error())
	}
	m := cmac{block: block, in: new([aes.BlockSize]byte), next: new([aes.BlockSize]byte)}
	hi, lo := m.encrypt(0, 0)
	m.whole[0], m.whole[1] = double(hi, lo)
	m.padded[0], m.padded[1] = double(m.whole[0], m.whole[1])
	return m
}

// double multiplies by x in GF(2^128).
func double(hi, lo uint64) (uint64, uint64) {
	const reduction = 0x87
	return hi<<1 | lo>>63, lo<<1 ^ reduction&-(hi>>63)
}

func (m *cmac) encrypt(hi, lo uint64) (uint64, uint64) {
	binary.BigEndian.PutUint64(m.in[:8], hi)
	binary.BigEndian.PutUint64(m.in[8:], lo)
	m.block.Encrypt(m.in[:], m.in[:])
	return binary.BigEndian.Uint64(m.in[:8]), binary.BigEndian.Uint64(m.in[8:])
}

// sum is the tag of head followed by tail.
func (m *cmac) sum(head, tail []byte) (hi, lo uint64) {
	for len(head) > aes.BlockSize || len(head) == aes.BlockSize && len(tail) > 0 {
		hi, lo = m.absorb(hi, lo, head)
		head = head[aes.BlockSize:]
	}
	if len(tail) > 0 && len(head) > 0 { // one block of both
		n := copy(m.next[:], head)
		k := copy(m.next[n:], tail)
		head, tail = m.next[:n+k], tail[k:]
		if len(tail) > 0 {
			hi, lo = m.absorb(hi, lo, head)
			head = nil
		}
	}
	if len(tail) > 0 {
		head = tail
	}
	for len(head) > aes.BlockSize {
		hi, lo = m.absorb(hi, lo, head)
		head = head[aes.BlockSize:]
	}
	if len(head) == aes.BlockSize {
		return m.absorb(hi^m.whole[0], lo^m.whole[1], head)
	}
	n := copy(m.next[:], head)
	m.next[n] = 0x80
	clear(m.next[n+1:])
	return m.absorb(hi^m.padded[0], lo^m.padded[1], m.next[:])
}

// absorb takes in the block at p[0].
func (m *cmac) absorb(hi, lo uint64, p []byte) (uint64, uint64) {
	return m.encrypt(hi^binary.BigEndian.Uint64(p), lo^binary.BigEndian.Uint64(p[8:]))
}
