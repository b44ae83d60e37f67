package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// KeepTables says which of staging's own rows go on into what replaces it:
// feature flags, test users. In each of these tables they take the place of the
// rows that came from production.
type KeepTables struct {
	// Names are schema.table, quoted as in SQL.
	Names []string
	// DropOrphans deletes rows whose foreign key leads nowhere afterwards.
	// Without it such rows end the reset.
	DropOrphans bool
}

// KeptTable is what became of one of them.
type KeptTable struct {
	Table   string
	Rows    int64 // taken over from staging
	Orphans int64 // rows deleted because their foreign key led nowhere, in whatever table
}

// maxOrphanRounds bounds the rounds in which deleted rows orphan others.
const maxOrphanRounds = 100

// kept is a table whose rows go on.
type kept struct {
	name      string // as the user wrote it
	sql       string // schema-qualified and quoted
	from, to  catalog.OID
	columns   []string // quoted
	many      bool     // partitioned: the rows are its partitions'
	sequences []keptSequence
}

// keptSequence is one that feeds a column of a kept table.
type keptSequence struct {
	column  string
	last    int64
	upwards bool
}

// keepTables carries the rows of the configured tables from one database to
// another, in one transaction of the latter: foreign keys from and to them are
// taken off, the rows are replaced, rows that lead nowhere are counted and
// perhaps deleted, and the keys are put on again, which checks them all.
func (s *Server) keepTables(ctx context.Context, from, to string, lenient bool) (result []KeptTable, err error) {
	source, err := s.dialDatabase(ctx, from, "keep tables", nil)
	if err != nil {
		return nil, err
	}
	defer closeQuietly(source)
	target, err := s.dialDatabase(ctx, to, "keep tables", nil)
	if err != nil {
		return nil, err
	}
	defer closeQuietly(target)
	// One view of staging for all tables, and nothing of it changes.
	src, err := source.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, s.failed(err, "read the tables to keep")
	}
	defer func() { _ = src.Rollback(context.WithoutCancel(ctx)) }()
	dst, err := target.Begin(ctx)
	if err != nil {
		return nil, s.failed(err, "keep tables")
	}
	defer func() { _ = dst.Rollback(context.WithoutCancel(ctx)) }()
	for _, tx := range []pgx.Tx{src, dst} {
		if _, err := tx.Exec(ctx, `SELECT pg_catalog.set_config('search_path', '', true), pg_catalog.set_config('row_security', 'off', true)`); err != nil {
			return nil, s.failed(err, "keep tables")
		}
	}
	// What is checked at the end otherwise keeps tables from being altered.
	if _, err := dst.Exec(ctx, "SET CONSTRAINTS ALL IMMEDIATE"); err != nil {
		return nil, s.failed(err, "keep tables")
	}
	k := keeper{s: s, src: src, dst: dst, staging: from}
	if err := k.find(ctx, lenient); err != nil || len(k.tables) == 0 {
		return nil, err
	}
	if result, err = k.replace(ctx); err != nil {
		return nil, err
	}
	if err := dst.Commit(ctx); err != nil {
		return nil, s.failed(err, "keep tables")
	}
	for _, t := range k.tables {
		if _, err := target.Exec(ctx, "ANALYZE "+t.sql); err != nil {
			return nil, s.failed(err, "analyze %s", t.name)
		}
	}
	return result, nil
}

// keeper is one such transaction.
type keeper struct {
	s        *Server
	src, dst pgx.Tx
	staging  string
	tables   []*kept
}

func (k *keeper) oids() (out []catalog.OID) {
	for _, t := range k.tables {
		out = append(out, t.to)
	}
	return out
}

// find looks the tables up on both sides.
func (k *keeper) find(ctx context.Context, lenient bool) error {
	for _, name := range k.s.cfg.KeepTables.Names {
		t := &kept{name: name}
		there, err := k.lookUp(ctx, k.src, t, &t.from)
		if err != nil {
			return err
		}
		if !there {
			if lenient {
				k.s.warn("%s has no table %s to keep", catalog.Display(k.staging), name)
				continue
			}
			return fault.New(fault.Preflight, "%s has no table %s to keep", catalog.Display(k.staging), name).
				WithHint("write schema.table, with quotes where SQL needs them")
		}
		if there, err = k.lookUp(ctx, k.dst, t, &t.to); err != nil {
			return err
		}
		if !there {
			return fault.New(fault.Preflight, "the new staging has no table %s to keep the rows of", name).
				WithHint("a table that production does not have comes with before_publish or a migration; --migrated runs those that are pending")
		}
		if err := k.columns(ctx, t); err != nil {
			return err
		}
		if err := k.sequences(ctx, t); err != nil {
			return err
		}
		k.tables = append(k.tables, t)
	}
	return nil
}

