package migrations

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// maxInterruptions is at how many commits of one file it is interrupted.
const maxInterruptions = 3

// Interrupted is what becomes of a file that stopped behind one of its own
// commits, after the version was forced back and the file run again.
type Interrupted struct {
	Line    int      `json:"after_line"`
	Rerun   string   `json:"rerun"` // ok or failed
	Failure *Failure `json:"error,omitempty"`
	Differs []string `json:"diff,omitempty"` // from a run without interruption
}

// commits are the statements behind which a part of the file is permanent
// although more follows.
func (f *File) commits(r Runner) (out []int) {
	for i, s := range f.Statements {
		if i == len(f.Statements)-1 {
			break
		}
		if r.MultiStatement || KindOf(s.Text).Control == Commit {
			out = append(out, i)
		}
	}
	return out
}

// interrupt runs a file up to each of its commits on a copy of the database
// before it, and then the whole of it, as one does after an interruption. The
// traced lane must not have run the version yet.
func (r *rehearsal) interrupt(ctx context.Context, res *Result) error {
	f := res.pair.Up
	if f == nil || res.Atomic || res.Failure != nil {
		return nil
	}
	points := f.commits(r.Runner)
	if len(points) == 0 {
		return nil
	}
	from := r.traced
	from.leave()
	for _, i := range points[:min(len(points), maxInterruptions)] {
		if err := r.interruptAt(ctx, res, f, i); err != nil {
			return err
		}
	}
	var err error
	if from.observer, err = r.host.observe(ctx, from.name); err != nil {
		return err
	}
	return r.openTraced(ctx)
}

func (r *rehearsal) interruptAt(ctx context.Context, res *Result, f *File, i int) (err error) {
	l := &lane{host: r.host}
	defer l.close()
	if l.name, err = r.host.create(ctx, r.traced.name); err != nil {
		return err
	}
	if l.observer, err = r.host.observe(ctx, l.name); err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(ctx, r.host.config(l.name))
	if err != nil {
		return cannot("connect to a database of the rehearsal", err)
	}
	last := f.Statements[i]
	if r.Runner.MultiStatement {
		for _, s := range f.Statements[:i+1] {
			if _, err = conn.PgConn().Exec(ctx, s.Text).ReadAll(); err != nil {
				break
			}
		}
	} else {
		_, err = conn.PgConn().Exec(ctx, f.Src[:last.Offset+len(last.Text)]).ReadAll()
	}
	_ = conn.Close(ctx)
	if err != nil {
		return nil // needs settings of earlier files: nothing to be learned
	}
	if l.session, err = r.host.openSession(ctx, l.name, r.Dir, r.Runner, r.inherit, nil, nil); err != nil {
		return err
	}
	in := Interrupted{Line: last.Line, Rerun: "ok"}
	if _, err := r.timed(ctx, l, 1); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		in.Rerun, in.Failure = "failed", failureOf(err, f.Src, 1)
		res.Findings = append(res.Findings, Finding{Rule: "not-rerunnable", Severity: Medium, Basis: Measured, File: f.Name, Line: last.Line,
			Message: fmt.Sprintf("interrupted behind this commit and forced back, the file cannot run again: %s (SQLSTATE %s)", in.Failure.Message, in.Failure.State),
			Fix:     "split the file at this commit: each part is then one transaction and one version"})
	} else if err := l.read(ctx, false); err != nil {
		return err
	} else if in.Differs, _ = diff(r.faithful.schema, l.schema); len(in.Differs) > 0 {
		res.Findings = append(res.Findings, Finding{Rule: "not-rerunnable", Severity: Medium, Basis: Measured, File: f.Name, Line: last.Line,
			Message: "interrupted behind this commit, forced back and run again, the file leaves another schema: " + in.Differs[0], Fix: "split the file at this commit"})
	}
	res.Interrupted = append(res.Interrupted, in)
	return nil
}
