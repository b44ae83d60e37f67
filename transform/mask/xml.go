package mask

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

func xmlSpec() *Spec {
	return define(Spec{
		Name:    "xml",
		Summary: "the same XML elements with all text and attributes masked that are not on a list",
		Doc: `Keeps the elements of an XML document or fragment, their order, names of attributes, namespaces and blanks
between elements. All text, CDATA and values of attributes are replaced by their looks as ` + "`json`" + ` does it, unless a path of ` + "`keep`" + `
names them or ` + "`paths`" + ` has a rule for them, which may be any mask for text. Comments, processing instructions and document type
definitions are left out.

Paths: ` + "`/order/buyer`" + ` is the text directly in that element, ` + "`//email`" + ` that of every such element, ` + "`/order/@id`" + ` an attribute, ` + "`//@id`" + ` it
wherever it is, ` + "`/order/*/name`" + ` any element between, ` + "`//address/**`" + ` all that an element holds. A name without a prefix means that name in every
namespace. The first path that leads to a text decides; those of ` + "`keep`" + ` come last.

Text that is no XML, or uses entities of its own, becomes an empty element and is counted.`,
		Example: "payload: { mask: xml, keep: [/order/@currency], paths: { //email: email } }",
		Params: []Param{
			{Name: "keep", Type: Strings, Doc: "paths of the text to keep"},
			{Name: "paths", Type: Rules, Doc: "rules for the text at paths"},
			{Name: "classes", Type: Rules, Doc: "rules for all other text by what it looks like, as in json"},
			{Name: "days", Type: Integer, Default: int64(30), Doc: "the largest offset of dates, as in shift_date"},
		},
		Accepts: []Kind{XML, Text},
		Keyed:   []Keyed{BySubject, ByValue},
	}, func(r *rule) (*compiled, *ParamError) {
		if err := r.params.between("days", 1, maxShiftDays); err != nil {
			return nil, err
		}
		if r.col.room() < len(xmlNeutral) {
			return nil, r.tooShort(len(xmlNeutral))
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
		var paths []xmlPath
		add := func(param, path string, rule int) *ParamError {
			p, err := parseXMLPath(path)
			if err != nil {
				return &ParamError{Param: param, Msg: err.Error(), Hint: "paths look like /order/buyer, //email, /order/@id or //address/**"}
			}
			p.rule = rule
			paths = append(paths, p)
			return nil
		}
		for _, at := range r.params.rules("paths") {
			rule, err := rules.add(r, "paths."+at.Name, r.col.Name+at.Name, at.Sub, &props)
			if err == nil {
				err = add("paths."+at.Name, at.Name, rule)
			}
			if err != nil {
				return nil, err
			}
		}
		for _, path := range r.params.strings("keep") {
			if err := add("keep", path, keepRule); err != nil {
				return nil, err
			}
			props.PrivacyRank = max(props.PrivacyRank, 4)
		}
		return &compiled{props: props, start: func() Masker {
			return &xmlMask{leaves: r.leaves(rules), paths: paths}
		}}, nil
	})
}

const xmlNeutral = "<redacted/>"

type xmlMask struct {
	leaves
	paths []xmlPath
	stack [][]byte // names of the elements around
	value []byte   // text without entities
}

func (m *xmlMask) Append(dst []byte, in *Input) ([]byte, Outcome) {
	m.begin(dst, in)
	m.stack = m.stack[:0]
	v := in.Value
	if m.keyer.col.Padded {
		v = trimPad(v)
	}
	ok := m.document(v)
	out := m.dst
	m.in, m.dst = nil, nil
	switch {
	case m.failed != Masked:
		return dst, m.failed
	case !ok, m.keyer.col.Kind == Text && len(out)-len(dst) > m.room && runes(out[len(dst):]) > m.room:
		return append(out[:len(dst)], xmlNeutral...), Replaced
	}
	if !m.touched {
		return out, Kept // no leaf, or all are to be kept
	}
	return out, Masked
}

// document scans text and markup in turn. Content without a root is taken, too.
func (m *xmlMask) document(v []byte) bool {
	found := false
	for len(v) > 0 {
		n := bytes.IndexByte(v, '<')
		if n < 0 {
			n = len(v)
		}
		if n > 0 {
			if !m.text(v[:n]) {
				return false
			}
			v = v[n:]
			continue
		}
		var ok bool
		switch {
		case bytes.HasPrefix(v, []byte("<!--")):
			v, ok = after(v, "-->")
		case bytes.HasPrefix(v, []byte("<![CDATA[")):
			end := bytes.Index(v, []byte("]]>"))
			if ok = end >= 0; ok {
				m.dst = append(m.dst, "<![CDATA["...)
				m.leaf(v[len("<![CDATA["):end], m.rule(""), false)
				m.dst = append(m.dst, "]]>"...)
				v = v[end+len("]]>"):]
			}
		case bytes.HasPrefix(v, []byte("<?")):
			declaration := bytes.HasPrefix(v, []byte("<?xml ")) && !found
			if v, ok = after(v, "?>"); ok && declaration {
				m.dst = append(m.dst, `<?xml version="1.0"?>`...)
			}
		case bytes.HasPrefix(v, []byte("<!")):
			v, ok = afterDoctype(v)
		case len(v) > 1 && v[1] == '/':
			v, ok = m.endTag(v)
		default:
			found = true
			v, ok = m.startTag(v)
		}
		if !ok {
			return false
		}
	}
	return len(m.stack) == 0
}

func after(v []byte, mark string) ([]byte, bool) {
	i := bytes.Index(v, []byte(mark))
	if i < 0 {
		return v, false
	}
	return v[i+len(mark):], true
}

// afterDoctype skips a document type definition with its internal subset.
func afterDoctype(v []byte) ([]byte, bool) {
	depth, quote := 0, byte(0)
	for i, c := range v {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == '>' && depth == 0:
			return v[i+1:], true
		}
	}
	return v, false
}

