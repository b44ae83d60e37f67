package migrations

import (
	"strings"
)

// words are the tokens of one statement with what finding names in it needs.
// They are lexed anew each time: a file of 20 MB in statements is small, its
// tokens are not.
type words struct {
	src    string
	tokens []token
	at     int
}

// maxWords is how much of a statement is looked at: an INSERT of ten thousand
// rows says at its start what it is.
const maxWords = 4000

func lexStatement(s string) *words {
	w := &words{src: s}
	l := lexer{src: s, standard: true}
	for len(w.tokens) < maxWords {
		t := l.next()
		if t.kind == tokenEnd || l.unterminated != "" {
			break
		}
		w.tokens = append(w.tokens, t)
	}
	return w
}

func (w *words) text(i int) string { return w.src[w.tokens[i].start:w.tokens[i].end] }

// is tells whether the word at i is one of the given keywords, in upper case.
func (w *words) is(i int, keywords ...string) bool {
	if i < 0 || i >= len(w.tokens) || w.tokens[i].kind != tokenWord {
		return false
	}
	for _, k := range keywords {
		if strings.EqualFold(w.text(i), k) {
			return true
		}
	}
	return false
}

func (w *words) symbol(i int, c byte) bool {
	return i >= 0 && i < len(w.tokens) && w.tokens[i].kind == tokenSymbol && w.src[w.tokens[i].start] == c
}

// take goes past the keywords if they come next, all of them in their order.
func (w *words) take(keywords ...string) bool {
	for i, k := range keywords {
		if !w.is(w.at+i, k) {
			return false
		}
	}
	w.at += len(keywords)
	return true
}

// name goes past a name, qualified or not, and gives it as it is written, with
// unquoted parts folded to lower case. Empty: no name comes next.
func (w *words) name() string {
	var b strings.Builder
	for w.at < len(w.tokens) {
		switch w.tokens[w.at].kind {
		case tokenWord:
			b.WriteString(strings.ToLower(w.text(w.at)))
		case tokenQuoted:
			b.WriteString(w.text(w.at))
		default:
			return b.String()
		}
		w.at++
		if !w.symbol(w.at, '.') {
			break
		}
		b.WriteByte('.')
		w.at++
	}
	return b.String()
}

// find is the index of the keywords, one after the other, outside of
// parentheses, at or after from; -1 without.
func (w *words) find(from int, keywords ...string) int {
	depth := 0
	for i := from; i < len(w.tokens); i++ {
		switch {
		case w.symbol(i, '('):
			depth++
		case w.symbol(i, ')'):
			depth--
		case depth == 0 && w.sequence(i, keywords):
			return i
		}
	}
	return -1
}

func (w *words) sequence(i int, keywords []string) bool {
	for k, word := range keywords {
		if !w.is(i+k, word) {
			return false
		}
	}
	return true
}

// actions are the parts of an ALTER TABLE between commas outside of
// parentheses, as pairs of token indexes.
func (w *words) actions(from int) (out [][2]int) {
	depth, start := 0, from
	for i := from; i < len(w.tokens); i++ {
		switch {
		case w.symbol(i, '('):
			depth++
		case w.symbol(i, ')'):
			depth--
		case depth == 0 && w.symbol(i, ','):
			out = append(out, [2]int{start, i})
			start = i + 1
		}
	}
	if start < len(w.tokens) {
		out = append(out, [2]int{start, len(w.tokens)})
	}
	return out
}

// raw is the text of the tokens from a up to and without b.
func (w *words) raw(a, b int) string {
	if a >= b || a >= len(w.tokens) {
		return ""
	}
	return w.src[w.tokens[a].start:w.tokens[min(b, len(w.tokens))-1].end]
}

// strings are the contents of plain quoted strings from token i on.
func (w *words) strings(from int) (out []string) {
	for i := from; i < len(w.tokens); i++ {
		if w.tokens[i].kind == tokenString {
			out = append(out, stringValue(w.text(i)))
		}
	}
	return out
}

// stringValue is the content of a '…' literal; other forms stay as they are.
func stringValue(s string) string {
	if len(s) >= 2 && s[0] == '\'' {
		return strings.ReplaceAll(s[1:len(s)-1], "''", "'")
	}
	return s
}
