package integration

import "testing"

// Events keep their order though each is moved, in both COPY formats; sums stay
// close, no amount stays, and a second refresh draws the same noise.
func TestNoiseAndOrder(t *testing.T) {
	t.Parallel()
	p := newProject(t, `
		CREATE TABLE customers (id int PRIMARY KEY, joined date);
		INSERT INTO customers SELECT n, DATE '2023-01-01' + n FROM generate_series(1, 20) n;
		CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, created timestamptz, paid timestamptz, shipped date, total numeric(10,2) CHECK (total > 0), qty int);
		INSERT INTO orders SELECT n, n % 20 + 1, t, t + n * interval '1 minute', (t + n * interval '1 minute')::date + n % 3, n + 0.50, n
			FROM (SELECT n, '2024-01-01 00:00+00'::timestamptz + n * interval '1 hour 7 min' AS t FROM generate_series(1, 1000) n) q;
		UPDATE orders SET paid = NULL, shipped = NULL WHERE id % 10 = 0;
		CREATE TABLE texts AS SELECT *, 'pg_class'::regclass AS makes_it_text FROM orders;
		ALTER TABLE texts ADD PRIMARY KEY (id)`, `version: 1
tables:
  public.customers: { subject: id, keep: [id], columns: { joined: { mask: shift_date, days: 90 } } }
  public.orders:
    subject: customer_id -> public.customers
    keep: [id, customer_id]
    columns:
      created: { mask: shift_date, days: 90 }
      paid: { mask: noise, by: 0.5, after: created }
      shipped: { mask: noise, by: 2, after: paid }
      total: { mask: noise, ratio: 0.2, min: 0.01 }
      qty: { mask: noise, by: 3, min: 1 }
  public.texts:
    keep: [id, customer_id, makes_it_text, created]
    columns:
      paid: { mask: noise, by: 0.5, after: created }
      shipped: { mask: noise, by: 2, after: paid }
      total: noise
      qty: noise
`, "determinism: per_refresh")
	p.refresh()
	s := p.staging()
	for sql, want := range map[string]string{
		`SELECT count(*) FROM orders WHERE paid < created OR shipped < paid::date`:                                                    "0",
		`SELECT count(*) FROM texts WHERE paid < created OR shipped < paid::date`:                                                     "0",
		`SELECT count(*) FROM orders WHERE paid IS NULL AND shipped IS NULL`:                                                          "100",
		`SELECT count(*) FROM orders WHERE total = id + 0.50 OR qty = id OR qty < 1 OR scale(total) <> 2`:                             "0",
		`SELECT round(sum(total) / 500500, 1) FROM orders`:                                                                            "1.0",
		`SELECT count(*) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE created::date - joined NOT BETWEEN 300 AND 420`: "0",
	} {
		if got := one(t, s, sql); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
	noise := `SELECT md5(string_agg(concat_ws(',', id, total, qty, paid - created), '|' ORDER BY id)) FROM orders`
	first := one(t, s, noise)
	p.refresh()
	if one(t, s, noise) != first {
		t.Error("a second refresh drew other noise: averaging many would give the truth away")
	}
}
