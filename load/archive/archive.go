// Package archive reads the table of contents of a pg_dump archive in custom
// format: the list of objects with the SQL that creates each one and what it
// depends on. It reads no table data and understands no SQL.
//
// The layout is that of ReadHead, ReadToc and ReadOffset in PostgreSQL's
// src/bin/pg_dump/pg_backup_archiver.c.
package archive

import "github.com/understudy-db/understudy/catalog"

// Section says when an entry is restored.
type Section string

// The sections that pg_dump writes. Entries of section None (comments, ACLs,
// session settings) follow the object that they belong to.
const (
	None     Section = "none"
	PreData  Section = "pre-data"
	Data     Section = "data"
	PostData Section = "post-data"
)

// Archive is a table of contents. It is read-only after Read.
type Archive struct {
	Version       string // of the archive format, e.g. 1.14
	ServerVersion string // of the server that was dumped, as it says itself
	DumpVersion   string // of the pg_dump that wrote the archive
	Database      string // that was dumped
	Entries       []*Entry

	byID map[int]*Entry
}

// Entry is one object. Texts are as pg_dump wrote them, in the encoding that
// the ENCODING entry names. An absent text and an empty one are both "".
type Entry struct {
	ID       int         // dump ID, unique within the archive
	TableOID catalog.OID // catalog that the object is in, e.g. 1259 for pg_class; 0 if none
	OID      catalog.OID // of the object in that catalog on the source; 0 if none

	Tag     string // name; "table constraint" for what belongs to a table
	Desc    string // kind, e.g. TABLE, FK CONSTRAINT
	Section Section

	Defn     string // SQL that creates it; may be empty, a comment, or several commands
	DropStmt string
	CopyStmt string

	Namespace  string // schema, empty for what has none
	Tablespace string
	TableAM    string
	Owner      string
	Deps       []int // dump IDs; may repeat, and may name entries that are not in the archive
	RelKind    byte  // pg_class.relkind of tables, from format 1.16 on; else 0
	HasData    bool  // a data block belongs to it
}

// Entry finds an entry by its dump ID, nil if there is none.
func (a *Archive) Entry(id int) *Entry { return a.byID[id] }

// Link rebuilds the look-up by dump ID of an archive that was put together by
// hand, as tests do. Read calls it itself.
func (a *Archive) Link() {
	a.byID = make(map[int]*Entry, len(a.Entries))
	for _, e := range a.Entries {
		a.byID[e.ID] = e
	}
}
