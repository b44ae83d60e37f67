package migrations

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/golang-migrate/migrate/v4/database"
	"github.com/golang-migrate/migrate/v4/source"
	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// Options say what to rehearse and where.
type Options struct {
	Dir    fs.FS       // the folder of migrations
	Path   string      // its path, as reports show it
	Server catalog.DSN // where the databases are made: any database of the server
	Role   string      // role that the migrations run as; empty: who logs in
	Runner Runner

	// Template is the database to copy, which must be at version Base and
	// which nobody is connected to. Empty: begin with an empty database.
	Template string
	// Foreign tells that the template is no generation: it is refused at once
	// while somebody is connected to it.
	Foreign bool
	// Own tells that the server is a throw-away one of ours: statements that
	// reach beyond their database may run.
	Own bool
	// Fresh starts another throw-away server, for files that make roles: those
	// belong to a whole server. Nil: such files are not run down and up again.
	Fresh func(context.Context) (dsn catalog.DSN, stop func(), err error)

	Since       *Range        // what was there before: versions of then are run and not judged; nil: judge all
	Target      uint64        // last version to run; 0: all
	NoTrace     bool          // leave out the statement-by-statement run
	NoRoundTrip bool          // leave out down and up again
	Source      catalog.DSN   // production, asked yes or no about rows; empty: nobody is asked
	SourceProof string        // auto: only standbys are asked; always; never
	NoDrift     bool          // leave out the comparison of the database with the files
	FileTimeout time.Duration // how long one file may take; 0: no limit
	Gates       Gates
	Now         time.Time
	Log         *slog.Logger
	Progress    func(done, total int, version uint64) // before each version
}

// lane is a database and golang-migrate at work on it.
type lane struct {
	name     string // of the database
	host     *host
	observer *pgx.Conn
	session  *session
	tracer   *tracer // of the traced lane
	schema   fingerprint
	rows     contents
	after    contents // of the round trip: after its first run up
}

// rehearsal is one run.
type rehearsal struct {
	Options
	host   *host
	folder *Folder
	report *Report

	faithful, traced, round *lane
	inherit                 map[string]string // settings that earlier files left in the session
	leftBy                  map[string]string // and the files that did
	stop                    bool              // nothing can be run
	proof                   *prover           // nil: no question is asked
	sizes                   map[string]int64  // of production's tables, where they are known
	queued                  int               // versions in which the lock queue was tried
	behind                  bool              // the other lanes lack versions that were only applied
}

// Run rehearses a folder of migrations. The error tells why it could not be
// rehearsed; what is wrong with the migrations is in the report.
func Run(ctx context.Context, o Options) (_ *Report, err error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	began := time.Now()
	folder, err := ReadFolder(o.Dir)
	if err != nil {
		return nil, err
	}
	r := &rehearsal{Options: o, folder: folder, report: newReport(o, folder), leftBy: map[string]string{}}
	for _, p := range folder.Pairs {
		r.report.Migrations = append(r.report.Migrations, newResult(p))
	}
	r.static()
	r.since()
	if folder.OpenErr != nil {
		r.skipFrom(0, "golang-migrate refuses to open the folder: "+folder.OpenErr.Error())
		r.report.finish(o, began)
		return r.report, nil
	}
	h, swept, err := openHost(ctx, o.Server, o.Role)
	if err != nil {
		return nil, err
	}
	r.host = h
	h.oneByOne = o.Template != ""
	if o.Foreign {
		if err := h.unused(ctx, o.Template); err != nil {
			return nil, errors.Join(err, h.close())
		}
	}
	for _, s := range swept {
		o.Log.Warn("dropped a database that an earlier rehearsal had left", "database", s)
	}
	defer func() {
		for _, l := range []*lane{r.faithful, r.traced, r.round} {
			l.close()
		}
		cerr := h.close()
		r.report.PeakDatabases, r.report.PeakDatabaseBytes = h.peak, h.most
		err = errors.Join(err, cerr)
	}()
	if err := r.together(ctx); err != nil {
		return nil, err
	}
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	if err := r.openProver(ctx); err != nil {
		return nil, err
	}
	if r.proof != nil && r.proof.conn != nil {
		defer func() { _ = r.proof.conn.Close(context.WithoutCancel(ctx)) }()
	}
	r.estimateTogether()
	if err := r.drift(ctx); err != nil {
		return nil, err
	}
	if err := r.versions(ctx); err != nil {
		return nil, err
	}
	r.report.finish(o, began)
	return r.report, nil
}

