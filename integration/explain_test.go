package integration

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"

	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/refresh"
)

const explainedSchema = `
CREATE TABLE customers (id bigint PRIMARY KEY, email varchar(60) NOT NULL UNIQUE, name text, city text, born date, secret text, note text,
	label text GENERATED ALWAYS AS (upper(name)) STORED);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, shipped_to text, email varchar(40), ip inet);
CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint NOT NULL REFERENCES orders, engraving text);
CREATE TABLE audit_2024 (id int, what text);
CREATE TABLE "Odd Name" (id int PRIMARY KEY, "Ship To" text);
INSERT INTO customers SELECT n, 'u' || n || '@real.example.io', 'Real ' || n, (ARRAY['Ulm','Bonn'])[n % 2 + 1], DATE '1980-01-01' + n, 's' || n, 'n' FROM generate_series(1, 200) n;
INSERT INTO orders SELECT n, n, 'Real Street ' || n, 'u' || n || '@real.example.io', '10.0.0.1' FROM generate_series(1, 200) n;
INSERT INTO items SELECT n, n, 'for Real ' || n FROM generate_series(1, 200) n;
ANALYZE;
`

const explainedPolicy = `version: 1
tables:
  public.customers:
    subject: id
    keep: [id]
    columns:
      email: { mask: email, domain: person.email }
      name: full_name
      city: { mask: city, domain: town }
      born: { mask: shift_date, days: 30 }
      secret: "null"
      note: { mask: sql, expression: "upper(note)" }
  public.orders:
    subject: customer_id -> public.customers
    keep: [id, customer_id]
    columns:
      shipped_to: address
      email: { mask: email, domain: person.email }
      ip: ip
  public.items:
    subject: order_id -> public.orders
    keep: [id, order_id]
    columns: { engraving: full_name }
  public.audit_*: { rows: none }
  public."Odd Name":
    keep: [id]
    columns: { "Ship To": address }
` + frequencyWaived

func TestExplain(t *testing.T) {
	t.Parallel()
	p := newProject(t, explainedSchema, explainedPolicy)
	p.setenv("UNDERSTUDY_KEY", "") // not needed: a reviewer has none
	all := []string{"public.customers", "public.orders.shipped_to", "public.orders.email", "public.items.engraving", "public.audit_2024.what", `public."Odd Name"."Ship To"`}
	var got []policies.Explanation
	if err := json.Unmarshal([]byte(p.ok(append([]string{"explain", "--output", "json"}, all...)...).stdout), &got); err != nil {
		t.Fatal(err)
	}
	by := map[string]policies.Explanation{}
	for _, e := range got {
		by[e.Column] = e
		if len(e.Keeps) == 0 && e.Rule != "generated" || len(e.WithCopy) == 0 || len(e.WithKey) == 0 || e.Origin == "" {
			t.Errorf("%s leaves something open: %+v", e.Column, e)
		}
	}
	if len(got) != 13 {
		t.Errorf("%d columns explained: %v", len(got), by)
	}
	joined := func(s []string) string { return strings.Join(s, "\n") }
	email := by["public.customers.email"]
	if !email.Unique || !email.Injective || email.Domain != "person.email" || len(email.Shared) != 1 || email.Shared[0] != "public.orders.email" ||
		!strings.HasSuffix(email.Origin, "policy.yaml:7:14") || !strings.Contains(email.Verdict, "proven unique") || email.Limit != 60 {
		t.Errorf("email: %+v", email)
	}
	for column, want := range map[string]string{
		"public.customers.id":         "every value",
		"public.customers.email":      "occurs once",
		"public.customers.city":       "only some 2 different ones",
		"public.customers.name":       "nothing of the value",
		"public.customers.born":       "who knows one original",
		"public.customers.secret":     "nothing of the values",
		"public.customers.note":       "read it as an attacker would",
		"public.customers.label":      "name",
		"public.orders.shipped_to":    "nothing of the value",
		"public.audit_2024.what":      "nothing of the column's values",
		`public."Odd Name"."Ship To"`: "nothing of the value",
	} {
		if e := by[column]; !strings.Contains(joined(e.WithCopy), want) {
			t.Errorf("%s with the copy: %q, want %q", column, e.WithCopy, want)
		}
	}
	for column, want := range map[string]string{
		"public.customers.email": "every original that can be guessed",
		"public.customers.born":  "every original whose subject's key is known",
		"public.customers.name":  "nothing of the originals",
	} {
		if e := by[column]; !strings.Contains(joined(e.WithKey), want) {
			t.Errorf("%s with the key: %q, want %q", column, e.WithKey, want)
		}
	}
	if e := by["public.orders.email"]; e.Unique || !strings.Contains(joined(e.WithCopy), "by counting") || strings.Contains(joined(e.WithCopy), "occurs once") {
		t.Errorf("a column of a domain whose others are unique: %+v", e)
	}
	if e := by["public.items.engraving"]; e.KeyedBy != "subject public.customers" ||
		e.SubjectPath != "public.items.order_id = public.orders.id, to public.orders.customer_id" || !strings.Contains(e.SubjectSQL, `SELECT s1."customer_id"::text`) {
		t.Errorf("subject path: %+v", e)
	}
	if e := by["public.audit_2024.what"]; e.Pattern != "public.audit_*" || e.Rule != "none" {
		t.Errorf("pattern: %+v", e)
	}

	text := p.ok(append([]string{"explain"}, all...)...).stdout
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\n"); runewidth.StringWidth(line) > 80 && len(strings.Fields(line)) > 3 {
			t.Errorf("wider than a terminal: %q", line)
		}
	}
	p.fails(2, "did you mean", "explain", "public.customers.emial")
	p.fails(2, "did you mean", "explain", "public.custmers")
	p.fails(2, "schema.table.column", "explain", "customers")
	p.fails(2, "takes columns or tables", "explain")
}

