package migrations

import (
	"context"
	"math"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Estimate is a figure carried over to production's size: low, likely, high.
// Another machine and other neighbours make it a range and never a number.
type Estimate struct {
	Table        string     `json:"rel"`
	Factor       float64    `json:"factor"` // production's size by the size here
	Model        string     `json:"model"`  // how the time grows with the size
	MS           [3]float64 `json:"ms"`
	ReadBlockMS  [3]float64 `json:"read_block_ms"`
	WriteBlockMS [3]float64 `json:"write_block_ms"`
}

// sourceSizes reads the sizes of production's tables, from its catalog alone.
func sourceSizes(ctx context.Context, conn *pgx.Conn) (map[string]int64, error) {
	rows, err := conn.Query(ctx, `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), pg_total_relation_size(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`)
	if err != nil {
		return nil, cannot("read the sizes of the source's tables", err)
	}
	out := map[string]int64{}
	var name string
	var size int64
	if _, err := pgx.ForEachRow(rows, []any{&name, &size}, func() error { out[name] = size; return nil }); err != nil {
		return nil, cannot("read the sizes of the source's tables", err)
	}
	return out, nil
}

// estimate carries the times of a version's statements over to production's
// sizes. Work that reads or writes a table grows with it, sorting a little
// faster, and changing rows faster still, as indexes leave the cache: the range
// of the latter is wider.
func (r *rehearsal) estimate(res *Result) {
	if len(r.sizes) == 0 {
		return
	}
	for _, s := range res.Statements {
		table, here := "", int64(0)
		for t, z := range s.Sizes {
			if z.Before > here {
				table, here = t, z.Before
			}
		}
		dml := s.kind.Verb == "UPDATE" || s.kind.Verb == "DELETE" || s.kind.Verb == "INSERT"
		if table == "" && dml {
			if table = r.faithful.schema.table(s.kind.Table); table != "" {
				here = r.tableSize(res, table)
			}
		}
		there := r.sizes[table]
		if here < smallBytes/64 || there == 0 || s.Failure != nil {
			continue
		}
		e := &Estimate{Table: table, Factor: float64(there) / float64(here)}
		grow, spread := 1.0, [3]float64{0.5, 1, 2}
		switch {
		case dml:
			e.Model, grow, spread = "rows", e.Factor, [3]float64{0.7, 1, 3}
		case len(s.Rewrites) > 0:
			e.Model, grow = "rewrite", e.Factor
		case len(s.Indexes) > 0:
			e.Model, grow = "index", e.Factor*math.Max(1, 1+math.Log2(math.Max(e.Factor, 1))/20)
		case len(s.Scans) > 0 || len(s.Validated) > 0:
			e.Model, grow = "scan", e.Factor
		default:
			e.Model = "constant"
		}
		var read, write float64
		for _, b := range s.Blocked {
			read, write = max(read, b.ReadMS), max(write, b.WriteMS)
		}
		for i, f := range spread {
			e.MS[i], e.ReadBlockMS[i], e.WriteBlockMS[i] = s.MS*grow*f, read*grow*f, write*grow*f
		}
		s.Estimate = e
	}
}

// tableSize is a table's size as some statement of the version or the survey
// before it saw it.
func (r *rehearsal) tableSize(res *Result, table string) int64 {
	for _, s := range res.Statements {
		if z, ok := s.Sizes[table]; ok {
			return z.Before
		}
	}
	if r.traced != nil && r.traced.tracer != nil {
		for _, k := range r.traced.tracer.known {
			if k.own == table && (k.kind == "r" || k.kind == "m") {
				return k.size
			}
		}
	}
	return 0
}

// likely is what a gate judges a wait by: the estimate where there is one.
func likely(here float64, e *Estimate, of func(*Estimate) [3]float64) float64 {
	if e == nil {
		return here
	}
	return max(here, of(e)[1])
}

// estimateText says the range of an estimate.
func estimateText(v [3]float64) string {
	if v[2] == 0 {
		return "–"
	}
	return strings.Join([]string{msText(v[0]), msText(v[2])}, " to ")
}
