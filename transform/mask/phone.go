package mask

import (
	"fmt"
	"strconv"
)

// Numbers 555-0100 to 555-0199 of every area code are kept for fiction.
const fictionalLines = 100

// areaCodes are the codes of the form NXX that may be geographic: without
// those that end in two equal digits (services and toll-free numbers), 52x
// (personal numbers) and 88x (toll-free).
var areaCodes = func() (codes []uint64) {
	for code := uint64(200); code < 1000; code++ {
		if code/10%10 == code%10 || code/10 == 52 || code/10 == 88 {
			continue
		}
		codes = append(codes, code)
	}
	return codes
}()

func fictionalPool() uint64 { return uint64(len(areaCodes)) * fictionalLines }

// Country code 999 is assigned to nobody. Twelve digits after it make the
// longest number that E.164 allows; numbers that already have twelve digits or
// more need longer ones to stay apart.
const (
	unassignedCode   = "999"
	unassignedDigits = 12
	unassignedLast   = 1_000_000_000_000 - 1
	longDigits       = 16
	longLast         = 2_000_000_000_000_000 - 1
	longestNumber    = 15 // digits of a real number
)

func phoneSpec() *Spec {
	return define(Spec{
		Name:    "phone",
		Summary: "a phone number of a fictional range",
		Doc: fmt.Sprintf(`Replaces a number by one that nobody has. By subject, the default, it is one of %d numbers +1 NXX 555 01xx that are
kept for fiction; the real number does not enter, equal subjects stay equal within the column, and different ones may share
a number. With a `+"`locale`"+` it is one of those that the country keeps for fiction, in Spain of a range that is not assigned.

Where numbers have to differ they begin with +999, a country code that nobody has: in unique columns, made from the
subject's or the row's key, which has to be a single integer below 5 · 10^11; and with a domain, where equal numbers (the same
digits, however they are spelled) stay equal and different ones different, so that joins work. +999 numbers have 15 digits, by value
19 if the real one has twelve or more; validators reject them.

Text without any digits, or with more than 15, becomes a number and is counted.`, len(areaCodes)*fictionalLines),
		Example: "phone: phone",
		Params: []Param{
			{Name: "format", Type: String, Default: "auto", OneOf: []string{"auto", "e164", "digits", "national", "dashed"},
				Doc: "`e164` +12125550142, `digits` 12125550142, `national` 2125550142 (fictional ones only), `dashed` 212-555-0142; `auto` is `e164`, or what the column has room for"},
			{Name: "numbers", Type: String, Default: "auto", OneOf: []string{"auto", "fictional", "unassigned"},
				Doc: "`fictional` 555 01xx or `unassigned` +999; `auto` is unassigned where numbers have to differ"},
		},
		Accepts: []Kind{Text, Int},
		Keyed:   []Keyed{BySubject, ByValue},
		Locale:  true,
	}, fitPhone)
}

