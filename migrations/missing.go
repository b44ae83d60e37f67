package migrations

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// missing tells of errors that another server would not give: of roles and
// extensions, which no migration file of the project need have made. The
// server's routine names which, whatever its language.
func missing(pg *pgconn.PgError) string {
	switch {
	case pg.Code == "42704" && strings.Contains(pg.Routine, "role"), pg.Code == "22023" && strings.HasPrefix(pg.Message, `role "`):
		return "role"
	case (pg.Code == "0A000" || pg.Code == "58P01") && pg.Routine == "parse_extension_control_file":
		return "extension"
	}
	return ""
}

// lacks tells whether a version stopped for what the rehearsal's server lacks,
// which is no verdict on its file. Where the folder drops roles itself, a role
// may be missing in production as well: that is a failure.
func (r *rehearsal) lacks(res *Result) bool {
	switch res.Failure.Missing {
	case "extension":
		return true
	case "role":
		return !slices.ContainsFunc(r.folder.Pairs, func(p *Pair) bool {
			return p.Version <= res.Version && p.Up != nil && slices.ContainsFunc(p.Up.Statements, func(s Statement) bool { return KindOf(s.Text).Verb == "DROP ROLE" })
		})
	}
	return false
}

// lackedText says what the server lacks.
func lackedText(f *Failure) string {
	return fmt.Sprintf("the server that the rehearsal runs on lacks the %s that the file needs: %s (SQLSTATE %s)", f.Missing, f.Message, f.State)
}

// missingFix is how a server gets what it lacks.
func missingFix(f *Failure) string {
	if f.Missing == "extension" {
		return "if production has the extension, install its package on the server that the rehearsal runs on and rehearse again; if production lacks it too, the file fails there"
	}
	return "if production has the role, make it on the server that the rehearsal runs on (with --empty: --setup FILE) and rehearse again; if production lacks it too, the file fails there"
}
