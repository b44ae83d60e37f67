package mask

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/internal/pgtest"
)

func sub(mask string, params Params, domain string) *Sub {
	return &Sub{Spec: Find(mask), Params: params, Domain: domain}
}

// structuredCases are columns made of others, with rules and values.
var structuredCases = []struct {
	mask   string
	col    string // of column()
	params Params
	by     Keyed
	domain string
	values []string
}{
	{"email", "text[]", nil, BySubject, "", []string{`{}`, `{jane@corp.test}`, `{jane@corp.test,"a \"quoted\" \\ one",NULL,"NULL",""}`, `{{a,b},{c,d}}`, `[0:1]={a,b}`, `no array`}},
	{"email", "text[]", nil, ByValue, "person.email", []string{`{jane@corp.test,joe@corp.test,jane@corp.test}`}},
	{"array", "text[]", Params{"of": sub("pseudonym", nil, "id")}, BySubject, "", []string{`{"cus_9s6XKz",b}`}},
	{"null", "text[]", nil, ByNothing, "", []string{`{a}`}},
	{"redact", "text[]", nil, ByNothing, "", []string{`{a}`}},
	{"composite", "contact", Params{"fields": []NamedSub{{"mail", sub("email", nil, "")}, {"age", sub("keep", nil, "")}, {"name", sub("full_name", nil, "")}}}, BySubject, "",
		[]string{`("Jane ""J"" Roe",jane@corp.test,42)`, `(,,)`, `("","a\\b",7)`, `(1,2)`}},
	{"hstore", "hstore", Params{"keep": []string{"theme"}, "values": []NamedSub{{"mail", sub("email", nil, "person.email")}}}, BySubject, "",
		[]string{`"theme"=>"dark \"x\"", "mail"=>"jane@corp.test", "note"=>"Jane \\ Roe", "gone"=>NULL, "jane@corp.test"=>"1"`, ``, `nonsense`}},
	{"shift_date", "daterange", nil, BySubject, "", []string{`[2024-01-01,2024-02-01)`, `(,2024-02-01)`, `empty`, `[2024-01-01,)`, `(,)`, `what`}},
	{"redact", "daterange", nil, ByNothing, "", []string{`[2024-01-01,2024-02-01)`}},
	{"shift_date", "datemultirange", nil, BySubject, "", []string{`{[2024-01-01,2024-02-01),[2024-03-01,2024-04-01)}`, `{}`, `{(,2024-02-01)}`, `what`}},
	{"xml", "xml", Params{"keep": []string{"/o/@currency", "//sku"}, "paths": []NamedSub{{"//mail", sub("email", nil, "person.email")}, {"//who/**", sub("full_name", nil, "")}}}, BySubject, "",
		[]string{
			`<?xml version="1.0"?><o currency="EUR" by="Jane"><!-- Jane --><mail>jane@corp.test</mail> <who>Jane &amp; <b>Roe</b></who><sku>A-1</sku><![CDATA[Jane <Roe>]]><e/></o>`,
			`<p:mail xmlns:p="urn:x">jane@corp.test</p:mail>`, `just text`, `<a><b></a>`, `<a>&own;</a>`, `<?php echo 'Jane'?><a n='1'/>`, `<!DOCTYPE a [<!ENTITY x "Jane">]><a>b</a>`,
		}},
	{"when", "text", whenParams(sub("email", nil, ""), sub("keep", nil, "")), BySubject, "", []string{"Jane"}},
	{"json", "jsonb", Params{
		"keep":    []string{"$.keep"},
		"paths":   []NamedSub{{"$.mail", sub("email", nil, "person.email")}, {"$.people[*].name", sub("full_name", nil, "")}, {"$.n", sub("permute", Params{"max": int64(1000)}, "")}, {"$.gone", sub("null", nil, "")}, {"$.said", sub("constant", Params{"value": `a "quote"`}, "")}, {"$.all.**", sub("redact", nil, "")}},
		"classes": []NamedSub{{"phone", sub("constant", Params{"value": "+999"}, "")}, {"boolean", sub("keep", nil, "")}},
	}, BySubject, "", []string{
		`{"mail": "jane@corp.test", "keep": "Jane", "people": [{"name": "Jane", "age": 7}, {"name": "Joe"}], "n": 7, "gone": "x", "said": "y", "all": {"a": "b", "c": [1, true]}, "tel": "+49 30 1234567", "ok": true}`,
		`{"mail": "j\u0061ne@corp.test", "mail2": "jane@corp.test", "n": "seven", "people": "none", "gone": 4}`,
	}},
}

