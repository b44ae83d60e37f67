package refresh

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"unicode"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/extract"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/transform"
	"github.com/understudy-db/understudy/transform/copyrow"
)

// PreviewOptions say what to show.
type PreviewOptions struct {
	Tables []string // as policies write them
	Rows   int      // of each
	// Originals shows the source's values, and kept columns as they are. Only a
	// person who may read production should see the result.
	Originals bool
}

// Preview is a table's first rows, masked.
type Preview struct {
	Table   string          `json:"table"`
	Columns []PreviewColumn `json:"columns"`
	Rows    [][]PreviewCell `json:"rows"`
}

// PreviewColumn is a column's rule.
type PreviewColumn struct {
	Name    string `json:"name"`
	Mask    string `json:"mask"`
	KeyedBy string `json:"keyed_by,omitempty"`
}

// PreviewCell is one value: what it looked like and what it becomes. NULL is nil.
type PreviewCell struct {
	Original *string `json:"original"` // its shape, or the value with Originals
	Masked   *string `json:"masked"`   // shape as well where the column is kept, unless Originals
}

// ShowPreview masks the first rows of some tables, all under one snapshot, and
// writes nothing anywhere.
func ShowPreview(ctx context.Context, o Options, p PreviewOptions) ([]*Preview, error) {
	o.fill()
	key, err := o.Config.Key(ctx)
	if err != nil {
		return nil, err
	}
	policy, err := loadPolicy(o.Config)
	if err != nil {
		return nil, err
	}
	source, err := openSource(ctx, &o)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	b, err := bind(ctx, source, o.Config, policy, &key)
	if err != nil {
		return nil, err
	}
	var tables []*boundTable
	for _, name := range p.Tables {
		t, err := findTable(b, name)
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	var out []*Preview
	for _, t := range tables {
		one, err := preview(ctx, source, t, p)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// findTable finds a table with rows by its name as policies write it; a
// partitioned table stands for its first partition.
func findTable(b *bound, name string) (*boundTable, error) {
	want, err := policies.ParseName(name)
	if err != nil {
		return nil, err
	}
	for _, t := range b.tables {
		if t.Table.Name == want || t.Table.Root().Name == want && t.query != nil {
			if t.query == nil {
				return nil, fault.New(fault.Usage, "no rows of this table reach staging").At(name)
			}
			return t, nil
		}
	}
	return nil, fault.New(fault.Usage, "there is no such table with rows in the source").At(name).
		WithHint("write it as policies do: schema.table, quoted as in SQL where need be")
}

func preview(ctx context.Context, source *extract.Source, t *boundTable, p PreviewOptions) (*Preview, error) {
	plan, err := t.Plan(copyrow.Text)
	if err != nil {
		return nil, err
	}
	q := &extract.Query{Table: t.Table, Exprs: plan.SelectList(), Where: t.Where, Joins: t.Joins}
	masked := &grid{limit: p.Rows, columns: len(plan.Columns)}
	stream := plan.Stream(masked.rewriter().feed)
	if err := masked.read(ctx, source, q, stream); err != nil {
		return nil, err
	}
	raw := *q
	raw.Exprs = nil
	for _, c := range plan.Columns {
		raw.Exprs = append(raw.Exprs, catalog.QuoteIdent(c.Name))
	}
	original := &grid{limit: p.Rows, columns: len(plan.Columns)}
	if err := original.read(ctx, source, &raw, original.rewriter()); err != nil {
		return nil, err
	}

	out := &Preview{Table: t.name()}
	rules := map[string]*policies.ColumnBinding{}
	for _, c := range t.Columns {
		rules[c.Column.Name] = c
	}
	order := make([]int, 0, len(plan.Columns))
	for _, c := range t.Columns { // as the table has them, not as the plan reads them
		for i := range plan.Columns {
			if plan.Columns[i].Name == c.Column.Name {
				order = append(order, i)
				out.Columns = append(out.Columns, PreviewColumn{Name: c.Column.Name, Mask: c.Rule, KeyedBy: keyedBy(c)})
			}
		}
	}
	for r := range min(len(masked.rows), len(original.rows)) {
		var row []PreviewCell
		for _, i := range order {
			cell := PreviewCell{Original: original.rows[r][i], Masked: masked.rows[r][i]}
			if !p.Originals {
				cell.Original = Shape(cell.Original)
				if !rules[plan.Columns[i].Name].Masked() {
					cell.Masked = Shape(cell.Masked)
				}
			}
			row = append(row, cell)
		}
		out.Rows = append(out.Rows, row)
	}
	return out, nil
}

// maxShape is how many characters of a shape are shown.
const maxShape = 40

// Shape shows what a value looked like without showing it: letters become a or
// A, digits 9; spaces and ASCII punctuation stay.
func Shape(v *string) *string {
	if v == nil {
		return nil
	}
	var b strings.Builder
	n := 0
	for _, r := range *v {
		if n++; n > maxShape {
			b.WriteRune('…')
			break
		}
		switch {
		case unicode.IsUpper(r):
			b.WriteByte('A')
		case unicode.IsLetter(r):
			b.WriteByte('a')
		case unicode.IsDigit(r):
			b.WriteByte('9')
		case r > ' ' && r < unicode.MaxASCII, r == ' ':
			b.WriteRune(r)
		default:
			b.WriteByte('?')
		}
	}
	s := b.String()
	return &s
}

// grid gathers the first rows of a COPY in text format.
type grid struct {
	limit   int
	columns int
	rows    [][]*string
	row     []*string
}

// gridReader is a grid behind the rewriter that finds its fields.
type gridReader struct {
	grid *grid
	rw   *copyrow.Rewriter
}

func (g *grid) rewriter() *gridReader {
	actions := make([]copyrow.Action, g.columns)
	for i := range actions {
		actions[i] = copyrow.Take
	}
	buf := make([]byte, 0, copyrow.BufferSize)
	return &gridReader{g, copyrow.New(copyrow.Config{Format: copyrow.Text, Actions: actions, Fields: g,
		Get: func() []byte { return buf[:0] }, Emit: func([]byte) error { return nil }})}
}

// Take implements copyrow.Fields.
func (g *grid) Take(i int, value []byte, oversize bool) error {
	if len(g.rows) >= g.limit {
		return nil
	}
	var v *string
	switch {
	case oversize:
		s := "(more than 16 MiB)"
		v = &s
	case value != nil:
		s := string(value)
		v = &s
	}
	if g.row = append(g.row, v); i == g.columns-1 {
		g.rows, g.row = append(g.rows, g.row), nil
	}
	return nil
}

// Replace implements copyrow.Fields; no column of a grid is replaced.
func (g *grid) Replace(dst []byte, _ int, _ []byte, _ bool) ([]byte, bool, error) {
	return dst, true, nil
}

func (r *gridReader) feed(p []byte) error {
	_, err := r.rw.Write(p)
	return err
}

func (r *gridReader) Write(p []byte) (int, error) { return r.rw.Write(p) }
func (r *gridReader) Close() error                { return r.rw.Close() }

// writeCloser is what rows are read into.
type writeCloser interface {
	Write(p []byte) (int, error)
	Close() error
}

// errEnough ends a COPY whose remaining rows nobody needs.
var errEnough = errors.New("enough rows")

// read copies rows into w until there are enough. In text format a line feed
// ends a row and stands nowhere else.
func (g *grid) read(ctx context.Context, source *extract.Source, q *extract.Query, w writeCloser) error {
	c := extract.Chunk{Query: q, Of: 1, Whole: true, Last: true}
	left := g.limit
	_, err := source.Copy(ctx, c, writerFunc(func(p []byte) (int, error) {
		for at := 0; left > 0; left-- {
			i := bytes.IndexByte(p[at:], '\n')
			if i < 0 {
				return w.Write(p)
			}
			at += i + 1
			if left == 1 {
				left = 0
				n, err := w.Write(p[:at])
				if err == nil {
					err = errEnough
				}
				return n, err
			}
		}
		return 0, errEnough
	}))
	if errors.Is(err, errEnough) {
		err = nil
	}
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	return err
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

var _ writeCloser = (*transform.Stream)(nil)
