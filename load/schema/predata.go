package schema

import (
	"context"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/load/archive"
)

// PreData creates everything that has to be there before the data: schemas,
// extensions, types, functions, tables without their indexes, views.
//
// Definitions that the target does not take are collected, and the error (kind
// Preflight) lists them all. Half a schema is left behind then, for the caller
// to drop with its database.
func (p *Plan) PreData(ctx context.Context) error {
	c, err := p.open(ctx)
	if err != nil {
		return failed(ctx, beforeData, err, "connect to create the schema")
	}
	defer c.close()
	// Nobody needs half a schema after a crash. The last definition is committed
	// in the usual way and makes those before it durable as well.
	if err := c.run(ctx, "SET synchronous_commit = off"); err != nil {
		return failed(ctx, beforeData, err, "prepare to create the schema")
	}
	t, err := readTarget(ctx, c)
	if err != nil {
		return failed(ctx, beforeData, err, "look at the target")
	}
	p.target = t
	if err := p.dropPublic(ctx, c); err != nil {
		return err
	}

	b := &builder{refusals: p.refusals(), c: c, missing: make(map[int]bool), total: len(p.pre)}
	if err := b.err(cannotTake); err != nil {
		return err
	}
	for _, e := range p.pre {
		if b.done == b.total-1 {
			if err := c.run(ctx, "SET synchronous_commit = on"); err != nil {
				return failed(ctx, beforeData, err, "create the schema")
			}
		}
		if err := b.create(ctx, e); err != nil {
			return err
		}
	}
	return b.err(cannotTake)
}

// dropPublic takes schema public away where the source has none.
func (p *Plan) dropPublic(ctx context.Context, c *conn) error {
	const public = "public"
	if !p.target.schemas[public] || slices.ContainsFunc(p.src.Schemas, func(s *catalog.Schema) bool { return s.Name == public }) {
		return nil
	}
	err := c.run(ctx, "DROP SCHEMA public")
	switch catalog.SQLState(err) {
	case stateInsufficientPrivilege, stateDependents:
		p.o.Warn("schema public stays on the target though the source has none: " + catalog.Redact(err).Error())
		return nil
	}
	if err != nil {
		return failed(ctx, beforeData, err, "drop schema public")
	}
	return nil
}

// builder creates entries one after the other and remembers what it cannot.
type builder struct {
	*refusals
	c       *conn
	missing map[int]bool // dump IDs that were refused or depend on such
	done    int
	total   int
}

func (b *builder) create(ctx context.Context, e *archive.Entry) error {
	if err := ctx.Err(); err != nil {
		return failed(ctx, beforeData, err, "create "+b.p.known.object(e))
	}
	defer func() {
		b.done++
		b.p.o.Progress(b.p.known.object(e), b.done, b.total)
	}()
	if b.p.omitted(e) {
		return nil // belongs to an extension that was given up
	}
	if slices.ContainsFunc(e.Deps, func(id int) bool { return b.missing[id] }) {
		b.missing[e.ID] = true // its own failure would say nothing new
		return nil
	}
	err := b.define(ctx, e)
	if err == nil {
		return nil
	}
	what := "create " + b.p.known.object(e)
	state := catalog.SQLState(err)
	switch {
	case e.Desc == "SCHEMA" && state == stateDuplicateSchema:
		return nil // of the template, or it came with an extension
	case e.Desc == "COMMENT" && state == stateInsufficientPrivilege:
		if !b.commented(ctx, e) {
			b.p.skip(b.p.known.object(e), "only the owner can set it")
		}
		return nil
	case state == stateInsufficientPrivilege && e.Desc == "EXTENSION" && len(b.p.needing(e)) == 0:
		b.p.leaveExtension(e)
		return nil
	case takesSuperuser(e, state) && b.prepared(ctx, e):
		return nil
	case ctx.Err() != nil, state == "", state == stateDiskFull, catalog.Transient(err),
		state == stateInvalidParameter: // the wrong pg_dump writes it for every table
		return failed(ctx, beforeData, err, what)
	}
	b.missing[e.ID] = true
	b.add(e, "cannot be created: %v", catalog.Redact(err))
	return nil
}

