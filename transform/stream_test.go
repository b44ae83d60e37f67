package transform

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/transform/copyrow"
	"github.com/understudy-db/understudy/transform/mask"
)

var _ io.WriteCloser = (*Stream)(nil)

// fake is a mask for tests: a function of all that a mask may see.
type fake struct {
	props mask.Properties
	fn    func(dst []byte, in *mask.Input) ([]byte, mask.Outcome)
}

func (f fake) New() mask.Masker            { return f }
func (f fake) Properties() mask.Properties { return f.props }
func (f fake) Append(dst []byte, in *mask.Input) ([]byte, mask.Outcome) {
	return f.fn(dst, in)
}

// mix writes all three inputs, so that a wrong one shows.
var mix = fake{fn: func(dst []byte, in *mask.Input) ([]byte, mask.Outcome) {
	dst = append(append(dst, '<'), in.Value...)
	for _, key := range [][]byte{in.Subject, in.Row} {
		if key == nil {
			dst = append(dst, "|none"...)
		} else {
			dst = append(append(dst, '|'), key...)
		}
	}
	return append(dst, '>'), mask.Masked
}}

// row is a decoded row; nil is NULL.
type row [][]byte

func encode(f copyrow.Format, rows []row) []byte {
	b := bytes.Clone(Header(f))
	for _, r := range rows {
		if f == copyrow.Binary {
			b = binary.BigEndian.AppendUint16(b, uint16(len(r)))
		}
		for i, v := range r {
			switch {
			case f == copyrow.Binary && v == nil:
				b = append(b, 0xff, 0xff, 0xff, 0xff)
			case f == copyrow.Binary:
				b = append(binary.BigEndian.AppendUint32(b, uint32(len(v))), v...)
			default:
				if i > 0 {
					b = append(b, '\t')
				}
				if v == nil {
					b = append(b, `\N`...)
				} else {
					b = append(b, escapes.Replace(string(v))...)
				}
			}
		}
		if f == copyrow.Text {
			b = append(b, '\n')
		}
	}
	return append(b, Trailer(f)...)
}

var escapes = strings.NewReplacer("\\", `\\`, "\b", `\b`, "\f", `\f`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "\v", `\v`)

// body is the stream without header and trailer.
func body(f copyrow.Format, rows []row) []byte {
	b := encode(f, rows)
	return b[len(Header(f)) : len(b)-len(Trailer(f))]
}

// run masks a stream that comes in pieces of the given sizes.
func run(t *Table, stream []byte, sizes ...int) ([]byte, Counts, error) {
	var out []byte
	s := t.Stream(func(p []byte) error {
		out = append(out, p...)
		clear(p) // what emit was given is not looked at again
		return nil
	})
	var err error
	for i := 0; len(stream) > 0 && err == nil; i++ {
		n := len(stream)
		if len(sizes) > 0 {
			n = min(n, sizes[i%len(sizes)])
		}
		_, err = s.Write(bytes.Clone(stream[:n]))
		stream = stream[n:]
	}
	if cerr := s.Close(); err == nil {
		err = cerr
	}
	return out, s.Counts(), err
}

