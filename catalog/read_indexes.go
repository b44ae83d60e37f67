package catalog

import (
	"context"
	"slices"
)

func (r *reader) indexes(ctx context.Context) error {
	var (
		x     Index
		rel   OID
		keys  []int16
		nKeys int16
		exprs []string
		loose []bool
	)
	return r.each(ctx, `
		SELECT x.indexrelid, x.indrelid, n.nspname::pg_catalog.text, i.relname::pg_catalog.text, am.amname::pg_catalog.text,
		       coalesce(pg_catalog.pg_get_indexdef(x.indexrelid), ''), x.indkey::pg_catalog.int2[], x.indnkeyatts,
		       ARRAY (SELECT CASE WHEN x.indkey[k - 1] = 0 THEN coalesce(pg_catalog.pg_get_indexdef(x.indexrelid, k, true), '') ELSE '' END
		              FROM pg_catalog.generate_series(1, x.indnkeyatts::pg_catalog.int4) k ORDER BY k),
		       ARRAY (SELECT coalesce(NOT co.collisdeterministic, false)
		              FROM pg_catalog.generate_series(1, x.indnkeyatts::pg_catalog.int4) k
		              LEFT JOIN pg_catalog.pg_collation co ON co.oid = x.indcollation[k - 1] ORDER BY k),
		       x.indisunique, x.indisprimary, x.indisexclusion, `+r.since(15, "x.indnullsnotdistinct", "false")+`,
		       x.indimmediate, x.indisvalid, coalesce(pg_catalog.pg_get_expr(x.indpred, x.indrelid), ''),
		       coalesce(k.conname::pg_catalog.text, ''), coalesce(pg_catalog.pg_get_constraintdef(k.oid), ''),
		       coalesce(`+r.since(18, "k.conperiod", "false")+`, false), coalesce(h.inhparent, 0),
		       CASE WHEN i.relkind = 'i' THEN coalesce(pg_catalog.pg_relation_size(i.oid), 0) ELSE 0 END,
		       coalesce(d.description, '')
		FROM pg_catalog.pg_index x
		JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
		JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace
		JOIN pg_catalog.pg_am am ON am.oid = i.relam
		LEFT JOIN pg_catalog.pg_constraint k
		       ON k.conindid = x.indexrelid AND k.conrelid = x.indrelid AND k.contype IN ('p', 'u', 'x')
		LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid = x.indexrelid
		LEFT JOIN pg_catalog.pg_description d
		       ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = i.oid AND d.objsubid = 0
		WHERE i.relnamespace IN `+userSchemas,
		[]any{
			&x.OID, &rel, &x.Name.Schema, &x.Name.Name, &x.Method, &x.Definition, &keys, &nKeys, &exprs, &loose,
			&x.Unique, &x.Primary, &x.Exclusion, &x.NullsNotDistinct, &x.Immediate, &x.Valid, &x.Predicate,
			&x.Constraint, &x.ConstraintDef, &x.Temporal, &x.Parent, &x.Bytes, &x.Comment,
		},
		func() error {
			t := r.table[rel]
			if t == nil {
				return nil
			}
			index := x
			index.Keys = make([]IndexKey, nKeys)
			for i := range index.Keys {
				index.Keys[i] = IndexKey{Column: keys[i], Expression: exprs[i], NonDetColl: loose[i]}
			}
			index.Include = slices.Clone(keys[nKeys:])
			t.Indexes = append(t.Indexes, &index)
			if index.Exclusion {
				t.Exclusions = append(t.Exclusions, &index)
			}
			return nil
		})
}
