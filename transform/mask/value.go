package mask

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// This file and its neighbours value_*.go read and write single values in both
// wire formats: the send format of binary COPY and the output of text COPY
// with its escapes removed. Readers answer false for what they cannot read.

// Both formats count days and microseconds from 2000-01-01.

// readInt reads int2, int4 and int8.
func readInt(w Wire, v []byte) (int64, bool) {
	if w == BinaryWire {
		switch len(v) {
		case 2:
			return int64(int16(binary.BigEndian.Uint16(v))), true
		case 4:
			return int64(int32(binary.BigEndian.Uint32(v))), true
		case 8:
			return int64(binary.BigEndian.Uint64(v)), true
		}
		return 0, false
	}
	return parseInt(v)
}

func parseInt(v []byte) (int64, bool) {
	neg := len(v) > 0 && v[0] == '-'
	if neg {
		v = v[1:]
	}
	u, ok := parseUint(v)
	switch {
	case !ok || u > math.MaxInt64 && !(neg && u == 1<<63):
		return 0, false
	case neg:
		return int64(-u), true
	}
	return int64(u), true
}

// parseUint reads decimal digits alone.
func parseUint(v []byte) (uint64, bool) {
	if len(v) == 0 {
		return 0, false
	}
	var n uint64
	for _, c := range v {
		if !isDigit(c) || n > math.MaxUint64/10 {
			return 0, false
		}
		d := uint64(c - '0')
		if n = n*10 + d; n < d {
			return 0, false
		}
	}
	return n, true
}

func appendInt(dst []byte, c *Column, n int64) []byte {
	if c.Wire == TextWire {
		return strconv.AppendInt(dst, n, 10)
	}
	switch c.Bits {
	case 16:
		return binary.BigEndian.AppendUint16(dst, uint16(n))
	case 32:
		return binary.BigEndian.AppendUint32(dst, uint32(n))
	}
	return binary.BigEndian.AppendUint64(dst, uint64(n))
}

// intRange is what an integer column holds.
func intRange(bits int) (lo, hi int64) { return -1 << (bits - 1), 1<<(bits-1) - 1 }

// readFloat reads float4 and float8.
func readFloat(w Wire, v []byte) (float64, bool) {
	if w == BinaryWire {
		switch len(v) {
		case 4:
			return float64(math.Float32frombits(binary.BigEndian.Uint32(v))), true
		case 8:
			return math.Float64frombits(binary.BigEndian.Uint64(v)), true
		}
		return 0, false
	}
	f, err := strconv.ParseFloat(string(v), 64)
	return f, err == nil
}

func appendFloat(dst []byte, c *Column, f float64) []byte {
	if c.Wire == BinaryWire {
		if c.Bits == 32 {
			return binary.BigEndian.AppendUint32(dst, math.Float32bits(float32(f)))
		}
		return binary.BigEndian.AppendUint64(dst, math.Float64bits(f))
	}
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	return strconv.AppendFloat(dst, f, 'g', -1, c.Bits)
}

func appendBool(dst []byte, w Wire, b bool) []byte {
	switch {
	case w == BinaryWire && b:
		return append(dst, 1)
	case w == BinaryWire:
		return append(dst, 0)
	case b:
		return append(dst, 't')
	}
	return append(dst, 'f')
}

// readBytea appends the bytes that a bytea holds to scratch.
func readBytea(w Wire, v, scratch []byte) ([]byte, bool) {
	if w == BinaryWire {
		return append(scratch, v...), true
	}
	if len(v) < 2 || v[0] != '\\' || v[1] != 'x' {
		return scratch, false
	}
	out, err := hex.AppendDecode(scratch, v[2:])
	return out, err == nil
}

func appendBytea(dst []byte, w Wire, b []byte) []byte {
	if w == BinaryWire {
		return append(dst, b...)
	}
	return hex.AppendEncode(append(dst, '\\', 'x'), b)
}

// readUUID reads a uuid column's value, or the same as text in any of the
// spellings that people store: with hyphens or without, in either case.
func readUUID(w Wire, v []byte) (u [16]byte, ok bool) {
	if w == BinaryWire {
		return u, copy(u[:], v) == len(v) && len(v) == 16
	}
	return parseUUID(v)
}

func parseUUID(v []byte) (u [16]byte, ok bool) {
	hyphens := len(v) == 36
	if !hyphens && len(v) != 32 {
		return u, false
	}
	n := 0
	for i, c := range v {
		if hyphens && (i == 8 || i == 13 || i == 18 || i == 23) {
			if c != '-' {
				return u, false
			}
			continue
		}
		d := hexDigit(c)
		if d > 15 {
			return u, false
		}
		u[n/2] = u[n/2]<<4 | d
		n++
	}
	return u, true
}

