package mask

// cardBrand is one brand with an issuer number that processors publish for
// tests: numbers below it are declined everywhere else.
type cardBrand struct {
	key, name string
	iin       string
	length    int
	code      int // digits of the card verification value
}

var cardBrands = []cardBrand{
	{"visa", "Visa", "411111", 16, 3},
	{"mastercard", "Mastercard", "555555", 16, 3},
	{"amex", "American Express", "378282", 15, 4},
	{"discover", "Discover", "601111", 16, 3},
	{"jcb", "JCB", "353011", 16, 3},
	{"diners", "Diners Club", "305693", 14, 3},
	{"maestro", "Maestro", "675964", 16, 3},
	{"unionpay", "UnionPay", "620000", 16, 3},
}

func cardBrandKeys() (keys []string) {
	for _, b := range cardBrands {
		keys = append(keys, b.key)
	}
	return keys
}

// commonBrands is how many of the brands are drawn; the others have to be asked for.
const commonBrands = 4

// drawBrand picks a brand about as often as it is met.
func drawBrand(d *draw) int {
	switch n := below(d[1], 100); {
	case n < 48:
		return 0
	case n < 82:
		return 1
	case n < 92:
		return 2
	}
	return 3
}

// brandOf is the brand whose issuer numbers digits begin with, -1 for none.
func brandOf(digits []byte) int {
	if len(digits) < 12 || len(digits) > 19 {
		return -1
	}
	n, _ := parseUint(digits[:4])
	switch two := n / 100; {
	case two/10 == 4:
		return 0
	case two >= 51 && two <= 55 || n >= 2221 && n <= 2720:
		return 1
	case two == 34 || two == 37:
		return 2
	case n == 6011 || two == 65 || n/10 >= 644 && n/10 <= 649:
		return 3
	case two == 35:
		return 4
	case two == 30 || two == 36 || two == 38 || two == 39:
		return 5
	case two == 62:
		return 7
	case two == 50 || two >= 56 && two <= 69:
		return 6
	}
	return -1
}

const (
	cardDigits       = 16                      // of a number that begins with 9
	longCardDigits   = 19                      // of one that is permuted from a real one
	cardPayload      = 100_000_000             // digits that each of the common brands leaves
	keptPayload      = 10_000_000              // that any brand leaves
	unassignedCards  = 100_000_000_000_000     // fourteen digits between the 9 and the check digit
	permutedCards    = 100_000_000_000_000_000 // seventeen
	longestRealCards = 16
)

func creditCardSpec() *Spec {
	return define(Spec{
		Name:    "credit_card",
		Summary: "a payment card number of a test range",
		Doc: `Replaces a card number by one with a valid check digit that no bank issued: below the issuer numbers that processors publish for
tests (Visa 411111, Mastercard 555555, American Express 378282, Discover 601111, JCB 353011, Diners 305693, Maestro 675964,
UnionPay 620000), or, with ` + "`numbers: unassigned`" + `, beginning with 9, which no card does. card_brand, card_expiry and card_cvv of
the same subject tell of the same card. The real number does not enter unless ` + "`brand: keep`" + ` asks for its brand.

In unique columns numbers begin with 9 and are permuted from the subject's or the row's key, which has to be a single integer below
10^14. With a domain equal numbers, however they are spelled, stay equal; where the column is unique they are permuted from the
real number into 19 digits. Text that is no card number becomes one and is counted.`,
		Example: "card_number: { mask: credit_card, brand: visa }",
		Params: []Param{
			{Name: "brand", Type: String, Default: "any", OneOf: append([]string{"any", "keep"}, cardBrandKeys()...), Doc: "`any` draws one of the four most common, `keep` takes the real number's"},
			{Name: "numbers", Type: String, Default: "auto", OneOf: []string{"auto", "test", "unassigned"}, Doc: "`test` issuer numbers, or `unassigned` ones beginning with 9; `auto` is `unassigned` in unique columns"},
			{Name: "format", Type: String, Default: "digits", OneOf: []string{"digits", "spaced", "dashed", "last4"}, Doc: "`spaced` and `dashed` write groups of four, `last4` the last four digits alone"},
		},
		Accepts: []Kind{Text, Int, Numeric},
		Keyed:   []Keyed{BySubject, ByValue},
		Group:   "card",
	}, fitCreditCard)
}

