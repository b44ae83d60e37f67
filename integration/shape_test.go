package integration

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"
)

// The planner guesses about labels of the source's shape what it guesses about
// the source; about labels drawn evenly it is wrong by a factor. The figures
// are printed: go test ./integration -run TestShape -v.
func TestShapeKeepsPlannerEstimates(t *testing.T) {
	t.Parallel()
	const surnames = 2000
	p := newProject(t, `
		CREATE TABLE people AS
		SELECT n AS id, 'Realdata' || floor(exp(u * ln(2000)))::int AS surname, 'Town ' || floor(exp(v * ln(300)))::int AS town
		FROM (SELECT n, ((n::bigint * 7919) % 50000 + 0.5) / 50000 AS u, ((n::bigint * 104729) % 50000 + 0.5) / 50000 AS v FROM generate_series(1, 50000) n) q;
		ALTER TABLE people ADD PRIMARY KEY (id);
		CREATE TYPE plan AS ENUM ('free', 'team', 'firm', 'pro', 'trial', 'gone');
		ALTER TABLE people ADD plan plan, ADD tier text;
		UPDATE people SET plan = CASE WHEN id % 100 < 70 THEN 'free' WHEN id % 100 < 90 THEN 'team' WHEN id % 100 < 99 THEN 'pro' ELSE 'gone' END::plan,
			tier = CASE WHEN id % 1000 < 600 THEN 'Real A' WHEN id % 1000 < 999 THEN 'Real B' ELSE 'Real C' END;
		CREATE TABLE plain AS SELECT id, surname FROM people;
		ALTER TABLE plain ADD PRIMARY KEY (id);
		ANALYZE`, `version: 1
tables:
  public.people:
    keep: [id]
    columns:
      surname: { mask: last_name, shape: source }
      town: { mask: city, shape: source }
      plan: { mask: choice, shape: source }
      tier: { mask: choice, values: [one, two], shape: source }
  public.plain: { keep: [id], columns: { surname: last_name } }
`)
	p.refresh()
	s := p.staging()
	shaped := qErrors(t, p.source, s, "people", "surname", surnames)
	towns := qErrors(t, p.source, s, "people", "town", 300)
	plain := qErrors(t, p.source, s, "plain", "surname", surnames)
	t.Logf("q-error of row estimates by frequency rank, median and worst: surname shaped %.2f %.2f, town shaped %.2f %.2f, surname drawn evenly %.1f %.1f",
		median(shaped), slices.Max(shaped), median(towns), slices.Max(towns), median(plain), slices.Max(plain))
	if m := median(shaped); m > 1.2 {
		t.Errorf("median q-error of a shaped column %.2f, want at most 1.2", m)
	}
	if m := median(towns); m > 1.2 {
		t.Errorf("median q-error of a small shaped column %.2f, want at most 1.2", m)
	}
	if m := median(plain); m < 5 {
		t.Errorf("median q-error of a plain draw %.2f: the test shows nothing", m)
	}
	if got := one(t, s, `SELECT count(DISTINCT surname) FROM people`); len(got) != 4 || got < "1800" || got > "2000" {
		t.Errorf("%s different surnames, want nearly 2000", got)
	}
	// So are those of a list, however many it has.
	shares := func(column string) []float64 {
		var out []float64
		for _, text := range rows(t, s, "SELECT (100 * count(*) / 50000.0)::text FROM people GROUP BY "+column+" ORDER BY count(*) DESC") {
			f, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, f)
		}
		return out
	}
	for column, want := range map[string][]float64{"plan": {70, 20, 9, 1}, "tier": {60.06, 39.94}} {
		got := shares(column)
		if len(got) != len(want) {
			t.Errorf("%s: %v percent, want %v", column, got, want)
			continue
		}
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1 {
				t.Errorf("%s: %v percent, want %v", column, got, want)
			}
		}
	}
	if got := one(t, s, "SELECT count(DISTINCT plan) FROM people WHERE id % 100 < 70"); got != "4" {
		t.Errorf("the most frequent plan becomes %s plans", got)
	}
	// No real value becomes one label: the most frequent one becomes nearly as
	// many as there are.
	most := one(t, p.source, `SELECT string_agg(id::text, ',') FROM people WHERE surname = (SELECT surname FROM people GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)`)
	if got := one(t, s, `SELECT max(n) < 0.2 * sum(n) FROM (SELECT count(*) AS n FROM people WHERE id = ANY (string_to_array($1, ',')::int[]) GROUP BY surname) q`, most); got != one(t, s, "SELECT true") {
		t.Error("more than a fifth of the most frequent surname's people share one fake")
	}
	first := one(t, s, `SELECT md5(string_agg(concat(id, surname, town), ',' ORDER BY id)) FROM people`)
	p.refresh()
	if again := one(t, s, `SELECT md5(string_agg(concat(id, surname, town), ',' ORDER BY id)) FROM people`); again != first {
		t.Error("a second refresh of the same rows drew other labels")
	}
}

// qErrors compares what the planner expects of the values of equal frequency
// rank on both sides, for ranks spread over all values.
func qErrors(t *testing.T, source, staging, table, column string, values int) []float64 {
	t.Helper()
	ctx := context.Background()
	estimates := func(url string) []float64 {
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(ctx)
		if _, err := conn.Exec(ctx, "ANALYZE "+table); err != nil {
			t.Fatal(err)
		}
		rows, _ := conn.Query(ctx, "SELECT "+column+" FROM "+table+" GROUP BY 1 ORDER BY count(*) DESC, 1")
		labels, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		var out []float64
		for i := range 60 {
			label := labels[min(i*values/60, len(labels)-1)]
			var plan []byte
			if err := conn.QueryRow(ctx, "EXPLAIN (FORMAT JSON) SELECT * FROM "+table+" WHERE "+column+" = '"+label+"'").Scan(&plan); err != nil {
				t.Fatal(err)
			}
			var nodes []struct {
				Plan struct {
					Rows float64 `json:"Plan Rows"`
				}
			}
			if err := json.Unmarshal(plan, &nodes); err != nil {
				t.Fatal(err)
			}
			out = append(out, nodes[0].Plan.Rows)
		}
		return out
	}
	a, b := estimates(source), estimates(staging)
	out := make([]float64, len(a))
	for i := range a {
		out[i] = max(a[i]/b[i], b[i]/a[i])
	}
	return out
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}
