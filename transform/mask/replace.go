package mask

import "regexp"

func replaceSpec() *Spec {
	return define(Spec{
		Name:    "replace",
		Summary: "the value with what an expression finds replaced",
		Doc: `Finds what a regular expression matches and replaces it: by the text ` + "`with`" + `, or without one by random letters and digits of the
same form, equal ones alike in the domain. What is not found stays as it is, so this protects no more than the expression says: on columns
that by their name hold direct identifiers the policy refuses it without a waiver. A value in which nothing is found is replaced whole by filler of the same length and counted,
unless ` + "`otherwise: keep`" + ` lets it pass. The result is cut where it is longer than the column.

Do: use it to take a token out of a URL, or a customer's number out of a code.
Don't: use it to find names in free text; no expression does.`,
		Example: "path: { mask: replace, find: \"/users/\\\\d+\", with: /users/0 }",
		Params: []Param{
			{Name: "find", Type: String, Required: true, Doc: "a regular expression in RE2's syntax"},
			{Name: "with", Type: String, Doc: "what stands instead; ASCII"},
			{Name: "otherwise", Type: String, Default: "fill", OneOf: []string{"fill", "keep"}, Doc: "what becomes of values in which nothing is found"},
		},
		Accepts: []Kind{Text},
		Keyed:   []Keyed{ByValue},
		probe:   func(Kind) Params { return Params{"find": "[a-z]+"} },
	}, func(r *rule) (*compiled, *ParamError) {
		find, err := regexp.Compile(r.params.text("find"))
		if err != nil {
			return nil, &ParamError{Param: "find", Msg: "is no regular expression: " + err.Error()}
		}
		with, fixed := r.params["with"].(string)
		if !isASCII(with) {
			return nil, &ParamError{Param: "with", Msg: "must be ASCII, which every server encoding holds"}
		}
		return &compiled{
			props: r.needs(byValue, Properties{PrivacyRank: 5}),
			start: func() Masker {
				return &replace{
					keyer: r.keyer(byValue, r.spec.Name), find: find, with: with, fixed: fixed, room: r.col.room(),
					keep: r.params.text("otherwise") == "keep", lex: r.lexicon(),
				}
			},
		}, nil
	})
}

type replace struct {
	keyer keyer
	find  *regexp.Regexp
	with  string
	fixed bool
	keep  bool
	room  int
	lex   *lexicon
}

func (m *replace) Append(dst []byte, in *Input) ([]byte, Outcome) {
	value := in.Value
	if m.keyer.col.Padded {
		value = trimPad(value)
	}
	at, from, found := len(dst), 0, false
	for _, span := range m.find.FindAllIndex(value, -1) {
		if span[0] == span[1] {
			continue
		}
		found = true
		dst = append(dst, value[from:span[0]]...)
		from = span[1]
		if m.fixed {
			dst = append(dst, m.with...)
		} else {
			dst = m.disguise(dst, value[span[0]:span[1]])
		}
	}
	switch {
	case !found && m.keep:
		return append(dst, value...), Kept
	case !found:
		d := m.keyer.draw(in)
		random := d.stream()
		chars, words := measure(value, m.keyer.col.Encoding == "SQL_ASCII")
		return m.lex.appendFiller(dst, &random, chars, words), Replaced
	}
	dst = append(dst, value[from:]...)
	if m.keyer.col.Encoding == "SQL_ASCII" {
		return dst[:min(len(dst), at+m.room)], Masked
	}
	return cutTail(dst, at, m.room), Masked
}

// disguise replaces letters and digits by others of their kind.
func (m *replace) disguise(dst, found []byte) []byte {
	d := m.keyer.drawBytes(found)
	random := d.stream()
	for _, c := range found {
		switch {
		case isDigit(c):
			c = '0' + byte(random.below(10))
		case c >= 'a' && c <= 'z':
			c = 'a' + byte(random.below(26))
		case c >= 'A' && c <= 'Z':
			c = 'A' + byte(random.below(26))
		case c >= 0xC0: // the first byte of a letter of another script
			c = 'X'
		case c >= 0x80:
			continue
		}
		dst = append(dst, c)
	}
	return dst
}
