package mask

import (
	"encoding/binary"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// randomAlphabets are the named sets of characters that texts are drawn from.
var randomAlphabets = map[string]string{
	"alnum": "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", "lower": "abcdefghijklmnopqrstuvwxyz",
	"upper": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "digits": "0123456789", "hex": "0123456789abcdef", "base32": base32,
}

func randomSpec() *Spec {
	return define(Spec{
		Name:    "random",
		Summary: "a number, date, text or truth drawn evenly",
		Doc: `Draws numbers, dates and times from ` + "`min`" + ` to ` + "`max`" + `, both included; booleans that are true with a ` + "`probability`" + `; text and
bytes of a ` + "`length`" + `, text of an ` + "`alphabet`" + `. The real value does not enter and nothing of its distribution stays. The same key draws the
same again: no refresh differs from the last.

Do: write a range that a CHECK and the program expect.
Don't: use it where sums or averages should stay near; noise and generalize keep them.`,
		Example: "score: { mask: random, min: 1, max: 100 }",
		Params: []Param{
			{Name: "min", Type: Scalar, Doc: "numbers, dates and times: the least; numbers have 0 without"},
			{Name: "max", Type: Scalar, Doc: "numbers, dates and times: the greatest"},
			{Name: "decimals", Type: Integer, Doc: "numeric and float: decimals drawn, 0 to 9; numeric has the column's, or 2"},
			{Name: "probability", Type: Decimal, Default: 0.5, Doc: "boolean: how often true"},
			{Name: "length", Type: Integer, Doc: "text: characters, 16 or what the column holds without; bytea: bytes, 16 without"},
			{Name: "alphabet", Type: String, Default: "alnum", Doc: "text: `alnum`, `lower`, `upper`, `digits`, `hex`, `base32`, or the characters themselves"},
			perParam("row"),
		},
		Accepts: []Kind{Int, Numeric, Float, Bool, Date, Timestamp, TimestampTZ, Time, Text, Bytea},
		Keyed:   []Keyed{BySubject, ByValue},
		probe: func(k Kind) Params {
			switch k {
			case Int, Numeric, Float:
				return Params{"max": int64(100)}
			case Date, Timestamp, TimestampTZ:
				return Params{"min": "2020-01-01", "max": "2024-12-31"}
			}
			return nil
		},
	}, fitRandom)
}

func fitRandom(r *rule) (*compiled, *ParamError) {
	c := &compiled{props: r.needs(r.drawBy(), Properties{PrivacyRank: r.labelRank()})}
	switch r.col.Kind {
	case Bool:
		p := r.params.float("probability")
		if p < 0 || p > 1 {
			return nil, &ParamError{Param: "probability", Msg: "must be between 0 and 1"}
		}
		c.props.Capacity = 2
		c.start = func() Masker { return &randomBool{r.drawKeyer(), uint64(p * (1 << 53))} }
		return c, nil
	case Text, Bytea:
		return r.fitRandomText(c)
	}
	m := randomNumber{col: &r.col}
	var perr *ParamError
	if m.lo, m.last, m.decimals, perr = r.randomRange(); perr != nil {
		return nil, perr
	}
	c.props.Capacity = float64(m.last) + 1
	c.start = func() Masker { m := m; m.keyer = r.drawKeyer(); return &m }
	return c, nil
}

// randomRange is the least number and how many follow it, in units of the last
// decimal, of a day or of a second.
func (r *rule) randomRange() (lo int64, last uint64, decimals int, err *ParamError) {
	read := func(name string) (int64, *ParamError) {
		text := scalarText(r.params[name])
		switch r.col.Kind {
		case Date:
			if day, ok := readDate(TextWire, []byte(text)); ok && day >= minDay && day <= maxTimestampDay {
				return day, nil
			}
			return 0, &ParamError{Param: name, Msg: "must be a date such as 2020-01-31"}
		case Timestamp, TimestampTZ:
			if t, ok := literalTime(text); ok && t != timeInfinity && t != timeMinusInfinity {
				return floorDiv(t, secondMicros), nil
			}
			return 0, &ParamError{Param: name, Msg: "must be a date or time such as 2020-01-31 or 2020-01-31 08:00:00"}
		case Time:
			if t, ok := readTimestamp(TextWire, []byte("2000-01-01 "+text)); ok {
				return t / secondMicros, nil
			}
			return 0, &ParamError{Param: name, Msg: "must be a time such as 08:30:00"}
		}
		d, isNumber := parseDecimal(text)
		if !isNumber || d.scale > decimals {
			return 0, &ParamError{Param: name, Msg: "must be a number with at most " + strconv.Itoa(decimals) + " decimals"}
		}
		scaled := d.at(decimals)
		if limit := big.NewInt(math.MaxInt64 / 4); scaled.CmpAbs(limit) > 0 {
			return 0, &ParamError{Param: name, Msg: "is too large"}
		}
		if _, fits := appendLiteral(nil, &r.col, text); !fits {
			return 0, &ParamError{Param: name, Msg: "does not fit " + r.col.typeName()}
		}
		return scaled.Int64(), nil
	}
	switch {
	case r.params.has("decimals") && (r.col.Kind == Numeric || r.col.Kind == Float):
		if err := r.params.between("decimals", 0, 9); err != nil {
			return 0, 0, 0, err
		}
		decimals = int(r.params.int("decimals"))
	case r.col.Kind == Numeric && r.col.Precision > 0:
		decimals = max(0, min(r.col.Scale, 9))
	case r.col.Kind == Numeric || r.col.Kind == Float:
		decimals = 2
	}
	hi := int64(24*60*60 - 1)
	for _, name := range []string{"min", "max"} {
		optional := name == "min" && (r.col.Kind == Int || r.col.Kind == Numeric || r.col.Kind == Float) || r.col.Kind == Time
		switch {
		case !r.params.has(name) && optional:
			continue
		case !r.params.has(name):
			return 0, 0, 0, &ParamError{Param: name, Msg: "is needed for " + r.col.typeName(), Hint: "for example " + r.spec.Example}
		}
		n, perr := read(name)
		if perr != nil {
			return 0, 0, 0, perr
		}
		if name == "min" {
			lo = n
		} else {
			hi = n
		}
	}
	if hi < lo {
		return 0, 0, 0, &ParamError{Param: "max", Msg: "must not be below min"}
	}
	return lo, uint64(hi - lo), decimals, nil
}

type randomNumber struct {
	keyer    keyer
	col      *Column
	lo       int64
	last     uint64
	decimals int
	text     []byte
}

func (m *randomNumber) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.half(in)
	n := m.lo + int64(below(d[0], m.last+1))
	switch m.col.Kind {
	case Int:
		return appendInt(dst, m.col, n), Masked
	case Date:
		return appendDate(dst, m.col.Wire, n), Masked
	case Timestamp, TimestampTZ:
		return appendTimestamp(dst, m.col, n*secondMicros), Masked
	case Time:
		micros := uint64(n * secondMicros)
		if m.col.Wire == BinaryWire {
			return binary.BigEndian.AppendUint64(dst, micros), Masked
		}
		return appendClock(dst, micros), Masked
	case Float:
		return appendFloat(dst, m.col, float64(n)/float64(pow10(m.decimals))), Masked
	}
	m.text = m.text[:0]
	if n < 0 {
		m.text, n = append(m.text, '-'), -n
	}
	unit := int64(pow10(m.decimals))
	m.text = strconv.AppendInt(m.text, n/unit, 10)
	if m.decimals > 0 {
		m.text = appendPadded(append(m.text, '.'), uint64(n%unit), m.decimals)
	}
	return appendNumeric(dst, m.col.Wire, m.text), Masked
}

