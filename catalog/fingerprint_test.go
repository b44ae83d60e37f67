package catalog_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/pgtest"
)

// Each way in which a schema drifts is told by kind and object, and never by a
// definition.
func TestSince(t *testing.T) {
	t.Parallel()
	const schema = `
		CREATE TYPE status AS ENUM ('new', 'paid');
		CREATE DOMAIN zip AS text CHECK (VALUE <> '');
		CREATE TABLE people (id int PRIMARY KEY, email text, status status, zip zip, age int DEFAULT 1, twice int GENERATED ALWAYS AS (id * 2) STORED);
		CREATE TABLE parts (id int, at date) PARTITION BY RANGE (at);
		CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
		CREATE VIEW v AS SELECT id FROM people;`
	for _, c := range []struct {
		name, sql string
		want      []string // kind and object
	}{
		{"nothing", "", nil},
		{"column", "ALTER TABLE people ADD nickname text", []string{"column_added public.people.nickname"}},
		{"column dropped", "ALTER TABLE people DROP age", []string{"column_dropped public.people.age"}},
		{"column renamed", "ALTER TABLE people RENAME email TO mail", []string{"column_renamed public.people.mail"}},
		{"table", "CREATE TABLE notes (canary text)", []string{"table_added public.notes"}},
		{"table dropped", "DROP TABLE parts", []string{"table_dropped public.parts"}},
		{"table renamed", "ALTER TABLE people RENAME TO persons", []string{"table_renamed public.persons", "view_changed public.v"}},
		{"enum label", "ALTER TYPE status ADD VALUE 'canary'", []string{"enum_label_added public.status"}},
		{"CHECK", "ALTER TABLE people ADD CONSTRAINT sane CHECK (email <> 'canary')", []string{"check_added public.people.sane"}},
		{"view", "CREATE VIEW w AS SELECT 'canary'::text AS a", []string{"table_added public.w"}},
		{"view changed", "CREATE OR REPLACE VIEW v AS SELECT id FROM people WHERE email <> 'canary'", []string{"view_changed public.v"}},
		{"comment", "COMMENT ON COLUMN people.email IS 'canary'", []string{"comment_changed public.people.email"}},
		{"default", "ALTER TABLE people ALTER email SET DEFAULT 'canary'", []string{"default_changed public.people.email"}},
		{"partition attached", "CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')", nil},
		{"partition", "ALTER TABLE parts DETACH PARTITION parts_1", []string{"partition_detached public.parts_1"}},
		{"domain", "ALTER DOMAIN zip ADD CONSTRAINT nice CHECK (VALUE <> 'canary')", []string{"domain_check_added public.zip.nice"}},
		{"generated column", "ALTER TABLE people ALTER twice DROP EXPRESSION", []string{"generated_changed public.people.twice"}},
		{"type change", "ALTER TABLE people ALTER age TYPE bigint", []string{"column_retyped public.people.age"}},
		{"rows and statistics", "INSERT INTO people (id) VALUES (1); ANALYZE", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := pgtest.Source(t)
			url := server.Database(t, schema)
			conn := server.Conn(t, url)
			read := func() *catalog.Fingerprint {
				cat, err := catalog.Read(t.Context(), conn)
				if err != nil {
					t.Fatal(err)
				}
				text, err := json.Marshal(cat.Fingerprint()) // as it is kept
				if err != nil {
					t.Fatal(err)
				}
				if strings.Contains(string(text), "canary") && !strings.Contains(string(text), `"name":"canary"`) {
					t.Errorf("a definition is in the fingerprint: %s", text)
				}
				var f catalog.Fingerprint
				if err := json.Unmarshal(text, &f); err != nil {
					t.Fatal(err)
				}
				return &f
			}
			was := read()
			if c.sql != "" {
				if _, err := conn.PgConn().Exec(t.Context(), c.sql).ReadAll(); err != nil {
					t.Fatal(err)
				}
			}
			var got []string
			for _, x := range read().Since(was) {
				got = append(got, x.Kind+" "+x.Object)
				if x.Detail == "" || strings.Contains(x.Detail+x.Remedy, "canary") {
					t.Errorf("%s says %q, %q", x.Kind, x.Detail, x.Remedy)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error("(-want +got)\n" + diff)
			}
		})
	}
}
