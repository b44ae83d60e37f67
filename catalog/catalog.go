// Package catalog holds the shared nouns of a PostgreSQL database, read once
// per snapshot: tables, columns, types, keys, and their order; the quoting of
// identifiers; and the opening of connections. It knows nothing of policies,
// masks or generations.
package catalog

// OID is a PostgreSQL object identifier.
type OID = uint32

// Catalog is one database as one snapshot shows it. Every list is in a
// deterministic order that does not depend on OIDs: by schema and name
// (bytewise), columns by attnum. It is read-only after Read.
type Catalog struct {
	Server       Server
	Database     Database
	Schemas      []*Schema
	Tables       []*Table // every relation of relkind r, p, f, v, m, c is here; see Kind
	Types        []*Type  // every type that a column uses, directly or inside another
	Sequences    []*Sequence
	Extensions   []*Extension
	LargeObjects int64 // number of large objects
	Actors       []Actor

	tablesByName map[Name]*Table
	tablesByOID  map[OID]*Table
	typesByOID   map[OID]*Type
}

// Server describes the server that was read.
type Server struct {
	VersionNum       int // server_version_num, e.g. 150018
	Version          string
	SystemIdentifier string // decimal; empty where pg_control_system() may not be read
	InRecovery       bool
	Timeline         int32
}

// Major is the major version, e.g. 15.
func (s Server) Major() int { return s.VersionNum / 10000 }

// Database is what CREATE DATABASE was told.
type Database struct {
	OID            OID
	Name           string
	Encoding       string // e.g. UTF8, LATIN1, SQL_ASCII
	Collate        string
	CType          string
	LocaleProvider byte   // 'c' libc, 'i' ICU, 'b' builtin
	Locale         string // ICU or builtin locale, else empty
	ICURules       string
	Bytes          int64 // pg_database_size
	Comment        string
}

// Schema is a namespace that is neither a system one nor an extension's.
type Schema struct {
	OID       OID
	Name      string
	Owner     string
	Extension string // name of the extension it belongs to, or empty
	Comment   string
}

// Kind is pg_class.relkind of a table-like relation.
type Kind byte

const (
	Ordinary    Kind = 'r'
	Partitioned Kind = 'p'
	Foreign     Kind = 'f'
	View        Kind = 'v'
	MatView     Kind = 'm'
	Composite   Kind = 'c'
)

// Table is a relation with columns.
type Table struct {
	OID  OID
	Name Name
	Kind Kind

	Owner        string
	Comment      string
	Persistence  byte   // 'p' permanent, 'u' unlogged, 't' temporary
	AccessMethod string // "heap" or another; empty without storage
	Tablespace   string // empty for the database's default
	FileNode     uint32 // pg_class.relfilenode at the snapshot; 0 without storage
	Populated    bool   // matviews: relispopulated
	Definition   string // views and matviews: pg_get_viewdef
	OfType       OID

	Columns     []*Column // without dropped columns, by attnum
	Indexes     []*Index
	Checks      []*Check
	Exclusions  []*Index // also in Indexes
	ForeignKeys []*ForeignKey
	ReferredBy  []*ForeignKey

	Partition  *Partition // set when this is a partition of another table
	Partitions []*Table   // direct partitions, when Kind is Partitioned
	PartKey    *PartKey   // set when Kind is Partitioned
	Parents    []*Table   // inheritance (not partitioning) parents, in order
	Children   []*Table   // inheritance (not partitioning) children

	RowSecurity      bool
	ForceRowSecurity bool

	Pages int64   // pages on disk now (pg_relation_size / block size)
	Rows  float64 // estimate, reltuples; -1 unknown
	Bytes int64   // heap and TOAST, without indexes

	Extension       string // extension that owns this table, or empty
	ExtensionConfig bool   // marked by pg_extension_config_dump
	ConfigCondition string // its WHERE clause, with the word WHERE, or empty

	// DependsOn are, for views and matviews, the relations that the query
	// reads, also by way of other views; by name.
	DependsOn []OID
}

// Partition says where a partition stands under its parent.
type Partition struct {
	Parent *Table
	Bound  string // pg_get_expr(relpartbound)
}

// PartKey is a partition key.
type PartKey struct {
	Strategy   byte    // 'l', 'r', 'h'
	Columns    []int16 // attnums; 0 for an expression
	Definition string  // pg_get_partkeydef
}

// Root is the topmost partitioned table that t belongs to, or t itself.
func (t *Table) Root() *Table {
	for t.Partition != nil {
		t = t.Partition.Parent
	}
	return t
}

// HasRows tells whether t itself stores rows that a refresh copies: ordinary
// tables and partition leaves, not roots, views, matviews or foreign tables.
func (t *Table) HasRows() bool { return t.Kind == Ordinary }

