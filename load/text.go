package load

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
)

// TextPart is a part of a table of the generation, in blocks. To is exclusive;
// 0 is the end.
type TextPart struct{ From, To int64 }

// textPartBlocks are so many blocks that a part is worth a session of its own.
const textPartBlocks = 32 << 10 // 256 MiB

// TextParts cuts a table in parts that can be read at the same time, unless it
// was a small one on the source.
func (b *Build) TextParts(ctx context.Context, t *catalog.Table) ([]TextPart, error) {
	if t.Bytes < textPartBlocks*(8<<10) {
		return []TextPart{{}}, nil
	}
	var blocks int64
	err := b.with(ctx, "verify", func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, `SELECT pg_catalog.pg_relation_size(`+catalog.QuoteLiteral(t.Name.SQL())+`::pg_catalog.regclass) / pg_catalog.current_setting('block_size')::int8`).Scan(&blocks)
	})
	if err != nil {
		return nil, b.failed(err, "read the size of %s", t.Name)
	}
	parts := []TextPart{{}}
	for at := int64(textPartBlocks); at < blocks; at += textPartBlocks {
		parts[len(parts)-1].To = at
		parts = append(parts, TextPart{From: at})
	}
	return parts, nil
}

// ReadText writes expressions over the rows of a part of one table to w, as a
// binary COPY. Expressions are ours, never a policy's, and of type text. Nothing
// of the rows goes anywhere else.
func (b *Build) ReadText(ctx context.Context, t *catalog.Table, p TextPart, expressions []string, w io.Writer) error {
	var where []string
	if p.From > 0 {
		where = append(where, fmt.Sprintf("ctid OPERATOR(pg_catalog.>=) '(%d,0)'::pg_catalog.tid", p.From))
	}
	if p.To > 0 {
		where = append(where, fmt.Sprintf("ctid OPERATOR(pg_catalog.<) '(%d,0)'::pg_catalog.tid", p.To))
	}
	sql := "SELECT " + strings.Join(expressions, ", ") + " FROM ONLY " + t.Name.SQL()
	if len(where) > 0 {
		sql += " WHERE " + strings.Join(where, " AND ")
	}
	err := b.with(ctx, "verify", func(conn *pgx.Conn) error {
		return b.unfiltered(ctx, conn, t, func(tx pgx.Tx) error {
			_, err := tx.Conn().PgConn().CopyTo(ctx, w, "COPY ("+sql+") TO STDOUT (FORMAT binary)")
			return err
		})
	})
	if err != nil {
		return b.failed(err, "read the text of %s", t.Name)
	}
	return nil
}
