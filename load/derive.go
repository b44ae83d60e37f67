package load

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// Derivation is a table's columns that the generation computes from its own
// rows.
type Derivation struct {
	Table   *catalog.Table // plain, or the root of its partitions
	Columns []DerivedColumn
}

// DerivedColumn is one of them.
type DerivedColumn struct {
	Name    string
	NotNull bool
	SQL     string // an expression of the column's type
	Origin  string // where it was written, for errors
}

func (d Derivation) update(columns []DerivedColumn) string {
	set := make([]string, len(columns))
	for i, c := range columns {
		set[i] = catalog.QuoteIdent(c.Name) + " = " + c.SQL
	}
	only := "ONLY "
	if d.Table.Kind == catalog.Partitioned {
		only = ""
	}
	return "UPDATE " + only + d.Table.Name.SQL() + " SET " + strings.Join(set, ", ")
}

// PrepareDerived makes ready for Derive, before rows are loaded: it has the
// server analyse every expression, as the one statement it will be, and takes
// off the NOT NULL of columns that stay NULL until then.
func (b *Build) PrepareDerived(ctx context.Context, all []Derivation) error {
	if len(all) == 0 {
		return nil
	}
	return b.with(ctx, "prepare derived columns", func(conn *pgx.Conn) error {
		for _, d := range all {
			for _, c := range d.Columns {
				if _, err := conn.Prepare(ctx, "", d.update([]DerivedColumn{c})); err != nil {
					return d.wrong(c, b.failed(err, "prepare derive of %s.%s", d.Table.Name, catalog.Display(c.Name)))
				}
				if c.NotNull {
					if _, err := conn.Exec(ctx, "ALTER TABLE "+d.Table.Name.SQL()+" ALTER COLUMN "+catalog.QuoteIdent(c.Name)+" DROP NOT NULL"); err != nil {
						return b.failed(err, "take off NOT NULL of %s.%s", d.Table.Name, catalog.Display(c.Name))
					}
				}
			}
		}
		return nil
	})
}

// wrong makes an error about SQL that the policy's author wrote one of the policy.
func (d Derivation) wrong(c DerivedColumn, err error) error {
	if fault.Is(err, fault.Transient) {
		return err
	}
	return fault.Wrap(fault.Policy, err, "%s", c.Origin).
		WithHint("derive is evaluated in the generation with search_path pg_catalog: write names of other schemas with their schema")
}

// Derive computes the derived columns of every table, in order, and rewrites
// each table, so that it is as compact as if it had been loaded so. It comes
// after the rows and before keys and indexes.
func (b *Build) Derive(ctx context.Context, all []Derivation) error {
	if len(all) == 0 {
		return nil
	}
	return b.with(ctx, "derive columns", func(conn *pgx.Conn) error {
		for _, d := range all {
			table := d.Table.Name.SQL()
			if _, err := conn.Exec(ctx, d.update(d.Columns)); err != nil {
				return d.failed(b, err, "derive columns of %s", d.Table.Name)
			}
			for _, t := range leaves(d.Table) {
				if _, err := conn.Exec(ctx, "VACUUM (FULL, FREEZE) "+t.Name.SQL()); err != nil {
					return b.failed(err, "rewrite %s after deriving", t.Name)
				}
			}
			for _, c := range d.Columns {
				if !c.NotNull {
					continue
				}
				if _, err := conn.Exec(ctx, "ALTER TABLE "+table+" ALTER COLUMN "+catalog.QuoteIdent(c.Name)+" SET NOT NULL"); err != nil {
					return d.failed(b, err, "put NOT NULL of %s.%s back", d.Table.Name, catalog.Display(c.Name))
				}
			}
		}
		return nil
	})
}

// failed names the rules behind a failure.
func (d Derivation) failed(b *Build, err error, format string, args ...any) error {
	var rules []string
	for _, c := range d.Columns {
		rules = append(rules, catalog.Display(c.Name)+" ("+c.Origin+")")
	}
	return b.failed(err, format+", by the rules of "+strings.Join(rules, ", "), args...)
}

// leaves are the relations of a table that store rows.
func leaves(t *catalog.Table) []*catalog.Table {
	if t.HasRows() {
		return []*catalog.Table{t}
	}
	var out []*catalog.Table
	for _, p := range t.Partitions {
		out = append(out, leaves(p)...)
	}
	return out
}
