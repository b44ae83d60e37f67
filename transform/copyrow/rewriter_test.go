package copyrow

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var formats = []Format{Text, Binary}

// nasty are values that tell a good text codec from a bad one.
var nasty = []string{
	"", "N", `\N`, `\.`, `\`, `\\`, "\t", "\n", "\r", "\r\n", "\b\f\v", "a\tb\nc\\d", `ends with \`, "\x00", "\x01\x1f\x7f",
	"żółć", "😀", "\xff\xfe", `\x41`, `\101`, strings.Repeat("\\\t", 40), strings.Repeat("x", 300), "PGCOPY\n\xff\r\n\x00", "\xff\xff",
}

func drawValue(t *rapid.T) []byte {
	switch rapid.IntRange(0, 9).Draw(t, "kind") {
	case 0, 1:
		return nil
	case 2, 3, 4:
		return []byte(rapid.SampledFrom(nasty).Draw(t, "nasty"))
	case 5:
		return bytes.Repeat([]byte(rapid.SampledFrom(nasty).Draw(t, "nasty")), rapid.SampledFrom([]int{2, 50, 1000}).Draw(t, "times"))
	}
	return append([]byte{}, rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "bytes")...)
}

func drawRows(t *rapid.T, fields int) []row {
	rows := make([]row, rapid.IntRange(0, 30).Draw(t, "rows"))
	for i := range rows {
		rows[i] = make(row, fields)
		for k := range rows[i] {
			rows[i][k] = drawValue(t)
		}
	}
	return rows
}

func drawSizes(t *rapid.T) []int {
	return rapid.SliceOfN(rapid.SampledFrom([]int{1, 2, 3, 7, 20, 100, 1000, 70000, 1 << 20}), 0, 5).Draw(t, "sizes")
}

// TestAnyPlanAnySplit: whatever the plan, the format and the pieces, the
// output is what the reference says, Fields sees the same values in the same
// order, and every row is counted.
func TestAnyPlanAnySplit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(formats).Draw(t, "format")
		actions := rapid.SliceOfN(rapid.SampledFrom([]Action{Keep, Keep, Replace, Take, TakeKeep}), 0, 8).Draw(t, "actions")
		rows := drawRows(t, len(actions))
		maxValue := 1 << 20
		if f == Binary && rapid.Bool().Draw(t, "small") { // in text the limit counts escapes, which the reference does not
			maxValue = 30
		}
		stream := encode(f, rows)
		c := Config{Format: f, Actions: actions, MaxValue: maxValue}
		want := bytes.TrimSuffix(bytes.TrimPrefix(encode(f, expect(rows, actions, maxValue)), Header(f)), Trailer(f))

		whole, _ := rewrite(c, stream)
		if whole.err != "" {
			t.Fatal(whole.err)
		}
		if !bytes.Equal(whole.out, want) {
			t.Fatalf("plan %v:\n got %q\nwant %q", actions, whole.out, want)
		}
		if whole.rows != int64(len(rows)) {
			t.Fatalf("%d rows, want %d", whole.rows, len(rows))
		}
		if !whole.kept {
			t.Fatal("a value that was taken changed before the row ended")
		}
		parts, _ := rewrite(c, stream, drawSizes(t)...)
		if d := cmp.Diff(whole, parts, cmp.AllowUnexported(result{})); d != "" {
			t.Fatalf("split differently (-whole +parts):\n%s", d)
		}
	})
}

// TestCutStream: a stream that ends too early fails, and what it emitted are
// whole rows of the true output.
func TestCutStream(t *testing.T) {
	t.Parallel()
	rows := []row{{[]byte("1"), []byte("a\tb"), nil}, {[]byte("22"), []byte{}, []byte(`\`)}, {nil, nil, nil}}
	for _, f := range formats {
		stream := encode(f, rows)
		for _, actions := range [][]Action{{Keep, Keep, Keep}, {Take, Replace, Keep}} {
			c := Config{Format: f, Actions: actions}
			full, _ := rewrite(c, stream)
			for cut := range len(stream) {
				res, _ := rewrite(c, stream[:cut])
				rowEnds := f == Text && (cut == 0 || stream[cut-1] == '\n')
				if (res.err == "") != rowEnds {
					t.Errorf("%v cut at %d of %d: error %q", f, cut, len(stream), res.err)
				}
				if res.err != "" && len(res.out) != 0 {
					t.Errorf("%v cut at %d: %d bytes emitted before the failure", f, cut, len(res.out))
				}
				if !bytes.HasPrefix(full.out, res.out) {
					t.Errorf("%v cut at %d: output is not a prefix", f, cut)
				}
			}
		}
	}
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	header := string(Header(Binary))
	for _, c := range []struct {
		name   string
		format Format
		fields int
		stream string
		want   string
	}{
		{"no signature", Binary, 1, "PGCOPY\r\n\xff\r\n" + strings.Repeat("\x00", 20), "at byte 0, row 0: the signature"},
		{"oids", Binary, 1, header[:11] + "\x00\x01\x00\x00\x00\x00\x00\x00", "at byte 11, row 0: rows with OIDs"},
		{"critical flags", Binary, 1, header[:11] + "\x80\x00\x00\x00\x00\x00\x00\x00", "at byte 11, row 0: unknown critical"},
		{"negative extension", Binary, 1, header[:15] + "\xff\xff\xff\xff", "at byte 15, row 0: negative length of the header"},
		{"field count", Binary, 2, header + "\x00\x01", "at byte 19, row 1: the row has another number"},
		{"negative field count", Binary, 2, header + "\xff\xfe", "at byte 19, row 1: the row has another number"},
		{"negative length", Binary, 1, header + "\x00\x01\x00\x00\x00\x00" + "\x00\x01\xff\xff\xff\xfe", "at byte 27, row 2: negative length of a field"},
		{"after the trailer", Binary, 1, header + "\xff\xff\x00", "at byte 21, row 1: data after the trailer"},
		{"no trailer", Binary, 0, header + "\x00\x00", "at byte 21, row 2: the stream ended without a trailer"},
		{"within header", Binary, 0, header[:7], "at byte 7, row 0: the stream ended within its header"},
		{"within extension", Binary, 0, header[:15] + "\x00\x00\x00\x09", "at byte 19, row 0: the stream ended within a row"},
		{"within row", Binary, 1, header + "\x00\x01\x00\x00\x00\x02a", "at byte 26, row 1: the stream ended within a row"},
		{"too few fields", Text, 3, "a\tb\tc\na\tb\n", "at byte 9, row 2: the row has fewer fields"},
		{"too many fields", Text, 2, "a\tb\tc\n", "at byte 3, row 1: the row has more fields"},
		{"escaped tab", Text, 2, "a\\\tb\n", "at byte 4, row 1: the row has fewer fields"},
		{"zero columns", Text, 0, "\na\n", "at byte 1, row 2: the row has more fields"},
		{"zero columns, backslash", Text, 0, "\\\n", "at byte 1, row 1: the row has more fields"},
		{"marker not alone", Text, 1, "a\n\\.b\n", "at byte 4, row 2: the end-of-copy marker"},
		{"after the marker", Text, 1, "a\n\\.\nb\n", "at byte 5, row 2: data after the end"},
		{"unfinished line", Text, 1, "a\nb", "at byte 3, row 2: the stream ended within a row"},
		{"unfinished escape", Text, 1, "a\nb\\\n", "at byte 5, row 2: the stream ended within a row"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, action := range []Action{Keep, Replace, Take, TakeKeep} {
				actions := slices.Repeat([]Action{action}, c.fields)
				for _, sizes := range [][]int{nil, {1}, {2, 5}} {
					res, _ := rewrite(Config{Format: c.format, Actions: actions}, []byte(c.stream), sizes...)
					want := fmt.Sprintf("malformed %v COPY stream %s", c.format, c.want)
					if !strings.HasPrefix(res.err, want) {
						t.Errorf("pieces %v: got %q, want %q", sizes, res.err, want)
					}
				}
			}
		})
	}
}

func TestHeaderExtensionIsSkipped(t *testing.T) {
	t.Parallel()
	stream := string(Header(Binary)[:11]) + "\x00\x00\x00\x07" + "\x00\x00\x00\x05hello" + "\x00\x01\xff\xff\xff\xff" + "\xff\xff"
	for _, sizes := range [][]int{nil, {1}, {3}} {
		res, _ := rewrite(Config{Format: Binary, Actions: []Action{Keep}}, []byte(stream), sizes...)
		if res.err != "" || string(res.out) != "\x00\x01\xff\xff\xff\xff" {
			t.Errorf("got %q, %s", res.out, res.err)
		}
	}
}

func TestTextEndMarker(t *testing.T) {
	t.Parallel()
	for _, stream := range []string{"a\n\\.\n", "a\n\\."} {
		for _, sizes := range [][]int{nil, {1}} {
			res, _ := rewrite(Config{Format: Text, Actions: []Action{Keep}}, []byte(stream), sizes...)
			if res.err != "" || string(res.out) != "a\n" || res.rows != 1 {
				t.Errorf("%q: got %q, %d rows, %s", stream, res.out, res.rows, res.err)
			}
		}
	}
}

// TestUnescape: the escapes that PostgreSQL's reader knows, beyond those its
// writer uses.
func TestUnescape(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		``: "", `abc`: "abc", `\b\f\n\r\t\v\\`: "\b\f\n\r\t\v\\", `\a\N\.`: "aN.", "\\\t\\\n": "\t\n",
		`\0`: "\x00", `\12`: "\n", `\1013`: "A3", `\777`: "\xff", `\8`: "8", `\18`: "\x018",
		`\x`: "x", `\xg`: "xg", `\x4`: "\x04", `\x41`: "A", `\xfF1`: "\xff1", `\X41`: "X41", `\x0g`: "\x00g",
	} {
		if got := unescape(nil, []byte(in)); string(got) != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
		inPlace := []byte(in)
		if got := unescape(inPlace[:0], inPlace); string(got) != want {
			t.Errorf("%q in place: got %q, want %q", in, got, want)
		}
	}
}

func TestEscapeRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		v := drawValue(t)
		out := escape(append([]byte("before\t"), v...), len("before\t"))
		want := bytes.TrimSuffix(encodeRow(Text, row{append([]byte{}, v...)}), newline)
		if got := bytes.TrimPrefix(out, []byte("before\t")); !bytes.Equal(got, want) {
			t.Fatalf("got %q, want %q", got, want)
		}
		if got := unescape(nil, want); !bytes.Equal(got, v) {
			t.Fatalf("back: got %q, want %q", got, v)
		}
	})
}

func TestPlain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOf(rapid.SampledFrom([]byte("\x08\x09\x0a\x0b[\\]\x00\x80\x89\x8a\xdc\xff z"))).Draw(t, "p")
		want := bytes.IndexAny(p, "\t\n\\")
		if want < 0 {
			want = len(p)
		}
		if got := plain(p); got != want {
			t.Fatalf("got %d, want %d", got, want)
		}
	})
}

// TestGiantRows: kept values of any size pass in bounded buffers, whole rows
// before them come out first, and a value that is to be replaced is gathered
// up to the limit only.
func TestGiantRows(t *testing.T) {
	t.Parallel()
	giant := bytes.Repeat([]byte("0123456789abcde\n"), (1<<20)/16)
	rows := []row{
		{[]byte("k1"), []byte("v"), []byte("small")},
		{[]byte("k2"), []byte("v"), giant},
		{[]byte("k3"), giant, []byte("small")},
		{giant[:100000], []byte("v"), giant[:100000]},
		{[]byte("k5"), nil, nil},
	}
	actions := []Action{Take, Replace, Keep}
	for _, f := range formats {
		for _, limit := range []int{1 << 19, 16 << 20} {
			want := expect(rows, actions, limit)
			for _, sizes := range [][]int{nil, {256 << 10}, {100001}} {
				res, out := rewrite(Config{Format: f, Actions: actions, MaxValue: limit}, encode(f, rows), sizes...)
				if res.err != "" || res.rows != int64(len(rows)) || !res.kept {
					t.Fatalf("%v: %d rows, %s", f, res.rows, res.err)
				}
				enc := encode(f, want)
				if !bytes.Equal(res.out, enc[len(Header(f)):len(enc)-len(Trailer(f))]) {
					t.Fatalf("%v, pieces %v: wrong output", f, sizes)
				}
				if first := len(encodeRow(f, want[0])); out.pieces[0] != first {
					t.Errorf("%v, pieces %v: the first buffer has %d bytes, want the whole row of %d alone", f, sizes, out.pieces[0], first)
				}
				for _, n := range out.pieces {
					if n > BufferSize && limit < len(giant) {
						t.Errorf("%v, pieces %v: a buffer of %d bytes", f, sizes, n)
					}
				}
			}
		}
	}
}

// TestBuffersHoldWholeRows: as long as rows are not giants.
func TestBuffersHoldWholeRows(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	var rows []row
	ends := map[Format]map[int]bool{Text: {}, Binary: {}}
	at := map[Format]int{}
	actions := []Action{Take, Replace, Keep}
	for range 3000 {
		r := row{[]byte("k"), bytes.Repeat([]byte{'a'}, rng.IntN(2000)), bytes.Repeat([]byte{'b'}, rng.IntN(200))}
		rows = append(rows, r)
		for _, f := range formats {
			at[f] += len(encodeRow(f, expect([]row{r}, actions, 1<<20)[0]))
			ends[f][at[f]] = true
		}
	}
	for _, f := range formats {
		for _, sizes := range [][]int{{256 << 10}, {1000}, {70001}} {
			res, out := rewrite(Config{Format: f, Actions: actions}, encode(f, rows), sizes...)
			if res.err != "" {
				t.Fatal(res.err)
			}
			at := 0
			for i, n := range out.pieces {
				if at += n; !ends[f][at] {
					t.Fatalf("%v: buffer %d ends within a row", f, i)
				}
				if i < len(out.pieces)-1 && n < 64<<10 {
					t.Errorf("%v: buffer %d has %d bytes only", f, i, n)
				}
			}
		}
	}
}

func TestErrorsEndTheStream(t *testing.T) {
	t.Parallel()
	rows := []row{{[]byte("1"), []byte("2")}, {[]byte("3"), []byte("4")}}
	for _, f := range formats {
		for _, size := range []int{1, 1000} {
			for _, actions := range [][]Action{{Take, Keep}, {Keep, Replace}} {
				r := New(Config{Format: f, Actions: actions, Fields: &swap{fail: errSwap}, Get: getBuffer, Emit: (&sink{}).Emit})
				var err error
				for p := encode(f, rows); len(p) > 0 && err == nil; p = p[min(size, len(p)):] {
					_, err = r.Write(p[:min(size, len(p))])
				}
				if !errors.Is(err, errSwap) {
					t.Errorf("write: %v", err)
				}
				if n, err := r.Write([]byte("x")); n != 0 || !errors.Is(err, errSwap) {
					t.Errorf("write again: %d, %v", n, err)
				}
				if err := r.Close(); !errors.Is(err, errSwap) {
					t.Errorf("close: %v", err)
				}
			}
		}
		r := New(Config{Format: f, Actions: []Action{Keep, Keep}, Get: getBuffer, Emit: (&sink{fail: errSwap}).Emit})
		if _, err := r.Write(encode(f, rows)); err != nil {
			t.Error(err)
		}
		if err := r.Close(); !errors.Is(err, errSwap) {
			t.Errorf("close after emit failed: %v", err)
		}
		r = New(Config{Format: f, Actions: []Action{Keep, Keep}, Get: getBuffer, Emit: (&sink{fail: errSwap}).Emit})
		if _, err := r.Write(encode(f, []row{{make([]byte, 1<<20), nil}})); !errors.Is(err, errSwap) {
			t.Errorf("emit failed within a row: %v", err)
		}
	}
}

// TestWriteAfterClose is refused: the caller would lose rows otherwise.
func TestWriteAfterClose(t *testing.T) {
	t.Parallel()
	r := New(Config{Format: Text, Actions: []Action{Keep}, Get: getBuffer, Emit: (&sink{}).Emit})
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Write([]byte("a\n")); err == nil {
		t.Error("no error")
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
