package mask

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

Each row draws its own values; with a domain, equal documents become equal ones. Text that is no JSON, and JSON deeper than
1,000 levels, becomes {} and is counted.`,
		Example: "settings: { mask: json, keep: [$.theme, $.locale, \"$.items[*].sku\"] }",
		Params: []Param{
			{Name: "keep", Type: Strings, Doc: "paths of the values to keep"},
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
		var paths []jsonPath
		for _, s := range r.params.strings("keep") {
			p, err := parseJSONPath(s)
			if err != nil {
				return nil, &ParamError{Param: "keep", Msg: err.Error(), Hint: "paths look like $.a.b, $.items[*].sku, $[\"a name\"], $.* or $.prefs.**"}
			}
			paths = append(paths, p)
		}
		props := r.needs(byRow, Properties{NeedsValue: true, PrivacyRank: 2})
		props.NeedsSubject = r.bind.Keyed == BySubject && r.bind.Subject != "" // for the dates
		switch {
		case len(paths) > 0:
			props.PrivacyRank = 4
		case r.bind.Keyed == ByValue:
			props.PrivacyRank = 3
		}
		return &compiled{props: props, start: func() Masker {
			m := &jsonMask{
				keyer: r.rowKeyer(), lex: r.lexicon(), room: r.col.room(),
				paths: paths, keys: r.params.text("keys"), bytesOnly: r.col.Encoding == "SQL_ASCII",
				shift: r.shifter(r.params.int("days")), byValue: r.bind.Keyed == ByValue,
			}
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
	keyer     keyer
	shift     shifter
	lex       *lexicon
	room      int
	paths     []jsonPath
	keys      string
	bytesOnly bool
	byValue   bool

	// One document: scanned in src up to where a method says, copied to dst up to from.
	in     *Input
	src    []byte
	dst    []byte
	from   int
	random stream
	secret [2]uint64 // of keys
	days   int64     // offset of dates, 0 until one is met

	active []int // a stack of sets of paths that lead to the value at hand
	name   []byte
}

func (m *jsonMask) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.draw(in)
	m.in, m.src, m.dst, m.from = in, in.Value, dst, 0
	m.random, m.secret, m.days = d.stream(), [2]uint64{d[1], d[2]}, 0
	at, start := len(dst), 0
	if m.keyer.col.Kind == JSONB && m.keyer.col.Wire == BinaryWire {
		if len(m.src) == 0 || m.src[0] != jsonbVersion {
			return m.invalid(at)
		}
		start = 1
	}
	set := frame{0, len(m.paths)}
	i, ok := m.value(m.space(start), 0, set, m.keepsSubtree(set, 0))
	if i = m.space(i); !ok || i != len(m.src) {
		return m.invalid(at)
	}
	m.flush(i)
	dst, m.in, m.src, m.dst = m.dst, nil, nil, nil
	if m.keyer.col.Kind == Text && len(dst)-at > m.room && runes(dst[at:]) > m.room {
		return append(dst[:at], "{}"...), Replaced
	}
	return dst, Masked
}

func (m *jsonMask) invalid(at int) ([]byte, Outcome) {
	dst := appendJSONB(m.dst[:at], m.keyer.col, "{}")
	m.in, m.src, m.dst = nil, nil, nil
	m.active = m.active[:len(m.paths)]
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

// maskString appends what replaces a string's contents, without quotes.
func (m *jsonMask) maskString(v []byte, escaped bool) {
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
func (m *jsonMask) maskDigits(v []byte) {
	for _, c := range v {
		if isDigit(c) {
			c = '0' + byte(m.random.below(10))
		}
		m.dst = append(m.dst, c)
	}
}

// maskNumber replaces the digits of a JSON number, which has no leading zeros
// and keeps its exponent.
func (m *jsonMask) maskNumber(v []byte) {
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
func (m *jsonMask) offset() int64 {
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
func (m *jsonMask) maskKey(v []byte) {
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
