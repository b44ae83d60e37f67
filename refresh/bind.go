package refresh

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/extract"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/load"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/report"
	"github.com/understudy-db/understudy/transform"
	"github.com/understudy-db/understudy/transform/copyrow"
	"github.com/understudy-db/understudy/transform/mask"
	"github.com/understudy-db/understudy/transform/originals"
)

// bound is a policy bound to the catalog of one snapshot, with the plan of
// every table.
type bound struct {
	*policies.Binding
	policy     *policies.Policy
	tables     []*boundTable
	migrations map[catalog.Name]extract.MigrationState
}

// boundTable is one table that stores rows: what is read, what masks it, and
// what became of it.
type boundTable struct {
	*policies.TableBinding
	plan  *transform.Table // nil without rows
	query *extract.Query   // nil without rows
	first bool             // voided an earlier snapshot: read before all others

	loaded  bool
	counts  transform.Counts
	seconds float64
	mode    string

	remembered *originals.Table // nil: none of its values are
}

func (t *boundTable) name() string { return t.Table.Name.String() }

// done notes that the table is in.
func (t *boundTable) done(c transform.Counts, seconds float64, mode string) {
	t.loaded, t.counts, t.seconds, t.mode = true, c, seconds, mode
}

// uncovered counts the columns that no rule names, of the problems in err.
func uncovered(cat *catalog.Catalog, err error) (n int) {
	var problems policies.Problems
	if !errors.As(err, &problems) {
		return 0
	}
	for _, p := range problems {
		switch {
		case p.Gap == nil:
		case len(p.Gap.Columns) > 0:
			n += len(p.Gap.Columns)
		default:
			if t := cat.Table(p.Gap.Table); t != nil {
				n += len(t.CopyColumns())
			}
		}
	}
	return n
}

// bind binds the policy to the snapshot's catalog and checks every SQL
// fragment with the source.
func bind(ctx context.Context, source *extract.Source, c *policies.Config, policy *policies.Policy, key *mask.Key) (*bound, error) {
	cat := source.Catalog()
	migrations := extract.FindMigrationTables(cat)
	o := policies.BindOptions{Migrations: migrations, SkipExtensions: c.Extensions.Skip, Originals: c.Verify.Originals != "off"}
	if key != nil {
		o.Keyring = mask.NewKeyring(*key, mask.KeyringOptions{Project: c.Project, Determinism: c.Determinism,
			Rotate: c.Rotate, At: source.Snapshot().Time})
	}
	binding, err := policy.Bind(cat, o)
	if err != nil {
		return nil, err
	}
	if err := prepareFragments(ctx, source, binding); err != nil {
		return nil, err
	}
	if key != nil {
		if err := readShapes(ctx, source, binding); err != nil {
			return nil, err
		}
	}
	b := &bound{Binding: binding}
	for _, tb := range binding.Tables {
		t := &boundTable{TableBinding: tb}
		b.tables = append(b.tables, t)
		if tb.Rows == policies.NoRows || tb.Migration || key == nil {
			continue
		}
		format := copyrow.Text
		if tb.Table.BinaryCopy() {
			format = copyrow.Binary
		}
		if t.plan, err = tb.Plan(format); err != nil {
			return nil, err
		}
		t.query = &extract.Query{Table: tb.Table, Exprs: t.plan.SelectList(), Where: tb.Where, Joins: tb.Joins,
			Binary: format == copyrow.Binary}
	}
	if b.migrations, err = source.Migrations(ctx, migrations); err != nil {
		return nil, err
	}
	for name, state := range b.migrations {
		if state.Dirty {
			return nil, fault.New(fault.Preflight, "migration version %d in %s is marked dirty: a migration has failed on the source", state.Version, name).
				WithHint("repair it there and set the version by `migrate force`, then refresh")
		}
	}
	return b, nil
}

// readShapes counts how often the values of columns come up whose labels are
// to be as unevenly frequent.
func readShapes(ctx context.Context, source *extract.Source, binding *policies.Binding) error {
	for _, shape := range binding.Shapes() {
		frequencies, err := retry(ctx, func() ([]extract.Frequency, error) { return source.Frequencies(ctx, shape.Table, shape.Column) })
		if err != nil {
			return err
		}
		steps := make([]mask.Step, len(frequencies))
		for i, f := range frequencies {
			steps[i] = mask.Step{Count: f.Rows, Values: f.Values}
		}
		binding.SetCurve(shape, mask.NewCurve(steps))
	}
	return nil
}

