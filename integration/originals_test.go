package integration

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/report"
)

// person is somebody whose values a masked table holds, and whose values are
// planted elsewhere.
type person struct{ first, last, email, phone, street, account string }

func personNumber(n int) person {
	letters := func(n int) string { return string([]rune{'a' + rune(n%26), 'a' + rune(n/26%26), 'o'}) }
	first, last := "Quin"+letters(n), "O'Zar-"+strings.ToUpper(letters(n)[:1])+letters(n*7+3)
	return person{
		first: first, last: last, email: fmt.Sprintf("%s.%d@Zarfirma.io", first, n), phone: fmt.Sprintf("+49 (0)89 7%05d-%02d", 31000+n*37, n),
		street: fmt.Sprintf("Zargasse %d b", 100+n), account: fmt.Sprintf("ZA%06d", 410000+n*13),
	}
}

// place is a column that a person's value is planted in: SQL of its type, of
// the value with the planted text in place of $, and the text.
type place struct {
	typ, value, kept string // kept is a rule instead of keep
	plant            func(p person) string
}

func (p person) name() string { return p.first + " " + p.last }

// national is the phone number as people in the country write it.
func (p person) national() string {
	_, rest, _ := strings.Cut(p.phone, "(0)")
	return "0" + strings.NewReplacer(" ", "", "-", "/").Replace(rest)
}

// long is longer than what is found inside a text.
func (p person) long() string {
	return "keeper of the seventh lower lock, by the mill at " + p.account
}

// digits is the phone number as machines write it.
func (p person) digits() string {
	return strings.NewReplacer(" ", "", "-", "", "(0)", "", "+", "").Replace(p.phone)
}

