package migrations

import (
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
)

// fingerprint is a database's catalog as lines: kind and name → definition.
type fingerprint map[string]string

// orderKind begins the keys of the lines that hold the order of a relation's
// columns, which no statement can put back.
const orderKind = "column order "

// fingerprintSQL lists everything that migrations make in a database. Members
// of extensions stand for by their extension. What the server writes for
// NOT NULL from 18 on, a constraint of its own, is in the line of the column. Of
// the options of a column those count that people can set: some builds note
// versions of their own beside them.
const fingerprintSQL = `
WITH nsp AS MATERIALIZED (
  SELECT oid, nspname, nspowner, nspacl FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
), member AS MATERIALIZED (
  SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
), rel AS MATERIALIZED (
  SELECT c.*, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
  FROM pg_class c JOIN nsp n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r','p','v','m','f','c','S') AND NOT EXISTS (SELECT FROM member e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid)
)
SELECT 'schema ' || quote_ident(nspname), pg_get_userbyid(nspowner) || acl(nspacl, 'n', nspowner) FROM nsp
UNION ALL SELECT CASE relkind WHEN 'r' THEN 'table ' WHEN 'p' THEN 'table ' WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' WHEN 'f' THEN 'foreign table ' WHEN 'c' THEN 'type ' ELSE 'sequence ' END || name,
  concat_ws(' ', relkind, relpersistence, pg_get_userbyid(relowner), acl(relacl, CASE relkind WHEN 'S' THEN 's' ELSE 'r' END, relowner), reloptions::text,
    'rls=' || relrowsecurity::text || relforcerowsecurity::text, 'ident=' || relreplident::text, (SELECT 'am=' || amname FROM pg_am WHERE oid = relam), (SELECT 'tablespace=' || spcname FROM pg_tablespace WHERE oid = reltablespace),
    (SELECT 'of ' || string_agg(i.inhparent::regclass::text, ',' ORDER BY inhseqno) || coalesce(' detaching ' || string_agg(nullif(i.inhdetachpending, false)::text, ''), '') FROM pg_inherits i WHERE i.inhrelid = rel.oid),
    pg_get_expr(relpartbound, oid), CASE WHEN relkind = 'p' THEN pg_get_partkeydef(oid) END,
    CASE WHEN relkind IN ('v','m') THEN pg_get_viewdef(oid) END,
    (SELECT concat_ws(' ', format_type(seqtypid, NULL), seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle) FROM pg_sequence WHERE seqrelid = rel.oid),
    (SELECT 'owned by ' || refobjid::regclass || '.' || (SELECT attname FROM pg_attribute WHERE attrelid = refobjid AND attnum = refobjsubid) FROM pg_depend d
      WHERE rel.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = rel.oid AND d.deptype IN ('a','i') AND d.refclassid = 'pg_class'::regclass LIMIT 1))
  FROM rel
UNION ALL SELECT 'column ' || rel.name || '.' || quote_ident(a.attname),
  concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END, 'default ' || pg_get_expr(d.adbin, d.adrelid), nullif('identity ' || a.attidentity::text, 'identity '), nullif('generated ' || a.attgenerated::text, 'generated '),
    CASE WHEN a.attcollation <> t.typcollation THEN 'collate ' || a.attcollation::regcollation END, CASE WHEN a.attstorage <> t.typstorage THEN 'storage ' || a.attstorage::text END,
    nullif('statistics ' || a.attstattarget::text, 'statistics -1'), nullif('compression ' || a.attcompression::text, 'compression '), a.attacl::text,
    (SELECT string_agg(o, ',' ORDER BY o) FROM unnest(a.attoptions) o WHERE o LIKE 'n\_distinct%'), CASE WHEN NOT a.attislocal THEN 'inherited' END)
  FROM rel JOIN pg_attribute a ON a.attrelid = rel.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE rel.relkind <> 'S'
UNION ALL SELECT 'column order ' || rel.name, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
  FROM rel JOIN pg_attribute a ON a.attrelid = rel.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE rel.relkind IN ('r','p','f','c') GROUP BY rel.name
UNION ALL SELECT 'constraint ' || quote_ident(c.conname) || ' on ' || CASE WHEN c.conrelid <> 0 THEN c.conrelid::regclass::text ELSE c.contypid::regtype::text END,
  pg_get_constraintdef(c.oid) || CASE WHEN c.convalidated THEN '' ELSE ' (not valid)' END || CASE WHEN c.connoinherit AND c.contype = 'c' THEN ' (no inherit)' ELSE '' END
  FROM pg_constraint c JOIN nsp ON nsp.oid = c.connamespace WHERE c.contype NOT IN ('n', 't') AND (c.conrelid = 0 OR c.conrelid IN (SELECT oid FROM rel)) AND NOT EXISTS (SELECT FROM member e WHERE e.classid = 'pg_type'::regclass AND e.objid = c.contypid)
UNION ALL SELECT 'index ' || i.indexrelid::regclass, pg_get_indexdef(i.indexrelid) || CASE WHEN i.indisvalid AND i.indisready THEN '' ELSE ' INVALID' END || CASE WHEN i.indisclustered THEN ' clustered' ELSE '' END || CASE WHEN i.indisreplident THEN ' identity' ELSE '' END || CASE WHEN i.indnatts > 0 AND c.reloptions IS NOT NULL THEN c.reloptions::text ELSE '' END
  FROM pg_index i JOIN rel ON rel.oid = i.indrelid JOIN pg_class c ON c.oid = i.indexrelid
UNION ALL SELECT CASE p.prokind WHEN 'p' THEN 'procedure ' WHEN 'a' THEN 'aggregate ' ELSE 'function ' END || p.oid::regprocedure,
  concat_ws(' ', CASE WHEN p.prokind IN ('f','p','w') THEN pg_get_functiondef(p.oid) ELSE (SELECT concat_ws(' ', aggtransfn::regprocedure, aggfinalfn::regprocedure, aggtranstype::regtype, agginitval) FROM pg_aggregate WHERE aggfnoid = p.oid) END, pg_get_userbyid(p.proowner), acl(p.proacl, 'f', p.proowner))
  FROM pg_proc p JOIN nsp ON nsp.oid = p.pronamespace WHERE NOT EXISTS (SELECT FROM member e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid)
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
UNION ALL SELECT 'trigger ' || quote_ident(t.tgname) || ' on ' || rel.name, pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text FROM pg_trigger t JOIN rel ON rel.oid = t.tgrelid WHERE NOT t.tgisinternal
UNION ALL SELECT 'rule ' || quote_ident(r.rulename) || ' on ' || rel.name, pg_get_ruledef(r.oid) || ' ' || r.ev_enabled::text FROM pg_rewrite r JOIN rel ON rel.oid = r.ev_class WHERE r.rulename <> '_RETURN'
UNION ALL SELECT 'policy ' || quote_ident(p.polname) || ' on ' || rel.name, concat_ws(' ', p.polcmd, p.polpermissive, (SELECT string_agg(CASE r WHEN 0 THEN 'public' ELSE pg_get_userbyid(r) END, ',' ORDER BY 1) FROM unnest(p.polroles) r), 'using ' || pg_get_expr(p.polqual, p.polrelid), 'check ' || pg_get_expr(p.polwithcheck, p.polrelid)) FROM pg_policy p JOIN rel ON rel.oid = p.polrelid
UNION ALL SELECT CASE t.typtype WHEN 'd' THEN 'domain ' ELSE 'type ' END || t.oid::regtype,
  concat_ws(' ', t.typtype, pg_get_userbyid(t.typowner), acl(t.typacl, 'T', t.typowner), (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid),
    CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) || CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END || coalesce(' default ' || t.typdefault, '') END, (SELECT 'range of ' || format_type(rngsubtype, NULL) FROM pg_range WHERE rngtypid = t.oid))
  FROM pg_type t JOIN nsp ON nsp.oid = t.typnamespace WHERE t.typtype IN ('e','d','r') AND NOT EXISTS (SELECT FROM member e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid)
UNION ALL SELECT 'extension ' || quote_ident(e.extname), e.extversion || ' in ' || quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
UNION ALL SELECT 'comment on ' || pg_describe_object(classoid, objoid, objsubid), description FROM pg_description WHERE objoid >= 16384
  AND NOT EXISTS (SELECT FROM member e WHERE e.classid = classoid AND e.objid = objoid) AND classoid <> 'pg_extension'::regclass
UNION ALL SELECT 'default privileges ' || concat_ws(' ', pg_get_userbyid(defaclrole), (SELECT nspname FROM nsp WHERE oid = defaclnamespace), defaclobjtype), (SELECT string_agg(a::text, ',' ORDER BY a::text) FROM unnest(defaclacl) a) FROM pg_default_acl
UNION ALL SELECT 'event trigger ' || quote_ident(evtname), concat_ws(' ', evtevent, evtfoid::regproc, evtenabled, evttags::text) FROM pg_event_trigger
UNION ALL SELECT 'publication ' || quote_ident(p.pubname), concat_ws(' ', p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate, (SELECT string_agg(prrelid::regclass::text, ',' ORDER BY prrelid::regclass::text) FROM pg_publication_rel r WHERE r.prpubid = p.oid)) FROM pg_publication p
UNION ALL SELECT 'server ' || quote_ident(srvname), concat_ws(' ', srvtype, srvversion, srvoptions::text, (SELECT fdwname FROM pg_foreign_data_wrapper WHERE oid = srvfdw)) FROM pg_foreign_server
UNION ALL SELECT 'statistics ' || quote_ident(n.nspname) || '.' || quote_ident(stxname), pg_get_statisticsobjdef(s.oid) FROM pg_statistic_ext s JOIN nsp n ON n.oid = s.stxnamespace
UNION ALL SELECT 'operator ' || o.oid::regoperator, concat_ws(' ', oprcode::regproc, oprrest::regproc, oprjoin::regproc) FROM pg_operator o JOIN nsp ON nsp.oid = o.oprnamespace WHERE NOT EXISTS (SELECT FROM member e WHERE e.classid = 'pg_operator'::regclass AND e.objid = o.oid)
UNION ALL SELECT 'operator class ' || quote_ident(n.nspname) || '.' || quote_ident(opcname), concat_ws(' ', opcmethod, opcintype::regtype, opcdefault) FROM pg_opclass o JOIN nsp n ON n.oid = o.opcnamespace WHERE NOT EXISTS (SELECT FROM member e WHERE e.classid = 'pg_opclass'::regclass AND e.objid = o.oid)
UNION ALL SELECT 'cast ' || castsource::regtype || ' as ' || casttarget::regtype, concat_ws(' ', castfunc::regprocedure, castcontext, castmethod) FROM pg_cast c WHERE c.oid >= 16384 AND NOT EXISTS (SELECT FROM member e WHERE e.classid = 'pg_cast'::regclass AND e.objid = c.oid)
UNION ALL SELECT 'collation ' || quote_ident(n.nspname) || '.' || quote_ident(collname), concat_ws(' ', collprovider, collcollate, collctype, collisdeterministic) FROM pg_collation c JOIN nsp n ON n.oid = c.collnamespace WHERE NOT EXISTS (SELECT FROM member e WHERE e.classid = 'pg_collation'::regclass AND e.objid = c.oid)
UNION ALL SELECT 'text search configuration ' || quote_ident(n.nspname) || '.' || quote_ident(cfgname), (SELECT string_agg(concat_ws(' ', maptokentype, mapseqno, mapdict::regdictionary), ',' ORDER BY maptokentype, mapseqno) FROM pg_ts_config_map WHERE mapcfg = c.oid) FROM pg_ts_config c JOIN nsp n ON n.oid = c.cfgnamespace
UNION ALL SELECT 'text search dictionary ' || quote_ident(n.nspname) || '.' || quote_ident(dictname), dictinitoption FROM pg_ts_dict d JOIN nsp n ON n.oid = d.dictnamespace WHERE NOT EXISTS (SELECT FROM member e WHERE e.classid = 'pg_ts_dict'::regclass AND e.objid = d.oid)`

