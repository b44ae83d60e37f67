package integration

import (
	"os"
	"path/filepath"
	"testing"
)

// A program masks a column with another one's help, in both COPY formats; one
// that fails ends the run with exit code 5, and what it was sent is not shown.
func TestCommandMask(t *testing.T) {
	t.Parallel()
	p := newProject(t, `
		CREATE TABLE people (id int PRIMARY KEY, country text, badge text, score int);
		INSERT INTO people SELECT n, CASE WHEN n % 2 = 0 THEN 'de' END, CASE WHEN n % 10 > 0 THEN 'realdata' || n END, n FROM generate_series(1, 200) n;
		CREATE TABLE texts AS SELECT *, 'pg_class'::regclass AS makes_it_text FROM people;
		ALTER TABLE texts ADD PRIMARY KEY (id)`, "")
	program := filepath.Join(t.TempDir(), "badges")
	write := func(body string) {
		t.Helper()
		if err := os.WriteFile(program, []byte("#!/bin/sh\nread -r hello\nwhile read -r line; do\n"+body+"\ndone\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	rule := `{ mask: command, command: [` + program + `], with: [country] }`
	p.write("policy.yaml", `version: 1
tables:
  public.people: { keep: [id, country], columns: { badge: `+rule+`, score: { mask: command, command: [`+program+`, score] } } }
  public.texts: { keep: [id, country, score, makes_it_text], columns: { badge: `+rule+` } }
`)
	write(`case "$1$line" in score*) echo '{"value": 7}';; *'"with":["de"]'*) echo '{"value": "DE"}';; *'"with":[null]'*) echo '{"value": "none"}';; *) exit 1;; esac; [ -z "$UNDERSTUDY_KEY$PRODUCTION_URL" ] || exit 1`)
	p.refresh()
	s := p.staging()
	for _, table := range []string{"people", "texts"} {
		if got := one(t, s, `SELECT count(*) FROM `+table+` WHERE badge IS NOT DISTINCT FROM CASE WHEN id % 10 = 0 THEN NULL WHEN country = 'de' THEN 'DE' ELSE 'none' END`); got != "200" {
			t.Errorf("%s: %s of 200 rows", table, got)
		}
	}
	if got := one(t, s, `SELECT count(*) FROM people WHERE score = 7`); got != "200" {
		t.Errorf("%s scores", got)
	}
	write(`echo '{"error": "what is realdata?"}'`)
	p.fails(5, "answered with an error", "refresh")
	p.write("policy.yaml", `version: 1
tables:
  public.people: { keep: [id, country, score], columns: { badge: { mask: command, command: [`+program+`], with: [county] } } }
  public.texts: { rows: none }
`)
	p.fails(3, "did you mean country", "check")
}
