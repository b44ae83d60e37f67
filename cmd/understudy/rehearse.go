package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgserver"
	"github.com/understudy-db/understudy/migrations"
	"github.com/understudy-db/understudy/refresh"
)

type rehearseOptions struct {
	empty           bool
	path            string
	server          string
	report          string
	setup           string
	target          uint64
	runner          migrations.Runner
	noTrace         bool
	noRoundTrip     bool
	timeout         time.Duration
	failOn, txScope string
	requireDown     string
	allowServer     bool
	since           string
	last            string
	regression      float64
	base            string
	generation      int

	memory int64 // bytes that must be free in memory for the throw-away server to live there; 0: on disk
}

// throwAwayMemory is how much memory must be free for a throw-away server to
// live in it.
const throwAwayMemory = 2 << 30

func (a *app) rehearseCmd() *cobra.Command {
	var o rehearseOptions
	c := &cobra.Command{
		Use:   "rehearse",
		Short: "Run migrations on a throw-away database and say what production would feel",
		Long: `Runs a folder of golang-migrate files as golang-migrate itself does, again statement by
statement with measurements, and every file down and up again. Says what fails and in
which line, which locks are taken, what is rewritten or read from end to end, whether
down undoes up, and what to write instead.

With --empty the files run in empty databases of a throw-away PostgreSQL, for a laptop or
CI: no configuration, no production data. Times and failures that depend on rows cannot
be seen that way; the report says so. With --base they run on copies of any database of
--server that nobody is connected to. Without either, the files above the source's version
run on copies of staging's pristine, as the section migrations of the configuration says.

Exit code 0: passed. 6: a migration failed or a gate was not kept. 4 or 75: it could not
be rehearsed.`,
		Example: `  understudy rehearse --empty --migrations db/migrations
  understudy rehearse --empty --migrations db/migrations --report out/ --output json
  understudy rehearse --empty --migrations db/migrations --since origin/main
  understudy rehearse --empty --migrations db/migrations --server postgres://ci@localhost/postgres
  understudy rehearse --base shop_dev --server postgres://dba@dev/postgres --migrations db/migrations`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o.memory = throwAwayMemory
			return a.rehearse(c.Context(), o)
		},
	}
	f := c.Flags()
	f.BoolVar(&o.empty, "empty", false, "begin with an empty database: needs no configuration and no generation")
	f.StringVar(&o.path, "migrations", "", "`DIR`ectory of the migrations")
	f.StringVar(&o.since, "since", "", "`REVISIONS` of git, A or A..B: judge what has come since A in the working tree or in B; what was there is run first and not judged")
	f.StringVar(&o.last, "last", "", "report.json of an earlier rehearsal to compare with, a `FILE` (default the one in the folder of --report)")
	f.Float64Var(&o.regression, "max-regression", 0, "with --empty: fail when a file takes, locks or writes more than so many times what it did in the earlier rehearsal; 0: do not judge")
	f.StringVar(&o.server, "server", "", "with --empty: make the databases on this server instead of a throw-away one; `URL` of any database of it, role with CREATEDB")
	f.StringVar(&o.base, "base", "", "with --server: begin with copies of this `DATABASE`; nobody may be connected to it while it is copied")
	f.IntVar(&o.generation, "generation", 0, "`NUMBER` of the generation to rehearse on, whose pristine is kept (default the one that serves)")
	f.BoolVar(&o.allowServer, "allow-server-changes", false, "with --server: run statements that reach beyond their database (roles, ALTER SYSTEM …); only for a server that is nobody's")
	f.StringVar(&o.setup, "setup", "", "with --empty: run this SQL `FILE` on the throw-away server first, to make roles and extensions that production has")
	f.StringVar(&o.report, "report", "", "write report.json, report.md, report.html, report.sarif and junit.xml into this `DIR`ectory")
	f.Uint64Var(&o.target, "target", 0, "last `VERSION` to run; 0: all")
	f.BoolVar(&o.runner.MultiStatement, "x-multi-statement", false, "with --empty: the project runs golang-migrate with x-multi-statement=true")
	f.StringVar(&o.txScope, "tx-scope", "file", "with --empty: what the project's runner commits at a time: each file, as golang-migrate does, or all pending files in one transaction (all)")
	f.StringVar(&o.runner.Table, "x-migrations-table", "", "with --empty: the project's x-migrations-table")
	f.BoolVar(&o.runner.TableQuoted, "x-migrations-table-quoted", false, "with --empty: the project's x-migrations-table-quoted")
	f.DurationVar(&o.runner.StatementTime, "x-statement-timeout", 0, "with --empty: the project's x-statement-timeout")
	f.DurationVar(&o.runner.LockTimeout, "lock-timeout", 0, "with --empty: lock_timeout that the project's runner sets")
	f.DurationVar(&o.runner.EachStatement, "statement-timeout", 0, "with --empty: statement_timeout that the project's runner sets")
	f.BoolVar(&o.noTrace, "no-trace", false, "leave out the run statement by statement")
	f.BoolVar(&o.noRoundTrip, "no-round-trip", false, "leave out down and up again")
	f.DurationVar(&o.timeout, "file-timeout", 30*time.Minute, "with --empty: how long one file may take; 0: no limit")
	f.StringVar(&o.failOn, "fail-on", "blocker", "with --empty: fail on findings of this severity and above: info, medium, high, blocker or none")
	f.StringVar(&o.requireDown, "require-down", "none", "with --empty: what down files must do: none, run or exact")
	a.settingFlags(c)
	return c
}

