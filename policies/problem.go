package policies

import (
	"errors"
	"fmt"
	"sort"
	"strings"
	"unicode"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// Problem is one thing wrong with a configuration, a policy, or the match of a
// policy with a catalog.
type Problem struct {
	File      string // path as given, "flag --x" or "environment X"; empty where there is no place
	Line, Col int    // 1-based; columns count characters; 0 unknown
	Where     string // setting, table or column in display form; may be empty
	Msg       string
	Hint      string // a next step; may have several lines
	Kind      fault.Kind
	Excerpt   string // the source line with a caret below; secrets are starred out
	Gap       *Gap   // set for what the policy does not name
	Drift     string // kind of a change of the source's schema, such as column_added
}

// Gap is a table, or columns of one, that no rule names.
type Gap struct {
	Table   catalog.Name
	Columns []string // empty: the whole table
}

// MoveTo gives a problem another place, with its line as the excerpt.
func (p *Problem) MoveTo(file string, line, col int, text string) {
	src := &source{name: file, lines: append(make([]string, line-1), text)}
	p.File, p.Line, p.Col, p.Excerpt = file, line, col, src.excerpt(line, col)
}

// Place is the problem's position as file:line:col, as far as it is known.
func (p *Problem) Place() string {
	switch {
	case p.File == "":
		return ""
	case p.Line == 0:
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Error is the problem on one line, without excerpt and hint.
func (p *Problem) Error() string {
	parts := make([]string, 0, 3)
	for _, s := range []string{p.Place(), p.Where, p.Msg} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ": ")
}

// Text is the whole problem as people read it: the line, the excerpt with its
// caret, and the hint. It ends without a newline.
func (p *Problem) Text() string {
	s := p.Error()
	if p.Excerpt != "" {
		s += "\n" + p.Excerpt
	}
	if p.Hint != "" {
		s += "\n  hint: " + strings.ReplaceAll(p.Hint, "\n", "\n    ")
	}
	return s
}

// Problems are all problems found at once, in the order of their places. A
// Problems value that is returned as an error is never empty. errors.As finds
// a *fault.Error in it, so that the exit code is known.
type Problems []*Problem

// Error lists every problem with its excerpt and hint.
func (ps Problems) Error() string {
	texts := make([]string, len(ps))
	for i, p := range ps {
		texts[i] = p.Text()
	}
	return strings.Join(texts, "\n")
}

// Kind is Usage when any problem is one of the files themselves, else the kind
// of the first problem: a file that cannot be read right says nothing yet
// about gaps or drift.
func (ps Problems) Kind() fault.Kind {
	kind := fault.Other
	for i, p := range ps {
		if p.Kind == fault.Usage {
			return fault.Usage
		}
		if i == 0 {
			kind = p.Kind
		}
	}
	return kind
}

// As lets errors.As see the problems as one fault.
func (ps Problems) As(target any) bool {
	e, ok := target.(**fault.Error)
	if !ok || len(ps) == 0 {
		return false
	}
	*e = &fault.Error{Kind: ps.Kind(), Msg: ps.Error()}
	return true
}

// AsProblems finds the problems in an error, nil if it holds none.
func AsProblems(err error) Problems {
	var ps Problems
	if errors.As(err, &ps) {
		return ps
	}
	return nil
}

// asError sorts the problems and returns them as an error, nil without any.
func (ps Problems) asError() error {
	if len(ps) == 0 {
		return nil
	}
	ps.Sort()
	return ps
}

// Sort orders problems by their places.
func (ps Problems) Sort() {
	sort.SliceStable(ps, func(i, j int) bool {
		a, b := ps[i], ps[j]
		switch {
		case a.File != b.File:
			return a.File < b.File
		case a.Line != b.Line:
			return a.Line < b.Line
		case a.Col != b.Col:
			return a.Col < b.Col
		case a.Where != b.Where:
			return a.Where < b.Where
		}
		return a.Msg < b.Msg
	})
}

// source is a file that was read, kept for excerpts.
type source struct {
	name  string
	lines []string
}

// maxExcerpt is how many characters of a line an excerpt shows: wide enough
// for any hand-written rule, narrow enough for a terminal.
const maxExcerpt = 160

// excerpt shows a line with a caret below the column. Both count from 1.
func (s *source) excerpt(line, col int) string {
	if s == nil || line < 1 || line > len(s.lines) {
		return ""
	}
	text := []rune(hideSecrets(s.lines[line-1]))
	for i, r := range text {
		if !unicode.IsPrint(r) {
			text[i] = ' ' // a tab or control character is one column wide for the caret
		}
	}
	from := 0
	if col > maxExcerpt {
		from = col - maxExcerpt/2
	}
	from = min(from, len(text))
	shown := text[from:min(len(text), from+maxExcerpt)]
	gutter := fmt.Sprintf("%5d | ", line)
	out := strings.TrimRight(gutter+string(shown), " ")
	if col >= 1 && col-1 <= len(text) {
		out += "\n" + strings.Repeat(" ", len(gutter)-2) + "| " + strings.Repeat(" ", col-1-from) + "^"
	}
	return out
}

// place is where something was written.
type place struct {
	src  *source
	line int
	col  int
}

// String is file:line:col.
func (p place) String() string {
	return (&Problem{File: p.file(), Line: p.line, Col: p.col}).Place()
}

// asksForReview tells whether the line ends in a comment that asks a person to
// look, as init writes them.
func (p place) asksForReview() bool {
	return p.src != nil && p.line >= 1 && p.line <= len(p.src.lines) && strings.Contains(p.src.lines[p.line-1], "# review:")
}

func (p place) file() string {
	if p.src == nil {
		return ""
	}
	return p.src.name
}

// problem makes a problem at this place.
func (p place) problem(kind fault.Kind, where, format string, args ...any) *Problem {
	return &Problem{
		File: p.file(), Line: p.line, Col: p.col, Where: where, Kind: kind,
		Msg: fmt.Sprintf(format, args...), Excerpt: p.src.excerpt(p.line, p.col),
	}
}

// hint returns p with its next step set.
func (p *Problem) hint(format string, args ...any) *Problem {
	p.Hint = fmt.Sprintf(format, args...)
	return p
}

// noted is a problem that is on its list already; a hint may still follow.
type noted Problem

// hint sets the next step.
func (n *noted) hint(format string, args ...any) { n.Hint = fmt.Sprintf(format, args...) }