func newResult(p *Pair) *Result {
	res := &Result{Version: p.Version, Title: p.Title, Status: NotRun, Atomic: true, pair: p}
	if p.Up != nil {
		res.File = p.Up.Name
	}
	if p.Down != nil {
		res.DownFile = p.Down.Name
	}
	return res
}

// open makes the lanes' databases and reads what they begin with.
func (r *rehearsal) open(ctx context.Context) (err error) {
	if err := r.host.admin.QueryRow(ctx, "SELECT current_setting('server_version')").Scan(&r.report.Server); err != nil {
		return cannot("ask for the server's version", err)
	}
	if r.faithful, err = r.openLane(ctx, r.Template); err != nil {
		return err
	}
	if r.faithful.session, err = r.host.openSession(ctx, r.faithful.name, r.Dir, r.Runner, nil, nil, nil); err != nil {
		return err
	}
	if err := r.faithful.read(ctx, true); err != nil {
		return err
	}
	if !r.NoTrace {
		if r.traced, err = r.openLane(ctx, r.Template); err != nil {
			return err
		}
		if err := r.openTraced(ctx); err != nil {
			return err
		}
	}
	if !r.NoRoundTrip {
		if r.round, err = r.openLane(ctx, r.Template); err != nil {
			return err
		}
		if r.round.session, err = r.host.openSession(ctx, r.round.name, r.Dir, r.Runner, nil, nil, nil); err != nil {
			return err
		}
		if err := r.round.read(ctx, true); err != nil {
			return err
		}
	}
	v, dirty, err := r.faithful.session.driver.Version()
	if err != nil {
		return cannot("read the version of the database", cause(err))
	}
	r.report.Base.Version, r.report.Base.Dirty = v, dirty
	return r.checkBase(ctx)
}

// checkBase refuses to begin where golang-migrate would make a mess.
func (r *rehearsal) checkBase(ctx context.Context) error {
	b := r.report.Base
	switch {
	case b.Dirty:
		return fault.New(fault.Preflight, "version %d is marked dirty in the database to rehearse on", b.Version).
			WithHint("repair it on the source and set the version by `migrate force`, then refresh")
	case r.Template == "" || b.Version >= 0:
	default:
		if v, _, err := readVersion(ctx, r.faithful, r.Runner); err == nil && v >= 0 {
			return fault.New(fault.Preflight, "the database holds a migration version, but not in the table that golang-migrate would use").
				WithHint("set migrations.table to the project's x-migrations-table")
		}
		for k := range r.faithful.schema {
			if strings.HasPrefix(k, "table ") && !strings.HasSuffix(k, ".schema_migrations") {
				return fault.New(fault.Preflight, "the database has tables but no migration version: golang-migrate would begin with the first file").
					WithHint("set migrations.table, or `migrate force` the version on the source")
			}
		}
	}
	if b.Version >= 0 && !slices.ContainsFunc(r.folder.Pairs, func(p *Pair) bool { return p.Version == uint64(b.Version) }) {
		r.report.Folder = append(r.report.Folder, Finding{Rule: "database-ahead", Severity: Blocker, Basis: Measured,
			Message: fmt.Sprintf("the database is at version %d, and the folder has no such file: golang-migrate refuses to run (file does not exist)", b.Version), Fix: "rehearse the branch that production runs, or a later one"})
		r.skipFrom(0, fmt.Sprintf("the folder has no file of version %d, at which the database is", b.Version))
		r.stop = true
	}
	return nil
}

