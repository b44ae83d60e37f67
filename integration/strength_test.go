package integration

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/understudy-db/understudy/report"
	"github.com/understudy-db/understudy/transform/mask"
)

// Attacks on masked copies, measured: what docs/privacy.md claims. The figures
// are printed: make strength runs them in full size. Every attack is also made
// where it succeeds, so that a test which finds nothing has looked.

// size is n, or the full size with UNDERSTUDY_TEST_HEAVY.
func size(n, full int) int {
	if os.Getenv("UNDERSTUDY_TEST_HEAVY") != "" {
		return full
	}
	return n
}

// zipfSQL is the rank, from 0, of a row's value among so many whose frequency
// falls as one by rank.
func zipfSQL(values int) string {
	return fmt.Sprintf(`width_bucket(random(), (SELECT array_agg(c) FROM (SELECT (sum(1.0 / r) OVER (ORDER BY r) / (SELECT sum(1.0 / r) FROM generate_series(1, %[1]d) r))::float8 AS c FROM generate_series(1, %[1]d) r ORDER BY r) z))`, values)
}

// skewedShop has names, cities and the like as unevenly frequent as life has them.
func skewedShop(rows int) string {
	return fmt.Sprintf(`SELECT setseed(0.42);
CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, first_name text, last_name text,
	birth_date date, phone text, street text, postal_code text, city text, country text, company_name text, status text NOT NULL, notes text);
INSERT INTO customers (email, first_name, last_name, birth_date, phone, street, postal_code, city, country, company_name, status, notes)
SELECT 'u' || n || '@real.example.io', 'Given' || %s, 'Family' || %s, DATE '1940-01-01' + (random() * 25000)::int, '+49 170 ' || 1000000 + n,
	(random() * 200)::int || ' Real Street ' || %s, lpad(%s::text, 5, '0'), 'City' || %s, 'Land' || %s, 'Firm ' || %s, (ARRAY['active', 'new', 'blocked', 'gone', 'lost'])[1 + %s], 'text ' || n
FROM generate_series(1, %d) n;
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, shipping_address text, shipping_city text,
	client_ip inet, total numeric(10,2), ordered_at timestamptz NOT NULL DEFAULT now());
INSERT INTO orders (customer_id, shipping_address, shipping_city, client_ip, total)
SELECT n, 'Real Street ' || %s, 'City' || %s, '10.0.0.0'::inet + %s, random() * 100 FROM generate_series(1, %d) n;
ANALYZE`, zipfSQL(1000), zipfSQL(3000), zipfSQL(500), zipfSQL(900), zipfSQL(400), zipfSQL(100), zipfSQL(2000), zipfSQL(5), rows,
		zipfSQL(500), zipfSQL(400), zipfSQL(300), rows)
}

// frequencyWaived lets through what these tests show to be weak.
const frequencyWaived = "waive:\n  - { rule: frequency, on: '*', reason: to see what it gives away }\n"

// columnValues are the values of a column in the order of the key id, NULL as "".
func columnValues(t *testing.T, url, table, column string) []string {
	return rows(t, url, fmt.Sprintf(`SELECT coalesce(%s::text, '') FROM %s ORDER BY id`, column, table))
}

// byRank is the frequency attack: the attacker knows how often each original
// occurs, counts the copy, and takes what is as frequent for the same. It
// tells which share of rows that recovers, and what guessing the most frequent
// original for every row would have.
func byRank(original, copied []string) (recovered, mode float64) {
	rank := func(values []string) (names []string, count map[string]int) {
		count = map[string]int{}
		for _, v := range values {
			count[v]++
		}
		for v := range count {
			names = append(names, v)
		}
		// Ties are broken by a hash: their order is no frequency. See bySorting.
		slices.SortFunc(names, func(a, b string) int {
			return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(hashOf(a), hashOf(b)))
		})
		return names, count
	}
	known, count := rank(original)
	seen, _ := rank(copied)
	guess := map[string]string{}
	for i, s := range seen {
		if i < len(known) {
			guess[s] = known[i]
		}
	}
	hits := 0
	for i, c := range copied {
		if g, ok := guess[c]; ok && g == original[i] {
			hits++
		}
	}
	return 100 * float64(hits) / float64(len(original)), 100 * float64(count[known[0]]) / float64(len(original))
}

func hashOf(s string) string {
	h := sha256.Sum256([]byte(s))
	return string(h[:])
}

