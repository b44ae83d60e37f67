package mask

import (
	"bytes"
	"fmt"
	"math"
	"testing"
	"unicode/utf8"
)

// everyMask runs f for each mask, type, way of keying and wire format.
func everyMask(t *testing.T, f func(t *testing.T, s *Spec, c Column, bind Binding)) {
	for _, s := range All() {
		if s.Source {
			continue
		}
		for _, kind := range scalars(s) {
			for _, typeName := range typesOf[kind] {
				for _, keyed := range s.Keyed {
					base := column(typeName)
					if cannotTake(s, base, keyed) {
						continue
					}
					for _, c := range both(base) {
						t.Run(fmt.Sprintf("%s/%s/%s/%d", s.Name, typeName, keyed, c.Wire), func(t *testing.T) {
							t.Parallel()
							f(t, s, c, Binding{Keyed: keyed, Domain: "d", Subject: "public.customers", Keys: testRing})
						})
					}
				}
			}
		}
	}
}

// allocates are masks that run code which is not ours on each value.
var allocates = map[string]bool{"gofakeit": true, "replace": true}

// cannotTake tells the columns that a mask refuses though it takes others of
// their kind: integers too narrow for its numbers, enums without its labels.
func cannotTake(s *Spec, c Column, keyed Keyed) bool {
	switch s.Name {
	case "phone":
		return c.Kind == Int && (c.Bits < 64 || keyed == ByValue)
	case "credit_card", "national_id":
		return c.Kind == Int && c.Bits < 64
	case "card_brand", "sex":
		return c.Kind == Enum
	}
	return false
}

// valuesFor are what a column of the type may hold.
func valuesFor(c Column) []string {
	values := samples[c.TypeName]
	switch c.TypeName {
	case "varchar", "citext":
		values = samples["text"]
	case "interval":
		values = []string{"1 day"}
	}
	if c.Kind == Text && c.TypeName != "bpchar" {
		values = append(values[:len(values):len(values)], "emma@mail.test", "2024-02-29", "10.1.2.3", "018f3c2e-7b1a-7cde-8f00-0123456789ab", `{"a":1}`, "+49 30 1234567", "08:00:2b:01:02:03", "\x00\xff\xfe")
	}
	return values
}

// What holds for all masks: same key and input give the same output whichever
// Masker makes it and whatever it masked before; dst is appended to; the input
// is neither changed nor kept; a text output is valid UTF-8 where the input
// was; promised lengths are kept; both wire formats agree.
func TestEveryMask(t *testing.T) {
	t.Parallel()
	everyMask(t, func(t *testing.T, s *Spec, c Column, bind Binding) {
		params := probed(s, c)
		compiled := compileMask(t, s.Name, c, params, bind)
		props := compiled.Properties()
		if !props.Deterministic {
			t.Error("not deterministic")
		}
		if props.PrivacyRank < 1 || props.PrivacyRank > 5 {
			t.Errorf("privacy rank %d", props.PrivacyRank)
		}
		if bind.Keyed == ByNothing && (props.NeedsSubject || props.NeedsRow) {
			t.Error("reads keys that it does not depend on")
		}
		other := c
		other.Wire = 1 - c.Wire
		otherMasker := compileMask(t, s.Name, other, params, bind).New()
		used := compiled.New()
		for _, v := range valuesFor(c) {
			in := input(t, c, v, "42", "1001")
			before := bytes.Clone(in.Value)
			got, outcome := used.Append([]byte("head"), in)
			got = bytes.Clone(got)
			if !bytes.Equal(in.Value, before) {
				t.Fatalf("%q: the input was changed", v)
			}
			if !bytes.HasPrefix(got, []byte("head")) {
				t.Fatalf("%q: dst was not appended to", v)
			}
			fresh, outcome2 := compiled.New().Append([]byte("head"), input(t, c, v, "42", "1001"))
			if outcome != outcome2 || !bytes.Equal(fresh, got) {
				t.Errorf("%q: %q, then %q by another Masker", v, got, fresh)
			}
			clear(in.Value) // the buffer belongs to the caller again
			again, _ := used.Append([]byte("head"), input(t, c, v, "42", "1001"))
			if !bytes.Equal(again, got) {
				t.Errorf("%q: %q, then %q", v, got, again)
			}
			if outcome == Null || outcome == OutOfRange || outcome == Failed {
				if len(got) != len("head") {
					t.Errorf("%q: outcome %d with %q appended", v, outcome, got[4:])
				}
				continue
			}
			text := fromWire(t, c, got[len("head"):])
			asOther, otherOutcome := maskOne(t, otherMasker, other, input(t, other, v, "42", "1001"))
			if asOther != text || otherOutcome != outcome {
				t.Errorf("%q: %q and %q in the two wire formats", v, text, asOther)
			}
			if utf8.ValidString(v) && !utf8.ValidString(text) {
				t.Errorf("%q became %q, which is not UTF-8", v, text)
			}
			if c.Kind == Text && props.MaxChars > 0 && utf8.RuneCountInString(text) > props.MaxChars {
				t.Errorf("%q became %q, longer than %d", v, text, props.MaxChars)
			}
			if c.Kind == Text && props.KeepsLength && !c.Padded && utf8.RuneCountInString(text) != utf8.RuneCountInString(v) {
				t.Errorf("%q became %q, of another length", v, text)
			}
			if props.NeedsValue || s.Name == "keep" {
				continue
			}
			// The output does not depend on the value.
			if c.Kind == Text && v != "" && !(c.Padded && len(trimPad([]byte(v))) == 0) {
				if plain, _ := maskOne(t, used, c, input(t, c, "something else", "42", "1001")); plain != text {
					t.Errorf("%q and another value of the same subject became %q and %q", v, text, plain)
				}
			}
		}
	})
}

