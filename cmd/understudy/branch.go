package main

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/load"
	"github.com/understudy-db/understudy/refresh"
	"github.com/understudy-db/understudy/report"
)

// branch is a branch as the verbs show it.
type branch struct {
	Name       string    `json:"name"`
	Database   string    `json:"database"`
	Generation int       `json:"generation"`
	Created    time.Time `json:"created"`
	Expires    time.Time `json:"expires"`
	Bytes      int64     `json:"bytes"`
	URL        string    `json:"url,omitempty"`
	Seconds    float64   `json:"seconds,omitempty"`
}

func branchOf(b load.Branch) branch {
	return branch{Name: b.Name, Database: b.Database, Generation: b.Generation, Created: b.Created, Expires: b.Expires, Bytes: b.Bytes, URL: b.URL}
}

// place is where people connect to.
func (b branch) place() string {
	if b.URL != "" {
		return b.URL
	}
	return b.Database
}

func (a *app) branchCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "branch",
		Short: "Copies of staging's clean state for one engineer or one CI job",
		Long: `A branch is a database beside staging, STAGING_NAME, cloned from the untouched copy
(pristine) of the generation that serves. Swaps, resets and rollbacks leave it alone. When its time is over the next
refresh or branch drops it. branches.max and branches.max_bytes bound them all.`,
	}
	c.AddCommand(a.branchCreateCmd(), a.branchListCmd(), a.branchDropCmd(), a.branchExtendCmd())
	return c
}

// branching runs a verb on branches and shows the one it was about.
func (a *app) branching(ctx context.Context, run func(context.Context, refresh.Options) (load.Branch, error), say func(b branch)) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	start := time.Now()
	observer, end := a.observer()
	b, err := run(ctx, refresh.Options{Config: cfg, RunID: refresh.NewRunID(start), Tool: toolVersion(), Log: a.logger(), Observer: observer})
	end()
	if err != nil {
		return err
	}
	for _, s := range b.NotCopied {
		a.warnEvent("not copied from staging: " + s)
	}
	v := branchOf(b)
	v.Seconds = time.Since(start).Seconds()
	return a.result(v, func() { say(v) })
}

func (a *app) branchCreateCmd() *cobra.Command {
	var ttl time.Duration
	var migrated bool
	c := &cobra.Command{
		Use:   "create NAME",
		Short: "Clone staging's clean state into a database of your own",
		Example: `  understudy branch create feature-4711
  understudy branch create ci-$CI_JOB_ID --ttl 30m --output json`,
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("ttl") && ttl <= 0 {
				return fault.New(fault.Usage, "--ttl is %s", ttl).WithHint("how long the branch is to live: 30m, 8h, 72h")
			}
			return a.branching(c.Context(), func(ctx context.Context, o refresh.Options) (load.Branch, error) {
				o.Migrated = migrated
				return refresh.CreateBranch(ctx, o, args[0], ttl)
			}, func(b branch) {
				fmt.Fprintf(a.out, "%s is a copy of generation %d until %s (%s)\n%s\n",
					b.Database, b.Generation, b.Expires.UTC().Format(time.RFC3339), report.Seconds(b.Seconds), b.place())
			})
		},
	}
	c.Flags().DurationVar(&ttl, "ttl", 0, "how long it lives, such as 30m or 8h (default branches.ttl)")
	c.Flags().BoolVar(&migrated, "migrated", false, "run the pending migrations of migrations.path on it")
	a.settingFlags(c)
	return c
}

func (a *app) branchListCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "list",
		Short: "List staging's branches",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			all, err := refresh.Branches(c.Context(), refresh.Options{Config: cfg, RunID: refresh.NewRunID(time.Now()), Log: a.logger(), Observer: refresh.Observer{Warn: a.warnEvent}})
			if err != nil {
				return err
			}
			out := []branch{}
			for _, b := range all {
				out = append(out, branchOf(b))
			}
			return a.result(out, func() {
				if len(out) == 0 {
					fmt.Fprintln(a.out, "there are no branches; understudy branch create NAME makes one")
					return
				}
				tw := tabwriter.NewWriter(a.out, 0, 8, 2, ' ', 0)
				fmt.Fprintln(tw, "BRANCH\tDATABASE\tGENERATION\tEXPIRES\tSIZE")
				for _, b := range out {
					expires := b.Expires.UTC().Format(time.RFC3339)
					if time.Now().After(b.Expires) {
						expires += " (over)"
					}
					fmt.Fprintf(tw, "%s\t%s\t%d\t%s\t%s\n", b.Name, b.Database, b.Generation, expires, report.Bytes(b.Bytes))
				}
				tw.Flush()
			})
		},
	}
	a.settingFlags(c)
	return c
}

func (a *app) branchDropCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "drop NAME",
		Short: "Drop a branch with all that is in it, and end its sessions",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.branching(c.Context(), func(ctx context.Context, o refresh.Options) (load.Branch, error) {
				return refresh.DropBranch(ctx, o, args[0])
			}, func(b branch) { fmt.Fprintf(a.out, "%s is dropped\n", b.Database) })
		},
	}
	a.settingFlags(c)
	return c
}

func (a *app) branchExtendCmd() *cobra.Command {
	var ttl time.Duration
	c := &cobra.Command{
		Use:     "extend NAME",
		Short:   "Let a branch live for longer, counted from now",
		Example: `  understudy branch extend feature-4711 --ttl 24h`,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if c.Flags().Changed("ttl") && ttl <= 0 {
				return fault.New(fault.Usage, "--ttl is %s", ttl).WithHint("how long the branch is to live: 30m, 8h, 72h")
			}
			return a.branching(c.Context(), func(ctx context.Context, o refresh.Options) (load.Branch, error) {
				return refresh.ExtendBranch(ctx, o, args[0], ttl)
			}, func(b branch) {
				fmt.Fprintf(a.out, "%s lives until %s\n", b.Database, b.Expires.UTC().Format(time.RFC3339))
			})
		},
	}
	c.Flags().DurationVar(&ttl, "ttl", 0, "how long it lives from now on (default branches.ttl)")
	a.settingFlags(c)
	return c
}
