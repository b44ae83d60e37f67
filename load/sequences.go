package load

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
)

// SequenceState is where a sequence stands.
type SequenceState struct {
	Last   int64
	Called bool // Last has been handed out
}

// Sequences sets the sequences of the generation. A sequence that was left out
// of the schema is passed over, and so is one of an extension that is not ours.
func (b *Build) Sequences(ctx context.Context, states map[catalog.Name]SequenceState) error {
	return b.with(ctx, "sequences", func(conn *pgx.Conn) error {
		order := slices.SortedFunc(maps.Keys(states), func(x, y catalog.Name) int {
			return cmp.Or(cmp.Compare(x.Schema, y.Schema), cmp.Compare(x.Name, y.Name))
		})
		if b.s.facts.superuser { // some belong to extensions that the login role has created
			if _, err := conn.Exec(ctx, "SET ROLE NONE"); err != nil {
				return b.s.failed(err, "set sequences")
			}
		}
		var batch pgx.Batch
		for _, name := range order {
			st := states[name]
			batch.Queue(`
				SELECT pg_catalog.setval(c.oid::pg_catalog.regclass, $3, $4)
				FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
				WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind = 'S'
					AND (pg_catalog.pg_has_role(c.relowner, 'USAGE') OR pg_catalog.has_sequence_privilege(c.oid, 'UPDATE'))`, name.Schema, name.Name, st.Last, st.Called)
		}
		results := conn.SendBatch(ctx, &batch)
		for _, name := range order {
			if _, err := results.Exec(); err != nil {
				_ = results.Close()
				return b.s.failed(err, "set the sequence %s", name)
			}
		}
		if err := results.Close(); err != nil {
			return b.s.failed(err, "set sequences")
		}
		return nil
	})
}

// AdvanceSequences sets sequences that a masked column has overtaken beyond its
// values, so that inserts on staging find free ones. One whose range ends
// before that is warned of and stays. Columns that in.Kept tells of are as in
// the source.
func (b *Build) AdvanceSequences(ctx context.Context, in VerifyInput) error {
	if !slices.ContainsFunc(in.Source.Sequences, func(s *catalog.Sequence) bool {
		if s.OwnedBy == nil {
			return false
		}
		col := s.OwnedBy.ColumnNum(s.OwnedCol)
		return col != nil && !in.kept(s.OwnedBy.Name, col.Name)
	}) {
		return nil
	}
	states := map[catalog.Name]SequenceState{}
	err := b.with(ctx, "sequences", func(conn *pgx.Conn) error {
		target, err := b.readCatalog(ctx, conn)
		if err != nil {
			return err
		}
		found, err := b.sequencesBehind(ctx, conn, target)
		if err != nil {
			return err
		}
		for _, f := range found {
			if !in.kept(f.table, f.column) && f.reach != nil {
				states[f.sequence] = SequenceState{Last: *f.reach, Called: true}
			}
		}
		return nil
	})
	if err != nil || len(states) == 0 {
		return err
	}
	return b.Sequences(ctx, states)
}

// behind is a sequence whose next value its column may have already.
type behind struct {
	sequence catalog.Name
	table    catalog.Name
	column   string
	reach    *int64 // the column's outermost value, nil if the sequence cannot be set to it
}

// sequencesBehind finds sequences that would hand out a value at or below the
// largest in the column that owns them (for descending ones: at or above the
// smallest). Cyclic sequences are meant to come round.
func (b *Build) sequencesBehind(ctx context.Context, conn *pgx.Conn, target *catalog.Catalog) ([]behind, error) {
	var found []behind
	for _, s := range target.Sequences {
		if s.OwnedBy == nil || s.Cycle || s.Extension != "" || s.Name.Schema == catalog.OwnSchema {
			continue
		}
		col := s.OwnedBy.ColumnNum(s.OwnedCol)
		if col == nil || !isNumber(col.Type) {
			continue
		}
		edge, ahead := "max", "<"
		if s.Increment < 0 {
			edge, ahead = "min", ">"
		}
		// Unless called, last_value itself comes next.
		sql := fmt.Sprintf(`SELECT COALESCE(edge %s CASE WHEN is_called THEN last_value::numeric + %d ELSE last_value END, true),
				CASE WHEN edge BETWEEN %d AND %d THEN edge::int8 END
			FROM (SELECT pg_catalog.%s(%s)::numeric FROM %s) AS c (edge), %s`,
			ahead, s.Increment, s.Min, s.Max, edge, catalog.QuoteIdent(col.Name), s.OwnedBy.Name.SQL(), s.Name.SQL())
		f := behind{sequence: s.Name, table: s.OwnedBy.Name, column: col.Name}
		var ok bool
		err := b.unfiltered(ctx, conn, s.OwnedBy, func(tx pgx.Tx) error { return tx.QueryRow(ctx, sql).Scan(&ok, &f.reach) }, s.Name)
		if err != nil {
			return nil, b.s.failed(err, "compare the sequence %s with its column", s.Name)
		}
		if !ok {
			found = append(found, f)
		}
	}
	return found, nil
}

// isNumber tells whether a column holds what a sequence makes.
func isNumber(t *catalog.Type) bool {
	if t == nil {
		return false
	}
	u := t.Underlying()
	return u.Name.Schema == "pg_catalog" && strings.Contains(" int2 int4 int8 numeric ", " "+u.Name.Name+" ")
}

// unfiltered runs read in a transaction in which row security hides nothing:
// a table that forces it on its owner would not even let the owner count. Nor
// would one whose owner gave up his own rights, on it or on other relations
// that are read.
func (b *Build) unfiltered(ctx context.Context, conn *pgx.Conn, t *catalog.Table, read func(pgx.Tx) error, others ...catalog.Name) error {
	var open []string
	if t.RowSecurity && t.ForceRowSecurity {
		open = append(open, "ALTER TABLE "+t.Name.SQL()+" NO FORCE ROW LEVEL SECURITY")
	}
	err := undone(ctx, conn, open, read)
	if catalog.SQLState(err) != stateInsufficientPrivilege {
		return err
	}
	for _, name := range append(others, t.Name) {
		open = append(open, "GRANT SELECT ON "+name.SQL()+" TO CURRENT_USER")
	}
	return undone(ctx, conn, open, read)
}

// undone runs statements and read in a transaction that is always rolled back.
func undone(ctx context.Context, conn *pgx.Conn, statements []string, read func(pgx.Tx) error) error {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() {
		cleanup, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
		defer cancel()
		_ = tx.Rollback(cleanup)
	}()
	for _, sql := range statements {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return read(tx)
}