func (m *xmlMask) endTag(v []byte) ([]byte, bool) {
	end := bytes.IndexByte(v, '>')
	if end < 0 || len(m.stack) == 0 {
		return v, false
	}
	name := trimSpace(v[2:end])
	if !bytes.Equal(name, m.stack[len(m.stack)-1]) {
		return v, false
	}
	m.stack = m.stack[:len(m.stack)-1]
	m.dst = append(m.dst, v[:end+1]...)
	return v[end+1:], true
}

// startTag copies names and masks the values of attributes.
func (m *xmlMask) startTag(v []byte) ([]byte, bool) {
	i := 1
	for i < len(v) && !isSpace(v[i]) && v[i] != '>' && v[i] != '/' {
		i++
	}
	if i == 1 {
		return v, false
	}
	m.stack = append(m.stack, v[1:i])
	m.dst = append(m.dst, v[:i]...)
	for i < len(v) {
		switch c := v[i]; {
		case isSpace(c):
			m.dst = append(m.dst, c)
			i++
		case c == '>':
			m.dst = append(m.dst, c)
			return v[i+1:], true
		case c == '/' && i+1 < len(v) && v[i+1] == '>':
			m.dst = append(m.dst, '/', '>')
			m.stack = m.stack[:len(m.stack)-1]
			return v[i+2:], true
		default:
			from := i
			for i < len(v) && v[i] != '=' && v[i] != '>' && v[i] != '<' {
				i++
			}
			name := trimSpace(v[from:i])
			if i == len(v) || v[i] != '=' || len(name) == 0 {
				return v, false
			}
			for i++; i < len(v) && isSpace(v[i]); i++ {
			}
			if i == len(v) || v[i] != '"' && v[i] != '\'' {
				return v, false
			}
			end := bytes.IndexByte(v[i+1:], v[i])
			if end < 0 {
				return v, false
			}
			value := v[i+1 : i+1+end]
			m.dst = append(append(append(m.dst, name...), '='), v[i])
			if structural(name) {
				m.dst = append(m.dst, value...)
			} else if !m.masked(value, m.rule(string(name))) {
				return v, false
			}
			m.dst = append(m.dst, v[i])
			i += end + 2
		}
	}
	return v, false
}

