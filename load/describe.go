package load

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
)

// Describe says what answered: version, maintenance database and role.
func (s *Server) Describe() string {
	f := s.facts
	return fmt.Sprintf("PostgreSQL %d.%d, maintenance database %s as %s, staging %s owned by %s", f.versionNum/10000, f.versionNum%10000,
		catalog.Display(f.database), catalog.Display(f.user), catalog.Display(s.cfg.Staging), catalog.Display(s.cfg.Owner))
}

// Extensions compares the source's extensions with what the target offers.
// Those in skip are left out anyway.
func (s *Server) Extensions(ctx context.Context, source *catalog.Catalog, skip []string) (findings []Finding, err error) {
	versions := map[string]string{}
	err = s.admin(ctx, func(conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, `SELECT name::text, default_version FROM pg_catalog.pg_available_extensions`)
		if err != nil {
			return s.failed(err, "list the target's extensions")
		}
		var name, version string
		_, err = pgx.ForEachRow(rows, []any{&name, &version}, func() error {
			versions[name] = version
			return nil
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, e := range source.Extensions {
		version, ok := versions[e.Name]
		switch {
		case slices.Contains(skip, e.Name):
		case !ok:
			findings = append(findings, Finding{Refuses: true,
				Msg: fmt.Sprintf("the extension %s is not installed on the target's host", catalog.Display(e.Name)),
				Fix: fmt.Sprintf("install its package there, or leave it out: extensions: { skip: [%s] }", catalog.Display(e.Name))})
		case e.Superuser && !e.Trusted && s.cfg.Template == "template0":
			findings = append(findings, Finding{
				Msg: fmt.Sprintf("creating the extension %s needs superuser: it is left out unless something depends on it", catalog.Display(e.Name)),
				Fix: "an administrator can create it in a template database once: target.template"})
		case version != e.Version:
			findings = append(findings, Finding{
				Msg: fmt.Sprintf("the extension %s is version %s on the source; the target offers %s", catalog.Display(e.Name), e.Version, version)})
		}
	}
	return findings, nil
}