// Column finds a column by name, nil if there is none.
func (t *Table) Column(name string) *Column {
	for _, c := range t.Columns {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// ColumnNum finds a column by attnum, nil if there is none.
func (t *Table) ColumnNum(num int16) *Column {
	for _, c := range t.Columns {
		if c.Num == num {
			return c
		}
	}
	return nil
}

// PrimaryKey is the primary key's index, nil if there is none.
func (t *Table) PrimaryKey() *Index {
	for _, x := range t.Indexes {
		if x.Primary {
			return x
		}
	}
	return nil
}

// CopyColumns are the columns that COPY reads and writes: all but generated ones.
func (t *Table) CopyColumns() []*Column {
	var out []*Column
	for _, c := range t.Columns {
		if c.Generated == 0 {
			out = append(out, c)
		}
	}
	return out
}

// Column is one live column.
type Column struct {
	Num         int16
	Name        string
	Type        *Type
	TypMod      int32
	TypeSQL     string // format_type(atttypid, atttypmod)
	NotNull     bool
	Default     string    // pg_get_expr of the default or generation expression; empty without
	Identity    byte      // 'a' always, 'd' by default, 0 none
	Generated   byte      // 's' stored, 'v' virtual, 0 none
	Collation   string    // quoted qualified name when not the type's default, else empty
	NonDetColl  bool      // the collation in force is nondeterministic
	Local       bool      // attislocal
	Inherited   int       // attinhcount
	Sequence    *Sequence // the one it owns (serial, identity), else the one its default draws from
	Comment     string
	AvgWidth    int32   // pg_stats.avg_width where readable, else 0
	NullFrac    float32 // pg_stats.null_frac where readable, else 0
	NDistinct   float32 // pg_stats.n_distinct where readable, else 0
	StorageMode byte    // attstorage
}

// Index is an index; constraints PRIMARY KEY, UNIQUE and EXCLUDE have one.
type Index struct {
	OID              OID
	Name             Name
	Method           string
	Definition       string // pg_get_indexdef
	Keys             []IndexKey
	Include          []int16 // attnums
	Unique           bool
	Primary          bool
	Exclusion        bool
	NullsNotDistinct bool
	Immediate        bool   // false: DEFERRABLE
	Valid            bool   // indisvalid
	Predicate        string // partial index, else empty
	Constraint       string // name of the constraint it backs, or empty
	ConstraintDef    string // pg_get_constraintdef
	Temporal         bool   // WITHOUT OVERLAPS (18)
	Parent           OID    // index of the partitioned parent it is attached to
	Bytes            int64
	Comment          string
}

// IndexKey is one key column or expression.
type IndexKey struct {
	Column     int16  // attnum; 0 for an expression
	Expression string // pg_get_indexdef(oid, n, true)
	NonDetColl bool
}

// Check is a CHECK or (as of 18) NOT NULL constraint.
type Check struct {
	Name       string
	Definition string // pg_get_constraintdef
	Columns    []int16
	Validated  bool
	Enforced   bool
	NotNull    bool // contype n
	NoInherit  bool
	Local      bool
	Inherited  int
	Comment    string

	// CallsFunction tells that the expression calls a function that is not
	// built in. pg_dump may then create the constraint after the data.
	CallsFunction bool
}

// ForeignKey is one FOREIGN KEY constraint as declared on Table. Clones on
// partitions (conparentid set) are marked Inherited.
type ForeignKey struct {
	OID        OID
	Name       string
	Table      *Table
	Columns    []int16
	References *Table
	RefColumns []int16
	Definition string
	OnDelete   byte
	OnUpdate   byte
	Match      byte // 's' simple, 'f' full
	Deferrable bool
	Deferred   bool // INITIALLY DEFERRED
	Validated  bool
	Enforced   bool
	Period     bool // 18
	Inherited  bool
	Comment    string
}

// Type is a data type.
type Type struct {
	OID        OID
	Name       Name
	Kind       byte     // pg_type.typtype: b, c, d, e, p, r, m
	Category   byte     // typcategory
	Base       *Type    // domains
	BaseMod    int32    // domains: typtypmod
	Elem       *Type    // arrays: element type; ranges: subtype; multiranges: range
	Array      bool     // a true array type (typelem set and typlen = -1, subscript handler array)
	Labels     []string // enums, in order
	Fields     []*Field // composites
	NotNull    bool     // domains
	Default    string   // domains: pg_type.typdefault, empty without
	Checks     []*Check // domains
	HasBinary  bool     // has both send and receive functions
	RegAlias   bool     // regclass and the like: binary form is a bare OID of the source
	Collation  string
	NonDetColl bool
	Extension  string
}

// Field is an attribute of a composite type.
type Field struct {
	Name    string
	Type    *Type
	TypMod  int32
	TypeSQL string // format_type
}

// Underlying peels domains off t.
func (t *Type) Underlying() *Type {
	for t.Kind == 'd' && t.Base != nil {
		t = t.Base
	}
	return t
}

// oneWay are types of pg_catalog whose binary form the server sends but does
// not take back for every value: an empty tsquery is "malformed", an empty
// vector has lost its one dimension.
var oneWay = map[string]bool{"tsquery": true, "int2vector": true, "oidvector": true}

// BinaryCopy tells whether values of t can travel in binary COPY: it and all
// it is made of have send and receive functions that agree, and none is a
// reg* type.
func (t *Type) BinaryCopy() bool { return t.binaryCopy(map[*Type]bool{}) }

// binaryCopy asks each type once: a composite may hold an array of itself.
func (t *Type) binaryCopy(asked map[*Type]bool) bool {
	switch {
	case t == nil:
		return false
	case asked[t]:
		return true
	case t.RegAlias, !t.HasBinary, t.Name.Schema == "pg_catalog" && oneWay[t.Name.Name]:
		return false
	}
	asked[t] = true
	switch {
	case t.Kind == 'd':
		return t.Base.binaryCopy(asked)
	case t.Kind == 'c':
		for _, f := range t.Fields {
			if !f.Type.binaryCopy(asked) {
				return false
			}
		}
		return true
	case t.Array, t.Kind == 'r', t.Kind == 'm':
		return t.Elem.binaryCopy(asked)
	}
	return true
}

// PortableHash tells whether equal values hash alike on every server. Enum
// labels and the reg* types hash by OID, and so does what is made of them.
func (t *Type) PortableHash() bool { return t.portableHash(map[*Type]bool{}) }

func (t *Type) portableHash(asked map[*Type]bool) bool {
	switch {
	case t == nil || asked[t]:
		return true
	case t.Kind == 'e', t.RegAlias, t.NonDetColl:
		return false
	}
	asked[t] = true
	for _, f := range t.Fields {
		if !f.Type.portableHash(asked) {
			return false
		}
	}
	return t.Base.portableHash(asked) && t.Elem.portableHash(asked)
}

// BinaryCopy tells whether every copied column can travel in binary COPY.
func (t *Table) BinaryCopy() bool {
	for _, c := range t.CopyColumns() {
		if !c.Type.BinaryCopy() {
			return false
		}
	}
	return true
}

// Sequence is a sequence; its value is read apart, after the data.
type Sequence struct {
	OID       OID
	Name      Name
	Owner     string
	TypeName  string
	Start     int64
	Min       int64
	Max       int64
	Increment int64
	Cache     int64
	Cycle     bool
	OwnedBy   *Table // serial and identity columns; nil without
	OwnedCol  int16
	Identity  bool
	Unlogged  bool
	Extension string
	Comment   string

	ExtensionConfig bool // marked by pg_extension_config_dump
}

// Extension is an installed extension.
type Extension struct {
	Name        string
	Version     string
	Schema      string
	Relocatable bool
	Trusted     bool // of the version installed, as pg_available_extension_versions says
	Superuser   bool // creating it needs superuser
	Requires    []string
	Comment     string
}

// Actor is something that would act from the copy: a subscription, a foreign
// server's user mapping, an event trigger, a publication, a pg_cron job table,
// or a setting of the database.
type Actor struct {
	Kind string // "subscription", "user mapping", "event trigger", "publication", "foreign server", "setting"
	Name string
}

// Table finds a relation by name, nil if there is none.
func (c *Catalog) Table(n Name) *Table { return c.tablesByName[n] }

// TableOID finds a relation by OID, nil if there is none.
func (c *Catalog) TableOID(oid OID) *Table { return c.tablesByOID[oid] }

// TypeOID finds a type by OID, nil if there is none.
func (c *Catalog) TypeOID(oid OID) *Type { return c.typesByOID[oid] }

// Link rebuilds the look-ups of a catalog that was put together by hand, as
// tests do. Read calls it itself.
func (c *Catalog) Link() {
	c.tablesByName = make(map[Name]*Table, len(c.Tables))
	c.tablesByOID = make(map[OID]*Table, len(c.Tables))
	c.typesByOID = make(map[OID]*Type, len(c.Types))
	for _, t := range c.Tables {
		c.tablesByName[t.Name] = t
		c.tablesByOID[t.OID] = t
	}
	for _, t := range c.Types {
		c.typesByOID[t.OID] = t
	}
}
