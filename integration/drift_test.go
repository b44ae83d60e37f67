package integration

import (
	"strings"
	"testing"

	"github.com/understudy-db/understudy/internal/pgtest"
)

// The source's schema is compared with what staging was made from: a check fails
// and says what has changed, a refresh warns or stops as configured.
func TestDrift(t *testing.T) {
	t.Parallel()
	p := newProject(t, peopleSchema, peoplePolicy)
	p.ok("check")
	p.refresh()
	p.ok("check")
	pgtest.Source(t).Exec(t, pgtest.DatabaseOf(p.source),
		`ALTER TABLE people ADD CONSTRAINT sane CHECK (note <> 'a canary in a check'); CREATE VIEW joined AS SELECT joined FROM people`)
	r := p.fails(3, "public.people.sane: this check is new, since the last refresh", "check", "--output", "json")
	if !strings.Contains(r.stdout, `"drift":"check_added"`) || !strings.Contains(r.stdout, `"drift":"table_added"`) || strings.Contains(r.stdout+r.stderr, "canary") {
		t.Errorf("check: %s%s", r.stdout, r.stderr)
	}
	p.append("understudy.yaml", "drift: stop\n")
	p.fails(3, "--accept-drift", "refresh")
	if got := one(t, p.staging(), `SELECT count(*) FROM pg_class WHERE relname = 'joined'`); got != "0" {
		t.Error("staging was refreshed")
	}
	run := p.refresh("--accept-drift")
	if len(run.Drift) != 2 || run.Drift[0].Kind != "table_added" || run.Drift[1].Object != "public.people.sane" {
		t.Errorf("drift in the report: %+v", run.Drift)
	}
	p.ok("check")
	if run := p.refresh(); len(run.Drift) != 0 {
		t.Errorf("drift after a refresh: %+v", run.Drift)
	}

	// A name that looks sensitive, kept: nobody has decided that.
	pgtest.Source(t).Exec(t, pgtest.DatabaseOf(p.source), `ALTER TABLE people ADD password_hash text`)
	p.write("policy.yaml", strings.Replace(peoplePolicy, "keep: [id, joined]", "keep: [id, joined, password_hash]", 1))
	p.fails(3, "public.people.password_hash: this column is kept, and by its name it holds passwords", "check")
}
