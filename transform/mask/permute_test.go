package mask

import (
	"fmt"
	"testing"
)

func TestPermute(t *testing.T) {
	t.Parallel()
	max := func(n int64) Params { return Params{"max": n} }
	testMask(t, "permute", []maskCase{
		{name: "int4", col: column("int4").unique(), params: max(1_000_000), by: ByValue, value: "42", want: `[1-9]\d*`},
		{name: "int2 of its type", col: column("int2"), params: Params{"max": "type"}, by: ByValue, value: "32767", want: `[1-9]\d*`},
		{name: "int4 of its type", col: column("int4"), params: Params{"max": "type"}, by: ByValue, value: "2147483647", want: `[1-9]\d*`},
		{name: "int8 of its type", col: column("int8"), params: Params{"max": "type"}, by: ByValue, value: "9223372036854775807", want: `[1-9]\d*`},
		{name: "all of int8", col: column("int8"), params: Params{"max": "type", "min": int64(-1 << 63)}, by: ByValue, value: "-9223372036854775808", want: `-?[1-9]\d*`},
		{name: "negative", col: column("int4"), params: Params{"max": int64(-5), "min": int64(-6)}, by: ByValue, value: "-5", want: `-[56]`},
		{name: "numeric(12,0)", col: numeric(12, 0), params: max(999_999), by: ByValue, value: "42", want: `[1-9]\d*`},
		{name: "numeric(18,0) of its type", col: numeric(18, 0), params: Params{"max": "type"}, by: ByValue, value: "42", want: `[1-9]\d{9,17}`},
		{name: "numeric", col: column("numeric"), params: max(999_999_999), by: ByValue, value: "42.00", want: `[1-9]\d*`},
		{name: "zero", col: column("int4"), params: max(10), by: ByValue, value: "0", outcome: OutOfRange},
		{name: "zero is in", col: column("int4"), params: Params{"max": int64(10), "min": int64(0)}, by: ByValue, value: "0", want: `\d|10`},
		{name: "below", col: column("int8"), params: max(10), by: ByValue, value: "-1", outcome: OutOfRange},
		{name: "above", col: column("int8"), params: max(10), by: ByValue, value: "11", outcome: OutOfRange},
		{name: "a fraction", col: column("numeric"), params: max(10), by: ByValue, value: "1.5", outcome: OutOfRange},
		{name: "NaN", col: column("numeric"), params: max(10), by: ByValue, value: "NaN", outcome: OutOfRange},
		{name: "beyond 64 bits", col: column("numeric"), params: max(10), by: ByValue, value: "18446744073709551617", outcome: OutOfRange},
	})
	testRefusals(t, "permute", []refusal{
		{name: "no max", col: column("int4"), by: ByValue, want: "max: is required"},
		{name: "beyond the type", col: column("int2"), params: max(32768), by: ByValue, want: "above 32767"},
		{name: "beyond numeric(3,0)", col: numeric(3, 0), params: max(1000), by: ByValue, want: "above 999"},
		{name: "below the type", col: column("int2"), params: Params{"max": int64(1), "min": int64(-32769)}, by: ByValue, want: "below -32768"},
		{name: "an empty range", col: column("int4"), params: max(1), by: ByValue, want: "above min"},
		{name: "another word", col: column("int4"), params: Params{"max": "most"}, by: ByValue, want: "integer or `type`"},
		{name: "numeric(5,2)", col: numeric(5, 2), params: max(10), by: ByValue, want: "whole numbers"},
		{name: "numeric without end", col: column("numeric"), params: Params{"max": "type"}, by: ByValue, want: "write one"},
		{name: "too many rows", col: func() Column { c := column("int4").unique(); c.Rows = 11; return c }(), params: max(10), by: ByValue, want: "11 rows"},
	})
}

func TestPermuteIsOneToOne(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{2, 3, 10, 1000, 1 << 16} {
		c := column("int4").unique()
		m := compileMask(t, "permute", c, Params{"max": size - 5, "min": int64(-4)}, inDomain(fmt.Sprint(size))).New()
		seen := map[string]bool{}
		for i := int64(-4); i <= size-5; i++ {
			out, outcome := m.Append(nil, &Input{Value: []byte(fmt.Sprint(i))})
			n, ok := parseInt(out)
			if outcome != Masked || !ok || n < -4 || n > size-5 || seen[string(out)] {
				t.Fatalf("%d of %d became %q", i, size, out)
			}
			seen[string(out)] = true
		}
	}
}

// int4, int8 and numeric columns of one domain and range join.
func TestPermuteAcrossTypes(t *testing.T) {
	t.Parallel()
	p := Params{"max": int64(1_000_000_000)}
	want := one(t, "permute", column("int4"), p, inDomain("account"), "12345")
	for _, c := range []Column{column("int8"), numeric(10, 0), column("numeric")} {
		if got := one(t, "permute", c, p, inDomain("account"), "12345"); got != want {
			t.Errorf("%s: %s, int4 %s", c.typeName(), got, want)
		}
	}
}
