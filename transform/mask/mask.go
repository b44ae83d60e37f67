// Package mask holds the masking functions: pure functions of a key, facts
// about a column, and a subject or a value, that append the wire bytes of a
// synthetic replacement. One mask is one file with one table test and one
// entry in docs/masks.md; All lists them. The package imports nothing else of
// understudy and knows neither policy files nor databases.
package mask

//go:generate go test -run ^(TestDocs|TestGolden|TestVersions)$ -update .

// Kind is the family of values that a column holds, as masks see it. Domains
// count as the type below them.
type Kind uint8

const (
	Other Kind = iota // anything that no mask but null can produce
	Text              // text, varchar, bpchar, name, citext
	Int               // int2, int4, int8: see Column.Bits
	Numeric
	Float // float4, float8: see Column.Bits
	Bool
	Date
	Timestamp
	TimestampTZ
	Time
	UUID
	Inet // inet, cidr: see Column.TypeName
	MAC  // macaddr, macaddr8: see Column.TypeName
	JSON
	JSONB
	Bytea
	Enum
	XML
	Point    // PostgreSQL's own
	Geometry // geometry and geography of PostGIS

	Array // this and those below hold other values, see Structured
	Composite
	Hstore
	Range
	Multirange
)

// Structured tells whether values of the family are made of others.
func (k Kind) Structured() bool { return k >= Array }

// Wire is the COPY format that values arrive in and leave in.
type Wire uint8

const (
	TextWire   Wire = iota // the type's text output, COPY escapes already removed
	BinaryWire             // the type's binary send format
)

// Column is what a mask may know about the column it masks.
type Column struct {
	Table     string // display name, for errors and for keying
	Name      string // display name, for errors and for keying
	Kind      Kind
	TypeName  string // pg_type.typname below domains, e.g. "int4", "varchar", "cidr"
	Bits      int    // Int: 16, 32, 64; Float: 32, 64
	MaxChars  int    // varchar(n), char(n): length limit in characters; 0 without
	Padded    bool   // char(n)
	Precision int    // numeric(p,s); 0 without modifier
	Scale     int
	NotNull   bool
	Unique    bool     // some unique index covers exactly this column, or an expression over it alone
	FoldCase  bool     // uniqueness ignores case: citext, lower(x), nondeterministic collation
	Rows      int64    // estimate of rows, for proofs of capacity; 0 unknown
	Values    int64    // estimate of different values, where the column may repeat them: it is unique together with others only; 0 unknown
	Labels    []string // Enum
	Encoding  string   // server encoding: "UTF8", "LATIN1", "SQL_ASCII" …; masks emit only what it holds
	Wire      Wire

	Elem   *Column  // Array: an element; Range: a bound; Multirange: a range. Table, Encoding and Wire are the column's own
	Fields []Column // Composite: its fields in order, as Elem
	OID    uint32   // of the type, where it is an Elem or a Field: the binary format names it
	Delim  byte     // Array: what separates elements in text; 0 is a comma
}

// Keyed says what an output is a function of.
type Keyed uint8

const (
	ByNothing Keyed = iota // the same for every row: null, constant, redact
	BySubject              // the subject of the row (or the row key where there is none)
	ByValue                // the column's own value, in its domain
)

// Binding says how one rule keys its mask; the policy decides it.
type Binding struct {
	Keyed   Keyed
	Domain  string // ByValue: the value space shared by columns that must stay equal
	Subject string // BySubject: the subject's table in display form; one person's columns share it
	PerRow  bool   // BySubject on a unique column with several rows per subject: the row key is mixed in

	// IntegerKey says that what a BySubject rule is keyed by (the subject's
	// key, or the row key where there is no subject or PerRow is set) is one
	// integer column. Unique numbers are then made by permuting it. The
	// careful answer is false.
	IntegerKey bool

	// After is a column of the same row, which has to come before.
	After *Anchor

	// Shapes are curves of the source's frequencies by the class of labels that
	// they shape. The masks of one group share them: names agree.
	Shapes map[Class]*Curve

	Locale string     // one of Locales, "" for the default labels
	Labels Dictionary // without a locale; nil: the built-in English labels
	Keys   *Keyring   // nil: Compile checks and reports Properties; New panics
}

