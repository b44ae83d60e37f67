package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/user"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/history"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/refresh"
	"github.com/understudy-db/understudy/report"
)

// actor is who runs this, for the history.
func actor() string {
	if name := os.Getenv("UNDERSTUDY_ACTOR"); name != "" {
		return name
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "uid " + fmt.Sprint(os.Getuid())
}

// history opens the record of runs; nil where none is kept.
func (a *app) history(ctx context.Context, cfg *policies.Config) (*history.Store, error) {
	if cfg.History.Database == "" {
		return nil, nil
	}
	dsn, err := cfg.TargetDSN(ctx)
	if err != nil {
		return nil, err
	}
	return history.Open(ctx, dsn, cfg.History.Database)
}

// recorded runs a verb that needs the history.
func (a *app) recorded(ctx context.Context, do func(*history.Store, history.Staging) error) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	store, err := a.history(ctx, cfg)
	if err != nil {
		return err
	}
	if store == nil {
		return fault.New(fault.Preflight, "no history of %s is kept", cfg.Target.Database).WithHint("`understudy history init` begins one, in a database of the target server")
	}
	return do(store, history.Staging{Project: cfg.Project, Database: cfg.Target.Database})
}

func (a *app) historyCmd() *cobra.Command {
	limit := 20
	c := &cobra.Command{
		Use:   "history [RUN]",
		Short: "List the runs of staging, or show one: who asked for it and why, how long it took, how it ended",
		Long: `Lists what refresh, reset and rollback have done, the last one first, from a database of
the target server that "understudy history init" makes. With the beginning of a run's name
it shows that one; with --output json, its whole report.

A run that has been silent for two minutes without having ended is lost: its process or
machine is gone. The next refresh drops what it has left.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.recorded(c.Context(), func(s *history.Store, of history.Staging) error {
				if len(args) > 0 {
					r, err := s.Find(c.Context(), of, args[0])
					if err != nil {
						return err
					}
					return a.result(r, func() { a.showEntry(r) })
				}
				if limit < 1 {
					return fault.New(fault.Usage, "--limit is %d", limit)
				}
				all, err := s.List(c.Context(), of, limit)
				if err != nil {
					return err
				}
				if all == nil {
					all = []history.Run{}
				}
				return a.result(all, func() { a.showHistory(all) })
			})
		},
	}
	c.Flags().IntVar(&limit, "limit", limit, "how many runs to list at most")
	a.settingFlags(c)
	c.AddCommand(a.historyInitCmd(), a.historyTableCmd())
	return c
}

func (a *app) showHistory(all []history.Run) {
	if len(all) == 0 {
		fmt.Fprintln(a.out, "nothing has run yet")
		return
	}
	tw := tabwriter.NewWriter(a.out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(tw, "RUN\tVERB\tSTARTED\tTOOK\tRESULT\tGENERATION\tBY\tREASON")
	for _, r := range all {
		took, generation := "", ""
		if r.Ended != nil {
			took = report.Seconds(r.Ended.Sub(r.Started).Seconds())
		}
		if r.Generation != nil {
			generation = fmt.Sprint(*r.Generation)
		}
		result := r.Result()
		if r.ExitCode == nil && r.Stage != "" {
			result += " (" + r.Stage + ")"
		}
		if r.ExitCode != nil && *r.ExitCode != 0 {
			result += fmt.Sprintf(" (%d)", *r.ExitCode)
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.Verb, r.Started.UTC().Format(time.RFC3339), took, result, generation, r.Actor, r.Reason)
	}
	tw.Flush()
}

func (a *app) showEntry(r history.Run) {
	fmt.Fprintf(a.out, "%s  %s of %s, %s\n", r.ID, r.Verb, r.Staging, r.Result())
	fmt.Fprintf(a.out, "by %s on %s (process %d)", r.Actor, r.Host, r.PID)
	if r.Reason != "" {
		fmt.Fprintf(a.out, ": %s", r.Reason)
	}
	fmt.Fprintf(a.out, "\nstarted %s", r.Started.UTC().Format(time.RFC3339))
	if r.Ended != nil {
		fmt.Fprintf(a.out, ", ended %s, exit code %d", r.Ended.UTC().Format(time.RFC3339), *r.ExitCode)
	}
	fmt.Fprintln(a.out)
	if r.CancelledBy != "" {
		fmt.Fprintf(a.out, "cancelled by %s\n", r.CancelledBy)
	}
	if r.Error != "" {
		fmt.Fprintf(a.out, "error: %s\n", r.Error)
	}
	var run report.Run
	if len(r.Report) == 0 || json.Unmarshal(r.Report, &run) != nil { // of another verb, or a later version
		return
	}
	var stages []string
	for _, s := range run.Stages {
		stages = append(stages, s.Name+" "+report.Seconds(s.Seconds))
	}
	if len(stages) > 0 {
		fmt.Fprintf(a.out, "stages: %s\n", strings.Join(stages, ", "))
	}
	for _, g := range run.Gates {
		if !g.Passed {
			fmt.Fprintf(a.out, "gate failed: %s\n", g.Name)
		}
	}
	slices.SortFunc(run.Tables, func(x, y report.Table) int { return cmp.Compare(y.Seconds, x.Seconds) })
	if len(run.Tables) > 0 {
		fmt.Fprintf(a.out, "%s rows of %d tables; longest were:\n", report.Count(run.Totals.Rows), run.Totals.Tables)
		tw := tabwriter.NewWriter(a.out, 0, 8, 2, ' ', 0)
		for _, t := range run.Tables[:min(len(run.Tables), longestTables)] {
			fmt.Fprintf(tw, "  %s\t%s rows\t%s\t%s\n", t.Name, report.Count(t.Rows), report.Bytes(t.Bytes), report.Seconds(t.Seconds))
		}
		tw.Flush()
	}
	for _, w := range run.Warnings {
		fmt.Fprintf(a.out, "warning: %s\n", w)
	}
}

// longestTables is how many tables of a run are shown.
const longestTables = 5

func (a *app) historyTableCmd() *cobra.Command {
	limit := 20
	c := &cobra.Command{
		Use:     "table NAME",
		Short:   "Show how long a table took in the latest refreshes, and how large it was",
		Example: "  understudy history table public.orders",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.recorded(c.Context(), func(s *history.Store, of history.Staging) error {
				all, err := s.Table(c.Context(), of, args[0], limit)
				if err != nil {
					return err
				}
				if len(all) == 0 {
					return fault.New(fault.Usage, "no run has copied a table %s", args[0]).WithHint("tables are named as in the report: schema.table")
				}
				return a.result(all, func() {
					tw := tabwriter.NewWriter(a.out, 0, 8, 2, ' ', 0)
					fmt.Fprintln(tw, "RUN\tSTARTED\tROWS\tSIZE\tTOOK\tMODE")
					for _, t := range all {
						fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\n", t.Run, t.Started.UTC().Format(time.RFC3339), report.Count(t.Rows), report.Bytes(t.Bytes), report.Seconds(t.Seconds), t.Mode)
					}
					tw.Flush()
				})
			})
		},
	}
	c.Flags().IntVar(&limit, "limit", limit, "how many runs to show at most")
	a.settingFlags(c)
	return c
}

func (a *app) historyInitCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "init",
		Short: "Make the database of the history on the target server, or bring it up to date",
		Long: `Makes the database history.database (understudy) on the target server, as the target role.
It is refused before a first refresh has proven that the target is not production.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			name := cfg.History.Database
			if name == "" || name == cfg.Target.Database {
				return fault.New(fault.Usage, "history.database is %q", name).WithHint("name a database of its own, such as understudy")
			}
			st, err := refresh.Status(c.Context(), refresh.Options{Config: cfg, RunID: refresh.NewRunID(time.Now()), Log: a.logger(), Observer: refresh.Observer{Warn: a.warnEvent}})
			if err != nil {
				return err
			}
			if st.Serving == nil {
				return fault.New(fault.Preflight, "nothing is written to this server before a refresh has proven that it is not production").WithHint("run `understudy refresh` first")
			}
			dsn, err := cfg.TargetDSN(c.Context())
			if err != nil {
				return err
			}
			created, err := history.Init(c.Context(), dsn, name)
			if err != nil {
				return err
			}
			return a.result(map[string]any{"database": name, "created": created}, func() {
				if created {
					fmt.Fprintf(a.out, "runs are recorded in the database %s from now on\n", name)
				} else {
					fmt.Fprintf(a.out, "the database %s is up to date\n", name)
				}
			})
		},
	}
	a.settingFlags(c)
	return c
}

