package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
)

const canary = "Canary-4711-Bird"

// Whatever the server quotes of a row, none of it survives Redact.
func TestRedactHidesRows(t *testing.T) {
	t.Parallel()
	link := pgtest.Source(t).Database(t, `
		CREATE EXTENSION btree_gist;
		CREATE TYPE mood AS ENUM ('ok');
		CREATE DOMAIN short AS text CONSTRAINT short_enough CHECK (length(value) < 5);
		CREATE TABLE people (
			id text PRIMARY KEY, email text NOT NULL UNIQUE, age int CONSTRAINT adult CHECK (age > 17), code varchar(3),
			nick short, j jsonb, m mood, u uuid, at timestamptz, ip inet, b bytea,
			EXCLUDE USING gist (code WITH =));
		INSERT INTO people (id, email, age, code) VALUES ('`+canary+`', '`+canary+`', 18, 'abc');
		CREATE TABLE pets (owner text REFERENCES people);
		CREATE TABLE parted (k text) PARTITION BY LIST (k);
		CREATE TABLE doubles (v text);
		INSERT INTO doubles VALUES ('`+canary+`'), ('`+canary+`');
		CREATE FUNCTION talk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'row % refused', NEW USING HINT = NEW.v, DETAIL = NEW.v; END $$;
		CREATE TABLE talkative (v text);
		CREATE TRIGGER talk BEFORE INSERT ON talkative FOR EACH ROW EXECUTE FUNCTION talk();
		CREATE VIEW grown AS SELECT id, email, age FROM people WHERE age > 20 WITH CHECK OPTION;
		CREATE FUNCTION strict_text(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1::int::text; END $$;`)
	conn := connect(t, link, catalog.Session{Settings: map[string]string{"search_path": "public"}})
	q := "'" + canary + "'"

	for name, c := range map[string]struct {
		sql, in                string // in: COPY input
		state                  string
		table, col, constraint string
		line                   int64
	}{
		"unique":        {sql: "INSERT INTO people (id, email) VALUES ('x', " + q + ")", state: "23505", table: "people", constraint: "people_email_key"},
		"primary key":   {sql: "INSERT INTO people (id, email) VALUES (" + q + ", 'x')", state: "23505", table: "people", constraint: "people_pkey"},
		"check":         {sql: "INSERT INTO people (id, email, age) VALUES ('x', " + q + "||1, 3)", state: "23514", table: "people", constraint: "adult"},
		"not null":      {sql: "INSERT INTO people (id) VALUES (" + q + "||2)", state: "23502", table: "people", col: "email"},
		"foreign key":   {sql: "INSERT INTO pets VALUES (" + q + "||3)", state: "23503", table: "pets", constraint: "pets_owner_fkey"},
		"exclusion":     {sql: "INSERT INTO people (id, email, code) VALUES ('x', " + q + "||4, 'abc')", state: "23P01", table: "people", constraint: "people_code_excl"},
		"domain":        {sql: "INSERT INTO people (id, email, nick) VALUES ('x', 'y', " + q + ")", state: "23514", constraint: "short_enough"},
		"too long":      {sql: "INSERT INTO people (id, email, code) VALUES ('x', 'y', " + q + ")", state: "22001"},
		"cast":          {sql: "SELECT v::int FROM doubles", state: "22P02"},
		"enum":          {sql: "SELECT v::mood FROM doubles", state: "22P02"},
		"uuid":          {sql: "SELECT v::uuid FROM doubles", state: "22P02"},
		"date":          {sql: "SELECT v::timestamptz FROM doubles", state: "22007"},
		"JSON":          {sql: "SELECT ('{\"a\": ' || v || '}')::jsonb FROM doubles", state: "22P02"},
		"inet":          {sql: "SELECT v::inet FROM doubles", state: "22P02"},
		"number":        {sql: "SELECT to_number(v, '999')::numeric(2) + v::numeric FROM doubles", state: "22P02"},
		"function":      {sql: "SELECT strict_text(v) FROM doubles", state: "22P02"},
		"index":         {sql: "CREATE UNIQUE INDEX broken ON doubles (v)", state: "23505", constraint: "broken", table: "doubles"},
		"index expr":    {sql: "CREATE INDEX broken ON doubles (strict_text(v))", state: "22P02"},
		"no partition":  {sql: "INSERT INTO parted VALUES (" + q + ")", state: "23514", table: "parted"},
		"trigger":       {sql: "INSERT INTO talkative VALUES (" + q + ")", state: "P0001"},
		"check option":  {sql: "INSERT INTO grown VALUES (" + q + "||5, " + q + "||5, 19)", state: "44000"},
		"syntax in SQL": {sql: "DO $$ BEGIN EXECUTE 'SELECT ' || quote_literal(" + q + ") || '::int'; END $$", state: "22P02"},
		"COPY value":    {sql: "COPY people (id, email, age) FROM STDIN", in: "a\tb\t20\nc\td\t" + canary + "\n", state: "22P02", line: 2, col: "age"},
		"COPY line":     {sql: "COPY people (id, email, age) FROM STDIN", in: canary + "\n", state: "22P04", line: 1},
		"COPY unique":   {sql: "COPY people (id, email) FROM STDIN", in: "a\tb\n" + canary + "\tx\n", state: "23505", line: 2, table: "people", constraint: "people_pkey"},
		"COPY binary":   {sql: "COPY people (id, email) FROM STDIN (FORMAT binary)", in: canary, state: "22P04"},
		"COPY encoding": {sql: "COPY people (id, email) FROM STDIN", in: canary + "\xff\tx\n", state: "22021", line: 1},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			if c.in != "" {
				_, err = conn.PgConn().CopyFrom(t.Context(), strings.NewReader(c.in), c.sql)
			} else {
				var rows pgx.Rows
				if rows, err = conn.Query(t.Context(), c.sql); err == nil {
					_, err = pgx.CollectRows(rows, pgx.RowToMap)
				}
			}
			if err == nil {
				t.Fatal("no error")
			}
			for _, raw := range []error{
				err,
				fmt.Errorf("copy: %w", err),
				errors.Join(errors.New("first"), err),
				fault.Wrap(fault.Data, err, "copy public.people"),
				fault.Wrap(fault.Data, err, "copy: %v", err),
				fmt.Errorf("refresh: %w", fault.Wrap(fault.Data, err, "copy public.people").WithHint("go on").At("public.people")),
			} {
				clean := catalog.Redact(raw)
				leaks(t, clean, canary)
				if got := catalog.SQLState(clean); got != c.state || catalog.SQLState(raw) != got {
					t.Errorf("SQLSTATE %q, want %q", got, c.state)
				}
				var s *catalog.ServerError
				if !errors.As(clean, &s) {
					t.Fatalf("no ServerError in %v", clean)
				}
				if c.table != s.Table || c.constraint != s.Constraint || c.line != s.Line || c.col != s.Column {
					t.Errorf("table %q, column %q, constraint %q, line %d", s.Table, s.Column, s.Constraint, s.Line)
				}
			}
			kept := catalog.Redact(fault.Wrap(fault.Data, err, "copy public.people").WithHint("go on").At("public.people"))
			var f *fault.Error
			if !errors.As(kept, &f) || f.Kind != fault.Data || f.Where != "public.people" || f.Hint != "go on" || f.Msg != "copy public.people" {
				t.Errorf("the fault around it is lost: %v", kept)
			}
		})
	}
}

