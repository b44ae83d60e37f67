package refresh

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/load"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/report"
	"github.com/understudy-db/understudy/transform"
	"github.com/understudy-db/understudy/transform/copyrow"
	"github.com/understudy-db/understudy/transform/mask"
	"github.com/understudy-db/understudy/transform/originals"
)

// originals looks through all text of the generation for the original values
// of masked columns that store has remembered. A column that holds some fails
// the gate, whether it is masked or kept.
func (r *run) originals(ctx context.Context, build *load.Build, b *bound, store *originals.Store) error {
	set, err := store.Freeze(ctx)
	if err != nil {
		return fault.Wrap(fault.Preflight, err, "sort hashes of original values").WithHint(spaceHint)
	}
	defer set.Close()
	store.Close() // its room is given back before the search
	r.Log.Info("originals remembered", "run", r.RunID, "values", set.Values, "shared", set.Shared)
	texts := b.texts(store)
	if err := r.search(ctx, build, set, texts); err != nil {
		return err
	}
	survivors := r.survivors(set, b.Waivers, texts)
	if err := r.waived(b, policies.RuleOriginal); err != nil {
		return err
	}
	if len(survivors) == 0 {
		return nil
	}
	if r.Config.Verify.Originals != "fail" {
		for _, says := range survivors {
			r.Observer.Warn(says)
		}
		return nil
	}
	return fault.New(fault.Verification, "original values of masked columns survive in the copy:\n  %s", strings.Join(survivors, "\n  ")).
		WithHint("mask these columns; or, if it is meant, add\nwaive:\n  - { rule: %s, on: schema.table.column, reason: why }", policies.RuleOriginal)
}

// survivors reports what was found, and says what no waiver lets pass.
func (r *run) survivors(set *originals.Set, w *policies.Waivers, texts []*searchedTable) (out []string) {
	r.rep.Originals = nil
	for _, c := range columnsOf(texts) {
		if c.unread > 0 {
			r.Observer.Warn(fmt.Sprintf("%s: %s values are longer than 16 MiB and were not searched for originals", c.name, report.Count(c.unread)))
		}
		v := set.Verdict(&c.found)
		o := report.Original{Column: c.name, Mask: c.rule, Rows: v.Rows}
		for _, id := range v.From {
			o.From = append(o.From, set.Name(id))
		}
		switch {
		case v.Rows == 0 && v.Chance == 0:
			continue
		case v.Rows == 0:
			o.Rows, o.Chance = v.Chance, true
		case w.Pass(policies.RuleOriginal, c.name):
			o.Waived = true
		default:
			out = append(out, fmt.Sprintf("%s (%s): %s rows hold originals of %s", c.name, c.rule, report.Count(o.Rows), strings.Join(o.From, ", ")))
		}
		r.rep.Originals = append(r.rep.Originals, o)
	}
	return out
}

// searchedTable is a table of the generation that has text.
type searchedTable struct {
	table   *catalog.Table
	exprs   []string
	columns []*searchedColumn // one for each expression
}

// searchedColumn is a column to look through; of a partitioned table, that of
// all its partitions.
type searchedColumn struct {
	name, rule string
	look       originals.Look
	found      originals.Found
	unread     int64 // values that are too long
}

// columnsOf are all columns of tables, each once, by their names.
func columnsOf(texts []*searchedTable) []*searchedColumn {
	var out []*searchedColumn
	for _, t := range texts {
		out = append(out, t.columns...)
	}
	slices.SortStableFunc(out, func(a, b *searchedColumn) int { return strings.Compare(a.name, b.name) })
	return slices.Compact(out)
}

// texts are the tables to look through.
func (b *bound) texts(store *originals.Store) []*searchedTable {
	columns := map[string]*searchedColumn{}
	var out []*searchedTable
	for _, t := range b.tables {
		if t.query == nil {
			continue
		}
		s := &searchedTable{table: t.Table}
		add := func(c *catalog.Column, rule string, classes originals.ClassSet, own bool) {
			layout, expr := textOf(c)
			if expr == "" || classes == originals.None {
				return
			}
			name := t.rootColumn(c)
			if columns[name] == nil {
				columns[name] = &searchedColumn{name: name, rule: rule, look: originals.Look{Layout: layout, Classes: classes, Own: store.ID(name), IsOwn: own}}
			}
			s.exprs = append(s.exprs, expr)
			s.columns = append(s.columns, columns[name])
		}
		for _, c := range t.Columns {
			add(c.Column, c.Rule, searchedFor(c.Rule), c.Masked() && c.MayKeep())
		}
		for _, c := range t.Table.Columns {
			if c.Generated != 0 {
				add(c, "generated", originals.Strong, false) // of fakes, often enough
			}
		}
		if len(s.exprs) > 0 {
			out = append(out, s)
		}
	}
	return out
}

