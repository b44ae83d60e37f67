package integration

import (
	"testing"

	"github.com/understudy-db/understudy/internal/pgtest"
)

// Databases of other encodings and locales are copied as they are, and masks
// write what they hold.
func TestEncodings(t *testing.T) {
	t.Parallel()
	const latin = `
		CREATE TYPE "Gefühl" AS ENUM ('schön', 'übel');
		CREATE TABLE "Käufer" (id integer PRIMARY KEY, "größe" text DEFAULT 'ü', g "Gefühl", v varchar(5), c char(5), j jsonb, x xml, b bytea, arr text[], kind regclass);
		COMMENT ON TABLE "Käufer" IS 'für alle';
		INSERT INTO "Käufer" SELECT n, 'ß' || chr(160 + n % 96), 'übel', 'äöüßÿ', 'é', '{"ü": "\u00fc"}', '<a>ü</a>', '\x00ff', ARRAY['ÿ', NULL], '"Käufer"' FROM generate_series(1, 300) n;
		CREATE TABLE people (id integer PRIMARY KEY, name varchar(12), city text, note text, doc jsonb, mail text UNIQUE);
		INSERT INTO people SELECT n, 'Jürgen' || n, 'Köln', 'straße über ' || n, '{"wo": "Köln"}', 'jürgen' || n || '@köln.example.io' FROM generate_series(1, 300) n;
		CREATE INDEX ON people (lower(name));`
	for _, c := range []struct {
		name, options string
		schema        string
		policy        string // an entry of its own
		broken        string // a pattern of values that must be gone
	}{
		{"LATIN1", `ENCODING 'LATIN1' LOCALE 'C'`, latin, "", "ü|ö|ß"},
		{"LATIN9", `ENCODING 'LATIN9' LOCALE 'C'`, `CREATE TABLE prices (id integer PRIMARY KEY, p text); INSERT INTO prices VALUES (1, '5 €'), (2, 'œuvre');` + latin,
			"  public.prices: { rows: none }\n", "ü|ö|ß"},
		{"ICU", `ENCODING 'UTF8' LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'de-u-kn'`, latin, "", "ü|ö|ß"},
		{"SQL_ASCII", `ENCODING 'SQL_ASCII' LOCALE 'C'`, `
			CREATE TYPE mixed AS ENUM (E'latin\xe9', 'utf\xc3\xa9');
			CREATE TABLE "Käufer" (id integer PRIMARY KEY, a text DEFAULT E'\xff', b varchar(3), c char(3), e mixed, arr text[], kind regclass);
			COMMENT ON TABLE "Käufer" IS E'caf\xe9';
			INSERT INTO "Käufer" SELECT n, E'a\x80\xfe\n\\' || n, E'\xe9\xe9\xe9', E'\xe9', E'latin\xe9', ARRAY[E'\xff"', NULL], '"Käufer"' FROM generate_series(1, 300) n;
			CREATE VIEW v AS SELECT E'\xe9' AS e;
			CREATE TABLE people (id integer PRIMARY KEY, name varchar(12), city text, note text, doc jsonb, mail text UNIQUE);
			INSERT INTO people SELECT n, E'J\xfcrgen' || n, E'K\xf6ln', E'stra\xdfe ' || n, '{"wo": "Koeln"}', E'j\xfcrgen' || n || E'@k\xf6ln.example.io' FROM generate_series(1, 300) n;`,
			"", `\xfc|\xf6|\xdf`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			src := pgtest.Source(t)
			if c.name == "ICU" && (src.Major() < 15 || one(t, src.URL("postgres"), `SELECT count(*) > 0 FROM pg_collation WHERE collprovider = 'i'`) != "t") {
				t.Skip("the server has no ICU, or no databases that use it")
			}
			name := src.Name(t)
			src.Exec(t, "postgres", "CREATE DATABASE "+name+" TEMPLATE template0 "+c.options)
			src.Exec(t, name, "SET client_encoding = UTF8", c.schema)

			kept := newCopy(t, copyOptions{source: src.URL(name)})
			kept.write("policy.yaml", keepAll(t, kept.source))
			kept.refresh()
			kept.same(nil)

			masked := newCopy(t, copyOptions{source: src.URL(name), policy: `version: 1
locale: fr
tables:
  public.Käufer: { rows: none }
` + c.policy + `  public.people:
    subject: id
    keep: [id]
    columns: { name: last_name, city: city, note: text, doc: json, mail: email }
`})
			masked.refresh()
			if got := one(t, masked.staging(), `SELECT count(*) || ' ' || count(DISTINCT mail) || ' ' || max(length(name)) / 13 || ' ' || count(*) FILTER (WHERE mail LIKE '%example.io') FROM people`); got != "300 300 0 0" {
				t.Errorf("rows, e-mails, too long, original: %s", got)
			}
			// French cities have their letters where the encoding holds them.
			if letters := one(t, masked.staging(), `SELECT count(*) > 0 FROM people WHERE city ~ '[^ -~]'`); (letters == "t") == (c.name == "SQL_ASCII") {
				t.Errorf("letters beyond ASCII in cities: %s", letters)
			}
			if got := one(t, masked.staging(), `SELECT count(*) FROM people WHERE note ~ E'`+c.broken+`' OR mail ~ E'`+c.broken+`'`); got != "0" {
				t.Errorf("%s rows hold original values", got)
			}
		})
	}
}
