package mask

import (
	"slices"
	"strconv"
	"strings"
)

func choiceSpec() *Spec {
	return define(Spec{
		Name:    "choice",
		Summary: "one value of a list",
		Doc: `Draws from a list that the rule gives, from the lines of a file, or, on an enum column without either, from the type's
labels. The real value does not enter. Weights make some more frequent than others; a line of a file may end in a tab and its weight.

With a domain it is keyed by the value instead: equal values stay equal, which shows how frequent each is.`,
		Example: "plan: { mask: choice, values: [free, pro, team], weights: [80, 15, 5] }",
		Params: []Param{
			{Name: "values", Type: Strings, Doc: "what is drawn from"},
			{Name: "file", Type: Lines, Doc: "path of a file with a value on each line, relative to the policy file"},
			{Name: "weights", Type: Strings, Doc: "how often each of the values is drawn, in relation to the others; all alike without"},
			{Name: "shape", Type: String, OneOf: []string{"even", "source"}, Doc: "`source` draws as many of the values, and as unevenly, as the column has real ones: which value gets which frequency is drawn by the key, and frequencies of values with fewer than 20 rows are levelled; read anew for each refresh. `even`, the default, makes all equally frequent"},
			perParam("row"),
		},
		Accepts: literalKinds,
		Keyed:   []Keyed{BySubject, ByValue},
		probe: func(k Kind) Params {
			if k == Enum {
				return nil
			}
			return Params{"values": literalSamples[k]}
		},
	}, func(r *rule) (*compiled, *ParamError) {
		param, texts := "values", r.params.strings("values")
		weights := r.params.strings("weights")
		if err := r.checkShape(); err != nil {
			return nil, err
		}
		switch {
		case r.params.has("file") && texts != nil:
			return nil, &ParamError{Param: "file", Msg: "values are given as well: write one of the two"}
		case r.params.has("file"):
			param = "file"
			for _, line := range r.params.strings("file") {
				value, weight, weighted := strings.Cut(line, "\t")
				texts = append(texts, value)
				if weighted {
					weights = append(weights, weight)
				}
			}
		case texts == nil && r.col.Kind == Enum:
			texts = r.col.Labels
		}
		if len(texts) == 0 {
			return nil, &ParamError{Param: param, Msg: "there is nothing to draw from", Hint: "for example " + r.spec.Example}
		}
		values, err := r.literals(param, texts)
		if err != nil {
			return nil, err
		}
		m := choice{values: values}
		if m.ends, err = weightEnds(weights, len(values)); err != nil {
			return nil, err
		}
		if r.params.text("shape") == "source" {
			if weights != nil {
				return nil, &ParamError{Param: "shape", Msg: "weights are given as well: write one of the two"}
			}
			if curve := r.bind.Shapes[Listed]; curve != nil && r.bind.Keys != nil {
				key := newPRF(r.bind.Keys.derive(prfKey, "choice by a curve", r.col.Table+"."+r.col.Name))
				key.begin(byte(Listed))
				m.ends = shareEnds(curve.weights(len(values), stream{key.half(nil)[0], uint64(Listed)}))
			}
		}
		distinct := map[string]bool{}
		for _, v := range values {
			distinct[string(v)] = true
		}
		props := r.needs(r.drawBy(), Properties{Capacity: float64(len(distinct)), MaxChars: longest(texts), PrivacyRank: r.labelRank()})
		return &compiled{
			props: props,
			start: func() Masker { m := m; m.keyer = r.drawKeyer(); return &m },
		}, nil
	})
}

// literalSamples are lists of two values of each family, for trying masks that want some.
var literalSamples = map[Kind][]string{
	Text: {"a", "b"}, Int: {"1", "2"}, Numeric: {"1", "2"}, Float: {"1", "2"}, Bool: {"true", "false"}, Date: {"2020-01-01", "2020-01-02"},
	Timestamp: {"2020-01-01", "2020-01-02"}, TimestampTZ: {"2020-01-01", "2020-01-02"},
	UUID: {"00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"},
}

// weightEnds are where each value's share of all draws ends; nil for even shares.
func weightEnds(weights []string, values int) ([]uint64, *ParamError) {
	if len(weights) == 0 {
		return nil, nil
	}
	if len(weights) != values {
		return nil, &ParamError{Param: "weights", Msg: strconv.Itoa(len(weights)) + " weights for " + strconv.Itoa(values) + " values"}
	}
	sum := 0.0
	shares := make([]float64, values)
	for i, w := range weights {
		f, err := strconv.ParseFloat(strings.TrimSpace(w), 64)
		if err != nil || f < 0 || f > 1e12 {
			return nil, &ParamError{Param: "weights", Msg: "weight " + strconv.Itoa(i+1) + " is no number from 0 to 10^12"}
		}
		shares[i] = f
		sum += f
	}
	if sum == 0 {
		return nil, &ParamError{Param: "weights", Msg: "all are 0"}
	}
	return shareEnds(shares), nil
}

// shareEnds are where shares of all draws end, in 2^52 parts: floats count so far
// exactly.
func shareEnds(shares []float64) []uint64 {
	const whole = 1 << 52
	sum, so := 0.0, 0.0
	for _, f := range shares {
		sum += f
	}
	ends := make([]uint64, len(shares))
	for i, f := range shares {
		so += f
		ends[i] = uint64(so / sum * whole)
	}
	ends[len(ends)-1] = whole
	return ends
}

type choice struct {
	keyer  keyer
	values [][]byte
	ends   []uint64
}

func (m *choice) Append(dst []byte, in *Input) ([]byte, Outcome) {
	d := m.keyer.half(in)
	n := int(below(d[0], uint64(len(m.values))))
	if m.ends != nil {
		at := d[0] >> 12
		n, _ = slices.BinarySearch(m.ends, at+1) // the first share that ends beyond it
	}
	return append(dst, m.values[n]...), Masked
}
