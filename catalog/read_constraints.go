package catalog

import (
	"context"
	"slices"
)

// constraints reads checks, NOT NULL constraints (18) and foreign keys. Those
// that an index backs are read with the indexes.
func (r *reader) constraints(ctx context.Context) error {
	var (
		kind             byte
		rel, domain, ref OID
		c                Check
		f                ForeignKey
	)
	return r.each(ctx, `
		SELECT c.oid, pg_catalog.ascii(c.contype::pg_catalog.text), c.conname::pg_catalog.text, c.conrelid, c.contypid, c.confrelid,
		       coalesce(pg_catalog.pg_get_constraintdef(c.oid), ''),
		       coalesce(c.conkey, '{}'), coalesce(c.confkey, '{}'), pg_catalog.ascii(c.confdeltype::pg_catalog.text),
		       pg_catalog.ascii(c.confupdtype::pg_catalog.text), pg_catalog.ascii(c.confmatchtype::pg_catalog.text),
		       c.condeferrable, c.condeferred, c.convalidated, `+r.since(18, "c.conenforced", "true")+`,
		       `+r.since(18, "c.conperiod", "false")+`,
		       c.connoinherit, c.conislocal, c.coninhcount::pg_catalog.int4, c.conparentid <> 0, coalesce(d.description, ''),
		       EXISTS (SELECT FROM pg_catalog.pg_depend p
		               WHERE p.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND p.objid = c.oid
		                 AND p.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass)
		FROM pg_catalog.pg_constraint c
		LEFT JOIN pg_catalog.pg_description d
		       ON d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objoid = c.oid AND d.objsubid = 0
		WHERE c.contype IN ('c', 'n', 'f')`,
		[]any{
			&f.OID, &kind, &f.Name, &rel, &domain, &ref, &f.Definition, &f.Columns, &f.RefColumns, &f.OnDelete, &f.OnUpdate,
			&f.Match, &f.Deferrable, &f.Deferred, &f.Validated, &f.Enforced, &f.Period, &c.NoInherit, &c.Local, &c.Inherited, &f.Inherited,
			&f.Comment, &c.CallsFunction,
		},
		func() error {
			if kind == 'f' {
				key := f
				key.Table, key.References = r.table[rel], r.table[ref]
				if key.Table == nil || key.References == nil {
					return nil // between temporary tables
				}
				key.Columns, key.RefColumns = slices.Clone(f.Columns), slices.Clone(f.RefColumns)
				key.Table.ForeignKeys = append(key.Table.ForeignKeys, &key)
				key.References.ReferredBy = append(key.References.ReferredBy, &key)
				return nil
			}
			check := c
			check.Name, check.Definition, check.Comment = f.Name, f.Definition, f.Comment
			check.Columns = slices.Clone(f.Columns)
			check.Validated, check.Enforced, check.NotNull = f.Validated, f.Enforced, kind == 'n'
			if t := r.table[rel]; t != nil {
				t.Checks = append(t.Checks, &check)
			}
			if d := r.typ[domain]; d != nil {
				d.Checks = append(d.Checks, &check)
			}
			return nil
		})
}
