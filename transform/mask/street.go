package mask

func streetSpec() *Spec {
	return define(Spec{
		Name:    "street",
		Summary: "a house number and a street",
		Doc: `Replaces the street part of an address (` + "`742 North Laketon`" + `), drawn for the subject, so that it agrees with
address of the same subject. The real street does not enter. Equal subjects stay equal. Cut where the column is
shorter.

With a domain it is keyed by the value instead: equal streets stay equal.`,
		Example: "street1: street",
		Accepts: []Kind{Text},
		Keyed:   []Keyed{BySubject, ByValue},
		Locale:  true,
		Group:   "address",
	}, func(r *rule) (*compiled, *ParamError) {
		return &compiled{
			props: r.needsRecord(Properties{MaxChars: r.col.MaxChars, PrivacyRank: r.labelRank()}, false),
			start: func() Masker { return &street{r.place()} },
		}, nil
	})
}

type street struct{ place }

func (m *street) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.draw(in)
	return cutTail(m.appendStreet(dst, &d), len(dst), m.room), Masked
}
