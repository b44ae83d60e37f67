package mask

import (
	"slices"
	"strings"
)

const (
	shortestIBAN = 15
	longestIBAN  = 34
	usualIBAN    = 22
	ibanPayload  = 11 // digits behind the check digits of the shortest
)

func ibanCountries() []string {
	out := []string{}
	for c := range ibanLayouts {
		out = append(out, strings.ToLower(c))
	}
	slices.Sort(out)
	return out
}

func ibanSpec() *Spec {
	return define(Spec{
		Name:    "iban",
		Summary: "a bank account number that no bank has",
		Doc: `Replaces an IBAN by one with valid check digits of the country ` + "`XX`" + `, which does not exist, as long as those of the real
one's country are; of the real number no more than this length enters. With ` + "`country`" + ` it is one of that country, with its national check
digits, under a bank code that no bank has (DE 9…, AT, CH, ES, FR, IT, LU and PT zeros, GB, IE and NL XXXX).

Equal subjects stay equal. In unique columns the number is made from the subject's or the row's key, which has to be a single integer below
10^11. With a domain and the country XX it is enciphered by FF1, letters and digits: equal numbers, however spaced, stay equal and different
ones different. What is no IBAN becomes one and is counted.`,
		Example: "iban: { mask: iban, country: de }",
		Params: []Param{
			{Name: "country", Type: String, Default: "auto", OneOf: append([]string{"auto", "xx"}, ibanCountries()...), Doc: "country of the result; `auto` is that of the locale by subject, else xx"},
			{Name: "format", Type: String, Default: "plain", OneOf: []string{"plain", "spaced"}, Doc: "`spaced` writes groups of four characters"},
		},
		Accepts: []Kind{Text},
		Keyed:   []Keyed{BySubject, ByValue},
		Locale:  true,
	}, func(r *rule) (*compiled, *ParamError) {
		m := iban{spaced: r.params.text("format") == "spaced", country: "XX"}
		switch c := r.params.text("country"); {
		case c != "auto":
			m.country = strings.ToUpper(c)
		case r.bind.Keyed == BySubject && ibanLayouts[strings.ToUpper(r.country("xx"))].digits > 0:
			m.country = strings.ToUpper(r.country("xx"))
		}
		last := pow10(ibanPayload) - 1
		m.room = min(longestIBAN, r.col.room())
		if m.spaced {
			m.room = min(longestIBAN, (r.col.room()+1)*4/5)
		}
		least := shortestIBAN
		if layout, ok := ibanLayouts[m.country]; ok {
			m.layout, m.digits = layout, layout.digits
			least = ibanLengths[m.country]
			last = pow10(min(layout.digits, 17)) - 1
		}
		if m.room < least {
			return nil, r.tooShort(spacedChars(least, m.spaced))
		}
		props := Properties{MaxChars: spacedChars(m.room, m.spaced), PrivacyRank: r.identifierRank(), NeedsValue: m.country == "XX"}
		if m.country != "XX" {
			props.MaxChars = spacedChars(least, m.spaced)
		}
		c, err := r.fitRange(last, props)
		if err != nil {
			return nil, err
		}
		if m.enciphered = m.country == "XX" && r.bind.Keyed == ByValue; m.enciphered {
			c.bits, c.props.Injective, c.props.Reversible = 0, true, true
		}
		c.start = func() Masker {
			m := m
			m.numbers = r.numbers(last)
			if m.enciphered {
				m.cipher = newFF1(r.bind.Keys.derive(prpKey, r.domain(), "iban")[:], 36, nil)
			}
			return &m
		}
		return c, nil
	})
}

func spacedChars(n int, spaced bool) int {
	if spaced {
		n += (n - 1) / 4
	}
	return n
}

type iban struct {
	numbers
	country    string
	layout     ibanLayout
	digits     int
	spaced     bool
	enciphered bool
	room       int
	cipher     *ff1
	real       []byte
	out        []byte
	account    [20]byte
}

func (m *iban) Append(dst []byte, in *Input) ([]byte, Outcome) {
	outcome := Masked
	if !m.read(in.Value) {
		outcome = Replaced
	}
	m.out = append(append(m.out[:0], m.country...), "00"...)
	switch {
	case m.country != "XX":
		d := m.draw(in)
		n, ok := m.next(&d, in)
		if !ok {
			return m.noNumber(dst, in)
		}
		account := appendPadded(m.account[:0], n, m.digits)
		m.out = append(m.out, m.layout.bank...)
		if m.layout.check == nil {
			m.out = append(m.out, account...)
		} else {
			m.out = m.layout.check(m.out, 4, account)
		}
	case m.enciphered && outcome == Masked:
		m.encipher()
	default:
		d := m.draw(in)
		n, ok := m.next(&d, in)
		if !ok {
			return m.noNumber(dst, in)
		}
		length := len(m.real)
		if outcome == Replaced {
			length = min(usualIBAN, m.room)
		}
		random := d.stream()
		m.out = random.appendDigits(m.out, length-4-ibanPayload)
		m.out = appendPadded(m.out, n, ibanPayload)
	}
	check := 98 - Mod9710(m.out[:4], Mod9710(m.out[4:], 0))
	m.out[2], m.out[3] = '0'+byte(check/10), '0'+byte(check%10)
	if !m.spaced {
		return append(dst, m.out...), outcome
	}
	for i, c := range m.out {
		if i > 0 && i%4 == 0 {
			dst = append(dst, ' ')
		}
		dst = append(dst, c)
	}
	return dst, outcome
}

// read takes an IBAN out of a value, in upper case and without blanks.
func (m *iban) read(v []byte) bool {
	m.real = m.real[:0]
	for _, c := range v {
		switch n := alphanumeric[c]; {
		case n != noAlphanumeric:
			m.real = append(m.real, base36[n])
		case c != ' ' && c != '-':
			return false
		}
		if len(m.real) > m.room {
			return false
		}
	}
	return len(m.real) >= shortestIBAN && ibanLengthOf(m.real) == len(m.real) && Mod9710(m.real[:4], Mod9710(m.real[4:], 0)) == 1
}

// encipher replaces what follows the check digits, which letters and digits
// may stand in.
func (m *iban) encipher() {
	bban := m.real[4:]
	for i, c := range bban {
		bban[i] = alphanumeric[c]
	}
	if m.cipher.encrypt(bban) != nil {
		panic("mask: an IBAN is too short for FF1") // eleven characters are not
	}
	for _, n := range bban {
		m.out = append(m.out, base36[n])
	}
}
