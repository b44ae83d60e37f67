package refresh

import (
	"context"
	"io"

	"golang.org/x/sync/errgroup"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/extract"
	"github.com/understudy-db/understudy/load"
	"github.com/understudy-db/understudy/load/archive"
	"github.com/understudy-db/understudy/load/schema"
	"github.com/understudy-db/understudy/policies"
)

// readSchema reads the source's schema at the snapshot: pg_dump's archive goes
// through a pipe and is never on disk.
func readSchema(ctx context.Context, source *extract.Source, b *bound) (load.Schema, error) {
	s := load.Schema{Catalog: source.Catalog(), SkipExtensions: b.SkipExtensions, Unsupported: b.Unsupported, LargeObjects: b.LargeObjects == "keep", NoComments: b.NoComments}
	err := source.Under(ctx, "read grants and policies", func(q catalog.Querier) (err error) {
		s.Facts, err = schema.ReadFacts(ctx, q)
		return err
	})
	if err != nil {
		return s, err
	}
	r, w := io.Pipe()
	g, ctx := errgroup.WithContext(ctx)
	var dump extract.PgDump
	g.Go(func() (err error) {
		dump, err = source.DumpSchema(ctx, w, extract.DumpOptions{})
		w.CloseWithError(err)
		return err
	})
	g.Go(func() (err error) {
		s.Archive, err = archive.Read(r)
		r.CloseWithError(err)
		return err
	})
	if err := g.Wait(); err != nil {
		return s, err
	}
	return s, dump.Check(s.Archive.DumpVersion)
}

// loadPolicy reads the policy files that the configuration names.
func loadPolicy(c *policies.Config) (*policies.Policy, error) {
	files, err := c.PolicyFiles()
	if err != nil {
		return nil, err
	}
	return policies.LoadPolicy(files, policies.PolicyOptions{})
}
