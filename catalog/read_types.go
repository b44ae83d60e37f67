package catalog

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/understudy-db/understudy/internal/fault"
)

// regAliases are the types whose binary form is the bare OID of an object of
// the server that sent it.
var regAliases = []string{
	"regclass", "regcollation", "regconfig", "regdatabase", "regdictionary", "regnamespace", "regoper", "regoperator",
	"regproc", "regprocedure", "regrole", "regtype",
}

// types reads every type that a column uses, with all it is made of. UNION
// drops what has been seen, so a type that contains itself ends the recursion.
func (r *reader) types(ctx context.Context) error {
	r.typ, r.typeByRel = map[OID]*Type{}, map[OID]*Type{}
	type parts struct{ base, elem OID }
	made := map[*Type]parts{}
	var (
		t         Type
		p         parts
		rel       OID
		collation Name
	)
	if err := r.each(ctx, `
		WITH RECURSIVE used(oid) AS (
			SELECT a.atttypid
			FROM pg_catalog.pg_attribute a
			JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
			WHERE c.relnamespace IN `+userSchemas+` AND c.relkind NOT IN ('i', 'I', 'S', 't')
			  AND a.attnum > 0 AND NOT a.attisdropped
			UNION
			SELECT c.reloftype FROM pg_catalog.pg_class c
			WHERE c.relnamespace IN `+userSchemas+` AND c.reloftype <> 0
			UNION
			SELECT part.oid
			FROM used u
			JOIN pg_catalog.pg_type t ON t.oid = u.oid
			CROSS JOIN LATERAL (
				SELECT t.typbasetype
				UNION ALL SELECT t.typelem
				UNION ALL SELECT g.rngsubtype FROM pg_catalog.pg_range g WHERE g.rngtypid = t.oid
				UNION ALL SELECT g.rngtypid FROM pg_catalog.pg_range g WHERE g.rngmultitypid = t.oid
				UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a
				          WHERE t.typrelid <> 0 AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
			) part(oid)
			WHERE part.oid <> 0
		)
		SELECT t.oid, n.nspname::pg_catalog.text, t.typname::pg_catalog.text, pg_catalog.ascii(t.typtype::pg_catalog.text),
		       pg_catalog.ascii(t.typcategory::pg_catalog.text), t.typbasetype, t.typtypmod,
		       CASE WHEN arr.yes THEN t.typelem ELSE coalesce(g.rngsubtype, m.rngtypid, 0) END, arr.yes,
		       t.typnotnull, coalesce(t.typdefault, ''),
		       t.typsend::pg_catalog.oid <> 0 AND t.typreceive::pg_catalog.oid <> 0,
		       coalesce(cn.nspname::pg_catalog.text, ''), coalesce(co.collname::pg_catalog.text, ''),
		       coalesce(NOT co.collisdeterministic, false), t.typrelid,
		       ARRAY (SELECT e.enumlabel::pg_catalog.text FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)
		FROM used u
		JOIN pg_catalog.pg_type t ON t.oid = u.oid
		JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
		CROSS JOIN LATERAL (SELECT t.typelem <> 0 AND t.typlen = -1
			AND t.typsubscript = 'pg_catalog.array_subscript_handler'::pg_catalog.regproc) arr(yes)
		LEFT JOIN pg_catalog.pg_range g ON g.rngtypid = t.oid
		LEFT JOIN pg_catalog.pg_range m ON m.rngmultitypid = t.oid
		LEFT JOIN pg_catalog.pg_collation co ON co.oid = t.typcollation AND co.collname <> 'default'
		LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace`,
		[]any{
			&t.OID, &t.Name.Schema, &t.Name.Name, &t.Kind, &t.Category, &p.base, &t.BaseMod, &p.elem, &t.Array,
			&t.NotNull, &t.Default, &t.HasBinary, &collation.Schema, &collation.Name, &t.NonDetColl, &rel, &t.Labels,
		},
		func() error {
			typ := t
			typ.Labels = nil
			if typ.Kind == 'e' {
				typ.Labels = slices.Clone(t.Labels)
			}
			if collation.Name != "" {
				typ.Collation = collation.SQL()
			}
			typ.RegAlias = typ.Name.Schema == "pg_catalog" && slices.Contains(regAliases, typ.Name.Name)
			typ.Extension = r.extension[member{"pg_type", typ.OID}]
			made[&typ] = p
			r.typ[typ.OID] = &typ
			if typ.Kind == 'c' {
				r.typeByRel[rel] = &typ
			}
			r.cat.Types = append(r.cat.Types, &typ)
			return nil
		}); err != nil {
		return err
	}
	for typ, p := range made {
		typ.Base, typ.Elem = r.typ[p.base], r.typ[p.elem]
	}
	return nil
}

// fields reads the attributes of composite types, those of system tables and
// extensions included.
func (r *reader) fields(ctx context.Context) error {
	if len(r.typeByRel) == 0 {
		return nil
	}
	rels := make([]string, 0, len(r.typeByRel))
	for rel := range r.typeByRel {
		rels = append(rels, strconv.FormatUint(uint64(rel), 10))
	}
	slices.Sort(rels)
	var (
		f        Field
		rel, typ OID
	)
	return r.each(ctx, `
		SELECT a.attrelid, a.attname::pg_catalog.text, a.atttypid, a.atttypmod, pg_catalog.format_type(a.atttypid, a.atttypmod)
		FROM pg_catalog.pg_attribute a
		WHERE a.attrelid = ANY ($1::pg_catalog.text::pg_catalog.oid[]) AND a.attnum > 0 AND NOT a.attisdropped
		ORDER BY a.attrelid, a.attnum`,
		[]any{&rel, &f.Name, &typ, &f.TypMod, &f.TypeSQL},
		func() error {
			composite, field := r.typeByRel[rel], f
			field.Type = r.typ[typ]
			if composite == nil || field.Type == nil {
				return fault.New(fault.Transient, "field %s: the schema changed while it was read", Display(f.Name))
			}
			composite.Fields = append(composite.Fields, &field)
			return nil
		}, "{"+strings.Join(rels, ",")+"}")
}
