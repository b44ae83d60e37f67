package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/refresh"
)

func (a *app) previewCmd() *cobra.Command {
	var p refresh.PreviewOptions
	grid := false
	c := &cobra.Command{
		Use:   "preview TABLE...",
		Short: "Show tables' first rows, masked, beside the shape of the originals",
		Long: `Masks the first rows of tables of the source, all under one snapshot, and shows them
beside the shape of what they replace (letters as a, digits as 9), column by column;
--table shows masked rows as a table where they fit. Nothing is written anywhere. Kept columns are
shown as shape, too. --show-originals shows production's values; it works on a terminal
only, so that they do not end up in a log. --output json gives one object for one table,
and a list of them for several.`,
		Example: `  understudy preview public.customers --rows 3
  understudy preview public.customers public.orders --table
  understudy preview 'public."Order Items"' --output json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fault.New(fault.Usage, "preview takes tables").WithHint("for example: understudy preview public.customers")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if p.Originals && (!isTTY(a.out) || a.output == "json") {
				return fault.New(fault.Usage, "--show-originals works on a terminal only").WithHint("without it, preview shows the shape of the originals")
			}
			if p.Rows < 1 {
				return fault.New(fault.Usage, "--rows is %d: at least 1", p.Rows)
			}
			cfg, err := a.config()
			if err != nil {
				return err
			}
			p.Tables = args
			r, err := refresh.ShowPreview(c.Context(), refresh.Options{Config: cfg, RunID: refresh.NewRunID(time.Now()), Log: a.logger(), Observer: refresh.Observer{Warn: a.warnEvent}}, p)
			if err != nil {
				return err
			}
			if len(r) == 1 && a.output == "json" {
				return a.jsonLine(r[0])
			}
			return a.result(r, func() {
				for i, t := range r {
					if i > 0 {
						fmt.Fprintln(a.out)
					}
					text := ""
					if grid {
						text = previewGrid(t)
					}
					if text == "" {
						text = previewText(t)
					}
					fmt.Fprint(a.out, text)
				}
			})
		},
	}
	c.Flags().IntVar(&p.Rows, "rows", 5, "number of rows of each table to show")
	c.Flags().BoolVar(&grid, "table", false, "one line for each masked row, where that fits 80 columns")
	c.Flags().BoolVar(&p.Originals, "show-originals", false, "show production's values instead of their shape; on a terminal only")
	a.settingFlags(c)
	return c
}

// previewText writes, for each column, what stood in each row and what stands
// there now.
func previewText(p *refresh.Preview) string {
	var b strings.Builder
	masked := 0
	for _, c := range p.Columns {
		if c.Mask != "keep" {
			masked++
		}
	}
	fmt.Fprintf(&b, "%s  %d of %d columns masked\n", p.Table, masked, len(p.Columns))
	if len(p.Rows) == 0 {
		b.WriteString("  the table is empty\n")
		return b.String()
	}
	for i, c := range p.Columns {
		rule := c.Mask
		if c.KeyedBy != "" {
			rule += ", by " + c.KeyedBy
		}
		fmt.Fprintf(&b, "  %s\n", cut(c.Name+"  ("+rule+")", textWidth-2))
		left := 0
		for _, row := range p.Rows {
			left = max(left, runewidth.StringWidth(cell(row[i].Original)))
		}
		left = min(left, (textWidth-9)/2)
		if c.Mask == "derive" {
			b.WriteString("    computed from masked columns once all rows are loaded\n")
			continue
		}
		for n, row := range p.Rows {
			original := cut(cell(row[i].Original), left)
			line := fmt.Sprintf("  %3d %s  →  ", n+1, runewidth.FillRight(original, left))
			if c.Mask == "keep" {
				line = fmt.Sprintf("  %3d %s", n+1, cut(cell(row[i].Masked), textWidth-6))
			} else {
				line += cut(cell(row[i].Masked), textWidth-runewidth.StringWidth(line))
			}
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	return b.String()
}

// minGridColumn is how far previewGrid narrows a column.
const minGridColumn = 8

// previewGrid writes one line for each masked row, wide values cut; "" if there
// are too many columns for a terminal. Masked columns are marked.
func previewGrid(p *refresh.Preview) string {
	if len(p.Rows) == 0 {
		return ""
	}
	widths := make([]int, len(p.Columns))
	heads := make([]string, len(p.Columns))
	total := 0
	for i, c := range p.Columns {
		heads[i] = c.Name
		if c.Mask != "keep" {
			heads[i] += "*"
		}
		widths[i] = runewidth.StringWidth(heads[i])
		for _, row := range p.Rows {
			widths[i] = max(widths[i], runewidth.StringWidth(cell(row[i].Masked)))
		}
		total += widths[i] + 2
	}
	for ; total > textWidth; total-- {
		widest := slices.Index(widths, slices.Max(widths))
		if widths[widest] <= minGridColumn {
			return ""
		}
		widths[widest]--
	}
	var b strings.Builder
	line := func(cells func(i int) string) {
		out := ""
		for i := range widths {
			out += "  " + runewidth.FillRight(cut(cells(i), widths[i]), widths[i])
		}
		b.WriteString(strings.TrimRight(out, " ") + "\n")
	}
	fmt.Fprintf(&b, "%s  (* masked)\n", p.Table)
	line(func(i int) string { return heads[i] })
	line(func(i int) string { return strings.Repeat("-", widths[i]) })
	for _, row := range p.Rows {
		line(func(i int) string { return cell(row[i].Masked) })
	}
	return b.String()
}

func cut(s string, width int) string { return runewidth.Truncate(s, max(width, 1), "…") }

// cell is a value on one line, control characters escaped.
func cell(v *string) string {
	if v == nil {
		return "NULL"
	}
	s := strconv.Quote(*v)
	s = s[1 : len(s)-1]
	return strings.ReplaceAll(s, `\"`, `"`)
}