// structural attributes say how to read a document, not what it says.
func structural(name []byte) bool {
	prefix, local, found := bytes.Cut(name, []byte{':'})
	switch string(prefix) {
	case "xmlns", "xml":
		return true
	case "xsi":
		return found && (string(local) == "type" || string(local) == "nil")
	}
	return false
}

// rule is that of the text directly in the element at hand, or of one of its
// attributes.
func (m *xmlMask) rule(attribute string) int {
	for i := range m.paths {
		p := &m.paths[i]
		switch {
		case p.subtree:
		case (attribute == "") != (p.attribute == ""):
			continue
		case attribute != "" && !xmlNamed(p.attribute, []byte(attribute)):
			continue
		}
		if p.matches(m.stack) {
			return p.rule
		}
	}
	return noRule
}

// text masks what stands between two pieces of markup, and keeps blanks around.
func (m *xmlMask) text(v []byte) bool {
	core := trimSpace(v)
	if len(core) == 0 {
		m.dst = append(m.dst, v...)
		return true
	}
	lead := bytes.Index(v, core)
	m.dst = append(m.dst, v[:lead]...)
	if !m.masked(core, m.rule("")) {
		return false
	}
	m.dst = append(m.dst, v[lead+len(core):]...)
	return true
}

// masked masks text that may hold entities; one of the document's own is an error.
func (m *xmlMask) masked(v []byte, rule int) bool {
	if rule == keepRule {
		m.dst = append(m.dst, v...)
		return !bytes.ContainsRune(v, '&') || m.decode(v)
	}
	if bytes.IndexByte(v, '&') >= 0 {
		if !m.decode(v) {
			return false
		}
		v = m.value
	}
	m.leaf(v, rule, true)
	return true
}

// leaf appends what replaces a text; escape tells whether markup has a meaning
// where it stands.
func (m *xmlMask) leaf(v []byte, rule int, escape bool) {
	if rule == noRule && m.rules.classes {
		rule = m.rules.byShape[shapeOf(v)]
	}
	switch {
	case len(v) == 0:
	case rule == keepRule && !escape:
		m.dst = append(m.dst, v...)
	case rule == keepRule:
		m.dst = appendXMLText(m.dst, v)
	case rule == noRule || m.subs[rule].text == nil:
		m.maskString(v, false) // writes no character that markup is made of
	default:
		out, null := m.sub(m.subs[rule].text, &m.subs[rule], v)
		if null {
			return
		}
		if escape {
			m.dst = appendXMLText(m.dst, out)
		} else {
			m.dst = append(m.dst, bytes.ReplaceAll(out, []byte("]]>"), []byte("]] >"))...)
		}
	}
}

// decode puts text with its entities resolved into m.value.
func (m *xmlMask) decode(v []byte) bool {
	m.value = m.value[:0]
	for len(v) > 0 {
		if v[0] != '&' {
			m.value = append(m.value, v[0])
			v = v[1:]
			continue
		}
		end := bytes.IndexByte(v, ';')
		if end < 0 {
			return false
		}
		switch name := string(v[1:end]); {
		case name == "amp":
			m.value = append(m.value, '&')
		case name == "lt":
			m.value = append(m.value, '<')
		case name == "gt":
			m.value = append(m.value, '>')
		case name == "quot":
			m.value = append(m.value, '"')
		case name == "apos":
			m.value = append(m.value, '\'')
		case len(name) > 1 && name[0] == '#':
			digits, base := name[1:], 10
			if digits[0] == 'x' {
				digits, base = digits[1:], 16
			}
			r, err := strconv.ParseUint(digits, base, 21)
			if err != nil {
				return false
			}
			m.value = utf8.AppendRune(m.value, rune(r))
		default:
			return false
		}
		v = v[end+1:]
	}
	return true
}

func appendXMLText(dst, v []byte) []byte {
	for _, c := range v {
		switch c {
		case '&':
			dst = append(dst, "&amp;"...)
		case '<':
			dst = append(dst, "&lt;"...)
		case '>':
			dst = append(dst, "&gt;"...)
		case '"':
			dst = append(dst, "&quot;"...)
		case '\'':
			dst = append(dst, "&apos;"...)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
