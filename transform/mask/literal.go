package mask

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// literalKinds are the families of values that a policy can write as text.
var literalKinds = []Kind{Text, Enum, Int, Numeric, Float, Bool, Date, Timestamp, TimestampTZ, UUID}

// appendLiteral writes text as a value of the column. It is false where the
// text is no such value, or does not fit.
func appendLiteral(dst []byte, c *Column, text string) ([]byte, bool) {
	switch c.Kind {
	case Text:
		fits := (c.MaxChars == 0 || charsIn(text) <= c.MaxChars) && !strings.Contains(text, "\x00")
		return append(dst, text...), fits && (isASCII(text) || charsetOf(c.Encoding).fit(text) == text)
	case Enum:
		return append(dst, text...), slices.Contains(c.Labels, text)
	case Int:
		n, ok := parseInt([]byte(text))
		lo, hi := intRange(c.Bits)
		return appendInt(dst, c, n), ok && n >= lo && n <= hi
	case Numeric:
		return appendNumeric(dst, c.Wire, []byte(text)), isDecimal([]byte(text)) && c.holdsDecimal(text)
	case Float:
		f, err := strconv.ParseFloat(text, c.Bits)
		return appendFloat(dst, c, f), err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
	case Bool:
		b, err := strconv.ParseBool(text)
		return appendBool(dst, c.Wire, b), err == nil
	case Date:
		day, ok := readDate(TextWire, []byte(text))
		if !ok {
			t, isTime := literalTime(text)
			day, ok = floorDiv(t, dayMicros), isTime
		}
		return appendDate(dst, c.Wire, day), ok
	case Timestamp, TimestampTZ:
		t, ok := literalTime(text)
		return appendTimestamp(dst, c, t), ok
	case UUID:
		u, ok := parseUUID([]byte(text))
		return appendUUID(dst, c.Wire, u), ok
	}
	return dst, false
}

// holdsDecimal tells whether a numeric(p,s) has room for decimal text.
func (c *Column) holdsDecimal(text string) bool {
	if c.Precision == 0 {
		return true
	}
	whole, _, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	return len(strings.TrimLeft(whole, "0")) <= c.Precision-c.Scale
}

// literalTime reads a date, or a date and a time with a blank or a T between.
func literalTime(text string) (micros int64, ok bool) {
	if day, ok := readDate(TextWire, []byte(text)); ok {
		return day * dayMicros, day > minDay && day <= maxTimestampDay
	}
	if t, ok := readTimestamp(TextWire, []byte(text)); ok {
		return t, true
	}
	t, err := time.Parse(time.RFC3339, text)
	return (t.Unix()-946_684_800)*secondMicros + int64(t.Nanosecond()/1000), err == nil
}

// literals are texts of a parameter as the column's wire values.
func (r *rule) literals(param string, texts []string) ([][]byte, *ParamError) {
	out := make([][]byte, len(texts))
	for i, text := range texts {
		v, ok := appendLiteral(nil, &r.col, text)
		if !ok {
			return nil, &ParamError{Param: param, Msg: "entry " + strconv.Itoa(i+1) + " does not fit " + r.column() + ", which is " + r.col.typeName()}
		}
		out[i] = v
	}
	return out, nil
}

// perParam lets a drawing mask be keyed by the subject or the row.
func perParam(standard string) Param {
	return Param{Name: "per", Type: String, Default: standard, OneOf: []string{"row", "subject"}, Doc: "`row` draws anew for each row, `subject` the same for all rows of a subject; means nothing with a domain"}
}

// drawKeyer keys a mask with a perParam, and says what it reads.
func (r *rule) drawBy() (by keyedBy) {
	switch {
	case r.bind.Keyed == ByValue:
		return byValue
	case r.params.text("per") == "subject":
		return bySubject
	}
	return byRow
}

func (r *rule) drawKeyer() keyer {
	if by := r.drawBy(); by != byValue {
		return r.keyer(by, r.ownLabel())
	}
	return r.keyer(byValue, r.spec.Name)
}
