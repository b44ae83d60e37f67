package integration

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// soakFault is something that happens while understudy is at work.
type soakFault struct {
	name   string
	args   []string // what runs; a refresh without
	codes  []int    // what it may end with besides 0; -1: killed, also by a SIGTERM that comes before it listens
	strike func(s *soak, x *process)
}

// soak is one test run of many refreshes.
type soak struct {
	*project
	rand   *rand.Rand
	source *link
	target *link
}

// moment is a random part of the time that a run of this project takes.
func (s *soak) moment() { time.Sleep(time.Duration(s.rand.Int64N(int64(1500 * time.Millisecond)))) }

// strikeSession ends a random session of ours on a server.
func (s *soak) strikeSession(url string) {
	s.moment()
	_ = tryExecute(url, `SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'understudy/%' ORDER BY random() LIMIT 1) q`)
}

var soakFaults = []soakFault{
	{name: "nothing"},
	{name: "kill -9", codes: []int{-1}, strike: func(s *soak, x *process) { s.moment(); _ = x.cmd.Process.Kill() }},
	{name: "SIGTERM", codes: []int{143, -1}, strike: func(s *soak, x *process) { s.moment(); _ = x.cmd.Process.Signal(syscall.SIGTERM) }},
	{name: "a session on the source ends", codes: []int{75}, strike: func(s *soak, _ *process) { s.strikeSession(s.project.source) }},
	{name: "a session on the target ends", codes: []int{75}, strike: func(s *soak, _ *process) { s.strikeSession(s.project.target.URL("postgres")) }},
	{name: "the source's link is cut", codes: []int{75}, strike: func(s *soak, _ *process) { s.moment(); s.source.cut() }},
	{name: "the target's link is cut", codes: []int{75}, strike: func(s *soak, _ *process) { s.moment(); s.target.cut() }},
	{name: "the source is away for a while", codes: []int{75}, strike: func(s *soak, _ *process) {
		s.moment()
		s.source.down()
		s.moment()
		s.source.up()
	}},
	{name: "the target is away for a while", codes: []int{75}, strike: func(s *soak, _ *process) {
		s.moment()
		s.target.down()
		s.moment()
		s.target.up()
	}},
	{name: "DDL on the source", codes: []int{3, 75}, strike: func(s *soak, _ *process) {
		s.moment()
		_ = tryExecute(s.project.source, "SET lock_timeout = '2s'", "ALTER TABLE people ADD COLUMN passing int", "ALTER TABLE people DROP COLUMN passing")
	}},
	{name: "TRUNCATE on the source", codes: []int{75}, strike: func(s *soak, _ *process) {
		s.moment()
		_ = tryExecute(s.project.source, "SET lock_timeout = '2s'", "BEGIN; CREATE TEMP TABLE t AS TABLE people; TRUNCATE people; INSERT INTO people SELECT * FROM t; COMMIT")
	}},
	{name: "a second refresh", codes: []int{10}, strike: func(s *soak, _ *process) { s.moment(); s.ends(s.run("refresh"), []int{10, 75}) }},
	{name: "reset", args: []string{"reset"}, codes: []int{4}},
	{name: "reset, kill -9", args: []string{"reset"}, codes: []int{4, -1}, strike: func(s *soak, x *process) {
		time.Sleep(time.Duration(s.rand.Int64N(int64(300 * time.Millisecond))))
		_ = x.cmd.Process.Kill()
	}},
	{name: "rollback", args: []string{"rollback"}, codes: []int{4}},
	{name: "branch", args: []string{"branch", "create", "soak", "--ttl", "1m"}, codes: []int{4}, strike: func(s *soak, x *process) {
		x.wait()
		s.ends(s.run("branch", "drop", "soak"), []int{4})
	}},
}

// ends demands an end that is documented and has a reason.
func (s *soak) ends(r result, codes []int) {
	s.t.Helper()
	if r.code != 0 && !slices.Contains(codes, r.code) {
		s.t.Errorf("exit %d, of %v\n%s", r.code, codes, lines(r.stderr, "error"))
	}
	if r.code > 0 && !strings.Contains(r.stderr, "error: ") {
		s.t.Errorf("exit %d without a reason:\n%s", r.code, r.stderr)
	}
}

// quiet demands that no session of ours and no database but those that are kept
// is left.
func (s *soak) quiet() {
	s.t.Helper()
	for side, url := range map[string]string{"source": s.project.source, "target": s.project.target.URL("postgres")} {
		waitFor(s.t, "the sessions on the "+side+" to end", func() bool {
			return one(s.t, url, `SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'understudy/%'`) == "0"
		})
	}
	if names := s.databases(); len(names) > 3 {
		s.t.Errorf("databases are left: %v", names)
	}
}

// Hundreds of refreshes with something happening in the middle of most: staging
// answers throughout with a whole generation, every failure is a documented one
// with a reason, nothing is left behind, and the next refresh succeeds.
func TestSoak(t *testing.T) {
	times, _ := strconv.Atoi(os.Getenv("UNDERSTUDY_TEST_SOAK"))
	if times == 0 {
		t.Skip("takes minutes: UNDERSTUDY_TEST_SOAK is the number of runs, as make soak sets it")
	}
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("UNDERSTUDY_TEST_SEED"); text != "" {
		seed, _ = strconv.ParseUint(text, 10, 64)
	}
	t.Logf("UNDERSTUDY_TEST_SEED=%d", seed)
	p := newProject(t, peopleSchema, peoplePolicy)
	p.refresh()
	s := &soak{project: p, rand: rand.New(rand.NewPCG(seed, 1)), source: p.through("PRODUCTION_URL"), target: p.through("STAGING_ADMIN_URL")}
	w := p.watch(peopleGlance)
	w.mayReturn()
	ended := map[string]map[int]int{}
	for n := range times {
		f := soakFaults[s.rand.IntN(len(soakFaults))]
		w.maySwap(2)
		args := f.args
		if args == nil {
			args = []string{"refresh"}
		}
		x := p.start(args...)
		if f.strike != nil {
			f.strike(s, x)
		}
		r := x.wait()
		s.ends(r, f.codes)
		if ended[f.name] == nil {
			ended[f.name] = map[int]int{}
		}
		ended[f.name][r.code]++
		if n%10 == 9 || t.Failed() {
			s.ends(p.run("refresh"), nil)
			s.quiet()
		}
		if t.Failed() {
			t.Fatalf("run %d: %s", n+1, f.name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(ended)) {
		text := ""
		for _, code := range slices.Sorted(maps.Keys(ended[name])) {
			text += fmt.Sprintf("  exit %d: %d", code, ended[name][code])
		}
		t.Logf("%-32s%s", name, text)
	}
}
