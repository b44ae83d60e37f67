package integration

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/understudy-db/understudy/internal/pgtest"
)

// A source or target that takes fewer sessions than are configured is read and
// loaded by fewer; one that takes too few ends the run.
func TestConnectionLimits(t *testing.T) {
	t.Parallel()
	for _, side := range []string{"source", "target"} {
		t.Run(side, func(t *testing.T) {
			t.Parallel()
			g := newGated(t)
			server, role, enough := g.origin, g.reader, "4" // two keepers, the watcher, one reader
			if side == "target" {
				server, role, enough = g.target, g.builder, "3" // one for administration, the lock, one that loads
			}
			limit := func(n string) { server.Exec(t, "postgres", "ALTER ROLE "+role+" CONNECTION LIMIT "+n) }
			limit("1")
			if side == "source" {
				g.fails(75, "53300", "refresh")
			} else {
				g.fails(4, "may have 1 session", "refresh")
			}
			g.unharmed()
			limit("-1")
			s := g.startStepped("refresh", "--target-load-jobs", "2")
			for s.said() != "snapshot" {
				s.step(1)
			}
			limit(enough)
			x := s.process
			go s.hearAll()
			g.arrives(x)
			x.awaits("the word of fewer sessions", func() bool {
				return strings.Contains(x.errs.String(), "the "+side+" takes no more sessions (SQLSTATE 53300)")
			})
			limit("-1") // the swap needs one more on the target
			g.open()
			if r := x.wait(); r.code != 0 {
				t.Fatalf("exit %d\n%s", r.code, r.stderr)
			}
			g.publishes(2)
		})
	}
}

// What we cannot write on our own machine stops a run before it begins, or not
// at all; and the exit code tells if nobody was told of the result.
func TestOutputsThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	g := newGated(t)
	g.open()
	g.write("reports", "a file")
	g.fails(2, "--report", "refresh", "--report", "reports")
	g.fails(2, "--report", "refresh", "--report", "/proc/reports")
	g.unharmed()
	if err := os.Remove(filepath.Join(g.dir, "reports")); err != nil {
		t.Fatal(err)
	}

	// The folder goes away, standard error is closed and standard output is
	// full, all in mid-run.
	g.shut()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("no device that is always full: %v", err)
	}
	defer full.Close()
	ear, mouth, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	x := g.prepare("refresh", "--output", "json", "--report", "reports", "-v", "--target-load-jobs", "1")
	x.cmd.Stdout, x.cmd.Stderr = full, mouth
	x.begin()
	mouth.Close()
	g.arrives(x)
	ear.Close()
	if err := os.RemoveAll(filepath.Join(g.dir, "reports")); err != nil {
		t.Fatal(err)
	}
	g.write("reports", "a file")
	g.open()
	if r := x.wait(); r.code != 1 {
		t.Errorf("exit %d", r.code)
	}
	g.publishes(2)
	if err := os.Remove(filepath.Join(g.dir, "reports")); err != nil {
		t.Fatal(err)
	}
	if r := g.ok("refresh", "--report", "reports"); !strings.Contains(r.stdout, "generation 3") {
		t.Errorf("the next run says:\n%s", r.stdout)
	}
	g.publishes(3)
}

// The child that dumps the schema is killed, as for want of memory: another one
// is started.
func TestPgDumpIsKilled(t *testing.T) {
	t.Parallel()
	g := newGated(t)
	g.open()
	x := g.start("refresh", "--output", "json")
	x.awaits("pg_dump", func() bool { return killDump(t, x.cmd.Process.Pid) })
	if r := x.wait(); r.code != 0 {
		t.Fatalf("exit %d\n%s", r.code, r.stderr)
	}
	g.publishes(2)
}

// killDump kills the pg_dump that a process has started to dump a schema.
func killDump(t testing.TB, pid int) (done bool) {
	t.Helper()
	lists, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/children")
	if err != nil || len(lists) == 0 {
		t.Skip("this system does not list the children of a process")
	}
	for _, list := range lists {
		pids, err := os.ReadFile(list)
		if err != nil {
			continue // the thread has ended
		}
		for _, word := range strings.Fields(string(pids)) {
			line, err := os.ReadFile("/proc/" + word + "/cmdline")
			if child, _ := strconv.Atoi(word); err == nil && strings.Contains(string(line), "--schema-only") && syscall.Kill(child, syscall.SIGKILL) == nil {
				done = true
			}
		}
	}
	return done
}

