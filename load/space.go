package load

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// growth is how much larger than its source a copy is taken to be: masked
// values may be longer, and indexes are sorted on disk. A copy without the
// source's bloat is mostly smaller.
const growth = 1.1

// grown is what a copy of a database of this size is taken to need.
func grown(source int64) int64 { return int64(float64(source) * growth) }

// Space is what a refresh takes on the target's disk. Free space cannot be
// asked of a server.
type Space struct {
	Copy     int64 // one generation, by the source's size
	Held     int64 // by the databases there are
	Peak     int64 // held at most, all together, just before the swap
	After    int64 // when the janitor has been there
	Limit    int64 // Config.SpaceLimit
	Pristine bool  // whether a pristine is part of the plan
}

func (sp Space) String() string {
	s := fmt.Sprintf("%s for one copy, %s held now, %s at the peak, %s afterwards", size(sp.Copy), size(sp.Held), size(sp.Peak), size(sp.After))
	if sp.Limit > 0 {
		s += fmt.Sprintf(", %s allowed", size(sp.Limit))
	}
	return s
}

// space plans for a source of this size.
func (s *Server) space(inv *inventory, source int64) Space {
	one := grown(source)
	sp := Space{Copy: one, Limit: s.cfg.SpaceLimit, Pristine: s.cfg.Pristine != "false"}
	junk := map[*database]bool{}
	for _, d := range append(s.halfBuilt(inv), s.outlived(inv)...) {
		junk[d] = true // goes before the build starts
	}
	var staging int64
	if inv.staging != nil {
		staging = inv.staging.bytes
		sp.Held = staging
	}
	kept, previous := staging, s.cfg.Keep-1
	for _, d := range inv.generations {
		sp.Held += d.bytes
		if !junk[d] {
			kept += d.bytes
		}
	}
	if s.cfg.Pristine == "auto" && sp.Limit > 0 && kept+2*one > sp.Limit {
		sp.Pristine = false
	}
	copies := int64(1)
	if sp.Pristine {
		copies = 2
	}
	sp.Peak = kept + copies*one
	sp.After = copies * one
	if sp.Pristine {
		sp.After += int64(s.cfg.KeepPristines) * one
	}
	if s.cfg.Keep > 0 {
		sp.After += staging
	}
	for _, d := range inv.previous() {
		if previous <= 0 {
			break
		}
		sp.After += d.bytes
		previous--
	}
	return sp
}

// Preflight checks the target against the source before anything is written:
// the version, whether staging may be replaced, whether a database like the
// source's fits the template, and the space.
func (s *Server) Preflight(ctx context.Context, source *catalog.Catalog) (sp Space, err error) {
	if have, need := s.facts.major(), source.Server.Major(); have < need {
		return sp, fault.New(fault.Preflight, "the target is PostgreSQL %d and the source is PostgreSQL %d: the target must be at least as new", have, need).
			WithHint("upgrade the target to PostgreSQL %d", need)
	}
	for _, sc := range source.Schemas {
		if sc.Name == catalog.OwnSchema {
			return sp, fault.New(fault.Preflight, "the source has a schema %s: it is a copy that understudy has made", catalog.OwnSchema).
				WithHint("let source.url lead to production; or, if this is it, DROP SCHEMA %s CASCADE there", catalog.OwnSchema)
		}
	}
	err = s.admin(ctx, func(conn *pgx.Conn) error {
		inv, err := s.take(ctx, conn, false)
		if err != nil {
			return err
		}
		if err := s.requireStaging(inv); err != nil {
			return err
		}
		if err := s.checkLocale(ctx, conn, source.Database); err != nil {
			return err
		}
		sp = s.space(inv, source.Database.Bytes)
		return nil
	})
	if err != nil {
		return sp, err
	}
	if sp.Limit > 0 && sp.Peak > sp.Limit {
		return sp, fault.New(fault.Preflight, "a refresh would take too much space on the target: %s", sp).
			WithHint("raise target.space_limit, lower target.keep, or set target.pristine: false")
	}
	return sp, nil
}

// checkLocale: a template other than template0 dictates encoding and locale.
func (s *Server) checkLocale(ctx context.Context, conn *pgx.Conn, source catalog.Database) error {
	if s.cfg.Template == "template0" {
		return nil
	}
	var encoding, collate, ctype string
	err := conn.QueryRow(ctx, `
		SELECT pg_catalog.pg_encoding_to_char(encoding)::text, datcollate::text, datctype::text
		FROM pg_catalog.pg_database WHERE datname = $1`, s.cfg.Template).Scan(&encoding, &collate, &ctype)
	if errors.Is(err, pgx.ErrNoRows) {
		return fault.New(fault.Preflight, "there is no template %s on the target", catalog.Display(s.cfg.Template)).
			WithHint("target.template names an existing database; without it template0 is taken")
	}
	if err != nil {
		return s.failed(err, "look at the template %s", catalog.Display(s.cfg.Template))
	}
	if encoding == source.Encoding && collate == source.Collate && ctype == source.CType {
		return nil
	}
	return fault.New(fault.Preflight, "the template %s has encoding %s and locale %s/%s, the source has %s and %s/%s", catalog.Display(s.cfg.Template),
		encoding, collate, ctype, source.Encoding, source.Collate, source.CType).
		WithHint("make the template like the source, or let target.template be template0")
}
