package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/refresh"
	"github.com/understudy-db/understudy/report"
)

func (a *app) policyCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "policy",
		Short: "Look at the policy as a whole",
		Args:  cobra.NoArgs,
	}
	c.AddCommand(a.coverageCmd(), a.riskCmd())
	return c
}

func (a *app) coverageCmd() *cobra.Command {
	var html string
	c := &cobra.Command{
		Use:   "coverage",
		Short: "Sum what the policy does: by table, by mask, by what columns seem to hold",
		Long: `Binds the policy to the source's schema and counts, for each table, what is kept and what
is masked by which mask, which lines still ask for a review, and which kept columns seem
to identify somebody. No row is read and no key is needed. A list of what is covered, to
be signed by a person; not a verdict.`,
		Example: `  understudy policy coverage
  understudy policy coverage --html coverage.html`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			cov, err := refresh.Coverage(c.Context(), refresh.Options{Config: cfg, RunID: refresh.NewRunID(time.Now()), Log: a.logger(), Observer: refresh.Observer{Warn: a.warnEvent}})
			if err != nil {
				return err
			}
			if html != "" {
				if err := replaceFile(html, func(w io.Writer) error { return cov.WriteHTML(w, cfg.Project) }); err != nil {
					return err
				}
			}
			return a.result(cov, func() { fmt.Fprint(a.out, coverageText(cov)) })
		},
	}
	c.Flags().StringVar(&html, "html", "", "also write the coverage as one self-contained page into this `FILE`")
	a.settingFlags(c)
	return c
}

// coverageText is at most textWidth columns wide, names that are longer aside.
func coverageText(c *report.Coverage) string {
	var b strings.Builder
	for _, t := range c.Tables {
		head := t.Name
		switch {
		case t.Rows == "none":
			fmt.Fprintf(&b, "%s  structure only\n", head)
			continue
		case t.Rows == "where":
			head += "  some rows"
		}
		fmt.Fprintf(&b, "%s  %d masked, %d kept", head, t.Masked, t.Kept)
		if t.Review > 0 {
			fmt.Fprintf(&b, ", %d to review", t.Review)
		}
		b.WriteString("\n")
		labelled(&b, "subject", t.Subject)
		labelled(&b, "masks", counted(t.Masks))
		labelled(&b, "hide", counted(t.Classes))
		if len(t.Exposed) > 0 {
			labelled(&b, "look at", "kept, and by name personal: "+strings.Join(t.Exposed, ", "))
		}
	}
	fmt.Fprintf(&b, "\n%d columns masked, %d kept, %d lines to review\n", c.Masked, c.Kept, len(c.Lines))
	labelled(&b, "review", strings.Join(c.Lines, " "))
	if len(c.Classes) > 0 {
		fmt.Fprintf(&b, "\n  %-22s%8s%8s\n", "seems to hold", "masked", "kept")
		for _, cl := range c.Classes {
			fmt.Fprintf(&b, "  %s%8d%8d\n", runewidth.FillRight(cl.Class, 22), cl.Masked, cl.Kept)
		}
	}
	return b.String()
}

// counted writes "email, text ×3".
func counted(masks map[string]int) string {
	var out []string
	for _, m := range slices.Sorted(maps.Keys(masks)) {
		if m == "" {
			continue
		}
		if masks[m] > 1 {
			m = fmt.Sprintf("%s ×%d", m, masks[m])
		}
		out = append(out, m)
	}
	return strings.Join(out, ", ")
}
