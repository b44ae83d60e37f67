package mask

import (
	"fmt"
	"testing"
)

func TestRandom(t *testing.T) {
	t.Parallel()
	testMask(t, "random", []maskCase{
		{name: "integer", col: column("int4"), params: Params{"min": int64(-3), "max": int64(3)}, value: "1", want: `-?[0-3]`},
		{name: "one number", col: column("int8"), params: Params{"min": int64(7), "max": int64(7)}, value: "1", want: `7`},
		{name: "numeric", col: numeric(5, 2), params: Params{"min": 1.25, "max": 9.75}, value: "1", want: `[1-9]\.\d\d`},
		{name: "negative numeric", col: column("numeric"), params: Params{"min": int64(-2), "max": -0.5, "decimals": int64(1)}, value: "1", want: `-[0-2]\.\d`},
		{name: "float", col: column("float8"), params: Params{"max": int64(1), "decimals": int64(3)}, value: "1", want: `[01](\.\d{1,3})?|\de-\d+`},
		{name: "boolean", col: column("bool"), value: "t", want: `t|f`},
		{name: "true", col: column("bool"), params: Params{"probability": int64(1)}, value: "t", want: `t`},
		{name: "date", col: column("date"), params: Params{"min": "2024-02-28", "max": "2024-03-01"}, value: "2000-01-01", want: `2024-02-2[89]|2024-03-01`},
		{name: "timestamp", col: column("timestamp"), params: Params{"min": "2024-02-28", "max": "2024-02-28 12:00:00"}, value: "2000-01-01 00:00:00", want: `2024-02-28 (0\d|1[012]):\d\d:\d\d`},
		{name: "time", col: column("time"), params: Params{"min": "08:00:00", "max": "08:59:59"}, value: "00:00:00", want: `08:\d\d:\d\d`},
		{name: "text", col: column("text"), value: "x", want: `[0-9A-Za-z]{16}`},
		{name: "short text", col: varchar(5), params: Params{"alphabet": "hex"}, value: "x", want: `[0-9a-f]{5}`},
		{name: "alphabet", col: column("text"), params: Params{"alphabet": "xy", "length": int64(40)}, value: "x", want: `[xy]{40}`},
		{name: "bytes", col: column("bytea"), params: Params{"length": int64(4)}, value: `\x00`, want: `\\x[0-9a-f]{8}`},
	})
	testRefusals(t, "random", []refusal{
		{"no end", column("int4"), nil, BySubject, "needed"},
		{"no beginning", column("date"), Params{"max": "2020-01-01"}, BySubject, "needed"},
		{"the wrong way", column("int4"), Params{"min": int64(2), "max": int64(1)}, BySubject, "below min"},
		{"what the type does not hold", column("int2"), Params{"max": int64(70000)}, BySubject, "does not fit"},
		{"decimals of an integer", column("int4"), Params{"max": 1.5}, BySubject, "decimals"},
		{"no date", column("date"), Params{"min": "soon", "max": "2020-01-01"}, BySubject, "must be a date"},
		{"a probability", column("bool"), Params{"probability": 1.5}, BySubject, "between 0 and 1"},
		{"long text", varchar(5), Params{"length": int64(6)}, BySubject, "needs 6"},
		{"one letter", column("text"), Params{"alphabet": "a"}, BySubject, "two"},
		{"too few texts for a unique column", varchar(4).unique(), nil, BySubject, "too few"},
	})
	if p := compileMask(t, "random", column("text").unique(), nil, person42).Properties(); !p.Injective {
		t.Error("16 letters and digits are not one to one")
	}
}

// Numbers cover their range evenly.
func TestRandomIsEven(t *testing.T) {
	t.Parallel()
	m := compileMask(t, "random", column("int8"), Params{"min": int64(10), "max": int64(29)}, person42).New()
	counts := make([]int, 20)
	c := column("int8")
	for i := range 20_000 {
		out, _ := m.Append(nil, &Input{Value: []byte("1"), Row: []byte(fmt.Sprint(i))})
		n, _ := readInt(c.Wire, out)
		counts[n-10]++
	}
	if x := chiSquared(counts); x > 6 {
		t.Errorf("%v: %.1f standard deviations", counts, x)
	}
}
