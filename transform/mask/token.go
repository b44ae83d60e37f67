package mask

import "math"

func tokenSpec() *Spec {
	return define(Spec{
		Name:    "token",
		Summary: "a secret that opens nothing, recognisable as one",
		Doc: `Replaces an API key, session id or reset token by random characters behind a prefix that shows at a glance that
it is no real one (` + "`masked_k3jq…`" + `). The real token does not enter; each row has its own, so unique columns are fine from 15
random characters on. In a char(n) column it has n characters, in a shorter column the prefix is left out first. With a
domain it is keyed by the value: equal tokens stay equal.

Tokens that programs check by their form may need another alphabet, length or prefix.`,
		Example: "api_key: { mask: token, prefix: sk_test_, length: 40 }",
		Params: []Param{
			{Name: "length", Type: Integer, Default: int64(0), Doc: "characters with the prefix, up to 255; 0 for 32, or as many as the column holds"},
			{Name: "prefix", Type: String, Default: "masked_", Doc: "what it begins with; ASCII, may be empty"},
			{Name: "alphabet", Type: String, Default: "base32", OneOf: []string{"base32", "hex", "digits"}, Doc: "what the rest is made of"},
		},
		Accepts: []Kind{Text, Bytea},
		Keyed:   []Keyed{BySubject, ByValue},
	}, func(r *rule) (*compiled, *ParamError) {
		if err := r.params.between("length", 0, 255); err != nil {
			return nil, err
		}
		prefix := r.params.text("prefix")
		if !isASCII(prefix) {
			return nil, &ParamError{Param: "prefix", Msg: "must be ASCII, which every server encoding holds"}
		}
		length := int(r.params.int("length"))
		if length > r.col.room() {
			err := r.tooShort(length)
			err.Param = "length"
			return nil, err
		}
		if length == 0 {
			length = min(32, r.col.room())
			if r.col.Padded && r.col.MaxChars > 0 && r.col.MaxChars <= 255 {
				length = r.col.MaxChars
			}
		}
		if length-len(prefix) < tokenChars {
			prefix = ""
		}
		alphabet := r.params.text("alphabet")
		random := length - len(prefix)
		props := r.needs(byRow, Properties{MaxChars: length, PrivacyRank: 1})
		if r.bind.Keyed == ByValue {
			props.PrivacyRank = 3
		}
		return &compiled{
			props: props,
			bits:  min(128, float64(random)*bitsPerChar(alphabet)), // the stream is seeded by 128 bits
			start: func() Masker {
				return &token{keyer: r.rowKeyer(), prefix: prefix, random: random, alphabet: alphabet}
			},
		}, nil
	})
}

func bitsPerChar(alphabet string) float64 {
	switch alphabet {
	case "hex":
		return 4
	case "digits":
		return math.Log2(10)
	}
	return 5
}

type token struct {
	keyer    keyer
	prefix   string
	random   int
	alphabet string
	scratch  []byte
}

func (m *token) Append(dst []byte, in *Input) ([]byte, Outcome) {
	if m.keyer.col.Kind == Bytea {
		m.scratch = m.append(m.scratch[:0], in)
		return appendBytea(dst, m.keyer.col.Wire, m.scratch), Masked
	}
	return m.append(dst, in), Masked
}

func (m *token) append(dst []byte, in *Input) []byte {
	d := m.keyer.draw(in)
	random := d.stream()
	dst = append(dst, m.prefix...)
	switch m.alphabet {
	case "hex":
		for n := m.random; n > 0; n -= 16 {
			w := random.next()
			for range min(n, 16) {
				dst = append(dst, hexLower[w>>60])
				w <<= 4
			}
		}
		return dst
	case "digits":
		return random.appendDigits(dst, m.random)
	}
	return random.appendBase32(dst, m.random)
}
