// Package copyrow rewrites the byte stream of PostgreSQL's COPY, binary or
// text, row by row: it finds the fields, forwards the kept ones as the bytes
// they are, and hands the others to its caller, who takes them or says what
// stands in their place. The input may come in any pieces and one row may be
// as large as PostgreSQL allows; the output depends only on the input.
//
// It knows the framing and nothing else: what the bytes of a value mean,
// which column they belong to and how they are masked is not its business.
// Kept fields are not decoded, so what the server wrote comes out byte for
// byte.
package copyrow

import (
	"bytes"
	"fmt"
)

// Format is a COPY format. CSV is not one of them: nothing here reads it.
type Format uint8

const (
	Text   Format = iota // tab-separated lines; NULL is \N
	Binary               // length-prefixed fields
)

func (f Format) String() string {
	if f == Binary {
		return "binary"
	}
	return "text"
}

// signature opens a binary COPY stream. Its odd bytes show whether a transfer
// dropped NULs, stripped the eighth bit or converted line ends.
var signature = []byte("PGCOPY\n\xff\r\n\x00")

// headerSize is the fixed part of the binary header: the signature, the flags
// word, and the length of an extension area.
const headerSize = 11 + 4 + 4

// Header is what a COPY stream begins with before its first row: nothing in
// text format. The caller must not change it.
func Header(f Format) []byte {
	if f == Binary {
		return binaryHeader
	}
	return nil
}

// Trailer is what a COPY stream ends with after its last row: nothing in text
// format, where the protocol's CopyDone says it. The caller must not change it.
func Trailer(f Format) []byte {
	if f == Binary {
		return binaryTrailer
	}
	return nil
}

var (
	binaryHeader  = append(bytes.Clone(signature), 0, 0, 0, 0, 0, 0, 0, 0)
	binaryTrailer = []byte{0xff, 0xff}
)

// SyntaxError is a stream that is not what COPY writes. It names the place and
// never quotes the bytes there: they may be somebody's data.
type SyntaxError struct {
	Format Format
	Offset int64 // bytes from the beginning of the stream
	Row    int64 // counted from 1; 0 before the first row
	Msg    string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("malformed %s COPY stream at byte %d, row %d: %s", e.Format, e.Offset, e.Row, e.Msg)
}
