package mask

import (
	"encoding/binary"
	"fmt"
	"strings"
)

func compositeSpec() *Spec {
	return define(Spec{
		Name:    "composite",
		Summary: "the same composite value with each field masked by its own rule",
		Doc: `Masks the fields of a composite type, each by a rule of its own: any mask that takes the field's type, or
` + "`keep`" + `. Every field has to be named; a field that the type gains later stops the run. NULL fields stay NULL. Fields agree with other
columns of the same subject as columns of their own would. A value that cannot be read becomes one of NULLs and is counted.`,
		Example: "contact: { mask: composite, fields: { name: full_name, mail: email, age: keep } }",
		Params: []Param{
			{Name: "fields", Type: Rules, Required: true, Doc: "a rule for each field of the type"},
		},
		Accepts: []Kind{Composite},
		Keyed:   []Keyed{BySubject, ByValue},
	}, func(r *rule) (*compiled, *ParamError) {
		rules := map[string]*Sub{}
		for _, f := range r.params.rules("fields") {
			rules[f.Name] = f.Sub
		}
		var missing, known []string
		fields := make([]*compiled, len(r.col.Fields))
		props := Properties{NeedsValue: true}
		for i := range r.col.Fields {
			col := r.col.Fields[i]
			known = append(known, col.Name)
			sub := rules[col.Name]
			if sub == nil {
				missing = append(missing, col.Name)
				continue
			}
			delete(rules, col.Name)
			name := col.Name
			col.Table, col.Name, col.Encoding, col.Wire, col.Rows = r.col.Table, r.col.Name+"."+name, r.col.Encoding, r.col.Wire, r.col.Rows
			part, err := r.part(col, sub, "fields."+name)
			if err != nil {
				return nil, err
			}
			if part != nil && part.props.WritesNull && col.NotNull {
				return nil, &ParamError{Param: "fields." + name, Msg: "may write NULL, and the field's domain is NOT NULL"}
			}
			fields[i] = part
			props.take(part)
		}
		for name := range rules {
			return nil, &ParamError{Param: "fields." + name, Msg: fmt.Sprintf("the type has no field %s", name), Hint: "its fields are " + strings.Join(known, ", ")}
		}
		if len(missing) > 0 {
			return nil, &ParamError{Param: "fields", Msg: "these fields have no rule: " + strings.Join(missing, ", "), Hint: "give each a rule; keep passes a field through"}
		}
		col := r.col
		return &compiled{props: props, emptyToo: true, start: func() Masker {
			m := &compositeMask{col: &col, fields: make([]fieldMask, len(fields)), value: make([]byte, 0, spareBytes)}
			for i, f := range fields {
				if f != nil {
					m.fields[i] = fieldMask{f.New(), f.props.MasksNull}
				}
			}
			return m
		}}, nil
	})
}

type fieldMask struct {
	masker Masker // nil: kept
	nulls  bool   // it takes NULL
}

type compositeMask struct {
	col    *Column
	fields []fieldMask
	part   Input
	value  []byte
	masked []byte
	tally
}

func (m *compositeMask) Append(dst []byte, in *Input) ([]byte, Outcome) {
	m.tally = tally{}
	at := len(dst)
	var out []byte
	var outcome Outcome
	if m.col.Wire == BinaryWire {
		out, outcome = m.binary(dst, in)
	} else {
		out, outcome = m.text(dst, in)
	}
	if outcome == Replaced {
		return m.nulls(out[:at]), Replaced
	}
	return out, m.whole(outcome)
}

// nulls is a value whose fields are all NULL.
func (m *compositeMask) nulls(dst []byte) []byte {
	if m.col.Wire == BinaryWire {
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(m.fields)))
		for i := range m.fields {
			dst = appendField(binary.BigEndian.AppendUint32(dst, m.col.Fields[i].OID), nil, true)
		}
		return dst
	}
	dst = append(dst, '(')
	for range len(m.fields) - 1 {
		dst = append(dst, ',')
	}
	return append(dst, ')')
}

func (m *compositeMask) field(in *Input, i int, value []byte) (out []byte, null bool, outcome Outcome) {
	f := &m.fields[i]
	if f.masker == nil || value == nil && !f.nulls {
		return value, value == nil, Masked
	}
	m.part = *in
	m.part.Value = value
	m.masked, outcome = f.masker.Append(m.masked[:0], &m.part)
	if outcome = m.note(outcome); outcome == Null {
		return nil, true, Masked
	}
	return m.masked, false, outcome
}

// binary: how many fields, then of each its type and its value.
func (m *compositeMask) binary(dst []byte, in *Input) ([]byte, Outcome) {
	v := in.Value
	if len(v) < 4 || int(binary.BigEndian.Uint32(v)) != len(m.fields) {
		return dst, Replaced
	}
	dst, v = append(dst, v[:4]...), v[4:]
	for i := range m.fields {
		if len(v) < 4 {
			return dst, Replaced
		}
		dst = append(dst, v[:4]...)
		value, rest, ok := cutField(v[4:])
		if !ok {
			return dst, Replaced
		}
		v = rest
		out, null, outcome := m.field(in, i, value)
		if outcome != Masked {
			return dst, outcome
		}
		dst = appendField(dst, out, null)
	}
	if len(v) > 0 {
		return dst, Replaced
	}
	return dst, Masked
}

// text: fields within parentheses; one without any character is NULL.
func (m *compositeMask) text(dst []byte, in *Input) ([]byte, Outcome) {
	v := in.Value
	if len(v) < 2 || v[0] != '(' {
		return dst, Replaced
	}
	dst = append(dst, '(')
	at := 1
	for i := range m.fields {
		value, end, ok := m.read(v, at)
		last := i == len(m.fields)-1
		if !ok || (v[end] == ')') != last {
			return dst, Replaced
		}
		out, null, outcome := m.field(in, i, value)
		if outcome != Masked {
			return dst, outcome
		}
		if !null {
			dst = writeField(dst, out)
		}
		dst = append(dst, v[end])
		at = end + 1
	}
	if at != len(v) {
		return dst, Replaced
	}
	return dst, Masked
}

// read takes the quotes off the field at i and answers where it ends.
func (m *compositeMask) read(v []byte, i int) (value []byte, end int, ok bool) {
	m.value = m.value[:0]
	quoted, any := false, false
	for ; i < len(v); i++ {
		switch c := v[i]; {
		case c == '\\' && i+1 < len(v):
			i++
			m.value, any = append(m.value, v[i]), true
		case c == '"' && quoted && i+1 < len(v) && v[i+1] == '"':
			i++
			m.value = append(m.value, c)
		case c == '"':
			quoted, any = !quoted, true
		case !quoted && (c == ',' || c == ')'):
			if !any {
				return nil, i, true
			}
			return m.value, i, true
		default:
			m.value, any = append(m.value, c), true
		}
	}
	return nil, i, false
}

// writeField quotes a field where record_out would.
func writeField(dst, v []byte) []byte {
	plain := len(v) > 0
	for _, c := range v {
		if c == '"' || c == '\\' || c == '(' || c == ')' || c == ',' || isSpace(c) {
			plain = false
			break
		}
	}
	if plain {
		return append(dst, v...)
	}
	dst = append(dst, '"')
	for _, c := range v {
		if c == '"' || c == '\\' {
			dst = append(dst, c)
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}
