package integration

import (
	"strings"
	"testing"
)

// Copies and derived columns agree with what they are copies of, in staging as
// in production, and hold nothing of the originals.
func TestDerivedAndCopiedColumns(t *testing.T) {
	t.Parallel()
	p := newProject(t, `
		CREATE TABLE customers (id int PRIMARY KEY, email text NOT NULL UNIQUE, name text, phone text, vat varchar(20), city text, born date, note text);
		INSERT INTO customers SELECT n, 'realdata' || n || '@corp.test', 'Realdata ' || n, '+49 170 ' || 1000000 + n, 'realdata' || n, 'Realdata', DATE '1980-01-01' + n, 'realdata note ' || n FROM generate_series(1, 200) n;
		CREATE TABLE shops (region text, no int, owner int REFERENCES customers, title text, PRIMARY KEY (region, no));
		INSERT INTO shops SELECT 'eu', n, n, 'Realdata ' || n FROM generate_series(1, 50) n;
		CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, region text, shop int, email text, name text, phone text, vat varchar(20), city text, born date, shop_title text,
			label text NOT NULL CHECK (label <> ''), search tsvector, total int, FOREIGN KEY (region, shop) REFERENCES shops);
		INSERT INTO orders SELECT n, c.id, 'eu', n % 50 + 1, c.email, c.name, c.phone, c.vat, c.city, c.born, 'Realdata', 'realdata ' || n, to_tsvector('simple', 'realdata ' || c.name), 1
			FROM generate_series(1, 500) n JOIN customers c ON c.id = n % 200 + 1;
		UPDATE orders SET email = 'realdata.stale@corp.test' WHERE id % 10 = 0;
		INSERT INTO orders (id, label, email) VALUES (1000, 'realdata', 'realdata@corp.test');
		CREATE INDEX orders_search ON orders USING gin (search);
		CREATE UNIQUE INDEX orders_label ON orders (label);
		CREATE TABLE events (at date, customer_id int, email text, label text NOT NULL, makes_it_text regclass) PARTITION BY RANGE (at);
		CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
		CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
		INSERT INTO events SELECT DATE '2024-06-01' + n, n % 200 + 1, 'realdata', 'realdata', 'pg_class' FROM generate_series(1, 400) n;
		ANALYZE`, `version: 1
tables:
  public.orders:
    keep: [id]
    columns:
      customer_id: keep
      region: keep
      shop: keep
      email: { same_as: customers.email via customer_id }
      name: { same_as: public.customers.name via customer_id }
      phone: { mask: same_as, column: public.customers.phone, via: customer_id }
      vat: { same_as: customers.vat via customer_id }
      city: { same_as: customers.city via customer_id }
      born: { same_as: customers.born via customer_id }
      shop_title: { same_as: "shops.title via (region, shop)" }
      label: { derive: "coalesce(name, 'nobody') || ' #' || id" }
      search: { derive: "to_tsvector('simple', coalesce(name, ''))" }
      total: { mask: derive, expression: "(SELECT count(*) FROM public.orders o WHERE o.customer_id = orders.customer_id)" }
  public.customers:
    subject: id
    keep: [id]
    columns:
      email: { mask: email, domain: mail }
      name: full_name
      phone: phone
      vat: { mask: pseudonym, domain: vat }
      city: city
      born: { mask: shift_date, days: 40 }
      note: { derive: "(SELECT string_agg(label, ',' ORDER BY id) FROM public.orders o WHERE o.customer_id = customers.id)" }
  public.shops: { subject: owner -> public.customers, keep: [region, no, owner], columns: { title: company } }
  public.events:
    keep: [at, customer_id, makes_it_text]
    columns:
      email: { same_as: customers.email via customer_id }
      label: { derive: "md5(email)" }
`)
	p.ok("check")
	p.refresh()
	s := p.staging()
	for sql, want := range map[string]string{
		`SELECT count(*) FROM orders o, customers c WHERE o::text || c::text ~* 'realdata' AND c.id = coalesce(o.customer_id, 1)`:                                                                          "0",
		`SELECT count(*) FROM orders o JOIN customers c ON c.id = customer_id WHERE o.email = c.email AND o.name = c.name AND o.phone = c.phone AND o.vat = c.vat AND o.city = c.city AND o.born = c.born`: "500",
		`SELECT count(*) FROM orders WHERE customer_id IS NULL AND email IS NULL AND label = 'nobody #1000'`:                                                                                               "1",
		`SELECT count(*) FROM orders JOIN shops ON no = shop WHERE shop_title = title`:                                                                                                                     "500",
		`SELECT count(*) FROM orders WHERE label = name || ' #' || id AND search = to_tsvector('simple', name)`:                                                                                            "500",
		`SELECT sum(total) FROM orders`:                                one(t, p.source, `SELECT sum(n * n) FROM (SELECT count(*) AS n FROM orders WHERE customer_id IS NOT NULL GROUP BY customer_id) q`),
		`SELECT count(*) FROM customers WHERE note LIKE name || ' #%'`: "200",
		`SELECT count(*) FROM events JOIN customers c ON c.id = customer_id WHERE events.email = c.email AND label = md5(c.email)`:                              "400",
		`SELECT count(*) FROM pg_attribute WHERE attname = 'label' AND attnotnull AND attrelid::regclass::text IN ('orders', 'events', 'events_1', 'events_2')`: "4",
	} {
		if got := one(t, s, sql); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
	// Rewritten, the table is as compact as its source, unless an autovacuum
	// that just then looks at it holds on to the rows before.
	compact := func() bool {
		return one(t, p.staging(), `SELECT pg_relation_size('orders') < 1.5 * `+one(t, p.source, `SELECT pg_relation_size('orders')`)) == "t"
	}
	first, was := contents(t, s), compact()
	p.refresh()
	compare(t, "second refresh", first, contents(t, s))
	if !was && !compact() {
		t.Error("the table of derived columns holds rows twice")
	}

	rest := p.read("policy.yaml")
	for name, c := range map[string]struct {
		code     int
		rule     string
		complain string
	}{
		"an unknown column":      {3, `{ derive: "nam || 'x'" }`, "policy.yaml:"},
		"a second statement":     {3, `{ derive: "'x'); DROP TABLE public.customers; --" }`, "policy.yaml:"},
		"NULL where none may be": {5, `{ derive: "NULL::text" }`, "NOT NULL"},
		"a failing expression":   {5, `{ derive: "(1 / (id - id))::text" }`, "by the rules of label ("},
	} {
		t.Run(name, func(t *testing.T) {
			p.t = t
			p.write("policy.yaml", replaceOnce(t, rest, `{ derive: "coalesce(name, 'nobody') || ' #' || id" }`, c.rule))
			p.fails(c.code, c.complain, "refresh")
		})
	}
}

func replaceOnce(t *testing.T, text, old, with string) string {
	t.Helper()
	if strings.Count(text, old) != 1 {
		t.Fatalf("%q is there %d times", old, strings.Count(text, old))
	}
	return strings.Replace(text, old, with, 1)
}
