package mask

func citySpec() *Spec {
	return define(Spec{
		Name:    "city",
		Summary: "a city",
		Doc: `Replaces a city by one of about 100 large American ones, drawn for the subject, so that it agrees with address
of the same subject. The real city does not enter. Equal subjects stay equal. All cities are about equally frequent,
unlike in production. Cut where the column is shorter.

With a domain it is keyed by the value instead: equal cities stay equal, which shows how frequent each is; two
rows in five can then be guessed by rank.`,
		Example: "city: city",
		Params:  []Param{shapeParam()},
		Accepts: []Kind{Text},
		Keyed:   []Keyed{BySubject, ByValue},
		Locale:  true,
		Group:   "address",
	}, func(r *rule) (*compiled, *ParamError) {
		if err := r.checkShape(); err != nil {
			return nil, err
		}
		lex := r.lexicon()
		return &compiled{
			props: r.needsRecord(Properties{
				Capacity: float64(len(lex.city)), MaxChars: min(r.col.room(), longest(lex.city)), PrivacyRank: r.labelRank(),
			}, false),
			start: func() Masker { return &city{r.place()} },
		}, nil
	})
}

type city struct{ place }

func (m *city) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.half(in)
	return append(dst, cut(m.place.city(&d), m.room)...), Masked
}
