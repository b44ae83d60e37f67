package mask

import (
	"encoding/binary"
	"strconv"
)

// Signs of the binary format of numeric.
const (
	numericNegative = 0x4000
	numericNaN      = 0xC000
	numericPlusInf  = 0xD000
	numericMinusInf = 0xF000
)

// appendNumericText turns a numeric of either wire format into decimal text.
// It answers false for what is no number: NaN and the infinities stay text.
func appendNumericText(dst []byte, w Wire, v []byte) ([]byte, bool) {
	if w == TextWire {
		return append(dst, v...), isDecimal(v)
	}
	if len(v) < 8 || len(v)%2 != 0 {
		return dst, false
	}
	count := int(binary.BigEndian.Uint16(v))
	weight := int(int16(binary.BigEndian.Uint16(v[2:])))
	sign := binary.BigEndian.Uint16(v[4:])
	scale := int(binary.BigEndian.Uint16(v[6:]))
	if len(v) != 8+2*count {
		return dst, false
	}
	switch sign {
	case numericNaN:
		return append(dst, "NaN"...), false
	case numericPlusInf:
		return append(dst, "Infinity"...), false
	case numericMinusInf:
		return append(dst, "-Infinity"...), false
	case numericNegative:
		dst = append(dst, '-')
	}
	group := func(i int) uint64 { // the group of four digits with weight weight-i
		if i < 0 || i >= count {
			return 0
		}
		return uint64(binary.BigEndian.Uint16(v[8+2*i:]))
	}
	if weight < 0 {
		dst = append(dst, '0')
	}
	for i := 0; i <= weight; i++ {
		if i == 0 {
			dst = strconv.AppendUint(dst, group(0), 10)
		} else {
			dst = appendPadded(dst, group(i), 4)
		}
	}
	if scale > 0 {
		dst = append(dst, '.')
		end := len(dst) + scale
		for i := weight + 1; len(dst) < end; i++ {
			dst = appendPadded(dst, group(i), 4)
		}
		dst = dst[:end]
	}
	return dst, true
}

// appendNumeric writes decimal text as a numeric.
func appendNumeric(dst []byte, w Wire, text []byte) []byte {
	if w == TextWire {
		return append(dst, text...)
	}
	sign := uint16(0)
	if len(text) > 0 && text[0] == '-' {
		sign, text = numericNegative, text[1:]
	}
	point := len(text)
	for i, c := range text {
		if c == '.' {
			point = i
			break
		}
	}
	whole, frac := text[:point], text[min(point+1, len(text)):]
	for len(whole) > 0 && whole[0] == '0' {
		whole = whole[1:]
	}
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0)
	groups := (len(whole) + 3) / 4
	weight := groups - 1
	digit := func(pos int) uint16 { // pos 0 is the first digit after the point
		switch {
		case pos < -len(whole) || pos >= len(frac):
			return 0
		case pos < 0:
			return uint16(whole[len(whole)+pos] - '0')
		}
		return uint16(frac[pos] - '0')
	}
	count, trailing := 0, 0
	for pos := -4 * groups; pos < len(frac); pos += 4 {
		g := digit(pos)*1000 + digit(pos+1)*100 + digit(pos+2)*10 + digit(pos+3)
		if g == 0 && count == 0 { // leading zero groups are not stored
			weight--
			continue
		}
		dst = binary.BigEndian.AppendUint16(dst, g)
		count++
		if g == 0 {
			trailing++
		} else {
			trailing = 0
		}
	}
	count -= trailing
	dst = dst[:len(dst)-2*trailing]
	if count == 0 {
		sign, weight = 0, 0
	}
	binary.BigEndian.PutUint16(dst[at:], uint16(count))
	binary.BigEndian.PutUint16(dst[at+2:], uint16(weight))
	binary.BigEndian.PutUint16(dst[at+4:], sign)
	binary.BigEndian.PutUint16(dst[at+6:], uint16(len(frac)))
	return dst
}

// isDecimal tells whether v is digits with at most one sign and one point.
func isDecimal(v []byte) bool {
	if len(v) > 0 && v[0] == '-' {
		v = v[1:]
	}
	digits, points := 0, 0
	for _, c := range v {
		switch {
		case isDigit(c):
			digits++
		case c == '.':
			points++
		default:
			return false
		}
	}
	return digits > 0 && points <= 1
}

// readInteger reads a numeric without fractional part that fits an int64.
func readInteger(w Wire, v []byte) (int64, bool) {
	var scratch [64]byte
	text, ok := appendNumericText(scratch[:0], w, v)
	if !ok {
		return 0, false
	}
	for i, c := range text {
		if c != '.' {
			continue
		}
		for _, z := range text[i+1:] {
			if z != '0' {
				return 0, false
			}
		}
		text = text[:i]
		break
	}
	return parseInt(text)
}

func appendInteger(dst []byte, w Wire, n int64) []byte {
	var scratch [24]byte
	return appendNumeric(dst, w, strconv.AppendInt(scratch[:0], n, 10))
}

// appendPadded appends n with leading zeros up to width digits.
func appendPadded(dst []byte, n uint64, width int) []byte {
	const zeros = "00000000000000000000"
	at := len(dst)
	dst = append(dst, zeros[:width]...)
	for i := len(dst) - 1; i >= at; i-- {
		dst[i] = '0' + byte(n%10)
		n /= 10
	}
	if n > 0 { // wider than asked for: write all of it
		head := strconv.AppendUint(nil, n, 10)
		dst = append(dst, head...)
		copy(dst[at+len(head):], dst[at:len(dst)-len(head)])
		copy(dst[at:], head)
	}
	return dst
}
