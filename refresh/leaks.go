package refresh

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/load"
	"github.com/understudy-db/understudy/report"
	"github.com/understudy-db/understudy/transform"
	"github.com/understudy-db/understudy/transform/mask"
)

// leakShape is something that no masked value looks like, because masks write
// into ranges that belong to nobody. Finding it is exact: no originals have to
// be remembered for it. Condition is SQL about %s, a text in collation C.
type leakShape struct{ what, condition string }

// reservedHost ends an e-mail address that belongs to nobody (RFC 2606, RFC
// 6761), with nothing behind that would make another host of it.
const reservedHost = `@([a-z0-9-]+[.])*(example[.](com|net|org)|test|invalid|example|localhost)(?![a-z0-9-]|[.][a-z0-9])`

var leakShapes = []leakShape{
	{"an e-mail address of a real domain", `pg_catalog.strpos(%[1]s, '@') > 0 AND pg_catalog.regexp_replace(%[1]s, '` + reservedHost + `', ' ', 'gi') ` +
		`OPERATOR(pg_catalog.~*) '[a-z0-9._%%+-]@([a-z0-9-]+[.])+[a-z]{2,}'`},
	{"a token or private key", `%[1]s OPERATOR(pg_catalog.~) 'eyJ[A-Za-z0-9_-]{8,}[.]eyJ[A-Za-z0-9_-]{8,}[.][A-Za-z0-9_-]{8,}|-----BEGIN [A-Z ]*PRIVATE KEY-----'`},
}

// leaks reads the generation once more and looks for values of shapes that
// masks never write. In a column that the policy masks that is a leak; in one
// that it keeps, a warning: perhaps nobody knew.
func (r *run) leaks(ctx context.Context, build *load.Build, b *bound) error {
	var mu sync.Mutex
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(r.Config.Target.IndexJobs)
	for _, t := range b.tables {
		if t.query == nil {
			continue
		}
		g.Go(func() error {
			found, err := t.findLeaks(gctx, build)
			mu.Lock()
			defer mu.Unlock()
			r.rep.Leaks = append(r.rep.Leaks, found...)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	slices.SortFunc(r.rep.Leaks, func(a, b report.Leak) int {
		return cmp.Or(cmp.Compare(a.Column, b.Column), cmp.Compare(a.What, b.What))
	})
	var leaked []string
	for _, l := range r.rep.Leaks {
		says := fmt.Sprintf("%s (%s): %s rows hold %s", l.Column, l.Mask, report.Count(l.Rows), l.What)
		if l.Mask == "keep" || r.Config.Verify.Leaks != "fail" {
			r.Observer.Warn(says)
			continue
		}
		leaked = append(leaked, says)
	}
	if len(leaked) == 0 {
		return nil
	}
	return fault.New(fault.Verification, "masked columns hold what no mask writes:\n  %s", strings.Join(leaked, "\n  ")).
		WithHint("mend the rules; what a rule keeps on purpose can be let pass by `verify: { leaks: warn }`")
}

// findLeaks looks at the table's columns of text, or of what holds text.
func (t *boundTable) findLeaks(ctx context.Context, build *load.Build) ([]report.Leak, error) {
	var conditions []string
	var of []report.Leak
	for _, c := range t.Columns {
		switch transform.KindOf(c.Column.Type) {
		case mask.Text, mask.JSON, mask.JSONB, mask.XML, mask.Other: // arrays, hstore, composites
		default:
			continue
		}
		text := "(" + catalog.QuoteIdent(c.Column.Name) + `::pg_catalog.text COLLATE pg_catalog."C")`
		for _, s := range leakShapes {
			conditions = append(conditions, fmt.Sprintf(s.condition, text))
			of = append(of, report.Leak{Column: t.name() + "." + catalog.Display(c.Column.Name), Mask: c.Rule, What: s.what})
		}
	}
	if len(conditions) == 0 {
		return nil, nil
	}
	var out []report.Leak
	// A row of a result has no room for more.
	for part := range slices.Chunk(of, maxConditions) {
		counts, err := build.Find(ctx, t.Table, conditions[:len(part)])
		if err != nil {
			return nil, err
		}
		conditions = conditions[len(part):]
		for i, n := range counts {
			if part[i].Rows = n; n > 0 {
				out = append(out, part[i])
			}
		}
	}
	return out, nil
}

const maxConditions = 800
