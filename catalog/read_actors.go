package catalog

import "context"

// actors reads what would reach out of a copy, or act on its own in it. Only
// columns open to every role are named: pg_subscription hides some.
func (r *reader) actors(ctx context.Context) error {
	var a Actor
	if err := r.each(ctx, `
		SELECT 'subscription', s.subname::pg_catalog.text
		FROM pg_catalog.pg_subscription s
		WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
		UNION ALL SELECT 'publication', p.pubname::pg_catalog.text FROM pg_catalog.pg_publication p
		UNION ALL SELECT 'event trigger', t.evtname::pg_catalog.text FROM pg_catalog.pg_event_trigger t
		UNION ALL SELECT 'foreign server', f.srvname::pg_catalog.text FROM pg_catalog.pg_foreign_server f
		UNION ALL SELECT 'user mapping', u.srvname::pg_catalog.text || ' for ' || u.usename::pg_catalog.text FROM pg_catalog.pg_user_mappings u
		UNION ALL SELECT 'setting', pg_catalog.split_part(c.entry, '=', 1) || COALESCE(' for ' || r.rolname::pg_catalog.text, '')
		FROM pg_catalog.pg_db_role_setting s CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c(entry) LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
		WHERE s.setdatabase = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())`,
		[]any{&a.Kind, &a.Name},
		func() error { r.cat.Actors = append(r.cat.Actors, a); return nil }); err != nil {
		return err
	}
	for _, t := range r.cat.Tables {
		if t.Extension == "pg_cron" && t.Name.Name == "job" {
			r.cat.Actors = append(r.cat.Actors, Actor{Kind: "pg_cron job table", Name: t.Name.String()})
		}
	}
	return nil
}
