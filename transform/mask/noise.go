package mask

import (
	"math"
	"strconv"
)

func noiseSpec() *Spec {
	return define(Spec{
		Name:    "noise",
		Summary: "the number or time, a little more or less",
		Doc: `Moves a number by up to a share of itself (` + "`ratio`" + `) or up to an amount (` + "`by`" + `), a date or time by up to so many days
(` + "`by`" + `, which may be a fraction for times). The sign, the number of decimals, what the column holds, and ` + "`min`" + ` and ` + "`max`" + ` are
kept; 0 stays 0 under a ratio; NaN and infinity stay. A value always moves by at least its last decimal (a date by a day) where there is room.

Each row draws its own noise from the key that never changes, with rotation and ` + "`per_refresh`" + ` too: repeated refreshes give the same value, so that
averaging them gains nothing. Sums and averages over many rows stay close to the truth, and so does each value: it hides exact
amounts, not that somebody earns ten times as much as others.

` + "`after: created_at`" + ` keeps the order of events within a row: the time stays as far behind what the other column becomes as it was, give or take
the noise, and never before it. ` + "`paid_at: { mask: noise, by: 2, after: created_at }`" + ` and
` + "`shipped_at: { mask: noise, by: 2, after: paid_at }`" + ` give created ≤ paid ≤ shipped again. To keep the intervals of all of a subject's times exact, over all its
tables, use ` + "`shift_date`" + `.`,
		Example: "salary: { mask: noise, ratio: 0.15, min: 0 }",
		Params: []Param{
			{Name: "ratio", Type: Decimal, Doc: "numbers: the largest change as a share of the value, between 0 and 1; 0.1 where neither is given"},
			{Name: "by", Type: Decimal, Doc: "the largest change: in the column's units, or in days; dates and times 3 where it is not given"},
			{Name: "min", Type: Decimal, Doc: "numbers: the smallest result"},
			{Name: "max", Type: Decimal, Doc: "numbers: the largest result"},
			{Name: "after", Type: String, Doc: "dates and times: a column of the row that comes before, and still does"},
		},
		Accepts: []Kind{Int, Numeric, Float, Date, Timestamp, TimestampTZ},
		Keyed:   []Keyed{BySubject},
		Version: 1,
	}, func(r *rule) (*compiled, *ParamError) {
		n := noiseLimits{ratio: r.params.float("ratio"), by: r.params.float("by"), min: math.Inf(-1), max: math.Inf(1)}
		moment := r.col.Kind == Date || r.col.Kind == Timestamp || r.col.Kind == TimestampTZ
		if err := r.fitNoise(&n, moment); err != nil {
			return nil, err
		}
		props := r.needs(byRow, Properties{NeedsValue: true, KeepsDistribution: true, MayKeep: true, PrivacyRank: 4})
		anchor := r.bind.After
		if anchor != nil {
			if a, ok := anchor.Mask.(*compiled); ok && a != nil {
				props.NeedsSubject = props.NeedsSubject || a.props.NeedsSubject
				props.NeedsRow = props.NeedsRow || a.props.NeedsRow
			}
		}
		return &compiled{props: props, start: func() Masker {
			m := &noise{limits: n, keyer: r.keyerOf(noiseKey, "subject:"+r.bind.Subject, r.column(), byRow), col: r.col}
			if anchor != nil {
				m.anchor = &anchorMasker{col: anchor.Column}
				if anchor.Mask != nil {
					m.anchor.masker = anchor.Mask.New()
				}
			}
			return m
		}}, nil
	})
}

// Anchor is another column of the row, for masks that keep the order of events.
type Anchor struct {
	Column Column
	Mask   Compiled // nil: the column is kept
}

type anchorMasker struct {
	col    Column
	masker Masker // nil: kept
	in     Input
	out    []byte
}

// moment is what the anchor of a row becomes; false where it is NULL or infinite.
func (a *anchorMasker) moment(in *Input) (before, after int64, ok bool) {
	if len(in.Afters) == 0 || in.Afters[0] == nil {
		return 0, 0, false
	}
	value := in.Afters[0]
	if before, ok = readMoment(&a.col, value); !ok {
		return 0, 0, false
	}
	if a.masker == nil {
		return before, before, true
	}
	a.in = *in
	a.in.Value, a.in.Afters = value, in.Afters[1:]
	var outcome Outcome
	if a.out, outcome = a.masker.Append(a.out[:0], &a.in); outcome != Masked && outcome != Replaced {
		return 0, 0, false
	}
	after, ok = readMoment(&a.col, a.out)
	return before, after, ok
}

