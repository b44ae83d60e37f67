package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/refresh"
	"github.com/understudy-db/understudy/report"
)

func (a *app) riskCmd() *cobra.Command {
	var columns []string
	c := &cobra.Command{
		Use:   "risk TABLE --columns A,B,C",
		Short: "Count how well some columns of staging single rows out",
		Long: `Groups the rows of a table of staging by columns that somebody may know of a person (a year
of birth, a region, a sex), and counts: the smallest group (k), rows that are alone, rows in
groups of fewer than 5 and 11. Masked columns single out too, but by values that nobody knows:
name the kept and the coarsened ones. Production is not read. Numbers, not a verdict.`,
		Example: `  understudy policy risk public.customers --columns birth_date,country,gender`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || len(columns) == 0 {
				return fault.New(fault.Usage, "risk takes one table and --columns").WithHint("for example: understudy policy risk public.customers --columns birth_date,country")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			r, err := refresh.MeasureRisk(c.Context(), refresh.Options{Config: cfg, RunID: refresh.NewRunID(time.Now()), Log: a.logger(), Observer: refresh.Observer{Warn: a.warnEvent}}, args[0], columns)
			if err != nil {
				return err
			}
			return a.result(r, func() {
				fmt.Fprintf(a.out, "%s by %s: %s rows in %s classes\n", r.Table, strings.Join(r.Columns, ", "), report.Count(r.Rows), report.Count(r.Classes))
				fmt.Fprintf(a.out, "  smallest class (k)       %s\n", report.Count(r.Smallest))
				fmt.Fprintf(a.out, "  alone in their class     %s rows\n", report.Count(r.Unique))
				fmt.Fprintf(a.out, "  in classes below 5       %.2f %% of rows\n", 100*r.BelowFive)
				fmt.Fprintf(a.out, "  in classes below 11      %.2f %% of rows\n", 100*r.BelowEleven)
				fmt.Fprintf(a.out, "  classes by rows          %.2f %%: what matching everybody gets right on average\n", 100*r.Marketer)
			})
		},
	}
	c.Flags().StringSliceVar(&columns, "columns", nil, "columns that somebody may know, as they are named in the database")
	a.settingFlags(c)
	return c
}
