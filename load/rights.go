package load

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// Finding is something that a look at the target turned up.
type Finding struct {
	Refuses bool   // a refresh cannot run like this; otherwise it is a warning
	Msg     string // what is the matter
	Fix     string // a statement to run as an administrator, or words; may be empty

	risky bool // every run warns of it, not only a look at the target
}

// refusal is a finding that stops a refresh.
func refusal(msg, fix string) Finding { return Finding{Refuses: true, Msg: msg, Fix: fix} }

func (s *Server) readFacts(ctx context.Context) error {
	conn, err := s.dial(ctx, "admin")
	if err != nil {
		return err
	}
	s.addr = catalog.Address(conn)
	s.idle = conn
	f := &s.facts
	var recovery bool
	err = conn.QueryRow(ctx, `
		SELECT r.rolname, pg_catalog.current_database(), pg_catalog.current_setting('server_version_num')::int,
		       pg_catalog.pg_is_in_recovery(), r.rolsuper, r.rolcreatedb
		FROM pg_catalog.pg_roles r WHERE r.rolname = current_user`).
		Scan(&f.user, &f.database, &f.versionNum, &recovery, &f.superuser, &f.createDB)
	if err != nil {
		return s.failed(err, "look at the target")
	}
	if recovery {
		return fault.New(fault.Preflight, "the target is a standby and cannot be written").
			WithHint("give target.url the primary's address")
	}
	if err := s.checkMaintenance(); err != nil {
		return err
	}
	if err := s.readQuiet(ctx, conn); err != nil {
		return err
	}
	f.systemIdentifier, err = systemIdentifier(ctx, conn)
	return err
}

// checkMaintenance refuses a connection string that leads to a database that
// the swap would rename: PostgreSQL renames no database from inside.
func (s *Server) checkMaintenance() error {
	_, _, generation := s.names.parse(s.facts.database)
	if s.facts.database != s.cfg.Staging && !generation {
		return nil
	}
	return fault.New(fault.Usage, "target.url leads to %s itself", catalog.Display(s.facts.database)).
		WithHint("let it lead to a maintenance database on the same server, such as postgres")
}

// systemIdentifier is empty where the function may not be called.
func systemIdentifier(ctx context.Context, q catalog.Querier) (string, error) {
	var id string
	err := q.QueryRow(ctx, `SELECT system_identifier::text FROM pg_catalog.pg_control_system()`).Scan(&id)
	if err != nil && catalog.SQLState(err) == "" {
		return "", catalog.Redact(err)
	}
	return id, nil
}

// requireRights turns the findings that stop a refresh into one error.
func (s *Server) requireRights(ctx context.Context) error {
	findings, err := s.Rights(ctx)
	if err != nil {
		return err
	}
	var msgs, fixes []string
	for _, f := range findings {
		if f.risky {
			s.warn("target: %s", f.Msg)
		}
		if !f.Refuses {
			continue
		}
		msgs = append(msgs, f.Msg)
		if f.Fix != "" {
			fixes = append(fixes, f.Fix)
		}
	}
	if len(msgs) == 0 {
		return nil
	}
	return fault.New(fault.Preflight, "target: %s", strings.Join(msgs, "; ")).WithHint("%s", strings.Join(fixes, "\n"))
}

// Rights looks at what the login role may do on the target: everything that a
// refresh would refuse on or warn of, in the order of its steps.
func (s *Server) Rights(ctx context.Context) (findings []Finding, err error) {
	err = s.admin(ctx, func(conn *pgx.Conn) error {
		for _, check := range []func(context.Context, *pgx.Conn) ([]Finding, error){
			s.checkCreateDB, s.checkOwner, s.checkTemplate, s.checkSignal, s.checkRoom, s.checkLog,
		} {
			found, err := check(ctx, conn)
			if err != nil {
				return s.failed(err, "look at the target's roles")
			}
			findings = append(findings, found...)
		}
		return nil
	})
	return findings, err
}

func (s *Server) checkCreateDB(context.Context, *pgx.Conn) ([]Finding, error) {
	if s.facts.createDB || s.facts.superuser {
		return nil, nil
	}
	return []Finding{refusal(catalog.Display(s.facts.user)+" may not create databases",
		"ALTER ROLE "+quoted(s.facts.user)+" CREATEDB;")}, nil
}

