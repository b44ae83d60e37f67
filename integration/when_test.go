package integration

import "testing"

// Conditions are evaluated on the source's row; a column whose rules could all
// be passed over stops the run, and so does SQL that is more than a condition.
func TestConditions(t *testing.T) {
	t.Parallel()
	p := newProject(t, `
		CREATE TABLE people (id int PRIMARY KEY, staff boolean, gone date, email text UNIQUE, tags text[], note text NOT NULL, nick varchar(20));
		INSERT INTO people SELECT n, CASE n % 3 WHEN 0 THEN true WHEN 1 THEN false END, CASE WHEN n % 5 = 0 THEN DATE '2024-01-01' END, 'realdata' || n || '@corp.test', '{realdata}', 'realdata ' || n, 'real' || n FROM generate_series(1, 300) n;
		CREATE TABLE texts AS SELECT id, staff, email, 'pg_class'::regclass AS makes_it_text FROM people;
		ALTER TABLE texts ADD PRIMARY KEY (id)`, `version: 1
tables:
  public.people:
    keep: [id, staff, gone]
    columns:
      email:
        - { when: staff, mask: keep }
        - { when: "gone IS NOT NULL", mask: "null" }
        - { mask: email, domain: mail }
      tags: [{ when: "NOT staff", mask: "null" }, text]
      nick: [{ when: staff, mask: keep }, { if: "len(value) <= 9 and not (value contains 'a')", mask: first_name }, { mask: pattern, pattern: "user-[0-9]{6}" }]
      note: [{ when: "id % 2 = 0", mask: constant, value: even }, { when: "id % 3 = 0", mask: sql, expression: "'three ' || id" }, { mask: redact, with: odd }]
  public.texts: { keep: [id, staff, makes_it_text], columns: { email: [{ when: staff, mask: keep }, { mask: email, domain: mail }] } }
`)
	p.refresh()
	s := p.staging()
	for sql, want := range map[string]string{
		`SELECT count(*) FROM people WHERE staff AND email = 'realdata' || id || '@corp.test'`:                                                       "100",
		`SELECT count(*) FROM people WHERE staff IS NOT TRUE AND gone IS NOT NULL AND email IS NULL`:                                                 "40",
		`SELECT count(*) FROM people WHERE staff IS NOT TRUE AND gone IS NULL AND email ~ '@example[.]'`:                                             "160",
		`SELECT count(*) FROM people WHERE NOT staff AND tags IS NULL`:                                                                               "100",
		`SELECT count(*) FROM people WHERE staff IS NOT FALSE AND tags IS NOT NULL AND tags::text !~ 'real'`:                                         "200",
		`SELECT count(*) FROM people WHERE note = CASE WHEN id % 2 = 0 THEN 'even' WHEN id % 3 = 0 THEN 'three ' || id ELSE 'odd' END`:               "300",
		`SELECT count(*) FROM people WHERE staff AND nick = 'real' || id`:                                                                            "100",
		`SELECT count(*) FROM people WHERE staff IS NOT TRUE AND (nick ~ '^user-[0-9]{6}$' OR length(nick) <= 9 AND nick !~ 'a' AND nick !~ 'real')`: "200",
		`SELECT count(*) > 20 FROM people WHERE nick ~ '^user-'`:                                                                                     "t",
		`SELECT count(*) > 20 FROM people WHERE nick ~ '^[A-Z][b-z]+$'`:                                                                              "t",
		`SELECT count(*) FROM people p JOIN texts t USING (id) WHERE p.email = t.email`:                                                              "260",
	} {
		if got := one(t, s, sql); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
	for name, bad := range map[string]string{
		"an unknown column":          `email: [{ when: "staf", mask: keep }, { mask: email, domain: mail }]`,
		"no condition at all":        `email: [{ when: "1", mask: keep }, { mask: email, domain: mail }]`,
		"a way out":                  `email: [{ when: "true) THEN '0' WHEN (true", mask: keep }, { mask: email, domain: mail }]`,
		"a way out of an expression": `email: [{ when: staff, mask: sql, expression: "'x')::text END, (CASE WHEN true THEN ('y'" }, { mask: email, domain: mail }]`,
		"a volatile function":        `email: [{ when: "random() < 0.5", mask: keep }, { mask: email, domain: mail }]`,
		"a second statement":         `email: [{ when: "true; DROP TABLE people", mask: keep }, { mask: email, domain: mail }]`,
	} {
		t.Run(name, func(t *testing.T) {
			p.write("policy.yaml", `version: 1
tables:
  public.people: { keep: [id, staff, gone], columns: { tags: text, note: text, nick: text, `+bad+` } }
  public.texts: { rows: none }
`)
			p.fails(3, "policy.yaml:3:", "check")
		})
	}
}
