package mask

import "bytes"

// Addresses at example.com, .net and .org belong to nobody (RFC 2606). All
// three have the same length, so that what fits a column never depends on chance.
var emailHosts = [3]string{"@example.com", "@example.net", "@example.org"}

const (
	emailHostChars = len("@example.com")
	emailMin       = tokenChars + emailHostChars
	emailNameMax   = 64 - tokenChars - 1 // a local part has at most 64 characters
)

func emailSpec() *Spec {
	return define(Spec{
		Name:    "email",
		Summary: "an e-mail address at example.com, .net or .org",
		Doc: `Replaces an address by one that belongs to nobody, so that staging cannot write to a stranger. The local part
ends in 15 characters that carry 75 bits: addresses of different subjects or values differ, as unique columns need.

By subject, the default, it starts with the name that full_name gives the same person
(` + "`emma.smith.k3jq…@example.com`" + `) and the real address does not enter. With a domain it is keyed by the
value: equal addresses stay equal in all columns of the domain, so that joins work, and the address shows no name
(` + "`k3jq…@example.com`" + `). Addresses that differ only in case or in spaces around them then become addresses that
differ only in case: both ` + "`=`" + ` and ` + "`lower()`" + ` find the same rows as in production, but for one in 4,000 pairs of such
spellings that come out alike. A lower-case address stays lower-case, and so does everything in a case-insensitive column.

Needs 27 characters; in columns too short for the name, the name is cut.`,
		Example: "email: { mask: email, domain: person.email }",
		Params: []Param{
			{Name: "style", Type: String, Default: "auto", OneOf: []string{"auto", "name", "token"}, Doc: "`name` starts with a person's name, `token` shows none, `auto` is `name` by subject and `token` by value"},
		},
		Accepts: []Kind{Text},
		Keyed:   []Keyed{BySubject, ByValue},
		Group:   "person",
	}, func(r *rule) (*compiled, *ParamError) {
		room := r.col.room()
		if room < emailMin {
			return nil, r.tooShort(emailMin)
		}
		style := r.params.text("style")
		nameRoom := 0
		if style == "name" || style == "auto" && r.bind.Keyed == BySubject {
			nameRoom = max(0, min(room-emailMin-1, emailNameMax))
		}
		props := Properties{MaxChars: emailMin, PrivacyRank: 1}
		if nameRoom > 0 {
			props.MaxChars += 1 + nameRoom
		}
		if r.bind.Keyed == ByValue {
			props.PrivacyRank = 3
		}
		return &compiled{
			props: r.needsRecord(props, true),
			bits:  tokenBits,
			start: func() Masker {
				return &email{person: r.person(), nameRoom: nameRoom, byValue: r.bind.Keyed == ByValue, perRow: r.bind.PerRow}
			},
		}, nil
	})
}

type email struct {
	person
	nameRoom int
	byValue  bool
	perRow   bool
	folded   []byte
}

func (m *email) Append(dst []byte, in *Input) ([]byte, Outcome) {
	at := len(dst)
	if !m.byValue {
		d := m.keyer.draw(in)
		return m.append(dst, &d, in), Masked
	}
	canonical := in.Value
	if m.keyer.col.Padded {
		canonical = trimPad(canonical)
	}
	// In a column that ignores case only case is folded: blanks still tell its
	// values apart. Elsewhere the spelling comes back as case, below.
	exact := canonical
	if !m.keyer.col.FoldCase {
		canonical = trimSpace(canonical)
	}
	m.folded = appendLower(m.folded[:0], canonical)
	d := m.keyer.drawBytes(m.folded)
	dst = m.append(dst, &d, in)
	if !m.keyer.col.FoldCase && !bytes.Equal(m.folded, exact) {
		m.spell(dst[at:], exact)
	}
	return dst, Masked
}

func (m *email) append(dst []byte, d *draw, in *Input) []byte {
	at := len(dst)
	if m.nameRoom > 0 {
		if dst = m.appendSlug(dst, d, m.nameRoom); len(dst) > at {
			dst = append(dst, '.')
		}
	}
	host := emailHosts[below(d[3], uint64(len(emailHosts)))]
	if m.perRow && !m.byValue {
		row := m.keyer.rowDraw(in)
		d = &row
	}
	dst = d.appendToken(dst)
	return append(dst, host...)
}

// spell gives the local part the case of one spelling of the address. Its
// twelve letters or so make two such spellings come out alike once in some
// four thousand times.
func (m *email) spell(address, exact []byte) {
	local := address[:len(address)-emailHostChars]
	m.keyer.prf.begin('X')
	d := m.keyer.prf.draw(exact)
	bits, last, raised := d[0], -1, false
	for i, c := range local {
		if !isLetter(c) {
			continue
		}
		last = i
		if bits&1 != 0 {
			local[i] = c - ('a' - 'A')
			raised = true
		}
		bits >>= 1
	}
	if !raised && last >= 0 { // it must differ from the plain spelling
		local[last] -= 'a' - 'A'
	}
}
