package load

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
)

// TableLoad says what goes where and how.
type TableLoad struct {
	Table   *catalog.Table
	Columns []string // in the order of the rows; empty for a table without any to copy
	Binary  bool     // rows in the binary format of COPY, else text
	Frozen  bool     // rows are written frozen: needs the whole table in one transaction
	// Replace is the SQL condition of the rows that are emptied first; others
	// stay. Empty: all are. Only for OpenTable, which then freezes nothing.
	Replace string
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

// emptySQL makes room for the rows to come.
func (l TableLoad) emptySQL() string {
	switch {
	case l.Replace != "":
		return "DELETE FROM ONLY " + l.Table.Name.SQL() + " WHERE (" + l.Replace + "\n)"
	case l.deletes():
		return "DELETE FROM ONLY " + l.Table.Name.SQL()
	}
	return "TRUNCATE ONLY " + l.Table.Name.SQL()
}

// deletes tells whether the table cannot be truncated: some rows stay, or
// foreign keys refer to it that come with an extension, hence before the data.
func (l TableLoad) deletes() bool {
	return l.Replace != "" || l.Table.Extension != "" && len(l.Table.ReferredBy) > 0
}

// beginSQL begins a transaction that loads a table. Tables of extensions belong
// to whoever created those: to the login role, if that is a superuser. They
// have their triggers and foreign keys already, which must not act.
func (b *Build) beginSQL(l TableLoad) string {
	if l.Table.Extension != "" && b.s.facts.superuser {
		return "BEGIN; SET LOCAL ROLE NONE; SET LOCAL session_replication_role = replica; "
	}
	return "BEGIN; "
}

// Closed lists those of the tables whose rows we may not write: tables of
// extensions that somebody else has created.
func (b *Build) Closed(ctx context.Context, tables []*catalog.Table) (closed []*catalog.Table, err error) {
	if b.s.facts.superuser {
		return nil, nil
	}
	err = b.with(ctx, "rights", func(conn *pgx.Conn) error {
		for _, t := range tables {
			if t.Extension == "" {
				continue
			}
			var may bool
			err := conn.QueryRow(ctx, `SELECT coalesce(bool_and(pg_catalog.has_table_privilege(c.oid, p)), true)
				FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace,
					pg_catalog.unnest(ARRAY['SELECT', 'INSERT', $3]) p
				WHERE n.nspname = $1 AND c.relname = $2`, t.Name.Schema, t.Name.Name, emptying(t)).Scan(&may)
			if err != nil {
				return b.s.failed(err, "look at the rights on %s", t.Name)
			}
			if !may {
				closed = append(closed, t)
			}
		}
		return nil
	})
	return closed, err
}

// emptying is the privilege that emptySQL needs.
func emptying(t *catalog.Table) string {
	if (TableLoad{Table: t, Replace: t.ConfigCondition}).deletes() {
		return "DELETE"
	}
	return "TRUNCATE"
}

// OpenTable loads a whole table in one transaction that empties it first, so
// that it can be repeated whatever became of an earlier attempt. With ViaRoot
// it is OpenChunk of the only chunk.
func (b *Build) OpenTable(ctx context.Context, load TableLoad) (*TableWriter, error) {
	if load.ViaRoot {
		return b.OpenChunk(ctx, load, 0)
	}
	key := loadKey{table: load.Table.Name}
	w, err := b.start(ctx, load, key, b.beginSQL(load)+key.renewSQL(b.s.cfg.RunID)+
		"; "+load.emptySQL()+"; "+load.copySQL(load.Frozen && !load.deletes()))
	if err != nil {
		return nil, b.loadFailed(err, load, key)
	}
	return w, nil
}
