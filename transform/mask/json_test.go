package mask

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestJSON(t *testing.T) {
	t.Parallel()
	keep := func(paths ...string) Params { return Params{"keep": paths} }
	doc := column("json")
	testMask(t, "json", []maskCase{
		{name: "empty object", col: doc, by: BySubject, value: `{}`, want: `\{\}`},
		{name: "empty array", col: doc, by: BySubject, value: `[ ]`, want: `\[ \]`},
		{name: "blanks stay", col: doc, by: BySubject, value: " {\t\"a\" :\n null , \"b\":[ null ]\r} ", want: ` \{\t"a" :\n null , "b":\[ null \]\r\} `},
		{name: "word", col: doc, by: BySubject, value: `{"status":"active"}`, want: `\{"status":"[a-z]{6}"\}`},
		{name: "words", col: doc, by: BySubject, value: `"He called twice"`, want: `"[a-z]+ [a-z]+ [a-z]+"`},
		{name: "multi-byte", col: doc, by: BySubject, value: `"日本語"`, want: `"[a-z]{3}"`},
		{name: "escapes", col: doc, by: BySubject, value: `"\u00e9\ud83c\udfbb\n\"x"`, want: `"[a-z]{1,3} [a-z]{1,3}"`},
		{name: "empty string", col: doc, by: BySubject, value: `[""]`, want: `\[""\]`},
		{name: "integer", col: doc, by: BySubject, value: `[12345,-7,0]`, want: `\[[1-9]\d{4},-\d,\d\]`},
		{name: "decimal", col: doc, by: BySubject, value: `[12.50,0.75]`, want: `\[[1-9]\d\.\d\d,0\.\d\d\]`},
		{name: "exponent", col: doc, by: BySubject, value: `[1.5e-10,2E+3]`, want: `\[\d\.\de-10,\dE\+3\]`},
		{name: "long number", col: doc, by: BySubject, value: `123456789012345678901234567890.123456789`, want: `[1-9]\d{29}\.\d{9}`},
		{name: "booleans", col: doc, by: BySubject, value: `[true,false]`, want: `\[(true|false),(true|false)\]`},
		{name: "null", col: doc, by: BySubject, value: `null`, want: `null`},
		{name: "address", col: doc, by: BySubject, value: `"jane@corp.test"`, want: `"` + anyToken + anyHost + `"`},
		{name: "URL", col: doc, by: BySubject, value: `"https://corp.test/jane?x=1"`, want: `"https://example\.com/` + anyToken + `"`},
		{name: "UUID", col: doc, by: BySubject, value: `"018f3c2e-7b1a-7cde-8f00-0123456789ab"`, want: `"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"`},
		{name: "UUID without hyphens", col: doc, by: BySubject, value: `"018f3c2e7b1a4cde8f000123456789ab"`, want: `"[0-9a-f]{32}"`},
		{name: "date", col: doc, by: BySubject, value: `"2024-06-15"`, want: `"2024-0[5-7]-\d\d"`},
		{name: "time", col: doc, by: BySubject, value: `"2024-06-15T10:20:30.123456Z"`, want: `"2024-0[5-7]-\d\dT10:20:30\.\d{6}Z"`},
		{name: "IPv4", col: doc, by: BySubject, value: `"10.1.2.3"`, want: `"(198|192|203)\.\d+\.\d+\.\d+"`},
		{name: "IPv6", col: doc, by: BySubject, value: `"2a02:8071::1"`, want: `"2001:db8:[0-9a-f:]+"`},
		{name: "MAC", col: doc, by: BySubject, value: `"08:00:2b:01:02:03"`, want: `"[0-9a-f][26ae](:[0-9a-f]{2}){5}"`},
		{name: "phone", col: doc, by: BySubject, value: `"+49 30 123456"`, want: `"\+1[2-9]\d\d55501\d\d"`},
		{name: "national phone", col: doc, by: BySubject, value: `"(030) 123-456"`, want: `"[2-9]\d\d-555-01\d\d"`},
		{name: "digits", col: doc, by: BySubject, value: `"4111111111111111"`, want: `"\d{16}"`},
		{name: "number in a string", col: doc, by: BySubject, value: `"-12.50"`, want: `"-\d\d\.\d\d"`},
		{name: "token", col: doc, by: BySubject, value: `"eyJhbGciOiJIUzI1NiJ9"`, want: `"[a-z2-7]{20}"`},

		{name: "kept", col: doc, params: keep("$.a"), by: BySubject, value: `{"a":"x@y.test","b":1}`, want: `\{"a":"x@y\.test","b":\d\}`},
		{name: "kept deep", col: doc, params: keep("$.a.b", "$.c[1]"), by: BySubject, value: `{"a":{"b":5,"x":"secret"},"c":["secret","kept"]}`, want: `\{"a":\{"b":5,"x":"[a-z]{6}"\},"c":\["[a-z]{6}","kept"\]\}`},
		{name: "kept elements", col: doc, params: keep("$.items[*].sku"), by: BySubject, value: `{"items":[{"sku":"A1","n":"Jane"},{"sku":"B2","n":"Jane"}]}`, want: `\{"items":\[\{"sku":"A1","n":"[a-z]{4}"\},\{"sku":"B2","n":"[a-z]{4}"\}\]\}`},
		{name: "kept members", col: doc, params: keep("$.*"), by: BySubject, value: `{"a":"one","b":{"c":"two"}}`, want: `\{"a":"one","b":\{"c":"[a-z]{3}"\}\}`},
		{name: "an object is not its leaves", col: doc, params: keep("$.a"), by: BySubject, value: `{"a":{"name":"Jane"}}`, want: `\{"a":\{"name":"[a-z]{4}"\}\}`},
		{name: "nor an array", col: doc, params: keep("$.a"), by: BySubject, value: `{"a":["Jane"]}`, want: `\{"a":\["[a-z]{4}"\]\}`},
		{name: "subtree", col: doc, params: keep("$.a.**"), by: BySubject, value: `{"a":{"x@y.test":["Jane",1,true]},"b":"Jane"}`, want: `\{"a":\{"x@y\.test":\["Jane",1,true\]\},"b":"[a-z]{4}"\}`},
		{name: "whole document", col: doc, params: keep("$.**"), by: BySubject, value: `[{"a":"Jane"}]`, want: `\[\{"a":"Jane"\}\]`},
		{name: "root", col: doc, params: keep("$"), by: BySubject, value: `"Jane"`, want: `"Jane"`},
		{name: "quoted names", col: doc, params: keep(`$["a name"]`, `$."b.c"`, `$['d']`), by: BySubject, value: `{"a name":"one","b.c":"two","d":"six"}`, want: `\{"a name":"one","b\.c":"two","d":"six"\}`},
		{name: "escaped names", col: doc, params: keep("$.é"), by: BySubject, value: `{"\u00e9":"one"}`, want: `\{"\\u00e9":"one"\}`},
		{name: "duplicate keys", col: doc, params: keep("$.a"), by: BySubject, value: `{"a":1,"b":"x","a":2}`, want: `\{"a":1,"b":"[a-z]","a":2\}`},
		{name: "a path into a leaf", col: doc, params: keep("$.a.b"), by: BySubject, value: `{"a":"Jane"}`, want: `\{"a":"[a-z]{4}"\}`},

		{name: "keys that are data", col: doc, by: BySubject, value: `{"jane@corp.test":1,"018f3c2e-7b1a-7cde-8f00-0123456789ab":2,"123456":3,"Jane Roe":4,"12":5}`,
			want: `\{"` + anyToken + `@example\.com":\d,"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}":\d,"k` + anyToken + `":\d,"k` + anyToken + `":\d,"12":\d\}`},
		{name: "all keys", col: doc, params: Params{"keys": "mask", "keep": []string{"$.b"}}, by: BySubject, value: `{"a":null,"b":1}`, want: `\{"k` + anyToken + `":null,"b":1\}`},
		{name: "no keys", col: doc, params: Params{"keys": "keep"}, by: BySubject, value: `{"jane@corp.test":null}`, want: `\{"jane@corp\.test":null\}`},
		{name: "a key that any name matches", col: doc, params: keep("$.*"), by: BySubject, value: `{"jane@corp.test":"kept"}`, want: `\{"` + anyToken + `@example\.com":"kept"\}`},

		{name: "jsonb", col: column("jsonb"), params: keep("$.a"), by: BySubject, value: `{"a": 1, "b": "x"}`, want: `\{"a": 1, "b": "[a-z]"\}`},
		{name: "by value", col: column("jsonb"), domain: "d", value: `["2024-06-15"]`, want: `\["2024-0[5-7]-\d\d"\]`},
		{name: "no subject", col: doc, by: BySubject, subject: "-", value: `["2024-06-15"]`, want: `\["2024-0[5-7]-\d\d"\]`},
		{name: "text", col: column("text"), by: BySubject, value: `{"a":"x"}`, want: `\{"a":"[a-z]"\}`},
		{name: "empty text", col: column("text"), by: BySubject, value: ``},
		{name: "no JSON", col: column("text"), by: BySubject, value: `Jane Roe`, want: `\{\}`, outcome: Replaced},
		{name: "cut JSON", col: column("text"), by: BySubject, value: `{"a":"Jane`, want: `\{\}`, outcome: Replaced},
		{name: "two documents", col: column("text"), by: BySubject, value: `{} {}`, want: `\{\}`, outcome: Replaced},
		{name: "a control character", col: column("text"), by: BySubject, value: "[\"a\x01\"]", want: `\{\}`, outcome: Replaced},
		{name: "longer than the column", col: varchar(10), by: BySubject, value: `["a@b.de"]`, want: `\{\}`, outcome: Replaced},
		{name: "deep", col: doc, by: BySubject, value: strings.Repeat("[", 1000) + strings.Repeat("]", 1000), want: `\[{1000}\]{1000}`},
		{name: "too deep", col: doc, by: BySubject, value: strings.Repeat("[", 1002) + strings.Repeat("]", 1002), want: `\{\}`, outcome: Replaced},
	})
	refusals := []refusal{
		{name: "unique", col: column("jsonb").unique(), by: BySubject, want: "is unique"},
		{name: "0 days", col: doc, params: Params{"days": int64(0)}, by: BySubject, want: "between 1"},
		{name: "varchar(1)", col: varchar(1), by: BySubject, want: "needs 2 characters"},
		{name: "arrays", col: column("interval"), by: BySubject, want: "does not mask"},
	}
	for _, p := range []string{"", "a", ".a", "$a", "$.", "$..a", "$.a.", "$.a..b", "$[", "$[]", "$[x]", "$[-1]", "$['a]", "$['a'", `$."a`, "$.**.a", "$.a*", "$ .a", "$[1.5]", `$["\x"]`, "$" + strings.Repeat(".a", 1001)} {
		refusals = append(refusals, refusal{name: "path " + p[:min(len(p), 10)], col: doc, params: keep(p), by: BySubject, want: "path"})
	}
	testRefusals(t, "json", refusals)
}

