package policies_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/transform/copyrow"
	"github.com/understudy-db/understudy/transform/mask"
)

// TestPolicyFiles runs every archive of testdata/policy: its *.yaml files are
// one policy, schema.sql makes the source. What comes out, problems or the
// binding, is its section "problems" or "binding". Its section "since" is the
// first version of PostgreSQL that knows what schema.sql uses.
func TestPolicyFiles(t *testing.T) {
	t.Parallel()
	runArchives(t, "testdata/policy/*.txtar", func(t *testing.T, a archiveFiles) (string, string) {
		_, files := a.yaml()
		policy, err := policies.LoadPolicy(files, policies.PolicyOptions{ReadFile: a.read})
		if err != nil {
			return "problems", problemText(t, err, fault.Usage)
		}
		schema, ok := a["schema.sql"]
		if !ok {
			return "problems", ""
		}
		if since := strings.TrimSpace(a["since"]); since != "" && strconv.Itoa(pgtest.Source(t).Major()) < since {
			t.Skipf("the schema needs PostgreSQL %s", since)
		}
		cat, s, url := readCatalog(t, schema)
		o := policies.BindOptions{Keyring: testKeyring()}
		for _, line := range strings.Fields(a["migrations"]) {
			o.Migrations = append(o.Migrations, mustName(t, line))
		}
		b, err := policy.Bind(cat, o)
		if err != nil {
			return "problems", problemText(t, err, fault.Policy)
		}
		checkPrepares(t, s, url, b)
		return "binding", bindingText(t, b)
	})
}

// archiveFiles are the sections of one archive.
type archiveFiles map[string]string

func (a archiveFiles) read(name string) ([]byte, error) {
	if text, ok := a[name]; ok {
		// Signs that an editor would not keep.
		return []byte(strings.NewReplacer("<BOM>", "\ufeff", "<TAB>", "\t", "<CR>", "\r", "<NUL>", "\x00", "<LATIN1>", "\xe9").Replace(text)), nil
	}
	return nil, &os.PathError{Op: "open", Path: name, Err: os.ErrNotExist}
}

func (a archiveFiles) yaml() (config string, policy []string) {
	for name := range a {
		if strings.HasSuffix(name, ".yaml") {
			policy = append(policy, name)
		}
	}
	sort.Strings(policy)
	return "understudy.yaml", policy
}

