package mask

func lastNameSpec() *Spec {
	return define(Spec{
		Name:    "last_name",
		Summary: "a last name",
		Doc: `Replaces a last name by one of about 470, drawn for the subject, so that it agrees with full_name, email and
username of the same subject. The real name does not enter. Equal subjects stay equal. So few different names make
an index on the column look less selective than in production, unless their shape is the source's. Names longer than the column are cut.

With a domain it is keyed by the value instead: equal names stay equal, which shows how frequent each is.`,
		Example: "family_name: last_name",
		Params:  []Param{shapeParam()},
		Accepts: []Kind{Text},
		Keyed:   []Keyed{BySubject, ByValue},
		Locale:  true,
		Group:   "person",
	}, func(r *rule) (*compiled, *ParamError) {
		if err := r.checkShape(); err != nil {
			return nil, err
		}
		lex := r.lexicon()
		return &compiled{
			props: r.needsRecord(Properties{
				Capacity: float64(len(lex.last)), MaxChars: min(r.col.room(), longest(lex.last)), PrivacyRank: r.labelRank(),
			}, false),
			start: func() Masker { return &lastName{r.person()} },
		}, nil
	})
}

type lastName struct{ person }

func (m *lastName) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.half(in)
	return append(dst, cut(m.lex.last[m.last(&d)], m.room)...), Masked
}
