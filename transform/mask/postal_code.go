package mask

import "unicode/utf8"

func postalCodeSpec() *Spec {
	return define(Spec{
		Name:    "postal_code",
		Summary: "a postal code of the same shape",
		Doc: `Replaces digits by digits and letters by letters of the same case and keeps blanks and hyphens, so that
` + "`SW1A 1AA`" + ` becomes something like ` + "`QX4B 9PR`" + `; anything else becomes a letter. Drawn for the subject: the first five digits agree with address of
the same subject. Of the real code only the shape enters, which can tell the country. Equal subjects stay equal.
Codes are invented: they may exist, and need not lie in the city beside them. With a ` + "`locale`" + ` the code has the form of that
country, whatever the real one's, and begins as those of the subject's city do.

With a domain it is keyed by the value instead: equal codes stay equal.`,
		Example: "zip: postal_code",
		Accepts: []Kind{Text},
		Keyed:   []Keyed{BySubject, ByValue},
		Locale:  true,
		Group:   "address",
	}, func(r *rule) (*compiled, *ParamError) {
		if l := findLocale(r.bind.Locale); l != nil {
			if r.col.room() < len(l.postal) {
				return nil, r.tooShort(len(l.postal))
			}
			return &compiled{
				props: r.needsRecord(Properties{MaxChars: len(l.postal), PrivacyRank: r.labelRank()}, false),
				start: func() Masker { return &localPostalCode{r.place()} },
			}, nil
		}
		props := r.needsRecord(Properties{KeepsLength: true, NeedsValue: true, PrivacyRank: 2}, false)
		if r.bind.Keyed == ByValue {
			props.PrivacyRank = 4
		}
		return &compiled{
			props: props,
			start: func() Masker { return &postalCode{r.place()} },
		}, nil
	})
}

// localPostalCode writes codes of a locale's form, whatever the real one's.
type localPostalCode struct{ place }

func (m *localPostalCode) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.draw(in)
	return m.appendLocalPostal(dst, &d), Masked
}

type postalCode struct{ place }

func (m *postalCode) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.draw(in)
	value := in.Value
	if m.keyer.col.Padded {
		value = trimPad(value)
	}
	var scratch [postalDigits]byte
	shared := m.appendPostal(scratch[:0], &d)
	rest := d.stream()
	for i := 0; i < len(value); {
		c := value[i]
		switch {
		case isDigit(c) && len(shared) > 0:
			dst = append(dst, shared[0])
			shared = shared[1:]
		case isDigit(c):
			dst = rest.appendDigits(dst, 1)
		case c >= 'a' && c <= 'z':
			dst = append(dst, 'a'+byte(rest.below(26)))
		case c >= 'A' && c <= 'Z':
			dst = append(dst, 'A'+byte(rest.below(26)))
		case c == ' ' || c == '-':
			dst = append(dst, c)
		default: // a letter of another script, or not part of a code at all
			_, n := utf8.DecodeRune(value[i:])
			dst = append(dst, 'A'+byte(rest.below(26)))
			i += n
			continue
		}
		i++
	}
	return dst, Masked
}
