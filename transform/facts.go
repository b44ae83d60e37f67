package transform

import (
	"slices"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/transform/copyrow"
	"github.com/understudy-db/understudy/transform/mask"
)

// KindOf is the family that a type's values belong to. Domains count as the
// type below them; arrays, composites, ranges and types that no mask knows are
// Other. Only a built-in type counts by its name, and citext by its
// extension's: somebody's own type "text" does not.
func KindOf(t *catalog.Type) mask.Kind {
	if t == nil {
		return mask.Other
	}
	t = t.Underlying()
	switch {
	case t.Kind == 'e':
		return mask.Enum
	case t.Kind != 'b' || t.Array:
		return mask.Other
	case t.Extension == "citext" && t.Name.Name == "citext":
		return mask.Text
	case t.Extension == "postgis" && (t.Name.Name == "geometry" || t.Name.Name == "geography"):
		return mask.Geometry
	case t.Name.Schema != "pg_catalog":
		return mask.Other
	}
	return builtIn[t.Name.Name]
}

// builtIn are the types of pg_catalog that masks can produce. Not among them:
// "char", which is a byte, oid, money, interval and timetz.
var builtIn = map[string]mask.Kind{
	"text": mask.Text, "varchar": mask.Text, "bpchar": mask.Text, "name": mask.Text,
	"int2": mask.Int, "int4": mask.Int, "int8": mask.Int,
	"numeric": mask.Numeric, "float4": mask.Float, "float8": mask.Float,
	"bool": mask.Bool,
	"date": mask.Date, "timestamp": mask.Timestamp, "timestamptz": mask.TimestampTZ, "time": mask.Time,
	"uuid": mask.UUID, "inet": mask.Inet, "cidr": mask.Inet, "macaddr": mask.MAC, "macaddr8": mask.MAC,
	"json": mask.JSON, "jsonb": mask.JSONB, "bytea": mask.Bytea, "xml": mask.XML, "point": mask.Point,
}

var bitsOf = map[string]int{"int2": 16, "int4": 32, "int8": 64, "float4": 32, "float8": 64}

// nameChars is how many characters surely fit the 63 bytes of type name.
const nameChars = 15

// ColumnFacts is what a mask may know about a column of t. Enc is the source's
// server encoding.
//
// A partition's column is described as its root's: the leaves of one table
// must mask alike, because rows with the same subject lie in several of them
// and move between them.
func ColumnFacts(t *catalog.Table, c *catalog.Column, enc string, f copyrow.Format) mask.Column {
	root := t.Root()
	facts := mask.Column{
		Table:    root.Name.String(),
		Name:     catalog.Display(c.Name),
		NotNull:  c.NotNull,
		Rows:     estimate(root),
		Encoding: enc,
		Wire:     mask.TextWire,
	}
	if f == copyrow.Binary {
		facts.Wire = mask.BinaryWire
	}
	typeFacts(&facts, c.Type, c.TypMod, maxStructure)
	facts.OID = 0 // of parts only
	fold := facts.FoldCase
	facts.Unique, facts.FoldCase = unique(t, c.Name)
	if root != t {
		u, fold := unique(root, c.Name)
		facts.Unique, facts.FoldCase = facts.Unique || u, facts.FoldCase || fold
	}
	facts.FoldCase = facts.FoldCase || c.NonDetColl || fold
	return facts
}

// maxStructure bounds how deep arrays, composites and ranges are described: a
// composite type may hold an array of itself.
const maxStructure = 8

// typeFacts fills in what the type and its modifier say.
func typeFacts(facts *mask.Column, t *catalog.Type, mod int32, depth int) {
	column := &catalog.Column{Type: t, TypMod: mod}
	for d := t; d.Kind == 'd' && d.Base != nil; d = d.Base {
		facts.NotNull = facts.NotNull || d.NotNull
		mod = d.BaseMod // a column cannot add a modifier to a domain
	}
	under := t.Underlying()
	facts.TypeName, facts.OID = under.Name.Name, t.OID
	switch facts.Kind = KindOf(t); facts.Kind {
	case mask.Text:
		facts.Padded = under.Name.Name == "bpchar"
		facts.MaxChars = catalog.MaxChars(column)
		if under.Name.Name == "name" {
			facts.MaxChars = nameChars
		}
		facts.FoldCase = under.Name.Name == "citext" || t.NonDetColl
	case mask.Int, mask.Float:
		facts.Bits = bitsOf[under.Name.Name]
	case mask.Numeric:
		facts.Precision, facts.Scale = numericMod(mod)
	case mask.Enum:
		facts.Labels = slices.Clone(under.Labels)
	}
	part := func(t *catalog.Type, mod int32) *mask.Column {
		p := &mask.Column{Encoding: facts.Encoding, Wire: facts.Wire}
		typeFacts(p, t, mod, depth-1)
		return p
	}
	switch {
	case depth == 0:
	case under.Array && under.Elem != nil:
		facts.Kind, facts.Elem, facts.TypeName = mask.Array, part(under.Elem, mod), under.Elem.Name.Name+"[]"
		facts.Delim = ','
		if under.Elem.Underlying().Name == (catalog.Name{Schema: "pg_catalog", Name: "box"}) {
			facts.Delim = ';'
		}
	case under.Kind == 'r' && under.Elem != nil:
		facts.Kind, facts.Elem = mask.Range, part(under.Elem, -1)
	case under.Kind == 'm' && under.Elem != nil:
		facts.Kind, facts.Elem = mask.Multirange, part(under.Elem, -1)
	case under.Kind == 'c':
		facts.Kind = mask.Composite
		for _, f := range under.Fields {
			p := part(f.Type, f.TypMod)
			p.Name = f.Name
			facts.Fields = append(facts.Fields, *p)
		}
	case under.Kind == 'b' && under.Extension == "hstore" && under.Name.Name == "hstore":
		facts.Kind = mask.Hstore
	}
}

// numericMod takes the modifier of numeric(p,s) apart; both are 0 without one.
// Above an offset of four, the upper half is the precision and eleven bits
// below are the scale with its sign; before version 15, when it was 0 to 1000,
// that reads the same.
func numericMod(mod int32) (precision, scale int) {
	if mod < 4 {
		return 0, 0
	}
	mod -= 4
	return int(mod >> 16 & 0xffff), int((mod&0x7ff)^1024) - 1024
}

// estimate is how many rows a table and its partitions hold; 0 if unknown.
func estimate(t *catalog.Table) int64 {
	if t.Kind != catalog.Partitioned {
		return int64(max(0, t.Rows))
	}
	var n int64
	for _, p := range t.Partitions {
		n += estimate(p)
	}
	return n
}
