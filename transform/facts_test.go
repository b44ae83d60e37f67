package transform

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/transform/copyrow"
	"github.com/understudy-db/understudy/transform/mask"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestColumnFacts reads real tables: the catalog's numbers are the server's.
func TestColumnFacts(t *testing.T) {
	t.Parallel()
	s := pgtest.Source(t)
	conn := s.Conn(t, s.Database(t, `
		CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
		CREATE TYPE "text" AS (a int);
		CREATE DOMAIN short AS varchar(7) NOT NULL;
		CREATE DOMAIN shorter AS short CHECK (length(VALUE) < 5);
		CREATE DOMAIN price AS numeric(9,2);
		CREATE TABLE "All" (
			i2 int2, i4 int4 PRIMARY KEY, i8 int8 NOT NULL UNIQUE, o oid, f4 float4, f8 float8,
			n numeric, n92 numeric(9,2), n5 numeric(5), p price,
			b bool, d date, ts timestamp(3), tz timestamptz, ti time, ttz timetz, iv interval, m money,
			u uuid, ip inet, ci cidr, ma macaddr, ma8 macaddr8, j json, jb jsonb, x xml, by bytea,
			t text, v varchar, v40 varchar(40), c3 char(3), nm name, ch "char", own public."text", e mood,
			dom short, dom2 shorter, arr text[], arr9 varchar(9)[], rng int4range,
			low text, "Mixed Case" text, two_a text, two_b text, pat text, inv text, inc text, lit text);
		CREATE UNIQUE INDEX ON "All" (lower(low));
		CREATE UNIQUE INDEX ON "All" (md5("Mixed Case"::varchar(10)::text || 'low'));
		CREATE UNIQUE INDEX ON "All" (lower(two_a || two_b));
		CREATE UNIQUE INDEX ON "All" (two_a, two_b);
		CREATE UNIQUE INDEX ON "All" (pat) WHERE b;
		CREATE UNIQUE INDEX ON "All" (inc) INCLUDE (lit);
		CREATE TABLE part (id int, region text, email text, UNIQUE (id, region)) PARTITION BY LIST (region);
		CREATE TABLE part_eu (email text, region text, id int);
		ALTER TABLE part ATTACH PARTITION part_eu FOR VALUES IN ('eu');
		CREATE TABLE part_us PARTITION OF part FOR VALUES IN ('us');
		CREATE UNIQUE INDEX ON part_us (email);
		INSERT INTO part SELECT i, CASE WHEN i % 3 = 0 THEN 'eu' ELSE 'us' END, i::text FROM generate_series(1, 300) i;
		ANALYZE;
	`))
	cat, err := catalog.Read(context.Background(), conn)
	if err != nil {
		t.Fatal(err)
	}
	all := cat.Table(catalog.Name{Schema: "public", Name: "All"})
	want := map[string]mask.Column{
		"i2":         {Kind: mask.Int, TypeName: "int2", Bits: 16},
		"i4":         {Kind: mask.Int, TypeName: "int4", Bits: 32, NotNull: true, Unique: true},
		"i8":         {Kind: mask.Int, TypeName: "int8", Bits: 64, NotNull: true, Unique: true},
		"o":          {TypeName: "oid"},
		"f4":         {Kind: mask.Float, TypeName: "float4", Bits: 32},
		"f8":         {Kind: mask.Float, TypeName: "float8", Bits: 64},
		"n":          {Kind: mask.Numeric, TypeName: "numeric"},
		"n92":        {Kind: mask.Numeric, TypeName: "numeric", Precision: 9, Scale: 2},
		"n5":         {Kind: mask.Numeric, TypeName: "numeric", Precision: 5},
		"p":          {Kind: mask.Numeric, TypeName: "numeric", Precision: 9, Scale: 2},
		"b":          {Kind: mask.Bool, TypeName: "bool"},
		"d":          {Kind: mask.Date, TypeName: "date"},
		"ts":         {Kind: mask.Timestamp, TypeName: "timestamp"},
		"tz":         {Kind: mask.TimestampTZ, TypeName: "timestamptz"},
		"ti":         {Kind: mask.Time, TypeName: "time"},
		"ttz":        {TypeName: "timetz"},
		"iv":         {TypeName: "interval"},
		"m":          {TypeName: "money"},
		"u":          {Kind: mask.UUID, TypeName: "uuid"},
		"ip":         {Kind: mask.Inet, TypeName: "inet"},
		"ci":         {Kind: mask.Inet, TypeName: "cidr"},
		"ma":         {Kind: mask.MAC, TypeName: "macaddr"},
		"ma8":        {Kind: mask.MAC, TypeName: "macaddr8"},
		"j":          {Kind: mask.JSON, TypeName: "json"},
		"jb":         {Kind: mask.JSONB, TypeName: "jsonb"},
		"x":          {Kind: mask.XML, TypeName: "xml"},
		"by":         {Kind: mask.Bytea, TypeName: "bytea"},
		"t":          {Kind: mask.Text, TypeName: "text"},
		"v":          {Kind: mask.Text, TypeName: "varchar"},
		"v40":        {Kind: mask.Text, TypeName: "varchar", MaxChars: 40},
		"c3":         {Kind: mask.Text, TypeName: "bpchar", MaxChars: 3, Padded: true},
		"nm":         {Kind: mask.Text, TypeName: "name", MaxChars: 15},
		"ch":         {TypeName: "char"},
		"own":        {Kind: mask.Composite, TypeName: "text", Fields: []mask.Column{{Name: "a", Kind: mask.Int, TypeName: "int4", Bits: 32, Encoding: "UTF8", Wire: mask.BinaryWire, OID: 23}}},
		"e":          {Kind: mask.Enum, TypeName: "mood", Labels: []string{"sad", "ok", "happy"}},
		"dom":        {Kind: mask.Text, TypeName: "varchar", MaxChars: 7, NotNull: true},
		"dom2":       {Kind: mask.Text, TypeName: "varchar", MaxChars: 7, NotNull: true},
		"arr":        {Kind: mask.Array, TypeName: "text[]", Delim: ',', Elem: &mask.Column{Kind: mask.Text, TypeName: "text", Encoding: "UTF8", Wire: mask.BinaryWire, OID: 25}},
		"arr9":       {Kind: mask.Array, TypeName: "varchar[]", Delim: ',', Elem: &mask.Column{Kind: mask.Text, TypeName: "varchar", MaxChars: 9, Encoding: "UTF8", Wire: mask.BinaryWire, OID: 1043}},
		"rng":        {Kind: mask.Range, TypeName: "int4range", Elem: &mask.Column{Kind: mask.Int, TypeName: "int4", Bits: 32, Encoding: "UTF8", Wire: mask.BinaryWire, OID: 23}},
		"low":        {Kind: mask.Text, TypeName: "text", Unique: true, FoldCase: true},
		"Mixed Case": {Kind: mask.Text, TypeName: "text", Unique: true, FoldCase: true},
		"two_a":      {Kind: mask.Text, TypeName: "text"},
		"two_b":      {Kind: mask.Text, TypeName: "text"},
		"pat":        {Kind: mask.Text, TypeName: "text", Unique: true},
		"inv":        {Kind: mask.Text, TypeName: "text"},
		"inc":        {Kind: mask.Text, TypeName: "text", Unique: true},
		"lit":        {Kind: mask.Text, TypeName: "text"},
	}
	for _, c := range all.Columns {
		w := want[c.Name]
		w.Table, w.Name, w.Encoding, w.Wire = `public."All"`, catalog.Display(c.Name), "UTF8", mask.BinaryWire
		if d := cmp.Diff(w, ColumnFacts(all, c, "UTF8", copyrow.Binary)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.Name, d)
		}
	}
	// A leaf is described as its root, though its columns stand in another
	// order; its own unique index counts, for nothing else would respect it.
	for leaf, unique := range map[string]bool{"part_eu": false, "part_us": true} {
		table := cat.Table(catalog.Name{Schema: "public", Name: leaf})
		w := mask.Column{Table: "public.part", Name: "email", Kind: mask.Text, TypeName: "text", Unique: unique, Rows: 300, Encoding: "LATIN1"}
		if d := cmp.Diff(w, ColumnFacts(table, table.Column("email"), "LATIN1", copyrow.Text)); d != "" {
			t.Errorf("%s (-want +got):\n%s", leaf, d)
		}
	}
}

