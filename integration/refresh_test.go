package integration

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
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

// A process that is killed in mid-load leaves staging serving, and the next
// refresh cleans up.
func TestKilledInMidLoad(t *testing.T) {
	t.Parallel()
	p := newProject(t, peopleSchema, peoplePolicy)
	p.refresh()
	before := one(t, p.staging(), `SELECT md5(string_agg(p::text, ',' ORDER BY id)) FROM people p`)

	// A lock on the source's table holds the data phase up for as long as the
	// kill takes; the lock comes after pg_dump, which would wait for it, too.
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	execute(t, p.source, `INSERT INTO people (email, full_name, joined) SELECT 'late' || n, 'Late', now() FROM generate_series(1, 200000) n`)
	cmd := p.command(ctx, "refresh", "--max-mb-per-s", "0.5")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "rows on their way", func() bool {
		return one(t, p.target.URL("postgres"), `SELECT count(*) FROM pg_stat_progress_copy c JOIN pg_database d ON d.oid = c.datid
			WHERE starts_with(d.datname, $1 || '__u') AND c.tuples_processed > 0`, p.name) != "0"
	})
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if left := p.databases(); len(left) < 3 {
		t.Fatalf("the kill came too late to leave anything: %q", left)
	}
	if after := one(t, p.staging(), `SELECT md5(string_agg(p::text, ',' ORDER BY id)) FROM people p`); after != before {
		t.Error("staging changed")
	}

	execute(t, p.source, `DELETE FROM people WHERE email LIKE 'late%'`)
	run := p.refresh()
	if run.Totals.Rows != 1000 {
		t.Errorf("rows after the kill: %d", run.Totals.Rows)
	}
	for _, db := range p.databases() {
		if db != p.name && !strings.HasPrefix(db, fmt.Sprintf("%s__u%d", p.name, run.Generation)) && !strings.HasSuffix(db, "_live") {
			t.Errorf("left over: %s", db)
		}
	}
}

// waitFor polls for a condition that another process brings about.
func waitFor(t testing.TB, what string, cond func() bool) {
	t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for !cond() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
