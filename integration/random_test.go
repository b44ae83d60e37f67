package integration

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/transform"
	"github.com/understudy-db/understudy/transform/mask"
)

// fittingRules are rules that columns of a kind take, as far as the kind
// decides about it.
var fittingRules = map[mask.Kind][]string{
	mask.Text: {
		"full_name", "first_name", "last_name", "middle_name", "name_prefix", "job_title", "email", "username", "phone", "address", "street", "postal_code", "city", "region", "country", "company",
		"text", "url", "hostname", "file_name", "token", "pseudonym", "redact", "json", "xml", "shift_date", "birth_date", "credit_card", "iban", "sex", "national_id", "password_hash",
		"{ mask: generalize, prefix: 2 }", "{ mask: email, domain: mail }", "{ mask: pseudonym, domain: words, length: 24 }", "{ mask: partial, last: 4 }",
		`{ mask: pattern, pattern: "[A-Z]{3}-\\d{4}" }`, `{ mask: replace, find: "[0-9]+", with: "0" }`, "{ mask: choice, values: [free, pro, team] }", "{ mask: gofakeit, function: carmodel }",
		"{ mask: city, shape: source }",
	},
	mask.Int: {
		"redact", "{ mask: permute, max: 30000 }", "{ mask: permute, min: -32000, max: 32000 }", "{ mask: generalize, step: 10 }", "phone",
		"{ mask: noise, ratio: 0.2 }", "{ mask: random, min: 1, max: 100 }", "{ mask: choice, values: [1, 2, 3] }", "credit_card",
	},
	mask.Numeric:     {"redact", "{ mask: generalize, step: 10 }", "{ mask: permute, max: 900 }", "{ mask: noise, ratio: 0.2 }", "{ mask: noise, by: 3 }", "{ mask: random, min: 0, max: 9 }", "latitude"},
	mask.Float:       {"redact", "{ mask: generalize, step: 10 }", "{ mask: noise, ratio: 0.1 }", "longitude", "{ mask: random, min: 0, max: 1 }"},
	mask.Bool:        {"redact", "{ mask: random }", "{ mask: choice, values: [true, false] }"},
	mask.Date:        {"shift_date", "redact", "{ mask: generalize, to: month }", "birth_date", "{ mask: noise, by: 5 }"},
	mask.Timestamp:   {"shift_date", "redact", "{ mask: generalize, to: year }", "{ mask: noise, by: 3 }", "birth_date"},
	mask.TimestampTZ: {"shift_date", "redact", "{ mask: generalize, to: hour }", "{ mask: noise, by: 3 }"},
	mask.Time:        {"redact"},
	mask.UUID:        {"uuid", "redact", "pseudonym"},
	mask.Inet:        {"ip", "{ mask: ip, family: ipv6 }", "redact"},
	mask.MAC:         {"mac", "redact"},
	mask.JSON:        {"json", "redact", "{ mask: json, keys: mask }"},
	mask.JSONB:       {"json", "redact", "{ mask: json, keys: keep }", "{ mask: json, paths: { $.name: full_name, '$.**': text } }"},
	mask.Bytea:       {"redact", "token", "pseudonym", "password_hash"},
	mask.Enum:        {"redact", "choice"},
	mask.XML:         {"redact", "xml"},
	mask.Point:       {"redact", "geo_point"},
	mask.Array:       {"redact", "{ mask: array, of: redact }", "{ mask: array, of: full_name }", "{ mask: array, of: { mask: permute, max: 30000 } }", "{ mask: array, of: shift_date }", "{ mask: array, of: { mask: noise, ratio: 0.2 } }", "'null'"},
	mask.Composite:   {"redact", "'null'"},
	mask.Hstore:      {"hstore", "redact"},
	mask.Range:       {"shift_date", "redact", "{ mask: permute, max: 900 }"},
	mask.Multirange:  {"shift_date", "redact"},
	mask.Other:       {"'null'", "{ mask: sql, expression: 'NULL' }"},
}

// draft is a policy in the making: a rule for each column, empty to keep it.
type draft struct {
	tables map[string]map[string]string
}

func (d *draft) yaml(more string) string {
	quote := func(s string) string {
		b, err := json.Marshal(s)
		if err != nil {
			panic(err)
		}
		return string(b)
	}
	var b strings.Builder
	b.WriteString("version: 1\ntables:\n")
	for _, table := range slices.Sorted(maps.Keys(d.tables)) {
		var keep, columns []string
		for _, c := range slices.Sorted(maps.Keys(d.tables[table])) {
			if rule := d.tables[table][c]; rule == "" {
				keep = append(keep, quote(c))
			} else {
				columns = append(columns, quote(c)+": "+rule)
			}
		}
		fmt.Fprintf(&b, "  %s: { keep: [%s], columns: { %s } }\n", quote(table), strings.Join(keep, ", "), strings.Join(columns, ", "))
	}
	return b.String() + more
}

