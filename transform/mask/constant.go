package mask

func constantSpec() *Spec {
	return define(Spec{
		Name:    "constant",
		Summary: "writes the same given value into every row",
		Doc: `Keeps nothing, not even which rows were NULL. The source database turns the value into the column's
type, so anything that can stand in quotes in SQL works for every type: arrays, ranges, intervals, enums.

Do: ` + "`value: active`" + ` where a program needs a value and any will do.
Don't: put a constant into a unique column.`,
		Example: "plan: { mask: constant, value: free }",
		Params: []Param{
			{Name: "value", Type: Scalar, Required: true, Doc: "the value, as it would be written in quotes in SQL; `null` for NULL"},
		},
		Accepts: anyKind,
		Keyed:   []Keyed{ByNothing},
		Source:  true,
	}, nil)
}
