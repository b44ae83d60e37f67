package catalog

import (
	"context"

	"github.com/understudy-db/understudy/internal/fault"
)

func (r *reader) columns(ctx context.Context) error {
	var (
		c         Column
		rel, typ  OID
		collation Name
	)
	return r.each(ctx, `
		SELECT a.attrelid, a.attnum, a.attname::pg_catalog.text, a.atttypid, a.atttypmod,
		       pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
		       coalesce(pg_catalog.pg_get_expr(e.adbin, e.adrelid), ''),
		       pg_catalog.ascii(a.attidentity::pg_catalog.text), pg_catalog.ascii(a.attgenerated::pg_catalog.text),
		       CASE WHEN a.attcollation <> t.typcollation THEN coalesce(cn.nspname::pg_catalog.text, '') ELSE '' END,
		       CASE WHEN a.attcollation <> t.typcollation THEN coalesce(co.collname::pg_catalog.text, '') ELSE '' END,
		       coalesce(NOT co.collisdeterministic, false),
		       a.attislocal, a.attinhcount::pg_catalog.int4, coalesce(d.description, ''),
		       pg_catalog.ascii(a.attstorage::pg_catalog.text)
		FROM pg_catalog.pg_attribute a
		JOIN pg_catalog.pg_class r ON r.oid = a.attrelid
		JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
		LEFT JOIN pg_catalog.pg_attrdef e ON e.adrelid = a.attrelid AND e.adnum = a.attnum
		LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
		LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
		LEFT JOIN pg_catalog.pg_description d
		       ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = a.attrelid AND d.objsubid = a.attnum
		WHERE r.relnamespace IN `+userSchemas+` AND r.relkind NOT IN ('i', 'I', 'S', 't')
		  AND a.attnum > 0 AND NOT a.attisdropped
		ORDER BY a.attrelid, a.attnum`,
		[]any{
			&rel, &c.Num, &c.Name, &typ, &c.TypMod, &c.TypeSQL, &c.NotNull, &c.Default, &c.Identity, &c.Generated,
			&collation.Schema, &collation.Name, &c.NonDetColl, &c.Local, &c.Inherited, &c.Comment, &c.StorageMode,
		},
		func() error {
			t := r.table[rel]
			column := c
			column.Type = r.typ[typ]
			if t == nil || column.Type == nil {
				return fault.New(fault.Transient, "column %s: the schema changed while it was read", Display(c.Name))
			}
			if collation.Name != "" {
				column.Collation = collation.SQL()
			}
			t.Columns = append(t.Columns, &column)
			return nil
		})
}

// statistics reads the three figures of pg_stats that hold no values.
func (r *reader) statistics(ctx context.Context) error {
	if !r.may.statistics {
		return nil
	}
	columns := map[Name]map[string]*Column{}
	for _, t := range r.cat.Tables {
		if t.Kind == View || t.Kind == Composite {
			continue
		}
		byName := make(map[string]*Column, len(t.Columns))
		for _, c := range t.Columns {
			byName[c.Name] = c
		}
		columns[t.Name] = byName
	}
	var (
		table              Name
		column             string
		width              int32
		nullFrac, distinct float32
	)
	// A table with children has two rows; the one without them comes last and stays.
	return r.each(ctx, `
		SELECT s.schemaname::pg_catalog.text, s.tablename::pg_catalog.text, s.attname::pg_catalog.text,
		       s.avg_width, s.null_frac, s.n_distinct
		FROM pg_catalog.pg_stats s
		WHERE s.schemaname !~ '^pg_' AND s.schemaname <> 'information_schema'
		ORDER BY s.inherited DESC`,
		[]any{&table.Schema, &table.Name, &column, &width, &nullFrac, &distinct},
		func() error {
			if c := columns[table][column]; c != nil {
				c.AvgWidth, c.NullFrac, c.NDistinct = width, nullFrac, distinct
			}
			return nil
		})
}
