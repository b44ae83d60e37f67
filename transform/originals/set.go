package originals

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/FastFilter/xorfilter"
)

const (
	// maxShared is in how many rows of its column a value may be before it is
	// nobody's.
	maxShared = 20
	// maxPass is how many hashes are sorted at a time, which takes 16 bytes
	// each, and some 20 more for the filter.
	maxPass = 8 << 20
	// entrySize is a hash and its column.
	entrySize = 8 + 4
	// page is how many entries the index knows one of.
	page = 256
)

// Set is what a store has remembered, to look things up in. In memory it takes
// some six bytes for each hash; the hashes themselves are in a file. Safe for
// concurrent use.
type Set struct {
	*hasher
	names   []string
	counts  [classes]int64 // of different hashes
	Values  int64          // different hashes
	Shared  int64          // hashes of a column that were dropped because too many rows have them
	gate    []uint64       // a bit of each hash: most of what is looked up is not there, and ends here
	mask    uint64
	filters []*xorfilter.BinaryFuse[uint32] // by the hashes' first bits
	shift   int
	entries *spool   // sorted
	n       int64    // entries
	index   []uint64 // hash of the first entry of each page
}

// entry is a hash and a column that it is of.
type entry struct {
	hash   uint64
	column uint32
}

// Freeze makes a set of what was kept. The store takes nothing more; both have
// to be closed.
func (s *Store) Freeze(ctx context.Context) (*Set, error) {
	var blocks []block
	var total int64
	for _, kept := range s.kept {
		for _, b := range kept {
			blocks = append(blocks, b)
			total += int64(b.n)
		}
	}
	slices.SortFunc(blocks, func(a, b block) int { return cmp.Compare(a.at, b.at) })
	sp, err := newSpool()
	if err != nil {
		return nil, err
	}
	set := &Set{hasher: &s.hasher, names: s.names, entries: sp}
	set.gate = make([]uint64, max(1, nextPower(uint64(total)*gateBits)/64))
	set.mask = uint64(len(set.gate))*64 - 1
	passBits := bits.Len64(uint64(total / s.pass))
	set.shift = 64 - passBits
	var found []entry
	for pass := range uint64(1) << passBits {
		found = found[:0]
		for _, b := range blocks {
			if err = ctx.Err(); err == nil {
				err = s.spool.read(b, func(h uint64) {
					if h>>set.shift == pass {
						found = append(found, entry{h, b.column})
					}
				})
			}
			if err != nil {
				set.Close()
				return nil, err
			}
		}
		if err := set.add(found); err != nil {
			set.Close()
			return nil, err
		}
	}
	return set, nil
}

// gateBits are bits of the gate for each hash.
const gateBits = 16

func nextPower(n uint64) uint64 { return 1 << bits.Len64(max(n, 1)-1) }

// add takes the hashes of one pass, in any order.
func (s *Set) add(found []entry) error {
	slices.SortFunc(found, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.column, b.column))
	})
	var keys []uint64
	var out bytes.Buffer
	for len(found) > 0 {
		n := 1
		for n < len(found) && found[n] == found[0] {
			n++
		}
		e := found[0]
		found = found[n:]
		if n > maxShared {
			s.Shared++
			continue
		}
		if s.n%page == 0 {
			s.index = append(s.index, e.hash)
		}
		s.n++
		var b [entrySize]byte
		binary.LittleEndian.PutUint64(b[:], e.hash)
		binary.LittleEndian.PutUint32(b[8:], e.column)
		out.Write(b[:])
		if out.Len() >= 1<<20 {
			if _, err := s.entries.append(out.Bytes()); err != nil {
				return err
			}
			out.Reset()
		}
		if len(keys) > 0 && keys[len(keys)-1] == e.hash {
			continue
		}
		keys = append(keys, e.hash)
		bit := s.bit(e.hash)
		s.gate[bit/64] |= 1 << (bit % 64)
		s.counts[classOf(e.hash)]++
		s.Values++
	}
	if _, err := s.entries.append(out.Bytes()); err != nil {
		return err
	}
	if len(keys) == 0 {
		s.filters = append(s.filters, nil)
		return nil
	}
	filter, err := xorfilter.NewBinaryFuse[uint32](keys)
	if err != nil {
		return err
	}
	s.filters = append(s.filters, filter)
	return nil
}

// Close deletes the set.
func (s *Set) Close() { s.entries.close() }

// Name is a column's.
func (s *Set) Name(column uint32) string { return s.names[column] }

func (s *Set) bit(hash uint64) uint64 { return hash >> 3 & s.mask }

// pass moves those hashes to the front that may be in the set, and returns them:
// one that is always does, one that is not in one of four billion cases. The
// gate is asked without a branch, so that the processor waits for many words
// of it at a time.
func (s *Set) pass(hashes []uint64) []uint64 {
	n := 0
	for _, h := range hashes {
		bit := s.bit(h)
		hashes[n] = h
		n += int(s.gate[bit/64] >> (bit % 64) & 1)
	}
	open := hashes[:n]
	n = 0
	for _, h := range open {
		if f := s.filters[h>>s.shift]; f != nil && f.Contains(h) {
			open[n] = h
			n++
		}
	}
	return open[:n]
}

// columns appends the columns that a hash is of.
func (s *Set) columns(into []uint32, hash uint64) ([]uint32, error) {
	p, _ := slices.BinarySearch(s.index, hash)
	if p > 0 {
		p-- // columns of one hash may be on two pages
	}
	var buf [page * entrySize]byte
	for ; p < len(s.index) && s.index[p] <= hash; p++ {
		n := min(page, s.n-int64(p)*page)
		b := buf[:n*entrySize]
		if _, err := s.entries.file.ReadAt(b, int64(p)*int64(len(buf))); err != nil {
			return into, err
		}
		for ; len(b) > 0; b = b[entrySize:] {
			switch h := binary.LittleEndian.Uint64(b); {
			case h == hash:
				into = append(into, binary.LittleEndian.Uint32(b[8:]))
			case h > hash:
				return into, nil
			}
		}
	}
	return into, nil
}
