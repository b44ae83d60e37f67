package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"
)

// WriteHeadline writes what came of the run, in a line or two.
func (r *Run) WriteHeadline(w io.Writer) error {
	var b strings.Builder
	r.headline(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteText writes the report for a person: the decision first, then what each
// masked column became, what was left out, times and warnings.
func (r *Run) WriteText(w io.Writer) error {
	var b strings.Builder
	r.headline(&b)
	if r.Outcome != Failed {
		r.columns(&b)
	}
	r.stages(&b)
	if len(r.Waivers) > 0 {
		b.WriteString("\nwaived\n")
		var rows [][]string
		for _, x := range r.Waivers {
			rows = append(rows, []string{x.Object, x.Rule, x.Reason})
		}
		table(&b, rows)
	}
	if len(r.Skipped) > 0 {
		b.WriteString("\nnot carried over\n")
		var rows [][]string
		for _, s := range r.Skipped {
			rows = append(rows, []string{s.Object, s.Reason})
		}
		table(&b, rows)
	}
	for _, x := range r.Waiters {
		fmt.Fprintf(&b, "production waited: %s for %.1f s: %s\n", x.What, x.Seconds, x.Action)
	}
	for _, x := range r.Warnings {
		fmt.Fprintf(&b, "warning: %s\n", x)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Run) headline(b *strings.Builder) {
	switch r.Outcome {
	case Published:
		fmt.Fprintf(b, "%s now serves generation %d: %s rows in %d tables, %s in %s",
			r.Staging, r.Generation, Count(r.Totals.Rows), r.Totals.Tables, Bytes(r.Totals.Bytes), Seconds(r.Seconds))
		if r.Swap != nil {
			fmt.Fprintf(b, " (swap %.0f ms)", r.Swap.Milliseconds)
		}
		b.WriteString("\n")
		if r.Swap != nil {
			for _, t := range r.Swap.Kept {
				b.WriteString(t.String() + "\n")
			}
		}
	case DryRun:
		fmt.Fprintf(b, "dry run: everything checked in %s, nothing written\n", Seconds(r.Seconds))
	case Complete:
		fmt.Fprintf(b, "generation %d is complete but not published; %s serves as before\n", r.Generation, r.Staging)
	default:
		fmt.Fprintf(b, "refresh failed after %s; %s serves as before\n", Seconds(r.Seconds), r.Staging)
	}
	if !r.Source.SnapshotTime.IsZero() {
		where := "primary"
		if r.Source.Standby {
			where = "standby"
		}
		fmt.Fprintf(b, "snapshot of %s at %s (%s, PostgreSQL %s)\n", r.Source.SnapshotTime.UTC().Format(time.RFC3339), r.Source.SnapshotLSN, where, r.Source.Server)
	}
}

func (r *Run) columns(b *strings.Builder) {
	var masked, kept int
	for _, t := range r.Tables {
		for _, c := range t.Columns {
			if c.Mask == "keep" {
				kept++
			} else {
				masked++
			}
		}
	}
	if masked+kept == 0 {
		return
	}
	fmt.Fprintf(b, "\n%d columns masked, %d kept\n", masked, kept)
	var rows [][]string
	plain := 0
	for _, t := range r.Tables {
		head := []string{t.Name, Count(t.Rows) + " rows"}
		if r.Outcome == DryRun {
			head = head[:1]
		}
		switch masked := t.maskedRows(r.Outcome == DryRun); {
		case t.Mode == "structure only":
			rows = append(rows, []string{t.Name, t.Mode})
		case len(masked) == 0:
			plain++
		default:
			rows = append(append(rows, head), masked...)
		}
	}
	table(b, rows)
	switch {
	case plain == 1:
		b.WriteString("  1 other table, all of its columns kept\n")
	case plain > 1:
		fmt.Fprintf(b, "  %d other tables, all of their columns kept\n", plain)
	}
}

// maskedRows are a line for each masked column; a plan has no counts yet.
func (t *Table) maskedRows(plan bool) [][]string {
	var rows [][]string
	for _, c := range t.Columns {
		if c.Mask == "keep" {
			continue
		}
		by := c.KeyedBy
		if by != "" {
			by = "by " + by
		}
		if plan {
			rows = append(rows, []string{"  " + c.Name, c.Mask, by})
			continue
		}
		counts := Count(c.Changed) + " changed"
		switch {
		case c.Counted:
		case c.Mask == "derive":
			counts = "computed from masked columns"
		case c.Mask == "null":
			counts = "all NULL"
		default:
			counts = "all the same"
		}
		if c.Same > 0 {
			counts += fmt.Sprintf(", %s not", Count(c.Same))
		}
		if c.Nulls > 0 && c.Counted {
			counts += fmt.Sprintf(", %s NULL", Count(c.Nulls))
		}
		if c.Replaced > 0 {
			counts += fmt.Sprintf(", %s not parsed", Count(c.Replaced))
		}
		if c.Oversize > 0 {
			counts += fmt.Sprintf(", %s oversize", Count(c.Oversize))
		}
		rows = append(rows, []string{"  " + c.Name, c.Mask, by, counts})
	}
	return rows
}

// table writes rows with aligned columns, indented, without blanks at the end.
func table(b *strings.Builder, rows [][]string) {
	var width []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(width) {
				width = append(width, 0)
			}
			if i < len(row)-1 {
				width[i] = max(width[i], runewidth.StringWidth(cell))
			}
		}
	}
	for _, row := range rows {
		b.WriteByte(' ')
		for i, cell := range row {
			b.WriteByte(' ')
			if i < len(row)-1 {
				cell = runewidth.FillRight(cell, width[i]+1)
			}
			b.WriteString(cell)
		}
		b.WriteByte('\n')
	}
}

func (r *Run) stages(b *strings.Builder) {
	if len(r.Stages) == 0 {
		return
	}
	b.WriteString("\n")
	for i, s := range r.Stages {
		if i > 0 {
			b.WriteString(" · ")
		}
		fmt.Fprintf(b, "%s %s", s.Name, Seconds(s.Seconds))
	}
	b.WriteString("\n")
}

// Count writes n with thin groups of thousands: 1,234,567.
func Count(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Bytes writes a size in binary units: 1.5 GiB.
func Bytes(n int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	f, i := float64(n), 0
	for f >= 1024 && i < len(units)-1 {
		f, i = f/1024, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", f, units[i])
}

// Seconds writes a time in seconds the way people say it: 850ms, 12.3s, 4m10s.
func Seconds(s float64) string {
	d := time.Duration(s * float64(time.Second))
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}
