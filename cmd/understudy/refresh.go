package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/migrations"
	"github.com/understudy-db/understudy/refresh"
	"github.com/understudy-db/understudy/report"
)

type refreshOptions struct {
	dryRun bool
	resume bool
	adopt  string
	rekey  bool
	report string

	acceptDrift bool
}

func (a *app) refreshCmd() *cobra.Command {
	var o refreshOptions
	c := &cobra.Command{
		Use:   "refresh",
		Short: "Read production, mask it, and swap the result in as staging",
		Long: `Reads the source under one consistent snapshot, masks every row in flight, loads a
fresh generation beside the live staging database, verifies it and swaps it in.
Until the swap, and after any failure, staging serves as before.`,
		Example: `  understudy refresh
  understudy refresh --dry-run
  understudy refresh --output json --report reports/ 2>>refresh.log`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.refresh(c.Context(), o) },
	}
	f := c.Flags()
	f.BoolVar(&o.dryRun, "dry-run", false, "check connections, rights, policy and schema; write nothing on either side")
	f.BoolVar(&o.resume, "resume", false, "publish the complete generation that an earlier refresh could not swap in (exit 9)")
	f.StringVar(&o.adopt, "adopt", "", "take over the staging database of this `NAME` although understudy did not make it; needed once")
	a.reasonFlag(c)
	f.BoolVar(&o.rekey, "rekey", false, "mask with another key than the generation that serves: every fake person changes")
	f.BoolVar(&o.acceptDrift, "accept-drift", false, "with drift: stop, go on with the source's schema as it is now")
	f.StringVar(&o.report, "report", "", "write report.json and report.html into this `DIR`ectory")
	c.MarkFlagsMutuallyExclusive("dry-run", "resume")
	a.settingFlags(c)
	return c
}

func (a *app) refresh(ctx context.Context, o refreshOptions) error {
	cfg, err := a.config()
	if err != nil {
		return err
	}
	if o.report != "" {
		if err := prepareReport(o.report); err != nil {
			return err
		}
	}
	var rehearsed, last *migrations.Report
	if o.report != "" {
		if last, err = lastRehearsal(filepath.Join(o.report, "rehearsal"), cfg.Migrations.Gates.MaxRegression); err != nil {
			return err
		}
	}
	began := time.Now()
	r := around{app: a, cfg: cfg, verb: "refresh", run: refresh.NewRunID(began), began: began, reason: a.reason}
	if !o.dryRun {
		if err := r.before(ctx); err != nil {
			return err
		}
	}
	observer, end := a.observer()
	run, err := refresh.Run(ctx, refresh.Options{
		Config: cfg, RunID: r.run, DryRun: o.dryRun, Resume: o.resume, Adopt: o.adopt, Rekey: o.rekey, Drift: o.acceptDrift,
		Tool: toolVersion(), Log: r.logger(), Observer: r.recording(ctx, observer), Rehearsed: func(r *migrations.Report) { rehearsed = r }, LastRehearsal: last,
	})
	end()
	if err != nil {
		run.Error = failureOf(ctx, err)
	}
	if !o.dryRun {
		r.measure(ctx, run)
		r.after(ctx, run.Generation, run.Error, run)
		r.tellEnd(ctx, run)
	}
	if o.report != "" {
		if werr := writeReport(o.report, run); werr != nil {
			a.warn(werr.Error())
		}
		if rehearsed != nil {
			if werr := writeRehearsal(o.report, rehearsed); werr != nil {
				a.warn(werr.Error())
			}
		}
	}
	if rehearsed != nil && a.output == "text" && !a.quiet {
		_ = rehearsed.WriteText(a.err)
	}
	if err != nil {
		a.partial = run
		if a.output == "text" {
			a.showRun(run, a.err)
		}
		return err
	}
	return a.result(run, func() { a.showRun(run, a.out) })
}

// showRun writes the report. Its warnings were shown as they came.
func (a *app) showRun(run *report.Run, w io.Writer) {
	if a.quiet {
		_ = run.WriteHeadline(w)
		return
	}
	shown := *run
	shown.Warnings = nil
	_ = shown.WriteText(w)
}

// failureOf is an error as the report holds it.
func failureOf(ctx context.Context, err error) *report.Failure {
	f := &report.Failure{ExitCode: exitCodes[fault.KindOf(err)], Kind: fault.KindOf(err).String(), Message: err.Error()}
	var s stopped
	if errors.As(context.Cause(ctx), &s) {
		f.ExitCode, f.Kind = s.code(), "stopped"
	}
	var e *fault.Error
	if errors.As(err, &e) {
		f.Where, f.Hint = e.Where, e.Hint
	}
	return f
}

// prepareReport sees before the run that its report can be written after it.
func prepareReport(dir string) error {
	err := os.MkdirAll(dir, 0o755)
	var tmp *os.File
	if err == nil {
		tmp, err = os.CreateTemp(dir, ".report-*.json")
	}
	if err == nil {
		err = errors.Join(tmp.Close(), os.Remove(tmp.Name()))
	}
	if err != nil {
		return fault.Wrap(fault.Usage, err, "--report %s", dir).WithHint("give a folder that can be written")
	}
	return nil
}

// writeReport writes report.json and report.html so that a reader never sees
// half of either.
func writeReport(dir string, run *report.Run) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fault.Wrap(fault.Other, err, "write report")
	}
	return errors.Join(
		replaceFile(filepath.Join(dir, "report.json"), run.WriteJSON),
		replaceFile(filepath.Join(dir, "report.html"), run.WriteHTML),
	)
}

// replaceFile writes a file beside its place and moves it there whole.
func replaceFile(path string, write func(io.Writer) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".report-*"+filepath.Ext(path))
	if err != nil {
		return fault.Wrap(fault.Other, err, "write report")
	}
	err = errors.Join(write(tmp), tmp.Chmod(0o644), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		os.Remove(tmp.Name())
		return fault.Wrap(fault.Other, err, "write report")
	}
	return nil
}
