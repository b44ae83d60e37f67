package load

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// The ledger says what is committed. A load inserts its row first and writes
// its count last, in the transaction of its rows: whoever repeats the load
// waits on the row for the earlier attempt to end, instead of racing it. It
// also shows whether a crash of the server has taken commits back.
const ledgerSQL = `
CREATE SCHEMA _understudy;
CREATE TABLE _understudy.ledger (
	run      text   NOT NULL,
	"schema" text   NOT NULL,
	"table"  text   NOT NULL,
	chunk    int    NOT NULL,
	rows     bigint,
	CONSTRAINT ledger_pkey PRIMARY KEY (run, "schema", "table", chunk)
)`

// loadKey is one row of the ledger, the run aside.
type loadKey struct {
	table catalog.Name
	chunk int
}

func (k loadKey) values(run string) string {
	return catalog.QuoteLiteral(run) + ", " + catalog.QuoteLiteral(k.table.Schema) + ", " +
		catalog.QuoteLiteral(k.table.Name) + ", " + strconv.Itoa(k.chunk)
}

// renewSQL inserts the row or takes over that of an earlier attempt.
func (k loadKey) renewSQL(run string) string {
	return `INSERT INTO _understudy.ledger (run, "schema", "table", chunk) VALUES (` + k.values(run) +
		`) ON CONFLICT ON CONSTRAINT ledger_pkey DO UPDATE SET rows = NULL`
}

// insertSQL inserts the row and fails if an earlier attempt was committed.
func (k loadKey) insertSQL(run string) string {
	return `INSERT INTO _understudy.ledger (run, "schema", "table", chunk) VALUES (` + k.values(run) + `)`
}

func (k loadKey) countSQL(run string, rows int64) string {
	return `UPDATE _understudy.ledger SET rows = ` + strconv.FormatInt(rows, 10) +
		` WHERE (run, "schema", "table", chunk) = (` + k.values(run) + `)`
}

// CommittedError says that a chunk is loaded already: an earlier attempt whose
// outcome was not known had been committed.
type CommittedError struct {
	Table catalog.Name
	Chunk int
	Rows  int64
}

func (e *CommittedError) Error() string {
	return fmt.Sprintf("chunk %d of %s is committed already, with %d rows", e.Chunk, e.Table, e.Rows)
}

// OpenChunk loads one chunk of a table beside others. The error is a
// *CommittedError if an earlier attempt at the chunk got through after all; if
// one is still under way on the target, OpenChunk ends it or waits for it.
func (b *Build) OpenChunk(ctx context.Context, load TableLoad, chunk int) (*TableWriter, error) {
	key := loadKey{table: load.Table.Name, chunk: chunk}
	w, err := b.start(ctx, load, key, "BEGIN; "+key.insertSQL(b.s.cfg.RunID)+"; "+load.copySQL(false))
	if err == nil {
		return w, nil
	}
	if catalog.SQLState(err) == stateUniqueViolation {
		if done := b.committedRows(ctx, key); done != nil {
			return nil, done
		}
	}
	return nil, b.loadFailed(err, load, key)
}

// committedRows looks a committed chunk up, and counts it as one of ours.
func (b *Build) committedRows(ctx context.Context, key loadKey) error {
	var rows *int64
	err := b.with(ctx, "load", func(conn *pgx.Conn) error {
		return conn.QueryRow(ctx, `
			SELECT rows FROM _understudy.ledger WHERE run = $1 AND "schema" = $2 AND "table" = $3 AND chunk = $4`,
			b.s.cfg.RunID, key.table.Schema, key.table.Name, key.chunk).Scan(&rows)
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return b.s.failed(err, "read the ledger")
	case rows == nil:
		return fault.New(fault.Other, "the ledger has chunk %d of %s without a count", key.chunk, key.table)
	}
	b.mu.Lock()
	b.committed[key] = *rows
	b.mu.Unlock()
	return &CommittedError{Table: key.table, Chunk: key.chunk, Rows: *rows}
}

func (b *Build) prepareLedger(ctx context.Context) error {
	return b.with(ctx, "build", func(conn *pgx.Conn) error {
		if _, err := conn.PgConn().Exec(ctx, ledgerSQL).ReadAll(); err != nil {
			return b.s.failed(err, "prepare %s", catalog.Display(b.name))
		}
		return nil
	})
}

// checkLedger compares what this process knows to be committed with what the
// target still has. A commit of a load does not wait for the disk, so a crash
// of the server can take the last ones back.
func (b *Build) checkLedger(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, `SELECT "schema", "table", chunk, rows FROM _understudy.ledger WHERE run = $1 AND rows IS NOT NULL`, b.s.cfg.RunID)
	if err != nil {
		return b.s.failed(err, "read the ledger")
	}
	have := map[loadKey]int64{}
	var key loadKey
	var n int64
	if _, err := pgx.ForEachRow(rows, []any{&key.table.Schema, &key.table.Name, &key.chunk, &n}, func() error {
		have[key] = n
		return nil
	}); err != nil {
		return b.s.failed(err, "read the ledger")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for key, n := range b.committed {
		if got, ok := have[key]; !ok || got != n {
			return fault.New(fault.Verification, "chunk %d was committed with %d rows and the target does not have it", key.chunk, n).
				At(key.table.String()).WithHint("the target's server has crashed during the run; run it again")
		}
	}
	return nil
}
