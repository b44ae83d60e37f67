package mask

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/understudy-db/understudy/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// sendFunction is the server's own writer of the binary format.
var sendFunction = map[string]string{
	"int2": "int2send", "int4": "int4send", "int8": "int8send", "float4": "float4send", "float8": "float8send",
	"numeric": "numeric_send", "bool": "boolsend", "date": "date_send", "timestamp": "timestamp_send",
	"timestamptz": "timestamptz_send", "time": "time_send", "uuid": "uuid_send", "inet": "inet_send", "cidr": "cidr_send",
	"macaddr": "macaddr_send", "macaddr8": "macaddr8_send", "jsonb": "jsonb_send", "json": "json_send", "bytea": "byteasend",
	"text": "textsend", "bpchar": "bpcharsend",
}

// PostgreSQL is the oracle: both formats of a value, as the server writes
// them, have to be read as the same value and written back byte for byte.
func TestServerWritesTheSame(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := pgtest.Source(t)
	conn := server.Conn(t, server.Database(t))
	if _, err := conn.Exec(ctx, "SET TimeZone TO UTC; SET DateStyle TO ISO; SET extra_float_digits TO 1"); err != nil {
		t.Fatal(err)
	}
	for name, values := range samples {
		send := sendFunction[name]
		if send == "" {
			continue
		}
		c := column(name).binary()
		for _, v := range values {
			if name == "jsonb" && v == "1.50" || name == "float8" && v == "NaN" {
				continue // one value, several forms: which of them is no matter
			}
			typ := name
			if name == "bpchar" {
				typ = "char(5)"
			}
			var text string
			var bin []byte
			query := fmt.Sprintf("SELECT $1::text::%[1]s::text, %[2]s($1::text::%[1]s)", typ, send)
			if err := conn.QueryRow(ctx, query, v).Scan(&text, &bin); err != nil {
				t.Errorf("%s %q: %v", name, v, err)
				continue
			}
			if name == "bpchar" || name == "cidr" || name == "inet" || name == "bool" {
				text = v // the cast to text drops blanks and adds prefix lengths; COPY does not
			}
			if got := fromWire(t, c, bin); got != text {
				t.Errorf("%s %q: read %q from binary, the server's text is %q", name, v, got, text)
			}
			if got := toWire(t, c, text); string(got) != string(bin) {
				t.Errorf("%s %q: wrote %x, the server writes %x", name, v, got, bin)
			}
		}
	}
}

// What a mask writes, in either format, has to be taken by the server and be
// the value that its text says.
func TestServerTakesEveryOutput(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	server := pgtest.Source(t)
	conn := server.Conn(t, server.Database(t, "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')"))
	if _, err := conn.Exec(ctx, "SET TimeZone TO UTC"); err != nil {
		t.Fatal(err)
	}
	for kind, types := range typesOf {
		for _, typeName := range types {
			if kind == Other || kind == Geometry || kind.Structured() || typeName == "citext" { // an extension's; text as far as the wire goes
				continue
			}
			table := "t_" + typeName
			if _, err := conn.Exec(ctx, fmt.Sprintf("CREATE TEMP TABLE %s (n int4, c %s)", table, typeName)); err != nil {
				t.Fatal(err)
			}
			for _, c := range both(column(typeName)) {
				var want []string
				var stream []byte
				if c.Wire == BinaryWire {
					stream = append(stream, "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
				}
				for _, s := range All() {
					for _, keyed := range s.Keyed {
						compiled, err := s.Compile(c, probed(s, c), Binding{Keyed: keyed, Domain: "d", Subject: "s", Keys: testRing})
						if err != nil {
							continue
						}
						m := compiled.New()
						for _, v := range valuesFor(c) {
							if !utf8.ValidString(v) || strings.Contains(v, "\x00") {
								continue
							}
							out, outcome := m.Append(nil, input(t, c, v, "42", "1001"))
							if outcome == Null || outcome == OutOfRange || outcome == Failed {
								continue
							}
							if c.Wire == BinaryWire {
								stream = binary.BigEndian.AppendUint16(stream, 2)
								stream = binary.BigEndian.AppendUint32(stream, 4)
								stream = binary.BigEndian.AppendUint32(stream, uint32(len(want)))
								stream = binary.BigEndian.AppendUint32(stream, uint32(len(out)))
								stream = append(stream, out...)
							} else {
								stream = append(stream, fmt.Sprint(len(want), "\t", copyEscapes.Replace(string(out)), "\n")...)
							}
							want = append(want, fmt.Sprint(s.Name, " by ", keyed, ": ", fromWire(t, c, out)))
						}
					}
				}
				format := "text"
				if c.Wire == BinaryWire {
					stream, format = binary.BigEndian.AppendUint16(stream, 0xffff), "binary"
				}
				tag, err := conn.PgConn().CopyFrom(ctx, bytes.NewReader(stream), fmt.Sprintf("COPY %s FROM STDIN (FORMAT %s)", table, format))
				if err != nil || int(tag.RowsAffected()) != len(want) {
					t.Errorf("%s in %s: %d of %d outputs taken: %v", typeName, format, tag.RowsAffected(), len(want), err)
					continue
				}
				asText := map[string]string{"inet": "host(c) || CASE WHEN masklen(c) < (CASE family(c) WHEN 4 THEN 32 ELSE 128 END) THEN '/' || masklen(c) ELSE '' END", "bool": "left(c::text, 1)", "xml": "xmlserialize(content c AS text)", "jsonb": "NULL"}[typeName]
				if asText == "" {
					asText = "c::text"
				}
				rows, err := conn.Query(ctx, fmt.Sprintf("SELECT n, %s FROM %s", asText, table))
				if err != nil {
					t.Fatal(err)
				}
				for rows.Next() {
					var n int
					var got *string
					if err := rows.Scan(&n, &got); err != nil {
						t.Fatal(err)
					}
					if _, text, _ := strings.Cut(want[n], ": "); got != nil && *got != text && !strings.HasPrefix(want[n], "null") {
						t.Errorf("%s in %s: %q is %q for the server", typeName, format, want[n], *got)
					}
				}
				if err := rows.Err(); err != nil {
					t.Fatal(err)
				}
				if _, err := conn.Exec(ctx, "TRUNCATE "+table); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

var copyEscapes = strings.NewReplacer("\\", "\\\\", "\n", "\\n", "\t", "\\t", "\r", "\\r")
