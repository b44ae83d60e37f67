package mask

func countrySpec() *Spec {
	return define(Spec{
		Name:    "country",
		Summary: "the country that fake addresses lie in",
		Doc: `Writes the country of the locale, in which all fake addresses of the rule lie, the United States without one: the same for
every row. To keep countries as they are, or to draw others, use keep, choice or gofakeit.`,
		Example: "country_code: { mask: country, form: alpha2 }",
		Params: []Param{
			{Name: "form", Type: String, Default: "auto", OneOf: []string{"auto", "name", "alpha2", "alpha3"}, Doc: "name, or code of ISO 3166 of two or three letters; `auto` is a code in columns of up to three characters"},
		},
		Accepts: []Kind{Text},
		Keyed:   []Keyed{ByNothing},
		Locale:  true,
		Group:   "address",
	}, func(r *rule) (*compiled, *ParamError) {
		names := r.lexicon().country
		value := names[2]
		switch form := r.params.text("form"); {
		case form == "alpha2" || form == "auto" && r.col.room() == 2:
			value = names[0]
		case form == "alpha3" || form == "auto" && r.col.room() == 3:
			value = names[1]
		}
		if charsIn(value) > r.col.room() {
			return nil, r.tooShort(charsIn(value))
		}
		return &compiled{
			props: Properties{Capacity: 1, MaxChars: charsIn(value), PrivacyRank: 1},
			start: func() Masker { return fixedMask(value) },
		}, nil
	})
}