// structuredLines are the golden outputs of the cases.
func structuredLines(t *testing.T) []string {
	var lines []string
	for _, tc := range structuredCases {
		c := column(tc.col)
		lines = append(lines, "", fmt.Sprintf("%s on %s by %s %#v", tc.mask, tc.col, tc.by, map[string]any(tc.params)))
		m := compileMask(t, tc.mask, c, tc.params, Binding{Keyed: tc.by, Domain: tc.domain, Subject: "public.customers"}).New()
		for _, v := range tc.values {
			out, outcome := m.Append(nil, input(t, c, v, "42", "1001"))
			note := [...]string{"", "NULL", "replaced", "out of range", ""}[outcome]
			lines = append(lines, strings.TrimRight(fmt.Sprintf("\t%q -> %q %s", v, out, note), " "))
		}
	}
	return lines
}

// What elements become is what plain columns become, of the same domain or the
// same subject.
func TestPartsAgreeWithColumns(t *testing.T) {
	t.Parallel()
	plain := one(t, "email", column("text"), nil, inDomain("person.email"), "jane@corp.test")
	mine := one(t, "full_name", column("text"), nil, person42, "Jane")
	arr := one(t, "email", column("text[]"), nil, inDomain("person.email"), "{jane@corp.test,x@y.z}")
	if !strings.HasPrefix(arr, "{"+plain+",") {
		t.Errorf("%s in an array, %s alone", arr, plain)
	}
	people := one(t, "full_name", column("text[]"), nil, person42, "{a,b,c}")
	parts := strings.Split(strings.Trim(people, "{}"), ",")
	if strings.Trim(parts[0], `"`) != mine || parts[0] == parts[1] || parts[1] == parts[2] {
		t.Errorf("%s of subject %s", people, mine)
	}
	doc := one(t, "json", column("json"), Params{"paths": []NamedSub{
		{"$.mail", sub("email", nil, "person.email")}, {"$.name", sub("full_name", nil, "")}, {"$.list[*].name", sub("full_name", nil, "")}, {"$.list[*].again", sub("full_name", nil, "")},
	}}, person42, `{"mail":"jane@corp.test","name":"Jane","list":[{"name":"x"},{"name":"y","again":"y"}]}`)
	if !strings.Contains(doc, `"mail":"`+plain+`","name":"`+mine+`"`) || strings.Count(doc, mine) != 2 {
		t.Errorf("%s, want %s and twice %s", doc, plain, mine)
	}
	second := strings.Split(doc[strings.LastIndex(doc, "{")+1:], `"`)
	if second[3] != second[7] {
		t.Errorf("one element holds two people: %s", doc)
	}
}

