package mask

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

func arraySpec() *Spec {
	return define(Spec{
		Name:    "array",
		Summary: "the same array with every element masked by another rule",
		Doc: `Keeps how many elements an array has, its dimensions and bounds, and which elements are NULL; masks each element
by the rule ` + "`of`" + `. Any mask that takes the element's type may stand there, with its parameters and its domain. The short form is
to give that mask to the array column itself: ` + "`emails: email`" + ` on text[] is ` + "`emails: { mask: array, of: email }`" + `.

Keyed by subject, the first element is what a plain column of the same subject would be, and the others are
those of other subjects; dates of all elements move by one offset. With a domain, equal elements stay equal in all
columns of the domain.

An array that cannot be read becomes an empty one and is counted.`,
		Example: "emails: { mask: array, of: { mask: email, domain: person.email } }",
		Params: []Param{
			{Name: "of", Type: Rule, Required: true, Doc: "the rule for each element"},
		},
		Accepts: []Kind{Array},
		Keyed:   []Keyed{BySubject, ByValue},
		probe:   func(Kind) Params { return Params{"of": &Sub{Spec: Find("redact")}} },
	}, func(r *rule) (*compiled, *ParamError) {
		elem, err := r.part(r.col.element(), r.params.rule("of"), "of")
		if err != nil {
			return nil, err
		}
		if elem == nil {
			return nil, &ParamError{Param: "of", Msg: "keeps every element", Hint: "write keep for the column itself"}
		}
		return r.col.eachElement(elem)
	})
}

// element is the column's element as a column: a part of the same table's.
func (c *Column) element() Column {
	e := *c.Elem
	e.Table, e.Name, e.Encoding, e.Wire = c.Table, c.Name, c.Encoding, c.Wire
	e.Rows, e.Values, e.Unique, e.FoldCase = c.Rows, c.Values, c.Unique, e.FoldCase || c.FoldCase
	return e
}

// lift binds a mask of elements, or of bounds, to a column of arrays or ranges.
func (s *Spec) lift(col Column, params Params, bind Binding) (*compiled, *ParamError) {
	bind.After = nil
	bind.IntegerKey, bind.PerRow = false, bind.PerRow && col.Kind == Array
	elem, err := s.compile(col.element(), params, bind)
	if err != nil {
		return nil, err
	}
	var c *compiled
	switch col.Kind {
	case Array:
		c, err = col.eachElement(elem)
	case Range:
		c, err = col.eachBound(elem)
	case Multirange:
		c, err = col.eachRange(elem)
	default:
		err = &ParamError{Msg: fmt.Sprintf("%s does not mask a column of type %s", s.Name, col.typeName())}
	}
	if err != nil {
		return nil, err
	}
	r := &rule{spec: s, col: col, bind: bind}
	return c, r.checkUnique(c)
}

// eachElement masks every element of the column's arrays.
func (c *Column) eachElement(elem *compiled) (*compiled, *ParamError) {
	if c.Elem.NotNull && elem.props.WritesNull {
		return nil, &ParamError{Msg: "may write NULL, and the elements' domain is NOT NULL"}
	}
	props := elem.props
	props.take(elem)
	props.WritesNull, props.MasksNull, props.MaxChars = false, false, 0
	col, delim := *c, c.Delim
	if delim == 0 {
		delim = ','
	}
	return &compiled{props: props, bits: elem.bits, together: elem.together, emptyToo: true, start: func() Masker {
		return &arrayMask{col: &col, elem: elem.New(), delim: delim, together: elem.together, nulls: elem.props.MasksNull, value: make([]byte, 0, spareBytes)}
	}}, nil
}

// spareBytes is the room that scratch space starts with. It is never nil, which
// would be NULL.
const spareBytes = 64

type arrayMask struct {
	col      *Column
	elem     Masker
	delim    byte
	together bool
	nulls    bool // the elements' mask takes NULL
	places   places
	part     Input
	value    []byte // an element without quotes
	masked   []byte
	tally
}

func (m *arrayMask) Append(dst []byte, in *Input) ([]byte, Outcome) {
	m.tally = tally{}
	var out []byte
	var outcome Outcome
	if m.col.Wire == BinaryWire {
		out, outcome = m.binary(dst, in)
	} else {
		out, outcome = m.text(dst, in)
	}
	if outcome == Replaced {
		return m.empty(out[:len(dst)]), Replaced
	}
	return out, m.whole(outcome)
}

func (m *arrayMask) empty(dst []byte) []byte {
	if m.col.Wire == TextWire {
		return append(dst, "{}"...)
	}
	return binary.BigEndian.AppendUint32(append(dst, 0, 0, 0, 0, 0, 0, 0, 0), m.col.Elem.OID)
}

