package policies_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/policies"
)

// TestPropose: for every schema the proposal loads, binds to the same schema
// without a problem, names every column, and is what the golden file says.
func TestPropose(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/propose/*.sql")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no schemas: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".sql"), func(t *testing.T) {
			t.Parallel()
			schema, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			cat, s, url := readCatalog(t, string(schema))
			text, guesses := propose(t, cat)
			b := bindText(t, cat, text)
			checkPrepares(t, s, url, b)

			guessed := map[string]bool{}
			for _, g := range guesses {
				guessed[catalog.Name{Schema: g.Schema, Name: g.Table}.String()+"."+g.Column] = true
				if g.Confidence < 0 || g.Confidence > 1 || len(g.Evidence) == 0 || g.Class == "" {
					t.Errorf("incomplete guess: %+v", g)
				}
			}
			for _, tb := range b.Tables {
				for _, c := range tb.Columns {
					if name := tb.Root.Name.String() + "." + c.Column.Name; !guessed[name] && tb.Table.Extension == "" {
						t.Errorf("no guess about %s", name)
					}
				}
			}

			golden := strings.TrimSuffix(path, ".sql") + ".yaml"
			if *policies.Update {
				if err := os.WriteFile(golden, text, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(text)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func propose(t testing.TB, cat *catalog.Catalog) ([]byte, []policies.Guess) {
	t.Helper()
	text, guesses, err := policies.Propose(cat, policies.ProposeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return text, guesses
}

func bindText(t testing.TB, cat *catalog.Catalog, text []byte) *policies.Binding {
	t.Helper()
	p, err := policies.LoadPolicy([]string{"policy.yaml"}, policies.PolicyOptions{ReadFile: func(string) ([]byte, error) { return text, nil }})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	b, err := p.Bind(cat, policies.BindOptions{Keyring: testKeyring()})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return b
}

// TestGuesses: what names and types alone say, in several languages. Columns
// are table.column type: class.
func TestGuesses(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/guesses.txt")
	if err != nil {
		t.Fatal(err)
	}
	type want struct{ table, column, class string }
	var wants []want
	tables := map[string][]string{}
	var order []string
	for i, line := range strings.Split(string(data), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		left, class, ok := strings.Cut(line, ":")
		name, typ, _ := strings.Cut(left, " ")
		table, column, ok2 := strings.Cut(name, ".")
		if !ok || !ok2 {
			t.Fatalf("line %d: %s", i+1, line)
		}
		if tables[table] == nil {
			order = append(order, table)
		}
		if typ = strings.TrimSpace(typ); typ == "" {
			typ = "text"
		}
		tables[table] = append(tables[table], catalog.QuoteIdent(column)+" "+typ)
		wants = append(wants, want{table, column, strings.TrimSpace(class)})
	}
	var schema strings.Builder
	for _, table := range order {
		fmt.Fprintf(&schema, "create table %s (%s);\n", catalog.QuoteIdent(table), strings.Join(tables[table], ", "))
	}
	cat, _, _ := readCatalog(t, schema.String())
	_, guesses := propose(t, cat)
	got := map[string]policies.Guess{}
	for _, g := range guesses {
		got[g.Table+"."+g.Column] = g
	}
	for _, w := range wants {
		if g := got[w.table+"."+w.column]; string(g.Class) != w.class {
			t.Errorf("%s.%s: %s (%.2f, %s), want %s", w.table, w.column, g.Class, g.Confidence, g.Evidence, w.class)
		}
	}
}

// TestProposeKeepsAll: with KeepAll every column of every table is in a keep
// list, whatever its name says, and large objects are kept.
func TestProposeKeepsAll(t *testing.T) {
	t.Parallel()
	cat, _, _ := readCatalog(t, `
		CREATE TABLE users (id integer PRIMARY KEY, email text UNIQUE, password text, "Ünïcode ""x""" bytea);
		CREATE TABLE sessions (token text, user_id integer REFERENCES users);
		CREATE TABLE nothing ();
		SELECT lo_create(0);`)
	text, _, err := policies.Propose(cat, policies.ProposeOptions{KeepAll: true})
	if err != nil {
		t.Fatal(err)
	}
	b := bindText(t, cat, text)
	if b.LargeObjects != "keep" {
		t.Errorf("large objects: %s", b.LargeObjects)
	}
	for _, tb := range b.Tables {
		if tb.Rows != policies.AllRows || len(tb.Columns) != len(tb.Table.Columns) {
			t.Errorf("%s: rows %v, %d columns", tb.Table.Name, tb.Rows, len(tb.Columns))
		}
		for _, c := range tb.Columns {
			if c.Masked() {
				t.Errorf("%s.%s is masked", tb.Table.Name, c.Column.Name)
			}
		}
	}
}

// TestEntryOfATableThatIsLeftOut: the list of a refusal is pasted into a policy
// that has entries for all tables.
func TestEntryOfATableThatIsLeftOut(t *testing.T) {
	t.Parallel()
	cat, _, _ := readCatalog(t, "CREATE TABLE a (i integer); CREATE TABLE b (i integer)")
	b := bindText(t, cat, []byte("version: 1\ntables:\n  public.a: { keep: [i] }\n  public.b: { keep: [i] }\nunsupported:\n  - 'table public.a'\n"))
	if len(b.Tables) != 1 || len(b.Warnings) != 1 || !strings.Contains(b.Warnings[0].Error(), "public.a") {
		t.Errorf("%d tables, warnings %v", len(b.Tables), b.Warnings)
	}
}
