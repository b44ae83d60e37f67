package policies_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/policies"
)

// TestExtend: what a person wrote stays byte for byte, what is new is added
// where it belongs, the result covers the source, and doing it again adds
// nothing. < marks lines that the result has and the file had not.
func TestExtend(t *testing.T) {
	t.Parallel()
	cat, _, _ := readCatalog(t, `
		CREATE TABLE users (id integer PRIMARY KEY, email text UNIQUE, name text, nickname text, created_at timestamptz);
		CREATE TABLE orders (id integer PRIMARY KEY, user_id integer REFERENCES users, buyer text REFERENCES users (email), total numeric, ship_city text, note text);
		CREATE TABLE sessions (token text);
		CREATE TABLE "Odd Name" ("Ünïcode: x" text);`)
	for name, c := range map[string]struct{ before, after string }{
		"block": {
			before: `# written by hand
version: 1
tables:
  public.users:          # people
    subject: id
    keep: [id,
      created_at]   # in two lines
    columns:
      email: { mask: email, domain: person.email }  # joined with the shop

      name: full_name
      # the last comment of users

# about orders
  public.orders:
    keep: [ id, total ]
    columns: {note: text}
# the end
comments: none
# really
`,
			after: `# written by hand
version: 1
tables:
  public.users:          # people
    subject: id
    keep: [id,
      created_at]   # in two lines
    columns:
      email: { mask: email, domain: person.email }  # joined with the shop

      name: full_name
      # the last comment of users
<      nickname: username   # the name says "nickname"

# about orders
  public.orders:
    keep: [ id, total ]
<    columns: {note: text, ship_city: city}
<  'public."Odd Name"':
<  public.sessions: { rows: none }   # review: live sessions or secrets by its name; rows: all needs a rule for each column
# the end
comments: none
# really
`,
		},
		"no columns, no end of line": {
			before: "version: 1\r\ntables:\r\n    public.users:\r\n        keep:\r\n        - id\r\n        - created_at\r\n    public.orders: { rows: none }",
		},
		"in braces": {
			before: "version: 1\ntables: {public.users: {keep: [id], columns: {}}, public.orders: {rows: none}}\n",
		},
		"empty":     {before: "version: 1\ntables: {}   # nothing yet\ncomments: none\n"},
		"nothing":   {before: "version: 1\ntables:\n# later\n"},
		"no tables": {before: "# only this\nversion: 1\n"},
		"patterns":  {before: "version: 1\ntables:\n  public.*:\n    keep: [id, created_at]\n    columns:\n      email: { mask: email, domain: e }\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			extend := func(text string) *policies.Extension {
				t.Helper()
				x, err := policies.Extend(cat, []string{"p.yaml"}, "p.yaml", func(string) ([]byte, error) { return []byte(text), nil }, policies.ProposeOptions{})
				if err != nil {
					t.Fatal(err)
				}
				return x
			}
			x := extend(c.before)
			after := string(x.Files["p.yaml"])
			if len(x.Added) == 0 || after == "" {
				t.Fatal("nothing was added")
			}
			bindText(t, cat, []byte(after))
			if again := extend(after); len(again.Added) > 0 || len(again.Files) > 0 {
				t.Errorf("added again: %v", again.Added)
			}
			if !inOrder(strings.Replace(c.before, "tables: {}", "tables:", 1), after) {
				t.Errorf("bytes are lost:\n%s", after)
			}
			if c.after != "" {
				want := strings.Split(c.after, "\n")
				for _, line := range want {
					if line = strings.TrimPrefix(line, "<"); !strings.Contains(after, line) {
						t.Errorf("no line %q in\n%s", line, after)
					}
				}
				rest := after
				for _, line := range strings.SplitAfter(c.before, "\n") {
					if strings.Contains(line, "{note") {
						continue
					}
					i := strings.Index(rest, line)
					if i < 0 {
						t.Fatalf("line %q is lost or out of order in\n%s", line, after)
					}
					rest = rest[i+len(line):]
				}
			}
		})
	}
}

// inOrder tells whether all bytes of a text are in another one, in order.
func inOrder(text, in string) bool {
	i := 0
	for j := 0; j < len(in) && i < len(text); j++ {
		if in[j] == text[i] {
			i++
		}
	}
	return i == len(text)
}