// aclSQL stands for acl(column, kind, owner) in the statement above: rights in
// a fixed order, the default ones the same whether they were ever written down.
const aclSQL = `(SELECT ' ' || string_agg(x::text, ',' ORDER BY x::text) FROM unnest(coalesce($1, acldefault($2::"char", $3))) x)`

var fingerprintQuery = expandACL(fingerprintSQL)

// expandACL writes out every acl(a, b, c). Arguments hold no parentheses.
func expandACL(sql string) string {
	var b strings.Builder
	for {
		i := strings.Index(sql, "acl(")
		if i < 0 || i > 0 && isWordPart(sql[i-1]) {
			b.WriteString(sql)
			return b.String()
		}
		end := i + strings.IndexByte(sql[i:], ')')
		args := strings.SplitN(sql[i+len("acl("):end], ",", 3)
		one := aclSQL
		for n, mark := range []string{"$1", "$2", "$3"} {
			value := strings.TrimSpace(args[n])
			if n == 1 {
				value = "(" + value + ")"
			}
			one = strings.ReplaceAll(one, mark, value)
		}
		b.WriteString(sql[:i] + one)
		sql = sql[end+1:]
	}
}

// readFingerprint reads the catalog over an observer's session.
func readFingerprint(ctx context.Context, conn *pgx.Conn) (fingerprint, error) {
	return readCatalog(ctx, conn, fingerprintQuery)
}

