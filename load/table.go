package load

import (
	"context"
	"fmt"
	"strings"

	"github.com/understudy-db/understudy/catalog"
)

// TableLoad says what goes where and how.
type TableLoad struct {
	Table   *catalog.Table
	Columns []string // in the order of the rows; empty for a table without any to copy
	Binary  bool     // rows in the binary format of COPY, else text
	Frozen  bool     // rows are written frozen: needs the whole table in one transaction
	// ViaRoot sends a partition's rows through its root, which finds their
	// partitions anew: for partitions whose key is masked, or hashes by OID, as
	// enums do. Such a load is never
	// frozen and, as it shares tables with others, goes through the ledger.
	ViaRoot bool
}

// target is the table that COPY names.
func (l TableLoad) target() catalog.Name {
	if l.ViaRoot {
		return l.Table.Root().Name
	}
	return l.Table.Name
}

func (l TableLoad) copySQL(frozen bool) string {
	var b strings.Builder
	b.WriteString("COPY " + l.target().SQL())
	for i, c := range l.Columns {
		if i == 0 {
			b.WriteString(" (")
		} else {
			b.WriteString(", ")
		}
		b.WriteString(catalog.QuoteIdent(c))
	}
	if len(l.Columns) > 0 {
		b.WriteByte(')')
	}
	format := "text"
	if l.Binary {
		format = "binary"
	}
	fmt.Fprintf(&b, " FROM STDIN (FORMAT %s", format)
	if frozen {
		b.WriteString(", FREEZE")
	}
	b.WriteByte(')')
	return b.String()
}

// OpenTable loads a whole table in one transaction that empties it first, so
// that it can be repeated whatever became of an earlier attempt. With ViaRoot
// it is OpenChunk of the only chunk.
func (b *Build) OpenTable(ctx context.Context, load TableLoad) (*TableWriter, error) {
	if load.ViaRoot {
		return b.OpenChunk(ctx, load, 0)
	}
	key := loadKey{table: load.Table.Name}
	w, err := b.start(ctx, load, key, "BEGIN; "+key.renewSQL(b.s.cfg.RunID)+
		"; TRUNCATE ONLY "+load.Table.Name.SQL()+"; "+load.copySQL(load.Frozen))
	if err != nil {
		return nil, b.loadFailed(err, load, key)
	}
	return w, nil
}
