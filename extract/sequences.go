package extract

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// SequenceState is where a sequence stands.
type SequenceState struct {
	Last   int64
	Called bool // false: Last is the next value to be given out
}

// sequenceBatch is how many sequences one statement reads.
const sequenceBatch = 200

// Sequences reads where every sequence stands now. They are not transactional,
// so this is called after the last chunk: never behind the data, perhaps ahead.
// An unlogged sequence cannot be read on a standby; it is left out with a
// warning.
func (s *Source) Sequences(ctx context.Context) (map[catalog.Name]SequenceState, error) {
	out := map[catalog.Name]SequenceState{}
	var todo []*catalog.Sequence
	for _, q := range s.cat.Sequences {
		if q.Unlogged && s.snap.Standby {
			s.cfg.Warn(fmt.Sprintf("the unlogged sequence %s cannot be read on a standby: it starts anew in staging", q.Name))
			continue
		}
		todo = append(todo, q)
	}
	if len(todo) == 0 {
		return out, nil
	}
	err := s.apart(ctx, work{what: "read the sequences"}, func(ctx context.Context, r *reader) error {
		if err := refuseSequences(ctx, r, todo); err != nil {
			return err
		}
		for batch := range slices.Chunk(todo, sequenceBatch) {
			if err := readSequences(ctx, r, batch, out); err != nil {
				if catalog.SQLState(err) == stateUndefinedTable {
					return &VoidError{What: "a sequence has been dropped or renamed since it was taken"}
				}
				return err
			}
		}
		return nil
	})
	return out, err
}

// refuseSequences names all sequences that the role may not read, at once.
func refuseSequences(ctx context.Context, r *reader, all []*catalog.Sequence) error {
	var oids []catalog.OID
	for _, q := range all {
		oids = append(oids, q.OID)
	}
	rows, err := r.conn.Query(ctx, `
		SELECT n.nspname, c.relname
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE c.oid = ANY ($1::oid[])
		  AND CASE WHEN c.relkind = 'S' THEN NOT (pg_catalog.has_schema_privilege(n.oid, 'USAGE')
		                                          AND pg_catalog.has_sequence_privilege(c.oid, 'SELECT')) END
		ORDER BY 1, 2`, oids)
	if err != nil {
		return err
	}
	refused, err := pgx.CollectRows(rows, pgx.RowToStructByPos[catalog.Name])
	if err != nil || len(refused) == 0 {
		return err
	}
	var names, sql []string
	for _, n := range refused {
		names = append(names, n.String())
		sql = append(sql, n.SQL())
	}
	return fault.New(fault.Preflight, "the source role may not read these sequences: %s", strings.Join(names, ", ")).
		WithHint("GRANT pg_read_all_data TO the role, or GRANT SELECT ON SEQUENCE %s TO the role", strings.Join(sql, ", "))
}

func readSequences(ctx context.Context, r *reader, batch []*catalog.Sequence, out map[catalog.Name]SequenceState) error {
	var b strings.Builder
	for i, q := range batch {
		if i > 0 {
			b.WriteString("\nUNION ALL ")
		}
		fmt.Fprintf(&b, "SELECT %d, last_value, is_called FROM %s", i, q.Name.SQL())
	}
	rows, err := r.conn.Query(ctx, b.String())
	if err != nil {
		return err
	}
	var i int
	var state SequenceState
	_, err = pgx.ForEachRow(rows, []any{&i, &state.Last, &state.Called}, func() error {
		out[batch[i].Name] = state
		return nil
	})
	return err
}
