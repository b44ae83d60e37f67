package integration

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Of two schedulers one makes up for the tick that was missed, tells the webhook,
// and is replaced by the other when it is killed; both answer probes.
func TestServe(t *testing.T) {
	t.Parallel()
	p := newProject(t, peopleSchema, peoplePolicy)
	p.fails(2, "schedule.cron", "serve")
	var mu sync.Mutex
	var told []string
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var e struct{ Type string }
		body, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(body, &e)
		mu.Lock()
		defer mu.Unlock()
		told = append(told, e.Type+" signed "+strings.Split(r.Header.Get("webhook-signature"), ",")[0])
	}))
	t.Cleanup(hook.Close)
	p.setenv("HOOK_URL", hook.URL)
	p.append("understudy.yaml", `schedule: { cron: "0 3 * * *" }
notify: { webhook: "${env:HOOK_URL}", secret: "${env:HOOK_SECRET}", events: [run.succeeded] }
`)
	p.setenv("HOOK_SECRET", "whsec_plJ3nmyCDGBKInavdOK15jsl")
	p.refresh() // tells by itself, as the scheduler does for those that it begins
	mu.Lock()
	if len(told) != 1 {
		t.Errorf("a single refresh told %q", told)
	}
	told = nil
	mu.Unlock()
	// miss makes it look as if the last refresh had been days ago.
	miss := func() {
		t.Helper()
		p.target.Exec(t, "postgres", `DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS %L', '`+p.name+`',
			(SELECT jsonb_set(shobj_description(oid, 'pg_database')::jsonb, '{created}', '"2026-01-01T00:00:00Z"') FROM pg_database WHERE datname = '`+p.name+`')); END $$`)
	}
	serving := func() string {
		return one(t, p.target.URL("postgres"), `SELECT shobj_description(oid, 'pg_database')::jsonb ->> 'generation' FROM pg_database WHERE datname = '`+p.name+`'`)
	}
	miss()
	address := regexp.MustCompile(`address=(127\.0\.0\.1:[0-9]+)`)
	begin := func() (*process, string) {
		t.Helper()
		x := p.start("serve", "--listen", "127.0.0.1:0")
		x.awaits("its address", func() bool { return address.MatchString(x.errs.String()) })
		return x, "http://" + address.FindStringSubmatch(x.errs.String())[1]
	}
	get := func(url string) (int, string) {
		t.Helper()
		r, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, _ := io.ReadAll(r.Body)
		return r.StatusCode, string(body)
	}
	first, at := begin()
	first.awaits("generation 2", func() bool { return serving() == "2" })
	second, beside := begin()
	first.awaits("the webhook", func() bool { mu.Lock(); defer mu.Unlock(); return len(told) > 0 })
	first.awaits("its metrics", func() bool {
		_, text := get(at + "/metrics")
		return strings.Contains(text, `understudy_runs_total{project="test",result="succeeded",staging="`+p.name+`"} 1`)
	})
	second.awaits("standing by", func() bool {
		_, text := get(beside + "/status")
		return strings.Contains(text, "standing by") && strings.Contains(text, `"snapshot_time"`)
	})
	if code, _ := get(at + "/readyz"); code != 200 {
		t.Errorf("the leader's /readyz is %d", code)
	}
	first.awaits("its next tick", func() bool {
		_, text := get(at + "/status")
		return strings.Contains(text, `"leading":true`) && strings.Contains(text, `"next":`)
	})
	mu.Lock()
	if len(told) != 1 || told[0] != "run.succeeded signed v1" {
		t.Errorf("told: %q", told)
	}
	mu.Unlock()

	first.kill()
	miss()
	second.awaits("generation 3", func() bool { return serving() == "3" })
	second.signal(syscall.SIGTERM)
	if r := second.wait(); r.code != 0 {
		t.Errorf("stopped with exit code %d: %s", r.code, r.stderr)
	}
	if got := serving(); got != "3" {
		t.Errorf("generation %s serves", got)
	}
}

// While production is busy no refresh begins; when it is not, one does.
func TestServeWaitsForTheSource(t *testing.T) {
	t.Parallel()
	p := newProject(t, peopleSchema, peoplePolicy)
	p.append("understudy.yaml", `schedule: { cron: "0 3 * * *", max_sessions: 2 }
`)
	p.refresh()
	p.target.Exec(t, "postgres", `DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS %L', '`+p.name+`',
		(SELECT jsonb_set(shobj_description(oid, 'pg_database')::jsonb, '{created}', '"2026-01-01T00:00:00Z"') FROM pg_database WHERE datname = '`+p.name+`')); END $$`)
	var busy []*pgx.Conn
	for range 3 {
		conn, err := pgx.Connect(t.Context(), p.source)
		if err != nil {
			t.Fatal(err)
		}
		busy = append(busy, conn)
	}
	x := p.start("serve", "--listen", "")
	x.awaits("its word that it waits", func() bool {
		return strings.Contains(x.errs.String(), "schedule.max_sessions is 2")
	})
	for _, conn := range busy {
		_ = conn.Close(t.Context())
	}
	x.awaits("the refresh", func() bool {
		return one(t, p.target.URL("postgres"), `SELECT shobj_description(oid, 'pg_database')::jsonb ->> 'generation' FROM pg_database WHERE datname = '`+p.name+`'`) == "2"
	})
	x.signal(syscall.SIGTERM)
	if r := x.wait(); r.code != 0 {
		t.Errorf("exit %d\n%s", r.code, r.stderr)
	}
}

// Of two schedulers the leading one is killed in mid-run, together with its
// refresh: the other drops what they have left and refreshes.
func TestServeKilledInMidRun(t *testing.T) {
	t.Parallel()
	g := newGated(t)
	g.setenv("UNDERSTUDY_TARGET_LOAD_JOBS", "1")
	g.append("understudy.yaml", `schedule: { cron: "0 3 * * *" }
`)
	g.target.Exec(t, "postgres", `DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS %L', '`+g.name+`',
		(SELECT jsonb_set(shobj_description(oid, 'pg_database')::jsonb, '{created}', '"2026-01-01T00:00:00Z"') FROM pg_database WHERE datname = '`+g.name+`')); END $$`)
	first := g.start("serve", "--listen", "")
	g.arrives(first)
	children, err := exec.Command("pgrep", "-P", strconv.Itoa(first.cmd.Process.Pid)).Output()
	if err != nil || len(children) == 0 {
		t.Fatalf("no refresh is running: %v", err)
	}
	second := g.start("serve", "--listen", "")
	first.signal(syscall.SIGKILL) // its refresh still holds what both write to
	for _, text := range strings.Fields(string(children)) {
		pid, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	first.wait()
	g.unharmed()
	g.open()
	second.awaits("its refresh", func() bool {
		return one(t, g.target.URL("postgres"), `SELECT shobj_description(oid, 'pg_database')::jsonb ->> 'generation' FROM pg_database WHERE datname = '`+g.name+`'`) != "1"
	})
	second.signal(syscall.SIGTERM)
	if r := second.wait(); r.code != 0 {
		t.Errorf("exit %d\n%s", r.code, r.stderr)
	}
	if left := one(t, g.target.URL("postgres"), `SELECT count(*) FROM pg_database WHERE starts_with(datname, '`+g.name+`') AND shobj_description(oid, 'pg_database')::jsonb ->> 'role' = 'building'`); left != "0" {
		t.Errorf("%s databases are half-built", left)
	}
}
