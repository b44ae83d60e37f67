package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/understudy-db/understudy/internal/pgtest"
)

// The schemas of testdata/discovery are labelled: a column's line ends in
// "-- class", and without one it identifies nobody. Those in tune were looked
// at while the lexicons were written, those in holdout were labelled before and
// only scored.

// found is one object of init --output json.
type found struct {
	Schema, Table, Column, Type, Class string
	Confidence                         float64
	Evidence                           []string
}

// guesses are what init says of a database, without any file around.
func guesses(t *testing.T, url string, args ...string) []found {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path, append([]string{"init", "--source", url, "--output", "json"}, args...)...)
	c.Dir = t.TempDir()
	var stdout, stderr bytes.Buffer
	c.Stdout, c.Stderr = &stdout, &stderr
	if err := c.Run(); err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	var out []found
	d := json.NewDecoder(&stdout)
	if err := d.Decode(&out); err != nil {
		t.Fatalf("no array on standard output: %v", err)
	}
	if d.More() {
		t.Fatal("more than one array on standard output")
	}
	return out
}

// scores count right and wrong answers for one class.
type scores struct{ hit, extra, missed int }

func (s scores) labelled() int      { return s.hit + s.missed }
func (s scores) precision() float64 { return ratio(s.hit, s.hit+s.extra) }
func (s scores) recall() float64    { return ratio(s.hit, s.hit+s.missed) }
func (s scores) f(beta float64) float64 {
	p, r := s.precision(), s.recall()
	if p+r == 0 {
		return 0
	}
	return (1 + beta*beta) * p * r / (beta*beta*p + r)
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

type scoreboard struct {
	columns, review int
	by              map[string]*scores
}

func newScoreboard() *scoreboard { return &scoreboard{by: map[string]*scores{}} }

func (b *scoreboard) of(class string) *scores {
	if b.by[class] == nil {
		b.by[class] = &scores{}
	}
	return b.by[class]
}

func (b *scoreboard) add(want, got string, confidence float64) {
	b.columns++
	if confidence >= 0.3 && confidence < 0.7 {
		b.review++
	}
	if want == got {
		b.of(want).hit++
		return
	}
	b.of(want).missed++
	b.of(got).extra++
}

// over sums classes; without any, all but none.
func (b *scoreboard) over(classes ...string) scores {
	var out scores
	for class, s := range b.by {
		if class != "none" && (len(classes) == 0 || slices.Contains(classes, class)) {
			out.hit, out.extra, out.missed = out.hit+s.hit, out.extra+s.extra, out.missed+s.missed
		}
	}
	return out
}

// enough is how often a class has to be labelled for its score to count.
const enough = 12

func (b *scoreboard) macroF1() float64 {
	sum, n := 0.0, 0
	for class, s := range b.by {
		if class != "none" && s.labelled() >= enough {
			sum, n = sum+s.f(1), n+1
		}
	}
	return sum / float64(n)
}

func (b *scoreboard) String() string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "class\tlabelled\tprecision\trecall\tF1\t")
	var names []string
	for name := range b.by {
		names = append(names, name)
	}
	sort.Strings(names)
	row := func(name string, s scores) {
		fmt.Fprintf(w, "%s\t%d\t%.3f\t%.3f\t%.3f\t\n", name, s.labelled(), s.precision(), s.recall(), s.f(1))
	}
	for _, name := range names {
		row(name, *b.by[name])
	}
	row("direct", b.over(directClasses...))
	row("all but none", b.over())
	w.Flush()
	fmt.Fprintf(&out, "F2 %.3f, macro-F1 %.3f, review band %.1f %% of %d columns", b.over().f(2), b.macroF1(), 100*ratio(b.review, b.columns), b.columns)
	return out.String()
}

// directClasses point at a person by themselves.
var directClasses = []string{"email", "phone", "person_name", "username", "address", "national_id", "credit_card", "iban", "ip"}

var notEnglish = []string{"hibernate_de", "handmade_fr", "telecom_es", "br_pt", "flat_eu", "schools_eu", "found_eu", "found_south", "it", "nl",
	"hrpay", "melderegister", "pt_saude", "br_rh", "es_ayto", "fr_assoc", "it_banca", "nl_zorg", "pl_sklep", "hibernate_hotel", "mx_tienda", "fr_mairie",
	"it_scuola", "br_loja", "es_clinica", "nl_verzekering", "pl_przychodnia", "police", "logistics", "carrental", "housing", "kita"}

