package mask

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// testKey is fixed, so that golden outputs stay the same.
var testKey = func() Key {
	k, err := ParseKey("understudy-key-1:3q2+7wABAgPKkU5xZ0tR8yFhLJsE1m5Q2vXcGd9Oa4I=")
	if err != nil {
		panic(err)
	}
	return k
}()

var testRing = NewKeyring(testKey, KeyringOptions{Project: "shop"})

// column is a typical column of a type.
func column(typeName string) Column {
	c := Column{Table: "public.customers", Name: "c", TypeName: typeName, Encoding: "UTF8"}
	switch typeName {
	case "int2", "int4", "int8":
		c.Kind = Int
		n, _ := strconv.Atoi(typeName[3:])
		c.Bits = 8 * n
	case "float4", "float8":
		c.Kind = Float
		n, _ := strconv.Atoi(typeName[5:])
		c.Bits = 8 * n
	case "numeric":
		c.Kind = Numeric
	case "bool":
		c.Kind = Bool
	case "date":
		c.Kind = Date
	case "timestamp":
		c.Kind = Timestamp
	case "timestamptz":
		c.Kind = TimestampTZ
	case "time":
		c.Kind = Time
	case "uuid":
		c.Kind = UUID
	case "inet", "cidr":
		c.Kind = Inet
	case "macaddr", "macaddr8":
		c.Kind = MAC
	case "json":
		c.Kind = JSON
	case "jsonb":
		c.Kind = JSONB
	case "bytea":
		c.Kind = Bytea
	case "mood":
		c.Kind, c.Labels = Enum, []string{"sad", "ok", "happy"}
	case "xml":
		c.Kind = XML
	case "point":
		c.Kind = Point
	case "geometry":
		c.Kind = Geometry
	case "text", "varchar", "bpchar", "citext":
		c.Kind = Text
		c.FoldCase = typeName == "citext"
		c.Padded = typeName == "bpchar"
	case "interval":
	case "text[]":
		elem := column("text")
		elem.OID = 25
		c.Kind, c.Elem = Array, &elem
	case "contact":
		c.Kind, c.Fields = Composite, []Column{column("text").named("", "name"), column("text").named("", "mail"), column("int4").named("", "age")}
	case "hstore":
		c.Kind = Hstore
	case "daterange":
		elem := column("date")
		c.Kind, c.Elem = Range, &elem
	case "datemultirange":
		elem := column("daterange")
		c.Kind, c.Elem = Multirange, &elem
	default:
		panic(typeName)
	}
	return c
}

func varchar(n int) Column {
	c := column("varchar")
	c.MaxChars = n
	return c
}

func numeric(precision, scale int) Column {
	c := column("numeric")
	c.Precision, c.Scale = precision, scale
	return c
}

func (c Column) unique() Column { c.Unique = true; return c }

func (c Column) binary() Column { c.Wire = BinaryWire; return c }

func (c Column) named(table, name string) Column { c.Table, c.Name = table, name; return c }

// toWire turns a value's text into the column's wire format; "" and NULL stay.
func toWire(t testing.TB, c Column, text string) []byte {
	t.Helper()
	if c.Wire == TextWire {
		return []byte(text)
	}
	v := []byte(text)
	ok := true
	var out []byte
	switch c.Kind {
	case Int:
		var n int64
		n, ok = parseInt(v)
		out = appendInt(nil, &c, n)
	case Numeric:
		out = appendNumericAny(text)
	case Float:
		var f float64
		f, ok = readFloat(TextWire, v)
		out = appendFloat(nil, &c, f)
	case Bool:
		out = appendBool(nil, BinaryWire, text == "t")
	case Date:
		var day int64
		day, ok = readDate(TextWire, v)
		out = appendDate(nil, BinaryWire, day)
	case Timestamp, TimestampTZ:
		var m int64
		m, ok = readTimestamp(TextWire, v)
		out = appendTimestamp(nil, &c, m)
	case Time:
		var m int64
		m, ok = readTimestamp(TextWire, []byte("2000-01-01 "+text))
		out = binary.BigEndian.AppendUint64(nil, uint64(m))
	case UUID:
		var u [16]byte
		u, ok = readUUID(TextWire, v)
		out = u[:]
	case Inet:
		var a inet
		a, ok = readInet(TextWire, v)
		a.cidr = c.isCIDR()
		out = appendInet(nil, &c, a)
	case MAC:
		m, n := readMAC(TextWire, v)
		ok = n > 0
		out = m[:n]
	case JSONB:
		out = append([]byte{1}, text...)
	case Bytea:
		out, ok = readBytea(TextWire, v, nil)
	case Point:
		var x, y float64
		_, err := fmt.Sscanf(text, "(%g,%g)", &x, &y)
		out, ok = appendPoint(nil, BinaryWire, x, y), err == nil
	case Geometry:
		var err error
		out, err = hex.DecodeString(text)
		ok = err == nil
	default:
		out = v
	}
	if !ok {
		t.Fatalf("%q is no %s", text, c.TypeName)
	}
	if out == nil {
		out = []byte{}
	}
	return out
}

