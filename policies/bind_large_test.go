package policies

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/understudy-db/understudy/catalog"
)

// largeCatalog has n tables of twenty columns, each referencing the one before,
// and one partition tree of n leaves.
func largeCatalog(n int) *catalog.Catalog {
	builtin := func(name string, category byte) *catalog.Type {
		return &catalog.Type{Name: catalog.Name{Schema: "pg_catalog", Name: name}, Kind: 'b', Category: category, HasBinary: true}
	}
	int8, text, stamp := builtin("int8", 'N'), builtin("text", 'S'), builtin("timestamptz", 'D')
	cat := &catalog.Catalog{Types: []*catalog.Type{int8, text, stamp}}
	cat.Database.Encoding = "UTF8"
	oid := catalog.OID(100)
	columns := func() []*catalog.Column {
		var cols []*catalog.Column
		add := func(name string, t *catalog.Type, sql string, notNull bool) {
			cols = append(cols, &catalog.Column{Num: int16(len(cols) + 1), Name: name, Type: t, TypMod: -1, TypeSQL: sql, NotNull: notNull})
		}
		add("id", int8, "bigint", true)
		add("parent_id", int8, "bigint", false)
		for _, name := range []string{"email", "full_name", "phone", "city", "notes", "status", "street", "company", "login", "url"} {
			add(name, text, "text", false)
		}
		for i := range 8 {
			add(fmt.Sprintf("at_%d", i), stamp, "timestamp with time zone", false)
		}
		return cols
	}
	table := func(name string, kind catalog.Kind) *catalog.Table {
		oid++
		t := &catalog.Table{OID: oid, Name: catalog.Name{Schema: "public", Name: name}, Kind: kind, Persistence: 'p', Columns: columns(), Rows: 1000}
		t.Indexes = []*catalog.Index{{
			OID: oid + 1_000_000, Name: catalog.Name{Schema: "public", Name: name + "_pkey"}, Unique: true, Primary: true, Valid: true, Immediate: true,
			Keys: []catalog.IndexKey{{Column: 1}}, Constraint: name + "_pkey",
		}, {
			OID: oid + 2_000_000, Name: catalog.Name{Schema: "public", Name: name + "_email"}, Unique: true, Valid: true, Immediate: true,
			Keys: []catalog.IndexKey{{Column: 3}},
		}}
		cat.Tables = append(cat.Tables, t)
		return t
	}
	var before *catalog.Table
	for i := range n {
		t := table(fmt.Sprintf("t%06d", i), catalog.Ordinary)
		if before != nil && i%100 != 0 {
			fk := &catalog.ForeignKey{Name: "fk", Table: t, References: before, Columns: []int16{2}, RefColumns: []int16{1}, Validated: true, Enforced: true, Match: 's'}
			t.ForeignKeys = append(t.ForeignKeys, fk)
			before.ReferredBy = append(before.ReferredBy, fk)
		}
		before = t
	}
	root := table("tree", catalog.Partitioned)
	root.PartKey = &catalog.PartKey{Strategy: 'r', Columns: []int16{1}}
	for i := range n {
		leaf := table(fmt.Sprintf("tree_%06d", i), catalog.Ordinary)
		leaf.Partition = &catalog.Partition{Parent: root}
		for j, x := range leaf.Indexes {
			x.Parent = root.Indexes[j].OID
		}
		root.Partitions = append(root.Partitions, leaf)
	}
	cat.Link()
	return cat
}

// TestLargeSchemas: binding, proposing and reporting gaps stay far from
// quadratic. The limits are generous, since machines differ; a quadratic step
// would take minutes.
func TestLargeSchemas(t *testing.T) {
	if testing.Short() {
		t.Skip("large schemas take a few seconds")
	}
	t.Parallel()
	const tables = 3_000
	cat := largeCatalog(tables)
	within := func(what string, limit time.Duration, f func()) {
		t.Helper()
		start := time.Now()
		f()
		took := time.Since(start)
		t.Logf("%s: %s", what, took.Round(time.Millisecond))
		if took > limit {
			t.Errorf("%s took %s, limit %s", what, took, limit)
		}
	}
	var text []byte
	within("propose", 120*time.Second, func() {
		var err error
		if text, _, err = Propose(cat, ProposeOptions{}); err != nil {
			t.Fatal(err)
		}
	})
	load := func(text []byte) *Policy {
		p, err := LoadPolicy([]string{"p.yaml"}, PolicyOptions{ReadFile: func(string) ([]byte, error) { return text, nil }})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	var p *Policy
	within("load", 120*time.Second, func() { p = load(text) })
	within("bind", 60*time.Second, func() {
		b, err := p.Bind(cat, BindOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if len(b.Tables) != 2*tables {
			t.Errorf("%d tables bound", len(b.Tables))
		}
	})
	within("patterns", 60*time.Second, func() {
		if _, err := load([]byte("version: 1\ntables:\n  public.t*: { rows: none }\n")).Bind(cat, BindOptions{}); err != nil {
			t.Fatal(err)
		}
	})
	within("gaps", 120*time.Second, func() {
		_, err := load([]byte("version: 1\ntables: {}\n")).Bind(cat, BindOptions{})
		if n := len(AsProblems(err)); n != tables+1 {
			t.Errorf("%d problems", n)
		}
		if !strings.Contains(err.Error(), "public.t002999") {
			t.Error("the last table is missing")
		}
	})
	within("misspelt", 120*time.Second, func() {
		var b strings.Builder
		b.WriteString("version: 1\ntables:\n  public.*: { rows: none }\n")
		for i := range 2000 {
			fmt.Fprintf(&b, "  public.x%06d: { rows: none }\n", i)
		}
		_, err := load([]byte(b.String())).Bind(cat, BindOptions{})
		if n := len(AsProblems(err)); n != 2000 {
			t.Errorf("%d problems", n)
		}
	})
}
