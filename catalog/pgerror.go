package catalog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/understudy-db/understudy/internal/fault"
)

// ServerError is what may be told of an error that PostgreSQL reported. It
// holds names and codes, never a row value: DETAIL, CONTEXT, HINT and the
// query are dropped, and so is the message where it can quote a row.
type ServerError struct {
	State      string // SQLSTATE
	Message    string // the server's message, or the name of the condition where that could quote a row
	Schema     string
	Table      string
	Column     string
	DataType   string
	Constraint string
	Line       int64 // line of the COPY input, 0 without

	cause error // a context's error, when that is why the server was told to stop
}

func (e *ServerError) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	b.WriteString(" (SQLSTATE ")
	b.WriteString(e.State)
	if e.Table != "" {
		b.WriteString(", table ")
		if e.Schema != "" {
			b.WriteString(Display(e.Schema) + ".")
		}
		b.WriteString(Display(e.Table))
	}
	for _, p := range []struct{ label, value string }{
		{"column", e.Column}, {"type", e.DataType}, {"constraint", e.Constraint},
	} {
		if p.value != "" {
			b.WriteString(", " + p.label + " " + Display(p.value))
		}
	}
	if e.Line > 0 {
		fmt.Fprintf(&b, ", line %d of the COPY input", e.Line)
	}
	b.WriteByte(')')
	return b.String()
}

// SQLState is the five-character code.
func (e *ServerError) SQLState() string { return e.State }

func (e *ServerError) Unwrap() error { return e.cause }

// conditions name the codes whose messages are dropped, as the appendix of
// PostgreSQL's manual does.
var conditions = map[string]string{
	"21000": "cardinality violation",
	"22000": "data exception",
	"22001": "value too long for its type",
	"22003": "numeric value out of range",
	"22004": "null value not allowed",
	"22007": "invalid datetime format",
	"22008": "datetime field overflow",
	"22009": "invalid time zone displacement value",
	"22012": "division by zero",
	"22021": "character not in the encoding's repertoire",
	"22023": "invalid parameter value",
	"22025": "invalid escape sequence",
	"22030": "duplicate JSON object key value",
	"22032": "invalid JSON text",
	"22P01": "floating point exception",
	"22P02": "invalid text representation",
	"22P03": "invalid binary representation",
	"22P04": "bad COPY file format",
	"22P05": "untranslatable character",
	"23000": "integrity constraint violation",
	"23001": "restrict violation",
	"23502": "not-null violation",
	"23503": "foreign key violation",
	"23505": "unique violation",
	"23514": "check violation",
	"23P01": "exclusion violation",
	"0A000": "feature not supported",
	"25006": "read-only transaction",
	"3F000": "invalid schema name",
	"42501": "insufficient privilege",
	"42601": "syntax error",
	"42602": "invalid name",
	"42702": "ambiguous column",
	"42703": "undefined column",
	"42704": "undefined object",
	"42725": "ambiguous function",
	"42804": "datatype mismatch",
	"42883": "undefined function",
	"42P01": "undefined table",
	"42P17": "invalid object definition",
	"44000": "WITH CHECK OPTION violation",
	"53100": "disk full",
	"53200": "out of memory",
	"54000": "program limit exceeded",
	"54001": "statement too complex",
	"55000": "object not in prerequisite state",
	"57014": "query canceled",
	"P0001": "exception raised by a function",
	"P0004": "assertion failed in a function",
}

// languages are the server's source files in which functions of procedural
// languages raise errors, under any code they like.
var languages = map[string]bool{"pl_exec.c": true, "plperl.c": true, "Util.c": true, "plpy_elog.c": true, "plpy_plpymodule.c": true, "pltcl.c": true}

// quotesRows tells whether a message can quote a row: those of data exceptions
// and constraint violations do, and functions, procedural languages and foreign
// servers say whatever their authors wrote.
func quotesRows(pg *pgconn.PgError) bool {
	if len(pg.Code) < 2 || languages[pg.File] {
		return true
	}
	switch pg.Code[:2] {
	case "22", "23", "38", "39", "44", "HV", "P0":
		return true
	}
	return false
}