// appendNumericAny is the binary form of any numeric, NaN and infinities included.
func appendNumericAny(text string) []byte {
	sign := map[string]uint16{"NaN": numericNaN, "Infinity": numericPlusInf, "-Infinity": numericMinusInf}[text]
	if sign != 0 {
		scale := byte(0)
		if sign != numericNaN {
			scale = 32 // what the server writes there
		}
		return []byte{0, 0, 0, 0, byte(sign >> 8), byte(sign), 0, scale}
	}
	return appendNumeric(nil, BinaryWire, []byte(text))
}

// fromWire is the inverse of toWire.
func fromWire(t testing.TB, c Column, v []byte) string {
	t.Helper()
	if c.Wire == TextWire {
		return string(v)
	}
	asText := c
	asText.Wire = TextWire
	ok := true
	var out []byte
	switch c.Kind {
	case Int:
		var n int64
		n, ok = readInt(BinaryWire, v)
		ok = ok && len(v) == c.Bits/8
		out = strconv.AppendInt(nil, n, 10)
	case Numeric:
		out, ok = appendNumericText(nil, BinaryWire, v)
		ok = ok || len(v) == 8
	case Float:
		var f float64
		f, ok = readFloat(BinaryWire, v)
		out = appendFloat(nil, &asText, f)
	case Bool:
		out = appendBool(nil, TextWire, v[0] == 1)
	case Date:
		var day int64
		day, ok = readDate(BinaryWire, v)
		out = appendDate(nil, TextWire, day)
	case Timestamp, TimestampTZ:
		var m int64
		m, ok = readTimestamp(BinaryWire, v)
		out = appendTimestamp(nil, &asText, m)
	case Time:
		out = appendClock(nil, binary.BigEndian.Uint64(v))
	case UUID:
		var u [16]byte
		u, ok = readUUID(BinaryWire, v)
		out = appendUUID(nil, TextWire, u)
	case Inet:
		var a inet
		a, ok = readInet(BinaryWire, v)
		ok = ok && a.cidr == c.isCIDR()
		out = appendInet(nil, &asText, a)
	case MAC:
		m, n := readMAC(BinaryWire, v)
		ok = n > 0
		out = appendMAC(nil, &asText, m[:n])
	case JSONB:
		ok = len(v) > 0 && v[0] == 1
		out = v[1:]
	case Bytea:
		out = appendBytea(nil, TextWire, v)
	case Point:
		ok = len(v) == 16
		out = appendPoint(nil, TextWire, math.Float64frombits(binary.BigEndian.Uint64(v)), math.Float64frombits(binary.BigEndian.Uint64(v[8:])))
	case Geometry:
		out = []byte(strings.ToUpper(hex.EncodeToString(v)))
	default:
		out = v
	}
	if !ok {
		t.Fatalf("not the binary form of %s: %x", c.TypeName, v)
	}
	return string(out)
}

// both are the two wire formats of a column.
func both(c Column) []Column {
	text, bin := c, c
	text.Wire, bin.Wire = TextWire, BinaryWire
	return []Column{text, bin}
}

func compileMask(t testing.TB, name string, c Column, params Params, bind Binding) Compiled {
	t.Helper()
	spec := Find(name)
	if spec == nil {
		t.Fatalf("no mask %s", name)
	}
	if bind.Keys == nil {
		bind.Keys = testRing
	}
	compiled, err := spec.Compile(c, params, bind)
	if err != nil {
		t.Fatalf("%s on %s: %v", name, c.typeName(), err)
	}
	return compiled
}

// input is one row in a test: text forms, "-" for a subject or row that is missing.
func input(t testing.TB, c Column, value, subject, row string) *Input {
	in := &Input{Value: toWire(t, c, value)}
	if in.Value == nil {
		in.Value = []byte{}
	}
	if subject != "-" {
		in.Subject = []byte(subject)
	}
	if row != "-" {
		in.Row = []byte(row)
	}
	return in
}

