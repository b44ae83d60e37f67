package copyrow

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

// benchRows are rows of twelve columns as a shop has them, some 130 bytes.
// Integers are as wide as in their binary form in both formats, so that the
// formats can be compared.
func benchRows(n int) []row {
	rng := rand.New(rand.NewPCG(1, 2))
	rows := make([]row, n)
	for i := range rows {
		num := func() []byte { return []byte(strconv.Itoa(10000000 + rng.IntN(80000000))) }
		rows[i] = row{
			num(), []byte("customer" + strconv.Itoa(i) + "@example.com"), []byte("Erika Mustermann"), []byte("+49 30 123456"),
			num(), num(), []byte("2024-05-06 07:08:09+00"), num(), nil, []byte("t"), []byte("shipped"), []byte("a short note about it"),
		}
	}
	return rows
}

// upper is the cheapest mask there could be.
type upper struct{ key []byte }

func (u *upper) Take(_ int, v []byte, _ bool) error { u.key = v; return nil }
func (u *upper) Replace(dst []byte, _ int, v []byte, _ bool) ([]byte, bool, error) {
	return append(append(dst, "masked:"...), v...), v == nil, nil
}

var plans = []struct {
	name    string
	actions []Action
}{
	{"keep12", make([]Action, 12)},
	{"take1_replace3_keep8", []Action{Take, Replace, Replace, Replace, Keep, Keep, Keep, Keep, Keep, Keep, Keep, Keep}},
}

// cuts are the ways in which a stream may come.
var cuts = []struct {
	name   string
	pieces func(f Format, rows []row, body []byte) [][]byte
}{
	{"full_buffers", func(_ Format, _ []row, body []byte) [][]byte { return slices.Collect(slices.Chunk(body, 256<<10)) }},
	{"single_rows", func(f Format, rows []row, body []byte) (pieces [][]byte) { // as the server sends them
		for _, r := range rows {
			n := len(encodeRow(f, r))
			pieces = append(pieces, body[:n])
			body = body[n:]
		}
		return pieces
	}},
	{"cut_rows", func(_ Format, _ []row, body []byte) [][]byte { return slices.Collect(slices.Chunk(body, 130)) }}, // the worst there is
}

// drain is a pair of buffers that go round.
func drain() (get func() []byte, emit func([]byte) error) {
	spare := [][]byte{make([]byte, 0, BufferSize), make([]byte, 0, BufferSize)}
	get = func() []byte { b := spare[len(spare)-1]; spare = spare[:len(spare)-1]; return b }
	emit = func(p []byte) error { spare = append(spare, p[:0]); return nil }
	return get, emit
}

func BenchmarkRewriter(b *testing.B) {
	rows := benchRows(20000)
	for _, f := range formats {
		stream := encode(f, rows)
		body := stream[len(Header(f)) : len(stream)-len(Trailer(f))]
		for _, plan := range plans {
			for _, cut := range cuts {
				pieces := cut.pieces(f, rows, body)
				b.Run(fmt.Sprintf("%v/%s/%s", f, plan.name, cut.name), func(b *testing.B) {
					get, emit := drain()
					r := New(Config{Format: f, Actions: plan.actions, Fields: &upper{}, Get: get, Emit: emit})
					if _, err := r.Write(Header(f)); err != nil {
						b.Fatal(err)
					}
					b.SetBytes(int64(len(body)))
					b.ReportAllocs()
					for b.Loop() {
						for _, p := range pieces {
							if _, err := r.Write(p); err != nil {
								b.Fatal(err)
							}
						}
					}
					n := float64(r.Rows())
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/n, "ns/row")
				})
			}
		}
	}
}

// TestNoAllocations: nothing is allocated for a row, split or not.
func TestNoAllocations(t *testing.T) {
	rows := benchRows(5000)
	for _, f := range formats {
		stream := encode(f, rows)
		body := stream[len(Header(f)) : len(stream)-len(Trailer(f))]
		for _, plan := range plans {
			for _, piece := range []int{256 << 10, 1000, 37} {
				get, emit := drain()
				r := New(Config{Format: f, Actions: plan.actions, Fields: &upper{}, Get: get, Emit: emit})
				if _, err := r.Write(Header(f)); err != nil {
					t.Fatal(err)
				}
				n := testing.AllocsPerRun(5, func() {
					for p := body; len(p) > 0; {
						n := min(piece, len(p))
						if _, err := r.Write(p[:n]); err != nil {
							t.Fatal(err)
						}
						p = p[n:]
					}
				})
				if n != 0 {
					t.Errorf("%v, %s, pieces of %d: %v allocations for %d rows", f, plan.name, piece, n, len(rows))
				}
			}
		}
	}
}
