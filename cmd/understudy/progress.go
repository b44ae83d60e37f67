package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/understudy-db/understudy/refresh"
	"github.com/understudy-db/understudy/report"
)

// plainInterval is how often a run that nobody watches says where it is.
const plainInterval = 10 * time.Second

// maxNameWidth keeps bars of tables with long names on one line.
const maxNameWidth = 40

// progress shows a run on standard error: bars per table and overall on a
// terminal, plain periodic lines otherwise, JSON lines with --output json.
//
// The bars' own goroutines call summary while they draw, and wait for nobody:
// counters are atomic, and mu is never held while a bar is told something.
type progress struct {
	a     *app
	json  bool
	start time.Time

	rows, bytes  atomic.Int64 // handed on so far
	weight       atomic.Int64 // the part of total that is done, by rows
	total        atomic.Int64 // of all tables, in bytes on the source
	tables, done atomic.Int64
	dataStart    atomic.Int64 // Unix nanoseconds
	last         atomic.Int64 // Unix nanoseconds of the last plain line

	bars *mpb.Progress
	mu   sync.Mutex
	all  *mpb.Bar
	each map[string]*tableProgress
}

// tableProgress is a table on its way.
type tableProgress struct {
	bar         *mpb.Bar // nil without a terminal
	rows, bytes int64    // estimates
	moved       int64    // the part of bytes that is done
}

// observer returns the functions that a refresh reports to, and a function
// that ends the display.
func (a *app) observer() (refresh.Observer, func()) {
	p := &progress{a: a, json: a.output == "json", start: time.Now(), each: map[string]*tableProgress{}}
	if !p.json && !a.quiet && isTTY(a.err) {
		p.bars = mpb.New(mpb.WithOutput(a.err), mpb.WithRefreshRate(150*time.Millisecond), mpb.WithAutoRefresh())
		a.mu.Lock()
		a.progress = p
		a.mu.Unlock()
	}
	o := refresh.Observer{Warn: a.warnEvent}
	if !a.quiet {
		o.Stage, o.Tables, o.Begin, o.Moved, o.End = p.stage, p.plan, p.begin, p.moved, p.end
	}
	return o, p.close
}

func (a *app) warnEvent(msg string) {
	if a.output == "json" {
		a.eventLine(map[string]any{"event": "warning", "message": msg})
		return
	}
	a.warn(msg)
}

// eventLine writes one JSON event to standard error.
func (a *app) eventLine(v map[string]any) {
	v["time"] = time.Now().UTC().Format(time.RFC3339Nano)
	a.say(marshalLine(v))
}

// write prints text above the bars; false when no bars are shown.
func (p *progress) write(s string) bool {
	if p.bars == nil {
		return false
	}
	_, err := p.bars.Write([]byte(s))
	return err == nil
}

func (p *progress) stage(name string) {
	if p.json {
		p.a.eventLine(map[string]any{"event": "stage", "stage": name})
		return
	}
	p.a.say(fmt.Sprintf("%8s  %s\n", report.Seconds(time.Since(p.start).Seconds()), name))
}

func (p *progress) plan(tables int, bytes int64) {
	for _, c := range []*atomic.Int64{&p.rows, &p.bytes, &p.weight, &p.done} {
		c.Store(0)
	}
	p.tables.Store(int64(tables))
	p.total.Store(max(bytes, 1))
	p.dataStart.Store(time.Now().UnixNano())
	p.last.Store(time.Now().UnixNano())
	if p.bars == nil {
		return
	}
	p.abort() // of an attempt whose snapshot was voided
	all := p.bars.AddBar(max(bytes, 1), mpb.BarPriority(1<<30), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return p.summary() + " " })),
		mpb.AppendDecorators(decor.Percentage()))
	p.mu.Lock()
	p.all = all
	p.mu.Unlock()
}

// summary is the overall line; what is left over the speed so far is the ETA.
func (p *progress) summary() string {
	s := max(time.Since(time.Unix(0, p.dataStart.Load())).Seconds(), 0.001)
	line := fmt.Sprintf("%d/%d tables  %s rows  %s rows/s  %s/s", p.done.Load(), p.tables.Load(),
		report.Count(p.rows.Load()), report.Count(int64(float64(p.rows.Load())/s)), report.Bytes(int64(float64(p.bytes.Load())/s)))
	done, left := p.weight.Load(), p.total.Load()-p.weight.Load()
	if left > 0 && done > 0 {
		line += "  ETA " + report.Seconds(float64(left)/(float64(done)/s))
	}
	return line
}

func (p *progress) begin(table string, rows, bytes int64) {
	t := &tableProgress{rows: rows, bytes: max(bytes, 1)}
	if p.bars != nil {
		t.bar = p.bars.AddBar(t.bytes, mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Name(runewidth.Truncate(table, maxNameWidth, "…"), decor.WCSyncSpaceR)),
			mpb.AppendDecorators(decor.Percentage(decor.WCSyncSpace)))
	}
	p.mu.Lock()
	p.each[table] = t
	p.mu.Unlock()
}

func (p *progress) moved(table string, rows, bytes int64) {
	p.rows.Add(rows)
	p.bytes.Add(bytes)
	p.mu.Lock()
	t, all := p.each[table], p.all
	var step int64
	if t != nil {
		// By rows where their number is known: what travels is not as large as
		// what is stored.
		step = bytes
		if t.rows > 0 {
			step = int64(float64(rows) / float64(t.rows) * float64(t.bytes))
		}
		step = min(step, t.bytes-t.moved)
		t.moved += step
	}
	p.mu.Unlock()
	p.weight.Add(step)
	if p.bars != nil {
		if t != nil {
			t.bar.IncrInt64(step)
		}
		all.IncrInt64(step)
		return
	}
	last, now := p.last.Load(), time.Now()
	if now.Sub(time.Unix(0, last)) < plainInterval || !p.last.CompareAndSwap(last, now.UnixNano()) {
		return
	}
	if p.json {
		p.a.eventLine(map[string]any{"event": "progress", "tables_done": p.done.Load(), "tables": p.tables.Load(),
			"rows": p.rows.Load(), "bytes": p.bytes.Load(), "share": float64(p.weight.Load()) / float64(p.total.Load())})
		return
	}
	p.a.say("          " + p.summary() + "\n")
}

func (p *progress) end(table string, rows int64, seconds float64) {
	done := p.done.Add(1)
	p.mu.Lock()
	t, all := p.each[table], p.all
	delete(p.each, table)
	p.mu.Unlock()
	if t != nil {
		p.weight.Add(t.bytes - t.moved)
	}
	switch {
	case p.json:
		p.a.eventLine(map[string]any{"event": "table", "table": table, "rows": rows, "seconds": seconds})
	case p.bars != nil:
		if t != nil {
			all.IncrInt64(t.bytes - t.moved)
			t.bar.SetTotal(-1, true)
		}
		if done == p.tables.Load() {
			all.SetTotal(-1, true)
		}
	}
}

// abort takes the bars away.
func (p *progress) abort() {
	p.mu.Lock()
	bars := []*mpb.Bar{p.all}
	for _, t := range p.each {
		bars = append(bars, t.bar)
	}
	p.all, p.each = nil, map[string]*tableProgress{}
	p.mu.Unlock()
	for _, b := range bars {
		if b != nil {
			b.Abort(true)
		}
	}
}

func (p *progress) close() {
	if p.bars == nil {
		return
	}
	p.abort()
	p.bars.Wait()
	p.a.mu.Lock()
	p.a.progress = nil
	p.a.mu.Unlock()
}
