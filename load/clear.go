package load

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// place is a database by its OID, which renames do not change, and its name for
// messages.
type place struct {
	oid  catalog.OID
	name string
}

func (d *database) place() place { return place{d.oid, d.name} }

// occupant is a session in a database.
type occupant struct {
	pid     uint32
	datid   catalog.OID
	what    string // role and application
	endable bool   // we may end it
}

// occupants are the sessions of some databases. Autovacuum is none: the server
// itself sends it out of a database that is renamed, copied or dropped.
func (s *Server) occupants(ctx context.Context, conn *pgx.Conn, of ...place) ([]occupant, error) {
	oids := make([]catalog.OID, len(of))
	for i, p := range of {
		oids[i] = p.oid
	}
	// The right to end a session is that of its role, or pg_signal_backend for
	// any but superusers. Only autovacuum has no role; what kind of process it
	// is, the server does not tell everybody.
	rows, err := conn.Query(ctx, `
		SELECT a.pid, a.datid, COALESCE(a.usename, '?'), COALESCE(a.application_name, ''),
		       COALESCE((SELECT me.rolsuper FROM pg_catalog.pg_roles me WHERE me.rolname = current_user), false)
		       OR COALESCE(NOT r.rolsuper AND (pg_catalog.pg_has_role(r.oid, 'USAGE') OR pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')), false)
		FROM pg_catalog.pg_stat_activity a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
		WHERE a.datid = ANY ($1) AND a.pid <> pg_catalog.pg_backend_pid() AND a.usesysid IS NOT NULL`, oids)
	if err != nil {
		return nil, s.failed(err, "look for sessions of %s", catalog.Display(of[0].name))
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (o occupant, err error) {
		var role, application string
		err = row.Scan(&o.pid, &o.datid, &role, &application, &o.endable)
		o.what = "role " + catalog.Display(role)
		if application != "" {
			o.what += " (" + printable(application) + ")"
		}
		return o, err
	})
	if err != nil {
		return nil, s.failed(err, "look for sessions of %s", catalog.Display(of[0].name))
	}
	return found, nil
}

// evict tells sessions to end. It does not wait for them.
func (s *Server) evict(ctx context.Context, conn *pgx.Conn, who []occupant) error {
	for _, o := range who {
		if !o.endable {
			continue
		}
		_, err := conn.Exec(ctx, `
			SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE pid = $1 AND datid = $2`, o.pid, o.datid)
		// A pid may by now be another role's session.
		if err != nil && catalog.SQLState(err) != stateInsufficientPrivilege {
			return s.failed(err, "end a session")
		}
	}
	return nil
}

// stuck are those that we may not end, as words.
func stuck(who []occupant) []string {
	var out []string
	for _, o := range who {
		if !o.endable {
			out = append(out, o.what)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// clear ends the sessions of a database that nobody can connect to any more,
// and waits until they are gone. Those that we may not end get the same time
// to leave by themselves.
func (s *Server) clear(ctx context.Context, conn *pgx.Conn, at place) error {
	deadline := time.Now().Add(s.cfg.SwapTimeout)
	for {
		who, err := s.occupants(ctx, conn, at)
		if err != nil {
			return err
		}
		if len(who) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return s.stays(at, who)
		}
		if err := s.evict(ctx, conn, who); err != nil {
			return err
		}
		if err := pause(ctx, pollEvery); err != nil {
			return err
		}
	}
}

// stays is the refusal when sessions do not leave.
func (s *Server) stays(at place, who []occupant) error {
	if names := stuck(who); len(names) > 0 {
		return fault.New(fault.SwapRefused, "sessions of %s may not be ended by %s and did not leave within %s: %s",
			catalog.Display(at.name), catalog.Display(s.facts.user), s.cfg.SwapTimeout, strings.Join(names, ", ")).
			WithHint("GRANT pg_signal_backend TO %s; superusers' sessions have to leave by themselves", quoted(s.facts.user))
	}
	return fault.New(fault.SwapRefused, "%s of %s did not leave within %s", plural(len(who), "session"),
		catalog.Display(at.name), s.cfg.SwapTimeout)
}

// printable is text that cannot disturb a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}

// size is a number of bytes for people.
func size(bytes int64) string {
	const unit = 1024
	if bytes < unit {
		return fmt.Sprintf("%d B", bytes)
	}
	value, units := float64(bytes), "kMGTPE"
	for i := range len(units) {
		value /= unit
		if value < unit || i == len(units)-1 {
			return fmt.Sprintf("%.1f %cB", value, units[i])
		}
	}
	return ""
}