func (a *app) rehearse(ctx context.Context, o rehearseOptions) error {
	if o.empty && (o.base != "" || o.generation != 0) || o.base != "" && (o.server == "" || o.generation != 0) {
		return fault.New(fault.Usage, "--empty, --base with --server, and --generation exclude each other").WithHint("--empty begins with nothing, --base DATABASE --server URL with a copy of a database, --generation NUMBER with a pristine of the configuration's staging")
	}
	if !o.empty && o.base == "" {
		return a.rehearseGeneration(ctx, o)
	}
	m, err := o.migrations()
	if err != nil {
		return err
	}
	m.Template, m.Foreign = o.base, o.base != ""
	if o.report != "" {
		if err := prepareReport(o.report); err != nil {
			return err
		}
	}
	m.Gates.MaxRegression = o.regression
	if m.Gates.Last, err = o.earlier(m.Gates.MaxRegression); err != nil {
		return err
	}
	if o.since != "" {
		if m.Since, err = migrations.OpenRange(ctx, o.path, o.since); err != nil {
			return err
		}
		defer func() { _ = m.Since.Close() }()
		m.Dir = os.DirFS(m.Since.Dir)
	}
	m.Log = a.logger()
	defer a.rehearsalProgress(m)()
	r, err := o.run(ctx, m)
	if err == nil && o.server == "" && r.DiskFull() {
		// The server lived in memory, and the migrations fill more than that.
		o.memory = 0
		r, err = o.run(ctx, m)
	}
	if err != nil {
		return err
	}
	if o.base != "" {
		r.Base.Kind, r.Base.Note = "database", o.base
	}
	return a.showRehearsal(o, r)
}

// earlier is the rehearsal to compare with, nil if none is there or none asked for.
func (o *rehearseOptions) earlier(limit float64) (*migrations.Report, error) {
	if o.last != "" {
		return migrations.ReadReport(o.last)
	}
	return lastRehearsal(o.report, limit)
}

// lastRehearsal reads the report that stands in a folder and is to be compared
// with; nil without one.
func lastRehearsal(dir string, limit float64) (*migrations.Report, error) {
	if dir == "" || limit <= 0 {
		return nil, nil
	}
	file := filepath.Join(dir, "report.json")
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return migrations.ReadReport(file)
}

// rehearsalProgress shows the version that runs, on a terminal. The function it
// returns clears it.
func (a *app) rehearsalProgress(m *migrations.Options) func() {
	if a.quiet || !isTTY(a.err) {
		return func() {}
	}
	m.Progress = func(done, total int, version uint64) {
		a.say(fmt.Sprintf("\r\x1b[K%d/%d  version %d", done+1, total, version))
	}
	return func() { a.say("\r\x1b[K") }
}

// rehearseGeneration rehearses on copies of staging's pristine, as the
// configuration says.
func (a *app) rehearseGeneration(ctx context.Context, o rehearseOptions) error {
	if o.server != "" || o.setup != "" || o.allowServer || o.since != "" {
		return fault.New(fault.Usage, "--server, --setup, --since and --allow-server-changes go with --empty or --base")
	}
	cfg, err := a.config()
	if err != nil {
		return err
	}
	if o.path != "" {
		if cfg.Migrations.Path, err = filepath.Abs(o.path); err != nil {
			return fault.Wrap(fault.Usage, err, "--migrations")
		}
	}
	if o.report != "" {
		if err := prepareReport(o.report); err != nil {
			return err
		}
	}
	last, err := o.earlier(cfg.Migrations.Gates.MaxRegression)
	if err != nil {
		return err
	}
	end := func() {}
	r, err := refresh.Rehearse(ctx, o.generation, refresh.Options{Config: cfg, RunID: refresh.NewRunID(time.Now()), Log: a.logger(), Observer: refresh.Observer{Warn: a.warnEvent}}, func(m *migrations.Options) {
		m.Target, m.NoTrace, m.NoRoundTrip = o.target, m.NoTrace || o.noTrace, m.NoRoundTrip || o.noRoundTrip
		m.Gates.Last = last
		end = a.rehearsalProgress(m)
	})
	end()
	if err != nil {
		return err
	}
	return a.showRehearsal(o, r)
}

