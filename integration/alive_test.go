package integration

import (
	"slices"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/report"
)

const aliveSchema = `
CREATE TABLE people (id int PRIMARY KEY, name text, note text, kind text, empty text NOT NULL DEFAULT '', doc jsonb, gone text, born date);
INSERT INTO people SELECT n, 'Real ' || n, 'secret ' || n, 'a', '', CASE WHEN n % 2 = 0 THEN '{}'::jsonb END, NULL, DATE '2000-01-01' FROM generate_series(1, 300) n;
CREATE TABLE visits (id int, at date, who text) PARTITION BY RANGE (at);
CREATE TABLE visits_a PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE visits_b PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
INSERT INTO visits SELECT n, DATE '2024-06-01' + n, CASE WHEN n < 10 THEN 'x' ELSE 'real' || n END FROM generate_series(1, 400) n;
CREATE TABLE few (id int PRIMARY KEY, city text);
INSERT INTO few VALUES (1, 'Real');
`

func alivePolicy(note, who string) string {
	return `version: 1
tables:
  public.people:
    subject: id
    keep: [id]
    columns:
      name: full_name
      note: ` + note + `
      kind: { mask: redact, with: a }
      empty: full_name
      doc: json
      gone: text
      born: { mask: generalize, to: year }
  public.visits: { keep: [id, at], columns: { who: ` + who + ` } }
  public.few: { keep: [id], columns: { city: city } }
`
}

// A rule that gives back what it gets stops the run before the swap; one with
// nothing to mask, or whose mask may keep, does not.
func TestRuleThatChangesNothing(t *testing.T) {
	t.Parallel()
	p := newProject(t, aliveSchema, alivePolicy(`{ mask: sql, expression: "coalesce(note, '')" }`, `{ mask: sql, expression: "who || ''" }`))
	r := p.fails(7, "2 rule(s) changed nothing", "refresh", "--output", "json")
	for _, want := range []string{"public.people.note by sql", "public.visits.who by sql", "0 of 300 values changed", "0 of 400 values changed", "unchanged: allowed", "policy.yaml:8:13"} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("no %q in\n%s", want, r.stderr)
		}
	}
	run := p.lastReport(r)
	if run.Outcome != report.Failed || run.Error.ExitCode != 7 || !slices.Contains(run.Gates, report.Gate{Name: "every rule changes something"}) {
		t.Errorf("report: %+v", run)
	}
	if left := p.databases(); len(left) != 0 {
		t.Errorf("left: %q", left)
	}

	// One value of 400 is enough; the other rule is declared.
	p.write("policy.yaml", alivePolicy(`{ mask: sql, expression: "note", unchanged: allowed }`, `{ mask: sql, expression: "CASE id WHEN 400 THEN NULL ELSE who END" }`))
	run = p.refresh()
	for _, g := range run.Gates {
		if !g.Passed {
			t.Errorf("gate %s", g.Name)
		}
	}
	if !slices.Contains(run.Gates, report.Gate{Name: "every rule changes something", Passed: true}) || len(run.Gates) < 5 {
		t.Errorf("gates: %+v", run.Gates)
	}
	got := map[string]report.Column{}
	for _, tab := range run.Tables {
		for _, c := range tab.Columns {
			c.Origin, c.KeyedBy, c.Class, c.Rank = "", "", "", 0
			got[tab.Name+"."+c.Name] = c
		}
	}
	for name, want := range map[string]report.Column{
		"public.people.id":    {Name: "id", Mask: "keep"},
		"public.people.name":  {Name: "name", Mask: "full_name", Counted: true, Changed: 300},
		"public.people.note":  {Name: "note", Mask: "sql", Counted: true, Same: 300},
		"public.people.kind":  {Name: "kind", Mask: "redact", Counted: true, Same: 300},
		"public.people.empty": {Name: "empty", Mask: "full_name", Counted: true, Idle: 300},
		"public.people.doc":   {Name: "doc", Mask: "json", Counted: true, Idle: 150, Nulls: 150},
		"public.people.gone":  {Name: "gone", Mask: "text", Counted: true, Nulls: 300},
		"public.people.born":  {Name: "born", Mask: "generalize", Counted: true, Same: 300},
		"public.visits_b.who": {Name: "who", Mask: "sql", Counted: true, Changed: 1, Same: 186},
		"public.few.city":     {Name: "city", Mask: "city", Counted: true, Changed: 1},
	} {
		if got[name] != want {
			t.Errorf("%s: %+v, want %+v", name, got[name], want)
		}
	}
	if got := one(t, p.staging(), `SELECT count(*) || ' ' || count(note) || ' ' || (SELECT count(who) FROM visits) FROM people`); got != "300 300 399" {
		t.Errorf("rows: %s", got)
	}
}

// A giant value that an expression stands in for, or makes, is compared
// without being gathered.
func TestComparedGiants(t *testing.T) {
	t.Parallel()
	p := newProject(t, `CREATE TABLE docs (id int PRIMARY KEY, body text);
INSERT INTO docs SELECT n, repeat('real ', CASE n WHEN 1 THEN 4000000 ELSE 2 END) FROM generate_series(1, 3) n`, `version: 1
tables:
  public.docs: { keep: [id], columns: { body: { mask: sql, expression: "upper(body)" } } }
`)
	run := p.refresh()
	if c := run.Tables[0].Columns[1]; c.Changed != 3 || c.Oversize != 1 {
		t.Errorf("%+v", c)
	}
	if got := one(t, p.staging(), `SELECT string_agg(length(body)::text, ' ' ORDER BY id) FROM docs WHERE body !~ 'real'`); got != "20000000 10 10" {
		t.Errorf("lengths: %s", got)
	}
}
