package mask

func sameAsSpec() *Spec {
	return define(Spec{
		Name:    "same_as",
		Summary: "becomes what another column of a referenced row becomes",
		Doc: `For copies of a column of another table: ` + "`orders.customer_email`" + ` beside ` + "`customers.email`" + `. The copy gets the fake of the row that ` + "`via`" + ` leads
to, whatever that column is masked by and keyed by, and whether or not the copy still agreed with it in production: a stale
copy is mended. Where no row is found the copy becomes NULL.

` + "`via`" + ` holds the columns that identify the row: of a foreign key, or of the other table's primary key.
` + "`same_as: public.customers.email via customer_id`" + ` is short for the form below. The source looks the row up, which makes reading slower.
Both columns need the same type, and the copy has to be as long.`,
		Example: "customer_email: { mask: same_as, column: public.customers.email, via: [customer_id] }",
		Params: []Param{
			{Name: "column", Type: String, Required: true, Doc: "schema.table.column to agree with"},
			{Name: "via", Type: Strings, Required: true, Doc: "columns of this table that identify the row"},
		},
		Accepts: anyKind,
		Keyed:   []Keyed{ByValue},
		Source:  true,
	}, nil)
}