func fitCreditCard(r *rule) (*compiled, *ParamError) {
	m := creditCard{brand: -1, keep: r.params.text("brand") == "keep"}
	for i := range cardBrands {
		if cardBrands[i].key == r.params.text("brand") {
			m.brand = i
		}
	}
	switch r.params.text("format") {
	case "spaced":
		m.separator = ' '
	case "dashed":
		m.separator = '-'
	case "last4":
		m.last4 = true
	}
	byValue := r.bind.Keyed == ByValue
	unassigned := r.params.text("numbers") == "unassigned" || r.params.text("numbers") == "auto" && r.col.Unique
	last := uint64(cardPayload - 1)
	m.length = cardDigits
	switch {
	case unassigned && (m.keep || m.brand >= 0):
		return nil, &ParamError{Param: "brand", Msg: "numbers that begin with 9 are of no brand", Hint: "leave out brand, or write numbers: test"}
	case unassigned && byValue && r.col.Unique:
		m.length, last = longCardDigits, permutedCards-1
	case unassigned:
		last = unassignedCards - 1
	case m.keep:
		last = keptPayload - 1
	case m.brand >= 0:
		m.length = cardBrands[m.brand].length
		last = 1
		for range m.length - len(cardBrands[m.brand].iin) - 1 {
			last *= 10
		}
		last--
	}
	m.unassigned = unassigned
	if m.last4 && r.col.Unique {
		return nil, &ParamError{Param: "format", Msg: "four digits cannot keep the rows of a unique column apart"}
	}
	chars := m.length
	switch {
	case m.last4:
		chars = 4
	case m.separator != 0:
		chars += (m.length - 1) / 4
	}
	if r.col.Kind != Text && m.separator != 0 {
		return nil, &ParamError{Param: "format", Msg: "a number column holds digits alone"}
	}
	if chars > r.col.room() {
		return nil, r.tooShort(chars)
	}
	if err := r.holdsDigits(chars); err != nil {
		return nil, err
	}
	c, err := r.fitRange(last, Properties{MaxChars: chars, PrivacyRank: r.identifierRank(), NeedsValue: m.keep})
	if err != nil {
		return nil, err
	}
	m.permuted = m.length == longCardDigits
	if m.permuted {
		c.bits, c.props.Injective, c.props.Reversible = 0, true, true
	}
	c.start = func() Masker {
		m := m
		m.numbers = r.numbers(last)
		if m.permuted {
			m.perm = r.bind.Keys.permutation(r.domain(), "credit_card", last)
		}
		return &m
	}
	return c, nil
}

// identifierRank is how much a synthetic identifier tells: nothing by subject,
// by value how often the real one occurs.
func (r *rule) identifierRank() int {
	if r.bind.Keyed == ByValue {
		return 3
	}
	return 1
}

type creditCard struct {
	numbers
	brand      int // -1: drawn
	keep       bool
	unassigned bool
	permuted   bool // from the real number
	last4      bool
	length     int
	separator  byte
	digits     []byte
	real       []byte
}

func (m *creditCard) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.draw(in)
	outcome := Masked
	if m.keep || m.keyer.by == byValue {
		if !m.read(in.Value) {
			outcome = Replaced
		}
	}
	m.digits = m.digits[:0]
	switch {
	case m.permuted:
		n := below(d[0], permutedCards) // for what is no number of a card
		if outcome == Masked {
			// A one in front keeps numbers of different lengths apart.
			real, _ := parseUint(m.real)
			n = m.perm.apply(real + pow10(len(m.real)))
		}
		m.digits = appendPadded(append(m.digits, '9'), n, longCardDigits-2)
	default:
		n, ok := m.next(&d, in)
		if !ok {
			return m.noNumber(dst, in)
		}
		if m.unassigned {
			m.digits = appendPadded(append(m.digits, '9'), n, cardDigits-2)
			break
		}
		brand := m.brand
		if m.keep && outcome == Masked {
			brand = brandOf(m.real)
		}
		if brand < 0 {
			brand = drawBrand(&d)
		}
		b := &cardBrands[brand]
		m.digits = append(m.digits, b.iin...)
		free := b.length - len(b.iin) - 1
		if m.brand < 0 { // n has as many digits as every brand takes; the others are drawn
			n = (n + (m.last+1)*(d[1]&0xffff)) % pow10(free)
		}
		m.digits = appendPadded(m.digits, n, free)
	}
	m.digits = append(m.digits, Luhn(m.digits))
	digits := m.digits
	if m.last4 {
		digits = digits[len(digits)-4:]
	}
	if m.separator == 0 || m.last4 {
		return appendDigitsAs(dst, m.keyer.col, digits), outcome
	}
	for i, c := range digits {
		if i > 0 && i%4 == 0 {
			dst = append(dst, m.separator)
		}
		dst = append(dst, c)
	}
	return dst, outcome
}

// read takes the digits of a card number out of a value.
func (m *creditCard) read(v []byte) bool {
	if m.keyer.col.Kind != Text {
		v = m.text(v)
	}
	m.real = m.real[:0]
	for _, c := range v {
		switch {
		case isDigit(c):
			m.real = append(m.real, c)
		case c != ' ' && c != '-' && c != '.':
			return false
		}
	}
	most := 19
	if m.permuted {
		most = longestRealCards
	}
	return len(m.real) >= 12 && len(m.real) <= most
}
