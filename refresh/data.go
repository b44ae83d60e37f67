package refresh

import (
	"context"
	"errors"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/sync/errgroup"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/extract"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/load"
	"github.com/understudy-db/understudy/report"
	"github.com/understudy-db/understudy/transform"
)

// maxTries is how often a chunk or a table is tried under one snapshot before
// the run ends. A reader that yielded to production counts as a try.
const maxTries = 6

// job is one table's way through the data phase.
type job struct {
	table  *boundTable
	chunks []extract.Chunk
	load   load.TableLoad

	mu      sync.Mutex
	counts  transform.Counts
	started time.Time
	left    int // units that are not in yet
}

// unit is what one worker does at a time: a whole table with one writer
// (frozen), or one chunk with a writer of its own (chunked).
type unit struct {
	job    *job
	chunks []extract.Chunk
	bytes  int64
}

// data moves every table: COPY out, mask, COPY in. It calls loaded, from several
// goroutines, with each table that has all its rows then.
func (r *run) data(ctx context.Context, source *extract.Source, build *load.Build, b *bound, loaded func(*catalog.Table)) error {
	start := time.Now()
	jobs, err := r.jobs(ctx, source, b)
	if err != nil {
		return err
	}
	var total int64
	var units []unit
	for _, j := range jobs {
		total += j.table.Table.Bytes
		units = append(units, j.units()...)
	}
	// Largest first keeps the workers busy to the end; tables that voided an
	// earlier snapshot go before all others, to be read before they change again.
	sort.SliceStable(units, func(i, k int) bool {
		a, b := units[i], units[k]
		if a.job.table.first != b.job.table.first {
			return a.job.table.first
		}
		return a.bytes > b.bytes
	})
	r.Observer.Tables(len(jobs), total)

	m := &mover{run: r, source: source, build: build, loaded: loaded}
	var next atomic.Int64
	g, gctx := errgroup.WithContext(ctx)
	for range min(r.Config.Target.LoadJobs, source.Readers(), max(len(units), 1)) {
		g.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(units) || gctx.Err() != nil {
					return context.Cause(gctx)
				}
				if err := m.move(gctx, units[i]); err != nil {
					return err
				}
			}
		})
	}
	err = g.Wait()
	r.rep.Totals.ChunkRetries += m.retries.Load()
	r.rep.Tables = b.describe()
	for i := range r.rep.Tables {
		r.rep.Totals.Tables++
		r.rep.Totals.Rows += r.rep.Tables[i].Rows
		r.rep.Totals.Bytes += r.rep.Tables[i].Bytes
		r.rep.Totals.SourceBytes += b.tables[i].counts.Read
		for _, c := range r.rep.Tables[i].Columns {
			r.rep.Totals.MaskedFields += c.Changed
		}
	}
	r.rep.Totals.DataSeconds = time.Since(start).Seconds()
	if err != nil {
		return err
	}
	if err := r.gate("every rule changes something", func() error { return r.alive(b) }); err != nil {
		return err
	}
	return r.afterData(ctx, source, build, b)
}

// units splits a job into what workers take: all its chunks for one writer, or
// a writer for each chunk.
func (j *job) units() []unit {
	bytes := j.table.Table.Bytes
	if j.load.Frozen {
		j.left = 1
		return []unit{{j, j.chunks, bytes}}
	}
	var us []unit
	for _, c := range j.chunks {
		us = append(us, unit{j, []extract.Chunk{c}, bytes / int64(len(j.chunks))})
	}
	j.left = len(us)
	return us
}

// mode is how the table is loaded, in a word for the report.
func (j *job) mode() string {
	switch {
	case j.load.Frozen:
		return "frozen"
	case j.load.ViaRoot:
		return "via root"
	}
	return "chunked"
}

// jobs are the tables with rows to copy, with their chunks.
func (r *run) jobs(ctx context.Context, source *extract.Source, b *bound) ([]*job, error) {
	var jobs []*job
	var queries []*extract.Query
	for _, t := range b.tables {
		if t.query != nil {
			jobs = append(jobs, &job{table: t, load: t.tableLoad(r.target.Frozen(t.Table))})
			queries = append(queries, t.query)
		}
	}
	plan, err := source.Plan(ctx, queries)
	if err != nil {
		return nil, err
	}
	for i, chunks := range plan {
		jobs[i].chunks = chunks
	}
	return jobs, nil
}

// mover carries units from the source to the generation.
type mover struct {
	*run
	source *extract.Source
	build  *load.Build
	loaded func(*catalog.Table)

	retries atomic.Int64 // of units and chunks
}

func (m *mover) move(ctx context.Context, u unit) error {
	j := u.job
	j.mu.Lock()
	if j.started.IsZero() {
		j.started = time.Now()
		m.Observer.Begin(j.table.name(), int64(j.table.Table.Rows), j.table.Table.Bytes)
	}
	j.mu.Unlock()

	counts, err := counted(ctx, &m.retries, func() (transform.Counts, error) { return m.once(ctx, u) })
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.counts.Add(counts)
	j.left--
	if j.left == 0 {
		seconds := time.Since(j.started).Seconds()
		j.table.done(j.counts, seconds, j.mode())
		m.Observer.End(j.table.name(), j.counts.Rows, seconds)
		m.Log.Info("table loaded", "run", m.RunID, "table", j.table.name(), "rows", j.counts.Rows, "elapsed", seconds)
		if !j.load.ViaRoot { // else other tables' rows may still come here
			m.loaded(j.table.Table)
		}
	}
	return nil
}

