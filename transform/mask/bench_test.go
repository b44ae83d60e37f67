package mask

import (
	"strings"
	"testing"
)

func benchColumn(kind Kind, typeName string) Column {
	return Column{Table: "public.customers", Name: "c", Kind: kind, TypeName: typeName, Bits: 64, Wire: BinaryWire, Encoding: "UTF8"}
}

// BenchmarkLocale measures names and addresses of a locale, and what is linked to them.
func BenchmarkLocale(b *testing.B) {
	for _, name := range []string{"full_name", "email", "address", "postal_code", "phone", "national_id", "iban"} {
		b.Run(name, func(b *testing.B) {
			compiled, err := Find(name).Compile(benchColumn(Text, "text"), nil, Binding{Keyed: BySubject, Subject: "public.customers", Keys: testRing, Locale: "de"})
			if err != nil {
				b.Fatal(err)
			}
			m := compiled.New()
			in := Input{Value: []byte("x"), Subject: []byte("12345"), Row: []byte("67890")}
			dst, _ := m.Append(nil, &in)
			b.ReportAllocs()
			for b.Loop() {
				dst, _ = m.Append(dst[:0], &in)
			}
		})
	}
}

// BenchmarkMask measures what design §11 budgets: at most 200 ns a value-keyed
// mask, 300 ns a name, 1.2 µs an address, no allocation.
func BenchmarkMask(b *testing.B) {
	text := benchColumn(Text, "text")
	uid := "\x01\x23\x45\x67\x89\xab\x4d\xef\x81\x23\x45\x67\x89\xab\xcd\xef"
	doc := `{"name": "Emma Smith", "email": "emma.smith@mail.example", "age": 42, "tags": ["new", "vip customer"], "created": "2024-02-29T10:20:30.123456Z", "active": true, "ref": null}`
	for _, c := range []struct {
		name   string
		mask   string
		col    Column
		by     Keyed
		params Params
		value  string
	}{
		{"full_name", "full_name", text, BySubject, nil, "Jane Roe"},
		{"first_name", "first_name", text, BySubject, nil, "Jane"},
		{"email by subject", "email", text, BySubject, nil, "jane.roe@corp.example"},
		{"email by value", "email", text, ByValue, nil, "jane.roe@corp.example"},
		{"username", "username", text, BySubject, nil, "jroe"},
		{"phone", "phone", text, BySubject, nil, "+4915112345678"},
		{"phone by value", "phone", text, ByValue, nil, "+4915112345678"},
		{"address", "address", text, BySubject, nil, "1 Main St"},
		{"postal_code", "postal_code", text, BySubject, nil, "SW1A 1AA"},
		{"company", "company", text, BySubject, nil, "Acme"},
		{"pseudonym", "pseudonym", text, ByValue, nil, "external-id-12345"},
		{"token", "token", text, BySubject, nil, "abc"},
		{"url", "url", text, BySubject, nil, "https://corp.example/x"},
		{"uuid", "uuid", benchColumn(UUID, "uuid"), ByValue, nil, uid},
		{"ip", "ip", benchColumn(Inet, "inet"), BySubject, nil, "\x02\x20\x00\x04\x0a\x01\x02\x03"},
		{"permute 2^20", "permute", benchColumn(Int, "int8"), ByValue, Params{"max": int64(1 << 20)}, "\x00\x00\x00\x00\x00\x00\x12\x34"},
		{"permute 10^9", "permute", benchColumn(Int, "int8"), ByValue, Params{"max": int64(1e9)}, "\x00\x00\x00\x00\x00\x00\x12\x34"},
		{"permute type", "permute", benchColumn(Int, "int8"), ByValue, Params{"max": "type"}, "\x00\x00\x00\x00\x00\x00\x12\x34"},
		{"permute numeric", "permute", Column{Kind: Numeric, TypeName: "numeric", Precision: 12, Wire: BinaryWire}, ByValue, Params{"max": int64(1e9)}, "\x00\x01\x00\x00\x00\x00\x00\x00\x12\x34"},
		{"shift_date", "shift_date", benchColumn(TimestampTZ, "timestamptz"), BySubject, nil, "\x00\x02\x00\x00\x00\x00\x12\x34"},
		{"generalize int", "generalize", benchColumn(Int, "int8"), ByValue, Params{"step": int64(5)}, "\x00\x00\x00\x00\x00\x00\x12\x34"},
		{"generalize numeric", "generalize", Column{Kind: Numeric, TypeName: "numeric", Wire: BinaryWire}, ByValue, Params{"step": 0.25}, "\x00\x02\x00\x00\x00\x00\x00\x02\x12\x34\x0c\x1c"},
		{"text 100", "text", text, BySubject, nil, strings.Repeat("some words ", 9)},
		{"text 1M", "text", text, BySubject, nil, strings.Repeat("some words ", 100_000)},
		{"json 180", "json", benchColumn(JSONB, "jsonb"), BySubject, Params{"keep": []string{"$.age"}}, "\x01" + doc},
		{"json 180 without paths", "json", benchColumn(JSONB, "jsonb"), BySubject, nil, "\x01" + doc},
		{"json 1M", "json", benchColumn(JSONB, "jsonb"), BySubject, Params{"keep": []string{"$[*].age"}}, "\x01[" + strings.Repeat(doc+",", 6000) + doc + "]"},
		{"credit_card", "credit_card", text, BySubject, nil, "4000123456789010"},
		{"card_brand", "card_brand", text, BySubject, nil, "Visa"},
		{"card_expiry", "card_expiry", text, BySubject, nil, "01/26"},
		{"card_cvv", "card_cvv", text, BySubject, nil, "123"},
		{"iban", "iban", text, BySubject, nil, "DE89370400440532013000"},
		{"iban by value", "iban", text, ByValue, nil, "DE89370400440532013000"},
		{"national_id", "national_id", text, BySubject, nil, "123-45-6789"},
		{"national_id de", "national_id", text, BySubject, Params{"scheme": "de"}, "12345678901"},
		{"fpe_ff1", "fpe_ff1", text, ByValue, nil, "12345678-9012-3456"},
		{"sex", "sex", text, BySubject, nil, "f"},
		{"name_prefix", "name_prefix", text, BySubject, nil, "Mr."},
		{"middle_name", "middle_name", text, BySubject, nil, "Jane"},
		{"birth_name", "birth_name", text, BySubject, nil, "Roe"},
		{"job_title", "job_title", text, BySubject, nil, "Clerk"},
		{"region", "region", text, BySubject, nil, "Texas"},
		{"latitude", "latitude", benchColumn(Float, "float8"), BySubject, nil, "\x40\x04\x00\x00\x00\x00\x00\x00"},
		{"geo_point", "geo_point", benchColumn(Point, "point"), BySubject, nil, strings.Repeat("\x00", 16)},
		{"birth_date", "birth_date", benchColumn(Date, "date"), BySubject, nil, "\xff\xff\xf0\x00"},
		{"choice", "choice", text, BySubject, Params{"values": []string{"free", "pro", "team"}, "weights": []string{"80", "15", "5"}}, "free"},
		{"random int", "random", benchColumn(Int, "int8"), BySubject, Params{"max": int64(1000)}, "\x00\x00\x00\x00\x00\x00\x12\x34"},
		{"random text", "random", text, BySubject, nil, "x"},
		{"pattern", "pattern", text, BySubject, Params{"pattern": "[A-Z]{3}-\\d{4}"}, "x"},
		{"partial", "partial", text, ByValue, nil, "4111-1111-1111-9010"},
		{"hostname", "hostname", text, BySubject, nil, "db1.corp.test"},
		{"file_name", "file_name", text, BySubject, nil, "cv.pdf"},
		{"json 1M by path and class", "json", benchColumn(JSONB, "jsonb"), BySubject, Params{
			"keep":    []string{"$[*].age"},
			"paths":   []NamedSub{{"$[*].email", sub("email", nil, "person.email")}, {"$[*].name", sub("full_name", nil, "")}},
			"classes": []NamedSub{{"boolean", sub("keep", nil, "")}},
		}, "\x01[" + strings.Repeat(doc+",", 6000) + doc + "]"},
		{"array of 3", "email", Column{Table: "t", Name: "c", Kind: Array, Elem: &text, Wire: BinaryWire}, ByValue, nil,
			"\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x19\x00\x00\x00\x03\x00\x00\x00\x01\x00\x00\x00\x04a@bc\x00\x00\x00\x04d@ef\x00\x00\x00\x04g@hi"},
		{"noise", "noise", benchColumn(Int, "int8"), BySubject, nil, "\x00\x00\x00\x00\x00\x00\x12\x34"},
		{"redact", "redact", text, ByNothing, nil, "x"},
	} {
		b.Run(c.name, func(b *testing.B) {
			compiled, err := Find(c.mask).Compile(c.col, c.params, Binding{Keyed: c.by, Domain: "d", Subject: "public.customers", Keys: testRing})
			if err != nil {
				b.Fatal(err)
			}
			m := compiled.New()
			var dst []byte
			in := Input{Value: []byte(c.value), Subject: []byte("12345"), Row: []byte("67890")}
			dst, outcome := m.Append(dst, &in)
			if outcome != Masked {
				b.Fatal(outcome)
			}
			b.SetBytes(int64(len(c.value)))
			b.ReportAllocs()
			for b.Loop() {
				dst, _ = m.Append(dst[:0], &in)
			}
		})
	}
}
