package copyrow

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// zoo is a table with a column of every built-in type that can be stored and
// travels in both formats, and rows of values that go wrong elsewhere.
var zoo = []string{
	`CREATE TYPE mood AS ENUM ('sad', 'ok', 'so "happy", really')`,
	`CREATE TYPE pair AS (a text, b int[])`,
	`CREATE DOMAIN posint AS int CHECK (VALUE > 0)`,
	`CREATE TABLE zoo (
		i2 int2, i4 int4, i8 int8, n numeric, n2 numeric(12,2), f4 float4, f8 float8, m money, b bool,
		c char(5), vc varchar(40), t text, nm name, ch "char", o oid, by bytea,
		d date, ti time, tz timetz, ts timestamp, tstz timestamptz, iv interval,
		u uuid, ip inet, ci cidr, ma macaddr, ma8 macaddr8, bt bit(5), vb varbit,
		p point, l line, ls lseg, bx box, pa path, pg polygon, cr circle,
		j json, jb jsonb, jp jsonpath, x xml, tv tsvector, tq tsquery,
		r4 int4range, rn numrange, rts tstzrange, mr int4multirange, lsn pg_lsn, x8 xid8, ti2 tid, sn pg_snapshot,
		ai int[], at text[], a2 int[][], e mood, ea mood[], cp pair, cpa pair[], dm posint)`,
	`INSERT INTO zoo DEFAULT VALUES`,
	`INSERT INTO zoo VALUES (
		-32768, -2147483648, -9223372036854775808, 'NaN', -9999999999.99, 'NaN', '-0', '-92233720368547758.08', true,
		'', '', '', '', '', 0, '',
		'-infinity', '00:00', '00:00+15:59', '-infinity', '-infinity', '-178000000 years',
		'00000000-0000-0000-0000-000000000000', '::', '0.0.0.0/0', '00:00:00:00:00:00', '00:00:00:00:00:00:00:00', B'00000', B'',
		'(0,0)', '{1,0,0}', '[(0,0),(0,0)]', '(1,1),(0,0)', '[(0,0)]', '((0,0))', '<(0,0),0>',
		'""', '{}', '$', '', '', 'a', -- an empty tsquery is more than the server's binary reader takes
		'empty', '(,)', '(,)', '{}', '0/0', '0', '(0,0)', '10:10:',
		'{}', '{}', '{}', 'sad', '{}', ROW(NULL, NULL), '{}', 1)`,
	`INSERT INTO zoo VALUES (
		32767, 2147483647, 9223372036854775807, 'Infinity', 0.01, 'Infinity', '5e-324', '92233720368547758.07', false,
		E'a\tb', E'\\N', E'\\.', E'tab\there', E'\\', 4294967295, '\x00ff5c090a0d4e2e',
		'infinity', '24:00', '24:00-15:59', 'infinity', 'infinity', '178000000 years',
		'ffffffff-ffff-ffff-ffff-ffffffffffff', 'fe80::1/64', '2001:db8::/32', 'ff:ff:ff:ff:ff:ff', 'ff:ff:ff:ff:ff:ff:ff:ff', B'11111', B'101010101',
		'(Infinity,NaN)', '{1,2,3}', '[(-1,-1),(1e300,1)]', '(3,4),(1,2)', '((0,0),(1,1),(2,0))', '((0,0),(1,1),(2,0))', '<(1,2),3>',
		E'{"a": "\\u00e9\\\\n", "a": [1,2,3.000, null]}', E'{"b": "tab\\t", "a\\\\": 1e400}', '$."a"[*] ? (@.x > 1)', E'<a b="c">\n</a>', E'''it''''s'':1A b\\\\:2', 'a & !b | (c <-> d)',
		'[1,5)', '[1.5,2.5]', '[2020-01-01 00:00+00,)', '{[1,3),[5,9)}', 'FFFFFFFF/FFFFFFFF', '18446744073709551615', '(4294967295,65535)', '10:20:10,14,15',
		'[0:1]={1,NULL}', ARRAY['', NULL, 'NULL', '"', E'\\', E'\n', '{', ',', E'\\N'], '{{1,2},{3,4}}', 'so "happy", really', '{sad,"so \"happy\", really"}',
		ROW(E'a,"(\\)\t', '{1,NULL}'), ARRAY[ROW('x', NULL)::pair, NULL, ROW('', '{}')::pair], 2147483647)`,
	`INSERT INTO zoo (t, vc, c, by, d, ts, n, f8) VALUES
		(E'\r', E'\r\n', E'\n', '\x0d0a', '4713-01-01 BC', '294276-12-31 23:59:59.999999', 1e131071, 'NaN'),
		(E'\n\n', E'\b\f\v', ' x ', '\x5c2e', '5874897-12-31', '4713-01-01 00:00:00 BC', 1e-16383, '-Infinity'),
		(E'line one\nline two\\', E'\t', 'ü', '\x', '0044-03-15 BC', 'epoch', -0.0, 1e308),
		(E'\\\\N\\x41\\101', 'żółć 😀', '日本', convert_to(E'\\\t', 'UTF8'), '1970-01-01', '2000-02-29 12:00', 123456789012345678901234567890.0001, 0),
		(E'\u0001\u001f\u007f', E'\u200f\u0301e', 'x', decode(repeat('5c09', 5000), 'hex'), NULL, NULL, NULL, NULL),
		(repeat(E'\\\t\n', 30000), NULL, NULL, decode(repeat('00', 300000), 'hex'), NULL, NULL, NULL, NULL),
		(repeat('wide ', 60000), '', '', NULL, NULL, NULL, NULL, NULL)`,
	`INSERT INTO zoo (i4, t, by) SELECT i, repeat(chr(1 + i % 127), i % 50), decode(lpad(to_hex(i), 8, '0'), 'hex') FROM generate_series(1, 500) i`,
	`CREATE TABLE twin (LIKE zoo)`,
	`CREATE TABLE nothing ()`,
	`INSERT INTO nothing DEFAULT VALUES`, `INSERT INTO nothing DEFAULT VALUES`,
}