// lookUp finds a table by its name; false if there is none.
func (k *keeper) lookUp(ctx context.Context, tx pgx.Tx, t *kept, oid *catalog.OID) (bool, error) {
	var kind string
	var partition bool
	err := tx.QueryRow(ctx, `
		SELECT c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname), c.relkind::text, c.relispartition
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE c.oid = pg_catalog.to_regclass($1)`, t.name).Scan(oid, &t.sql, &kind, &partition)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return false, nil
	case err != nil:
		return false, k.s.failed(err, "find the table %s", t.name)
	case partition:
		return false, fault.New(fault.Preflight, "%s is a partition: keep the whole table", t.name)
	case kind != "r" && kind != "p":
		return false, fault.New(fault.Preflight, "%s is no table", t.name)
	}
	t.many = kind == "p"
	return true, nil
}

// columns compares both sides: what staging has must have its place, and what
// it lacks must fill itself.
func (k *keeper) columns(ctx context.Context, t *kept) error {
	type column struct {
		name, typ        string
		computed, filled bool
	}
	read := func(tx pgx.Tx, oid catalog.OID) ([]column, error) {
		rows, err := tx.Query(ctx, `
			SELECT attname, pg_catalog.format_type(atttypid, atttypmod), attgenerated <> '', NOT attnotnull OR atthasdef OR attidentity <> ''
			FROM pg_catalog.pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum`, oid)
		if err != nil {
			return nil, err
		}
		return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c column, err error) {
			return c, row.Scan(&c.name, &c.typ, &c.computed, &c.filled)
		})
	}
	before, err := read(k.src, t.from)
	if err != nil {
		return k.s.failed(err, "read the columns of %s", t.name)
	}
	after, err := read(k.dst, t.to)
	if err != nil {
		return k.s.failed(err, "read the columns of %s", t.name)
	}
	named := map[string]column{}
	for _, c := range after {
		named[c.name] = c
	}
	for _, c := range before {
		now, there := named[c.name]
		delete(named, c.name)
		where := t.name + "." + catalog.Display(c.name)
		switch {
		case c.computed || there && now.computed:
		case !there:
			return fault.New(fault.Preflight, "the new staging lacks this column of a table to keep").At(where).
				WithHint("run what added it on the new staging too (--migrated, before_publish), or drop the column")
		case now.typ != c.typ:
			return fault.New(fault.Preflight, "the column is %s in staging and %s in the new one, so that the table's rows cannot be kept", c.typ, now.typ).At(where).
				WithHint("run what changed it on the new staging too (--migrated, before_publish)")
		default:
			t.columns = append(t.columns, catalog.QuoteIdent(c.name))
		}
	}
	for name, c := range named {
		if !c.computed && !c.filled {
			return fault.New(fault.Preflight, "staging lacks this column, which has no default and may not be NULL: the table's rows cannot be kept").
				At(t.name + "." + catalog.Display(name))
		}
	}
	return nil
}

// sequences reads how far those of staging have come.
func (k *keeper) sequences(ctx context.Context, t *kept) error {
	rows, err := k.src.Query(ctx, `
		SELECT a.attname, pg_catalog.pg_sequence_last_value(q.seqrelid), q.seqincrement > 0
		FROM pg_catalog.pg_depend d
		     JOIN pg_catalog.pg_sequence q ON q.seqrelid = d.objid
		     JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
		WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = d.classid AND d.refobjid = $1 AND d.deptype IN ('a', 'i')
		  AND pg_catalog.pg_sequence_last_value(q.seqrelid) IS NOT NULL`, t.from)
	if err != nil {
		return k.s.failed(err, "read the sequences of %s", t.name)
	}
	t.sequences, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (q keptSequence, err error) {
		return q, row.Scan(&q.column, &q.last, &q.upwards)
	})
	if err != nil {
		return k.s.failed(err, "read the sequences of %s", t.name)
	}
	return nil
}

// foreignKey is one that leads from or to a kept table.
type foreignKey struct {
	Name, Child, Parent string // quoted
	Definition          string
	Comment             *string
	Valid               bool
	ChildIsKept         catalog.OID // the child, where it is a kept table
	ParentIsKept        catalog.OID
	Orphan              string // condition on the child's row c
}

