package load

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// ConstraintError is a row that the table does not take: a violated constraint
// (class 23), a value that does not fit its type (class 22), a row that fits no
// page. It holds names only, never the row.
type ConstraintError struct {
	Table      catalog.Name
	Column     string // empty where the server does not say
	Constraint string // empty for a type's own limits
	Domain     string // the domain whose constraint it is, if it is one
	SQLState   string
	Row        int64 // which of the rows sent, from 1; 0 where the server does not say

	reason string
}

func (e *ConstraintError) Error() string {
	var b strings.Builder
	b.WriteString(e.reason)
	if e.Column != "" {
		b.WriteString(", column " + catalog.Display(e.Column))
	}
	if e.Constraint != "" {
		b.WriteString(", constraint " + catalog.Display(e.Constraint))
	}
	if e.Domain != "" {
		b.WriteString(" of domain " + catalog.Display(e.Domain))
	}
	fmt.Fprintf(&b, " (SQLSTATE %s)", e.SQLState)
	return b.String()
}

// loadFailed is the error of a load to show.
func (b *Build) loadFailed(err error, load TableLoad, key loadKey) error {
	var done *CommittedError
	var already *fault.Error
	switch {
	case errors.As(err, &done):
		return err
	case errors.As(err, &already) && already.Where != "":
		return err
	case errors.As(err, &already):
		return fault.Wrap(already.Kind, err, "load").At(key.place()).WithHint("%s", already.Hint)
	case dataState(catalog.SQLState(err)):
		return fault.Wrap(fault.Data, constraintError(err, load), "load").At(key.place())
	case missingState(catalog.SQLState(err)):
		// The server's message quotes the value. Without a column it speaks of
		// the table or a function, not of a value.
		if e := constraintError(err, load); e.Column != "" {
			e.reason = "a value names an object that the target does not have"
			return fault.Wrap(fault.Data, e, "load").At(key.place()).
				WithHint("rows cannot name roles that the target lacks, nor indexes and other objects that are made after the data: give the column a rule, such as null")
		}
	}
	wrapped := b.failed(err, "load")
	if errors.As(wrapped, &already) {
		already.Where = key.place()
		return already
	}
	return fmt.Errorf("%s: %w", key.place(), wrapped)
}

// place is where a load happens, in messages.
func (k loadKey) place() string {
	if k.chunk == 0 {
		return k.table.String()
	}
	return fmt.Sprintf("%s chunk %d", k.table, k.chunk)
}

func constraintError(err error, load TableLoad) *ConstraintError {
	e := &ConstraintError{Table: load.Table.Name, SQLState: catalog.SQLState(err), reason: "a row does not fit"}
	var pg *pgconn.PgError
	named := ""
	if errors.As(err, &pg) {
		named = columnInContext(pg.Where, load)
	}
	var safe *catalog.ServerError
	if errors.As(catalog.Redact(err), &safe) {
		e.reason, e.Constraint, e.Domain, e.Row = safe.Message, safe.Constraint, safe.DataType, safe.Line
		if e.Column = safe.Column; e.Column == "" || load.Table.Column(e.Column) == nil {
			e.Column = named
		}
		if safe.Table != "" && safe.Constraint != "" {
			// A partition that the root has chosen.
			e.Table = catalog.Name{Schema: safe.Schema, Name: safe.Table}
		}
	}
	return e
}

// columnInContext finds which of the load's columns the server's context
// names: it says «COPY t, line 7, column name: "value"», in its own language
// and with names unquoted. Only a name that we know already is taken from it.
func columnInContext(where string, load TableLoad) string {
	line, _, _ := strings.Cut(where, "\n")
	rest, ok := strings.CutPrefix(line, "COPY "+load.target().Name+", ")
	if !ok {
		return ""
	}
	_, rest, ok = strings.Cut(rest, ", ")
	if !ok {
		return ""
	}
	_, rest, ok = strings.Cut(rest, " ")
	if !ok {
		return ""
	}
	found := ""
	for _, c := range load.Columns {
		after, ok := strings.CutPrefix(rest, c)
		if ok && (after == "" || strings.HasPrefix(after, ": ")) && len(c) > len(found) {
			found = c
		}
	}
	return found
}
