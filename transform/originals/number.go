package originals

import "hash/maphash"

const (
	shortNumber = 6  // digits that a number has at least
	longNumber  = 9  // digits from which on it is known however it is written
	wholeNumber = 10 // digits from which on all of them are compared as well
	maxNumber   = 19 // digits; cards have no more
	maxGap      = 3  // bytes between two groups of one number
	maxGroups   = 8  // as +33 (0)1 23 45 67 89 has seven
)

// numberScan finds numbers in a text: groups of digits with blanks, dots,
// dashes, slashes or brackets between them. Digits that touch a letter, and
// times of day, are none.
type numberScan struct {
	*hasher
	digits [maxGroups * maxNumber]byte // of the groups at hand
	n      int
	starts [maxGroups]int // in digits, of the groups
	groups int
}

// isGlue tells what makes digits beside it part of a word.
func isGlue(c byte) bool {
	return c < 0x80 && kindOf[c]&(letter|at) != 0 || c == '_'
}

// each calls found with the hash of every form of every number in b; without it
// none is made. Then the last number is at hand.
func (s *numberScan) each(b []byte, found func(uint64)) {
	s.n, s.groups = 0, 0
	end := 0 // of the last group
	for i := 0; i < len(b); {
		if kindOf[b[i]] != digit {
			i++
			continue
		}
		from := i
		for i < len(b) && kindOf[b[i]] == digit {
			i++
		}
		if s.groups > 0 && !isGap(b[end:from]) {
			s.n, s.groups = 0, 0
		}
		end = i
		if i-from > maxNumber || isPart(b, from, i) {
			s.n, s.groups = 0, 0
			continue
		}
		if s.groups == maxGroups {
			cut := s.starts[1]
			copy(s.digits[:], s.digits[cut:s.n])
			s.n -= cut
			copy(s.starts[:], s.starts[1:])
			for g := range maxGroups - 1 {
				s.starts[g] -= cut
			}
			s.groups--
		}
		s.starts[s.groups] = s.n
		s.n += copy(s.digits[s.n:], b[from:i])
		s.groups++
		if found != nil {
			s.forms(found)
		}
	}
}

// forms are those of the numbers that end with the last group.
func (s *numberScan) forms(found func(uint64)) {
	last := s.digits[s.starts[s.groups-1]:s.n]
	if h, ok := s.short(last); ok {
		found(h)
	}
	nine := false
	for g := s.groups - 1; g >= 0; g-- {
		d := s.digits[s.starts[g]:s.n]
		if len(d) > maxNumber {
			return
		}
		if len(d) >= longNumber && !nine {
			nine = true
			found(s.class(maphash.Bytes(s.seed, d[len(d)-longNumber:]), Digits9))
		}
		if h, ok := s.whole(d); ok {
			found(h)
		}
	}
}

// short is the form of a plain run of six to eight digits, unless they are a
// day of the last or this century: those are everywhere.
func (h *hasher) short(d []byte) (uint64, bool) {
	if len(d) < shortNumber || len(d) >= longNumber || isDay(d) {
		return 0, false
	}
	return h.class(maphash.Bytes(h.seed, d), Digits6+Class(len(d)-shortNumber)), true
}

// whole is the form of all digits but zeros in front.
func (h *hasher) whole(d []byte) (uint64, bool) {
	for len(d) > 0 && d[0] == '0' {
		d = d[1:]
	}
	if len(d) < wholeNumber || len(d) > maxNumber {
		return 0, false
	}
	return h.class(maphash.Bytes(h.seed, d), Digits10), true
}

// isGap tells whether two groups of digits with b between them may be of one
// number. A + begins another one.
func isGap(b []byte) bool {
	if len(b) > maxGap {
		return false
	}
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case ' ', '.', '-', '/', '(', ')':
		case 0xc2:
			if i+1 == len(b) || b[i+1] != 0xa0 { // a blank that does not break
				return false
			}
			i++
		default:
			return false
		}
	}
	return true
}

// isPart tells whether the digits b[from:to] are part of a word or of a time
// of day.
func isPart(b []byte, from, to int) bool {
	isDigit := func(i int) bool { return i >= 0 && i < len(b) && kindOf[b[i]] == digit }
	if from > 0 && (isGlue(b[from-1]) || b[from-1] == ':' && isDigit(from-2)) {
		return true
	}
	return to < len(b) && (isGlue(b[to]) || b[to] == ':' && isDigit(to+1))
}

// isDay tells whether eight digits are a year, month and day, or the reverse.
func isDay(d []byte) bool {
	if len(d) != 8 {
		return false
	}
	two := func(i int) int { return int(d[i]-'0')*10 + int(d[i+1]-'0') }
	year := func(c int) bool { return c == 19 || c == 20 }
	day := func(m, d int) bool { return m >= 1 && m <= 12 && d >= 1 && d <= 31 }
	return year(two(0)) && day(two(4), two(6)) || year(two(4)) && (day(two(0), two(2)) || day(two(2), two(0)))
}
