package extract

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// MigrationState is what golang-migrate's table says.
type MigrationState struct {
	Version int64
	Dirty   bool
	Empty   bool // no migration has run
}

// FindMigrationTables finds golang-migrate's tables by their shape, whatever
// they are called: version bigint as primary key, dirty boolean, nothing else.
func FindMigrationTables(cat *catalog.Catalog) []catalog.Name {
	var out []catalog.Name
	for _, t := range cat.Tables {
		if t.Kind != catalog.Ordinary || len(t.Columns) != 2 || t.Partition != nil {
			continue
		}
		version, dirty, key := t.Column("version"), t.Column("dirty"), t.PrimaryKey()
		if version == nil || dirty == nil || key == nil {
			continue
		}
		if isBuiltin(version.Type, "int8") && isBuiltin(dirty.Type, "bool") &&
			len(key.Keys) == 1 && key.Keys[0].Column == version.Num {
			out = append(out, t.Name)
		}
	}
	return out
}

func isBuiltin(t *catalog.Type, name string) bool {
	return t.Name == catalog.Name{Schema: "pg_catalog", Name: name}
}

// Migrations reads golang-migrate's tables as they are now, in a short
// transaction of their own: golang-migrate TRUNCATEs its table with every
// migration, so an older snapshot sees it empty.
func (s *Source) Migrations(ctx context.Context, tables []catalog.Name) (map[catalog.Name]MigrationState, error) {
	out := map[catalog.Name]MigrationState{}
	for _, name := range tables {
		err := s.apart(ctx, work{what: fmt.Sprintf("read the migration version in %s", name)}, func(ctx context.Context, r *reader) error {
			rows, _ := r.conn.Query(ctx, "SELECT version, dirty FROM ONLY "+name.SQL()+" LIMIT 2") // CollectRows tells the error
			type row struct {
				Version int64
				Dirty   bool
			}
			found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
			switch {
			case catalog.SQLState(err) == stateUndefinedTable:
				return &VoidError{Table: name, What: "was dropped or renamed"}
			case err != nil:
				return err
			case len(found) > 1:
				return fault.New(fault.Preflight, "it holds more than one row, which golang-migrate never writes").
					WithHint("look at the table; if it is another tool's, name the migration table in the configuration")
			case len(found) == 0:
				out[name] = MigrationState{Empty: true}
			default:
				out[name] = MigrationState{Version: found[0].Version, Dirty: found[0].Dirty}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
