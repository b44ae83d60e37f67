package mask

import (
	"fmt"
	"strings"
)

// idCountries are the scheme that each country stands for.
func idCountries() (names []string) {
	seen := map[string]bool{}
	for i := range idSchemes {
		if c, _, _ := strings.Cut(idSchemes[i].name, "_"); !seen[c] {
			seen[c] = true
			names = append(names, c)
		}
	}
	return names
}

func findIDScheme(name string) *idScheme {
	for i := range idSchemes {
		if s := &idSchemes[i]; s.name == name || strings.HasPrefix(s.name, name+"_") {
			return s
		}
	}
	return nil
}

func nationalIDSpec() *Spec {
	var table strings.Builder
	for i := range idSchemes {
		s := &idSchemes[i]
		never := s.never
		if never == "" {
			never = "no numbers are set apart: it may be somebody's"
		}
		fmt.Fprintf(&table, "\n| `%s` | %s | %s | %d |", s.name, s.what, never, s.count)
	}
	names := append([]string{"auto"}, idCountries()...)
	for i := range idSchemes {
		names = append(names, idSchemes[i].name)
	}
	return define(Spec{
		Name:    "national_id",
		Summary: "an official number of a person, valid and never issued",
		Doc: `Replaces a social security, tax or identity number by one with valid check digits, of a part of the scheme that is never
issued where the scheme has one. The real number does not enter. Equal subjects stay equal; in unique columns numbers are permuted
from the subject's or the row's key, which has to be a single integer below the number of ids that the scheme leaves. With a domain
equal numbers stay equal, however they are spelled, and different ones may meet: to keep them apart use fpe_ff1. Text without a
letter or digit becomes a number and is counted.

| scheme | | why nobody has it | numbers |
|---|---|---|---|` + table.String(),
		Example: "tax_no: { mask: national_id, scheme: de }",
		Params: []Param{
			{Name: "scheme", Type: String, Default: "auto", OneOf: names, Doc: "a country for the first of its schemes, or a scheme; `auto` is that of the locale, us_ssn without one"},
			{Name: "format", Type: String, Default: "auto", OneOf: []string{"auto", "plain"}, Doc: "`auto` is the usual spelling where the column has room for its separators, `plain` has none"},
		},
		Accepts: []Kind{Text, Int, Numeric},
		Keyed:   []Keyed{BySubject, ByValue},
		Locale:  true,
	}, func(r *rule) (*compiled, *ParamError) {
		name := r.params.text("scheme")
		if name == "auto" {
			name = r.country("us")
		}
		s := findIDScheme(name)
		if s == nil {
			return nil, &ParamError{Param: "scheme", Msg: "no scheme is known for the locale's country " + name, Hint: "name one: " + strings.Join(idCountries(), ", ")}
		}
		m := nationalID{scheme: s}
		plain := strings.Count(s.shape, "#")
		chars := len(s.shape)
		if r.params.text("format") == "plain" || r.col.Kind != Text || chars > r.col.room() {
			m.plain, chars = true, plain
		}
		switch {
		case chars > r.col.room():
			return nil, r.tooShort(chars)
		case r.col.Kind != Text && !s.number:
			return nil, &ParamError{Param: "scheme", Msg: "a number column holds digits alone, and " + s.name + " has letters"}
		}
		if err := r.holdsDigits(plain); err != nil {
			return nil, err
		}
		c, err := r.fitRange(s.count-1, Properties{MaxChars: chars, PrivacyRank: r.identifierRank()})
		if err != nil {
			return nil, err
		}
		c.start = func() Masker { m := m; m.numbers = r.numbers(s.count - 1); return &m }
		return c, nil
	})
}

type nationalID struct {
	numbers
	scheme *idScheme
	plain  bool
	chars  []byte
}

func (m *nationalID) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.draw(in)
	n, ok := m.next(&d, in)
	if !ok {
		return m.noNumber(dst, in)
	}
	outcome := Masked
	if unreadable(m.keyer.col, in.Value) {
		outcome = Replaced
	}
	m.chars = m.scheme.write(m.chars[:0], n)
	if m.plain {
		return appendDigitsAs(dst, m.keyer.col, m.chars), outcome
	}
	at := 0
	for i := range len(m.scheme.shape) {
		c := m.scheme.shape[i]
		if c == '#' {
			c = m.chars[at]
			at++
		}
		dst = append(dst, c)
	}
	return dst, outcome
}
