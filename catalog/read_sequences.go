package catalog

import "context"

func (r *reader) sequences(ctx context.Context) error {
	r.sequence = map[OID]*Sequence{}
	var (
		s     Sequence
		owner OID
	)
	return r.each(ctx, `
		SELECT c.oid, n.nspname::pg_catalog.text, c.relname::pg_catalog.text, pg_catalog.pg_get_userbyid(c.relowner)::pg_catalog.text,
		       pg_catalog.format_type(s.seqtypid, NULL), s.seqstart, s.seqmin, s.seqmax, s.seqincrement, s.seqcache, s.seqcycle,
		       coalesce(o.refobjid, 0), coalesce(o.refobjsubid, 0)::pg_catalog.int2, coalesce(o.deptype = 'i', false),
		       c.relpersistence = 'u', coalesce(d.description, '')
		FROM pg_catalog.pg_sequence s
		JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
		JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		LEFT JOIN pg_catalog.pg_depend o
		       ON o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.objid = c.oid AND o.objsubid = 0
		      AND o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.refobjsubid > 0 AND o.deptype IN ('a', 'i')
		LEFT JOIN pg_catalog.pg_description d
		       ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = c.oid AND d.objsubid = 0
		WHERE c.relnamespace IN `+userSchemas,
		[]any{
			&s.OID, &s.Name.Schema, &s.Name.Name, &s.Owner, &s.TypeName, &s.Start, &s.Min, &s.Max, &s.Increment, &s.Cache, &s.Cycle,
			&owner, &s.OwnedCol, &s.Identity, &s.Unlogged, &s.Comment,
		},
		func() error {
			seq := s
			seq.Extension = r.extension[member{"pg_class", s.OID}]
			if t := r.table[owner]; t != nil {
				seq.OwnedBy = t
				if c := t.ColumnNum(seq.OwnedCol); c != nil {
					c.Sequence = &seq
				}
			}
			r.sequence[seq.OID] = &seq
			r.cat.Sequences = append(r.cat.Sequences, &seq)
			return nil
		})
}

// defaultSequences links columns to the sequence that their default draws
// from, where it is not their own: shared sequences, partitions and inheritance
// children.
func (r *reader) defaultSequences(ctx context.Context) error {
	var (
		rel, seq OID
		col      int16
	)
	return r.each(ctx, `
		SELECT e.adrelid, e.adnum, d.refobjid
		FROM pg_catalog.pg_attrdef e
		JOIN pg_catalog.pg_depend d
		  ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = e.oid
		 AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
		JOIN pg_catalog.pg_sequence s ON s.seqrelid = d.refobjid
		JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
		JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		ORDER BY e.adrelid, e.adnum, n.nspname, c.relname`,
		[]any{&rel, &col, &seq},
		func() error {
			t, s := r.table[rel], r.sequence[seq]
			if t == nil || s == nil {
				return nil
			}
			if c := t.ColumnNum(col); c != nil && c.Sequence == nil {
				c.Sequence = s
			}
			return nil
		})
}