func runArchives(t *testing.T, pattern string, run func(*testing.T, archiveFiles) (section, text string)) {
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no archives match %s: %v", pattern, err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files := archiveFiles{}
			want, wantSection := "", ""
			for _, f := range archive.Files {
				if f.Name == "problems" || f.Name == "binding" || f.Name == "config" {
					want, wantSection = string(f.Data), f.Name
					continue
				}
				files[f.Name] = string(f.Data)
			}
			section, got := run(t, files)
			got = strings.TrimRight(got, "\n") + "\n"
			if *policies.Update {
				kept := archive.Files[:0:0]
				for _, f := range archive.Files {
					if f.Name != wantSection {
						kept = append(kept, f)
					}
				}
				archive.Files = append(kept, txtar.File{Name: section, Data: []byte(got)})
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if section != wantSection {
				t.Fatalf("got a section %q, want %q:\n%s", section, wantSection, got)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func problemText(t *testing.T, err error, kind fault.Kind) string {
	t.Helper()
	var ps policies.Problems
	if !errors.As(err, &ps) {
		t.Fatalf("not Problems: %T %v", err, err)
	}
	if got := fault.KindOf(err); got != kind {
		t.Errorf("kind %v, want %v", got, kind)
	}
	return ps.Error()
}

func readCatalog(t testing.TB, schema string) (*catalog.Catalog, *pgtest.Server, string) {
	t.Helper()
	s := pgtest.Source(t)
	url := s.Database(t, schema)
	cat, err := catalog.Read(context.Background(), s.Conn(t, url))
	if err != nil {
		t.Fatal(err)
	}
	return cat, s, url
}

// checkPrepares lets the server judge every expression that reading needs.
func checkPrepares(t *testing.T, s *pgtest.Server, url string, b *policies.Binding) {
	t.Helper()
	ctx := context.Background()
	conn, err := catalog.Connect(ctx, catalog.DSN(url), catalog.Session{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, f := range b.Fragments() {
		d, err := conn.Prepare(ctx, "", f.Query)
		if err != nil {
			t.Errorf("%s: %s\n%v", f.Where, f.Query, err)
		} else if len(d.Fields) != f.Columns {
			t.Errorf("%s: %d columns, want %d", f.Query, len(d.Fields), f.Columns)
		}
	}
	for _, tb := range b.Tables {
		if tb.Rows == policies.NoRows {
			continue
		}
		plan, err := tb.Plan(copyrow.Text)
		if err != nil {
			t.Fatal(err)
		}
		list := strings.Join(plan.SelectList(), ", ")
		if _, err := conn.Exec(ctx, "SELECT "+list+" FROM ONLY "+tb.Table.Name.SQL()); err != nil {
			t.Errorf("%s: %s\n%v", tb.Table.Name, list, err)
		}
	}
}

func bindingText(t *testing.T, b *policies.Binding) string {
	var out strings.Builder
	for _, tb := range b.Tables {
		fmt.Fprintf(&out, "%s: rows %s", tb.Table.Name, tb.Rows)
		if tb.Where != "" {
			fmt.Fprintf(&out, " (%s)", tb.Where)
		}
		fmt.Fprintf(&out, ", by %s", tb.Origin)
		if tb.ViaRoot {
			out.WriteString(", via root")
		}
		if tb.Migration {
			out.WriteString(", migration")
		}
		for _, j := range tb.Joins {
			fmt.Fprintf(&out, ", joins %s", j.Name)
		}
		out.WriteByte('\n')
		for _, c := range tb.Columns {
			fmt.Fprintf(&out, "  %s: %s", catalog.Display(c.Column.Name), c.Rule)
			if c.Locale != "" {
				fmt.Fprintf(&out, ", locale %s, %d characters", c.Locale, c.Props.MaxChars)
			}
			if c.Keyed != "nothing" {
				fmt.Fprintf(&out, ", keyed by %s", c.KeyedBy())
			}
			if c.Inherited != "" {
				fmt.Fprintf(&out, ", %s", c.Inherited)
			}
			if c.Expr != catalog.QuoteIdent(c.Column.Name) {
				fmt.Fprintf(&out, ", %s", strings.ReplaceAll(c.Expr, "\n", " "))
			}
			out.WriteByte('\n')
		}
		if tb.Rows == policies.NoRows {
			continue
		}
		plan, err := tb.Plan(copyrow.Binary)
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range plan.Inputs {
			fmt.Fprintf(&out, "  input %d:", in.Kind)
			for _, p := range in.Parts {
				fmt.Fprintf(&out, " %s", plan.Keys[p].Expr)
				if plan.Keys[p].Kept {
					out.WriteString(" (kept)")
				}
			}
			out.WriteByte('\n')
		}
	}
	for _, r := range b.Restarts {
		fmt.Fprintf(&out, "restart %s %s %d\n", r.Sequence, map[bool]string{false: "above", true: "below"}[r.Down], r.Last)
	}
	for _, u := range b.Unsupported {
		fmt.Fprintf(&out, "without %s\n", u)
	}
	for _, e := range b.SkipExtensions {
		fmt.Fprintf(&out, "without extension %s\n", e)
	}
	if b.LargeObjects != "" {
		fmt.Fprintf(&out, "large objects: %s\n", b.LargeObjects)
	}
	for _, w := range b.Warnings {
		fmt.Fprintf(&out, "warning: %s\n", w.Text())
	}
	for _, w := range slices.Concat(b.Refused, b.Repeats) {
		fmt.Fprintf(&out, "refused: %s\n", w.Text())
	}
	return out.String()
}

func mustName(t *testing.T, s string) catalog.Name {
	t.Helper()
	n, err := policies.ParseName(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// testKeyring has a fresh key: nothing that golden files show depends on it.
func testKeyring() *mask.Keyring {
	return mask.NewKeyring(mask.GenerateKey(), mask.KeyringOptions{Project: "test"})
}
