// Package transform turns rows of the source into masked rows. A Table is the
// compiled plan of one table; its Streams take what COPY TO writes and hand on
// what COPY FROM reads. The package knows neither policy files nor databases:
// policies makes the plans, refresh joins the streams to both servers.
//
// # Subjects and row keys
//
// What a mask is keyed by, other than the column's own value, travels in
// hidden columns at the head of the source's SELECT, the Inputs. A mask gets
// the bytes of such a column as they are, so they must be the same for the
// same subject wherever it is met: in another table, under another integer
// type, in the other COPY format. That is why every input is an SQL expression
// of type text, evaluated by the source:
//
//	integers   id::text                       42
//	uuid       id::text                       lower case, with hyphens
//	text       email                          as it is; lower(email) where case does not matter
//	several    ROW(tenant_id, id)::text       (7,42), quoted by the server where need be
//	whole row  sha256(convert_to(t::text, 'UTF8'))::text, for a table without any key
//
// A key of several columns is one input: its caller writes one expression for
// it. ROW(…)::text tells apart whatever differs, also in the places of commas.
// Sessions of the source fix DateStyle, TimeZone, extra_float_digits and
// bytea_output, so the text of a value never depends on settings. In binary
// COPY a text's bytes are the text; in text COPY its escapes are removed; so
// both formats give a mask the same bytes. An input that is NULL is nil.
//
// A row's hash should be taken by the source, as above, because an input of
// more than 16 MiB is an error.
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
	Inputs  []Input        // hidden columns at the head of the SELECT; they are not forwarded
	Columns []Column       // in the order in which the target's COPY lists them
}

// InputKind says what a hidden column is for.
type InputKind uint8

const (
	Subject InputKind = iota // the key of the subject that the row belongs to
	Row                      // the key of the row itself
)

// Input is a hidden column.
type Input struct {
	Expr string // SQL of type text; see the package comment
	Kind InputKind
}

// Column is one column that the target gets. Masked columns come before kept
// ones: a run of kept columns is one move, and nothing that must be gathered
// follows a giant value.
type Column struct {
	Name    string        // as the catalog has it
	Expr    string        // SQL on the source: the quoted column, or an expression
	Mask    mask.Compiled // nil: the bytes pass as they are
	Rule    string        // the mask's name, for errors
	Subject int           // index into Inputs of the subject's key; -1 without
	Row     int           // index into Inputs of the row's key; -1 without
}

// SelectList is the list of expressions of the source's SELECT.
func (t *Table) SelectList() []string {
	list := make([]string, 0, len(t.Inputs)+len(t.Columns))
	for _, in := range t.Inputs {
		list = append(list, in.Expr)
	}
	for _, c := range t.Columns {
		list = append(list, c.Expr)
	}
	return list
}

// Header is what a COPY FROM wants before the first row: nothing in text
// format. The caller must not change it.
func Header(f copyrow.Format) []byte { return copyrow.Header(f) }

// Trailer is what a COPY FROM wants after the last row: nothing in text
// format. The caller must not change it.
func Trailer(f copyrow.Format) []byte { return copyrow.Trailer(f) }