func fitPhone(r *rule) (*compiled, *ParamError) {
	byValue := r.bind.Keyed == ByValue
	permuted := r.col.Unique && !byValue // by the integer key
	unassigned := byValue || permuted
	switch r.params.text("numbers") {
	case "fictional":
		unassigned = false
	case "unassigned":
		unassigned = true
	}
	if r.col.Kind == Int && (r.col.Bits < 64 || byValue) {
		return nil, &ParamError{Msg: fmt.Sprintf("phone by %s does not fit %s", r.bind.Keyed, r.col.typeName()), Hint: "permute keeps integers apart"}
	}
	m := phone{unassigned: unassigned, byValue: byValue, permuted: permuted && unassigned}
	if l := findLocale(r.bind.Locale); l != nil && len(l.phones) > 0 && !unassigned {
		m.local, m.trunk = l.phones, l.trunk
	}
	if err := m.chooseFormat(r); err != nil {
		return nil, err
	}
	c := &compiled{props: r.needs(bySubject, Properties{MaxChars: m.length(), PrivacyRank: 1})}
	switch {
	case byValue && unassigned:
		c.props.Injective, c.props.Capacity = true, longLast+1
		c.props.Reversible, c.props.PrivacyRank = true, 3
	case m.permuted && r.bind.IntegerKey:
		c.props.Injective, c.props.Capacity = true, (unassignedLast+1)/2
	case m.permuted:
		return nil, &ParamError{
			Msg:  fmt.Sprintf("%s is unique, and unique numbers are made from a subject or row key that is a single integer", r.column()),
			Hint: "give the rule a domain: by value, different numbers stay different",
		}
	case unassigned:
		c.props.Capacity = unassignedLast + 1
	default:
		c.props.Capacity = float64(m.pool())
	}
	if byValue && !unassigned {
		c.props.PrivacyRank = 4
	}
	c.start = func() Masker {
		m := m
		m.keyer = r.columnKeyer()
		if unassigned && (byValue || m.permuted) {
			label := "phone"
			name := r.domain()
			if !byValue {
				// One permutation for the column: its keys are the subjects or rows.
				name = "column:" + r.column()
			}
			m.short = r.bind.Keys.permutation(name, label, unassignedLast)
			m.long = r.bind.Keys.permutation(name, label, longLast)
		}
		return &m
	}
	return c, nil
}

type phone struct {
	keyer       keyer
	format      string
	unassigned  bool
	byValue     bool
	permuted    bool // from the integer key
	short, long permutation
	local       []phoneRange // of a locale; nil: American ones
	trunk       string
	digits      []byte
}

// pool is how many fictional numbers there are.
func (m *phone) pool() uint64 {
	if m.local == nil {
		return fictionalPool()
	}
	n := uint64(0)
	for i := range m.local {
		n += pow10(m.local[i].free)
	}
	return n
}

// chooseFormat settles the format, and refuses a column too short for it.
func (m *phone) chooseFormat(r *rule) *ParamError {
	format := r.params.text("format")
	if r.col.Kind == Int {
		if format != "auto" && format != "digits" {
			return &ParamError{Param: "format", Msg: "an integer column holds digits alone"}
		}
		m.format = "digits"
		return nil
	}
	if m.unassigned && format == "national" {
		return &ParamError{Param: "format", Msg: "numbers of country code 999 cannot be told from real ones without it"}
	}
	if format != "auto" {
		m.format = format
		if m.length() > r.col.room() {
			err := r.tooShort(m.length())
			err.Param = "format"
			return err
		}
		return nil
	}
	for _, m.format = range []string{"e164", "digits", "national"} {
		if m.length() <= r.col.room() && !(m.unassigned && m.format == "national") {
			return nil
		}
	}
	m.format = "digits"
	if !m.unassigned {
		m.format = "national"
	}
	return r.tooShort(m.length())
}

// length is that of the longest number in the format.
func (m *phone) length() int {
	if m.local != nil {
		most := 0
		for i := range m.local {
			most = max(most, len(m.appendLocal(nil, &m.local[i], 0)))
		}
		return most
	}
	if !m.unassigned {
		return map[string]int{"e164": 12, "digits": 11, "national": 10, "dashed": 12}[m.format]
	}
	digits := unassignedDigits
	if m.byValue {
		digits = longDigits
	}
	switch m.format {
	case "e164":
		return 1 + len(unassignedCode) + digits
	case "dashed":
		return 1 + len(unassignedCode) + digits + digits/4
	}
	return len(unassignedCode) + digits
}

func (m *phone) Append(dst []byte, in *Input) ([]byte, Outcome) {
	switch {
	case !m.unassigned:
		d := m.keyer.half(in)
		return m.appendFictional(dst, below(d[0], m.pool())), Masked
	case m.permuted:
		n, ok := m.integerKey(in)
		if !ok {
			return dst, OutOfRange
		}
		return m.appendUnassigned(dst, m.short.apply(n), unassignedDigits), Masked
	case m.byValue:
		return m.appendOfValue(dst, in)
	}
	d := m.keyer.half(in)
	return m.appendUnassigned(dst, below(d[0], unassignedLast+1), unassignedDigits), Masked
}

