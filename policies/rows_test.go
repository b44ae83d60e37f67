package policies_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/transform"
	"github.com/understudy-db/understudy/transform/copyrow"
)

// masked copies every table of a source through its plan into a database of
// the same schema, in binary or text format. Unique indexes, checks and
// partition bounds are in force while loading, foreign keys are built after.
func masked(t *testing.T, s *pgtest.Server, b *policies.Binding, sourceURL, schema string, f copyrow.Format) *pgx.Conn {
	t.Helper()
	ctx := context.Background()
	source, err := catalog.Connect(ctx, catalog.DSN(sourceURL), catalog.Session{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close(ctx)
	target := s.Conn(t, s.Database(t, schema))
	exec := func(sql string) {
		t.Helper()
		if _, err := target.Exec(ctx, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	exec("set session_replication_role = replica") // foreign keys wait
	for _, tb := range b.Tables {
		if tb.Rows == policies.NoRows {
			continue
		}
		plan, err := tb.Plan(f)
		if err != nil {
			t.Fatal(err)
		}
		var rows bytes.Buffer
		rows.Write(transform.Header(f))
		stream := plan.Stream(func(p []byte) error { rows.Write(p); return nil })
		format := [...]string{"text", "binary"}[f]
		where := ""
		if tb.Where != "" {
			where = " WHERE (\n" + tb.Where + "\n)"
		}
		out := "COPY (SELECT " + strings.Join(plan.SelectList(), ", ") + " FROM ONLY " + tb.Table.Name.SQL() + where + ") TO STDOUT (FORMAT " + format + ")"
		if _, err := source.PgConn().CopyTo(ctx, stream, out); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		if err := stream.Close(); err != nil {
			t.Fatalf("%s: %v", tb.Table.Name, err)
		}
		rows.Write(transform.Trailer(f))
		names := make([]string, len(plan.Columns))
		for i, c := range plan.Columns {
			names[i] = catalog.QuoteIdent(c.Name)
		}
		into := tb.Table
		if tb.ViaRoot {
			into = tb.Root
		}
		in := "COPY " + into.Name.SQL() + " (" + strings.Join(names, ", ") + ") FROM STDIN (FORMAT " + format + ")"
		if _, err := target.PgConn().CopyFrom(ctx, &rows, in); err != nil {
			t.Fatalf("%s: %v", in, err)
		}
	}
	exec("set session_replication_role = origin")
	cat, err := catalog.Read(ctx, target)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range cat.Tables {
		for _, fk := range table.ForeignKeys {
			if !fk.Inherited {
				name := catalog.QuoteIdent(fk.Name)
				exec("alter table " + table.Name.SQL() + " drop constraint " + name + ", add constraint " + name + " " + fk.Definition)
			}
		}
	}
	return target
}

func one[T any](t *testing.T, conn *pgx.Conn, sql string) T {
	t.Helper()
	var v T
	if err := conn.QueryRow(context.Background(), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

const rowsSchema = `
create extension citext;
create table persons (id int primary key, full_name text not null, email text unique);
create table customers (id bigint primary key, person_id int not null unique references persons, name text, mail citext unique, boss bigint references customers);
create unique index on customers (lower(name));
create table orders (id int primary key, customer_id int not null references customers, buyer text, gift text, slug text, unique (customer_id, slug));
create table items (order_id int not null references orders, line int, who text, primary key (order_id, line));
create table newsletter (mail citext primary key references customers (mail), who text);
create table events (id bigint not null, day date not null, customer_id bigint references customers, who text, primary key (id, day)) partition by range (id);
create table events_a partition of events for values from (0) to (500);
create table events_b partition of events for values from (500) to (1000000000);
create table plain (a int, b text);
`

const rowsData = `
insert into persons select i, 'Person ' || i % 50, case when i % 7 > 0 then 'p' || i || '@real.org' end from generate_series(1, 300) i;
insert into customers select i, i, 'Name ' || i, 'C' || i || '@Real.org', nullif(i / 2, 0) from generate_series(1, 300) i;
insert into orders select i, i % 300 + 1, 'x', case when i % 3 > 0 then 'y' end, 's' || i from generate_series(1, 900) i;
insert into items select i % 900 + 1, i, 'z' from generate_series(1, 2000) i;
insert into newsletter select lower(mail::text), 'w' from customers where id % 2 = 0;
insert into events select i, date '2024-01-01' + i % 100, nullif(i % 301, 0), 'v' from generate_series(1, 900) i;
insert into plain select i % 10, 'same' from generate_series(1, 100) i;
`

const rowsPolicy = `
version: 1
tables:
  public.persons:
    subject: id
    keep: [id]
    columns: { full_name: full_name, email: email }
  public.customers:
    subject: person_id -> public.persons
    keep: [person_id]
    columns:
      id: { mask: permute, max: 2000000000 }
      name: { mask: pseudonym, length: 20 }
      mail: { mask: email, domain: person.email }
  public.orders:
    subject: customer_id -> public.customers
    columns:
      id: { mask: permute, max: 100000 }
      buyer: full_name
      gift: full_name
      slug: username
  public.items:
    subject: order_id -> public.orders.customer_id -> public.customers
    keep: [line]
    columns: { who: full_name }
  public.newsletter: { subject: mail -> public.customers, columns: { who: full_name } }
  public.events:
    subject: customer_id -> public.customers
    keep: [day]
    columns: { id: { mask: permute, max: 999999 }, who: full_name }
  public.plain: { keep: [a], columns: { b: full_name } }
`

// TestMaskedRows: what the plans make of real rows satisfies every constraint,
// keeps every join, and lets one person be one person in all tables, whatever
// the wire format.
func TestMaskedRows(t *testing.T) {
	t.Parallel()
	cat, s, url := readCatalog(t, rowsSchema+rowsData)
	b := bindText(t, cat, []byte(rowsPolicy))
	source := s.Conn(t, url)
	text := masked(t, s, b, url, rowsSchema, copyrow.Text)
	binary := masked(t, s, b, url, rowsSchema, copyrow.Binary)

	for _, table := range []string{"persons", "customers", "orders", "items", "newsletter", "events", "plain"} {
		sum := "select count(*) || ' ' || coalesce(sum(hashtextextended(x::text, 0)), 0) from " + table + " x"
		if a, b := one[string](t, text, sum), one[string](t, binary, sum); a != b {
			t.Errorf("%s: text and binary differ: %s, %s", table, a, b)
		}
		if a, b := one[int64](t, source, "select count(*) from "+table), one[int64](t, text, "select count(*) from "+table); a != b {
			t.Errorf("%s: %d rows became %d", table, a, b)
		}
	}
	for _, join := range []string{
		"customers c join customers b on b.id = c.boss",
		"orders o join customers c on c.id = o.customer_id",
		"items i join orders o on o.id = i.order_id",
		"newsletter n join customers c on c.mail = n.mail",
		"events e join customers c on c.id = e.customer_id",
	} {
		count := "select count(*) from " + join
		if a, b := one[int64](t, source, count), one[int64](t, text, count); a != b {
			t.Errorf("%s: %d rows became %d", join, a, b)
		}
	}
	for what, wrong := range map[string]string{
		"orders disagree with the person":      "select count(*) from orders o join customers c on c.id = o.customer_id join persons p on p.id = c.person_id where o.buyer <> p.full_name or o.gift <> p.full_name",
		"items disagree with the person":       "select count(*) from items i join orders o on o.id = i.order_id join customers c on c.id = o.customer_id join persons p on p.id = c.person_id where i.who <> p.full_name",
		"newsletter disagrees":                 "select count(*) from newsletter n join customers c on c.mail = n.mail join persons p on p.id = c.person_id where n.who <> p.full_name",
		"events disagree":                      "select count(*) from events e join customers c on c.id = e.customer_id join persons p on p.id = c.person_id where e.who <> p.full_name",
		"NULL became something":                "select count(*) from orders where gift is null having count(*) <> 300",
		"real values are left":                 "select count(*) from persons p, customers c where p.full_name like 'Person %' or p.email like '%real.org' or c.name like 'Name %' or c.mail like '%real.org'",
		"events without a subject all agree":   "select count(distinct who) from events where customer_id is null having count(distinct who) = 1 and count(*) > 1",
		"rows that are equal are masked apart": "select count(*) - count(distinct a) from (select distinct a, b from plain) x",
	} {
		if n := one[int64](t, text, "select coalesce(("+wrong+"), 0)"); n != 0 {
			t.Errorf("%s: %d", what, n)
		}
	}
}

// TestOrderUnderConditions: noise keeps the order of events under conditions
// too, after a column that has noise of its own.
func TestOrderUnderConditions(t *testing.T) {
	t.Parallel()
	const schema = "create table visits (id int primary key, kind text, came timestamptz, went timestamptz);"
	cat, s, url := readCatalog(t, schema+`
		insert into visits select i, (array['a', 'b', 'c'])[1 + i % 3], '2024-01-01'::timestamptz + i * interval '7 hours', '2024-01-01'::timestamptz + i * interval '7 hours' + i % 50 * interval '1 minute' from generate_series(1, 600) i;`)
	b := bindText(t, cat, []byte(`
version: 1
tables:
  public.visits:
    keep: [id, kind]
    columns:
      came: { mask: noise, by: 30 }
      went:
        - { when: "kind = 'a'", mask: noise, by: 1, after: came }
        - { when: "kind = 'b'", mask: keep }
        - { mask: noise, by: 20, after: came }
`))
	for _, f := range []copyrow.Format{copyrow.Text, copyrow.Binary} {
		target := masked(t, s, b, url, schema, f)
		for what, wrong := range map[string]string{
			"went before they came":       "kind <> 'b' and went < came",
			"a kept time changed":         "kind = 'b' and went <> '2024-01-01'::timestamptz + id * interval '7 hours' + id % 50 * interval '1 minute'",
			"the noise is too much":       "kind = 'a' and went - came > interval '1 day 50 minutes'",
			"a time that changes did not": "kind = 'c' and went = '2024-01-01'::timestamptz + id * interval '7 hours' + id % 50 * interval '1 minute'",
		} {
			if n := one[int64](t, target, "select count(*) from visits where "+wrong); n != 0 {
				t.Errorf("%s: %d rows", what, n)
			}
		}
	}
}

// TestSubjectKeys: the same subject has the same key in SQL wherever a row
// stands, a missing one is NULL, and keys of several columns never run
// together.
func TestSubjectKeys(t *testing.T) {
	t.Parallel()
	schema := `
create extension citext;
create table p (a numeric(10,2), b text, name text, primary key (a, b));
create table q (x numeric, y varchar(20), name text, foreign key (x, y) references p (a, b));
create table m (mail citext primary key, name text);
create table n (mail citext references m, other text, name text);
insert into p values (1, '2:x', 'a'), (1.20, '', 'b'), (12, 'x', 'c');
insert into q values (1.00, '2:x', 'a'), (1.2, '', 'b'), (12.0, 'x', 'c'), (null, 'x', 'd'), (1, null, 'e');
insert into m values ('A@x.org', 'a');
insert into n values ('a@X.org', 'A@X.ORG', 'a'), (null, 'nobody', 'b');
`
	policy := `
version: 1
tables:
  public.p: { keep: [a, b], columns: { name: full_name } }
  public.q: { subject: "(y, x) -> public.p", keep: [x, y], columns: { name: full_name } }
  public.m: { keep: [mail], columns: { name: full_name } }
  public.n: { subject: other -> public.m, keep: [mail, other], columns: { name: full_name } }
`
	// In q and n the columns are named in another order or hold the key by
	// another spelling; the look-up settles both.
	policy = strings.Replace(policy, `"(y, x) -> public.p"`, `"(x, y) -> public.p"`, 1)
	cat, s, url := readCatalog(t, schema)
	b := bindText(t, cat, []byte(policy))
	target := masked(t, s, b, url, strings.Split(schema, "insert")[0], copyrow.Text)
	if n := one[int64](t, target, `select count(*) from p join q on x = a and y = b where p.name <> q.name`); n != 0 {
		t.Errorf("%d rows of q disagree with p", n)
	}
	if n := one[int64](t, target, `select count(*) from m join n using (mail) where m.name <> n.name`); n != 0 {
		t.Errorf("%d rows of n disagree with m", n)
	}
	keys := fmt.Sprintf("select count(distinct %s) from p", inputOf(t, b, "public.p"))
	if n := one[int64](t, s.Conn(t, url), keys); n != 3 {
		t.Errorf("three keys make %d", n)
	}
	nulls := fmt.Sprintf("select count(*) from q where %s is null", inputOf(t, b, "public.q"))
	if n := one[int64](t, s.Conn(t, url), nulls); n != 2 {
		t.Errorf("%d NULL subjects, want 2", n)
	}
}

func inputOf(t *testing.T, b *policies.Binding, table string) string {
	t.Helper()
	for _, tb := range b.Tables {
		if tb.Table.Name.String() == table {
			plan, err := tb.Plan(copyrow.Text)
			if err != nil {
				t.Fatal(err)
			}
			return plan.Keys[0].Expr
		}
	}
	t.Fatalf("no table %s", table)
	return ""
}
