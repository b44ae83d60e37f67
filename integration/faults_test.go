package integration

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/report"
)

// A process that is killed in mid-load leaves staging serving, and the next
// refresh cleans up.
func TestKilledInMidLoad(t *testing.T) {
	t.Parallel()
	g := newGated(t)
	x := g.midLoad()
	x.awaits("rows on the target", func() bool {
		return one(t, g.target.URL("postgres"), `SELECT count(*) FROM pg_stat_progress_copy c JOIN pg_database d ON d.oid = c.datid
			WHERE starts_with(d.datname, $1 || '__u') AND c.tuples_processed > 0`, g.name) != "0"
	})
	x.kill()
	if left := g.databases(); !slices.Contains(left, generationName(g.name, 2)) {
		t.Fatalf("the kill left nothing behind: %q", left)
	}
	g.unharmed()
	g.recovers()
}

// A process that is killed inside the swap's transaction, with the first of two
// renames done, leaves the old staging under its name and open.
func TestKilledInsideTheSwap(t *testing.T) {
	t.Parallel()
	p := newProject(t, peopleSchema, peoplePolicy)
	p.refresh()
	before := one(t, p.staging(), `SELECT md5(string_agg(p::text, ',' ORDER BY id)) FROM people p`)
	p.watch(peopleGlance).maySwap(1)

	// A lock on the new database stops the second rename. It has to be there
	// before the swap and after the clone: before_publish waits for it.
	p.append("understudy.yaml", `before_publish:
  - sql: |
      DO $$ BEGIN
        WHILE NOT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.objid WHERE l.locktype = 'object' AND l.granted
            AND l.mode = 'ShareUpdateExclusiveLock' AND l.classid = 'pg_database'::regclass AND d.datname = current_database()) LOOP
          PERFORM pg_sleep(0.05);
        END LOOP;
      END $$
`)
	x := p.start("refresh", "--output", "json")
	x.awaits("before_publish", func() bool { return slices.Contains(x.stages(), "before_publish") })
	lock := p.target.Conn(t, p.target.URL("postgres"))
	if _, err := lock.Exec(t.Context(), `BEGIN; COMMENT ON DATABASE `+generationName(p.name, 2)+`_live IS 'locked'`); err != nil {
		t.Fatal(err)
	}
	x.awaits("the second rename", func() bool {
		return one(t, p.target.URL("postgres"), `SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'understudy/%'
			AND wait_event_type = 'Lock' AND query LIKE 'ALTER DATABASE%' || $1 || '__u2_live%RENAME TO%'`, p.name) != "0"
	})
	x.kill()
	if _, err := lock.Exec(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	if after := one(t, p.staging(), `SELECT md5(string_agg(p::text, ',' ORDER BY id)) FROM people p`); after != before {
		t.Error("staging has changed")
	}
	p.write("understudy.yaml", strings.Split(p.read("understudy.yaml"), "before_publish")[0])
	p.tidy(p.refresh().Generation)
}

// SIGTERM and SIGINT stop a refresh cleanly: the generation is dropped, staging
// serves, and the exit code says which signal it was.
func TestStoppedBySignal(t *testing.T) {
	t.Parallel()
	for sig, code := range map[syscall.Signal]int{syscall.SIGTERM: 143, syscall.SIGINT: 130} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			g := newGated(t)
			x := g.midLoad()
			x.signal(sig)
			r := x.wait()
			if r.code != code || !strings.Contains(r.stderr, "stopped by "+sig.String()) {
				t.Errorf("exit %d\n%s", r.code, r.stderr)
			}
			if run := g.lastReport(r); run.Outcome != "failed" || run.Error == nil || run.Error.ExitCode != code {
				t.Errorf("report: %+v", run)
			}
			if left := g.databases(); slices.Contains(left, generationName(g.name, 2)) {
				t.Errorf("the unfinished generation is still there: %q", left)
			}
			g.unharmed()
			g.recovers()
		})
	}
}

