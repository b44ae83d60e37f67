package copyrow

import (
	"bytes"
	"encoding/binary"
)

// flagOIDs is bit 16 of the header's flags: rows begin with an OID, as
// servers before version 12 could write them.
const flagOIDs = 1 << 16

// criticalFlags are the bits that a reader must refuse if it does not know
// them; the bits below may be ignored.
const criticalFlags = 0xffff0000

// splitBinary goes on with a binary stream up to the end of a row or of p.
func (r *Rewriter) splitBinary(p []byte) int {
	s := &r.split
	i := 0
	for i < len(p) && r.err == nil {
		switch s.state {
		case inHeader:
			i += s.fill(p[i:], headerSize)
			if s.have == headerSize {
				r.readHeader(i)
			}
		case inExtension:
			n := min(s.left, len(p)-i)
			i += n
			if s.left -= n; s.left == 0 {
				s.state = atRow
				return i
			}
		case atRow:
			s.reset()
			s.state = inCount
		case inCount:
			i += s.fill(p[i:], 2)
			if s.have == 2 && r.readCount(i) {
				return i
			}
		case inLength:
			i += s.fill(p[i:], 4)
			if s.have == 4 && r.readLength(i) {
				return i
			}
		case inValue:
			n := min(s.left, len(p)-i)
			r.collect(p[i : i+n])
			i += n
			if s.left -= n; s.left == 0 && r.endValue(false) {
				return i
			}
		case atEnd:
			r.fail(i, "data after the trailer")
		}
	}
	return i
}

// readHeader checks the header that ends at p[i].
func (r *Rewriter) readHeader(i int) {
	s := &r.split
	flags := binary.BigEndian.Uint32(s.word[len(signature):])
	extension := int(int32(binary.BigEndian.Uint32(s.word[len(signature)+4:])))
	switch {
	case !bytes.Equal(s.word[:len(signature)], signature):
		r.fail(i-headerSize, "the signature of a binary COPY is missing")
	case flags&flagOIDs != 0:
		r.fail(i-8, "rows with OIDs are not supported")
	case flags&criticalFlags != 0:
		r.fail(i-8, "unknown critical flags in the header")
	case extension < 0:
		r.fail(i-4, "negative length of the header's extension")
	case extension > 0:
		s.state, s.left = inExtension, extension
	default:
		s.state = atRow
	}
	s.have = 0
}

// readCount begins the row whose field count ends at p[i], or ends the stream.
// It tells whether a row is complete by that.
func (r *Rewriter) readCount(i int) bool {
	s := &r.split
	n := int(int16(binary.BigEndian.Uint16(s.word[:])))
	s.have = 0
	switch {
	case n == -1:
		s.state = atEnd
		return false
	case n != len(r.actions):
		r.fail(i-2, "the row has another number of fields than was asked for")
		return false
	}
	r.beginRow()
	r.out = binary.BigEndian.AppendUint16(r.out, uint16(r.forwards))
	if n == 0 {
		s.state = atRow
		r.endRow()
		return true
	}
	s.state = inLength
	return false
}

// readLength begins the field whose length ends at p[i]. It tells whether a
// row is complete by that.
func (r *Rewriter) readLength(i int) bool {
	s := &r.split
	n := int(int32(binary.BigEndian.Uint32(s.word[:])))
	s.have = 0
	if n < -1 {
		r.fail(i-4, "negative length of a field")
		return false
	}
	if r.actions[s.field].passes() {
		r.forward(s.word[:4])
	}
	if n <= 0 {
		return r.endValue(n == -1)
	}
	s.state, s.left = inValue, n
	return false
}

// endValue ends a field. It tells whether the row is complete by that.
func (r *Rewriter) endValue(null bool) bool {
	s := &r.split
	if action := r.actions[s.field]; action != Keep && r.err == nil {
		var value []byte
		if !null {
			value = s.value()
		}
		r.deliverBinary(action, s.field, value, s.oversize)
		s.release(action)
	}
	s.state = inLength
	s.field++
	if s.field < len(r.actions) || r.err != nil {
		return false
	}
	s.state = atRow
	r.endRow()
	return true
}