func (r *rehearsal) openLane(ctx context.Context, template string) (*lane, error) {
	l := &lane{host: r.host}
	var err error
	if l.name, err = r.host.create(ctx, template); err != nil {
		return nil, err
	}
	l.observer, err = r.host.observe(ctx, l.name)
	return l, err
}

func (r *rehearsal) openTraced(ctx context.Context) (err error) {
	l := r.traced
	t := &tracer{runner: r.Runner}
	l.session, err = r.host.openSession(ctx, l.name, r.Dir, r.Runner, r.inherit, t.notice, func(d database.Driver, conn *pgx.Conn) database.Driver {
		t.Driver, t.conn, t.observer = d, conn, l.observer
		return t
	})
	l.tracer = t
	if err != nil {
		return err
	}
	if err := t.exec(ctx, "SET log_temp_files = 0"); err == nil {
		t.tempFiles = true
	} else if catalog.SQLState(err) == "42501" && len(r.report.NotMeasured) == 0 {
		r.report.NotMeasured = append(r.report.NotMeasured, NotMeasured{"bytes written to temporary files",
			"the right to set log_temp_files (from 15 on: GRANT SET ON PARAMETER log_temp_files TO the role that migrations run as; before: superuser)"})
	}
	return nil
}

// read reads the catalog of a lane and, if asked, its rows.
func (l *lane) read(ctx context.Context, rows bool) (err error) {
	if l.schema, err = readFingerprint(ctx, l.observer); err != nil || !rows {
		return err
	}
	l.rows, err = readContents(ctx, l.observer)
	return err
}

// leave closes the sessions of a lane, so that its database can be copied.
func (l *lane) leave() {
	l.session.close()
	if l.observer != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		_ = l.observer.Close(ctx)
		cancel()
	}
	l.session, l.observer = nil, nil
}

// close ends a lane and has its database dropped.
func (l *lane) close() {
	if l == nil || l.name == "" {
		return
	}
	l.leave()
	l.host.discard(l.name)
	l.name = ""
}

// versions walks the versions up.
func (r *rehearsal) versions(ctx context.Context) error {
	for _, res := range r.report.Migrations {
		if r.Target > 0 && res.Version > r.Target {
			res.Reason = aboveReason
		}
	}
	if r.stop {
		return nil
	}
	for i, res := range r.report.Migrations {
		if int64(res.Version) <= int64(r.report.Base.Version) && r.report.Base.Version >= 0 {
			res.Status, res.Reason = NotRun, pastReason
			continue
		}
		if res.Reason == aboveReason {
			return nil
		}
		if r.Progress != nil {
			r.Progress(i, len(r.report.Migrations), res.Version)
		}
		if why := unfit(res.pair.Up, r.Own); why != "" {
			res.Status, res.Reason = Refused, why
			r.skipFrom(i+1, fmt.Sprintf("version %d was not run", res.Version))
			return nil
		}
		if err := r.version(ctx, res); err != nil {
			return err
		}
		if res.Status == NotRehearsed {
			r.skipFrom(i+1, fmt.Sprintf("version %d could not be rehearsed", res.Version))
			return nil
		}
		if res.Status == Failed {
			r.skipFrom(i+1, fmt.Sprintf("version %d failed; golang-migrate goes no further", res.Version))
			return nil
		}
	}
	return nil
}

func (r *rehearsal) skipFrom(i int, why string) {
	for _, res := range r.report.Migrations[i:] {
		if res.Status == NotRun && res.Reason == "" {
			res.Reason = why
		}
	}
}

