package mask

import "unicode/utf8"

func partialSpec() *Spec {
	return define(Spec{
		Name:    "partial",
		Summary: "the value with most of it covered",
		Doc: `Keeps the first and last few characters and covers letters and digits between them by one sign: ` + "`****-****-****-9010`" + `. Length,
separators and what is kept stay as they are, so it hides little: on columns that by their name hold
direct identifiers the policy refuses it without a waiver. A value shorter than
twice what would be kept is covered whole.

Do: use it where a support screen shows the last four digits, and staging has to look alike.
Don't: use it for e-mail addresses, names, ids: partial values are often enough to find somebody.`,
		Example: "card: { mask: partial, last: 4 }",
		Params: []Param{
			{Name: "first", Type: Integer, Default: int64(0), Doc: "characters kept at the beginning, 0 to 20"},
			{Name: "last", Type: Integer, Default: int64(4), Doc: "characters kept at the end, 0 to 20"},
			{Name: "with", Type: String, Default: "*", Doc: "the sign, one ASCII character"},
		},
		Accepts: []Kind{Text},
		Keyed:   []Keyed{ByValue},
	}, func(r *rule) (*compiled, *ParamError) {
		const most = 20
		for _, name := range []string{"first", "last"} {
			if err := r.params.between(name, 0, most); err != nil {
				return nil, err
			}
		}
		with := r.params.text("with")
		if len(with) != 1 || with[0] < ' ' || with[0] > '~' {
			return nil, &ParamError{Param: "with", Msg: "must be one visible ASCII character"}
		}
		return &compiled{
			props: Properties{KeepsLength: true, NeedsValue: true, PrivacyRank: 5},
			start: func() Masker {
				return &partial{col: &r.col, first: int(r.params.int("first")), last: int(r.params.int("last")), with: with[0]}
			},
		}, nil
	})
}

type partial struct {
	col         *Column
	first, last int
	with        byte
}

func (m *partial) Append(dst []byte, in *Input) ([]byte, Outcome) {
	value := in.Value
	if m.col.Padded {
		value = trimPad(value)
	}
	chars, _ := measure(value, m.col.Encoding == "SQL_ASCII")
	first, last := m.first, m.last
	if chars < 2*(first+last) {
		first, last = 0, 0
	}
	for i, n := 0, 0; i < len(value); n++ {
		size := 1
		if m.col.Encoding != "SQL_ASCII" {
			_, size = utf8.DecodeRune(value[i:])
		}
		c := value[i]
		switch {
		case n < first || n >= chars-last, c < 0x80 && !isDigit(c) && !isLetter(c):
			dst = append(dst, value[i:i+size]...)
		default:
			dst = append(dst, m.with)
		}
		i += size
	}
	return dst, Masked
}
