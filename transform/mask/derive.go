package mask

func deriveSpec() *Spec {
	return define(Spec{
		Name:    "derive",
		Summary: "computes the column again from what is masked",
		Doc: `For columns that are made of others: search vectors, denormalised names, totals, hashes of other columns. The original is not read at all;
after all rows are loaded, and before keys, indexes and other constraints are built, the generation evaluates the expression for every
row and casts it to the column's type. It sees the masked columns of its own row by their names, and with subqueries any other table of the
generation; ` + "`search_path`" + ` is ` + "`pg_catalog`" + `, so names of other schemas are written with their schema.

` + "`derive: \"…\"`" + ` is short for ` + "`{ mask: derive, expression: \"…\" }`" + `. Tables are derived in the policy's order; all columns of a table at once. The table is
written twice more, so prefer generated columns where you can: those need no rule.

Until then the column is NULL: a NOT NULL constraint is taken off and put back, a CHECK has to admit NULL.`,
		Example: `search: { mask: derive, expression: "to_tsvector('english', name || ' ' || notes)" }`,
		Params: []Param{
			{Name: "expression", Type: String, Required: true, Doc: "one SQL expression over the masked row"},
		},
		Accepts: anyKind,
		Keyed:   []Keyed{ByValue},
		Source:  true,
	}, nil)
}
