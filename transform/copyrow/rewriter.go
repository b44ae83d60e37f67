package copyrow

import (
	"errors"
	"math"
)

// BufferSize is the capacity that Config.Get's buffers should have.
const BufferSize = 256 << 10

const (
	// flushAt is how full an output buffer is when it is emitted. A row that
	// takes the fast path begins below flushAt and is no longer than
	// maxWholeRow, so it ends within BufferSize unless masks write far more
	// than they read; then append moves the buffer, once.
	flushAt = 192 << 10

	// maxWholeRow is the longest row that is rewritten in one step. A longer
	// one goes field by field, so that it never needs to be in memory whole.
	maxWholeRow = 64 << 10

	// maxIdle is how much of the memory that a large field needed is kept for
	// the next one.
	maxIdle = 1 << 20
)

// DefaultMaxValue is the longest value that is handed to Fields when
// Config.MaxValue is zero: 16 MiB.
const DefaultMaxValue = 16 << 20

// Action says what becomes of one field of every row.
type Action uint8

const (
	Keep     Action = iota // forwarded as the bytes it is
	Replace                // handed to Fields.Replace, which writes what is forwarded
	Take                   // handed to Fields.Take and not forwarded
	TakeKeep               // handed to Fields.Take and forwarded as the bytes it is
)

// takes tells whether the field is handed to Fields.Take.
func (a Action) takes() bool { return a == Take || a == TakeKeep }

// passes tells whether the field is forwarded as the bytes it is.
func (a Action) passes() bool { return a == Keep || a == TakeKeep }

// Fields receives the fields that are not kept, in their order within a row,
// each once, from the goroutine that calls Write. Values are without the
// format's framing: COPY's text escapes are removed. A nil value is NULL; an
// empty one is not nil.
//
// A value longer than Config.MaxValue, as it travels, is not gathered: the
// call says oversize and the value is empty.
type Fields interface {
	// Take is given field i. The value stays valid until the row ends.
	Take(i int, value []byte, oversize bool) error

	// Replace is given field i, and appends to dst what stands in its place,
	// again without framing; or it says that this is NULL, and then what it
	// appended does not count. The value is valid during the call only.
	Replace(dst []byte, i int, value []byte, oversize bool) (out []byte, null bool, err error)
}

// Config says how a stream is rewritten.
type Config struct {
	Format  Format
	Actions []Action // one for each field of a row of the input
	Fields  Fields   // may be nil when every action is Keep

	// MaxValue is the longest value in bytes that is gathered for Fields.
	// Zero means DefaultMaxValue. Kept fields have no limit.
	MaxValue int

	// Get supplies output buffers; it is called when there is something to
	// write. Emit is given one filled buffer after the other and owns it from
	// then on. Buffers hold whole rows, some 200 KiB of them, except that a row
	// longer than BufferSize comes in several. Neither header nor trailer is in
	// them. An error from Emit ends the stream. Put, which may be nil, gets back
	// the buffer that a stream which failed did not emit, when it is closed.
	Get  func() []byte
	Emit func(p []byte) error
	Put  func(p []byte)
}

// Rewriter rewrites one COPY stream. It is not safe for concurrent use. After
// an error the rows that were not emitted are lost and every further call
// returns the same error: start again with a new Rewriter.
type Rewriter struct {
	plan
	format   Format
	fields   Fields
	maxValue int
	get      func() []byte
	emit     func(p []byte) error
	put      func(p []byte)

	out      []byte // rows not emitted yet; nil between Emit and the next row
	rowStart int    // where the row being written begins in out
	rows     int64  // rows rewritten
	written  int64  // bytes emitted
	base     int64  // bytes of the input before those in hand
	offsets  []int  // of the fields of the row in hand, scratch of the fast path
	scratch  []byte // unescaped values of the row in hand, of the fast path
	split    split
	closed   bool
	err      error
}

// New makes a Rewriter.
func New(c Config) *Rewriter {
	if len(c.Actions) > math.MaxInt16 {
		panic("copyrow: more fields than a row can have")
	}
	if c.MaxValue == 0 {
		c.MaxValue = DefaultMaxValue
	}
	r := &Rewriter{
		plan:     newPlan(c.Actions),
		format:   c.Format,
		fields:   c.Fields,
		maxValue: c.MaxValue,
		get:      c.Get,
		emit:     c.Emit,
		put:      c.Put,
		offsets:  make([]int, len(c.Actions)+1),
	}
	r.split.state = atRow
	if c.Format == Binary {
		r.split.state = inHeader
	}
	return r
}