// A second refresh is told who holds the lock, and the first goes on.
func TestSecondRunIsBusy(t *testing.T) {
	t.Parallel()
	g := newGated(t)
	x := g.midLoad()
	run := ""
	for _, app := range rows(t, g.target.URL("postgres"), `SELECT DISTINCT split_part(split_part(application_name, '/', 2), ' ', 1)
		FROM pg_stat_activity a JOIN pg_database d ON d.oid = a.datid WHERE starts_with(d.datname, $1 || '__u') AND application_name LIKE 'understudy/%'`, g.name) {
		run = app
	}
	if run == "" {
		t.Fatal("the first run has no session on its generation")
	}
	g.fails(10, run, "refresh")
	g.open()
	if r := x.wait(); r.code != 0 {
		t.Fatalf("the first run: exit %d\n%s", r.code, r.stderr)
	}
	g.publishes(2)
}

// terminate ends sessions of the refresh on a server and demands that there
// were any.
func terminate(t testing.TB, url, which string, args ...any) {
	t.Helper()
	// Materialized: the planner must not end sessions before it has chosen them.
	if len(rows(t, url, `WITH chosen AS MATERIALIZED (SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'understudy/%' AND `+which+`)
		SELECT pid FROM chosen WHERE pg_terminate_backend(pid)`, args...)) == 0 {
		t.Fatal("there was no session to end")
	}
}

// Sessions of staging that we may not end stop the swap and nothing else:
// staging stays open, and once they are gone the generation is published
// without reading production again.
func TestSessionsThatStay(t *testing.T) {
	t.Parallel()
	g := newGated(t)
	g.open()
	superuser, err := pgx.Connect(t.Context(), g.staging())
	if err != nil {
		t.Fatal(err)
	}
	defer superuser.Close(context.Background())
	r := g.fails(9, "may not be ended", "refresh", "--output", "json")
	if !strings.Contains(r.stderr, "refresh --resume") && !strings.Contains(r.stderr, "pg_signal_backend") {
		t.Errorf("no hint at what to do:\n%s", r.stderr)
	}
	if run := g.lastReport(r); run.Outcome != "complete" {
		t.Errorf("outcome: %s", run.Outcome)
	}
	g.unharmed()
	if err := superuser.Ping(t.Context()); err != nil {
		t.Errorf("the session that stays was ended: %v", err)
	}
	superuser.Close(t.Context())
	execute(t, g.source, `ALTER TABLE people RENAME TO people_of_another_time`) // resume does not read production
	g.ok("refresh", "--resume")
	g.publishes(2)
	g.fails(4, "waits for its swap", "refresh", "--resume")
}

// A table that is truncated in mid-run would read as empty under the snapshot:
// the run starts again with a new one.
func TestTruncatedInMidRun(t *testing.T) {
	t.Parallel()
	g := newGated(t)
	x := g.midLoad()
	execute(t, g.source, `TRUNCATE visits; INSERT INTO visits VALUES (101, 1, now())`)
	g.open()
	r := x.wait()
	if r.code != 0 {
		t.Fatalf("exit %d\n%s", r.code, r.stderr)
	}
	run := g.lastReport(r)
	if run.Attempts != 2 {
		t.Errorf("%d attempts", run.Attempts)
	}
	if got := one(t, g.staging(), `SELECT count(*) FROM visits`); got != "1" {
		t.Errorf("visits: %s", got)
	}
	g.publishes(run.Generation)
}

// Tables that change under every snapshot end the run in words that name one.
func TestRewrittenAgainAndAgain(t *testing.T) {
	t.Parallel()
	g := newGated(t)
	x := g.midLoad()
	x.awaits("its end", func() bool {
		if one(t, g.source, atGate) != "0" {
			execute(t, g.source, `VACUUM FULL people`) // we give way to it
		}
		return !x.running()
	})
	r := x.wait()
	if r.code != 75 || !strings.Contains(r.stderr, "public.people") {
		t.Errorf("exit %d\n%s", r.code, r.stderr)
	}
	g.unharmed()
	g.recovers()
}

