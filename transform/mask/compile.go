package mask

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// rule is one mask about to be bound to a column; what all masks have in
// common is checked already.
type rule struct {
	spec   *Spec
	col    Column
	params Params
	bind   Binding
}

// compiled is a mask bound to a column.
type compiled struct {
	props Properties
	bits  float64 // outputs are hashes of that many bits: distinct with a probability only; 0 where they are not
	start func() Masker

	emptyToo bool // an empty string is replaced as any other value
	together bool // all parts of a structured value draw the same: offsets, not labels
	padded   bool
	text     bool
}

func (c *compiled) Properties() Properties { return c.props }

func (c *compiled) New() Masker {
	m := c.start()
	if c.text && !c.emptyToo {
		return &emptyKeeper{m, c.padded}
	}
	return m
}

// emptyKeeper leaves empty strings empty: they tell no more than NULL does,
// and programs treat them differently from any other text.
type emptyKeeper struct {
	Masker
	padded bool
}

func (k *emptyKeeper) Append(dst []byte, in *Input) ([]byte, Outcome) {
	if len(in.Value) == 0 || k.padded && in.Value[0] == ' ' && len(trimPad(in.Value)) == 0 {
		return dst, Kept
	}
	return k.Masker.Append(dst, in)
}

// define completes a Spec: fit binds the mask to a column that it accepts.
func define(s Spec, fit func(r *rule) (*compiled, *ParamError)) *Spec {
	spec := &s
	spec.fit = fit
	spec.Compile = func(col Column, params Params, bind Binding) (Compiled, error) {
		c, err := spec.compile(col, params, bind)
		if err != nil {
			if err.Param == "" && err.Hint == "" {
				err.Hint = fittingHint(col, bind)
			}
			return nil, err
		}
		return c, nil
	}
	return spec
}

// compile checks what all masks have in common, before and after fit.
func (s *Spec) compile(col Column, params Params, bind Binding) (*compiled, *ParamError) {
	if s.Source {
		return nil, &ParamError{Msg: s.Name + " is evaluated by the source database, not compiled"}
	}
	if col.Elem != nil && !s.accepts(col.Kind) {
		return s.lift(col, params, bind)
	}
	if !s.accepts(col.Kind) {
		return nil, &ParamError{Msg: fmt.Sprintf("%s does not mask a column of type %s", s.Name, col.typeName())}
	}
	if !slices.Contains(s.Keyed, bind.Keyed) {
		return nil, &ParamError{Msg: fmt.Sprintf("%s cannot be keyed by %s", s.Name, bind.Keyed), Hint: fmt.Sprintf("it is keyed by %s", s.keyedBy())}
	}
	filled, perr := s.fill(params)
	if perr != nil {
		return nil, perr
	}
	r := &rule{spec: s, col: col, params: filled, bind: bind}
	c, err := s.fit(r)
	if err != nil {
		return nil, err
	}
	c.text = col.Kind == Text
	c.padded = col.Padded
	c.props.Deterministic = true
	if c.bits > 0 {
		c.props.Injective = distinct(c.bits, col.Rows)
		c.props.Capacity = math.Exp2(c.bits)
	}
	if perr := r.checkUnique(c); perr != nil {
		return nil, perr
	}
	return c, nil
}

// accepts tells whether the mask takes values of a family as they are. One that
// looks at no value takes structured ones, too.
func (s *Spec) accepts(k Kind) bool {
	return slices.Contains(s.Accepts, k) || k.Structured() && slices.Contains(s.Accepts, Other)
}

// checkUnique refuses a mask that could give two rows under a unique index the
// same value. NULLs do not collide.
func (r *rule) checkUnique(c *compiled) *ParamError {
	if !r.col.Unique || c.props.WritesNull {
		return nil
	}
	rows := r.col.Rows
	if r.bind.Keyed == ByValue && c.bits == 0 && r.col.Values > 0 {
		rows = r.col.Values // equal values share an output
	}
	switch {
	case c.bits > 0 && !c.props.Injective:
		return &ParamError{Msg: fmt.Sprintf("%s is unique, and %.0f bits are too few to keep %s rows apart", r.column(), c.bits, rowCount(rows))}
	case !c.props.Injective:
		return &ParamError{Msg: fmt.Sprintf("%s is unique, and %s can give two rows the same value", r.column(), r.spec.Name)}
	case c.props.Capacity > 0 && c.props.Capacity < float64(rows):
		return &ParamError{Msg: fmt.Sprintf("%s is unique and has about %d rows, and %s makes only %.0f different values", r.column(), rows, r.spec.Name, c.props.Capacity)}
	}
	return nil
}

