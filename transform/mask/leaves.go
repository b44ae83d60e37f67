package mask

import "strings"

// leaves masks the values that documents end in: of JSON, hstore and XML.
type leaves struct {
	keyer     keyer
	shift     shifter
	lex       *lexicon
	room      int
	keys      string // what happens to keys: auto, keep, mask
	bytesOnly bool
	byValue   bool
	rules     *leafRules
	subs      []leafMasks // what rules point to

	// One document.
	in      *Input
	dst     []byte
	random  stream
	secret  [2]uint64 // of keys
	days    int64     // offset of dates, 0 until one is met
	place   uint64    // of the value at hand among the elements of arrays
	failed  Outcome   // of a rule that ends the run
	touched bool      // something was masked

	places places
	part   Input
	out    []byte
}

// What happens to a value: a rule of leaves.subs, or one of these.
const (
	noRule   = -1 // what its looks suggest
	keepRule = -2
)

// leafRules are the rules for values of documents.
type leafRules struct {
	subs            []leafRule
	classes         bool // some class has a rule
	byShape         [shapePhone + 1]int
	number, boolean int
}

// leafRule is one rule, for each kind of value that it takes.
type leafRule struct{ text, number, boolean *compiled }

type leafMasks struct {
	text, number, boolean Masker // nil: the rule does not take such values
	together              bool
}

// leafClasses are the names that rules by looks go by.
var leafClasses = [...]string{"email", "url", "uuid", "date", "ip", "mac", "phone", "token", "digits", "text", "number", "boolean"}

var shapesOf = map[string][]shape{
	"email": {shapeEmail}, "url": {shapeURL}, "uuid": {shapeUUID}, "date": {shapeDate}, "ip": {shapeIP}, "mac": {shapeMAC},
	"phone": {shapePhone}, "token": {shapeToken}, "digits": {shapeDigits, shapeNumber}, "text": {shapeWords}, "number": {}, "boolean": {},
}

// leafRules reads the rules by looks that a parameter holds; "" has none.
func (r *rule) leafRules(param string, props *Properties) (*leafRules, *ParamError) {
	l := &leafRules{number: noRule, boolean: noRule}
	for i := range l.byShape {
		l.byShape[i] = noRule
	}
	for _, class := range r.params.rules(param) {
		shapes, ok := shapesOf[class.Name]
		if !ok {
			return nil, &ParamError{Param: param + "." + class.Name, Msg: "is no class of values", Hint: "classes are " + strings.Join(leafClasses[:], ", ")}
		}
		i, err := l.add(r, param+"."+class.Name, r.col.Name+"."+class.Name, class.Sub, props)
		if err != nil {
			return nil, err
		}
		switch class.Name {
		case "number":
			l.number = i
		case "boolean":
			l.boolean = i
		default:
			l.classes = true
		}
		for _, s := range shapes {
			l.byShape[s] = i
		}
	}
	return l, nil
}

// add binds a rule to the kinds of values that it takes, and answers its number.
func (l *leafRules) add(r *rule, param, name string, s *Sub, props *Properties) (int, *ParamError) {
	col := Column{Table: r.col.Table, Name: name, Kind: Text, TypeName: "text", Encoding: r.col.Encoding, Wire: TextWire}
	if s.Spec.Name == "keep" {
		props.take(nil)
		return keepRule, nil
	}
	var rule leafRule
	text, err := r.part(col, s, param)
	rule.text = text
	// What it does not take is masked by its looks.
	col.Kind, col.TypeName = Numeric, "numeric"
	rule.number, _ = r.part(col, s, param)
	col.Kind, col.TypeName = Bool, "bool"
	rule.boolean, _ = r.part(col, s, param)
	if rule.text == nil && rule.number == nil && rule.boolean == nil {
		return noRule, err
	}
	for _, c := range []*compiled{rule.text, rule.number, rule.boolean} {
		if c != nil {
			props.take(c)
		}
	}
	l.subs = append(l.subs, rule)
	return len(l.subs) - 1, nil
}

// leaves starts a Masker's share.
func (r *rule) leaves(rules *leafRules) leaves {
	l := leaves{
		keyer: r.rowKeyer(), lex: r.lexicon(), room: r.col.room(),
		keys: r.params.text("keys"), bytesOnly: r.col.Encoding == "SQL_ASCII",
		shift: r.shifter(r.params.int("days")), byValue: r.bind.Keyed == ByValue, rules: rules,
	}
	for _, s := range rules.subs {
		var m leafMasks
		start := func(c *compiled) Masker {
			if c == nil {
				return nil
			}
			m.together = c.together
			return c.New()
		}
		m.text, m.number, m.boolean = start(s.text), start(s.number), start(s.boolean)
		l.subs = append(l.subs, m)
	}
	return l
}

// begin starts a document.
func (m *leaves) begin(dst []byte, in *Input) {
	d := m.keyer.draw(in)
	m.in, m.dst = in, dst
	m.random, m.secret, m.days = d.stream(), [2]uint64{d[1], d[2]}, 0
	m.place, m.failed, m.touched = 0, Masked, false
}

