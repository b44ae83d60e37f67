package mask

import "testing"

func TestPostalCode(t *testing.T) {
	t.Parallel()
	testMask(t, "postal_code", []maskCase{
		{name: "US", col: column("text"), by: BySubject, value: "94110", want: `\d{5}`},
		{name: "US with four more", col: column("text"), by: BySubject, value: "94110-1234", want: `\d{5}-\d{4}`},
		{name: "UK", col: column("text"), by: BySubject, value: "SW1A 1AA", want: `[A-Z]{2}\d[A-Z] \d[A-Z]{2}`},
		{name: "lower case", col: column("text"), domain: "d", value: "k1a 0b1", want: `[a-z]\d[a-z] \d[a-z]\d`},
		{name: "char(5)", col: column("bpchar"), by: BySubject, value: "123  ", want: `\d{3}`},
		{name: "empty", col: column("text"), by: BySubject, value: ""},
		{name: "anything", col: column("text"), by: BySubject, value: "é_x🎻", want: `[A-Z]{2}[a-z][A-Z]`},
		{name: "long", col: column("text"), by: BySubject, value: "1234567890123456789012345678901234567890", want: `\d{40}`},
	})
}