// bySorting is the attack on what keeps the order, such as dates that are
// moved a little: the attacker knows all originals, without their rows, sorts
// both and takes what has the same place.
func bySorting(original, copied []string) (recovered float64) {
	known := slices.Sorted(slices.Values(original))
	at := make([]int, len(copied))
	for i := range at {
		at[i] = i
	}
	slices.SortFunc(at, func(i, j int) int { return cmp.Compare(copied[i], copied[j]) })
	hits := 0
	for place, row := range at {
		if known[place] == original[row] {
			hits++
		}
	}
	return 100 * float64(hits) / float64(len(original))
}

// The policy that init proposes gives a frequency attack no more than one
// percentage point over guessing the mode, on any masked column.
func TestStrengthFrequencyAttack(t *testing.T) {
	t.Parallel()
	n := size(4_000, 200_000)
	p := newProject(t, skewedShop(n), "version: 1\n")
	if err := os.Remove(p.dir + "/policy.yaml"); err != nil {
		t.Fatal(err)
	}
	p.ok("init", "-o", "policy.yaml")
	run := p.refresh()
	attacked := 0
	for _, tab := range run.Tables {
		for _, c := range tab.Columns {
			if c.Mask == "keep" || c.Mask == "null" {
				continue
			}
			original := columnValues(t, p.source, tab.Name, c.Name)
			copied := columnValues(t, p.staging(), tab.Name, c.Name)
			recovered, mode := byRank(original, copied)
			attacked++
			if c.Mask == "shift_date" {
				t.Logf("strength: %d rows, %s.%s by %s: sorting, by who knows all originals, recovers %.2f %%", n, tab.Name, c.Name, c.Mask, bySorting(original, copied))
			}
			t.Logf("strength: %d rows, %s.%s by %s (%s): frequency attack recovers %.2f %%, guessing the mode %.2f %%", n, tab.Name, c.Name, c.Mask, c.KeyedBy, recovered, mode)
			if recovered > mode+1 {
				t.Errorf("%s.%s by %s: %.2f %% of rows are recovered, and guessing the mode gives %.2f %%", tab.Name, c.Name, c.Mask, recovered, mode)
			}
		}
	}
	if attacked < 10 {
		t.Errorf("only %d columns are masked by the default policy", attacked)
	}
	t.Logf("strength: kept by the default policy: %q", keptColumns(run))

	// The same attack where labels are as unevenly frequent as originals, and
	// where equal values stay equal: there it has to succeed.
	proposed := p.read("policy.yaml")
	shaped := strings.NewReplacer("      city: city", "      city: { mask: city, shape: source }", "      last_name: last_name", "      last_name: { mask: last_name, shape: source }").Replace(proposed)
	if strings.Count(shaped, "shape: source") != 2 {
		t.Fatalf("the proposal has no city and last_name:\n%s", proposed)
	}
	p.write("policy.yaml", shaped)
	p.refresh()
	for _, column := range []string{"last_name", "city"} {
		recovered, mode := byRank(columnValues(t, p.source, "customers", column), columnValues(t, p.staging(), "customers", column))
		t.Logf("strength: %d rows, customers.%s of the source's shape: frequency attack recovers %.2f %%, guessing the mode %.2f %%", n, column, recovered, mode)
		if recovered > mode+1 {
			t.Errorf("%s of the source's shape: %.2f %% of rows are recovered, and guessing the mode gives %.2f %%", column, recovered, mode)
		}
	}
	p.write("policy.yaml", strings.Replace(proposed, "      city: city", "      city: { mask: pseudonym, domain: city }", 1)+frequencyWaived)
	p.refresh()
	recovered, mode := byRank(columnValues(t, p.source, "customers", "city"), columnValues(t, p.staging(), "customers", "city"))
	t.Logf("strength: %d rows, customers.city keyed by value instead: frequency attack recovers %.2f %%, guessing the mode %.2f %%", n, recovered, mode)
	if recovered < 2*mode {
		t.Errorf("keyed by value, %.2f %% are recovered: the attack does not work, so it shows nothing", recovered)
	}
}

func keptColumns(run report.Run) []string {
	var out []string
	for _, tab := range run.Tables {
		for _, c := range tab.Columns {
			if c.Mask == "keep" {
				out = append(out, strings.TrimPrefix(tab.Name, "public.")+"."+c.Name)
			}
		}
	}
	return out
}

