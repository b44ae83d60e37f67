package archive

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// Bounds of what is believed of an archive. PostgreSQL itself allows a text
// of 1 GB; the largest definitions seen in the wild are some megabytes.
const (
	maxText    = 256 << 20 // bytes of one text
	maxTotal   = 1 << 30   // bytes of all texts together
	maxEntries = 10 << 20  // entries; pg_dump itself gives up long before
	readStep   = 64 << 10  // a text is read in steps, so that a false length allocates nothing
)

const (
	minVersion = 14 // format 1.14: pg_dump 12 to 15
	maxVersion = 16 // format 1.16: pg_dump 17 and 18
	formatOf   = 1  // archCustom
)

// Read reads the header and the table of contents, then r to its end, so that
// a pg_dump behind a pipe can finish. Data blocks are thrown away.
//
// Errors are faults of kind Preflight where the archive is of a version that
// is not supported, of kind Transient where it ends too soon (pg_dump was cut
// off), and of kind Other where its content makes no sense.
func Read(r io.Reader) (*Archive, error) {
	d := &decoder{r: bufio.NewReaderSize(r, readStep)}
	a, err := d.archive()
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, d.r); err != nil {
		return nil, fault.Wrap(fault.Transient, err, "read the schema archive to its end")
	}
	a.Link()
	return a, nil
}

// decoder reads the primitives of the format. The first failure sticks: later
// reads give zero values, so that callers check once per entry.
type decoder struct {
	r       *bufio.Reader
	minor   int
	intSize int
	offSize int
	total   int64
	at      string // what is being read, for errors
	err     error
}

func (d *decoder) archive() (*Archive, error) {
	a, err := d.head()
	if err != nil {
		return nil, err
	}
	d.at = "number of entries"
	n := d.int()
	if d.err != nil {
		return nil, d.err
	}
	if n < 0 || n > maxEntries {
		d.bad("%d entries", n)
		return nil, d.err
	}
	seen := make(map[int]bool)
	for i := range n {
		d.at = fmt.Sprintf("entry %d of %d", i+1, n)
		e := d.entry()
		if d.err != nil {
			return nil, d.err
		}
		if seen[e.ID] {
			d.bad("dump ID %d is there twice", e.ID)
			return nil, d.err
		}
		seen[e.ID] = true
		a.Entries = append(a.Entries, e)
	}
	return a, nil
}

func (d *decoder) head() (*Archive, error) {
	d.at = "header"
	var magic [5]byte
	for i := range magic {
		magic[i] = d.byte()
	}
	if d.err == nil && string(magic[:]) != "PGDMP" {
		d.bad("this is not a pg_dump archive in custom format")
		return nil, d.err
	}
	major, minor, _ := int(d.byte()), int(d.byte()), d.byte()
	if d.err != nil {
		return nil, d.err
	}
	version := fmt.Sprintf("%d.%d", major, minor)
	if major != 1 || minor < minVersion || minor > maxVersion {
		return nil, fault.New(fault.Preflight, "the schema archive has format %s, which is not supported; formats 1.%d to 1.%d are, as pg_dump 12 to 18 write them", version, minVersion, maxVersion).
			WithHint("use a pg_dump of version 14 to 18 that is at least as new as the source (tools.pg_dump)")
	}
	d.minor = minor
	d.intSize, d.offSize = int(d.byte()), int(d.byte())
	format := d.byte()
	if d.err != nil {
		return nil, d.err
	}
	if d.intSize != 4 && d.intSize != 8 || d.offSize != 4 && d.offSize != 8 {
		d.bad("integers of %d and offsets of %d bytes", d.intSize, d.offSize)
		return nil, d.err
	}
	if format != formatOf {
		d.bad("format %d is not the custom format", format)
		return nil, d.err
	}
	if minor >= 15 {
		d.byte() // compression algorithm
	} else {
		d.int() // compression level
	}
	for range 7 {
		d.int() // seconds, minutes, hours, day, month, year, daylight saving
	}
	a := &Archive{Version: version, Database: d.text(), ServerVersion: d.text(), DumpVersion: d.text()}
	return a, d.err
}