func TestJSONPaths(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"$": "[] false", "$.a": "[{0 a 0}] false", "$.a.b": "[{0 a 0} {0 b 0}] false", "$.a[*].b": "[{0 a 0} {3  0} {0 b 0}] false",
		"$.*": "[{1  0}] false", "$.**": "[] true", "$.a.**": "[{0 a 0}] true", "$[3]": "[{2  3}] false", `$["a\"b"]`: `[{0 a"b 0}] false`,
		`$['a\'b']`: `[{0 a'b 0}] false`, `$."a.b"[*]`: "[{0 a.b 0} {3  0}] false", "$.größe": "[{0 größe 0}] false", "$.a-b": "[{0 a-b 0}] false",
		`$['a].b']`: "[{0 a].b 0}] false", `$["*"]`: "[{0 * 0}] false",
	} {
		p, err := parseJSONPath(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
		} else if got := fmt.Sprint(p.steps, p.subtree); got != want {
			t.Errorf("%s: %s, want %s", s, got, want)
		}
	}
}

// Dates inside of documents move with the subject's other dates; documents of
// two rows differ.
func TestJSONFollowsSubjectAndRow(t *testing.T) {
	t.Parallel()
	c := column("jsonb")
	for _, subject := range []string{"1", "2", "3"} {
		date := oneOf(t, "shift_date", column("date").named("public.x", "d"), nil, person42, "2024-06-15", subject, "7")
		if got := oneOf(t, "json", c, nil, person42, `["2024-06-15"]`, subject, "8"); got != `["`+date+`"]` {
			t.Errorf("the date became %s in its column and %s in JSON", date, got)
		}
	}
	if a, b := oneOf(t, "json", c, nil, person42, `"some words"`, "1", "1"), oneOf(t, "json", c, nil, person42, `"some words"`, "1", "2"); a == b {
		t.Errorf("two rows are both %s", a)
	}
	if a, b := one(t, "json", c, nil, inDomain("d"), `{"a":"x y z"}`), one(t, "json", column("json"), nil, inDomain("d"), `{"a":"x y z"}`); a != b {
		t.Errorf("by value: %s and %s", a, b)
	}
}

