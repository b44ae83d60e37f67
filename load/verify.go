package load

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// VerifyInput is what the generation is compared with.
type VerifyInput struct {
	Source *catalog.Catalog
	// Rows are the rows that tables must have, counted again on the target. A
	// table that is not in it is counted by the ledger alone.
	Rows map[catalog.Name]int64
	// ViaRoot are the partitions whose rows went through their root: they are
	// compared as a whole, as rows may have found other partitions.
	ViaRoot map[catalog.Name]bool
	// Kept tells that a column was copied unmasked. A sequence that is behind
	// such a column was so in the source: that is worth a warning and no more.
	// Nil: none was.
	Kept func(table catalog.Name, column string) bool
}

func (in VerifyInput) kept(table catalog.Name, column string) bool {
	return in.Kept != nil && in.Kept(table, column)
}

// maxDifferences is how many findings a message names.
const maxDifferences = 10

// Verify is the gate before Seal: what was committed is there, rows are
// counted, the schema is the source's, no index or constraint is invalid that
// was valid, nothing is unlogged that was logged, and no sequence is behind its
// column. A failure is of kind fault.Verification.
func (b *Build) Verify(ctx context.Context, in VerifyInput) error {
	return b.with(ctx, "verify", func(conn *pgx.Conn) error {
		if err := b.checkLedger(ctx, conn); err != nil {
			return err
		}
		target, err := b.readCatalog(ctx, conn)
		if err != nil {
			return err
		}
		texts, err := b.reread(ctx, conn, in.Source, target)
		if err != nil {
			return err
		}
		if err := b.compare(in.Source, target, catalog.CompareOptions{PostData: true, Reread: texts}); err != nil {
			return err
		}
		if err := b.checkPersistence(in.Source, target); err != nil {
			return err
		}
		if err := b.checkSequences(ctx, conn, target, in); err != nil {
			return err
		}
		return b.countRows(ctx, in, target)
	})
}

// readCatalog reads the generation's catalog under one snapshot.
func (b *Build) readCatalog(ctx context.Context, conn *pgx.Conn) (*catalog.Catalog, error) {
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, b.s.failed(err, "read the schema of %s", catalog.Display(b.name))
	}
	c, err := catalog.Read(ctx, tx)
	if err != nil {
		_ = tx.Rollback(ctx)
		return nil, b.s.failed(err, "read the schema of %s", catalog.Display(b.name))
	}
	if err := tx.Rollback(ctx); err != nil {
		return nil, b.s.failed(err, "read the schema of %s", catalog.Display(b.name))
	}
	return c, nil
}

// checkPersistence: a table that a crash would empty must not become staging,
// unless it is so in production.
func (b *Build) checkPersistence(source, target *catalog.Catalog) error {
	var wrong []string
	for _, t := range target.Tables {
		if t.Persistence != 'u' || t.Name.Schema == catalog.OwnSchema {
			continue
		}
		if s := source.Table(t.Name); s == nil || s.Persistence != 'u' {
			wrong = append(wrong, t.Name.String())
		}
	}
	if len(wrong) > 0 {
		return fault.New(fault.Verification, "left unlogged by loading: %s", list(wrong))
	}
	return nil
}

func (b *Build) checkSequences(ctx context.Context, conn *pgx.Conn, target *catalog.Catalog, in VerifyInput) error {
	found, err := b.sequencesBehind(ctx, conn, target)
	if err != nil {
		return err
	}
	var wrong []string
	for _, f := range found {
		switch {
		case in.kept(f.table, f.column):
			b.s.warn("the sequence %s is behind the values of %s.%s, as in the source: inserts may collide",
				f.sequence, f.table, catalog.Display(f.column))
			continue
		case f.reach == nil:
			b.s.warn("the sequence %s cannot go beyond the masked values of %s.%s: inserts may collide; masks that take min and max can leave it room",
				f.sequence, f.table, catalog.Display(f.column))
			continue
		}
		wrong = append(wrong, f.sequence.String())
	}
	if len(wrong) > 0 {
		return fault.New(fault.Verification, "sequences would hand out values that their columns have: %s", list(wrong))
	}
	return nil
}

// countRows counts on the target, several tables at a time.
func (b *Build) countRows(ctx context.Context, in VerifyInput, target *catalog.Catalog) error {
	type check struct {
		table *catalog.Table
		only  string // the keyword, unless partitions count too
		want  int64
	}
	moved := map[*catalog.Table]bool{}  // roots of which some rows have found their partition anew
	roots := map[*catalog.Table]int64{} // rows of all partitions
	var checks []check
	var missing []string
	for name, want := range in.Rows {
		t := target.Table(name)
		switch {
		case t == nil:
			missing = append(missing, name.String())
			continue
		case in.ViaRoot[name]:
			moved[t.Root()] = true
		default:
			checks = append(checks, check{t, "ONLY ", want})
		}
		roots[t.Root()] += want
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return fault.New(fault.Verification, "the target has no table %s", list(missing))
	}
	for root := range moved {
		checks = append(checks, check{root, "", roots[root]})
	}
	slices.SortFunc(checks, func(x, y check) int { return cmp.Compare(y.table.Bytes, x.table.Bytes) })

	work := make(chan check, len(checks))
	for _, c := range checks {
		work <- c
	}
	close(work)
	wrong := make(chan string, len(checks))
	g, ctx := errgroup.WithContext(ctx)
	for range min(b.s.cfg.LoadJobs, len(checks)) {
		g.Go(func() error {
			return b.with(ctx, "verify", func(conn *pgx.Conn) error {
				for c := range work {
					var have int64
					err := b.unfiltered(ctx, conn, c.table, func(tx pgx.Tx) error {
						return tx.QueryRow(ctx, "SELECT pg_catalog.count(*) FROM "+c.only+c.table.Name.SQL()).Scan(&have)
					})
					if err != nil {
						return b.failed(err, "count %s", c.table.Name)
					}
					if have != c.want {
						wrong <- fmt.Sprintf("%s has %d rows instead of %d", c.table.Name, have, c.want)
					}
				}
				return nil
			})
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	close(wrong)
	var all []string
	for w := range wrong {
		all = append(all, w)
	}
	if len(all) > 0 {
		slices.Sort(all)
		return fault.New(fault.Verification, "rows are missing or too many: %s", list(all))
	}
	return nil
}

// list names the first few of many.
func list(items []string) string {
	if more := len(items) - maxDifferences; more > 0 {
		return strings.Join(items[:maxDifferences], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(items, ", ")
}
