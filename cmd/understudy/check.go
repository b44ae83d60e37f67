package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/refresh"
)

func (a *app) checkCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "check",
		Short: "Compare the policy with the source: every column covered, every mask fitting",
		Long: `Reads the source's schema, binds the policy to it and has the source prepare every SQL
fragment. No row is read, nothing is written. All problems are reported at once, with
file, line and column, and with the lines to add. Exit code 3 means that the policy has
a gap: a refresh would refuse to start.`,
		Example: `  understudy check
  understudy check --output json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			r, err := refresh.Check(c.Context(), refresh.Options{Config: cfg, RunID: refresh.NewRunID(time.Now()), Log: a.logger(), Observer: refresh.Observer{Warn: a.warnEvent}})
			if err != nil {
				return err
			}
			v := struct {
				Outcome string `json:"outcome"`
				*refresh.Checked
				Warnings []problemOutput `json:"warnings,omitempty"`
			}{"covered", r, problemOutputs(r.Warnings)}
			return a.result(v, func() {
				for _, w := range r.Warnings {
					a.say("warning: " + w.Text() + "\n")
				}
				if a.verbose {
					tw := tabwriter.NewWriter(a.out, 0, 8, 2, ' ', 0)
					for _, t := range r.Tables {
						fmt.Fprintf(tw, "%s\t%s\t\t\n", t.Name, t.Mode)
						for _, col := range t.Columns {
							fmt.Fprintf(tw, "  %s\t%s\t%s\t%s\n", col.Name, col.Mask, col.KeyedBy, col.Origin)
						}
					}
					tw.Flush()
				}
				fmt.Fprintf(a.out, "the policy covers all %d tables: %d columns masked, %d kept\n", len(r.Tables), r.Masked, r.Kept)
			})
		},
	}
	a.settingFlags(c)
	return c
}
