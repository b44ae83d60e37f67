package mask

import (
	"fmt"
	"testing"
)

func TestToken(t *testing.T) {
	t.Parallel()
	char40 := column("bpchar")
	char40.MaxChars = 40
	testMask(t, "token", []maskCase{
		{name: "by row", col: column("text").unique(), by: BySubject, value: "secret", want: `masked_[a-z2-7]{25}`},
		{name: "by value", col: column("text").unique(), domain: "d", value: "secret", want: `masked_[a-z2-7]{25}`},
		{name: "empty", col: column("text"), by: BySubject, value: ""},
		{name: "multi-byte", col: column("text"), by: BySubject, value: "ключ", want: `masked_[a-z2-7]{25}`},
		{name: "char(40)", col: char40, by: BySubject, value: "secret", want: `masked_[a-z2-7]{33}`},
		{name: "char(40) of blanks", col: char40, by: BySubject, value: "    "},
		{name: "varchar(22)", col: varchar(22).unique(), by: BySubject, value: "x", want: `masked_[a-z2-7]{15}`},
		{name: "varchar(21)", col: varchar(21).unique(), by: BySubject, value: "x", want: `[a-z2-7]{21}`},
		{name: "varchar(1)", col: varchar(1), by: BySubject, value: "x", want: `[a-z2-7]`},
		{name: "hex", col: column("text"), params: Params{"alphabet": "hex", "prefix": "", "length": int64(64)}, by: BySubject, value: "x", want: `[0-9a-f]{64}`},
		{name: "digits", col: column("text"), params: Params{"alphabet": "digits", "prefix": "", "length": int64(6)}, by: BySubject, value: "x", want: `\d{6}`},
		{name: "own prefix", col: column("text"), params: Params{"prefix": "sk_test_", "length": int64(40)}, by: BySubject, value: "x", want: `sk_test_[a-z2-7]{32}`},
		{name: "bytea", col: column("bytea"), by: BySubject, value: `\x00`, want: `\\x6d61736b65645f([0-9a-f]{2}){25}`},
		{name: "longest", col: column("text"), params: Params{"length": int64(255)}, by: BySubject, value: "x", want: `masked_[a-z2-7]{248}`},
	})
	testRefusals(t, "token", []refusal{
		{name: "short unique columns", col: varchar(14).unique(), by: BySubject, want: "70 bits are too few"},
		{name: "few unique digits", col: column("text").unique(), params: Params{"alphabet": "digits", "length": int64(20)}, by: BySubject, want: "66 bits are too few"},
		{name: "a length beyond the column", col: varchar(20), params: Params{"length": int64(21)}, by: BySubject, want: "needs 21 characters"},
		{name: "length 256", col: column("text"), params: Params{"length": int64(256)}, by: BySubject, want: "between 0 and 255"},
		{name: "foreign prefixes", col: column("text"), params: Params{"prefix": "schlüssel"}, by: BySubject, want: "ASCII"},
	})
}

// Every row of a subject has its own.
func TestTokensDiffer(t *testing.T) {
	t.Parallel()
	m := compileMask(t, "token", column("text").unique(), nil, person42).New()
	seen := map[string]bool{}
	for i := range 50_000 {
		out, _ := m.Append(nil, &Input{Value: []byte("x"), Subject: []byte("42"), Row: []byte(fmt.Sprint(i))})
		if seen[string(out)] {
			t.Fatalf("%s again", out)
		}
		seen[string(out)] = true
	}
}