// maskOne masks one value with a new Masker and gives its text form back.
func maskOne(t testing.TB, m Masker, c Column, in *Input) (string, Outcome) {
	t.Helper()
	out, outcome := m.Append([]byte("before"), in)
	if !strings.HasPrefix(string(out), "before") {
		t.Fatal("the mask did not append to dst")
	}
	if outcome == Null || outcome == OutOfRange || outcome == Failed {
		if len(out) != len("before") {
			t.Fatalf("outcome %d, and something was appended", outcome)
		}
		return "", outcome
	}
	return fromWire(t, c, out[len("before"):]), outcome
}

// maskCase is one line of a mask's table.
type maskCase struct {
	name    string
	col     Column
	params  Params
	by      Keyed
	domain  string
	perRow  bool
	value   string
	subject string // "" is subject 42, "-" none
	row     string // "" is row 1001, "-" none
	want    string // a regular expression for the whole output
	outcome Outcome
}

// testMask runs a table in both wire formats, which must agree.
func testMask(t *testing.T, mask string, cases []maskCase) {
	t.Helper()
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if tc.subject == "" {
				tc.subject = "42"
			}
			if tc.row == "" {
				tc.row = "1001"
			}
			switch spec := Find(mask); {
			case tc.domain != "":
				tc.by = ByValue
			case spec != nil && !slices.Contains(spec.Keyed, tc.by):
				tc.by = spec.Keyed[0]
			}
			bind := Binding{Keyed: tc.by, Domain: tc.domain, PerRow: tc.perRow}
			if tc.subject != "-" {
				bind.Subject = "public.customers"
			}
			first := ""
			for i, c := range both(tc.col) {
				compiled := compileMask(t, mask, c, tc.params, bind)
				got, outcome := maskOne(t, compiled.New(), c, input(t, c, tc.value, tc.subject, tc.row))
				if outcome == Kept && tc.outcome == Masked && strings.TrimRight(got, " ") == strings.TrimRight(tc.value, " ") {
					outcome = Masked // there was nothing to mask
				}
				if outcome != tc.outcome {
					t.Errorf("wire %d: outcome %d, want %d", i, outcome, tc.outcome)
				}
				if !regexp.MustCompile(`^(?s:` + tc.want + `)$`).MatchString(got) {
					t.Errorf("wire %d: %q became %q, want %s", i, tc.value, got, tc.want)
				}
				if c.MaxChars > 0 && len([]rune(got)) > c.MaxChars {
					t.Errorf("wire %d: %q has more than %d characters", i, got, c.MaxChars)
				}
				if i == 0 {
					first = got
				} else if got != first {
					t.Errorf("binary gives %q, text %q", got, first)
				}
			}
		})
	}
}

// refusal is one line of the table of what a mask refuses.
type refusal struct {
	name   string
	col    Column
	params Params
	by     Keyed
	want   string // a part of the message
}

func testRefusals(t *testing.T, mask string, cases []refusal) {
	t.Helper()
	for _, tc := range cases {
		t.Run("refuses "+tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := Find(mask).Compile(tc.col, tc.params, Binding{Keyed: tc.by, Subject: "public.customers"})
			var perr *ParamError
			switch {
			case err == nil:
				t.Fatal("compiled")
			case !errors.As(err, &perr):
				t.Fatalf("%T, want *ParamError", err)
			case !strings.Contains(err.Error(), tc.want):
				t.Errorf("%q, want %q in it", err, tc.want)
			case perr.Param == "" && perr.Hint == "":
				t.Errorf("%q has no hint", err)
			}
		})
	}
}

// one masks a text value of subject 42, row 1001.
func one(t testing.TB, mask string, c Column, params Params, bind Binding, value string) string {
	t.Helper()
	return oneOf(t, mask, c, params, bind, value, "42", "1001")
}

func oneOf(t testing.TB, mask string, c Column, params Params, bind Binding, value, subject, row string) string {
	t.Helper()
	got, _ := maskOne(t, compileMask(t, mask, c, params, bind).New(), c, input(t, c, value, subject, row))
	return got
}

var person42 = Binding{Keyed: BySubject, Subject: "public.customers"}

func inDomain(name string) Binding { return Binding{Keyed: ByValue, Domain: name} }

// chiSquared tests counts of equally likely cells: it answers how many standard
// deviations the statistic lies from its mean.
func chiSquared(counts []int) float64 {
	total := 0
	for _, n := range counts {
		total += n
	}
	want := float64(total) / float64(len(counts))
	sum := 0.0
	for _, n := range counts {
		d := float64(n) - want
		sum += d * d / want
	}
	free := float64(len(counts) - 1)
	return (sum - free) / math.Sqrt(2*free)
}
