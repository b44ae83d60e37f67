package originals

import (
	"bytes"
	"encoding/json"
	"html"
	"slices"
)

// Layout is how a value holds texts.
type Layout uint8

const (
	Plain Layout = iota // is one; if it is a JSON array or object it is read as such
	JSON                // strings and numbers of JSON, keys among them
	XML                 // between tags, and attributes
)

// Look is what is looked for in a column.
type Look struct {
	Layout  Layout
	Classes ClassSet
	Own     uint32 // ID of the column, if its own values are no find
	IsOwn   bool   // Own says so
}

// Found is what was found in a column. Its values add up over parts of a table.
type Found struct {
	Rows    int64            // with originals other than numbers
	Columns map[uint32]int64 // rows by the column that originals are of, numbers not among them

	numberRows    int64 // with numbers and nothing else
	numberColumns map[uint32]int64
	looked, hits  [classes]distinct // numbers that were looked up, and those of them that are originals
}

// Scanner looks for originals in values. Not safe for concurrent use.
type Scanner struct {
	set     *Set
	tokens  tokens
	numbers numberScan
	leaf    []byte // unescaped
	pending []uint64
	columns []uint32
	err     error

	look  *Look
	found *Found
	row   struct { // the value at hand
		exact, number []uint32 // columns
	}
}

// Scanner returns a new one.
func (s *Set) Scanner() *Scanner {
	return &Scanner{set: s, tokens: tokens{hasher: s.hasher}, numbers: numberScan{hasher: s.hasher},
		pending: make([]uint64, 0, maxPending)}
}

// Value looks through the value of one row, and adds to found. Of the set's
// file it may fail to read, and then goes on failing.
func (s *Scanner) Value(look *Look, found *Found, value []byte) error {
	if look.Classes == None || s.set.Values == 0 {
		return nil
	}
	s.look, s.found = look, found
	switch {
	case look.Layout == JSON, look.Layout == Plain && isJSON(value):
		s.json(value)
	case look.Layout == XML:
		s.xml(value)
	default:
		s.text(value)
	}
	s.settle()
	if len(s.row.exact) > 0 || len(s.row.number) > 0 {
		s.endValue()
	}
	return s.err
}

// endValue counts the row.
func (s *Scanner) endValue() {
	f := s.found
	if f.Columns == nil {
		f.Columns, f.numberColumns = map[uint32]int64{}, map[uint32]int64{}
	}
	for _, c := range s.row.exact {
		f.Columns[c]++
	}
	for _, c := range s.row.number {
		f.numberColumns[c]++
	}
	if len(s.row.exact) > 0 {
		f.Rows++
	} else {
		f.numberRows++
	}
	s.row.exact, s.row.number = s.row.exact[:0], s.row.number[:0]
}

// text looks through one text: for every sequence of up to window tokens that
// may be a value, for all of it, and for numbers.
func (s *Scanner) text(b []byte) {
	h := s.set.hasher
	var open [window]sequence // that begin at one of the last tokens and may be more of a value
	n := 0
	var all sequence
	short := len(b) <= maxWhole
	for pos := 0; ; {
		var t token
		if t, pos = s.tokens.next(b, pos); t.chars == 0 {
			break
		}
		all.kinds |= t.kinds
		if short {
			all.add(h, t)
		}
		going := 0
		for i := range n {
			q := &open[i]
			q.add(h, t)
			s.sequence(q)
			if q.n < window {
				open[going] = *q
				going++
			}
		}
		n = going
		one := sequence{}
		one.add(h, t)
		s.sequence(&one)
		if h.mayBegin(t.hash) {
			open[n] = one
			n++
		}
	}
	if short && all.n > window {
		s.sequence(&all)
	}
	if all.kinds&digit != 0 && s.look.Classes&numbers != 0 {
		s.numbers.each(b, s.number)
	}
}

// maxWhole is the length of a text from which on nothing is equal to all of it:
// blanks and punctuation come on top of a value.
const maxWhole = 4 * maxValue

func (s *Scanner) sequence(q *sequence) {
	if c, ok := q.identifies(); ok && s.look.Classes.has(c) {
		s.ask(s.set.class(q.hash, c))
	}
}

func (s *Scanner) number(hash uint64) {
	c := classOf(hash)
	if s.look.Classes.has(c) {
		s.found.looked[c].add(hash)
		s.ask(hash)
	}
}

// ask has a hash looked up soon: many at a time, because each waits for memory.
func (s *Scanner) ask(hash uint64) {
	if s.pending = append(s.pending, hash); len(s.pending) == cap(s.pending) {
		s.settle()
	}
}

// maxPending are hashes to look up at a time.
const maxPending = 512

// settle looks up what was asked for.
func (s *Scanner) settle() {
	for _, hash := range s.set.pass(s.pending) {
		switch c := classOf(hash); {
		case !numbers.has(c):
			s.hit(hash, &s.row.exact)
		case s.hit(hash, &s.row.number):
			s.found.hits[c].add(hash)
		}
	}
	s.pending = s.pending[:0]
}

// hit looks a hash up for good, and notes the columns that it is of.
func (s *Scanner) hit(hash uint64, into *[]uint32) bool {
	if s.err != nil {
		return false
	}
	s.columns, s.err = s.set.columns(s.columns[:0], hash)
	hit := false
	for _, c := range s.columns {
		if s.look.IsOwn && c == s.look.Own {
			continue
		}
		hit = true
		if !slices.Contains(*into, c) {
			*into = append(*into, c)
		}
	}
	return hit
}

// isJSON tells whether a text is a JSON array or object.
func isJSON(b []byte) bool {
	b = bytes.TrimSpace(b)
	return len(b) > 1 && (b[0] == '{' && b[len(b)-1] == '}' || b[0] == '[' && b[len(b)-1] == ']') && json.Valid(b)
}

// json looks through strings, each by itself, and numbers of valid JSON.
func (s *Scanner) json(b []byte) {
	for i := 0; i < len(b); {
		switch c := b[i]; {
		case c == '"':
			i++
			from, escaped := i, false
			for i < len(b) && b[i] != '"' {
				if b[i] == '\\' {
					escaped = true
					i++
				}
				i++
			}
			i = min(i, len(b))
			text := b[from:i]
			i++
			if escaped {
				s.leaf = unescape(s.leaf[:0], text)
				text = s.leaf
			}
			s.text(text)
		case c == '-' || kindOf[c] == digit:
			from := i
			for i < len(b) && (kindOf[b[i]]&(digit|joint) != 0 || b[i] == 'e' || b[i] == 'E') {
				i++
			}
			s.text(b[from:i])
		default:
			i++
		}
	}
}

// xml looks through what is between tags, and through attributes.
func (s *Scanner) xml(b []byte) {
	for len(b) > 0 {
		n := bytes.IndexAny(b, `<>"`)
		text := b
		if n >= 0 {
			text, b = b[:n], b[n+1:]
		} else {
			b = nil
		}
		if bytes.IndexByte(text, '&') >= 0 {
			text = []byte(html.UnescapeString(string(text)))
		}
		s.text(text)
	}
}
