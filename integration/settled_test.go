package integration

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/internal/pgtest"
)

// A list of values for a varchar is printed by the server in a form that it
// prints otherwise once it has read it. A copy of a database that was never
// restored from a dump differs in nothing else, and a production that is
// restored has not drifted.
func TestListsOfValues(t *testing.T) {
	t.Parallel()
	src := pgtest.Source(t)
	p := newCopy(t, copyOptions{source: src.Database(t, `
		CREATE DOMAIN size AS varchar(5) CHECK (VALUE IN ('S', 'M', 'it''s ]')) DEFAULT 'M';
		CREATE TABLE pets (
			id integer PRIMARY KEY,
			kind varchar(10) NOT NULL CONSTRAINT known CHECK (kind IN ('cat', 'dog', 'a,b')),
			code char(2) CHECK (code NOT IN ('xx', 'yy')),
			size size,
			furry boolean GENERATED ALWAYS AS (kind IN ('cat', 'dog')) STORED,
			EXCLUDE (id WITH =) WHERE (kind IN ('cat', 'dog')));
		INSERT INTO pets SELECT n, (ARRAY['cat', 'dog'])[1 + n % 2], 'ab' FROM generate_series(1, 50) n;
		CREATE INDEX small ON pets (id) WHERE kind IN ('cat', 'dog') AND size IN ('S', 'M');
		CREATE INDEX sorted ON pets ((kind IN ('cat', 'dog')));
		CREATE VIEW furry AS SELECT id FROM pets WHERE kind IN ('cat', 'dog');
		CREATE MATERIALIZED VIEW cats AS SELECT id FROM pets WHERE kind = ANY (ARRAY['cat', 'lynx']);
		CREATE VIEW unnamed AS SELECT id, EXISTS (SELECT 'x' FROM pets p WHERE p.id = pets.id) AS e, (SELECT 'active') AS state, (SELECT NULL::timestamp(3) with time zone) AS at,
			ARRAY(SELECT 'a' UNION SELECT 'b') AS list FROM pets WHERE kind IN (SELECT kind FROM pets UNION SELECT 'z') AND EXISTS (SELECT 1 UNION SELECT NULL);
		CREATE VIEW unions AS WITH w AS (SELECT kind FROM pets UNION ALL SELECT 'none') SELECT u.id, u.kind FROM (SELECT id, kind FROM pets UNION ALL SELECT 0, 'all') u, w;
		CREATE MATERIALIZED VIEW unnamed_too AS SELECT (SELECT 1.5::numeric(5, 2)) AS n, (SELECT b::text FROM (SELECT true AS b) s) AS t;
		CREATE VIEW years AS SELECT extract('YEAR' FROM now()) AS y;
		ALTER TABLE pets ENABLE ROW LEVEL SECURITY;
		CREATE POLICY seen ON pets USING (kind IN ('cat', 'dog'));
		CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
		CREATE TRIGGER changed AFTER UPDATE ON pets FOR EACH ROW WHEN (NEW.kind IN ('cat', 'dog')) EXECUTE FUNCTION nothing();
		CREATE TABLE parts (kind varchar(10) CHECK (kind IN ('a', 'b'))) PARTITION BY LIST (kind);
		CREATE TABLE parts_a PARTITION OF parts FOR VALUES IN ('a', 'b');`), reader: "BYPASSRLS"})
	stored := rows(t, p.source, `SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'known'`)[0]
	if !strings.Contains(stored, "(ARRAY[") {
		t.Fatalf("the server stores %s at once: this tests nothing", stored)
	}
	p.write("policy.yaml", keepAll(t, p.source))
	p.ok("refresh")
	settled := rows(t, p.staging(), `SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'known'`)[0]
	if settled == stored {
		t.Fatal("staging has it as the source has: this tests nothing")
	}
	execute(t, p.source, `ALTER TABLE pets DROP CONSTRAINT known, ADD CONSTRAINT known `+settled)
	if r := p.ok("check"); strings.Contains(r.stdout+r.stderr, "known") {
		t.Errorf("drift:\n%s%s", r.stdout, r.stderr)
	}
	p.ok("refresh", "--drift", "stop")
}

// Conditions of many kinds, in checks, generated columns, indexes and views,
// are the same on both sides, however the server prints them before and after
// a dump.
func TestConditionsOfManyKinds(t *testing.T) {
	t.Parallel()
	const columns = `v varchar(10), c char(3), i int, b bigint, s smallint, n numeric(10,2), f float8, d date, ts timestamp, tz timestamptz, bo bool, m money, j jsonb,
		a text[], va varchar(5)[], ia int[], ba bigint[], ip inet, u uuid, r int4range, e letter, dv initial, by bytea, t time, iv interval, bi bit(3), x xml, t2 tsvector, ch "char", na name`
	src := pgtest.Source(t)
	url := src.Database(t, `CREATE TYPE letter AS ENUM ('x', 'y'); CREATE DOMAIN initial AS varchar(5) CHECK (VALUE IN ('q', 'w')); CREATE TABLE base (`+columns+`)`)
	text, err := os.ReadFile("testdata/conditions.txt")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	made := map[string]int{}
	for k, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if strings.HasPrefix(line, "--") {
			continue
		}
		for kind, sql := range map[string]string{
			"view":      `CREATE VIEW view_%[1]d AS SELECT %[2]s AS r, CASE WHEN %[2]s THEN 'a' END AS s FROM base WHERE %[2]s`,
			"check":     `CREATE TABLE check_%[1]d (` + columns + `, CHECK (%[2]s))`,
			"generated": `CREATE TABLE generated_%[1]d (` + columns + `, g bool GENERATED ALWAYS AS (%[2]s) STORED)`, // refused where it is not immutable
			"index":     `CREATE INDEX index_%[1]d ON base (i) WHERE %[2]s`,
		} {
			if _, err := conn.Exec(context.Background(), fmt.Sprintf(sql, k, line)); err == nil {
				made[kind]++
			} else if kind == "view" || kind == "check" {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
	if made["generated"] < 100 || made["index"] < 100 {
		t.Errorf("made %v only", made)
	}
	p := newCopy(t, copyOptions{source: url})
	p.write("policy.yaml", keepAll(t, p.source))
	p.ok("refresh")
}
