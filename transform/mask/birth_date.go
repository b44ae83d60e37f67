package mask

func birthDateSpec() *Spec {
	return define(Spec{
		Name:    "birth_date",
		Summary: "a date of birth of about the same age",
		Doc: `Replaces a date of birth by any day of the same band of years, drawn for the subject: with ` + "`band: 5`" + ` somebody born in 1987 is
born between 1985 and 1989. Ages stay plausible, and sums of them nearly right; day and month say nothing. Years before ` + "`from`" + ` count as
that year, because the very old are few. With ` + "`band: 0`" + ` the real date does not enter at all and the year is drawn evenly from from to to.
Equal subjects stay equal in all columns.

Text columns are taken as ISO dates; other text becomes a drawn date and is counted.`,
		Example: "born: { mask: birth_date, band: 10 }",
		Params: []Param{
			{Name: "band", Type: Integer, Default: int64(5), Doc: "width of the bands in years, 1 to 50; 0 keeps nothing"},
			{Name: "from", Type: Integer, Default: int64(1935), Doc: "the earliest year"},
			{Name: "to", Type: Integer, Default: int64(2005), Doc: "the last year of what is drawn without a real date"},
		},
		Accepts: []Kind{Date, Timestamp, TimestampTZ, Text},
		Keyed:   []Keyed{BySubject},
		Group:   "birth",
	}, func(r *rule) (*compiled, *ParamError) {
		if err := r.params.between("band", 0, 50); err != nil {
			return nil, err
		}
		for _, name := range []string{"from", "to"} {
			if err := r.params.between(name, 1800, 2100); err != nil {
				return nil, err
			}
		}
		m := birthDate{band: r.params.int("band"), from: r.params.int("from"), to: r.params.int("to")}
		if m.to < m.from {
			return nil, &ParamError{Param: "to", Msg: "must not be before from"}
		}
		if need := len("2000-01-01"); r.col.room() < need {
			return nil, r.tooShort(need)
		}
		rank := 1
		if m.band > 0 {
			rank = 4
		}
		return &compiled{
			props: r.needsRecord(Properties{MaxChars: len("2000-01-01"), NeedsValue: m.band > 0, KeepsDistribution: m.band > 0, PrivacyRank: rank}, false),
			start: func() Masker { m := m; m.keyer = r.recordKeyer(); return &m },
		}, nil
	})
}

type birthDate struct {
	keyer          keyer
	band, from, to int64
}

func (m *birthDate) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.half(in)
	day, ok := m.read(in.Value)
	outcome := Masked
	first, last := m.from, m.to
	switch {
	case !ok:
		outcome = Replaced
	case m.band > 0:
		year, _, _ := civil(day)
		year = min(max(year, m.from), 9999)
		first = max(floorDiv(year, m.band)*m.band, m.from)
		last = floorDiv(year, m.band)*m.band + m.band - 1
	}
	start := daysOf(first, 1, 1)
	born := start + int64(below(d[0], uint64(daysOf(last+1, 1, 1)-start)))
	col := m.keyer.col
	switch col.Kind {
	case Date:
		return appendDate(dst, col.Wire, born), outcome
	case Text:
		return appendDate(dst, TextWire, born), outcome
	}
	return appendTimestamp(dst, col, born*dayMicros), outcome
}

// read is the day that a value names.
func (m *birthDate) read(v []byte) (int64, bool) {
	col := m.keyer.col
	switch col.Kind {
	case Date:
		day, ok := readDate(col.Wire, v)
		return day, ok && day != dateInfinity && day != dateMinusInfinity
	case Text:
		v, bc := cutBC(trimSpace(v))
		day, tail, ok := parseDay(v, bc)
		return day, ok && (len(tail) == 0 || isClock(tail))
	}
	t, ok := readTimestamp(col.Wire, v)
	return floorDiv(t, dayMicros), ok && t != timeInfinity && t != timeMinusInfinity
}
