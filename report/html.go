package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"
	"unicode"
)

//go:embed page.html
var pageSource string

// page holds the templates of all pages. They load nothing: style is inside,
// there is no script, and every name is escaped for its place.
var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"count": Count, "size": Bytes, "seconds": Seconds, "percent": percent, "plural": plural,
	"utc":   func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
	"day":   func(t *time.Time) string { return t.Format(time.DateOnly) },
	"lines": func(s string) []string { return strings.Split(s, "\n") },
	"add":   func(a, b int) int { return a + b },
}).Parse(pageSource))

// execute writes a page. Characters that turn the direction of writing round
// would let a name reorder the words beside it, so they do not come along.
func execute(w io.Writer, name string, data any) error {
	var b strings.Builder
	if err := page.ExecuteTemplate(&b, name, data); err != nil {
		return err
	}
	_, err := io.WriteString(w, strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Bidi_Control, r) {
			return unicode.ReplacementChar
		}
		return r
	}, b.String()))
	return err
}

func percent(part, whole float64) string {
	if whole <= 0 {
		return "0"
	}
	return fmt.Sprintf("%.1f", 100*min(part/whole, 1))
}

func plural(n int, one, many string) string {
	if n == 1 {
		return Count(int64(n)) + " " + one
	}
	return Count(int64(n)) + " " + many
}

// WriteHTML writes the report as one page that needs nothing else: no script,
// no request, readable on a telephone and in the dark. It holds what the JSON
// form holds, and no row value.
func (r *Run) WriteHTML(w io.Writer) error {
	return execute(w, "run", struct {
		*Run
		Title    string
		Headline string
		Coverage *Coverage
		ByValue  []string
	}{r, "Refresh of " + r.Staging, r.oneLine(), CoverageOf(r.Tables), r.byValue()})
}

// oneLine is the headline's first line.
func (r *Run) oneLine() string {
	var b strings.Builder
	r.headline(&b)
	first, _, _ := strings.Cut(b.String(), "\n")
	return first
}

// byValue are the columns whose equal values stay equal.
func (r *Run) byValue() []string {
	var out []string
	seen := map[string]bool{}
	for i := range r.Tables {
		t := &r.Tables[i]
		name := t.Name
		if t.Root != "" {
			name = t.Root
		}
		for _, c := range t.Columns {
			if full := name + "." + c.Name; strings.HasPrefix(c.KeyedBy, "value") && !seen[full] {
				seen[full] = true
				out = append(out, full)
			}
		}
	}
	return out
}

// WriteHTML writes the coverage as one page that needs nothing else.
func (c *Coverage) WriteHTML(w io.Writer, project string) error {
	return execute(w, "coverage", struct {
		*Coverage
		Title string
	}{c, "Policy coverage of " + project})
}
