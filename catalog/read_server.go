package catalog

import "context"

// server reads what is one of a kind: the server and the database.
func (r *reader) server(ctx context.Context) error {
	s, d := &r.cat.Server, &r.cat.Database
	if err := r.q.QueryRow(ctx, `
		SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4,
		       pg_catalog.current_setting('server_version'),
		       pg_catalog.pg_is_in_recovery(),
		       pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'execute')
		           AND pg_catalog.has_function_privilege('pg_catalog.pg_control_checkpoint()', 'execute'),
		       pg_catalog.has_function_privilege('pg_catalog.pg_available_extension_versions()', 'execute'),
		       pg_catalog.has_table_privilege('pg_catalog.pg_stats', 'select')`,
	).Scan(&s.VersionNum, &s.Version, &s.InRecovery, &r.may.control, &r.may.extensions, &r.may.statistics); err != nil {
		return err
	}
	if r.may.control {
		// Both functions are checked for privileges when a query starts, hence not in the one above.
		if err := r.q.QueryRow(ctx, `
			SELECT s.system_identifier::pg_catalog.text, c.timeline_id
			FROM pg_catalog.pg_control_system() s, pg_catalog.pg_control_checkpoint() c`,
		).Scan(&s.SystemIdentifier, &s.Timeline); err != nil {
			return err
		}
	}
	return r.q.QueryRow(ctx, `
		SELECT d.oid, d.datname::pg_catalog.text, pg_catalog.pg_encoding_to_char(d.encoding)::pg_catalog.text,
		       d.datcollate::pg_catalog.text, d.datctype::pg_catalog.text,
		       pg_catalog.ascii(`+r.since(15, "d.datlocprovider::pg_catalog.text", "'c'")+`),
		       coalesce(`+r.since(17, "d.datlocale", r.since(15, "d.daticulocale", "NULL"))+`, ''),
		       coalesce(`+r.since(16, "d.daticurules", "NULL")+`, ''),
		       pg_catalog.pg_database_size(d.oid),
		       coalesce(pg_catalog.shobj_description(d.oid, 'pg_database'), '')
		FROM pg_catalog.pg_database d
		WHERE d.datname = pg_catalog.current_database()`,
	).Scan(&d.OID, &d.Name, &d.Encoding, &d.Collate, &d.CType, &d.LocaleProvider, &d.Locale, &d.ICURules, &d.Bytes, &d.Comment)
}

func (r *reader) schemas(ctx context.Context) error {
	var s Schema
	return r.each(ctx, `
		SELECT n.oid, n.nspname::pg_catalog.text, pg_catalog.pg_get_userbyid(n.nspowner)::pg_catalog.text,
		       coalesce(d.description, '')
		FROM pg_catalog.pg_namespace n
		LEFT JOIN pg_catalog.pg_description d
		       ON d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.objoid = n.oid AND d.objsubid = 0
		WHERE n.oid IN `+userSchemas,
		[]any{&s.OID, &s.Name, &s.Owner, &s.Comment},
		func() error {
			schema := s
			schema.Extension = r.extension[member{"pg_namespace", s.OID}]
			r.cat.Schemas = append(r.cat.Schemas, &schema)
			return nil
		})
}

func (r *reader) largeObjects(ctx context.Context) error {
	return r.q.QueryRow(ctx, `SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata`).Scan(&r.cat.LargeObjects)
}

// DatabaseSize is the size of a database of the same cluster in bytes. It
// needs CONNECT on the database, or membership in pg_read_all_stats.
func DatabaseSize(ctx context.Context, q Querier, name string) (int64, error) {
	var bytes int64
	err := q.QueryRow(ctx, `SELECT pg_catalog.pg_database_size($1::pg_catalog.name)`, name).Scan(&bytes)
	return bytes, Redact(err)
}
