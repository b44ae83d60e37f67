package mask

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

// zipf is a curve of n values, the k-th of which has 1/k of the first's rows.
func zipf(n int, rows float64) *Curve {
	var steps []Step
	for k := 1; k <= n; k++ {
		steps = append(steps, Step{rows / float64(k), 1})
	}
	return NewCurve(steps)
}

func TestCurvePoolsRareValues(t *testing.T) {
	t.Parallel()
	c := NewCurve([]Step{{3, 100}, {500, 2}, {19, 10}, {20, 1}, {0, 7}})
	if len(c.steps) != 3 || c.steps[0] != (Step{500, 2}) || c.steps[1] != (Step{20, 1}) || c.steps[2].Values != 110 {
		t.Errorf("%v: values of fewer than 20 rows show how frequent each is", c.steps)
	}
	if NewCurve(nil) != nil || NewCurve([]Step{{0, 3}}) != nil {
		t.Error("a curve of nothing")
	}
}

func TestLabelsAreDifferent(t *testing.T) {
	t.Parallel()
	base := []string{"a", "b", "c", "d", "e"}
	seen := map[string]int{}
	for n := range 3000 {
		label := nthLabel(base, n)
		if before, twice := seen[label]; twice {
			t.Fatalf("label %d is label %d: %s", n, before, label)
		}
		seen[label] = n
	}
}

// The labels of many subjects come up as the curve says, whatever the real
// values are, and there are as many.
func TestShapedDraw(t *testing.T) {
	t.Parallel()
	const subjects, values = 200_000, 2000
	curve := zipf(values, 20_000)
	bind := Binding{Keyed: BySubject, Subject: "public.customers", Shapes: map[Class]*Curve{LastName: curve}}
	m := compileMask(t, "last_name", column("text"), Params{"shape": "source"}, bind).New()
	full := compileMask(t, "full_name", column("text"), nil, bind).New()
	mail := compileMask(t, "email", column("text"), nil, bind).New()
	counts := map[string]int{}
	for i := range subjects {
		in := &Input{Value: []byte("Roe"), Subject: []byte(strconv.Itoa(i))}
		out, _ := m.Append(nil, in)
		counts[string(out)]++
		if i < 100 {
			name, _ := full.Append(nil, in)
			address, _ := mail.Append(nil, in)
			if !strings.HasSuffix(string(name), " "+string(out)) || !strings.Contains(string(address), "."+slug(string(out))+".") {
				t.Errorf("%s, %s and %s are one person", out, name, address)
			}
		}
	}
	if len(counts) < values*95/100 || len(counts) > values {
		t.Errorf("%d labels, want about %d", len(counts), values)
	}
	var total float64
	for _, s := range curve.steps {
		total += s.Count * float64(s.Values)
	}
	slots := curve.labels(curveKey{LastName, englishLexicon(), orderOf(bind)}, englishLexicon().last)
	rank, last := 0, ""
	for _, label := range slots.labels {
		if label == last {
			continue
		}
		last = label
		rank++
		want := 20_000 / float64(rank) / total * subjects
		if want < 200 {
			break
		}
		if got := float64(counts[label]); math.Abs(got-want) > 5*math.Sqrt(want)+want/50 {
			t.Errorf("rank %d: %v times, want %v", rank, got, want)
		}
	}
}

func orderOf(bind Binding) uint64 {
	p := newPRF(testRing.derive(prfKey, "labels by a curve", "subject:"+bind.Subject))
	p.begin(byte(LastName))
	return p.half(nil)[0]
}

func TestShapeRefusals(t *testing.T) {
	t.Parallel()
	testRefusals(t, "city", []refusal{{"a domain", column("text"), Params{"shape": "source"}, ByValue, "needs a subject"}})
}

func TestShapedDrawAllocatesNothing(t *testing.T) {
	m := compileMask(t, "city", column("text"), Params{"shape": "source"}, Binding{Keyed: BySubject, Subject: "s", Shapes: map[Class]*Curve{City: zipf(500, 10_000)}}).New()
	in, dst := &Input{Value: []byte("x"), Subject: []byte("42")}, make([]byte, 0, 100)
	if n := testing.AllocsPerRun(100, func() { m.Append(dst, in) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