const foreignKeysSQL = `
SELECT pg_catalog.quote_ident(f.conname) AS "Name", CASE ch.relkind WHEN 'p' THEN '' ELSE 'ONLY ' END || f.conrelid::pg_catalog.regclass::text AS "Child", f.confrelid::pg_catalog.regclass::text AS "Parent",
       pg_catalog.pg_get_constraintdef(f.oid) AS "Definition", pg_catalog.obj_description(f.oid, 'pg_constraint') AS "Comment", f.convalidated AS "Valid",
       CASE WHEN f.conrelid = ANY ($1) THEN f.conrelid ELSE 0 END AS "ChildIsKept", CASE WHEN f.confrelid = ANY ($1) THEN f.confrelid ELSE 0 END AS "ParentIsKept",
       (SELECT pg_catalog.string_agg(pg_catalog.format('c.%I IS NOT NULL', ca.attname), ' AND ')
               || ' AND NOT EXISTS (SELECT FROM ' || f.confrelid::pg_catalog.regclass::text || ' p WHERE '
               || pg_catalog.string_agg(pg_catalog.format('p.%I OPERATOR(%I.%s) c.%I', pa.attname, n.nspname, o.oprname, ca.attname), ' AND ') || ')'
        FROM ROWS FROM (pg_catalog.unnest(f.conkey), pg_catalog.unnest(f.confkey), pg_catalog.unnest(f.conpfeqop)) AS u (child, parent, equals)
             JOIN pg_catalog.pg_attribute ca ON ca.attrelid = f.conrelid AND ca.attnum = u.child
             JOIN pg_catalog.pg_attribute pa ON pa.attrelid = f.confrelid AND pa.attnum = u.parent
             JOIN pg_catalog.pg_operator o ON o.oid = u.equals JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace) AS "Orphan"
FROM pg_catalog.pg_constraint f JOIN pg_catalog.pg_class ch ON ch.oid = f.conrelid
WHERE f.contype = 'f' AND f.conparentid = 0 AND (f.conrelid = ANY ($1) OR f.confrelid = ANY ($1))
ORDER BY 2, 1`