// readMoment reads a date or time in microseconds; false for infinity too.
func readMoment(c *Column, v []byte) (int64, bool) {
	if c.Kind == Date {
		day, ok := readDate(c.Wire, v)
		if !ok || day == dateInfinity || day == dateMinusInfinity || day < minDay || day > maxTimestampDay {
			return 0, false
		}
		return day * dayMicros, true
	}
	t, ok := readTimestamp(c.Wire, v)
	return t, ok && t != timeInfinity && t != timeMinusInfinity
}

type noiseLimits struct {
	ratio, by float64 // one of them is 0
	min, max  float64
}

// fitNoise checks the parameters against the column's type.
func (r *rule) fitNoise(n *noiseLimits, moment bool) *ParamError {
	const longestDays = 36500
	switch {
	case moment:
		for _, name := range []string{"ratio", "min", "max"} {
			if r.params.has(name) {
				return &ParamError{Param: name, Msg: "means nothing for a date or time"}
			}
		}
		if !r.params.has("by") {
			n.by = 3
		}
		if n.by <= 0 || n.by > longestDays {
			return &ParamError{Param: "by", Msg: "must be above 0 and at most " + strconv.Itoa(longestDays) + " days"}
		}
		if r.col.Kind == Date && n.by < 1 {
			return &ParamError{Param: "by", Msg: "must be at least a day for a column of dates"}
		}
		if r.params.has("after") && r.bind.After == nil {
			return &ParamError{Param: "after", Msg: "names a column of the row, which only the rule of a column has"}
		}
		return nil
	case r.params.has("after"):
		return &ParamError{Param: "after", Msg: "keeps the order of dates and times only"}
	case r.params.has("ratio") && r.params.has("by"):
		return &ParamError{Param: "by", Msg: "stands beside ratio: it can be one of the two"}
	case r.params.has("by"):
		if n.by <= 0 {
			return &ParamError{Param: "by", Msg: "must be above 0"}
		}
	default:
		if !r.params.has("ratio") {
			n.ratio = 0.1
		}
		if n.ratio <= 0 || n.ratio > 1 {
			return &ParamError{Param: "ratio", Msg: "must be above 0 and at most 1"}
		}
	}
	if r.params.has("min") {
		n.min = r.params.float("min")
	}
	if r.params.has("max") {
		n.max = r.params.float("max")
	}
	if n.min > n.max {
		return &ParamError{Param: "max", Msg: "is below min"}
	}
	// What the column holds.
	switch lim := r.numberLimits(); {
	case r.col.Kind == Float && r.col.Bits == 32:
		n.min, n.max = max(n.min, -math.MaxFloat32), min(n.max, math.MaxFloat32)
	case r.col.Kind == Float:
		n.min, n.max = max(n.min, -math.MaxFloat64), min(n.max, math.MaxFloat64)
	case lim.hi != nil && r.col.Kind == Numeric:
		most := math.Pow10(r.col.Precision-r.col.Scale) - math.Pow10(-r.col.Scale)
		n.min, n.max = max(n.min, -most), min(n.max, most)
	}
	return nil
}

type noise struct {
	limits noiseLimits
	keyer  keyer
	col    Column
	anchor *anchorMasker
	text   []byte
}

func (m *noise) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.half(in)
	switch m.col.Kind {
	case Int:
		v, ok := readInt(m.col.Wire, in.Value)
		if !ok {
			return appendInt(dst, &m.col, 0), Replaced
		}
		return appendInt(dst, &m.col, m.integer(v, &d)), Masked
	case Float:
		v, ok := readFloat(m.col.Wire, in.Value)
		switch {
		case !ok:
			return appendFloat(dst, &m.col, 0), Replaced
		case math.IsNaN(v) || math.IsInf(v, 0):
			return append(dst, in.Value...), Masked
		}
		return appendFloat(dst, &m.col, m.move(v, 0, &d)), Masked
	case Numeric:
		return m.numeric(dst, in.Value, &d)
	}
	return m.moment(dst, in, &d)
}

// signed maps a word evenly onto -1 … 1.
func signed(word uint64) float64 { return float64(int64(word)) / (1 << 63) }

