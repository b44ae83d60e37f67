package migrations

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxMarkdown keeps report.md within what a comment of a pull request holds.
const maxMarkdown = 60_000

// WriteMarkdown writes the report for a comment of a pull request: what decides
// first, then a table of the statements that others feel, then the rest.
func (r *Report) WriteMarkdown(w io.Writer) error {
	b := &strings.Builder{}
	fmt.Fprintf(b, "**%s**\n\n", r.Headline)
	for _, m := range r.Migrations {
		if m.Status == NotRehearsed {
			fmt.Fprintf(b, "`%s:%d` could not be rehearsed: %s. %s.\n\n", m.File, m.Failure.Line, cell(m.Reason), missingFix(m.Failure))
		} else if m.Failure != nil {
			fmt.Fprintf(b, "`%s:%d` fails: %s", m.File, m.Failure.Line, cell(m.Failure.Message))
			if m.Failure.State != "" {
				fmt.Fprintf(b, " (SQLSTATE %s)", m.Failure.State)
			}
			fmt.Fprintf(b, ". %s\n\n", m.Recovery)
		}
	}
	if len(r.Gates) > 0 {
		b.WriteString("| gate | where | why |\n|---|---|---|\n")
		for _, g := range r.Gates[:min(len(r.Gates), 20)] {
			fmt.Fprintf(b, "| %s | `%s` | %s |\n", g.Gate, g.Place, cell(g.Message))
		}
		b.WriteString("\n")
	}
	r.markdownStatements(b)
	r.markdownFindings(b)
	r.markdownDown(b)
	if t := r.TogetherText(); t != "" {
		fmt.Fprintf(b, "- %s\n", cell(t))
	}
	for _, s := range r.NotShown {
		fmt.Fprintf(b, "- not shown: %s\n", s)
	}
	for _, n := range r.NotMeasured {
		fmt.Fprintf(b, "- not measured: %s\n", n)
	}
	fmt.Fprintf(b, "\n%d versions in %.1f s on PostgreSQL %s, base: %s.\n", len(r.Migrations), r.Seconds, r.Server, r.Base.Kind)
	text := b.String()
	if len(text) > maxMarkdown {
		const note = "\n\n… cut; report.html holds everything.\n"
		text = text[:maxMarkdown-len(note)]
		text = strings.ToValidUTF8(text[:strings.LastIndexByte(text, '\n')], "")
		if strings.Count(text, "```")%2 == 1 {
			text += "\n```"
		}
		text += strings.Repeat("\n</details>", strings.Count(text, "<details")-strings.Count(text, "</details>")) + note
	}
	_, err := io.WriteString(w, text)
	return err
}

func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(s)
}

// markdownStatements is the table of statements that keep others waiting.
func (r *Report) markdownStatements(b *strings.Builder) {
	rows := 0
	for _, m := range r.Migrations {
		for _, s := range m.Statements {
			if len(s.Blocked) == 0 && s.MS < 100 {
				continue
			}
			if rows == 0 {
				b.WriteString("| file | statement | time here | likely in production | reads blocked | writes blocked | rewrites, scans | WAL | size |\n|---|---|---|---|---|---|---|---|---|\n")
			}
			if rows++; rows > 40 {
				continue
			}
			var read, write float64
			for _, x := range s.Blocked {
				read, write = max(read, x.ReadMS), max(write, x.WriteMS)
			}
			var size int64
			for _, z := range s.Sizes {
				size = max(size, z.Before)
			}
			what := "–"
			if len(s.Rewrites) > 0 {
				what = "rewrites " + strings.Join(s.Rewrites, ", ")
			} else if len(s.Scans) > 0 {
				what = "reads all of " + strings.Join(s.Scans, ", ")
			}
			wal := "–"
			if s.WAL != nil {
				wal = bytesText(*s.WAL)
			}
			fmt.Fprintf(b, "| `%s:%d` | %s %s | %s | %s | %s | %s | %s | %s | %s |\n", m.File, s.Line, s.Kind, cell(s.Table), msText(s.MS), likelyTime(s.Estimate), msText(read), msText(write), cell(what), wal, bytesText(size))
		}
	}
	if rows > 40 {
		fmt.Fprintf(b, "\nand %d more statements\n", rows-40)
	}
	if rows > 0 {
		b.WriteString("\n")
	}
}

func likelyTime(e *Estimate) string {
	if e == nil {
		return "–"
	}
	return estimateText(e.MS)
}

func msText(v float64) string {
	switch {
	case v == 0:
		return "–"
	case v >= 10_000:
		return fmt.Sprintf("%.0f s", v/1000)
	case v >= 1000:
		return fmt.Sprintf("%.1f s", v/1000)
	case v >= 10:
		return fmt.Sprintf("%.0f ms", v)
	}
	return fmt.Sprintf("%.1f ms", v)
}

func (r *Report) markdownFindings(b *strings.Builder) {
	for sev := Blocker; sev >= Info; sev-- {
		var fs []*Finding
		for _, f := range r.all() {
			if f.Severity == sev && f.Waived == nil {
				fs = append(fs, f)
			}
		}
		if len(fs) == 0 {
			continue
		}
		open := ""
		if sev >= High {
			open = " open"
		}
		fmt.Fprintf(b, "<details%s><summary>%d %s</summary>\n\n", open, len(fs), sev)
		for _, f := range fs {
			fmt.Fprintf(b, "- `%s` **%s** (%s): %s\n", f.Place(), f.Rule, f.Basis, cell(f.Message))
			if f.Fix != "" && sev >= Medium {
				fmt.Fprintf(b, "  ```sql\n  %s\n  ```\n", strings.ReplaceAll(strings.ReplaceAll(f.Fix, "```", "'''"), "\n", "\n  "))
			}
		}
		b.WriteString("\n</details>\n\n")
	}
}

func (r *Report) markdownDown(b *strings.Builder) {
	var bad []*Result
	for _, m := range r.Migrations {
		if m.Down != nil && !slices.Contains([]Verdict{Exact, NotJudged, NoDown}, m.Down.Verdict) {
			bad = append(bad, m)
		}
	}
	if len(bad) == 0 {
		return
	}
	fmt.Fprintf(b, "<details><summary>up, down, up: %d of %d not exact</summary>\n\n", len(bad), len(r.Migrations))
	for _, m := range bad {
		fmt.Fprintf(b, "- `%s` %s", m.DownFile, m.Down.Verdict)
		if m.Down.Failure != nil {
			fmt.Fprintf(b, ": %s", cell(m.Down.Failure.Message))
		}
		b.WriteString("\n")
		for _, d := range head(m.Down.Diff, 5) {
			fmt.Fprintf(b, "  - `%s`\n", strings.ReplaceAll(d, "`", "'"))
		}
	}
	b.WriteString("\n</details>\n\n")
}