// Whoever upgrades sees before the next refresh which columns change: by the
// versions of the masks that the serving generation records.
func TestExplainUpgrade(t *testing.T) {
	t.Parallel()
	p := newProject(t, explainedSchema, explainedPolicy)
	p.fails(4, "nothing to compare with", "explain", "--upgrade")
	p.refresh()
	upgrade := func() (u refresh.Upgrade) {
		t.Helper()
		if err := json.Unmarshal([]byte(p.ok("explain", "--upgrade", "--output", "json").stdout), &u); err != nil {
			t.Fatal(err)
		}
		return u
	}
	if u := upgrade(); len(u.Changes) != 0 || len(u.Edited) != 0 || u.Generation != 1 || u.Columns != 10 {
		t.Errorf("right after a refresh: %+v", u)
	}
	// As if the generation had been made by an understudy whose e-mails were others.
	execute(t, p.staging(), `UPDATE _understudy.provenance SET outputs = jsonb_set(outputs, '{public.customers.email,version}', '0'), tool_version = 'v0.0.1'`)
	p.write("policy.yaml", strings.Replace(explainedPolicy, "days: 30", "days: 60", 1))
	u := upgrade()
	if len(u.Changes) != 1 || u.Changes[0].Column != "public.customers.email" || u.Changes[0].From != 0 || u.Changes[0].To != 1 {
		t.Errorf("changed by the mask: %+v", u.Changes)
	}
	if len(u.Edited) != 1 || u.Edited[0].Column != "public.customers.born" {
		t.Errorf("changed by the policy: %+v", u.Edited)
	}
	text := p.ok("explain", "--upgrade").stdout
	for _, want := range []string{"1 of 10 masked columns get other values", "public.customers.email", "version 0 to 1", "because the policy has changed"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	// A generation of a version that did not record it by column.
	execute(t, p.staging(), `ALTER TABLE _understudy.provenance DROP COLUMN outputs`)
	if u := upgrade(); len(u.Changes)+len(u.Edited) != 0 {
		t.Errorf("same catalogue, nothing by column: %+v", u)
	}
	execute(t, p.staging(), `UPDATE _understudy.provenance SET mask_version = 1`)
	if u := upgrade(); len(u.Changes) != 10 {
		t.Errorf("another catalogue, nothing by column: %+v", u)
	}
}

// Rules inside of rules, rules with conditions, copies and derived columns are
// explained by what they are made of.
func TestExplainRulesOfParts(t *testing.T) {
	t.Parallel()
	p := newProject(t, `CREATE TABLE c (id int PRIMARY KEY, email text NOT NULL, kind text, doc jsonb, note text, salary numeric, zip text, s text);
CREATE TABLE o (id int PRIMARY KEY, c_id int NOT NULL REFERENCES c, mail text);`, `version: 1
tables:
  public.c:
    subject: id
    keep: [id, kind]
    columns:
      email: email
      doc: { mask: json, paths: { $.mail: { mask: email, domain: person.mail }, $.n: { mask: noise, by: 3 } } }
      note: [{ when: "kind = 'y'", mask: keep }, { mask: text }]
      salary: { mask: noise, ratio: 0.1 }
      zip: { mask: generalize, prefix: 2 }
      s: { derive: "upper(email)" }
  public.o: { keep: [id, c_id], columns: { mail: { same_as: public.c.email via c_id } } }
`)
	text := strings.Join(strings.Fields(p.ok("explain", "public.c", "public.o.mail").stdout), " ")
	for _, want := range []string{
		"json (paths: {$.mail: {domain: person.mail, mask: email}, $.n: {by: 3, mask: noise}})",
		"of parts in the domain person.mail: every original that can be guessed",
		"some values as they are, where the rule says so",
		"the noise of a row whose key is kept can be computed",
		"a coarser form of every value",
		"no more than the columns that it is made of show after masking",
		"what public.c.email tells",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
