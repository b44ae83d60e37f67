package mask

func cardCVVSpec() *Spec {
	return define(Spec{
		Name:    "card_cvv",
		Summary: "a verification value for the subject's fake card",
		Doc: `Writes three digits, four for American Express, that belong to the card which credit_card gives the same subject. The real
value does not enter: nobody may store it anyway.`,
		Example: "cvv: card_cvv",
		Params: []Param{
			{Name: "brand", Type: String, Default: "any", OneOf: append([]string{"any"}, cardBrandKeys()...), Doc: "as in credit_card"},
		},
		Accepts: []Kind{Text, Int, Numeric},
		Keyed:   []Keyed{BySubject},
		Group:   "card",
	}, func(r *rule) (*compiled, *ParamError) {
		const most = 4
		digits := min(most, r.col.room())
		if digits < most-1 {
			return nil, r.tooShort(most - 1)
		}
		if r.holdsDigits(most) != nil {
			digits = most - 1
		}
		if err := r.holdsDigits(digits); err != nil {
			return nil, err
		}
		brand := -1
		for i := range cardBrands {
			if cardBrands[i].key == r.params.text("brand") {
				brand = i
			}
		}
		return &compiled{
			props: r.needsRecord(Properties{Capacity: 1000, MaxChars: digits, PrivacyRank: 1}, false),
			start: func() Masker { return &cardCVV{keyer: r.recordKeyer(), brand: brand, most: digits} },
		}, nil
	})
}

type cardCVV struct {
	keyer keyer
	brand int
	most  int
}

func (m *cardCVV) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.draw(in)
	brand := m.brand
	if brand < 0 {
		brand = drawBrand(&d)
	}
	var scratch [8]byte
	digits := appendPadded(scratch[:0], below(d[2], 10_000), 4)
	return appendDigitsAs(dst, m.keyer.col, digits[:min(m.most, cardBrands[brand].code)]), Masked
}
