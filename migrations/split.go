package migrations

import (
	"regexp"
	"strings"
)

// psqlCommand are the commands of psql that files hold most often. Others are
// not named: behind a backslash may stand a row of COPY.
var psqlCommand = regexp.MustCompile(`^(\\(?:i|ir|include|include_relative|copy|connect|c|set|unset|echo|qecho|if|elif|else|endif|gexec|gset|g|o|q|timing|pset|encoding|restrict|unrestrict|!))(?:[[:^word:]]|$)`)

// Statement is one statement of a file.
type Statement struct {
	Text   string // from its first token to its last, without the semicolon
	Offset int    // of Text in the file, in bytes
	Line   int    // of its first token, counted from 1
}

// Split takes a file apart as psql and the server do: at semicolons outside of
// quotes, comments, parentheses and the body of CREATE FUNCTION … BEGIN ATOMIC.
// Empty statements are left out. standard is the session's
// standard_conforming_strings at the start: the server reads a whole file
// before it runs the first statement.
//
// The error is a *SplitError; the statements before it are returned.
func Split(src string, standard bool) ([]Statement, error) {
	var (
		out          []Statement
		l            = lexer{src: src, standard: standard}
		first, last  = -1, 0 // of the statement being read
		parens       int
		body         atomicBody
		line, lineAt = 1, 0 // line of the byte at lineAt
	)
	lineFor := func(offset int) int {
		line += strings.Count(src[lineAt:offset], "\n")
		lineAt = offset
		return line
	}
	end := func() {
		if first >= 0 {
			out = append(out, Statement{Text: src[first:last], Offset: first, Line: lineFor(first)})
		}
		first, parens, body = -1, 0, atomicBody{}
	}
	for {
		t := l.next()
		if l.unterminated != "" {
			return out, &SplitError{Line: lineOf(src, l.openedAt), What: "the file ends inside " + l.unterminated}
		}
		switch {
		case t.kind == tokenEnd:
			end()
			return out, nil
		case t.kind == tokenMeta:
			what := "a backslash outside of quotes"
			if m := psqlCommand.FindStringSubmatch(src[t.start:min(t.start+32, len(src))]); m != nil {
				what = m[1] + " is a command of psql"
			}
			return out, &SplitError{Line: lineOf(src, t.start), What: what + ", which neither golang-migrate nor the server knows", Meta: true}
		case t.kind == tokenSymbol && src[t.start] == ';' && parens == 0 && body.depth == 0:
			end()
			continue
		case t.kind == tokenSymbol && src[t.start] == '(':
			parens++
		case t.kind == tokenSymbol && src[t.start] == ')':
			parens = max(parens-1, 0)
		case t.kind == tokenWord && parens == 0:
			body.word(src[t.start:t.end])
		}
		if first < 0 {
			first = t.start
		}
		last = t.end
	}
}

// atomicBody follows BEGIN … END of a routine with a body in SQL, in the way of
// psqlscan.l: only CREATE [OR REPLACE] FUNCTION or PROCEDURE has one.
type atomicBody struct {
	head    [4]byte
	words   int
	depth   int
	routine bool
}

func (b *atomicBody) word(w string) {
	if b.words < len(b.head) {
		for _, k := range []string{"create", "or", "replace", "function", "procedure"} {
			if strings.EqualFold(w, k) {
				b.head[b.words] = k[0]
			}
		}
		h := b.head
		b.routine = h[0] == 'c' && (h[1] == 'f' || h[1] == 'p' || h[1] == 'o' && h[2] == 'r' && (h[3] == 'f' || h[3] == 'p'))
	}
	b.words++
	switch {
	case !b.routine:
	case strings.EqualFold(w, "begin"):
		b.depth++
	case strings.EqualFold(w, "case") && b.depth > 0:
		b.depth++
	case strings.EqualFold(w, "end") && b.depth > 0:
		b.depth--
	}
}