// TestExtendSeveralFiles: columns go to the file with their table's entry, new
// tables to the one that was named; files without news stay unwritten.
func TestExtendSeveralFiles(t *testing.T) {
	t.Parallel()
	cat, _, _ := readCatalog(t, "CREATE TABLE a (i integer, email text); CREATE TABLE b (i integer); CREATE TABLE c (i integer)")
	texts := map[string]string{
		"a.yaml": "version: 1\ntables:\n  public.a: { keep: [i] }\n",
		"b.yaml": "version: 1\ntables:\n  public.b: { keep: [i] }\n",
		"c.yaml": "version: 1\n",
	}
	read := func(f string) ([]byte, error) {
		if text, ok := texts[f]; ok {
			return []byte(text), nil
		}
		return nil, os.ErrNotExist
	}
	x, err := policies.Extend(cat, []string{"a.yaml", "b.yaml", "c.yaml"}, "c.yaml", read, policies.ProposeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := x.Files["b.yaml"]; ok || len(x.Files) != 2 || !strings.Contains(string(x.Files["a.yaml"]), "email") || !strings.Contains(string(x.Files["c.yaml"]), "public.c") {
		t.Errorf("wrote %q", x.Files)
	}
	if _, err := policies.Extend(cat, []string{"gone.yaml"}, "gone.yaml", read, policies.ProposeOptions{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	texts["a.yaml"] = "version: 1\ntables: ["
	if _, err := policies.Extend(cat, []string{"a.yaml"}, "a.yaml", read, policies.ProposeOptions{}); err == nil {
		t.Error("a broken file was extended")
	}
}

// TestExtendProposed: what Propose wrote for a part of a schema is extended to
// all of it.
func TestExtendProposed(t *testing.T) {
	t.Parallel()
	schema, err := os.ReadFile(filepath.Join("testdata", "propose", "shop.sql"))
	if err != nil {
		t.Fatal(err)
	}
	cat, _, _ := readCatalog(t, string(schema))
	text, _ := propose(t, cat)
	more, _, _ := readCatalog(t, string(schema)+"\nALTER TABLE customers ADD nickname varchar(20), ADD vip boolean; CREATE TABLE wishes (id integer PRIMARY KEY, customer_id integer REFERENCES customers, wish text);")
	x, err := policies.Extend(more, []string{"p"}, "p", func(string) ([]byte, error) { return text, nil }, policies.ProposeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(x.Added) != 3 {
		t.Errorf("added %+v", x.Added)
	}
	bindText(t, more, x.Files["p"])
}

// TestExtendWaives: a new column that stays as it is because no mask fits it is
// waived for review, as in a first policy, so that a check passes.
func TestExtendWaives(t *testing.T) {
	t.Parallel()
	cat, _, _ := readCatalog(t, `
		CREATE TABLE seen (id integer PRIMARY KEY);
		CREATE TABLE members (email text NOT NULL, note text) PARTITION BY LIST (email);
		CREATE TABLE members_none PARTITION OF members FOR VALUES IN ('none');
		CREATE TABLE leads (phone text NOT NULL, id integer) PARTITION BY LIST (phone);
		CREATE TABLE leads_none PARTITION OF leads FOR VALUES IN ('none');`)
	const (
		tables   = "version: 1\ntables:\n  public.seen: { keep: [id] }\n  public.leads:\n    keep: [id]\n"
		email    = "{ rule: kept_personal, on: 'public.members.email', reason: no mask fits it }   # review: decide before it is refreshed\n"
		phone    = "{ rule: kept_personal, on: 'public.leads.phone', reason: no mask fits it }   # review: decide before it is refreshed\n"
		literals = "{ rule: schema_literal, on: x, reason: ours }\n"
	)
	for name, c := range map[string]struct{ before, after string }{
		"none yet":      {"", "waive:\n  - " + email + "  - " + phone},
		"empty":         {"waive:\n# end\n", "waive:\n  - " + email + "  - " + phone + "# end\n"},
		"a list":        {"waive:\n    - " + literals + "# end\ncomments: none\n", "waive:\n    - " + literals + "    - " + email + "    - " + phone + "# end\ncomments: none\n"},
		"not indented":  {"waive:\n- " + literals + "comments: none\n", "waive:\n- " + literals + "- " + email + "- " + phone + "comments: none\n"},
		"in many lines": {"waive:\n  - rule: schema_literal\n    on: x\n    reason: ours\n", "waive:\n  - rule: schema_literal\n    on: x\n    reason: ours\n  - " + email + "  - " + phone},
	} {
		texts := map[string]string{"policy.yaml": tables + c.before}
		read := func(f string) ([]byte, error) { return []byte(texts[f]), nil }
		for round := range 2 {
			e, err := policies.Extend(cat, []string{"policy.yaml"}, "policy.yaml", read, policies.ProposeOptions{})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if round == 1 && len(e.Files) > 0 {
				t.Errorf("%s: a second time adds\n%s", name, e.Files["policy.yaml"])
			} else if round == 0 {
				texts["policy.yaml"] = string(e.Files["policy.yaml"])
			}
		}
		if !strings.HasSuffix(texts["policy.yaml"], c.after) {
			t.Errorf("%s:\n%s\nwant at the end\n%s", name, texts["policy.yaml"], c.after)
		}
		pol, err := policies.LoadPolicy([]string{"policy.yaml"}, policies.PolicyOptions{ReadFile: read})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pol.Bind(cat, policies.BindOptions{}); err != nil {
			t.Errorf("%s: a check refuses it: %v", name, err)
		}
	}
	texts := tables + "waive: [{ rule: schema_literal, on: x, reason: ours }]\n"
	_, err := policies.Extend(cat, []string{"p"}, "p", func(string) ([]byte, error) { return []byte(texts), nil }, policies.ProposeOptions{})
	if err == nil || !strings.Contains(err.Error(), "waive is not a list of lines") {
		t.Errorf("a list in brackets: %v", err)
	}
}
