package integration

import (
	"strings"
	"testing"

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
