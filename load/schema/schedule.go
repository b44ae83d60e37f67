package schema

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/understudy-db/understudy/catalog"
)

// schedule decides what runs next. It belongs to one goroutine.
type schedule struct {
	left     int     // steps that are not finished
	running  int     // of these, those under way
	waiting  []*step // those that no other step holds up, the most urgent first
	shared   map[lock]int
	taken    map[lock]bool
	loaded   map[catalog.OID]bool
	complete bool // everything is loaded
}

func newSchedule(steps []*step, complete bool) *schedule {
	s := &schedule{
		left:     len(steps),
		shared:   make(map[lock]int),
		taken:    make(map[lock]bool),
		loaded:   make(map[catalog.OID]bool),
		complete: complete,
	}
	for _, x := range steps {
		if x.waits == 0 {
			s.enqueue(x)
		}
	}
	return s
}

// urgency orders steps: what most hangs on comes first, then the archive's order.
func urgency(a, b *step) int {
	if c := cmp.Compare(b.rank, a.rank); c != 0 {
		return c
	}
	return cmp.Compare(a.order, b.order)
}

func (s *schedule) enqueue(x *step) {
	i, _ := slices.BinarySearchFunc(s.waiting, x, urgency)
	s.waiting = slices.Insert(s.waiting, i, x)
}

// next takes the most urgent step that can run now, nil if none can.
func (s *schedule) next() *step {
	for i, x := range s.waiting {
		if s.ready(x) {
			s.waiting = slices.Delete(s.waiting, i, i+1)
			s.hold(x, 1)
			s.running++
			return x
		}
	}
	return nil
}

func (s *schedule) ready(x *step) bool {
	if x.allLoaded && !s.complete {
		return false
	}
	if !s.complete {
		for _, oid := range x.loaded {
			if !s.loaded[oid] {
				return false
			}
		}
	}
	for _, l := range x.shared {
		if s.taken[l] {
			return false
		}
	}
	for _, l := range x.exclusive {
		if s.taken[l] || s.shared[l] > 0 {
			return false
		}
	}
	return true
}

func (s *schedule) hold(x *step, by int) {
	for _, l := range x.shared {
		s.shared[l] += by
	}
	for _, l := range x.exclusive {
		s.taken[l] = by > 0
	}
}

// finish gives back what a step held and lets go those that waited for it.
func (s *schedule) finish(x *step) {
	s.left--
	s.running--
	s.hold(x, -1)
	for _, after := range x.after {
		if after.waits--; after.waits == 0 {
			s.enqueue(after)
		}
	}
}

// putBack returns a step that was taken and not executed.
func (s *schedule) putBack(x *step) {
	s.running--
	s.hold(x, -1)
	s.enqueue(x)
}

// worker executes steps one at a time.
type worker interface {
	// do executes a step. A *noSession means that it was not begun, and that
	// this worker can do nothing.
	do(ctx context.Context, s *step) error
	// stop is called once, after the last do.
	stop()
}

// noSession is why a worker could not get its session.
type noSession struct{ error }

func (n *noSession) Unwrap() error { return n.error }

// errStuck is a bug of ours: steps are left that nothing can start.
var errStuck = errors.New("definitions after the data wait for each other")

// execute runs all steps, each by one of the workers, and returns when all
// have stopped. After the first failure nothing new is started, what runs is
// cancelled, and that failure is returned. Tables arrive on loaded until it is
// closed; nil means that all are there. done is called by one goroutine.
func execute(ctx context.Context, steps []*step, workers []worker, loaded <-chan *catalog.Table, done func(*step)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type outcome struct {
		w   worker
		s   *step
		err error
	}
	var (
		all      sync.WaitGroup
		outcomes = make(chan outcome)
		idle     = append([]worker(nil), workers...)
		alive    = len(workers)
		s        = newSchedule(steps, loaded == nil)
		failure  error
	)
	defer func() {
		cancel()
		all.Wait()
		for _, w := range workers {
			w.stop()
		}
	}()
	start := func(w worker, x *step) {
		all.Go(func() {
			outcomes <- outcome{w, x, w.do(ctx, x)}
		})
	}
	fail := func(err error) {
		if failure == nil {
			failure = err
			cancel()
		}
	}
	gone := ctx.Done()
	for {
		var next []*step
		for failure == nil && len(next) < len(idle) {
			x := s.next()
			if x == nil {
				break
			}
			next = append(next, x)
		}
		// Whoever finds nothing to do lends a hand.
		spare := len(idle) - len(next)
		for i, x := range next {
			x.spare = 0
			if s.complete {
				x.spare = (spare + i) / len(next)
			}
			w := idle[len(idle)-1]
			idle = idle[:len(idle)-1]
			start(w, x)
		}
		if s.running == 0 {
			if failure != nil || s.left == 0 {
				return failure
			}
			if s.complete {
				return errStuck
			}
		}
		select {
		case o := <-outcomes:
			var none *noSession
			switch {
			case o.err == nil:
				s.finish(o.s)
				done(o.s)
				idle = append(idle, o.w)
			case errors.As(o.err, &none) && alive > 1:
				alive-- // the others do its work
				s.putBack(o.s)
			case none != nil:
				s.putBack(o.s)
				fail(none.error)
			default:
				s.putBack(o.s)
				fail(o.err)
			}
		case t, ok := <-loaded:
			if ok {
				s.loaded[t.OID] = true
			} else {
				s.complete, loaded = true, nil
			}
		case <-gone:
			gone = nil
			fail(ctx.Err())
		}
	}
}
