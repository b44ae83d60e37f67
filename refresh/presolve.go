package refresh

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/extract"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/load"
)

// sampleRows is how many masked rows of each end of a table are tried against
// the generation's constraints before the data phase.
const sampleRows = 500

// sampleBytes bounds a sample of wide rows.
const sampleBytes = 64 << 20

// presolve sends samples of masked rows into the generation and takes them
// back: CHECK, domain, NOT NULL, length and partition bounds are there already,
// so that a rule which breaks one of them is found in seconds, not in hours.
// All tables are tried, so that every rule that needs another mask is told at
// once.
func (r *run) presolve(ctx context.Context, source *extract.Source, build *load.Build, b *bound) error {
	var mu sync.Mutex
	var broken []error
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(min(r.Config.Target.LoadJobs, source.Readers()))
	for _, t := range b.tables {
		if t.query == nil || !t.masked() {
			continue
		}
		g.Go(func() error {
			_, err := retry(ctx, func() (struct{}, error) { return struct{}{}, r.try(ctx, source, build, t) })
			if constraint := new(load.ConstraintError); errors.As(err, &constraint) {
				mu.Lock()
				defer mu.Unlock()
				broken = append(broken, err)
				return nil
			}
			return err
		})
	}
	if err := g.Wait(); err != nil || len(broken) == 0 {
		return err
	}
	if len(broken) == 1 {
		return broken[0]
	}
	told := make([]string, len(broken))
	for i, err := range broken {
		told[i] = err.Error()
	}
	slices.Sort(told)
	return fault.New(fault.Data, "masked rows break constraints of %d tables:\n  %s", len(told), strings.Join(told, "\n  ")).
		WithHint("choose masks or parameters whose values the constraints allow; `understudy preview TABLE` shows masked rows")
}

func (t *boundTable) masked() bool {
	for _, c := range t.Columns {
		if c.Masked() {
			return true
		}
	}
	return false
}

func (r *run) try(ctx context.Context, source *extract.Source, build *load.Build, t *boundTable) error {
	w, err := build.OpenTrial(ctx, t.tableLoad(false))
	if err != nil {
		return err
	}
	defer w.Abort()
	for _, c := range samples(t) {
		stream := t.plan.Stream(func(p []byte) error {
			_, err := w.Write(p)
			return err
		})
		_, err := source.Copy(ctx, c, stream)
		if cerr := stream.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return r.blame(dataError(err), t)
		}
	}
	return r.blame(w.Finish(), t)
}

// samples are the first and the last pages of a table, some sampleRows rows
// each, and no more than sampleBytes.
func samples(t *boundTable) []extract.Chunk {
	all := []extract.Chunk{{Query: t.query, Of: 1, Whole: true, Last: true}}
	if t.Table.AccessMethod != "heap" || t.Table.Pages == 0 {
		return all
	}
	perPage := max(t.Table.Rows/float64(t.Table.Pages), 1)
	pages := int64(sampleRows/perPage) + 1
	pages = max(min(pages, sampleBytes/(t.Table.Bytes/t.Table.Pages+1)), 1)
	if t.Table.Pages <= 2*pages {
		return all
	}
	return []extract.Chunk{
		{Query: t.query, Of: 2, ToBlock: pages},
		{Query: t.query, Index: 1, Of: 2, FromBlock: t.Table.Pages - pages, Last: true},
	}
}

// blame names the rule behind a constraint that a masked sample breaks.
func (r *run) blame(err error, t *boundTable) error {
	var broken *load.ConstraintError
	if !errors.As(err, &broken) {
		return err
	}
	rules := ""
	for _, c := range t.Columns {
		if !c.Masked() || broken.Column != "" && c.Column.Name != broken.Column {
			continue
		}
		if rules != "" {
			rules += ", "
		}
		rules += catalog.Display(c.Column.Name) + " by " + c.Rule + " (" + c.Origin + ")"
	}
	return fault.Wrap(fault.Data, err, "masked rows of %s break a constraint; masked are %s", t.name(), rules).
		WithHint("choose masks or parameters whose values the constraint allows; `understudy preview %s` shows masked rows", t.name())
}