func places() []place {
	name, email, phone := person.name, func(p person) string { return p.email }, func(p person) string { return p.phone }
	street, account := func(p person) string { return p.street }, func(p person) string { return p.account }
	reversed := func(p person) string { return p.last + ", " + p.first }
	upper := func(f func(person) string) func(person) string {
		return func(p person) string { return strings.ToUpper(f(p)) }
	}
	escaped := func(p person) string { return strings.ReplaceAll(p.name(), "Q", `\u0051`) }
	return []place{
		{typ: "text", value: "'$'", plant: name},
		{typ: "text", value: "'$'", plant: email},
		{typ: "text", value: "'$'", plant: phone},
		{typ: "text", value: "'$'", plant: street},
		{typ: "text", value: "'$'", plant: account},
		{typ: "text", value: "'Complaint of $ about parcel 7'", plant: name},
		{typ: "text", value: "'Complaint of $’s neighbour'", plant: upper(name)},
		{typ: "text", value: "E'Dear\\n\\t$,\\nthank you'", plant: reversed},
		{typ: "text", value: "'mail <$>.'", plant: upper(email)},
		{typ: "text", value: "'https://x.test/?to=mailto:$&a=b'", plant: email},
		{typ: "text", value: "'tel. $ (after six)'", plant: person.national},
		{typ: "text", value: "'tel. 00$'", plant: person.digits},
		{typ: "text", value: "'lives at: $; ground floor'", plant: upper(street)},
		{typ: "text", value: "'booked on [$]'", plant: account},
		{typ: "text", value: `'{"payload": {"who": "$"}}'`, plant: escaped},
		{typ: "varchar(200)", value: "'re: $'", plant: name},
		{typ: "varchar(200)", value: "'re: $'", plant: street},
		{typ: "char(90)", value: "'$'", plant: name},
		{typ: "char(90)", value: "'$'", plant: phone},
		{typ: "name", value: "'$'", plant: email},
		{typ: "citext", value: "'by $'", plant: upper(name)},
		{typ: "citext", value: "'$'", plant: upper(email)},
		{typ: "line_domain", value: "'by $'", plant: name},
		{typ: "line_domain", value: "'$'", plant: phone},
		{typ: "code_domain", value: "'$'", plant: account},
		{typ: "jsonb", value: `'{"a": {"b": "$"}}'`, plant: name},
		{typ: "jsonb", value: `'{"a": {"b": "call $ now"}}'`, plant: person.national},
		{typ: "jsonb", value: `'[1, [{"x": "$"}]]'`, plant: email},
		{typ: "jsonb", value: `'{"$": 1}'`, plant: name},
		{typ: "jsonb", value: `'{"n": $}'`, plant: person.digits},
		{typ: "json", value: `'{"a" : "$"}'`, plant: escaped},
		{typ: "json", value: `'{"a" : "x\n$"}'`, plant: street},
		{typ: "json", value: `'{"$" : 1}'`, plant: email},
		{typ: "text[]", value: "ARRAY['x', 'of $']", plant: name},
		{typ: "text[]", value: "ARRAY[['x', 'y'], ['z', '$']]", plant: phone},
		{typ: "line_domain[]", value: "ARRAY['$']::line_domain[]", plant: street},
		{typ: "citext[]", value: "ARRAY['$']::citext[]", plant: email},
		{typ: "jsonb[]", value: `ARRAY['{"a": "$"}'::jsonb]`, plant: name},
		{typ: "hstore", value: "hstore('who', '$')", plant: name},
		{typ: "hstore", value: "hstore('tel', '$')", plant: phone},
		{typ: "hstore", value: "hstore('$', 'x')", plant: email},
		{typ: "note_pair", value: "ROW(1, 'of $', NULL)::note_pair", plant: name},
		{typ: "note_pair", value: `ROW(1, 'x', '{"y": "$"}')::note_pair`, plant: street},
		{typ: "note_pair[]", value: "ARRAY[ROW(1, '$', NULL)::note_pair]", plant: email},
		{typ: "pair_domain", value: "ROW(1, '$', NULL)::note_pair", plant: account},
		{typ: "xml", value: "'<a><b>of $</b></a>'", plant: name},
		{typ: "xml", value: `'<a b="$"/>'`, plant: email},
		{typ: "xml", value: "'<a>$</a>'", plant: func(p person) string { return strings.ReplaceAll(p.name(), "Q", "&#81;") }},
		{typ: "tsvector", value: "to_tsvector('simple', 'from $')", plant: email},
		{typ: "text_range", value: "text_range('$', NULL)", plant: street},
		{typ: "json[]", value: `ARRAY['{"a": "$"}'::json]`, plant: escaped},
		{typ: "text", value: "'$'", plant: upper(person.long)},
		{typ: "text[]", value: "ARRAY['x', '$']", plant: person.long},
		{typ: "jsonb", value: `'{"a": ["x", "$"]}'`, plant: person.long},
		{typ: "note_pair", value: "ROW(1, '$', NULL)::note_pair", plant: person.long},
		// Masked, with a hole in the mask.
		{typ: "text", value: "'$'", plant: name, kept: `{ mask: sql, expression: "CASE WHEN id < 3 THEN $ ELSE 'x' END" }`},
		{typ: "text", value: "'$'", plant: phone, kept: `{ mask: sql, expression: "replace($, ' ', '')" }`},
		{typ: "jsonb", value: `'{"a": "x", "b": {"mail": "$"}}'`, plant: email, kept: `{ mask: json, keep: ["$.b.mail"] }`},
		{typ: "jsonb", value: `'{"a": "x", "b": {"tel": "$"}}'`, plant: phone, kept: `{ mask: json, keep: ["$.b.tel"] }`},
		{typ: "text", value: "'$'", plant: street, kept: `{ mask: when, cases: { "id > 2": redact }, else: { mask: sql, expression: "$" } }`},
	}
}

const originalTypes = `
CREATE EXTENSION citext; CREATE EXTENSION hstore;
CREATE DOMAIN line_domain AS text CHECK (length(VALUE) > 2);
CREATE DOMAIN code_domain AS varchar(40);
CREATE TYPE note_pair AS (a int, b text, c jsonb);
CREATE DOMAIN pair_domain AS note_pair;
CREATE TYPE text_range AS RANGE (subtype = text);
CREATE SCHEMA "Other Place";
`

