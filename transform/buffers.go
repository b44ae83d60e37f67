package transform

import (
	"sync"

	"github.com/understudy-db/understudy/transform/copyrow"
)

// maxSpare is the largest buffer that is worth keeping: one that a giant
// masked value has blown up goes back to the runtime.
const maxSpare = 2 * copyrow.BufferSize

// pool holds the buffers of streams that are done: a database of many small
// tables opens a stream for each of them.
var pool = sync.Pool{New: func() any {
	b := make([]byte, 0, copyrow.BufferSize)
	return &b
}}

// lender lends a stream its output buffers, one at a time but for the moment
// when a row is moved from a full one to the next, and takes them back.
type lender struct {
	emit  func(p []byte) error
	spare [][]byte
}

func (l *lender) get() []byte {
	if n := len(l.spare); n > 0 {
		b := l.spare[n-1]
		l.spare = l.spare[:n-1]
		return b
	}
	return *pool.Get().(*[]byte)
}

func (l *lender) give(p []byte) error {
	err := l.emit(p)
	l.put(p)
	return err
}

func (l *lender) put(p []byte) {
	if cap(p) <= maxSpare {
		l.spare = append(l.spare, p[:0])
	}
}

func (l *lender) close() {
	for _, b := range l.spare {
		pool.Put(&b)
	}
	l.spare = nil
}