// TestRandomMasks draws rules for all columns of all odd schemas. What the
// check of the policy refuses is kept instead; the refresh then passes, or
// refuses the rows of a table by name, and gets through without its rules.
// UNDERSTUDY_TEST_SEED repeats one draw.
func TestRandomMasks(t *testing.T) {
	t.Parallel()
	heavy(t)
	seeds := seedsOr(t, 1, 2, 3)
	schema, roles := oddSchemas(t)
	source := pgtest.Source(t).Database(t, schema)
	cat := readCatalog(t, source)
	for _, seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			p := newCopy(t, copyOptions{source: source, reader: "BYPASSRLS", roles: roles})
			p.randomMasks(cat, rand.New(rand.NewPCG(seed, 1)), "")
		})
	}
}

// seedsOr are what UNDERSTUDY_TEST_SEED says, or these.
func seedsOr(t *testing.T, seeds ...uint64) []uint64 {
	t.Helper()
	if text := os.Getenv("UNDERSTUDY_TEST_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return []uint64{seed}
	}
	return seeds
}

func readCatalog(t *testing.T, url string) *catalog.Catalog {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	cat, err := catalog.Read(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

// randomMasks refreshes with rules at random; more are lines of the policy.
func (p *project) randomMasks(cat *catalog.Catalog, r *rand.Rand, more string) {
	t := p.t
	t.Helper()
	d := &draft{tables: map[string]map[string]string{}}
	byWhere := map[string]func() bool{} // keeps what a problem is told of; tells whether that is new
	for _, tab := range cat.Tables {
		if tab.Partition != nil || tab.Extension != "" || tab.Kind != catalog.Ordinary && tab.Kind != catalog.Partitioned {
			continue
		}
		columns := map[string]string{}
		for _, c := range tab.CopyColumns() {
			name, rule := catalog.QuoteIdent(c.Name), ""
			rules := fittingRules[transform.KindOf(c.Type)]
			if len(rules) == 0 {
				rules = fittingRules[mask.Other]
			}
			if r.IntN(3) > 0 {
				rule = rules[r.IntN(len(rules))]
			}
			columns[name] = rule
			byWhere[tab.Name.String()+"."+catalog.Display(c.Name)] = func() bool {
				was := columns[name]
				columns[name] = ""
				return was != ""
			}
		}
		d.tables[tab.Name.SQL()] = columns
		all := func() (changed bool) {
			for name, rule := range columns {
				changed = changed || rule != ""
				columns[name] = ""
			}
			return changed
		}
		byWhere[tab.Name.String()] = all
		for _, other := range cat.Tables {
			if other.Root() == tab {
				byWhere[other.Name.String()] = all
			}
		}
	}
	bind := func() {
		t.Helper()
		for range 50 {
			p.write("policy.yaml", d.yaml("large_objects: none\n"+more))
			policy, err := policies.LoadPolicy([]string{filepath.Join(p.dir, "policy.yaml")}, policies.PolicyOptions{})
			if err == nil {
				_, err = policy.Bind(cat, policies.BindOptions{})
			}
			var problems policies.Problems
			if err == nil {
				return
			}
			if !errors.As(err, &problems) {
				t.Fatal(err)
			}
			changed := false
			for _, problem := range problems {
				if keep := byWhere[problem.Where]; keep != nil && keep() {
					changed = true
					continue
				}
				for where, keep := range byWhere { // the other end of a foreign key
					changed = strings.Contains(problem.Msg+problem.Hint, where) && keep() || changed
				}
			}
			if !changed {
				t.Fatalf("no way to please the check:\n%v", err)
			}
		}
		t.Fatal("the check is not pleased")
	}
	bind()
	for range 50 {
		x := p.run("refresh", "--output", "json")
		run := p.lastReport(x)
		switch x.code {
		case 0:
			masked := int64(0)
			for _, tab := range run.Tables {
				for _, c := range tab.Columns {
					masked += c.Changed
				}
			}
			t.Logf("%d tables, %d masked values", run.Totals.Tables, masked)
			return
		case 3, 5:
			t.Logf("refused: %s", run.Error.Message)
			found := false
			for where, keep := range byWhere {
				found = strings.Contains(run.Error.Message+run.Error.Where, where) && keep() || found
			}
			if !found {
				t.Fatalf("the refusal names no table:\n%s", x.stderr)
			}
			bind()
		default:
			t.Fatalf("exit %d\n%s\n%s", x.code, x.stderr, p.read("policy.yaml"))
		}
	}
	t.Fatal("no end of refusals")
}
