package mask

// Cards expire in these years. They are fixed, because a date that moved with
// the clock would make two refreshes differ.
const (
	firstExpiry = 2031
	expiryYears = 8
)

func cardExpirySpec() *Spec {
	return define(Spec{
		Name:    "card_expiry",
		Summary: "an expiry date for the subject's fake card",
		Doc: `Writes when the card expires that credit_card gives the same subject: a month from January 2031 to December 2038, whatever the
day of the refresh. Text receives it in the given format, a date its last day, a number the month, the year or both. The real date
does not enter.`,
		Example: "expires: { mask: card_expiry, format: mm/yyyy }",
		Params: []Param{
			{Name: "format", Type: String, Default: "auto", OneOf: []string{"auto", "mm/yy", "mm/yyyy", "yyyy-mm", "mmyy", "yymm", "yyyymm", "month", "year"}, Doc: "`auto` is mm/yy for text and yyyymm for numbers"},
		},
		Accepts: []Kind{Text, Date, Int, Numeric},
		Keyed:   []Keyed{BySubject},
		Group:   "card",
	}, func(r *rule) (*compiled, *ParamError) {
		m := cardExpiry{format: r.params.text("format")}
		number := r.col.Kind == Int || r.col.Kind == Numeric
		switch {
		case m.format == "auto" && number:
			m.format = "yyyymm"
			if r.holdsDigits(len("yyyymm")) != nil {
				m.format = "yymm"
			}
		case m.format == "auto":
			m.format = "mm/yy"
			if r.col.room() < len(m.format) {
				m.format = "mmyy"
			}
		}
		length := len(m.format)
		switch m.format {
		case "month":
			length = 2
		case "year":
			length = 4
		}
		switch {
		case number && (m.format == "mm/yy" || m.format == "mm/yyyy" || m.format == "yyyy-mm"):
			return nil, &ParamError{Param: "format", Msg: "a number column holds digits alone"}
		case r.col.Kind == Text && length > r.col.room():
			return nil, r.tooShort(length)
		}
		if err := r.holdsDigits(length); number && err != nil {
			return nil, err
		}
		return &compiled{
			props: r.needsRecord(Properties{Capacity: 12 * expiryYears, MaxChars: length, PrivacyRank: 1}, false),
			start: func() Masker { m := m; m.keyer = r.recordKeyer(); return &m },
		}, nil
	})
}

type cardExpiry struct {
	keyer  keyer
	format string
}

func (m *cardExpiry) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.draw(in)
	n := below(d[3], 12*expiryYears)
	month, year := 1+n%12, firstExpiry+n/12
	if m.keyer.col.Kind == Date {
		return appendDate(dst, m.keyer.col.Wire, daysOf(int64(year), int(month)+1, 1)-1), Masked
	}
	var scratch [8]byte
	out := scratch[:0]
	switch m.format {
	case "mm/yy":
		out = appendPadded(append(appendPadded(out, month, 2), '/'), year%100, 2)
	case "mm/yyyy":
		out = appendPadded(append(appendPadded(out, month, 2), '/'), year, 4)
	case "yyyy-mm":
		out = appendPadded(append(appendPadded(out, year, 4), '-'), month, 2)
	case "mmyy":
		out = appendPadded(appendPadded(out, month, 2), year%100, 2)
	case "yymm":
		out = appendPadded(appendPadded(out, year%100, 2), month, 2)
	case "yyyymm":
		out = appendPadded(appendPadded(out, year, 4), month, 2)
	case "month":
		out = appendPadded(out, month, 2)
	default:
		out = appendPadded(out, year, 4)
	}
	return appendDigitsAs(dst, m.keyer.col, out), Masked
}
