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
				if g.Confidence < 0 || g.Confidence > 1 || g.Evidence == "" || g.Class == "" || g.Rule == "" {
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