// echo hands every value back as it is.
type echo struct{}

func (echo) Take(int, []byte, bool) error { return nil }
func (echo) Replace(dst []byte, _ int, v []byte, _ bool) ([]byte, bool, error) {
	return append(dst, v...), v == nil, nil
}

// through runs a stream in pieces and returns it with header and trailer.
func through(t *testing.T, c Config, stream []byte, size int) []byte {
	t.Helper()
	out := bytes.NewBuffer(bytes.Clone(Header(c.Format)))
	c.Get = getBuffer
	c.Emit = func(p []byte) error { out.Write(p); return nil }
	r := New(c)
	for p := stream; len(p) > 0; p = p[min(size, len(p)):] {
		if _, err := r.Write(p[:min(size, len(p))]); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	out.Write(Trailer(c.Format))
	return out.Bytes()
}

func copyOut(t *testing.T, conn *pgx.Conn, f Format, query string) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := conn.PgConn().CopyTo(context.Background(), &b, fmt.Sprintf("COPY (%s) TO STDOUT (FORMAT %v)", query, f)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func copyIn(t *testing.T, conn *pgx.Conn, f Format, into string, stream []byte) int64 {
	t.Helper()
	tag, err := conn.PgConn().CopyFrom(context.Background(), bytes.NewReader(stream), fmt.Sprintf("COPY %s FROM STDIN (FORMAT %v)", into, f))
	if err != nil {
		t.Fatal(err)
	}
	return tag.RowsAffected()
}

func queryInt(t *testing.T, conn *pgx.Conn, sql string, args ...any) (n int64) {
	t.Helper()
	if err := conn.QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestServerWritesWeWriteBack: what the server wrote comes out byte for byte,
// kept as it is or taken apart and put together again, in any pieces; and the
// server reads it as the same rows.
func TestServerWritesWeWriteBack(t *testing.T) {
	t.Parallel()
	s := pgtest.Source(t)
	conn := s.Conn(t, s.Database(t, zoo...))
	columns := int(queryInt(t, conn, `SELECT count(*) FROM pg_attribute WHERE attrelid = 'zoo'::regclass AND attnum > 0`))
	rows := queryInt(t, conn, `SELECT count(*) FROM zoo`)
	for _, f := range formats {
		stream := copyOut(t, conn, f, "SELECT * FROM zoo")
		hidden := copyOut(t, conn, f, "SELECT t, i4::text, zoo.* FROM zoo")
		for _, size := range []int{1 << 30, 1021, 3} {
			keep, replace, mixed := make([]Action, columns), make([]Action, columns), make([]Action, columns)
			for i := range columns {
				replace[i] = Replace
				mixed[i] = []Action{Replace, Keep, Keep, Replace, Replace, Keep}[i%6]
			}
			for name, actions := range map[string][]Action{"keep": keep, "replace": replace, "mixed": mixed} {
				if got := through(t, Config{Format: f, Actions: actions, Fields: echo{}}, stream, size); !bytes.Equal(got, stream) {
					t.Errorf("%v, %s, pieces of %d: other bytes than the server's", f, name, size)
				}
				actions := append([]Action{Take, Take}, actions...)
				if got := through(t, Config{Format: f, Actions: actions, Fields: echo{}}, hidden, size); !bytes.Equal(got, stream) {
					t.Errorf("%v, %s, pieces of %d, with hidden columns: other bytes than the server's", f, name, size)
				}
			}
		}
		if n := copyIn(t, conn, f, "twin", stream); n != rows {
			t.Errorf("%v: the server took %d of %d rows", f, n, rows)
		}
		if n := queryInt(t, conn, `SELECT count(*) FROM (SELECT twin::text FROM twin EXCEPT ALL SELECT zoo::text FROM zoo) d`); n != 0 {
			t.Errorf("%v: %d rows differ", f, n)
		}
		if _, err := conn.Exec(context.Background(), "TRUNCATE twin"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestServerWithoutColumns: rows of a table without columns are rows.
func TestServerWithoutColumns(t *testing.T) {
	t.Parallel()
	s := pgtest.Source(t)
	conn := s.Conn(t, s.Database(t, zoo...))
	for _, f := range formats {
		stream := copyOut(t, conn, f, "SELECT FROM nothing")
		for _, size := range []int{1, 1000} {
			if got := through(t, Config{Format: f}, stream, size); !bytes.Equal(got, stream) {
				t.Errorf("%v: got %q, want %q", f, got, stream)
			}
		}
		if n := copyIn(t, conn, f, "nothing", stream); n < 2 {
			t.Errorf("%v: the server took %d rows", f, n)
		}
	}
}

// TestServerReadsWhatWeEscape: a replaced value arrives on the server as it
// was meant, whatever bytes it is made of.
func TestServerReadsWhatWeEscape(t *testing.T) {
	t.Parallel()
	s := pgtest.Source(t)
	conn := s.Conn(t, s.Database(t, `CREATE TABLE t (i int, v text)`))
	rng := rand.New(rand.NewPCG(3, 4))
	var want []string
	var rows []row
	for i := range 2000 {
		v := nasty[i%len(nasty)]
		if i >= len(nasty) {
			var b strings.Builder
			for range rng.IntN(30) {
				b.WriteRune([]rune("\x01\b\f\n\r\t\v\\N.x0a7é😀\x7f ")[rng.IntN(17)])
			}
			v = b.String()
		}
		want = append(want, strings.ToValidUTF8(strings.ReplaceAll(v, "\x00", ""), ""))
		rows = append(rows, row{fmt.Append(nil, i), []byte("old")})
	}
	i := 0
	c := Config{Format: Text, Actions: []Action{Keep, Replace}, Fields: giving(func() string { i++; return want[i-1] })}
	copyIn(t, conn, Text, "t", through(t, c, encode(Text, rows), 1000))
	got, err := conn.Query(context.Background(), `SELECT v FROM t ORDER BY i`)
	if err != nil {
		t.Fatal(err)
	}
	values, err := pgx.CollectRows(got, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range values {
		if v != want[i] {
			t.Errorf("row %d: got %q, want %q", i, v, want[i])
		}
	}
	if len(values) != len(want) {
		t.Errorf("%d rows, want %d", len(values), len(want))
	}
}

// giving is a Fields that replaces everything by what it is told.
type giving func() string

func (giving) Take(int, []byte, bool) error { return nil }
func (g giving) Replace(dst []byte, _ int, _ []byte, _ bool) ([]byte, bool, error) {
	return append(dst, g()...), false, nil
}

// TestServerReadsEscapesAsWeDo: of escapes that its writer never uses, too.
func TestServerReadsEscapesAsWeDo(t *testing.T) {
	t.Parallel()
	s := pgtest.Source(t)
	conn := s.Conn(t, s.Database(t, `CREATE TABLE t (i int, v text)`))
	rng := rand.New(rand.NewPCG(5, 6))
	var stream bytes.Buffer
	const lines = 3000
	for i := range lines {
		fmt.Fprintf(&stream, "%d\t", i)
		for range rng.IntN(12) {
			// No zero byte and nothing beyond ASCII, which the server would refuse.
			stream.WriteString([]string{`\b`, `\f`, `\n`, `\r`, `\t`, `\v`, `\\`, `\x4`, `\x41`, `\xg`, `\x7f5`, `\1`, `\12`, `\1013`, `\8`, `\a`, "\\\t", "\\\n", `\N`, `\"`, "1", "x", "a", "\x01"}[rng.IntN(24)])
		}
		stream.WriteByte('\n')
	}
	copyIn(t, conn, Text, "t", stream.Bytes())
	got, err := conn.Query(context.Background(), `SELECT v FROM t ORDER BY i`)
	if err != nil {
		t.Fatal(err)
	}
	values, err := pgx.CollectRows(got, pgx.RowTo[*string])
	if err != nil {
		t.Fatal(err)
	}
	f := &swap{}
	c := Config{Format: Text, Actions: []Action{Take, Take}, Fields: f}
	through(t, c, stream.Bytes(), 1000)
	if len(values) != lines || len(f.seen) != 2*lines {
		t.Fatalf("the server read %d rows and we %d fields, of %d rows", len(values), len(f.seen), lines)
	}
	for i, v := range values {
		want := "take 1 NULL false"
		if v != nil {
			want = "take 1 " + show([]byte(*v)) + " false"
		}
		if f.seen[2*i+1] != want {
			t.Errorf("row %d: %s, the server read %s", i, f.seen[2*i+1], want)
		}
	}
}
