package schema

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/load/archive"
)

// Result is what PostData did.
type Result struct {
	// Steps are the definitions that went through rows, in the order in which
	// they were finished.
	Steps []StepResult
	// Unpopulated are materialized views that are filled on the source and
	// could not be filled here. Skipped says why.
	Unpopulated []catalog.Name
	// NotValid are constraints that the source has not validated, and that are
	// not validated here either.
	NotValid []string
	// Retries is how often a step was begun again, because its connection was
	// lost or the server chose it to break a deadlock.
	Retries int
}

// StepResult is one step and how long it took.
type StepResult struct {
	Name    string // e.g. "create index public.orders_customer"
	Elapsed time.Duration
}

const (
	// attempts is how often a step is begun. A definition that takes the server
	// down would otherwise do so for ever.
	attempts = 3
	// reconnectFor is how long the target may take to start again, or to have
	// room for our session.
	reconnectFor = time.Minute
	reconnectMin = 100 * time.Millisecond
	reconnectMax = 5 * time.Second
)

// PostData creates what comes after the data: indexes, keys, the rows of
// materialized views, foreign keys, then triggers, rules, policies, comments
// and grants. Tables may still be loading: each is sent on loaded when its rows
// are there, and loaded is closed when that is so for all. What a step reads
// decides when it begins; whatever calls functions waits for everything. A nil
// channel means that everything is loaded.
//
// The first failure ends it, after what runs beside it has been cancelled and
// all sessions are closed.
func (p *Plan) PostData(ctx context.Context, loaded <-chan *catalog.Table) (Result, error) {
	g, err := p.graph()
	if err != nil {
		return Result{}, err
	}
	r := &postData{p: p, done: 0, total: len(g.steps) + len(g.light) + 1}
	workers := make([]worker, max(1, min(p.o.Jobs, len(g.steps))))
	for i := range workers {
		workers[i] = &sessionWorker{r: r}
	}
	err = execute(ctx, g.steps, workers, loaded, func(s *step) {
		r.result.Steps = append(r.result.Steps, StepResult{s.name, s.elapsed})
		r.progress(s.name)
	})
	if err == nil {
		err = r.finish(ctx, g.light)
	}
	r.result.NotValid = p.notValid()
	return r.result, err
}

// postData is one run of PostData.
type postData struct {
	p           *Plan
	done, total int
	sessions    atomic.Int32 // of all workers

	mu       sync.Mutex
	result   Result
	deferred []*catalog.Table // materialized views to try again
}

func (r *postData) progress(name string) {
	r.done++
	r.p.o.Progress(name, r.done, r.total)
}

// finish does what goes through no rows: one after the other in the archive's
// order, which is that of the dependencies.
func (r *postData) finish(ctx context.Context, light []*archive.Entry) error {
	w := &sessionWorker{r: r}
	defer w.stop()
	if r.p.target == nil {
		if err := w.endure(ctx, func(c *conn) (err error) {
			r.p.target, err = readTarget(ctx, c)
			return err
		}); err != nil {
			return failed(ctx, afterData, err, "look at the target")
		}
	}
	if err := r.refreshDeferred(ctx, w); err != nil {
		return err
	}
	lost := make(map[int]bool) // dump IDs of policies without a role, and their comments
	for _, e := range light {
		name := "create " + r.p.known.object(e)
		if slices.ContainsFunc(e.Deps, func(id int) bool { return lost[id] }) {
			lost[e.ID] = true
		} else {
			made, err := r.createLight(ctx, w, e)
			if err != nil {
				return failed(ctx, afterData, err, name)
			}
			lost[e.ID] = !made
		}
		r.progress(name)
	}
	if err := w.endure(ctx, func(c *conn) error { return r.p.giveGrants(ctx, c) }); err != nil {
		return failed(ctx, afterData, err, "give grants")
	}
	r.progress("give grants")
	return nil
}

// createLight creates one object and tells whether it is there now. What is
// not has been reported.
func (r *postData) createLight(ctx context.Context, w *sessionWorker, e *archive.Entry) (made bool, err error) {
	sql := e.Defn
	if kindOf(e).fate == policy {
		if sql = r.p.policySQL(e); sql == "" {
			return false, nil
		}
	}
	err = w.endure(ctx, func(c *conn) error { return c.run(ctx, sql) })
	switch state := catalog.SQLState(err); {
	case e.Desc == "COMMENT" && state == stateInsufficientPrivilege:
		r.p.skip(r.p.known.object(e), "only the owner can set it")
		return false, nil
	case kindOf(e).fate == policy && state == stateUndefinedObject && r.p.o.Facts == nil:
		r.p.skip(r.p.known.object(e), catalog.Redact(err).Error())
		return false, nil
	}
	return err == nil, err
}

