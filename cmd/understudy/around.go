package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/understudy-db/understudy/history"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/hook"
	"github.com/understudy-db/understudy/internal/metrics"
	"github.com/understudy-db/understudy/internal/notify"
	"github.com/understudy-db/understudy/internal/tracing"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/refresh"
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

	reason string
	store  *history.Store // nil: nothing is recorded
	lines  *history.Log   // of the run's log, on their way to the history; nil before logger
	stage  atomic.Value   // string: that the run is in
	stop   func()         // ends the heartbeat
	trace  *tracing.Run   // nil: none is wanted
	told   sync.WaitGroup // of the beginning, which holds up nothing
}

// before runs the hook that may still stop it.
func (r *around) before(ctx context.Context) error {
	if on, err := tracing.Enabled(os.Getenv); err != nil {
		r.warnEvent(err.Error())
	} else if on {
		about := map[string]string{"project": r.cfg.Project, "staging": r.cfg.Target.Database, "run": r.run}
		if r.trace, err = tracing.Begin(ctx, toolVersion(), r.verb, os.Getenv("TRACEPARENT"), about); err != nil {
			r.warnEvent(err.Error())
		}
	}
	if err := r.hook(ctx, r.cfg.Hooks.PreRun); err != nil {
		_ = r.trace.End(4, "hooks.pre_run failed") // the hook's failure is told, and enough
		return fault.New(fault.Preflight, "hooks.pre_run failed: %v", err).WithHint("nothing was touched; what the program has written is above")
	}
	return nil
}

// recording has the run traced, and recorded with its first stage after preflight, which
// asks no server before everything of the configuration is known to be right.
func (r *around) recording(ctx context.Context, o refresh.Observer) refresh.Observer {
	stage, begun := o.Stage, false
	begin, end := o.Begin, o.End
	o.Begin = func(table string, rows, bytes int64) {
		r.trace.BeginTable(table)
		if begin != nil {
			begin(table, rows, bytes)
		}
	}
	o.End = func(table string, rows int64, seconds float64) {
		r.trace.EndTable(table, rows)
		if end != nil {
			end(table, rows, seconds)
		}
	}
	warn := o.Warn
	o.Warn = func(msg string) {
		if r.lines != nil {
			r.lines.Warn(msg)
		}
		if warn != nil {
			warn(msg)
		}
	}
	o.Stage = func(name string) {
		r.stage.Store(name)
		r.trace.Stage(name)
		if !begun && name != "preflight" {
			begun = true
			r.record(ctx)
			if r.verb == "refresh" {
				r.told.Go(func() { r.tell(ctx, notify.Started(r.cfg.Target.Database)) })
			}
		}
		if stage != nil {
			stage(name)
		}
	}
	return o
}

// after runs the hook and records how it ended, whatever became of it, also
// when it was stopped. What fails here is a warning. rep is the run's report.
func (r *around) after(ctx context.Context, generation int, failure *report.Failure, rep any) {
	result, code := "succeeded", 0
	if failure != nil {
		result, code = "failed", failure.ExitCode
	}
	err := r.hook(context.WithoutCancel(ctx), r.cfg.Hooks.PostRun, "UNDERSTUDY_RESULT="+result, "UNDERSTUDY_EXIT_CODE="+strconv.Itoa(code), "UNDERSTUDY_GENERATION="+strconv.Itoa(generation))
	if err != nil {
		r.warnEvent(fmt.Sprintf("hooks.post_run failed: %v", err))
	}
	r.recordEnd(ctx, generation, failure, rep)
	why := ""
	if failure != nil {
		why = failure.Message
	}
	if err := r.trace.End(code, why); err != nil {
		r.warnEvent(err.Error())
	}
}

// heartbeat is how often a run says that it goes on, and looks whether somebody
// has asked it to stop.
const heartbeat = 3 * time.Second

