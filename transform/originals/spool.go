package originals

import (
	"encoding/binary"
	"os"
	"sync"
	"sync/atomic"
)

// spool is a temporary file that several goroutines append to. It has no name
// where the system allows that: nothing is left of it whatever ends us.
type spool struct {
	file   *os.File
	end    atomic.Int64
	closed sync.Once
}

func newSpool() (*spool, error) {
	f, err := os.CreateTemp("", "understudy-*")
	if err != nil {
		return nil, err
	}
	os.Remove(f.Name()) // on Windows in close
	return &spool{file: f}, nil
}

func (s *spool) close() {
	s.closed.Do(func() {
		s.file.Close()
		os.Remove(s.file.Name())
	})
}

// append writes b in one piece and tells where.
func (s *spool) append(b []byte) (at int64, err error) {
	at = s.end.Add(int64(len(b))) - int64(len(b))
	_, err = s.file.WriteAt(b, at)
	return at, err
}

// blockKeys is how many hashes of a column are written at a time.
const blockKeys = 4096

// block is a run of hashes of one column in the spool.
type block struct {
	at     int64
	n      uint32
	column uint32
}

// blockBytes are buffers to write blocks from and to read them into.
var blockBytes = sync.Pool{New: func() any { return new([8 * blockKeys]byte) }}

func (s *spool) write(keys []uint64, column uint32) (block, error) {
	buf := blockBytes.Get().(*[8 * blockKeys]byte)
	defer blockBytes.Put(buf)
	for i, k := range keys {
		binary.LittleEndian.PutUint64(buf[8*i:], k)
	}
	at, err := s.append(buf[:8*len(keys)])
	return block{at, uint32(len(keys)), column}, err
}

func (s *spool) read(b block, each func(uint64)) error {
	buf := blockBytes.Get().(*[8 * blockKeys]byte)
	defer blockBytes.Put(buf)
	if _, err := s.file.ReadAt(buf[:8*b.n], b.at); err != nil {
		return err
	}
	for i := range b.n {
		each(binary.LittleEndian.Uint64(buf[8*i:]))
	}
	return nil
}