// Rows is the number of rows rewritten so far, the unfinished one not counted.
func (r *Rewriter) Rows() int64 { return r.rows }

// Bytes is the number of bytes emitted so far.
func (r *Rewriter) Bytes() int64 { return r.written }

// Write takes the next piece of the stream. It keeps nothing of p.
func (r *Rewriter) Write(p []byte) (int, error) {
	if r.closed && r.err == nil {
		return 0, errors.New("copyrow: write after close")
	}
	n := 0
	for n < len(p) && r.err == nil {
		used := 0
		if r.split.state == atRow {
			used = r.whole(p[n:])
		}
		if used == 0 {
			used = r.piecewise(p[n:])
		}
		n += used
		r.base += int64(used)
	}
	return n, r.err
}

// Close ends the stream and emits what is left of it. It fails when the
// stream stopped in the middle of a row or, in binary format, before the
// trailer: then the last rows may be missing. It must be called after an error
// too; calling it twice is harmless.
func (r *Rewriter) Close() error {
	if !r.closed && r.err == nil {
		r.end()
	}
	r.closed = true
	if r.out != nil && r.put != nil {
		r.put(r.out[:0])
	}
	r.out = nil
	return r.err
}

// end emits the rest if the stream may end here.
func (r *Rewriter) end() {
	switch st := r.split.state; {
	case st == atEnd, st == atRow && r.format == Text, st == inMarker:
		r.flush()
	case st == inHeader:
		r.fail(0, "the stream ended within its header")
	case st == atRow:
		r.fail(0, "the stream ended without a trailer")
	default:
		r.fail(0, "the stream ended within a row")
	}
}

// whole rewrites rows that begin and end in p, as long as they are what
// they should be, and returns how many bytes it used. What it leaves, the end
// of p or a row that is too long or wrong, is for piecewise, which also knows
// how to complain.
func (r *Rewriter) whole(p []byte) int {
	switch {
	case r.format == Binary && r.allKept:
		return r.passBinary(p)
	case r.format == Binary:
		return r.wholeBinary(p)
	case r.allKept:
		return r.passText(p)
	default:
		return r.wholeText(p)
	}
}

// piecewise rewrites what whole could not: it goes on from where it is until
// the end of a row or of p, and returns how many bytes it used.
func (r *Rewriter) piecewise(p []byte) int {
	if r.format == Binary {
		return r.splitBinary(p)
	}
	return r.splitText(p)
}

// fail records that the stream is malformed at the given distance from base.
func (r *Rewriter) fail(at int, msg string) {
	row := r.rows + 1
	if r.split.state == inHeader || r.split.state == inExtension {
		row = 0
	}
	r.err = &SyntaxError{Format: r.format, Offset: r.base + int64(at), Row: row, Msg: msg}
}

// beginRow makes room for a row's output.
func (r *Rewriter) beginRow() {
	if r.out == nil {
		r.out = r.get()[:0]
	}
	r.rowStart = len(r.out)
}

// endRow counts the row that was written and emits the buffer when it is full.
func (r *Rewriter) endRow() {
	r.rows++
	r.rowStart = len(r.out)
	if len(r.out) >= flushAt {
		r.flush()
	}
}

// flush emits all that was written.
func (r *Rewriter) flush() {
	if len(r.out) == 0 || r.err != nil {
		return
	}
	p := r.out
	r.out, r.rowStart = nil, 0
	r.written += int64(len(p))
	r.err = r.emit(p)
}

// spill makes room in the middle of a row: it emits the whole rows before it,
// or, when there are none, the part of the row that is there.
func (r *Rewriter) spill() {
	if r.rowStart == 0 {
		r.flush()
		if r.err == nil {
			r.out = r.get()[:0]
		}
		return
	}
	rest := append(r.get()[:0], r.out[r.rowStart:]...)
	p := r.out[:r.rowStart]
	r.out, r.rowStart = rest, 0
	r.written += int64(len(p))
	r.err = r.emit(p)
}

// forward writes a part of a kept field, of any length.
func (r *Rewriter) forward(b []byte) {
	for r.err == nil {
		room := BufferSize - len(r.out)
		if room >= len(b) {
			r.out = append(r.out, b...)
			return
		}
		if room > 0 {
			r.out = append(r.out, b[:room]...)
			b = b[room:]
		}
		r.spill()
	}
}

// collect puts a part of the field in hand where it belongs.
func (r *Rewriter) collect(b []byte) {
	action := r.actions[r.split.field]
	if action.passes() {
		r.forward(b)
	}
	if action != Keep {
		r.split.hold(b, r.maxValue)
	}
}