// unfit tells why a file must not be run here; empty: it may.
func unfit(f *File, own bool) string {
	if f == nil || f.SplitErr != nil { // the server refuses it before its first statement
		return ""
	}
	for _, s := range f.Statements {
		k := KindOf(s.Text)
		switch {
		case k.CopyStdin:
			return fmt.Sprintf("line %d: COPY … FROM STDIN waits for rows that golang-migrate never sends: the run would hang", s.Line)
		case k.Machine:
			return fmt.Sprintf("line %d: %s reaches %s; a rehearsal does not do that on any server", s.Line, k.Verb, k.Beyond)
		case k.Beyond != "" && !own:
			return fmt.Sprintf("line %d: %s reaches beyond its database (%s); it was not run on a server that others use", s.Line, k.Verb, k.Beyond)
		}
	}
	return ""
}

// version runs one version on all lanes.
func (r *rehearsal) version(ctx context.Context, res *Result) error {
	start := time.Now()
	defer func() {
		r.Log.Debug("version rehearsed", "version", res.Version, "elapsed", time.Since(start).Round(time.Millisecond), "apply", res.MS, "trace", res.TraceMS)
	}()
	before := r.faithful.schema
	if res.known {
		r.behind = true
		if err := r.apply(ctx, res, before); err != nil || res.Failure != nil {
			return err
		}
		res.Reason = knownReason
		return nil
	}
	if err := r.catchUp(ctx); err != nil {
		return err
	}
	settings, err := r.host.inherited(ctx, r.faithful.session.conn)
	if err != nil {
		return err
	}
	r.inherit = settings
	res.Inherited = r.leftBehind()
	if err := r.apply(ctx, res, before); err != nil {
		return err
	}
	if err := r.leaks(ctx, res); err != nil {
		return err
	}
	if r.traced != nil {
		if !r.Runner.OneTransaction { // which leaves nothing behind, wherever it is interrupted
			if err := r.interrupt(ctx, res); err != nil {
				return err
			}
		}
		if err := r.trace(ctx, res); err != nil {
			return err
		}
	}
	r.estimate(res)
	r.judge(res)
	r.prove(ctx, res)
	if res.Failure != nil {
		return nil
	}
	if r.round != nil {
		if err := r.roundTrip(ctx, res, before); err != nil {
			return err
		}
		r.judgeDown(res)
	}
	return nil
}

// leaks notes the settings that a version has left in golang-migrate's session,
// also those that its text does not show.
func (r *rehearsal) leaks(ctx context.Context, res *Result) error {
	if res.Failure != nil {
		return nil
	}
	now, err := r.host.inherited(ctx, r.faithful.session.conn)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(now)) {
		if was, ok := r.inherit[name]; ok && was == now[name] {
			continue
		}
		r.leftBy[name] = res.File
		if !slices.ContainsFunc(res.Findings, func(f Finding) bool {
			return f.Rule == "setting-leaks" && f.File == res.File && strings.Contains(f.Message, " "+name+" ")
		}) {
			res.Findings = append(res.Findings, Finding{Rule: "setting-leaks", Severity: leakSeverity(name), Basis: Measured, File: res.File, Message: leakMessage(name), Fix: "RESET " + name + ";  -- at the end of the file"})
		}
	}
	maps.DeleteFunc(r.leftBy, func(name, _ string) bool { _, ok := now[name]; return !ok })
	return nil
}

// leftBehind are the settings of earlier files, with the file that made each.
func (r *rehearsal) leftBehind() (out []string) {
	for _, name := range slices.Sorted(maps.Keys(r.inherit)) {
		out = append(out, name+" ("+cmp.Or(r.leftBy[name], "an earlier file")+")")
	}
	return out
}

// catchUp brings the other lanes to where the faithful one is.
func (r *rehearsal) catchUp(ctx context.Context) error {
	if !r.behind {
		return nil
	}
	r.behind = false
	if r.traced != nil {
		if err := r.realign(ctx); err != nil {
			return err
		}
	}
	if r.round != nil {
		return r.restoreRound(ctx)
	}
	return nil
}

