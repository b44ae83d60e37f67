package mask

import "slices"

// shape is what a piece of text looks like.
type shape uint8

const (
	shapeWords  shape = iota // anything else
	shapeDigits              // digits alone
	shapeNumber              // digits with a sign or a point
	shapeToken               // one long run of letters and digits
	shapeEmail
	shapeURL
	shapeUUID
	shapeDate // ISO 8601, with or without a time
	shapeIP
	shapeMAC
	shapePhone // digits with a plus or with separators
)

// Classes of characters that shapes are told by.
const (
	otherChar = iota
	digitChar
	letterChar
	blankChar
	atChar
	colonChar
	dotChar
	hyphenChar
	slashChar
	plusChar
	parenChar
	charClasses
)

// charClass is a table because every character of every JSON string passes
// through it.
var charClass = func() (t [256]uint8) {
	for c := range 256 {
		switch b := byte(c); {
		case isDigit(b):
			t[c] = digitChar
		case isLetter(b):
			t[c] = letterChar
		case isSpace(b):
			t[c] = blankChar
		}
	}
	t['@'], t[':'], t['.'], t['-'], t['/'], t['+'], t['('], t[')'] = atChar, colonChar, dotChar, hyphenChar, slashChar, plusChar, parenChar, parenChar
	return t
}()

// charCounts are counters of the classes of up to 255 characters, a byte for
// each class: adding them up in registers takes a third of the time that
// counting in memory does.
type charCounts [2]uint64

// tellingChars are the counters of which every shape but shapeWords has one
// that is not 0, up to the length of a UUID.
const tellingChars = 0xFF<<(8*digitChar) | 0xFF<<(8*atChar) | 0xFF<<(8*colonChar)

func (n *charCounts) of(class int) int { return int(n[class>>3] >> (class & 7 * 8) & 0xFF) }

var charCount = func() (t [256]charCounts) {
	for c, class := range charClass {
		t[c][class>>3] = 1 << (class & 7 * 8)
	}
	return t
}()

// shapeOf looks at text without leading or trailing blanks. It decides which
// kind of replacement looks natural, never whether there is one.
func shapeOf(v []byte) shape {
	const longest = 2000 // nothing of any shape is longer
	if len(v) == 0 || len(v) > longest {
		return shapeWords
	}
	var n [charClasses]int
	for part := range slices.Chunk(v, 255) {
		var counts charCounts
		for _, c := range part {
			counts[0] += charCount[c][0]
			counts[1] += charCount[c][1]
		}
		if len(v) < 32 && counts[0]&tellingChars == 0 {
			return shapeWords // only letters and punctuation
		}
		for class := range n {
			n[class] += counts.of(class)
		}
	}
	digits, letters, blanks, hyphens, dots, colons := n[digitChar], n[letterChar], n[blankChar], n[hyphenChar], n[dotChar], n[colonChar]
	switch {
	case digits == len(v):
		return shapeDigits
	case n[atChar] == 1 && blanks == 0 && isEmail(v):
		return shapeEmail
	case colons > 0 && n[slashChar] > 1 && isURL(v):
		return shapeURL
	case len(v) == 36 && hyphens == 4 || len(v) == 32 && letters+digits == 32 && digits > 0:
		if _, ok := parseUUID(v); ok {
			return shapeUUID
		}
	case hyphens > 1 && isDigit(v[0]) && len(v) >= 10:
		if rest, _ := cutBC(v); len(rest) >= 10 {
			if _, tail, ok := parseDay(rest, false); ok && isClock(tail) {
				return shapeDate
			}
		}
	}
	switch {
	case n[otherChar] > 0:
		return shapeWords
	case dots == 3 || colons > 1:
		if _, ok := parseInet(v); ok {
			return shapeIP
		}
		if _, n := readMAC(TextWire, v); n > 0 && colons == n-1 {
			return shapeMAC
		}
	}
	if letters > 0 {
		if blanks == 0 && digits > 0 && len(v) >= 16 {
			return shapeToken
		}
		return shapeWords
	}
	pluses, separators := n[plusChar], hyphens+dots+blanks+n[parenChar]+n[slashChar]
	switch {
	case colons > 0:
		return shapeWords
	case digits >= 7 && digits <= 15 && (pluses == 1 && v[0] == '+' || pluses == 0 && separators >= 2):
		return shapePhone
	case digits > 0 && dots <= 1 && hyphens <= 1 && digits+dots+hyphens == len(v) && (hyphens == 0 || v[0] == '-'):
		return shapeNumber
	}
	return shapeWords
}

func isEmail(v []byte) bool {
	at, dot := 0, 0
	for i, c := range v {
		switch c {
		case '@':
			at = i
		case '.':
			dot = i
		case '<', '>', ',', ';', '"', '\\', '/', ':':
			return false
		}
	}
	return at > 0 && dot > at+1 && dot < len(v)-1
}

// isURL tells whether v begins with a scheme and "://".
func isURL(v []byte) bool {
	for i, c := range v {
		if c == ':' {
			return i > 1 && len(v) > i+3 && v[i+1] == '/' && v[i+2] == '/'
		}
		if !isLetter(c) && !(i > 0 && (isDigit(c) || c == '+' || c == '-' || c == '.')) {
			return false
		}
	}
	return false
}

// looksLikeData tells whether an object's key is more likely a value than the
// name of a field. Names begin with a letter and are made of a few letters,
// digits and joints; short numbers count positions. In doubt it is data.
func looksLikeData(key []byte) bool {
	const longestName = 48
	if len(key) == 0 {
		return false
	}
	if isDigit(key[0]) {
		return len(key) > 3 || shapeOf(key) != shapeDigits
	}
	if len(key) > longestName {
		return true
	}
	run, turns, plain := 0, 0, true
	for i, c := range key {
		switch class := charClass[c]; {
		case class == letterChar:
			if run > 0 {
				turns++
			}
			run = 0
		case class == digitChar:
			plain = false
			if run++; run > 4 {
				return true
			}
			if i > 0 && charClass[key[i-1]] == letterChar {
				turns++
			}
		case c == '_' || c == '-' || c == '$' || c == '#' || c == '@' && i == 0:
			run = 0
		case c == '.' || c == ':' || c == '/':
			plain, run = false, 0
		default:
			return true
		}
	}
	switch {
	case plain:
		return false
	case turns > 3: // letters and digits mixed as in an id
		return true
	}
	switch shapeOf(key) {
	case shapeWords, shapeToken:
		return false
	}
	return true
}