// takesSuperuser tells whether a definition failed because only a superuser
// may execute it.
func takesSuperuser(e *archive.Entry, state string) bool {
	// An aggregate with a state of type internal is "not valid" for others.
	return state == stateInsufficientPrivilege || state == stateInvalidFunction && e.Desc == "AGGREGATE"
}

// prepared tells whether an object that only a superuser can create is there,
// because an administrator has put it into the template.
func (b *builder) prepared(ctx context.Context, e *archive.Entry) bool {
	if b.p.o.Facts == nil {
		return false
	}
	for i := range b.p.o.Facts.Privileged {
		if x := &b.p.o.Facts.Privileged[i]; x.Class == e.TableOID && x.OID == e.OID {
			there, err := x.exists(ctx, b.c)
			return err == nil && there
		}
	}
	return false
}

// commented tells whether an object that is not ours has the source's comment
// already: an extension brings its usual one along, and so does schema public,
// which belongs to a superuser before version 15. (pg_dump leaves that comment
// out by itself, but not where it quotes all identifiers.)
func (b *builder) commented(ctx context.Context, e *archive.Entry) bool {
	const public = "public"
	if bare(e.Tag) == "SCHEMA "+public {
		for _, s := range b.p.src.Schemas {
			if s.Name == public {
				return b.has(ctx, s.Comment, "pg_namespace", "nspname", public)
			}
		}
	}
	of := b.p.known.parent(e)
	if of == nil || of.Desc != "EXTENSION" {
		return false
	}
	for _, x := range b.p.src.Extensions {
		if x.Name == of.Tag {
			return b.has(ctx, x.Comment, "pg_extension", "extname", x.Name)
		}
	}
	return false
}

// has tells whether an object of a system catalog has a comment.
func (b *builder) has(ctx context.Context, comment, class, column, name string) bool {
	found, err := texts(ctx, b.c, "SELECT coalesce(pg_catalog.obj_description(oid, '"+class+"'), '') FROM pg_catalog."+class+" WHERE "+column+" = $1", name)
	return err == nil && slices.Equal(found, []string{comment})
}

// define executes a definition, as the login role where that is a superuser
// and only such a one can. What has an owner is given to ours in the same
// transaction, so that nothing acts in a superuser's name.
func (b *builder) define(ctx context.Context, e *archive.Entry) error {
	err := b.c.define(ctx, e)
	t := b.p.target
	if !takesSuperuser(e, catalog.SQLState(err)) || !t.loginSuper || t.superuser {
		return err
	}
	sql := e.Defn
	switch byLogin[e.Desc] {
	case owned:
		// What DROP calls it is its full name.
		object := strings.TrimSuffix(strings.TrimSpace(strings.TrimPrefix(e.DropStmt, "DROP ")), ";")
		sql += "\nALTER " + strings.TrimSuffix(object, " CASCADE") + " OWNER TO " + catalog.QuoteIdent(t.owner)
	case unowned:
	default:
		return err
	}
	return b.c.asLogin(ctx, t.owner, func() error { return b.c.run(ctx, sql) })
}

// ownership tells whether objects of a kind have an owner who can be changed.
type ownership int

const (
	owned ownership = iota + 1
	unowned
)

// byLogin are descriptions of objects that can take a superuser to create.
var byLogin = map[string]ownership{
	"EXTENSION": unowned, "COMMENT": unowned, "ACCESS METHOD": unowned, "SHELL TYPE": unowned, "CAST": unowned,
	"TRANSFORM": unowned, "TEXT SEARCH PARSER": unowned, "TEXT SEARCH TEMPLATE": unowned,
	"FUNCTION": owned, "PROCEDURE": owned, "AGGREGATE": owned, "TYPE": owned, "PROCEDURAL LANGUAGE": owned,
	"OPERATOR CLASS": owned, "OPERATOR FAMILY": owned,
}

// leaveExtension gives an extension up that the target does not let us create
// and that nothing depends on.
func (p *Plan) leaveExtension(e *archive.Entry) {
	p.skip(p.known.object(e), "creating it takes a superuser, and nothing depends on it")
	p.mu.Lock()
	defer p.mu.Unlock()
	p.omit[e.ID] = true
	for _, x := range p.a.Entries {
		if p.known.parent(x) == e {
			p.omit[x.ID] = true
		}
	}
}
