package mask

func regionSpec() *Spec {
	return define(Spec{
		Name:    "region",
		Summary: "the state or region of the subject's fake city",
		Doc: `Replaces a state, province or region by the one where the city lies that city gives the same subject. The real one does not
enter. Without a locale it agrees with city but not with the state in address, whose outputs are older.

With a domain it is keyed by the value instead: equal regions stay equal, which shows how frequent each is.`,
		Example: "state: region",
		Params: []Param{
			{Name: "form", Type: String, Default: "auto", OneOf: []string{"auto", "name", "code"}, Doc: "`name` Illinois or `code` IL; `auto` is the code in columns of up to three characters"},
		},
		Accepts: []Kind{Text},
		Keyed:   []Keyed{BySubject, ByValue},
		Locale:  true,
		Group:   "address",
	}, func(r *rule) (*compiled, *ParamError) {
		lex := r.lexicon()
		if err := r.needsPlaces(lex); err != nil {
			return nil, err
		}
		form := r.params.text("form")
		code := form == "code" || form == "auto" && r.col.room() <= 3
		distinct, most := map[string]bool{}, 0
		for _, p := range lex.places {
			name := p.regionName
			if code {
				name = p.region
			}
			distinct[name] = true
			most = max(most, len(name))
		}
		return &compiled{
			props: r.needsRecord(Properties{Capacity: float64(len(distinct)), MaxChars: min(r.col.room(), most), PrivacyRank: r.labelRank()}, false),
			start: func() Masker { return &region{r.place(), code} },
		}, nil
	})
}

// needsPlaces refuses labels without places: only a dictionary of somebody's own has none.
func (r *rule) needsPlaces(lex *lexicon) *ParamError {
	if len(lex.places) == 0 {
		return &ParamError{Msg: r.spec.Name + " needs labels that say where their cities lie"}
	}
	return nil
}

type region struct {
	place
	code bool
}

func (m *region) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.half(in)
	at := m.town(&d)
	if m.code {
		return append(dst, cut(at.region, m.room)...), Masked
	}
	return append(dst, cut(at.regionName, m.room)...), Masked
}