// plantedIn are statements and a policy for a database in which every place
// holds one value of a person of its own, and the columns that have to be found.
func plantedIn(t *testing.T) (schema, policy string, want []string) {
	var s, columns, values, rules strings.Builder
	var keep []string
	s.WriteString(originalTypes)
	s.WriteString("CREATE TABLE people (id int PRIMARY KEY, first_name text, last_name text, email citext, phone varchar(60), street line_domain, secret text, code text);\n")
	insert := func(p person, n int) {
		quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
		fmt.Fprintf(&s, "INSERT INTO people VALUES (%d, %s, %s, %s, %s, %s, %s, %s);\n", n, quote(p.first), quote(p.last), quote(p.email), quote(p.phone), quote(p.street), quote(p.account), quote(p.long()))
	}
	n := 0
	plant := func(value string, f func(person) string) string {
		n++
		p := personNumber(n)
		insert(p, n)
		return strings.ReplaceAll(value, "$", strings.ReplaceAll(f(p), "'", "''"))
	}
	for i, x := range places() {
		c := fmt.Sprintf("c%02d", i)
		fmt.Fprintf(&columns, ", %s %s", c, x.typ)
		value := plant(x.value, x.plant)
		fmt.Fprintf(&values, ", %s", value)
		want = append(want, "public.places."+c)
		if x.kept == "" {
			keep = append(keep, c)
		} else {
			fmt.Fprintf(&rules, "      %s: %s\n", c, strings.NewReplacer("$.", "$.", "$", c).Replace(x.kept))
		}
	}
	fmt.Fprintf(&s, "CREATE TABLE places (id int PRIMARY KEY%s);\nINSERT INTO places VALUES (1%s);\n", columns.String(), values.String())
	fmt.Fprintf(&s, "INSERT INTO places (id) SELECT n FROM generate_series(2, 200) n;\n")

	name, email := person.name, func(p person) string { return p.email }
	fmt.Fprintf(&s, `CREATE TABLE parts (id int, at int, body text) PARTITION BY RANGE (at);
		CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
		CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
		INSERT INTO parts VALUES (1, 5, 'fine'), (2, 15, %s), (3, 16, %s);
		CREATE TABLE "Other Place"."Odd ""One" (id int, "A Body" text, made text GENERATED ALWAYS AS ('re ' || "A Body") STORED);
		INSERT INTO "Other Place"."Odd ""One" VALUES (1, %s);
		CREATE TABLE parents (id int, body text); CREATE TABLE children (more text) INHERITS (parents);
		INSERT INTO children VALUES (1, 'x', %s);
		CREATE TABLE walled (id int, body text); INSERT INTO walled VALUES (1, %s);
		ALTER TABLE walled ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
		CREATE UNLOGGED TABLE loose (id int, body text); INSERT INTO loose VALUES (1, %s);
	`, plant("'of $'", name), plant("'$'", email), plant("'by $'", email), plant("'by $'", name), plant("'by $'", name), plant("'by $'", name))
	want = append(want, `"Other Place"."Odd ""One"."A Body"`, `"Other Place"."Odd ""One".made`, "public.children.more", "public.loose.body", "public.parts.body", "public.walled.body")

	policy = `version: 1
tables:
  public.people:
    keep: [id]
    columns:
      first_name: first_name
      last_name: last_name
      email: email
      phone: phone
      street: street
      secret: "null"
      code: { mask: constant, value: x }
  public.places:
    keep: [id, ` + strings.Join(keep, ", ") + `]
    columns:
` + rules.String() + `  public.parts: { keep: [id, at, body] }
  '"Other Place"."Odd ""One"': { keep: [id, A Body] }
  public.parents: { keep: [id, body] }
  public.children: { keep: [id, body, more] }
  public.walled: { keep: [id, body] }
  public.loose: { keep: [id, body] }
`
	slices.Sort(want)
	if len(want) < 50 || n < 50 {
		t.Fatalf("%d columns, %d values", len(want), n)
	}
	return s.String(), policy, want
}

