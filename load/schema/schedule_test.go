package schema

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/understudy-db/understudy/catalog"
)

// fake is a worker that tells the test what it does.
type fake struct {
	run     func(context.Context, *step) error
	stopped *int
}

func (f fake) do(ctx context.Context, s *step) error { return f.run(ctx, s) }
func (f fake) stop()                                 { *f.stopped++ }

func fakes(n int, run func(context.Context, *step) error) ([]worker, *int) {
	stopped := new(int)
	ws := make([]worker, n)
	for i := range ws {
		ws[i] = fake{run, stopped}
	}
	return ws, stopped
}

// randomSteps makes steps with random dependencies, locks and needs.
func randomSteps(r *rand.Rand, n, tables int) []*step {
	steps := make([]*step, n)
	for i := range steps {
		s := &step{name: fmt.Sprint(i), order: i, cost: r.Float64()}
		for range r.IntN(3) {
			s.lock(catalog.OID(r.IntN(tables)), r.IntN(2) == 0)
		}
		// A step may not hold both locks on one relation: it would wait for itself.
		s.shared = slices.DeleteFunc(s.shared, func(l lock) bool { return slices.Contains(s.exclusive, l) })
		if r.IntN(3) == 0 {
			s.loaded = append(s.loaded, catalog.OID(r.IntN(tables)))
		}
		s.allLoaded = r.IntN(5) == 0
		for range r.IntN(3) {
			if i > 0 {
				edge(steps[r.IntN(i)], s)
			}
		}
		steps[i] = s
	}
	g := &graph{steps: steps}
	if err := g.rank(); err != nil {
		panic(err)
	}
	return steps
}

// Whatever the steps are: each runs once, after what it waits for and with its
// tables loaded, and never beside one that it conflicts with.
func TestExecuteRespectsOrderLocksAndLoads(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		const tables = 6
		steps := randomSteps(r, 1+r.IntN(40), tables)
		before := make(map[*step][]*step)
		for _, s := range steps {
			for _, x := range s.after {
				before[x] = append(before[x], s)
			}
		}
		var (
			mu      sync.Mutex
			running = make(map[*step]bool)
			ran     = make(map[*step]int)
			loaded  = make(map[catalog.OID]bool)
			all     bool
		)
		jobs := 1 + r.IntN(5)
		feed := make(chan *catalog.Table)
		workers, stopped := fakes(jobs, func(_ context.Context, s *step) error {
			mu.Lock()
			defer mu.Unlock()
			ran[s]++
			if len(running) >= jobs {
				t.Errorf("seed %d: %d steps run with %d workers", seed, len(running)+1, jobs)
			}
			for x := range running {
				if conflict(s, x) {
					t.Errorf("seed %d: %s runs beside %s", seed, s.name, x.name)
				}
			}
			for _, x := range before[s] {
				if ran[x] != 1 || running[x] {
					t.Errorf("seed %d: %s runs before %s", seed, s.name, x.name)
				}
			}
			for _, oid := range s.loaded {
				if !loaded[oid] {
					t.Errorf("seed %d: %s runs before its table is loaded", seed, s.name)
				}
			}
			if s.allLoaded && !all {
				t.Errorf("seed %d: %s runs before everything is loaded", seed, s.name)
			}
			running[s] = true
			// Let others in while this one runs.
			mu.Unlock()
			for range s.order % 3 {
				runtime.Gosched()
			}
			mu.Lock()
			delete(running, s)
			return nil
		})
		go func() {
			for _, i := range rand.New(rand.NewPCG(seed, 2)).Perm(tables) {
				mu.Lock()
				loaded[catalog.OID(i)] = true
				mu.Unlock()
				feed <- &catalog.Table{OID: catalog.OID(i)}
			}
			mu.Lock()
			all = true
			mu.Unlock()
			close(feed)
		}()
		done := 0
		if err := execute(t.Context(), steps, workers, feed, func(*step) { done++ }); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, s := range steps {
			if ran[s] != 1 {
				t.Errorf("seed %d: step %s ran %d times", seed, s.name, ran[s])
			}
		}
		if done != len(steps) || *stopped != jobs {
			t.Errorf("seed %d: %d of %d steps done, %d of %d workers stopped", seed, done, len(steps), *stopped, jobs)
		}
	}
}

func conflict(a, b *step) bool {
	for _, l := range a.exclusive {
		if slices.Contains(b.exclusive, l) || slices.Contains(b.shared, l) {
			return true
		}
	}
	for _, l := range b.exclusive {
		if slices.Contains(a.shared, l) {
			return true
		}
	}
	return false
}

