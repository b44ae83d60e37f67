package extract

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// FragmentError says what is wrong with SQL that a policy's author wrote. Msg
// quotes that SQL at most, never data. It is a fault of kind Policy.
type FragmentError struct {
	SQLState string // empty where the refusal is ours
	Msg      string
	Position int // 1-based, in characters of the query that was prepared; 0 unknown
}

func (e *FragmentError) Error() string {
	if e.SQLState == "" {
		return e.Msg
	}
	return fmt.Sprintf("%s (SQLSTATE %s)", e.Msg, e.SQLState)
}

// Unwrap makes the kind visible to package fault.
func (e *FragmentError) Unwrap() error { return &fault.Error{Kind: fault.Policy, Msg: e.Error()} }

// planTimeout bounds the planning of a fragment's statement.
const planTimeout = 30 * time.Second

// Prepare has the source analyse one statement without running it, and tells
// the columns it would return. Because the extended protocol takes one
// statement only, SQL that passes cannot smuggle in a second one. It also
// refuses statements that call VOLATILE functions: their results differ from
// run to run, and they are the ones that can do harm in a read-only transaction
// (advisory locks, dblink, pg_terminate_backend, large objects before 16).
// What is wrong with the SQL comes back as *FragmentError.
//
// Volatile functions are looked for by name in the statement's text and in its
// plan, which also shows those behind views, operators and inlined functions.
// Copy and Count look again.
//
// A volatile function behind a function that claims not to be volatile, behind a
// type's own functions or a cast passes: it runs within the same transaction,
// which is read-only and always rolled back, and advisory locks that it took are
// let go after it. What no rollback undoes is refused there too; refuseLasting
// tells how far that sees.
func (s *Source) Prepare(ctx context.Context, query string) (fields []pgconn.FieldDescription, err error) {
	err = s.within(ctx, work{what: "prepare a fragment of the policy"}, func(ctx context.Context, r *reader) error {
		fields, err = r.prepareFragment(ctx, query)
		if err != nil {
			return err
		}
		return r.refuseVolatile(ctx, query)
	})
	if err != nil {
		return nil, err
	}
	return fields, nil
}

// PrepareExpr is Prepare for a single expression over the columns of a table,
// which must stay one expression wherever it is put: text that closes the
// parentheses or brackets around it, or is a list, is refused. A position in
// the *FragmentError counts within expr.
func (s *Source) PrepareExpr(ctx context.Context, t *catalog.Table, expr string) (field pgconn.FieldDescription, err error) {
	err = s.within(ctx, work{what: "prepare an expression of the policy", table: t}, func(ctx context.Context, r *reader) error {
		from := "FROM ONLY " + t.Name.SQL()
		// Text that is balanced within parentheses and within brackets closes
		// neither.
		for _, around := range [][2]string{{"SELECT ARRAY[\n", "\n]\n"}, {"SELECT (\n", "\n)\n"}} {
			query := around[0] + expr + around[1] + from
			fields, err := r.prepareFragment(ctx, query)
			var wrong *FragmentError
			if errors.As(err, &wrong) && wrong.Position > 0 {
				wrong.Position -= utf8.RuneCountInString(around[0])
				if wrong.Position < 1 || wrong.Position > utf8.RuneCountInString(expr) {
					wrong.Position = 0
				}
			}
			if err != nil {
				return err
			}
			if len(fields) != 1 || fields[0].DataTypeOID == pgtype.RecordOID {
				return &FragmentError{Msg: "this is a list and not one expression"}
			}
			field = fields[0]
		}
		return r.refuseVolatile(ctx, "SELECT (\n"+expr+"\n)\n"+from)
	})
	return field, err
}

// prepareFragment is prepare with the errors that its author should read.
func (r *reader) prepareFragment(ctx context.Context, query string) ([]pgconn.FieldDescription, error) {
	fields, err := r.prepare(ctx, query)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && authors(pg.Code) {
		return nil, &FragmentError{SQLState: pg.Code, Msg: pg.Message, Position: int(pg.Position)}
	}
	return fields, err
}

// authors tells whether the author of the SQL is who can put an error right.
func authors(state string) bool {
	if len(state) != 5 || state == stateInsufficientRights || state == stateQueryCanceled {
		return false
	}
	switch {
	case state == stateReadOnly, state == stateActiveTransaction: // a function writes, or tries to be allowed to
		return true
	}
	switch state[:2] {
	case "08", "25", "40", "53", "55", "57", "58", "XX":
		return false
	}
	return true
}