// Input is one value and what it is keyed by. The slices belong to the caller
// and are valid during the call only. Value is always set, also for masks whose
// Properties say that they do not need it: empty strings stay empty.
type Input struct {
	Value   []byte   // wire bytes of the source's value; nil is SQL NULL
	Subject []byte   // canonical text of the subject's key; nil where the row has none
	Row     []byte   // canonical text of the row key; set when the plan says that the mask needs it
	Afters  [][]byte // of masks with an Anchor: its source value, then that of its own anchor, and so on; nil is NULL
	Case    []byte   // of when: the number of the condition that holds, in decimal digits

	// Failure is set by a mask that answers Failed: why, without any value.
	Failure string
}

// Outcome says what a mask did with one value.
type Outcome uint8

const (
	Masked     Outcome = iota
	Null               // the output is SQL NULL; nothing was appended
	Replaced           // the value could not be parsed: a generated one stands in its place
	OutOfRange         // no output keeps the mask's promise (permute beyond max): the run must stop
	Kept               // there is nothing to mask in the value, such as an empty text: the output equals it
	Failed             // what the mask rests on is not there, as Input.Failure says: the run must stop
)

// Masker masks the values of one column. It may hold scratch space and keyed
// hash states, so each goroutine needs its own. Append must not keep any slice
// of in, must append to dst and return it, and must not allocate on the common
// path. NULL values reach Append only when Properties.MasksNull is set.
type Masker interface {
	Append(dst []byte, in *Input) ([]byte, Outcome)
}

// Properties are what a compiled mask promises; the policy checks rest on them.
// The zero value is the careful answer.
type Properties struct {
	Deterministic     bool    // same key and input give the same output
	Injective         bool    // different inputs (of what it is keyed by) give different outputs
	Capacity          float64 // number of distinct outputs; 0 unknown, +Inf for practically unbounded
	MaxChars          int     // longest output in characters; 0 where bounded by the column or the input
	KeepsLength       bool
	KeepsDistribution bool
	Reversible        bool // by who holds the key
	MasksNull         bool // turns NULL into something else
	WritesNull        bool // may write NULL
	FromKey           bool // distinct because it is permuted from an integer key, which has to be below Capacity
	NeedsValue        bool // the output depends on Input.Value
	NeedsSubject      bool // reads Input.Subject; where that is nil, Input.Row stands in and has to be set
	NeedsRow          bool // reads Input.Row, also where there is a subject
	MayKeep           bool // may give any value back as it is: coarse enough already
	PrivacyRank       int  // 1 strongest (output independent of the value) … 5 weakest (original value kept)
}

// Compiled is a mask bound to a column, parameters and keys.
type Compiled interface {
	New() Masker // one for each goroutine
	Properties() Properties
}

// ParamType is the type of a mask's parameter in a policy file.
type ParamType uint8

const (
	String  ParamType = iota // Go string
	Integer                  // int64
	Boolean                  // bool
	Strings                  // []string
	Decimal                  // float64
	Scalar                   // string, int64, float64, bool or nil, as written
	Rule                     // *Sub
	Rules                    // []NamedSub, in the order of the file
	Lines                    // []string, the lines of a file whose path is written
)

// Param declares one parameter: it feeds parsing, validation and the docs.
type Param struct {
	Name     string
	Type     ParamType
	Required bool
	Default  any
	Doc      string // one sentence: meaning, unit, special values
	OneOf    []string
}

// Params are a rule's parameters, of the Go types that ParamType names,
// defaults filled in.
type Params map[string]any

// ParamError is a parameter that does not fit; Param is empty when the mask
// as a whole does not fit the column.
type ParamError struct {
	Param string
	Msg   string
	Hint  string
}

func (e *ParamError) Error() string {
	if e.Param == "" {
		return e.Msg
	}
	return e.Param + ": " + e.Msg
}

// Spec is one mask of the catalogue.
type Spec struct {
	Name    string
	Summary string // one line for --help and docs
	Doc     string // what it keeps, what it destroys, whether equal inputs stay equal; markdown
	Example string // a YAML rule
	Params  []Param
	Accepts []Kind
	Keyed   []Keyed // ways it may be keyed, the default first
	Locale  bool    // a locale decides about what it makes of a subject or value
	Group   string  // masks of one group share a subject's record: "person", "address", "company"; empty for none
	Source  bool    // the source evaluates it as an SQL expression: keep, constant, sql; Compile always refuses
	Version int     // of its outputs, see OutputVersion; 0 counts as 1

	// Compile checks that the mask fits the column and prepares it. Errors are *ParamError.
	Compile func(col Column, params Params, bind Binding) (Compiled, error)

	fit   func(r *rule) (*compiled, *ParamError) // Compile without what all masks have in common
	probe func(Kind) Params                      // parameters to try the mask with when looking for one that fits; nil: none
}
