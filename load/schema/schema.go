// Package schema brings a schema from a pg_dump archive to life in another
// database: what to create before the data and after it, in which order and
// how much at a time, and what must not come along.
//
// Definitions are sent to the server as pg_dump wrote them; no SQL text is
// parsed or changed. Who belongs to what is read from the archive's
// dependencies and from the source's catalog. What depends on role names,
// grants and row security policies, is made anew from [Facts] instead, because
// roles differ between production and staging.
package schema

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/load/archive"
)

// Options say where and how a schema is created.
type Options struct {
	// Connect opens a session on the generation's database, already under
	// SET ROLE Owner where the login role is another. The plan closes it.
	// It is called from several goroutines.
	Connect func(ctx context.Context) (*pgx.Conn, error)
	// Owner is the role that everything belongs to. Empty: the role that
	// Connect logs in as.
	Owner string
	// Roles maps roles of production to roles of the target, for grants,
	// default privileges and policies. A role that is not in it keeps its name.
	Roles map[string]string
	// Facts are what ReadFacts told of the source. Without them no grants are
	// carried and policies that name a role are lost; both are reported.
	Facts *Facts
	// Prepared says that generations are created from an administrator's
	// template: what only a superuser can create may be there already, which
	// Preflight cannot see from another database.
	Prepared bool
	// SkipExtensions are extensions to leave out.
	SkipExtensions []string
	// Unsupported are objects to leave out together with all that depends on
	// them: "schema.name", "kind schema.name", "kind schema.table.name" for
	// what belongs to a table, or "kind name" for what is in no schema. Names
	// are SQL identifiers.
	Unsupported []string
	// LargeObjects says that they are copied, and their grants with them.
	LargeObjects bool
	// NoComments leaves comments behind.
	NoComments bool
	// Jobs is how many definitions are executed at a time after the data, each
	// in its own session. Default 2.
	Jobs int
	// SourceMajor is the source server's major version. 0: as the catalog says.
	SourceMajor int
	// Log and Warn may be nil. Warn takes what a person should know though
	// nothing failed.
	Log  *slog.Logger
	Warn func(msg string)
	// Progress is told when a step is done. It is called by one goroutine at a
	// time and may be nil.
	Progress func(step string, done, total int)
}

const defaultJobs = 2

// Skip is something of the source that staging does not have.
type Skip struct {
	Object string // kind and name, e.g. "subscription orders_feed"
	Reason string
}

// Plan is what will be created. PreData and PostData are called once each, in
// this order; the rest may be called at any time from any goroutine.
type Plan struct {
	o     Options
	src   *catalog.Catalog
	a     *archive.Archive
	known *names

	pre    []*archive.Entry // in archive order
	post   []*archive.Entry // in archive order, with comments on what is created after the data
	target *target          // read by PreData

	unmet []obstacle // would be created, but depend on what is left out by default

	mu      sync.Mutex
	omit    map[int]bool // dump IDs of what is not created; PreData adds to it
	skipped []Skip
}

// New decides what is created and what is left out. It talks to no server.
//
// It fails (kind Policy) when Unsupported names something that is not there.
// What would be created but depends on something that is left out by default,
// Preflight and PreData refuse.
func New(a *archive.Archive, src *catalog.Catalog, o Options) (*Plan, error) {
	if o.Jobs <= 0 {
		o.Jobs = defaultJobs
	}
	if o.SourceMajor == 0 {
		o.SourceMajor = src.Server.Major()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	p := &Plan{o: o, src: src, a: a, known: newNames(a, src)}
	out, err := p.decide()
	if err != nil {
		return nil, err
	}
	p.omit = make(map[int]bool, len(out.why))
	for _, e := range a.Entries {
		if w := out.why[e.ID]; w != nil {
			p.omit[e.ID] = true
			if !w.silent {
				p.skip(p.known.object(e), w.reason)
			}
		}
	}
	p.divide()
	p.reportIndexes()
	p.reportActors()
	return p, nil
}

// divide sorts what is created into before and after the data. Entries of
// section none (comments) go where the object is that they belong to.
func (p *Plan) divide() {
	late := make(map[int]bool)
	for _, e := range p.a.Entries {
		if p.omitted(e) || kindOf(e).fate != create && kindOf(e).fate != extension && kindOf(e).fate != policy {
			continue
		}
		post := e.Section == archive.PostData || e.Section == archive.Data
		if e.Section == archive.None {
			post = slices.ContainsFunc(e.Deps, func(id int) bool { return late[id] })
		}
		if post {
			late[e.ID] = true
			p.post = append(p.post, e)
		} else {
			p.pre = append(p.pre, e)
		}
	}
}

// reportIndexes lists indexes that pg_dump leaves out because they are not
// valid on the source either.
func (p *Plan) reportIndexes() {
	for _, t := range p.src.Tables {
		for _, x := range t.Indexes {
			if !x.Valid && t.Kind != catalog.Partitioned && p.known.byOID[ref{classRelation, x.OID}] == nil && t.Extension == "" {
				p.skip("index "+x.Name.String(), "is not valid on the source")
			}
		}
	}
}

// reportActors lists subscriptions, which pg_dump was told to leave out, and
// settings of the database, which it knows nothing of.
func (p *Plan) reportActors() {
	const desc = "SUBSCRIPTION"
	for _, a := range p.src.Actors {
		if a.Kind == "setting" {
			p.skip("setting "+printable(a.Name), "of the source's database; its value may be a secret: ALTER DATABASE … SET it on staging once, where it stays")
		}
		if a.Kind == "subscription" && !slices.ContainsFunc(p.a.Entries, func(e *archive.Entry) bool { return e.Desc == desc && e.Tag == a.Name }) {
			p.skip("subscription "+catalog.Display(a.Name), kinds[desc].reason)
		}
	}
}

// Skipped lists, sorted by object, what staging does not have. It is complete
// once PostData has returned.
func (p *Plan) Skipped() []Skip {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := slices.Clone(p.skipped)
	slices.SortFunc(out, func(a, b Skip) int {
		if c := strings.Compare(a.Object, b.Object); c != 0 {
			return c
		}
		return strings.Compare(a.Reason, b.Reason)
	})
	return slices.Compact(out)
}

func (p *Plan) skip(object, reason string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.skipped = append(p.skipped, Skip{object, reason})
}

func (p *Plan) omitted(e *archive.Entry) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.omit[e.ID]
}
