package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/metrics"
	"github.com/understudy-db/understudy/internal/notify"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/refresh"
)

const (
	// slice is how long the scheduler sleeps at a time: a clock that was set, or
	// a machine that slept, is noticed after so long.
	slice = 15 * time.Second
	// retryAfter is how long a refresh that failed for a passing reason waits for
	// its next try, and maxTries how often it is begun for one tick.
	retryAfter = 5 * time.Minute
	maxTries   = 3
)

// Options say what is served.
type Options struct {
	Files   []string           // configuration files, one for each project
	Config  []*policies.Config // the same, loaded
	Binary  string             // understudy itself, for refreshes
	Reports string             // folder for reports, one folder for each staging database; empty: none
	Listen  string             // address of the HTTP server; empty: none
	Tool    string             // version
	Log     *slog.Logger
	// Environment is what refreshes are started with.
	Environment []string
	// Paused says why a schedule has to wait though a refresh is due; empty: it
	// has not. May be nil.
	Paused func(ctx context.Context, c *policies.Config) string
}

// Serve refreshes on schedule until ctx ends, and then stops what is running.
// A project whose target cannot be reached is tried again for ever.
func Serve(ctx context.Context, o Options) error {
	measured := metrics.New(o.Tool, true)
	var projects []*project
	for i, c := range o.Config {
		if err := c.Require("project", "target.url", "target.database", "schedule.cron"); err != nil {
			return err
		}
		s, err := NewSchedule(c.Schedule, c.Project+" "+c.Target.Database)
		if err != nil {
			return err
		}
		projects = append(projects, &project{
			o: &o, file: o.Files[i], config: c, schedule: s, metrics: measured,
			log:   o.Log.With("project", c.Project, "staging", c.Target.Database),
			state: State{Project: c.Project, Staging: c.Target.Database, Doing: "starting"},
		})
	}
	for _, p := range projects {
		measured.Begin(p.staging())
	}
	g, ctx := errgroup.WithContext(ctx)
	if o.Listen != "" {
		// Bound before anything else: a port that is taken is a mistake, not a state.
		l, err := net.Listen("tcp", o.Listen)
		if err != nil {
			return fault.Wrap(fault.Usage, err, "listen on %s", o.Listen).WithHint("choose another address with --listen, or --listen '' for none")
		}
		server := &http.Server{Handler: handler(projects, measured), ReadHeaderTimeout: 10 * time.Second}
		g.Go(func() error {
			if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return nil
		})
		g.Go(func() error {
			<-ctx.Done()
			return server.Close()
		})
		o.Log.Info("listening", "address", l.Addr().String())
	}
	for _, p := range projects {
		g.Go(func() error { return p.serve(ctx) })
	}
	err := g.Wait()
	if ctx.Err() != nil && errors.Is(err, context.Cause(ctx)) {
		return nil
	}
	return err
}

// State is what one project is at, for people and probes.
type State struct {
	Project  string    `json:"project"`
	Staging  string    `json:"staging"`
	Doing    string    `json:"doing"` // waiting, refreshing, standing by, or what is in the way
	Leading  bool      `json:"leading"`
	Next     time.Time `json:"next,omitzero"`
	LastRun  string    `json:"last_run,omitempty"`
	Outcome  string    `json:"last_outcome,omitempty"`
	ExitCode int       `json:"last_exit_code,omitempty"`
	Success  time.Time `json:"last_success,omitzero"`
	Snapshot time.Time `json:"snapshot_time,omitzero"` // of what staging serves
	Stale    bool      `json:"stale"`
}

// project is one staging database and its schedule.
type project struct {
	o        *Options
	file     string
	config   *policies.Config
	schedule *Schedule
	metrics  *metrics.Metrics
	log      *slog.Logger

	mu    sync.Mutex
	state State
	told  bool   // staging.stale
	waits string // for what, as it was logged
}

func (p *project) set(change func(*State)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.state)
}

// State is a copy. Staleness is told as of now.
func (p *project) State() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.state
	s.Stale = s.Snapshot.IsZero() || time.Since(s.Snapshot) > p.config.Schedule.StaleAfter
	return s
}

func (p *project) options() refresh.Options {
	return refresh.Options{Config: p.config, RunID: refresh.NewRunID(time.Now()), Tool: p.o.Tool, Log: p.log,
		Observer: refresh.Observer{Warn: func(msg string) { p.log.Warn(msg) }}}
}

// serve leads as long as it can, and stands by while another does.
func (p *project) serve(ctx context.Context) error {
	for ctx.Err() == nil {
		held, release, err := refresh.Lead(ctx, p.options())
		switch {
		case err == nil:
			p.set(func(s *State) { s.Leading = true })
			p.lead(held)
			release()
			p.set(func(s *State) { s.Leading = false })
			continue
		case fault.Is(err, fault.Busy):
			p.set(func(s *State) { s.Doing = "standing by: another instance leads" })
		case ctx.Err() == nil:
			p.set(func(s *State) { s.Doing = "the target cannot be reached: " + err.Error() })
			p.log.Warn("waiting for the target", "cause", err.Error())
		}
		_, _ = p.look(ctx) // what is in the way has been said
		sleep(ctx, slice)
	}
	return nil
}

