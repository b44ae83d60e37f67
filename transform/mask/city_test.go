package mask

import "testing"

func TestCity(t *testing.T) {
	t.Parallel()
	testMask(t, "city", []maskCase{
		{name: "by subject", col: column("text"), by: BySubject, value: "Berlin", want: `[A-Z][A-Za-z. ]+`},
		{name: "by value", col: column("text"), domain: "d", value: "Berlin", want: `[A-Z][A-Za-z. ]+`},
		{name: "empty", col: column("text"), by: BySubject, value: ""},
		{name: "multi-byte", col: column("text"), by: BySubject, value: "Köln 🏙", want: `[A-Z][A-Za-z. ]+`},
		{name: "cut", col: varchar(3), by: BySubject, value: "x", want: `[A-Z][A-Za-z. ]{2}`},
	})
}