// integerKey reads the subject's or the row's integer. Rows that stand in for
// a missing subject take the upper half of the range, apart from all subjects.
func (m *phone) integerKey(in *Input) (uint64, bool) {
	const half = (unassignedLast + 1) / 2
	key, add := in.Subject, uint64(0)
	if key == nil || m.keyer.perRow {
		key, add = in.Row, half
	}
	n, ok := parseUint(key)
	return n + add, ok && n < half
}

func (m *phone) appendOfValue(dst []byte, in *Input) ([]byte, Outcome) {
	// A one in front keeps numbers apart that differ in leading zeros only.
	n, digits := uint64(1), 0
	for _, c := range in.Value {
		if isDigit(c) {
			if digits++; digits > longestNumber {
				break
			}
			n = n*10 + uint64(c-'0')
		}
	}
	switch {
	case digits == 0 || digits > longestNumber:
		d := m.keyer.half(in)
		return m.appendUnassigned(dst, below(d[0], unassignedLast+1), unassignedDigits), Replaced
	case n <= unassignedLast:
		return m.appendUnassigned(dst, m.short.apply(n), unassignedDigits), Masked
	}
	return m.appendUnassigned(dst, m.long.apply(n), longDigits), Masked
}

func (m *phone) appendFictional(dst []byte, n uint64) []byte {
	for i := range m.local {
		r := &m.local[i]
		if block := pow10(r.free); n >= block {
			n -= block
			continue
		}
		if m.keyer.col.Kind == Int {
			m.digits = m.appendLocal(m.digits[:0], r, n)
			return appendDigitsAs(dst, m.keyer.col, m.digits)
		}
		return m.appendLocal(dst, r, n)
	}
	area, line := areaCodes[n/fictionalLines], 5550100+n%fictionalLines
	switch m.format {
	case "dashed":
		dst = strconv.AppendUint(dst, area, 10)
		dst = append(dst, "-555-"...)
		return appendPadded(dst, line%10_000, 4)
	case "e164":
		dst = append(dst, "+1"...)
	case "digits":
		if m.keyer.col.Kind == Int {
			return appendInt(dst, m.keyer.col, int64(1e10+area*1e7+line))
		}
		dst = append(dst, '1')
	}
	dst = strconv.AppendUint(dst, area, 10)
	return strconv.AppendUint(dst, line, 10)
}

// appendLocal appends the nth number of a locale's range.
func (m *phone) appendLocal(dst []byte, r *phoneRange, n uint64) []byte {
	switch m.format {
	case "e164":
		dst = append(append(dst, '+'), r.country...)
	case "digits":
		dst = append(dst, r.country...)
	default:
		dst = append(dst, m.trunk...)
	}
	dst = append(dst, r.area...)
	if m.format == "dashed" {
		dst = append(dst, '-')
	}
	return appendPadded(append(dst, r.line...), n, r.free)
}

func (m *phone) appendUnassigned(dst []byte, n uint64, digits int) []byte {
	if m.keyer.col.Kind == Int {
		const base = 999 * (unassignedLast + 1)
		return appendInt(dst, m.keyer.col, int64(base+n))
	}
	if m.format != "digits" {
		dst = append(dst, '+')
	}
	dst = append(dst, unassignedCode...)
	if m.format != "dashed" {
		return appendPadded(dst, n, digits)
	}
	var scratch [longDigits]byte
	number := appendPadded(scratch[:0], n, digits)
	for len(number) > 0 {
		dst = append(dst, '-')
		dst = append(dst, number[:4]...)
		number = number[4:]
	}
	return dst
}
