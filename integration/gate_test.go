package integration

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/internal/pgtest"
)

// A gated project holds a refresh up in the middle of a table, for exactly as
// long as a fault takes to be brought about: one column is masked by a function
// of the source that waits for an advisory lock of the test at one row.
// The samples of the pre-solve, from both ends of the table, do not meet it.
// The canaries make every fault a test of leaks too.
const gateSchema = `
CREATE FUNCTION gate(n bigint, v text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	IF n = 10000 THEN PERFORM pg_catalog.pg_advisory_xact_lock_shared(7); END IF;
	RETURN v;
END $$;
CREATE TABLE people (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	email text NOT NULL UNIQUE,
	full_name text NOT NULL,
	note text
);
INSERT INTO people (email, full_name, note)
SELECT 'person' || n || '@real.example.io', 'Real Person ' || n, repeat('x', 60) FROM generate_series(1, 20000) n;
CREATE TABLE visits (id bigint PRIMARY KEY, person bigint NOT NULL REFERENCES people, at timestamptz NOT NULL);
INSERT INTO visits SELECT n, n, '2024-01-01'::timestamptz + n * interval '1 minute' FROM generate_series(1, 100) n;
` + canaryTypes + `
ANALYZE;
`

const gatePolicy = `version: 1
tables:
  public.people:
    subject: id
    keep: [id]
    columns:
      email: email
      full_name: full_name
      note: { mask: sql, expression: "public.gate(id, 'note')" }
  public.visits:
    keep: [id, person, at]
` + canaryRules

// content tells one state of staging from any other.
const content = `SELECT md5(string_agg(p::text, ',' ORDER BY id)) || (SELECT count(*) FROM visits) FROM people p`

// glance is a part of content that a witness can ask for all the time.
const glance = `SELECT md5(string_agg(v::text, ',' ORDER BY id)) || (SELECT md5(string_agg(p::text, ',' ORDER BY id)) FROM people p
	WHERE id IN (1, 2, 9999, 10000, 10001, 20000)) FROM visits v`

type gated struct {
	*project
	gate    *pgx.Conn
	before  string // content of staging
	witness *witness
}

// newGated makes a gated project whose staging serves a first generation, with
// the gate shut for the next one. Tables are loaded one after another, people
// first.
func newGated(t testing.TB, config ...string) *gated {
	t.Helper()
	return newGatedOn(t, pgtest.Source(t), pgtest.Target(t), config...)
}

func newGatedOn(t testing.TB, src, dst *pgtest.Server, config ...string) *gated {
	t.Helper()
	g := &gated{project: newProjectOn(t, src, dst, gateSchema, gatePolicy, config...)}
	g.refresh()
	g.before = one(t, g.staging(), content)
	g.witness = g.watch(glance)
	execute(t, g.source, `INSERT INTO visits VALUES (101, 1, '2025-01-01')`) // what the next generation will show
	g.gate = src.Conn(t, g.source)
	g.shut()
	return g
}

func (g *gated) shut() {
	g.t.Helper()
	if _, err := g.gate.Exec(g.t.Context(), `SELECT pg_advisory_lock(7)`); err != nil {
		g.t.Fatal(err)
	}
}

func (g *gated) open() {
	g.t.Helper()
	if _, err := g.gate.Exec(g.t.Context(), `SELECT pg_advisory_unlock(7)`); err != nil {
		g.t.Fatal(err)
	}
}

const atGate = `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 7 AND NOT granted
	AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`

// midLoad starts a refresh and returns when it stands in the middle of a table:
// half of it is on its way to the target.
func (g *gated) midLoad(args ...string) *process {
	g.t.Helper()
	x := g.start(append([]string{"refresh", "--output", "json", "--target-load-jobs", "1"}, args...)...)
	g.arrives(x)
	return x
}

// arrives waits for a refresh to stand at the gate.
func (g *gated) arrives(x *process) {
	g.t.Helper()
	x.awaits("the refresh at the gate", func() bool { return one(g.t, g.source, atGate) != "0" })
	x.awaits("a COPY on the target", func() bool {
		return one(g.t, g.target.URL("postgres"), `SELECT count(*) FROM pg_stat_progress_copy c JOIN pg_database d ON d.oid = c.datid
			WHERE starts_with(d.datname, $1 || '__u')`, g.name) != "0"
	})
}

// unharmed demands that staging serves its old content, and that it can be
// written.
func (g *gated) unharmed() {
	g.t.Helper()
	if now := one(g.t, g.staging(), content); now != g.before {
		g.t.Error("staging has changed")
	}
	execute(g.t, g.staging(), `BEGIN; INSERT INTO visits VALUES (-1, 1, now()); ROLLBACK`)
}

// recovers opens the gate and demands that the next refresh publishes all rows
// and leaves nothing behind but what belongs to the generations.
func (g *gated) recovers() {
	g.t.Helper()
	g.open()
	g.publishes(g.refresh().Generation)
}

// publishes demands that staging is the given generation, with all rows.
func (g *gated) publishes(generation int) {
	g.t.Helper()
	if got := one(g.t, g.staging(), `SELECT (SELECT count(*) FROM people) || ' ' || (SELECT count(*) FROM visits WHERE id = 101)
		|| ' ' || (SELECT count(*) FROM people WHERE email LIKE '%@real%' OR note <> 'note')`); got != "20000 1 0" {
		g.t.Errorf("people, the new visit, leaks: %s", got)
	}
	g.tidy(generation)
}

// tidy demands that the target holds staging, its pristine, one previous
// generation and nothing else of this staging.
func (p *project) tidy(generation int) {
	p.t.Helper()
	var previous int
	for _, db := range p.databases() {
		switch {
		case db == p.name, db == generationName(p.name, generation):
		case strings.HasSuffix(db, "_live") && previous == 0:
			previous++
		default:
			p.t.Errorf("left over: %s", db)
		}
	}
}
