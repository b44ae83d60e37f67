package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/notify"
	"github.com/understudy-db/understudy/load"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/refresh"
	"github.com/understudy-db/understudy/report"
)

// swapped is the result of reset and rollback.
type swapped struct {
	Outcome    string        `json:"outcome"`
	Staging    string        `json:"staging"`
	Generation int           `json:"generation"`
	Previous   int           `json:"previous_generation"`
	Seconds    float64       `json:"seconds"`
	SwapMillis float64       `json:"swap_milliseconds"`
	Terminated int           `json:"sessions_terminated"`
	Waited     float64       `json:"waited_seconds,omitempty"`
	Kept       []report.Kept `json:"kept_tables,omitempty"`
	NotCopied  []string      `json:"not_copied,omitempty"`
}

// lifecycle runs reset or rollback and says what happened. Change has a last
// look at the configuration.
func (a *app) lifecycle(ctx context.Context, verb, outcome string, change func(*policies.Config) error, run func(context.Context, refresh.Options) (load.SwapResult, error)) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	if err := change(cfg); err != nil {
		return err
	}
	start := time.Now()
	hooks := around{app: a, cfg: cfg, verb: verb, run: refresh.NewRunID(start), began: start, reason: a.reason}
	if err := hooks.before(ctx); err != nil {
		return err
	}
	observer, end := a.observer()
	r, err := run(ctx, refresh.Options{Config: cfg, RunID: hooks.run, Tool: toolVersion(), Log: hooks.logger(), Observer: hooks.recording(ctx, observer)})
	end()
	if err != nil {
		hooks.after(ctx, r.Generation, failureOf(ctx, err), nil)
		return err
	}
	for _, s := range r.NotCopied {
		a.warnEvent("not copied from the old staging: " + s)
	}
	v := swapped{outcome, cfg.Target.Database, r.Generation, r.Previous, time.Since(start).Seconds(),
		float64(r.Swap.Microseconds()) / 1000, r.Ended, r.Waited.Seconds(), nil, r.NotCopied}
	for _, t := range r.Kept {
		v.Kept = append(v.Kept, report.Kept(t))
	}
	hooks.after(ctx, r.Generation, nil, v)
	hooks.tell(ctx, notify.Event{Type: "staging.swapped", Text: fmt.Sprintf("%s serves generation %d after a %s", cfg.Target.Database, r.Generation, verb)})
	return a.result(v, func() {
		for _, t := range v.Kept {
			fmt.Fprintln(a.out, t)
		}
		if v.Terminated > 0 {
			fmt.Fprintf(a.out, "%d session(s) of the old staging were ended\n", v.Terminated)
		}
		fmt.Fprintf(a.out, "%s serves generation %d (%s in %s, swap %.0f ms)\n", v.Staging, v.Generation, outcome, report.Seconds(v.Seconds), v.SwapMillis)
	})
}

func (a *app) resetCmd() *cobra.Command {
	to := -1
	var migrated, yes bool
	var keep []string
	var orphans string
	var grace time.Duration
	c := &cobra.Command{
		Use:   "reset",
		Short: "Throw staging away and bring its clean state back, without reading production",
		Long: `Clones the untouched copy (pristine) of the generation that serves, runs before_publish,
and swaps it in. What people changed in staging is gone, but for the tables of
--keep-tables; production is not read, so neither its URL nor the key is needed.

With --to the clean state of another generation takes staging's place, as long as its
pristine is there (understudy generations; target.keep_pristines), and staging stays as a
previous generation, for rollback.

On a terminal it asks for staging's name first; --yes, and no terminal, do without.`,
		Example: `  understudy reset
  understudy reset --keep-tables public.feature_flags,public.test_users --grace 30s
  understudy reset --to 41 --yes`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			change := func(cfg *policies.Config) error {
				f := c.Flags()
				if f.Changed("keep-tables") {
					cfg.Target.KeepTables = keep
				}
				if f.Changed("grace") {
					cfg.Target.Grace = grace
				}
				switch {
				case !f.Changed("orphans"):
				case orphans == "stop" || orphans == "drop":
					cfg.Target.Orphans = orphans
				default:
					return fault.New(fault.Usage, "--orphans is %q", orphans).WithHint("use stop or drop")
				}
				if f.Changed("to") && to < 0 {
					return fault.New(fault.Usage, "--to is %d", to).WithHint("the number of a generation; `understudy generations` lists them")
				}
				return a.confirm(yes, cfg.Target.Database)
			}
			return a.lifecycle(c.Context(), "reset", "reset", change, func(ctx context.Context, o refresh.Options) (load.SwapResult, error) {
				o.Migrated = migrated
				return refresh.Reset(ctx, o, to)
			})
		},
	}
	f := c.Flags()
	f.IntVar(&to, "to", -1, "number of the `GENERATION` whose clean state to bring back (default the one that serves)")
	f.BoolVar(&migrated, "migrated", false, "run the pending migrations of migrations.path on the new staging")
	f.StringSliceVar(&keep, "keep-tables", nil, "`TABLES` whose rows stay as they are in staging: schema.table, separated by commas (default target.keep_tables)")
	f.StringVar(&orphans, "orphans", "", "rows that --keep-tables leaves without the row that a foreign key names: stop or drop (default target.orphans)")
	f.DurationVar(&grace, "grace", 0, "how long to wait for a moment without transactions in staging before its sessions are ended (default target.grace)")
	a.reasonFlag(c)
	f.BoolVarP(&yes, "yes", "y", false, "do not ask")
	a.settingFlags(c)
	return c
}