// timed gives a step of golang-migrate its time limit.
func (r *rehearsal) timed(ctx context.Context, l *lane, n int) (done bool, err error) {
	if r.FileTimeout <= 0 {
		return l.session.step(ctx, n)
	}
	limited, cancel := context.WithTimeoutCause(ctx, r.FileTimeout, errTooLong)
	defer cancel()
	return l.session.step(limited, n)
}

var errTooLong = errors.New("stopped: it took longer than the limit for one file")

// apply has golang-migrate run the next version, as it is.
func (r *rehearsal) apply(ctx context.Context, res *Result, before fingerprint) error {
	start := time.Now()
	done, err := r.timed(ctx, r.faithful, 1)
	res.MS = ms(time.Since(start))
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if done {
		return fmt.Errorf("golang-migrate sees no version %d", res.Version)
	}
	res.Status = Applied
	if res.pair.Up == nil {
		res.Status = NoUpFile
	}
	if err != nil {
		res.Status = Failed
		src := ""
		if res.pair.Up != nil {
			src = res.pair.Up.Src
		}
		res.Failure = failureOf(err, src, 1)
		if r.lacks(res) {
			res.Status, res.Reason = NotRehearsed, lackedText(res.Failure)
		}
		res.Aborted = r.faithful.session.conn.PgConn().TxStatus() == 'E'
		if v, dirty, verr := readVersion(ctx, r.faithful, r.Runner); verr == nil {
			res.Dirty = dirty && uint64(v) == res.Version
		}
	}
	r.faithful.schema = nil
	if rerr := r.faithful.read(ctx, false); rerr != nil {
		return rerr
	}
	if err != nil {
		res.Partial, _ = diff(before, r.faithful.schema)
	}
	res.Invalid = r.faithful.schema.invalid(before)
	return r.narrowSequences(ctx, res)
}

// narrowSequences lists sequences of another type than their column, where a
// file has changed the type of one.
func (r *rehearsal) narrowSequences(ctx context.Context, res *Result) error {
	if res.pair.Up == nil || !slices.ContainsFunc(res.pair.Up.Statements, func(s Statement) bool {
		return KindOf(s.Text).Verb == "ALTER TABLE" && lexStatement(s.Text).find(0, "TYPE") >= 0
	}) {
		return nil
	}
	rows, err := r.faithful.observer.Query(ctx, `SELECT d.refobjid::regclass::text, a.attname, format_type(s.seqtypid, NULL), s.seqrelid::regclass::text FROM pg_sequence s
		JOIN pg_depend d ON d.objid = s.seqrelid AND d.deptype IN ('a', 'i') AND d.classid = 'pg_class'::regclass
		JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid WHERE a.atttypid <> s.seqtypid AND a.atttypid IN ('int4'::regtype, 'int8'::regtype)`)
	if err != nil {
		return cannot("read the sequences", err)
	}
	var q narrowSequence
	if _, err := pgx.ForEachRow(rows, []any{&q.table, &q.column, &q.kind, &q.sequence}, func() error {
		res.narrow = append(res.narrow, q)
		return nil
	}); err != nil {
		return cannot("read the sequences", err)
	}
	return nil
}

// readVersion reads a table of golang-migrate's from outside, found by its
// columns; the one that the runner is set to use comes first.
func readVersion(ctx context.Context, l *lane, r Runner) (v int64, dirty bool, err error) {
	want := r.Table
	if want == "" {
		want = "schema_migrations"
	}
	var table string
	if err := l.observer.QueryRow(ctx, `SELECT c.oid::regclass FROM pg_class c WHERE relkind = 'r' AND
		(SELECT array_agg(attname || ':' || format_type(atttypid, -1) || ':' || attnotnull ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) = ARRAY['version:bigint:true', 'dirty:boolean:true']
		ORDER BY c.relname = $1 DESC, pg_relation_size(c.oid) DESC LIMIT 1`, want).Scan(&table); err != nil {
		return -1, false, err
	}
	err = l.observer.QueryRow(ctx, "SELECT version, dirty FROM "+table).Scan(&v, &dirty)
	return v, dirty, err
}