// readCatalog is readFingerprint with a query of the caller's.
func readCatalog(ctx context.Context, conn *pgx.Conn, query string) (fingerprint, error) {
	rows, err := conn.Query(ctx, query)
	if err != nil {
		return nil, cannot("read the catalog", err)
	}
	fp := fingerprint{}
	var key string
	var value *string
	if _, err := pgx.ForEachRow(rows, []any{&key, &value}, func() error {
		v := ""
		if value != nil {
			v = catalog.Settled(*value)
		}
		if old, twice := fp[key]; twice {
			v = old + "\n" + v
		}
		fp[key] = v
		return nil
	}); err != nil {
		return nil, cannot("read the catalog", err)
	}
	return fp, nil
}

// diff is what has to be added (+), taken away (-) or changed (~) to come from
// a to b, in order. orderOnly: the two differ in the order of columns alone.
func diff(a, b fingerprint) (lines []string, orderOnly bool) {
	orderOnly = true
	for k, v := range a {
		w, ok := b[k]
		switch {
		case !ok:
			lines = append(lines, "- "+oneLine(k, v))
		case v != w:
			lines = append(lines, "~ "+oneLine(k, v)+" → "+clip(strings.Join(strings.Fields(w), " ")))
		default:
			continue
		}
		if !ok || !strings.HasPrefix(k, orderKind) {
			orderOnly = false
		}
	}
	for k, v := range b {
		if _, ok := a[k]; !ok {
			lines = append(lines, "+ "+oneLine(k, v))
			orderOnly = false
		}
	}
	slices.SortFunc(lines, func(x, y string) int { return strings.Compare(x[2:]+x[:1], y[2:]+y[:1]) })
	return lines, orderOnly && len(lines) > 0
}