// Without the key nobody can check a guess: masks under another key, and plain
// hashes, find none of a million e-mails. With the key every guess is checked.
func TestStrengthDictionaryAttack(t *testing.T) {
	t.Parallel()
	n := size(100_000, 1_000_000)
	ring := func() *mask.Keyring {
		raw := make([]byte, 32)
		rand.Read(raw)
		key, err := mask.ParseKey("understudy-key-1:" + base64.StdEncoding.EncodeToString(raw))
		if err != nil {
			t.Fatal(err)
		}
		return mask.NewKeyring(key, mask.KeyringOptions{Project: "shop"})
	}
	secret, other := ring(), ring()
	for _, m := range []struct {
		mask, typ string
		kind      mask.Kind
		value     func(i int) string
	}{
		{"email", "text", mask.Text, func(i int) string { return fmt.Sprintf("u%d@real.example.io", i) }},
		{"username", "text", mask.Text, func(i int) string { return fmt.Sprintf("user%d", i) }},
		{"pseudonym", "text", mask.Text, func(i int) string { return fmt.Sprintf("cus_%08d", i) }},
		{"phone", "text", mask.Text, func(i int) string { return fmt.Sprintf("+4917%08d", i) }},
	} {
		start := func(keys *mask.Keyring) mask.Masker {
			params := mask.Params{}
			if m.mask == "phone" {
				params["numbers"] = "unassigned"
			}
			c, err := mask.Find(m.mask).Compile(mask.Column{Table: "public.t", Name: "c", Kind: m.kind, TypeName: m.typ, Encoding: "UTF8"},
				params, mask.Binding{Keyed: mask.ByValue, Domain: "d", Keys: keys})
			if err != nil {
				t.Fatal(err)
			}
			return c.New()
		}
		ours, theirs, again := start(secret), start(other), start(secret)
		found, control := 0, 0
		var a, b []byte
		for i := range n {
			in := mask.Input{Value: []byte(m.value(i))}
			a, _ = ours.Append(a[:0], &in)
			if b, _ = theirs.Append(b[:0], &in); string(a) == string(b) {
				found++
			}
			if b, _ = again.Append(b[:0], &in); string(a) == string(b) {
				control++
			}
		}
		t.Logf("strength: dictionary of %d, %s by value: %d recovered under another key, %d with the key", n, m.mask, found, control)
		if found > 0 || control != n {
			t.Errorf("%s: %d of %d found without the key, %d with it", m.mask, found, n, control)
		}
	}
}

// With determinism: per_refresh nothing but dates joins two refreshes: of a
// column with many outputs no value comes back, of one with few no more rows
// agree than of two draws that have nothing to do with each other.
func TestStrengthPerRefresh(t *testing.T) {
	t.Parallel()
	n := size(2_000, 50_000)
	const policy = `version: 1
tables:
  public.customers:
    subject: id
    keep: [id, status]
    columns:
      email: { mask: email, domain: person.email }
      first_name: first_name
      last_name: last_name
      birth_date: { mask: shift_date, days: 30 }
      phone: phone
      street: street
      postal_code: postal_code
      city: city
      country: { mask: pseudonym, domain: country }
      company_name: company
      notes: text
  public.orders:
    subject: customer_id -> public.customers
    keep: [id, customer_id, total, ordered_at]
    columns: { shipping_address: address, shipping_city: city, client_ip: ip }
` + frequencyWaived
	p := newProject(t, skewedShop(n), policy, "determinism: per_refresh")
	first := map[string][]string{}
	run := p.refresh()
	each := func(visit func(name, mask string, values []string)) {
		for _, tab := range run.Tables {
			for _, c := range tab.Columns {
				if c.Mask != "keep" {
					visit(tab.Name+"."+c.Name, c.Mask, columnValues(t, p.staging(), tab.Name, c.Name))
				}
			}
		}
	}
	each(func(name, _ string, values []string) { first[name] = values })
	p.refresh()
	each(func(name, m string, second []string) {
		same, chance := agree(first[name], second, m)
		t.Logf("strength: %d rows, %s by %s: %.3f %% of rows are the same in two refreshes, by chance %.3f %%", n, name, m, same, chance)
		if m == "shift_date" { // by design: a fresh shift in every refresh would average out
			if same < 99 {
				t.Errorf("%s: dates are shifted anew in every refresh", name)
			}
			return
		}
		// Five standard deviations of a share of n draws.
		if slack := 500 * math.Sqrt(max(chance/100, 1/float64(n))/float64(n)); same > chance+slack {
			t.Errorf("%s by %s: %.3f %% of rows agree, by chance %.3f %%", name, m, same, chance)
		}
	})
}

