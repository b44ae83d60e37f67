package main

import (
	"fmt"
	"sync"
	"time"

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
type progress struct {
	a    *app
	json bool

	mu     sync.Mutex
	start  time.Time
	last   time.Time
	rows   int64
	bytes  int64
	total  int64
	tables int
	done   int

	bars  *mpb.Progress
	all   *mpb.Bar
	table map[string]*mpb.Bar
}

// observer returns the functions that a refresh reports to, and a function
// that ends the display.
func (a *app) observer() (refresh.Observer, func()) {
	p := &progress{a: a, json: a.output == "json", start: time.Now(), table: map[string]*mpb.Bar{}}
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
	switch {
	case p.json:
		p.a.eventLine(map[string]any{"event": "stage", "stage": name})
	default:
		p.a.say(fmt.Sprintf("%8s  %s\n", report.Seconds(time.Since(p.start).Seconds()), name))
	}
}

func (p *progress) plan(tables int, bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tables, p.total, p.rows, p.bytes, p.done, p.last = tables, bytes, 0, 0, 0, time.Now()
	if p.bars != nil {
		if p.all != nil {
			p.all.Abort(true)
		}
		start := time.Now()
		p.all = p.bars.AddBar(max(bytes, 1), mpb.BarPriority(1<<30), mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return p.summary(time.Since(start)) })),
			mpb.AppendDecorators(decor.Percentage()))
	}
}

// summary is the overall line; bytes left over bytes a second gives the ETA.
func (p *progress) summary(since time.Duration) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.summaryLocked(since)
}

func (p *progress) summaryLocked(since time.Duration) string {
	s := max(since.Seconds(), 0.001)
	line := fmt.Sprintf("%d/%d tables  %s rows  %s rows/s  %s/s", p.done, p.tables,
		report.Count(p.rows), report.Count(int64(float64(p.rows)/s)), report.Bytes(int64(float64(p.bytes)/s)))
	if left := p.total - p.bytes; left > 0 && p.bytes > 0 {
		line += "  ETA " + report.Seconds(float64(left)/(float64(p.bytes)/s))
	}
	return line
}

func (p *progress) begin(table string, bytes int64) {
	if p.bars == nil {
		return
	}
	name := table
	if r := []rune(name); len(r) > maxNameWidth {
		name = string(r[:maxNameWidth-1]) + "…"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.table[table] = p.bars.AddBar(max(bytes, 1), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(name, decor.WCSyncSpaceR)),
		mpb.AppendDecorators(decor.Percentage(decor.WCSyncSpace)))
}

func (p *progress) moved(table string, rows, bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rows += rows
	p.bytes += bytes
	if p.bars != nil {
		if b := p.table[table]; b != nil {
			b.IncrInt64(bytes)
		}
		p.all.IncrInt64(bytes)
		return
	}
	if time.Since(p.last) < plainInterval {
		return
	}
	p.last = time.Now()
	if p.json {
		p.a.eventLine(map[string]any{"event": "progress", "tables_done": p.done, "tables": p.tables, "rows": p.rows, "bytes": p.bytes, "bytes_estimate": p.total})
		return
	}
	p.a.say("          " + p.summaryLocked(time.Since(p.start)) + "\n")
}

func (p *progress) end(table string, rows int64, seconds float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	if b := p.table[table]; b != nil {
		b.SetTotal(-1, true)
		delete(p.table, table)
	}
	if p.json {
		p.a.eventLine(map[string]any{"event": "table", "table": table, "rows": rows, "seconds": seconds})
	}
	if p.all != nil && p.done == p.tables {
		p.all.SetTotal(-1, true)
	}
}

func (p *progress) close() {
	if p.bars == nil {
		return
	}
	p.mu.Lock()
	for _, b := range p.table {
		b.Abort(true)
	}
	if p.all != nil {
		p.all.Abort(true)
	}
	p.mu.Unlock()
	p.bars.Wait()
	p.a.mu.Lock()
	p.a.progress = nil
	p.a.mu.Unlock()
}