// replace does it.
func (k *keeper) replace(ctx context.Context) ([]KeptTable, error) {
	rows, err := k.dst.Query(ctx, foreignKeysSQL, k.oids())
	if err != nil {
		return nil, k.s.failed(err, "read the foreign keys of kept tables")
	}
	keys, err := pgx.CollectRows(rows, pgx.RowToStructByName[foreignKey])
	if err != nil {
		return nil, k.s.failed(err, "read the foreign keys of kept tables")
	}
	for _, f := range keys {
		if err := k.exec(ctx, "ALTER TABLE "+f.table()+" DROP CONSTRAINT "+f.Name, "take the foreign key %s off", f.Name); err != nil {
			return nil, err
		}
	}
	restore, err := k.silence(ctx)
	if err != nil {
		return nil, err
	}
	truncate := make([]string, len(k.tables))
	for i, t := range k.tables {
		truncate[i] = t.only() + t.sql
	}
	if err := k.exec(ctx, "TRUNCATE "+strings.Join(truncate, ", "), "empty the tables to keep"); err != nil {
		return nil, err
	}
	result := make([]KeptTable, len(k.tables))
	for i, t := range k.tables {
		result[i].Table = t.name
		if result[i].Rows, err = k.copy(ctx, t); err != nil {
			return nil, err
		}
	}
	if err := k.orphans(ctx, keys, result); err != nil {
		return nil, err
	}
	for _, f := range keys {
		if err := k.exec(ctx, "ALTER TABLE "+f.table()+" ADD CONSTRAINT "+f.Name+" "+f.Definition, "put the foreign key %s on again", f.Name); err != nil {
			return nil, err
		}
		if f.Comment != nil {
			if err := k.exec(ctx, "COMMENT ON CONSTRAINT "+f.Name+" ON "+f.table()+" IS "+catalog.QuoteLiteral(*f.Comment), "comment on the foreign key %s", f.Name); err != nil {
				return nil, err
			}
		}
	}
	for _, sql := range restore {
		if err := k.exec(ctx, sql, "enable a trigger again"); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// table is the child without ONLY.
func (f *foreignKey) table() string { return strings.TrimPrefix(f.Child, "ONLY ") }

// only keeps children by inheritance out.
func (t *kept) only() string {
	if t.many {
		return ""
	}
	return "ONLY "
}

func (k *keeper) exec(ctx context.Context, sql, format string, args ...any) error {
	if _, err := k.dst.Exec(ctx, sql); err != nil {
		return k.s.failure(err, catalog.RedactEvaluated(err), fmt.Sprintf(format, args...))
	}
	return nil
}

// silence disables the triggers of the tables and their partitions, and returns
// the statements that enable them again as they were.
func (k *keeper) silence(ctx context.Context) (restore []string, err error) {
	rows, err := k.dst.Query(ctx, `
		SELECT 'ALTER TABLE ONLY ' || g.tgrelid::pg_catalog.regclass::text || ' ', pg_catalog.quote_ident(g.tgname),
		       CASE g.tgenabled WHEN 'R' THEN 'ENABLE REPLICA TRIGGER ' WHEN 'A' THEN 'ENABLE ALWAYS TRIGGER ' ELSE 'ENABLE TRIGGER ' END
		FROM pg_catalog.pg_trigger g
		WHERE NOT g.tgisinternal AND g.tgenabled <> 'D' AND g.tgrelid IN (
			SELECT pg_catalog.unnest($1::pg_catalog.oid[])
			UNION SELECT t.relid FROM pg_catalog.unnest($1::pg_catalog.oid[]) r (oid), LATERAL pg_catalog.pg_partition_tree(r.oid) t)
		ORDER BY 1, 2`, k.oids())
	if err != nil {
		return nil, k.s.failed(err, "read the triggers of kept tables")
	}
	var disable []string
	var table, trigger, enable string
	if _, err := pgx.ForEachRow(rows, []any{&table, &trigger, &enable}, func() error {
		disable = append(disable, table+"DISABLE TRIGGER "+trigger)
		restore = append(restore, table+enable+trigger)
		return nil
	}); err != nil {
		return nil, k.s.failed(err, "read the triggers of kept tables")
	}
	for _, sql := range disable {
		if err := k.exec(ctx, sql, "disable a trigger"); err != nil {
			return nil, err
		}
	}
	return restore, nil
}

// copy takes a table's rows over, and its sequences as far on as staging's were.
func (k *keeper) copy(ctx context.Context, t *kept) (int64, error) {
	columns := strings.Join(t.columns, ", ")
	read := "COPY (SELECT " + columns + " FROM " + t.only() + t.sql + ") TO STDOUT"
	write := "COPY " + t.sql + " (" + columns + ") FROM STDIN"
	if columns == "" { // all that is left is how many rows there are
		write = "COPY " + t.sql + " FROM STDIN"
	}
	r, w := io.Pipe()
	var rows int64
	g, copying := errgroup.WithContext(ctx)
	g.Go(func() error {
		_, err := k.src.Conn().PgConn().CopyTo(copying, w, read)
		if err != nil {
			err = k.s.failure(err, catalog.RedactEvaluated(err), "read "+t.name+" of staging")
		}
		_ = w.CloseWithError(err)
		return err
	})
	g.Go(func() error {
		tag, err := k.dst.Conn().PgConn().CopyFrom(copying, r, write)
		if err != nil {
			err = k.s.failure(err, catalog.RedactEvaluated(err), "keep the rows of "+t.name)
		}
		_ = r.CloseWithError(err)
		rows = tag.RowsAffected()
		return err
	})
	if err := g.Wait(); err != nil {
		return 0, err
	}
	for _, q := range t.sequences {
		aggregate := "greatest"
		if !q.upwards {
			aggregate = "least"
		}
		sql := `SELECT pg_catalog.setval(s, ` + aggregate + `($3::bigint, pg_catalog.pg_sequence_last_value(s)))
			FROM (SELECT pg_catalog.pg_get_serial_sequence($1, $2)::pg_catalog.regclass AS s) q WHERE s IS NOT NULL`
		if _, err := k.dst.Exec(ctx, sql, t.sql, q.column, q.last); err != nil {
			return 0, k.s.failed(err, "set the sequence of %s.%s", t.name, catalog.Display(q.column))
		}
	}
	return rows, nil
}

// orphans looks for rows whose foreign key leads nowhere, and deletes them if
// it may.
func (k *keeper) orphans(ctx context.Context, keys []foreignKey, result []KeptTable) error {
	for range maxOrphanRounds {
		var found []string
		for _, f := range keys {
			if !f.Valid {
				continue // the server does not check it either
			}
			var n int64
			sql := "SELECT pg_catalog.count(*) FROM " + f.Child + " c WHERE " + f.Orphan
			if err := k.dst.QueryRow(ctx, sql).Scan(&n); err != nil {
				return k.s.failed(err, "check the foreign key %s", f.Name)
			}
			if n == 0 {
				continue
			}
			found = append(found, fmt.Sprintf("%s of %s (foreign key %s to %s)", plural(int(n), "row"), f.table(), f.Name, f.Parent))
			if !k.s.cfg.KeepTables.DropOrphans {
				continue
			}
			if err := k.exec(ctx, "DELETE FROM "+f.Child+" c WHERE "+f.Orphan, "delete rows of %s", f.table()); err != nil {
				return err
			}
			for i, t := range k.tables {
				if t.to == f.ChildIsKept || f.ChildIsKept == 0 && t.to == f.ParentIsKept {
					result[i].Orphans += n
				}
			}
		}
		if len(found) == 0 {
			return nil
		}
		if !k.s.cfg.KeepTables.DropOrphans {
			return fault.New(fault.Preflight, "with the kept rows, foreign keys lead nowhere: %s", strings.Join(found, "; ")).
				WithHint("keep the tables that they belong to as well, or delete such rows with --orphans drop (target.orphans: drop)")
		}
	}
	return fault.New(fault.Preflight, "rows without a parent are still found after %d rounds of deleting them", maxOrphanRounds)
}
