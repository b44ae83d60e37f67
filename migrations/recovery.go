package migrations

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// maxInterruptions is at how many commits of one file it is interrupted.
const maxInterruptions = 3

// Interrupted is what becomes of a file that stopped behind one of its own
// commits, or while it built an index CONCURRENTLY, after the version was
// forced back and the file run again.
type Interrupted struct {
	Line    int      `json:"after_line"`
	During  bool     `json:"during,omitempty"` // in the statement of that line, not behind it
	Rerun   string   `json:"rerun"`            // ok or failed
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
	points, builds := f.commits(r.Runner), f.builds(r.Runner)
	if len(points) == 0 && len(builds) == 0 {
		return nil
	}
	from := r.traced
	from.leave()
	for _, i := range points[:min(len(points), maxInterruptions)] {
		if err := r.interruptAt(ctx, res, f, i); err != nil {
			return err
		}
	}
	for _, i := range builds[:min(len(builds), maxInterruptions)] {
		if err := r.interruptBuild(ctx, res, f, i); err != nil {
			return err
		}
	}
	var err error
	if from.observer, err = r.host.observe(ctx, from.name); err != nil {
		return err
	}
	return r.openTraced(ctx)
}

// builds are the statements that build an index CONCURRENTLY, in files in which
// the server allows them.
func (f *File) builds(r Runner) (out []int) {
	if len(f.Statements) > 1 && !r.MultiStatement {
		return nil
	}
	for i, s := range f.Statements {
		if k := KindOf(s.Text); k.Concurrently && strings.HasPrefix(k.Verb, "CREATE") {
			out = append(out, i)
		}
	}
	return out
}

// interruptAt stops behind a commit.
func (r *rehearsal) interruptAt(ctx context.Context, res *Result, f *File, i int) error {
	last := f.Statements[i]
	return r.interrupted(ctx, res, f, Interrupted{Line: last.Line}, func(conn *pgx.Conn, _ *lane) bool {
		if r.Runner.MultiStatement {
			return runAll(ctx, conn, f.Statements[:i+1])
		}
		_, err := conn.PgConn().Exec(ctx, f.Src[:last.Offset+len(last.Text)]).ReadAll()
		return err == nil
	})
}

// interruptBuild stops the build of an index CONCURRENTLY in its middle: a
// transaction that holds its table makes it wait there until it is cancelled.
func (r *rehearsal) interruptBuild(ctx context.Context, res *Result, f *File, i int) error {
	s := f.Statements[i]
	table := KindOf(s.Text).Table
	return r.interrupted(ctx, res, f, Interrupted{Line: s.Line, During: true}, func(conn *pgx.Conn, l *lane) bool {
		if !runAll(ctx, conn, f.Statements[:i]) {
			return false
		}
		holder, err := pgx.ConnectConfig(ctx, r.host.config(l.name))
		if err != nil {
			return false
		}
		defer func() { _ = holder.Close(context.WithoutCancel(ctx)) }()
		if _, err := holder.PgConn().Exec(ctx, "BEGIN; LOCK TABLE "+table+" IN ROW EXCLUSIVE MODE").ReadAll(); err != nil {
			return false
		}
		ended := make(chan bool, 1) // whether it has succeeded
		go func() {
			_, err := conn.PgConn().Exec(ctx, s.Text).ReadAll()
			ended <- err == nil
		}()
		for waited := time.Duration(0); waited < buildTimeout; waited += sampleEvery {
			var there bool
			if err := l.observer.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_index WHERE NOT indisvalid)").Scan(&there); err != nil || there {
				break
			}
			select {
			case <-ended:
				return false // it has failed, or did not have to wait
			case <-time.After(sampleEvery):
			}
		}
		if conn.PgConn().CancelRequest(ctx) != nil {
			_ = conn.PgConn().Conn().Close()
		}
		return !<-ended
	})
}

// buildTimeout is how long an index is waited for that is being built.
const buildTimeout = 10 * time.Second

func runAll(ctx context.Context, conn *pgx.Conn, statements []Statement) bool {
	for _, s := range statements {
		if _, err := conn.PgConn().Exec(ctx, s.Text).ReadAll(); err != nil {
			return false
		}
	}
	return true
}

// interrupted runs the first part of a file on a copy of the database before
// it, and then the whole of it. part tells whether there is something to learn:
// it may need settings of earlier files.
func (r *rehearsal) interrupted(ctx context.Context, res *Result, f *File, in Interrupted, part func(*pgx.Conn, *lane) bool) (err error) {
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
	told := part(conn, l)
	_ = conn.Close(context.WithoutCancel(ctx))
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if !told {
		return nil
	}
	if l.session, err = r.host.openSession(ctx, l.name, r.Dir, r.Runner, r.inherit, nil, nil); err != nil {
		return err
	}
	in.Rerun = "ok"
	_, failed := r.timed(ctx, l, 1)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if failed != nil {
		in.Rerun, in.Failure = "failed", failureOf(failed, f.Src, 1)
	} else {
		if err := l.read(ctx, false); err != nil {
			return err
		}
		in.Differs, _ = diff(r.faithful.schema, l.schema)
	}
	res.Interrupted = append(res.Interrupted, in)
	if found := in.finding(f.Name); found != nil {
		res.Findings = append(res.Findings, *found)
	}
	return nil
}

// finding is what an interruption shows; nil if running again is all it takes.
func (in *Interrupted) finding(file string) *Finding {
	found := Finding{Rule: "not-rerunnable", Severity: Medium, Basis: Measured, File: file, Line: in.Line}
	where, fix := "behind this commit", "split the file at this commit: each part is then one transaction and one version"
	if in.During {
		where = "while it builds, which leaves an invalid index"
		fix = "DROP INDEX CONCURRENTLY IF EXISTS /* its name */;  -- in a file of its own before, so that another try begins anew; no IF NOT EXISTS here"
	}
	switch {
	case in.Failure != nil:
		found.Message = fmt.Sprintf("interrupted %s, and forced back, the file cannot run again: %s (SQLSTATE %s)", where, in.Failure.Message, in.Failure.State)
	case len(in.Differs) > 0 && in.During:
		found.Rule, found.Severity = "invalid-index-stays", High
		found.Message = fmt.Sprintf("interrupted %s, forced back and run again, the file reports success and leaves it so: %s", where, in.Differs[0])
	case len(in.Differs) > 0:
		found.Message = fmt.Sprintf("interrupted %s, forced back and run again, the file leaves another schema: %s", where, in.Differs[0])
	default:
		return nil
	}
	found.Fix = fix
	return &found
}
