package mask

import "testing"

func TestFPEFF1(t *testing.T) {
	t.Parallel()
	unique := column("text").unique()
	testMask(t, "fpe_ff1", []maskCase{
		{name: "digits", col: column("text"), domain: "account", value: "0012345678", want: `\d{10}`},
		{name: "separators stay", col: column("text"), domain: "account", value: "12-3456/789 0", want: `\d\d-\d{4}/\d{3} \d`},
		{name: "letters", col: column("text"), params: Params{"alphabet": "upper"}, domain: "account", value: "AB12-CD34", want: `[0-9A-Z]{4}-[0-9A-Z]{4}`},
		{name: "an alphabet of one's own", col: column("text"), params: Params{"alphabet": "ACGT"}, domain: "account", value: "GATTACAGATTACA", want: `[ACGT]{14}`},
		{name: "padded", col: func() Column { c := column("bpchar"); c.MaxChars = 12; return c }(), domain: "account", value: "12345678    ", want: `\d{8}`},
		{name: "too short", col: column("text"), domain: "account", value: "12345", want: `\d{5}`, outcome: Replaced},
		{name: "other characters", col: column("text"), domain: "account", value: "DE123456", want: `\d{8}`, outcome: Replaced},
		{name: "longest", col: column("text"), domain: "account", value: "1234567890123456789012345678901234567890123", want: `\d{43}`},
		{name: "too short and unique", col: unique, domain: "account", value: "12345", want: ``, outcome: Failed},
		{name: "empty", col: column("text"), domain: "account", value: "", want: ``},
	})
	testRefusals(t, "fpe_ff1", []refusal{
		{"a column of five digits", varchar(5), nil, ByValue, "fewer than a million"},
		{"one character", column("text"), Params{"alphabet": "1"}, ByValue, "at least two"},
		{"a character twice", column("text"), Params{"alphabet": "1231"}, ByValue, "twice"},
		{"a separator", column("text"), Params{"alphabet": "123-"}, ByValue, "no separators"},
		{"both cases where case does not count", column("citext"), Params{"alphabet": "alnum"}, ByValue, "ignores case"},
		{"by subject", column("text"), nil, BySubject, "cannot be keyed by"},
	})
}

// TestEnciphers: what is told of a value beforehand is what the mask does.
func TestEnciphers(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][2]bool{
		"12345678": {true, true}, "12-34 56.78": {true, true}, "12345": {false, true}, "AB-1": {false, false}, "AB-12": {false, true}, "12345678é": {false, false}, "": {false, false},
	} {
		for i, alphabet := range []string{"digits", "alnum"} {
			c := varchar(20)
			c.Unique = true
			compiled, err := Find("fpe_ff1").Compile(c, Params{"alphabet": alphabet}, Binding{Keyed: ByValue, Domain: "d", Keys: testRing})
			if err != nil {
				t.Fatal(err)
			}
			_, outcome := compiled.New().Append(nil, &Input{Value: []byte(value)})
			if got := Enciphers(alphabet, value); got != want[i] || got != (outcome == Masked) {
				t.Errorf("%s, %q: %t, the mask says %v", alphabet, value, got, outcome)
			}
		}
	}
}