func (a *app) cancelCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "cancel RUN",
		Short: "Ask a run to stop, on whatever machine it is: staging serves as before",
		Long: `Asks a refresh, reset or rollback to stop, by its name in "understudy history" or the
beginning of it. It hears of it within seconds, cleans up as after SIGTERM, and ends with 143.`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.recorded(c.Context(), func(s *history.Store, of history.Staging) error {
				r, err := s.Find(c.Context(), of, args[0])
				if err != nil {
					return err
				}
				running, err := s.Cancel(c.Context(), r.ID, actor())
				if err != nil {
					return err
				}
				if !running {
					return fault.New(fault.Usage, "the run %s has ended already: %s", r.ID, r.Result())
				}
				return a.result(map[string]any{"run": r.ID, "cancelled": true}, func() { fmt.Fprintf(a.out, "%s is asked to stop\n", r.ID) })
			})
		},
	}
	a.settingFlags(c)
	return c
}

func (a *app) pauseCmd() *cobra.Command {
	var reason string
	c := &cobra.Command{
		Use:     "pause",
		Short:   "Keep the schedule of understudy serve from beginning refreshes",
		Example: `  understudy pause --reason "migration of the target server"`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.recorded(c.Context(), func(s *history.Store, of history.Staging) error {
				if err := s.Pause(c.Context(), of, actor(), reason); err != nil {
					return err
				}
				return a.result(map[string]any{"paused": true}, func() {
					fmt.Fprintf(a.out, "the schedule of %s is paused; `understudy resume` ends that\n", of.Database)
				})
			})
		},
	}
	c.Flags().StringVar(&reason, "reason", "", "why, for status and the others")
	a.settingFlags(c)
	return c
}