// The real value must not come through, whole or in part.
func TestNothingShinesThrough(t *testing.T) {
	t.Parallel()
	const planted = "zqxjkwvbanana"
	everyMask(t, func(t *testing.T, s *Spec, c Column, bind Binding) {
		if c.Kind != Text || s.Name == "generalize" || s.Name == "partial" || s.Name == "replace" {
			t.Skip("keeps a part of the value by design, or holds no text")
		}
		m := compileMask(t, s.Name, c, probed(s, c), bind).New()
		for _, v := range []string{planted, planted + "@" + planted + ".test", "https://" + planted + ".test/" + planted, `{"` + planted + `@x.test":"` + planted + `"}`, planted + " " + planted} {
			out, _ := m.Append(nil, input(t, c, v, planted, planted))
			if bytes.Contains(bytes.ToLower(out), []byte("zqxjk")) || bytes.Contains(bytes.ToLower(out), []byte("banana")) {
				t.Errorf("%q became %q", v, out)
			}
		}
	})
}

func TestNoAllocations(t *testing.T) {
	for _, s := range All() {
		if s.Source {
			continue
		}
		for _, kind := range scalars(s) {
			for _, keyed := range s.Keyed {
				typeName := typesOf[kind][len(typesOf[kind])-1]
				c := column(typeName).binary()
				if allocates[s.Name] || cannotTake(s, c, keyed) || s.Name == "generalize" && kind == Text {
					continue
				}
				m := compileMask(t, s.Name, c, probed(s, c), Binding{Keyed: keyed, Domain: "d", Subject: "public.customers"}).New()
				values := valuesFor(c)
				in := input(t, c, values[min(1, len(values)-1)], "42", "1001")
				dst := make([]byte, 0, 64<<10)
				m.Append(dst, in)
				if n := testing.AllocsPerRun(100, func() { m.Append(dst, in) }); n != 0 {
					t.Errorf("%s on %s by %s: %v allocations", s.Name, typeName, keyed, n)
				}
			}
		}
	}
}

