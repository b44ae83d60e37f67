package mask

import "unicode/utf8"

func addressSpec() *Spec {
	return define(Spec{
		Name:    "address",
		Summary: "a postal address in one line",
		Doc: `Replaces an address by an invented American one (` + "`742 North Laketon, Chicago, IL 62704`" + `), drawn for the
subject, so that it agrees with street, city and postal_code of the same subject. Street, city and code do not
belong together in reality; with a ` + "`locale`" + ` the address is written as there, and city, region and the beginning of the postal code do. The real address does not enter. Equal subjects stay equal. In a column too short for
the whole, it ends after the city or the street.

With a domain it is keyed by the value instead: equal addresses stay equal.`,
		Example: "shipping_address: address",
		Accepts: []Kind{Text},
		Keyed:   []Keyed{BySubject, ByValue},
		Locale:  true,
		Group:   "address",
	}, func(r *rule) (*compiled, *ParamError) {
		return &compiled{
			props: r.needsRecord(Properties{MaxChars: r.col.MaxChars, PrivacyRank: r.labelRank()}, false),
			start: func() Masker { return &address{r.place()} },
		}, nil
	})
}

type address struct{ place }

func (m *address) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.draw(in)
	at := len(dst)
	var street, city int
	if m.lex.locale != nil {
		dst, street, city = m.appendAddress(dst, &d)
	} else {
		dst = m.appendStreet(dst, &d)
		street = len(dst)
		dst = append(dst, ", "...)
		dst = append(dst, m.city(&d)...)
		city = len(dst)
		dst = append(dst, ", "...)
		dst = append(dst, m.state(&d)...)
		dst = append(dst, ' ')
		dst = m.appendPostal(dst, &d)
	}
	switch {
	case len(dst)-at <= m.room:
	case city-at <= m.room:
		dst = dst[:city]
	default:
		dst = cutTail(dst[:street], at, m.room)
	}
	return dst, Masked
}

// cutTail shortens what was appended at a place to a number of characters.
func cutTail(dst []byte, at, chars int) []byte {
	if len(dst)-at <= chars {
		return dst
	}
	i := at
	for ; chars > 0 && i < len(dst); chars-- {
		_, n := utf8.DecodeRune(dst[i:])
		i += n
	}
	return dst[:i]
}
