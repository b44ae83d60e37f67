package mask

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxJSONDepth bounds the recursion; PostgreSQL's own limit is of that order.
const maxJSONDepth = 1000

func jsonSpec() *Spec {
	return define(Spec{
		Name:    "json",
		Summary: "the same JSON structure with every value masked that is not on a list",
		Doc: `Keeps the structure of a JSON document: objects, arrays, their order, nulls, duplicate keys, blanks. Every other
value is replaced unless a path of ` + "`keep`" + ` names it:

- e-mail addresses, URLs, UUIDs, IP and MAC addresses and phone numbers become others of the reserved ranges,
- ISO dates and times are shifted by the subject's offset, as shift_date does,
- numbers, also those in strings, keep sign and number of digits; true and false are drawn,
- any other string becomes filler of the same number of characters and words, or a token of the same length.

Paths: ` + "`$.a.b`" + ` names the value at b, ` + "`$.items[*].sku`" + ` one in every element, ` + "`$.*`" + ` every value directly in the
document, ` + "`$[\"a name\"]`" + ` a key with blanks, ` + "`$.prefs.**`" + ` all that lies below. A path to an object or an array keeps nothing
below it without ` + "`.**`" + `.

Keys are kept where they look like names of fields. With ` + "`keys: auto`" + ` keys that look like data (e-mail addresses, UUIDs,
numbers of more than three digits, dates, anything with blanks) become tokens, equal ones in a document equal ones; ` + "`mask`" + ` masks
all that no path names, ` + "`keep`" + ` none.

` + "`paths`" + ` gives the values at some paths a rule of their own, any mask for text, numbers or booleans with its parameters and
domain: ` + "`{$.customer.email: { mask: email, domain: person.email }, $.items[*].buyer: full_name, $.score: { mask: noise }}`" + `.
The first path that leads to a value decides; those of ` + "`keep`" + ` come last. Keyed by subject, such values agree with the subject's other
columns; those in the second and later elements of an array are other people's, the same ones within an element. A value that the mask does not take
(a number under ` + "`email`" + `) is replaced as above. ` + "`classes`" + ` changes what happens to all other values by their looks:
` + "`{email: { mask: email, domain: person.email }, number: keep, text: redact}`" + `.

Each row draws its own values; with a domain, equal documents become equal ones. Text that is no JSON, and JSON deeper than
1,000 levels, becomes {} and is counted.`,
		Example: "settings: { mask: json, keep: [$.theme, $.locale, \"$.items[*].sku\"] }",
		Params: []Param{
			{Name: "keep", Type: Strings, Doc: "paths of the values to keep"},
			{Name: "paths", Type: Rules, Doc: "rules for the values at paths: {$.customer.email: email}"},
			{Name: "classes", Type: Rules, Doc: "rules for all other values by what they look like: " + strings.Join(leafClasses[:], ", ")},
			{Name: "keys", Type: String, Default: "auto", OneOf: []string{"auto", "keep", "mask"}, Doc: "what happens to objects' keys"},
			{Name: "days", Type: Integer, Default: int64(30), Doc: "the largest offset of dates, as in shift_date"},
		},
		Accepts: []Kind{JSON, JSONB, Text},
		Keyed:   []Keyed{BySubject, ByValue},
	}, func(r *rule) (*compiled, *ParamError) {
		if err := r.params.between("days", 1, maxShiftDays); err != nil {
			return nil, err
		}
		if r.col.room() < len("{}") {
			return nil, r.tooShort(len("{}"))
		}
		props := r.needs(byRow, Properties{NeedsValue: true, PrivacyRank: 2})
		props.NeedsSubject = r.bind.Keyed == BySubject && r.bind.Subject != "" // for the dates
		if r.bind.Keyed == ByValue {
			props.PrivacyRank = 3
		}
		leaves, err := r.leafRules("classes", &props)
		if err != nil {
			return nil, err
		}
		var paths []jsonPath
		add := func(param, path string, rule int) *ParamError {
			p, err := parseJSONPath(path)
			if err != nil {
				return &ParamError{Param: param, Msg: err.Error(), Hint: "paths look like $.a.b, $.items[*].sku, $[\"a name\"], $.* or $.prefs.**"}
			}
			p.rule = rule
			paths = append(paths, p)
			return nil
		}
		for _, at := range r.params.rules("paths") {
			rule, err := leaves.add(r, "paths."+at.Name, r.col.Name+at.Name, at.Sub, &props)
			if err != nil {
				return nil, err
			}
			if err := add("paths."+at.Name, at.Name, rule); err != nil {
				return nil, err
			}
		}
		for _, path := range r.params.strings("keep") {
			if err := add("keep", path, keepRule); err != nil {
				return nil, err
			}
		}
		if len(r.params.strings("keep")) > 0 {
			props.PrivacyRank = max(props.PrivacyRank, 4)
		}
		return &compiled{props: props, start: func() Masker {
			m := &jsonMask{leaves: r.leaves(leaves), paths: paths}
			for i := range paths {
				m.active = append(m.active, i)
			}
			return m
		}}, nil
	})
}

