package catalog

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
)

// Fingerprint is a schema in names and hashes, small enough to be kept beside a
// copy and to be compared with the schema of a later day. Definitions and
// labels, which can hold data, are in it as hashes only.
type Fingerprint struct {
	Tables map[string]*TablePrint `json:"tables"` // by name, views and the like included
	Types  map[string]*TypePrint  `json:"types"`  // enums, domains, composites
}

// TablePrint is a relation. A partition has its parent's name and nothing else.
type TablePrint struct {
	OID        OID               `json:"oid"`
	Kind       string            `json:"kind,omitempty"`
	Parent     string            `json:"parent,omitempty"`
	Definition string            `json:"definition,omitempty"` // hash of a view's query
	Comment    string            `json:"comment,omitempty"`    // hash
	Columns    []ColumnPrint     `json:"columns,omitempty"`
	Checks     map[string]string `json:"checks,omitempty"` // hash by name
}

// ColumnPrint is a column.
type ColumnPrint struct {
	Num       int16  `json:"num"`
	Name      string `json:"name"`
	Type      string `json:"type"`
	Default   string `json:"default,omitempty"`   // hash
	Generated string `json:"generated,omitempty"` // hash
	Comment   string `json:"comment,omitempty"`   // hash
}

// TypePrint is a type of the schema's own.
type TypePrint struct {
	Base    string            `json:"base,omitempty"`    // of a domain
	Default string            `json:"default,omitempty"` // hash, of a domain
	Checks  map[string]string `json:"checks,omitempty"`  // hash by name, of a domain
	Labels  []string          `json:"labels,omitempty"`  // hashes, of an enum
	Fields  []string          `json:"fields,omitempty"`  // name and type, of a composite
}

// printBytes of a SHA-256 hash are enough to see that a text has changed.
const printBytes = 8

func printOf(text string) string {
	if text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:printBytes])
}

// Fingerprint takes the catalog's. Members of extensions are left out.
func (c *Catalog) Fingerprint() *Fingerprint {
	f := &Fingerprint{Tables: map[string]*TablePrint{}, Types: map[string]*TypePrint{}}
	for _, t := range c.Tables {
		if t.Extension == "" {
			f.Tables[t.Name.String()] = printTable(t)
		}
	}
	for _, t := range c.Types {
		if t.Extension != "" || t.Name.Schema == "pg_catalog" || t.Name.Schema == "information_schema" || t.Array || t.Kind == 'c' && t.Fields == nil {
			continue
		}
		p := &TypePrint{Default: printOf(t.Default), Checks: printChecks(t.Checks)}
		if t.Base != nil {
			p.Base = t.Base.Name.String()
		}
		for _, l := range t.Labels {
			p.Labels = append(p.Labels, printOf(l))
		}
		for _, x := range t.Fields {
			p.Fields = append(p.Fields, x.Name+" "+x.TypeSQL)
		}
		f.Types[t.Name.String()] = p
	}
	return f
}

var kindWords = map[Kind]string{
	Ordinary: "table", Partitioned: "partitioned table", Foreign: "foreign table", View: "view", MatView: "materialized view", Composite: "composite type",
}

func printTable(t *Table) *TablePrint {
	p := &TablePrint{OID: t.OID}
	if t.Partition != nil {
		p.Parent = t.Partition.Parent.Name.String()
		return p
	}
	p.Kind, p.Definition, p.Comment, p.Checks = kindWords[t.Kind], printOf(Settled(t.Definition)), printOf(t.Comment), printChecks(t.Checks)
	for _, c := range t.Columns {
		x := ColumnPrint{Num: c.Num, Name: c.Name, Type: c.TypeSQL, Comment: printOf(c.Comment)}
		if c.Generated != 0 {
			x.Generated = printOf(Settled(c.Default))
		} else {
			x.Default = printOf(Settled(c.Default))
		}
		p.Columns = append(p.Columns, x)
	}
	return p
}

func printChecks(checks []*Check) map[string]string {
	out := map[string]string{}
	for _, c := range checks {
		if !c.NotNull {
			out[c.Name] = printOf(Settled(c.Definition))
		}
	}
	return out
}

// Change is one difference between a schema and what it was. Detail and Remedy
// hold names and no definitions.
type Change struct {
	Kind   string `json:"kind"` // such as column_added
	Object string `json:"object"`
	Detail string `json:"detail"`
	Remedy string `json:"remedy,omitempty"`
}

// Since lists what has changed since an earlier fingerprint, in the order of
// the objects' names. New partitions of a table that was partitioned before are
// no change. What was renamed is recognised by OID and column number.
func (f *Fingerprint) Since(was *Fingerprint) []Change {
	d := &drift{was: was, now: f}
	d.tables()
	d.types()
	slices.SortStableFunc(d.out, func(a, b Change) int { return cmp.Or(cmp.Compare(a.Object, b.Object), cmp.Compare(a.Kind, b.Kind)) })
	return d.out
}

type drift struct {
	was, now *Fingerprint
	out      []Change
}

func (d *drift) add(kind, object, remedy, format string, args ...any) {
	d.out = append(d.out, Change{kind, object, fmt.Sprintf(format, args...), remedy})
}