// prepareFragments has the source prepare every SQL fragment of the policy as
// the one SELECT that it will stand in; nothing is executed.
func prepareFragments(ctx context.Context, source *extract.Source, binding *policies.Binding) error {
	var problems policies.Problems
	for _, f := range binding.Fragments() {
		_, err := source.Prepare(ctx, f.Query)
		var frag *extract.FragmentError
		switch {
		case errors.As(err, &frag):
			problems = append(problems, f.Problem(frag.Position, frag.Msg))
		case err != nil:
			return err
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// omit forgets tables that staging does not have though the policy names them:
// they depend on something that is left out.
func (b *bound) omit(omitted func(*catalog.Table) bool) {
	b.tables = slices.DeleteFunc(b.tables, func(t *boundTable) bool { return omitted(t.Table) })
}

// derivations are what the generation computes once all rows are in, but for
// tables that it does not have.
func (b *bound) derivations() []load.Derivation {
	have := map[*catalog.Table]bool{}
	for _, t := range b.tables {
		have[t.Root] = true
	}
	var out []load.Derivation
	for _, d := range b.Derived() {
		if !have[d.Table] {
			continue
		}
		l := load.Derivation{Table: d.Table}
		for _, c := range d.Columns {
			l.Columns = append(l.Columns, load.DerivedColumn(c))
		}
		out = append(out, l)
	}
	return out
}

// guarded are the tables whose rows are read: those that must not change.
func (b *bound) guarded() []*catalog.Table {
	var out []*catalog.Table
	for _, t := range b.tables {
		if t.query != nil {
			out = append(out, t.Table)
			out = append(out, t.Joins...)
		}
	}
	return out
}

// tableLoad is how a table goes into the generation.
func (t *boundTable) tableLoad(frozen bool) load.TableLoad {
	l := load.TableLoad{Table: t.Table, Binary: t.query.Binary, Frozen: frozen && !t.ViaRoot, ViaRoot: t.ViaRoot}
	if t.Config {
		l.Replace, l.Frozen = t.Where, true // in one piece
	}
	for _, c := range t.plan.Columns {
		l.Columns = append(l.Columns, c.Name)
	}
	return l
}

// describe is what the report says of every table.
func (b *bound) describe() []report.Table {
	out := make([]report.Table, 0, len(b.tables))
	for _, t := range b.tables {
		r := report.Table{Name: t.name(), Subject: t.Subject, Rows: t.counts.Rows, Bytes: t.counts.Bytes, Seconds: t.seconds, Mode: t.mode}
		if t.Root != t.Table {
			r.Root = t.Root.Name.String()
		}
		switch t.Rows {
		case policies.NoRows:
			r.Mode = "structure only"
		case policies.WhereRows:
			r.Where = t.Origin
		}
		for _, c := range t.Columns {
			col := report.Column{Name: c.Column.Name, Mask: c.Rule, KeyedBy: keyedBy(c), Origin: c.Origin,
				Class: c.Class, Review: c.Review, Rank: c.Props.PrivacyRank}
			if !c.Masked() {
				col.Rank = weakest
			}
			if i := t.planColumn(c.Column.Name); i >= 0 && i < len(t.counts.Columns) {
				n := t.counts.Columns[i]
				if col.Counted = c.Counted(); col.Counted {
					col.Changed, col.Nulls, col.Replaced, col.Oversize, col.Idle = n.Changed, n.Null, n.Replaced, n.Oversize, n.Kept
					// NULLs that became values count as changed.
					col.Same = max(t.counts.Rows-t.counts.Unseen-n.Null-n.Kept-n.Changed, 0)
				}
			}
			r.Columns = append(r.Columns, col)
		}
		out = append(out, r)
	}
	return out
}

// weakest is the privacy rank of a column that is kept.
const weakest = 5

func (t *boundTable) planColumn(name string) int {
	if t.plan == nil {
		return -1
	}
	return slices.IndexFunc(t.plan.Columns, func(c transform.Column) bool { return c.Name == name })
}

// keyedBy says in words what a column's output is a function of.
func keyedBy(c *policies.ColumnBinding) string {
	switch c.Keyed {
	case "value":
		return "value in " + c.Domain
	case "subject":
		if c.PerRow {
			return "subject " + c.Subject + " and row"
		}
		return "subject " + c.Subject
	case "row":
		return "row"
	}
	return ""
}

// rows are the rows of every table whose rows were counted on their way.
func (b *bound) rows() map[catalog.Name]int64 {
	out := map[catalog.Name]int64{}
	for _, t := range b.tables {
		if t.Table.Extension != "" {
			continue // holds rows that the extension has brought
		}
		if t.loaded || t.Rows == policies.NoRows {
			out[t.Table.Name] = t.counts.Rows
		}
	}
	return out
}

// verifyInput is what the generation is compared with.
func (b *bound) verifyInput(cat *catalog.Catalog) load.VerifyInput {
	in := load.VerifyInput{Source: cat, Rows: b.rows(), ViaRoot: map[catalog.Name]bool{}}
	kept := map[catalog.Name]*policies.TableBinding{}
	for _, t := range b.tables {
		kept[t.Table.Name] = t.TableBinding
		for p := t.Table.Partition; p != nil; p = p.Parent.Partition {
			kept[p.Parent.Name] = t.TableBinding // a sequence belongs to the root's column
		}
		if t.ViaRoot {
			in.ViaRoot[t.Table.Name] = true
		}
	}
	in.Kept = func(table catalog.Name, column string) bool {
		t := kept[table]
		return t != nil && slices.ContainsFunc(t.Columns, func(c *policies.ColumnBinding) bool {
			return c.Column.Name == column && !c.Masked()
		})
	}
	return in
}

// provenance is what the generation says of itself.
func (r *run) provenance(snap extract.Snapshot, b *bound) load.Provenance {
	outputs := map[string]load.Output{}
	for _, o := range b.Outputs() {
		outputs[o.Column] = load.Output{Mask: o.Mask, Version: o.Version, Rule: o.Rule}
	}
	return load.Provenance{
		Snapshot: snap.Time.Truncate(time.Microsecond), LSN: snap.LSN, PolicyHash: b.Hash, KeyFingerprint: r.key.Fingerprint(),
		CatalogVersion: mask.CatalogVersion, ToolVersion: r.Tool, Rows: b.rows(), Outputs: outputs, Schema: r.schema,
	}
}
