package policies

import (
	"sort"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// leaveOut resolves unsupported and extensions.skip.
func (b *binder) leaveOut() {
	known := map[string]bool{}
	var names []string
	for _, e := range b.cat.Extensions {
		known[e.Name] = true
		names = append(names, e.Name)
	}
	for _, n := range b.policy.skip {
		if !known[n.text] {
			b.add(n.problem(fault.Policy, "extensions.skip", "the source has no extension %s", catalog.Display(n.text))).
				hint("%s", didYouMean(n.text, names))
			continue
		}
		b.skip[n.text] = true
	}
	for _, name := range b.o.SkipExtensions {
		if !known[name] {
			b.add(&Problem{Kind: fault.Policy, Where: "extensions.skip", Msg: "the source has no extension " + catalog.Display(name)}).
				hint("%s", didYouMean(name, names))
			continue
		}
		b.skip[name] = true
	}
	if len(b.policy.unsupported) == 0 {
		return
	}
	objects := b.objects()
	for _, n := range b.policy.unsupported {
		kind, name := splitKind(n.text)
		if kind == "extension" {
			if parts, err := parseIdents(name); err == nil && len(parts) == 1 && known[parts[0].text] {
				b.skip[parts[0].text] = true // with what depends on it, unlike one under extensions.skip
			}
		}
		if kind != "" && !catalogKinds[kind] {
			b.passedOn = append(b.passedOn, n.text) // the schema's archive knows more kinds than the catalog
			continue
		}
		parts, err := parseIdents(name)
		if err != nil || len(parts) < 2 || len(parts) > 3 {
			b.add(n.problem(fault.Policy, "unsupported", "want schema.name, or schema.table.constraint")).
				hint("other kinds of objects come with their kind: function app.f(integer), trigger app.orders.notify")
			continue
		}
		found := ""
		for _, name := range spellings(parts) {
			if objects[name] {
				found = name
				break
			}
		}
		if found == "" {
			b.add(n.problem(fault.Policy, "unsupported", "the source has no table, view, index, sequence, type or constraint %s", n.text)).
				hint("%s", strings.TrimSpace(b.suggest(name, func() []string { return sortedKeys(objects) })+
					" other kinds of objects come with their kind: function app.f(integer), trigger app.orders.notify"))
			continue
		}
		b.leftOut[found] = true
		b.passedOn = append(b.passedOn, strings.TrimSpace(kind+" "+found))
	}
}

// catalogKinds are the kinds of objects whose names the catalog has.
var catalogKinds = map[string]bool{
	"table": true, "foreign table": true, "view": true, "materialized view": true, "index": true, "sequence": true,
	"constraint": true, "check": true, "fk constraint": true, "foreign key": true,
}

// splitKind takes a kind, in lower-case words, off the front of a name.
func splitKind(s string) (kind, name string) {
	s = strings.TrimSpace(s)
	i := 0
	for {
		j := strings.IndexByte(s[i:], ' ')
		if j < 0 || strings.ContainsAny(s[i:i+j], `.("`) {
			break
		}
		i += j + 1
	}
	return strings.ToLower(strings.TrimSpace(s[:i])), strings.TrimSpace(s[i:])
}

// spellings are the display names that parts may mean, the most literal first.
func spellings(parts []ident) []string {
	out := []string{""}
	for i, p := range parts {
		var next []string
		for _, prefix := range out {
			if i > 0 {
				prefix += "."
			}
			for _, s := range p.spellings() {
				next = append(next, prefix+catalog.Display(s))
			}
		}
		out = next
	}
	return out
}

// objects are the display names of everything that can be left out by name.
func (b *binder) objects() map[string]bool {
	out := map[string]bool{}
	for _, t := range b.cat.Tables {
		out[t.Name.String()] = true
		for _, x := range t.Indexes {
			out[x.Name.String()] = true
			if x.Constraint != "" {
				out[constraintName(t, x.Constraint)] = true
			}
		}
		for _, c := range t.Checks {
			out[constraintName(t, c.Name)] = true
		}
		for _, fk := range t.ForeignKeys {
			out[constraintName(t, fk.Name)] = true
		}
	}
	for _, s := range b.cat.Sequences {
		out[s.Name.String()] = true
	}
	for _, t := range b.cat.Types {
		out[t.Name.String()] = true
	}
	return out
}

func constraintName(t *catalog.Table, name string) string {
	return t.Name.String() + "." + catalog.Display(name)
}

// indexLeftOut tells whether staging will have no such index.
func (b *binder) indexLeftOut(t *catalog.Table, x *catalog.Index) bool {
	return b.leftOut[x.Name.String()] || x.Constraint != "" && b.leftOut[constraintName(t, x.Constraint)]
}

// actingExtensions own tables whose rows would act from staging, or are
// secrets by nature: their rows stay behind unless the policy says otherwise.
var actingExtensions = map[string]bool{
	"pg_cron": true, "pgagent": true, "pg_net": true, "pgmq": true, "supabase_vault": true, "pgsodium": true,
}

// findOwners classifies tables: which have entries of their own, and which
// need none.
func (b *binder) findOwners() {
	migrations := make(map[catalog.Name]bool, len(b.o.Migrations))
	for _, n := range b.o.Migrations {
		migrations[n] = true
	}
	for _, t := range b.cat.Tables {
		if t.Partition != nil || t.Persistence == 't' || t.Kind != catalog.Ordinary && t.Kind != catalog.Partitioned {
			continue
		}
		o := &owner{table: t, name: t.Name.String()}
		o.leaves = leavesOf(t)
		switch {
		case b.leftOut[o.name] || b.skip[t.Extension]:
			o.kind, o.rows, o.origin = leftOutOwner, NoRows, "left out"
		case t.Extension != "":
			o.kind, o.origin = extensionOwner, "extension "+t.Extension
			switch {
			case !t.ExtensionConfig || actingExtensions[t.Extension]:
				o.rows = NoRows
			case t.ConfigCondition != "":
				o.rows, o.cond = WhereRows, trimWhere(t.ConfigCondition)
			}
		case migrations[t.Name]:
			o.kind, o.origin = migrationOwner, "migration table"
		}
		o.estimate = b.countRows(o)
		b.owners = append(b.owners, o)
		b.byTable[t] = o
		for _, leaf := range partitionsOf(t) {
			b.byTable[leaf] = o
		}
		b.findKeys(o)
		o.columns = make(map[string]*column, len(t.Columns))
		for _, c := range t.Columns {
			col := &column{owner: o, col: c, where: o.name + "." + catalog.Display(c.Name)}
			if c.Generated != 0 {
				col.generated = namesIn(t, c.Default)
			}
			o.columns[c.Name] = col
			o.order = append(o.order, col)
		}
	}
}

// trimWhere takes the word WHERE off an extension's condition.
func trimWhere(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 5 && strings.EqualFold(s[:5], "where") {
		return strings.TrimSpace(s[5:])
	}
	return s
}

// partitionsOf lists everything below a root, in order.
func partitionsOf(t *catalog.Table) []*catalog.Table {
	var out []*catalog.Table
	for _, p := range t.Partitions {
		out = append(out, p)
		out = append(out, partitionsOf(p)...)
	}
	return out
}

// leavesOf are the tables of an owner that store rows.
func leavesOf(t *catalog.Table) []*catalog.Table {
	var out []*catalog.Table
	for _, x := range append([]*catalog.Table{t}, partitionsOf(t)...) {
		if x.HasRows() {
			out = append(out, x)
		}
	}
	return out
}

func (b *binder) countRows(o *owner) int64 {
	var n float64
	for _, t := range o.leaves {
		rows := t.Rows
		if better, ok := b.o.Rows[t.Name]; ok {
			rows = float64(better)
		}
		if rows < 0 {
			if t.Pages > 0 {
				return 0 // never analysed and not empty: nothing is known
			}
			continue
		}
		n += rows
	}
	return int64(n)
}

// matchEntries finds the entry of each table, and the tables of each entry.
func (b *binder) matchEntries() {
	matched := map[*tableRule]bool{}
	var patterns []*tableRule
	for _, e := range b.policy.tables {
		if e.pattern.wild() {
			patterns = append(patterns, e)
			continue
		}
		t := b.exactTable(e)
		if t == nil {
			continue
		}
		o := b.byTable[t]
		if o.entry != nil {
			b.add(e.at.problem(fault.Policy, o.name, "this table has an entry already at %s", o.entry.at)).
				hint("put both into one entry")
			continue
		}
		o.entry, matched[e] = e, true
	}
	for _, o := range b.owners {
		var by *tableRule
		for _, e := range patterns {
			if !e.pattern.matches(o.table.Name) {
				continue
			}
			matched[e] = true
			if o.kind != plainOwner {
				continue // a broad pattern says nothing about tables that need no rule
			}
			if o.entry == nil && by != nil {
				b.add(e.at.problem(fault.Policy, o.name, "two patterns match this table; the other is %s at %s", by.key, by.at)).
					hint("give the table an entry of its own, which comes before any pattern, or narrow one of the two")
				continue
			}
			by = e
		}
		if o.entry == nil {
			o.entry = by
		}
	}
	for _, e := range patterns {
		if !matched[e] {
			b.unmatchedPattern(e)
		}
	}
	for _, o := range b.owners {
		b.applyEntry(o)
	}
}

// exactTable finds the table that an entry without wildcards names; nil after
// a problem.
func (b *binder) exactTable(e *tableRule) *catalog.Table {
	var t *catalog.Table
	for _, n := range e.pattern.exact() {
		if t = b.cat.Table(n); t != nil {
			break
		}
	}
	where := e.pattern.schema.String() + "." + e.pattern.name.String()
	problem := func(format string, args ...any) *noted {
		return b.add(e.at.problem(fault.Policy, where, format, args...))
	}
	switch {
	case t == nil:
		problem("the source has no table of this name").hint("%s", b.suggest(where, b.tableNames))
	case t.Partition != nil:
		problem("this is a partition of %s and follows its rule", t.Root().Name).
			hint("put the rule on %s, or detach the partition in production", t.Root().Name)
	case t.Kind == catalog.View || t.Kind == catalog.MatView:
		problem("this is a view: it shows what its tables hold after masking, and takes no rule")
	case t.Kind == catalog.Foreign:
		if e.rows == NoRows && e.rowsSet {
			return nil // just what happens anyway
		}
		problem("this is a foreign table: its rows are not copied, so it takes no rule")
	case b.byTable[t] == nil:
		problem("this relation stores no rows that could be copied, and takes no rule")
	default:
		return t
	}
	return nil
}

// unmatchedPattern explains a pattern that no table needs.
func (b *binder) unmatchedPattern(e *tableRule) {
	p := b.add(e.at.problem(fault.Policy, e.key, "this pattern matches no table of the source"))
	for _, t := range b.cat.Tables {
		if !e.pattern.matches(t.Name) {
			continue
		}
		if t.Partition != nil {
			p.Msg = "this pattern matches partitions only, and partitions follow their root's rule"
			p.hint("put the rule on %s", t.Root().Name)
			return
		}
		p.Msg = "this pattern matches nothing that stores rows"
	}
	p.hint("%s", b.suggest(e.key, b.tableNames))
}

// applyEntry takes over what an entry says about a table's rows.
func (b *binder) applyEntry(o *owner) {
	e := o.entry
	if e == nil {
		return
	}
	switch o.kind {
	case leftOutOwner:
		// A list of what to leave out is pasted below entries that are there already.
		b.warnings = append(b.warnings, e.at.problem(fault.Policy, o.name, "this table is left out of staging, so that its entry does nothing"))
		return
	case migrationOwner:
		if e.rows != AllRows || len(e.columns) > 0 {
			b.add(e.at.problem(fault.Policy, o.name, "this is the migration tool's version table: it is copied as it is, and this entry says otherwise")).
				hint("remove the entry")
		}
		return
	case extensionOwner:
		if !o.table.ExtensionConfig && (e.rows != NoRows || !e.rowsSet) {
			b.add(e.at.problem(fault.Policy, o.name, "this table belongs to the extension %s, which fills it itself", o.table.Extension)).
				hint("remove the entry")
			return
		}
		if !e.rowsSet && o.cond != "" {
			return // rules for columns; the extension's condition stays
		}
	}
	o.origin = e.at.String()
	o.rows, o.where, o.cond = e.rows, e.where, ""
	if e.where != nil {
		o.cond = e.where.text
	}
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
