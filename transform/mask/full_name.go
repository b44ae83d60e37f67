package mask

func fullNameSpec() *Spec {
	return define(Spec{
		Name:    "full_name",
		Summary: "a first and a last name",
		Doc: `Replaces a person's name by an American English one, drawn for the subject: first_name, last_name, email and
username of the same subject tell of the same fake person. The real name does not enter, so nothing is learned
from how often a fake name comes up. About 1.4 million different names; equal subjects stay equal, different ones
may share a name, as people do. In a column too short for both names the first one becomes an initial.

With a domain it is keyed by the value instead: equal names stay equal, which shows how frequent each is.`,
		Example: "full_name: full_name",
		Accepts: []Kind{Text},
		Keyed:   []Keyed{BySubject, ByValue},
		Locale:  true,
		Group:   "person",
	}, func(r *rule) (*compiled, *ParamError) {
		lex := r.lexicon()
		return &compiled{
			props: r.needsRecord(Properties{
				Capacity:    float64(len(lex.first)) * float64(len(lex.last)),
				MaxChars:    min(r.col.room(), longest(lex.first)+1+longest(lex.last)),
				PrivacyRank: r.labelRank(),
			}, false),
			start: func() Masker { return &fullName{r.person()} },
		}, nil
	})
}

type fullName struct{ person }

func (m *fullName) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.half(in)
	first, last := m.lex.first[m.first(&d)], m.lex.last[m.last(&d)]
	if len(first)+1+len(last) <= m.room {
		dst = append(dst, first...)
		dst = append(dst, ' ')
		return append(dst, last...), Masked
	}
	const initial = 3 // "E. "
	if m.room <= initial {
		return append(dst, cut(first, m.room)...), Masked
	}
	dst = append(dst, cut(first, 1)...)
	dst = append(dst, ". "...)
	return append(dst, cut(last, m.room-initial)...), Masked
}

// labelRank is how much a drawn label tells: nothing when it is the subject's,
// the frequency of the real value when it is the value's.
func (r *rule) labelRank() int {
	if r.bind.Keyed == ByValue {
		return 4
	}
	return 1
}

// longest is the length in bytes, at least that in characters, of the longest label.
func longest(labels []string) int {
	n := 0
	for _, s := range labels {
		n = max(n, len(s))
	}
	return n
}