var (
	// call finds what may be the name of a function in front of an opening
	// parenthesis, with whitespace and comments between. It may find more
	// than there is, in strings and comments, but not less.
	call = regexp.MustCompile(`(?s)` + identifier + gap + `(?:\.` + gap + identifier + gap + `)*\(`)
	// escapedIdentifier is U&"…", whose name is not what is written.
	escapedIdentifier = regexp.MustCompile(`(?i)u&"`)
	lastIdentifier    = regexp.MustCompile(`(?s)` + identifier + gap + `\($`)
)

const (
	identifier = `("(?:[^"]|"")+"|[\pL_\x{80}-\x{10FFFF}][\pL\pN_$\x{80}-\x{10FFFF}]*)`
	gap        = `(?:[\s\v]|--[^\n\r]*[\n\r]|/\*.*?\*/)*`
)

// called lists the names that text may call as functions, without schema.
func called(text string) []string {
	names := map[string]bool{}
	// Matches may nest or overlap where comments are involved, so the search
	// goes on one character after the start of each.
	for at := 0; at < len(text); {
		m := call.FindStringIndex(text[at:])
		if m == nil {
			break
		}
		start := at + m[0]
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		within := text[start] != '"' && (before == '_' || unicode.IsLetter(before) || before >= 0x80 && before != utf8.RuneError)
		if l := lastIdentifier.FindStringSubmatch(text[start : at+m[1]]); l != nil && !within {
			names[named(l[1])] = true
		}
		_, size := utf8.DecodeRuneInString(text[at+m[0]:])
		at += m[0] + size
	}
	return slices.Sorted(maps.Keys(names))
}

// named is the name that the server takes from an identifier: without quotes,
// in lower case as far as ASCII goes, cut off at 63 bytes.
func named(identifier string) string {
	const longest = 63
	name := identifier
	if strings.HasPrefix(name, `"`) {
		name = strings.ReplaceAll(name[1:len(name)-1], `""`, `"`)
	} else {
		name = strings.Map(func(r rune) rune {
			if 'A' <= r && r <= 'Z' {
				return r - 'A' + 'a'
			}
			return r
		}, name)
	}
	if len(name) > longest {
		cut := longest
		for !utf8.RuneStart(name[cut]) {
			cut--
		}
		name = name[:cut]
	}
	return name
}

// refuseVolatile refuses a statement that calls volatile functions. The
// statement must have been prepared before.
func (r *reader) refuseVolatile(ctx context.Context, query string) error {
	if escapedIdentifier.MatchString(query) {
		return &FragmentError{Msg: `identifiers written as U&"…" are not allowed in a policy`}
	}
	if err := r.exec(ctx, "SET LOCAL statement_timeout = "+milliseconds(planTimeout)); err != nil {
		return err
	}
	rows, _ := r.conn.Query(ctx, "EXPLAIN (VERBOSE, COSTS OFF)\n"+query) // CollectRows tells the error
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err == nil {
		err = r.exec(ctx, "SET LOCAL statement_timeout = 0")
	}
	if err != nil {
		if state := catalog.SQLState(err); authors(state) {
			// Planning may have evaluated a function on data.
			return &FragmentError{SQLState: state, Msg: "the statement cannot be planned"}
		}
		return err
	}
	if slices.ContainsFunc(plan, func(line string) bool { return strings.HasPrefix(strings.TrimLeft(line, " ->"), "LockRows") }) {
		return &FragmentError{Msg: "SQL of a policy must not lock rows (FOR UPDATE, FOR SHARE)"}
	}
	text := query + "\n" + strings.Join(plan, "\n")
	rows, err = r.conn.Query(ctx, `
		SELECT DISTINCT n.nspname || '.' || p.proname || '()' AS what
		FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
		WHERE p.proname = ANY ($1::text[]) AND p.provolatile = 'v' AND p.prokind <> 'p'
		UNION
		SELECT 'operator ' || o.oprname
		FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode
		WHERE p.provolatile = 'v' AND pg_catalog.strpos($2, o.oprname) > 0
		ORDER BY what`, called(text), text)
	if err != nil {
		return err
	}
	volatile, err := pgx.CollectRows(rows, pgx.RowTo[string])
	switch {
	case err != nil:
		return err
	case len(volatile) == 0:
		return r.refuseLasting(ctx, text)
	}
	return &FragmentError{Msg: fmt.Sprintf("%s is VOLATILE: SQL of a policy may only call functions that always give the same answer "+
		"(if it does, mark it STABLE or IMMUTABLE)", strings.Join(volatile, ", "))}
}