type randomBool struct {
	keyer keyer
	share uint64 // of 2^53
}

func (m *randomBool) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.half(in)
	return appendBool(dst, m.keyer.col.Wire, d[0]>>11 < m.share), Masked
}

// fitRandomText: characters of an alphabet, or bytes.
func (r *rule) fitRandomText(c *compiled) (*compiled, *ParamError) {
	const usual, most = 16, 10_000
	m := randomText{length: min(usual, r.col.room()), alphabet: r.params.text("alphabet")}
	if r.params.has("length") {
		if err := r.params.between("length", 1, most); err != nil {
			return nil, err
		}
		if m.length = int(r.params.int("length")); m.length > r.col.room() {
			err := r.tooShort(m.length)
			err.Param = "length"
			return nil, err
		}
	}
	if named := randomAlphabets[m.alphabet]; named != "" {
		m.alphabet = named
	}
	if len(m.alphabet) < 2 || !isASCII(m.alphabet) || strings.ContainsAny(m.alphabet, "\x00\n\r\t") {
		return nil, &ParamError{Param: "alphabet", Msg: "must be at least two visible ASCII characters"}
	}
	of := float64(len(m.alphabet))
	if r.col.Kind == Bytea {
		m.alphabet, of = "", 256
	} else {
		c.props.MaxChars = m.length
	}
	if r.drawBy() != bySubject || !r.bind.PerRow {
		c.bits = min(float64(m.length)*math.Log2(of), 120)
	}
	c.start = func() Masker { m := m; m.keyer = r.drawKeyer(); return &m }
	return c, nil
}

type randomText struct {
	keyer    keyer
	length   int
	alphabet string
	bytes    []byte
}

func (m *randomText) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.draw(in)
	random := d.stream()
	if m.alphabet == "" {
		m.bytes = m.bytes[:0]
		for range m.length {
			m.bytes = append(m.bytes, byte(random.next()))
		}
		return appendBytea(dst, m.keyer.col.Wire, m.bytes), Masked
	}
	for range m.length {
		dst = append(dst, m.alphabet[random.below(len(m.alphabet))])
	}
	return dst, Masked
}
