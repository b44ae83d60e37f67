package migrations

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
)

// roundTrip runs a version up, down and up again on a lane of its own, which is
// at the version before, and has golang-migrate itself do it: the down file in
// a session of its own where earlier files have left settings behind, because
// nobody rolls back in the session that rolled out.
func (r *rehearsal) roundTrip(ctx context.Context, res *Result, before fingerprint) error {
	d := &Down{}
	res.Down = d
	switch {
	case res.pair.Up == nil:
		d.Verdict, d.Reason = NotJudged, "there is no up file"
		_, err := r.timed(ctx, r.round, 1)
		return err
	case !r.Own && beyond(res.pair.Down) != "":
		d.Verdict, d.Reason = NotJudged, "the down file reaches beyond its database: "+beyond(res.pair.Down)
	case copiesStdin(res.pair.Down):
		d.Verdict, d.Reason = NotJudged, "the down file has COPY … FROM STDIN, on which golang-migrate would hang"
	case touchesRoles(res.pair.Up) || touchesRoles(res.pair.Down):
		if r.Fresh == nil {
			d.Verdict, d.Reason = NotJudged, "the files make or change roles, which all databases of the server share"
			break
		}
		return r.roundTripApart(ctx, res)
	}
	if d.Verdict == NotJudged {
		return r.restoreRound(ctx)
	}
	if len(r.inherit) > 0 {
		r.round.session.close()
		var err error
		if r.round.session, err = r.host.openSession(ctx, r.round.name, r.Dir, r.Runner, r.inherit, nil, nil); err != nil {
			return err
		}
	}
	clean, err := r.upDownUp(ctx, r.round, res, before, r.faithful.schema)
	if err == nil && !clean {
		clean, err = r.settled(ctx, res)
	}
	if err != nil {
		return err
	}
	if !clean {
		return r.restoreRound(ctx)
	}
	return nil
}

// settled tells whether the round trip's database is, but for the version it is
// marked with, where a run up alone would have brought it, and marks it so. A
// down or up file that fails as a whole leaves it like that, and so does an
// empty down file.
func (r *rehearsal) settled(ctx context.Context, res *Result) (bool, error) {
	l := r.round
	if l.after == nil {
		return false, nil
	}
	schema, err := readFingerprint(ctx, l.observer)
	if err != nil {
		return false, err
	}
	if !schema.same(r.faithful.schema) {
		return false, nil
	}
	rows, err := readContents(ctx, l.observer)
	if err != nil {
		return false, err
	}
	if len(l.after.changed(rows, schema)) > 0 || !sameSequences(l.after, rows) {
		return false, nil
	}
	l.rows = rows
	l.session.close()
	if l.session, err = r.host.openSession(ctx, l.name, r.Dir, r.Runner, nil, nil, nil); err != nil {
		return false, err
	}
	if err := l.session.m.Force(int(res.Version)); err != nil {
		return false, cannot("mark the version", cause(err))
	}
	return true, nil
}

