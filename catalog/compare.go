package catalog

import (
	"fmt"
	"strconv"
	"strings"
)

// OwnSchema is the schema of a generation in which understudy keeps its own
// tables. Compare expects it on the target only.
const OwnSchema = "_understudy"

// Difference is one way in which a target does not follow its source. It
// names objects and kinds of property; the text of defaults, checks, views
// and labels may hold personal data and is never quoted.
type Difference struct {
	Object string // as Display shows it
	What   string
}

func (d Difference) String() string { return d.Object + ": " + d.What }

// CompareOptions say what to compare.
type CompareOptions struct {
	// PostData also compares what is created after the data is loaded: indexes,
	// keys, foreign keys, NOT VALID constraints, row security, views' texts.
	PostData bool

	// Skip tells that an object is left out on purpose. It gets the name of a
	// relation, type or sequence as Name.String shows it, "schema NAME" or
	// "extension NAME". What belongs to a relation goes with it. May be nil.
	Skip func(object string) bool

	// Reread are definitions of the source's views, by name, as the target prints
	// them once it has read them. They are compared in place of the source's own.
	Reread map[string]string
}

// Compare finds where the target's schema differs from the source's, after
// pg_dump and our restore. OIDs, attnums, owners, comments, storage and
// everything that extensions own are no part of it. Expressions are compared
// as text between servers of the same major version, else by presence.
func Compare(source, target *Catalog, o CompareOptions) []Difference {
	d := describer{
		postData:  o.PostData,
		sameMajor: source.Server.Major() == target.Server.Major(),
		notNulls:  source.Server.Major() >= 18 && target.Server.Major() >= 18,
		skip:      o.Skip,
	}
	if d.skip == nil {
		d.skip = func(string) bool { return false }
	}
	asRead := d
	asRead.reread = o.Reread
	want, have := asRead.describe(source), d.describe(target)
	found := make(map[string]*thing, len(have))
	for _, t := range have {
		found[t.key()] = t
	}
	var out []Difference
	missing := map[string]bool{}
	for _, w := range want {
		h := found[w.key()]
		delete(found, w.key())
		switch {
		case h == nil && w.optional:
			if w.part == "" {
				missing[w.object] = true
			}
		case h == nil:
			if w.part == "" {
				missing[w.object] = true
			} else if missing[w.object] {
				continue
			}
			out = append(out, w.difference("is missing on the target"))
		default:
			out = append(out, w.compare(h)...)
		}
	}
	for _, h := range have {
		if found[h.key()] == nil || h.targetMayHave {
			continue
		}
		if h.part != "" && found[h.object+"\x00"] != nil {
			continue // its relation is reported already
		}
		out = append(out, h.difference("is on the target only"))
	}
	return out
}

// thing is an object, or a part of one, as a list of comparable facts.
type thing struct {
	object string // display name
	part   string // "column x", "check y"; empty for the object itself
	facts  []fact

	optional      bool // may be missing on the target
	targetMayHave bool // may be on the target only
}

type fact struct {
	what, value string
	private     bool // do not print the value
	soft        bool // counts only where both sides state it
}

func (t *thing) key() string { return t.object + "\x00" + t.part }

func (t *thing) difference(what string) Difference {
	if t.part != "" {
		what = t.part + " " + what
	}
	return Difference{Object: t.object, What: what}
}

