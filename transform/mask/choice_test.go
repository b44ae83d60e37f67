package mask

import (
	"fmt"
	"math"
	"testing"
)

func TestChoice(t *testing.T) {
	t.Parallel()
	list := Params{"values": []string{"free", "pro"}}
	testMask(t, "choice", []maskCase{
		{name: "text", col: column("text"), params: list, value: "x", want: `free|pro`},
		{name: "labels", col: column("mood"), value: "sad", want: `sad|ok|happy`},
		{name: "some labels", col: column("mood"), params: Params{"values": []string{"ok"}}, value: "sad", want: `ok`},
		{name: "numbers", col: column("int2"), params: Params{"values": []string{"1", "-20"}}, value: "3", want: `1|-20`},
		{name: "numeric", col: numeric(4, 2), params: Params{"values": []string{"1.5", "20"}}, value: "3", want: `1.5|20`},
		{name: "float", col: column("float8"), params: Params{"values": []string{"1.5"}}, value: "3", want: `1.5`},
		{name: "boolean", col: column("bool"), params: Params{"values": []string{"true"}}, value: "f", want: `t`},
		{name: "date", col: column("date"), params: Params{"values": []string{"2020-02-29"}}, value: "2000-01-01", want: `2020-02-29`},
		{name: "time", col: column("timestamptz"), params: Params{"values": []string{"2020-02-29T08:00:00Z"}}, value: "2000-01-01 00:00:00+00", want: `2020-02-29 08:00:00\+00`},
		{name: "file", col: column("text"), params: Params{"file": []string{"a\t1", "b\t0"}}, value: "x", want: `a`},
		{name: "by value", col: column("text"), params: list, domain: "plan", value: "x", want: `free|pro`},
		{name: "empty", col: column("text"), params: list, value: "", want: ``},
	})
	testRefusals(t, "choice", []refusal{
		{"nothing", column("text"), nil, BySubject, "nothing to draw"},
		{"a long one", varchar(3), list, BySubject, "entry 1 does not fit"},
		{"no label", column("mood"), list, BySubject, "entry 1"},
		{"no number", column("int4"), list, BySubject, "entry 1"},
		{"a number out of range", column("int2"), Params{"values": []string{"1", "40000"}}, BySubject, "entry 2"},
		{"digits that do not fit", numeric(3, 2), Params{"values": []string{"10"}}, BySubject, "entry 1"},
		{"too few weights", column("text"), Params{"values": []string{"a", "b"}, "weights": []string{"1"}}, BySubject, "1 weights for 2"},
		{"a weight that is none", column("text"), Params{"values": []string{"a", "b"}, "weights": []string{"1", "x"}}, BySubject, "weight 2"},
		{"no weight at all", column("text"), Params{"values": []string{"a", "b"}, "weights": []string{"0", "0"}}, BySubject, "all are 0"},
		{"some weights", column("text"), Params{"file": []string{"a\t1", "b"}}, BySubject, "1 weights for 2"},
		{"both", column("text"), Params{"file": []string{"a"}, "values": []string{"a"}}, BySubject, "one of the two"},
		{"unique", column("text").unique(), list, BySubject, "same value"},
	})
	latin := column("text")
	latin.Encoding = "LATIN1"
	testRefusals(t, "choice", []refusal{{"letters that the encoding lacks", latin, Params{"values": []string{"日本"}}, BySubject, "entry 1"}})
}

// Draws follow the weights, and differ between the rows of a subject unless asked not to.
func TestChoiceWeights(t *testing.T) {
	t.Parallel()
	params := Params{"values": []string{"a", "b", "c", "never"}, "weights": []string{"70", "25", "5", "0"}}
	m := compileMask(t, "choice", column("text"), params, person42).New()
	const n = 20_000
	counts := map[string]float64{}
	for i := range n {
		out, _ := m.Append(nil, &Input{Value: []byte("x"), Subject: []byte("1"), Row: []byte(fmt.Sprint(i))})
		counts[string(out)]++
	}
	for v, share := range map[string]float64{"a": 0.7, "b": 0.25, "c": 0.05, "never": 0} {
		if d := math.Abs(counts[v]/n - share); d > 0.02 {
			t.Errorf("%s: %v of %d", v, counts[v], n)
		}
	}
	params["per"] = "subject"
	m = compileMask(t, "choice", column("text"), params, person42).New()
	first := ""
	for i := range 50 {
		out, _ := m.Append(nil, &Input{Value: []byte("x"), Subject: []byte("1"), Row: []byte(fmt.Sprint(i))})
		if first == "" {
			first = string(out)
		}
		if string(out) != first {
			t.Fatalf("rows of a subject: %s and %s", first, out)
		}
	}
}