// Production's DDL waits for us no longer than source.max_block, and we go on
// when it is done. The column that it adds stops the next refresh, not this one.
func TestWeGiveWayToDDL(t *testing.T) {
	t.Parallel()
	g := newGated(t)
	x := g.midLoad()
	execute(t, g.source, `SET lock_timeout = '2min'; ALTER TABLE people ADD COLUMN shoe_size int`) // with the gate still shut
	g.arrives(x)
	g.open()
	r := x.wait()
	if r.code != 0 {
		t.Fatalf("exit %d\n%s", r.code, r.stderr)
	}
	run := g.lastReport(r)
	if !slices.ContainsFunc(run.Waiters, func(w report.Waiter) bool { return w.Action == "we gave way" }) {
		t.Errorf("waiters: %+v", run.Waiters)
	}
	g.publishes(run.Generation)
	g.fails(3, "public.people.shoe_size", "refresh")
	g.publishes(run.Generation)
}

const keepers = `datname = current_database() AND state = 'idle in transaction' AND query LIKE '%pg_export_snapshot%'`

// One keeper may be lost: the other holds the snapshot.
func TestOneKeeperIsKilled(t *testing.T) {
	t.Parallel()
	g := newGated(t)
	x := g.midLoad()
	terminate(t, g.source, keepers+` AND pid = (SELECT min(pid) FROM pg_stat_activity WHERE application_name LIKE 'understudy/%' AND `+keepers+`)`)
	g.open()
	r := x.wait()
	if r.code != 0 {
		t.Fatalf("exit %d\n%s", r.code, r.stderr)
	}
	if run := g.lastReport(r); run.Attempts != 1 {
		t.Errorf("%d attempts", run.Attempts)
	}
	g.publishes(2)
}

// All sessions on the source are lost, and with them the snapshot: no table of
// two instants is ever put together, the run starts again.
func TestAllSourceSessionsAreKilled(t *testing.T) {
	t.Parallel()
	g := newGated(t)
	x := g.midLoad()
	terminate(t, g.source, `datname = current_database()`)
	execute(t, g.source, `INSERT INTO visits VALUES (102, 1, now())`)
	g.open()
	r := x.wait()
	if r.code != 0 {
		t.Fatalf("exit %d\n%s", r.code, r.stderr)
	}
	run := g.lastReport(r)
	if run.Attempts != 2 {
		t.Errorf("%d attempts", run.Attempts)
	}
	if got := one(t, g.staging(), `SELECT count(*) FROM visits WHERE id = 102`); got != "1" {
		t.Error("staging shows the lost snapshot")
	}
	g.publishes(run.Generation)
}

// A source that ends our sessions again and again ends the run: try later.
func TestSourceSessionsAreKilledForGood(t *testing.T) {
	t.Parallel()
	g := newGated(t)
	x := g.midLoad()
	x.awaits("its end", func() bool {
		rows(t, g.source, `WITH ours AS MATERIALIZED (SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'understudy/%' AND datname = current_database())
			SELECT pg_terminate_backend(pid) FROM ours`)
		return !x.running()
	})
	if r := x.wait(); r.code != 75 {
		t.Errorf("exit %d\n%s", r.code, r.stderr)
	}
	g.unharmed()
	g.recovers()
}

// The target ends a session in mid-COPY: the table, or the chunk, is loaded
// again, and no row is there twice.
func TestTargetSessionIsKilled(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"frozen", "chunked"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			g := newGated(t)
			var args []string
			if mode == "chunked" {
				args = []string{"--load-frozen-limit", "8KiB", "--source-chunk-size", "256KiB"}
			}
			x := g.midLoad(args...)
			terminate(t, g.target.URL("postgres"), `query LIKE '%COPY%' AND starts_with(datname, $1 || '__u')`, g.name)
			g.open()
			r := x.wait()
			if r.code != 0 {
				t.Fatalf("exit %d\n%s", r.code, r.stderr)
			}
			run := g.lastReport(r)
			if run.Totals.ChunkRetries != 1 || run.Totals.SourceBytes < 100_000 {
				t.Errorf("%+v", run.Totals)
			}
			for _, table := range run.Tables {
				if table.Name == "public.people" && (table.Mode != mode || table.Rows != 20000) {
					t.Errorf("people: %d rows, %s", table.Rows, table.Mode)
				}
			}
			g.publishes(2)
		})
	}
}