func TestExecuteTakesTheLongestChainFirst(t *testing.T) {
	t.Parallel()
	small, big, chain := &step{name: "small", cost: 1}, &step{name: "big", cost: 5}, &step{name: "chain", cost: 2}
	end := &step{name: "end", cost: 9}
	edge(chain, end)
	g := &graph{steps: []*step{small, big, chain, end}}
	if err := g.rank(); err != nil {
		t.Fatal(err)
	}
	var got []string
	workers, _ := fakes(1, func(_ context.Context, s *step) error { got = append(got, s.name); return nil })
	if err := execute(t.Context(), g.steps, workers, nil, func(*step) {}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"chain", "end", "big", "small"}; !slices.Equal(got, want) {
		t.Errorf("ran %v, want %v", got, want)
	}
}

// The first failure is the one that is told; what runs beside it is cancelled,
// nothing else begins, and nobody is left working.
func TestExecuteStopsAtTheFirstFailure(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	steps := make([]*step, 10)
	for i := range steps {
		steps[i] = &step{name: fmt.Sprint(i), order: i, rank: float64(10 - i)}
	}
	var mu sync.Mutex
	begun, ended := 0, 0
	other := make(chan struct{})
	workers, stopped := fakes(2, func(ctx context.Context, s *step) error {
		mu.Lock()
		begun++
		mu.Unlock()
		defer func() { mu.Lock(); ended++; mu.Unlock() }()
		if s.order == 0 {
			<-other
			return boom
		}
		close(other)
		<-ctx.Done()
		return ctx.Err()
	})
	err := execute(t.Context(), steps, workers, nil, func(*step) {})
	if !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
	if begun != 2 || ended != 2 || *stopped != 2 {
		t.Errorf("%d begun, %d ended, %d workers stopped", begun, ended, *stopped)
	}
}

func TestExecuteEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	workers, stopped := fakes(3, func(ctx context.Context, _ *step) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	})
	never := make(chan *catalog.Table)
	err := execute(ctx, []*step{{name: "a"}, {name: "b", allLoaded: true}}, workers, never, func(*step) {})
	if !errors.Is(err, context.Canceled) || *stopped != 3 {
		t.Errorf("got %v, %d workers stopped", err, *stopped)
	}
}

// A worker without a session leaves its work to the others; the last one's
// trouble is a failure.
func TestExecuteGoesOnWithFewerWorkers(t *testing.T) {
	t.Parallel()
	full := errors.New("too many connections")
	for _, c := range []struct {
		able int
		want error
	}{{1, nil}, {0, full}} {
		steps := make([]*step, 8)
		for i := range steps {
			steps[i] = &step{name: fmt.Sprint(i), order: i}
		}
		var mu sync.Mutex
		ran := 0
		stopped := new(int)
		workers := make([]worker, 4)
		for i := range workers {
			workers[i] = fake{func(context.Context, *step) error {
				if i >= c.able {
					return &noSession{full}
				}
				mu.Lock()
				defer mu.Unlock()
				ran++
				return nil
			}, stopped}
		}
		err := execute(t.Context(), steps, workers, nil, func(*step) {})
		if !errors.Is(err, c.want) || c.want == nil && ran != len(steps) || *stopped != 4 {
			t.Errorf("%d able workers: %v, %d steps ran, %d stopped", c.able, err, ran, *stopped)
		}
	}
}

func TestRankFindsCycles(t *testing.T) {
	t.Parallel()
	a, b := &step{name: "a"}, &step{name: "b"}
	edge(a, b)
	edge(b, a)
	if err := (&graph{steps: []*step{a, b}}).rank(); err == nil {
		t.Error("a cycle is not found")
	}
	if err := execute(t.Context(), []*step{a, b}, nil, nil, func(*step) {}); !errors.Is(err, errStuck) {
		t.Errorf("a cycle is executed: %v", err)
	}
}

// Processes that have nothing to do lend a hand to steps that are started then,
// as soon as everything is loaded.
func TestExecuteSharesSpareProcesses(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	spare := map[string]int{}
	note := func(_ context.Context, s *step) error {
		mu.Lock()
		defer mu.Unlock()
		spare[s.name] = s.spare
		return nil
	}
	one, two, last := &step{name: "one", order: 1}, &step{name: "two", order: 2}, &step{name: "last"}
	edge(one, last)
	edge(two, last)
	workers, _ := fakes(5, note)
	if err := execute(t.Context(), []*step{one, two, last}, workers, nil, func(*step) {}); err != nil {
		t.Fatal(err)
	}
	if want := map[string]int{"one": 1, "two": 2, "last": 4}; !maps.Equal(spare, want) {
		t.Errorf("spare processes %v, want %v", spare, want)
	}
}