// TestAnyPlan: for any mixture of kept and masked columns, hidden inputs, NULL
// and values, both formats give the same rows, whatever the pieces, and the
// counts are right.
func TestAnyPlan(t *testing.T) {
	t.Parallel()
	value := rapid.OneOf(
		rapid.Just([]byte(nil)),
		rapid.SampledFrom([][]byte{{}, []byte(`\N`), []byte(`\.`), []byte("a\tb\nc\rd\\"), []byte("żółć 😀"), bytes.Repeat([]byte("long\t"), 20000)}),
		rapid.Map(rapid.StringMatching(`[ -~\t]{0,12}`), func(s string) []byte { return []byte(s) }),
	)
	rapid.Check(t, func(t *rapid.T) {
		inputs := rapid.IntRange(0, 3).Draw(t, "inputs")
		columns := rapid.SliceOfN(rapid.SampledFrom([]string{"kept", "masked", "made"}), 0, 6).Draw(t, "columns")
		table := &Table{Name: "public.t"}
		for i := range inputs {
			table.Keys = append(table.Keys, Key{Expr: fmt.Sprintf("k%d", i)})
			table.Inputs = append(table.Inputs, Input{Kind: InputKind(i % 2), Parts: []int{i}})
		}
		made := 0
		for i, kind := range columns {
			c := Column{Name: fmt.Sprintf("c%d", i), Expr: fmt.Sprintf(`"c%d"`, i), Subject: -1, Row: -1}
			switch kind {
			case "made":
				c.Source = fmt.Sprintf(`"was%d"`, i)
				made++
			case "masked":
				c.Mask = mix
				c.Subject = rapid.IntRange(-1, inputs-1).Draw(t, "subject")
				c.Row = rapid.IntRange(-1, inputs-1).Draw(t, "row")
			}
			table.Columns = append(table.Columns, c)
		}
		rows := make([]row, rapid.IntRange(0, 12).Draw(t, "rows"))
		want := make([]row, len(rows))
		counts := Counts{Rows: int64(len(rows)), Columns: make([]ColumnCount, len(columns))}
		for i := range rows {
			source := inputs
			for range inputs + made + len(columns) {
				rows[i] = append(rows[i], value.Draw(t, "value"))
			}
			for k, c := range table.Columns {
				v := rows[i][inputs+made+k]
				switch {
				case c.Source != "":
					was := rows[i][source]
					source++
					if was == nil {
						counts.Columns[k].Null++
					}
					if (was == nil) != (v == nil) || !bytes.Equal(was, v) {
						counts.Columns[k].Changed++
					}
				case c.Mask == nil:
				case v == nil:
					counts.Columns[k].Null++
				default:
					in := mask.Input{Value: v}
					if c.Subject >= 0 {
						in.Subject = rows[i][c.Subject]
					}
					if c.Row >= 0 {
						in.Row = rows[i][c.Row]
					}
					v, _ = mix.fn(nil, &in)
					counts.Columns[k].Changed++
				}
				want[i] = append(want[i], v)
			}
		}
		for _, f := range []copyrow.Format{copyrow.Text, copyrow.Binary} {
			table.Format = f
			sizes := rapid.SliceOfN(rapid.SampledFrom([]int{1, 3, 50, 4096, 1 << 18}), 0, 4).Draw(t, "sizes")
			out, got, err := run(table, encode(f, rows), sizes...)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(out, body(f, want)) {
				t.Fatalf("%v:\n got %q\nwant %q", f, out, body(f, want))
			}
			counts.Bytes, counts.Read = int64(len(out)), int64(len(encode(f, rows)))
			if d := cmp.Diff(counts, got); d != "" {
				t.Fatalf("%v: counts (-want +got):\n%s", f, d)
			}
		}
	})
}

// one is a table with a subject and one masked column.
func one(f copyrow.Format, props mask.Properties, fn func(dst []byte, in *mask.Input) ([]byte, mask.Outcome)) *Table {
	return &Table{
		Name: "public.people", Format: f,
		Keys:    []Key{{Expr: "id::text"}},
		Inputs:  []Input{{Parts: []int{0}}},
		Columns: []Column{{Name: "Email", Expr: `"Email"`, Mask: fake{props, fn}, Rule: "email", Subject: 0, Row: -1}},
	}
}

func outcome(out string, o mask.Outcome) func([]byte, *mask.Input) ([]byte, mask.Outcome) {
	return func(dst []byte, _ *mask.Input) ([]byte, mask.Outcome) { return append(dst, out...), o }
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	in := []row{{[]byte("1"), []byte("a")}, {[]byte("2"), nil}, {[]byte("3"), []byte("x\ty")}}
	for _, c := range []struct {
		name  string
		props mask.Properties
		fn    func([]byte, *mask.Input) ([]byte, mask.Outcome)
		want  []row
		count ColumnCount
	}{
		{"masked", mask.Properties{}, outcome("x\ty", mask.Masked), []row{{[]byte("x\ty")}, {nil}, {[]byte("x\ty")}}, ColumnCount{Changed: 1, Null: 1}},
		{"empty", mask.Properties{}, outcome("", mask.Masked), []row{{{}}, {nil}, {{}}}, ColumnCount{Changed: 2, Null: 1}},
		{"kept", mask.Properties{}, outcome("as it was", mask.Kept), []row{{[]byte("as it was")}, {nil}, {[]byte("as it was")}}, ColumnCount{Kept: 2, Null: 1}},
		{"null", mask.Properties{}, outcome("scrap", mask.Null), []row{{nil}, {nil}, {nil}}, ColumnCount{Changed: 2, Null: 1}},
		{"replaced", mask.Properties{}, outcome("new", mask.Replaced), []row{{[]byte("new")}, {nil}, {[]byte("new")}}, ColumnCount{Changed: 2, Null: 1, Replaced: 2}},
		{"masks NULL", mask.Properties{MasksNull: true}, outcome("new", mask.Masked), []row{{[]byte("new")}, {[]byte("new")}, {[]byte("new")}}, ColumnCount{Changed: 3, Null: 1}},
		{"masks NULL by NULL", mask.Properties{MasksNull: true}, outcome("", mask.Null), []row{{nil}, {nil}, {nil}}, ColumnCount{Changed: 2, Null: 1}},
	} {
		for _, f := range []copyrow.Format{copyrow.Text, copyrow.Binary} {
			out, counts, err := run(one(f, c.props, c.fn), encode(f, in))
			if err != nil || !bytes.Equal(out, body(f, c.want)) {
				t.Errorf("%s, %v: got %q, %v", c.name, f, out, err)
			}
			if d := cmp.Diff([]ColumnCount{c.count}, counts.Columns); d != "" {
				t.Errorf("%s, %v: counts (-want +got):\n%s", c.name, f, d)
			}
		}
	}
}

