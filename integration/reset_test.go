package integration

import (
	"strings"
	"testing"
)

// What staging owns outlives resets and refreshes where it is named, by flag or
// in the configuration; and the clean state of an earlier generation comes back.
func TestResetOptions(t *testing.T) {
	t.Parallel()
	p := newProject(t, `CREATE TABLE flags (name text PRIMARY KEY, value boolean NOT NULL); INSERT INTO flags VALUES ('beta', false);`+peopleSchema,
		strings.Replace(peoplePolicy, "tables:\n", "tables:\n  public.flags: { keep: [name, value] }\n", 1))
	flags := func() string {
		return one(t, p.staging(), "SELECT string_agg(name || value, ',' ORDER BY name) FROM flags")
	}
	use := func() {
		t.Helper()
		p.target.Exec(t, p.name, "UPDATE flags SET value = true; INSERT INTO flags VALUES ('ours', true) ON CONFLICT DO NOTHING")
	}
	p.refresh()
	use()
	r := p.ok("reset", "--keep-tables", "public.flags", "--grace", "1s", "--yes")
	if got := flags(); got != "betatrue,ourstrue" || !strings.Contains(r.stdout, "kept public.flags: 2 rows") {
		t.Errorf("%s after\n%s", got, r.stdout)
	}
	p.ok("reset")
	if got := flags(); got != "betafalse" {
		t.Errorf("%s after a reset that keeps nothing", got)
	}
	use()
	p.fails(4, "has no table public.flag to keep", "reset", "--keep-tables", "public.flag")
	p.fails(2, "--orphans", "reset", "--orphans", "keep")
	p.setenv("UNDERSTUDY_TARGET_KEEP_TABLES", "public.flags")
	p.setenv("UNDERSTUDY_TARGET_KEEP_PRISTINES", "1")
	if kept := p.refresh().Swap.Kept; len(kept) != 1 || kept[0].Rows != 2 || flags() != "betatrue,ourstrue" {
		t.Errorf("the refresh keeps %+v", kept)
	}
	p.fails(4, "generation 9", "reset", "--to", "9")
	p.setenv("UNDERSTUDY_TARGET_KEEP_TABLES", "")
	r = p.ok("reset", "--to", "1")
	if got := flags(); got != "betafalse" || !strings.Contains(r.stdout, "serves generation 1 (reset") {
		t.Errorf("%s after\n%s", got, r.stdout)
	}
	p.ok("rollback")
	if got := flags(); got != "betatrue,ourstrue" {
		t.Errorf("%s after the rollback", got)
	}
}

// Somebody has dropped staging by hand: a reset brings it back, and so does the
// next refresh.
func TestStagingDroppedByHand(t *testing.T) {
	t.Parallel()
	p := newProject(t, peopleSchema, peoplePolicy)
	p.refresh()
	drop := func() { p.target.Exec(t, "postgres", `DROP DATABASE "`+p.name+`" WITH (FORCE)`) }
	serves := func() bool {
		return one(t, p.target.URL("postgres"), `SELECT count(*) FROM pg_database WHERE datname = '`+p.name+`'`) == "1" && one(t, p.staging(), "SELECT count(*) > 0 FROM people") == "t"
	}
	drop()
	p.ok("status")
	p.ok("doctor")
	p.ok("reset")
	if !serves() {
		t.Error("not after a reset")
	}
	drop()
	p.refresh()
	if !serves() {
		t.Error("not after a refresh")
	}
}