// jsonbVersion begins every jsonb value of the binary format.
const jsonbVersion = 1

func appendJSONB(dst []byte, c *Column, doc string) []byte {
	if c.Kind == JSONB && c.Wire == BinaryWire {
		dst = append(dst, jsonbVersion)
	}
	return append(dst, doc...)
}

type jsonMask struct {
	leaves
	paths []jsonPath

	// One document: scanned in src up to where a method says, copied to dst up to from.
	src  []byte
	from int

	active []int // a stack of sets of paths that lead to the value at hand
	name   []byte
}

func (m *jsonMask) Append(dst []byte, in *Input) ([]byte, Outcome) {
	m.begin(dst, in)
	m.src, m.from = in.Value, 0
	at, start := len(dst), 0
	if m.keyer.col.Kind == JSONB && m.keyer.col.Wire == BinaryWire {
		if len(m.src) == 0 || m.src[0] != jsonbVersion {
			return m.invalid(at)
		}
		start = 1
	}
	set := frame{0, len(m.paths)}
	i, ok := m.value(m.space(start), 0, set, m.subtreeRule(set, 0))
	if i = m.space(i); !ok || i != len(m.src) {
		return m.invalid(at)
	}
	if m.failed != Masked {
		outcome := m.failed
		m.in, m.src, m.dst = nil, nil, nil
		return dst, outcome
	}
	outcome := Masked
	if m.from == 0 && len(m.dst) == at {
		outcome = Kept // nothing was replaced: no leaf, or all are on paths to keep
	}
	m.flush(i)
	dst, m.in, m.src, m.dst = m.dst, nil, nil, nil
	if m.keyer.col.Kind == Text && len(dst)-at > m.room && runes(dst[at:]) > m.room {
		return append(dst[:at], "{}"...), Replaced
	}
	return dst, outcome
}

func (m *jsonMask) invalid(at int) ([]byte, Outcome) {
	dst := appendJSONB(m.dst[:at], m.keyer.col, "{}")
	m.in, m.src, m.dst = nil, nil, nil
	m.active, m.place = m.active[:len(m.paths)], 0
	return dst, Replaced
}

func runes(v []byte) int {
	n, _ := measure(v, false)
	return n
}

// flush copies the source up to i.
func (m *jsonMask) flush(i int) {
	m.dst = append(m.dst, m.src[m.from:i]...)
	m.from = i
}

