package mask

func hostnameSpec() *Spec {
	return define(Spec{
		Name:    "hostname",
		Summary: "a host name below example.com",
		Doc: `Replaces a host or domain name by one that belongs to nobody: 15 characters that carry 75 bits, below example.com, .net or .org,
or without a domain where the column is shorter than 27 characters. The real name does not enter unless a domain is given: then equal names, whatever their case, stay equal.
Different subjects or values get different hosts.`,
		Example: "server: hostname",
		Accepts: []Kind{Text},
		Keyed:   []Keyed{BySubject, ByValue},
	}, func(r *rule) (*compiled, *ParamError) {
		room := r.col.room()
		if room < tokenChars {
			return nil, r.tooShort(tokenChars)
		}
		m := hostname{domain: room >= emailMin, byValue: r.bind.Keyed == ByValue}
		chars := tokenChars
		if m.domain {
			chars = emailMin
		}
		return &compiled{
			props: r.needs(bySubject, Properties{MaxChars: chars, PrivacyRank: r.identifierRank()}),
			bits:  tokenBits,
			start: func() Masker { m := m; m.keyer = r.columnKeyer(); return &m },
		}, nil
	})
}

type hostname struct {
	keyer   keyer
	domain  bool
	byValue bool
	folded  []byte
}

func (m *hostname) Append(dst []byte, in *Input) ([]byte, Outcome) {
	var d draw
	if m.byValue {
		value := in.Value
		if m.keyer.col.Padded {
			value = trimPad(value)
		}
		m.folded = appendLower(m.folded[:0], value)
		d = m.keyer.drawBytes(m.folded)
	} else {
		d = m.keyer.draw(in)
	}
	dst = d.appendToken(dst)
	if !m.domain {
		return dst, Masked
	}
	host := emailHosts[below(d[3], uint64(len(emailHosts)))]
	dst = append(dst, '.')
	return append(dst, host[1:]...), Masked
}