// agree is the share of rows with equal values, and what it would be if the
// two had nothing to do with each other but, of text, the length that it keeps.
func agree(a, b []string, m string) (same, chance float64) {
	kept := func(v string) int {
		if m == "text" {
			return len(v)
		}
		return 0
	}
	count, alike := map[string]int{}, map[int]int{}
	for _, v := range a {
		count[v]++
		alike[kept(v)]++
	}
	for i, v := range b {
		if a[i] == v {
			same++
		}
		chance += float64(count[v]) / float64(max(alike[kept(v)], 1))
	}
	return 100 * same / float64(len(a)), 100 * chance / float64(len(a))
}

// Noise is drawn from a key that never changes, so that fifty refreshes show
// fifty times the same, whatever rotates: their average is as far from the
// truth as one. Fresh noise, as a control, averages out.
func TestStrengthNoiseIsNotAveraged(t *testing.T) {
	t.Parallel()
	const refreshes, people = 50, 400
	key, err := mask.ParseKey(testKey)
	if err != nil {
		t.Fatal(err)
	}
	draws := func(o mask.KeyringOptions, key mask.Key) []float64 {
		c, err := mask.Find("noise").Compile(mask.Column{Table: "public.t", Name: "salary", Kind: mask.Float, TypeName: "float8", Bits: 64, Encoding: "UTF8"},
			mask.Params{"ratio": 0.2}, mask.Binding{Keyed: mask.BySubject, Subject: "public.t", Keys: mask.NewKeyring(key, o)})
		if err != nil {
			t.Fatal(err)
		}
		m := c.New()
		out := make([]float64, people)
		for i := range out {
			id := []byte(strconv.Itoa(i))
			got, _ := m.Append(nil, &mask.Input{Value: []byte("50000"), Subject: id, Row: id})
			if out[i], err = strconv.ParseFloat(string(got), 64); err != nil {
				t.Fatal(err)
			}
		}
		return out
	}
	// errorOf is the mean distance of the averages from the truth.
	errorOf := func(draw func(refresh int) []float64, n int) float64 {
		sum := make([]float64, people)
		for r := range n {
			for i, v := range draw(r) {
				sum[i] += v / float64(n)
			}
		}
		off := 0.0
		for _, s := range sum {
			off += math.Abs(s-50000) / people
		}
		return off
	}
	for name, options := range map[string]func(r int) mask.KeyringOptions{
		"stable":      func(int) mask.KeyringOptions { return mask.KeyringOptions{Project: "shop"} },
		"per_refresh": func(int) mask.KeyringOptions { return mask.KeyringOptions{Project: "shop", Determinism: "per_refresh"} },
		"monthly": func(r int) mask.KeyringOptions {
			return mask.KeyringOptions{Project: "shop", Rotate: "monthly", At: time.Date(2026, time.Month(r), 1, 0, 0, 0, 0, time.UTC)}
		},
	} {
		draw := func(r int) []float64 { return draws(options(r), key) }
		one, all := errorOf(draw, 1), errorOf(draw, refreshes)
		t.Logf("strength: noise of 20 %% on 50,000, %s: off by %.0f after one refresh, by %.0f after the average of %d", name, one, all, refreshes)
		if math.Abs(all-one) > 0.01*one || one < 1000 {
			t.Errorf("%s: averaging %d refreshes brings the error from %.0f to %.0f", name, refreshes, one, all)
		}
	}
	fresh := func(r int) []float64 { // another root key in every refresh: what must not be
		raw := make([]byte, 32)
		rand.Read(raw)
		k, err := mask.ParseKey("understudy-key-1:" + base64.StdEncoding.EncodeToString(raw))
		if err != nil {
			t.Fatal(err)
		}
		return draws(mask.KeyringOptions{Project: "shop"}, k)
	}
	one, all := errorOf(fresh, 1), errorOf(fresh, refreshes)
	t.Logf("strength: the same with fresh noise in every refresh: off by %.0f, then by %.0f", one, all)
	if all > one/4 {
		t.Errorf("fresh noise does not average out (%.0f, %.0f): the test shows nothing", one, all)
	}
}