// Every original value that is planted somewhere else is found: in each of
// these types, in each of these forms. Staging goes on serving, and nothing is
// left. That no output holds a value is looked at for every test here.
func TestOriginalsInTheCopy(t *testing.T) {
	t.Parallel()
	schema, policy, want := plantedIn(t)
	p := newProject(t, schema, policy, "verify: { originals: \"off\" }")
	p.origin.Exec(t, "postgres", "ALTER ROLE "+p.reader+" BYPASSRLS")
	tmp := t.TempDir()
	p.setenv("TMPDIR", tmp)
	before := p.refresh()
	if len(before.Originals) != 0 {
		t.Errorf("off: %+v", before.Originals)
	}
	serving := p.databases()

	run := p.lastReport(p.fails(7, "original values of masked columns survive", "refresh", "--output", "json", "--verify-originals", "fail", "--report", "failed"))
	var got []string
	for _, o := range run.Originals {
		if len(o.From) == 0 || o.Rows == 0 || o.Waived {
			t.Errorf("%+v", o)
		}
		if o.Chance {
			t.Errorf("by chance: %+v", o)
			continue
		}
		got = append(got, o.Column)
	}
	slices.Sort(got)
	for _, c := range want {
		if !slices.Contains(got, c) {
			t.Errorf("not found: %s", c)
		}
	}
	for _, c := range got {
		if !slices.Contains(want, c) {
			t.Errorf("found where nothing is: %s", c)
		}
	}
	i := slices.IndexFunc(run.Originals, func(o report.Original) bool { return o.Column == "public.parts.body" })
	if i < 0 || run.Originals[i].Rows != 2 || !slices.Equal(run.Originals[i].From, []string{"public.people.email", "public.people.first_name with last_name"}) {
		t.Errorf("of partitions: %+v", run.Originals)
	}
	if now := p.databases(); !slices.Equal(now, serving) {
		t.Errorf("databases: %q, before %q", now, serving)
	}
	if n := one(t, p.staging(), "SELECT count(*) FROM people"); n == "0" {
		t.Error("staging is empty")
	}
	if left, err := filepath.Glob(filepath.Join(tmp, "*")); err != nil || len(left) > 0 {
		t.Errorf("left: %q, %v", left, err)
	}
	if !strings.Contains(p.read("failed/report.html"), "Originals in the copy") {
		t.Error("the page does not say what was found")
	}

	// As warnings, and waived.
	p.append("policy.yaml", "waive:\n  - { rule: original_value, on: '*.body', reason: a test }\n  - { rule: original_value, on: public.people.id, reason: a test }\n")
	run = p.refresh("--verify-originals", "warn")
	warnings := strings.Join(run.Warnings, "\n")
	for _, text := range []string{"public.places.c00 (keep): 1 rows hold originals of public.people.first_name with last_name", "lets nothing pass"} {
		if !strings.Contains(warnings, text) {
			t.Errorf("no %q in %s", text, warnings)
		}
	}
	if strings.Contains(warnings, "public.walled.body") || len(run.Waivers) != 3 {
		t.Errorf("waivers: %+v\n%s", run.Waivers, warnings)
	}
	p.write("policy.yaml", policy+"waive: { rule: original_value, on: '*', reason: a test }\n")
	if run = p.refresh("--verify-originals", "fail"); run.Outcome != report.Published {
		t.Errorf("%s", run.Outcome)
	}
	p.write("policy.yaml", policy+"waive: { rule: original_value, on: '*', reason: a test, until: 2001-02-03 }\n")
	p.fails(3, "this waiver of original_value ended on 2001-02-03", "refresh", "--verify-originals", "fail")
}

