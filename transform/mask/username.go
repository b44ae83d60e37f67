package mask

func usernameSpec() *Spec {
	return define(Spec{
		Name:    "username",
		Summary: "a user name made from the person's fake name",
		Doc: `Replaces a user name by the name that full_name gives the same subject and 15 characters that carry 75 bits
(` + "`emma.smith_k3jq…`" + `): user names of different subjects or values differ, as unique columns need. The real name does
not enter. In a shorter column the name is cut; below 15 characters the result is no longer unique.

With a domain it is keyed by the value: equal user names stay equal.`,
		Example: "login: username",
		Accepts: []Kind{Text},
		Keyed:   []Keyed{BySubject, ByValue},
		Locale:  true,
		Group:   "person",
	}, func(r *rule) (*compiled, *ParamError) {
		room := r.col.room()
		token := min(room, tokenChars)
		nameRoom := max(0, min(room-token-1, emailNameMax))
		props := Properties{MaxChars: token, PrivacyRank: 1}
		if nameRoom > 0 {
			props.MaxChars += 1 + nameRoom
		}
		if r.bind.Keyed == ByValue {
			props.PrivacyRank = 3
		}
		return &compiled{
			props: r.needsRecord(props, true),
			bits:  float64(5 * token),
			start: func() Masker {
				return &username{person: r.person(), nameRoom: nameRoom, token: token, perRow: r.bind.PerRow && r.bind.Keyed == BySubject}
			},
		}, nil
	})
}

type username struct {
	person
	nameRoom, token int
	perRow          bool
}

func (m *username) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.draw(in)
	at := len(dst)
	if m.nameRoom > 0 {
		if dst = m.appendSlug(dst, &d, m.nameRoom); len(dst) > at {
			dst = append(dst, '_')
		}
	}
	if m.perRow {
		d = m.keyer.rowDraw(in)
	}
	at = len(dst)
	dst = d.appendToken(dst)
	return dst[:at+m.token], Masked
}