// TestDiscovery scores init --schema-only on schemas of several styles and languages.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	boards := map[string]*scoreboard{"tune": newScoreboard(), "holdout": newScoreboard(), "all": newScoreboard(), "not English": newScoreboard()}
	var all strings.Builder
	labels, partOf := map[string]string{}, map[string]string{}
	for _, part := range []string{"tune", "holdout"} {
		paths, err := filepath.Glob("testdata/discovery/" + part + "/*.sql")
		if err != nil || len(paths) < 4 {
			t.Fatalf("%d schemas: %v", len(paths), err)
		}
		for _, path := range paths {
			name := strings.TrimSuffix(filepath.Base(path), ".sql")
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			partOf[name] = part
			labelsOf(t, name, string(text), labels)
			fmt.Fprintf(&all, "CREATE SCHEMA %s; SET search_path TO %[1]s;\n%s\n", name, text)
		}
	}
	p := newProject(t, all.String(), "")
	for _, g := range guesses(t, p.origin.URL(pgtest.DatabaseOf(p.source)), "--schema-only") {
		name, part := g.Schema+"."+g.Table+"."+g.Column, partOf[g.Schema]
		want, ok := labels[name]
		if !ok {
			t.Fatalf("no label for %s", name)
		}
		delete(labels, name)
		if said := fmt.Sprintf("%s %s: %s (%.2f: %s)", name, g.Type, g.Class, g.Confidence, strings.Join(g.Evidence, "; ")); part == "tune" && want != g.Class {
			t.Logf("%s, want %s", said, want)
		} else if part == "tune" && g.Confidence < 0.7 {
			t.Logf("unsure: %s", said)
		}
		boards[part].add(want, g.Class, g.Confidence)
		boards["all"].add(want, g.Class, g.Confidence)
		if slices.Contains(notEnglish, g.Schema) {
			boards["not English"].add(want, g.Class, g.Confidence)
		}
	}
	if len(labels) > 0 {
		t.Errorf("nothing said about %v", labels)
	}
	for _, part := range []string{"tune", "holdout", "all", "not English"} {
		t.Logf("%s:\n%s", part, boards[part])
	}
	for part, b := range boards {
		atLeast := func(what string, got, want float64) {
			if got < want {
				t.Errorf("%s: %s %.3f, want at least %.2f", part, what, got, want)
			}
		}
		direct, all := b.over(directClasses...), b.over()
		atLeast("recall of direct classes", direct.recall(), 0.90)
		atLeast("precision of direct classes", direct.precision(), 0.80)
		atLeast("F1", all.f(1), 0.84)
		atLeast("F2", all.f(2), 0.86)
		atLeast("macro-F1", b.macroF1(), 0.82)
		for class, s := range b.by {
			switch {
			case s.labelled() < enough:
			case slices.Contains([]string{"email", "phone", "ip", "postal_code", "birth_date", "geo", "secret_token", "password_hash"}, class):
				atLeast("F1 of "+class, s.f(1), 0.90)
			case slices.Contains([]string{"address", "city", "username", "national_id", "person_name"}, class):
				atLeast("F1 of "+class, s.f(1), 0.78)
			case class == "free_text", class == "json_may_contain_pii":
				atLeast("recall of "+class, s.recall(), 0.80)
			}
		}
		atLeast("share of columns outside the review band", 1-ratio(b.review, b.columns), 0.88)
	}
	if got := boards["not English"].over().recall(); got < 0.80 {
		t.Errorf("recall of schemas that are not English %.3f, want at least 0.80", got)
	}

	// What init proposes for all of them covers them, and passes every check.
	p.write("policy.yaml", "version: 1\n")
	p.ok("init", "--schema-only", "-o", "policy.yaml")
	p.ok("check")
	var again []found
	if err := json.Unmarshal([]byte(p.ok("init", "--schema-only", "--output", "json", "-o", "other.yaml").stdout), &again); err != nil || len(again) != boards["all"].columns {
		t.Errorf("%d objects beside a file: %v", len(again), err)
	}
	first := p.read("policy.yaml")
	if p.read("other.yaml") == "" {
		t.Error("no file beside the JSON")
	}
	if out := p.ok("init", "--schema-only", "-o", "policy.yaml").stdout; !strings.Contains(out, "nothing to add") || p.read("policy.yaml") != first {
		t.Errorf("a second init added something: %s", out)
	}
}

