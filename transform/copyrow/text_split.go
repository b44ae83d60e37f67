package copyrow

var (
	backslash = []byte{'\\'}
	newline   = []byte{'\n'}
)

// splitText goes on with a text stream up to the end of a row or of p.
func (r *Rewriter) splitText(p []byte) int {
	s := &r.split
	i := 0
	for i < len(p) && r.err == nil {
		switch s.state {
		case atRow:
			s.reset()
			if p[i] == '\\' { // the row's first, or half of the end marker
				s.state = inSlash
				i++
				continue
			}
			r.beginLine()
		case inSlash:
			if p[i] == '.' {
				s.state = inMarker
				i++
				continue
			}
			if len(r.actions) == 0 {
				r.fail(i, "the row has more fields than was asked for")
				continue
			}
			r.beginLine()
			r.collect(backslash)
			s.slash = true
		case inMarker:
			if p[i] != '\n' {
				r.fail(i, "the end-of-copy marker is not alone on its line")
				continue
			}
			s.state = atEnd
			i++
		case atEnd:
			r.fail(i, "data after the end-of-copy marker")
		case inLine:
			n, done := r.splitLine(p[i:], i)
			i += n
			if done {
				return i
			}
		}
	}
	return i
}

// beginLine begins a row's first field.
func (r *Rewriter) beginLine() {
	r.split.state = inLine
	r.beginRow()
	r.beginField()
}

// beginField writes the tab before a field that is forwarded.
func (r *Rewriter) beginField() {
	s := &r.split
	if s.field >= len(r.actions) || r.actions[s.field] == Take {
		return
	}
	if s.sent > 0 {
		r.forward(tab)
	}
	s.sent++
}

// splitLine goes on with a line up to the end of a field, or of p, which is
// at the given distance from the beginning of the piece in hand. It returns
// how many bytes it used and whether the row ended with them.
func (r *Rewriter) splitLine(p []byte, at int) (int, bool) {
	s := &r.split
	i := 0
	for i < len(p) {
		if s.slash { // whatever this byte is, it ends nothing
			s.slash = false
			i++
		}
		i += plain(p[i:])
		if i == len(p) || p[i] != '\\' {
			break
		}
		s.slash = true
		i++
	}
	if len(r.actions) > 0 {
		r.collect(p[:i])
	} else if i > 0 {
		r.fail(at, "the row has more fields than was asked for")
	}
	if i == len(p) || r.err != nil {
		return i, false
	}
	last := s.field >= len(r.actions)-1
	if p[i] == '\t' {
		if last {
			r.fail(at+i, "the row has more fields than was asked for")
			return i, false
		}
		r.endField()
		s.field++
		r.beginField()
		return i + 1, false
	}
	if !last {
		r.fail(at+i, "the row has fewer fields than was asked for")
		return i, false
	}
	r.endField()
	r.forward(newline)
	if r.err != nil {
		return i, false
	}
	s.state = atRow
	r.endRow()
	return i + 1, true
}

// endField hands over the value in hand if it is not a kept one.
func (r *Rewriter) endField() {
	s := &r.split
	if s.field >= len(r.actions) || r.actions[s.field] == Keep || r.err != nil {
		return
	}
	value := s.value()
	switch {
	case s.oversize:
	case isNull(value):
		value = nil
	default:
		value = unescape(value[:0], value)
	}
	r.deliverText(r.actions[s.field], s.field, value, s.oversize)
	s.release(r.actions[s.field])
}
