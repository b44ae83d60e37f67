package copyrow

import "encoding/binary"

// walkBinary finds the fields of the row at p[pos:], whose field count has been
// read and checked already up to pos, and returns the row's end. It gives up
// with -1 when the row does not end in p, is longer than maxWholeRow or has an
// impossible length.
func walkBinary(p []byte, pos int, offsets []int) int {
	limit := min(len(p), pos+maxWholeRow)
	for i := range offsets[:len(offsets)-1] {
		offsets[i] = pos
		if limit-pos < 4 {
			return -1
		}
		n := int(int32(binary.BigEndian.Uint32(p[pos:])))
		pos += 4
		if n >= 0 {
			if n > limit-pos {
				return -1
			}
			pos += n
		} else if n != -1 {
			return -1
		}
	}
	offsets[len(offsets)-1] = pos
	return pos
}

// passBinary forwards whole rows unchanged.
func (r *Rewriter) passBinary(p []byte) int {
	n := uint16(len(r.actions))
	done := 0 // everything before is in out
	for {
		pos, limit, rows := done, done+flushAt-len(r.out), int64(0)
		for pos < limit && len(p)-pos >= 2 && binary.BigEndian.Uint16(p[pos:]) == n {
			end := skipBinary(p, pos+2, int(n))
			if end < 0 {
				break
			}
			pos = end
			rows++
		}
		if rows == 0 {
			return done
		}
		r.beginRow()
		r.out = append(r.out, p[done:pos]...)
		r.rows += rows - 1
		done = pos
		if r.endRow(); r.err != nil {
			return done
		}
	}
}

// skipBinary is walkBinary for who does not need to know where the fields are.
func skipBinary(p []byte, pos, fields int) int {
	limit := min(len(p), pos+maxWholeRow)
	for range fields {
		if limit-pos < 4 {
			return -1
		}
		n := int(int32(binary.BigEndian.Uint32(p[pos:])))
		pos += 4
		if n >= 0 {
			if n > limit-pos {
				return -1
			}
			pos += n
		} else if n != -1 {
			return -1
		}
	}
	return pos
}

// wholeBinary rewrites whole rows.
func (r *Rewriter) wholeBinary(p []byte) int {
	n := uint16(len(r.actions))
	pos := 0
	for len(p)-pos >= 2 && binary.BigEndian.Uint16(p[pos:]) == n {
		end := walkBinary(p, pos+2, r.offsets)
		if end < 0 {
			break
		}
		r.beginRow()
		if !r.rewriteBinary(p) {
			break
		}
		pos = end
		if r.endRow(); r.err != nil {
			break
		}
	}
	return pos
}

// rewriteBinary writes the row whose fields are at r.offsets of p.
func (r *Rewriter) rewriteBinary(p []byte) bool {
	r.out = binary.BigEndian.AppendUint16(r.out, uint16(r.forwards))
	for _, s := range r.segments {
		from, to := r.offsets[s.first], r.offsets[s.next]
		if s.action.passes() {
			r.out = append(r.out, p[from:to]...)
			if s.action == Keep {
				continue
			}
		}
		var value []byte
		oversize := false
		if int32(binary.BigEndian.Uint32(p[from:])) >= 0 {
			value = p[from+4 : to : to]
			if len(value) > r.maxValue {
				value, oversize = value[:0], true
			}
		}
		if !r.deliverBinary(s.action, s.first, value, oversize) {
			return false
		}
	}
	return true
}

// deliverBinary hands one value to Fields and writes what comes back.
func (r *Rewriter) deliverBinary(action Action, field int, value []byte, oversize bool) bool {
	if action.takes() {
		r.err = r.fields.Take(field, value, oversize)
		return r.err == nil
	}
	at := len(r.out)
	out, null, err := r.fields.Replace(append(r.out, 0xff, 0xff, 0xff, 0xff), field, value, oversize)
	if err != nil {
		r.err = err
		return false
	}
	if null {
		out = out[:at+4]
	} else {
		binary.BigEndian.PutUint32(out[at:], uint32(len(out)-at-4))
	}
	r.out = out
	return true
}
