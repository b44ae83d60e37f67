package refresh

import (
	"context"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/extract"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/load"
)

// extensionTables looks at the tables in which extensions keep configuration
// before any row is read: those of an extension that an administrator has
// created may not be ours to write. One without rows of the source's own needs
// nothing; the others are refused, all at once.
func (r *run) extensionTables(ctx context.Context, source *extract.Source, build *load.Build, b *bound) error {
	var tables []*catalog.Table
	for _, t := range b.tables {
		if t.query != nil {
			tables = append(tables, t.Table)
		}
	}
	closed, err := build.Closed(ctx, tables)
	if err != nil || len(closed) == 0 {
		return err
	}
	var refused, grants []string
	for _, t := range b.tables {
		if t.query == nil || !slices.Contains(closed, t.Table) {
			continue
		}
		n, err := retry(ctx, func() (int64, error) { return source.Count(ctx, t.query) })
		if err != nil {
			return err
		}
		if n > 0 {
			refused = append(refused, t.name()+" of the extension "+catalog.Display(t.Table.Extension))
			grants = append(grants, "  "+t.name()+": { rows: none }")
		}
	}
	b.omit(func(t *catalog.Table) bool { return slices.Contains(closed, t) })
	if len(refused) == 0 {
		return nil
	}
	return fault.New(fault.Preflight, "the owner of staging may not write rows that the source has in tables of extensions:\n  %s", strings.Join(refused, "\n  ")).
		WithHint("in target.template, let an administrator grant SELECT, INSERT, DELETE and TRUNCATE on them to target.owner; or leave those rows behind by these lines of the policy:\ntables:\n%s", strings.Join(grants, "\n"))
}
