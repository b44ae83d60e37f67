package schema

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// Facts are what an archive says only as SQL text and what has to be known as
// data: who may do what, because roles differ between production and staging,
// and what the target must offer. ReadFacts reads them from the source.
type Facts struct {
	Owners     []string // roles that own something in the database
	Grants     []Grant
	Defaults   []DefaultGrant
	Policies   []Policy
	Collations []Collation
	// Locking are indexes whose definition changes their table as well, by
	// CLUSTER ON or REPLICA IDENTITY USING INDEX.
	Locking []catalog.OID
	// Privileged are objects that only a superuser can create.
	Privileged []Privileged
}

// Privileged is an object that takes a superuser to create. An administrator
// may have prepared it in the database that generations are created from.
type Privileged struct {
	Class, OID catalog.OID
	Why        string // e.g. "a function in C"
	// Type, Names and Args are its address (pg_get_object_address).
	Type        string
	Names, Args []string
}

// Grant is the access list of one object, or of one of its columns.
type Grant struct {
	Class   catalog.OID // system catalog of the object
	OID     catalog.OID
	Keyword string // TABLE, SEQUENCE, ROUTINE, TYPE, SCHEMA, LANGUAGE, LARGE OBJECT
	Object  string // SQL, quoted: public.orders, or f(integer), or the OIDs of large objects
	Column  string // for a column's list, else empty
	Owner   string
	Items   []Item
	Initial []Item // what it was created with
	// Foreign: not created by a definition of the archive but by an extension
	// or initdb, and perhaps not ours on the target.
	Foreign bool
}

// Item is one privilege in an access list.
type Item struct {
	Role      string // empty for PUBLIC
	Privilege string
	Grantable bool
}

// DefaultGrant is what ALTER DEFAULT PRIVILEGES said for one role, schema and
// kind of object.
type DefaultGrant struct {
	Role    string
	Schema  string // empty: everywhere
	Keyword string // TABLES, SEQUENCES, FUNCTIONS, TYPES, SCHEMAS, LARGE OBJECTS
	Items   []Item
	Initial []Item // what it is without
}

// Policy is a row security policy.
type Policy struct {
	OID        catalog.OID
	Name       string
	Table      catalog.Name
	Command    string // ALL, SELECT, INSERT, UPDATE, DELETE
	Permissive bool
	Roles      []string // empty: PUBLIC
	Using      string
	Check      string
}

// Collation is a collation of the source: one that it defines, or one of the
// server's that it uses.
type Collation struct {
	Name          catalog.Name
	Builtin       bool   // in pg_catalog: must be there on the target as well
	Provider      string // libc, icu, builtin
	Locale        string
	Collate       string
	CType         string
	Rules         string
	Deterministic bool
}

// ReadFacts reads what New wants to know of the source, in the caller's
// transaction: under the same snapshot as the archive.
func ReadFacts(ctx context.Context, q catalog.Querier) (*Facts, error) {
	f := &Facts{}
	for _, part := range []struct {
		subject string
		read    func(context.Context, catalog.Querier) error
	}{
		{"owners", f.readOwners},
		{"grants", f.readGrants},
		{"default privileges", f.readDefaults},
		{"policies", f.readPolicies},
		{"collations", f.readCollations},
		{"indexes", f.readLocking},
		{"privileged objects", f.readPrivileged},
	} {
		if err := part.read(ctx, q); err != nil {
			kind := fault.Other
			if catalog.Transient(err) {
				kind = fault.Transient
			}
			return nil, fault.Wrap(kind, catalog.Redact(err), "read the %s of the source", part.subject)
		}
	}
	return f, nil
}