// Whoever holds the lock may publish. A run that has lost it stops.
func TestLockSessionIsKilled(t *testing.T) {
	t.Parallel()
	g := newGated(t)
	x := g.midLoad()
	terminate(t, g.target.URL("postgres"), `pid IN (SELECT l.pid FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted)
		AND split_part(application_name, ' ', 1) = (SELECT split_part(min(a.application_name), ' ', 1) FROM pg_stat_activity a
			WHERE starts_with(a.datname, $1 || '__u') AND a.application_name LIKE 'understudy/%')`, g.name)
	if r := x.wait(); r.code != 75 || !strings.Contains(r.stderr, "lock") {
		t.Errorf("exit %d\n%s", r.code, r.stderr)
	}
	g.unharmed()
	g.recovers()
}

// The target restarts in mid-load.
func TestTargetRestarts(t *testing.T) {
	t.Parallel()
	dst := pgtest.Fresh(t, nil)
	if dst.Local == nil {
		t.Skip("a server in docker would come back on another port")
	}
	g := newGatedOn(t, pgtest.Source(t), dst)
	g.witness.losesServer()
	x := g.midLoad()
	if err := dst.Local.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := x.wait(); r.code != 75 {
		t.Errorf("exit %d\n%s", r.code, r.stderr)
	}
	g.unharmed()
	g.recovers()
}

// The target crashes in mid-load: what was loaded without a trace in the log
// must not come back as half a generation.
func TestTargetCrashes(t *testing.T) {
	t.Parallel()
	dst := pgtest.Fresh(t, nil)
	if dst.Local == nil {
		t.Skip("a server in docker would come back on another port")
	}
	g := newGatedOn(t, pgtest.Source(t), dst)
	g.witness.losesServer()
	x := g.midLoad()
	if err := errors.Join(dst.Local.Crash(t.Context()), dst.Local.Restart(t.Context())); err != nil {
		t.Fatal(err)
	}
	if r := x.wait(); r.code != 75 {
		t.Errorf("exit %d\n%s", r.code, r.stderr)
	}
	g.unharmed()
	g.recovers()
}

// The network to one side breaks in mid-COPY and comes back.
func TestNetworkIsCut(t *testing.T) {
	t.Parallel()
	for _, side := range []string{"PRODUCTION_URL", "STAGING_ADMIN_URL"} {
		t.Run(side, func(t *testing.T) {
			t.Parallel()
			g := newGated(t)
			link := g.through(side)
			x := g.midLoad()
			link.cut()
			g.open()
			r := x.wait()
			switch {
			case r.code == 75:
				g.unharmed()
			case r.code == 0 && side == "PRODUCTION_URL":
				g.publishes(g.lastReport(r).Generation)
			default:
				t.Fatalf("exit %d\n%s", r.code, r.stderr)
			}
			g.publishes(g.refresh().Generation)
		})
	}
}

// The network to one side is down for as long as the run can wait.
func TestNetworkStaysDown(t *testing.T) {
	t.Parallel()
	for _, side := range []string{"PRODUCTION_URL", "STAGING_ADMIN_URL"} {
		t.Run(side, func(t *testing.T) {
			t.Parallel()
			g := newGated(t)
			link := g.through(side)
			x := g.midLoad()
			link.down()
			if r := x.wait(); r.code != 75 {
				t.Errorf("exit %d\n%s", r.code, r.stderr)
			}
			g.unharmed()
			link.up()
			g.recovers()
		})
	}
}

