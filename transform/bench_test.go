package transform

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/understudy-db/understudy/transform/copyrow"
	"github.com/understudy-db/understudy/transform/mask"
	"github.com/understudy-db/understudy/transform/originals"
)

// shop is a table of twelve columns, three of them masked by a mask that costs
// next to nothing, so that what is left is ours.
func shop(f copyrow.Format) (*Table, []row) {
	trivial := fake{fn: func(dst []byte, in *mask.Input) ([]byte, mask.Outcome) {
		return append(append(dst, in.Subject...), "@example.com"...), mask.Masked
	}}
	t := &Table{Name: "public.customers", Format: f, Keys: []Key{{Expr: "id::text"}}, Inputs: []Input{{Parts: []int{0}}}}
	for i := range 12 {
		c := Column{Name: fmt.Sprint("c", i), Subject: -1, Row: -1}
		if i < 3 {
			c.Mask, c.Subject = trivial, 0
		}
		t.Columns = append(t.Columns, c)
	}
	var rows []row
	for i := range 20000 {
		id := []byte(strconv.Itoa(10000000 + i*7919%80000000))
		rows = append(rows, row{id, []byte("erika.mustermann@firma.de"), []byte("Erika Mustermann"), []byte("+49 30 123456"),
			id, id, []byte("2024-05-06 07:08:09+00"), id, nil, []byte("t"), []byte("shipped"), id, []byte("a short note about it")})
	}
	return t, rows
}

func BenchmarkStream(b *testing.B) {
	for _, f := range []copyrow.Format{copyrow.Text, copyrow.Binary} {
		b.Run(f.String(), func(b *testing.B) {
			t, rows := shop(f)
			p := body(f, rows)
			s := t.Stream(func([]byte) error { return nil })
			if _, err := s.Write(Header(f)); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(p)))
			b.ReportAllocs()
			for b.Loop() {
				for q := p; len(q) > 0; {
					n := min(256<<10, len(q))
					if _, err := s.Write(q[:n]); err != nil {
						b.Fatal(err)
					}
					q = q[n:]
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(s.Counts().Rows), "ns/row")
		})
	}
}

// BenchmarkObserve is what remembering originals costs: the shop with masks as
// they are, which is most of what our side of a refresh does.
func BenchmarkObserve(b *testing.B) {
	keyring := mask.NewKeyring(mask.GenerateKey(), mask.KeyringOptions{Project: "bench"})
	t, rows := shop(copyrow.Binary)
	columns := make([]originals.Column, len(t.Columns))
	for i := range columns {
		columns[i].Skip = true
	}
	for i, name := range []string{"email", "full_name", "phone"} {
		compiled, err := mask.Find(name).Compile(mask.Column{Table: t.Name, Name: name, Kind: mask.Text, TypeName: "text", Wire: mask.BinaryWire, Encoding: "UTF8"},
			nil, mask.Binding{Keyed: mask.BySubject, Subject: t.Name, Keys: keyring})
		if err != nil {
			b.Fatal(err)
		}
		t.Columns[i].Mask = compiled
		columns[i] = originals.Column{Name: name}
	}
	p := body(copyrow.Binary, rows)
	for _, observed := range []bool{false, true} {
		b.Run(fmt.Sprintf("observed=%v", observed), func(b *testing.B) {
			store, err := originals.NewStore()
			if err != nil {
				b.Fatal(err)
			}
			defer store.Close()
			s := t.Stream(func([]byte) error { return nil })
			if observed {
				r := store.Table(columns, nil).Recorder(0)
				defer r.Discard()
				s.Observe(r)
			}
			if _, err := s.Write(Header(copyrow.Binary)); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				for q := p; len(q) > 0; {
					n := min(256<<10, len(q))
					if _, err := s.Write(q[:n]); err != nil {
						b.Fatal(err)
					}
					q = q[n:]
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(s.Counts().Rows), "ns/row")
		})
	}
}

// TestNoAllocations: a row costs none; opening a stream may cost some.
func TestNoAllocations(t *testing.T) {
	for _, f := range []copyrow.Format{copyrow.Text, copyrow.Binary} {
		table, rows := shop(f)
		p := body(f, rows)
		s := table.Stream(func([]byte) error { return nil })
		if _, err := s.Write(Header(f)); err != nil {
			t.Fatal(err)
		}
		write := func() {
			for q := p; len(q) > 0; {
				n := min(100_000, len(q))
				if _, err := s.Write(q[:n]); err != nil {
					t.Fatal(err)
				}
				q = q[n:]
			}
		}
		if n := testing.AllocsPerRun(5, write); n != 0 {
			t.Errorf("%v: %v allocations for %d rows", f, n, len(rows))
		}
	}
}

// TestStreamsShareBuffers: a stream for each of many small tables must not
// cost a buffer each. The race detector makes a sync.Pool forget a quarter of
// what is put into it, and a collection all of it, so some are made anew.
func TestStreamsShareBuffers(t *testing.T) {
	table := one(copyrow.Text, mask.Properties{}, mix.fn)
	in := []byte("1\ta\n")
	got := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s := table.Stream(func([]byte) error { return nil })
			if _, err := s.Write(in); err != nil {
				b.Fatal(err)
			}
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	if n := got.AllocedBytesPerOp(); n > copyrow.BufferSize/2 {
		t.Errorf("a stream of one row allocates %d bytes", n)
	}
}