// confirm asks who sits at a terminal whether staging's state may go.
func (a *app) confirm(yes bool, staging string) error {
	if yes || !isTTY(a.stdin) || !isTTY(a.err) {
		return nil
	}
	fmt.Fprintf(a.err, "What people changed in %s will be gone. Type its name to go on: ", staging)
	answer, err := bufio.NewReader(a.stdin).ReadString('\n')
	if err != nil && answer == "" || strings.TrimSpace(answer) != staging {
		return fault.New(fault.Usage, "not confirmed: staging is as it was").WithHint("type the name as it is, or use --yes")
	}
	return nil
}

func (a *app) rollbackCmd() *cobra.Command {
	to := -1
	var grace time.Duration
	c := &cobra.Command{
		Use:   "rollback",
		Short: "Swap the previous generation back in, as its users left it",
		Long: `Swaps the generation that served before back in, with everything its users did to it.
What serves now is kept in its place, so a second rollback undoes the first.
target.keep says how many previous generations there are to roll back to.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			change := func(cfg *policies.Config) error {
				if c.Flags().Changed("grace") {
					cfg.Target.Grace = grace
				}
				return nil
			}
			return a.lifecycle(c.Context(), "rollback", "rolled back", change, func(ctx context.Context, o refresh.Options) (load.SwapResult, error) {
				return refresh.Rollback(ctx, o, to)
			})
		},
	}
	c.Flags().IntVar(&to, "to", -1, "number of the generation to bring back (default the one swapped out last)")
	a.reasonFlag(c)
	c.Flags().DurationVar(&grace, "grace", 0, "how long to wait for a moment without transactions in staging before its sessions are ended (default target.grace)")
	a.settingFlags(c)
	return c
}

// generation is a database of staging's, as the verbs show it.
type generation struct {
	Generation int       `json:"generation"`
	Database   string    `json:"database"`
	Role       string    `json:"role"`
	Serving    bool      `json:"serving"`
	Run        string    `json:"run,omitempty"`
	Created    time.Time `json:"created,omitzero"`
	Snapshot   time.Time `json:"snapshot_time,omitzero"`
	Bytes      int64     `json:"bytes"`
	Ours       bool      `json:"ours"`
	Why        string    `json:"why,omitempty"`
}

func generationOf(g load.Generation) generation {
	return generation{g.Number, g.Database, string(g.Role), g.Serving, g.Run, g.Created, g.Snapshot, g.Bytes, g.Ours, g.Why}
}

func (a *app) status(ctx context.Context) (*load.Status, *policies.Config, error) {
	cfg, err := a.config()
	if err != nil {
		return nil, nil, err
	}
	s, err := refresh.Status(ctx, refresh.Options{Config: cfg, RunID: refresh.NewRunID(time.Now()), Log: a.logger(), Observer: refresh.Observer{Warn: a.warnEvent}})
	return s, cfg, err
}

func (a *app) generationsCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "generations",
		Short: "List staging's databases: what serves, what can be reset or rolled back to",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, _, err := a.status(c.Context())
			if err != nil {
				return err
			}
			out := []generation{}
			for _, g := range s.Generations {
				out = append(out, generationOf(g))
			}
			return a.result(out, func() {
				tw := tabwriter.NewWriter(a.out, 0, 8, 2, ' ', 0)
				fmt.Fprintln(tw, "GENERATION\tDATABASE\tROLE\tSNAPSHOT\tSIZE\t")
				for _, g := range out {
					note := ""
					if g.Serving {
						note = "serving"
					} else if !g.Ours {
						note = "not ours: " + g.Why
					}
					snapshot := ""
					if !g.Snapshot.IsZero() {
						snapshot = g.Snapshot.UTC().Format(time.RFC3339)
					}
					fmt.Fprintf(tw, "%d\t%s\t%s\t%s\t%s\t%s\n", g.Generation, g.Database, g.Role, snapshot, report.Bytes(g.Bytes), note)
				}
				tw.Flush()
			})
		},
	}
	a.settingFlags(c)
	return c
}

func (a *app) statusCmd() *cobra.Command {
	c := &cobra.Command{
		Use:   "status",
		Short: "Say what staging serves, how old it is, and whether anything runs or is left over",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			s, cfg, err := a.status(c.Context())
			if err != nil {
				return err
			}
			staging := cfg.Target.Database
			v := struct {
				Staging    string       `json:"staging"`
				Serving    *generation  `json:"serving"`
				AgeSeconds float64      `json:"age_seconds,omitempty"`
				Running    []string     `json:"running,omitempty"`
				Waiting    *generation  `json:"waiting_for_swap,omitempty"`
				Leftovers  []generation `json:"leftovers,omitempty"`
				CanReset   bool         `json:"can_reset"`
				RollbackTo *int         `json:"rollback_to,omitempty"`
				Paused     string       `json:"schedule_paused,omitempty"`
			}{Staging: staging, AgeSeconds: s.Age.Seconds(), CanReset: s.Reset == nil}
			if s.Serving != nil {
				g := generationOf(*s.Serving)
				v.Serving = &g
			}
			if s.Waiting != nil {
				g := generationOf(*s.Waiting)
				v.Waiting = &g
			}
			for _, h := range s.Holders {
				v.Running = append(v.Running, h.Lock+": "+h.String())
			}
			for _, g := range s.Leftovers {
				v.Leftovers = append(v.Leftovers, generationOf(g))
			}
			if s.RollbackTo >= 0 {
				v.RollbackTo = &s.RollbackTo
			}
			v.Paused = a.paused(c.Context(), cfg)
			return a.result(v, func() {
				if v.Paused != "" {
					defer fmt.Fprintf(a.out, "schedule: %s\n", v.Paused)
				}
				if v.Serving == nil {
					fmt.Fprintf(a.out, "%s: there is no staging of understudy's yet\n", staging)
				} else {
					fmt.Fprintf(a.out, "%s serves generation %d, production as of %s (%s ago), %s\n", staging, v.Serving.Generation,
						v.Serving.Snapshot.UTC().Format(time.RFC3339), report.Seconds(v.AgeSeconds), report.Bytes(v.Serving.Bytes))
					if s.Reset != nil {
						fmt.Fprintf(a.out, "reset: %s\n", s.Reset)
					} else {
						fmt.Fprintln(a.out, "reset: possible")
					}
					if v.RollbackTo != nil {
						fmt.Fprintf(a.out, "rollback: to generation %d\n", *v.RollbackTo)
					} else {
						fmt.Fprintln(a.out, "rollback: no previous generation is kept")
					}
				}
				for _, r := range v.Running {
					fmt.Fprintf(a.out, "running: %s\n", r)
				}
				if v.Waiting != nil {
					fmt.Fprintf(a.out, "waiting: generation %d is complete; `understudy refresh --resume` publishes it\n", v.Waiting.Generation)
				}
				for _, g := range v.Leftovers {
					fmt.Fprintf(a.out, "left over: %s (%s); the next refresh drops it\n", g.Database, g.Role)
				}
			})
		},
	}
	a.settingFlags(c)
	return c
}
