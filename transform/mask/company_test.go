package mask

import "testing"

func TestCompany(t *testing.T) {
	t.Parallel()
	testMask(t, "company", []maskCase{
		{name: "by subject", col: column("text"), by: BySubject, value: "Acme", want: `[A-Z][A-Za-z']+-[A-Z][A-Za-z']+ (Inc|and Sons|LLC|Group)`},
		{name: "by value", col: column("text"), domain: "d", value: "Acme", want: `[A-Z][A-Za-z']+-[A-Z][A-Za-z']+ (Inc|and Sons|LLC|Group)`},
		{name: "empty", col: column("text"), by: BySubject, value: ""},
		{name: "multi-byte", col: column("text"), by: BySubject, value: "Süßwaren GmbH", want: `.+-.+ .+`},
		{name: "short", col: varchar(12), by: BySubject, value: "x", want: `[A-Z][A-Za-z']+`},
		{name: "one letter", col: varchar(1), by: BySubject, value: "x", want: `[A-Z]`},
	})
}