// assumedRows stands in where the number of rows is unknown.
const assumedRows = 100_000_000

// maxCollision is the probability that we accept for two of a column's hashes
// to be equal.
const maxCollision = 1e-6

// distinct proves that hashes of so many bits keep the rows apart: the
// birthday bound n²/2^(bits+1).
func distinct(bits float64, rows int64) bool {
	n := float64(rows)
	if rows <= 0 {
		n = assumedRows
	}
	return n*n/math.Exp2(bits+1) < maxCollision
}

func rowCount(rows int64) string {
	if rows <= 0 {
		return "an unknown number of"
	}
	return fmt.Sprintf("about %d", rows)
}

// hintedMasks is how many masks a hint names: the catalogue's order puts the
// usual ones first.
const hintedMasks = 14

// fittingHint names the masks that the column could take. Of a type that no
// mask knows only the server can make values.
func fittingHint(col Column, bind Binding) string {
	if col.Kind == Other {
		return "no mask writes values of this type: use null, constant, or sql with an expression that the source evaluates"
	}
	var names []string
	if col.Kind == Composite {
		return "use composite with a rule for each field, or null"
	}
	for _, s := range All() {
		if s.fits(col, bind) {
			names = append(names, s.Name)
		}
	}
	if len(names) == 0 {
		return "no mask fits this column; use sql, or leave out the rows by `rows: none`"
	}
	what := col.typeName()
	if col.Unique {
		what = "unique " + what
	}
	more := ""
	if len(names) > hintedMasks {
		names, more = names[:hintedMasks], " and others, see docs/masks.md"
	}
	return fmt.Sprintf("masks for a %s column: %s%s", what, strings.Join(names, ", "), more)
}

func (s *Spec) fits(col Column, bind Binding) bool {
	var params Params
	if s.probe != nil {
		params = s.probe(col.Kind)
	}
	for _, keyed := range s.Keyed {
		bind.Keyed = keyed
		if _, err := s.compile(col, params, bind); err == nil {
			return true
		}
	}
	return false
}

func (s *Spec) keyedBy() string {
	var names []string
	for _, k := range s.Keyed {
		names = append(names, k.String())
	}
	return strings.Join(names, " or ")
}

// String is how messages and docs name it.
func (k Keyed) String() string {
	return [...]string{"nothing", "subject", "value"}[k]
}

// typeName is the column's type as messages name it.
func (c *Column) typeName() string {
	switch {
	case c.MaxChars > 0:
		return fmt.Sprintf("%s(%d)", c.TypeName, c.MaxChars)
	case c.Kind == Numeric && c.Precision > 0:
		return fmt.Sprintf("numeric(%d,%d)", c.Precision, c.Scale)
	case c.TypeName == "":
		return c.Kind.String()
	}
	return c.TypeName
}

// String is the family's name in messages and docs.
func (k Kind) String() string {
	return [...]string{
		"other", "text", "integer", "numeric", "float", "boolean", "date", "timestamp", "timestamptz", "time",
		"uuid", "inet", "macaddr", "json", "jsonb", "bytea", "enum", "xml", "point", "geometry", "array", "composite", "hstore", "range", "multirange",
	}[k]
}

// room is the number of characters that a text column leaves; unbounded
// columns leave more than any mask asks for.
func (c *Column) room() int {
	if c.Kind == Text && c.MaxChars > 0 {
		return c.MaxChars
	}
	return math.MaxInt32
}

// tooShort refuses a column that cannot hold what the mask writes.
func (r *rule) tooShort(need int) *ParamError {
	return &ParamError{Msg: fmt.Sprintf("%s needs %d characters, and %s holds %d", r.spec.Name, need, r.column(), r.col.MaxChars)}
}
