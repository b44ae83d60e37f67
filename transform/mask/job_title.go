package mask

func jobTitleSpec() *Spec {
	return define(Spec{
		Name:    "job_title",
		Summary: "a job for the subject's fake person",
		Doc: `Replaces a job or profession by a common one, drawn for the subject. The real one does not enter: rare titles tell who
somebody is. Cut where the column is shorter.

With a domain it is keyed by the value instead: equal titles stay equal, which shows how frequent each is.`,
		Example: "position: job_title",
		Accepts: []Kind{Text},
		Keyed:   []Keyed{BySubject, ByValue},
		Locale:  true,
		Group:   "person",
	}, func(r *rule) (*compiled, *ParamError) {
		lex := r.lexicon()
		return &compiled{
			props: r.needsRecord(Properties{
				Capacity: float64(len(lex.jobs)), MaxChars: min(r.col.room(), longest(lex.jobs)), PrivacyRank: r.labelRank(),
			}, false),
			start: func() Masker { return &jobTitle{r.person()} },
		}, nil
	})
}

type jobTitle struct{ person }

func (m *jobTitle) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.draw(in)
	return append(dst, cut(m.lex.jobs[below32(m.rest(&d, 2), len(m.lex.jobs))], m.room)...), Masked
}