// sub masks a value by a rule; the result is valid until the next one.
func (m *leaves) sub(by Masker, of *leafMasks, v []byte) (out []byte, null bool) {
	place := m.place
	if of.together {
		place = 0
	}
	m.part.Value = v
	m.places.at(m.in, &m.part, place)
	var outcome Outcome
	m.out, outcome = by.Append(m.out[:0], &m.part)
	switch outcome {
	case Kept:
		return m.out, false
	case Masked, Replaced, Null:
		m.touched = true
	default:
		m.failed = outcome
	}
	return m.out, outcome != Masked && outcome != Replaced
}

// maskString appends what replaces a string's contents, without quotes.
func (m *leaves) maskString(v []byte, escaped bool) {
	m.touched = true
	if escaped {
		chars, words := measureEscaped(v)
		m.dst = m.lex.appendFiller(m.dst, &m.random, chars, words)
		return
	}
	switch shapeOf(v) {
	case shapeEmail:
		m.dst = m.random.appendBase32(m.dst, tokenChars)
		m.dst = append(m.dst, emailHosts[m.random.below(len(emailHosts))]...)
	case shapeURL:
		m.dst = append(m.dst, urlBase...)
		m.dst = m.random.appendBase32(m.dst, tokenChars)
	case shapeUUID:
		u, _ := parseUUID(v)
		hidden := randomUUID(m.random.next(), m.random.next())
		hidden[6] = hidden[6]&0x0f | u[6]&0xf0
		at := len(m.dst)
		m.dst = appendUUID(m.dst, TextWire, hidden)
		if len(v) == 32 {
			m.dst = m.dst[:at+removeHyphens(m.dst[at:])]
		}
	case shapeDate:
		m.dst, _ = appendShiftedISO(m.dst, v, m.offset(), &m.random)
	case shapeIP:
		a, _ := parseInet(v) // seen to be one
		hidden := draw{0: m.random.next(), 1: m.random.next(), 2: m.random.next()}
		if a.addr.Is4() {
			a.addr = reservedIPv4(hidden[0])
		} else {
			a.addr = reservedIPv6(&hidden)
		}
		m.dst = appendInet(m.dst, &textColumn, a)
	case shapeMAC:
		_, n := readMAC(TextWire, v)
		var mac [8]byte
		for i := range n {
			mac[i] = byte(m.random.next())
		}
		mac[0] = mac[0]&^groupAddress | locallyAdministered
		m.dst = appendMAC(m.dst, &textColumn, mac[:n])
	case shapePhone:
		p := phone{format: "dashed"}
		if v[0] == '+' {
			p.format = "e164"
		}
		m.dst = p.appendFictional(m.dst, below(m.random.next(), fictionalPool()))
	case shapeDigits, shapeNumber:
		m.maskDigits(v)
	case shapeToken:
		m.dst = m.random.appendBase32(m.dst, len(v))
	default:
		chars, words := measure(v, m.bytesOnly)
		m.dst = m.lex.appendFiller(m.dst, &m.random, chars, words)
	}
}

var textColumn = Column{Kind: Text, Wire: TextWire}

// maskDigits replaces digits by digits.
func (m *leaves) maskDigits(v []byte) {
	for _, c := range v {
		if isDigit(c) {
			c = '0' + byte(m.random.below(10))
		}
		m.dst = append(m.dst, c)
	}
}

// maskNumber replaces the digits of a JSON number, which has no leading zeros
// and keeps its exponent.
func (m *leaves) maskNumber(v []byte) {
	m.touched = true
	whole := true // still the first digit
	for i, c := range v {
		switch {
		case c == 'e' || c == 'E':
			m.dst = append(m.dst, v[i:]...)
			return
		case !isDigit(c):
		case whole && i+1 < len(v) && isDigit(v[i+1]):
			c = '1' + byte(m.random.below(9))
			whole = false
		case whole && c == '0' && i+1 < len(v) && v[i+1] == '.':
			whole = false
		default:
			c = '0' + byte(m.random.below(10))
			whole = false
		}
		m.dst = append(m.dst, c)
	}
}

// offset is the subject's of shift_date; where the document is its own key,
// one of the document's.
func (m *leaves) offset() int64 {
	switch {
	case m.days != 0:
	case m.byValue:
		m.days = 1 + int64(m.random.below(int(m.shift.days)))
	default:
		m.days, _, _ = m.shift.offset(m.in)
	}
	return m.days
}

// maskKey appends what replaces an object's key: the same for the same key, so
// that duplicates stay duplicates and different keys do not become some.
func (m *leaves) maskKey(v []byte) {
	m.touched = true
	h := m.secret[0]
	for _, c := range v {
		h = (h ^ uint64(c)) * 0x9E3779B97F4A7C15
		h ^= h >> 29
	}
	random := stream{h, m.secret[1]}
	switch shapeOf(v) {
	case shapeEmail:
		m.dst = random.appendBase32(m.dst, tokenChars)
		m.dst = append(m.dst, emailHosts[0]...)
	case shapeUUID:
		m.dst = appendUUID(m.dst, TextWire, randomUUID(random.next(), random.next()))
	default:
		m.dst = random.appendBase32(append(m.dst, 'k'), tokenChars)
	}
}
