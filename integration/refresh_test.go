package integration

import (
	"slices"
	"testing"
)

const peopleSchema = `
CREATE TABLE people (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	email text NOT NULL UNIQUE,
	full_name text NOT NULL,
	note text,
	joined date NOT NULL
);
INSERT INTO people (email, full_name, note, joined)
SELECT 'person' || n || '@real.example.io', 'Real Person ' || n, CASE WHEN n % 2 = 0 THEN 'secret ' || n END, DATE '2020-01-01' + n
FROM generate_series(1, 1000) n;
CREATE INDEX ON people (joined);
`

const peoplePolicy = `version: 1
tables:
  public.people:
    subject: id
    keep: [id, joined]
    columns:
      email: email
      full_name: full_name
      note: "null"
`

// The whole path: rows are masked, kept columns are kept, keys and indexes and
// the sequence are there, and a second refresh gives the same people.
func TestRefresh(t *testing.T) {
	t.Parallel()
	p := newProject(t, peopleSchema, peoplePolicy)
	run := p.refresh()
	if run.Outcome != "published" || run.Generation != 1 || run.Totals.Rows != 1000 {
		t.Errorf("report: %+v", run)
	}
	s := p.staging()
	if got := one(t, s, `SELECT count(*) || ' ' || count(*) FILTER (WHERE email LIKE '%real%' OR full_name LIKE 'Real%') || ' ' || count(note) || ' ' || count(DISTINCT email) FROM people`); got != "1000 0 0 1000" {
		t.Errorf("rows, leaks, notes, distinct e-mails: %s", got)
	}
	kept := `SELECT md5(string_agg(id || ' ' || joined, ',' ORDER BY id)) FROM people`
	if a, b := one(t, p.source, kept), one(t, s, kept); a != b {
		t.Error("kept columns differ")
	}
	if got := rows(t, s, `SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'people'::regclass ORDER BY 1`); !slices.Equal(got, []string{"people_email_key", "people_joined_idx", "people_pkey"}) {
		t.Errorf("indexes: %q", got)
	}
	if got := one(t, s, `INSERT INTO people (email, full_name, joined) VALUES ('x', 'y', now()) RETURNING id`); got != "1001" {
		t.Errorf("the sequence goes on at %s", got)
	}
	first := one(t, s, `SELECT string_agg(email || full_name, ',' ORDER BY id) FROM people WHERE id <= 1000`)
	if run := p.refresh(); run.Generation != 2 {
		t.Errorf("second generation is %d", run.Generation)
	}
	if second := one(t, s, `SELECT string_agg(email || full_name, ',' ORDER BY id) FROM people`); first != second {
		t.Error("the second refresh made other people")
	}
}
