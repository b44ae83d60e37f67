package mask

import "strings"

func cardBrandSpec() *Spec {
	return define(Spec{
		Name:    "card_brand",
		Summary: "the brand of the subject's fake card",
		Doc: `Writes the brand of the card that credit_card gives the same subject: about half of them Visa, a third Mastercard, the
others American Express and Discover. An enum receives the label that names the brand, in any spelling, and only brands that it has.
The real brand does not enter.`,
		Example: "brand: card_brand",
		Params: []Param{
			{Name: "brand", Type: String, Default: "any", OneOf: append([]string{"any"}, cardBrandKeys()...), Doc: "as in credit_card"},
			{Name: "style", Type: String, Default: "name", OneOf: []string{"name", "key", "upper"}, Doc: "`name` American Express, `key` amex, `upper` AMEX; enums decide by themselves"},
		},
		Accepts: []Kind{Text, Enum},
		Keyed:   []Keyed{BySubject},
		Group:   "card",
	}, func(r *rule) (*compiled, *ParamError) {
		m := cardBrandMask{}
		for i := range cardBrands {
			b := &cardBrands[i]
			m.names[i] = b.name
			switch {
			case r.col.Kind == Enum:
				m.names[i] = labelLike(r.col.Labels, b.key, b.name)
			case r.params.text("style") == "key" || len(b.name) > r.col.room():
				m.names[i] = b.key
			case r.params.text("style") == "upper":
				m.names[i] = strings.ToUpper(b.key)
			}
			m.names[i] = cut(m.names[i], r.col.MaxChars)
		}
		for i := range cardBrands {
			fixed := cardBrands[i].key == r.params.text("brand")
			if fixed || r.params.text("brand") == "any" && i < commonBrands {
				if m.names[i] == "" && (fixed || i == 0) {
					return nil, &ParamError{Msg: "the enum has no label for " + cardBrands[i].name, Hint: "use choice, which draws one of the labels"}
				}
			}
			if fixed {
				m.fixed = m.names[i]
			}
		}
		return &compiled{
			props: r.needsRecord(Properties{Capacity: commonBrands, MaxChars: min(r.col.room(), longest(m.names[:])), PrivacyRank: 1}, false),
			start: func() Masker { m := m; m.keyer = r.recordKeyer(); return &m },
		}, nil
	})
}

type cardBrandMask struct {
	keyer keyer
	names [8]string
	fixed string
}

func (m *cardBrandMask) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.half(in)
	switch name := m.names[drawBrand(&d)]; {
	case m.fixed != "":
		return append(dst, m.fixed...), Masked
	case name != "":
		return append(dst, name...), Masked
	}
	return append(dst, m.names[0]...), Masked
}

// labelLike is the enum's label that spells one of names, whatever its case
// and joints, "" if there is none.
func labelLike(labels []string, names ...string) string {
	for _, name := range names {
		for _, l := range labels {
			if slug(l) == slug(name) {
				return l
			}
		}
	}
	return ""
}
