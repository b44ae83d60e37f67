package mask

func namePrefixSpec() *Spec {
	return define(Spec{
		Name:    "name_prefix",
		Summary: "the form of address of the subject's fake person",
		Doc: `Writes ` + "`Mr.` or `Ms.`" + `, or what the locale says instead, that goes with the sex and the first name of the same subject. The
real one does not enter; titles that few people bear would tell who they are.`,
		Example: "salutation: name_prefix",
		Accepts: []Kind{Text},
		Keyed:   []Keyed{BySubject},
		Locale:  true,
		Group:   "person",
	}, func(r *rule) (*compiled, *ParamError) {
		lex := r.lexicon()
		return &compiled{
			props: r.needsRecord(Properties{Capacity: 2, MaxChars: min(r.col.room(), longest(lex.prefixes[:])), PrivacyRank: 1}, false),
			start: func() Masker { return &namePrefix{r.person()} },
		}, nil
	})
}

type namePrefix struct{ person }

func (m *namePrefix) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.half(in)
	return append(dst, cut(m.lex.prefixes[m.sex(&d)], m.room)...), Masked
}
