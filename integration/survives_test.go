package integration

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/report"
)

// TestSurvives refreshes the odd schemas of testdata/survives/*.txtar under
// masks. Sections of an archive:
//
//	schema.sql    makes the source; {{app}} is a role that the target lacks
//	prepare       statements that come before it, each on its own
//	*.yaml        {{wide: MASK}} is that rule for 1600 columns c1, c2, …
//	policy.yaml   without it everything is kept
//	config        "major N": needs that version; "reader ATTRIBUTES" of the source role
//	refused       exit code, then lines of what standard error has to say
//	remedy.yaml   the policy that the refusal's way out leads to
//	same          queries that give the same on source and staging
//	staging       queries with their results in staging: query => result
//	skipped       what the report must say is left out: object: part of the reason
//	warnings      lines of which some warning has to hold each
//	cleanup       statements that the source needs before it can be dropped
//
// The schema of staging must equal the source's unless the archive says that
// something is left out.
func TestSurvives(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/survives/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			a := survivor{}
			for _, f := range archive.Files {
				a[f.Name] = wideRules.ReplaceAllStringFunc(string(f.Data), func(s string) string {
					var rules []string
					for n := range 1600 {
						rules = append(rules, fmt.Sprintf("c%d: %s", n+1, wideRules.FindStringSubmatch(s)[1]))
					}
					return "{ " + strings.Join(rules, ", ") + " }"
				})
			}
			a.run(t)
		})
	}
}

// controls are characters that could steer a terminal.
var controls = regexp.MustCompile(`[\x00-\x08\x0b-\x1f\x7f\x{80}-\x{9f}\x{202a}-\x{202e}]`)

var wideRules = regexp.MustCompile(`\{\{wide: (\w+)\}\}`)

// survivor is the sections of one archive.
type survivor map[string]string

func (a survivor) lines(section string) []string {
	var out []string
	for _, line := range strings.Split(a[section], "\n") {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

func (a survivor) run(t *testing.T) {
	src := pgtest.Source(t)
	var reader string
	for _, line := range a.lines("config") {
		key, value, _ := strings.Cut(line, " ")
		switch key {
		case "major":
			if major, err := strconv.Atoi(value); err != nil || src.Major() < major {
				t.Skipf("the schema needs PostgreSQL %s", value)
			}
		case "reader":
			reader = value
		default:
			t.Fatalf("unknown setting %q", line)
		}
	}
	text := forVersion(a["schema.sql"], src.Major())
	if strings.Contains(text, "{{app}}") {
		role, _ := src.Role(t, "NOLOGIN")
		text = strings.ReplaceAll(text, "{{app}}", role)
	}
	source := src.Database(t, append(a.lines("prepare"), text)...)
	if sql := a.lines("cleanup"); len(sql) > 0 {
		t.Cleanup(func() { execute(t, source, sql...) })
	}
	p := newCopy(t, copyOptions{source: source, reader: reader})
	policy, ok := a["policy.yaml"]
	if !ok {
		policy = keepAll(t, p.source)
	}
	p.write("policy.yaml", policy)

	if refusal := a.lines("refused"); len(refusal) > 0 {
		code, err := strconv.Atoi(refusal[0])
		if err != nil {
			t.Fatal(err)
		}
		r := p.fails(code, "error: ", "refresh")
		for _, want := range refusal[1:] {
			if !strings.Contains(r.stderr, want) {
				t.Errorf("no word of %q:\n%s", want, r.stderr)
			}
		}
		if control := controls.FindString(r.stderr); control != "" {
			t.Errorf("control character %q in the output:\n%q", control, r.stderr)
		}
		if left := p.databases(); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
		remedy, ok := a["remedy.yaml"]
		if !ok {
			return
		}
		p.write("policy.yaml", remedy)
	}
	r := p.ok("refresh", "--report", ".")
	if control := controls.FindString(r.stdout + r.stderr); control != "" {
		t.Errorf("control character %q in the output:\n%q\n%q", control, r.stdout, r.stderr)
	}
	var run report.Run
	if err := json.Unmarshal([]byte(p.read("report.json")), &run); err != nil {
		t.Fatal(err)
	}
	a.check(t, p, &run)
}

func (a survivor) check(t *testing.T, p *project, run *report.Run) {
	for _, q := range a.lines("same") {
		if there, here := strings.Join(rows(t, p.source, q), "\n"), strings.Join(rows(t, p.staging(), q), "\n"); there != here {
			t.Errorf("%s\nsource:  %s\nstaging: %s", q, there, here)
		}
	}
	for _, line := range a.lines("staging") {
		q, want, ok := cutLast(line, " => ")
		if !ok {
			t.Fatalf("no result: %s", line)
		}
		if got := strings.Join(rows(t, p.staging(), q), ","); got != want {
			t.Errorf("%s\n got %s\nwant %s", q, got, want)
		}
	}
	for _, line := range a.lines("skipped") {
		object, reason, _ := cutLast(line, ": ")
		found := false
		for _, s := range run.Skipped {
			found = found || strings.HasPrefix(s.Object, object) && strings.Contains(s.Reason, reason)
		}
		if !found {
			t.Errorf("not reported: %s\nreported are %+v", line, run.Skipped)
		}
	}
	for _, want := range a.lines("warnings") {
		found := false
		for _, w := range run.Warnings {
			found = found || strings.Contains(w, want)
		}
		if !found {
			t.Errorf("no warning of %s among\n%s", want, strings.Join(run.Warnings, "\n"))
		}
	}
	if len(a["skipped"]) == 0 {
		compare(t, "schema", p.sourceSchema(nil), dumpSchema(t, p.target, p.staging(), map[string]string{p.owner: "postgres"}))
	}
	for _, q := range []string{
		`SELECT conrelid::regclass || '.' || conname || convalidated FROM pg_constraint WHERE connamespace::regnamespace::text NOT IN ('_understudy', 'pg_catalog', 'information_schema') AND ` + p.comparable() + ` ORDER BY 1`,
		`SELECT indexrelid::regclass::text || indisvalid FROM pg_index WHERE indrelid >= 16384 AND indrelid NOT IN (SELECT oid FROM pg_class WHERE relnamespace::regnamespace::text IN ('_understudy', 'pg_toast')) ORDER BY 1`,
	} {
		if len(a["skipped"]) > 0 {
			break
		}
		if there, here := strings.Join(rows(t, p.source, q), "\n"), strings.Join(rows(t, p.staging(), q), "\n"); there != here {
			t.Errorf("validity differs\nsource:  %s\nstaging: %s", there, here)
		}
	}
}

// cutLast cuts at the last occurrence of sep.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// What init proposes for the odd schemas, all in one database, is a policy
// that check takes and that a refresh gets through, with every constraint in
// place.
func TestInitOnOddSchemas(t *testing.T) {
	t.Parallel()
	schema, roles := oddSchemas(t)
	p := newCopy(t, copyOptions{source: pgtest.Source(t).Database(t, forVersion(schema, pgtest.Source(t).Major())), reader: "BYPASSRLS", roles: roles})
	if err := os.Remove(filepath.Join(p.dir, "policy.yaml")); err != nil {
		t.Fatal(err)
	}
	p.ok("init", "-o", "policy.yaml")
	p.ok("check")
	p.refresh()
	validity := `SELECT format('%s %s', conrelid::regclass, conname) AS k, convalidated::text AS v FROM pg_constraint WHERE contype <> 'n' AND connamespace IN (SELECT * FROM ours)`
	compare(t, "constraints", pairs(t, p.source, validity), pairs(t, p.staging(), validity))
}