// searchedFor says what is looked for in a column with a rule. Names that masks
// make up are those of real people by chance, and so are their streets and
// numbers: the output of a mask that makes up whole values is searched for what
// it never writes. A rule that lets parts through by its nature is searched for
// what it hardly ever writes; an expression of the policy's, as a kept column,
// for everything.
func searchedFor(rule string) originals.ClassSet {
	switch rule {
	case "keep", "sql":
		return originals.All
	case "partial", "replace", "generalize", "json", "xml", "hstore", "array", "composite", "range", "when", "command", "derive":
		return originals.Strong
	case "null", "constant", "redact": // what the policy says, nothing of the value
		return originals.None
	}
	return originals.Addresses
}

// textOf is the expression that reads a column as text, and how that holds
// texts; empty where it cannot hold any.
func textOf(c *catalog.Column) (originals.Layout, string) {
	if !holdsText(c.Type, maxNested) {
		return 0, ""
	}
	name := catalog.QuoteIdent(c.Name)
	t := c.Type.Underlying()
	switch kind := transform.KindOf(t); {
	case kind == mask.JSON, kind == mask.JSONB:
		return originals.JSON, name + "::pg_catalog.text"
	case kind == mask.XML:
		return originals.XML, name + "::pg_catalog.text"
	case t.Array, t.Kind != 'b', t.Extension == "hstore":
		// The server takes their own forms of quoting apart.
		return originals.JSON, "pg_catalog.to_json(" + name + ")::pg_catalog.text"
	}
	return originals.Plain, name + "::pg_catalog.text"
}

// maxNested bounds how deep types are looked into: a composite may hold an
// array of itself.
const maxNested = 8

// holdsText tells whether values of a type may hold words. Enums cannot: their
// labels are part of the schema.
func holdsText(t *catalog.Type, depth int) bool {
	if t == nil || depth == 0 {
		return t != nil
	}
	t = t.Underlying()
	switch {
	case t.Kind == 'e':
		return false
	case t.Kind == 'c':
		return slices.ContainsFunc(t.Fields, func(f *catalog.Field) bool { return holdsText(f.Type, depth-1) })
	case t.Array, t.Kind == 'r', t.Kind == 'm':
		return holdsText(t.Elem, depth-1)
	}
	switch transform.KindOf(t) {
	case mask.Text, mask.JSON, mask.JSONB, mask.XML:
		return true
	case mask.Other: // of pg_catalog mostly numbers and times; of others nobody knows
		return t.Name.Schema != "pg_catalog" || slices.Contains([]string{"tsvector", "tsquery", "jsonpath"}, t.Name.Name)
	}
	return false
}

// search reads tables in parallel, large ones in parts.
func (r *run) search(ctx context.Context, build *load.Build, set *originals.Set, texts []*searchedTable) error {
	var mu sync.Mutex // of what was found
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(r.Config.Target.IndexJobs)
	for _, t := range texts {
		parts, err := build.TextParts(gctx, t.table)
		if err != nil {
			if stopped := g.Wait(); stopped != nil {
				return stopped
			}
			return err
		}
		for _, p := range parts {
			g.Go(func() error {
				s := newSearch(set, t.columns)
				if err := build.ReadText(gctx, t.table, p, t.exprs, s.rows); err != nil {
					return err
				}
				if err := s.rows.Close(); err != nil {
					return fault.Wrap(fault.Other, err, "read the text of %s", t.table.Name)
				}
				mu.Lock()
				defer mu.Unlock()
				for i, c := range t.columns {
					c.found.Add(&s.found[i])
					c.unread += s.unread[i]
				}
				return nil
			})
		}
	}
	return g.Wait()
}

// search looks through the rows of a binary COPY.
type search struct {
	rows    *copyrow.Rewriter
	scanner *originals.Scanner
	columns []*searchedColumn
	found   []originals.Found
	unread  []int64
}

func newSearch(set *originals.Set, columns []*searchedColumn) *search {
	s := &search{scanner: set.Scanner(), columns: columns, found: make([]originals.Found, len(columns)), unread: make([]int64, len(columns))}
	var spare []byte // rows without fields, which nobody wants
	s.rows = copyrow.New(copyrow.Config{
		Format:  copyrow.Binary,
		Actions: slices.Repeat([]copyrow.Action{copyrow.Take}, len(columns)),
		Fields:  s,
		Get: func() []byte {
			if spare == nil {
				return make([]byte, 0, copyrow.BufferSize)
			}
			return spare
		},
		Emit: func(p []byte) error {
			spare = p[:0]
			return nil
		},
	})
	return s
}

// Take looks through one value.
func (s *search) Take(i int, value []byte, oversize bool) error {
	if oversize {
		s.unread[i]++
		return nil
	}
	return s.scanner.Value(&s.columns[i].look, &s.found[i], value)
}

// Replace is not called.
func (s *search) Replace(dst []byte, _ int, _ []byte, _ bool) ([]byte, bool, error) {
	return dst, true, nil
}
