package mask

import "testing"

func TestReplace(t *testing.T) {
	t.Parallel()
	testMask(t, "replace", []maskCase{
		{name: "by a text", col: column("text"), params: Params{"find": `/users/\d+`, "with": "/users/0"}, value: "GET /users/4711/x?u=/users/12", want: `GET /users/0/x\?u=/users/0`},
		{name: "by its like", col: column("text"), params: Params{"find": `[A-Z]+-\d+`}, value: "order AB-123 paid", want: `order [A-Z]{2}-\d{3} paid`},
		{name: "by nothing", col: column("text"), params: Params{"find": `\s+`, "with": ""}, value: "a b c", want: `abc`},
		{name: "not found", col: column("text"), params: Params{"find": `\d+`}, value: "no number", want: `\D{9}`, outcome: Replaced},
		{name: "not found and kept", col: column("text"), params: Params{"find": `\d+`, "otherwise": "keep"}, value: "no number", want: `no number`, outcome: Kept},
		{name: "cut", col: varchar(4), params: Params{"find": `a`, "with": "bb"}, value: "aaaa", want: `bbbb`},
		{name: "anchored", col: column("text"), params: Params{"find": `^a`, "with": "b"}, value: "aaa", want: `baa`},
		{name: "other scripts", col: column("text"), params: Params{"find": `名+`}, value: "名名 x", want: `XX x`},
	})
	testRefusals(t, "replace", []refusal{
		{"no expression", column("text"), Params{"find": `(`}, ByValue, "no regular expression"},
		{"letters of other scripts", column("text"), Params{"find": `a`, "with": "ü"}, ByValue, "ASCII"},
		{"unique", column("text").unique(), Params{"find": `a`}, ByValue, "same value"},
	})
}

func TestPartial(t *testing.T) {
	t.Parallel()
	testMask(t, "partial", []maskCase{
		{name: "card", col: column("text"), value: "4111-1111-1111-9010", want: `\*{4}-\*{4}-\*{4}-9010`},
		{name: "both ends", col: column("text"), params: Params{"first": int64(2), "last": int64(1), "with": "#"}, value: "abcdefghij", want: `ab#######j`},
		{name: "too short to keep half", col: column("text"), value: "1234567", want: `\*{7}`},
		{name: "other scripts", col: column("text"), params: Params{"last": int64(1)}, value: "日本語", want: `\*\*語`},
		{name: "padded", col: func() Column { c := column("bpchar"); c.MaxChars = 12; return c }(), value: "12345678    ", want: `\*{4}5678`},
		{name: "empty", col: column("text"), value: "", want: ``},
	})
	testRefusals(t, "partial", []refusal{
		{"two signs", column("text"), Params{"with": "**"}, ByValue, "one visible"}, {"too much", column("text"), Params{"last": int64(21)}, ByValue, "between"},
		{"unique", column("text").unique(), nil, ByValue, "same value"},
	})
}

func TestBirthDate(t *testing.T) {
	t.Parallel()
	testMask(t, "birth_date", []maskCase{
		{name: "band", col: column("date"), value: "1987-06-05", want: `198[5-9]-\d\d-\d\d`},
		{name: "ten years", col: column("date"), params: Params{"band": int64(10)}, value: "2004-02-29", want: `200\d-\d\d-\d\d`},
		{name: "the very old", col: column("date"), value: "1901-01-01", want: `193[5-9]-\d\d-\d\d`},
		{name: "nothing of it", col: column("date"), params: Params{"band": int64(0), "from": int64(1990), "to": int64(1991)}, value: "1901-01-01", want: `199[01]-\d\d-\d\d`},
		{name: "timestamp", col: column("timestamp"), value: "1987-06-05 00:00:00", want: `198[5-9]-\d\d-\d\d 00:00:00`},
		{name: "text", col: varchar(10), value: "1987-06-05", want: `198[5-9]-\d\d-\d\d`},
		{name: "no date", col: column("text"), value: "05/06/87", want: `(19|20)\d\d-\d\d-\d\d`, outcome: Replaced},
		{name: "infinity", col: column("date"), value: "infinity", want: `(19|20)\d\d-\d\d-\d\d`, outcome: Replaced},
	})
	testRefusals(t, "birth_date", []refusal{
		{"a band", column("date"), Params{"band": int64(51)}, BySubject, "between"}, {"the wrong way", column("date"), Params{"from": int64(2000), "to": int64(1999)}, BySubject, "before"}, {"short text", varchar(8), nil, BySubject, "needs 10"},
	})
}
