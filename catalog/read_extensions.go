package catalog

import (
	"context"
	"slices"
	"strings"
)

// members finds which schemas, relations and types extensions brought along.
func (r *reader) members(ctx context.Context) error {
	r.extension = map[member]string{}
	var (
		m    member
		name string
	)
	return r.each(ctx, `
		SELECT c.relname::pg_catalog.text, d.objid, e.extname::pg_catalog.text
		FROM pg_catalog.pg_depend d
		JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
		JOIN pg_catalog.pg_class c ON c.oid = d.classid
		WHERE d.deptype = 'e' AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
		  AND d.classid IN ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_type'::pg_catalog.regclass,
		                    'pg_catalog.pg_namespace'::pg_catalog.regclass)`,
		[]any{&m.class, &m.oid, &name},
		func() error { r.extension[m] = name; return nil })
}

// extensions reads the installed extensions and marks the tables whose rows
// pg_dump copies although the tables belong to an extension.
func (r *reader) extensions(ctx context.Context) error {
	// Without the control file, which says otherwise, creating an extension needs a superuser.
	available, trusted, superuser := "", "false", "true"
	if r.may.extensions {
		available = `LEFT JOIN pg_catalog.pg_available_extension_versions() v ON v.name = e.extname AND v.version = e.extversion`
		trusted, superuser = "coalesce(v.trusted, false)", "coalesce(v.superuser, true)"
	}
	var (
		e          Extension
		config     []OID
		conditions []string
	)
	return r.each(ctx, `
		SELECT e.extname::pg_catalog.text, e.extversion, n.nspname::pg_catalog.text, e.extrelocatable, `+trusted+`, `+superuser+`,
		       ARRAY (SELECT q.extname::pg_catalog.text
		              FROM pg_catalog.pg_depend p JOIN pg_catalog.pg_extension q ON q.oid = p.refobjid
		              WHERE p.classid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND p.objid = e.oid
		                AND p.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
		              ORDER BY q.extname::pg_catalog.text COLLATE pg_catalog."C"),
		       coalesce(d.description, ''), coalesce(e.extconfig, '{}'), coalesce(e.extcondition, '{}')
		FROM pg_catalog.pg_extension e
		JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
		`+available+`
		LEFT JOIN pg_catalog.pg_description d
		       ON d.classoid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.objoid = e.oid AND d.objsubid = 0`,
		[]any{
			&e.Name, &e.Version, &e.Schema, &e.Relocatable, &e.Trusted, &e.Superuser, &e.Requires, &e.Comment, &config, &conditions,
		},
		func() error {
			ext := e
			ext.Requires = slices.Clone(e.Requires)
			r.cat.Extensions = append(r.cat.Extensions, &ext)
			for i, oid := range config {
				if t := r.table[oid]; t != nil {
					t.ExtensionConfig = true
					if i < len(conditions) {
						t.ConfigCondition = strings.TrimSpace(conditions[i])
					}
				}
				if s := r.sequence[oid]; s != nil {
					s.ExtensionConfig = true
				}
			}
			return nil
		})
}
