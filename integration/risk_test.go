package integration

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/understudy-db/understudy/refresh"
)

// The classes of staging's rows are counted under what rules made of the
// columns: coarser dates, larger classes.
func TestRisk(t *testing.T) {
	t.Parallel()
	policy := func(born string) string {
		return `version: 1
tables:
  public.people:
    keep: [id, "Sex", doc]
    columns: { born: ` + born + ` }
`
	}
	p := newProject(t, `CREATE TABLE people (id int PRIMARY KEY, born date, "Sex" text, doc json);
INSERT INTO people SELECT n, CASE WHEN n <= 90 THEN DATE '1980-01-01' + n ELSE DATE '1990-03-01' END, CASE n % 2 WHEN 0 THEN 'f' ELSE 'm' END, '{}' FROM generate_series(1, 100) n;
INSERT INTO people VALUES (101, '2001-05-05', NULL, '{}')`, policy("{ mask: shift_date, days: 3 }"))
	p.fails(2, "risk takes one table", "policy", "risk", "public.people")
	measure := func(columns string) (r refresh.Risk) {
		t.Helper()
		if err := json.Unmarshal([]byte(p.ok("policy", "risk", "public.people", "--columns", columns, "--output", "json").stdout), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	p.refresh()
	if r := measure("id"); r.Rows != 101 || r.Classes != 101 || r.Smallest != 1 || r.Unique != 101 || r.BelowFive != 1 || r.Marketer != 1 {
		t.Errorf("by the key: %+v", r)
	}
	p.write("policy.yaml", policy("{ mask: generalize, to: year }"))
	p.refresh()
	// 45 of each sex in 1980, 5 of each in 1990, and one alone.
	r := measure("born,Sex")
	if r.Rows != 101 || r.Classes != 5 || r.Smallest != 1 || r.Unique != 1 || math.Abs(r.BelowFive-1.0/101) > 1e-9 || math.Abs(r.BelowEleven-11.0/101) > 1e-9 {
		t.Errorf("by year and sex: %+v", r)
	}
	if r := measure("doc"); r.Classes != 1 || r.Smallest != 101 {
		t.Errorf("by a column without equality: %+v", r)
	}
	p.fails(2, "no such column", "policy", "risk", "public.people", "--columns", "sex")
	p.fails(2, "no such table", "policy", "risk", "public.peeple", "--columns", "born")
}
