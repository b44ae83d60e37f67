package transform

import (
	"bytes"
	"errors"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/transform/copyrow"
	"github.com/understudy-db/understudy/transform/mask"
)

// Stream masks the rows of one COPY. It is an io.WriteCloser that is not safe
// for concurrent use: each chunk has its own. The bytes it emits depend on the
// bytes written and on nothing else, not on how they were cut in pieces; so
// who has to repeat a chunk opens another stream, writes the chunk again from
// its beginning, and discards as many emitted bytes as were handed on before.
type Stream struct {
	rewriter *copyrow.Rewriter
	masking  masking
	lender   *lender // nil when the caller owns the buffers
	err      error
	read     int64
}

// Observer is shown the original values of the columns that are masked, or that
// an expression stands in for, by their index in Table.Columns. Of each row it
// sees each of these columns once, in the same order, from the goroutine that
// calls Write. A nil value is NULL, one that was too long is empty; values are
// valid during the call only.
type Observer interface {
	Add(column int, value []byte)
}

// Observe shows the rows to come to o.
func (s *Stream) Observe(o Observer) { s.masking.observer = o }

// Counts is what a stream did so far.
type Counts struct {
	Rows    int64 // rows masked, a row in the making not counted
	Unseen  int64 // of these, rows whose columns were not counted; a Stream has none
	Bytes   int64 // bytes emitted
	Read    int64 // bytes taken in
	Columns []ColumnCount
}

// ColumnCount is what became of one column's values, in the order of
// Table.Columns. A kept column's are not looked at, nor is what the source
// makes unless it sends the original beside it: their counts are zero.
type ColumnCount struct {
	Changed  int64 // what was written differs from what was read
	Kept     int64 // nothing in it to mask, such as an empty text
	Null     int64 // NULL on the source
	Replaced int64 // not parsed by the mask: a generated value stands in
	Oversize int64 // too long to be looked at: masked as an empty value
}

// Stream opens a stream of masked rows. Emit gets them in buffers of some 200
// KiB that hold whole rows, except that a row of more than 256 KiB comes in
// several; there is no header or trailer in them, because the target's COPY
// may hold several chunks. The slice is valid during the call only. An error
// of emit ends the stream and is what Write or Close returns.
//
// Values that are kept may have any size. One that is to be masked and is
// longer than 16 MiB, as it travels, is not gathered in memory: its mask is
// given an empty value instead, so that all such values of a column that is
// keyed by value become one; it is counted as Oversize, and never as Replaced.
func (t *Table) Stream(emit func(p []byte) error) *Stream {
	l := &lender{emit: emit}
	s := t.StreamBuffers(l.get, l.give, l.put)
	s.lender = l
	return s
}

// StreamBuffers is Stream for a caller who passes filled buffers on to another
// goroutine: get supplies empty ones, of copyrow.BufferSize, and emit owns the
// one it is given. A masked value that is larger still makes a larger buffer
// take its place. Put gets back the one that was not emitted when a stream
// that failed is closed, so that a fixed number of buffers can go round.
func (t *Table) StreamBuffers(get func() []byte, emit func(p []byte) error, put func(p []byte)) *Stream {
	s := &Stream{masking: newMasking(t)}
	s.rewriter = copyrow.New(copyrow.Config{
		Format:  t.Format,
		Actions: t.actions(),
		Fields:  &s.masking,
		Get:     get,
		Emit:    emit,
		Put:     put,
	})
	s.masking.rows = s.rewriter.Rows
	return s
}

// Write takes the next piece of what COPY TO wrote. It keeps nothing of p.
// After an error the stream is of no further use.
func (s *Stream) Write(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	s.read += int64(len(p))
	n, err := s.rewriter.Write(p)
	return n, s.check(err)
}

// Close emits the rest. It fails when the input stopped in the middle of a row
// or, in binary format, without its trailer. It must be called, after an
// error too; calling it twice is harmless.
func (s *Stream) Close() error {
	err := s.check(s.rewriter.Close())
	if s.lender != nil {
		s.lender.close()
	}
	return err
}

// check keeps the first error, and says whose fault it is.
func (s *Stream) check(err error) error {
	if s.err != nil || err == nil {
		return s.err
	}
	s.err = err
	var syntax *copyrow.SyntaxError
	if errors.As(err, &syntax) {
		s.err = fault.Wrap(fault.Data, err, "mask %s", s.masking.table.Name)
	}
	return s.err
}

// Counts is what the stream did so far, complete after Close.
func (s *Stream) Counts() Counts {
	c := Counts{Rows: s.rewriter.Rows(), Bytes: s.rewriter.Bytes(), Read: s.read, Columns: make([]ColumnCount, len(s.masking.columns))}
	for i := range s.masking.columns {
		c.Columns[i] = s.masking.columns[i].count
	}
	return c
}

// actions are the table's fields as copyrow sees them.
func (t *Table) actions() []copyrow.Action {
	actions := make([]copyrow.Action, 0, len(t.Keys)+len(t.Columns))
	for _, k := range t.Keys {
		if k.Kept {
			actions = append(actions, copyrow.TakeKeep)
		} else {
			actions = append(actions, copyrow.Take)
		}
	}
	for range t.compared() {
		actions = append(actions, copyrow.Take)
	}
	for _, c := range t.Columns[t.keptKeys():] {
		switch {
		case c.Mask != nil:
			actions = append(actions, copyrow.Replace)
		case c.Source != "":
			actions = append(actions, copyrow.TakeKeep)
		default:
			actions = append(actions, copyrow.Keep)
		}
	}
	return actions
}

// masking is the part of a stream that sees values.
type masking struct {
	table    *Table
	keys     keys
	columns  []maskedColumn
	sources  []original // of columns that expressions stand in for, in their order
	input    mask.Input
	rows     func() int64
	observer Observer // may be nil
}

