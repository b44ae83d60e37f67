package mask

import (
	"bytes"
	"fmt"
	"regexp"
	"testing"
	"time"
)

func TestShiftDate(t *testing.T) {
	t.Parallel()
	testMask(t, "shift_date", []maskCase{
		{name: "date", col: column("date"), by: BySubject, value: "1984-02-29", want: `1984-0[1-4]-\d\d`},
		{name: "timestamp", col: column("timestamp"), by: BySubject, value: "2024-06-15 10:20:30", want: `2024-0[5-7]-\d\d 10:20:30`},
		{name: "fraction", col: column("timestamp"), by: BySubject, value: "2024-06-15 10:20:30.123456", want: `2024-0[5-7]-\d\d 10:20:3[01](\.\d{1,6})?`},
		{name: "time zone", col: column("timestamptz"), by: BySubject, value: "2024-06-15 10:20:30+00", want: `2024-0[5-7]-\d\d 10:20:30\+00`},
		{name: "infinity", col: column("date"), by: BySubject, value: "infinity", want: `infinity`},
		{name: "minus infinity", col: column("timestamptz"), by: BySubject, value: "-infinity", want: `-infinity`},
		{name: "before Christ", col: column("date"), by: BySubject, value: "0044-03-15 BC", want: `0044-0[2-4]-\d\d BC`},
		{name: "first day", col: column("date"), by: BySubject, value: "4714-11-24 BC", want: `471[34]-\d\d-\d\d BC`},
		{name: "last day", col: column("date"), by: BySubject, value: "5874897-12-31", want: `5874897-1[12]-\d\d`},
		{name: "last timestamp", col: column("timestamp"), by: BySubject, value: "294276-12-31 23:59:59.999999", want: `294276-.*`},
		{name: "first timestamp", col: column("timestamp"), by: BySubject, value: "4714-11-24 00:00:00 BC", want: `471[34]-.* BC`},
		{name: "no subject", col: column("date"), by: BySubject, subject: "-", value: "1984-02-29", want: `1984-0[1-4]-\d\d`},
		{name: "text", col: column("text"), by: BySubject, value: "1984-02-29", want: `1984-0[1-4]-\d\d`},
		{name: "char(10)", col: column("bpchar"), by: BySubject, value: "1984-02-29", want: `1984-0[1-4]-\d\d`},
		{name: "text with a time", col: column("text"), by: BySubject, value: "1984-02-29T10:20:30.5Z", want: `1984-0[1-4]-\d\dT10:20:30\.\dZ`},
		{name: "text with an offset", col: column("text"), by: BySubject, value: "1984-02-29 10:20+02:00", want: `1984-0[1-4]-\d\d 10:20\+02:00`},
		{name: "empty", col: column("text"), by: BySubject, value: ""},
		{name: "words", col: column("text"), by: BySubject, value: "gestern um zwölf", want: `(1999|2000)-\d\d-\d\d`, outcome: Replaced},
		{name: "another form", col: column("text"), by: BySubject, value: "29/02/1984", want: `(1999|2000)-\d\d-\d\d`, outcome: Replaced},
	})
	testRefusals(t, "shift_date", []refusal{
		{name: "0 days", col: column("date"), params: Params{"days": int64(0)}, by: BySubject, want: "between 1 and 3650"},
		{name: "too many days", col: column("date"), params: Params{"days": int64(3651)}, by: BySubject, want: "between 1 and 3650"},
		{name: "unique", col: column("date").unique(), by: BySubject, want: "is unique"},
		{name: "a short column", col: varchar(9), by: BySubject, want: "needs 10 characters"},
		{name: "values", col: column("date"), by: ByValue, want: "cannot be keyed by value"},
		{name: "times", col: column("time"), by: BySubject, want: "does not mask"},
	})
}

