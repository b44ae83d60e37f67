package integration

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/internal/pgtest"
)

// A schema in the manner of the public sample databases, with a policy that
// uses what policies can say.
func TestRental(t *testing.T) {
	t.Parallel()
	p := newCopy(t, copyOptions{
		source: pgtest.Source(t).Database(t, readFile(t, "testdata/rental/schema.sql")),
		policy: readFile(t, "testdata/rental/policy.yaml"),
	})
	p.ok("check")
	p.refresh()
	s := p.staging()

	t.Run("schema", func(t *testing.T) {
		compare(t, "schema", p.sourceSchema(nil), dumpSchema(t, p.target, s, map[string]string{p.owner: "postgres"}))
		if got := rows(t, s, `SELECT conrelid::regclass || '.' || conname FROM pg_constraint WHERE NOT convalidated UNION ALL SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid`); len(got) > 0 {
			t.Errorf("not valid: %q", got)
		}
	})
	t.Run("rows", func(t *testing.T) {
		counts := `SELECT relname AS k, (xpath('/row/c/text()', query_to_xml('SELECT count(*) AS c FROM ONLY ' || oid::regclass, false, true, '')))[1]::text AS v
			FROM pg_class WHERE relkind IN ('r', 'm') AND relnamespace = 'public'::regnamespace`
		want := pairs(t, p.source, counts)
		want["session"] = "0"
		compare(t, "rows", want, pairs(t, s, counts))
	})
	t.Run("kept", func(t *testing.T) {
		for _, sql := range []string{
			`SELECT md5(string_agg(f::text, ',' ORDER BY film_id)) FROM film f`,
			`SELECT md5(string_agg(f::text, ',' ORDER BY actor_id)) FROM actor_info f`,
			`SELECT md5(string_agg(r::text, ',' ORDER BY rating)) FROM rental_by_rating r`,
			`SELECT md5(string_agg(concat_ws(',', rental_id, period, inventory_id, staff_id, note IS NULL), '|' ORDER BY rental_id)) FROM rental`,
			`SELECT md5(string_agg(concat_ws(',', tableoid::regclass, payment_id, rental_id, amount, payment_date), '|' ORDER BY payment_id)) FROM payment`,
			`SELECT md5(string_agg(concat_ws(',', profile #> '{theme}', activebool, create_date, address_id), '|' ORDER BY address_id)) FROM customer`,
			`SELECT md5(string_agg(n::text, ',' ORDER BY n)) FROM (SELECT count(*) AS n FROM rental GROUP BY customer_id) q`,
		} {
			if a, b := one(t, p.source, sql), one(t, s, sql); a != b {
				t.Errorf("%s differs", sql)
			}
		}
	})
	t.Run("masked", func(t *testing.T) {
		// The word that every value of a person holds is in no row of staging.
		for table := range contents(t, s) {
			if strings.HasPrefix(table, "_understudy.") {
				continue
			}
			if n := one(t, s, `SELECT count(*) FROM ONLY `+table+` AS "a row" WHERE "a row"::text ~* 'realdata|5265616c64617461|4556 7375|93\.184|00:1b:63|RD-0|77700012345|\+49 777'`); n != "0" {
				t.Errorf("%s: %s rows hold original values", table, n)
			}
		}
		for sql, want := range map[string]string{
			`SELECT count(DISTINCT account) || ' ' || count(DISTINCT lower(email)) || ' ' || count(DISTINCT customer_id) || ' ' || count(birthday) || ' ' || count(contacts) FROM customer`: "1000 1000 1000 1000 0",
			`SELECT count(*) FROM customer WHERE email !~ '@([a-z0-9-]+\.)*(example\.(com|net|org)|[a-z0-9-]+\.test)$'`:                                                                     "0",
			`SELECT count(*) FROM newsletter n JOIN customer c ON lower(c.email) = lower(n.email)`:                                                                                          "300",
			`SELECT count(*) FROM complaint JOIN customer USING (account)`:                                                                                                                  "300",
			`SELECT count(*) FROM complaint c JOIN staff s ON s.email = c.answered_by`:                                                                                                      "100",
			`SELECT count(*) FROM customer c JOIN customer r ON r.customer_id = c.referred_by`:                                                                                              "200",
			`SELECT count(*) FROM customer WHERE customer_id NOT BETWEEN 1 AND 100000 OR profile ->> 'theme' <> 'dark' OR jsonb_typeof(profile #> '{nested,0,visits}') <> 'number'`:         "0",
			`SELECT count(*) FROM payment p JOIN customer c USING (customer_id) WHERE p.payer LIKE c.first_name || ' %'`:                                                                    "4000",
			`SELECT count(*) FROM staff WHERE picture IS NOT NULL OR password !~ '^\$2'`:                                                                                                    "0",
			`SELECT count(*) FILTER (WHERE note IS NOT NULL) FROM rental`:                                                                                                                   "444",
		} {
			if got := one(t, s, sql); got != want {
				t.Errorf("%s: %s, want %s", sql, got, want)
			}
		}
		if got := one(t, s, `INSERT INTO customer (account, store_id, first_name, last_name, email, address_id) VALUES ('new', 1, 'a', 'b', 'c@d', 1) RETURNING customer_id`); got != "100001" {
			t.Errorf("the sequence goes on at %s, below what the permutation gives out", got)
		}
		// Customers keep their rentals, whatever their number is now.
		same := `SELECT md5(string_agg(a.address_id || ':' || r.rental_id, ',' ORDER BY r.rental_id)) FROM rental r JOIN customer c USING (customer_id) JOIN address a USING (address_id)`
		if a, b := one(t, p.source, same), one(t, s, same); a != b {
			t.Error("rentals have moved to other customers")
		}
	})

	t.Run("life", func(t *testing.T) {
		p.t = t
		execute(t, s, `DELETE FROM customer WHERE account = 'new'`)
		first := contents(t, s)
		p.refresh()
		again := contents(t, s)
		compare(t, "second refresh", first, again)
		execute(t, s, `TRUNCATE complaint`, `UPDATE film SET title = 'changed'`)
		p.ok("reset")
		compare(t, "reset", again, contents(t, s))
		execute(t, s, `UPDATE film SET title = 'changed'`)
		p.ok("rollback")
		compare(t, "rollback", first, contents(t, s))
	})
}