// TestFoldCase: what the server of the tests may not have.
func TestFoldCase(t *testing.T) {
	t.Parallel()
	citext := &catalog.Type{Name: catalog.Name{Schema: "ext", Name: "citext"}, Kind: 'b', Extension: "citext"}
	text := &catalog.Type{Name: catalog.Name{Schema: "pg_catalog", Name: "text"}, Kind: 'b'}
	domain := &catalog.Type{Name: catalog.Name{Schema: "public", Name: "address"}, Kind: 'd', Base: citext, BaseMod: -1}
	table := &catalog.Table{Name: catalog.Name{Schema: "public", Name: "t"}, Kind: catalog.Ordinary, Rows: -1, Columns: []*catalog.Column{
		{Num: 1, Name: "a", Type: citext, TypMod: -1},
		{Num: 2, Name: "b", Type: text, TypMod: -1, NonDetColl: true},
		{Num: 3, Name: "c", Type: text, TypMod: -1},
		{Num: 4, Name: "d", Type: domain, TypMod: -1},
		{Num: 5, Name: "e", Type: text, TypMod: -1},
		{Num: 6, Name: "f", Type: text, TypMod: -1},
	}, Indexes: []*catalog.Index{
		{Unique: true, Valid: true, Keys: []catalog.IndexKey{{Column: 3, NonDetColl: true}}},
		{Unique: true, Valid: false, Keys: []catalog.IndexKey{{Column: 6}}},
		{Unique: false, Valid: true, Keys: []catalog.IndexKey{{Column: 6}}},
	}}
	for name, want := range map[string][2]bool{"a": {false, true}, "b": {false, true}, "c": {true, true}, "d": {false, true}, "e": {}, "f": {}} {
		f := ColumnFacts(table, table.Column(name), "UTF8", copyrow.Text)
		if f.Kind != mask.Text || f.Rows != 0 || [2]bool{f.Unique, f.FoldCase} != want {
			t.Errorf("%s: kind %v, rows %d, unique %v, fold %v", name, f.Kind, f.Rows, f.Unique, f.FoldCase)
		}
	}
}

