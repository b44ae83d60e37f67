package integration

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/understudy-db/understudy/history"
)

// Runs are recorded where a history is kept, with who asked for them and why;
// one can be cancelled from elsewhere, one that was killed is told from one that
// runs; and without the history everything goes on.
func TestHistory(t *testing.T) {
	t.Parallel()
	g := newGated(t)
	name := g.name + "_history"
	g.append("understudy.yaml", "history: { database: "+name+" }\n")
	t.Cleanup(func() { g.target.Exec(t, "postgres", "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)") })
	g.setenv("UNDERSTUDY_ACTOR", "eve")
	g.fails(4, "history init", "history")
	if r := g.ok("history", "init"); !strings.Contains(r.stdout, "from now on") {
		t.Error(r.stdout)
	}
	if r := g.ok("history", "init"); !strings.Contains(r.stdout, "up to date") {
		t.Error(r.stdout)
	}
	runs := func() (all []history.Run) {
		t.Helper()
		if err := json.Unmarshal([]byte(g.ok("history", "--output", "json").stdout), &all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	// One of an earlier version goes on as it did, and is brought up to date.
	down := readFile(t, "../history/migrations/0002_log.down.sql")
	g.target.Exec(t, name, down, "UPDATE schema_migrations SET version = 1")
	if r := g.ok("reset", "--reason", "after the load test"); !strings.Contains(r.stderr, "made by an earlier version") {
		t.Error(r.stderr)
	}
	all := runs()
	g.fails(4, "history init", "logs", all[0].ID)
	g.ok("history", "init")
	if len(all) != 1 || all[0].Verb != "reset" || all[0].Actor != "eve" || all[0].Reason != "after the load test" || all[0].Outcome != "succeeded" || *all[0].Generation != 1 {
		t.Fatalf("%+v", all)
	}

	// From another machine, as it were.
	x := g.midLoad()
	all = runs()
	if all[0].Verb != "refresh" || all[0].Outcome != "running" {
		t.Errorf("%+v", all[0])
	}
	waitFor(t, "its stage and its log", func() bool {
		all = runs()
		return all[0].Stage == "data" && strings.Contains(g.ok("logs", all[0].ID).stdout, "INFO  stage stage=schema")
	})
	g.ok("cancel", all[0].ID)
	if r := x.wait(); r.code != 143 || !strings.Contains(r.stderr, "cancelled by eve") {
		t.Errorf("exit %d\n%s", r.code, r.stderr)
	}
	if r := g.ok("logs", all[0].ID, "--follow"); !strings.Contains(r.stdout, "WARN  cancelled by eve") {
		t.Error(r.stdout)
	}
	g.unharmed()
	if all = runs(); all[0].Outcome != "cancelled" || *all[0].ExitCode != 143 {
		t.Errorf("%+v", all[0])
	}
	g.fails(2, "has ended already", "cancel", all[0].ID)
	g.fails(2, "has no run", "history", "nowhere")
	if r := g.ok("history", all[0].ID); !strings.Contains(r.stdout, "cancelled by eve") {
		t.Error(r.stdout)
	}

	// The history goes away in mid-run, and comes back before the end.
	x = g.midLoad()
	g.target.Exec(t, "postgres", "ALTER DATABASE "+name+" WITH ALLOW_CONNECTIONS false",
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+name+"'", "ALTER DATABASE "+name+" RENAME TO "+name+"_away")
	g.open()
	waitFor(t, "the generation", func() bool {
		return one(t, g.target.URL("postgres"), "SELECT count(*) FROM pg_database WHERE datname = '"+g.name+"__u2'") != "0"
	})
	g.target.Exec(t, "postgres", "ALTER DATABASE "+name+"_away RENAME TO "+name, "ALTER DATABASE "+name+" WITH ALLOW_CONNECTIONS true")
	if r := x.wait(); r.code != 0 {
		t.Errorf("exit %d\n%s", r.code, r.stderr)
	}
	if all = runs(); all[0].Outcome != "succeeded" || len(all) != 3 {
		t.Errorf("%+v", all)
	}
	r := g.ok("history", all[0].ID, "--output", "json")
	if !strings.Contains(r.stdout, `"outcome":"published"`) && !strings.Contains(r.stdout, `"outcome": "published"`) {
		t.Error(r.stdout)
	}

	// Its log has caught up, and what its report holds can be asked for by rows.
	if r := g.ok("logs", all[0].ID, "--output", "json"); !strings.Contains(r.stdout, `"text":"stage stage=preflight"`) || !strings.Contains(r.stdout, "table=public.people rows=20000") {
		t.Error(r.stdout)
	}
	if r := g.ok("history", all[0].ID); !strings.Contains(r.stdout, "stages: preflight ") || !strings.Contains(r.stdout, "public.people") {
		t.Error(r.stdout)
	}
	if r := g.ok("history", "table", "public.people"); strings.Count(r.stdout, "20,000") != 1 {
		t.Error(r.stdout)
	}
	g.fails(2, "no run has copied", "history", "table", "public.nowhere")
	kept := g.target.URL(name)
	for query, want := range map[string]string{
		"SELECT count(*) > 5 FROM understudy.stages WHERE run = '" + all[0].ID + "'":                    "t",
		"SELECT rows FROM understudy.tables WHERE name = 'public.people' AND run = '" + all[0].ID + "'": "20000",
		"SELECT bool_and(passed) FROM understudy.gates WHERE run = '" + all[0].ID + "'":                 "t",
		"SELECT generation || ' of ' || staging FROM understudy.generations WHERE snapshot < now()":     "2 of " + g.name,
	} {
		if got := one(t, kept, query); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}

	// Paused, the schedule waits though a refresh is due.
	g.ok("pause", "--reason", "audit")
	if r := g.ok("status"); !strings.Contains(r.stdout, "paused by eve") || !strings.Contains(r.stdout, "audit") {
		t.Error(r.stdout)
	}
	g.append("understudy.yaml", `schedule: { cron: "0 3 * * *" }`+"\n")
	g.target.Exec(t, "postgres", `DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS %L', '`+g.name+`',
		(SELECT jsonb_set(shobj_description(oid, 'pg_database')::jsonb, '{created}', '"2026-01-01T00:00:00Z"') FROM pg_database WHERE datname = '`+g.name+`')); END $$`)
	serve := g.start("serve", "--listen", "127.0.0.1:0")
	address := regexp.MustCompile(`address=(127\.0\.0\.1:[0-9]+)`)
	serve.awaits("its address", func() bool { return address.MatchString(serve.errs.String()) })
	serve.awaits("the pause", func() bool {
		r, err := http.Get("http://" + address.FindStringSubmatch(serve.errs.String())[1] + "/status")
		if err != nil {
			return false
		}
		defer r.Body.Close()
		body, _ := io.ReadAll(r.Body)
		return strings.Contains(string(body), "paused by eve")
	})
	if r := g.ok("resume"); !strings.Contains(r.stdout, "goes on") {
		t.Error(r.stdout)
	}
	serve.awaits("the refresh", func() bool { all = runs(); return len(all) == 4 && all[0].Outcome == "succeeded" })
	if all[0].Reason != "schedule" {
		t.Errorf("%+v", all[0])
	}
	serve.signal(syscall.SIGTERM)
	if r := serve.wait(); r.code != 0 {
		t.Errorf("serve: exit %d\n%s", r.code, r.stderr)
	}
}
