package mask

func firstNameSpec() *Spec {
	return define(Spec{
		Name:    "first_name",
		Summary: "a first name",
		Doc: `Replaces a first name by one of about 3,000, drawn for the subject, so that it agrees with full_name, email
and username of the same subject. The real name does not enter. Equal subjects stay equal. Names longer than the
column are cut.

With a domain it is keyed by the value instead: equal names stay equal, which shows how frequent each is; nearly
half of all first names can then be guessed by their rank.`,
		Example: "given_name: first_name",
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
				Capacity: float64(len(lex.first)), MaxChars: min(r.col.room(), longest(lex.first)), PrivacyRank: r.labelRank(),
			}, false),
			start: func() Masker { return &firstName{r.person()} },
		}, nil
	})
}

type firstName struct{ person }

func (m *firstName) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.half(in)
	return append(dst, cut(m.lex.first[m.first(&d)], m.room)...), Masked
}
