package mask

import (
	"math"
	"sort"
	"sync"
)

// Curve says how often the values of a column come up, and not which they are:
// labels drawn by it are as many and as unevenly frequent as the column's own
// values, while each subject's draw stays independent of its real value. It
// may be shared by goroutines.
type Curve struct {
	steps []Step

	mu    sync.Mutex
	slots map[curveKey]*curveSlots // made once, however many rules draw by the curve
}

// Step is a number of values that come up equally often.
type Step struct {
	Count  float64 // rows of each value
	Values int64
}

// curveThreshold is how many rows a value needs to show how frequent it is.
// Rarer ones share what is left, evenly: the frequency of a rare value can
// tell which it is.
const curveThreshold = 20

// NewCurve makes a curve of the frequencies of a column, in any order; nil
// without any.
func NewCurve(steps []Step) *Curve {
	var rare Step
	var rows float64
	c := &Curve{slots: map[curveKey]*curveSlots{}}
	for _, s := range steps {
		switch {
		case s.Count <= 0 || s.Values <= 0:
		case s.Count < curveThreshold:
			rare.Values += s.Values
			rows += s.Count * float64(s.Values)
		default:
			c.steps = append(c.steps, s)
		}
	}
	sort.Slice(c.steps, func(i, j int) bool { return c.steps[i].Count > c.steps[j].Count })
	if rare.Values > 0 {
		rare.Count = rows / float64(rare.Values)
		c.steps = append(c.steps, rare)
	}
	if len(c.steps) == 0 {
		return nil
	}
	return c
}

// Values is the number of different labels that the curve asks for.
func (c *Curve) Values() int64 {
	var n int64
	for _, s := range c.steps {
		n += s.Values
	}
	return n
}

const (
	minSlots = 1 << 16
	maxSlots = 1 << 20 // more values than that become as many labels
	perValue = 16      // slots for each value, so that rounding stays small
)

// ranks gives each label, most frequent first, a share of slots: drawing a slot
// evenly draws a label by the curve.
func (c *Curve) ranks() []int32 {
	values := c.Values()
	slots := float64(min(max(perValue*values, minSlots), maxSlots))
	var rows float64
	for _, s := range c.steps {
		rows += s.Count * float64(s.Values)
	}
	out := make([]int32, 0, int(slots))
	var rank int32
	var mass float64 // of the labels so far
	for _, s := range c.steps {
		for range s.Values {
			mass += s.Count
			end := int(math.Round(mass / rows * slots))
			if end == len(out) && rank < maxSlots {
				end++ // no label gets lost
			}
			for len(out) < end {
				out = append(out, rank)
			}
			if rank++; rank == maxSlots {
				return out
			}
		}
	}
	return out
}

// curveKey is what a curve's labels are made from.
type curveKey struct {
	class Class
	lex   *lexicon
	order uint64 // which label comes first: by key
}

// curveSlots are labels, each as often as it is to be drawn.
type curveSlots struct {
	labels, slugs []string
	at            []int32 // of each: its first part among the labels that the curve is put on
	distinct      int
}

func (c *Curve) labels(key curveKey, base []string) *curveSlots {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.slots[key]; s != nil {
		return s
	}
	order, from := make([]string, len(base)), make([]int32, len(base))
	copy(order, base)
	for i := range from {
		from[i] = int32(i)
	}
	random := stream{key.order, uint64(key.class)}
	for i := len(order) - 1; i > 0; i-- {
		j := random.below(i + 1)
		order[i], order[j] = order[j], order[i]
		from[i], from[j] = from[j], from[i]
	}
	s := &curveSlots{}
	var label, short string
	var at int32
	last := int32(-1)
	for _, rank := range c.ranks() {
		if rank != last {
			label = nthLabel(order, int(rank))
			short, at = slug(transliterate(label)), from[firstPart(int(rank), len(from))]
			last = rank
			s.distinct++
		}
		s.labels, s.slugs, s.at = append(s.labels, label), append(s.slugs, short), append(s.at, at)
	}
	c.slots[key] = s
	return s
}