// checkOwner: functions marked SECURITY DEFINER run as the owner, so the owner
// must not be able to log in or to create databases.
func (s *Server) checkOwner(ctx context.Context, conn *pgx.Conn) ([]Finding, error) {
	owner, user := s.cfg.Owner, s.facts.user
	if owner == user {
		return []Finding{{
			Msg: "generations belong to the login role " + catalog.Display(user) +
				", so functions of the schema marked SECURITY DEFINER can create databases",
			Fix:   "CREATE ROLE app_owner NOLOGIN; GRANT app_owner TO " + quoted(user) + "; and set target.owner to it",
			risky: true,
		}}, nil
	}
	// From 16 on a membership can lack either half: to have the role's rights
	// (rename and drop its databases), or to become it.
	become := "'MEMBER'"
	if s.facts.major() >= 16 {
		become = "'SET'"
	}
	var login, createDB, super, has, set bool
	err := conn.QueryRow(ctx, `
		SELECT rolcanlogin, rolcreatedb, rolsuper,
		       pg_catalog.pg_has_role(oid, 'USAGE'), pg_catalog.pg_has_role(oid, `+become+`)
		FROM pg_catalog.pg_roles WHERE rolname = $1`, owner).Scan(&login, &createDB, &super, &has, &set)
	if errors.Is(err, pgx.ErrNoRows) {
		return []Finding{refusal("the role "+catalog.Display(owner)+" (target.owner) does not exist",
			"CREATE ROLE "+quoted(owner)+" NOLOGIN; GRANT "+quoted(owner)+" TO "+quoted(user)+";")}, nil
	}
	if err != nil {
		return nil, err
	}
	var found []Finding
	switch {
	case !has && !set:
		found = append(found, refusal(catalog.Display(user)+" is no member of "+catalog.Display(owner),
			"GRANT "+quoted(owner)+" TO "+quoted(user)+";"))
	case !set:
		found = append(found, refusal(catalog.Display(user)+" may not SET ROLE to "+catalog.Display(owner),
			"GRANT "+quoted(owner)+" TO "+quoted(user)+" WITH SET TRUE;"))
	case !has && s.facts.major() >= 16:
		found = append(found, refusal(catalog.Display(user)+" does not inherit the rights of "+catalog.Display(owner),
			"GRANT "+quoted(owner)+" TO "+quoted(user)+" WITH INHERIT TRUE;"))
	case !has:
		found = append(found, refusal(catalog.Display(user)+" does not inherit the rights of "+catalog.Display(owner),
			"ALTER ROLE "+quoted(user)+" INHERIT;"))
	}
	var extra []string
	for _, a := range []struct {
		has  bool
		name string
	}{{super, "SUPERUSER"}, {createDB, "CREATEDB"}, {login, "LOGIN"}} {
		if a.has {
			extra = append(extra, a.name)
		}
	}
	if len(extra) > 0 {
		found = append(found, Finding{
			Msg: "the owner " + catalog.Display(owner) + " has " + strings.Join(extra, ", ") +
				"; functions of the schema marked SECURITY DEFINER run with it",
			Fix:   "ALTER ROLE " + quoted(owner) + " NO" + strings.Join(extra, " NO") + ";",
			risky: true,
		})
	}
	return found, nil
}

func (s *Server) checkTemplate(ctx context.Context, conn *pgx.Conn) ([]Finding, error) {
	var usable bool
	err := conn.QueryRow(ctx, `
		SELECT datistemplate OR pg_catalog.pg_has_role(datdba, 'USAGE') FROM pg_catalog.pg_database WHERE datname = $1`,
		s.cfg.Template).Scan(&usable)
	name := catalog.Display(s.cfg.Template)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return []Finding{refusal("the database "+name+" (target.template) does not exist", "let target.template be template0")}, nil
	case err != nil:
		return nil, err
	case !usable:
		return []Finding{refusal(catalog.Display(s.facts.user)+" may not use "+name+" as a template",
			"ALTER DATABASE "+quoted(s.cfg.Template)+" IS_TEMPLATE true;")}, nil
	}
	return nil, nil
}

// checkSignal: without pg_signal_backend only our own role's sessions can be
// made to leave staging.
func (s *Server) checkSignal(ctx context.Context, conn *pgx.Conn) ([]Finding, error) {
	var may bool
	err := conn.QueryRow(ctx, `SELECT pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')`).Scan(&may)
	if err != nil || may {
		return nil, err
	}
	return []Finding{{
		Msg: catalog.Display(s.facts.user) + " cannot end other roles' sessions of staging at the swap",
		Fix: "GRANT pg_signal_backend TO " + quoted(s.facts.user) + ";",
	}}, nil
}

// sessionReserve is what a run needs beside loading and indexing: maintenance,
// two locks, inspection, and the one that ends staging's sessions.
const sessionReserve = 5

// checkRoom compares the sessions that a run takes with those that are free.
func (s *Server) checkRoom(ctx context.Context, conn *pgx.Conn) ([]Finding, error) {
	need := max(s.cfg.LoadJobs, s.cfg.IndexJobs) + sessionReserve
	var limit, free int
	err := conn.QueryRow(ctx, `
		SELECT (SELECT rolconnlimit FROM pg_catalog.pg_roles WHERE rolname = current_user),
		       (SELECT pg_catalog.sum(CASE WHEN name = 'max_connections' THEN setting::int ELSE -setting::int END) FROM pg_catalog.pg_settings
		         WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections'))::int
		       - (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity WHERE usesysid IS NOT NULL)::int`).
		Scan(&limit, &free)
	if err != nil {
		return nil, err
	}
	var found []Finding
	if limit >= 0 && limit < need {
		found = append(found, refusal(catalog.Display(s.facts.user)+" may have "+plural(limit, "session")+
			" and needs "+plural(need, "session"), "lower target.load_jobs and target.index_jobs, or ALTER ROLE "+
			quoted(s.facts.user)+" CONNECTION LIMIT -1;"))
	}
	if free < need {
		found = append(found, Finding{
			Msg: "the target has room for " + plural(max(free, 0), "session") + " and a refresh takes up to " + plural(need, "session"),
			Fix: "lower target.load_jobs and target.index_jobs, or raise max_connections",
		})
	}
	return found, nil
}
