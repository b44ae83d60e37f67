package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/hook"
	"github.com/understudy-db/understudy/internal/metrics"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/report"
)

// around is what is done before and after a verb that changes staging: the
// project's hooks, and its metrics.
type around struct {
	*app
	cfg   *policies.Config
	verb  string
	run   string
	began time.Time
}

// before runs the hook that may still stop it.
func (r *around) before(ctx context.Context) error {
	if err := r.hook(ctx, r.cfg.Hooks.PreRun); err != nil {
		return fault.New(fault.Preflight, "hooks.pre_run failed: %v", err).WithHint("nothing was touched; what the program has written is above")
	}
	return nil
}

// after runs the hook and hands the metrics over, whatever became of it, also
// when it was stopped. What fails here is a warning.
func (r *around) after(ctx context.Context, generation int, failure *report.Failure) {
	ctx = context.WithoutCancel(ctx)
	result, code := "succeeded", 0
	if failure != nil {
		result, code = "failed", failure.ExitCode
	}
	err := r.hook(ctx, r.cfg.Hooks.PostRun, "UNDERSTUDY_RESULT="+result, "UNDERSTUDY_EXIT_CODE="+strconv.Itoa(code), "UNDERSTUDY_GENERATION="+strconv.Itoa(generation))
	if err != nil {
		r.warnEvent(fmt.Sprintf("hooks.post_run failed: %v", err))
	}
}

func (r *around) hook(ctx context.Context, args []string, more ...string) error {
	if len(args) == 0 {
		return nil
	}
	return hook.Hook{
		Args: args, Timeout: r.cfg.Hooks.Timeout, Hide: r.cfg.SecretVariables(), Output: r.err,
		Env: append([]string{"UNDERSTUDY_RUN_ID=" + r.run, "UNDERSTUDY_PROJECT=" + r.cfg.Project, "UNDERSTUDY_STAGING=" + r.cfg.Target.Database, "UNDERSTUDY_VERB=" + r.verb}, more...),
	}.Run(ctx)
}

// measure writes and pushes the metrics of a refresh.
func (r *around) measure(ctx context.Context, run *report.Run) {
	url, err := r.cfg.Pushgateway(ctx)
	if err != nil {
		r.warnEvent(err.Error())
	}
	if r.cfg.Metrics.Textfile == "" && url == "" {
		return
	}
	code := 0
	if run.Error != nil {
		code = run.Error.ExitCode
	}
	m, of := metrics.New(toolVersion(), false), metrics.Staging{Project: r.cfg.Project, Database: r.cfg.Target.Database}
	m.Ended(of, metrics.Run{ExitCode: code, Took: time.Since(r.began), Report: run})
	if path := r.cfg.Metrics.Textfile; path != "" {
		if err := m.WriteTextfile(path); err != nil {
			r.warnEvent(err.Error())
		}
	}
	if url != "" {
		if err := m.Push(context.WithoutCancel(ctx), url, of); err != nil {
			r.warnEvent(err.Error())
		}
	}
}
