package mask

import (
	"context"
	"fmt"
	"testing"

	"github.com/understudy-db/understudy/internal/pgtest"
)

// The text of a key is that of a cast on the server, whatever the type's width.
func TestKeyTextIsTheServers(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := pgtest.Source(t)
	conn := server.Conn(t, server.Database(t))
	if _, err := conn.Exec(ctx, "SET TimeZone TO UTC; SET DateStyle TO ISO"); err != nil {
		t.Fatal(err)
	}
	for kind, types := range map[Kind]map[string][]string{
		Int:  {"int2": {"-32768", "0", "32767"}, "int4": {"-2147483648", "42"}, "int8": {"-9223372036854775808", "9223372036854775807"}},
		UUID: {"uuid": {"00000000-0000-0000-0000-000000000000", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"}},
		Date: {"date": {"infinity", "-infinity", "4713-01-01 BC", "0044-03-15 BC", "1999-12-31", "2024-02-29", "5874897-12-31"}},
		Timestamp: {"timestamp": {"infinity", "-infinity", "4713-01-01 00:00:00 BC", "2000-01-01 00:00:00", "1969-12-31 23:59:59.999999",
			"2024-02-29 10:20:30.1", "294276-12-31 23:59:59.999999"}},
		TimestampTZ: {"timestamptz": {"infinity", "-infinity", "4713-01-01 00:00:00+00 BC", "2024-02-29 10:20:30.120+02", "1883-11-18 12:03:58-07:52:58"}},
	} {
		for typ, values := range types {
			for _, v := range values {
				var text string
				var bin []byte
				if err := conn.QueryRow(ctx, fmt.Sprintf("SELECT $1::text::%[1]s::text, %[2]s($1::text::%[1]s)", typ, sendFunction[typ]), v).Scan(&text, &bin); err != nil {
					t.Errorf("%s %q: %v", typ, v, err)
					continue
				}
				if got, ok := AppendText([]byte("x"), kind, bin); !ok || string(got) != "x"+text {
					t.Errorf("%s %q: %q, %v, want %q", typ, v, got, ok, text)
				}
				a, ok1 := AppendKeyPart(nil, kind, BinaryWire, bin)
				b, ok2 := AppendKeyPart(nil, kind, TextWire, []byte(text))
				if !ok1 || !ok2 || string(a) != string(b) || len(a) != map[Kind]int{Int: 8, UUID: 16, Date: 4, Timestamp: 8, TimestampTZ: 8}[kind] {
					t.Errorf("%s %q: key parts %x and %x", typ, v, a, b)
				}
				if _, ok := AppendText(nil, kind, bin[1:]); ok && kind != Int {
					t.Errorf("%s %q: a byte is missing, and nobody minds", typ, v)
				}
			}
		}
	}
	if _, ok := AppendText(nil, Text, []byte("x")); ok {
		t.Error("text is said to be stored in another form")
	}
}
