package originals

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
)

// store is one with a table of two columns.
func store(t testing.TB) (*Store, *Table) {
	t.Helper()
	s, err := NewStore()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, s.Table([]Column{{Name: "a"}, {Name: "b"}}, nil)
}

func keep(t testing.TB, r *Recorder) {
	t.Helper()
	if err := r.Keep(); err != nil {
		t.Fatal(err)
	}
}

// What more than so many rows of a column have is nobody's, in this column.
func TestShared(t *testing.T) {
	s, table := store(t)
	r := table.Recorder(0)
	for i := range maxShared + 1 {
		r.Add(0, []byte("Main Street 1"))
		if i > 0 {
			r.Add(1, []byte("main street, 1"))
			r.Add(1, []byte("Elm Road 5"))
		}
		r.Add(0, []byte("elm road 5"))
	}
	keep(t, r)
	set := frozen(t, s)
	for text, want := range map[string]string{"Main Street 1": "[b]", "Elm Road 5": "[b]"} {
		if got := fmt.Sprint(finds(t, set, Look{Classes: All}, text)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	if set.Shared != 2 {
		t.Errorf("%d dropped", set.Shared)
	}
}

// A chunk that is read again takes the place of what it was before, and one
// that is given up leaves nothing.
func TestChunkAgain(t *testing.T) {
	s, table := store(t)
	for range 3 {
		r := table.Recorder(7)
		for range maxShared {
			r.Add(0, []byte("Elm Road 5"))
			r.Add(1, nil)
		}
		keep(t, r)
		r.Discard()
	}
	r := table.Recorder(8)
	for i := range 3 * blockKeys {
		r.Add(0, fmt.Appendf(nil, "Oak Road %d", i))
	}
	r.Discard()
	r.Discard()
	r = table.Recorder(9)
	r.Add(1, []byte("Ash Road 5"))
	keep(t, r)
	set := frozen(t, s)
	for text, want := range map[string]string{"Elm Road 5": "[a]", "Oak Road 5": "[]", "Oak Road 12287": "[]", "Ash Road 5": "[b]"} {
		if got := fmt.Sprint(finds(t, set, Look{Classes: All}, text)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// First and last name of a row are a name, in both orders; those of different
// rows are none.
func TestNames(t *testing.T) {
	s, err := NewStore()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r := s.Table([]Column{{Name: "last"}, {Name: "x", Skip: true}, {Name: "first"}}, []NamePart{{First: 2, Last: 0, Name: "both"}}).Recorder(0)
	for _, row := range [][2]string{{"Jane", "Roe"}, {"", "Doe"}, {"Joan", ""}, {"Ann Marie", "van Houten"}, {"A B C D", "Poe"}} {
		r.Add(0, []byte(row[1]))
		r.Add(1, []byte("Max Power"))
		r.Add(2, []byte(row[0]))
	}
	r.Add(0, nil)
	r.Add(2, []byte("Eve"))
	r.Add(0, []byte("Moe"))
	r.Add(2, []byte("Zed"))
	keep(t, r)
	set := frozen(t, s)
	for text, want := range map[string]string{
		"of Jane Roe": "[both]", "ROE, JANE": "[both]", "Jane Doe": "[]", "Joan Roe": "[]", "Joan": "[]", "Eve Moe": "[]", "Moe, Zed": "[both]",
		"Ann Marie van Houten": "[both first last]", "van Houten, Ann Marie": "[both first last]", "Max Power": "[]", "D Poe": "[]",
	} {
		if got := fmt.Sprint(finds(t, set, Look{Classes: All}, text)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// What identifies nobody is not remembered.
func TestForms(t *testing.T) {
	h := newHasher()
	f := newForms(&h)
	for _, c := range []struct {
		value   string
		content Content
		want    []Class
	}{
		{"", Identifiers, nil},
		{"Springfield", Identifiers, nil}, // a word of its own
		{"Jane", Identifiers, nil},
		{"A Roe", Identifiers, nil}, // five characters
		{"Al Roe", Identifiers, []Class{Words}},
		{"x1", Identifiers, nil},
		{"x12345", Identifiers, []Class{Mixed}},
		{"12345", Identifiers, nil},
		{"123456", Identifiers, []Class{Digits6}},
		{"1234567", Identifiers, []Class{Digits7}},
		{"12345678", Identifiers, []Class{Digits8}},
		{"19991231", Identifiers, nil}, // a day
		{"31121999", Identifiers, nil},
		{"1999-12-31", Identifiers, nil},
		{"12:30:45", Identifiers, nil},
		{"123.456", Identifiers, nil},
		{"123 456 789", Identifiers, []Class{Digits9}},
		{"0012345678", Identifiers, []Class{Digits9}},
		{"+1 202 555 0199", Identifiers, []Class{Digits9, Digits10}},
		{"tel. 202 555 0199", Identifiers, []Class{Digits9, Digits10, Mixed}},
		{"12345678901234567890", Identifiers, nil}, // no number that long
		{"jane@roe.io", Identifiers, []Class{At}},
		{"jane@roe.io", Labels, []Class{At}},
		{"jane@example.com", Identifiers, nil},
		{"Jane <jane@mail.example>", Identifiers, nil},
		{"jane@notexample.com", Identifiers, []Class{At}},
		{"@jane1", Identifiers, nil}, // five characters
		{"New York", Labels, nil},
		{"SW1A 1AA", Labels, nil},
		{"123456", Labels, nil},
		{"no answer", Prose, nil},
		{"called 5 times", Prose, nil},
		{"she said that he would call back on Monday", Prose, []Class{Words}},
		{string(make([]byte, maxValue)) + "Jane Roe", Identifiers, nil},
		{"-- ... ''", Identifiers, nil},
		{"Łódź Ż", Identifiers, []Class{Words}},
	} {
		var got []Class
		keys := f.of([]byte(c.value), c.content)
		for _, k := range keys {
			got = append(got, classOf(k))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%.30q, %d: %v, want %v", c.value, c.content, got, c.want)
		}
	}
}

// Sets that are sorted in several passes, with hashes of several columns, hold
// all that was remembered and nothing else.
func TestPasses(t *testing.T) {
	for _, pass := range []int64{maxPass, 1000, 7} {
		s, err := NewStore()
		if err != nil {
			t.Fatal(err)
		}
		s.pass = pass
		const n = 5000
		for i := range 5 {
			r := s.Table([]Column{{Name: fmt.Sprint("c", i)}}, nil).Recorder(0)
			for k := i * 100; k < n; k++ {
				r.Add(0, fmt.Appendf(nil, "Road %d", k))
			}
			keep(t, r)
		}
		set := frozen(t, s)
		if set.Values != n-90 { // "Road 0" to "Road 9" have six characters as well
			if set.Values != n {
				t.Errorf("pass %d: %d values", pass, set.Values)
			}
		}
		for k := range n + 1000 {
			want := min(k/100+1, 5)
			if k >= n {
				want = 0
			}
			if got := finds(t, set, Look{Classes: All}, fmt.Sprint("Road ", k)); len(got) != want {
				t.Fatalf("pass %d: %d has %q, want %d", pass, k, got, want)
			}
		}
		set.Close()
		s.Close()
	}
}

// The file of hashes has no name as long as it is there, and none of the values.
func TestNoFileIsLeft(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s, table := store(t)
	r := table.Recorder(0)
	for i := range 2 * blockKeys {
		r.Add(0, fmt.Appendf(nil, "jane.roe.%d@firma.io", i))
	}
	keep(t, r)
	set, err := s.Freeze(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

// A file that cannot be written is an error of Keep, not of the row.
func TestNoSpace(t *testing.T) {
	s, table := store(t)
	s.Close()
	r := table.Recorder(0)
	for i := range 2 * blockKeys {
		r.Add(0, fmt.Appendf(nil, "Road number %d", i))
	}
	if err := r.Keep(); err == nil {
		t.Error("no error")
	}
}

// Remembering a row allocates nothing.
func TestNoAllocations(t *testing.T) {
	_, table := store(t)
	r := table.Recorder(0)
	defer r.Discard()
	values := [][]byte{[]byte("jane.roe@firma.io"), []byte("+1 202 555 0199"), []byte("12 Łódź Road"), nil}
	add := func() {
		for range blockKeys {
			for _, v := range values {
				r.Add(0, v)
				r.Add(1, v)
			}
		}
	}
	add()
	if n := testing.AllocsPerRun(10, add); n > 10 { // blocks that are noted, once for thousands of rows
		t.Errorf("%v allocations for %d rows", n, blockKeys*len(values))
	}
}

func BenchmarkRecord(b *testing.B) {
	for _, v := range []string{"erika.mustermann@firma.de", "Erika Mustermann", "+49 30 12345678", "Hauptstraße 117"} {
		b.Run(v, func(b *testing.B) {
			_, table := store(b)
			r := table.Recorder(0)
			defer r.Discard()
			value := []byte(v)
			b.ReportAllocs()
			for b.Loop() {
				r.Add(0, value)
			}
		})
	}
}

// Recorders and scanners work side by side.
func TestSideBySide(t *testing.T) {
	s, table := store(t)
	const workers, each = 4, 2 * blockKeys
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			r := table.Recorder(w)
			defer r.Discard()
			for i := range each {
				r.Add(0, fmt.Appendf(nil, "Road %d number %d", w, i))
				r.Add(1, nil)
			}
			if err := r.Keep(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	set := frozen(t, s)
	for w := range workers {
		wg.Go(func() {
			scan := set.Scanner()
			var f Found
			for i := range each {
				if err := scan.Value(&Look{Classes: All}, &f, fmt.Appendf(nil, "at road %d, number %d", w, i)); err != nil {
					t.Error(err)
				}
			}
			if f.Rows != each {
				t.Errorf("%d of %d", f.Rows, each)
			}
		})
	}
	wg.Wait()
}
