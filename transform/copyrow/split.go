package copyrow

// split is where a stream stands between two pieces of it.
type split struct {
	state state
	word  [headerSize]byte // binary: bytes of a number or header that is not complete
	have  int              // bytes in word
	left  int              // binary: bytes to come of the field, or of the header's extension
	field int              // the field in hand
	sent  int              // text: fields of this row that were forwarded or begun
	slash bool             // text: the last byte was a backslash that escapes the next one

	held     []byte // values of this row that must be gathered; those taken stay to the row's end
	from     int    // where the value in hand begins in held
	oversize bool   // the value in hand is too long and is skipped
}

type state uint8

const (
	atRow state = iota // between rows
	atEnd              // after the trailer

	// binary
	inHeader
	inExtension
	inCount  // within a row's field count
	inLength // within a field's length
	inValue  // within a field

	// text
	inSlash  // after a backslash that began a line
	inMarker // after \. that began a line
	inLine   // within a line
)

// fill gathers n bytes of a word that may be cut anywhere. It returns how many
// bytes of p it used; the word is complete when have is n.
func (s *split) fill(p []byte, n int) int {
	used := copy(s.word[s.have:n], p)
	s.have += used
	return used
}

// hold gathers a part of a value; what grows beyond limit is skipped.
func (s *split) hold(b []byte, limit int) {
	if s.oversize {
		return
	}
	if len(s.held)-s.from+len(b) > limit {
		s.oversize = true
		s.held = s.held[:s.from]
		return
	}
	s.held = append(s.held, b...)
}

// value is what was gathered, empty and not nil when it was too long.
func (s *split) value() []byte {
	if s.held == nil {
		s.held = make([]byte, 0, 64)
	}
	return s.held[s.from:len(s.held):len(s.held)]
}

// release ends the value in hand. One that was taken stays where it is: its
// bytes must last to the end of the row.
func (s *split) release(action Action) {
	if action.takes() {
		s.from = len(s.held)
	}
	s.held = s.held[:s.from]
	s.oversize = false
}

// reset begins a row.
func (s *split) reset() {
	if cap(s.held) > maxIdle {
		s.held = nil
	}
	s.held = s.held[:0]
	s.from, s.field, s.sent, s.have = 0, 0, 0, 0
	s.slash, s.oversize = false, false
}
