package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/refresh"
)

func (a *app) explainCmd() *cobra.Command {
	upgrade := false
	c := &cobra.Command{
		Use:   "explain SCHEMA.TABLE[.COLUMN]...",
		Short: "Say what a column will become, why, and what that gives away",
		Long: `For each column: its rule and where it comes from, what it is keyed by and which other
columns share its domain, what the mask promises, what staging keeps of the values, and
what an attacker learns who has the staging copy, or the copy and the key. Reads the
source's schema, no row.

--upgrade compares the masks of this version of understudy with those that the serving
generation was made by, and lists the columns whose values the next refresh changes
although nobody has changed the policy.`,
		Example: `  understudy explain public.customers.email
  understudy explain public.customers public.orders.client_ip --output json
  understudy explain --upgrade`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case upgrade && len(args) > 0:
				return fault.New(fault.Usage, "explain --upgrade looks at all columns and takes no names")
			case !upgrade && len(args) == 0:
				return fault.New(fault.Usage, "explain takes columns or tables").WithHint("for example: understudy explain public.customers.email")
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := a.config()
			if err != nil {
				return err
			}
			o := refresh.Options{Config: cfg, RunID: refresh.NewRunID(time.Now()), Tool: toolVersion(), Log: a.logger(), Observer: refresh.Observer{Warn: a.warnEvent}}
			if upgrade {
				u, err := refresh.ShowUpgrade(c.Context(), o)
				if err != nil {
					return err
				}
				return a.result(u, func() { fmt.Fprint(a.out, upgradeText(u)) })
			}
			es, err := refresh.Explain(c.Context(), o, args)
			if err != nil {
				return err
			}
			return a.result(es, func() {
				for i := range es {
					if i > 0 {
						fmt.Fprintln(a.out)
					}
					fmt.Fprint(a.out, explanationText(&es[i]))
				}
			})
		},
	}
	c.Flags().BoolVar(&upgrade, "upgrade", false, "list the columns whose values change with this version's masks")
	a.settingFlags(c)
	return c
}

func explanationText(e *policies.Explanation) string {
	var b strings.Builder
	kind := e.Type
	if e.Unique {
		kind += ", unique"
	}
	fmt.Fprintf(&b, "%s  %s\n", e.Column, kind)
	var params []string
	for _, k := range slices.Sorted(maps.Keys(e.Params)) {
		if k != "expression" { // shown below, as it is
			params = append(params, k+": "+flow(e.Params[k]))
		}
	}
	rule := e.Rule
	if len(params) > 0 {
		rule += " (" + strings.Join(params, ", ") + ")"
	}
	labelled(&b, "rule", rule+": "+e.Summary)
	if sql, ok := e.Params["expression"].(string); ok {
		labelled(&b, "expression", sql)
	}
	from := e.Origin
	if e.Pattern != "" {
		from += ", by the pattern " + e.Pattern
	}
	if e.Inherited != "" {
		from += ", by " + e.Inherited
	}
	labelled(&b, "from", from)
	if e.Rows == "where" {
		labelled(&b, "rows", "those that a condition of the policy selects")
	}
	if e.KeyedBy != "" {
		labelled(&b, "keyed by", e.KeyedBy)
	}
	labelled(&b, "subject", e.SubjectPath)
	labelled(&b, "in SQL", e.SubjectSQL)
	if len(e.Shared) > 0 {
		labelled(&b, "domain with", strings.Join(e.Shared, ", "))
	}
	if e.Rank > 0 {
		labelled(&b, "output", outputText(e))
	}
	list := func(label string, points []string) {
		for i, p := range points {
			if i > 0 {
				label = ""
			}
			labelled(&b, label, p)
		}
	}
	list("keeps", e.Keeps)
	list("copy tells", e.WithCopy)
	list("key tells", e.WithKey)
	return b.String()
}

// flow writes a value as YAML's flow style has it, for reading.
func flow(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var out []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = append(out, k+": "+flow(v[k]))
		}
		return "{" + strings.Join(out, ", ") + "}"
	case []string:
		return "[" + strings.Join(v, ", ") + "]"
	}
	return fmt.Sprint(v)
}

func outputText(e *policies.Explanation) string {
	var parts []string
	switch {
	case e.MaxChars > 0 && e.Limit > 0:
		parts = append(parts, fmt.Sprintf("up to %d of the column's %d characters", min(e.MaxChars, e.Limit), e.Limit))
	case e.MaxChars > 0:
		parts = append(parts, fmt.Sprintf("up to %d characters", e.MaxChars))
	}
	if e.Charset != "" {
		parts = append(parts, "in "+e.Charset)
	}
	if e.Injective {
		parts = append(parts, "one to one")
	}
	if e.Reversible {
		parts = append(parts, "reversible with the key")
	} else {
		parts = append(parts, "not reversible")
	}
	parts = append(parts, fmt.Sprintf("privacy %d (1 strongest, 5 weakest)", e.Rank))
	if e.Verdict != "" {
		parts = append(parts, e.Verdict)
	}
	return strings.Join(parts, "; ")
}

func upgradeText(u *refresh.Upgrade) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s serves generation %d, made by %s (mask catalogue %d); this is %s (%d)\n",
		u.Staging, u.Generation, u.Made.Tool, u.Made.Version, u.Now.Tool, u.Now.Version)
	if u.Determinism == "per_refresh" {
		b.WriteString("determinism is per_refresh: every refresh changes every fake, upgrade or not\n")
	}
	switch n := len(u.Changes); n {
	case 0:
		fmt.Fprintf(&b, "no mask of the %d masked columns gives other values now\n", u.Columns)
	default:
		fmt.Fprintf(&b, "%d of %d masked columns get other values by the next refresh:\n", n, u.Columns)
	}
	writeChanges(&b, u.Changes)
	if len(u.Edited) > 0 {
		fmt.Fprintf(&b, "%d columns differ because the policy has changed since:\n", len(u.Edited))
		writeChanges(&b, u.Edited)
	}
	return b.String()
}

func writeChanges(b *strings.Builder, changes []refresh.OutputChange) {
	for _, c := range changes {
		fmt.Fprintf(b, "  %s  %s\n", c.Column, c.Mask)
		for _, line := range wrap(strings.TrimSuffix(c.Why+", "+c.Origin, ", "), textWidth-6) {
			fmt.Fprintf(b, "      %s\n", line)
		}
	}
}
