package originals

import (
	"bytes"
	"hash/maphash"
)

// forms are made of values. The canonical form of a value is the sequence of
// its tokens (see tokens), so that neither case, nor blanks, nor punctuation
// matter. A number has its digits for a form: the last nine, all from ten on,
// and short ones as they are. Not safe for concurrent use.
type forms struct {
	tokens
	scan  numberScan
	keys  []uint64
	first [maxNameTokens]token // of the last value
	n     int                  // its tokens
}

func newForms(h *hasher) *forms {
	return &forms{tokens: tokens{hasher: h}, scan: numberScan{hasher: h}}
}

// of are the hashes of a value's forms, valid until the next call: none if the
// value cannot identify anybody, or equals what is reserved for examples.
func (f *forms) of(value []byte, content Content) []uint64 {
	f.keys, f.n = f.keys[:0], 0
	if len(value) == 0 || len(value) > maxValue {
		return nil
	}
	if content == Labels && bytes.IndexByte(value, '@') < 0 {
		return nil
	}
	digits, others := 0, 0
	for _, c := range value {
		if k := kindOf[c]; k == digit {
			digits++
		} else if k&(letter|at) != 0 {
			if others++; others > maxOthers { // most values are no numbers
				break
			}
		}
	}
	if digits >= shortNumber && digits <= maxNumber && others <= maxOthers && content != Labels {
		f.number(value, digits, others)
	}
	if others > 0 {
		f.sequence(value, content)
	}
	return f.keys
}

// sequence adds the form of all the value's tokens.
func (f *forms) sequence(value []byte, content Content) {
	var s sequence
	for pos := 0; ; {
		var t token
		if t, pos = f.next(value, pos); t.chars == 0 {
			break
		}
		if s.n < len(f.first) {
			f.first[s.n] = t
		}
		s.add(f.hasher, t)
		f.n = s.n
		if t.kinds&at != 0 && isReserved(f.last) {
			return
		}
	}
	if c, ok := s.identifies(); ok && content.tells(c, s.n) {
		f.keys = append(f.keys, f.class(s.hash, c))
		if s.n > 1 && s.n <= window {
			f.begin(s.first)
		}
	}
}

// number adds the forms of a value that is one number and little else, by the
// rules that numbers are found by.
func (f *forms) number(value []byte, digits, others int) {
	f.scan.each(value, nil)
	d := f.scan.digits[:f.scan.n]
	switch {
	case len(d) != digits: // several, or parts of words
	case digits >= longNumber:
		f.keys = append(f.keys, f.class(maphash.Bytes(f.seed, d[digits-longNumber:]), Digits9))
		if k, ok := f.whole(d); ok {
			f.keys = append(f.keys, k)
		}
	case others == 0 && f.scan.groups == 1:
		if k, ok := f.short(d); ok {
			f.keys = append(f.keys, k)
		}
	}
}

// maxOthers is how many letters a number may have with it: "tel", "ext".
const maxOthers = 3

// Content is what a column holds, which decides about what identifies somebody.
type Content uint8

const (
	Identifiers Content = iota // names, numbers, addresses: every value does
	Prose                      // texts: short ones are everyday language, so only such as are longer than a window
	Labels                     // cities, postal codes, jobs: many share them, in other columns too
)

// tells tells whether a form of the class identifies somebody.
func (c Content) tells(class Class, tokens int) bool {
	switch {
	case class == At || c == Identifiers:
		return true
	case c == Prose:
		return tokens > window
	}
	return false
}

// reservedHosts belong to nobody (RFC 2606, RFC 6761): masks write addresses
// there, and so do people who test.
var reservedHosts = [][]byte{[]byte("example.com"), []byte("example.net"), []byte("example.org"),
	[]byte("test"), []byte("invalid"), []byte("example"), []byte("localhost")}

// isReserved tells whether a token is an address at a reserved host.
func isReserved(token []byte) bool {
	host := token[bytes.LastIndexByte(token, '@')+1:]
	for _, r := range reservedHosts {
		if rest, ok := bytes.CutSuffix(host, r); ok && (len(rest) == 0 || rest[len(rest)-1] == '.') {
			return true
		}
	}
	return false
}