// Equal keys stay equal and different ones different, so that no object loses
// or gains a member.
func TestJSONKeysStayDistinct(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`{"100000":0`)
	for i := range 5000 {
		fmt.Fprintf(&b, `,"%d":0,"p%d@corp.test":0`, 100_000+i, i)
	}
	b.WriteString(`}`)
	got := one(t, "json", column("json"), nil, person42, b.String())
	keys := regexp.MustCompile(`"([^"]+)":`).FindAllString(got, -1)
	distinctKeys := map[string]bool{}
	for _, k := range keys {
		distinctKeys[k] = true
	}
	if len(keys) != 10_001 || len(distinctKeys) != 10_000 {
		t.Errorf("%d keys, %d different ones", len(keys), len(distinctKeys))
	}
	if keys[0] != keys[1] {
		t.Errorf("a key and its duplicate became %s and %s", keys[0], keys[1])
	}
}

func TestLooksLikeData(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "a", "name", "first_name", "createdAt", "address1", "x-forwarded-for", "Content-Type", "sha256", "iso8601", "utm_source",
		"@type", "$schema", "a.b.c", "v1.2.3", "0", "12", "999", "oauth2_token", "og:title", "item_2024", "line2", "ipv4"} {
		if looksLikeData([]byte(key)) {
			t.Errorf("%q is taken for data", key)
		}
	}
	for _, key := range []string{"jane@corp.test", "018f3c2e-7b1a-7cde-8f00-0123456789ab", "f18f3c2e-7b1a-7cde-8f00-0123456789ab", "1234", "10.0.0.1", "2024-01-31", "+4930123456",
		"Jane Roe", "cus_9s6XKzkNRiZ8i3", "https://corp.test/x", "DE89370400440532013000", "Müller", "a b", "user_123456", strings.Repeat("a", 49), "fe80::1", "08:00:2b:01:02:03", "{x}"} {
		if !looksLikeData([]byte(key)) {
			t.Errorf("%q is taken for a name", key)
		}
	}
}

