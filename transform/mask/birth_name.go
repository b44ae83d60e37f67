package mask

func birthNameSpec() *Spec {
	return define(Spec{
		Name:    "birth_name",
		Summary: "a name at birth for the subject's fake person",
		Doc: `Replaces a birth or maiden name by a last name of its own, drawn for the subject apart from last_name. The real name does
not enter. Empty and NULL stay as they are.`,
		Example: "maiden_name: birth_name",
		Accepts: []Kind{Text},
		Keyed:   []Keyed{BySubject},
		Locale:  true,
		Group:   "person",
	}, func(r *rule) (*compiled, *ParamError) {
		lex := r.lexicon()
		return &compiled{
			props: r.needsRecord(Properties{
				Capacity: float64(len(lex.last)), MaxChars: min(r.col.room(), longest(lex.last)), PrivacyRank: 1,
			}, false),
			start: func() Masker { return &birthName{r.person()} },
		}, nil
	})
}

type birthName struct{ person }

func (m *birthName) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.draw(in)
	return append(dst, cut(m.lex.last[below32(m.rest(&d, 1), len(m.lex.last))], m.room)...), Masked
}
