package mask

import (
	"fmt"
	"math"
	"strconv"
)

// numbers are whole numbers from 0 to last that identifiers of a reserved
// range are written from: drawn for the subject, permuted from its integer key
// where the column is unique, or drawn for the value.
type numbers struct {
	keyer  keyer
	perm   permutation // nil: drawn
	last   uint64
	perRow bool
	beyond string // what a key that has no number is told
	canon  []byte
}

// fitRange settles how a rule comes by its numbers, and proves that there
// are enough of them.
func (r *rule) fitRange(last uint64, p Properties) (*compiled, *ParamError) {
	c := &compiled{props: r.needs(bySubject, p)}
	c.props.Capacity = float64(last) + 1
	switch {
	case r.bind.Keyed == ByValue:
		c.bits = math.Log2(float64(last) + 1)
	case r.col.Unique && !r.bind.IntegerKey:
		return nil, &ParamError{
			Msg:  r.column() + " is unique, and unique numbers of a reserved range are made from a subject or row key that is a single integer",
			Hint: "use fpe_ff1 or pseudonym with a domain: they keep different values apart",
		}
	case r.col.Unique:
		c.props.Injective, c.props.FromKey = true, true
	}
	return c, nil
}

// numbers of a rule that fitRange took, for one Masker. A mask of a group
// shares the subject's draw with the group.
func (r *rule) numbers(last uint64) numbers {
	n := numbers{last: last, perRow: r.bind.PerRow}
	n.beyond = fmt.Sprintf("the subject's or row's key is no whole number from 0 to %d, and %s has no more numbers than that for a unique column", last, r.spec.Name)
	switch {
	case r.spec.Group != "" || r.bind.Keyed == ByValue:
		n.keyer = r.recordKeyer()
	default:
		n.keyer = r.columnKeyer()
	}
	if r.col.Unique && r.bind.Keyed == BySubject {
		n.perm = r.bind.Keys.permutation("column:"+r.column(), r.spec.Name, last)
	}
	return n
}

// draw is the subject's, or that of a value's letters and digits, so that the
// spellings of one identifier become one.
func (n *numbers) draw(in *Input) draw {
	if n.keyer.by != byValue {
		return n.keyer.draw(in)
	}
	value := in.Value
	if n.keyer.col.Kind != Text {
		value = n.text(value)
	}
	n.canon = n.canon[:0]
	for _, c := range value {
		if isDigit(c) || isLetter(c) || c >= 0x80 {
			n.canon = append(n.canon, lower(c))
		}
	}
	return n.keyer.drawBytes(n.canon)
}

// text is a number column's value as text.
func (n *numbers) text(v []byte) []byte {
	col := n.keyer.col
	n.canon = n.canon[:0]
	if col.Kind == Int {
		i, _ := readInt(col.Wire, v)
		n.canon = appendInt(n.canon, &textInt, i)
	} else {
		n.canon, _ = appendNumericText(n.canon, col.Wire, v)
	}
	return n.canon
}

var textInt = Column{Kind: Int, Bits: 64, Wire: TextWire}

// next is the row's number. It is false where the integer key is out of range.
func (n *numbers) next(d *draw, in *Input) (uint64, bool) {
	if n.perm == nil {
		return below(d[0], n.last+1), true
	}
	key := in.Subject
	if key == nil || n.perRow {
		key = in.Row
	}
	v, ok := parseUint(key)
	if !ok || v > n.last {
		return 0, false
	}
	return n.perm.apply(v), true
}

// noNumber stops the run where next is false.
func (n *numbers) noNumber(dst []byte, in *Input) ([]byte, Outcome) {
	in.Failure = n.beyond
	return dst, Failed
}

func pow10(n int) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

// take splits a number into one below n and the rest.
func take(from *uint64, n uint64) uint64 {
	part := *from % n
	*from /= n
	return part
}

// appendDigitsAs writes decimal digits as a value of a text, integer or
// numeric column.
func appendDigitsAs(dst []byte, c *Column, digits []byte) []byte {
	switch c.Kind {
	case Int:
		n, _ := parseInt(digits)
		return appendInt(dst, c, n)
	case Numeric:
		for len(digits) > 1 && digits[0] == '0' {
			digits = digits[1:]
		}
		return appendNumeric(dst, c.Wire, digits)
	}
	return append(dst, digits...)
}

// holdsDigits refuses a number column that cannot hold so many digits.
func (r *rule) holdsDigits(digits int) *ParamError {
	most := math.MaxInt32
	switch {
	case r.col.Kind == Int:
		most = map[int]int{16: 4, 32: 9, 64: 18}[r.col.Bits]
	case r.col.Kind == Numeric && r.col.Precision > 0:
		most = r.col.Precision - r.col.Scale
	}
	if digits > most {
		return &ParamError{Msg: r.spec.Name + " needs " + strconv.Itoa(digits) + " digits" + ", and " + r.column() + " is " + r.col.typeName(), Hint: "use text, or permute for whole numbers"}
	}
	return nil
}

// unreadable tells a value without any letter or digit, which is no identifier.
func unreadable(c *Column, v []byte) bool {
	if c.Kind != Text {
		return false
	}
	for _, b := range v {
		if isDigit(b) || isLetter(b) {
			return false
		}
	}
	return true
}
