package mask

import "testing"

func TestFirstName(t *testing.T) {
	t.Parallel()
	testMask(t, "first_name", []maskCase{
		{name: "by subject", col: column("text"), by: BySubject, value: "Jane", want: `[A-Z][A-Za-z']+`},
		{name: "by value", col: column("citext"), domain: "d", value: "JANE", want: `[A-Z][A-Za-z']+`},
		{name: "empty", col: column("text"), by: BySubject, value: ""},
		{name: "multi-byte", col: varchar(40), by: BySubject, value: "Åsa-Märta", want: `[A-Z][A-Za-z']+`},
		{name: "cut", col: varchar(2), by: BySubject, value: "x", want: `[A-Z][a-z]`},
	})
	testRefusals(t, "first_name", []refusal{{name: "dates", col: column("date"), by: BySubject, want: "does not mask"}})
}
