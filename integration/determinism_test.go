package integration

import (
	"slices"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/internal/pgtest"
)

// A column for every kind of value that masks take.
const everyKind = `
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE people (
	id integer PRIMARY KEY, email text NOT NULL UNIQUE, name text, born date, seen timestamptz, amount numeric(12,2), code numeric(9,0), small smallint, big bigint,
	ip inet, mac macaddr, uid uuid, doc jsonb, raw json, blob bytea, phone varchar(20), padded char(30), note text, site text, ref text, last timestamp, d double precision, tags text[],
	card text, brand text, iban text, tax text, account text, sex char(1), title text, region text, lat numeric(9,6), spot point, birthday date, plan text, mood mood, score integer, sku text,
	car text, host text, file text, street text
);
INSERT INTO people
SELECT n, 'Person' || n || '@Real.example.io', CASE WHEN n % 7 > 0 THEN 'Ännie Real' || n END, DATE '1950-01-01' + n % 20000,
	CASE n % 50 WHEN 0 THEN 'infinity'::timestamptz ELSE TIMESTAMPTZ '2024-03-31 00:00+00' + n * INTERVAL '17.123456 min' END, n * 1.10, n * 3, n % 30000, n * 1000000007::bigint,
	'10.0.0.0'::inet + n, ('08:00:2b:' || lpad(to_hex(n % 256), 2, '0') || ':02:03')::macaddr, md5(n::text)::uuid,
	jsonb_build_object('n', n, 's', E'tab\t"quote" \\ ü', 'deep', jsonb_build_array(n, NULL, true, 'x@y.example.io')), ('{"a" : ' || n || ', "b":"\u00fc\\n"}')::json,
	decode(md5(n::text), 'hex'), '+49 170 ' || 1000000 + n, 'pad' || n, E'line\nline\t\\N ' || n, 'https://real.example.io/' || n || '?q=' || n, 'cus_' || n, TIMESTAMP '2020-01-01' + n * INTERVAL '1 s', n / 7.0, ARRAY['a', n::text, NULL],
	'4000 1234 5678 ' || 1000 + n % 9000, 'Visa', 'DE89370400440532013000', '12-' || n, lpad(n::text, 10, '0'), 'm', 'Mr', 'Bayern', n % 90, point(n % 180, n % 90), DATE '1940-01-01' + n % 25000, 'free', 'ok', n % 100, 'AB-' || n,
	'Beetle', 'db' || n || '.real.example.io', 'scan-' || n || '.pdf', 'Real Street ' || n
FROM generate_series(1, 20000) n;
CREATE TABLE no_key AS SELECT id % 100 AS customer, name, note FROM people;
CREATE TABLE parts (id integer, name text, ref text, PRIMARY KEY (ref, id)) PARTITION BY HASH (ref);
CREATE TABLE parts_0 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parts SELECT id, name, ref FROM people;
ANALYZE;
`

const everyKindPolicy = `version: 1
locale: de
tables:
  public.people:
    subject: id
    keep: [id, tags]
    columns:
      email: { mask: email, domain: mail }
      name: full_name
      born: { mask: shift_date, days: 30 }
      seen: { mask: shift_date, days: 30 }
      amount: { mask: generalize, step: 10 }
      code: { mask: permute, domain: code, max: 999999999 }
      small: { mask: permute, domain: small, min: 0, max: 32767 }
      big: { mask: permute, domain: big, max: type }
      ip: ip
      mac: mac
      uid: { mask: pseudonym, domain: uid }
      doc: json
      raw: { mask: json, keep: [$.a] }
      blob: { mask: pseudonym, domain: blob }
      phone: phone
      padded: { mask: redact, with: gone }
      note: text
      site: url
      ref: { mask: pseudonym, domain: ref }
      last: { mask: generalize, to: hour }
      d: { mask: sql, expression: "round(d)" }
      card: credit_card
      brand: card_brand
      iban: { mask: iban, domain: iban }
      tax: national_id
      account: { mask: fpe_ff1, domain: account }
      sex: sex
      title: { mask: name_prefix, locale: fr }
      region: region
      lat: latitude
      spot: geo_point
      birthday: birth_date
      plan: { mask: choice, values: [free, pro], weights: [3, 1] }
      mood: choice
      score: { mask: random, min: 1, max: 9 }
      sku: { mask: pattern, pattern: "[A-Z]{3}-\\d{4}" }
      car: { mask: gofakeit, function: carmodel }
      host: hostname
      file: file_name
      street: { mask: street, locale: es }
  public.no_key: { keep: [customer], columns: { name: full_name, note: text } }
  public.parts: { subject: id -> public.people, keep: [id], columns: { name: full_name, ref: { mask: pseudonym, domain: ref } } }
`

