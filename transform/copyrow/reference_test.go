package copyrow

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
)

// row is a decoded row; nil is NULL.
type row [][]byte

// encode writes rows as PostgreSQL does. It is written apart from the code
// under test, for clearness only.
func encode(f Format, rows []row) []byte {
	var b bytes.Buffer
	b.Write(Header(f))
	for _, r := range rows {
		b.Write(encodeRow(f, r))
	}
	b.Write(Trailer(f))
	return b.Bytes()
}

func encodeRow(f Format, r row) []byte {
	var b bytes.Buffer
	if f == Binary {
		binary.Write(&b, binary.BigEndian, int16(len(r)))
		for _, v := range r {
			if v == nil {
				binary.Write(&b, binary.BigEndian, int32(-1))
				continue
			}
			binary.Write(&b, binary.BigEndian, int32(len(v)))
			b.Write(v)
		}
		return b.Bytes()
	}
	for i, v := range r {
		if i > 0 {
			b.WriteByte('\t')
		}
		if v == nil {
			b.WriteString(`\N`)
			continue
		}
		for _, c := range v {
			if k := bytes.IndexByte([]byte("\b\f\n\r\t\v\\"), c); k >= 0 {
				b.WriteByte('\\')
				c = `bfnrtv\`[k]
			}
			b.WriteByte(c)
		}
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// swap is a Fields that remembers what it was given and replaces a value by
// something that depends on it and on the values taken before it in the row.
type swap struct {
	taken   [][]byte // of the row in hand, as they were handed over
	copies  [][]byte // of the same, to find out whether they last
	last    int      // field
	seen    []string
	changed bool // a taken value did not last
	fail    error
}

var errSwap = errors.New("refused")

func (s *swap) Take(i int, v []byte, oversize bool) error {
	if i <= s.last { // the next row
		s.taken, s.copies = s.taken[:0], s.copies[:0]
	}
	s.last = i
	s.taken = append(s.taken, v)
	s.copies = append(s.copies, bytes.Clone(v))
	s.seen = append(s.seen, fmt.Sprintf("take %d %s %v", i, show(v), oversize))
	return s.fail
}

func (s *swap) Replace(dst []byte, i int, v []byte, oversize bool) ([]byte, bool, error) {
	if i <= s.last {
		s.taken, s.copies = s.taken[:0], s.copies[:0]
	}
	s.last = i
	for k, t := range s.taken {
		if !bytes.Equal(t, s.copies[k]) || (t == nil) != (s.copies[k] == nil) {
			s.changed = true
		}
	}
	s.seen = append(s.seen, fmt.Sprintf("replace %d %s %v", i, show(v), oversize))
	out, null := replacement(i, v, oversize)
	return append(dst, out...), null, s.fail
}

func show(v []byte) string {
	if v == nil {
		return "NULL"
	}
	if len(v) > 100 {
		return fmt.Sprintf("%d bytes, CRC %x", len(v), crc32.ChecksumIEEE(v))
	}
	return strconv.Quote(string(v))
}

// replacement is longer or shorter than v, NULL now and then, and full of
// bytes that text format escapes.
func replacement(i int, v []byte, oversize bool) ([]byte, bool) {
	switch {
	case oversize:
		return []byte("too long"), false
	case v == nil:
		return []byte("was NULL"), i%2 == 0
	case len(v)%5 == 4:
		return []byte("ignored"), true
	case len(v)%5 == 3:
		return nil, false
	case len(v)%5 == 2:
		return []byte("a\tb\\c\nd\x01\r"), false
	}
	return append([]byte("<\t>"), bytes.ToUpper(v)...), false
}

// expect is what a Rewriter with a swap must make of rows.
func expect(rows []row, actions []Action, maxValue int) []row {
	var out []row
	for _, r := range rows {
		n := row{}
		for i, v := range r {
			switch actions[i] {
			case Keep, TakeKeep:
				n = append(n, v)
			case Replace:
				over := len(v) > maxValue
				if over {
					v = []byte{}
				}
				x, null := replacement(i, v, over)
				if null {
					n = append(n, nil)
				} else {
					n = append(n, append([]byte{}, x...))
				}
			}
		}
		out = append(out, n)
	}
	return out
}

// sink gathers what a Rewriter emits.
type sink struct {
	bytes.Buffer
	pieces []int
	fail   error
}

func (s *sink) Emit(p []byte) error {
	s.pieces = append(s.pieces, len(p))
	s.Write(p)
	clear(p) // the Rewriter has given the buffer away: it must not care
	return s.fail
}

// getBuffer is smaller than it should be, which must not matter.
func getBuffer() []byte { return make([]byte, 0, 4096) }

// result is all that one run of a Rewriter shows to the outside.
type result struct {
	out  []byte
	seen []string
	rows int64
	err  string
	kept bool // values taken lasted
}

// rewrite runs stream through a Rewriter in pieces of the given sizes, over
// and over; each piece is overwritten after it was handed in.
func rewrite(c Config, stream []byte, sizes ...int) (result, *sink) {
	out, f := &sink{}, &swap{}
	c.Fields, c.Get, c.Emit = f, getBuffer, out.Emit
	r := New(c)
	var err error
	for i := 0; len(stream) > 0 && err == nil; i++ {
		n := len(stream)
		if len(sizes) > 0 {
			n = min(n, max(1, sizes[i%len(sizes)]))
		}
		piece := bytes.Clone(stream[:n])
		stream = stream[n:]
		_, err = r.Write(piece)
		clear(piece)
	}
	res := result{rows: r.Rows()}
	if err = r.Close(); err != nil {
		res.err = err.Error()
	}
	res.out, res.seen, res.kept = out.Bytes(), f.seen, !f.changed
	return res, out
}
