package policies

import (
	"sync"
	"time"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/transform/mask"
)

// BindOptions are what Bind takes besides policy and catalog.
type BindOptions struct {
	// Keyring derives the masks' keys. Without one every check is made all the
	// same, but Plan refuses: there is nothing to mask with.
	Keyring *mask.Keyring
	// Migrations are the version tables of the migration tool: they need no
	// rule, and their rows are copied as they are.
	Migrations []catalog.Name
	// SkipExtensions are the configuration's, added to the policy's.
	SkipExtensions []string
	// Waivers of the policy, so that what they let pass is known afterwards; nil
	// takes those of today.
	Waivers *Waivers
	// Originals has the source send the original of every masked column of
	// text, also where something else is sent in its place.
	Originals bool
	// Rows are better counts of rows than the catalog's estimates, for proofs
	// of capacity. May be nil.
	Rows map[catalog.Name]int64
}

// Binding is a policy bound to a catalog: what happens to every column of
// every table that stores rows. It is read-only after Bind.
type Binding struct {
	Tables         []*TableBinding // every table that staging will have and that stores rows, in the catalog's order
	LargeObjects   string          // none or keep; empty when the source has none and the policy says nothing
	NoComments     bool            // comments stay behind
	Unsupported    []string        // objects left out, perhaps with their kind in front: public.v, index public.x, public.t.constraint
	SkipExtensions []string        // sorted
	Restarts       []Restart       // sequences that have to go on beyond a permuted range
	Warnings       Problems
	Masks          bool // some column is masked
	// Refused is what is seldom meant and no waiver lets pass.
	Refused Problems
	// Repeats are masks by value where few values repeat, as far as the source's
	// statistics tell today: a check refuses them, a refresh warns.
	Repeats Problems
	Waivers *Waivers // that were asked
	Hash    string   // SHA-256 in hex of the policy as it was resolved

	byTable map[*catalog.Table]*TableBinding
}

// Table finds the binding of a table, nil if it stores no rows or staging will
// not have it.
func (b *Binding) Table(t *catalog.Table) *TableBinding { return b.byTable[t] }

// TableBinding is what happens to one table that stores rows: a plain table,
// or a leaf of a partition tree, which follows the tree's root.
type TableBinding struct {
	Table     *catalog.Table
	Root      *catalog.Table // the table whose entry rules: Table itself, or its partition root
	Rows      RowsMode
	Where     string           // condition, set with WhereRows; prepared first, see Binding.Fragments
	Columns   []*ColumnBinding // of CopyColumns, in their order; empty with NoRows
	Migration bool             // a migration tool's version table
	Config    bool             // Where is what an extension says is configuration: the other rows it brings itself
	Joins     []*catalog.Table // other tables that expressions read
	ViaRoot   bool             // the partition key is masked, or hashes by OID: rows have to find their partition anew
	Subject   string           // the subject as the policy writes it; empty where each row is its own
	Origin    string           // file:line:col of the entry, or why there is none

	binder *binder
	owner  *owner
	plans  sync.Map // copyrow.Format to *transform.Table
}

// ColumnBinding is what one column becomes.
type ColumnBinding struct {
	Column    *catalog.Column
	Rule      string // name of the mask; keep for columns that pass through
	Spec      *mask.Spec
	Params    mask.Params
	Props     mask.Properties
	Locale    string // of its fakes; empty for the default labels
	Keyed     string // nothing, value, subject or row
	Domain    string // keyed by value: the value space
	Subject   string // keyed by subject: the subject's table
	PerRow    bool   // keyed by subject and row, because the column is unique and a subject has several rows
	Origin    string // file:line:col of the rule
	Inherited string // "foreign key NAME from TABLE.COLUMN" where the rule is another column's
	Expr      string // source SQL
	Class     string // what the column seems to hold, by its name and type; empty for what identifies nobody
	Review    bool   // the policy's line still asks for a look: # review:

	state *column
}

// Masked tells whether the column is anything but passed through.
func (c *ColumnBinding) Masked() bool { return c.Rule != ruleKeep }

// Counted tells whether a refresh sees what the rule makes of the column's
// values: constants and NULLs come from the source in their place.
func (c *ColumnBinding) Counted() bool {
	return c.Masked() && c.Rule != ruleConstant && c.Rule != ruleNull && c.Rule != ruleDerive
}

// MayKeep tells whether the rule may give back every value as it is: the
// policy says so, the mask may find it coarse enough, or its output owes
// nothing to the value.
func (c *ColumnBinding) MayKeep() bool {
	return c.state.rule.unchanged || c.Props.MayKeep || c.Rule != ruleSQL && c.Keyed == "nothing" && !c.Props.NeedsValue
}

// Restart is a sequence whose column is permuted: new values in staging have
// to lie beyond the permuted range, in the direction of the sequence.
type Restart struct {
	Sequence catalog.Name
	Table    catalog.Name
	Column   string
	Down     bool  // it counts down
	Last     int64 // the last number that counts as handed out, within the sequence's own limits
}

// Ahead tells whether a sequence that stands at last is beyond the range
// anyway.
func (r Restart) Ahead(last int64) bool {
	if r.Down {
		return last < r.Last
	}
	return last > r.Last
}

const (
	ruleKeep     = "keep"
	ruleNull     = "null"
	ruleConstant = "constant"
	ruleSQL      = "sql"
)