// sessionWorker executes steps in a session of its own, which it opens when it
// is first needed.
type sessionWorker struct {
	r     *postData
	c     *conn
	spare int // processes that the step may use beside the session's own
}

func (w *sessionWorker) do(ctx context.Context, s *step) error {
	began := time.Now()
	defer func() { s.elapsed = time.Since(began) }()
	w.r.p.o.Log.Debug("begin", "step", s.name)
	w.spare = s.spare
	var err error
	switch {
	case s.refresh != nil:
		err = w.refresh(ctx, s.refresh)
	case s.walk != nil:
		err = w.endure(ctx, func(c *conn) error { return s.walk.check(ctx, c, s.entry.Defn) })
	default:
		err = w.endure(ctx, func(c *conn) error { return c.define(ctx, s.entry) })
	}
	var none *noSession
	switch {
	case err == nil:
		w.r.p.o.Log.Debug("done", "step", s.name, "elapsed", time.Since(began))
		return nil
	case errors.As(err, &none):
		w.r.p.o.Warn("the target has no room for another session; indexes are built by fewer at a time")
		return err
	}
	return failed(ctx, afterData, err, s.name)
}

func (w *sessionWorker) stop() {
	if w.c != nil {
		w.c.close()
		w.c = nil
		w.r.sessions.Add(-1)
	}
}

// endure runs f, which is one transaction, and again when the connection was
// lost or the server broke a deadlock with it. If the connection was lost
// after the commit, the object is there when f is run again.
func (w *sessionWorker) endure(ctx context.Context, f func(*conn) error) error {
	lost := false
	for attempt := 1; ; attempt++ {
		if err := w.connect(ctx); err != nil {
			return err
		}
		err := w.c.employ(ctx, w.spare)
		if err == nil {
			err = f(w.c)
		}
		if w.c.IsClosed() {
			w.stop()
		}
		switch {
		case err == nil, lost && isThere(err):
			return nil
		case ctx.Err() != nil, !catalog.Transient(err) || attempt == attempts:
			return err
		}
		lost = lost || w.c == nil
		w.r.mu.Lock()
		w.r.result.Retries++
		w.r.mu.Unlock()
		w.r.p.o.Log.Warn("begin a step again", "attempt", attempt+1, "cause", catalog.RedactEvaluated(err).Error())
	}
}

// connect opens the session if there is none, and waits out a restart of the
// server.
func (w *sessionWorker) connect(ctx context.Context) error {
	if w.c != nil {
		return nil
	}
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = reconnectMin, reconnectMax
	c, err := backoff.Retry(ctx, func() (*conn, error) {
		c, err := w.r.p.open(ctx)
		switch {
		case err == nil:
			return c, nil
		case catalog.SQLState(err) == stateTooManyConnections && w.r.sessions.Load() > 0:
			return nil, backoff.Permanent(&noSession{err}) // another worker has one, and goes on
		case !catalog.Transient(err):
			return nil, backoff.Permanent(err)
		}
		return nil, err
	}, backoff.WithBackOff(wait), backoff.WithMaxElapsedTime(reconnectFor))
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	w.c = c
	w.r.sessions.Add(1)
	return nil
}

// isThere tells whether a definition failed because its object exists already:
// the server says so, or its own catalogs do where both came at a time.
func isThere(err error) bool {
	switch catalog.SQLState(err) {
	case "42P06", "42P07", "42710", "42723", // schema, relation, object, function
		"42P16": // a second primary key
		return true
	case stateUnique:
		var e *catalog.ServerError
		return errors.As(catalog.Redact(err), &e) && e.Schema == "pg_catalog"
	}
	return false
}

// notValid lists constraints that the source has not validated.
func (p *Plan) notValid() []string {
	var out []string
	for _, t := range p.src.Tables {
		if p.Omits(t.Name.String()) || t.Extension != "" {
			continue
		}
		for _, fk := range t.ForeignKeys {
			if !fk.Validated && !fk.Inherited {
				out = append(out, "foreign key "+t.Name.String()+"."+catalog.Display(fk.Name))
			}
		}
		for _, k := range t.Checks {
			if !k.Validated && k.Local {
				out = append(out, "check constraint "+t.Name.String()+"."+catalog.Display(k.Name))
			}
		}
	}
	for _, t := range p.src.Types {
		for _, k := range t.Checks {
			if !k.Validated && t.Extension == "" {
				out = append(out, "check constraint "+t.Name.String()+"."+catalog.Display(k.Name))
			}
		}
	}
	slices.SortFunc(out, strings.Compare)
	return out
}