func (a *app) resumeCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "resume",
		Short: "Let the schedule of understudy serve go on; a refresh that was missed is made up for",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.recorded(c.Context(), func(s *history.Store, of history.Staging) error {
				was, err := s.Resume(c.Context(), of)
				if err != nil {
					return err
				}
				return a.result(map[string]any{"was_paused": was}, func() {
					if was {
						fmt.Fprintf(a.out, "the schedule of %s goes on\n", of.Database)
					} else {
						fmt.Fprintf(a.out, "the schedule of %s was not paused\n", of.Database)
					}
				})
			})
		},
	}
	a.settingFlags(c)
	return c
}

// paused says why the schedule waits: somebody has paused it, or whether that is
// so cannot be known; empty: it goes on.
func (a *app) paused(ctx context.Context, cfg *policies.Config) string {
	s, err := a.history(ctx, cfg)
	if err == nil && s == nil {
		return ""
	}
	var p *history.Pause
	if err == nil {
		p, err = s.Paused(ctx, history.Staging{Project: cfg.Project, Database: cfg.Target.Database})
	}
	switch {
	case err != nil:
		return "whether the schedule is paused is not known: " + err.Error()
	case p == nil:
		return ""
	case p.Reason != "":
		return fmt.Sprintf("paused by %s since %s: %s", p.Actor, p.Since.UTC().Format(time.RFC3339), p.Reason)
	}
	return fmt.Sprintf("paused by %s since %s", p.Actor, p.Since.UTC().Format(time.RFC3339))
}

func (a *app) reasonFlag(c *cobra.Command) {
	c.Flags().StringVar(&a.reason, "reason", "", "why, for understudy history")
}
