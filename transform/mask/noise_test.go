package mask

import (
	"math"
	"strconv"
	"testing"
)

func TestNoise(t *testing.T) {
	t.Parallel()
	testMask(t, "noise", []maskCase{
		{name: "integer", col: column("int4"), value: "1000", want: `(9[0-9][0-9]|10[0-9][0-9]|1100)`},
		{name: "small integer moves by one", col: column("int4"), value: "1", want: `[02]`},
		{name: "zero stays under a ratio", col: column("int4"), value: "0", want: `0`},
		{name: "negative stays negative", col: column("int4"), params: Params{"ratio": 1.0}, value: "-10", want: `(-[0-9]+|0)`},
		{name: "largest", col: column("int2"), value: "32767", want: `(29[0-9]{3}|3[0-2][0-9]{3})`},
		{name: "largest of all", col: column("int8"), value: "9223372036854775807", want: `[0-9]{18,19}`},
		{name: "smallest of all", col: column("int8"), value: "-9223372036854775808", want: `-[0-9]{18,19}`},
		{name: "decimals stay two", col: numeric(10, 2), value: "100.00", want: `(9[0-9]|10[0-9]|110)\.[0-9]{2}`},
		{name: "precision", col: numeric(4, 2), value: "99.99", want: `(8[0-9]|9[0-9])\.[0-9]{2}`},
		{name: "minimum", col: numeric(10, 2), params: Params{"by": int64(50), "min": int64(10)}, value: "11.00", want: `([1-5][0-9]|6[01])\.[0-9]{2}`},
		{name: "NaN", col: column("numeric"), value: "NaN", want: `NaN`},
		{name: "infinity", col: column("numeric"), value: "-Infinity", want: `-Infinity`},
		{name: "float", col: column("float8"), value: "0.5", want: `0\.(4[5-9]|5[0-5]?)[0-9]*`},
		{name: "float infinity", col: column("float4"), value: "Infinity", want: `Infinity`},
		{name: "geo", col: column("float8"), params: Params{"by": 0.01}, value: "52.5", want: `52\.(49|5)[0-9]*`},
		{name: "date", col: column("date"), params: Params{"by": int64(1)}, value: "2024-02-29", want: `2024-0(2-28|3-01)`},
		{name: "date infinity", col: column("date"), value: "infinity", want: `infinity`},
		{name: "time", col: column("timestamptz"), params: Params{"by": 0.5}, value: "2024-02-29 12:00:00+00", want: `2024-(02-29|03-01) .*`},
		{name: "times infinity", col: column("timestamp"), value: "-infinity", want: `-infinity`},
	})
	testRefusals(t, "noise", []refusal{
		{"text", column("text"), nil, BySubject, "does not mask"},
		{"two limits", column("int4"), Params{"ratio": 0.1, "by": int64(3)}, BySubject, "one of the two"},
		{"a ratio above 1", column("int4"), Params{"ratio": 1.5}, BySubject, "at most 1"},
		{"a ratio of a date", column("date"), Params{"ratio": 0.1}, BySubject, "means nothing"},
		{"half a day for a date", column("date"), Params{"by": 0.5}, BySubject, "at least a day"},
		{"crossed bounds", column("int4"), Params{"min": int64(3), "max": int64(1)}, BySubject, "below min"},
		{"order of numbers", column("int4"), Params{"after": "x"}, BySubject, "order of dates"},
		{"order within a document", column("date"), Params{"after": "x"}, BySubject, "only the rule of a column"},
	})
}

// Two refreshes under per_refresh draw the same noise: averaging gains nothing.
// Different rows of a subject draw different noise, and its mean is small.
func TestNoiseIsStable(t *testing.T) {
	t.Parallel()
	var sum float64
	same := 0
	rings := []*Keyring{
		NewKeyring(testKey, KeyringOptions{Project: "shop", Determinism: "per_refresh"}),
		NewKeyring(testKey, KeyringOptions{Project: "shop", Determinism: "per_refresh"}),
	}
	const rows = 4000
	for i := range rows {
		var out [2]string
		for n, ring := range rings {
			bind := person42
			bind.Keys = ring
			out[n] = oneOf(t, "noise", column("int4"), Params{"ratio": 0.2}, bind, "1000", "42", strconv.Itoa(i))
		}
		if out[0] != out[1] {
			t.Fatalf("row %d: %s, then %s", i, out[0], out[1])
		}
		if out[0] == "1000" {
			same++
		}
		n, _ := strconv.Atoi(out[0])
		sum += float64(n)
	}
	if same > 0 {
		t.Errorf("%d of %d values stayed", same, rows)
	}
	if mean := sum / rows; math.Abs(mean-1000) > 10 {
		t.Errorf("mean %v", mean)
	}
}

// An event stays after the one before, whatever becomes of that.
func TestNoiseAfter(t *testing.T) {
	t.Parallel()
	created := column("timestamptz")
	created.Name = "created"
	shifted := compileMask(t, "shift_date", created, nil, person42)
	paid := column("date")
	paid.Name = "paid"
	bindPaid := person42
	bindPaid.After = &Anchor{Column: created, Mask: shifted}
	paidMask := compileMask(t, "noise", paid, Params{"by": int64(5), "after": "created"}, bindPaid)
	shipped := column("timestamptz")
	bindShipped := person42
	bindShipped.After = &Anchor{Column: paid, Mask: paidMask}
	shippedMask := compileMask(t, "noise", shipped, Params{"by": int64(5), "after": "paid"}, bindShipped)
	value := func(s string) []byte { return []byte(s) }
	for i := range 500 {
		row := []byte(strconv.Itoa(i))
		in := Input{Subject: value("42"), Row: row, Value: value("2024-01-01 23:00:00+00")}
		a, _ := shifted.New().Append(nil, &in)
		in.Value, in.Afters = value("2024-01-02"), [][]byte{value("2024-01-01 23:00:00+00")}
		b, _ := paidMask.New().Append(nil, &in)
		in.Value, in.Afters = value("2024-01-03 10:00:00+00"), [][]byte{value("2024-01-02"), value("2024-01-01 23:00:00+00")}
		c, _ := shippedMask.New().Append(nil, &in)
		ma, _ := readMoment(&created, a)
		mb, _ := readMoment(&paid, b)
		mc, _ := readMoment(&shipped, c)
		if mb < floorDiv(ma, dayMicros)*dayMicros || mc < mb {
			t.Fatalf("row %d: %s, %s, %s", i, a, b, c)
		}
	}
	in := Input{Subject: value("42"), Row: value("1"), Value: value("2024-01-02"), Afters: [][]byte{nil}}
	if out, outcome := paidMask.New().Append(nil, &in); outcome != Masked || len(out) != 10 {
		t.Errorf("%s after NULL", out)
	}
}
