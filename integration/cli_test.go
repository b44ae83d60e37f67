package integration

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/understudy-db/understudy/report"
)

// The scripts of testdata/cli need no server.
func TestCLI(t *testing.T) {
	t.Parallel()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/cli",
		Setup: func(e *testscript.Env) error {
			e.Setenv("PATH", filepath.Dir(path)+string(os.PathListSeparator)+os.Getenv("PATH"))
			return nil
		},
	})
}

// check, preview, doctor, status and init look and write nothing; a dry run
// neither.
func TestLookingVerbs(t *testing.T) {
	t.Parallel()
	p := newProject(t, peopleSchema, peoplePolicy)
	for _, c := range []struct {
		args []string
		want []string
		hide []string
	}{
		{[]string{"check"}, []string{"the policy covers all 1 tables: 3 columns masked, 2 kept"}, nil},
		{[]string{"check", "--output", "json"}, []string{`"outcome":"covered"`, `"mask":"email"`}, nil},
		{[]string{"preview", "public.people", "--rows", "2"}, []string{"    2 aaaaaa9@aaaa.aaaaaaa.aa  →  ", "@example.", "3 of 5 columns masked", "email  (email, by subject public.people)"}, []string{"real.example.io", "secret"}},
		{[]string{"preview", "public.people", "public.people", "--rows", "1", "--output", "json"}, []string{`[{"table":"public.people"`, `,{"table":"public.people"`}, []string{"real.example.io", "secret"}},
		{[]string{"preview", "public.people", "--rows", "1", "--table"}, []string{"note*", "@exa", "9999-99-99"}, []string{"real.example.io", "secret"}},
		{[]string{"policy", "coverage"}, []string{"public.people  3 masked, 2 kept", "masks       email, full_name, null", "3 columns masked, 2 kept, 0 lines to review"}, []string{"real.example.io"}},
		{[]string{"doctor"}, []string{"source: PostgreSQL", "target: PostgreSQL", "space: "}, nil},
		{[]string{"status"}, []string{"there is no staging"}, nil},
		{[]string{"generations", "--output", "json"}, []string{"[]"}, nil},
		{[]string{"init"}, []string{"public.people", "email: email", "full_name: full_name"}, []string{"real.example.io"}},
		{[]string{"refresh", "--dry-run"}, []string{"dry run: everything checked"}, nil},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			r := p.ok(c.args...)
			for _, want := range c.want {
				if !strings.Contains(r.stdout, want) {
					t.Errorf("no %q in\n%s%s", want, r.stdout, r.stderr)
				}
			}
			for _, hide := range c.hide {
				if strings.Contains(r.stdout+r.stderr, hide) {
					t.Errorf("%q in\n%s%s", hide, r.stdout, r.stderr)
				}
			}
		})
	}
	p.fails(2, "works on a terminal only", "preview", "public.people", "--show-originals")
	if left := p.databases(); len(left) != 0 {
		t.Errorf("looking has created %q", left)
	}
}

// init's proposal passes check as it is, and masks what it says.
func TestInitThenRefresh(t *testing.T) {
	t.Parallel()
	p := newProject(t, peopleSchema, "")
	if err := os.Remove(filepath.Join(p.dir, "policy.yaml")); err != nil {
		t.Fatal(err)
	}
	p.ok("init", "-o", "policy.yaml")
	written := p.read("policy.yaml")
	if out := p.ok("init", "-o", "policy.yaml").stdout; !strings.Contains(out, "nothing to add") || p.read("policy.yaml") != written {
		t.Errorf("init touched a complete policy: %s", out)
	}
	p.refresh()
	if got := one(t, p.staging(), `SELECT count(*) FROM people WHERE email LIKE '%real%' OR full_name LIKE 'Real%' OR note LIKE 'secret%'`); got != "0" {
		t.Errorf("%s rows still have original values", got)
	}
}