// A value that pgx cannot read into a Go variable stands in its error.
func TestRedactScanErrors(t *testing.T) {
	t.Parallel()
	conn := connect(t, pgtest.Source(t).Database(t), catalog.Session{})
	var n int
	err := conn.QueryRow(t.Context(), "SELECT '"+canary+"'::text").Scan(&n)
	if err == nil {
		t.Fatal("no error")
	}
	leaks(t, catalog.Redact(err), canary)
}

func TestRedactKeepsTheRest(t *testing.T) {
	t.Parallel()
	plain := errors.New("plain")
	if catalog.Redact(plain) != plain || catalog.Redact(nil) != nil {
		t.Error("an error without secrets was changed")
	}
	conn := connect(t, pgtest.Source(t).Database(t), catalog.Session{})
	_, err := conn.Exec(t.Context(), "SELECT FROM nowhere.nothing")
	if got, want := catalog.Redact(err).Error(), `relation "nowhere.nothing" does not exist (SQLSTATE 42P01)`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	_, err = conn.Exec(t.Context(), "SELECT 'x'::pg_catalog.int4")
	if got, want := catalog.Redact(err).Error(), `invalid text representation (SQLSTATE 22P02)`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	parse := pgconn.NewParseConfigError("postgres://u:"+canary+"@h/d", "odd", nil)
	leaks(t, catalog.Redact(fault.Wrap(fault.Usage, parse, "open")), canary)
}

func TestTransient(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]bool{
		"08000": true, "08006": true, "08001": true, "08P01": false, "53300": true, "53100": false, "57P01": true, "57P02": true,
		"57P03": true, "57P04": false, "57P05": true, "40001": true, "40P01": true, "55P03": true, "25P03": true,
		"57014": false, "23505": false, "42501": false, "28P01": false,
	} {
		err := error(&pgconn.PgError{Code: state})
		for _, e := range []error{err, catalog.Redact(err), fmt.Errorf("x: %w", err), fault.Wrap(fault.Other, catalog.Redact(err), "x")} {
			if catalog.Transient(e) != want {
				t.Errorf("%s: got %v", state, !want)
			}
		}
	}
	for _, err := range []error{
		io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE, pgconn.ErrConnClosed,
		&net.OpError{Op: "read", Err: syscall.ETIMEDOUT}, fault.New(fault.Transient, "x"),
	} {
		if !catalog.Transient(fmt.Errorf("read: %w", err)) {
			t.Errorf("%v is not transient", err)
		}
	}
	for _, err := range []error{
		nil, errors.New("x"), context.Canceled, context.DeadlineExceeded, fault.New(fault.Preflight, "x"),
		fault.Wrap(fault.Preflight, io.EOF, "x"), fmt.Errorf("%w: %w", context.Canceled, io.EOF),
	} {
		if catalog.Transient(err) {
			t.Errorf("%v is transient", err)
		}
	}
}