func (t *thing) compare(other *thing) []Difference {
	values := make(map[string]string, len(other.facts))
	for _, f := range other.facts {
		values[f.what] = f.value
	}
	var out []Difference
	for _, f := range t.facts {
		value, ok := values[f.what]
		switch {
		case ok && value == f.value, !ok && f.soft:
		case f.private:
			out = append(out, t.difference("differs in its "+f.what))
		default:
			out = append(out, t.difference(fmt.Sprintf("differs in its %s: %s on the source, %s on the target", f.what, orNone(f.value), orNone(value))))
		}
	}
	return out
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func (t *thing) say(what, value string)      { t.facts = append(t.facts, fact{what: what, value: value}) }
func (t *thing) sayBool(what string, v bool) { t.say(what, strconv.FormatBool(v)) }

func (t *thing) sayByte(what string, v byte) {
	if v == 0 {
		t.say(what, "")
		return
	}
	t.say(what, string(rune(v)))
}

// describer turns a catalog into things.
type describer struct {
	postData  bool
	sameMajor bool
	notNulls  bool // both servers keep NOT NULL as named constraints
	skip      func(string) bool
	reread    map[string]string // definitions of views, in place of their own
}

// text adds an expression: itself where both servers print it alike, else
// whether there is one.
func (d *describer) text(t *thing, what, expr string) {
	if !d.sameMajor && expr != "" {
		expr = "present"
	}
	t.facts = append(t.facts, fact{what: what, value: Settled(expr), private: true})
}

func (d *describer) describe(c *Catalog) []*thing {
	var out []*thing
	db := &thing{object: "database"}
	db.say("encoding", c.Database.Encoding)
	out = append(out, db)
	for _, e := range c.Extensions {
		t := &thing{object: "extension " + Display(e.Name)}
		t.say("schema", Display(e.Schema))
		t.targetMayHave = true // brought along by the template database
		if !d.skip(t.object) {
			out = append(out, t)
		}
	}
	for _, s := range c.Schemas {
		t := &thing{object: "schema " + Display(s.Name), targetMayHave: s.Name == "public" || s.Name == OwnSchema}
		if s.Extension == "" && !d.skip(t.object) {
			out = append(out, t)
		}
	}
	for _, t := range c.Types {
		if t.Extension == "" && !t.Name.builtIn() && !d.skip(t.Name.String()) {
			out = append(out, d.typ(t)...)
		}
	}
	for _, s := range c.Sequences {
		if s.Extension == "" && s.Name.Schema != OwnSchema && !d.skip(s.Name.String()) {
			if s.OwnedBy == nil || !d.skip(s.OwnedBy.Name.String()) {
				out = append(out, d.sequence(s))
			}
		}
	}
	for _, t := range c.Tables {
		if t.Extension == "" && t.Name.Schema != OwnSchema && !d.skip(t.Name.String()) {
			out = append(out, d.table(t)...)
		}
	}
	return out
}

func (n Name) builtIn() bool {
	return n.Schema == "information_schema" || strings.HasPrefix(n.Schema, "pg_")
}

func (d *describer) typ(t *Type) []*thing {
	out := &thing{object: "type " + t.Name.String(), targetMayHave: true}
	all := []*thing{out}
	if t.Array {
		return nil // as its element
	}
	out.sayByte("kind", t.Kind)
	switch t.Kind {
	case 'e':
		out.facts = append(out.facts, fact{what: "labels", value: strings.Join(t.Labels, "\x00"), private: true})
	case 'd':
		out.say("base type", typeName(t.Base))
		out.say("base type's modifier", strconv.Itoa(int(t.BaseMod)))
		out.sayBool("NOT NULL", t.NotNull)
		out.say("collation", t.Collation)
		d.text(out, "default", t.Default)
		all = append(all, d.checks(out.object, t.Checks)...)
	case 'r', 'm':
		out.say("subtype", typeName(t.Elem))
	case 'c':
		names := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			names[i] = Display(f.Name) + " " + f.TypeSQL
		}
		out.say("attributes", strings.Join(names, ", "))
	}
	return all
}

func typeName(t *Type) string {
	if t == nil {
		return ""
	}
	return t.Name.String()
}

func (d *describer) sequence(s *Sequence) *thing {
	t := &thing{object: "sequence " + s.Name.String()}
	t.say("type", s.TypeName)
	t.say("start value", strconv.FormatInt(s.Start, 10))
	t.say("minimum", strconv.FormatInt(s.Min, 10))
	t.say("maximum", strconv.FormatInt(s.Max, 10))
	t.say("increment", strconv.FormatInt(s.Increment, 10))
	t.say("cache", strconv.FormatInt(s.Cache, 10))
	t.sayBool("cycle", s.Cycle)
	t.sayBool("identity", s.Identity)
	owner := ""
	if s.OwnedBy != nil {
		owner = s.OwnedBy.Name.String() + "." + columnNames(s.OwnedBy, []int16{s.OwnedCol})
	}
	t.say("owner column", owner)
	return t
}

func (d *describer) table(t *Table) []*thing {
	out := &thing{object: t.Name.String()}
	// A view that groups by a primary key can be created only after the key.
	view := t.Kind == View || t.Kind == MatView
	out.optional = view && !d.postData
	out.sayByte("kind", byte(t.Kind))
	out.say("access method", t.AccessMethod)
	out.sayBool("row type OF", t.OfType != 0)
	if t.PartKey != nil {
		d.text(out, "partition key", t.PartKey.Definition)
		out.sayByte("partition strategy", t.PartKey.Strategy)
	}
	if t.Partition != nil {
		out.say("partitioned parent", t.Partition.Parent.Name.String())
		d.text(out, "partition bound", t.Partition.Bound)
	}
	parents := make([]string, len(t.Parents))
	for i, p := range t.Parents {
		parents[i] = p.Name.String()
	}
	out.say("inheritance parents", strings.Join(parents, ", "))
	if d.postData {
		out.sayBool("row security", t.RowSecurity)
		out.sayBool("forced row security", t.ForceRowSecurity)
		if view {
			definition := t.Definition
			if text, ok := d.reread[t.Name.String()]; ok {
				definition = text
			}
			d.text(out, "definition", definition)
		}
	}
	all := []*thing{out}
	all = append(all, d.columns(t)...)
	all = append(all, d.checks(out.object, t.Checks)...)
	if d.postData {
		all = append(all, d.indexes(t)...)
		all = append(all, d.foreignKeys(t)...)
	}
	return all
}

