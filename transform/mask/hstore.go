package mask

import "encoding/binary"

func hstoreSpec() *Spec {
	return define(Spec{
		Name:    "hstore",
		Summary: "the same keys with every value masked that is not on a list",
		Doc: `Keeps how many pairs an hstore has, their keys, and which values are NULL. Every other value is replaced by its
looks as ` + "`json`" + ` does it, unless its key is in ` + "`keep`" + ` or has a rule in ` + "`values`" + `, which may be any mask for text.

Keys that look like data (e-mail addresses, UUIDs, long numbers, anything with blanks) become tokens; ` + "`keys: mask`" + ` masks all
that no list names, ` + "`keys: keep`" + ` none. An hstore that cannot be read becomes an empty one and is counted.`,
		Example: "attributes: { mask: hstore, keep: [theme], values: { contact: email } }",
		Params: []Param{
			{Name: "keep", Type: Strings, Doc: "keys whose values are kept"},
			{Name: "values", Type: Rules, Doc: "rules for the values of single keys"},
			{Name: "classes", Type: Rules, Doc: "rules for all other values by what they look like, as in json"},
			{Name: "keys", Type: String, Default: "auto", OneOf: []string{"auto", "keep", "mask"}, Doc: "what happens to keys"},
			{Name: "days", Type: Integer, Default: int64(30), Doc: "the largest offset of dates, as in shift_date"},
		},
		Accepts: []Kind{Hstore},
		Keyed:   []Keyed{BySubject, ByValue},
	}, func(r *rule) (*compiled, *ParamError) {
		if err := r.params.between("days", 1, maxShiftDays); err != nil {
			return nil, err
		}
		props := r.needs(byRow, Properties{NeedsValue: true, PrivacyRank: 2})
		props.NeedsSubject = r.bind.Keyed == BySubject && r.bind.Subject != ""
		if r.bind.Keyed == ByValue {
			props.PrivacyRank = 3
		}
		rules, err := r.leafRules("classes", &props)
		if err != nil {
			return nil, err
		}
		named := map[string]int{}
		for _, key := range r.params.strings("keep") {
			named[key] = keepRule
			props.PrivacyRank = max(props.PrivacyRank, 4)
		}
		for _, v := range r.params.rules("values") {
			if _, twice := named[v.Name]; twice {
				return nil, &ParamError{Param: "values." + v.Name, Msg: "this key is in keep, too"}
			}
			if named[v.Name], err = rules.add(r, "values."+v.Name, r.col.Name+"."+v.Name, v.Sub, &props); err != nil {
				return nil, err
			}
		}
		return &compiled{props: props, start: func() Masker {
			return &hstoreMask{leaves: r.leaves(rules), named: named, name: make([]byte, 0, spareBytes), value: make([]byte, 0, spareBytes)}
		}}, nil
	})
}

type hstoreMask struct {
	leaves
	named map[string]int
	name  []byte // a key without quotes
	value []byte // a value without quotes
	made  []byte // what replaces either; dst of leaves while it is made
}

func (m *hstoreMask) Append(dst []byte, in *Input) ([]byte, Outcome) {
	m.begin(nil, in)
	out, ok := dst, false
	if m.keyer.col.Wire == BinaryWire {
		out, ok = m.binary(dst, in.Value)
	} else {
		out, ok = m.text(dst, in.Value)
	}
	m.in = nil
	switch {
	case m.failed != Masked:
		return dst, m.failed
	case ok && !m.touched:
		return out, Kept
	case ok:
		return out, Masked
	case m.keyer.col.Wire == BinaryWire:
		return append(out[:len(dst)], 0, 0, 0, 0), Replaced
	}
	return out[:len(dst)], Replaced
}

// key is what stands for a key, valid until the next one.
func (m *hstoreMask) key(v []byte) (out []byte, rule int) {
	rule, ok := m.named[string(v)]
	if !ok {
		rule = noRule
	}
	if ok || m.keys == "keep" || m.keys == "auto" && !looksLikeData(v) {
		return v, rule
	}
	m.dst = m.made[:0]
	m.maskKey(v)
	m.made = m.dst
	return m.made, rule
}

// leaf is what stands for a value, valid until the next key.
func (m *hstoreMask) leaf(v []byte, rule int) (out []byte, null bool) {
	if rule == noRule && m.rules.classes {
		rule = m.rules.byShape[shapeOf(v)]
	}
	switch {
	case len(v) == 0 || rule == keepRule:
		return v, v == nil
	case rule != noRule && m.subs[rule].text != nil:
		return m.sub(m.subs[rule].text, &m.subs[rule], v)
	}
	m.dst = m.made[:0]
	m.maskString(v, false)
	m.made = m.dst
	return m.made, false
}

// binary: how many pairs, then of each its key and its value.
func (m *hstoreMask) binary(dst, v []byte) ([]byte, bool) {
	if len(v) < 4 {
		return dst, false
	}
	dst, v = append(dst, v[:4]...), v[4:]
	for len(v) > 0 {
		key, rest, ok := cutField(v)
		if !ok || key == nil {
			return dst, false
		}
		value, rest, ok := cutField(rest)
		if !ok {
			return dst, false
		}
		v = rest
		out, rule := m.key(key)
		dst = append(binary.BigEndian.AppendUint32(dst, uint32(len(out))), out...)
		out, null := m.leaf(value, rule)
		dst = appendField(dst, out, null)
	}
	return dst, true
}

// text: "key"=>"value", "other"=>NULL
func (m *hstoreMask) text(dst, v []byte) ([]byte, bool) {
	for i := 0; i < len(v); {
		var ok bool
		if m.name, i, ok = readQuoted(m.name[:0], v, i); !ok || i+2 > len(v) || v[i] != '=' || v[i+1] != '>' {
			return dst, false
		}
		i += 2
		var value []byte
		if i+4 <= len(v) && isNULL(v[i:i+4]) {
			i += 4
		} else {
			if m.value, i, ok = readQuoted(m.value[:0], v, i); !ok {
				return dst, false
			}
			value = m.value
		}
		out, rule := m.key(m.name)
		dst = append(appendQuoted(dst, out), '=', '>')
		if out, null := m.leaf(value, rule); null {
			dst = append(dst, "NULL"...)
		} else {
			dst = appendQuoted(dst, out)
		}
		if i == len(v) {
			return dst, true
		}
		if i+2 >= len(v) || v[i] != ',' || v[i+1] != ' ' {
			return dst, false
		}
		dst = append(dst, ',', ' ')
		i += 2
	}
	return dst, true
}

// readQuoted reads a text in double quotes at i and answers where it ends.
func readQuoted(dst, v []byte, i int) ([]byte, int, bool) {
	if i >= len(v) || v[i] != '"' {
		return dst, i, false
	}
	for i++; i < len(v); i++ {
		switch {
		case v[i] == '"':
			return dst, i + 1, true
		case v[i] == '\\' && i+1 < len(v):
			i++
		}
		dst = append(dst, v[i])
	}
	return dst, i, false
}

func appendQuoted(dst, v []byte) []byte {
	dst = append(dst, '"')
	for _, c := range v {
		if c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}