// What a session reports after an administrator ended it is worth a retry.
func TestTerminatedSessionIsTransient(t *testing.T) {
	t.Parallel()
	link := pgtest.Source(t).Database(t)
	victim, killer := connect(t, link, catalog.Session{}), connect(t, link, catalog.Session{})
	var done bool
	if err := killer.QueryRow(t.Context(), "SELECT pg_terminate_backend($1, 60000)", victim.PgConn().PID()).Scan(&done); err != nil || !done {
		t.Fatal(done, err)
	}
	for range 3 {
		if _, err := victim.Exec(t.Context(), "SELECT 1"); !catalog.Transient(err) || !catalog.Transient(catalog.Redact(err)) {
			t.Errorf("%v is not transient", err)
		}
	}
}

// A function may raise its error under any code, and built-in ones quote what
// they cannot take under codes that otherwise are about the schema.
func TestRedactEvaluated(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	conn := server.Conn(t, server.Database(t, `
		CREATE TABLE people (v text); INSERT INTO people VALUES ('Canary''s "note" 4711');
		CREATE FUNCTION poses(v text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no %', v USING ERRCODE = '42P01'; END $$;
		CREATE FUNCTION names(v text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE 'no' USING TABLE = v, COLUMN = v, CONSTRAINT = v, DATATYPE = v, SCHEMA = v; END $$;
		CREATE FUNCTION stops(v text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no %', v USING ERRCODE = '57P03'; END $$;
		CREATE FUNCTION builds(v text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'SELECT ' || quote_ident(v); RETURN v; END $$;
		CREATE FUNCTION cancels(v text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DISCARD ALL -- ' || v; RETURN v; END $$;
		SET check_function_bodies = off;
		CREATE FUNCTION stale(v text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT nowhere($1)::int'`))
	const canary = "Canary"
	for expr, anywhere := range map[string]bool{ // whether Redact is enough
		`public.poses(v)`: true, `public.stops(v)`: true, `v::int`: true,
		`v::regclass`: false, `v::regrole`: false, `v::regprocedure`: false, `current_setting(v)`: false, `to_tsquery('simple', v || '&(')`: false,
		`date_trunc(v, now())`: true, `public.builds(v)`: false, `pg_read_file(v)`: false, `lo_import(v)`: false, `set_config('x y' || v, v, false)`: false,
		`to_tsquery('simple', v || repeat('x', 3000))`: false, `v::regtype`: false, `v::regnamespace`: false, `nextval(v::regclass)`: false,
		`query_to_xml('select ' || quote_ident(v), true, true, '')`: false, `('<a' || v)::xml`: true, `v::json`: true, `v::bit(3)`: true, `v::jsonpath`: false, `v::tsquery`: false,
		`has_table_privilege(v, 'SELECT')`: false, `has_database_privilege(v, 'CONNECT')`: false, `convert_from(convert_to(v, 'UTF8'), v)`: true, `public.cancels(v)`: true, `public.names(v)`: true,
	} {
		_, err := conn.Exec(t.Context(), `SELECT `+expr+` FROM people`)
		if err == nil {
			t.Errorf("%s: no error", expr)
			continue
		}
		leaks(t, catalog.RedactEvaluated(err), canary)
		if anywhere {
			leaks(t, catalog.Redact(err), canary)
		}
		if catalog.SQLState(catalog.RedactEvaluated(err)) != catalog.SQLState(err) {
			t.Errorf("%s: the code is lost", expr)
		}
	}
	// What is wrong with a definition is told.
	for ddl, want := range map[string]string{
		`CREATE INDEX ON people (nowhere(v))`:                                                        "nowhere(text)",
		`CREATE INDEX ON people (stale(v))`:                                                          "nowhere(text)",
		`ALTER TABLE people ADD CHECK (elsewhere > 0)`:                                               "elsewhere",
		`CREATE INDEX ON people (poses(v))`:                                                          "IMMUTABLE",
		`CREATE MATERIALIZED VIEW m AS SELECT * FROM people; CREATE MATERIALIZED VIEW m AS SELECT 1`: "\"m\"",
	} {
		_, err := conn.Exec(t.Context(), ddl)
		if err == nil {
			t.Errorf("%s: no error", ddl)
		} else if got := catalog.RedactEvaluated(err).Error(); !strings.Contains(got, want) {
			t.Errorf("%s: %s", ddl, got)
		}
	}
	_, err := conn.Exec(t.Context(), `SET statement_timeout = 10; SELECT pg_sleep(10)`)
	if got := catalog.RedactEvaluated(err).Error(); !strings.Contains(got, "statement timeout") {
		t.Errorf("a message about the session is gone: %s", got)
	}
}
