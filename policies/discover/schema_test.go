package discover_test

import (
	"fmt"
	"testing"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/policies/discover"
)

// textColumns are columns of text of these names.
func textColumns(names ...string) []*catalog.Column {
	typ := &catalog.Type{Name: catalog.Name{Schema: "pg_catalog", Name: "text"}, Kind: 'b', Category: 'S'}
	var out []*catalog.Column
	for i, name := range names {
		out = append(out, &catalog.Column{Num: int16(i + 1), Name: name, Type: typ, TypMod: -1, TypeSQL: "text"})
	}
	return out
}

// TestSchema: what only many tables together tell.
func TestSchema(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		table   string // four of these, told apart by a number
		columns []string
		column  string
		want    discover.Class
	}{
		"a program called ip is no address": {"ip_client%d", []string{"address", "number"}, "number", discover.Street},
		"a prefix that says what rows are":  {"customer_%d", []string{"name", "city"}, "name", discover.FullName},
		"a number that many tables have":    {"visit_%d", []string{"provider_no", "notes"}, "provider_no", discover.Reference},
		"a tax number in many tables":       {"visit_%d", []string{"tax_number", "notes"}, "tax_number", discover.NationalID},
	} {
		cat := &catalog.Catalog{}
		for i := range 4 {
			cat.Tables = append(cat.Tables, &catalog.Table{Name: catalog.Name{Schema: "public", Name: fmt.Sprintf(c.table, i)},
				Kind: catalog.Ordinary, Columns: textColumns(c.columns...)})
		}
		for _, f := range discover.Schema(cat) {
			if f.Column == c.column && f.Class != c.want {
				t.Errorf("%s: %s.%s: %s %v, want %s", name, f.Table, f.Column, f.Class, f.Evidence, c.want)
			}
		}
	}
}
