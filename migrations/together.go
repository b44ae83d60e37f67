package migrations

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-migrate/migrate/v4/database"
	"github.com/jackc/pgx/v5"
)

// Together is what one transaction over all pending files did, for projects
// whose runner wraps golang-migrate's driver in one.
type Together struct {
	Status   string         `json:"status"` // applied, failed, ended (a file ends the transaction itself) or not_run
	Files    int            `json:"files"`  // that ran
	Reason   string         `json:"reason,omitempty"`
	File     string         `json:"file,omitempty"` // that failed, or ended it
	Failure  *Failure       `json:"error,omitempty"`
	MS       float64        `json:"ms"`
	WAL      int64          `json:"wal_bytes"`
	Blocked  []TogetherHeld `json:"blocked,omitempty"`
	sequence []*StatementResult
	files    map[*StatementResult]string
}

// TogetherHeld is how long a relation is locked against others: from the
// statement in File and Line to the end of the transaction.
type TogetherHeld struct {
	Relation string  `json:"rel"`
	File     string  `json:"file"`
	Line     int     `json:"line"`
	ReadMS   float64 `json:"read_ms"`
	WriteMS  float64 `json:"write_ms"`
	// Production is the likely wait there, where its sizes are known.
	ProductionReadMS  float64 `json:"production_read_ms,omitempty"`
	ProductionWriteMS float64 `json:"production_write_ms,omitempty"`

	from int // index of the statement
}

// together runs all pending files in one transaction and rolls it back: what
// files make outside of their database, such as roles, must not be there for the
// runs that follow. Deferred constraints are checked as the commit would.
func (r *rehearsal) together(ctx context.Context) (err error) {
	if !r.Runner.OneTransaction || r.stop {
		return nil
	}
	res := &Together{Status: "not_run", files: map[*StatementResult]string{}}
	r.report.Together = res
	l, err := r.openLane(ctx, r.Template)
	if err != nil {
		return err
	}
	defer l.close()
	version, err := r.known(ctx, l)
	if err != nil {
		return err
	}
	t := &tracer{runner: r.Runner, together: true}
	l.session, err = r.host.openSession(ctx, l.name, r.Dir, r.Runner, nil, t.notice, func(d database.Driver, c *pgx.Conn) database.Driver {
		t.Driver, t.conn, t.observer = d, c, l.observer
		return t
	})
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, l.session.abort)
	defer stop()
	start := time.Now()
	for _, m := range r.report.Migrations {
		f := m.pair.Up
		if int64(m.Version) <= version || r.Target > 0 && m.Version > r.Target || f == nil {
			continue
		}
		if why := unfit(f, r.Own); why != "" {
			res.Reason = f.Name + " is not run: " + why
			return nil
		}
		if n := endsTransaction(f); n > 0 {
			res.Status, res.File = "ended", f.Name
			res.Reason = fmt.Sprintf("%s:%d ends the transaction", f.Name, f.Statements[n-1].Line)
			break
		}
		err := t.Run(strings.NewReader(f.Src))
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for _, s := range t.statements {
			res.files[s] = f.Name
		}
		if err == nil {
			res.Files++
			continue
		}
		res.Status, res.File, res.Failure = "failed", f.Name, failureOf(err, f.Src, 1)
		if n := len(t.statements); n > 0 && t.statements[n-1].Failure != nil {
			res.Failure = t.statements[n-1].Failure
		}
		if res.Failure.Missing != "" && r.lacks(&Result{Version: m.Version, Failure: res.Failure}) {
			res.Status, res.Reason = "not_run", fmt.Sprintf("%s:%d: %s", f.Name, res.Failure.Line, lackedText(res.Failure))
			res.File, res.Failure = "", nil
			return nil
		}
		m.Findings = append(m.Findings, togetherFinding(f.Name, res.Failure))
		break
	}
	if res.Status == "not_run" && res.Files > 0 {
		res.Status = "applied"
		if err := t.exec(ctx, "SET CONSTRAINTS ALL IMMEDIATE"); err != nil {
			res.Status, res.Failure = "failed", failureOf(err, "", 0)
			res.Failure.AtCommit = true
			last := r.report.Migrations[len(r.report.Migrations)-1]
			last.Findings = append(last.Findings, togetherFinding(last.File, res.Failure))
		}
	}
	res.MS = ms(time.Since(start))
	t.finish(0)
	res.sequence = t.before
	for i, s := range res.sequence {
		if s.WAL != nil {
			res.WAL += *s.WAL
		}
		for rel, b := range s.Blocked {
			res.Blocked = append(res.Blocked, TogetherHeld{Relation: rel, File: res.files[s], Line: s.Line, ReadMS: b.ReadMS, WriteMS: b.WriteMS, from: i})
		}
	}
	slices.SortFunc(res.Blocked, func(a, b TogetherHeld) int { return cmp.Or(a.from-b.from, strings.Compare(a.Relation, b.Relation)) })
	return nil
}

