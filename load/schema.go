package load

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/load/archive"
	"github.com/understudy-db/understudy/load/schema"
)

// Schema is what the generation is to look like: the archive, the catalog and
// the facts that were read of the source under one snapshot.
type Schema struct {
	Archive *archive.Archive
	Catalog *catalog.Catalog
	Facts   *schema.Facts // nil: no grants, and no policies that name a role
	// SkipExtensions and Unsupported name what is left out.
	SkipExtensions, Unsupported []string
	LargeObjects                bool // are copied
	NoComments                  bool // comments are not
}

func (s *Server) schemaOptions(in Schema) schema.Options {
	return schema.Options{
		Owner:          s.cfg.Owner,
		Roles:          s.cfg.Roles,
		Facts:          in.Facts,
		Prepared:       s.cfg.Template != "template0",
		SkipExtensions: in.SkipExtensions,
		Unsupported:    in.Unsupported,
		LargeObjects:   in.LargeObjects,
		NoComments:     in.NoComments,
		Jobs:           s.cfg.IndexJobs,
		SourceMajor:    in.Catalog.Server.Major(),
		Log:            s.cfg.Log,
		Warn:           s.cfg.Warn,
	}
}

// PreflightSchema tells whether the target can take the schema: extensions,
// roles, collations and what only a superuser can create. All that is missing
// is in one error. It writes nothing.
func (s *Server) PreflightSchema(ctx context.Context, in Schema) error {
	o := s.schemaOptions(in)
	o.Warn = nil // PreData says it again
	plan, err := schema.New(in.Archive, in.Catalog, o)
	if err != nil {
		return err
	}
	return s.admin(ctx, func(conn *pgx.Conn) error { return plan.Preflight(ctx, conn) })
}

// Definitions are all that will be created of a schema.
func Definitions(in Schema) ([]schema.Definition, error) {
	plan, err := schema.New(in.Archive, in.Catalog, schema.Options{
		Facts: in.Facts, SkipExtensions: in.SkipExtensions, Unsupported: in.Unsupported,
		LargeObjects: in.LargeObjects, NoComments: in.NoComments, SourceMajor: in.Catalog.Server.Major(),
	})
	if err != nil {
		return nil, err
	}
	return plan.Definitions(), nil
}

// PreData creates the tables and all that they need, and makes sure that the
// generation's catalog, read by the same code, equals the source's: a load into
// other columns than those that were read would be worthless.
func (b *Build) PreData(ctx context.Context, in Schema) error {
	o := b.s.schemaOptions(in)
	// Scripts of extensions may look at what the search path is by default, as
	// postgis_topology does. Definitions are executed without any.
	usual := map[string]string{"search_path": `"$user", public`}
	o.Connect = func(ctx context.Context) (*pgx.Conn, error) { return b.connect(ctx, "schema", usual) }
	o.Progress = b.progress
	plan, err := schema.New(in.Archive, in.Catalog, o)
	if err != nil {
		return err
	}
	if err := plan.PreData(ctx); err != nil {
		return err
	}
	b.plan = plan
	return b.with(ctx, "compare", func(conn *pgx.Conn) error {
		target, err := b.readCatalog(ctx, conn)
		if err != nil {
			return err
		}
		for _, a := range target.Actors {
			if a.Kind == "event trigger" {
				b.s.warn("staging has the event trigger %s, of target.template or of an extension: it acts on every change of the schema", catalog.Display(a.Name))
			}
		}
		return b.compare(in.Catalog, target, catalog.CompareOptions{})
	})
}

// Skipped is what staging will not have, and why. Complete after PostData.
func (b *Build) Skipped() []schema.Skip {
	if b.plan == nil {
		return nil
	}
	return b.plan.Skipped()
}

// Omits tells that a table of the source is left out of the generation on
// purpose, itself or with its extension, so that it is not to be loaded. Asked
// after PreData.
func (b *Build) Omits(t *catalog.Table) bool {
	return b.plan != nil && (b.plan.Omits(t.Name.String()) || t.Extension != "" && b.plan.Omits("extension "+catalog.Display(t.Extension)))
}

// PostOptions say how PostData reports.
type PostOptions struct {
	// Progress is told when a definition is done. It is called by one goroutine
	// at a time and may be nil.
	Progress func(name string, done, total int)
	// Loaded tells of each table when its rows are in, and is closed when that is
	// so for all. Nil means that all are.
	Loaded <-chan *catalog.Table
}

// PostResult is what PostData did.
type PostResult struct {
	schema.Result
	Skipped []schema.Skip // of the whole schema
}

// PostData creates indexes, keys and everything else that comes after the
// data, of each table as soon as o.Loaded tells of it. PreData has been called.
func (b *Build) PostData(ctx context.Context, o PostOptions) (PostResult, error) {
	if b.plan == nil {
		return PostResult{}, fault.New(fault.Other, "PostData before PreData")
	}
	if o.Loaded == nil {
		b.closeSessions()
	}
	b.mu.Lock()
	b.report = o.Progress
	b.mu.Unlock()
	result, err := b.plan.PostData(ctx, o.Loaded)
	return PostResult{result, b.plan.Skipped()}, err
}

func (b *Build) progress(name string, done, total int) {
	b.mu.Lock()
	report := b.report
	b.mu.Unlock()
	if report != nil {
		report(name, done, total)
	}
}

// compare is the gate that source and target have the same schema, except for
// what was left out on purpose.
func (b *Build) compare(source, target *catalog.Catalog, o catalog.CompareOptions) error {
	explains := func(catalog.Difference) bool { return false }
	if b.plan != nil {
		o.Skip, explains = b.plan.Omits, b.plan.Explains
	}
	var found []string
	for _, d := range catalog.Compare(source, target, o) {
		if !explains(d) {
			found = append(found, d.String())
		}
	}
	if len(found) == 0 {
		return nil
	}
	return fault.New(fault.Verification, "the schema of %s differs from the source's: %s", catalog.Display(b.name), list(found)).
		WithHint("the source's schema may have changed during the run, then run it again; or name the object under unsupported")
}
