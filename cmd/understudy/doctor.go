package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/refresh"
)

func (a *app) doctorCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Look at both servers and print what is missing, with the statements that mend it",
		Long: `Connects to source and target, reads no row, writes nothing, and prints everything that
a refresh would refuse on or warn of: privileges with the exact GRANTs, versions,
missing extensions, poolers, TLS, standby lag, connection limits, space, and whether
the target really is another database than the source.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			d := refresh.Doctor(c.Context(), refresh.Options{Config: cfg, RunID: refresh.NewRunID(time.Now()), Log: a.logger(), Observer: refresh.Observer{Warn: func(string) {}}})
			if err := a.result(d, func() { a.showDiagnosis(d) }); err != nil {
				return err
			}
			if d.Refused() {
				a.partial = nil
				return fault.New(fault.Preflight, "a refresh would be refused")
			}
			return nil
		},
	}
	a.settingFlags(c)
	return c
}

func (a *app) showDiagnosis(d *refresh.Diagnosis) {
	for _, line := range []struct{ name, text string }{{"source", d.Source}, {"target", d.Target}, {"space", d.Space}} {
		if line.text != "" {
			fmt.Fprintf(a.out, "%s: %s\n", line.name, line.text)
		}
	}
	marks := map[string]string{"refuse": "✗", "warn": "!", "note": "·"}
	for _, f := range d.Findings {
		fmt.Fprintf(a.out, "%s %s: %s\n", marks[f.Severity], f.Side, f.Message)
		if f.Fix != "" {
			fmt.Fprintf(a.out, "    %s\n", f.Fix)
		}
	}
	if len(d.Findings) == 0 {
		fmt.Fprintln(a.out, "nothing to mend")
	}
}
