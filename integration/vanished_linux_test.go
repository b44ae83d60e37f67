package integration

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/understudy-db/understudy/internal/pgtest"
)

// vanishedLimit is how long production may be held back by a machine of ours
// that is gone: the keepers' and the readers' limits, and room for both.
const vanishedLimit = 8 * time.Minute

// Our machine vanishes in the middle of a table: it stops for good, or the
// network swallows everything from one moment to the next. Production lets our
// snapshot and our locks go within minutes, and the target our locks, so that
// another machine can take over. extract.TestVanishedMachineLetsProductionGo
// shows the same with shorter limits.
func TestOurHostVanishes(t *testing.T) {
	heavy(t)
	t.Parallel()
	// One after the other: on PostgreSQL 15 and later a COPY that waits for its
	// client holds up every DROP DATABASE of the cluster.
	for _, how := range []string{"cut off", "stopped"} {
		t.Run(how, func(t *testing.T) {
			p := newProject(t, peopleSchema+`
				CREATE TABLE letters AS SELECT n AS id, repeat(md5(n::text), 100) AS text FROM generate_series(1, 100000) n;
				ALTER TABLE letters ALTER text SET STORAGE EXTERNAL; ANALYZE letters;`,
				peoplePolicy+"  public.letters: { keep: [id, text] }\n")
			p.ok("refresh", "--source-max-mb-per-s", "1000")
			p.watch(peopleGlance)
			var links []*link
			if how == "cut off" {
				links = []*link{p.through("PRODUCTION_URL"), p.through("STAGING_ADMIN_URL")}
			}
			x := p.start("refresh", "--output", "json", "--source-max-mb-per-s", "2")
			const progress = `SELECT coalesce(max(tuples_processed), 0) FROM pg_stat_progress_copy WHERE datname = current_database() AND type = 'PIPE' AND tuples_processed > 1000`
			x.awaits("rows on their way", func() bool { return one(t, p.source, progress) != "0" })
			count := func(url, what string) string { return one(t, url, what) }
			holds := map[string]func() string{
				"the snapshot on the source": func() string {
					return count(p.source, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'understudy/%' AND (backend_xmin IS NOT NULL OR backend_xid IS NOT NULL)`)
				},
				"the locks on the source": func() string {
					return count(p.source, `SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE a.datname = current_database() AND a.application_name LIKE 'understudy/%'
						AND l.locktype = 'relation' AND l.relation = 'letters'::regclass`)
				},
				"the lock on the target": func() string {
					return one(t, p.target.URL("postgres"), `SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) JOIN pg_roles r ON r.oid = a.usesysid
						WHERE l.locktype = 'advisory' AND r.rolname = $1`, p.builder)
				},
			}
			for what, held := range holds {
				if held() == "0" {
					t.Fatalf("nothing holds %s", what)
				}
			}
			if how == "stopped" {
				x.signal(syscall.SIGSTOP)
			} else {
				for _, l := range links {
					for _, stream := range []string{"upstream", "downstream"} {
						l.toxic("timeout", stream, map[string]any{"timeout": 0})
					}
				}
			}
			gone := time.Now()
			for len(holds) > 0 {
				for what, held := range holds {
					if held() == "0" {
						t.Logf("%s: %s released after %s", how, what, time.Since(gone).Round(time.Second))
						delete(holds, what)
					}
				}
				if time.Since(gone) > vanishedLimit {
					t.Fatalf("%d things are held after %s", len(holds), vanishedLimit)
				}
				time.Sleep(time.Second)
			}
			if how == "cut off" {
				if r := x.wait(); r.code != 75 {
					t.Errorf("exit %d\n%s", r.code, r.stderr)
				}
				for _, l := range links {
					l.proxy.Toxics.ResetToxics(t.Context())
				}
			}
			p.setenv("PRODUCTION_URL", p.source)
			p.tidy(p.refresh().Generation) // beside the one that hangs
			if how == "stopped" {
				x.signal(syscall.SIGKILL)
			}
		})
	}
}

// The target's server crashes between the stages of a run: whatever was done,
// staging is as it was when the server is back, and the next refresh succeeds.
func TestTargetCrashesAtBoundaries(t *testing.T) {
	t.Parallel()
	dst := pgtest.Fresh(t, nil)
	if dst.Local == nil {
		t.Skip("a server in docker would come back on another port")
	}
	p := newProjectOn(t, pgtest.Source(t), dst, peopleSchema, peoplePolicy, fixture)
	p.refresh()
	p.learn()
	w := p.watch(peopleGlance)
	w.losesServer()
	for _, at := range []string{"policy", "pre-solve", "data", "indexes", "verify", "seal", "clone", "before_publish"} {
		x := p.startStepped("refresh")
		x.until(at)
		if err := dst.Local.Crash(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := dst.Local.Restart(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := x.goOn(); r.code != 75 || !strings.Contains(r.stderr, "hint") {
			t.Errorf("crashed after %s: exit %d\n%s", at, r.code, r.stderr)
		}
	}
	p.tidy(p.refresh().Generation)
}
