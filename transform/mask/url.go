package mask

const urlBase = "https://example.com/"

func urlSpec() *Spec {
	return define(Spec{
		Name:    "url",
		Summary: "a URL at example.com",
		Doc: `Replaces a URL by one at a host that belongs to nobody (` + "`https://example.com/k3jq…`" + `). The path carries 75
bits: URLs of different subjects or values differ, as unique columns need; in columns of fewer than 35 characters
it is cut, below 20 nothing fits. The real URL does not enter when keyed by subject. With a domain it is keyed by the value:
equal URLs stay equal.`,
		Example: "avatar_url: url",
		Accepts: []Kind{Text},
		Keyed:   []Keyed{BySubject, ByValue},
	}, func(r *rule) (*compiled, *ParamError) {
		room := r.col.room()
		if room < len(urlBase) {
			return nil, r.tooShort(len(urlBase))
		}
		token := min(tokenChars, room-len(urlBase))
		props := r.needs(bySubject, Properties{MaxChars: len(urlBase) + token, PrivacyRank: 1})
		if r.bind.Keyed == ByValue {
			props.PrivacyRank = 3
		}
		return &compiled{
			props: props,
			bits:  float64(5 * token),
			start: func() Masker { return &urlMask{keyer: r.columnKeyer(), token: token} },
		}, nil
	})
}

type urlMask struct {
	keyer keyer
	token int
}

func (m *urlMask) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.draw(in)
	dst = append(dst, urlBase...)
	at := len(dst)
	return d.appendToken(dst)[:at+m.token], Masked
}