// run rehearses on the server that was named, or on one of our own.
func (o *rehearseOptions) run(ctx context.Context, m *migrations.Options) (*migrations.Report, error) {
	if o.server != "" {
		m.Server, m.Own = catalog.DSN(o.server), o.allowServer
	} else {
		dsn, stop, err := o.throwAway(ctx)
		if err != nil {
			return nil, err
		}
		defer stop()
		m.Server, m.Own, m.Fresh = dsn, true, o.throwAway
	}
	return migrations.Run(ctx, *m)
}

// migrations are the options as the package takes them.
func (o *rehearseOptions) migrations() (*migrations.Options, error) {
	if o.path == "" {
		return nil, fault.New(fault.Usage, "rehearse --empty and --base need --migrations DIR")
	}
	if info, err := os.Stat(o.path); err != nil || !info.IsDir() {
		return nil, fault.New(fault.Usage, "--migrations %s is no folder", o.path)
	}
	m := &migrations.Options{Dir: os.DirFS(o.path), Path: filepath.ToSlash(o.path), Runner: o.runner, Target: o.target,
		NoTrace: o.noTrace, NoRoundTrip: o.noRoundTrip, FileTimeout: o.timeout}
	if strings.EqualFold(o.failOn, "none") {
		m.Gates.NoFailOn = true
	} else if err := m.Gates.FailOn.UnmarshalText([]byte(o.failOn)); err != nil {
		return nil, fault.New(fault.Usage, "--fail-on: %s", err)
	}
	switch o.txScope {
	case "file":
	case "all":
		m.Runner.OneTransaction = true
	default:
		return nil, fault.New(fault.Usage, "--tx-scope is %q", o.txScope).WithHint("use file or all")
	}
	switch o.requireDown {
	case "none", "run", "exact":
		m.Gates.RequireDown = o.requireDown
	default:
		return nil, fault.New(fault.Usage, "--require-down is %q", o.requireDown).WithHint("use none, run or exact")
	}
	return m, nil
}

// throwAway starts a server of our own.
func (o *rehearseOptions) throwAway(ctx context.Context) (catalog.DSN, func(), error) {
	s, err := pgserver.Start(ctx, pgserver.Options{Memory: o.memory, Settings: map[string]string{
		"autovacuum": "off", "wal_level": "replica", "max_wal_senders": "0", "min_wal_size": "32MB", "max_wal_size": "128MB", "shared_buffers": "128MB",
		"log_min_messages": "fatal", "log_min_error_statement": "panic",
	}})
	if err != nil {
		return "", nil, err
	}
	stop := func() { _ = s.Remove() }
	if o.setup != "" {
		if err := runSetup(ctx, s.URL("template1"), o.setup); err != nil {
			stop()
			return "", nil, err
		}
	}
	return catalog.DSN(s.URL("postgres")), stop, nil
}

// runSetup runs a file in the database that all others are copied from.
func runSetup(ctx context.Context, url, file string) error {
	sql, err := os.ReadFile(file)
	if err != nil {
		return fault.Wrap(fault.Usage, err, "--setup")
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fault.Wrap(fault.Preflight, err, "connect to the throw-away server")
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, string(sql)); err != nil {
		return fault.Wrap(fault.Usage, catalog.Redact(err), "--setup %s", file)
	}
	return nil
}

// showRehearsal writes the results and turns the outcome into an error.
func (a *app) showRehearsal(o rehearseOptions, r *migrations.Report) error {
	if o.report != "" {
		if err := r.WriteFiles(o.report); err != nil {
			return fault.Wrap(fault.Other, err, "write the report")
		}
	}
	if a.output == "text" {
		if err := r.WriteText(a.out); err != nil {
			return err
		}
		if os.Getenv("GITHUB_ACTIONS") == "true" {
			_ = r.WriteGitHub(a.out)
		}
	}
	switch r.Outcome {
	case migrations.FailedGate:
		a.partial = r
		return fault.New(fault.Migration, "the rehearsal failed")
	case migrations.Incomplete:
		a.partial = r
		return fault.New(fault.Preflight, "some versions could not be rehearsed: there is no verdict on them")
	}
	if a.output == "json" {
		return a.jsonLine(r)
	}
	return nil
}

// writeRehearsal writes the rehearsal of a refresh beside the refresh's report.
func writeRehearsal(dir string, r *migrations.Report) error {
	dir = filepath.Join(dir, "rehearsal")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fault.Wrap(fault.Other, err, "write the rehearsal's report")
	}
	if err := r.WriteFiles(dir); err != nil {
		return fault.Wrap(fault.Other, err, "write the rehearsal's report")
	}
	return nil
}
