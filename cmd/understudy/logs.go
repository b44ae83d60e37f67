package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/history"
)

// followEvery is how often logs --follow looks for more.
const followEvery = time.Second

func (a *app) logsCmd() *cobra.Command {
	var follow bool
	c := &cobra.Command{
		Use:   "logs RUN",
		Short: "Show what a run has logged, on whatever machine it was",
		Long: `Shows the log of a refresh, reset or rollback, by its name in "understudy history" or the
beginning of it: each stage and table, every warning, and with --verbose of that run every step.
Lines of a run that goes on are a few seconds late. With --output json each line is an object.`,
		Example: `  understudy logs 20261126T0330
  understudy logs 20261126T0330 --follow`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.recorded(c.Context(), func(s *history.Store, of history.Staging) error { return a.logs(c.Context(), s, of, args[0], follow) })
		},
	}
	c.Flags().BoolVarP(&follow, "follow", "f", false, "go on until the run has ended")
	a.settingFlags(c)
	return c
}

func (a *app) logs(ctx context.Context, s *history.Store, of history.Staging, id string, follow bool) error {
	r, err := s.Find(ctx, of, id)
	if err != nil {
		return err
	}
	last := 0
	for {
		lines, err := s.Lines(ctx, r.ID, last)
		if err != nil {
			return err
		}
		for _, l := range lines {
			if err := a.result(l, func() {
				fmt.Fprintf(a.out, "%s %-5s %s\n", l.At.UTC().Format("2006-01-02T15:04:05.000Z"), l.Level, l.Text)
			}); err != nil {
				return err
			}
			last = l.N
		}
		if !follow || r.Result() != "running" {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(followEvery):
		}
		// Asked before the lines, which are all there once it has ended.
		if r, err = s.Find(ctx, of, r.ID); err != nil {
			return err
		}
	}
}