// upDownUp is the round trip on one lane. before and after are the catalogs
// that the version begins with and ends in. clean: the lane is now where a run
// up alone would have brought it, rows included.
func (r *rehearsal) upDownUp(ctx context.Context, l *lane, res *Result, before, after fingerprint) (clean bool, err error) {
	d := res.Down
	rowsBefore := l.rows
	l.after = nil
	if l.schema == nil {
		l.schema = before
	}
	if res.Queue, err = r.queue(ctx, l, res); err != nil {
		return false, err
	}
	met := r.load(ctx, l, res)
	_, err = r.timed(ctx, l, 1)
	res.Probe = met()
	if err != nil {
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		d.Verdict, d.Reason = NotJudged, "the up file fails where settings of earlier files are not in force"
		d.ReupError = failureOf(err, res.pair.Up.Src, 1)
		return false, nil
	}
	if l.rows, err = readContents(ctx, l.observer); err != nil {
		return false, err
	}
	rowsAfter := l.rows
	l.after = rowsAfter
	if res.pair.Down == nil {
		d.Verdict = NoDown
		return true, nil
	}
	if err := r.ownSession(ctx, l); err != nil {
		return false, err
	}
	start := time.Now()
	_, err = r.timed(ctx, l, -1)
	d.Ran, d.MS = true, ms(time.Since(start))
	if err != nil {
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		d.Verdict = DownFailed
		d.Failure = failureOf(err, res.pair.Down.Src, 1)
		r.locate(ctx, l, res.pair.Down, d.Failure)
		return false, nil
	}
	undone, err := readFingerprint(ctx, l.observer)
	if err != nil {
		return false, err
	}
	lines, orderOnly := diff(before, undone)
	d.Diff = lines
	switch {
	case len(lines) == 0:
		d.Schema, d.Verdict = "exact", Exact
	case orderOnly:
		d.Schema, d.Verdict = "order_only", OrderOnly
	default:
		d.Schema, d.Verdict = "differs", Differs
	}
	rowsUndone, err := readContents(ctx, l.observer)
	if err != nil {
		return false, err
	}
	d.Rows = rowsBefore.changed(rowsUndone, before)
	if err := r.ownSession(ctx, l); err != nil {
		return false, err
	}
	_, err = r.timed(ctx, l, 1)
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if err != nil {
		d.Reup = "failed"
		d.ReupError = failureOf(err, res.pair.Up.Src, 1)
		r.locate(ctx, l, res.pair.Up, d.ReupError)
		d.Verdict = ReupFailed
	} else {
		again, err := readFingerprint(ctx, l.observer)
		if err != nil {
			return false, err
		}
		d.ReupDiff, orderOnly = diff(after, again)
		d.Reup = "ok"
		if len(d.ReupDiff) > 0 {
			d.Reup = "differs"
			if orderOnly {
				d.Reup = "order_only"
			} else if d.Verdict == Exact || d.Verdict == OrderOnly {
				d.Verdict = ReupDiffer
			}
		}
	}
	if res.pair.Down.Empty() {
		d.Verdict = DownEmpty
	}
	if d.Reup != "ok" || d.Schema != "exact" {
		return false, nil
	}
	if l.rows, err = readContents(ctx, l.observer); err != nil {
		return false, err
	}
	return len(rowsAfter.changed(l.rows, after)) == 0 && sameSequences(rowsAfter, l.rows), nil
}