// The key is read once: one that is replaced in mid-run counts from the next
// run on.
func TestKeyIsReplacedInMidRun(t *testing.T) {
	t.Parallel()
	g := newGated(t)
	g.write("key", testKey)
	g.env = slices.DeleteFunc(g.env, func(e string) bool { return strings.HasPrefix(e, "UNDERSTUDY_KEY=") })
	g.write("understudy.yaml", strings.Replace(g.read("understudy.yaml"), "${env:UNDERSTUDY_KEY}", "${file:key}", 1))
	const people = `SELECT md5(string_agg(p::text, ',' ORDER BY id)) FROM people p`
	first := one(t, g.staging(), people)
	x := g.midLoad()
	g.write("key", strings.TrimSpace(g.ok("keys", "generate").stdout))
	g.open()
	r := x.wait()
	if r.code != 0 {
		t.Fatalf("exit %d\n%s", r.code, r.stderr)
	}
	if one(t, g.staging(), people) != first {
		t.Error("people have changed with the key in mid-run")
	}
	g.publishes(2)
	g.fails(4, "--rekey", "refresh") // other people for the same ids is nothing to happen by accident
	g.publishes(2)
	if run := g.refresh("--rekey"); run.Policy.KeyFingerprint == g.lastReport(r).Policy.KeyFingerprint {
		t.Error("the new key is not used")
	}
	if one(t, g.staging(), people) == first {
		t.Error("the new key changes nothing")
	}
	g.publishes(3)
	g.write("key", "")
	g.fails(2, "key", "refresh")
	g.publishes(3)
}

// Two refreshes begin at the same moment: at most one goes on, and the other
// says who holds the lock.
func TestTwoRunsAtOnce(t *testing.T) {
	t.Parallel()
	p := newProject(t, peopleSchema, peoplePolicy)
	generation := p.refresh().Generation
	p.watch(peopleGlance)
	x, y := p.start("refresh"), p.start("refresh")
	done := 0
	for _, r := range []result{x.wait(), y.wait()} {
		switch {
		case r.code == 0:
			done++
		case r.code != 10 || !strings.Contains(r.stderr, "lock"):
			t.Errorf("exit %d\n%s", r.code, r.stderr)
		}
	}
	p.tidy(generation + done)
	p.tidy(p.refresh().Generation)
}

// Tables that are dropped or renamed, and columns that change their names in
// mid-run, end in what the policy says of the source as it is then.
func TestTheSourceChangesInMidRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ sql, says string }{
		"drop":   {`DROP TABLE visits`, "public.visits"},
		"rename": {`ALTER TABLE visits RENAME COLUMN at TO happened`, "happened"},
		"swap":   {`ALTER TABLE visits RENAME TO older; CREATE TABLE visits (LIKE older); ALTER TABLE visits ADD secret text`, "secret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGated(t)
			x := g.midLoad()
			execute(t, g.source, c.sql)
			g.open()
			if r := x.wait(); r.code != 3 || !strings.Contains(r.stderr, c.says) || !strings.Contains(r.stderr, "snapshot voided") {
				t.Errorf("exit %d\n%s", r.code, r.stderr)
			}
			g.unharmed()
			if left := g.databases(); len(left) != 2 {
				t.Errorf("left over: %q", left)
			}
		})
	}
}

// The link to the target breaks while the target commits a table. Whether it
// is in is for the target to say; nothing is guessed, and staging serves.
func TestTargetLinkIsCutAtCommit(t *testing.T) {
	t.Parallel()
	g := newGated(t)
	l := g.through("STAGING_ADMIN_URL")
	x := g.midLoad()
	build := g.target.URL(generationName(g.name, 2))
	execute(t, build, `CREATE FUNCTION public.lingers() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(8); RETURN NULL; END $$`)
	hold := g.target.Conn(t, build)
	if _, err := hold.Exec(t.Context(), `SELECT pg_advisory_lock(8)`); err != nil {
		t.Fatal(err)
	}
	// The trigger gets its lock when people are in, before visits come.
	made := make(chan error, 1)
	go func() {
		made <- tryExecute(build, `CREATE CONSTRAINT TRIGGER lingers AFTER UPDATE ON _understudy.ledger DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.lingers()`)
	}()
	waitFor(t, "the trigger's turn", func() bool {
		return one(t, build, `SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE CONSTRAINT TRIGGER%' AND wait_event_type = 'Lock' AND datname = current_database()`) != "0"
	})
	g.open()
	if err := <-made; err != nil {
		t.Fatal(err)
	}
	x.awaits("a COMMIT", func() bool {
		return one(t, build, `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 8 AND NOT granted
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`) != "0"
	})
	l.down()
	if _, err := hold.Exec(t.Context(), `SELECT pg_advisory_unlock(8)`); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the target to commit", func() bool {
		return one(t, build, `SELECT count(*) FROM _understudy.ledger WHERE "table" <> 'people' AND rows IS NOT NULL`) == "1"
	})
	hold.Close(t.Context())
	if r := x.wait(); r.code != 75 {
		t.Errorf("exit %d\n%s", r.code, r.stderr)
	}
	l.up()
	g.unharmed()
	g.publishes(g.refresh().Generation)
}