func (d *describer) columns(t *Table) []*thing {
	// Not until after the data does a NOT VALID constraint exist (18).
	pending := map[int16]bool{}
	if !d.postData {
		for _, k := range t.Checks {
			if k.NotNull && !k.Validated && len(k.Columns) == 1 {
				pending[k.Columns[0]] = true
			}
		}
	}
	var all []*thing
	for i, c := range t.Columns {
		out := &thing{object: t.Name.String(), part: "column " + Display(c.Name)}
		if len(t.Parents) == 0 {
			// Restoring an inheritance child puts inherited columns first.
			out.facts = append(out.facts, fact{what: "position", value: strconv.Itoa(i + 1), soft: true})
		}
		out.say("type", c.TypeSQL)
		out.say("collation", c.Collation)
		if t.Kind == View || t.Kind == MatView {
			all = append(all, out)
			continue
		}
		out.sayBool("NOT NULL", c.NotNull && !pending[c.Num])
		d.text(out, "default", c.Default)
		out.sayByte("generation", c.Generated)
		if t.Partition == nil || d.sameMajor {
			out.sayByte("identity", c.Identity) // 17 hands it down to partitions
		}
		all = append(all, out)
	}
	return all
}

// checks describes the CHECK and NOT NULL constraints of a table or a domain.
func (d *describer) checks(object string, checks []*Check) []*thing {
	var all []*thing
	for _, k := range checks {
		if !k.Validated && !d.postData {
			continue
		}
		if k.NotNull && (!d.notNulls || !k.Local) {
			continue
		}
		out := &thing{object: object, part: "check " + Display(k.Name)}
		out.optional = k.CallsFunction && !d.postData
		if k.NotNull {
			// Its name may be the server's choice; the column itself says NOT NULL.
			out.part = "NOT NULL constraint " + Display(k.Name)
			out.optional, out.targetMayHave = true, true
		} else {
			d.text(out, "definition", k.Definition)
		}
		out.sayBool("validity", k.Validated)
		out.sayBool("enforcement", k.Enforced)
		out.sayBool("NO INHERIT", k.NoInherit)
		all = append(all, out)
	}
	return all
}

func (d *describer) indexes(t *Table) []*thing {
	names := map[OID]string{}
	if t.Partition != nil {
		for _, x := range t.Partition.Parent.Indexes {
			names[x.OID] = x.Name.String()
		}
	}
	var all []*thing
	for _, x := range t.Indexes {
		if !x.Valid && t.Kind != Partitioned {
			// pg_dump leaves invalid indexes out. One on the target alone means trouble.
			all = append(all, &thing{object: t.Name.String(), part: "index " + Display(x.Name.Name) + ", invalid,", optional: true})
			continue
		}
		out := &thing{object: t.Name.String(), part: "index " + Display(x.Name.Name)}
		d.text(out, "definition", x.Definition)
		out.say("method", x.Method)
		keys := make([]string, len(x.Keys))
		for i, k := range x.Keys {
			keys[i] = "expression"
			if k.Column != 0 {
				keys[i] = columnNames(t, []int16{k.Column})
			}
		}
		out.say("keys", strings.Join(keys, ", "))
		out.say("included columns", columnNames(t, x.Include))
		out.sayBool("uniqueness", x.Unique)
		out.sayBool("primary key", x.Primary)
		out.sayBool("exclusion", x.Exclusion)
		out.sayBool("NULLS NOT DISTINCT", x.NullsNotDistinct)
		out.sayBool("immediate check", x.Immediate)
		out.sayBool("validity", x.Valid)
		out.sayBool("WITHOUT OVERLAPS", x.Temporal)
		d.text(out, "predicate", x.Predicate)
		out.say("constraint", Display(x.Constraint))
		d.text(out, "constraint's definition", x.ConstraintDef)
		out.say("parent index", names[x.Parent])
		all = append(all, out)
	}
	return all
}

func (d *describer) foreignKeys(t *Table) []*thing {
	var all []*thing
	for _, f := range t.ForeignKeys {
		if f.Inherited || d.skip(f.References.Name.String()) {
			continue // clones get names of the server's choice
		}
		out := &thing{object: t.Name.String(), part: "foreign key " + Display(f.Name)}
		d.text(out, "definition", f.Definition)
		out.say("columns", columnNames(t, f.Columns))
		out.say("reference", f.References.Name.String()+" ("+columnNames(f.References, f.RefColumns)+")")
		out.sayByte("ON DELETE action", f.OnDelete)
		out.sayByte("ON UPDATE action", f.OnUpdate)
		out.sayByte("match type", f.Match)
		out.sayBool("deferrability", f.Deferrable)
		out.sayBool("initial deferral", f.Deferred)
		out.sayBool("validity", f.Validated)
		out.sayBool("enforcement", f.Enforced)
		out.sayBool("PERIOD", f.Period)
		all = append(all, out)
	}
	return all
}

func columnNames(t *Table, nums []int16) string {
	names := make([]string, len(nums))
	for i, n := range nums {
		names[i] = "?"
		if c := t.ColumnNum(n); c != nil {
			names[i] = Display(c.Name)
		}
	}
	return strings.Join(names, ", ")
}
