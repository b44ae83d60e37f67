package catalog

import (
	"context"
	"slices"

	"github.com/understudy-db/understudy/internal/fault"
)

func (r *reader) tables(ctx context.Context) error {
	r.table = map[OID]*Table{}
	var (
		t        Table
		key      PartKey
		bound    string
		isPart   bool
		strategy byte
		rowType  OID
	)
	return r.each(ctx, `
		SELECT c.oid, n.nspname::pg_catalog.text, c.relname::pg_catalog.text, pg_catalog.ascii(c.relkind::pg_catalog.text),
		       pg_catalog.pg_get_userbyid(c.relowner)::pg_catalog.text, coalesce(d.description, ''),
		       pg_catalog.ascii(c.relpersistence::pg_catalog.text), coalesce(am.amname::pg_catalog.text, ''),
		       coalesce(ts.spcname::pg_catalog.text, ''), c.relfilenode, c.relispopulated,
		       CASE WHEN c.relkind IN ('v', 'm') THEN coalesce(pg_catalog.pg_get_viewdef(c.oid), '') ELSE '' END,
		       c.reloftype, c.relrowsecurity, c.relforcerowsecurity,
		       CASE WHEN c.relkind IN ('r', 'm') THEN coalesce(pg_catalog.pg_relation_size(c.oid), 0) ELSE 0 END
		           / pg_catalog.current_setting('block_size')::pg_catalog.int8,
		       c.reltuples::pg_catalog.float8,
		       CASE WHEN c.relkind IN ('r', 'm') THEN coalesce(pg_catalog.pg_table_size(c.oid), 0) ELSE 0 END,
		       c.relispartition, coalesce(pg_catalog.pg_get_expr(c.relpartbound, c.oid), ''),
		       coalesce(pg_catalog.ascii(p.partstrat::pg_catalog.text), 0),
		       coalesce(p.partattrs::pg_catalog.int2[], '{}'),
		       CASE WHEN c.relkind = 'p' THEN coalesce(pg_catalog.pg_get_partkeydef(c.oid), '') ELSE '' END,
		       c.reltype
		FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
		LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = c.reltablespace
		LEFT JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = c.oid
		LEFT JOIN pg_catalog.pg_description d
		       ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = c.oid AND d.objsubid = 0
		WHERE c.relnamespace IN `+userSchemas+` AND c.relkind NOT IN ('i', 'I', 'S', 't')`,
		[]any{
			&t.OID, &t.Name.Schema, &t.Name.Name, &t.Kind, &t.Owner, &t.Comment, &t.Persistence, &t.AccessMethod,
			&t.Tablespace, &t.FileNode, &t.Populated, &t.Definition, &t.OfType, &t.RowSecurity, &t.ForceRowSecurity,
			&t.Pages, &t.Rows, &t.Bytes, &isPart, &bound, &strategy, &key.Columns, &key.Definition,
			&rowType,
		},
		func() error {
			switch t.Kind {
			case Ordinary, Partitioned, Foreign, View, MatView, Composite:
			default:
				return fault.New(fault.Preflight, "the source holds a kind of relation that this version does not know: relkind %q", rune(t.Kind)).
					At(t.Name.String()).WithHint("use a newer version of understudy, or drop the relation")
			}
			table := t
			table.Extension = r.extension[member{"pg_class", t.OID}]
			if t.Kind == Composite { // its type is the extension's member
				table.Extension = r.extension[member{"pg_type", rowType}]
			}
			if t.Kind == Partitioned {
				table.PartKey = &PartKey{Strategy: strategy, Columns: slices.Clone(key.Columns), Definition: key.Definition}
			}
			if isPart {
				table.Partition = &Partition{Bound: bound}
			}
			r.table[table.OID] = &table
			r.cat.Tables = append(r.cat.Tables, &table)
			return nil
		})
}

// inheritance links partitions and inheritance children to their parents.
func (r *reader) inheritance(ctx context.Context) error {
	var child, parent OID
	if err := r.each(ctx, `
		SELECT i.inhrelid, i.inhparent
		FROM pg_catalog.pg_inherits i
		JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
		WHERE c.relnamespace IN `+userSchemas+` AND c.relkind IN ('r', 'p', 'f')
		ORDER BY i.inhrelid, i.inhseqno`,
		[]any{&child, &parent},
		func() error {
			c, p := r.table[child], r.table[parent]
			switch {
			case c == nil || p == nil: // one of them is temporary
			case c.Partition != nil:
				c.Partition.Parent = p
				p.Partitions = append(p.Partitions, c)
			default:
				c.Parents = append(c.Parents, p)
				p.Children = append(p.Children, c)
			}
			return nil
		}); err != nil {
		return err
	}
	for _, t := range r.cat.Tables {
		if t.Partition != nil && t.Partition.Parent == nil {
			return fault.New(fault.Transient, "the partition's parent is missing: the schema changed while it was read").At(t.Name.String())
		}
	}
	return nil
}

// views finds what views and materialized views read, by way of other views too.
func (r *reader) views(ctx context.Context) error {
	direct := map[OID][]OID{}
	var view, on OID
	if err := r.each(ctx, `
		SELECT DISTINCT w.ev_class, d.refobjid
		FROM pg_catalog.pg_rewrite w
		JOIN pg_catalog.pg_class c ON c.oid = w.ev_class
		JOIN pg_catalog.pg_depend d
		  ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
		 AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> w.ev_class
		WHERE w.ev_type = '1' AND c.relnamespace IN `+userSchemas,
		[]any{&view, &on},
		func() error {
			if r.table[on] != nil {
				direct[view] = append(direct[view], on)
			}
			return nil
		}); err != nil {
		return err
	}
	for _, t := range r.cat.Tables {
		if len(direct[t.OID]) == 0 {
			continue
		}
		seen := map[OID]bool{t.OID: true}
		queue := direct[t.OID]
		for len(queue) > 0 {
			oid := queue[0]
			queue = queue[1:]
			if seen[oid] {
				continue
			}
			seen[oid] = true
			t.DependsOn = append(t.DependsOn, oid)
			queue = append(slices.Clone(queue), direct[oid]...)
		}
		slices.SortFunc(t.DependsOn, func(a, b OID) int { return r.table[a].Name.Compare(r.table[b].Name) })
	}
	return nil
}