// element masks one element; a NULL one is nil.
func (m *arrayMask) element(in *Input, value []byte, n uint64) (out []byte, null bool, outcome Outcome) {
	if value == nil && !m.nulls {
		return nil, true, Masked
	}
	if m.together {
		n = 0
	}
	m.part.Value = value
	m.places.at(in, &m.part, n)
	m.masked, outcome = m.elem.Append(m.masked[:0], &m.part)
	if outcome = m.note(outcome); outcome == Null {
		return nil, true, Masked
	}
	return m.masked, false, outcome
}

// binary: the number of dimensions, whether there are NULLs, the element type,
// for each dimension its length and lower bound, then the elements.
func (m *arrayMask) binary(dst []byte, in *Input) ([]byte, Outcome) {
	v, at := in.Value, len(dst)
	const head, perDimension = 12, 8
	if len(v) < head {
		return dst, Replaced
	}
	dims := int(binary.BigEndian.Uint32(v))
	if dims > maxDimensions || len(v) < head+dims*perDimension {
		return dst, Replaced
	}
	from := head + dims*perDimension
	dst = append(dst, v[:from]...)
	nulls := false
	v = v[from:]
	for n := uint64(0); len(v) > 0; n++ {
		value, rest, ok := cutField(v)
		if !ok {
			return dst, Replaced
		}
		v = rest
		out, null, outcome := m.element(in, value, n)
		if outcome != Masked {
			return dst, outcome
		}
		nulls = nulls || null
		dst = appendField(dst, out, null)
	}
	flags := uint32(0)
	if nulls {
		flags = 1
	}
	binary.BigEndian.PutUint32(dst[at+4:], flags)
	return dst, Masked
}

// maxDimensions is PostgreSQL's MAXDIM.
const maxDimensions = 6

// cutField reads a length and as many bytes; a length of -1 is NULL.
func cutField(v []byte) (value, rest []byte, ok bool) {
	if len(v) < 4 {
		return nil, nil, false
	}
	n := int32(binary.BigEndian.Uint32(v))
	v = v[4:]
	switch {
	case n == -1:
		return nil, v, true
	case n < 0 || int(n) > len(v):
		return nil, nil, false
	}
	return v[:n:n], v[n:], true
}

func appendField(dst, value []byte, null bool) []byte {
	if null {
		return append(dst, 0xff, 0xff, 0xff, 0xff)
	}
	return append(binary.BigEndian.AppendUint32(dst, uint32(len(value))), value...)
}

// text: perhaps bounds as in [0:1]=, then elements within braces.
func (m *arrayMask) text(dst []byte, in *Input) ([]byte, Outcome) {
	v := in.Value
	i := bytes.IndexByte(v, '{')
	if i < 0 {
		return dst, Replaced
	}
	for _, c := range v[:i] { // bounds, or no array
		if !isDigit(c) && c != '[' && c != ']' && c != ':' && c != '-' && c != '=' {
			return dst, Replaced
		}
	}
	dst = append(dst, v[:i]...)
	depth, n := 0, uint64(0)
	for i < len(v) {
		switch c := v[i]; {
		case c == '{':
			depth++
			dst = append(dst, c)
			i++
		case c == '}':
			depth--
			dst = append(dst, c)
			if i++; depth == 0 {
				if i != len(v) {
					return dst, Replaced
				}
				return dst, Masked
			}
		case c == m.delim:
			dst = append(dst, c)
			i++
		default:
			value, end, ok := m.read(v, i)
			if !ok {
				return dst, Replaced
			}
			i = end
			out, null, outcome := m.element(in, value, n)
			if outcome != Masked {
				return dst, outcome
			}
			n++
			if null {
				dst = append(dst, "NULL"...)
			} else {
				dst = m.write(dst, out)
			}
		}
	}
	return dst, Replaced
}

// read takes the quotes off the element at i and answers where it ends.
func (m *arrayMask) read(v []byte, i int) (value []byte, end int, ok bool) {
	m.value = m.value[:0]
	quoted := v[i] == '"'
	if quoted {
		i++
	}
	for ; i < len(v); i++ {
		switch c := v[i]; {
		case c == '\\':
			if i++; i == len(v) {
				return nil, i, false
			}
			m.value = append(m.value, v[i])
		case quoted && c == '"':
			return m.value, i + 1, true
		case !quoted && (c == m.delim || c == '}'):
			if isNULL(m.value) {
				return nil, i, true
			}
			return m.value, i, true
		default:
			m.value = append(m.value, c)
		}
	}
	return nil, i, false
}

// write quotes an element where array_out would.
func (m *arrayMask) write(dst, v []byte) []byte {
	plain := len(v) > 0 && !isNULL(v)
	for _, c := range v {
		if c == '"' || c == '\\' || c == '{' || c == '}' || c == m.delim || isSpace(c) {
			plain = false
			break
		}
	}
	if plain {
		return append(dst, v...)
	}
	dst = append(dst, '"')
	for _, c := range v {
		if c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

func isNULL(v []byte) bool {
	return len(v) == 4 && lower(v[0]) == 'n' && lower(v[1]) == 'u' && lower(v[2]) == 'l' && lower(v[3]) == 'l'
}