// record writes the run down where a history is kept, and listens for cancel.
func (r *around) record(ctx context.Context) {
	store, err := r.history(ctx, r.cfg)
	if err == nil && store != nil {
		err = store.Put(ctx, r.entry())
	}
	if err != nil {
		r.warnEvent("the run is not recorded: " + err.Error())
	}
	if r.store = store; store == nil {
		return
	}
	if store.Old() {
		r.warnEvent("the history was made by an earlier version, and keeps no log: `understudy history init` brings it up to date")
	}
	beat, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-beat.Done():
				return
			case <-time.After(heartbeat):
			}
			// A history that does not answer for a while is no trouble of the run's.
			stage, _ := r.stage.Load().(string)
			by, err := store.Seen(beat, r.run, stage)
			if err == nil && r.lines != nil {
				_ = r.lines.Write(beat, store, r.run) // else with the next ones
			}
			if err == nil && by != "" {
				if r.lines != nil {
					r.lines.Warn("cancelled by " + by)
				}
				r.warnEvent("cancelled by " + by)
				_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
				return
			}
		}
	}()
	r.stop = func() { cancel(); <-done }
}

// recordEnd writes down how the run ended, and all of it if its beginning could
// not be written.
func (r *around) recordEnd(ctx context.Context, generation int, failure *report.Failure, rep any) {
	if r.store == nil {
		return
	}
	r.stop()
	e := r.entry()
	now, code := time.Now(), 0
	e.Ended, e.ExitCode = &now, &code
	if failure != nil {
		code, e.Error = failure.ExitCode, failure.Message
	}
	if generation > 0 {
		e.Generation = &generation
	}
	if rep != nil {
		e.Report, _ = json.Marshal(rep) // its parts are plain values
	}
	if err := r.store.Put(context.WithoutCancel(ctx), e); err != nil {
		r.warnEvent("how the run ended is not recorded: " + err.Error())
	} else if r.lines != nil {
		if err := r.lines.Write(context.WithoutCancel(ctx), r.store, r.run); err != nil {
			r.warnEvent("the end of the run's log is not recorded: " + err.Error())
		}
	}
}

// logger is the app's, which the history hears as well.
func (r *around) logger() *slog.Logger {
	level := slog.LevelInfo
	if r.verbose {
		level = slog.LevelDebug
	}
	r.lines = history.NewLog(level)
	return slog.New(slog.NewMultiHandler(r.app.logger().Handler(), r.lines))
}

func (r *around) entry() history.Run {
	host, _ := os.Hostname() // without a name it is none
	return history.Run{ID: r.run, Project: r.cfg.Project, Staging: r.cfg.Target.Database, Verb: r.verb, Actor: actor(), Reason: r.reason,
		Host: host, PID: os.Getpid(), Started: r.began}
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

// tell tells those whom the configuration names. A refresh that understudy serve
// has begun leaves that to the scheduler.
func (r *around) tell(ctx context.Context, events ...notify.Event) {
	if os.Getenv(notify.ServedVariable) != "" || len(events) == 0 || !r.cfg.Notify.Any() {
		return
	}
	sinks, err := r.cfg.Sinks(ctx)
	if err != nil {
		r.warnEvent("nobody was told: " + err.Error())
		return
	}
	for _, e := range events {
		e.Run = r.run
		for _, err := range sinks.Tell(ctx, e) {
			r.warnEvent(fmt.Sprintf("somebody was not told of %s: %v", e.Type, err))
		}
		if e.Type == "run.succeeded" {
			if err := sinks.Alive(ctx); err != nil {
				r.warnEvent(err.Error())
			}
		}
	}
}

// tellEnd tells how a refresh ended.
func (r *around) tellEnd(ctx context.Context, run *report.Run) {
	r.told.Wait()
	code := 0
	if run.Error != nil {
		code = run.Error.ExitCode
	}
	r.tell(ctx, notify.Ended(run, r.cfg.Target.Database, code, time.Since(r.began), "")...)
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