// A short unique number is enciphered where all values seen are written in the
// cipher's alphabet, and left to a person where they are not: a proposal must
// not stop at a value that init has seen. Few values that a unique index keeps
// equal are waived, for review.
func TestInitLooksBeforeItEnciphers(t *testing.T) {
	t.Parallel()
	p := newProject(t, `
		CREATE TABLE firms (tax_number varchar(11) PRIMARY KEY);
		INSERT INTO firms SELECT 'v' || n FROM generate_series(1, 60) n;
		CREATE TABLE travellers (passport varchar(10) PRIMARY KEY);
		INSERT INTO travellers SELECT (10000000 + n)::text FROM generate_series(1, 60) n;
		CREATE TABLE visits (ssn varchar(9), day integer, PRIMARY KEY (ssn, day));
		INSERT INTO visits SELECT (100000000 + n % 5)::text, n FROM generate_series(1, 500) n;
		ANALYZE;`, "")
	if err := os.Remove(filepath.Join(p.dir, "policy.yaml")); err != nil {
		t.Fatal(err)
	}
	p.ok("init", "-o", "policy.yaml")
	for _, want := range []string{"tax_number: keep", "passport: { mask: fpe_ff1", "rule: kept_personal, on: 'public.firms.tax_number'", "rule: frequency, on: 'public.visits.ssn'"} {
		if written := p.read("policy.yaml"); !strings.Contains(written, want) {
			t.Errorf("no %q in\n%s", want, written)
		}
	}
	p.ok("check")
	p.refresh()
}

// --report writes the same report that --output json ends with, of a failure too.
func TestReportFile(t *testing.T) {
	t.Parallel()
	p := newProject(t, peopleSchema, strings.Replace(peoplePolicy, "keep: [id, joined]", "keep: [id]", 1))
	r := p.fails(3, "", "refresh", "--output", "json", "--report", "reports")
	text, err := os.ReadFile(filepath.Join(p.dir, "reports", "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Outcome string `json:"outcome"`
		Error   struct {
			ExitCode int `json:"exit_code"`
		} `json:"error"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if file.Outcome != "failed" || file.Error.ExitCode != 3 {
		t.Errorf("report.json: %s", text)
	}
	if run := p.lastReport(r); run.Outcome != "failed" || run.Error == nil || run.Error.ExitCode != 3 {
		t.Errorf("last line: %s", r.stdout)
	}
}

// The report's page stands beside its JSON, and loads nothing; so does the
// page of the policy's coverage, which counts what is still to be reviewed.
func TestPages(t *testing.T) {
	t.Parallel()
	p := newProject(t, peopleSchema+`CREATE TABLE "<b>odd" (id int PRIMARY KEY, phone text, "<i>x" text); INSERT INTO "<b>odd" VALUES (1, '+1 212 555 9999', 'Real');`,
		peoplePolicy+`  public."<b>odd": # review: whose rows are these?
    keep:
      - id
      - phone # review: said to be the shop's own
    columns:
      "<i>x": full_name # review: text of unknown content
`+"waive:\n  - { rule: kept_personal, on: '*phone', reason: it is <u>the shop's</u> own }\n")
	p.refresh("--report", "reports")
	page := p.read("reports/report.html")
	for _, want := range []string{"published", "&lt;b&gt;odd", "&lt;i&gt;x", "every rule changes something", "pseudonymisation", "public.people", "it is &lt;u&gt;the shop"} {
		if !strings.Contains(page, want) {
			t.Errorf("report.html: no %q", want)
		}
	}
	for _, hide := range []string{"<b>odd", "<i>x", "http:", "https:", "<script", "real.example.io", "555"} {
		if strings.Contains(page, hide) {
			t.Errorf("report.html: %q", hide)
		}
	}
	var c report.Coverage
	if err := json.Unmarshal([]byte(p.ok("policy", "coverage", "--output", "json", "--html", "coverage.html").stdout), &c); err != nil {
		t.Fatal(err)
	}
	if c.Masked != 4 || c.Kept != 4 || c.Review != 2 || len(c.Lines) != 3 || len(c.Tables) != 2 {
		t.Errorf("coverage: %+v", c)
	}
	for _, tc := range c.Tables {
		if tc.Name == `public."<b>odd"` && (tc.Review != 2 || !slices.Equal(tc.Exposed, []string{"phone"})) {
			t.Errorf("%+v", tc)
		}
	}
	if page := p.read("coverage.html"); !strings.Contains(page, "3 lines to review") || strings.Contains(page, "<b>odd") {
		t.Errorf("coverage.html: %s", page)
	}
	for line := range strings.Lines(p.ok("policy", "coverage").stdout + p.ok("preview", "public.people", `public."<b>odd"`).stdout) {
		if runewidth.StringWidth(strings.TrimRight(line, "\n")) > 80 {
			t.Errorf("wider than a terminal: %q", line)
		}
	}
}