// firstPart is which of size labels nthLabel begins with.
func firstPart(n, size int) int {
	switch {
	case n < size || size < 2:
	case n-size < size*(size-1):
		n -= size
	default:
		n -= size + size*(size-1)
	}
	return n % size
}

// nthLabel is a label of a list, or beyond its end two or more of them joined:
// Anna-Maria, Lake Forest-Aurora, Smith-Jones. All are different.
func nthLabel(base []string, n int) string {
	size := len(base)
	if n < size || size < 2 {
		return base[n%size]
	}
	n -= size
	if n < size*(size-1) {
		i := n % size
		return base[i] + "-" + base[(i+1+n/size)%size]
	}
	n -= size * (size - 1)
	label := base[n%size] + "-" + base[n/size%size]
	for n /= size * size; ; n = n/size - 1 {
		label += "-" + base[n%size]
		if n < size {
			return label
		}
	}
}

// shaped is the rule's lexicon with the labels that have a curve repeated by it.
func (r *rule) shaped(lex *lexicon) *lexicon {
	if len(r.bind.Shapes) == 0 || r.bind.Keys == nil || r.bind.Keyed != BySubject {
		return lex
	}
	out := *lex
	for class, curve := range r.bind.Shapes {
		key := newPRF(r.bind.Keys.derive(prfKey, "labels by a curve", "subject:"+r.bind.Subject))
		key.begin(byte(class))
		order := key.half(nil)
		base := map[Class][]string{FirstName: lex.first, LastName: lex.last, City: lex.city, Company: lex.last}[class]
		s := curve.labels(curveKey{class, lex, order[0]}, base)
		switch class {
		case FirstName:
			out.first, out.firstSlug, out.firstAt = s.labels, s.slugs, s.at
		case LastName:
			out.last, out.lastSlug = s.labels, s.slugs
		case City:
			out.city, out.cityAt = s.labels, s.at
		case Company:
			out.company = s.labels
		}
	}
	return &out
}

// weights are what values labels of a list are drawn by: in a keyed order, the
// most frequent values' frequencies. Labels beyond the curve's are not drawn, and
// values beyond the labels share nobody's.
func (c *Curve) weights(values int, order stream) []float64 {
	out, at := make([]float64, values), make([]int, values)
	for i := range at {
		at[i] = i
	}
	for i := values - 1; i > 0; i-- {
		j := order.below(i + 1)
		at[i], at[j] = at[j], at[i]
	}
	n := 0
	for _, s := range c.steps {
		for range s.Values {
			if n == values {
				return out
			}
			out[at[n]] = s.Count
			n++
		}
	}
	return out
}

// shapeParam lets a label mask draw by the source's curve.
func shapeParam() Param {
	return Param{Name: "shape", Type: String, OneOf: []string{"even", "source"}, Doc: "`source` makes the labels as many and as unevenly frequent as the column's real values, " +
		"and no real value becomes one label; the curve is read anew for each refresh, so that a few subjects change their label when it does; `even`, the default, makes all equally frequent"}
}

// ShapeClass is the class of labels that a mask with `shape: source` draws, and
// false for masks that know no shape.
func ShapeClass(s *Spec) (Class, bool) {
	switch s.Name {
	case "first_name":
		return FirstName, true
	case "last_name":
		return LastName, true
	case "city":
		return City, true
	case "company":
		return Company, true
	case "choice":
		return Listed, true
	}
	return 0, false
}

// checkShape refuses a curve where it would not do what it is for.
func (r *rule) checkShape() *ParamError {
	if r.params.text("shape") == "source" && r.bind.Keyed != BySubject {
		return &ParamError{Param: "shape", Msg: "needs a subject: keyed by the value, each real value would become one label, and the curve would tell which", Hint: "leave out the domain"}
	}
	return nil
}