// stringLeaf masks the string between its quotes at i and before end.
func (m *jsonMask) stringLeaf(i, end int, escaped bool, rule int) {
	v := m.src[i+1 : end-1]
	if rule == noRule && m.rules.classes && !escaped {
		rule = m.rules.byShape[shapeOf(v)]
	}
	switch {
	case rule == keepRule:
		return
	case rule == noRule || m.subs[rule].text == nil:
		m.flush(i + 1)
		m.maskString(v, escaped)
		m.from = end - 1
		return
	}
	if escaped {
		m.name = appendUnescaped(m.name[:0], v)
		v = m.name
	}
	m.flush(i)
	if out, null := m.sub(m.subs[rule].text, &m.subs[rule], v); null {
		m.dst = append(m.dst, "null"...)
	} else {
		m.dst = append(appendJSONText(append(m.dst, '"'), out), '"')
	}
	m.from = end
}

func (m *jsonMask) numberLeaf(i, end, rule int) {
	if rule == noRule {
		rule = m.rules.number
	}
	if rule == keepRule {
		return
	}
	m.flush(i)
	m.from = end
	if rule == noRule || m.subs[rule].number == nil {
		m.maskNumber(m.src[i:end])
		return
	}
	switch out, null := m.sub(m.subs[rule].number, &m.subs[rule], m.src[i:end]); {
	case null:
		m.dst = append(m.dst, "null"...)
	case len(out) > 0 && isDigit(out[len(out)-1]):
		m.dst = append(m.dst, out...)
	default: // NaN and Infinity are no JSON
		m.dst = append(m.dst, '0')
	}
}

func (m *jsonMask) booleanLeaf(i, end, rule int) {
	if rule == noRule {
		rule = m.rules.boolean
	}
	if rule == keepRule {
		return
	}
	m.flush(i)
	m.from = end
	if rule == noRule || m.subs[rule].boolean == nil {
		m.dst = append(m.dst, [...]string{"false", "true"}[m.random.next()>>63]...)
		return
	}
	switch out, null := m.sub(m.subs[rule].boolean, &m.subs[rule], m.src[i:i+1]); {
	case null:
		m.dst = append(m.dst, "null"...)
	case len(out) > 0 && out[0] == 't':
		m.dst = append(m.dst, "true"...)
	default:
		m.dst = append(m.dst, "false"...)
	}
}

// appendUnescaped appends the text of a string that the scanner has found to be
// well-formed. Half a surrogate pair becomes U+FFFD.
func appendUnescaped(dst, v []byte) []byte {
	for i := 0; i < len(v); i++ {
		if v[i] != '\\' {
			dst = append(dst, v[i])
			continue
		}
		i++
		switch c := v[i]; c {
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r := hex4(v[i+1:])
			i += 4
			if utf16.IsSurrogate(r) && i+6 < len(v) && v[i+1] == '\\' && v[i+2] == 'u' {
				if pair := utf16.DecodeRune(r, hex4(v[i+3:])); pair != utf8.RuneError {
					r = pair
					i += 6
				}
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func hex4(v []byte) rune {
	var r rune
	for _, c := range v[:4] {
		r = r<<4 | rune(hexDigit(c))
	}
	return r
}

// appendJSONText appends text as the contents of a JSON string.
func appendJSONText(dst, v []byte) []byte {
	for _, c := range v {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hexLower[c>>4], hexLower[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

// measureEscaped counts the characters and words of a string with escapes.
func measureEscaped(v []byte) (chars, words int) {
	inWord := false
	for i := 0; i < len(v); i++ {
		c := v[i]
		blank := isSpace(c)
		switch {
		case c == '\\' && v[i+1] == 'u':
			i += 5
			// The second half of a surrogate pair is no character of its own.
			if h := lower(v[i-2]); lower(v[i-3]) == 'd' && h >= 'c' && h <= 'f' {
				continue
			}
		case c == '\\':
			i++
			blank = v[i] == 'n' || v[i] == 't' || v[i] == 'r'
		case c&0xC0 == 0x80:
			continue
		}
		chars++
		if blank {
			inWord = false
		} else if !inWord {
			inWord = true
			words++
		}
	}
	return chars, words
}
