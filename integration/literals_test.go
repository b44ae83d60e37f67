package integration

import (
	"strings"
	"testing"
)

// A person's data in any definition that is copied stops a check and a refresh,
// is named by its object and never quoted, and passes by a waiver.
func TestLiteralsInDefinitions(t *testing.T) {
	t.Parallel()
	const who = "greta.jansen@outlook.com"
	places := map[string]string{ // the object that is named, and how the literal gets there
		"check constraint public.c1.c1_check":        `CREATE TABLE c1 (a text); ALTER TABLE c1 ADD CONSTRAINT c1_check CHECK (a <> 'WHO') NOT VALID`,
		"table public.c2":                            `CREATE TABLE c2 (a text CHECK (a <> 'WHO'))`,
		"table public.c3":                            `CREATE TABLE c3 (a text DEFAULT 'WHO')`,
		"table public.c4":                            `CREATE TABLE c4 (a text, b boolean GENERATED ALWAYS AS (a = 'WHO') STORED)`,
		"table public.c5":                            `CREATE TABLE c5 (a int, "WHO" int)`,
		"index public.c6_idx":                        `CREATE TABLE c6 (a text); CREATE INDEX c6_idx ON c6 (a) WHERE a <> 'WHO'`,
		"index public.c7_idx":                        `CREATE TABLE c7 (a text); CREATE INDEX c7_idx ON c7 ((a = 'WHO'))`,
		"partition public.c8a":                       `CREATE TABLE c8 (a text) PARTITION BY LIST (a); CREATE TABLE c8a PARTITION OF c8 FOR VALUES IN ('WHO')`,
		"view public.v1":                             `CREATE VIEW v1 AS SELECT 'WHO' AS a`,
		"materialized view public.m1":                `CREATE MATERIALIZED VIEW m1 AS SELECT 'WHO'::text AS a`,
		"type public.e1":                             `CREATE TYPE e1 AS ENUM ('WHO')`,
		"comment on table public.c9":                 `CREATE TABLE c9 (a int); COMMENT ON TABLE c9 IS 'ask WHO'`,
		"comment on column public.c10.a":             `CREATE TABLE c10 (a int); COMMENT ON COLUMN c10.a IS 'ask WHO'`,
		"function public.f1()":                       `CREATE FUNCTION f1() RETURNS text LANGUAGE sql AS $$ SELECT 'WHO' $$`,
		"function public.f2()":                       `CREATE FUNCTION f2() RETURNS text LANGUAGE sql IMMUTABLE RETURN 'WHO'`,
		"function public.f3(text)":                   `CREATE FUNCTION f3(a text DEFAULT 'WHO') RETURNS text LANGUAGE sql AS $$ SELECT a $$`,
		"domain public.d1":                           `CREATE DOMAIN d1 AS text CHECK (VALUE <> 'WHO')`,
		"domain public.d2":                           `CREATE DOMAIN d2 AS text DEFAULT 'WHO'`,
		"trigger public.c11.t1":                      `CREATE TABLE c11 (a text); CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$; CREATE TRIGGER t1 AFTER INSERT ON c11 FOR EACH ROW WHEN (NEW.a = 'WHO') EXECUTE FUNCTION tf()`,
		"rule public.c12.r1":                         `CREATE TABLE c12 (a text); CREATE RULE r1 AS ON DELETE TO c12 WHERE OLD.a = 'WHO' DO INSTEAD NOTHING`,
		"policy public.c13.p1":                       `CREATE TABLE c13 (a text); CREATE POLICY p1 ON c13 USING (a = 'WHO')`,
		"statistics public.s1":                       `CREATE TABLE c14 (a text, b text); CREATE STATISTICS s1 ON (a = 'WHO'), b FROM c14`,
		"exclusion constraint public.c15.c15_a_excl": `CREATE TABLE c15 (a text, EXCLUDE USING btree (a WITH =) WHERE (a <> 'WHO'))`,
	}
	var schema strings.Builder
	for _, sql := range places {
		schema.WriteString(strings.ReplaceAll(sql, "WHO", who) + ";\n")
	}
	p := newProject(t, schema.String(), "")
	policy := strings.Replace(keepAll(t, p.source), "version: 1\n", "version: 1\ncomments: keep\n", 1)
	p.write("policy.yaml", policy)
	for _, verb := range []string{"check", "refresh"} {
		r := p.fails(3, "this definition, which is copied as it is, holds an e-mail address", verb)
		if strings.Contains(r.stderr, "greta") || strings.Contains(r.stdout, "greta") {
			t.Errorf("%s quotes what it found: %s", verb, r.stderr)
		}
		for object := range places {
			// What words a constraint differs between versions: the name is what counts.
			words := strings.SplitN(object, " public.", 2)
			if !strings.Contains(r.stderr, "public."+words[1]+": this definition") {
				t.Errorf("%s does not name %s: %s", verb, object, r.stderr)
			}
		}
	}
	if len(p.databases()) > 0 {
		t.Errorf("databases are left: %q", p.databases())
	}
	p.write("policy.yaml", policy+`waive: { rule: schema_literal, on: "*", reason: it is the address of the shop, until: 2999-12-31 }`+"\n")
	p.ok("check")
	run := p.refresh()
	if len(run.Waivers) < len(places) || run.Waivers[0].Reason != "it is the address of the shop" {
		t.Errorf("waivers in the report: %+v", run.Waivers)
	}
}
