package mask

import "encoding/binary"

func uuidSpec() *Spec {
	return define(Spec{
		Name:    "uuid",
		Summary: "another UUID of the same version, one to one",
		Doc: `Permutes the 122 bits of a UUID that are not version and variant: different UUIDs stay different and equal ones
stay equal in all columns of the domain, so keys, references and joins work. It keeps version and variant, the spelling in
text columns (with or without hyphens, upper or lower case), and nothing else; the times inside versions 1, 6 and 7 are
lost, unless ` + "`keep_time`" + ` is set.

Only the key's holder can turn it back. Text that is no UUID becomes a version 4 one and is counted.`,
		Example: "public_id: { mask: uuid, domain: customer.public_id }",
		Params: []Param{
			{Name: "keep_time", Type: Boolean, Default: false, Doc: "leaves the millisecond in version 7 as it is, so that new rows still sort last; an exact time is a key into every log"},
		},
		Accepts: []Kind{UUID, Text},
		Keyed:   []Keyed{ByValue},
		// The hash of what cannot be parsed has 122 bits as well.
	}, func(r *rule) (*compiled, *ParamError) {
		if r.col.room() < uuidChars {
			return nil, r.tooShort(uuidChars)
		}
		keepTime := r.params.bool("keep_time")
		props := r.needs(byValue, Properties{
			Injective: true, Capacity: 1 << 122, MaxChars: uuidChars, KeepsLength: r.col.Kind == UUID, Reversible: true, PrivacyRank: 3,
		})
		if keepTime {
			props.Capacity, props.PrivacyRank = 1<<74, 4
		}
		return &compiled{
			props: props,
			start: func() Masker {
				m := &uuid{keyer: r.columnKeyer(), all: newFeistel(r.bind.Keys.derive(prpKey, r.domain(), "uuid"), 61, 61)}
				if keepTime {
					m.tail = newFeistel(r.bind.Keys.derive(prpKey, r.domain(), "uuid after time"), 37, 37)
				}
				return m
			},
		}, nil
	})
}

const uuidChars = 36

type uuid struct {
	keyer keyer
	all   *feistel
	tail  *feistel // version 7 whose time stays; else nil
}

func (m *uuid) Append(dst []byte, in *Input) ([]byte, Outcome) {
	if m.keyer.col.Kind == UUID {
		u, ok := readUUID(m.keyer.col.Wire, in.Value)
		if !ok {
			return m.replace(dst, in)
		}
		return appendUUID(dst, m.keyer.col.Wire, m.permute(u)), Masked
	}
	value := in.Value
	if m.keyer.col.Padded {
		value = trimPad(value)
	}
	u, ok := parseUUID(value)
	upper, oneCase := letterCase(value)
	if !ok || !oneCase {
		return m.replace(dst, in)
	}
	at := len(dst)
	dst = appendUUID(dst, TextWire, m.permute(u))
	if len(value) == 32 {
		dst = dst[:at+removeHyphens(dst[at:])]
	}
	if upper {
		for i, c := range dst[at:] {
			if isLetter(c) {
				dst[at+i] = c - ('a' - 'A')
			}
		}
	}
	return dst, Masked
}

// permute permutes all bits of u but version and variant. That these stay is
// what makes it one to one for every version together.
func (m *uuid) permute(u [16]byte) [16]byte {
	hi, lo := binary.BigEndian.Uint64(u[:8]), binary.BigEndian.Uint64(u[8:])
	time, version, a := hi>>16, hi>>12&15, hi&0xfff
	variant, b := lo>>62, lo&(1<<62-1)
	if m.tail != nil && version == 7 {
		l, r := m.tail.apply(a<<25|b>>37, b&(1<<37-1))
		a, b = l>>25, l<<37&(1<<62-1)|r
	} else {
		l, r := m.all.apply((time<<12|a)<<1|b>>61, b&(1<<61-1))
		b = l<<61&(1<<62-1) | r
		l >>= 1
		time, a = l>>12, l&0xfff
	}
	binary.BigEndian.PutUint64(u[:8], time<<16|version<<12|a)
	binary.BigEndian.PutUint64(u[8:], variant<<62|b)
	return u
}

func (m *uuid) replace(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.draw(in)
	return appendUUID(dst, m.keyer.wire(), randomUUID(d[1], d[2])), Replaced
}

// wire is the format in which a column's values are written that may be text.
func (k *keyer) wire() Wire {
	if k.col.Kind == Text {
		return TextWire
	}
	return k.col.Wire
}

// randomUUID is a version 4 UUID of two words.
func randomUUID(hi, lo uint64) (u [16]byte) {
	binary.BigEndian.PutUint64(u[:8], hi&^0xf000|0x4000)
	binary.BigEndian.PutUint64(u[8:], lo>>2|1<<63)
	return u
}

// letterCase tells whether letters are upper case, and whether all are alike.
func letterCase(v []byte) (upper, oneCase bool) {
	var up, low bool
	for _, c := range v {
		up = up || c >= 'A' && c <= 'Z'
		low = low || c >= 'a' && c <= 'z'
	}
	return up, !(up && low)
}

func removeHyphens(v []byte) int {
	n := 0
	for _, c := range v {
		if c != '-' {
			v[n] = c
			n++
		}
	}
	return n
}
