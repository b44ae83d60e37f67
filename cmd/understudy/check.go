package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/annotate"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/refresh"
)

type checkOptions struct {
	migrations string
	server     string
	format     string
}

func (a *app) checkCmd() *cobra.Command {
	var o checkOptions
	c := &cobra.Command{
		Use:   "check",
		Short: "Compare the policy with a schema: every column covered, every mask fitting",
		Long: `Reads the source's schema, binds the policy to it and has the source prepare every SQL
fragment. No row is read, nothing is written. All problems are reported at once, with
file, line and column, and with the lines to add. Exit code 3 means that the policy has
a gap: a refresh would refuse to start.

With --migrations production is not asked: the schema is built from golang-migrate's
files, in a throw-away PostgreSQL of this machine's programs or in a scratch database on
--server, which is dropped afterwards. A column without a rule is shown where the
migration adds it, so that a pull request fails at its own line. Neither source, target
nor key has to be there. Exit code 4 means that nothing could be checked, because a
migration does not apply or there is no server.`,
		Example: `  understudy check
  understudy check --output json
  understudy check --migrations db/migrations --format github
  understudy check --migrations db/migrations --format sarif > understudy.sarif
  understudy check --migrations db/migrations --server postgres://ci@localhost/postgres`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.check(c.Context(), o) },
	}
	f := c.Flags()
	f.StringVar(&o.migrations, "migrations", "", "check against the schema that golang-migrate's files in this `DIR` make, instead of the source's")
	f.StringVar(&o.server, "server", os.Getenv("UNDERSTUDY_SCRATCH_URL"), "server to make the scratch database of --migrations on, by a role with CREATEDB; default a throw-away server, or UNDERSTUDY_SCRATCH_URL")
	f.StringVar(&o.format, "format", "text", "text, json (as --output json), github (annotations of a workflow run) or sarif")
	a.settingFlags(c)
	return c
}

func (a *app) check(ctx context.Context, o checkOptions) error {
	switch o.format {
	case "text", "github", "sarif":
	case "json":
		a.output = "json"
	default:
		return fault.New(fault.Usage, "--format is %q", o.format).WithHint("use text, json, github or sarif")
	}
	if o.server != "" && o.migrations == "" && os.Getenv("UNDERSTUDY_SCRATCH_URL") == "" {
		return fault.New(fault.Usage, "--server without --migrations").WithHint("the source's URL is --source-url")
	}
	r, err := a.checked(ctx, o)
	var warnings policies.Problems
	if r != nil {
		warnings = r.Warnings
	}
	problems := policies.AsProblems(err)
	if err != nil && problems == nil {
		return err // nothing was checked
	}
	switch o.format {
	case "github":
		_ = annotate.GitHub(a.out, findings(problems, warnings)) // a.out remembers
		return err
	case "sarif":
		_ = annotate.SARIF(a.out, toolVersion(), checkRules, findings(problems, warnings))
		return err
	}
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
		if o.migrations != "" {
			fmt.Fprintf(a.out, "schema of version %d, built from %d migrations; its tables are empty, so that no range was compared with rows\n", r.Version, r.Files)
		}
	})
}

// checked is the policy against the source, or against migrations.
func (a *app) checked(ctx context.Context, o checkOptions) (*refresh.Checked, error) {
	cfg, err := a.config()
	if err != nil {
		return nil, err
	}
	ro := refresh.Options{Config: cfg, RunID: refresh.NewRunID(time.Now()), Log: a.logger(), Observer: refresh.Observer{Warn: a.warnEvent}}
	if o.migrations != "" {
		return refresh.CheckMigrations(ctx, ro, o.migrations, catalog.DSN(o.server))
	}
	return refresh.Check(ctx, ro)
}
