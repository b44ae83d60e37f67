package mask

func companySpec() *Spec {
	return define(Spec{
		Name:    "company",
		Summary: "a company name",
		Doc: `Replaces a company's name by two last names and a legal form (` + "`Kuhn-Schaefer Group`" + `), drawn for the subject.
No real company is named except by coincidence. The real name does not enter. Equal subjects stay equal; about
900,000 different names, so two subjects may share one. In a shorter column the second name and the form are left out.

With a domain it is keyed by the value instead: equal companies stay equal.`,
		Example: "employer: company",
		Params:  []Param{shapeParam()},
		Accepts: []Kind{Text},
		Keyed:   []Keyed{BySubject, ByValue},
		Locale:  true,
		Group:   "company",
	}, func(r *rule) (*compiled, *ParamError) {
		if err := r.checkShape(); err != nil {
			return nil, err
		}
		lex := r.lexicon()
		names := float64(len(lex.last))
		return &compiled{
			props: r.needsRecord(Properties{
				Capacity:    names * names * float64(len(lex.suffix)),
				MaxChars:    min(r.col.room(), 2*longest(lex.last)+2+longest(lex.suffix)),
				PrivacyRank: r.labelRank(),
			}, false),
			start: func() Masker { return &company{keyer: r.recordKeyer(), lex: lex, room: r.col.room()} },
		}, nil
	})
}

type company struct {
	keyer keyer
	lex   *lexicon
	room  int
}

func (m *company) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.half(in)
	if len(m.lex.company) > 0 {
		return append(dst, cut(m.lex.company[below32(uint32(d[0]>>32), len(m.lex.company))], m.room)...), Masked
	}
	a := m.lex.last[below32(uint32(d[0]>>32), len(m.lex.last))]
	b := m.lex.last[below32(uint32(d[0]), len(m.lex.last))]
	form := m.lex.suffix[below32(uint32(d[1]), len(m.lex.suffix))]
	if len(a)+1+len(b)+1+len(form) > m.room {
		return append(dst, cut(a, m.room)...), Masked
	}
	dst = append(dst, a...)
	dst = append(dst, '-')
	dst = append(dst, b...)
	dst = append(dst, ' ')
	return append(dst, form...), Masked
}
