package mask

import (
	"encoding/json"
	"unicode/utf8"
)

// frame is a set of paths on the stack m.active.
type frame struct{ lo, hi int }

// subtreeRule is the rule of the first path of the set that ends here in ".**".
func (m *jsonMask) subtreeRule(set frame, depth int) int {
	for _, p := range m.active[set.lo:set.hi] {
		if m.paths[p].subtree && len(m.paths[p].steps) == depth {
			return m.paths[p].rule
		}
	}
	return noRule
}

// leafRule is what happens to a value of no others: the rule of the first path
// of the set that ends here, else that of everything below some container.
func (m *jsonMask) leafRule(set frame, depth, below int) int {
	if below != noRule {
		return below
	}
	for _, p := range m.active[set.lo:set.hi] {
		if len(m.paths[p].steps) == depth {
			return m.paths[p].rule
		}
	}
	return noRule
}

// intoMember pushes the paths that go on through a member; named tells that
// one of them spells the key out.
func (m *jsonMask) intoMember(set frame, depth int, key []byte) (next frame, named bool) {
	next.lo = len(m.active)
	for i := set.lo; i < set.hi; i++ {
		p := m.active[i]
		if len(m.paths[p].steps) <= depth {
			continue
		}
		switch step := &m.paths[p].steps[depth]; {
		case step.kind == anyMember:
			m.active = append(m.active, p)
		case step.kind == member && step.name == string(key):
			m.active = append(m.active, p)
			named = true
		}
	}
	next.hi = len(m.active)
	return next, named
}

// intoElement pushes the paths that go on through an element.
func (m *jsonMask) intoElement(set frame, depth, index int) (next frame) {
	next.lo = len(m.active)
	for i := set.lo; i < set.hi; i++ {
		p := m.active[i]
		if len(m.paths[p].steps) <= depth {
			continue
		}
		if step := &m.paths[p].steps[depth]; step.kind == anyElement || step.kind == element && step.index == index {
			m.active = append(m.active, p)
		}
	}
	next.hi = len(m.active)
	return next
}

// value scans one value at i and writes its replacement; set holds the paths
// that lead to it, below is the rule of all that it holds. It answers the position after it, and false for what is no
// JSON.
func (m *jsonMask) value(i, depth int, set frame, below int) (int, bool) {
	if i >= len(m.src) || depth > maxJSONDepth {
		return i, false
	}
	switch c := m.src[i]; {
	case c == '{':
		return m.object(i, depth, set, below)
	case c == '[':
		outer := m.place
		end, ok := m.array(i, depth, set, below, outer)
		m.place = outer
		return end, ok
	case c == '"':
		end, escaped, ok := m.stringEnd(i)
		if ok && end-i > 2 {
			m.stringLeaf(i, end, escaped, m.leafRule(set, depth, below))
		}
		return end, ok
	case c == '-' || isDigit(c):
		end, ok := m.numberEnd(i)
		if ok {
			m.numberLeaf(i, end, m.leafRule(set, depth, below))
		}
		return end, ok
	case c == 't' || c == 'f':
		word := "true"
		if c == 'f' {
			word = "false"
		}
		end, ok := m.literal(i, word)
		if ok {
			m.booleanLeaf(i, end, m.leafRule(set, depth, below))
		}
		return end, ok
	case c == 'n':
		return m.literal(i, "null")
	}
	return i, false
}

func (m *jsonMask) object(i, depth int, set frame, below int) (int, bool) {
	i = m.space(i + 1)
	if m.at(i, '}') {
		return i + 1, true
	}
	for {
		if !m.at(i, '"') {
			return i, false
		}
		end, escaped, ok := m.stringEnd(i)
		if !ok {
			return i, false
		}
		next, under := frame{}, below
		if below != keepRule && (set.hi > set.lo || m.keys != "keep") {
			key := m.src[i+1 : end-1]
			if escaped {
				key = m.unescape(m.src[i:end])
			}
			var named bool
			if set.hi > set.lo {
				next, named = m.intoMember(set, depth, key)
				if below == noRule {
					under = m.subtreeRule(next, depth+1)
				}
			}
			if !named && (m.keys == "mask" || m.keys == "auto" && looksLikeData(key)) {
				m.flush(i + 1)
				m.maskKey(key)
				m.from = end - 1
			}
		}
		if i = m.space(end); !m.at(i, ':') {
			return i, false
		}
		if i, ok = m.value(m.space(i+1), depth+1, next, under); !ok {
			return i, false
		}
		if next.hi > 0 {
			m.active = m.active[:next.lo]
		}
		i = m.space(i)
		switch {
		case m.at(i, ','):
			i = m.space(i + 1)
		case m.at(i, '}'):
			return i + 1, true
		default:
			return i, false
		}
	}
}