func (d *decoder) entry() *Entry {
	e := &Entry{ID: d.int()}
	if d.err == nil && e.ID <= 0 {
		d.bad("dump ID %d", e.ID)
	}
	e.HasData = d.int() != 0
	e.TableOID, e.OID = d.oid(), d.oid()
	e.Tag, e.Desc = d.text(), d.text()
	if d.err == nil {
		d.at += fmt.Sprintf(" (%s %s)", short(e.Desc), short(e.Tag))
	}
	e.Section = d.section()
	e.Defn, e.DropStmt, e.CopyStmt = d.text(), d.text(), d.text()
	e.Namespace, e.Tablespace, e.TableAM = d.text(), d.text(), d.text()
	if d.minor >= 16 {
		kind := d.int()
		if d.err == nil && (kind < 0 || kind > 127) {
			d.bad("relation kind %d", kind)
		}
		e.RelKind = byte(kind)
	}
	e.Owner = d.text()
	d.text() // WITH OIDS, always false in these versions
	for {
		s, ok := d.optional()
		if !ok || d.err != nil {
			break
		}
		id, err := strconv.Atoi(s)
		if err != nil {
			d.bad("dependency %s", short(s))
			break
		}
		e.Deps = append(e.Deps, id)
	}
	d.offset()
	return e
}

func (d *decoder) section() Section {
	n := d.int()
	switch n {
	case 1:
		return None
	case 2:
		return PreData
	case 3:
		return Data
	case 4:
		return PostData
	}
	if d.err == nil {
		d.bad("section %d", n)
	}
	return None
}

// offset skips the position of a data block.
func (d *decoder) offset() {
	state := d.byte()
	if d.err == nil && (state < 1 || state > 3) {
		d.bad("data offset flag %d", state)
	}
	for range d.offSize {
		d.byte()
	}
}

func (d *decoder) oid() catalog.OID {
	s := d.text()
	if d.err != nil {
		return 0
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		d.bad("object identifier %s", short(s))
	}
	return catalog.OID(n)
}

// int reads a sign byte and a magnitude, least significant byte first.
func (d *decoder) int() int {
	sign := d.byte()
	var v uint64
	for i := range d.intSize {
		v |= uint64(d.byte()) << (8 * i)
	}
	if d.err != nil {
		return 0
	}
	if v > 1<<31-1 {
		d.bad("integer %d is out of range", v)
		return 0
	}
	if sign != 0 {
		return -int(v)
	}
	return int(v)
}

// text reads a string; an absent one is "".
func (d *decoder) text() string {
	s, _ := d.optional()
	return s
}

// optional reads a string and tells whether it is there.
func (d *decoder) optional() (string, bool) {
	n := d.int()
	if d.err != nil || n < 0 {
		return "", false
	}
	if d.total += int64(n); n > maxText || d.total > maxTotal {
		d.bad("a text of %d bytes", n)
		return "", false
	}
	buf := make([]byte, 0, min(n, readStep))
	for len(buf) < n {
		step := min(n-len(buf), readStep)
		old := len(buf)
		buf = append(buf, make([]byte, step)...)
		if _, err := io.ReadFull(d.r, buf[old:]); err != nil {
			d.cut(err)
			return "", false
		}
	}
	return string(buf), true
}

func (d *decoder) byte() byte {
	if d.err != nil {
		return 0
	}
	b, err := d.r.ReadByte()
	if err != nil {
		d.cut(err)
	}
	return b
}

// cut notes that the archive could not be read further.
func (d *decoder) cut(err error) {
	if d.err != nil {
		return
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		d.err = fault.New(fault.Transient, "the schema archive ends too soon, in its %s: pg_dump did not finish", d.at)
		return
	}
	var known *fault.Error
	if errors.As(err, &known) {
		d.err = err // whoever writes into the pipe says why it has stopped
		return
	}
	d.err = fault.Wrap(fault.Transient, err, "read the schema archive, %s", d.at)
}

// bad notes that the archive makes no sense.
func (d *decoder) bad(format string, args ...any) {
	if d.err == nil {
		d.err = fault.New(fault.Other, "the schema archive is damaged, in its %s: %s", d.at, fmt.Sprintf(format, args...))
	}
}

// short is a text as errors show it.
func short(s string) string {
	const longest = 80
	if len(s) > longest {
		s = s[:longest]
	}
	return catalog.Display(s)
}
