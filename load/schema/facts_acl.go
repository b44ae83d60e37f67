package schema

import "strings"

// exploded fills the placeholders of explode.
func exploded(acl, as string) string {
	return strings.NewReplacer("%acl", acl, "%as", as).Replace(explode)
}

// grantsQuery lists every object whose access list is not the one that it was
// created with: the built-in default, or for objects made by initdb or by an
// extension the initial list in pg_init_privs. Schema public is always among
// them: what it starts with on the target differs between versions.
var grantsQuery = `
WITH o AS (
	SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS class, c.oid, 0 AS sub,
		CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS keyword,
		pg_catalog.format('%I.%I', n.nspname, c.relname) AS object, '' AS col, c.relowner AS owner, c.relacl AS acl
	FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
	WHERE c.relacl IS NOT NULL AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
	UNION ALL
	SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, c.oid, a.attnum, 'TABLE',
		pg_catalog.format('%I.%I', n.nspname, c.relname), a.attname::text, c.relowner, a.attacl
	FROM pg_catalog.pg_attribute a
		JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
		JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
	WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND c.relpersistence <> 't'
	UNION ALL
	-- Functions are known by the types of their arguments, procedures by their
	-- modes as well.
	SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 0, 'ROUTINE',
		pg_catalog.format('%I.%I(%s)', n.nspname, p.proname, CASE p.prokind
			WHEN 'p' THEN pg_catalog.pg_get_function_identity_arguments(p.oid)
			ELSE (SELECT pg_catalog.string_agg(pg_catalog.format_type(t.oid, NULL), ', ' ORDER BY t.n)
				FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY AS t (oid, n)) END),
		'', p.proowner, p.proacl
	FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
	WHERE p.proacl IS NOT NULL
	UNION ALL
	SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, 0, 'TYPE',
		pg_catalog.format('%I.%I', n.nspname, t.typname), '', t.typowner, t.typacl
	FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
	WHERE t.typacl IS NOT NULL
	UNION ALL
	SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, n.oid, 0, 'SCHEMA',
		pg_catalog.format('%I', n.nspname), '', n.nspowner, n.nspacl
	FROM pg_catalog.pg_namespace n
	WHERE n.nspacl IS NOT NULL AND n.nspname NOT LIKE 'pg\_temp\_%' AND n.nspname NOT LIKE 'pg\_toast%'
	UNION ALL
	SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, l.oid, 0, 'LANGUAGE',
		pg_catalog.format('%I', l.lanname), '', l.lanowner, l.lanacl
	FROM pg_catalog.pg_language l
	WHERE l.lanacl IS NOT NULL
	UNION ALL
	-- Millions of them may share a few lists, and a statement takes many. Lists
	-- cannot be grouped but by their text.
	SELECT 'pg_catalog.pg_largeobject_metadata'::pg_catalog.regclass, pg_catalog.min(m.oid), 0, 'LARGE OBJECT',
		pg_catalog.string_agg(m.oid::text, ', ' ORDER BY m.oid), '', m.lomowner, m.lomacl::aclitem[]
	FROM (
		SELECT oid, lomowner, lomacl::text AS lomacl,
			pg_catalog.row_number() OVER (PARTITION BY lomowner, lomacl::text ORDER BY oid) / 1000 AS batch
		FROM pg_catalog.pg_largeobject_metadata WHERE lomacl IS NOT NULL
	) m
	GROUP BY m.lomowner, m.lomacl, m.batch
)
SELECT o.class::pg_catalog.oid, o.oid, o.keyword, o.object, o.col, pg_catalog.pg_get_userbyid(o.owner)::text,
	f.strange, a.roles, a.privileges, a.grantable, b.roles, b.privileges, b.grantable
FROM o
	LEFT JOIN pg_catalog.pg_init_privs i ON i.classoid = o.class AND i.objoid = o.oid AND i.objsubid = o.sub
	CROSS JOIN LATERAL (
		SELECT o.oid < 16384 AND o.keyword <> 'LARGE OBJECT' OR EXISTS (
			SELECT FROM pg_catalog.pg_depend d
			WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e') AS strange
	) f
	` + exploded("o.acl", "a") + `
	` + exploded(`coalesce(i.initprivs, CASE WHEN o.col = '' THEN pg_catalog.acldefault(
		CASE o.keyword WHEN 'SEQUENCE' THEN 's' WHEN 'ROUTINE' THEN 'f' WHEN 'TYPE' THEN 'T' WHEN 'SCHEMA' THEN 'n'
			WHEN 'LANGUAGE' THEN 'l' WHEN 'LARGE OBJECT' THEN 'L' ELSE 'r' END::"char", o.owner) END)`, "b") + `
WHERE (a.roles, a.privileges, a.grantable) IS DISTINCT FROM (b.roles, b.privileges, b.grantable)
	OR o.keyword = 'SCHEMA' AND o.object = 'public'
ORDER BY o.keyword, o.object, o.sub`

// defaultsQuery lists default privileges. Those of one schema come on top of
// the ones for all, those for all replace the built-in ones.
var defaultsQuery = `
SELECT pg_catalog.pg_get_userbyid(d.defaclrole)::text, coalesce(n.nspname::text, ''),
	CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
		WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' WHEN 'L' THEN 'LARGE OBJECTS' ELSE d.defaclobjtype::text END,
	a.roles, a.privileges, a.grantable, b.roles, b.privileges, b.grantable
FROM pg_catalog.pg_default_acl d
	LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace
	` + exploded("d.defaclacl", "a") + `
	` + exploded(`CASE WHEN d.defaclnamespace = 0 THEN pg_catalog.acldefault(
		CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole) END`, "b") + `
ORDER BY 1, 2, 3`