// trace runs the version again, statement by statement, and compares.
func (r *rehearsal) trace(ctx context.Context, res *Result) error {
	t := r.traced.tracer
	t.rolesRan = touchesRoles(res.pair.Up)
	start := time.Now()
	_, err := r.timed(ctx, r.traced, 1)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if res.pair.Up == nil {
		return err
	}
	res.TraceMS = ms(time.Since(start))
	res.Statements, res.CommitMS = t.statements, t.commitMS
	if t.trouble != "" {
		res.Difference = append(res.Difference, t.trouble)
	}
	equal := true
	differ := func(format string, a ...any) {
		equal = false
		res.Difference = append(res.Difference, fmt.Sprintf(format, a...))
	}
	var failed *Failure
	for _, s := range res.Statements {
		if s.Failure != nil {
			failed = s.Failure
		}
	}
	if err != nil && failed == nil {
		failed = failureOf(err, res.pair.Up.Src, 1)
	}
	switch {
	case res.Failure != nil && failed != nil:
		if res.Failure.State != failed.State {
			differ("golang-migrate fails with %s, the traced run with %s", res.Failure.State, failed.State)
		}
		res.Failure.Statement, res.Failure.AtCommit = failed.Statement, failed.AtCommit
		if res.Failure.Line == 0 {
			res.Failure.Line = failed.Line
		}
	case res.Failure != nil:
		differ("golang-migrate fails with %s, the traced run does not", res.Failure.State)
	case failed != nil:
		differ("the traced run fails in line %d with %s, golang-migrate does not", failed.Line, failed.State)
	}
	if err := r.traced.read(ctx, false); err != nil {
		return err
	}
	if lines, _ := diff(r.faithful.schema, r.traced.schema); len(lines) > 0 && res.Failure == nil {
		differ("the traced run ends in another schema")
		res.Difference = append(res.Difference, lines...)
	}
	res.Equal = &equal
	if !equal && res.Failure == nil {
		return r.realign(ctx)
	}
	return nil
}

// realign makes the traced lane a copy of the faithful one again.
func (r *rehearsal) realign(ctx context.Context) (err error) {
	settings, err := r.host.inherited(ctx, r.faithful.session.conn)
	if err != nil {
		return err
	}
	r.inherit = settings
	schema := r.faithful.schema
	r.faithful.leave()
	r.traced.close()
	if r.traced, err = r.openLane(ctx, r.faithful.name); err != nil {
		return err
	}
	r.traced.schema = schema
	if err := r.openTraced(ctx); err != nil {
		return err
	}
	if r.faithful.observer, err = r.host.observe(ctx, r.faithful.name); err != nil {
		return err
	}
	r.faithful.session, err = r.host.openSession(ctx, r.faithful.name, r.Dir, r.Runner, settings, nil, nil)
	return err
}

// touchesRoles tells whether a file makes, changes or drops roles.
func touchesRoles(f *File) bool {
	return f != nil && slices.ContainsFunc(f.Statements, func(s Statement) bool { return KindOf(s.Text).Roles })
}

// invalid are the invalid indexes and constraints that were not before.
func (a fingerprint) invalid(before fingerprint) (out []string) {
	for k, v := range a {
		if before[k] != v && isInvalid(k, v) {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

// static runs the checks that need no database.
func (r *rehearsal) static() {
	r.folder.split()
	for _, res := range r.report.Migrations {
		for _, f := range []*File{res.pair.Up, res.pair.Down} {
			if f == nil {
				continue
			}
			var bad []Finding
			f.Waivers, bad = waivers(f.Name, f.Src, r.Now)
			res.Findings = append(res.Findings, bad...)
			res.Findings = append(res.Findings, check(f, r.Runner)...)
			if f.Direction == source.Up {
				res.Atomic = atomic(f, r.Runner)
			}
		}
	}
}