// pgbench's schema with its primary and foreign keys, and a history that has
// no key at all.
func TestPgbench(t *testing.T) {
	t.Parallel()
	src := pgtest.Source(t)
	bench := src.Programs(t).Path("pgbench")
	if _, err := os.Stat(bench); err != nil {
		t.Skipf("pgbench is not among the client programs: %v", err)
	}
	url := src.Database(t)
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.Command(bench, append(args, url)...).CombinedOutput(); err != nil {
			t.Fatalf("pgbench %q: %v\n%s", args, err, out)
		}
	}
	run("--initialize", "--scale=1", "--foreign-keys", "--quiet")
	run("--transactions=200", "--client=2", "--no-vacuum")
	p := newCopy(t, copyOptions{source: url, policy: `version: 1
tables:
  public.pgbench_branches: { keep: [bid, bbalance], columns: { filler: redact } }
  public.pgbench_tellers: { keep: [tid, bid, tbalance], columns: { filler: redact } }
  public.pgbench_accounts:
    keep: [bid]
    columns:
      aid: { mask: permute, domain: account, max: 1000000 }
      abalance: { mask: generalize, step: 1000 }
      filler: redact
  public.pgbench_history:
    subject: aid -> public.pgbench_accounts
    keep: [tid, bid, delta]
    columns: { mtime: { mask: shift_date, days: 10 }, filler: redact }
`})
	run1 := p.refresh()
	if run1.Totals.Rows != 100000+1+10+400 {
		t.Errorf("%d rows", run1.Totals.Rows)
	}
	s := p.staging()
	for sql, want := range map[string]string{
		`SELECT count(*) || ' ' || count(DISTINCT aid) FROM pgbench_accounts`:                                               "100000 100000",
		`SELECT count(*) FROM pgbench_accounts WHERE aid NOT BETWEEN 1 AND 1000000 OR abalance % 1000 <> 0`:                 "0",
		`SELECT count(*) FROM pgbench_history h JOIN pgbench_accounts USING (aid)`:                                          "400",
		`SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated AND conrelid::regclass::text ~ '^pgbench'`: "5",
	} {
		if got := one(t, s, sql); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
	if a, b := one(t, p.source, `SELECT sum(delta) FROM pgbench_history`), one(t, s, `SELECT sum(delta) FROM pgbench_history`); a != b {
		t.Errorf("history sums to %s instead of %s", b, a)
	}

	first := contents(t, s)
	p.refresh()
	compare(t, "second refresh", first, contents(t, s))
	run("--transactions=100", "--client=2", "--no-vacuum")
	if run := p.refresh(); run.Totals.Rows != run1.Totals.Rows+200 {
		t.Errorf("%d rows after %d and 200 transactions", run.Totals.Rows, run1.Totals.Rows)
	}
	third := contents(t, s)
	execute(t, s, `TRUNCATE pgbench_history`, `DELETE FROM pgbench_tellers WHERE tid > 5`)
	p.ok("reset")
	compare(t, "reset", third, contents(t, s))
	p.ok("rollback")
	compare(t, "rollback", first, contents(t, s))
}