// Limits and defaults that an administrator has set for the roles, or for the
// databases, change neither what is read nor whether a run ends.
func TestSettingsOfRoles(t *testing.T) {
	t.Parallel()
	g := newGated(t)
	for role, server := range map[string]*pgtest.Server{g.reader: g.origin, g.builder: g.target} {
		var sql []string
		for _, s := range []string{"statement_timeout = '50ms'", "idle_in_transaction_session_timeout = '50ms'", "idle_session_timeout = '50ms'",
			"lock_timeout = '1ms'", "default_transaction_read_only = on", "default_transaction_isolation = serializable", "search_path = nowhere",
			"row_security = on", "DateStyle = 'German'", "TimeZone = 'Asia/Kolkata'", "bytea_output = escape", "extra_float_digits = -15", "client_encoding = LATIN1"} {
			sql = append(sql, "ALTER ROLE "+role+" SET "+s)
		}
		if server.Major() >= 17 {
			sql = append(sql, "ALTER ROLE "+role+" SET transaction_timeout = '50ms'")
		}
		server.Exec(t, "postgres", sql...)
	}
	x := g.midLoad()
	// The keepers have been idle in their transactions for far longer than 50 ms.
	waitFor(t, "the time limits to pass", func() bool {
		return one(t, g.source, `SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'understudy/%' AND `+keepers+` AND clock_timestamp() > state_change + interval '500ms'`) == "2"
	})
	g.open()
	r := x.wait()
	if r.code != 0 {
		t.Fatalf("exit %d\n%s", r.code, r.stderr)
	}
	g.publishes(2)
	const visits = `SELECT md5(string_agg(id || ' ' || person || ' ' || extract(epoch FROM at), ',' ORDER BY id)) FROM visits`
	if a, b := one(t, g.source, visits), one(t, g.staging(), visits); a != b {
		t.Error("kept rows differ")
	}
}

// What is wrong with the configuration is told before anybody is asked anything.
func TestMistakesComeBeforeAnyConnection(t *testing.T) {
	t.Parallel()
	p := newProject(t, peopleSchema, peoplePolicy)
	p.refresh()
	p.watch(peopleGlance)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	asked := make(chan struct{}, 1)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conn.Close()
			select {
			case asked <- struct{}{}:
			default:
			}
		}
	}()
	good := p.env
	config, policy := p.read("understudy.yaml"), p.read("policy.yaml")
	nowhere := "postgres://nobody@" + listener.Addr().String() + "/nothing?sslmode=disable"
	for _, c := range []struct{ file, old, new, says string }{
		{"understudy.yaml", "project:", "projekt:", "understudy.yaml:2:1"},
		{"understudy.yaml", "version: 1", "version: one", "understudy.yaml:1:10"},
		{"understudy.yaml", "owner:", "keep: many, owner:", "keep"},
		{"understudy.yaml", "policy: [policy.yaml]", "policy: [none.yaml]", "none.yaml"},
		{"policy.yaml", "full_name: full_name", "full_name: fullname", "policy.yaml:"},
		{"policy.yaml", "    keep:", "    kept:", "policy.yaml:5:5"},
	} {
		p.write("understudy.yaml", config)
		p.write("policy.yaml", policy)
		text := p.read(c.file)
		if !strings.Contains(text, c.old) {
			t.Fatalf("no %q in %s", c.old, c.file)
		}
		p.write(c.file, strings.Replace(text, c.old, c.new, 1))
		p.setenv("PRODUCTION_URL", nowhere)
		p.setenv("STAGING_ADMIN_URL", nowhere)
		p.fails(2, c.says, "refresh")
		select {
		case <-asked:
			t.Errorf("%s: a server was asked", c.new)
		default:
		}
	}
	p.write("understudy.yaml", config)
	p.write("policy.yaml", policy)
	p.run("check") // the listener would have noticed
	<-asked
	p.env = good
	p.tidy(p.refresh().Generation)
}