// each runs a query and calls f for each row.
func each(ctx context.Context, q catalog.Querier, sql string, f func(pgx.Rows) error) error {
	rows, err := q.Query(ctx, sql)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (f *Facts) readOwners(ctx context.Context, q catalog.Querier) (err error) {
	f.Owners, err = texts(ctx, q, `
		SELECT pg_catalog.pg_get_userbyid(o) FROM (
			SELECT relowner AS o FROM pg_catalog.pg_class WHERE oid >= 16384
			UNION SELECT nspowner FROM pg_catalog.pg_namespace WHERE oid >= 16384
			UNION SELECT proowner FROM pg_catalog.pg_proc WHERE oid >= 16384
			UNION SELECT typowner FROM pg_catalog.pg_type WHERE oid >= 16384
		) x ORDER BY 1`)
	return err
}

// explode is an access list as three arrays: roles, privileges and whether
// they may be passed on. Entries of dropped roles are left out.
const explode = `
	LEFT JOIN LATERAL (
		SELECT pg_catalog.array_agg(coalesce(r.rolname, '')::text ORDER BY x.n) AS roles,
			pg_catalog.array_agg(x.privilege_type::text ORDER BY x.n) AS privileges,
			pg_catalog.array_agg(x.is_grantable ORDER BY x.n) AS grantable
		FROM pg_catalog.aclexplode(%acl) WITH ORDINALITY AS x (grantor, grantee, privilege_type, is_grantable, n)
			LEFT JOIN pg_catalog.pg_roles r ON r.oid = x.grantee
		WHERE x.grantee = 0 OR r.oid IS NOT NULL
	) %as ON true`

// list is an access list being scanned.
type list struct {
	roles, privileges []string
	grantable         []bool
}

func (l *list) items() []Item {
	out := make([]Item, len(l.roles))
	for i := range l.roles {
		out[i] = Item{Role: l.roles[i], Privilege: l.privileges[i], Grantable: l.grantable[i]}
	}
	return out
}

func (f *Facts) readGrants(ctx context.Context, q catalog.Querier) error {
	return each(ctx, q, grantsQuery, func(r pgx.Rows) error {
		var g Grant
		var is, was list
		err := r.Scan(&g.Class, &g.OID, &g.Keyword, &g.Object, &g.Column, &g.Owner, &g.Foreign,
			&is.roles, &is.privileges, &is.grantable, &was.roles, &was.privileges, &was.grantable)
		if err != nil {
			return err
		}
		g.Items, g.Initial = is.items(), was.items()
		f.Grants = append(f.Grants, g)
		return nil
	})
}

func (f *Facts) readDefaults(ctx context.Context, q catalog.Querier) error {
	return each(ctx, q, defaultsQuery, func(r pgx.Rows) error {
		var d DefaultGrant
		var is, was list
		err := r.Scan(&d.Role, &d.Schema, &d.Keyword,
			&is.roles, &is.privileges, &is.grantable, &was.roles, &was.privileges, &was.grantable)
		if err != nil {
			return err
		}
		d.Items, d.Initial = is.items(), was.items()
		f.Defaults = append(f.Defaults, d)
		return nil
	})
}

func (f *Facts) readPolicies(ctx context.Context, q catalog.Querier) error {
	return each(ctx, q, `
		SELECT p.oid, p.polname::text, n.nspname::text, c.relname::text, p.polpermissive,
			CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
			ARRAY(SELECT r.rolname::text FROM pg_catalog.pg_roles r WHERE r.oid = ANY (p.polroles) ORDER BY 1),
			coalesce(pg_catalog.pg_get_expr(p.polqual, p.polrelid), ''),
			coalesce(pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), '')
		FROM pg_catalog.pg_policy p
			JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
			JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		ORDER BY n.nspname, c.relname, p.polname`,
		func(r pgx.Rows) error {
			var p Policy
			err := r.Scan(&p.OID, &p.Name, &p.Table.Schema, &p.Table.Name, &p.Permissive, &p.Command, &p.Roles, &p.Using, &p.Check)
			f.Policies = append(f.Policies, p)
			return err
		})
}

func (f *Facts) readCollations(ctx context.Context, q catalog.Querier) error {
	// The columns of a locale were renamed twice; as JSON they can be asked
	// for whether they are there or not.
	return each(ctx, q, `
		SELECT n.nspname::text, c.collname::text, n.nspname = 'pg_catalog',
			CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
			coalesce(j ->> 'colllocale', j ->> 'colliculocale', c.collcollate, ''),
			coalesce(c.collcollate, ''), coalesce(c.collctype, ''), coalesce(j ->> 'collicurules', ''), c.collisdeterministic
		FROM pg_catalog.pg_collation c
			JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace,
			LATERAL (SELECT pg_catalog.to_jsonb(c) AS j) x
		WHERE c.collprovider <> 'd'
			AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
				WHERE d.classid = 'pg_catalog.pg_collation'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
			AND (n.nspname NOT IN ('pg_catalog', 'information_schema') OR EXISTS (
				SELECT FROM pg_catalog.pg_depend d
				WHERE d.refclassid = 'pg_catalog.pg_collation'::pg_catalog.regclass AND d.refobjid = c.oid))
		ORDER BY 1, 2`,
		func(r pgx.Rows) error {
			var c Collation
			err := r.Scan(&c.Name.Schema, &c.Name.Name, &c.Builtin, &c.Provider, &c.Locale, &c.Collate, &c.CType, &c.Rules, &c.Deterministic)
			f.Collations = append(f.Collations, c)
			return err
		})
}

func (f *Facts) readLocking(ctx context.Context, q catalog.Querier) error {
	return each(ctx, q, `
		SELECT indexrelid FROM pg_catalog.pg_index
		WHERE (indisclustered OR indisreplident) AND indexrelid >= 16384 ORDER BY 1`,
		func(r pgx.Rows) error {
			var oid catalog.OID
			err := r.Scan(&oid)
			f.Locking = append(f.Locking, oid)
			return err
		})
}

func (f *Facts) readPrivileged(ctx context.Context, q catalog.Querier) error {
	return each(ctx, q, `
		WITH member AS (
			SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'
		), ours AS (
			-- Types that belong to whoever restores them: a cast or a transform
			-- takes the owner of one.
			SELECT t.oid FROM pg_catalog.pg_type t
			WHERE t.oid >= 16384 AND NOT EXISTS (
				SELECT FROM member m WHERE m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND m.objid = t.oid)
		)
		SELECT class::pg_catalog.oid, x.oid, why, a.type, a.object_names, a.object_args
		FROM (
			SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass AS class, p.oid,
				CASE WHEN l.lanname IN ('c', 'internal') THEN 'a function in C'
					WHEN NOT l.lanpltrusted THEN 'a function in an untrusted language'
					WHEN p.proleakproof THEN 'a LEAKPROOF function'
					ELSE 'a function with a support function' END AS why
			FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
			WHERE p.prokind <> 'a' AND (l.lanname IN ('c', 'internal') OR NOT l.lanpltrusted OR p.proleakproof OR p.prosupport <> 0)
				-- Constructors of range types come with the type.
				AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
					WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'i')
			UNION ALL SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, aggfnoid, 'an aggregate with a state of type internal'
				FROM pg_catalog.pg_aggregate
				WHERE 'pg_catalog.internal'::pg_catalog.regtype IN (aggtranstype, aggmtranstype)
			UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid,
					CASE WHEN typisdefined THEN 'a base type' ELSE 'the shell of a type' END
				FROM pg_catalog.pg_type t
				WHERE NOT typisdefined
					OR typtype = 'b' AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid)
			UNION ALL SELECT 'pg_catalog.pg_am'::pg_catalog.regclass, oid, 'an access method' FROM pg_catalog.pg_am
			UNION ALL SELECT 'pg_catalog.pg_language'::pg_catalog.regclass, oid, 'a language' FROM pg_catalog.pg_language
			UNION ALL SELECT 'pg_catalog.pg_opclass'::pg_catalog.regclass, oid, 'an operator class' FROM pg_catalog.pg_opclass
			UNION ALL SELECT 'pg_catalog.pg_opfamily'::pg_catalog.regclass, oid, 'an operator family' FROM pg_catalog.pg_opfamily
			UNION ALL SELECT 'pg_catalog.pg_ts_parser'::pg_catalog.regclass, oid, 'a text search parser' FROM pg_catalog.pg_ts_parser
			UNION ALL SELECT 'pg_catalog.pg_ts_template'::pg_catalog.regclass, oid, 'a text search template' FROM pg_catalog.pg_ts_template
			UNION ALL SELECT 'pg_catalog.pg_cast'::pg_catalog.regclass, oid,
					CASE castmethod WHEN 'b' THEN 'a cast without a function' ELSE 'a cast between types of the system' END
				FROM pg_catalog.pg_cast
				WHERE castmethod = 'b' OR castsource NOT IN (SELECT * FROM ours) AND casttarget NOT IN (SELECT * FROM ours)
			UNION ALL SELECT 'pg_catalog.pg_transform'::pg_catalog.regclass, oid, 'a transform of a type of the system'
				FROM pg_catalog.pg_transform WHERE trftype NOT IN (SELECT * FROM ours)
		) x, LATERAL pg_catalog.pg_identify_object_as_address(class, x.oid, 0) a
		WHERE x.oid >= 16384 AND NOT EXISTS (SELECT FROM member m WHERE m.classid = x.class AND m.objid = x.oid)
		ORDER BY 1, 2`,
		func(r pgx.Rows) error {
			var x Privileged
			err := r.Scan(&x.Class, &x.OID, &x.Why, &x.Type, &x.Names, &x.Args)
			f.Privileged = append(f.Privileged, x)
			return err
		})
}