// original is what the source holds in a column that it sends an expression
// for. It is compared and goes no further.
type original struct {
	column   int
	value    []byte
	oversize bool
}

// maskedColumn is a column with a masker of its own.
type maskedColumn struct {
	source    int         // 1 + index into masking.sources; 0 without
	masker    mask.Masker // nil for a kept column
	masksNull bool
	subject   int // index into keys.inputs
	row       int
	cases     int
	afters    []int
	before    [][]byte // what afters point to, in the row at hand
	count     ColumnCount
}

func newMasking(t *Table) masking {
	m := masking{table: t, keys: newKeys(t), columns: make([]maskedColumn, len(t.Columns))}
	for i, c := range t.Columns {
		if c.Source != "" {
			m.sources = append(m.sources, original{column: i})
			m.columns[i].source = len(m.sources)
		}
		if c.Mask != nil {
			m.columns[i] = maskedColumn{
				source:    m.columns[i].source,
				masker:    c.Mask.New(),
				masksNull: c.Mask.Properties().MasksNull,
				subject:   1 + c.Subject,
				row:       1 + c.Row,
				cases:     c.Case,
				afters:    c.Afters,
				before:    make([][]byte, len(c.Afters)),
			}
		}
	}
	return m
}

// Take remembers a key, or what an expression stands in for, until the row
// ends, and compares that with the expression's value.
func (m *masking) Take(i int, value []byte, oversize bool) error {
	if s := i - m.keys.keys; s >= 0 {
		if s < len(m.sources) {
			was := &m.sources[s]
			was.value, was.oversize = value, oversize
			if m.observer != nil {
				m.observer.Add(was.column, value)
			}
		} else {
			m.compare(&m.columns[i-m.keys.before], value, oversize)
		}
		return nil
	}
	if oversize {
		return m.fail(&ColumnError{Column: m.table.keyName(i), Msg: "a key of more than 16 MiB: key the rule by a shorter expression or by its hash"})
	}
	if !m.keys.take(i, value) {
		return m.fail(&ColumnError{Column: m.table.keyName(i), Msg: "the source sent something else than the key's type"})
	}
	return nil
}

// compare counts what an expression made of the column.
func (m *masking) compare(c *maskedColumn, value []byte, oversize bool) {
	was := m.sources[c.source-1]
	switch {
	case was.value == nil:
		c.count.Null++
		if value != nil {
			c.count.Changed++
		}
	case was.oversize && oversize: // too long to tell
		c.count.Oversize++
		c.count.Changed++
	case value == nil || was.oversize != oversize || !bytes.Equal(was.value, value):
		c.count.Changed++
	}
}

// Replace writes what a mask makes of a value.
func (m *masking) Replace(dst []byte, i int, value []byte, oversize bool) ([]byte, bool, error) {
	i -= m.keys.before
	c := &m.columns[i]
	if m.observer != nil && c.source == 0 {
		m.observer.Add(i, value)
	}
	if value == nil {
		c.count.Null++
		if !c.masksNull {
			return dst, true, nil
		}
	}
	m.input = mask.Input{Value: value, Subject: m.keys.inputs[c.subject], Row: m.keys.inputs[c.row], Case: m.keys.inputs[c.cases]}
	if len(c.afters) > 0 {
		for i, key := range c.afters {
			c.before[i] = m.keys.fields[key]
		}
		m.input.Afters = c.before
	}
	at := len(dst)
	out, outcome := c.masker.Append(dst, &m.input)
	switch outcome {
	case mask.Masked:
	case mask.Kept:
		if !oversize {
			c.count.Kept++
			return out, false, nil
		}
	case mask.Replaced:
		if !oversize {
			c.count.Replaced++
		}
	case mask.Null:
		if value != nil {
			c.count.Changed++
		}
		if oversize {
			c.count.Oversize++
		}
		return out[:at], true, nil
	case mask.OutOfRange:
		return dst, false, m.failColumn(i, "the value is outside the range that the rule declares")
	case mask.Failed:
		return dst, false, m.failColumn(i, m.input.Failure)
	default:
		return dst, false, m.failColumn(i, "the mask failed without saying how")
	}
	switch {
	case oversize:
		c.count.Oversize++
		c.count.Changed++
	case value == nil || !bytes.Equal(out[at:], value):
		c.count.Changed++
	}
	if m.table.Format == copyrow.Text && bytes.IndexByte(out[at:], 0) >= 0 {
		return dst, false, m.failColumn(i, "the mask wrote a zero byte, which text cannot hold")
	}
	return out, false, nil
}

func (m *masking) failColumn(i int, msg string) error {
	c := &m.table.Columns[i]
	return m.fail(&ColumnError{Column: c.Name, Rule: c.Rule, Msg: msg})
}

func (m *masking) fail(e *ColumnError) error {
	e.Table, e.Row = m.table.Name, m.rows()+1
	return fault.Wrap(fault.Data, e, "mask")
}

// Add sums the counts of two streams of one plan, such as the chunks of a table.
func (c *Counts) Add(d Counts) {
	c.Rows += d.Rows
	c.Unseen += d.Unseen
	c.Bytes += d.Bytes
	c.Read += d.Read
	if len(c.Columns) < len(d.Columns) {
		c.Columns = append(c.Columns, make([]ColumnCount, len(d.Columns)-len(c.Columns))...)
	}
	for i, n := range d.Columns {
		c.Columns[i].Changed += n.Changed
		c.Columns[i].Kept += n.Kept
		c.Columns[i].Null += n.Null
		c.Columns[i].Replaced += n.Replaced
		c.Columns[i].Oversize += n.Oversize
	}
}