// once loads a unit in one target transaction.
func (m *mover) once(ctx context.Context, u unit) (total transform.Counts, err error) {
	w, err := m.open(ctx, u)
	var committed *load.CommittedError
	if errors.As(err, &committed) { // an earlier try whose outcome was not known
		total.Rows, total.Unseen = committed.Rows, committed.Rows
		return total, nil
	}
	if err != nil {
		return total, err
	}
	defer func() {
		if err != nil {
			w.Abort()
		}
	}()
	for _, c := range u.chunks {
		n, err := counted(ctx, &m.retries, m.reader(ctx, u.job, c, w))
		if err != nil {
			return total, err
		}
		total.Add(n)
	}
	return total, w.Commit(ctx, total.Rows)
}

func (m *mover) open(ctx context.Context, u unit) (*load.TableWriter, error) {
	if u.job.load.Frozen {
		return m.build.OpenTable(ctx, u.job.load)
	}
	return m.build.OpenChunk(ctx, u.job.load, u.chunks[0].Index)
}

// reader returns one try at copying a chunk into w. A later try, under the
// same snapshot, yields the same bytes, so what the writer already has is
// counted and left out.
func (m *mover) reader(ctx context.Context, j *job, c extract.Chunk, w *load.TableWriter) func() (transform.Counts, error) {
	var handed int64
	return func() (transform.Counts, error) {
		skip := handed
		var rows int64
		var stream *transform.Stream
		stream = j.table.plan.Stream(func(p []byte) error {
			if int64(len(p)) <= skip {
				skip -= int64(len(p))
				return nil
			}
			p = p[skip:]
			skip = 0
			if _, err := w.Write(p); err != nil {
				return &targetError{err}
			}
			handed += int64(len(p))
			now := stream.Counts().Rows
			m.Observer.Moved(j.table.name(), now-rows, int64(len(p)))
			rows = now
			return nil
		})
		recorder := j.table.remember(stream, c)
		defer recorder.Discard()
		n, err := m.source.Copy(ctx, c, stream)
		if err == nil {
			err = stream.Close()
		}
		counts := stream.Counts()
		if err != nil {
			return counts, dataError(err)
		}
		if counts.Rows != n {
			return counts, fault.New(fault.Verification, "the source sent %d rows but %d were masked", n, counts.Rows).At(j.table.name())
		}
		return counts, keepOriginals(recorder)
	}
}

// targetError marks a failure of the writer inside a reader's callback: the
// reader must not be retried, the whole unit may.
type targetError struct{ err error }

func (e *targetError) Error() string { return e.err.Error() }
func (e *targetError) Unwrap() error { return e.err }

// dataError gives a masking failure, which names its place, kind and remedy.
func dataError(err error) error {
	var col *transform.ColumnError
	if !errors.As(err, &col) {
		return err
	}
	wrapped := fault.Wrap(fault.Data, col, "mask")
	if col.Rule == "permute" {
		return wrapped.WithHint("give permute a min and a max that hold every value of the column, or another rule")
	}
	return wrapped
}

// retry repeats a try that failed for a transient reason. A reader's try ends
// at a failure of the target, which its unit's own retry deals with.
func retry[T any](ctx context.Context, try func() (T, error)) (T, error) {
	return counted(ctx, nil, try)
}

// counted is retry that counts the tries after the first.
func counted[T any](ctx context.Context, again *atomic.Int64, try func() (T, error)) (T, error) {
	first := true
	return backoff.Retry(ctx, func() (T, error) {
		if !first && again != nil {
			again.Add(1)
		}
		first = false
		v, err := try()
		var void *extract.VoidError
		var target *targetError
		if err != nil && (!fault.Is(err, fault.Transient) || errors.As(err, &void)) {
			return v, backoff.Permanent(err)
		}
		if errors.As(err, &target) {
			return v, backoff.Permanent(target.err)
		}
		return v, err
	}, backoff.WithMaxTries(maxTries), backoff.WithMaxElapsedTime(0), backoff.WithBackOff(&backoff.ExponentialBackOff{
		InitialInterval: 200 * time.Millisecond, Multiplier: 2, RandomizationFactor: 0.3, MaxInterval: 10 * time.Second}))
}

// waiters are the sessions of production that waited for this run.
func waiters(source *extract.Source) []report.Waiter {
	var out []report.Waiter
	for _, w := range source.Waiters() {
		action := "we went on"
		if w.Yielded {
			action = "we gave way"
		}
		out = append(out, report.Waiter{What: w.String(), Seconds: w.Waited.Seconds(), Action: action})
	}
	return out
}
