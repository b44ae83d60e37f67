package load

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
)

// quiet are the settings that keep rows out of the target server's own log: of
// an error, its message and details; of a statement, its parameters. Originals
// of masked columns are never there; kept and masked values can be, where the
// login role may not set these.
var quiet = map[string]string{
	"log_error_verbosity":      "terse",
	"log_min_messages":         "fatal",
	"log_parameter_max_length": "0",
}

// maySetSince is the version from which a role can be granted to set a
// parameter that otherwise needs superuser.
const maySetSince = 150000

// readQuiet finds out which of them the login role may set.
func (s *Server) readQuiet(ctx context.Context, conn *pgx.Conn) error {
	names := slices.Sorted(maps.Keys(quiet))
	if !s.facts.superuser {
		if s.facts.versionNum < maySetSince {
			return nil
		}
		rows, err := conn.Query(ctx, `SELECT name FROM pg_catalog.unnest($1::text[]) name WHERE pg_catalog.has_parameter_privilege(name, 'SET')`, names)
		if err != nil {
			return s.failed(err, "look at the target")
		}
		if names, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			return s.failed(err, "look at the target")
		}
	}
	s.facts.quiet = map[string]string{}
	for _, name := range names {
		s.facts.quiet[name] = quiet[name]
	}
	return nil
}

// checkLog says that the server's log can hold rows.
func (s *Server) checkLog(context.Context, *pgx.Conn) ([]Finding, error) {
	missing := slices.DeleteFunc(slices.Sorted(maps.Keys(quiet)), func(name string) bool { return s.facts.quiet[name] != "" })
	if len(missing) == 0 || s.facts.versionNum < maySetSince {
		return nil, nil
	}
	return []Finding{{
		Msg: "on an error, kept and masked values can get into the target server's own log; originals of masked columns cannot",
		Fix: fmt.Sprintf("GRANT SET ON PARAMETER %s TO %s; and understudy keeps its errors out of that log", strings.Join(missing, ", "), catalog.QuoteIdent(s.facts.user)),
	}}, nil
}