func oneLine(k, v string) string {
	return clip(strings.Join(strings.Fields(k+": "+v), " "))
}

// maxDefinition is how much of a definition a line of a difference shows.
const maxDefinition = 300

func clip(s string) string {
	if len(s) <= maxDefinition {
		return s
	}
	return strings.ToValidUTF8(s[:maxDefinition], "") + "…"
}

// same tells whether two catalogs are equal.
func (a fingerprint) same(b fingerprint) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if w, ok := b[k]; !ok || v != w {
			return false
		}
	}
	return true
}

// contents are the rows of a database: table → count and checksum, and the
// state of sequences. Tables above maxContent are left out.
type contents map[string]string

// maxContent is the size up to which a table's rows are compared, in bytes.
const maxContent = 64 << 20

func readContents(ctx context.Context, conn *pgx.Conn) (contents, error) {
	var tables []string
	var name string
	rows, err := conn.Query(ctx, `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND pg_relation_size(c.oid) BETWEEN 1 AND $1
		  AND (SELECT array_agg(a.attname || ':' || format_type(a.atttypid, -1) ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) IS DISTINCT FROM ARRAY['version:bigint', 'dirty:boolean']`, maxContent)
	if err == nil {
		_, err = pgx.ForEachRow(rows, []any{&name}, func() error { tables = append(tables, name); return nil })
	}
	if err != nil {
		return nil, cannot("list the tables", err)
	}
	var b strings.Builder
	b.WriteString("SELECT 'sequence ' || schemaname || '.' || sequencename, coalesce(last_value::text, '') FROM pg_sequences WHERE schemaname !~ '^pg_'")
	for _, t := range tables {
		b.WriteString(" UNION ALL SELECT " + catalog.QuoteLiteral(t) + ", count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) FROM ONLY " + t + " t")
	}
	c := contents{}
	var value string
	if rows, err = conn.Query(ctx, b.String()); err == nil {
		_, err = pgx.ForEachRow(rows, []any{&name, &value}, func() error { c[name] = value; return nil })
	}
	if err != nil {
		return nil, cannot("compare the rows", err)
	}
	return c, nil
}

// changed are the tables that both have and whose rows differ; a table that is
// empty on one side counts.
func (c contents) changed(d contents, fp fingerprint) (out []string) {
	names := map[string]bool{}
	for n := range c {
		names[n] = true
	}
	for n := range d {
		names[n] = true
	}
	for n := range names {
		if _, table := fp["table "+n]; table && c[n] != d[n] {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	return out
}
