package mask

import "testing"

func TestNull(t *testing.T) {
	t.Parallel()
	testMask(t, "null", []maskCase{
		{name: "text", col: column("text"), by: ByNothing, value: "x", outcome: Null},
		{name: "empty", col: column("text"), by: ByNothing, value: "", outcome: Null},
		{name: "a type without masks", col: column("interval"), by: ByNothing, value: "1 day", outcome: Null},
		{name: "unique", col: column("int8").unique(), by: ByNothing, value: "1", outcome: Null},
	})
	notNull := column("text")
	notNull.NotNull = true
	testRefusals(t, "null", []refusal{{name: "NOT NULL", col: notNull, by: ByNothing, want: "public.customers.c is NOT NULL"}})
}