var (
	tableLine  = regexp.MustCompile(`^CREATE TABLE "?([^" (]+)"? \((.*)$`)
	columnLine = regexp.MustCompile(`^\s*"?([^" ]+)"? [^-]*?(?:-- ([a-z_]+))?$`)
)

// labelsOf reads the labels off a schema, by schema.table.column.
func labelsOf(t *testing.T, name, schema string, out map[string]string) {
	t.Helper()
	table := ""
	for i, line := range strings.Split(schema, "\n") {
		if m := tableLine.FindStringSubmatch(line); m != nil {
			table, line = m[1], strings.TrimSuffix(strings.TrimSpace(m[2]), ",")
		}
		if line = strings.TrimSpace(line); line == "" || line == ");" || strings.HasPrefix(line, "--") {
			continue
		}
		m := columnLine.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("line %d: %s", i+1, line)
		}
		label := m[2]
		if label == "" {
			label = "none"
		}
		if !slices.Contains(classNames, label) {
			t.Fatalf("line %d: no class %q", i+1, label)
		}
		out[name+"."+table+"."+m[1]] = label
	}
}

// classNames are the classes that init --output json may print.
var classNames = []string{"email", "phone", "person_name", "username", "address", "postal_code", "city", "geo", "birth_date", "national_id", "credit_card", "iban", "ip", "mac",
	"url_profile", "password_hash", "secret_token", "free_text", "json_may_contain_pii", "none"}

// TestDiscoveryOfValues: rows are sampled unless told otherwise, also of
// columns that are mostly NULL and of partitions; what is found is told in
// shares, never as a value; --schema-only needs no right to read a row.
func TestDiscoveryOfValues(t *testing.T) {
	t.Parallel()
	s := pgtest.Source(t)
	url := s.Database(t, `
		CREATE TABLE things (id integer PRIMARY KEY, c1 text, c2 varchar(60), c3 text, c4 jsonb, c5 text[], c6 numeric, c7 text, email text, filler text);
		INSERT INTO things SELECT i,
			CASE WHEN i % 100 = 7 THEN 'who' || i || '@secret.example.io' ELSE 'bolt ' || i END,
			CASE WHEN i % 2000 = 9 THEN 'GB33BUKB20201555555555' END,
			'10.20.' || i % 200 || '.77', jsonb_build_object('mail', 'who' || i || '@secret.example.io'),
			ARRAY['who' || i || '@secret.example.io'], i, CASE WHEN i % 3 = 0 THEN 'a sentence with quite a few words' END,
			'nothing ' || i, repeat('x', 60)
			FROM generate_series(1, 30000) i;
		CREATE TABLE parts (k integer, c1 text) PARTITION BY RANGE (k);
		CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
		INSERT INTO parts SELECT i % 10, '+49 151 2345' || 1000 + i FROM generate_series(1, 100) i;
		CREATE TABLE empty (c1 text);
		ANALYZE;`)
	want := map[string]string{
		"things.id": "none", "things.c1": "email", "things.c2": "iban", "things.c3": "ip", "things.c4": "json_may_contain_pii", "things.c5": "email", "things.c6": "none",
		"things.c7": "free_text", "things.email": "email", "things.filler": "none", "parts.k": "none", "parts.c1": "phone", "empty.c1": "none",
	}
	for _, g := range guesses(t, url) {
		name := g.Table + "." + g.Column
		evidence := strings.Join(g.Evidence, "; ")
		if g.Class != want[name] {
			t.Errorf("%s: %s (%.2f: %s), want %s", name, g.Class, g.Confidence, evidence, want[name])
		}
		if name == "things.email" && g.Confidence >= 0.9 {
			t.Errorf("%s: %.2f, and no value is one: %s", name, g.Confidence, evidence)
		}
		if strings.Contains(evidence, "secret.example") || strings.Contains(evidence, "GB33") {
			t.Errorf("%s: the evidence shows a value: %s", name, evidence)
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("nothing said about %v", want)
	}

	role, password := s.Role(t, "LOGIN")
	blind := s.URLFor(role, password, pgtest.DatabaseOf(url))
	for _, g := range guesses(t, blind, "--schema-only") {
		if g.Table == "things" && g.Column == "c1" && g.Class != "none" {
			t.Errorf("%s without reading a row: %v", g.Class, g.Evidence)
		}
	}
	if n := len(guesses(t, blind)); n != 13 {
		t.Errorf("%d columns without the right to read", n)
	}
}
