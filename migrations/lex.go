package migrations

import (
	"fmt"
	"strings"
)

// tokenKind tells tokens apart as far as splitting and naming need it.
type tokenKind byte

const (
	tokenEnd    tokenKind = iota
	tokenWord             // unquoted identifier or keyword
	tokenQuoted           // "identifier", U&"identifier"
	tokenString           // 'text', E'text', $$text$$ and the other forms
	tokenNumber           // digits
	tokenSymbol           // one byte of an operator or punctuation
	tokenMeta             // a backslash outside of quotes: a command of psql
)

// token is one lexical element of a file.
type token struct {
	kind       tokenKind
	start, end int // byte offsets
}

// lexer walks a file by the rules of PostgreSQL's scan.l and psqlscan.l.
// Comments and white space are skipped.
type lexer struct {
	src      string
	pos      int
	standard bool // standard_conforming_strings: a backslash in '…' is itself

	unterminated string // what the file ends in the middle of; empty: nothing
	openedAt     int    // where that begins
}

// next is the next token; tokenEnd at the end of the file.
func (l *lexer) next() token {
	l.skipBlank()
	start := l.pos
	if start >= len(l.src) {
		return token{tokenEnd, start, start}
	}
	c := l.src[start]
	switch {
	case c == '\'':
		l.quoted(start, '\'', !l.standard)
		return token{tokenString, start, l.pos}
	case c == '"':
		l.quoted(start, '"', false)
		return token{tokenQuoted, start, l.pos}
	case c == '$':
		if tag := dollarTag(l.src[start:]); tag != "" {
			l.dollar(start, tag)
			return token{tokenString, start, l.pos}
		}
		l.pos++
		return token{tokenSymbol, start, l.pos}
	case c == '\\':
		l.pos++
		return token{tokenMeta, start, l.pos}
	case isDigit(c):
		for l.pos < len(l.src) && isDigit(l.src[l.pos]) {
			l.pos++
		}
		return token{tokenNumber, start, l.pos}
	case isWordStart(c):
		return l.word(start)
	}
	l.pos++
	return token{tokenSymbol, start, l.pos}
}

// word reads an identifier, or a quoted form that begins with letters.
func (l *lexer) word(start int) token {
	rest := l.src[start:]
	if len(rest) > 1 && rest[1] == '\'' {
		switch rest[0] {
		case 'e', 'E':
			l.pos++
			l.quoted(start, '\'', true)
			return token{tokenString, start, l.pos}
		case 'b', 'B', 'x', 'X', 'n', 'N':
			l.pos++
			l.quoted(start, '\'', rest[0]|0x20 == 'n' && !l.standard)
			return token{tokenString, start, l.pos}
		}
	}
	if len(rest) > 2 && rest[0]|0x20 == 'u' && rest[1] == '&' && (rest[2] == '\'' || rest[2] == '"') {
		kind := tokenString
		if rest[2] == '"' {
			kind = tokenQuoted
		}
		l.pos += 2
		l.quoted(start, rest[2], false)
		return token{kind, start, l.pos}
	}
	for l.pos < len(l.src) && isWordPart(l.src[l.pos]) {
		l.pos++
	}
	return token{tokenWord, start, l.pos}
}

// skipBlank skips white space and comments.
func (l *lexer) skipBlank() {
	for l.pos < len(l.src) {
		rest := l.src[l.pos:]
		switch {
		case isSpace(rest[0]):
			l.pos++
		case strings.HasPrefix(rest, "--"):
			l.lineComment()
		case strings.HasPrefix(rest, "/*"):
			l.blockComment()
		default:
			return
		}
	}
}

func (l *lexer) lineComment() {
	if i := strings.IndexAny(l.src[l.pos:], "\r\n"); i >= 0 {
		l.pos += i
		return
	}
	l.pos = len(l.src)
}

func (l *lexer) blockComment() {
	start, depth := l.pos, 0
	for l.pos < len(l.src) {
		rest := l.src[l.pos:]
		switch {
		case strings.HasPrefix(rest, "/*"):
			depth++
			l.pos += 2
		case strings.HasPrefix(rest, "*/"):
			depth--
			l.pos += 2
			if depth == 0 {
				return
			}
		default:
			l.pos++
		}
	}
	l.open(start, "a comment")
}

// quoted reads from the opening quote at pos to the closing one, and on where
// the literal is continued on the next line.
func (l *lexer) quoted(start int, quote byte, escapes bool) {
	l.pos++
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		l.pos++
		switch {
		case c == '\\' && escapes && l.pos < len(l.src):
			l.pos++
		case c != quote:
		case l.pos < len(l.src) && l.src[l.pos] == quote:
			l.pos++
		case quote == '\'' && l.continued():
		default:
			return
		}
	}
	if quote == '"' {
		l.open(start, "a quoted identifier")
	} else {
		l.open(start, "a quoted string")
	}
}

// continued tells whether a string goes on behind a line break, and goes there.
func (l *lexer) continued() bool {
	p, newline := l.pos, false
	for p < len(l.src) {
		switch {
		case l.src[p] == '\n' || l.src[p] == '\r':
			newline = true
			p++
		case isSpace(l.src[p]):
			p++
		case newline && strings.HasPrefix(l.src[p:], "--"):
			if i := strings.IndexAny(l.src[p:], "\r\n"); i >= 0 {
				p += i
			} else {
				return false
			}
		case newline && l.src[p] == '\'':
			l.pos = p + 1
			return true
		default:
			return false
		}
	}
	return false
}

func (l *lexer) dollar(start int, tag string) {
	body := start + len(tag)
	if i := strings.Index(l.src[body:], tag); i >= 0 {
		l.pos = body + i + len(tag)
		return
	}
	l.pos = len(l.src)
	l.open(start, "a string quoted by "+tag)
}

func (l *lexer) open(start int, what string) { l.unterminated, l.openedAt = what, start }

// dollarTag is the opening of a dollar-quoted string at the start of s.
func dollarTag(s string) string {
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '$':
			return s[:i+1]
		case isWordStart(c), i > 1 && isDigit(c):
		default:
			return ""
		}
	}
	return ""
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWordStart(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c >= 0x80
}

func isWordPart(c byte) bool { return isWordStart(c) || isDigit(c) || c == '$' }

func isSpace(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'
}

// lineOf is the line, counted from 1, that holds the byte at offset.
func lineOf(src string, offset int) int { return 1 + strings.Count(src[:min(offset, len(src))], "\n") }

// SplitError is a file that cannot be taken apart into statements. The server
// refuses such a file too.
type SplitError struct {
	Line int
	What string
	Meta bool // a command of psql, or a row for it
}

func (e *SplitError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.What) }
