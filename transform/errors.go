package transform

import (
	"fmt"

	"github.com/understudy-db/understudy/catalog"
)

// ColumnError is a value that no mask could stand in for. It names the place
// and never the value.
type ColumnError struct {
	Table  string // display name
	Column string // as the catalog has it; "subject key" or "row key" for a hidden input
	Rule   string // name of the mask; empty for a hidden input
	Row    int64  // counted from 1 within the stream
	Msg    string
}

func (e *ColumnError) Error() string {
	if e.Rule == "" {
		return fmt.Sprintf("%s: %s: row %d of its chunk: %s", e.Table, e.Column, e.Row, e.Msg)
	}
	return fmt.Sprintf("%s.%s (%s): row %d of its chunk: %s", e.Table, catalog.Display(e.Column), e.Rule, e.Row, e.Msg)
}
