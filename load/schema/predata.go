package schema

import (
	"context"
	"fmt"
	"slices"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/load/archive"
)

// PreData creates everything that has to be there before the data: schemas,
// extensions, types, functions, tables without their indexes, views.
//
// Definitions that the role may not execute are collected, and the error (kind
// Preflight) lists them all; any other failure ends at once. Half a schema is
// left behind then, for the caller to drop with its database.
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

	b := &builder{p: p, c: c, missing: make(map[int]bool), total: len(p.pre)}
	// Extensions need nothing but schemas. With them first, all that cannot be
	// had is known within seconds.
	first := func(e *archive.Entry) bool { return e.Desc == "SCHEMA" || e.Desc == "EXTENSION" }
	for _, early := range []bool{true, false} {
		for _, e := range p.pre {
			if first(e) != early {
				continue
			}
			if b.done == b.total-1 {
				if err := c.run(ctx, "SET synchronous_commit = on"); err != nil {
					return failed(ctx, beforeData, err, "create the schema")
				}
			}
			if err := b.create(ctx, e); err != nil {
				return err
			}
		}
		if err := b.refusal(); err != nil {
			return err
		}
	}
	return nil
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

// builder creates entries one after the other and remembers what it may not.
type builder struct {
	p        *Plan
	c        *conn
	missing  map[int]bool // dump IDs that were refused or depend on such
	problems []string
	done     int
	total    int
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
	case state == stateInsufficientPrivilege && b.prepared(ctx, e):
		return nil
	case state == stateInsufficientPrivilege:
		b.missing[e.ID] = true
		b.problems = append(b.problems, fmt.Sprintf("%s: %v", what, catalog.Redact(err)))
		return nil
	}
	return failed(ctx, beforeData, err, what)
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
// and only such a one can. What belongs to a superuser then cannot act: a
// function could, so functions are not among it.
func (b *builder) define(ctx context.Context, e *archive.Entry) error {
	err := b.c.define(ctx, e)
	t := b.p.target
	if catalog.SQLState(err) != stateInsufficientPrivilege || !t.loginSuper || t.superuser || !superuserMayOwn[e.Desc] {
		return err
	}
	return b.c.asLogin(ctx, t.owner, func() error { return b.c.define(ctx, e) })
}

// superuserMayOwn are descriptions of objects that take a superuser to create
// and do nothing in their owner's name.
var superuserMayOwn = map[string]bool{
	"EXTENSION": true, "COMMENT": true, "ACCESS METHOD": true, "PROCEDURAL LANGUAGE": true,
	"OPERATOR CLASS": true, "OPERATOR FAMILY": true, "TEXT SEARCH PARSER": true, "TEXT SEARCH TEMPLATE": true,
	"CAST": true,
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

func (b *builder) refusal() error {
	return refusal(fault.Preflight, "the target does not let us create what staging needs", b.problems,
		"have an administrator create it in a database and name that as target.template, or name it under unsupported (under extensions.skip for an extension)")
}