func TestShapes(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]shape{
		"": shapeWords, "active": shapeWords, "Jane Roe": shapeWords, "a@b": shapeWords, "a@b.de": shapeEmail, "a@b@c.de": shapeWords, "Jane <a@b.de>": shapeWords,
		"http://x": shapeURL, "postgres://u:p@h/db": shapeURL, "://x": shapeWords, "http:/x": shapeWords, "see http://x": shapeWords,
		"2024-01-31": shapeDate, "2024-01-31T10:20:30Z": shapeDate, "2024-13-31": shapePhone, "2024-01-31 Jane": shapeWords, "0044-03-15 BC": shapeDate,
		"10.0.0.1": shapeIP, "10.0.0.0/8": shapeIP, "300.0.0.1": shapeWords, "fe80::1": shapeIP, "::": shapeIP, "08:00:2b:01:02:03": shapeMAC,
		"42": shapeDigits, "-1.5": shapeNumber, "1-2": shapeWords, "+49 30 123456": shapePhone, "030/123-456": shapePhone, "(555) 123-4567": shapePhone, "12:30": shapeWords,
		"abcdefghijklmnop1": shapeToken, "abcdefghijklmnopq": shapeWords, "018f3c2e-7b1a-4cde-8f00-0123456789ab": shapeUUID, "zzzzzzzz-7b1a-4cde-8f00-0123456789ab": shapeToken,
		"é": shapeWords, strings.Repeat("1", 2001): shapeWords,
	} {
		if got := shapeOf([]byte(s)); got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	}
}

