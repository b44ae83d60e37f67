package mask

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Ranges have no mask of their own: a mask of the bounds' type, given to the
// column, masks both bounds and puts them in order again.

// The first byte of a range's binary form.
const (
	rangeEmpty    = 0x01
	rangeLowerInc = 0x02
	rangeUpperInc = 0x04
	rangeLowerInf = 0x08
	rangeUpperInf = 0x10
)

// eachBound masks both bounds of the column's ranges.
func (c *Column) eachBound(bound *compiled) (*compiled, *ParamError) {
	switch c.Elem.Kind {
	case Int, Numeric, Float, Date, Timestamp, TimestampTZ:
	default:
		return nil, &ParamError{Msg: fmt.Sprintf("nobody knows the order of bounds of type %s", c.Elem.typeName()), Hint: "use null or redact"}
	}
	if bound.props.WritesNull {
		return nil, &ParamError{Msg: "may write NULL, which is not a bound"}
	}
	props := bound.props
	props.take(bound)
	props.MasksNull, props.MaxChars = false, 0
	col := *c
	return &compiled{props: props, bits: bound.bits, together: true, emptyToo: true, start: func() Masker {
		return &rangeMask{col: &col, bound: bound.New(), value: make([]byte, 0, spareBytes)}
	}}, nil
}

type rangeMask struct {
	col    *Column
	bound  Masker
	part   Input
	value  []byte    // a bound without quotes
	masked [2][]byte // lower, upper
	tally
}

func (m *rangeMask) Append(dst []byte, in *Input) ([]byte, Outcome) {
	m.tally = tally{}
	at := len(dst)
	out, rest, outcome := m.append(dst, in, in.Value)
	if outcome == Masked && len(rest) > 0 || outcome == Replaced {
		return appendEmptyRange(out[:at], m.col.Wire), Replaced
	}
	return out, m.whole(outcome) // kept where it is empty, or without bounds
}

func appendEmptyRange(dst []byte, w Wire) []byte {
	if w == BinaryWire {
		return append(dst, rangeEmpty)
	}
	return append(dst, "empty"...)
}

// append masks the range at the start of v and answers what follows it. In
// text it stands alone or in a multirange.
func (m *rangeMask) append(dst []byte, in *Input, v []byte) (out, rest []byte, outcome Outcome) {
	var bounds [2][]byte
	var flags byte
	ok := false
	if m.col.Wire == BinaryWire {
		bounds, flags, rest, ok = readRange(v)
	} else {
		bounds, flags, rest, ok = m.readText(v)
	}
	switch {
	case !ok:
		return dst, rest, Replaced
	case flags&rangeEmpty != 0:
		return appendEmptyRange(dst, m.col.Wire), rest, Masked
	}
	for i, b := range bounds {
		m.masked[i] = m.masked[i][:0]
		if flags&(rangeLowerInf<<i) != 0 {
			continue
		}
		m.part = *in
		m.part.Value = b
		m.masked[i], outcome = m.bound.Append(m.masked[i], &m.part)
		if outcome = m.note(outcome); outcome != Masked {
			return dst, rest, outcome
		}
	}
	if flags&(rangeLowerInf|rangeUpperInf) == 0 {
		switch order := m.compare(); {
		case order > 0: // the mask does not keep the order: the bounds change places with their brackets
			m.masked[0], m.masked[1] = m.masked[1], m.masked[0]
			flags = flags&^(rangeLowerInc|rangeUpperInc) | flags&rangeLowerInc<<1 | flags&rangeUpperInc>>1
		case order == 0: // one point, which brackets must not shut out
			flags |= rangeLowerInc | rangeUpperInc
		}
	}
	if m.col.Wire == BinaryWire {
		dst = append(dst, flags)
		for i, b := range m.masked {
			if flags&(rangeLowerInf<<i) == 0 {
				dst = appendField(dst, b, false)
			}
		}
		return dst, rest, Masked
	}
	return m.writeText(dst, flags), rest, Masked
}

