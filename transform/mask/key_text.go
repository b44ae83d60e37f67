package mask

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
