package integration

import "testing"

// Values made of others, through a whole refresh in both COPY formats: elements
// agree with the plain columns of their domain, structure survives, and nothing
// of a person does.
func TestStructuredTypes(t *testing.T) {
	t.Parallel()
	p := newProject(t, `
		CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
		CREATE TYPE contact AS (name text, mail text, age int);
		CREATE DOMAIN few AS varchar(60)[] CHECK (cardinality(VALUE) < 5);
		CREATE TABLE people (
			id int PRIMARY KEY, mail text NOT NULL UNIQUE, mails few, grid text[], numbers int[], ids uuid[], moods mood[], kin contact, kins contact[],
			stay daterange, stays tstzmultirange, doc jsonb, form xml, raw jsonb[]);
		INSERT INTO people SELECT n, 'realdata' || n || '@corp.test', ARRAY['realdata' || n || '@corp.test', NULL, 'realdata' || n + 1 || '@corp.test'], ARRAY[['realdata', 'b'], ['c d', NULL]],
			ARRAY[n, NULL], ARRAY[md5(n::text)::uuid], '{ok,sad}', ROW('realdata ' || n, 'realdata' || n || '@corp.test', n)::contact, ARRAY[ROW('realdata', NULL, 7)::contact, NULL],
			daterange(DATE '2024-01-01' + n, DATE '2024-02-01' + n), tstzmultirange(tstzrange('2024-01-01', '2024-01-02'), tstzrange('2024-02-01', NULL)),
			jsonb_build_object('mail', 'realdata' || n || '@corp.test', 'theme', 'dark', 'realdata@corp.test', 1, 'items', jsonb_build_array(jsonb_build_object('who', 'realdata'), jsonb_build_object('who', 'realdata'))),
			xmlelement(name person, xmlattributes('realdata' AS by, 'EUR' AS currency), xmlelement(name mail, 'realdata' || n || '@corp.test'), 'realdata & more'), ARRAY['"realdata"'::jsonb]
		FROM generate_series(1, 300) n;
		CREATE TABLE texts AS SELECT id, mails, kins, stay, doc, form, 'pg_class'::regclass AS makes_it_text FROM people;
		ALTER TABLE texts ADD PRIMARY KEY (id);
		ANALYZE`, `version: 1
tables:
  public.people:
    subject: id
    keep: [id]
    columns:
      mail: { mask: email, domain: person.email }
      mails: { mask: email, domain: person.email }
      grid: text
      numbers: { mask: permute, min: 0, max: 1000 }
      ids: uuid
      moods: redact
      kin: { mask: composite, fields: { name: full_name, mail: { mask: email, domain: person.email }, age: keep } }
      kins: { mask: array, of: { mask: composite, fields: { name: full_name, mail: email, age: keep } } }
      stay: { mask: shift_date, days: 20 }
      stays: { mask: shift_date, days: 20 }
      doc: { mask: json, keep: [$.theme], paths: { $.mail: { mask: email, domain: person.email }, "$.items[*].who": full_name } }
      form: { mask: xml, keep: [/person/@currency], paths: { //mail: { mask: email, domain: person.email } } }
      raw: json
  public.texts:
    subject: id -> public.people
    keep: [id, makes_it_text]
    columns:
      mails: { mask: email, domain: person.email }
      kins: { mask: array, of: { mask: composite, fields: { name: full_name, mail: email, age: keep } } }
      stay: { mask: shift_date, days: 20 }
      doc: { mask: json, keep: [$.theme], paths: { $.mail: { mask: email, domain: person.email }, "$.items[*].who": full_name } }
      form: { mask: xml, keep: [/person/@currency], paths: { //mail: { mask: email, domain: person.email } } }
`)
	p.refresh()
	s := p.staging()
	for sql, want := range map[string]string{
		`SELECT count(*) FROM people p, texts x WHERE p::text ~ 'realdata' OR x::text ~ 'realdata' OR x::text ~ 'corp.test'`:       "0",
		`SELECT count(*) FROM people WHERE mails[1] = mail AND mails[2] IS NULL AND cardinality(mails) = 3`:                        "300",
		`SELECT count(*) FROM people a JOIN people b ON b.id = a.id + 1 AND a.mails[3] = b.mail`:                                   "299",
		`SELECT count(*) FROM people WHERE array_dims(grid) = '[1:2][1:2]' AND grid[2][2] IS NULL AND moods = '{}'`:                "300",
		`SELECT count(DISTINCT numbers[1]) || ' ' || count(DISTINCT ids) FROM people WHERE numbers[2] IS NULL`:                     "300 300",
		`SELECT count(*) FROM people WHERE (kin).mail = mail AND (kin).age = id AND (kin).name LIKE '% %'`:                         "300",
		`SELECT count(*) FROM people WHERE (kins[1]).age = 7 AND (kins[1]).name = (kin).name AND kins[2] IS NULL`:                  "300",
		`SELECT count(*) FROM people WHERE upper(stay) - lower(stay) = 31 AND lower(stay) <> DATE '2024-01-01' + id`:               "300",
		`SELECT count(*) FROM people WHERE upper_inf(stays) AND lower(stays) <> '2024-01-01'`:                                      "300",
		`SELECT count(*) FROM people WHERE doc ->> 'mail' = mail AND doc ->> 'theme' = 'dark' AND NOT doc ? 'realdata@corp.test'`:  "300",
		`SELECT count(*) FROM people WHERE doc #>> '{items,0,who}' = (kin).name AND doc #>> '{items,1,who}' <> (kin).name`:         "300",
		`SELECT count(*) FROM people WHERE (xpath('/person/mail/text()', form))[1]::text = mail AND form::text ~ 'currency="EUR"'`: "300",
		// The table in text format says the same.
		`SELECT count(*) FROM people p JOIN texts x USING (id, stay) WHERE p.mails = x.mails AND p.kins::text = x.kins::text AND p.doc -> 'mail' = x.doc -> 'mail' AND p.doc -> 'items' = x.doc -> 'items'`: "300",
	} {
		if got := one(t, s, sql); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
	first := contents(t, s)
	p.refresh()
	compare(t, "second refresh", first, contents(t, s))
}
