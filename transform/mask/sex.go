package mask

func sexSpec() *Spec {
	return define(Spec{
		Name:    "sex",
		Summary: "the sex of the subject's fake person",
		Doc: `Writes the sex that the first name goes with which first_name and full_name give the same subject, male or female; a name
that both bear goes either way. The real sex does not enter. Text receives the locale's word, its first letter where the column has less
than six characters, or what ` + "`male`" + ` and ` + "`female`" + ` say; an integer 1 and 2 as in ISO 5218; a boolean whether it is a man; an
enum the labels that say so in English or in the locale's language.`,
		Example: "gender: { mask: sex, male: m, female: w }",
		Params: []Param{
			{Name: "male", Type: String, Doc: "what stands for a man"},
			{Name: "female", Type: String, Doc: "what stands for a woman"},
		},
		Accepts: []Kind{Text, Enum, Int, Bool},
		Keyed:   []Keyed{BySubject},
		Locale:  true,
		Group:   "person",
	}, func(r *rule) (*compiled, *ParamError) {
		m := sexMask{}
		lex := r.lexicon()
		words := [2][]string{{lex.sexes[male], "male", "m", "man"}, {lex.sexes[female], "female", "f", "w", "woman"}}
		if lex.locale != nil {
			words[male] = append(words[male], slug(transliterate(lex.locale.sexes[male])[:1]))
			words[female] = append(words[female], slug(transliterate(lex.locale.sexes[female])[:1]))
		}
		for i, name := range [2]string{"male", "female"} {
			given := r.params.text(name)
			switch {
			case r.col.Kind == Bool:
				m.text[i] = string(appendBool(nil, r.col.Wire, i == 0))
			case r.col.Kind == Int:
				n := int64(i + 1)
				if r.params.has(name) {
					var ok bool
					if n, ok = parseInt([]byte(given)); !ok {
						return nil, &ParamError{Param: name, Msg: "must be a whole number for an integer column"}
					}
				}
				m.text[i] = string(appendInt(nil, &r.col, n))
			case r.col.Kind == Enum && r.params.has(name):
				if m.text[i] = given; !isOneOf(given, r.col.Labels) {
					return nil, &ParamError{Param: name, Msg: "is no label of the enum"}
				}
			case r.col.Kind == Enum:
				if m.text[i] = labelLike(r.col.Labels, words[i]...); m.text[i] == "" {
					return nil, &ParamError{Msg: "the enum has no label for " + name, Hint: "name the labels: { mask: sex, male: …, female: … }"}
				}
			case r.params.has(name):
				if m.text[i] = given; charsIn(given) > r.col.room() {
					return nil, &ParamError{Param: name, Msg: "is longer than the column"}
				}
			case r.col.room() < charsIn(words[i][0]) || r.col.room() < len("female"):
				m.text[i] = cut(words[i][0], 1)
			default:
				m.text[i] = words[i][0]
			}
		}
		return &compiled{
			props: r.needsRecord(Properties{Capacity: 2, MaxChars: max(len(m.text[0]), len(m.text[1])), PrivacyRank: 1}, false),
			start: func() Masker { m := m; m.person = r.person(); return &m },
		}, nil
	})
}

func isOneOf(s string, list []string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

func charsIn(s string) int { return runes([]byte(s)) }

type sexMask struct {
	person
	text [2]string
}

func (m *sexMask) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.half(in)
	return append(dst, m.text[m.sex(&d)]...), Masked
}