func (d *drift) tables() {
	byOID := map[OID]string{}
	for name, t := range d.was.Tables {
		byOID[t.OID] = name
	}
	renamed := map[string]bool{} // old names
	for _, name := range slices.Sorted(maps.Keys(d.now.Tables)) {
		now, was := d.now.Tables[name], d.was.Tables[name]
		if was == nil {
			old := byOID[now.OID]
			before := d.was.Tables[old]
			if before == nil || d.now.Tables[old] != nil || before.Kind != now.Kind && now.Parent == "" && before.Parent == "" {
				if now.Parent == "" {
					d.add("table_added", name, "give it an entry in the policy", "this %s is new", now.word())
				}
				continue
			}
			renamed[old] = true
			if now.Parent == "" {
				d.add("table_renamed", name, "move the entry of "+old+" to "+name, "this %s was %s", now.word(), old)
			}
			was = before
		}
		d.table(name, was, now)
	}
	for _, name := range slices.Sorted(maps.Keys(d.was.Tables)) {
		if was := d.was.Tables[name]; d.now.Tables[name] == nil && !renamed[name] && was.Parent == "" {
			d.add("table_dropped", name, "delete its entry from the policy", "this %s is gone", was.word())
		}
	}
}

func (t *TablePrint) word() string {
	if t.Kind == "" {
		return "partition"
	}
	return t.Kind
}

func (d *drift) table(name string, was, now *TablePrint) {
	switch {
	case was.Parent != "" && now.Parent == "":
		d.add("partition_detached", name, "give it an entry in the policy, or drop it", "this was a partition of %s", was.Parent)
		return
	case was.Parent == "" && now.Parent != "":
		d.add("partition_attached", name, "its rows follow the entry of "+now.Parent+" now", "this is a partition of %s now", now.Parent)
		return
	case now.Parent != "":
		return
	}
	if was.Definition != now.Definition {
		d.add("view_changed", name, "look at what its query spells out", "the query of this %s has changed", now.word())
	}
	d.comment(name, was.Comment, now.Comment)
	d.checks("", name, was.Checks, now.Checks)
	byNum := map[int16]ColumnPrint{}
	for _, c := range was.Columns {
		byNum[c.Num] = c
	}
	for _, c := range now.Columns {
		column := name + "." + Display(c.Name)
		old, ok := byNum[c.Num]
		delete(byNum, c.Num)
		if !ok {
			d.add("column_added", column, "give it a rule in the policy", "this column, of type %s, is new", c.Type)
			continue
		}
		if old.Name != c.Name {
			d.add("column_renamed", column, fmt.Sprintf("move the rule of %s to %s", Display(old.Name), Display(c.Name)), "this column was %s", Display(old.Name))
		}
		if old.Type != c.Type {
			d.add("column_retyped", column, "see that its rule still fits", "this column was of type %s and is of type %s", old.Type, c.Type)
		}
		switch {
		case (old.Generated == "") != (c.Generated == ""):
			word := "is generated now"
			if c.Generated == "" {
				word = "is not generated any more"
			}
			d.add("generated_changed", column, "see that its rule still fits", "this column %s", word)
		case old.Generated != c.Generated:
			d.add("generated_changed", column, "see what it is made of", "this column is generated from something else")
		case old.Default != c.Default:
			d.add("default_changed", column, "look at what it spells out", "the default of this column has changed")
		}
		d.comment(column, old.Comment, c.Comment)
	}
	for _, num := range slices.Sorted(maps.Keys(byNum)) {
		d.add("column_dropped", name+"."+Display(byNum[num].Name), "delete its rule from the policy", "this column is gone")
	}
}

func (d *drift) comment(object, was, now string) {
	if was != now && now != "" {
		d.add("comment_changed", object, "look at what it says, or leave comments behind: comments: none", "its comment has changed")
	}
}

func (d *drift) checks(what, object string, was, now map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(now)) {
		switch old, ok := was[name]; {
		case !ok:
			d.add(what+"check_added", object+"."+Display(name), "see that the masks' output passes it", "this check is new")
		case old != now[name]:
			d.add(what+"check_changed", object+"."+Display(name), "see that the masks' output passes it", "this check has changed")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(was)) {
		if _, ok := now[name]; !ok {
			d.add(what+"check_dropped", object+"."+Display(name), "", "this check is gone")
		}
	}
}

func (d *drift) types() {
	for _, name := range slices.Sorted(maps.Keys(d.now.Types)) {
		now, was := d.now.Types[name], d.was.Types[name]
		if was == nil {
			d.add("type_added", name, "", "this type is new in the tables")
			continue
		}
		for i, label := range now.Labels {
			if !slices.Contains(was.Labels, label) {
				d.add("enum_label_added", name, "see that it is no value of a person's", "label %d of %d is new", i+1, len(now.Labels))
			}
		}
		for i, label := range was.Labels {
			if !slices.Contains(now.Labels, label) {
				d.add("enum_label_dropped", name, "see that no rule writes it", "label %d of %d is gone", i+1, len(was.Labels))
			}
		}
		if was.Base != now.Base {
			d.add("domain_changed", name, "see that its columns' rules still fit", "this domain was over %s and is over %s", was.Base, now.Base)
		}
		if was.Default != now.Default {
			d.add("domain_changed", name, "look at what it spells out", "the default of this domain has changed")
		}
		d.checks("domain_", name, was.Checks, now.Checks)
		if !slices.Equal(was.Fields, now.Fields) {
			d.add("composite_changed", name, "see that its columns' rules still fit", "the fields of this type have changed")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.was.Types)) {
		if d.now.Types[name] == nil {
			d.add("type_dropped", name, "", "no table has this type any more")
		}
	}
}
