package mask

import (
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestGeneralize(t *testing.T) {
	t.Parallel()
	step := func(v any) Params { return Params{"step": v} }
	to := func(s string) Params { return Params{"to": s} }
	prefix := func(n int64) Params { return Params{"prefix": n} }
	ages := Params{"step": int64(5), "min": int64(18), "max": int64(90)}
	testMask(t, "generalize", []maskCase{
		{name: "int4", col: column("int4"), params: step(int64(10)), by: ByValue, value: "47", want: "40"},
		{name: "negative", col: column("int4"), params: step(int64(10)), by: ByValue, value: "-47", want: "-50"},
		{name: "on the border", col: column("int4"), params: step(int64(10)), by: ByValue, value: "-50", want: "-50"},
		{name: "smallest int2", col: column("int2"), params: step(int64(1000)), by: ByValue, value: "-32768", want: "-32768"},
		{name: "largest int8", col: column("int8"), params: step(int64(1000)), by: ByValue, value: "9223372036854775807", want: "9223372036854775000"},
		{name: "smallest int8", col: column("int8"), params: step(int64(1000)), by: ByValue, value: "-9223372036854775808", want: "-9223372036854775808"},
		{name: "age", col: column("int2"), params: ages, by: ByValue, value: "47", want: "45"},
		{name: "child", col: column("int2"), params: ages, by: ByValue, value: "3", want: "18"},
		{name: "barely grown up", col: column("int2"), params: ages, by: ByValue, value: "19", want: "18"},
		{name: "very old", col: column("int2"), params: ages, by: ByValue, value: "104", want: "90"},
		{name: "numeric", col: numeric(10, 2), params: step("0.25"), by: ByValue, value: "12.49", want: "12.25"},
		{name: "numeric, a float in the policy", col: numeric(10, 2), params: step(0.1), by: ByValue, value: "0.30", want: "0.3"},
		{name: "numeric, negative", col: numeric(10, 2), params: step("0.25"), by: ByValue, value: "-0.01", want: "-0.25"},
		{name: "numeric, whole steps", col: numeric(10, 2), params: step(int64(100)), by: ByValue, value: "1234.56", want: "1200"},
		{name: "numeric, negative fraction", col: numeric(10, 4), params: step(int64(1)), by: ByValue, value: "-1.0001", want: "-2"},
		{name: "numeric, a million digits less one", col: column("numeric"), params: step(int64(10)), by: ByValue, value: "99999999999999999999999999999999.99", want: "99999999999999999999999999999990"},
		{name: "numeric, large and negative", col: column("numeric"), params: step("0.5"), by: ByValue, value: "-12345678901234567890.7", want: "-12345678901234567891.0"},
		{name: "numeric(3,1) at its end", col: numeric(3, 1), params: step(int64(100)), by: ByValue, value: "-99.9", want: "-99"},
		{name: "ends alone", col: numeric(10, 2), params: Params{"min": int64(0), "max": int64(90)}, by: ByValue, value: "12.34", want: `12\.34`},
		{name: "above the end by little", col: numeric(10, 2), params: Params{"max": int64(90)}, by: ByValue, value: "90.01", want: "90"},
		{name: "below the end by little", col: numeric(10, 2), params: Params{"min": int64(0)}, by: ByValue, value: "-0.01", want: "0"},
		{name: "large above the end", col: column("numeric"), params: Params{"max": int64(90)}, by: ByValue, value: "100000000000000000000", want: "90"},
		{name: "NaN", col: column("numeric"), params: step(int64(10)), by: ByValue, value: "NaN", want: "NaN"},
		{name: "infinite", col: column("numeric"), params: step(int64(10)), by: ByValue, value: "-Infinity", want: "-Infinity"},
		{name: "float8", col: column("float8"), params: step(0.5), by: ByValue, value: "1.74", want: `1\.5`},
		{name: "float8 infinite", col: column("float8"), params: step(0.5), by: ByValue, value: "Infinity", want: `Infinity`},
		{name: "float4 above", col: column("float4"), params: Params{"max": int64(10)}, by: ByValue, value: "11.5", want: `10`},
		{name: "float8 within", col: column("float8"), params: Params{"max": int64(10)}, by: ByValue, value: "1.25", want: `1\.25`},
		{name: "day", col: column("timestamp"), params: to("day"), by: ByValue, value: "2024-05-17 23:59:59.9", want: "2024-05-17 00:00:00"},
		{name: "hour", col: column("timestamptz"), params: to("hour"), by: ByValue, value: "2024-05-17 23:59:59+00", want: `2024-05-17 23:00:00\+00`},
		{name: "month", col: column("date"), params: to("month"), by: ByValue, value: "2024-05-17", want: "2024-05-01"},
		{name: "quarter", col: column("date"), params: to("quarter"), by: ByValue, value: "2024-06-30", want: "2024-04-01"},
		{name: "year", col: column("date"), params: to("year"), by: ByValue, value: "2024-02-29", want: "2024-01-01"},
		{name: "decade", col: column("date"), params: to("decade"), by: ByValue, value: "1999-12-31", want: "1990-01-01"},
		{name: "before 2000", col: column("timestamp"), params: to("hour"), by: ByValue, value: "1999-12-31 23:59:59.999999", want: "1999-12-31 23:00:00"},
		{name: "before Christ", col: column("date"), params: to("year"), by: ByValue, value: "0044-03-15 BC", want: "0044-01-01 BC"},
		{name: "first day", col: column("date"), params: to("year"), by: ByValue, value: "4714-11-24 BC", want: "4714-11-24 BC"},
		{name: "last day", col: column("date"), params: to("decade"), by: ByValue, value: "5874897-12-31", want: `\d+-01-01`},
		{name: "infinity", col: column("date"), params: to("year"), by: ByValue, value: "infinity", want: "infinity"},
		{name: "born early", col: column("date"), params: Params{"to": "year", "min": "1935-01-01"}, by: ByValue, value: "1911-05-03", want: "1935-01-01"},
		{name: "born late", col: column("date"), params: Params{"max": "2010-01-01"}, by: ByValue, value: "2011-05-03", want: "2010-01-01"},
		{name: "born between", col: column("date"), params: Params{"max": "2010-01-01"}, by: ByValue, value: "2009-05-03", want: "2009-05-03"},
		{name: "zip", col: column("text"), params: prefix(3), by: ByValue, value: "94110-1234", want: "94100-0000"},
		{name: "letters", col: column("text"), params: prefix(2), by: ByValue, value: "SW1A 1AA", want: "SW0X 0XX"},
		{name: "nothing kept", col: column("text"), params: prefix(0), by: ByValue, value: "é1🎻", want: "X0X"},
		{name: "shorter than the prefix", col: column("text"), params: prefix(10), by: ByValue, value: "é1", want: "é1"},
		{name: "char(5)", col: column("bpchar"), params: prefix(1), by: ByValue, value: "123  ", want: "100"},
		{name: "empty", col: column("text"), params: prefix(3), by: ByValue, value: ""},
	})
	testRefusals(t, "generalize", []refusal{
		{name: "a number without step", col: column("int4"), by: ByValue, want: "step, min or max"},
		{name: "a float without step", col: column("float8"), by: ByValue, want: "step, min or max"},
		{name: "a date without to", col: column("date"), by: ByValue, want: "to, min or max"},
		{name: "text without prefix", col: column("text"), by: ByValue, want: "needs prefix"},
		{name: "step 0", col: column("int4"), params: step(int64(0)), by: ByValue, want: "above 0"},
		{name: "a negative step", col: column("numeric"), params: step(-0.5), by: ByValue, want: "above 0"},
		{name: "a negative float step", col: column("float4"), params: step(-0.5), by: ByValue, want: "above 0"},
		{name: "a word as step", col: column("int4"), params: step("week"), by: ByValue, want: "must be a number"},
		{name: "a fraction for integers", col: column("int4"), params: step(0.5), by: ByValue, want: "whole number"},
		{name: "more decimals than the column", col: numeric(10, 2), params: step("0.125"), by: ByValue, want: "more decimals"},
		{name: "max beyond the type", col: column("int2"), params: Params{"max": int64(40000)}, by: ByValue, want: "must fit int2"},
		{name: "max beyond numeric(3,1)", col: numeric(3, 1), params: Params{"max": int64(100)}, by: ByValue, want: "must fit numeric(3,1)"},
		{name: "max below min", col: column("int2"), params: Params{"min": int64(4), "max": int64(3)}, by: ByValue, want: "not be below min"},
		{name: "dates turned around", col: column("date"), params: Params{"min": "2024-01-01", "max": "2023-01-01"}, by: ByValue, want: "not be below min"},
		{name: "a number as a date", col: column("date"), params: Params{"min": int64(1935)}, by: ByValue, want: "a date such as"},
		{name: "hours of a date", col: column("date"), params: to("hour"), by: ByValue, want: "no hours"},
		{name: "step for dates", col: column("date"), params: step(int64(1)), by: ByValue, want: "does not apply"},
		{name: "to for numbers", col: column("int4"), params: to("year"), by: ByValue, want: "does not apply"},
		{name: "prefix for numbers", col: column("int4"), params: prefix(1), by: ByValue, want: "does not apply"},
		{name: "unique", col: column("int4").unique(), params: step(int64(10)), by: ByValue, want: "is unique"},
	})
}

// Words and big integers have to agree with exact rational arithmetic.
func TestBucketsAreExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		stepText := rapid.StringMatching(`[1-9][0-9]{0,3}|0\.[0-9]{0,4}[1-9]|[1-9][0-9]{15,20}`).Draw(t, "step")
		value := rapid.StringMatching(`-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,8})?`).Draw(t, "value")
		c := column("numeric").binary()
		compiled, err := Find("generalize").Compile(c, Params{"step": stepText}, Binding{Keyed: ByValue})
		if err != nil {
			t.Fatal(err)
		}
		out, _ := compiled.New().Append(nil, &Input{Value: appendNumericAny(value)})
		text, ok := appendNumericText(nil, BinaryWire, out)
		if !ok {
			t.Fatalf("%x is no number", out)
		}
		v, _ := new(big.Rat).SetString(value)
		s, _ := new(big.Rat).SetString(stepText)
		q := new(big.Rat).Quo(v, s)
		n := new(big.Int).Div(q.Num(), q.Denom()) // Euclidean, and the denominator is positive
		want := new(big.Rat).Mul(new(big.Rat).SetInt(n), s)
		if got, _ := new(big.Rat).SetString(string(text)); got.Cmp(want) != 0 {
			t.Fatalf("%s in steps of %s became %s, want %s", value, stepText, text, want.FloatString(10))
		}
	})
}

// It needs no key: equal in all projects, which is why it is ranked so low.
func TestGeneralizeNeedsNoKey(t *testing.T) {
	t.Parallel()
	c, err := Find("generalize").Compile(column("int4"), Params{"step": int64(10)}, Binding{Keyed: ByValue})
	if err != nil {
		t.Fatal(err)
	}
	out, _ := c.New().Append(nil, &Input{Value: []byte("47")})
	if string(out) != "40" || c.Properties().PrivacyRank != 4 {
		t.Errorf("%s, rank %d", out, c.Properties().PrivacyRank)
	}
	if doc := Find("generalize").Doc; !strings.Contains(doc, "no key") {
		t.Error("the docs do not say so")
	}
}