func appendUUID(dst []byte, w Wire, u [16]byte) []byte {
	if w == BinaryWire {
		return append(dst, u[:]...)
	}
	for i, b := range u {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		dst = append(dst, hexLower[b>>4], hexLower[b&15])
	}
	return dst
}

const hexLower = "0123456789abcdef"

func hexDigit(c byte) byte {
	switch {
	case isDigit(c):
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return lower(c) >= 'a' && lower(c) <= 'z' }

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

// appendLower folds the case of text, as lower() does.
func appendLower(dst, v []byte) []byte {
	for i := 0; i < len(v); {
		if v[i] < utf8.RuneSelf {
			dst = append(dst, lower(v[i]))
			i++
			continue
		}
		r, n := utf8.DecodeRune(v[i:])
		if r == utf8.RuneError {
			dst = append(dst, v[i:i+n]...)
		} else {
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
		i += n
	}
	return dst
}

func trimSpace(v []byte) []byte {
	for len(v) > 0 && isSpace(v[0]) {
		v = v[1:]
	}
	for len(v) > 0 && isSpace(v[len(v)-1]) {
		v = v[:len(v)-1]
	}
	return v
}

// trimPad takes off what char(n) adds to its values: blanks that mean nothing.
func trimPad(v []byte) []byte {
	for len(v) > 0 && v[len(v)-1] == ' ' {
		v = v[:len(v)-1]
	}
	return v
}

// cut shortens text to a number of characters; 0 leaves it as it is.
func cut(s string, chars int) string {
	if chars <= 0 || len(s) <= chars {
		return s
	}
	for i := range s {
		if chars == 0 {
			return s[:i]
		}
		chars--
	}
	return s
}

// readClock reads a time of day.
func readClock(w Wire, v []byte) (int64, bool) {
	if w == BinaryWire {
		if len(v) != 8 {
			return 0, false
		}
		return int64(binary.BigEndian.Uint64(v)), true
	}
	var scratch [32]byte
	return readTimestamp(TextWire, append(append(scratch[:0], "2000-01-01 "...), v...))
}

// appendCanonical appends what a value-keyed mask hashes: a tag for the family
// of types and the value in a form that does not depend on wire format, padding
// or, where the column ignores it, case. The text of long values is returned
// instead of copied.
func appendCanonical(msg []byte, c *Column, v []byte) (head, tail []byte) {
	switch c.Kind {
	case Text, JSON:
		if c.Padded {
			v = trimPad(v)
		}
		if c.FoldCase {
			return appendLower(append(msg, 't'), v), nil
		}
		return append(msg, 't'), v
	case JSONB:
		if c.Wire == BinaryWire && len(v) > 0 {
			v = v[1:]
		}
		return append(msg, 't'), v
	case UUID:
		if u, ok := readUUID(c.Wire, v); ok {
			return append(append(msg, 'u'), u[:]...), nil
		}
	case Inet:
		if a, ok := readInet(c.Wire, v); ok {
			return append(append(msg, 'a', byte(a.bits)), a.addr.AsSlice()...), nil
		}
	case MAC:
		if m, n := readMAC(c.Wire, v); n > 0 {
			return append(append(msg, 'm'), m[:n]...), nil
		}
	case Bytea:
		if out, ok := readBytea(c.Wire, v, append(msg, 'b')); ok {
			return out, nil
		}
	case Int:
		if n, ok := readInt(c.Wire, v); ok {
			return binary.BigEndian.AppendUint64(append(msg, 'i'), uint64(n)), nil
		}
	case Numeric:
		out, _ := appendNumericText(append(msg, 'n'), c.Wire, v)
		return out, nil
	case Float:
		if f, ok := readFloat(c.Wire, v); ok {
			if c.Bits == 32 {
				f = float64(float32(f))
			}
			if math.IsNaN(f) {
				f = math.NaN() // there are many
			}
			return binary.BigEndian.AppendUint64(append(msg, 'f'), math.Float64bits(f)), nil
		}
	case Date:
		if day, ok := readDate(c.Wire, v); ok {
			return binary.BigEndian.AppendUint64(append(msg, 'd'), uint64(day)), nil
		}
	case Timestamp, TimestampTZ:
		if t, ok := readTimestamp(c.Wire, v); ok {
			return binary.BigEndian.AppendUint64(append(msg, 's'), uint64(t)), nil
		}
	case Time:
		if t, ok := readClock(c.Wire, v); ok {
			return binary.BigEndian.AppendUint64(append(msg, 'c'), uint64(t)), nil
		}
	case Bool:
		yes := len(v) == 1 && (v[0] == 't' || c.Wire == BinaryWire && v[0] == 1)
		return appendBool(append(msg, 'o'), TextWire, yes), nil
	}
	return append(msg, '?'), v
}
