package originals

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// remembered is a set of values, each of a column of its own name.
func remembered(t testing.TB, values ...string) *Set {
	t.Helper()
	s, err := NewStore()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	for i, v := range values {
		r := s.Table([]Column{{Name: v}}, nil).Recorder(0)
		r.Add(0, []byte(v))
		if err := r.Keep(); err != nil {
			t.Fatal(i, err)
		}
	}
	return frozen(t, s)
}

func frozen(t testing.TB, s *Store) *Set {
	t.Helper()
	set, err := s.Freeze(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(set.Close)
	return set
}

// finds tells which columns' values are in a text.
func finds(t testing.TB, set *Set, look Look, text string) []string {
	t.Helper()
	var f Found
	if err := set.Scanner().Value(&look, &f, []byte(text)); err != nil {
		t.Fatal(err)
	}
	v := set.Verdict(&f)
	var names []string
	for _, c := range v.From {
		names = append(names, set.Name(c))
	}
	if (v.Rows > 0) != (len(names) > 0) {
		t.Errorf("%q: %d rows of %q", text, v.Rows, names)
	}
	slices.Sort(names)
	return names
}

func TestFinds(t *testing.T) {
	const (
		name    = "Jürgen Großkreutz-Vogel"
		mail    = "Juergen.Vogel+shop@Firma-Vogel.de"
		phone   = "+49 (30) 901820-17"
		street  = "Ahornallee 17b"
		card    = "4929 3813 3266 4295"
		account = "700312"
		long    = "Flat 3, The Old Mill, 12 Lower Water Lane, Little Hampton, West Sussex"
		iban    = "DE44500105175407324931"
		plate   = "M-XR 4711"
		six     = "Rose Court 9, Upper Mill Lane"
	)
	set := remembered(t, name, mail, phone, street, card, account, long, iban, plate, six)
	for _, c := range []struct {
		layout Layout
		text   string
		want   []string
	}{
		{Plain, "Jürgen Großkreutz-Vogel", []string{name}},
		{Plain, "  JÜRGEN \n großkreutz-vogel ", []string{name}},
		{Plain, "call Mr. Jürgen Großkreutz-Vogel, please", []string{name}},
		{Plain, "Jürgen Großkreutz-Vogel’s order; (Jürgen)", []string{name}},
		{Plain, "Jürgen Vogel", nil},
		{Plain, "mail to <juergen.vogel+shop@firma-vogel.de>.", []string{mail}},
		{Plain, "xjuergen.vogel+shop@firma-vogel.de", nil},
		{Plain, "mailto:JUERGEN.VOGEL+SHOP@FIRMA-VOGEL.DE?subject=x", []string{mail}},
		{Plain, "ring 030 / 90182017 after six", []string{phone}},
		{Plain, "0049 30 901 820 17", []string{phone}},
		{Plain, "no. 5 0309018201\u00a07", []string{phone}},
		{Plain, "309018201", nil}, // digits of it, and not the last
		{Plain, "or 090182017", []string{phone}},
		{Plain, "or x090182017", nil}, // part of a word
		{Plain, "or 090182017x", nil},
		{Plain, "or 09:090182017", nil},
		{Plain, "lives at Ahornallee 17B, 2nd floor", []string{street}},
		{Plain, "Ahornallee 17", nil},
		{Plain, "card 4929381332664295", []string{card}},
		{Plain, "card 4929-3813-3266-4295 exp 12/29", []string{card}},
		{Plain, "account 700312", []string{account}},
		{Plain, "account 7003121", nil},
		{Plain, "FLAT 3 The Old Mill, 12 Lower Water Lane; Little Hampton, West Sussex.", []string{long}},
		{Plain, "at Flat 3, The Old Mill, 12 Lower Water Lane, Little Hampton, West Sussex", nil}, // longer than a window, and not all of it
		{Plain, "she lives at Rose Court 9, upper Mill Lane now", []string{six}},
		{Plain, "iban de44500105175407324931", []string{iban}},
		{Plain, "plate M-XR 4711 seen", []string{plate}},
		{Plain, "2024-05-06 07:08:09", nil},
		{Plain, "", nil},
		{Plain, `{"who": "J\u00fcrgen Gro\u00dfkreutz-Vogel"}`, []string{name}}, // JSON in a text
		{JSON, `{"a": [{"who": "J\u00fcrgen Gro\u00dfkreutz-Vogel"}]}`, []string{name}},
		{JSON, `{"Jürgen Großkreutz-Vogel": 1}`, []string{name}},
		{JSON, `["Jürgen", "Großkreutz-Vogel"]`, nil},
		{JSON, `{"t": "a\nJürgen Großkreutz-Vogel\n\"x\""}`, []string{name}},
		{JSON, `{"n": 493090182017}`, []string{phone}},
		{JSON, `["` + long + `", 1]`, []string{long}},
		{JSON, `"` + mail + `"`, []string{mail}},
		{XML, `<a who="Jürgen Gro&#223;kreutz-Vogel"><b>x</b></a>`, []string{name}},
		{XML, `<a><b>` + mail + `</b>` + street + `</a>`, []string{mail, street}},
		{XML, `<a>Jürgen<b/>Großkreutz-Vogel</a>`, nil},
	} {
		slices.Sort(c.want)
		if got := finds(t, set, Look{Layout: c.layout, Classes: All}, c.text); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

// Columns that masks have written are not searched for what masks write by chance.
func TestClasses(t *testing.T) {
	set := remembered(t, "Jane Roe", "12 Elm Road", "jane@roe.io", "020 7946 0999")
	text := "Jane Roe, 12 Elm Road, jane@roe.io, 020 7946 0999"
	for _, c := range []struct {
		classes ClassSet
		want    int
	}{{None, 0}, {Addresses, 1}, {Strong, 3}, {All, 4}} {
		if got := finds(t, set, Look{Classes: c.classes}, text); len(got) != c.want {
			t.Errorf("%b: %q", c.classes, got)
		}
	}
}

// A column that may keep its values is not told of them, but of others'.
func TestOwn(t *testing.T) {
	s, err := NewStore()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	r := s.Table([]Column{{Name: "a"}, {Name: "b"}}, nil).Recorder(0)
	r.Add(0, []byte("Jane Roe"))
	r.Add(1, []byte("John Doe"))
	r.Add(0, []byte("Joan Poe"))
	r.Add(1, []byte("Joan Poe"))
	if err := r.Keep(); err != nil {
		t.Fatal(err)
	}
	own := s.ID("a")
	set := frozen(t, s)
	for text, want := range map[string]string{"Jane Roe": "[]", "John Doe": "[b]", "Joan Poe": "[b]"} {
		if got := finds(t, set, Look{Classes: All, Own: own, IsOwn: true}, text); fmt.Sprint(got) != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// Many numbers that could be anything are no find, one that can hardly be is.
func TestChance(t *testing.T) {
	s, err := NewStore()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rng := rand.New(rand.NewPCG(1, 2))
	number := func() []byte { return fmt.Appendf(nil, "0%d", 100_000_000+rng.IntN(900_000_000)) }
	table := s.Table([]Column{{Name: "phone"}}, nil)
	r := table.Recorder(0)
	var last []byte
	var phones [][]byte
	for range 100_000 {
		last = number()
		phones = append(phones, last)
		r.Add(0, last)
	}
	if err := r.Keep(); err != nil {
		t.Fatal(err)
	}
	set := frozen(t, s)
	scan := set.Scanner()
	look := &Look{Classes: All}
	var orders, notes Found
	for range 100_000 {
		if err := scan.Value(look, &orders, number()); err != nil {
			t.Fatal(err)
		}
	}
	if v := set.Verdict(&orders); v.Rows != 0 || v.Chance == 0 {
		t.Errorf("other numbers: %+v", v)
	}
	var parts Found // of a table
	parts.Add(&orders)
	if v, want := set.Verdict(&parts), set.Verdict(&orders); v.Rows != 0 || v.Chance != want.Chance {
		t.Errorf("other numbers, of a part: %+v, want %+v", v, want)
	}
	if err := scan.Value(look, &notes, slices.Concat([]byte("ring +44"), last[1:])); err != nil {
		t.Fatal(err)
	}
	if v := set.Verdict(&notes); v.Rows != 1 || v.Chance != 0 {
		t.Errorf("a number in a text: %+v", v)
	}
	parts = Found{}
	parts.Add(&notes)
	if v := set.Verdict(&parts); v.Rows != 1 || v.Chance != 0 || len(v.From) != 1 {
		t.Errorf("a number in a text, of a part: %+v", v)
	}
	for range 200 { // a number that many rows share is one
		if err := scan.Value(look, &orders, last); err != nil {
			t.Fatal(err)
		}
	}
	if v := set.Verdict(&orders); v.Rows != 0 || v.Chance < 200 {
		t.Errorf("one original among other numbers: %+v", v)
	}
	for _, p := range phones[:500] {
		if err := scan.Value(look, &orders, p); err != nil {
			t.Fatal(err)
		}
	}
	orders.Add(&notes)
	if v := set.Verdict(&orders); v.Rows < 700 || v.Chance != 0 {
		t.Errorf("many originals among other numbers: %+v", v)
	}
}

func TestDistinct(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{0, 1, 2, 50, 3000, 20_000, 1_000_000} {
		var a, b, both distinct
		for i := range n {
			h := rng.Uint64()
			if i%2 == 0 {
				a.add(h)
				a.add(h)
			} else {
				b.add(h)
			}
		}
		both.union(a)
		both.union(b)
		if got := both.count(); got < 0.94*float64(n)-0.5 || got > 1.06*float64(n)+0.5 {
			t.Errorf("%d: %f", n, got)
		}
	}
}

// A value is found wherever it stands, in any case and between any separators.
func FuzzFinds(f *testing.F) {
	f.Add("Jane O'Roe", "x ", ", y")
	f.Add("jane@roe.io", "<", ">.")
	f.Add("+44 20 7946 0999", "tel ", " x")
	f.Add("Łódź 12-34", "¿", "…")
	f.Add("'s a_1 's", "a.", "'")
	f.Add("\xff\xfe1 b", "\xc2", "\xa0")
	f.Fuzz(func(t *testing.T, value, before, after string) {
		h := newHasher()
		keys := newForms(&h).of([]byte(value), Identifiers)
		if len(keys) == 0 {
			return
		}
		set := remembered(t, value)
		texts := map[string]Layout{value: Plain, " " + value + "\t": Plain}
		if slices.ContainsFunc(keys, func(k uint64) bool { return !numbers.has(classOf(k)) }) { // groups of a number are at most maxGap apart
			texts[" "+strings.ReplaceAll(value, " ", " \n ")+"\t"] = Plain
		}
		if encoded, err := json.Marshal(map[string]string{"k": value}); err == nil && strings.ToValidUTF8(value, "") == value {
			texts[string(encoded)] = JSON
		}
		// What stands around it may be anything that is no part of a word or a
		// number; a value of many tokens is only found by itself.
		var tok tokens
		tok.hasher = &h
		n := 0
		for pos := 0; ; n++ {
			var x token
			if x, pos = tok.next([]byte(value), pos); x.chars == 0 {
				break
			}
		}
		if n <= window && !strings.ContainsAny(before+after, "+-./() \u00a0:0123456789") {
			texts[before+" | "+value+" | "+after] = Plain
		}
		for text, layout := range texts {
			if layout == Plain && isJSON([]byte(text)) {
				continue
			}
			if got := finds(t, set, Look{Layout: layout, Classes: All}, text); len(got) == 0 {
				t.Errorf("%q is not found in %q", value, text)
			}
		}
	})
}

// BenchmarkScan looks through texts of a ticket system, of which one in a
// hundred holds something, with ten million values remembered: as texts are,
// and at worst, where a value begins with each of their words.
func BenchmarkScan(b *testing.B) {
	s, err := NewStore()
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	r := s.Table([]Column{{Name: "email"}, {Name: "name"}, {Name: "phone"}}, nil).Recorder(0)
	for i := range 10_000_000 / 4 {
		r.Add(0, fmt.Appendf(nil, "user.%d@firm%d.io", i, i%1000))
		r.Add(1, fmt.Appendf(nil, "Jane%c%c Roe%d", 'a'+i%26, 'a'+i/26%26, i))
		r.Add(2, fmt.Appendf(nil, "+49 30 %09d", i))
	}
	if err := r.Keep(); err != nil {
		b.Fatal(err)
	}
	words := strings.Fields("the parcel was sent to a wrong address and customer asks for refund of 12.50 since order has not arrived yet please check again with carrier who says delivered on Monday thanks")
	rng := rand.New(rand.NewPCG(1, 2))
	var texts [][]byte
	size := 0
	for i := range 2000 {
		var t bytes.Buffer
		for range 20 + rng.IntN(100) {
			t.WriteString(words[rng.IntN(len(words))])
			t.WriteByte(' ')
		}
		if i%100 == 0 {
			fmt.Fprintf(&t, "user.%d@firm%d.io", i, i%1000)
		}
		texts = append(texts, t.Bytes())
		size += t.Len()
	}
	for _, name := range []string{"usual", "worst"} {
		if name == "worst" {
			r := s.Table([]Column{{Name: "phrase"}}, nil).Recorder(0)
			for _, w := range words {
				r.Add(0, []byte(w+" zz zz"))
			}
			if err := r.Keep(); err != nil {
				b.Fatal(err)
			}
		}
		set := frozen(b, s)
		b.Run(name, func(b *testing.B) {
			scan := set.Scanner()
			look := &Look{Classes: All}
			var f Found
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				for _, t := range texts {
					if err := scan.Value(look, &f, t); err != nil {
						b.Fatal(err)
					}
				}
			}
			if f.Rows == 0 {
				b.Error("nothing found")
			}
		})
	}
}