// One standby for all that can happen to a run that reads from it, in the order
// of growing damage.
func TestStandbyFaults(t *testing.T) {
	t.Parallel()
	primary, standby := pgtest.Standby(t)
	standby.Exec(t, "postgres", `ALTER SYSTEM SET max_standby_streaming_delay = '100ms'`, `SELECT pg_reload_conf()`)

	// gated is a project whose next refresh reads from the standby.
	gatedOn := func(t *testing.T) *gated {
		t.Helper()
		g := newGatedOn(t, primary, pgtest.Target(t))
		g.open()
		lsn := one(t, primary.URL("postgres"), `SELECT pg_current_wal_lsn()`)
		waitFor(t, "the standby to have the rows", func() bool {
			return one(t, standby.URL("postgres"), `SELECT pg_last_wal_replay_lsn() >= $1::pg_lsn`, lsn) == "t"
		})
		database := pgtest.DatabaseOf(g.source)
		g.setenv("PRODUCTION_URL", standby.URL(database))
		g.source = standby.URL(database)
		g.gate = standby.Conn(t, g.source)
		g.shut()
		return g
	}
	// conflict makes the standby cancel who still needs removed rows.
	conflict := func(t *testing.T, g *gated) {
		t.Helper()
		primary.Exec(t, pgtest.DatabaseOf(g.source), `UPDATE people SET note = note || 'x' WHERE id > 15000`, `VACUUM people`)
	}
	t.Run("conflict", func(t *testing.T) {
		g := gatedOn(t)
		x := g.midLoad()
		conflict(t, g)
		x.awaits("a lost snapshot", func() bool { return strings.Contains(x.errs.String(), "snapshot voided") })
		g.open()
		r := x.wait()
		if r.code != 0 {
			t.Fatalf("exit %d\n%s", r.code, r.stderr)
		}
		if run := g.lastReport(r); run.Attempts < 2 || !run.Source.Standby {
			t.Errorf("%d attempts, standby %v", run.Attempts, run.Source.Standby)
		}
		g.publishes(g.lastReport(r).Generation)
	})
	t.Run("conflict without end", func(t *testing.T) {
		g := gatedOn(t)
		x := g.midLoad()
		x.awaits("its end", func() bool {
			if one(t, g.source, atGate) != "0" {
				conflict(t, g)
			}
			return !x.running()
		})
		if r := x.wait(); r.code != 75 || !strings.Contains(r.stderr, "hot_standby_feedback") {
			t.Errorf("exit %d\n%s", r.code, r.stderr)
		}
		g.unharmed()
		g.recovers()
	})
	// Both before the promotion, after which there is no standby any more.
	promoted, failedOver := gatedOn(t), gatedOn(t)
	failedOver.open()
	link := func() *link {
		failedOver.setenv("PRODUCTION_URL", primary.URL(pgtest.DatabaseOf(failedOver.source)))
		return failedOver.through("PRODUCTION_URL")
	}()
	failedOver.gate = primary.Conn(t, primary.URL(pgtest.DatabaseOf(failedOver.source)))
	failedOver.source = primary.URL(pgtest.DatabaseOf(failedOver.source))
	failedOver.shut()
	x, y := promoted.midLoad(), failedOver.midLoad()
	standby.Exec(t, "postgres", `SELECT pg_promote()`)
	if r := x.wait(); r.code != 75 || !strings.Contains(r.stderr, "the standby has been promoted") {
		t.Errorf("promoted: exit %d\n%s", r.code, r.stderr)
	}
	link.leadTo(standby.URL("postgres"))
	if r := y.wait(); r.code != 75 || !strings.Contains(r.stderr, "another server of the cluster answers now") {
		t.Errorf("failed over: exit %d\n%s", r.code, r.stderr)
	}
	promoted.unharmed()
	promoted.recovers()
	failedOver.unharmed()
	failedOver.source = standby.URL(pgtest.DatabaseOf(failedOver.source))
	failedOver.publishes(failedOver.refresh().Generation)
}
