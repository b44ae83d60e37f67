package mask

import "testing"

func TestStreet(t *testing.T) {
	t.Parallel()
	testMask(t, "street", []maskCase{
		{name: "by subject", col: column("text"), by: BySubject, value: "1 Main St", want: anyStreet},
		{name: "by value", col: column("text"), domain: "d", value: "1 Main St", want: anyStreet},
		{name: "empty", col: column("text"), by: BySubject, value: ""},
		{name: "multi-byte", col: column("text"), by: BySubject, value: "東京都", want: anyStreet},
		{name: "cut", col: varchar(6), by: BySubject, value: "x", want: `\d+ .*`},
	})
}