// owner is a table that has an entry of its own: a plain table, or the root of
// a partition tree on behalf of all its partitions.
type owner struct {
	table  *catalog.Table
	leaves []*catalog.Table // tables with rows: itself, or the leaves
	name   string           // display form
	entry  *tableRule       // nil: no entry
	origin string           // where the entry is, or why none is needed

	kind  ownerKind
	rows  RowsMode
	where *node  // with WhereRows, where a policy wrote it
	cond  string // with WhereRows

	columns map[string]*column
	order   []*column
	keys    [][]string // sets of columns that are unique over all rows, NOT NULL, best first
	uniques [][]string // sets of columns that are unique where not NULL

	subject      *subjectPlan
	subjectState resolveState
	estimate     int64 // rows, 0 unknown
	classes      map[string]string
}

type ownerKind uint8

const (
	plainOwner     ownerKind = iota
	extensionOwner           // configuration table of an extension: kept without a rule
	migrationOwner           // a migration tool's table: kept without a rule
	leftOutOwner             // staging will not have it
)

// copied tells whether any rows of the table reach staging.
func (o *owner) copied() bool { return o.kind != leftOutOwner && o.rows != NoRows }

type resolveState uint8

const (
	unresolved resolveState = iota
	resolving
	resolved
)

// column is one column of an owner on its way to a ColumnBinding.
type column struct {
	owner *owner
	col   *catalog.Column
	where string // display form of schema.table.column

	state     resolveState
	known     bool  // says what happens to it: kept or rule
	rule      *Rule // nil: passed through
	at        place // of the rule or the keep entry
	explicit  bool  // the policy names this very column
	inherited string
	domain    string // ByValue: the value space
	keyed     mask.Keyed
	failed    bool // a problem has been told; say no more about this column

	refs      []reference // foreign keys from here
	parents   []*column   // of inheritance parents, in order
	generated []string    // generated columns: the columns they are made of
	original  *original   // same_as: what the column agrees with
	derived   *column     // generated columns: a masked column that they change with

	facts    mask.Column
	needs    bool // outputs have to differ: a unique index rests on it
	alone    bool // … on it alone, so that each row has a value of its own
	fold     bool // … whatever their case
	plan     *subjectPlan
	compiled mask.Compiled
}

// masked tells whether values of the column change, as far as is known.
func (c *column) masked() bool { return c.rule != nil && c.rule.spec.Name != ruleKeep }

func (c *column) ruleName() string {
	if c.rule == nil {
		return ruleKeep
	}
	return c.rule.spec.Name
}

// binder collects what Bind learns.
type binder struct {
	policy *Policy
	cat    *catalog.Catalog
	o      BindOptions

	owners   []*owner
	byTable  map[*catalog.Table]*owner // also partitions
	skip     map[string]bool           // extensions left out
	leftOut  map[string]bool           // display names left out
	passedOn []string                  // what else is left out, as load takes it
	problems Problems
	warnings Problems
	refused  Problems
	repeats  Problems
	masks    bool
	curves   map[string]map[mask.Class]*mask.Curve // by record, see SetCurve
	asked    int                                   // suggestions made; they are quadratic, so they end some time
}

// Bind checks a policy against a catalog and resolves it: every rule, every
// foreign key's inheritance, what everything is keyed by. Errors are Problems
// of kind Policy, all at once. The catalog must be the one that rows are read
// under; it is not changed.
func (p *Policy) Bind(cat *catalog.Catalog, o BindOptions) (*Binding, error) {
	if o.Waivers == nil {
		o.Waivers = p.Waivers(time.Now())
	}
	b := newBinder(p, cat, o)
	b.check()
	if err := b.problems.asError(); err != nil {
		return nil, err
	}
	b.warn()
	return b.binding(), nil
}

func newBinder(p *Policy, cat *catalog.Catalog, o BindOptions) *binder {
	return &binder{
		policy: p, cat: cat, o: o,
		byTable: make(map[*catalog.Table]*owner, len(cat.Tables)),
		skip:    map[string]bool{},
		leftOut: map[string]bool{},
		curves:  map[string]map[mask.Class]*mask.Curve{},
	}
}

// check resolves everything and collects the problems.
func (b *binder) check() {
	b.leaveOut()
	b.findOwners()
	b.matchEntries()
	b.nameColumns()
	b.inheritFromParents()
	b.inheritByForeignKey()
	b.reportGaps()
	b.checkRows()
	b.resolveSubjects()
	b.key()
	b.findOriginals()
	b.checkUniqueness()
	b.shareFacts()
	b.compileAll()
	b.compileCopies()
	b.checkForeignKeyMasks()
	b.checkLargeObjects()
}

func (b *binder) add(p *Problem) *noted {
	b.problems = append(b.problems, p)
	return (*noted)(p)
}

// fail reports a problem of a column once.
func (b *binder) fail(c *column, at place, format string, args ...any) *noted {
	p := at.problem(fault.Policy, c.where, format, args...)
	if c.failed {
		return (*noted)(p) // told already: this one is dropped
	}
	c.failed = true
	return b.add(p)
}

// maxSuggestions bounds the searches for a nearest name among all tables.
const maxSuggestions = 50

// suggest finds the nearest of many names, as long as that stays cheap.
func (b *binder) suggest(name string, candidates func() []string) string {
	if b.asked++; b.asked > maxSuggestions {
		return ""
	}
	if near := nearest(name, candidates()); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}

func (b *binder) tableNames() []string {
	out := make([]string, len(b.owners))
	for i, o := range b.owners {
		out[i] = tableKey(o.table.Name)
	}
	return out
}

// checkLargeObjects demands a word about large objects if there are any.
func (b *binder) checkLargeObjects() {
	if b.cat.LargeObjects > 0 && b.policy.largeObjects == nil {
		b.add(b.policy.first.problem(fault.Policy, "large_objects", "the source has %d large objects, and the policy does not say what happens to them", b.cat.LargeObjects)).
			hint("add one line: large_objects: none, or large_objects: keep")
	}
}
