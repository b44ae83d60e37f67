package mask

func middleNameSpec() *Spec {
	return define(Spec{
		Name:    "middle_name",
		Summary: "a second first name of the subject's fake person",
		Doc: `Replaces a middle name by another first name, of a person of the same sex as the one that first_name gives the subject.
The real name does not enter. In a column of one or two characters it is an initial. Empty and NULL stay as they are, so who had none has none.`,
		Example: "middle_name: middle_name",
		Accepts: []Kind{Text},
		Keyed:   []Keyed{BySubject},
		Locale:  true,
		Group:   "person",
	}, func(r *rule) (*compiled, *ParamError) {
		lex := r.lexicon()
		return &compiled{
			props: r.needsRecord(Properties{
				Capacity: float64(len(lex.first)), MaxChars: min(r.col.room(), longest(lex.first)), PrivacyRank: 1,
			}, false),
			start: func() Masker { return &middleName{r.person()} },
		}, nil
	})
}

type middleName struct{ person }

func (m *middleName) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.draw(in)
	n := m.another(&d)
	if m.room <= 2 {
		return append(dst, cut(m.lex.first[n], 1)...), Masked
	}
	return append(dst, cut(m.lex.first[n], m.room)...), Masked
}