// Same snapshot, policy and key give the same rows, however they travel.
func TestDeterminism(t *testing.T) {
	t.Parallel()
	source := pgtest.Source(t).Database(t, everyKind)
	var first map[string]string
	for _, c := range []struct {
		name        string
		args, modes []string
	}{
		{"usual", nil, []string{"frozen"}},
		{"one by one", []string{"--source-connections", "4", "--target-load-jobs", "1"}, []string{"frozen"}},
		{"many readers", []string{"--source-connections", "8", "--target-load-jobs", "5", "--source-chunk-size", "64KiB"}, []string{"frozen"}},
		{"many writers", []string{"--source-connections", "8", "--target-load-jobs", "5", "--source-chunk-size", "64KiB", "--load-frozen-limit", "8KiB"}, []string{"chunked"}},
	} {
		p := newCopy(t, copyOptions{source: source, policy: everyKindPolicy})
		run := p.refresh(c.args...)
		var modes []string
		for _, tab := range run.Tables {
			if !strings.HasPrefix(tab.Name, "public.parts") { // its key is masked, so it goes via its root
				modes = append(modes, tab.Mode)
			}
		}
		if modes = slices.Compact(modes); !slices.Equal(modes, c.modes) {
			t.Errorf("%s: tables were loaded %q, want %q", c.name, modes, c.modes)
		}
		got := contents(t, p.staging())
		if first == nil {
			first = got
		}
		compare(t, c.name, first, got)
		if n := one(t, p.staging(), `SELECT count(*) FROM people JOIN parts USING (id, ref) WHERE people.name IS NOT DISTINCT FROM parts.name`); n != "20000" {
			t.Errorf("%s: only %s of 20000 rows agree with those of their subject", c.name, n)
		}
	}
}

// Both formats of COPY bring the same masked values. A name of an object has
// no portable binary form, so a column of such makes its table travel as text.
func TestSameInBothFormats(t *testing.T) {
	t.Parallel()
	src := pgtest.Source(t)
	columns := strings.Fields("id email name born seen amount code small big ip mac uid doc raw blob phone padded note site ref last d tags card brand iban tax account sex title region lat spot birthday plan mood score sku car host file street")
	sums := func(url string) map[string]string {
		out := map[string]string{}
		for _, c := range columns {
			out[c] = one(t, url, `SELECT sum(hashtextextended(id || '=' || coalesce(`+c+`::text, 'NULL'), 0)) FROM people`)
		}
		return out
	}
	binary := newCopy(t, copyOptions{source: src.Database(t, everyKind), policy: everyKindPolicy})
	text := newCopy(t, copyOptions{
		source: src.Database(t, everyKind, `ALTER TABLE people ADD kind regclass DEFAULT 'people'::regclass`),
		policy: strings.Replace(everyKindPolicy, "keep: [id, tags]", "keep: [id, tags, kind]", 1),
	})
	binary.refresh()
	text.refresh()
	compare(t, "masked values", sums(binary.staging()), sums(text.staging()))
	original := sums(binary.source)
	for c, sum := range sums(binary.staging()) {
		if kept := c == "id" || c == "tags"; kept != (sum == original[c]) {
			t.Errorf("%s: kept %t, unchanged %t", c, kept, sum == original[c])
		}
	}
}