// known brings a lane to where the rehearsal's own versions begin and tells the
// version that it is at, -1 without one.
func (r *rehearsal) known(ctx context.Context, l *lane) (int64, error) {
	var err error
	if l.session, err = r.host.openSession(ctx, l.name, r.Dir, r.Runner, nil, nil, nil); err != nil {
		return 0, err
	}
	defer l.session.close()
	for _, m := range r.report.Migrations {
		if v, _, err := l.session.driver.Version(); err != nil {
			return 0, cannot("read the version of the database", cause(err))
		} else if !m.known || int64(m.Version) <= int64(v) {
			continue
		}
		if _, err := r.timed(ctx, l, 1); err != nil {
			return 0, cannot("run "+m.File+", which was there before", cause(err))
		}
	}
	v, _, err := l.session.driver.Version()
	if err != nil {
		return 0, cannot("read the version of the database", cause(err))
	}
	return int64(v), nil
}

func togetherFinding(file string, f *Failure) Finding {
	msg := "in one transaction with the files before it, it fails: " + f.Message
	if f.State != "" {
		msg += " (SQLSTATE " + f.State + ")"
	}
	return Finding{Rule: "one-transaction", Severity: Blocker, Basis: Measured, File: file, Line: f.Line, Statement: f.Statement, Relation: f.Table, Message: msg,
		Fix: "let the runner commit after every file, or release this file by itself, after the others"}
}

// endsTransaction is the number of the first statement that ends a transaction
// which it has found open; 0: none.
func endsTransaction(f *File) int {
	for i, s := range f.Statements {
		if k := KindOf(s.Text); k.Control == Commit || k.Control == Rollback {
			return i + 1
		}
	}
	return 0
}

// estimateTogether carries the waits over to production's sizes.
func (r *rehearsal) estimateTogether() {
	t := r.report.Together
	if t == nil || len(r.sizes) == 0 {
		return
	}
	r.estimate(&Result{Statements: t.sequence})
	for i := range t.Blocked {
		h := &t.Blocked[i]
		total := 0.0
		for _, s := range t.sequence[h.from:] {
			if s.Estimate != nil {
				total += max(s.MS, s.Estimate.MS[1])
			} else {
				total += s.MS
			}
		}
		if h.ReadMS > 0 {
			h.ProductionReadMS = total
		}
		if h.WriteMS > 0 {
			h.ProductionWriteMS = total
		}
	}
}

// judgeTogether holds the waits of one transaction over all files to the gates.
func (r *Report) judgeTogether(g Gates) {
	t := r.Together
	if t == nil {
		return
	}
	for _, h := range t.Blocked {
		for _, w := range []struct {
			gate, what  string
			limit       time.Duration
			here, there float64
		}{{"max_read_block", "reads", g.MaxReadBlock, h.ReadMS, h.ProductionReadMS}, {"max_write_block", "writes", g.MaxWriteBlock, h.WriteMS, h.ProductionWriteMS}} {
			if w.limit > 0 && max(w.here, w.there) > ms(w.limit) {
				r.Gates = append(r.Gates, GateResult{Gate: w.gate, Place: fmt.Sprintf("%s:%d", h.File, h.Line),
					Message: fmt.Sprintf("in one transaction over all files %s of %s wait %s here, likely %s in production, limit %s", w.what, h.Relation, msText(w.here), msText(max(w.here, w.there)), msText(ms(w.limit)))})
			}
		}
	}
	if g.MaxDuration > 0 && t.MS > ms(g.MaxDuration) {
		r.Gates = append(r.Gates, GateResult{Gate: "max_duration", Message: fmt.Sprintf("one transaction over all files takes %.1f s, limit %s", t.MS/1000, g.MaxDuration)})
	}
}

// TogetherText is the line about one transaction over all files; empty: there
// is none to be said.
func (r *Report) TogetherText() string {
	if r.Together == nil {
		return ""
	}
	return r.Together.text()
}

// text is the line of the terminal's summary.
func (t *Together) text() string {
	switch t.Status {
	case "not_run":
		if t.Reason == "" {
			return ""
		}
		return "one transaction over all files: not run, " + t.Reason
	case "ended":
		return "one transaction over all files: " + t.Reason
	case "failed":
		return fmt.Sprintf("one transaction over all files: fails in %s, and all of it is rolled back", t.File)
	}
	line := fmt.Sprintf("one transaction over all files: %d files in %s", t.Files, msText(t.MS))
	worst := slices.MaxFunc(append([]TogetherHeld{{}}, t.Blocked...), func(a, b TogetherHeld) int {
		return cmp.Compare(max(a.WriteMS, a.ProductionWriteMS), max(b.WriteMS, b.ProductionWriteMS))
	})
	if worst.Relation == "" {
		return line
	}
	line += fmt.Sprintf(", longest lock on %s from %s:%d on, %s", worst.Relation, worst.File, worst.Line, msText(worst.WriteMS))
	if worst.ProductionWriteMS > 0 {
		line += ", likely " + msText(worst.ProductionWriteMS) + " in production"
	}
	return line
}
