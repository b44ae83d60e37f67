package integration

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/understudy-db/understudy/internal/pgtest"
)

// A target that is older than the source is refused before anything is created
// on it, by every verb that would need it.
func TestOlderTargetIsRefused(t *testing.T) {
	t.Parallel()
	src, dst := pgtest.Source(t), pgtest.Target(t)
	if dst.Major() >= src.Major() {
		t.Skipf("the target (%d) is not older than the source (%d); make test-all has such a pair", dst.Major(), src.Major())
	}
	p := newProject(t, peopleSchema, peoplePolicy)
	words := fmt.Sprintf("the target is PostgreSQL %d and the source is PostgreSQL %d: the target must be at least as new", dst.Major(), src.Major())
	hint := fmt.Sprintf("hint: upgrade the target to PostgreSQL %d", src.Major())
	for _, args := range [][]string{{"refresh"}, {"refresh", "--dry-run"}} {
		if r := p.fails(4, words, args...); !strings.Contains(r.stderr, hint) {
			t.Errorf("%q gives no way out:\n%s", args, r.stderr)
		}
	}
	if r := p.run("doctor"); r.code != 4 || !strings.Contains(r.stdout, words) || !strings.Contains(r.stdout, strings.TrimPrefix(hint, "hint: ")) {
		t.Errorf("doctor: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	if left := p.databases(); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// What came with PostgreSQL 18, under masks: virtual columns follow what they
// are made of, temporal keys hold on masked identifiers and kept periods, and a
// constraint that nobody enforces is neither checked nor lost.
func TestMasksOnEighteen(t *testing.T) {
	t.Parallel()
	if pgtest.Source(t).Major() < 18 {
		t.Skip("the schema needs PostgreSQL 18")
	}
	p := newProject(t, `
		CREATE EXTENSION btree_gist;
		CREATE TABLE rooms (id int, during daterange, name text, PRIMARY KEY (id, during WITHOUT OVERLAPS), UNIQUE (name, during WITHOUT OVERLAPS));
		CREATE TABLE bookings (
			paid int GENERATED ALWAYS AS (price * 2) VIRTUAL, id int PRIMARY KEY, room int, price int, during daterange,
			shout text GENERATED ALWAYS AS (upper(guest)) VIRTUAL, guest text,
			FOREIGN KEY (room, PERIOD during) REFERENCES rooms (id, PERIOD during));
		CREATE TABLE trusting (id int PRIMARY KEY, booking int REFERENCES bookings NOT ENFORCED, n int, CONSTRAINT positive CHECK (n > 0) NOT ENFORCED);
		INSERT INTO rooms SELECT i / 2, daterange('2020-01-01'::date + (i % 2) * 100, '2020-01-01'::date + (i % 2) * 100 + 100), 'room ' || i / 2 FROM generate_series(2, 401) i;
		INSERT INTO bookings (id, room, price, during, guest)
			SELECT i, 1 + i % 200, i, daterange('2020-01-01'::date + i % 90, '2020-01-01'::date + i % 90 + 100), 'Guest No. ' || i FROM generate_series(1, 3000) i;
		INSERT INTO trusting VALUES (1, 1, 1), (2, 999999, -1), (3, NULL, NULL)`, `version: 1
tables:
  public.rooms:
    keep: [during]
    columns:
      id: { mask: permute, domain: room, max: 1000000 }
      name: { mask: pseudonym, length: 24 }
  public.bookings:
    subject: id
    keep: [id, during]
    columns:
      price: { mask: permute, max: 1000000 }
      guest: full_name
  public.trusting: { keep: [id, booking, n] }
`)
	p.refresh()
	staging := p.staging()
	for _, c := range []struct{ what, sql, want string }{
		{"virtual columns that do not follow", `SELECT count(*) FROM bookings WHERE paid IS DISTINCT FROM price * 2 OR shout IS DISTINCT FROM upper(guest)`, "0"},
		{"original guests", `SELECT count(*) FROM bookings WHERE guest LIKE 'Guest No.%' OR shout LIKE 'GUEST NO.%'`, "0"},
		{"bookings", `SELECT count(*) FROM bookings WHERE guest IS NOT NULL AND price IS NOT NULL AND room IS NOT NULL`, "3000"},
		{"rooms", `SELECT count(DISTINCT id) || ' ' || count(DISTINCT name) FROM rooms`, "200 200"},
		{"rooms in the old range", `SELECT (count(*) > 20)::text FROM (SELECT DISTINCT id FROM rooms WHERE id <= 200) r`, "false"},
		{"what nobody enforces", `SELECT string_agg(concat_ws(' ', id, booking, n), ', ' ORDER BY id) FROM trusting`, "1 1 1, 2 999999 -1, 3"},
		{"constraints", `SELECT string_agg(conname || ' ' || conenforced || ' ' || convalidated || ' ' || conperiod, ', ' ORDER BY conname) FROM pg_constraint
			WHERE conrelid IN ('rooms'::regclass, 'bookings'::regclass, 'trusting'::regclass) AND contype NOT IN ('n', 'p')`,
			"bookings_room_during_fkey true true true, positive false false false, rooms_name_during_key true true true, trusting_booking_fkey false false false"},
	} {
		if got := one(t, staging, c.sql); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
	// Every booking still is in its own room: one mask, one to one.
	const shape = `SELECT count(*) AS bookings, count(DISTINCT during) FROM bookings GROUP BY room ORDER BY 1, 2`
	if d := cmp.Diff(rows(t, p.source, shape), rows(t, staging, shape)); d != "" {
		t.Errorf("bookings by room (-source +staging):\n%s", d)
	}

	// A mask of the period itself is refused: neither uniqueness nor the
	// reference could be proven.
	p.write("policy.yaml", strings.Replace(p.read("policy.yaml"), "keep: [during]\n    columns:",
		"columns:\n      during: { mask: sql, expression: \"daterange(lower(during) + 1, upper(during) + 1)\" }", 1))
	r := p.fails(3, "could make rows collide under the constraint rooms_", "refresh")
	if !strings.Contains(r.stderr, "unsupported: [") {
		t.Errorf("no way out is given:\n%s", r.stderr)
	}
}