// saysNothingOfRows tells whether a message is about the server, the session or
// the definition of an object alone, even if it comes from evaluating an
// expression over rows. Such an expression can quote a row under nearly every
// other code: 'x'::regclass under 42P01, to_tsquery under 42601,
// current_setting under 42704, and a function that puts SQL together from
// values under all that the parser knows.
func saysNothingOfRows(pg *pgconn.PgError) bool {
	if quotesRows(pg) {
		return false
	}
	session := false
	switch pg.Code[:2] {
	case "08", "25", "40", "53", "54", "55", "57", "58":
		session = true
	}
	switch {
	case pg.File == "postgres.c": // an interrupt, wherever it found the session
		return session
	case quotesArguments[pg.File], !ownContext(pg):
		return false
	case pg.Position > 0: // the statement itself does not parse
		return true
	}
	return session || definesObjects[pg.File] || pg.Code == "42501" || pg.Code == "XX001" || pg.Code == "XX002"
}

// quotesArguments are the server's source files with functions that quote what
// they are given under codes that otherwise are about the server.
var quotesArguments = map[string]bool{
	"tsquery.c": true, "genfile.c": true, "be-fsstubs.c": true, "guc.c": true, "guc_funcs.c": true, "dblink.c": true, "file_fdw.c": true,
}

// definesObjects are the server's source files that analyse statements and carry
// out DDL, and that no expression over rows comes to by itself.
var definesObjects = map[string]bool{
	"parse_relation.c": true, "parse_func.c": true, "parse_expr.c": true, "parse_target.c": true, "createas.c": true,
	"index.c": true, "heap.c": true, "indexcmds.c": true, "tablecmds.c": true, "trigger.c": true, "policy.c": true, "rewriteDefine.c": true,
	"statscmds.c": true, "matview.c": true, "view.c": true, "typecmds.c": true, "functioncmds.c": true, "parse_utilcmd.c": true,
	"publicationcmds.c": true, "alter.c": true, "comment.c": true, "schemacmds.c": true, "collationcmds.c": true,
}

// inlined is the context of a function in SQL whose text does not parse.
var inlined = regexp.MustCompile(`^SQL function ".*" during (?:inlining|startup)$`)

// ownContext tells whether an error was raised by our statement and not by SQL
// that a function in it has put together. The context of a COPY is our own. A
// query within a function that does not parse is told of in a field of its own.
func ownContext(pg *pgconn.PgError) bool {
	internal := pg.InternalQuery != ""
	for line := range strings.Lines(pg.Where) {
		switch line = strings.TrimSuffix(line, "\n"); {
		case inlined.MatchString(line):
			internal = false
		case !strings.HasPrefix(line, "COPY "):
			return false
		}
	}
	return !internal
}

var (
	copyLine   = regexp.MustCompile(`(?m)^COPY .*?, line (\d+)`)
	copyColumn = regexp.MustCompile(`^COPY .*?, line \d+, column ([A-Za-z_][A-Za-z0-9_]*)(?::|\n|$)`)
)

func redacted(pg *pgconn.PgError, cause error, quotes bool) *ServerError {
	e := &ServerError{State: pg.Code, Message: pg.Message, cause: cause}
	if !languages[pg.File] { // RAISE … USING TABLE = value
		e.Schema, e.Table, e.Column, e.DataType, e.Constraint = pg.SchemaName, pg.TableName, pg.ColumnName, pg.DataTypeName, pg.ConstraintName
	}
	if quotes {
		e.Message = conditions[pg.Code]
		if e.Message == "" && len(pg.Code) == 5 {
			e.Message = conditions[pg.Code[:2]+"000"]
		}
		if e.Message == "" {
			e.Message = "error whose message may quote a row"
		}
	} else if pg.Severity == "FATAL" || pg.Severity == "PANIC" {
		e.Message = "server closed the session: " + e.Message
	}
	if m := copyLine.FindStringSubmatch(pg.Where); m != nil {
		e.Line, _ = strconv.ParseInt(m[1], 10, 64)
	}
	if m := copyColumn.FindStringSubmatch(pg.Where); m != nil && e.Column == "" {
		e.Column = m[1]
	}
	return e
}

