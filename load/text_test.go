package load

import (
	"bytes"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/catalog"
)

// Parts of a table show each row once, also where row security hides rows from
// their owner.
func TestReadTextInParts(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	b := tg.create(tg.open(), `CREATE TABLE public.t (id int, v text)`, `INSERT INTO public.t SELECT n, repeat('x', 100) || '<' || n || '>' FROM generate_series(1, 5000) n`,
		`ALTER TABLE public.t ENABLE ROW LEVEL SECURITY`, `ALTER TABLE public.t FORCE ROW LEVEL SECURITY`)
	table := &catalog.Table{Name: catalog.Name{Schema: "public", Name: "t"}, Bytes: 1, RowSecurity: true, ForceRowSecurity: true}
	for _, bytes := range []int64{1, 1 << 40} { // what the source had; here it is one part either way
		table.Bytes = bytes
		if parts, err := b.TextParts(t.Context(), table); err != nil || len(parts) != 1 || parts[0] != (TextPart{}) {
			t.Errorf("%v, %v", parts, err)
		}
	}
	for _, parts := range [][]TextPart{{{}}, {{To: 1}, {From: 1, To: 50}, {From: 50}}} {
		var all bytes.Buffer
		for _, p := range parts {
			before := all.Len()
			if err := b.ReadText(t.Context(), table, p, []string{"v", "id::text"}, &all); err != nil {
				t.Fatal(err)
			}
			if all.Len() < before+1000 {
				t.Errorf("part %v has %d bytes", p, all.Len()-before)
			}
		}
		for _, row := range []string{"<1>", "<2500>", "<5000>"} {
			if n := strings.Count(all.String(), row); n != 1 {
				t.Errorf("%v: %s comes %d times", parts, row, n)
			}
		}
		if n := strings.Count(all.String(), "<"); n != 5000 {
			t.Errorf("%v: %d rows", parts, n)
		}
	}
}
