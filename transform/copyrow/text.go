package copyrow

import "bytes"

var tab = []byte{'\t'}

// lineEnd is the index of the newline that ends the row at p[0], -1 when p or
// maxWholeRow ends before.
func lineEnd(p []byte) int {
	p = p[:min(len(p), maxWholeRow)]
	for from := 0; ; {
		n := bytes.IndexByte(p[from:], '\n')
		if n < 0 {
			return -1
		}
		n += from
		if n == 0 || p[n-1] != '\\' || !escaped(p, n) {
			return n
		}
		from = n + 1
	}
}

// fieldEnd is the index of the tab that ends the field at line[0], -1 when the
// line ends it.
func fieldEnd(line []byte) int {
	for from := 0; ; {
		n := bytes.IndexByte(line[from:], '\t')
		if n < 0 {
			return -1
		}
		n += from
		if n == 0 || line[n-1] != '\\' || !escaped(line, n) {
			return n
		}
		from = n + 1
	}
}

// escaped tells whether the byte at p[i] follows a backslash that is not
// itself escaped. p begins where a row or field does.
func escaped(p []byte, i int) bool {
	odd := false
	for i > 0 && p[i-1] == '\\' {
		i--
		odd = !odd
	}
	return odd
}

// tabs counts the tabs in a part of a row that separate fields.
func tabs(p []byte) int {
	n := bytes.Count(p, tab)
	for n > 0 {
		i := bytes.IndexByte(p, '\\')
		if i < 0 || i+1 == len(p) {
			break
		}
		if p[i+1] == '\t' {
			n--
		}
		p = p[i+2:]
	}
	return n
}

// isMarker tells whether a line begins like the end marker. Whether it is one
// is left to splitText.
func isMarker(line []byte) bool {
	return len(line) >= 2 && line[0] == '\\' && line[1] == '.'
}

// fits tells whether a line has as many fields as it should. An empty line is
// one empty field, or the row of a table without columns.
func (r *Rewriter) fits(line []byte) bool {
	if len(r.actions) == 0 {
		return len(line) == 0
	}
	return tabs(line) == len(r.actions)-1
}

// passText forwards whole rows unchanged.
func (r *Rewriter) passText(p []byte) int {
	done := 0 // everything before is in out
	for {
		pos, limit, rows := done, done+flushAt-len(r.out), int64(0)
		for pos < limit {
			n := lineEnd(p[pos:])
			if n < 0 || isMarker(p[pos:pos+n]) || !r.fits(p[pos:pos+n]) {
				break
			}
			pos += n + 1
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

// wholeText rewrites whole rows.
func (r *Rewriter) wholeText(p []byte) int {
	pos := 0
	for pos < len(p) {
		n := lineEnd(p[pos:])
		if n < 0 {
			break
		}
		line := p[pos : pos+n]
		slash := bytes.IndexByte(line, '\\')
		if slash < 0 {
			slash = n
		}
		if isMarker(line) || !r.walkText(line, slash) {
			break
		}
		r.beginRow()
		if !r.rewriteText(line, slash) {
			break
		}
		pos += n + 1
		if r.endRow(); r.err != nil {
			break
		}
	}
	return pos
}

// walkText finds the fields of a line, as far as they are needed one by one,
// and tells whether it has as many as it should. As in walkBinary, offsets
// are where fields begin; each ends one byte before the next begins. Slash is
// where the line's first backslash is, or its length: what is before needs no
// thought of escapes.
func (r *Rewriter) walkText(line []byte, slash int) bool {
	pos, last := 0, len(r.actions)-1
	for i := range r.lead {
		r.offsets[i] = pos
		n := bytes.IndexByte(line[pos:], '\t')
		if pos+n > slash {
			n = fieldEnd(line[pos:])
		}
		if (n < 0) != (i == last) {
			return false
		}
		if i == last {
			pos = len(line) + 1
		} else {
			pos += n + 1
		}
	}
	r.offsets[r.lead] = pos
	if r.lead > last {
		return true
	}
	r.offsets[len(r.actions)] = len(line) + 1
	if slash < len(line) {
		return tabs(line[pos:]) == last-r.lead
	}
	return bytes.Count(line[pos:], tab) == last-r.lead
}

// rewriteText writes the row whose fields are at r.offsets of line.
func (r *Rewriter) rewriteText(line []byte, slash int) bool {
	r.scratch = r.scratch[:0]
	sent := false
	for _, s := range r.segments {
		field := line[r.offsets[s.first] : r.offsets[s.next]-1]
		if s.action != Take {
			if sent {
				r.out = append(r.out, '\t')
			}
			sent = true
		}
		if s.action.passes() {
			r.out = append(r.out, field...)
		}
		switch {
		case s.action == Keep:
		case len(field) > r.maxValue:
			r.deliverText(s.action, s.first, field[:0], true)
		case r.offsets[s.next] <= slash+1 || bytes.IndexByte(field, '\\') < 0:
			r.deliverText(s.action, s.first, field[:len(field):len(field)], false)
		case isNull(field):
			r.deliverText(s.action, s.first, nil, false)
		default:
			at := len(r.scratch)
			r.scratch = unescape(r.scratch, field)
			r.deliverText(s.action, s.first, r.scratch[at:len(r.scratch):len(r.scratch)], false)
		}
		if r.err != nil {
			return false
		}
	}
	r.out = append(r.out, '\n')
	return true
}

// deliverText hands one value to Fields and writes what comes back.
func (r *Rewriter) deliverText(action Action, field int, value []byte, oversize bool) {
	if action.takes() {
		r.err = r.fields.Take(field, value, oversize)
		return
	}
	at := len(r.out)
	out, null, err := r.fields.Replace(r.out, field, value, oversize)
	switch {
	case err != nil:
		r.err = err
	case null:
		r.out = append(out[:at], '\\', 'N')
	default:
		r.out = escape(out, at)
	}
}