// Originals are known, too, of columns that the source sends something else for:
// NULLs, constants, copies of other columns, what is computed on the target; and
// of tables that travel as text, or in chunks of their own.
func TestOriginalsThatNoMaskSees(t *testing.T) {
	t.Parallel()
	p := newProject(t, `
CREATE TABLE people (id int PRIMARY KEY, email text, gone text, fixed varchar(60), flagged text, made text, path regclass);
CREATE TABLE visits (id int PRIMARY KEY, person int NOT NULL REFERENCES people, contact text, note text);
CREATE TABLE echoes (id int PRIMARY KEY, gone text, fixed text, flagged text, made text, contact text, email text);
INSERT INTO people SELECT n, 'jane' || n || '@zarfirma.io', 'Gonzar ' || n, 'Fixzar ' || n, 'Flagzar ' || n, 'Madezar ' || n, 'pg_class' FROM generate_series(1, 3000) n;
INSERT INTO visits SELECT n, n, 'Visizar ' || n, 'x' FROM generate_series(1, 3000) n;
INSERT INTO echoes SELECT n, 'of Gonzar ' || n, 'of Fixzar ' || n, 'of Flagzar ' || n, 'of Madezar ' || n, 'of Visizar ' || n, 'of jane' || n || '@zarfirma.io' FROM generate_series(1, 3000) n;
`, `version: 1
waive: { rule: kept_personal, on: public.echoes.email, reason: to be found }
tables:
  public.people:
    keep: [id, path]
    columns:
      email: email
      gone: "null"
      fixed: { mask: constant, value: x }
      flagged: { mask: when, cases: { "id > 5": "null" }, else: username }
      made: { mask: derive, expression: "'for ' || email" }
  public.visits:
    keep: [id, person, note]
    columns: { contact: { mask: same_as, column: public.people.email, via: [person] } }
  public.echoes: { keep: [id, gone, fixed, flagged, made, contact, email] }
`, "verify: { originals: warn }", "source: { url: \"${env:PRODUCTION_URL}\", chunk_size: 16KiB }", "load: { frozen_limit: 8KiB }")
	p.write("understudy.yaml", strings.Replace(p.read("understudy.yaml"), "source: { url: \"${env:PRODUCTION_URL}\" }\n", "", 1))
	got := map[string]string{}
	run := p.refresh()
	for _, o := range run.Originals {
		got[o.Column] = fmt.Sprint(o.From, o.Rows, o.Chance)
	}
	want := map[string]string{
		"public.echoes.gone": "[public.people.gone] 3000 false", "public.echoes.fixed": "[public.people.fixed] 3000 false", "public.echoes.flagged": "[public.people.flagged] 3000 false",
		"public.echoes.made": "[public.people.made] 3000 false", "public.echoes.contact": "[public.visits.contact] 3000 false", "public.echoes.email": "[public.people.email] 3000 false",
	}
	if !maps.Equal(got, want) {
		t.Errorf("found %q\nwant %q", got, want)
	}
	for _, table := range run.Tables {
		for _, c := range table.Columns {
			if c.Name == "gone" && c.Mask == "null" && (c.Counted || c.Changed != 0) {
				t.Errorf("%+v", c)
			}
		}
	}
	// Without the net they do not travel at all, and staging is the same.
	echo := func() string {
		return one(t, p.staging(), `SELECT md5(string_agg(p::text || v::text, ',' ORDER BY p.id)) FROM people p JOIN visits v ON v.id = p.id`)
	}
	with := echo()
	p.refresh("--verify-originals", "off")
	if without := echo(); with != without {
		t.Error("the copy is another one without the net")
	}
}

