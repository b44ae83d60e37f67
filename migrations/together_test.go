package migrations_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/migrations"
)

func inOne(o *migrations.Options) { o.Runner.OneTransaction = true }

// Locks are held from the statement that takes them to the end of the last
// file, and so are they judged.
func TestOneTransaction(t *testing.T) {
	template := pgtest.Target(t).Name(t)
	s := pgtest.Target(t)
	s.Exec(t, "postgres", "CREATE DATABASE "+template)
	t.Cleanup(func() { s.Exec(t, "postgres", "DROP DATABASE "+template) })
	s.Exec(t, template, shop)
	files := map[string]string{
		"1_a.up.sql": "SELECT 1;\nALTER TABLE orders ADD COLUMN c1 int;", "1_a.down.sql": "ALTER TABLE orders DROP COLUMN c1;",
		"2_b.up.sql": "CREATE TABLE fresh (a int);\nSELECT pg_sleep(0.3);", "2_b.down.sql": "DROP TABLE fresh;",
		"3_c.up.sql": "ALTER TABLE fresh ADD b int;\nCREATE INDEX ON customers (name);\nSELECT pg_sleep(0.2);", "3_c.down.sql": "DROP INDEX customers_name_idx; ALTER TABLE fresh DROP b;",
	}
	gates := func(o *migrations.Options) {
		o.Template = template
		o.Gates.MaxReadBlock = 450 * time.Millisecond
		o.Gates.NoFailOn = true
	}
	r := rehearse(t, files, inOne, gates)
	one := r.Together
	if one == nil || one.Status != "applied" || one.Files != 3 {
		t.Fatalf("%+v", one)
	}
	at := func(rel string) migrations.TogetherHeld {
		i := slices.IndexFunc(one.Blocked, func(h migrations.TogetherHeld) bool { return h.Relation == rel })
		if i < 0 {
			t.Fatalf("nothing of %s: %+v", rel, one.Blocked)
		}
		return one.Blocked[i]
	}
	if h := at("public.orders"); h.File != "1_a.up.sql" || h.Line != 2 || h.ReadMS < 500 || h.WriteMS < 500 || h.ReadMS > one.MS {
		t.Errorf("orders: %+v of %g ms", h, one.MS)
	}
	if h := at("public.customers"); h.File != "3_c.up.sql" || h.Line != 2 || h.ReadMS > 0 || h.WriteMS < 200 || h.WriteMS > at("public.orders").WriteMS-290 {
		t.Errorf("customers: %+v", h)
	}
	if len(one.Blocked) != 2 {
		t.Errorf("tables that only the transaction sees block somebody: %+v", one.Blocked)
	}
	if !slices.ContainsFunc(r.Gates, func(g migrations.GateResult) bool {
		return g.Gate == "max_read_block" && g.Place == "1_a.up.sql:2" && strings.Contains(g.Message, "public.orders")
	}) || r.Outcome != migrations.FailedGate {
		t.Errorf("%s, gates %+v", r.Outcome, r.Gates)
	}
	// File by file the same statement blocks for a moment, and passes.
	if r := rehearse(t, files, gates); r.Together != nil || slices.ContainsFunc(r.Gates, func(g migrations.GateResult) bool { return g.Gate == "max_read_block" }) {
		t.Errorf("file by file: %+v", r.Gates)
	}
}

func TestOneTransactionFails(t *testing.T) {
	for _, c := range []struct {
		name   string
		files  map[string]string
		status string
		found  string // rule@file:line
		fails  bool   // file by file, too
	}{
		{
			"what one transaction does as well",
			map[string]string{"1_a.up.sql": "CREATE TYPE e AS ENUM ('x'); CREATE TABLE t (e e);", "2_b.up.sql": "INSERT INTO t VALUES ('x');\nALTER TYPE e RENAME VALUE 'x' TO 'y';\n"},
			"applied", "", false,
		},
		{
			"an index CONCURRENTLY",
			map[string]string{"1_a.up.sql": "CREATE TABLE t (a int);", "2_b.up.sql": "-- alone\nCREATE INDEX CONCURRENTLY i ON t (a);"},
			"failed", "not-alone@2_b.up.sql:2 one-transaction@2_b.up.sql:2", false,
		},
		{
			"a commit",
			map[string]string{"1_a.up.sql": "CREATE TABLE t (a int);", "2_b.up.sql": "BEGIN;\nALTER TABLE t ADD b int;\nCOMMIT;"},
			"ended", "ends-transaction@2_b.up.sql:3", false,
		},
		{
			"pending triggers",
			map[string]string{"1_a.up.sql": "CREATE TABLE t (a int PRIMARY KEY, b int REFERENCES t DEFERRABLE INITIALLY DEFERRED); INSERT INTO t VALUES (1, 1);", "2_b.up.sql": "SELECT 1;\nALTER TABLE t ADD c int;"},
			"failed", "one-transaction@2_b.up.sql:2", false,
		},
		{
			"a check at the commit",
			map[string]string{"1_a.up.sql": "CREATE TABLE t (a int PRIMARY KEY, b int REFERENCES t DEFERRABLE INITIALLY DEFERRED); INSERT INTO t VALUES (1, 2);"},
			"failed", "one-transaction@1_a.up.sql:0", true,
		},
		{
			"an extension that the server lacks",
			map[string]string{"1_a.up.sql": "CREATE TABLE t (a int);\nCREATE EXTENSION nowhere_to_be_found;"},
			"not_run", "", false,
		},
		{
			"a role",
			map[string]string{"1_a.up.sql": "CREATE ROLE understudy_together;", "2_b.up.sql": "GRANT pg_monitor TO understudy_together;\nDROP ROLE understudy_together;"},
			"applied", "", false,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := rehearse(t, c.files, inOne, func(o *migrations.Options) { o.NoRoundTrip = true })
			if r.Together == nil || r.Together.Status != c.status {
				t.Fatalf("%+v, want %s", r.Together, c.status)
			}
			for _, want := range strings.Fields(c.found) {
				rule, place, _ := strings.Cut(want, "@")
				if !slices.ContainsFunc(findings(r), func(f migrations.Finding) bool {
					return f.Rule == rule && (f.Place() == place || f.Place()+":0" == place) && f.Severity == migrations.Blocker
				}) {
					t.Errorf("no %s in %+v", want, findings(r))
				}
			}
			if failed := r.Outcome == migrations.FailedGate; failed != (c.found != "") {
				t.Errorf("%s: %+v", r.Outcome, r.Gates)
			}
			for _, m := range r.Migrations {
				if (m.Status == migrations.Failed) != c.fails {
					t.Errorf("%s by itself: %s %+v", m.File, m.Status, m.Failure)
				}
				if m.Failure != nil && strings.Contains(m.Recovery, "dirty") {
					t.Errorf("recovery: %s", m.Recovery)
				}
			}
		})
	}
}
