package mask

import (
	"fmt"
	"math"
	"unicode/utf8"
)

func generalizeSpec() *Spec {
	return define(Spec{
		Name:    "generalize",
		Summary: "the value, coarser",
		Doc: `Keeps a coarse part of the value and destroys the rest: numbers fall to the start of their bucket of width ` + "`step`" + `,
dates and times to the start of their ` + "`to`" + `, text keeps its first ` + "`prefix`" + ` characters. ` + "`min`" + ` and ` + "`max`" + ` pool what is rare at
the ends: ages above 90 become 90. Equal values stay equal, near ones become equal, and the shape of the distribution remains.
It needs no key, so it is as weak as the bucket is small: what protects a row is how many others share its bucket.

Numbers are computed exactly, in decimals. Text keeps its length: behind the prefix digits become 0 and everything but
blanks and hyphens becomes X. NaN and infinity stay as they are.`,
		Example: "age: { mask: generalize, step: 5, max: 90 }",
		Params: []Param{
			{Name: "step", Type: Scalar, Doc: "numbers: width of the buckets, such as 5 or 0.25"},
			{Name: "to", Type: String, OneOf: []string{"hour", "day", "month", "quarter", "year", "decade"}, Doc: "dates and times: what to round down to"},
			{Name: "prefix", Type: Integer, Doc: "text: characters to keep, as in 3 for American postal codes"},
			{Name: "min", Type: Scalar, Doc: "numbers and dates: values below become this one"},
			{Name: "max", Type: Scalar, Doc: "numbers and dates: values above become this one"},
		},
		Accepts: []Kind{Int, Numeric, Float, Date, Timestamp, TimestampTZ, Text},
		Keyed:   []Keyed{ByValue},
		probe: func(k Kind) Params {
			switch k {
			case Int, Numeric, Float:
				return Params{"step": int64(10)}
			case Text:
				return Params{"prefix": int64(1)}
			}
			return Params{"to": "month"}
		},
	}, func(r *rule) (*compiled, *ParamError) {
		c := &compiled{props: Properties{NeedsValue: true, KeepsDistribution: true, MayKeep: true, PrivacyRank: 4}}
		var err *ParamError
		switch r.col.Kind {
		case Int, Numeric:
			err = r.fitNumbers(c)
		case Float:
			err = r.fitFloats(c)
		case Text:
			err = r.fitPrefix(c)
		default:
			err = r.fitDates(c)
		}
		if err != nil {
			return nil, err
		}
		return c, nil
	})
}

// foreign refuses parameters that mean nothing for the column's type.
func (r *rule) foreign(names ...string) *ParamError {
	for _, name := range names {
		if r.params.has(name) {
			return &ParamError{Param: name, Msg: "does not apply to " + r.col.typeName()}
		}
	}
	return nil
}

func (r *rule) missing(what string) *ParamError {
	return &ParamError{Msg: fmt.Sprintf("generalize needs %s for %s", what, r.col.typeName()), Hint: "for example " + r.spec.Example}
}

// fitNumbers: exact arithmetic on integers and numerics.
func (r *rule) fitNumbers(c *compiled) *ParamError {
	if err := r.foreign("to", "prefix"); err != nil {
		return err
	}
	var step, lo, hi *decimal
	scale := 0
	for _, p := range []struct {
		name string
		to   **decimal
	}{{"step", &step}, {"min", &lo}, {"max", &hi}} {
		if !r.params.has(p.name) {
			continue
		}
		d, ok := parseDecimal(scalarText(r.params[p.name]))
		if !ok {
			return &ParamError{Param: p.name, Msg: "must be a number"}
		}
		if r.col.Kind == Int && d.scale > 0 {
			return &ParamError{Param: p.name, Msg: "must be a whole number for " + r.col.typeName()}
		}
		if r.col.Kind == Numeric && r.col.Precision > 0 && d.scale > max(r.col.Scale, 0) {
			return &ParamError{Param: p.name, Msg: fmt.Sprintf("has more decimals than %s", r.col.typeName())}
		}
		*p.to, scale = &d, max(scale, d.scale)
	}
	if step == nil && lo == nil && hi == nil {
		return r.missing("step, min or max")
	}
	if step != nil && step.sign() <= 0 {
		return &ParamError{Param: "step", Msg: "must be above 0"}
	}
	if lo != nil && hi != nil && lo.cmp(hi) > 0 {
		return &ParamError{Param: "max", Msg: "must not be below min"}
	}
	limits := r.numberLimits()
	for _, p := range []*decimal{lo, hi} {
		if p != nil && (limits.lo != nil && p.cmp(limits.lo) < 0 || limits.hi != nil && p.cmp(limits.hi) > 0) {
			return &ParamError{Msg: fmt.Sprintf("min and max must fit %s", r.col.typeName()), Hint: "for example " + r.spec.Example}
		}
	}
	c.start = func() Masker {
		return newBuckets(&r.col, step, lo, hi, limits.lo, scale)
	}
	return nil
}

// fitFloats: binary floating point, as the column itself.
func (r *rule) fitFloats(c *compiled) *ParamError {
	if err := r.foreign("to", "prefix"); err != nil {
		return err
	}
	m := floatBuckets{col: &r.col, min: math.Inf(-1), max: math.Inf(1)}
	for name, to := range map[string]*float64{"step": &m.step, "min": &m.min, "max": &m.max} {
		if !r.params.has(name) {
			continue
		}
		f, ok := readFloat(TextWire, []byte(scalarText(r.params[name])))
		if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
			return &ParamError{Param: name, Msg: "must be a number"}
		}
		*to = f
	}
	switch {
	case !r.params.has("step") && !r.params.has("min") && !r.params.has("max"):
		return r.missing("step, min or max")
	case r.params.has("step") && m.step <= 0:
		return &ParamError{Param: "step", Msg: "must be above 0"}
	case m.min > m.max:
		return &ParamError{Param: "max", Msg: "must not be below min"}
	}
	c.start = func() Masker { m := m; return &m }
	return nil
}