func TestStructuredRefusals(t *testing.T) {
	t.Parallel()
	notNull := column("text[]")
	notNull.Elem.NotNull = true
	testRefusals(t, "array", []refusal{
		{"an element's NULL in a NOT NULL domain", notNull, Params{"of": sub("null", nil, "")}, BySubject, "NOT NULL"},
		{"keep", column("text[]"), Params{"of": sub("keep", nil, "")}, BySubject, "keeps every element"},
		{"a mask of another type", column("text[]"), Params{"of": sub("hstore", nil, "")}, BySubject, "does not mask a column of type text"},
		{"SQL", column("text[]"), Params{"of": sub("sql", Params{"expression": "1"}, "")}, BySubject, "cannot stand inside"},
		{"a plain column", column("text"), Params{"of": sub("email", nil, "")}, BySubject, "does not mask a column of type text"},
		{"a subject's mask in a domain", column("text[]"), Params{"of": sub("shift_date", nil, "")}, ByValue, "keyed by the subject"},
		{"a short element", func() Column { c := column("text[]"); c.Elem.MaxChars = 9; return c }(), Params{"of": sub("email", nil, "")}, BySubject, "needs 27 characters"},
		{"a wrong parameter", column("text[]"), Params{"of": sub("email", Params{"style": "x"}, "")}, BySubject, "of.style"},
	})
	testRefusals(t, "composite", []refusal{
		{"a field without a rule", column("contact"), Params{"fields": []NamedSub{{"name", sub("full_name", nil, "")}}}, BySubject, "have no rule: mail, age"},
		{"a constant of another type", column("contact"), Params{"fields": []NamedSub{{"name", sub("redact", nil, "")}, {"mail", sub("redact", nil, "")}, {"age", sub("constant", Params{"value": "old"}, "")}}}, BySubject, "is no int4"},
		{"an unknown field", column("contact"), Params{"fields": []NamedSub{{"nick", sub("full_name", nil, "")}}}, BySubject, "no field nick"},
	})
	testRefusals(t, "email", []refusal{
		{"a range", column("daterange"), nil, BySubject, "does not mask"},
		{"a composite", column("contact"), nil, BySubject, "does not mask"},
	})
	testRefusals(t, "json", []refusal{
		{"a bad path", column("json"), Params{"paths": []NamedSub{{"a.b", sub("email", nil, "")}}}, BySubject, "does not begin with $"},
		{"an unknown class", column("json"), Params{"classes": []NamedSub{{"mail", sub("email", nil, "")}}}, BySubject, "no class"},
		{"a mask that takes no leaf", column("json"), Params{"paths": []NamedSub{{"$.a", sub("mac", Params{}, "")}, {"$.b", sub("array", Params{"of": sub("email", nil, "")}, "")}}}, BySubject, "does not mask"},
	})
	testRefusals(t, "xml", []refusal{{"a bad path", column("xml"), Params{"keep": []string{"a/b"}}, BySubject, "cannot be read"}})
}

// Masks of ranges that do not keep order must still write ranges.
func TestBoundsInOrder(t *testing.T) {
	t.Parallel()
	elem := column("int4")
	c := Column{Table: "public.t", Name: "c", Kind: Range, TypeName: "int4range", Elem: &elem, Encoding: "UTF8"}
	swapped := false
	for i := 1; i < 50; i++ {
		in := fmt.Sprintf("[%d,%d)", i, i+3)
		out := one(t, "permute", c, Params{"max": int64(1000)}, inDomain("d"), in)
		var lo, hi int
		var open, shut rune
		if _, err := fmt.Sscanf(out, "%c%d,%d%c", &open, &lo, &hi, &shut); err != nil || lo > hi {
			t.Errorf("%s became %s", in, out)
		}
		swapped = swapped || open == '(' && shut == ']'
	}
	if !swapped {
		t.Error("no bound changed places: the test shows nothing")
	}
}

func TestCompareDecimal(t *testing.T) {
	t.Parallel()
	sorted := []string{"-10.5", "-9.99", "-0.01", "0", "0.009", "0.01", "1", "1.5", "9.99", "10", "10.01"}
	for i, a := range sorted {
		for j, b := range sorted {
			if got := compareDecimal([]byte(a), []byte(b)); got != order(int64(i), int64(j)) {
				t.Errorf("%s to %s: %d", a, b, got)
			}
		}
	}
	if compareDecimal([]byte("-0.0"), []byte("0")) != 0 || compareDecimal([]byte("1.50"), []byte("01.5")) != 0 {
		t.Error("equal numbers differ")
	}
}

func TestStructuredAllocateNothing(t *testing.T) {
	for _, tc := range structuredCases {
		if tc.mask == "xml" || tc.mask == "permute" {
			continue
		}
		c := column(tc.col)
		m := compileMask(t, tc.mask, c, tc.params, Binding{Keyed: tc.by, Domain: tc.domain, Subject: "public.customers"}).New()
		in := input(t, c, tc.values[0], "42", "1001")
		dst := make([]byte, 0, 8<<10)
		m.Append(dst, in)
		if n := testing.AllocsPerRun(100, func() { m.Append(dst, in) }); n != 0 {
			t.Errorf("%s on %s: %v allocations", tc.mask, tc.col, n)
		}
	}
}

