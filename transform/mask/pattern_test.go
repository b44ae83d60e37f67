package mask

import (
	"fmt"
	"regexp"
	"testing"
)

func TestPattern(t *testing.T) {
	t.Parallel()
	p := func(re string) Params { return Params{"pattern": re} }
	testMask(t, "pattern", []maskCase{
		{name: "code", col: varchar(8), params: p(`[A-Z]{3}-\d{4}`), value: "x", want: `[A-Z]{3}-\d{4}`},
		{name: "anchors", col: column("text"), params: p(`^(EU|US)\d{2,4}$`), value: "x", want: `(EU|US)\d{2,4}`},
		{name: "classes", col: column("text"), params: p(`\w+@[^a-z ]{2}.?`), value: "x", want: `\w{1,8}@[^a-z ]{2}.?`},
		{name: "repeat", col: column("text"), params: Params{"pattern": `a*`, "repeat": int64(2)}, value: "x", want: `a{0,2}`},
		{name: "long", col: column("text"), params: p(`[0-9a-f]{64}`), value: "x", want: `[0-9a-f]{64}`},
		{name: "by value", col: column("text"), params: p(`\d{20}`), domain: "d", value: "x", want: `\d{20}`},
	})
	testRefusals(t, "pattern", []refusal{
		{"none", column("text"), nil, BySubject, "is required"},
		{"no expression", column("text"), p(`(`), BySubject, "no regular expression"},
		{"too long", varchar(3), p(`\d{4}`), BySubject, "needs 4"},
		{"a word's end", column("text"), p(`a\b`), BySubject, "cannot be built"},
		{"letters of other scripts", column("text"), p(`ü`), BySubject, "ASCII"},
		{"a class of other scripts", column("text"), p(`[α-ω]`), BySubject, "ASCII"},
		{"an end that is not certain", column("text").unique(), p(`\d?[0-5]`), BySubject, "two ways"},
		{"two ways to one text", column("text").unique(), p(`a*a*`), BySubject, "two ways"},
		{"alike beginnings", column("text").unique(), p(`([a-c]\d|b\d)`), BySubject, "two ways"},
		{"no integer", column("text").unique(), p(`\d{9}`), BySubject, "single integer"},
		{"too few for hashes", column("text").unique(), p(`\d{9}`), ByValue, "too few"},
	})
}

// All texts of small patterns come out once, and match.
func TestPatternIsOneToOne(t *testing.T) {
	t.Parallel()
	for re, count := range map[string]int{
		`[A-C]{2}\d`: 90, `(a|bc|def)x[01]`: 6, `x(1|2[ab]|3[cd]{2})?`: 8, `([ab]|c\d)-[xyz]{2,3}`: 12 * 36, `\d{2,4}`: 11_100,
	} {
		t.Run(re, func(t *testing.T) {
			t.Parallel()
			bind := Binding{Keyed: BySubject, Subject: "s", IntegerKey: true}
			c := compileMask(t, "pattern", column("text").unique(), Params{"pattern": re}, bind)
			if p := c.Properties(); !p.Injective || p.Capacity != float64(count) {
				t.Fatalf("%+v, want %d texts", p, count)
			}
			m := c.New()
			match := regexp.MustCompile("^(?:" + re + ")$")
			seen := map[string]bool{}
			for i := range count {
				out, outcome := m.Append(nil, &Input{Value: []byte("x"), Subject: []byte(fmt.Sprint(i))})
				if outcome != Masked || !match.Match(out) || seen[string(out)] {
					t.Fatalf("%d: %q, outcome %d", i, out, outcome)
				}
				seen[string(out)] = true
			}
			if _, outcome := m.Append(nil, &Input{Value: []byte("x"), Subject: []byte(fmt.Sprint(count))}); outcome != Failed {
				t.Errorf("one text too many: outcome %d", outcome)
			}
		})
	}
}