func (m *jsonMask) array(i, depth int, set frame, below int, outer uint64) (int, bool) {
	i = m.space(i + 1)
	if m.at(i, ']') {
		return i + 1, true
	}
	for index := 0; ; index++ {
		m.place = outer*placesPerArray + uint64(index)
		next, under := frame{}, below
		if below != keepRule && set.hi > set.lo {
			next = m.intoElement(set, depth, index)
			if below == noRule {
				under = m.subtreeRule(next, depth+1)
			}
		}
		var ok bool
		if i, ok = m.value(i, depth+1, next, under); !ok {
			return i, false
		}
		if next.hi > 0 {
			m.active = m.active[:next.lo]
		}
		i = m.space(i)
		switch {
		case m.at(i, ','):
			i = m.space(i + 1)
		case m.at(i, ']'):
			return i + 1, true
		default:
			return i, false
		}
	}
}

// placesPerArray tells elements of nested arrays apart; longer arrays wrap
// around into other numbers, which are as good.
const placesPerArray = 1_000_003

func (m *jsonMask) at(i int, c byte) bool { return i < len(m.src) && m.src[i] == c }

func (m *jsonMask) space(i int) int {
	for i < len(m.src) && (m.src[i] == ' ' || m.src[i] == '\n' || m.src[i] == '\t' || m.src[i] == '\r') {
		i++
	}
	return i
}

func (m *jsonMask) literal(i int, word string) (int, bool) {
	end := i + len(word)
	return end, end <= len(m.src) && string(m.src[i:end]) == word
}

// endsRun marks the characters of a string that need a look.
var endsRun = func() (t [256]bool) {
	for c := range 32 {
		t[c] = true
	}
	t['"'], t['\\'] = true, true
	return t
}()

// stringEnd is the position after the string that begins at i.
func (m *jsonMask) stringEnd(i int) (end int, escaped, ok bool) {
	for i++; i < len(m.src); i++ {
		c := m.src[i]
		if !endsRun[c] {
			continue
		}
		switch {
		case c == '"':
			return i + 1, escaped, true
		case c < ' ':
			return i, escaped, false
		case c == '\\':
			escaped = true
			if i++; i == len(m.src) {
				return i, escaped, false
			}
			switch m.src[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if i+4 >= len(m.src) {
					return i, escaped, false
				}
				for _, h := range m.src[i+1 : i+5] {
					if hexDigit(h) > 15 {
						return i, escaped, false
					}
				}
				i += 4
			default:
				return i, escaped, false
			}
		}
	}
	return i, escaped, false
}

// numberEnd is the position after the number that begins at i.
func (m *jsonMask) numberEnd(i int) (int, bool) {
	if m.src[i] == '-' {
		i++
	}
	if m.at(i, '0') {
		i++
	} else {
		var ok bool
		if i, ok = m.digits(i); !ok {
			return i, false
		}
	}
	ok := true
	if m.at(i, '.') {
		if i, ok = m.digits(i + 1); !ok {
			return i, false
		}
	}
	if m.at(i, 'e') || m.at(i, 'E') {
		if i++; m.at(i, '+') || m.at(i, '-') {
			i++
		}
		i, ok = m.digits(i)
	}
	return i, ok
}

func (m *jsonMask) digits(i int) (int, bool) {
	from := i
	for i < len(m.src) && isDigit(m.src[i]) {
		i++
	}
	return i, i > from
}

// unescape is the text of a quoted string that holds escapes. Keys with
// escapes are rare enough to leave them to encoding/json, which allocates.
func (m *jsonMask) unescape(quoted []byte) []byte {
	var s string
	if err := json.Unmarshal(quoted, &s); err != nil || !utf8.ValidString(s) {
		return quoted // no path names it, and it looks like data
	}
	m.name = append(m.name[:0], s...)
	return m.name
}