type floatBuckets struct {
	col            *Column
	step, min, max float64
}

func (m *floatBuckets) Append(dst []byte, in *Input) ([]byte, Outcome) {
	f, ok := readFloat(m.col.Wire, in.Value)
	switch {
	case !ok:
		return appendFloat(dst, m.col, math.Max(0, m.min)), Replaced
	case math.IsNaN(f) || math.IsInf(f, 0):
		return append(dst, in.Value...), Masked
	case f <= m.min:
		f = m.min
	case f >= m.max:
		f = m.max
	case m.step > 0:
		if b := math.Floor(f/m.step) * m.step; !math.IsInf(b, 0) {
			f = math.Max(b, m.min)
		}
	}
	return appendFloat(dst, m.col, f), Masked
}

func (r *rule) fitPrefix(c *compiled) *ParamError {
	if err := r.foreign("step", "to", "min", "max"); err != nil {
		return err
	}
	if !r.params.has("prefix") {
		return r.missing("prefix")
	}
	if err := r.params.between("prefix", 0, 255); err != nil {
		return err
	}
	c.props.KeepsLength = true
	c.start = func() Masker { return &prefix{col: &r.col, keep: int(r.params.int("prefix"))} }
	return nil
}

// prefix keeps the first characters of text.
type prefix struct {
	col  *Column
	keep int
}

func (m *prefix) Append(dst []byte, in *Input) ([]byte, Outcome) {
	value := in.Value
	if m.col.Padded {
		value = trimPad(value)
	}
	for i, chars := 0, 0; i < len(value); chars++ {
		_, n := utf8.DecodeRune(value[i:])
		switch c := value[i]; {
		case chars < m.keep:
			dst = append(dst, value[i:i+n]...)
		case isDigit(c):
			dst = append(dst, '0')
		case c == ' ' || c == '-':
			dst = append(dst, c)
		default:
			dst = append(dst, 'X')
		}
		i += n
	}
	return dst, Masked
}

func (r *rule) fitDates(c *compiled) *ParamError {
	if err := r.foreign("step", "prefix"); err != nil {
		return err
	}
	to := r.params.text("to")
	m := calendar{col: &r.col, to: to, min: math.MinInt64, max: math.MaxInt64}
	if to == "" && !r.params.has("min") && !r.params.has("max") {
		return &ParamError{Msg: fmt.Sprintf("generalize needs to, min or max for %s", r.col.typeName()), Hint: "for example { mask: generalize, to: month }"}
	}
	if r.col.Kind == Date && to == "hour" {
		return &ParamError{Param: "to", Msg: "a date has no hours"}
	}
	for name, at := range map[string]*int64{"min": &m.min, "max": &m.max} {
		if !r.params.has(name) {
			continue
		}
		day, ok := readDate(TextWire, []byte(scalarText(r.params[name])))
		if !ok || day < minDay || day > maxTimestampDay {
			return &ParamError{Param: name, Msg: "must be a date such as 1935-01-01"}
		}
		*at = day * dayMicros
	}
	if m.min > m.max {
		return &ParamError{Param: "max", Msg: "must not be below min"}
	}
	c.start = func() Masker { m := m; return &m }
	return nil
}

// calendar rounds dates and times down.
type calendar struct {
	col      *Column
	to       string
	min, max int64 // microseconds
}

func (m *calendar) Append(dst []byte, in *Input) ([]byte, Outcome) {
	if m.col.Kind == Date {
		day, ok := readDate(m.col.Wire, in.Value)
		switch {
		case !ok:
			return appendDate(dst, m.col.Wire, 0), Replaced
		case day == dateInfinity || day == dateMinusInfinity:
			return append(dst, in.Value...), Masked
		case day >= maxTimestampDay: // no microseconds that far; no bucket worth having either
			day = maxTimestampDay
		}
		return appendDate(dst, m.col.Wire, floorDiv(m.floor(day*dayMicros), dayMicros)), Masked
	}
	t, ok := readTimestamp(m.col.Wire, in.Value)
	switch {
	case !ok:
		return appendTimestamp(dst, m.col, 0), Replaced
	case t == timeInfinity || t == timeMinusInfinity:
		return append(dst, in.Value...), Masked
	}
	return appendTimestamp(dst, m.col, m.floor(t)), Masked
}

func (m *calendar) floor(t int64) int64 {
	if t < m.min {
		return m.min
	}
	if t > m.max {
		return m.max
	}
	day := floorDiv(t, dayMicros)
	switch m.to {
	case "":
		return t
	case "hour":
		const hour = 3600 * secondMicros
		t = floorDiv(t, hour) * hour
	case "day":
		t = day * dayMicros
	default:
		year, month, _ := civil(day)
		switch m.to {
		case "quarter":
			month = (month-1)/3*3 + 1
		case "year":
			month = 1
		case "decade":
			year, month = floorDiv(year, 10)*10, 1
		}
		t = max(daysOf(year, month, 1), minDay) * dayMicros
	}
	return max(t, m.min)
}