// The server writes values in both formats, takes back what becomes of them,
// and shows the same value either way.
func TestServerTakesStructured(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := pgtest.Source(t)
	conn := server.Conn(t, server.Database(t, `
		CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
		CREATE TYPE contact AS (name text, mail varchar(60), age int);
		CREATE DOMAIN tags AS varchar(40)[];
		CREATE DOMAIN mail AS text CHECK (VALUE LIKE '%@%')`))
	if _, err := conn.Exec(ctx, "SET TimeZone TO UTC"); err != nil {
		t.Fatal(err)
	}
	oidOf := func(name string) (oid uint32) {
		if err := conn.QueryRow(ctx, "SELECT $1::text::regtype::oid", name).Scan(&oid); err != nil {
			t.Fatal(err)
		}
		return oid
	}
	elem := func(name string) *Column {
		c := Column{TypeName: name, OID: oidOf(name)}
		switch name {
		case "mail":
			c.Kind = Text
		case "numeric":
			c.Kind = Numeric
		case "contact":
			c.Kind = Composite
			for _, f := range []struct{ name, typ string }{{"name", "text"}, {"mail", "varchar"}, {"age", "int4"}} {
				p := column(f.typ)
				p.Name, p.OID = f.name, oidOf(f.typ)
				c.Fields = append(c.Fields, p)
			}
		default:
			c = column(name)
			c.OID = oidOf(name)
		}
		return &c
	}
	of := func(k Kind, name string, e *Column) Column {
		return Column{Table: "public.t", Name: "c", Kind: k, TypeName: name, Elem: e, Encoding: "UTF8"}
	}
	contact := sub("composite", Params{"fields": []NamedSub{{"name", sub("full_name", nil, "")}, {"mail", sub("email", nil, "")}, {"age", sub("permute", Params{"max": int64(150)}, "age")}}}, "")
	composite := *elem("contact")
	composite.Table, composite.Name, composite.Encoding = "public.t", "c", "UTF8"
	tsrange := of(Range, "tsrange", elem("timestamp"))
	for _, tc := range []struct {
		typ    string
		col    Column
		mask   string
		params Params
		by     Keyed
		values []string
	}{
		{"text[]", of(Array, "text[]", elem("text")), "email", nil, ByValue, []string{`'{}'`, `'{a,NULL,"b c"}'`, `'[2:3][0:1]={{a,b},{c,d}}'`, `ARRAY['NULL', '', 'a"b', 'a\b', NULL, 'x{y}']`}},
		{"tags", of(Array, "varchar[]", func() *Column { c := varchar(40); c.OID = oidOf("varchar"); return &c }()), "text", nil, BySubject, []string{`'{one two,three}'`}},
		{"mail[]", of(Array, "mail[]", elem("mail")), "email", nil, BySubject, []string{`ARRAY['a@b', NULL]::mail[]`}},
		{"int4[]", of(Array, "int4[]", elem("int4")), "permute", Params{"max": int64(100)}, ByValue, []string{`'{1,2,NULL,3}'`, `'{{1},{2}}'`}},
		{"uuid[]", of(Array, "uuid[]", elem("uuid")), "uuid", nil, ByValue, []string{`ARRAY['018f3c2e-7b1a-4cde-8f00-0123456789ab'::uuid, NULL]`}},
		{"date[]", of(Array, "date[]", elem("date")), "shift_date", nil, BySubject, []string{`'{2024-01-01,infinity,NULL}'`}},
		{"timestamptz[]", of(Array, "timestamptz[]", elem("timestamptz")), "shift_date", nil, BySubject, []string{`'{"2024-01-01 10:00:00+02"}'`}},
		{"jsonb[]", of(Array, "jsonb[]", elem("jsonb")), "json", nil, BySubject, []string{`ARRAY['{"a": "Jane", "b": [1, "x y"]}'::jsonb, '3', NULL]`}},
		{"mood[]", of(Array, "mood[]", elem("mood")), "redact", nil, ByNothing, []string{`'{ok,sad}'`}},
		{"numeric[]", of(Array, "numeric[]", elem("numeric")), "generalize", Params{"step": int64(5)}, ByValue, []string{`'{1.5,22}'`}},
		{"contact", composite, "composite", contact.Params, BySubject, []string{`ROW('Jane "J" Roe', 'j@x', 7)`, `ROW(NULL, NULL, NULL)`, `ROW('', 'a\b', NULL)`}},
		{"contact[]", of(Array, "contact[]", elem("contact")), "array", Params{"of": contact}, BySubject, []string{`ARRAY[ROW('Jane "J"', 'j@x', 7)::contact, ROW('a,b', NULL, 8)::contact, NULL]`}},
		{"int4range", of(Range, "int4range", elem("int4")), "permute", Params{"max": int64(1000)}, ByValue, []string{`'[1,5)'`, `'(,7)'`, `'empty'`, `'(,)'`}},
		{"numrange", of(Range, "numrange", elem("numeric")), "generalize", Params{"step": int64(10)}, ByValue, []string{`'(1.5,97]'`, `'[1,2]'`}},
		{"tsrange", tsrange, "shift_date", nil, BySubject, []string{`'[2024-01-01 10:00,2024-01-01 10:00:00.5)'`}},
		{"tsmultirange", of(Multirange, "tsmultirange", &tsrange), "shift_date", nil, BySubject, []string{`'{[2024-01-01,2024-01-02),[2024-02-01,)}'`, `'{}'`}},
		{"tsrange[]", of(Array, "tsrange[]", &tsrange), "shift_date", nil, BySubject, []string{`'{"[2024-01-01,2024-01-02)",empty}'`}},
		{"daterange", column("daterange"), "redact", nil, ByNothing, []string{`'[2024-01-01,2024-01-02)'`}},
		{"datemultirange", column("datemultirange"), "redact", nil, ByNothing, []string{`'{[2024-01-01,2024-01-02)}'`}},
	} {
		shown := map[Wire][]string{}
		for _, wire := range []Wire{TextWire, BinaryWire} {
			c := tc.col
			c.Wire = wire
			m := compileMask(t, tc.mask, c, tc.params, Binding{Keyed: tc.by, Domain: "d", Subject: "public.customers"}).New()
			for _, v := range tc.values {
				format := "text"
				if wire == BinaryWire {
					format = "binary"
				}
				var raw bytes.Buffer
				if _, err := conn.PgConn().CopyTo(ctx, &raw, fmt.Sprintf("COPY (SELECT (%s)::%s) TO STDOUT (FORMAT %s)", v, tc.typ, format)); err != nil {
					t.Fatalf("%s %s: %v", tc.typ, v, err)
				}
				out, outcome := m.Append(nil, &Input{Value: copied(raw.Bytes(), wire), Subject: []byte("42"), Row: []byte("1001")})
				if outcome != Masked && outcome != Kept {
					t.Errorf("%s %s in %s: outcome %d", tc.typ, v, format, outcome)
				}
				head := []byte{}
				if wire == BinaryWire {
					head = append(head, "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"...)
					head = append(head, byte(len(out)>>24), byte(len(out)>>16), byte(len(out)>>8), byte(len(out)))
					head = append(append(head, out...), 0xff, 0xff)
				} else {
					head = append(head, copyEscapes.Replace(string(out))+"\n"...)
				}
				if _, err := conn.Exec(ctx, fmt.Sprintf("CREATE TEMP TABLE s (c %s)", tc.typ)); err != nil {
					t.Fatal(err)
				}
				if _, err := conn.PgConn().CopyFrom(ctx, bytes.NewReader(head), fmt.Sprintf("COPY s FROM STDIN (FORMAT %s)", format)); err != nil {
					t.Errorf("%s %s in %s: %v: %s", tc.typ, v, format, err, hex.EncodeToString(out))
				}
				var got string
				if err := conn.QueryRow(ctx, "SELECT coalesce((SELECT c::text FROM s), 'nothing')").Scan(&got); err != nil {
					t.Fatal(err)
				}
				shown[wire] = append(shown[wire], got)
				if _, err := conn.Exec(ctx, "DROP TABLE s"); err != nil {
					t.Fatal(err)
				}
			}
		}
		for i, v := range tc.values {
			if a, b := shown[TextWire][i], shown[BinaryWire][i]; a != b || a == "nothing" {
				t.Errorf("%s %s: %s in text, %s in binary", tc.typ, v, a, b)
			}
		}
	}
}

// copied is the one field of a COPY of one row.
func copied(raw []byte, wire Wire) []byte {
	if wire == BinaryWire {
		const before = 19 + 2 + 4 // header, number of fields, length
		return raw[before : len(raw)-2]
	}
	return []byte(strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", `\r`, "\r").Replace(strings.TrimSuffix(string(raw), "\n")))
}
