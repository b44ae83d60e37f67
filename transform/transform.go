// Package transform turns rows of the source into masked rows. A Table is the
// compiled plan of one table; its Streams take what COPY TO writes and hand on
// what COPY FROM reads. The package knows neither policy files nor databases:
// policies makes the plans, refresh joins the streams to both servers.
//
// # Subjects and row keys
//
// What a mask is keyed by, other than the column's own value, is an Input: a
// text that must be the same for the same subject wherever it is met, in
// another table, under another integer type, in the other COPY format. It is
// made of fields at the head of the source's SELECT, the Keys:
//
//	integers   id                             42
//	uuid       id                             lower case, with hyphens
//	dates      happened_at                    2026-01-01 00:00:00+00
//	text       email                          as it is; lower(email) where case does not matter
//	several    tenant_id, id                  1:72:42, each with its length before it; of a
//	                                          row's own key 16 bytes, see mask.AppendKeyPart
//	whole row  sha256(convert_to(t::text, 'UTF8'))::text, for a table without any key
//
// Of integers, uuids and dates the source sends what it stores, and their text
// is made here: that costs a fraction of a cast to text on the source, and a
// key that is also a kept column travels once. Everything else is an SQL
// expression of type text. Sessions of the source fix DateStyle, TimeZone,
// extra_float_digits and bytea_output, so the text of a value never depends on
// settings. An input with a part that is NULL is nil.
//
// A row's hash should be taken by the source, as above, because a key of more
// than 16 MiB is an error.
package transform

import (
	"github.com/understudy-db/understudy/transform/copyrow"
	"github.com/understudy-db/understudy/transform/mask"
)

// Table is the plan of one table: which columns are read, in which order, and
// what masks them. It is read-only once it is made, and may be shared.
type Table struct {
	Name    string         // display name, for errors
	Format  copyrow.Format // of the source's COPY and of the target's
	Keys    []Key          // fields at the head of the SELECT that inputs are made of
	Inputs  []Input        // what masks are keyed by
	Columns []Column       // in the order in which the target's COPY lists them
}

// InputKind says what a hidden column is for.
type InputKind uint8

const (
	Subject InputKind = iota // the key of the subject that the row belongs to
	Row                      // the key of the row itself
	Case                     // which of a column's conditions holds
)

// Key is a field at the head of the source's SELECT.
type Key struct {
	Expr string
	// Kind is that of a column which is sent as it is stored, one of those that
	// mask.AppendText takes. Other: the expression is of type text.
	Kind mask.Kind
	// Kept says that the field is a column as well: the first of Columns that
	// no earlier key is.
	Kept bool
}

// Input is what masks are keyed by.
type Input struct {
	Kind  InputKind
	Parts []int // indexes into Keys
}

// Column is one column that the target gets. Those that are keys come first,
// then masked ones, then the other kept ones: a run of kept columns is one
// move, and nothing that must be gathered follows a giant value.
type Column struct {
	Name    string        // as the catalog has it
	Expr    string        // SQL on the source: the quoted column, or an expression
	Mask    mask.Compiled // nil: the bytes pass as they are
	Rule    string        // the mask's name, for errors
	Source  string        // SQL of the column itself, where Expr is another expression and what it changes is to be counted, or its values are observed
	Subject int           // index into Inputs of the subject's key; -1 without
	Row     int           // index into Inputs of the row's key; -1 without
	Afters  []int         // indexes into Keys: the columns that come before, as the mask's Anchor says
	Case    int           // 1 + index into Inputs of the condition that holds; 0 without
}

// SelectList is the list of expressions of the source's SELECT.
func (t *Table) SelectList() []string {
	list := make([]string, 0, len(t.Keys)+len(t.Columns))
	for _, k := range t.Keys {
		list = append(list, k.Expr)
	}
	for _, c := range t.Columns {
		if c.Source != "" {
			list = append(list, c.Source)
		}
	}
	for _, c := range t.Columns[t.keptKeys():] {
		list = append(list, c.Expr)
	}
	return list
}

// compared is how many columns come beside the expressions that stand in for
// them, between the keys and the columns.
func (t *Table) compared() int {
	n := 0
	for _, c := range t.Columns {
		if c.Source != "" {
			n++
		}
	}
	return n
}

// keptKeys is how many of the columns come with the keys.
func (t *Table) keptKeys() int {
	n := 0
	for _, k := range t.Keys {
		if k.Kept {
			n++
		}
	}
	return n
}

// Header is what a COPY FROM wants before the first row: nothing in text
// format. The caller must not change it.
func Header(f copyrow.Format) []byte { return copyrow.Header(f) }

// Trailer is what a COPY FROM wants after the last row: nothing in text
// format. The caller must not change it.
func Trailer(f copyrow.Format) []byte { return copyrow.Trailer(f) }
