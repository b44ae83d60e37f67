package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/refresh"
)

// maxCell is the widest value that preview shows, in terminal columns.
const maxCell = 48

func (a *app) previewCmd() *cobra.Command {
	var p refresh.PreviewOptions
	c := &cobra.Command{
		Use:   "preview TABLE",
		Short: "Show a table's first rows, masked, beside the shape of the originals",
		Long: `Masks the first rows of a table of the source and shows them beside the shape of what
they replace (letters as a, digits as 9). Nothing is written anywhere. Kept columns are
shown as shape, too. --show-originals shows production's values; it works on a terminal
only, so that they do not end up in a log.`,
		Example: `  understudy preview public.customers --rows 3
  understudy preview 'public."Order Items"'`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return fault.New(fault.Usage, "preview takes one table").WithHint("for example: understudy preview public.customers")
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
			p.Table = args[0]
			r, err := refresh.ShowPreview(c.Context(), refresh.Options{Config: cfg, RunID: refresh.NewRunID(time.Now()), Log: a.logger(), Observer: refresh.Observer{Warn: a.warnEvent}}, p)
			if err != nil {
				return err
			}
			return a.result(r, func() { a.showPreview(r) })
		},
	}
	c.Flags().IntVar(&p.Rows, "rows", 5, "number of rows to show")
	c.Flags().BoolVar(&p.Originals, "show-originals", false, "show production's values instead of their shape; on a terminal only")
	a.settingFlags(c)
	return c
}

// showPreview writes one block for each row: column, original, masked.
func (a *app) showPreview(p *refresh.Preview) {
	name, left := 0, 0
	cells := func(c refresh.PreviewCell) (string, string) { return cell(c.Original), cell(c.Masked) }
	for i, c := range p.Columns {
		name = max(name, runewidth.StringWidth(c.Name+" ("+c.Mask+")"))
		for _, row := range p.Rows {
			o, _ := cells(row[i])
			left = max(left, runewidth.StringWidth(o))
		}
	}
	fmt.Fprintf(a.out, "%s\n", p.Table)
	for n, row := range p.Rows {
		fmt.Fprintf(a.out, "row %d\n", n+1)
		for i, c := range p.Columns {
			o, m := cells(row[i])
			fmt.Fprintf(a.out, "  %s  %s  →  %s\n", runewidth.FillRight(c.Name+" ("+c.Mask+")", name), runewidth.FillRight(o, left), m)
		}
	}
	if len(p.Rows) == 0 {
		fmt.Fprintln(a.out, "the table is empty")
	}
}

// cell is a value on one line: control characters escaped, long ones cut.
func cell(v *string) string {
	if v == nil {
		return "NULL"
	}
	s := strings.Trim(strconv.Quote(*v), `"`)
	return runewidth.Truncate(strings.ReplaceAll(s, `\"`, `"`), maxCell, "…")
}
