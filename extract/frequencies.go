package extract

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
)

// Frequency is a number of values of a column that as many rows each hold.
type Frequency struct {
	Rows   float64 // of each value; an estimate for the whole table where it was sampled
	Values int64
}

// frequencySample is how many rows Frequencies looks at, about.
const frequencySample = 1_000_000

// Frequencies tells how often the values of a text column come up, most
// frequent first, and never which they are: the server groups and counts, and
// counts leave it alone. NULL and empty values are left out. Of a table with
// more than twice frequencySample rows it reads a sample of pages, the same
// ones each time, and estimates how many values the sample has not met.
func (s *Source) Frequencies(ctx context.Context, t *catalog.Table, column string) ([]Frequency, error) {
	from, share := "ONLY "+t.Name.SQL(), 1.0
	if t.Kind == catalog.Partitioned {
		from = t.Name.SQL()
	}
	if rows := tableRows(t); rows > 2*frequencySample {
		share = frequencySample / rows
		from += fmt.Sprintf(" TABLESAMPLE SYSTEM (%.6f) REPEATABLE (1)", 100*share)
	}
	// The text form folds values that only their type tells apart, such as the
	// padding of char(n); lower case is not folded.
	name := catalog.QuoteIdent(column)
	query := fmt.Sprintf(`
		SELECT n::float8, pg_catalog.count(*) FROM (
			SELECT pg_catalog.count(*) AS n FROM %s WHERE %s::text <> '' GROUP BY %s::text
		) f GROUP BY n ORDER BY n DESC`, from, name, name)
	var out []Frequency
	err := s.within(ctx, work{what: "count how often the values of " + catalog.Display(column) + " come up", table: t}, func(ctx context.Context, r *reader) error {
		rows, err := r.conn.Query(ctx, query)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (f Frequency, err error) {
			return f, row.Scan(&f.Rows, &f.Values)
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	if share < 1 {
		out = scaled(out, share)
	}
	return out, nil
}

func tableRows(t *catalog.Table) float64 {
	if t.Kind != catalog.Partitioned {
		return max(t.Rows, 0)
	}
	var n float64
	for _, p := range t.Partitions {
		n += tableRows(p)
	}
	return n
}

// minSampleRows is how often a sample has to meet a value to say how frequent
// that one is; rarer ones are told as one number of values with one average.
const minSampleRows = 20

// scaled estimates the whole table's frequencies from a sample's. The number of
// values is Haas and Stokes' Duj1, which ANALYZE uses as well: values met once
// say how many were not met.
func scaled(sample []Frequency, share float64) []Frequency {
	var rows, values, once, rare, rareValues float64
	var out []Frequency
	for _, f := range sample {
		rows += f.Rows * float64(f.Values)
		values += float64(f.Values)
		if f.Rows == 1 {
			once = float64(f.Values)
		}
		if f.Rows >= minSampleRows {
			out = append(out, Frequency{Rows: f.Rows / share, Values: f.Values})
			continue
		}
		rare += f.Rows * float64(f.Values)
		rareValues += float64(f.Values)
	}
	if rareValues > 0 {
		rareValues += max(0, rows*values/(rows-once+once*share)-values)
		out = append(out, Frequency{Rows: rare / share / rareValues, Values: int64(rareValues)})
	}
	return out
}