// locate finds the statement at which a file has failed, by running it once more
// in a transaction that is rolled back. Files that are not one transaction have
// left something behind, and are left alone.
func (r *rehearsal) locate(ctx context.Context, l *lane, f *File, failure *Failure) {
	if f.SplitErr != nil || !atomic(f, r.Runner) || failure.State == "" {
		return
	}
	conn, err := pgx.ConnectConfig(ctx, r.host.config(l.name))
	if err != nil {
		return
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.PgConn().Exec(ctx, "BEGIN; SET LOCAL lock_timeout = '10s'").ReadAll(); err != nil {
		return
	}
	for i, s := range f.Statements {
		if c := KindOf(s.Text).Control; c == Begin || c == Commit {
			continue
		}
		if _, err := conn.PgConn().Exec(ctx, s.Text).ReadAll(); err != nil {
			if catalog.SQLState(err) == failure.State {
				failure.Statement, failure.Line = i+1, s.Line
			}
			return
		}
	}
}

func sameSequences(a, b contents) bool {
	for k, v := range a {
		if strings.HasPrefix(k, "sequence ") && b[k] != v {
			return false
		}
	}
	return true
}

// ownSession gives a lane a session of its own for the next step, if the one it
// has is no longer as it was when it connected.
func (r *rehearsal) ownSession(ctx context.Context, l *lane) (err error) {
	settings, err := r.host.inherited(ctx, l.session.conn)
	if err == nil && len(settings) == 0 && l.session.conn.PgConn().TxStatus() == 'I' {
		return nil
	}
	l.session.close()
	l.session, err = r.host.openSession(ctx, l.name, r.Dir, r.Runner, nil, nil, nil)
	return err
}

// restoreRound makes the round trip's lane a copy of a lane that has only ever
// gone up.
func (r *rehearsal) restoreRound(ctx context.Context) (err error) {
	start := time.Now()
	defer func() {
		r.Log.Debug("round trip's database copied anew", "elapsed", time.Since(start).Round(time.Millisecond))
	}()
	from := r.traced
	if from == nil {
		from = r.faithful
	}
	settings, err := r.host.inherited(ctx, from.session.conn)
	if err != nil {
		return err
	}
	schema := r.faithful.schema
	from.leave()
	r.round.close()
	if r.round, err = r.openLane(ctx, from.name); err != nil {
		return err
	}
	r.round.schema = schema
	if r.round.rows, err = readContents(ctx, r.round.observer); err != nil {
		return err
	}
	if r.round.session, err = r.host.openSession(ctx, r.round.name, r.Dir, r.Runner, settings, nil, nil); err != nil {
		return err
	}
	if from.observer, err = r.host.observe(ctx, from.name); err != nil {
		return err
	}
	r.inherit = settings
	if from == r.traced {
		return r.openTraced(ctx)
	}
	from.session, err = r.host.openSession(ctx, from.name, r.Dir, r.Runner, settings, nil, nil)
	return err
}

// roundTripApart runs the history up to a version, down and up again on a
// server of its own: roles belong to a whole server, so that two databases of
// one cannot both make them.
func (r *rehearsal) roundTripApart(ctx context.Context, res *Result) error {
	dsn, stop, err := r.Fresh(ctx)
	if err != nil {
		return err
	}
	defer stop()
	if err := r.apart(ctx, dsn, res); err != nil {
		return err
	}
	return r.restoreRound(ctx)
}

func (r *rehearsal) apart(ctx context.Context, dsn catalog.DSN, res *Result) (err error) {
	h, _, err := openHost(ctx, dsn, "")
	if err != nil {
		return err
	}
	l := &lane{host: h}
	defer func() {
		l.close()
		if cerr := h.close(); err == nil {
			err = cerr
		}
	}()
	if l.name, err = h.create(ctx, ""); err != nil {
		return err
	}
	if l.observer, err = h.observe(ctx, l.name); err != nil {
		return err
	}
	if l.session, err = h.openSession(ctx, l.name, r.Dir, r.Runner, nil, nil, nil); err != nil {
		return err
	}
	for _, earlier := range r.report.Migrations {
		if earlier.Version >= res.Version {
			break
		}
		if _, err := r.timed(ctx, l, 1); err != nil {
			res.Down.Verdict, res.Down.Reason = NotJudged, "an earlier version fails on a server of its own"
			return nil
		}
	}
	if err := l.read(ctx, true); err != nil {
		return err
	}
	_, err = r.roundTripOwn(ctx, h, l, res)
	return err
}

// roundTripOwn is upDownUp on another host.
func (r *rehearsal) roundTripOwn(ctx context.Context, h *host, l *lane, res *Result) (bool, error) {
	other := *r
	other.host = h
	return other.upDownUp(ctx, l, res, l.schema, r.faithful.schema)
}

// beyond tells why a file reaches beyond its database; empty: it does not.
func beyond(f *File) string {
	if f == nil {
		return ""
	}
	for _, s := range f.Statements {
		if k := KindOf(s.Text); k.Beyond != "" {
			return k.Verb + " (" + k.Beyond + ")"
		}
	}
	return ""
}

func copiesStdin(f *File) bool {
	if f == nil {
		return false
	}
	for _, s := range f.Statements {
		if KindOf(s.Text).CopyStdin {
			return true
		}
	}
	return false
}