func TestNamesIn(t *testing.T) {
	t.Parallel()
	for expr, want := range map[string][]string{
		`lower(email)`:                          {"email"},
		`lower(email::text)`:                    {"email"},
		`lower("E-mail""x"::character varying)`: {`E-mail"x`},
		`(a || ' b ''c'' '::text) || "d"`:       {"a", "d"},
		`pg_catalog.lower(a)`:                   {"pg_catalog", "a"},
		`(a::public.kind).b`:                    {"a", "b"},
		`COALESCE(a, 'x'::text)`:                {"a"},
		`(data ->> 'email'::text)`:              {"data"},
		`żółć`:                                  {"żółć"},
		`'unclosed`:                             nil,
		`"unclosed`:                             {"unclosed"},
	} {
		if d := cmp.Diff(want, namesIn(expr)); d != "" {
			t.Errorf("%s (-want +got):\n%s", expr, d)
		}
	}
}

func TestNumericMod(t *testing.T) {
	t.Parallel()
	for mod, want := range map[int32][2]int{
		-1:                      {0, 0},
		9<<16 | 2 + 4:           {9, 2},
		1000<<16 | 1000 + 4:     {1000, 1000},
		3<<16 | (0x7ff - 1) + 4: {3, -2},
	} {
		if p, s := numericMod(mod); [2]int{p, s} != want {
			t.Errorf("%#x: numeric(%d,%d), want %v", mod, p, s, want)
		}
	}
}