// Originals are found in databases of other encodings, too.
func TestOriginalsInEncodings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ encoding, name string }{{"LATIN1", `J\u00fcrgen Gr\u00f6\u00dfmann`}, {"SQL_ASCII", `J\xfcrgen Gr\xf6\xdfmann`}} {
		t.Run(c.encoding, func(t *testing.T) {
			t.Parallel()
			src := pgtest.Source(t)
			name := src.Name(t)
			src.Exec(t, "postgres", "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING '"+c.encoding+"' LOCALE 'C'")
			src.Exec(t, name, "SET client_encoding = "+map[string]string{"LATIN1": "UTF8", "SQL_ASCII": "SQL_ASCII"}[c.encoding],
				fmt.Sprintf(`CREATE TABLE people (id int PRIMARY KEY, name text);
					CREATE TABLE echoes (id int PRIMARY KEY, plain text, list text[], other text);
					INSERT INTO people SELECT n, E'%[1]s ' || n FROM generate_series(1, 30) n;
					INSERT INTO echoes SELECT n, 'for ' || name || '!', ARRAY['x', name], 'fine' FROM people p (n, name)`, c.name))
			p := newCopy(t, copyOptions{source: src.URL(name), policy: `version: 1
tables:
  public.people: { keep: [id], columns: { name: full_name } }
  public.echoes: { keep: [id, plain, list, other] }
`})
			p.append("understudy.yaml", "verify: { originals: warn }\n")
			var got []string
			for _, o := range p.refresh().Originals {
				got = append(got, fmt.Sprintf("%s %s %d", o.Column, o.From, o.Rows))
			}
			if want := []string{"public.echoes.list [public.people.name] 30", "public.echoes.plain [public.people.name] 30"}; !slices.Equal(got, want) {
				t.Errorf("found %q", got)
			}
		})
	}
}

// Nothing is left of a run that is stopped while it remembers.
func TestOriginalsAreForgotten(t *testing.T) {
	t.Parallel()
	p := newProject(t, `CREATE TABLE notes (id int PRIMARY KEY, body text);
		INSERT INTO notes SELECT n, 'jane' || n || '@firma.io' FROM generate_series(1, 400000) n`,
		"version: 1\ntables:\n  public.notes: { keep: [id], columns: { body: email } }\n", "verify: { originals: fail }")
	tmp := t.TempDir()
	p.setenv("TMPDIR", tmp)
	for _, stage := range []string{"data", "indexes", "originals"} {
		x := p.start("refresh", "--output", "json")
		x.awaits("stage "+stage, func() bool { return slices.Contains(x.stages(), stage) })
		x.signal(syscall.SIGTERM)
		if r := x.wait(); r.code != 143 && r.code != 0 {
			t.Errorf("%s: exit %d\n%s", stage, r.code, r.stderr)
		}
		if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
			t.Errorf("%s: left %v, %v", stage, left, err)
		}
	}
}

// cleanShop has customers, who are masked, and three orders of each, which are
// mostly kept. No original survives its policy.
func cleanShop(customers int) string {
	first := "(ARRAY['James','Mary','Robert','Patricia','John','Jennifer','Michael','Linda','David','Elizabeth','William','Barbara','Richard','Susan','Joseph','Jessica','Thomas','Karen'])"
	last := "(ARRAY['Smith','Johnson','Williams','Brown','Jones','Garcia','Miller','Davis','Rodriguez','Martinez','Hernandez','Lopez','Gonzalez','Wilson','Anderson','Moore','Taylor','Lee'])"
	street := "(ARRAY['Main Street','Oak Avenue','Park Road','Elm Street','Maple Drive','Cedar Lane','High Street','Church Road','Station Road','Mill Lane'])"
	pick := func(list string, n int) string { return fmt.Sprintf("%s[1 + (random() * %d)::int]", list, n-1) }
	return `SELECT setseed(0.17);
CREATE TABLE customers (id bigint PRIMARY KEY, first_name text, last_name text, display_name text, email text UNIQUE, phone text, street text, postal_code text, city text,
	username text, iban text, card text, tax_id text, birth_date text, notes text, nickname text, profile jsonb, tags text[], status text, locale text, created timestamptz);
INSERT INTO customers SELECT n, ` + pick(first, 18) + `, ` + pick(last, 18) + `, NULL, 'user' || n || '@firma' || n % 97 || '.io',
	'+1 ' || 200 + (random() * 700)::int || ' ' || lpad((random() * 9999999)::int::text, 7, '0'), (random() * 400)::int || ' ' || ` + pick(street, 10) + `,
	lpad((random() * 99999)::int::text, 5, '0') || '-' || lpad((random() * 9999)::int::text, 4, '0'), 'Springfield', 'user' || n, 'DE' || (random() * 1e15)::numeric(20, 0) || n,
	'4' || lpad((random() * 1e15)::numeric(20, 0)::text, 15, '0'), lpad((random() * 999999999)::int::text, 9, '0'), (DATE '1950-01-01' + (random() * 20000)::int)::text,
	'called back on Monday, no answer ' || n, 'the gardener no. ' || n, jsonb_build_object('phone', '+1 2025550' || n % 1000, 'address', (random() * 400)::int || ' Main Street', 'name', 'John Smith'),
	ARRAY['vip', 'since 20' || n % 25], 'active', 'en_US', now() FROM generate_series(1, ` + fmt.Sprint(customers) + `) n;
UPDATE customers SET display_name = first_name || ' ' || last_name;
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers, number text, tracking text, ship_to text, subject text, meta jsonb, sku text, at text,
	label text GENERATED ALWAYS AS (number || ' to ' || ship_to) STORED);
INSERT INTO orders SELECT n, 1 + n % ` + fmt.Sprint(customers) + `, 'ORD-2026-' || lpad(n::text, 8, '0'), lpad((random() * 1e10)::int8::text, 10, '0'), (random() * 400)::int || ' ' || ` + pick(street, 10) + `,
	'order ' || n || ' delivered on 2026-05-' || lpad((1 + n % 28)::text, 2, '0') || ' at 12:30:45', jsonb_build_object('items', n % 7, 'weight', random(), 'ref', (random() * 1e9)::int8),
	'SKU' || n % 500, (now() - n * interval '1 minute')::text FROM generate_series(1, ` + fmt.Sprint(3*customers) + `) n;
ANALYZE`
}

