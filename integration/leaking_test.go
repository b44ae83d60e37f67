package integration

import (
	"slices"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/report"
)

const leakingSchema = `
CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE notes (id int PRIMARY KEY, email text, "Body Text" text COLLATE folding, doc jsonb, tags text[], plain text, own text);
INSERT INTO notes SELECT n, 'p' || n || '@real.example.io', 'see jane' || n || '@corp.example.com.real.io and x@example.com', '{"a": ["to bob@real.io"]}',
	ARRAY['x', 'y@real.io'], 'a@example.com. b@sub.example.org, c@host.test; no @ here @ 5', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTYifQ.abcdefghijklmnop' FROM generate_series(1, 50) n;
CREATE TABLE nothing (id int PRIMARY KEY);
`

// With verify.leaks, what no mask writes stops the run where it stands in a
// masked column, and is told of where the policy keeps it.
func TestLeaksInTheCopy(t *testing.T) {
	t.Parallel()
	policy := func(body string) string {
		return `version: 1
tables:
  public.notes:
    keep: [id, plain, own, tags]
    columns:
      email: email
      Body Text: ` + body + `
      doc: { mask: json, keep: ["$.a[*]"] }
  public.nothing: { keep: [id] }
`
	}
	p := newProject(t, leakingSchema, policy(`{ mask: sql, expression: "'re: ' || \"Body Text\"" }`), "verify: { leaks: fail }")
	r := p.fails(7, "masked columns hold what no mask writes", "refresh", "--output", "json")
	for _, want := range []string{`public.notes."Body Text" (sql): 50 rows hold an e-mail address`, "public.notes.doc (json): 50 rows"} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("no %q in\n%s", want, r.stderr)
		}
	}
	if left := p.databases(); len(left) != 0 {
		t.Errorf("left: %q", left)
	}

	p.write("policy.yaml", strings.Replace(policy("text"), `{ mask: json, keep: ["$.a[*]"] }`, "json", 1))
	run := p.refresh("--report", "reports")
	want := []report.Leak{
		{Column: "public.notes.own", Mask: "keep", What: "a token or private key", Rows: 50},
		{Column: "public.notes.tags", Mask: "keep", What: "an e-mail address of a real domain", Rows: 50},
	}
	if !slices.Equal(run.Leaks, want) {
		t.Errorf("leaks: %+v", run.Leaks)
	}
	if len(run.Warnings) < 2 || !strings.Contains(strings.Join(run.Warnings, "\n"), "public.notes.tags (keep)") {
		t.Errorf("warnings: %q", run.Warnings)
	}
	if !strings.Contains(p.read("reports/report.html"), "Found in the copy") {
		t.Error("the page does not say what was found")
	}
}
