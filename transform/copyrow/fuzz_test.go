package copyrow

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fuzz feeds garbage to all kinds of plan, whole and split, and demands
// the same of both; what passes must come out byte for byte.
func fuzz(f *testing.F, format Format) {
	rows := []row{}
	for _, v := range nasty {
		rows = append(rows, row{[]byte(v), nil, []byte("x" + v)})
	}
	f.Add(encode(format, rows), uint8(3), uint16(1), uint16(5))
	f.Add(encode(format, rows), uint8(3), uint16(900), uint16(2))
	f.Add(encode(format, []row{{}, {}}), uint8(0), uint16(1), uint16(2))
	f.Add([]byte("a\\\tb\tc\\\nd\n\\.\n"), uint8(2), uint16(1), uint16(2))
	f.Fuzz(func(t *testing.T, stream []byte, fields uint8, a, b uint16) {
		fields %= 6
		all := []Action{Keep, Keep, Keep, Keep, Keep, Keep}
		mixed := []Action{Take, Replace, Keep, Keep, Replace, Keep}
		tail := []Action{Keep, Take, Keep, Replace, Keep, Keep}
		both := []Action{TakeKeep, Take, Replace, TakeKeep, Keep, TakeKeep}
		for _, actions := range [][]Action{all, mixed, tail, both} {
			c := Config{Format: format, Actions: actions[:fields], MaxValue: 64}
			whole, _ := rewrite(c, stream)
			parts, _ := rewrite(c, stream, int(a), int(b))
			bytewise, _ := rewrite(c, stream, 1)
			for _, other := range []result{parts, bytewise} {
				if d := cmp.Diff(whole, other, cmp.AllowUnexported(result{})); d != "" {
					t.Fatalf("plan %v, split differently (-whole +parts):\n%s", actions[:fields], d)
				}
			}
			if !whole.kept {
				t.Fatal("a value that was taken changed before the row ended")
			}
		}
		res, _ := rewrite(Config{Format: format, Actions: all[:fields]}, stream)
		if res.err != "" {
			return
		}
		want := stream
		if format == Binary {
			want = stream[:len(stream)-2]
			if want = want[len(want)-len(res.out):]; len(stream) < headerSize+2+len(res.out) {
				t.Fatal("more output than input")
			}
		} else {
			want = bytes.TrimSuffix(bytes.TrimSuffix(want, newline), []byte(`\.`))
			if len(want) != len(res.out) {
				want = stream
			}
		}
		if !bytes.Equal(res.out, want) {
			t.Fatalf("kept rows changed:\n got %q\nwant %q", res.out, want)
		}
	})
}

func FuzzText(f *testing.F)   { fuzz(f, Text) }
func FuzzBinary(f *testing.F) { fuzz(f, Binary) }
