package extract

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
	"pgregory.net/rapid"
)

// script is a connection whose other end says what is written here, in pieces
// of the lengths given and then as much as there is room for.
type script struct {
	net.Conn // nil: nothing else is called
	said     []byte
	pieces   []int
	sent     bytes.Buffer
}

func (s *script) Read(p []byte) (int, error) {
	if len(s.said) == 0 {
		return 0, io.EOF
	}
	n := len(p)
	if len(s.pieces) > 0 {
		n = min(n, max(s.pieces[0], 1))
		s.pieces = s.pieces[1:]
	}
	n = copy(p[:n], s.said)
	s.said = s.said[n:]
	return n, nil
}

func (s *script) Write(p []byte) (int, error)      { return s.sent.Write(p) }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }

func message(kind byte, body string) []byte {
	out := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)+4))
	return append(out, body...)
}

const (
	textOut   = "\x00\x00\x01\x00\x00"
	binaryOut = "\x01\x00\x01\x00\x01"
	errorBody = "SERROR\x00VERROR\x00C42501\x00Mpermission denied\x00\x00"
)

// listen runs the reader against a script.
func listen(said []byte, pieces []int, w io.Writer) (rows int64, intact bool, err error) {
	l := &rawLink{conn: &script{said: said, pieces: pieces}, stall: time.Second}
	l.once.Do(func() {}) // no server to send a cancel request to
	c := &copyReader{buf: make([]byte, readBuffer)}
	return c.stream(context.Background(), l, copyOut{
		sql: "COPY", w: w, stall: time.Second,
		pace: func(int) error { return nil }, working: func() (bool, error) { return true, nil },
	})
}

func join(messages ...[]byte) []byte { return bytes.Join(messages, nil) }

func TestWireAnswers(t *testing.T) {
	t.Parallel()
	row, done, ready := message('d', "row\n"), message('c', ""), message('Z', "T")
	start, complete := message('H', textOut), message('C', "COPY 2\x00")
	notice := message('N', "SNOTICE\x00Mhello\x00\x00")
	for _, tc := range []struct {
		name   string
		said   []byte
		rows   int64
		out    string
		err    string // empty: none
		intact bool
	}{
		{"rows", join(start, row, row, done, complete, ready), 2, "row\nrow\n", "", true},
		{"nothing", join(start, done, message('C', "COPY 0\x00"), ready), 0, "", "", true},
		{"notices between", join(notice, start, row, notice, message('S', "a\x00b\x00"), row, done, complete, message('A', "\x00\x00\x00\x00\x00\x00"), ready), 2, "row\nrow\n", "", true},
		{"refused", join(message('E', errorBody), ready), 0, "", "permission denied", true},
		{"error in the middle", join(start, row, message('E', errorBody), ready), 0, "", "permission denied", true},
		{"server ends the session", join(start, row, message('E', errorBody)), 0, "", "permission denied", false},
		{"cut", join(start, row), 0, "", "EOF", false},
		{"cut in a row", join(start, row, row[:6]), 0, "", "EOF", false},
		{"cut before the end", join(start, row, row, done, complete), 0, "", "EOF", false},
		{"other format", join(message('H', binaryOut), row, done, complete, ready), 0, "", errProtocol.Error(), false},
		{"second statement", join(start, row, done, complete, start, row, done, complete, ready), 0, "", errProtocol.Error(), false},
		{"second statement's rows", join(start, row, done, complete, message('T', "\x00\x00"), ready), 0, "", errProtocol.Error(), false},
		{"second statement without rows", join(start, row, done, complete, message('C', "CREATE TABLE\x00"), ready), 0, "", errProtocol.Error(), false},
		{"another command", join(message('C', "COMMIT\x00"), ready), 0, "", errProtocol.Error(), false},
		{"no command", join(start, row, done, ready), 0, "", errProtocol.Error(), false},
		{"COPY FROM", join(message('G', textOut), ready), 0, "", errProtocol.Error(), false},
		{"negative length", join(start, []byte("d\x00\x00\x00\x00")), 0, "", errProtocol.Error(), false},
		{"endless notice", join(start, []byte("N\x7f\xff\xff\xff")), 0, "", errProtocol.Error(), false},
		{"no count", join(start, row, done, message('C', "COPY x\x00"), ready), 0, "", errProtocol.Error(), false},
	} {
		for _, pieces := range [][]int{nil, repeat(1, len(tc.said))} {
			var out bytes.Buffer
			rows, intact, err := listen(tc.said, pieces, &out)
			switch {
			case tc.err == "" && (err != nil || rows != tc.rows || out.String() != tc.out):
				t.Errorf("%s: %d rows, %q, %v", tc.name, rows, out.String(), err)
			case tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err) || rows != 0):
				t.Errorf("%s: %d rows, %v", tc.name, rows, err)
			case intact != tc.intact:
				t.Errorf("%s: intact %v", tc.name, intact)
			}
		}
	}
}

