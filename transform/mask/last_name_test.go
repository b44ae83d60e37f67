package mask

import "testing"

func TestLastName(t *testing.T) {
	t.Parallel()
	testMask(t, "last_name", []maskCase{
		{name: "by subject", col: column("text"), by: BySubject, value: "Roe", want: `[A-Z][A-Za-z']+`},
		{name: "by value", col: column("text"), domain: "d", value: "Roe", want: `[A-Z][A-Za-z']+`},
		{name: "empty", col: column("text"), by: BySubject, value: ""},
		{name: "multi-byte", col: column("text"), by: BySubject, value: "O’Néill 李", want: `[A-Z][A-Za-z']+`},
		{name: "cut", col: varchar(3), by: BySubject, value: "x", want: `[A-Z][a-z]{2}`},
	})
	testRefusals(t, "last_name", []refusal{{name: "json", col: column("json"), by: BySubject, want: "does not mask"}})
}
