package mask

func pseudonymSpec() *Spec {
	return define(Spec{
		Name:    "pseudonym",
		Summary: "a keyed token in place of the value",
		Doc: `Replaces a value by a token computed from it with the key: equal values stay equal in all columns of the domain,
so joins on external ids, user names or codes work, and different ones stay different, which is proven from the token's
length and the number of rows in unique columns. Text and bytea receive base32 characters, uuid columns a version 4 UUID.
It keeps how often each value occurs. Without the key it cannot be computed, forwards or backwards.

Columns of one domain need the same length and the same idea of upper and lower case.

Do: use it for natural keys.
Don't: use it where there are few different values; their frequencies give them away.`,
		Example: "external_ref: { mask: pseudonym, domain: partner.ref }",
		Params: []Param{
			{Name: "length", Type: Integer, Default: int64(16), Doc: "characters of the token, 5 bits each, from 4 to 48; bytea: bytes"},
			{Name: "keep_prefix", Type: Boolean, Default: false, Doc: "keeps up to 8 letters before the first `_`, `-` or `:`, as in `cus_…`"},
		},
		Accepts: []Kind{Text, UUID, Bytea},
		Keyed:   []Keyed{ByValue},
	}, func(r *rule) (*compiled, *ParamError) {
		if err := r.params.between("length", 4, 48); err != nil {
			return nil, err
		}
		length := int(r.params.int("length"))
		keepPrefix := r.params.bool("keep_prefix") && r.col.Kind == Text
		need := length
		if keepPrefix {
			need += prefixMax + 1
		}
		if need > r.col.room() {
			err := r.tooShort(need)
			err.Param, err.Hint = "length", "a shorter length may do: 15 characters keep 10^8 values apart"
			return nil, err
		}
		props := r.needs(byValue, Properties{MaxChars: need, PrivacyRank: 3})
		bits := float64(min(5*length, 240))
		if r.col.Kind == UUID {
			props.MaxChars, bits = uuidChars, 122
		}
		if keepPrefix {
			props.PrivacyRank = 4
		}
		return &compiled{
			props: props,
			bits:  bits,
			start: func() Masker {
				return &pseudonym{keyer: r.columnKeyer(), length: length, keepPrefix: keepPrefix}
			},
		}, nil
	})
}

// prefixMax is the longest prefix that can be a kind of id rather than a part of it.
const prefixMax = 8

type pseudonym struct {
	keyer      keyer
	length     int
	keepPrefix bool
	token      []byte
}

func (m *pseudonym) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.draw(in)
	switch m.keyer.col.Kind {
	case UUID:
		return appendUUID(dst, m.keyer.col.Wire, randomUUID(d[1], d[2])), Masked
	case Bytea:
		m.token = d.appendBase32(m.token[:0], m.length)
		return appendBytea(dst, m.keyer.col.Wire, m.token), Masked
	}
	if m.keepPrefix {
		dst = append(dst, idPrefix(in.Value)...)
	}
	return d.appendBase32(dst, m.length), Masked
}

// idPrefix is the part up to a separator that names the kind of an id.
func idPrefix(v []byte) []byte {
	for i, c := range v {
		switch {
		case (c == '_' || c == '-' || c == ':') && i > 0:
			return v[:i+1]
		case !isLetter(c) || i == prefixMax:
			return nil
		}
	}
	return nil
}

// appendBase32 appends up to 48 characters, 60 bits of each word.
func (d *draw) appendBase32(dst []byte, n int) []byte {
	for i := 0; n > 0; i++ {
		w := d[i]
		for range min(n, 12) {
			dst = append(dst, base32[w>>59])
			w <<= 5
		}
		n -= 12
	}
	return dst
}
