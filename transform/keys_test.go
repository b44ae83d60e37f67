package transform

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/understudy-db/understudy/transform/copyrow"
	"github.com/understudy-db/understudy/transform/mask"
)

// Keys that come as they are stored become the same inputs as their text, are
// NULL as a whole if a part is, and a key that is a column too is in its place.
func TestKeys(t *testing.T) {
	t.Parallel()
	int8 := func(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }
	show := fake{fn: func(dst []byte, in *mask.Input) ([]byte, mask.Outcome) {
		return fmt.Appendf(dst, "%s|%q", in.Subject, in.Row), mask.Masked
	}}
	table := func(f copyrow.Format) *Table {
		return &Table{
			Name: "public.events", Format: f,
			Keys: []Key{{Expr: "who", Kind: mask.Int}, {Expr: "id", Kind: mask.Int, Kept: true}, {Expr: "name"}, {Expr: "day", Kind: mask.Int, Kept: true}},
			Inputs: []Input{
				{Kind: Subject, Parts: []int{0}}, {Kind: Row, Parts: []int{1, 3}},
				{Kind: Subject, Parts: []int{2}}, {Kind: Row, Parts: []int{3}},
			},
			Columns: []Column{
				{Name: "id", Subject: -1, Row: -1}, {Name: "day", Subject: -1, Row: -1},
				{Name: "a", Mask: show, Subject: 0, Row: 1}, {Name: "b", Mask: show, Subject: 2, Row: 3},
				{Name: "c", Subject: -1, Row: -1},
			},
		}
	}
	if got, want := len(table(copyrow.Text).SelectList()), 7; got != want {
		t.Fatalf("%d expressions are selected, want %d", got, want)
	}
	x := []byte("x")
	for _, f := range []copyrow.Format{copyrow.Text, copyrow.Binary} {
		n := func(v int64) []byte {
			if f == copyrow.Binary {
				return int8(v)
			}
			return []byte(map[int64]string{-7: "-7", 42: "42", 100: "100", 5: "5"}[v])
		}
		in := []row{
			{n(-7), n(42), []byte("anna"), n(100), x, x, x},
			{nil, n(42), []byte("b\tc"), nil, x, x, x},
			{n(5), n(5), nil, n(42), x, x, nil},
		}
		want := []row{
			{n(42), n(100), []byte(`-7|"\x00\x00\x00\x00\x00\x00\x00*\x00\x00\x00\x00\x00\x00\x00d"`), []byte(`anna|"100"`), x},
			{n(42), nil, []byte(`|""`), []byte("b\tc|\"\""), x},
			{n(5), n(42), []byte(`5|"\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00*"`), []byte(`|"42"`), nil},
		}
		for _, size := range []int{1, 5, 1 << 18} {
			out, counts, err := run(table(f), encode(f, in), size)
			if err != nil || !bytes.Equal(out, body(f, want)) {
				t.Errorf("%v in pieces of %d: %v\n got %q\nwant %q", f, size, err, out, body(f, want))
			}
			if c := counts.Columns; c[0].Changed+c[1].Changed+c[4].Changed != 0 || c[2].Changed != 3 || c[3].Changed != 3 {
				t.Errorf("%v: counts %+v", f, counts.Columns)
			}
		}
	}
	bad := encode(copyrow.Binary, []row{{x, int8(1), x, int8(1), x, x, x}})
	if _, _, err := run(table(copyrow.Binary), bad); err == nil {
		t.Error("a byte is taken for an integer")
	}
}
