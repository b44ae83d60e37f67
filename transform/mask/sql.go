package mask

func sqlSpec() *Spec {
	return define(Spec{
		Name:    "sql",
		Summary: "writes what an SQL expression over the source row yields",
		Doc: `The source database evaluates the expression for each row, read-only, and casts it to the column's type.
It sees the columns of its own row by their names and ` + "`search_path`" + ` is ` + "`pg_catalog`" + `, so functions of
other schemas are written with their schema. What it keeps or destroys is up to the expression: understudy
checks that it is one expression of a fitting type, not that it protects anybody. Unkeyed hashes such as
` + "`md5(email)`" + ` can be undone by trying all likely inputs.

Do: ` + "`date_trunc('month', created_at)`" + `, or a total that has to agree with masked parts.
Don't: hash personal data in SQL; use ` + "`pseudonym`" + `.`,
		Example: `label: { mask: sql, expression: "'order ' || id" }`,
		Params: []Param{
			{Name: "expression", Type: String, Required: true, Doc: "one SQL expression over the row's columns"},
		},
		Accepts: anyKind,
		Keyed:   []Keyed{ByValue},
		Source:  true,
	}, nil)
}
