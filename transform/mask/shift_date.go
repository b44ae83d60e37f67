package mask

import "strconv"

// maxShiftDays keeps shifted dates plausible, and far from the ends of the
// calendar.
const maxShiftDays = 3650

func shiftDateSpec() *Spec {
	return define(Spec{
		Name:    "shift_date",
		Summary: "the date, some days earlier or later",
		Doc: `Moves all dates and times of a subject by the same number of days, never 0, at most ` + "`days`" + ` either way. The intervals
between the dates of one subject stay exact, in all its columns and tables with the same ` + "`days`" + `; so do the time of day
and infinity. Times with a fractional second also move by a fraction of a second of the subject's own, since microseconds
are a key into any log. Without a subject each row has its own offset.

The offset never changes with key rotation or ` + "`determinism: per_refresh`" + `: fresh offsets would average out. It hides when
something happened, not how far apart two events were: who knows the intervals of a person's events knows the person.

Text columns are taken as ISO dates (` + "`2024-02-29`" + `, with or without a time, whose fraction is drawn anew); other text
becomes a date and is counted.`,
		Example: "birth_date: { mask: shift_date, days: 30 }",
		Params: []Param{
			{Name: "days", Type: Integer, Default: int64(30), Doc: "the largest offset, 1 to " + strconv.Itoa(maxShiftDays)},
		},
		Accepts: []Kind{Date, Timestamp, TimestampTZ, Text},
		Keyed:   []Keyed{BySubject},
	}, func(r *rule) (*compiled, *ParamError) {
		if err := r.params.between("days", 1, maxShiftDays); err != nil {
			return nil, err
		}
		if need := len("2000-01-01"); r.col.room() < need {
			return nil, r.tooShort(need)
		}
		props := r.needs(bySubject, Properties{NeedsValue: true, KeepsDistribution: true, KeepsLength: r.col.Kind != Text, Reversible: true, PrivacyRank: 3})
		return &compiled{
			props:    props,
			together: true,
			start:    func() Masker { return &shiftDate{r.shifter(r.params.int("days"))} },
		}, nil
	})
}

// shifter draws the offsets of subjects.
type shifter struct {
	keyer keyer
	days  int64
}

func (r *rule) shifter(days int64) shifter {
	return shifter{keyer: r.keyerOf(shiftKey, "subject:"+r.bind.Subject, "", bySubject), days: days}
}

// offset is the subject's: whole days, and a fraction of a second. The third
// value draws what has no interval to keep.
func (s *shifter) offset(in *Input) (days, micros int64, rest stream) {
	d := s.keyer.draw(in)
	days = int64(below(d[0], uint64(2*s.days))) - s.days // -days … days-1
	if days >= 0 {
		days++
	}
	return days, int64(below(d[1], uint64(secondMicros))), stream{d[2], d[3]}
}

// shiftDay moves a day, the other way where the calendar ends.
func shiftDay(day, by, lo, hi int64) int64 {
	if moved := day + by; moved >= lo && moved <= hi {
		return moved
	}
	return day - by
}

type shiftDate struct{ shifter }

func (m *shiftDate) Append(dst []byte, in *Input) ([]byte, Outcome) {
	days, micros, rest := m.offset(in)
	col := m.keyer.col
	switch col.Kind {
	case Date:
		day, ok := readDate(col.Wire, in.Value)
		switch {
		case !ok:
			return appendDate(dst, col.Wire, days), Replaced
		case day == dateInfinity || day == dateMinusInfinity:
			return append(dst, in.Value...), Masked
		}
		return appendDate(dst, col.Wire, shiftDay(day, days, minDay, maxDay)), Masked
	case Timestamp, TimestampTZ:
		t, ok := readTimestamp(col.Wire, in.Value)
		switch {
		case !ok:
			return appendTimestamp(dst, col, days*dayMicros), Replaced
		case t == timeInfinity || t == timeMinusInfinity:
			return append(dst, in.Value...), Masked
		}
		return appendTimestamp(dst, col, shiftTimestamp(t, days, micros)), Masked
	}
	value := trimSpace(in.Value)
	if out, ok := appendShiftedISO(dst, value, days, &rest); ok && len(out)-len(dst) <= col.room() {
		return out, Masked
	}
	return appendDate(dst, TextWire, days), Replaced
}

func shiftTimestamp(t, days, micros int64) int64 {
	day := floorDiv(t, dayMicros)
	clock := t - day*dayMicros
	if clock%secondMicros != 0 {
		clock += micros // into the next day at worst
	}
	return shiftDay(day, days, minDay, maxTimestampDay)*dayMicros + clock
}

// appendShiftedISO shifts the date at the start of an ISO date or time and
// draws the digits of a fractional second anew.
func appendShiftedISO(dst, v []byte, days int64, random *stream) ([]byte, bool) {
	v, bc := cutBC(v)
	day, rest, ok := parseDay(v, bc)
	if !ok || !isClock(rest) {
		return dst, false
	}
	out, bc := appendDay(dst, shiftDay(day, days, minDay, maxDay))
	fraction := false
	for _, c := range rest {
		if fraction = c == '.' || c == ',' || fraction && isDigit(c); fraction && isDigit(c) {
			out = random.appendDigits(out, 1)
		} else {
			out = append(out, c)
		}
	}
	return appendBC(out, bc), true
}

// isClock tells whether v is empty or a time of day as ISO 8601 writes it
// after a date: "T10:20", " 10:20:30.123+02:00", "T10:20:30Z".
func isClock(v []byte) bool {
	if len(v) == 0 {
		return true
	}
	if (v[0] != 'T' && v[0] != 't' && v[0] != ' ') || len(v) < 6 {
		return false
	}
	_, ok1 := twoDigits(v[1:])
	_, ok2 := twoDigits(v[4:])
	if !ok1 || !ok2 || v[3] != ':' {
		return false
	}
	if v = v[6:]; len(v) >= 3 && v[0] == ':' {
		if _, ok := twoDigits(v[1:]); !ok {
			return false
		}
		if v = v[3:]; len(v) >= 2 && (v[0] == '.' || v[0] == ',') && isDigit(v[1]) {
			for v = v[1:]; len(v) > 0 && isDigit(v[0]); {
				v = v[1:]
			}
		}
	}
	if len(v) == 0 || len(v) == 1 && (v[0] == 'Z' || v[0] == 'z') {
		return true
	}
	if v[0] != '+' && v[0] != '-' {
		return false
	}
	if len(v) == 5 { // +0200
		_, ok1 := twoDigits(v[1:])
		_, ok2 := twoDigits(v[3:])
		return ok1 && ok2
	}
	_, ok := parseOffset(v)
	return ok
}
