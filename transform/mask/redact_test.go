package mask

import "testing"

func TestRedact(t *testing.T) {
	t.Parallel()
	cases := []maskCase{
		{name: "varchar too short", col: varchar(4), by: ByNothing, value: "abcd", want: `\[red`},
		{name: "varchar(1)", col: varchar(1), by: ByNothing, value: "a", want: `\[`},
		{name: "empty text", col: column("text"), by: ByNothing, value: "", want: `\[redacted\]`},
		{name: "own words", col: column("text"), params: Params{"with": "n/a"}, by: ByNothing, value: "secret", want: `n/a`},
		{name: "no words", col: column("text"), params: Params{"with": ""}, by: ByNothing, value: "secret", want: ``},
		{name: "numeric", col: numeric(5, 2), by: ByNothing, value: "123.45", want: `0`},
	}
	for typeName, want := range map[string]string{
		"text": `\[redacted\]`, "citext": `\[redacted\]`, "int2": "0", "int8": "0", "float8": "0", "bool": "f",
		"date": "1970-01-01", "timestamp": "1970-01-01 00:00:00", "timestamptz": `1970-01-01 00:00:00\+00`, "time": "00:00:00",
		"uuid": "00000000-0000-0000-0000-000000000000", "inet": "192.0.2.0", "cidr": "192.0.2.0/32",
		"macaddr": "02:00:00:00:00:00", "macaddr8": "02:00:00:00:00:00:00:00", "json": "{}", "jsonb": "{}",
		"bytea": `\\x`, "mood": "sad", "xml": "<redacted/>",
	} {
		cases = append(cases, maskCase{name: typeName, col: column(typeName), by: ByNothing, value: valuesFor(column(typeName))[0], want: want})
	}
	testMask(t, "redact", cases)
	noLabels := column("mood")
	noLabels.Labels = nil
	testRefusals(t, "redact", []refusal{
		{name: "unique", col: column("text").unique(), by: ByNothing, want: "is unique"},
		{name: "other alphabets", col: column("text"), params: Params{"with": "geschwärzt"}, by: ByNothing, want: "ASCII"},
		{name: "enum without labels", col: noLabels, by: ByNothing, want: "no labels"},
		{name: "array", col: column("interval"), by: ByNothing, want: "does not mask"},
	})
}
