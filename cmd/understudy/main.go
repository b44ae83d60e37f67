// Command understudy turns a PostgreSQL production database into a masked
// staging database. This package is flags, wiring, words and exit codes; one
// file is one verb. The work is in package refresh and the stages below it.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/internal/fault"
)

func main() {
	limitMemory(memlimit.FromCgroup)
	os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// exitCodes are documented in docs/exit-codes.md.
var exitCodes = map[fault.Kind]int{
	fault.Other:        1,
	fault.Usage:        2,
	fault.Policy:       3,
	fault.Preflight:    4,
	fault.Data:         5,
	fault.Migration:    6,
	fault.Verification: 7,
	fault.SwapRefused:  9,
	fault.Busy:         10,
	fault.Transient:    75,
}

// memoryShare is how much of a container's memory the collector of garbage lets
// us use; the rest is for pg_dump, which counts towards the same limit.
const memoryShare = 0.7

// limitMemory makes the collector of garbage work harder near a container's
// memory limit, instead of being killed there. GOMEMLIMIT outranks it.
func limitMemory(container memlimit.Provider) {
	// Without a limit, or where there are no control groups, nothing changes.
	_, _ = memlimit.Set(memlimit.WithProvider(container), memlimit.WithRatio(memoryShare))
}

// Main runs one command line and returns its exit code. The first interrupt or
// SIGTERM stops cleanly; a second one ends the process at once.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	// Whoever reads our output may go away; a run goes on without an audience.
	signal.Ignore(syscall.SIGPIPE)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	done := make(chan struct{})
	defer close(done)
	go func() {
		for first := true; ; first = false {
			select {
			case <-done:
				return
			case sig := <-signals:
				s := stopped{sig.(syscall.Signal)}
				if !first {
					os.Exit(s.code())
				}
				cancel(s)
			}
		}
	}()

	results := &checkedWriter{w: stdout}
	app := &app{stdin: stdin, out: results, err: stderr}
	root := app.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var s stopped
	if errors.As(context.Cause(ctx), &s) && err != nil {
		app.fail(fault.New(fault.Other, "%s", s), s.code())
		return s.code()
	}
	if err == nil || errors.Is(err, results.err) {
		err = results.failure()
	}
	if err == nil {
		return 0
	}
	if !app.running {
		err = misused(err)
	}
	code := exitCodes[fault.KindOf(err)]
	app.fail(err, code)
	return code
}

// misused makes what cobra finds wrong with a command line a fault.
func misused(err error) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return err
	}
	return fault.New(fault.Usage, "%s", strings.TrimSpace(err.Error()))
}

// stopped is the cause of a context that a signal cancelled.
type stopped struct{ sig syscall.Signal }

func (s stopped) Error() string { return "stopped by " + s.sig.String() }
func (s stopped) code() int     { return 128 + int(s.sig) }

// verbs are all commands, in the order that help shows them.
func (a *app) verbs() []*cobra.Command {
	return []*cobra.Command{
		a.initCmd(), a.checkCmd(), a.previewCmd(), a.explainCmd(), a.policyCmd(),
		a.refreshCmd(), a.rehearseCmd(), a.resetCmd(), a.rollbackCmd(), a.branchCmd(), a.serveCmd(), a.generationsCmd(), a.statusCmd(),
		a.historyCmd(), a.logsCmd(), a.cancelCmd(), a.pauseCmd(), a.resumeCmd(),
		a.doctorCmd(), a.keysCmd(), a.demoCmd(), a.manCmd(), a.versionCmd(),
	}
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "understudy",
		Short: "Production in, a masked staging database out",
		Long: `understudy reads a PostgreSQL production database under one consistent snapshot,
masks every row in flight by a policy, loads it beside the live staging database,
verifies it, and swaps it in atomically. Production is only ever read. Staging
serves until the swap, and through every failure.

Start with
  understudy init --source postgres://reader@prod/shop -o policies/shop.yaml
  understudy check
  understudy refresh

Exit codes: 0 done, 1 other, 2 usage or configuration, 3 policy gap or drift,
4 preflight refused, 5 masking or data, 6 migration rehearsal, 7 verification,
9 swap refused, 10 busy, 75 transient (retry), 130/143 stopped by a signal.`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(a.stdin)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fault.New(fault.Usage, "%s", err).WithHint("see `%s --help`", c.CommandPath())
	})
	a.globalFlags(root)
	root.AddCommand(a.verbs()...)
	a.noteStart(root)
	return root
}

// noteStart has every verb say that the command line was in order.
func (a *app) noteStart(c *cobra.Command) {
	if run := c.RunE; run != nil {
		c.RunE = func(c *cobra.Command, args []string) error {
			a.running = true
			return run(c, args)
		}
	}
	for _, sub := range c.Commands() {
		a.noteStart(sub)
	}
}