// skeleton is a document without its values: what the mask promises to keep.
func skeleton(v []byte) (string, error) {
	d := json.NewDecoder(bytes.NewReader(v))
	d.UseNumber()
	var b strings.Builder
	for {
		tok, err := d.Token()
		if err != nil {
			if err.Error() == "EOF" {
				return b.String(), nil
			}
			return "", err
		}
		switch tok := tok.(type) {
		case json.Delim:
			b.WriteString(tok.String())
		case nil:
			b.WriteString("null ")
		default:
			fmt.Fprintf(&b, "%T ", tok)
		}
	}
}

// encoding/json is the oracle: what it takes is masked, with the same
// structure; what it refuses becomes {}.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{
		`{}`, `[1,2.5e3,-0,"a\u00e9\\",true,false,null,{"a":{"b":[{}]}}]`, `{"a":1,"a":2}`, `"\ud83c\udfbb"`, `"\ud83c"`, `01`, `1.`, `.5`, `-`, `1e`, `"\x"`, `"\u12"`, `[,]`, `[1,]`,
		`{"a"}`, `{"a":}`, `{a:1}`, "\"\x00\"", `nul`, `truefalse`, ` 1 `, `{"jane@corp.test":["2024-01-31"]}`, "\"\xff\"", `"\u000a"`, `{"\u0061":1}`, `{"a b":{"keep":"x"}}`, "\ufeff1",
	} {
		f.Add(s)
	}
	c := column("json")
	compiled, err := Find("json").Compile(c, Params{"keep": []string{"$.a", "$[*].keep", "$.*.keep", "$.b.**"}}, Binding{Keyed: BySubject, Subject: "s", Keys: testRing})
	if err != nil {
		f.Fatal(err)
	}
	m := compiled.New()
	f.Fuzz(func(t *testing.T, s string) {
		out, outcome := m.Append(nil, &Input{Value: []byte(s), Subject: []byte("42"), Row: []byte("1")})
		valid := json.Valid([]byte(s))
		if !json.Valid(out) && utf8.ValidString(s) {
			t.Fatalf("%q became %q", s, out)
		}
		deep := strings.Count(s, "[")+strings.Count(s, "{") > maxJSONDepth
		if deep {
			return
		}
		if valid != (outcome == Masked || outcome == Kept && string(out) == s) {
			t.Fatalf("%q: valid %v, outcome %d", s, valid, outcome)
		}
		if !valid {
			if string(out) != "{}" {
				t.Fatalf("%q became %q", s, out)
			}
			return
		}
		before, err1 := skeleton([]byte(s))
		after, err2 := skeleton(out)
		if err1 == nil && (err2 != nil || strings.ReplaceAll(before, "Token", "") != after) {
			t.Fatalf("%q became %q: %s and %s, %v", s, out, before, after, err2)
		}
		if again, _ := m.Append(nil, &Input{Value: []byte(s), Subject: []byte("42"), Row: []byte("1")}); !bytes.Equal(again, out) {
			t.Fatalf("%q became %q, then %q", s, out, again)
		}
	})
}