// Redact frees an error of everything that could quote a row or a connection
// string. An error of the server becomes a *ServerError, within a *fault.Error
// of the same kind, place and hint if it was wrapped in one. What else was
// wrapped around it is dropped, because its text repeats the server's: redact
// first, then wrap. Errors without such parts are returned as they are.
func Redact(err error) error { return redact(err, quotesRows) }

// RedactEvaluated is Redact for statements that evaluate somebody's expressions
// over rows: masks and conditions on the source; constraints, indexes and
// materialized views on the target. It keeps the server's message only where
// that is about the server, the session or a definition.
func RedactEvaluated(err error) error {
	return redact(err, func(pg *pgconn.PgError) bool { return !saysNothingOfRows(pg) })
}

func redact(err error, quotes func(*pgconn.PgError) bool) error {
	var (
		pg      *pgconn.PgError
		scan    pgx.ScanArgError
		parse   *pgconn.ParseConfigError
		connect *pgconn.ConnectError
		clean   error
		secrets []string // texts that a fault around it must not repeat
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &connect):
		clean, secrets = connectError(context.Background(), connect.Config, connect), []string{connect.Error()}
	case errors.As(err, &parse):
		clean, secrets = badDSN(parse), []string{parse.Error(), parse.ConnString}
	case errors.As(err, &pg):
		clean, secrets = redacted(pg, contextCause(err), quotes(pg)), []string{pg.Message, pg.Detail, pg.Where, pg.Hint, pg.InternalQuery}
	case errors.As(err, &scan):
		clean, secrets = fmt.Errorf("column %d of the server's answer cannot be read", scan.ColumnIndex+1), []string{scan.Error(), scan.Err.Error()}
	default:
		return err
	}
	var f *fault.Error
	if !errors.As(err, &f) {
		return clean
	}
	for _, s := range secrets {
		if s != "" && strings.Contains(f.Where+"\x00"+f.Msg+"\x00"+f.Hint, s) {
			return clean
		}
	}
	return &fault.Error{Kind: f.Kind, Where: f.Where, Msg: f.Msg, Hint: f.Hint, Err: clean}
}

func contextCause(err error) error {
	for _, cause := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, cause) {
			return cause
		}
	}
	return nil
}

// SQLState is the code of the server's error in err, redacted or not; empty if
// the server did not report one.
func SQLState(err error) string {
	var e interface{ SQLState() string }
	if errors.As(err, &e) {
		return e.SQLState()
	}
	return ""
}

// Transient tells whether trying again can help: a lost or refused connection,
// a server that starts, stops or is full, a conflict with other sessions. A
// cancelled context and a fault of another kind than Transient do not count.
func Transient(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	var f *fault.Error
	if errors.As(err, &f) && f.Kind != fault.Other {
		return f.Kind == fault.Transient
	}
	if state := SQLState(err); state != "" {
		return transientState(state)
	}
	var (
		network net.Error
		op      *net.OpError
		closed  = []error{
			io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, net.ErrClosed, os.ErrDeadlineExceeded, pgconn.ErrConnClosed,
			syscall.ECONNRESET, syscall.ECONNREFUSED, syscall.ECONNABORTED, syscall.EPIPE, syscall.ETIMEDOUT,
			syscall.EHOSTUNREACH, syscall.ENETUNREACH,
		}
	)
	for _, e := range closed {
		if errors.Is(err, e) {
			return true
		}
	}
	return errors.As(err, &network) || errors.As(err, &op)
}

func transientState(state string) bool {
	switch state {
	case "08P01", // protocol violation: a bug, or a pooler
		"57P04": // database dropped
		return false
	case "40001", // serialization failure, also a standby's recovery conflict
		"40P01", // deadlock
		"53300", // too many connections
		"55P03", // lock not available within lock_timeout
		"25P03": // idle in transaction for too long
		return true
	}
	return strings.HasPrefix(state, "08") || strings.HasPrefix(state, "57P")
}
