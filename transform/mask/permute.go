package mask

import "fmt"

func permuteSpec() *Spec {
	return define(Spec{
		Name:    "permute",
		Summary: "another number of a range, one to one",
		Doc: `Permutes the whole numbers from min to max: different numbers stay different and equal ones stay equal in all
columns of the domain, so keys, references and joins work. Numbers keep neither order nor nearness: an index on the
column becomes less useful for ranges, and rows no longer lie on disk in its order. Only the key's holder can turn it back.

The range is written down, once for all refreshes and the same for all columns of the domain, since a different
range is a different permutation. A number outside of it stops the run. Sequences of the column restart above max.
` + "`max: type`" + ` takes the largest number of the column's type, which leaves no room for new rows from a sequence.

Do: ` + "`max: 1000000000`" + ` in an integer key that must not be recognised.
Don't: permute surrogate keys that nobody outside knows; keeping them costs nothing and keeps the plans.`,
		Example: "account_no: { mask: permute, domain: account.no, max: 999999999 }",
		Params: []Param{
			{Name: "max", Type: Scalar, Required: true, Doc: "the largest number of the range, or `type` for the largest that the column holds"},
			{Name: "min", Type: Integer, Default: int64(1), Doc: "the smallest number of the range"},
		},
		Accepts: []Kind{Int, Numeric},
		Keyed:   []Keyed{ByValue},
		probe:   func(Kind) Params { return Params{"max": "type"} },
	}, func(r *rule) (*compiled, *ParamError) {
		lo, hi, err := r.permuteRange()
		if err != nil {
			return nil, err
		}
		last := uint64(hi) - uint64(lo)
		return &compiled{
			props: r.needs(byValue, Properties{
				Injective: true, Capacity: float64(last) + 1, Reversible: true, PrivacyRank: 3,
			}),
			start: func() Masker {
				return &permute{col: &r.col, min: lo, max: hi, perm: r.bind.Keys.permutation(r.domain(), fmt.Sprintf("permute from %d", lo), last)}
			},
		}, nil
	})
}

// permuteRange is the range that the rule declares, checked against the type.
func (r *rule) permuteRange() (lo, hi int64, err *ParamError) {
	const widest = 18 // digits that an int64 holds, whatever they are
	typeLo, typeHi := intRange(64)
	switch {
	case r.col.Kind == Int && (r.col.Bits == 16 || r.col.Bits == 32):
		typeLo, typeHi = intRange(r.col.Bits)
	case r.col.Kind == Numeric && r.col.Precision > 0 && r.col.Scale != 0:
		return 0, 0, &ParamError{Msg: fmt.Sprintf("permute masks whole numbers, and %s is %s", r.column(), r.col.typeName())}
	case r.col.Kind == Numeric && r.col.Precision > 0 && r.col.Precision <= widest:
		typeHi = 1
		for range r.col.Precision {
			typeHi *= 10
		}
		typeHi--
		typeLo = -typeHi
	}
	lo = r.params.int("min")
	switch max := r.params["max"].(type) {
	case int64:
		hi = max
	case string:
		if max != "type" {
			return 0, 0, &ParamError{Param: "max", Msg: "must be an integer or `type`"}
		}
		if r.col.Kind == Numeric && (r.col.Precision == 0 || r.col.Precision > widest) {
			return 0, 0, &ParamError{Param: "max", Msg: fmt.Sprintf("%s has no largest number that fits 64 bits: write one", r.col.typeName())}
		}
		hi = typeHi
	default:
		return 0, 0, &ParamError{Param: "max", Msg: "must be an integer or `type`"}
	}
	switch {
	case lo < typeLo:
		return 0, 0, &ParamError{Param: "min", Msg: fmt.Sprintf("is below %d, the smallest number of %s", typeLo, r.col.typeName())}
	case hi > typeHi:
		return 0, 0, &ParamError{Param: "max", Msg: fmt.Sprintf("is above %d, the largest number of %s", typeHi, r.col.typeName())}
	case hi <= lo:
		return 0, 0, &ParamError{Param: "max", Msg: "must be above min"}
	}
	return lo, hi, nil
}

type permute struct {
	col      *Column
	min, max int64
	perm     permutation
}

func (m *permute) Append(dst []byte, in *Input) ([]byte, Outcome) {
	var n int64
	var ok bool
	if m.col.Kind == Int {
		n, ok = readInt(m.col.Wire, in.Value)
	} else {
		n, ok = readInteger(m.col.Wire, in.Value)
	}
	if !ok || n < m.min || n > m.max {
		return dst, OutOfRange
	}
	n = int64(uint64(m.min) + m.perm.apply(uint64(n)-uint64(m.min)))
	if m.col.Kind == Int {
		return appendInt(dst, m.col, n), Masked
	}
	return appendInteger(dst, m.col.Wire, n), Masked
}