// compare orders the masked bounds.
func (m *rangeMask) compare() int {
	w := m.col.Wire
	switch a, b := m.masked[0], m.masked[1]; m.col.Elem.Kind {
	case Int:
		x, _ := readInt(w, a)
		y, _ := readInt(w, b)
		return order(x, y)
	case Date:
		x, _ := readDate(w, a)
		y, _ := readDate(w, b)
		return order(x, y)
	case Timestamp, TimestampTZ:
		x, _ := readTimestamp(w, a)
		y, _ := readTimestamp(w, b)
		return order(x, y)
	default:
		return compareNumeric(&m.col.Elem.Kind, w, a, b, &m.value)
	}
}

func order[T int64 | float64](x, y T) int {
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// compareNumeric compares numerics and floats.
func compareNumeric(k *Kind, w Wire, a, b []byte, scratch *[]byte) int {
	if *k == Float {
		x, _ := readFloat(w, a)
		y, _ := readFloat(w, b)
		return order(x, y)
	}
	out, _ := appendNumericText((*scratch)[:0], w, a)
	n := len(out)
	out, _ = appendNumericText(out, w, b)
	*scratch = out
	return compareDecimal(out[:n], out[n:])
}

// compareDecimal compares decimal numbers in text: sign, digits, point.
func compareDecimal(a, b []byte) int {
	negA, negB := len(a) > 0 && a[0] == '-', len(b) > 0 && b[0] == '-'
	switch {
	case negA && negB:
		return compareDecimal(b[1:], a[1:])
	case negA != negB:
		if isZero(a) && isZero(b) {
			return 0
		}
		if negA {
			return -1
		}
		return 1
	}
	wholeA, fracA, _ := bytes.Cut(a, []byte{'.'})
	wholeB, fracB, _ := bytes.Cut(b, []byte{'.'})
	wholeA, wholeB = bytes.TrimLeft(wholeA, "0"), bytes.TrimLeft(wholeB, "0")
	if len(wholeA) != len(wholeB) {
		return order(int64(len(wholeA)), int64(len(wholeB)))
	}
	if c := bytes.Compare(wholeA, wholeB); c != 0 {
		return c
	}
	return bytes.Compare(bytes.TrimRight(fracA, "0"), bytes.TrimRight(fracB, "0"))
}

func isZero(v []byte) bool {
	for _, c := range v {
		if c >= '1' && c <= '9' {
			return false
		}
	}
	return true
}

// readRange reads a range's binary form.
func readRange(v []byte) (bounds [2][]byte, flags byte, rest []byte, ok bool) {
	if len(v) == 0 {
		return bounds, 0, nil, false
	}
	flags, rest = v[0], v[1:]
	if flags&rangeEmpty != 0 {
		return bounds, flags, rest, true
	}
	for i := range bounds {
		if flags&(rangeLowerInf<<i) != 0 {
			continue
		}
		var value []byte
		if value, rest, ok = cutField(rest); !ok || value == nil {
			return bounds, flags, nil, false
		}
		bounds[i] = value
	}
	return bounds, flags, rest, true
}

// readText reads empty, [a,b), (,"b c"] and the like.
func (m *rangeMask) readText(v []byte) (bounds [2][]byte, flags byte, rest []byte, ok bool) {
	if bytes.HasPrefix(v, []byte("empty")) {
		return bounds, rangeEmpty, v[len("empty"):], true
	}
	if len(v) == 0 || v[0] != '[' && v[0] != '(' {
		return bounds, 0, nil, false
	}
	if v[0] == '[' {
		flags |= rangeLowerInc
	}
	m.value = m.value[:0]
	i := 1
	for n := range bounds {
		from, any, quoted := len(m.value), false, false
	scan:
		for ; i < len(v); i++ {
			switch c := v[i]; {
			case c == '\\' && i+1 < len(v):
				i++
				m.value, any = append(m.value, v[i]), true
			case c == '"' && quoted && i+1 < len(v) && v[i+1] == '"':
				i++
				m.value = append(m.value, c)
			case c == '"':
				quoted, any = !quoted, true
			case !quoted && (c == ',' || c == ')' || c == ']'):
				break scan
			default:
				m.value, any = append(m.value, c), true
			}
		}
		if i >= len(v) || (v[i] == ',') != (n == 0) {
			return bounds, flags, nil, false
		}
		if !any {
			flags |= rangeLowerInf << n
		}
		bounds[n] = m.value[from:len(m.value):len(m.value)]
		if n == 1 && v[i] == ']' {
			flags |= rangeUpperInc
		}
		i++
	}
	return bounds, flags, v[i:], true
}

func (m *rangeMask) writeText(dst []byte, flags byte) []byte {
	open, shut := byte('('), byte(')')
	if flags&rangeLowerInc != 0 && flags&rangeLowerInf == 0 {
		open = '['
	}
	if flags&rangeUpperInc != 0 && flags&rangeUpperInf == 0 {
		shut = ']'
	}
	dst = append(dst, open)
	for i, b := range m.masked {
		if i == 1 {
			dst = append(dst, ',')
		}
		if flags&(rangeLowerInf<<i) != 0 {
			continue
		}
		if bytes.IndexByte(b, ' ') >= 0 { // of numbers and times nothing else asks for quotes
			dst = append(append(append(dst, '"'), b...), '"')
		} else {
			dst = append(dst, b...)
		}
	}
	return append(dst, shut)
}

// eachRange masks every range of the column's multiranges.
func (c *Column) eachRange(of *compiled) (*compiled, *ParamError) {
	props := of.props
	props.Injective = false // ranges that meet become one
	col := *c
	elem := c.element()
	return &compiled{props: props, together: true, emptyToo: true, start: func() Masker {
		inner := of.New().(*rangeMask)
		inner.col = &elem
		return &multirangeMask{col: &col, each: inner}
	}}, nil
}

type multirangeMask struct {
	col  *Column
	each *rangeMask
}

func (m *multirangeMask) Append(dst []byte, in *Input) ([]byte, Outcome) {
	m.each.tally = tally{}
	at := len(dst)
	var out []byte
	var outcome Outcome
	if m.col.Wire == BinaryWire {
		out, outcome = m.binary(dst, in)
	} else {
		out, outcome = m.text(dst, in)
	}
	if outcome == Replaced {
		return appendEmptyMultirange(out[:at], m.col.Wire), Replaced
	}
	return out, m.each.whole(outcome)
}

func appendEmptyMultirange(dst []byte, w Wire) []byte {
	if w == BinaryWire {
		return append(dst, 0, 0, 0, 0)
	}
	return append(dst, "{}"...)
}

// binary: how many ranges, then each behind its length. The server puts them
// in order and joins those that meet.
func (m *multirangeMask) binary(dst []byte, in *Input) ([]byte, Outcome) {
	v := in.Value
	if len(v) < 4 {
		return dst, Replaced
	}
	dst, v = append(dst, v[:4]...), v[4:]
	for len(v) > 0 {
		one, rest, ok := cutField(v)
		if !ok || one == nil {
			return dst, Replaced
		}
		v = rest
		at := len(dst)
		out, left, outcome := m.each.append(append(dst, 0, 0, 0, 0), in, one)
		if outcome != Masked || len(left) > 0 {
			return out, max(outcome, Replaced)
		}
		binary.BigEndian.PutUint32(out[at:], uint32(len(out)-at-4))
		dst = out
	}
	return dst, Masked
}

func (m *multirangeMask) text(dst []byte, in *Input) ([]byte, Outcome) {
	v := in.Value
	if len(v) < 2 || v[0] != '{' {
		return dst, Replaced
	}
	dst, v = append(dst, '{'), v[1:]
	for len(v) > 0 && v[0] != '}' {
		if v[0] == ',' {
			dst, v = append(dst, ','), v[1:]
		}
		out, rest, outcome := m.each.append(dst, in, v)
		if outcome != Masked {
			return out, outcome
		}
		dst, v = out, rest
	}
	if len(v) != 1 {
		return dst, Replaced
	}
	return append(dst, '}'), Masked
}