// TestNullNeverReachesTheMask unless the mask says that it masks NULL.
func TestNullNeverReachesTheMask(t *testing.T) {
	t.Parallel()
	table := one(copyrow.Binary, mask.Properties{}, func(dst []byte, in *mask.Input) ([]byte, mask.Outcome) {
		t.Error("the mask was called")
		return dst, mask.Masked
	})
	if _, _, err := run(table, encode(copyrow.Binary, []row{{[]byte("1"), nil}})); err != nil {
		t.Error(err)
	}
}

// TestFailures: what stops a run says where, is of kind Data, and says nothing
// of the value.
func TestFailures(t *testing.T) {
	t.Parallel()
	const secret = "erika@mustermann.de"
	in := []row{{[]byte("1"), nil}, {[]byte(secret), []byte(secret)}}
	huge := []row{{bytes.Repeat([]byte(secret), 1<<20), []byte("a")}}
	both := []copyrow.Format{copyrow.Text, copyrow.Binary}
	for _, c := range []struct {
		name    string
		formats []copyrow.Format
		table   *Table
		stream  func(copyrow.Format) []byte
		want    string
		column  bool
	}{
		{"out of range", both, one(0, mask.Properties{}, outcome("", mask.OutOfRange)), func(f copyrow.Format) []byte { return encode(f, in) },
			`mask: public.people."Email" (email): row 2 of its chunk: the value is outside the range that the rule declares`, true},
		{"no outcome", both, one(0, mask.Properties{}, outcome("", 77)), func(f copyrow.Format) []byte { return encode(f, in) },
			`mask: public.people."Email" (email): row 2 of its chunk: the mask failed without saying how`, true},
		{"zero byte", both[:1], one(0, mask.Properties{}, outcome("a\x00", mask.Masked)), func(f copyrow.Format) []byte { return encode(f, in) },
			`mask: public.people."Email" (email): row 2 of its chunk: the mask wrote a zero byte, which text cannot hold`, true},
		{"giant subject", both, one(0, mask.Properties{}, outcome("a", mask.Masked)), func(f copyrow.Format) []byte { return encode(f, huge) },
			`mask: public.people: subject key: row 1 of its chunk: a key of more than 16 MiB: key the rule by a shorter expression or by its hash`, true},
		{"cut", both[:1], one(0, mask.Properties{}, outcome("a", mask.Masked)), func(f copyrow.Format) []byte { return []byte("1\t" + secret) },
			`mask public.people: malformed text COPY stream at byte 21, row 1: the stream ended within a row`, false},
		{"cut", both[1:], one(0, mask.Properties{}, outcome("a", mask.Masked)), func(f copyrow.Format) []byte { return Header(f) },
			`mask public.people: malformed binary COPY stream at byte 19, row 1: the stream ended without a trailer`, false},
	} {
		for _, f := range c.formats {
			for _, sizes := range [][]int{nil, {70000}} {
				table := *c.table
				table.Format = f
				_, _, err := run(&table, c.stream(f), sizes...)
				if err == nil || err.Error() != c.want {
					t.Errorf("%s, %v: got %v", c.name, f, err)
				}
				if !fault.Is(err, fault.Data) {
					t.Errorf("%s, %v: not of kind Data", c.name, f)
				}
				var ce *ColumnError
				if errors.As(err, &ce) != c.column {
					t.Errorf("%s, %v: a ColumnError? %v", c.name, f, ce)
				}
				if err != nil && strings.Contains(err.Error(), secret) {
					t.Errorf("%s, %v: the error quotes the value", c.name, f)
				}
			}
		}
	}
}