func repeat(n, times int) []int {
	out := make([]int, times)
	for i := range out {
		out[i] = n
	}
	return out
}

// Rows of any length, in messages and reads of any length, come out as they
// were, in pieces that are not too large.
func TestWireCarriesEverySplit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		said := message('H', textOut)
		var want []byte
		lengths := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(0, 20), rapid.IntRange(readBuffer-20, readBuffer+20), rapid.IntRange(0, 2*readBuffer)), 0, 8).
			Draw(t, "lengths")
		for i, n := range lengths {
			body := bytes.Repeat([]byte{byte('a' + i)}, n)
			said = append(said, message('d', string(body))...)
			want = append(want, body...)
		}
		said = join(said, message('c', ""), message('C', "COPY 7\x00"), message('Z', "I"))
		pieces := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(1, 10), rapid.IntRange(1, readBuffer)), 0, 200).Draw(t, "pieces")
		var out bytes.Buffer
		w := &limited{w: &out}
		rows, intact, err := listen(said, pieces, w)
		if err != nil || !intact || rows != 7 || !bytes.Equal(out.Bytes(), want) || w.largest > readBuffer {
			t.Fatalf("%d rows, %d bytes instead of %d, pieces of %d, %v", rows, out.Len(), len(want), w.largest, err)
		}
	})
}

// When the writer fails, the rest is drained and the connection stays usable.
func TestWireDrainsAfterTheWritersError(t *testing.T) {
	t.Parallel()
	full := errors.New("full")
	said := message('H', textOut)
	for range 1000 {
		said = append(said, message('d', strings.Repeat("x", 1000))...)
	}
	said = join(said, message('E', "SERROR\x00C57014\x00Mcancelled\x00\x00"), message('Z', "E"))
	_, intact, err := listen(said, nil, &failing{after: 300_000, err: full})
	var theirs *callerError
	if !intact || !errors.As(err, &theirs) || theirs.err != full {
		t.Errorf("intact %v, %v", intact, err)
	}
}

// BenchmarkFrames is the pure cost of taking rows of some 110 bytes out of their
// messages, for us and for pgproto3 as pgconn.CopyTo uses it.
func BenchmarkFrames(b *testing.B) {
	const rows = 2000 // stay in the cache: memory is not what is measured
	said := message('H', textOut)
	for range rows {
		said = append(said, message('d', strings.Repeat("x", 110))...)
	}
	said = join(said, message('c', ""), message('C', "COPY 2000\x00"), message('Z', "I"))
	report := func(b *testing.B, w *consumer) {
		if w.n != int64(b.N)*rows*110 {
			b.Fatalf("%d bytes", w.n)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
	}
	b.Run("raw", func(b *testing.B) {
		b.ReportAllocs()
		w, c := new(consumer), &copyReader{buf: make([]byte, readBuffer)}
		for b.Loop() {
			l := &rawLink{conn: &script{said: said}, stall: time.Second}
			_, _, err := c.stream(context.Background(), l, copyOut{w: w, pace: func(int) error { return nil }})
			if err != nil {
				b.Fatal(err)
			}
		}
		report(b, w)
	})
	b.Run("pgproto3", func(b *testing.B) {
		b.ReportAllocs()
		w := new(consumer)
		for b.Loop() {
			f := pgproto3.NewFrontend(&script{said: said}, io.Discard)
			for done := false; !done; {
				m, err := f.Receive()
				if err != nil {
					b.Fatal(err)
				}
				switch m := m.(type) {
				case *pgproto3.CopyData:
					_, _ = w.Write(m.Data)
				case *pgproto3.ReadyForQuery:
					done = true
				}
			}
		}
		report(b, w)
	})
}