// Two domains, two projects, two keys: what one shows says nothing about the
// other. For labels, agreement must not exceed chance.
func TestDomainsDiffer(t *testing.T) {
	t.Parallel()
	otherKey := NewKeyring(GenerateKey(), KeyringOptions{Project: "shop"})
	for _, tc := range []struct {
		mask   string
		col    Column
		params Params
		chance float64 // of two outputs to be equal
		value  func(i int) string
	}{
		{"email", column("text"), nil, 0, func(i int) string { return fmt.Sprintf("p%d@mail.test", i) }},
		{"pseudonym", column("text"), nil, 0, func(i int) string { return fmt.Sprint(i) }},
		{"phone", column("text"), nil, 0, func(i int) string { return fmt.Sprintf("+49301%07d", i) }},
		{"uuid", column("uuid"), nil, 0, func(i int) string { return fmt.Sprintf("018f3c2e-7b1a-4cde-8f00-%012x", i) }},
		{"permute", column("int8"), Params{"max": int64(4000)}, 1.0 / 4000, func(i int) string { return fmt.Sprint(i + 1) }},
		{"permute", column("int8"), Params{"max": "type"}, 0, func(i int) string { return fmt.Sprint(i + 1) }},
		{"city", column("text"), nil, 1.0 / 98, func(i int) string { return fmt.Sprint("city ", i) }},
		{"last_name", column("text"), nil, 1.0 / 469, func(i int) string { return fmt.Sprint("name ", i) }},
	} {
		t.Run(tc.mask, func(t *testing.T) {
			t.Parallel()
			a := compileMask(t, tc.mask, tc.col, tc.params, inDomain("a")).New()
			for name, m := range map[string]Masker{
				"another domain":  compileMask(t, tc.mask, tc.col, tc.params, inDomain("b")).New(),
				"another key":     compileMask(t, tc.mask, tc.col, tc.params, Binding{Keyed: ByValue, Domain: "a", Keys: otherKey}).New(),
				"another project": compileMask(t, tc.mask, tc.col, tc.params, Binding{Keyed: ByValue, Domain: "a", Keys: NewKeyring(testKey, KeyringOptions{Project: "b"})}).New(),
			} {
				const n = 4000
				same := 0
				for i := range n {
					in := input(t, tc.col, tc.value(i), "-", "-")
					x, _ := a.Append(nil, in)
					y, _ := m.Append(nil, in)
					if bytes.Equal(x, y) {
						same++
					}
				}
				if most := n*tc.chance + 6*math.Sqrt(n*tc.chance); float64(same) > most {
					t.Errorf("%s: %d of %d equal, chance makes %.0f", name, same, n, n*tc.chance)
				}
			}
			column2 := compileMask(t, tc.mask, tc.col.named("public.orders", "x"), tc.params, inDomain("a")).New()
			for i := range 100 {
				in := input(t, tc.col, tc.value(i), "-", "-")
				x, _ := a.Append(nil, in)
				y, _ := column2.Append(nil, in)
				if !bytes.Equal(x, y) {
					t.Fatalf("two columns of a domain: %q and %q", x, y)
				}
			}
		})
	}
}

// NULL subjects fall back to the row, and no table's rows meet another's.
func TestMissingSubject(t *testing.T) {
	t.Parallel()
	c := column("text")
	m := compileMask(t, "full_name", c, nil, person42).New()
	bySubject, _ := m.Append(nil, input(t, c, "x", "7", "1"))
	byRow1, _ := m.Append(nil, input(t, c, "x", "-", "7"))
	byRow2, _ := m.Append(nil, input(t, c, "x", "-", "8"))
	if bytes.Equal(bySubject, byRow1) || bytes.Equal(byRow1, byRow2) {
		t.Errorf("subject 7 is %q, row 7 %q, row 8 %q", bySubject, byRow1, byRow2)
	}
	other := compileMask(t, "full_name", c.named("public.orders", "c"), nil, person42).New()
	if x, _ := other.Append(nil, input(t, c, "x", "-", "7")); bytes.Equal(x, byRow1) {
		t.Errorf("row 7 of two tables is %q", x)
	}
	if x, _ := other.Append(nil, input(t, c, "x", "7", "9")); !bytes.Equal(x, bySubject) {
		t.Errorf("subject 7 is %q in one table and %q in another", bySubject, x)
	}
	empty, _ := m.Append(nil, &Input{Value: []byte("x"), Subject: []byte{}, Row: []byte("7")})
	if bytes.Equal(empty, byRow1) {
		t.Error("a subject of no characters counts as none")
	}
}

// What a mask says that it needs is what decides about its output.
func TestNeeds(t *testing.T) {
	t.Parallel()
	everyMask(t, func(t *testing.T, s *Spec, c Column, bind Binding) {
		values := valuesFor(c)
		value := values[min(1, len(values)-1)]
		for _, perRow := range []bool{false, true} {
			for _, subject := range []string{"", "public.customers"} {
				bind.Subject, bind.PerRow = subject, perRow
				compiled := compileMask(t, s.Name, c, probed(s, c), bind)
				p := compiled.Properties()
				m := compiled.New()
				sub, other := "42", "43"
				if subject == "" {
					sub, other = "-", "-"
				}
				a, _ := m.Append(nil, input(t, c, value, sub, "1"))
				b, _ := m.Append(nil, input(t, c, value, sub, "2"))
				if !bytes.Equal(a, b) && !p.NeedsRow {
					t.Errorf("subject %q, per row %v: depends on a row that it does not need", subject, perRow)
				}
				x, _ := m.Append(nil, input(t, c, value, other, "1"))
				if !bytes.Equal(a, x) && !p.NeedsSubject {
					t.Errorf("subject %q, per row %v: depends on a subject that it does not need", subject, perRow)
				}
			}
		}
	})
}