// move adds noise of at least a unit to v. The sign stays.
func (m *noise) move(v, unit float64, d *draw) float64 {
	most := m.limits.by
	if m.limits.ratio > 0 {
		most = m.limits.ratio * math.Abs(v)
	}
	if v == 0 && m.limits.ratio > 0 {
		return m.within(0, v)
	}
	delta := signed(d[0]) * most
	if math.Abs(delta) < unit {
		delta = math.Copysign(unit, delta)
	}
	out := v + delta
	if v > 0 && out < 0 || v < 0 && out > 0 {
		out = v - delta
	}
	return m.within(out, v)
}

// within keeps the bounds: what would pass one goes the other way, and stops
// at it where that passes, too.
func (m *noise) within(out, v float64) float64 {
	if out < m.limits.min || out > m.limits.max {
		out = v - (out - v)
	}
	return min(max(out, m.limits.min), m.limits.max)
}

// exactInts is where float64 stops telling integers apart.
const exactInts = 1 << 53

func (m *noise) integer(v int64, d *draw) int64 {
	lo, hi := intRange(m.col.Bits)
	if v < -exactInts || v > exactInts { // the noise is larger than what a float loses
		out := m.move(float64(v), 1, d)
		switch {
		case out >= float64(hi):
			return hi
		case out <= float64(lo):
			return lo
		}
		return int64(out)
	}
	out := math.Round(m.move(float64(v), 1, d))
	return int64(min(max(out, float64(lo)), float64(hi)))
}

func (m *noise) numeric(dst, value []byte, d *draw) ([]byte, Outcome) {
	var ok bool
	if m.text, ok = appendNumericText(m.text[:0], m.col.Wire, value); !ok {
		if f, isFloat := special(m.col.Wire, value); isFloat && (math.IsNaN(f) || math.IsInf(f, 0)) {
			return append(dst, value...), Masked
		}
		return appendInteger(dst, m.col.Wire, 0), Replaced
	}
	v, err := strconv.ParseFloat(string(m.text), 64)
	if err != nil {
		return appendInteger(dst, m.col.Wire, 0), Replaced // beyond any number of things
	}
	scale := 0
	for i, c := range m.text {
		if c == '.' {
			scale = len(m.text) - i - 1
		}
	}
	m.text = strconv.AppendFloat(m.text[:0], m.move(v, math.Pow10(-scale), d), 'f', scale, 64)
	if m.text[0] == '-' && isZero(m.text) {
		m.text = m.text[1:]
	}
	return appendNumeric(dst, m.col.Wire, m.text), Masked
}

// special reads what appendNumericText does not: NaN and the infinities.
func special(w Wire, v []byte) (float64, bool) {
	if w == TextWire {
		return readFloat(TextWire, v)
	}
	if len(v) != 8 {
		return 0, false
	}
	switch uint16(v[4])<<8 | uint16(v[5]) {
	case numericNaN, numericPlusInf, numericMinusInf:
		return math.NaN(), true
	}
	return 0, false
}

func (m *noise) moment(dst []byte, in *Input, d *draw) ([]byte, Outcome) {
	v, ok := readMoment(&m.col, in.Value)
	if !ok {
		if m.col.Kind == Date {
			if day, ok := readDate(m.col.Wire, in.Value); ok && (day == dateInfinity || day == dateMinusInfinity) {
				return append(dst, in.Value...), Masked
			}
		} else if _, ok := readTimestamp(m.col.Wire, in.Value); ok {
			return append(dst, in.Value...), Masked
		}
		return m.write(dst, 0), Replaced
	}
	unit := int64(1)
	if m.col.Kind == Date {
		unit = dayMicros
	}
	most := int64(m.limits.by * float64(dayMicros))
	delta := int64(below(d[0], uint64(2*(most/unit)))) - most/unit // without 0
	if delta >= 0 {
		delta++
	}
	delta *= unit
	if m.anchor != nil {
		if before, after, ok := m.anchor.moment(in); ok {
			if m.col.Kind == Date { // a date is not before a time of the same day
				before, after = floorDiv(before, dayMicros)*dayMicros, floorDiv(after, dayMicros)*dayMicros
			}
			gap := v - before
			if gap >= 0 {
				delta = max(delta, -gap) // not before it
			}
			return m.write(dst, after+gap+delta), Masked
		}
	}
	return m.write(dst, v+delta), Masked
}

func (m *noise) write(dst []byte, micros int64) []byte {
	day := floorDiv(micros, dayMicros)
	inside := min(max(day, minDay), maxTimestampDay)
	if m.col.Kind == Date {
		return appendDate(dst, m.col.Wire, inside)
	}
	return appendTimestamp(dst, &m.col, inside*dayMicros+micros-day*dayMicros)
}
