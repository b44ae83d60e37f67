package schema

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/load/archive"
)

// Object identifiers of system catalogs, as archive entries bear them. They
// are the same in every version.
const (
	classType     catalog.OID = 1247
	classRelation catalog.OID = 1259
)

// ref is an object of the source: a system catalog and a row of it.
type ref struct {
	class, oid catalog.OID
}

// names finds entries and tells what to call them.
type names struct {
	a       *archive.Archive
	byOID   map[ref]*archive.Entry
	shown   map[string][]*archive.Entry // by shownAs
	partsOf map[string][]*archive.Entry // parts by shownAs of what they belong to
	schemas map[string]*archive.Entry
	shells  map[catalog.Name]*archive.Entry // of base types
	parents map[int]*archive.Entry
	indexes map[catalog.OID]*catalog.Table // tables by their indexes' OIDs
	keys    map[int]keyed                  // constraints with an index, by dump ID
}

// keyed is a constraint's index and its table.
type keyed struct {
	table *catalog.Table
	index *catalog.Index
}

func newNames(a *archive.Archive, src *catalog.Catalog) *names {
	n := &names{
		a:       a,
		byOID:   make(map[ref]*archive.Entry, len(a.Entries)),
		shown:   make(map[string][]*archive.Entry),
		partsOf: make(map[string][]*archive.Entry),
		schemas: make(map[string]*archive.Entry),
		shells:  make(map[catalog.Name]*archive.Entry),
		parents: make(map[int]*archive.Entry),
		indexes: make(map[catalog.OID]*catalog.Table),
		keys:    make(map[int]keyed),
	}
	for _, t := range src.Tables {
		for _, x := range t.Indexes {
			n.indexes[x.OID] = t
		}
	}
	for _, e := range a.Entries {
		if e.OID != 0 && e.TableOID != 0 && kindOf(e).fate != ignore {
			n.byOID[ref{e.TableOID, e.OID}] = e
		}
		if s := shownAs(e); s != "" {
			n.shown[s] = append(n.shown[s], e)
		}
		switch e.Desc {
		case "SCHEMA":
			n.schemas[e.Tag] = e
		case "SHELL TYPE":
			n.shells[catalog.Name{Schema: e.Namespace, Name: e.Tag}] = e
		}
	}
	for _, e := range a.Entries {
		if !kindOf(e).part {
			continue
		}
		d := n.findParent(e)
		if d == nil {
			continue
		}
		n.parents[e.ID] = d
		n.partsOf[shownAs(d)] = append(n.partsOf[shownAs(d)], e)
		if e.Desc != "CONSTRAINT" || d.TableOID != classRelation {
			continue
		}
		if t := src.TableOID(d.OID); t != nil {
			for _, x := range t.Indexes {
				if x.Constraint != "" && e.Tag == t.Name.Name+" "+x.Constraint {
					n.keys[e.ID] = keyed{t, x}
				}
			}
		}
	}
	return n
}

// parent is the object that a part belongs to, nil if that is not known.
func (n *names) parent(e *archive.Entry) *archive.Entry { return n.parents[e.ID] }

func (n *names) findParent(e *archive.Entry) *archive.Entry {
	switch {
	case e.Desc == "ROW SECURITY":
		return n.byOID[ref{classRelation, e.OID}]
	case e.Desc == "INDEX":
		if t := n.indexes[e.OID]; t != nil {
			return n.byOID[ref{classRelation, t.OID}]
		}
	case tagged[e.Desc]:
		// The table's name is the beginning of the tag. Several may fit; the
		// longest is the one, because shorter ones that are dependencies too
		// would need a name that contains a space and the rest of the longer.
		var best *archive.Entry
		for _, id := range e.Deps {
			d := n.a.Entry(id)
			if d == nil || d.Namespace != e.Namespace || d.TableOID != classRelation && d.TableOID != classType {
				continue
			}
			if strings.HasPrefix(e.Tag, d.Tag+" ") && (best == nil || len(d.Tag) > len(best.Tag)) {
				best = d
			}
		}
		return best
	}
	var first *archive.Entry
	for _, id := range e.Deps {
		d := n.a.Entry(id)
		switch {
		case d == nil || minor[d.Desc]:
		case e.Desc != "STATISTICS" || d.TableOID == classRelation:
			return d
		case first == nil:
			first = d // statistics depend on their schema as well
		}
	}
	return first
}

// object is what to call an entry: its kind and its name.
func (n *names) object(e *archive.Entry) string {
	if isViewRule(e) {
		if view := n.parent(e); view != nil {
			e = view
		}
	}
	var b strings.Builder
	b.WriteString(kindOf(e).say(e.Desc))
	b.WriteByte(' ')
	if e.Desc == "COMMENT" || e.Desc == "SECURITY LABEL" || e.Desc == "ACL" {
		b.WriteString("on ")
		b.WriteString(bare(e.Tag))
		return b.String()
	}
	if e.Namespace != "" {
		b.WriteString(catalog.Display(e.Namespace))
		b.WriteByte('.')
	}
	if d := n.parent(e); d != nil && tagged[e.Desc] && strings.HasPrefix(e.Tag, d.Tag+" ") {
		b.WriteString(catalog.Display(d.Tag) + "." + catalog.Display(e.Tag[len(d.Tag)+1:]))
		return b.String()
	}
	switch e.Desc {
	case "FUNCTION", "PROCEDURE", "AGGREGATE", "OPERATOR", "CAST", "TRANSFORM", "DEFAULT ACL", "USER MAPPING":
		// More than a name, and sometimes with the kind in it.
		b.WriteString(bare(strings.TrimPrefix(e.Tag, e.Desc+" ")))
	default:
		b.WriteString(catalog.Display(e.Tag))
	}
	return b.String()
}

var plainIdentifier = regexp.MustCompile(`"([a-z_][a-z0-9_]*)"`)

// bare is SQL for a person to read: identifiers that need no quotes, which
// pg_dump --quote-all-identifiers gives them, go without.
func bare(s string) string { return printable(plainIdentifier.ReplaceAllString(s, "$1")) }

// printable is text that cannot disturb a terminal.
func printable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
		return s
	}
	q := strconv.Quote(s)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}
