package integration

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
)

// branches are those that `branch list` shows.
func (p *project) branches() map[string]string {
	p.t.Helper()
	var all []struct{ Name, Database string }
	if err := json.Unmarshal([]byte(p.ok("branch", "list", "--output", "json").stdout), &all); err != nil {
		p.t.Fatal(err)
	}
	out := map[string]string{}
	for _, b := range all {
		out[b.Name] = b.Database
	}
	return out
}

// A branch is a copy of the clean state that swaps, resets and changes in staging
// leave alone, until it is dropped or its time is over.
func TestBranches(t *testing.T) {
	t.Parallel()
	p := newProject(t, peopleSchema, peoplePolicy, `branches: { max: 3, ttl: 2h }`)
	p.fails(4, "to branch from", "branch", "create", "early")
	p.refresh()
	p.target.Exec(t, p.name, "DELETE FROM people WHERE id > 10")

	r := p.ok("branch", "create", "feature-1")
	database := p.name + "_feature-1"
	if !strings.Contains(r.stdout, database) || !strings.Contains(r.stdout, "postgres://") {
		t.Errorf("create: %s", r.stdout)
	}
	url := p.target.URL(database)
	if got := one(t, url, "SELECT count(*) FROM people"); got != "1000" {
		t.Errorf("the branch has %s people", got)
	}
	if got := one(t, p.staging(), "SELECT count(*) FROM people"); got != "10" {
		t.Errorf("staging has %s people", got)
	}
	p.target.Exec(t, database, "UPDATE people SET full_name = 'mine'")
	p.refresh()
	p.ok("reset")
	if got := one(t, url, "SELECT count(*) FILTER (WHERE full_name = 'mine') FROM people"); got != "1000" {
		t.Errorf("after a refresh and a reset %s people are mine", got)
	}

	p.fails(4, "there is a branch feature-1 already", "branch", "create", "feature-1")
	p.fails(2, "no name for a branch", "branch", "create", "Feature 1")
	p.fails(2, "bytes", "branch", "create", strings.Repeat("x", 60))
	p.fails(2, "--ttl", "branch", "create", "x", "--ttl", "-1h")
	p.fails(4, "there is no branch nowhere", "branch", "drop", "nowhere")
	p.target.Exec(t, "postgres", `CREATE DATABASE "`+p.name+`_theirs"`)
	t.Cleanup(func() { p.target.Exec(t, "postgres", `DROP DATABASE "`+p.name+`_theirs"`) })
	p.fails(4, "no branch of ours", "branch", "create", "theirs")
	p.fails(4, "there is no branch theirs", "branch", "drop", "theirs")

	p.ok("branch", "create", "two", "--ttl", "1ms")
	p.ok("branch", "create", "three", "--ttl", "30m") // the second one's time is over
	if got := p.branches(); len(got) != 2 || got["two"] != "" || got["three"] == "" {
		t.Errorf("branches: %v", got)
	}
	p.ok("branch", "create", "four")
	p.fails(4, "branches.max", "branch", "create", "five")
	p.ok("branch", "extend", "three", "--ttl", "72h")
	if got := one(t, p.target.URL("postgres"), `SELECT (shobj_description(oid, 'pg_database')::json ->> 'expires')::timestamptz > now() + interval '71 hours' FROM pg_database WHERE datname = '`+p.name+`_three'`); got != "t" {
		t.Error("the branch was not extended")
	}

	user, password := p.target.Role(t, "LOGIN")
	held := p.target.Conn(t, p.target.URLFor(user, password, p.name+"_three"))
	p.ok("branch", "drop", "three")
	if held.Ping(t.Context()) == nil {
		t.Error("the branch's session is still there")
	}
	p.ok("branch", "drop", "four")
	p.ok("branch", "drop", "feature-1")
	if got := p.branches(); len(got) != 0 {
		t.Errorf("branches are left: %v", got)
	}
}

// Whoever dies while making a branch leaves nothing that stands in the way.
func TestBranchMakerIsKilled(t *testing.T) {
	t.Parallel()
	p := newProject(t, peopleSchema, peoplePolicy)
	p.refresh()
	before := p.databases()
	p.append("understudy.yaml", "before_publish: [{ sql: SELECT pg_sleep(600) }]\n")
	x := p.start("branch", "create", "mine")
	waitFor(t, "the branch's before_publish", func() bool {
		return one(t, p.target.URL("postgres"), `SELECT count(*) FROM pg_stat_activity WHERE starts_with(datname, '`+p.name+`__u') AND query LIKE '%pg_sleep%'`) != "0"
	})
	x.kill()
	p.write("understudy.yaml", strings.Replace(p.read("understudy.yaml"), "before_publish: [{ sql: SELECT pg_sleep(600) }]\n", "", 1))
	p.ok("branch", "create", "mine")
	if got := one(t, p.target.URL(p.name+"_mine"), "SELECT count(*) FROM people"); got != "1000" {
		t.Errorf("the branch has %s people", got)
	}
	p.ok("branch", "drop", "mine")
	if got := p.databases(); fmt.Sprint(got) != fmt.Sprint(before) {
		t.Errorf("databases are %q instead of %q", got, before)
	}
}

// Several branches at a time wait for each other.
func TestBranchesAtOnce(t *testing.T) {
	t.Parallel()
	p := newProject(t, peopleSchema, peoplePolicy)
	p.refresh()
	const n = 6
	var all sync.WaitGroup
	for i := range n {
		x := p.start("branch", "create", fmt.Sprint("job-", i))
		all.Go(func() {
			<-x.exited
			if code := x.cmd.ProcessState.ExitCode(); code != 0 {
				t.Errorf("exit %d: %s", code, x.errs.String())
			}
		})
	}
	all.Wait()
	got := p.branches()
	if len(got) != n {
		t.Errorf("branches: %v", got)
	}
	for name := range got {
		p.ok("branch", "drop", name)
	}
}
