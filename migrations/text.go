package migrations

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// headline is the line that decides.
func (r *Report) headline() string {
	word := map[Outcome]string{Passed: "PASS", FailedGate: "FAIL", Incomplete: "INCOMPLETE"}[r.Outcome]
	var parts []string
	for _, c := range []struct {
		n    int
		name string
	}{{r.Counts.Blocker, "blocker"}, {r.Counts.High, "high"}, {r.Counts.Medium, "medium"}} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.name))
		}
	}
	if len(parts) == 0 {
		parts = []string{"nothing found"}
	}
	pending := r.Pending()
	if pending == 0 {
		if r.Since != "" {
			return fmt.Sprintf("%s: no migration has come since %s", word, r.Since)
		}
		return fmt.Sprintf("%s: no migration is pending, the database is at version %d", word, r.Base.Version)
	}
	return fmt.Sprintf("%s: %d of %d versions applied; %s", word, r.Applied, pending, strings.Join(parts, ", "))
}

// all are the findings of the run, worst first, in the order of the files.
func (r *Report) all() []*Finding {
	var out []*Finding
	for i := range r.Folder {
		out = append(out, &r.Folder[i])
	}
	for _, m := range r.Migrations {
		for i := range m.Findings {
			out = append(out, &m.Findings[i])
		}
	}
	slices.SortStableFunc(out, func(a, b *Finding) int { return int(b.Severity) - int(a.Severity) })
	return out
}

// maxShown is how many findings the terminal shows; the reports hold all.
const maxShown = 20

// WriteText writes the summary for a terminal: the first screen decides.
func (r *Report) WriteText(w io.Writer) error {
	b := &strings.Builder{}
	fmt.Fprintln(b, r.Headline)
	for _, m := range r.Migrations {
		place := m.File
		if m.Failure != nil && m.Failure.Line > 0 {
			place = fmt.Sprintf("%s:%d", m.File, m.Failure.Line)
		}
		switch {
		case m.Status == NotRehearsed:
			fmt.Fprintf(b, "  %s could not be rehearsed: %s\n  %s\n", place, m.Reason, missingFix(m.Failure))
		case m.Failure != nil:
			fmt.Fprintf(b, "  %s fails: %s", place, m.Failure.Message)
			if m.Failure.State != "" {
				fmt.Fprintf(b, " (SQLSTATE %s)", m.Failure.State)
			}
			fmt.Fprintf(b, "\n  %s\n", m.Recovery)
			for i := range m.Findings {
				if f := &m.Findings[i]; f.Rule == "fails" && f.Fix != "" {
					fmt.Fprintf(b, "  %s\n", strings.ReplaceAll(f.Fix, "\n", "\n  "))
				}
			}
		case m.Status == Refused:
			fmt.Fprintf(b, "  %s was not run: %s\n", m.File, m.Reason)
		}
	}
	if n := len(r.Gates); n > 0 {
		fmt.Fprintf(b, "gates not kept:\n")
		for _, g := range r.Gates[:min(n, 5)] {
			fmt.Fprintf(b, "  %s  %s  %s\n", g.Gate, g.Place, g.Message)
		}
		if n > 5 {
			fmt.Fprintf(b, "  and %d more\n", n-5)
		}
	}
	fmt.Fprintln(b)
	shown := 0
	for _, f := range r.all() {
		if f.Waived != nil || f.Severity == Info || f.Rule == "fails" || f.Rule == "missing-on-server" {
			continue
		}
		if shown++; shown > maxShown {
			continue
		}
		fmt.Fprintf(b, "%-8s %s  %s\n         %s\n", f.Severity, f.Place(), f.Rule, f.Message)
		if f.Fix != "" && f.Severity >= High {
			for line := range strings.Lines(f.Fix) {
				fmt.Fprintf(b, "         | %s\n", strings.TrimRight(line, "\r\n"))
			}
		}
	}
	if shown > maxShown {
		fmt.Fprintf(b, "and %d more findings: --report DIR writes them all\n", shown-maxShown)
	}
	if len(r.Down) > 0 {
		var parts []string
		for _, v := range []Verdict{Exact, OrderOnly, Differs, DownFailed, ReupFailed, ReupDiffer, DownEmpty, NoDown, NotJudged} {
			if n := r.Down[string(v)]; n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, strings.ReplaceAll(string(v), "_", " ")))
			}
		}
		fmt.Fprintf(b, "\nup, down, up: %s\n", strings.Join(parts, ", "))
	}
	if t := r.TogetherText(); t != "" {
		fmt.Fprintln(b, t)
	}
	if d := r.Drift; d != nil {
		switch {
		case d.Reason != "":
			fmt.Fprintf(b, "drift: not compared, %s\n", d.Reason)
		case len(d.Diff) == 0:
			fmt.Fprintf(b, "drift: none, production is what the files up to version %d make\n", d.Version)
		default:
			fmt.Fprintf(b, "drift: %d differences from what the files up to version %d make\n", len(d.Diff), d.Version)
		}
	}
	for _, s := range r.NotShown {
		fmt.Fprintf(b, "not shown: %s\n", s)
	}
	for _, n := range r.NotMeasured {
		fmt.Fprintf(b, "not measured: %s\n", n)
	}
	fmt.Fprintf(b, "%.1f s, PostgreSQL %s, at most %d databases at a time", r.Seconds, r.Server, r.PeakDatabases)
	if r.PeakDatabaseBytes > 0 {
		fmt.Fprintf(b, ", %s", bytesText(r.PeakDatabaseBytes))
	}
	fmt.Fprintln(b)
	_, err := io.WriteString(w, b.String())
	return err
}
