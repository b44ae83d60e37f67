package mask

import "encoding/binary"

// AppendKeyPart appends a part of a row key in a form of fixed length that does
// not depend on the wire format: eight bytes of an integer or a timestamp, four
// of a date, sixteen of a uuid. It takes the kinds of AppendText.
func AppendKeyPart(dst []byte, kind Kind, wire Wire, value []byte) (out []byte, ok bool) {
	switch kind {
	case Int:
		if n, ok := readInt(wire, value); ok {
			return binary.BigEndian.AppendUint64(dst, uint64(n)), true
		}
	case UUID:
		if u, ok := readUUID(wire, value); ok {
			return append(dst, u[:]...), true
		}
	case Date:
		if day, ok := readDate(wire, value); ok {
			return appendDate(dst, BinaryWire, day), true
		}
	case Timestamp, TimestampTZ:
		if micros, ok := readTimestamp(wire, value); ok {
			return binary.BigEndian.AppendUint64(dst, uint64(micros)), true
		}
	}
	return dst, false
}

// AppendText appends what a cast to text makes, in a session in UTC with ISO
// dates, of a value in the binary format, as keys are made of it. The kinds are
// Int, UUID, Date, Timestamp and TimestampTZ; false is for others, and for bytes
// that are no such value.
func AppendText(dst []byte, kind Kind, value []byte) (out []byte, ok bool) {
	text := Column{Kind: kind, Wire: TextWire}
	switch kind {
	case Int:
		if n, ok := readInt(BinaryWire, value); ok {
			return appendInt(dst, &text, n), true
		}
	case UUID:
		if u, ok := readUUID(BinaryWire, value); ok {
			return appendUUID(dst, TextWire, u), true
		}
	case Date:
		if day, ok := readDate(BinaryWire, value); ok {
			return appendDate(dst, TextWire, day), true
		}
	case Timestamp, TimestampTZ:
		if micros, ok := readTimestamp(BinaryWire, value); ok {
			return appendTimestamp(dst, &text, micros), true
		}
	}
	return dst, false
}
