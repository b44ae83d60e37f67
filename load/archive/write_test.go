package archive_test

import (
	"bytes"
	"strconv"

	"github.com/understudy-db/understudy/load/archive"
)

// encoder writes archives as pg_dump does, so that format versions and damage
// can be tested that the pg_dump at hand does not produce.
type encoder struct {
	bytes.Buffer
	minor int
}

func (w *encoder) int(n int) {
	sign := byte(0)
	if n < 0 {
		sign, n = 1, -n
	}
	w.Write([]byte{sign, byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)})
}

func (w *encoder) text(s string) {
	w.int(len(s))
	w.WriteString(s)
}

func (w *encoder) head(entries int) {
	w.WriteString("PGDMP")
	w.Write([]byte{1, byte(w.minor), 0, 4, 8, 1})
	if w.minor >= 15 {
		w.WriteByte(1)
	} else {
		w.int(-1)
	}
	for _, n := range []int{1, 2, 3, 4, 5, 126, 0} {
		w.int(n)
	}
	w.text("shop")
	w.text("17.2")
	w.text("17.5")
	w.int(entries)
}

func (w *encoder) entry(e *archive.Entry) {
	w.int(e.ID)
	w.int(0)
	w.text(strconv.FormatUint(uint64(e.TableOID), 10))
	w.text(strconv.FormatUint(uint64(e.OID), 10))
	w.text(e.Tag)
	w.text(e.Desc)
	w.int(map[archive.Section]int{archive.None: 1, archive.PreData: 2, archive.Data: 3, archive.PostData: 4}[e.Section])
	w.text(e.Defn)
	w.text(e.DropStmt)
	w.int(-1) // no COPY statement
	w.text(e.Namespace)
	w.int(-1) // no tablespace
	w.text(e.TableAM)
	if w.minor >= 16 {
		w.int(int(e.RelKind))
	}
	w.text(e.Owner)
	w.text("false")
	for _, d := range e.Deps {
		w.text(strconv.Itoa(d))
	}
	w.int(-1)
	w.Write([]byte{3, 0, 0, 0, 0, 0, 0, 0, 0})
}

// encode is a whole archive of the given minor version.
func encode(minor int, entries ...*archive.Entry) []byte {
	w := &encoder{minor: minor}
	w.head(len(entries))
	for _, e := range entries {
		w.entry(e)
	}
	return w.Bytes()
}
