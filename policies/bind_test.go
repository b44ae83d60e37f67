package policies_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/transform/copyrow"
)

func loadText(t testing.TB, files ...string) *policies.Policy {
	t.Helper()
	var names []string
	for i := range files {
		names = append(names, fmt.Sprintf("%d.yaml", i))
	}
	p, err := policies.LoadPolicy(names, policies.PolicyOptions{ReadFile: func(name string) ([]byte, error) {
		var i int
		_, err := fmt.Sscanf(name, "%d.yaml", &i)
		return []byte(files[i]), err
	}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// smallCatalog has tables of an id and a text, by hand.
func smallCatalog(change func(t *catalog.Table), names ...string) *catalog.Catalog {
	int4 := &catalog.Type{Name: catalog.Name{Schema: "pg_catalog", Name: "int4"}, Kind: 'b', HasBinary: true}
	text := &catalog.Type{Name: catalog.Name{Schema: "pg_catalog", Name: "text"}, Kind: 'b', HasBinary: true}
	cat := &catalog.Catalog{}
	cat.Database.Encoding = "UTF8"
	for i, name := range names {
		schema, table, _ := strings.Cut(name, ".")
		t := &catalog.Table{
			OID: catalog.OID(i + 1), Name: catalog.Name{Schema: schema, Name: table}, Kind: catalog.Ordinary, Persistence: 'p', Rows: -1, Pages: 1,
			Columns: []*catalog.Column{
				{Num: 1, Name: "id", Type: int4, TypMod: -1, TypeSQL: "integer", NotNull: true},
				{Num: 2, Name: "note", Type: text, TypMod: -1, TypeSQL: "text"},
			},
		}
		if change != nil {
			change(t)
		}
		cat.Tables = append(cat.Tables, t)
	}
	cat.Link()
	return cat
}

// TestExtensionTables: their members need no rule. Configuration is copied
// under the extension's own condition; what would act from staging, or is
// secret, stays behind.
func TestExtensionTables(t *testing.T) {
	t.Parallel()
	cat := smallCatalog(func(t *catalog.Table) {
		switch t.Name.Name {
		case "spatial_ref_sys":
			t.Extension, t.ExtensionConfig, t.ConfigCondition = "postgis", true, "WHERE id > 100"
		case "internal":
			t.Extension = "postgis"
		case "job":
			t.Extension, t.ExtensionConfig = "pg_cron", true
		}
	}, "public.spatial_ref_sys", "public.internal", "cron.job", "public.mine")
	cat.Extensions = []*catalog.Extension{{Name: "postgis"}, {Name: "pg_cron"}}
	text := func(b *policies.Binding) string {
		var out []string
		for _, tb := range b.Tables {
			out = append(out, fmt.Sprintf("%s %s %q", tb.Table.Name, tb.Rows, tb.Where))
		}
		return strings.Join(out, "; ")
	}
	bind := func(o policies.BindOptions, extra string) (*policies.Binding, error) {
		return loadText(t, "version: 1\ntables:\n  public.mine: { rows: none }\n"+extra).Bind(cat, o)
	}
	b, err := bind(policies.BindOptions{}, "")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := text(b), `public.spatial_ref_sys where "id > 100"; cron.job none ""; public.mine none ""`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if b.Table(cat.Tables[0]) != b.Tables[0] || b.Table(cat.Tables[1]) != nil {
		t.Error("Table does not find what Tables lists")
	}
	if b, err = bind(policies.BindOptions{}, "  public.spatial_ref_sys: { columns: { note: text } }\n  cron.job: { rows: all, columns: { note: redact } }\n"); err != nil {
		t.Fatal(err)
	}
	if got, want := text(b), `public.spatial_ref_sys where "id > 100"; cron.job all ""; public.mine none ""`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if !b.Tables[0].Columns[1].Masked() || b.Tables[0].Columns[0].Masked() {
		t.Error("rules for an extension's table do not hold")
	}
	if b, err = bind(policies.BindOptions{SkipExtensions: []string{"pg_cron"}}, "extensions: { skip: [postgis] }\n"); err != nil {
		t.Fatal(err)
	}
	if got, want := text(b), `public.mine none ""`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	for extra, want := range map[string]string{
		"  public.internal: { keep: [id] }\n":                                               "which fills it itself",
		"  public.mine2: { rows: none }\nunsupported: [public.min]\n":                       "did you mean public.mine",
		"  public.spatial_ref_sys: { rows: { where: \"true\" }, columns: { nte: text } }\n": "did you mean note",
	} {
		if _, err := bind(policies.BindOptions{}, extra); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", extra, err)
		}
	}
	if b, err = bind(policies.BindOptions{}, "  cron.job: { keep: [id] }\nextensions: { skip: [pg_cron] }\n"); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(b.Warnings, func(w *policies.Problem) bool { return strings.Contains(w.Text(), "cron.job") }) || b.Table(cat.Table(mustName(t, "cron.job"))) != nil {
		t.Errorf("the entry of a table that is left out: %v", b.Warnings)
	}
	if _, err := bind(policies.BindOptions{SkipExtensions: []string{"postgs"}}, ""); err == nil || !strings.Contains(err.Error(), "did you mean postgis") {
		t.Errorf("an unknown extension of the configuration: %v", err)
	}
}

// TestHash: the same policy has the same hash however it is written, and any
// change of what happens another.
func TestHash(t *testing.T) {
	t.Parallel()
	cat := smallCatalog(nil, "public.a", "public.b")
	hash := func(files ...string) string {
		t.Helper()
		b, err := loadText(t, files...).Bind(cat, policies.BindOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return b.Hash
	}
	base := hash("version: 1\ntables:\n  public.a: { keep: [id], columns: { note: text } }\n  public.b: { rows: none }\n")
	if len(base) != 64 {
		t.Errorf("hash %q", base)
	}
	same := hash("version: 1\ntables:\n  public.b: { rows: none }\n", "# a comment\nversion: 1\ntables:\n  public.A:\n    columns: { id: keep, note: { mask: text } }\n")
	if same != base {
		t.Error("the same policy has another hash")
	}
	for _, other := range []string{
		"version: 1\ntables:\n  public.a: { keep: [id, note] }\n  public.b: { rows: none }\n",
		"version: 1\ntables:\n  public.a: { keep: [id], columns: { note: { mask: text, domain: x } } }\n  public.b: { rows: none }\n",
		"version: 1\ntables:\n  public.a: { keep: [id], columns: { note: text }, rows: { where: \"id > 1\" } }\n  public.b: { rows: none }\n",
		"version: 1\ntables:\n  public.a: { keep: [id], columns: { note: token } }\n  public.b: { rows: none }\n",
		"version: 1\ntables:\n  public.a: { keep: [id], columns: { note: { mask: token, length: 40 } } }\n  public.b: { rows: none }\n",
		"version: 1\ntables:\n  public.a: { keep: [id], columns: { note: text } }\n  public.b: { rows: none }\nlarge_objects: none\n",
		"version: 1\ntables:\n  public.a: { keep: [id], columns: { note: text } }\nunsupported: [public.b]\n",
	} {
		if hash(other) == base {
			t.Errorf("no other hash: %s", other)
		}
	}
}

// TestPlanNeedsKeys: without keys there are checks, but no plan.
func TestPlanNeedsKeys(t *testing.T) {
	t.Parallel()
	cat := smallCatalog(nil, "public.a", "public.b", "public.c")
	p := loadText(t, "version: 1\ntables:\n  public.a: { keep: [id], columns: { note: text } }\n  public.b: { rows: none }\n  public.c: { keep: [id, note] }\n")
	b, err := p.Bind(cat, policies.BindOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Tables[0].Plan(copyrow.Binary); err == nil {
		t.Error("a plan without keys")
	}
	if _, err := b.Tables[1].Plan(copyrow.Binary); err == nil {
		t.Error("a plan without rows")
	}
	if plan, err := b.Tables[2].Plan(copyrow.Binary); err != nil || len(plan.Columns) != 2 || len(plan.Inputs) != 0 {
		t.Errorf("a plan that masks nothing: %+v, %v", plan, err)
	}
}

// TestMaskedColumnsComeFirst: kept values of any size can then stream.
func TestMaskedColumnsComeFirst(t *testing.T) {
	t.Parallel()
	cat := smallCatalog(nil, "public.a")
	b, err := loadText(t, "version: 1\ntables:\n  public.a: { keep: [id], columns: { note: text } }\n").Bind(cat, policies.BindOptions{Keyring: testKeyring()})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := b.Tables[0].Plan(copyrow.Text)
	if err != nil {
		t.Fatal(err)
	}
	if plan.Columns[0].Name != "note" || plan.Columns[0].Mask == nil || plan.Columns[1].Mask != nil {
		t.Errorf("%+v", plan.Columns)
	}
	if again, err := b.Tables[0].Plan(copyrow.Text); err != nil || again != plan {
		t.Error("a plan is made twice")
	}
}

// TestFragmentsHoldOneExpression: whatever a fragment says, one of its two
// statements does not parse, or gives another number of columns, unless it is
// one expression. A fragment that closed its bracket wrote to production once.
func TestFragmentsHoldOneExpression(t *testing.T) {
	t.Parallel()
	cat, _, url := readCatalog(t, "create table t (id int, note text)")
	ctx := context.Background()
	conn, err := catalog.Connect(ctx, catalog.DSN(url), catalog.Session{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	accepted := func(b *policies.Binding) bool {
		ok := true
		for _, f := range b.Fragments() {
			d, err := conn.Prepare(ctx, "", f.Query)
			ok = ok && err == nil && len(d.Fields) == f.Columns
		}
		return ok
	}
	bind := func(entry string) *policies.Binding {
		t.Helper()
		b, err := loadText(t, "version: 1\ntables:\n  public.t: "+entry+"\n").Bind(cat, policies.BindOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for fragment, good := range map[string]bool{
		"upper(note)":                      true,
		"note -- a comment":                true,
		"note /* a comment */":             true,
		"(select max(note) from t)":        false, // t is not in pg_catalog's path
		"(select max(note) from public.t)": true,
		"')'":                              true,
		"$$)$$":                            true,
		"true)) to stdout; commit; begin read write; create table x(i int)--": false,
		"'x')::text, (select 'y'":        false,
		"'x') union select ('y'":         false,
		"'x'], ARRAY['y'":                false,
		"'x'; select 'y'":                false,
		"'x' /*":                         false,
		"'x":                             false,
		"$$x":                            false,
		"note from public.t where (true": false,
		"nosuch":                         false,
		"":                               false,
		"(((":                            false,
		")":                              false,
	} {
		quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(fragment) + `"`
		b := bind("{ keep: [id], columns: { note: { mask: sql, expression: " + quoted + " } } }")
		if got := accepted(b); got != good {
			t.Errorf("expression %s: accepted %t", fragment, got)
		}
	}
	for fragment, good := range map[string]bool{
		"id > 5 -- recent":               true,
		"note ~ ')'":                     true,
		"true) or (true":                 false,
		"true; drop table t":             false,
		"true) union select (1":          false,
		"id":                             false, // no condition
		"true) --":                       false,
		"true\n) limit 1 offset (0":      false,
		"ctid is null) or (ctid is null": false,
	} {
		b := bind("{ keep: [id, note], rows: { where: " + fmt.Sprintf("%q", fragment) + " } }")
		if got := accepted(b); got != good {
			t.Errorf("condition %s: accepted %t", fragment, got)
		}
	}
}

// TestFragmentProblem: what the server complains about is shown in the
// fragment's own text.
func TestFragmentProblem(t *testing.T) {
	t.Parallel()
	cat := smallCatalog(nil, "public.a")
	b, err := loadText(t, "version: 1\ntables:\n  public.a:\n    keep: [id]\n    columns:\n      note:\n        mask: sql\n        expression: |\n          upper(\n            ünknown\n          )\n").Bind(cat, policies.BindOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range b.Fragments() {
		at := strings.Index(f.Query, "ünknown")
		position := len([]rune(f.Query[:at])) + 1
		p := f.Problem(position, "column \"ünknown\" does not exist")
		want := "0.yaml:7:9: public.a.note: column \"ünknown\" does not exist\n      |   ünknown\n      |   ^"
		if p.Text() != want || p.Kind != fault.Policy {
			t.Errorf("got\n%s\nwant\n%s", p.Text(), want)
		}
		for _, outside := range []int{0, -1, 1, 1 << 30} {
			if p := f.Problem(outside, "x"); !strings.Contains(p.Text(), "public.a.note: x") {
				t.Errorf("position %d: %s", outside, p.Text())
			}
		}
	}
}

func TestParseName(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]catalog.Name{
		"public.orders":           {Schema: "public", Name: "orders"},
		"Public.Orders":           {Schema: "public", Name: "orders"},
		`"My Schema"."A""b.c*"`:   {Schema: "My Schema", Name: `A"b.c*`},
		` public . "Order Items"`: {Schema: "public", Name: "Order Items"},
	} {
		if got, err := policies.ParseName(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "orders", "a.b.c", "public.*", `"a`, "a.b c"} {
		if _, err := policies.ParseName(text); fault.KindOf(err) != fault.Usage {
			t.Errorf("%s: %v", text, err)
		}
	}
}