// TestOversize: a masked value that is too long is masked as an empty one, and
// a kept one passes.
func TestOversize(t *testing.T) {
	t.Parallel()
	giant := bytes.Repeat([]byte("0123456789abcdef"), 1<<20+1)
	table := one(copyrow.Text, mask.Properties{}, func(dst []byte, in *mask.Input) ([]byte, mask.Outcome) {
		if in.Value == nil {
			t.Error("an oversize value looks like NULL")
		}
		return append(dst, in.Value...), mask.Replaced
	})
	table.Columns = append(table.Columns, Column{Name: "kept", Subject: -1, Row: -1})
	rows := []row{{[]byte("1"), []byte("a"), []byte("b")}, {[]byte("2"), giant, giant}}
	want := []row{{[]byte("a"), []byte("b")}, {{}, giant}}
	for _, f := range []copyrow.Format{copyrow.Text, copyrow.Binary} {
		table.Format = f
		out, counts, err := run(table, encode(f, rows), 256<<10)
		if err != nil || !bytes.Equal(out, body(f, want)) {
			t.Errorf("%v: wrong output of %d bytes, %v", f, len(out), err)
		}
		if got, want := counts.Columns[0], (ColumnCount{Changed: 1, Replaced: 1, Oversize: 1}); got != want {
			t.Errorf("%v: counts %+v", f, got)
		}
	}
}

// TestEmitFails: the caller gets its own error back.
func TestEmitFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("link lost")
	table := one(copyrow.Text, mask.Properties{}, mix.fn)
	s := table.Stream(func([]byte) error { return broken })
	if _, err := s.Write([]byte("1\ta\n")); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != broken {
		t.Errorf("close: %v", err)
	}
	if _, err := s.Write([]byte("1\ta\n")); err != broken {
		t.Errorf("write: %v", err)
	}
	if err := s.Close(); err != broken {
		t.Errorf("close again: %v", err)
	}
}

func TestSelectList(t *testing.T) {
	t.Parallel()
	table := one(copyrow.Text, mask.Properties{}, mix.fn)
	if d := cmp.Diff([]string{"id::text", `"Email"`}, table.SelectList()); d != "" {
		t.Error(d)
	}
}

// TestStreamBuffers: buffers change hands and are never touched again.
func TestStreamBuffers(t *testing.T) {
	t.Parallel()
	var rows []row
	for i := range 20000 {
		rows = append(rows, row{[]byte(fmt.Sprint(i)), bytes.Repeat([]byte("v"), i%60)})
	}
	table := one(copyrow.Binary, mask.Properties{}, mix.fn)
	plain, _, err := run(table, encode(copyrow.Binary, rows))
	if err != nil {
		t.Fatal(err)
	}
	var kept [][]byte
	s := table.StreamBuffers(
		func() []byte { return make([]byte, 0, copyrow.BufferSize) },
		func(p []byte) error { kept = append(kept, p); return nil },
		func([]byte) { t.Error("a stream that did not fail gave a buffer back") },
	)
	if _, err := s.Write(encode(copyrow.Binary, rows)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if len(kept) < 3 {
		t.Errorf("only %d buffers", len(kept))
	}
	if !bytes.Equal(bytes.Join(kept, nil), plain) {
		t.Error("other bytes than Stream emits")
	}
}

// TestNoBufferIsLost: every buffer that a stream got was emitted or given
// back, wherever it fails.
func TestNoBufferIsLost(t *testing.T) {
	t.Parallel()
	in := encode(copyrow.Binary, []row{{[]byte("1"), []byte("a")}, {[]byte("2"), []byte("b")}, {[]byte("3"), bytes.Repeat([]byte("c"), 600_000)}})
	table := one(copyrow.Binary, mask.Properties{}, mix.fn)
	table.Columns = []Column{{Name: "kept", Subject: -1, Row: -1}}
	for _, cut := range []int{5, 19, 30, 40, 400_000, len(in) - 1, len(in)} {
		for fail := range 5 {
			out, emits := 0, 0
			s := table.StreamBuffers(
				func() []byte { out++; return nil },
				func([]byte) error {
					out--
					if emits++; emits == fail {
						return io.ErrClosedPipe
					}
					return nil
				},
				func([]byte) { out-- },
			)
			_, werr := s.Write(in[:cut])
			cerr := s.Close()
			if cut < len(in) && cerr == nil || werr != nil && cerr != werr {
				t.Errorf("cut at %d, emit %d fails: write %v, close %v", cut, fail, werr, cerr)
			}
			if out != 0 {
				t.Errorf("cut at %d, emit %d fails: %d buffers are lost", cut, fail, out)
			}
		}
	}
}