// look asks the target what serves.
func (p *project) look(ctx context.Context) (begun time.Time, err error) {
	st, err := refresh.Status(ctx, p.options())
	if err != nil {
		return begun, err
	}
	p.set(func(s *State) {
		s.Snapshot = time.Time{}
		if st.Serving != nil {
			s.Snapshot = st.Serving.Snapshot
			begun = st.Serving.Created
		}
	})
	p.metrics.Generation(p.staging(), p.State().Snapshot)
	p.stale(ctx)
	return begun, nil
}

// stale tells once when staging's data has become too old.
func (p *project) stale(ctx context.Context) {
	s := p.State()
	told := p.told
	p.told = s.Stale && !s.Snapshot.IsZero()
	if p.told && !told {
		p.tell(ctx, notify.Event{Type: "staging.stale", Text: fmt.Sprintf("%s holds data of %s", s.Staging, s.Snapshot.UTC().Format(time.RFC3339))})
	}
}

// lead begins refreshes until ctx ends or the lead is lost.
func (p *project) lead(ctx context.Context) {
	tried := time.Time{}
	since := time.Now()
	for ctx.Err() == nil {
		begun, err := p.look(ctx)
		if err != nil {
			p.set(func(s *State) { s.Doing = "the target cannot be reached: " + err.Error() })
			sleep(ctx, slice)
			continue
		}
		// What another instance has begun counts, and what has failed here.
		last := begun
		if tried.After(last) {
			last = tried
		}
		if last.IsZero() {
			last = since // there is no staging yet: the first one waits for its time
		}
		due := p.schedule.Due(last, time.Now())
		if due.IsZero() {
			p.set(func(s *State) { s.Doing = "the schedule has no more ticks" })
			sleep(ctx, slice)
			continue
		}
		if wait := time.Until(due); wait > 0 {
			p.set(func(s *State) { s.Doing, s.Next = "waiting", due })
			sleep(ctx, min(wait, slice))
			continue
		}
		if p.o.Paused != nil {
			if why := p.o.Paused(ctx, p.config); why != "" {
				p.set(func(s *State) { s.Doing, s.Next = why, time.Time{} })
				sleep(ctx, slice)
				continue
			}
		}
		if why := p.busy(ctx); why != "" {
			p.set(func(s *State) { s.Doing, s.Next = "waiting: "+why, time.Time{} })
			if why != p.waits {
				p.log.Info("waiting", "cause", why)
			}
			p.waits = why
			sleep(ctx, slice)
			continue
		}
		p.waits = ""
		tried = time.Now()
		p.tick(ctx)
	}
}

// busy tells why the source is better left alone for now. One that cannot be
// asked is the refresh's to tell of.
func (p *project) busy(ctx context.Context) string {
	why, err := refresh.SourceBusy(ctx, p.options())
	if err != nil {
		return ""
	}
	return why
}

// tick refreshes, again after a passing failure.
func (p *project) tick(ctx context.Context) {
	for try := 1; ; try++ {
		p.set(func(s *State) { s.Doing, s.Next = "refreshing", time.Time{} })
		p.tell(ctx, notify.Started(p.config.Target.Database))
		r := p.refresh(ctx)
		p.finished(ctx, r)
		if ctx.Err() != nil || try == maxTries || r.code != transientExit && r.code != busyExit {
			return
		}
		p.set(func(s *State) { s.Doing, s.Next = "waiting to try again", time.Now().Add(retryAfter) })
		sleep(ctx, retryAfter)
	}
}

// staging is what the project's metrics are about.
func (p *project) staging() metrics.Staging {
	return metrics.Staging{Project: p.config.Project, Database: p.config.Target.Database}
}

// finished notes and tells how a refresh ended.
func (p *project) finished(ctx context.Context, r result) {
	outcome := "failed"
	if r.code == 0 {
		outcome = "succeeded"
	}
	p.set(func(s *State) {
		s.LastRun, s.Outcome, s.ExitCode = r.run.ID, outcome, r.code
		if r.code == 0 {
			s.Success = time.Now()
		}
	})
	p.metrics.Ended(p.staging(), metrics.Run{ExitCode: r.code, Took: r.took, Report: &r.run})
	p.log.Info("refresh "+outcome, "run", r.run.ID, "exit_code", r.code, "elapsed", r.took.Seconds())
	for _, e := range notify.Ended(&r.run, p.config.Target.Database, r.code, r.took, r.cause()) {
		p.tell(ctx, e)
	}
	if r.code == 0 {
		p.alive(ctx)
	}
}

// tell tells everybody who wants to know. A failure is logged, and that is all.
func (p *project) tell(ctx context.Context, e notify.Event) {
	sinks, err := p.config.Sinks(ctx)
	if err != nil {
		p.log.Warn("nobody was told", "event", e.Type, "cause", err.Error())
		return
	}
	for _, err := range sinks.Tell(ctx, e) {
		p.log.Warn("somebody was not told", "event", e.Type, "cause", err.Error())
	}
}

// alive tells the dead man's switch.
func (p *project) alive(ctx context.Context) {
	sinks, err := p.config.Sinks(ctx)
	if err == nil {
		err = sinks.Alive(ctx)
	}
	if err != nil {
		p.log.Warn("the ping was not taken", "cause", err.Error())
	}
}

// sleep waits, or returns when ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