// A subject's offset is one number of days, evenly drawn, never 0, the same in
// all tables and types, and untouched by rotation and per_refresh.
func TestShiftIsTheSubjects(t *testing.T) {
	t.Parallel()
	rings := []*Keyring{
		testRing,
		NewKeyring(testKey, KeyringOptions{Project: "shop", Determinism: "per_refresh"}),
		NewKeyring(testKey, KeyringOptions{Project: "shop", Rotate: "monthly", At: time.Date(2031, 5, 1, 0, 0, 0, 0, time.UTC)}),
	}
	days := Params{"days": int64(10)}
	counts := make([]int, 21)
	base, _ := readDate(TextWire, []byte("2024-06-15"))
	for i := range 4000 {
		subject := fmt.Sprint(i)
		var offsets []int64
		for j, ring := range rings {
			bind := Binding{Keyed: BySubject, Subject: "public.customers", Keys: ring}
			c := column("date").named(fmt.Sprint("table", j), "c")
			day, _ := readDate(TextWire, []byte(oneOf(t, "shift_date", c, days, bind, "2024-06-15", subject, fmt.Sprint(j))))
			offsets = append(offsets, day-base)
			ts, _ := readTimestamp(TextWire, []byte(oneOf(t, "shift_date", column("timestamptz"), days, bind, "2024-06-15 10:00:00+00", subject, "x")))
			offsets = append(offsets, floorDiv(ts, dayMicros)-base)
		}
		for _, o := range offsets {
			if o != offsets[0] || o == 0 || o < -10 || o > 10 {
				t.Fatalf("subject %d: offsets %v", i, offsets)
			}
		}
		counts[offsets[0]+10]++
	}
	if z := chiSquared(append(counts[:10:10], counts[11:]...)); z > 5 || z < -5 {
		t.Errorf("%.1f standard deviations from even: %v", z, counts)
	}
}

func TestShiftKeepsIntervals(t *testing.T) {
	t.Parallel()
	c := column("timestamp").binary()
	m := compileMask(t, "shift_date", c, Params{"days": int64(365)}, person42).New()
	shift := func(s string) int64 {
		out, _ := m.Append(nil, &Input{Value: toWire(t, c, s), Subject: []byte("42")})
		v, _ := readTimestamp(BinaryWire, out)
		return v
	}
	first, second := "2023-12-31 23:59:59.75", "2024-03-01 00:00:00.000001"
	a, _ := readTimestamp(TextWire, []byte(first))
	b, _ := readTimestamp(TextWire, []byte(second))
	if got := shift(second) - shift(first); got != b-a {
		t.Errorf("%d µs became %d", b-a, got)
	}
	if whole := shift("2024-03-01 00:00:00"); whole%dayMicros != 0 {
		t.Error("a date kept as a timestamp is no longer midnight")
	}
	if shift(first)%secondMicros == 750_000 && shift(second)%secondMicros == 1 {
		t.Error("the fractions of a second are the real ones")
	}
}

// Whatever the offset, the result is a date that the server reads.
func TestShiftNeverOverflows(t *testing.T) {
	t.Parallel()
	valid := regexp.MustCompile(`^\d{4,7}-\d\d-\d\d( BC)?$`)
	for _, v := range samples["date"][:len(samples["date"])-2] {
		c := column("date")
		m := compileMask(t, "shift_date", c, Params{"days": int64(maxShiftDays)}, person42).New()
		for i := range 200 {
			out, _ := m.Append(nil, &Input{Value: []byte(v), Subject: []byte(fmt.Sprint(i))})
			day, ok := readDate(TextWire, out)
			if !ok || !valid.Match(out) || day < minDay || day > maxDay {
				t.Fatalf("%s became %s", v, out)
			}
		}
	}
	for _, v := range samples["timestamp"][:len(samples["timestamp"])-2] {
		c := column("timestamp").binary()
		m := compileMask(t, "shift_date", c, Params{"days": int64(maxShiftDays)}, person42).New()
		const end = 9223371331200000000 // 294277-01-01, which the server no longer takes
		for i := range 200 {
			out, _ := m.Append(nil, &Input{Value: toWire(t, c, v), Subject: []byte(fmt.Sprint(i))})
			if got, _ := readTimestamp(BinaryWire, out); got >= end || got < minDay*dayMicros {
				t.Fatalf("%s became %d", v, got)
			}
		}
	}
}

func TestISOClock(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]bool{
		"": true, "T10:20": true, " 10:20:30": true, "t10:20:30.123Z": true, "T10:20:30,5+02:00": true, "T10:20:30+0200": true,
		"T10:20:30-03": true, "T10:20Z": true, "T": false, "x": false, "T10": false, "T1:20": false, "T10:20:3": false, "T10:20:30 secret": false,
		"T10:20:30.Z": false, "T10:20+": false, "T10:20:30Zx": false, " Jane Roe": false,
	} {
		if got := isClock([]byte(s)); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
	random := stream{1, 2}
	if out, ok := appendShiftedISO(nil, []byte("2024-01-31T00:00:00.123456"), 1, &random); !ok || !bytes.HasPrefix(out, []byte("2024-02-01T00:00:00.")) || bytes.HasSuffix(out, []byte("123456")) {
		t.Errorf("%q", out)
	}
}