const cleanPolicy = `version: 1
tables:
  public.customers:
    keep: [id, tags, status, locale, created]
    columns:
      first_name: first_name
      last_name: last_name
      display_name: full_name
      email: email
      phone: phone
      street: street
      postal_code: postal_code
      city: city
      username: username
      iban: iban
      card: credit_card
      tax_id: { mask: fpe_ff1, domain: tax }
      birth_date: { mask: sql, expression: "'1970-01-01'" }
      notes: text
      nickname: "null"
      profile: json
  public.orders:
    subject: customer_id
    keep: [id, customer_id, number, tracking, subject, meta, sku, at]
    columns: { ship_to: street }
`

// Where no original survives, nothing is found: not in fakes, which have the
// names and streets of real people by chance, nor in what is kept.
func TestOriginalsOfACleanCopy(t *testing.T) {
	t.Parallel()
	p := newProject(t, cleanShop(size(25_000, 400_000)), cleanPolicy, "verify: { originals: fail }")
	run := p.refresh()
	for _, o := range run.Originals {
		if !o.Chance {
			t.Errorf("%+v", o)
		}
	}
	if run.Totals.Rows < 100_000 {
		t.Errorf("%d rows", run.Totals.Rows)
	}
}

// What remembering costs the data phase, and how long the search takes. The two
// kinds of refresh come in turns, each first in every other pair, because
// machines have moods; the figure is the median of all pairs.
func TestOriginalsCost(t *testing.T) {
	if os.Getenv("UNDERSTUDY_TEST_HEAVY") == "" {
		t.Skip("measures; UNDERSTUDY_TEST_HEAVY is not set")
	}
	p := newProject(t, cleanShop(100_000), cleanPolicy)
	p.refresh()
	var ratios []float64
	for i := range 24 {
		seconds := map[string]float64{}
		var search float64
		for n := range 2 {
			net := []string{"off", "fail"}[(i+n)%2]
			run := p.refresh("--verify-originals", net)
			seconds[net] = run.Totals.DataSeconds
			search += run.StageSeconds("originals")
		}
		ratios = append(ratios, seconds["fail"]/seconds["off"])
		t.Logf("data %.2f s without, %.2f s with; search %.2f s", seconds["off"], seconds["fail"], search)
	}
	slices.Sort(ratios)
	t.Logf("with to without: median %.3f, quartiles %.3f and %.3f", (ratios[11]+ratios[12])/2, ratios[6], ratios[17])
}
