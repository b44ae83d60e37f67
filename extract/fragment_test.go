package extract

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
)

const fragmentSchema = `
	CREATE TABLE t (id int, email text);
	INSERT INTO t SELECT i, i || '@example.com' FROM generate_series(1, 10) i;
	CREATE SEQUENCE q;
	CREATE FUNCTION untold(text) RETURNS text LANGUAGE sql AS 'SELECT upper($1)';
	CREATE FUNCTION told(text) RETURNS text STABLE LANGUAGE sql AS 'SELECT upper($1)';
	CREATE FUNCTION liar(text) RETURNS text STABLE LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.t VALUES (0, 'written'); RETURN $1; END $$;
	CREATE FUNCTION settings(text) RETURNS text STABLE LANGUAGE plpgsql AS $$ BEGIN
		PERFORM set_config('row_security', 'on', false), set_config('search_path', 'public', false),
		        set_config('default_transaction_read_only', 'off', false), set_config('DateStyle', 'German', false);
		PERFORM pg_notify('understudy_test', 'x'); PERFORM lo_create(4711); RETURN $1; END $$;
	CREATE FUNCTION op(text, int) RETURNS text VOLATILE LANGUAGE sql AS 'SELECT $1';
	CREATE OPERATOR <?> (LEFTARG = text, RIGHTARG = int, FUNCTION = op);
	CREATE VIEW sneaky AS SELECT clock_timestamp() AS at;
	CREATE EXTENSION dblink;
	CREATE FUNCTION outside(text) RETURNS text STABLE SECURITY DEFINER LANGUAGE plpgsql AS $$ BEGIN
		PERFORM dblink_exec('dbname=' || current_database() || ' port=' || current_setting('port') || ' user=postgres host=127.0.0.1', 'INSERT INTO public.t VALUES (0, ''written'')');
		RETURN $1; END $$;
	CREATE FUNCTION deep(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT public.outside($1)';
	CREATE FUNCTION deeper(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RETURN public . deep /* ( */ ($1); END $$;
	CREATE FUNCTION atomic(v text) RETURNS text IMMUTABLE LANGUAGE sql BEGIN ATOMIC SELECT public.deep(v); END;
	CREATE FUNCTION defaults(a text, b text DEFAULT public.deep('x')) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT a';
	CREATE FUNCTION killer(text) RETURNS text STABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(0); RETURN $1; END $$;
	CREATE FUNCTION program(text) RETURNS text STABLE LANGUAGE plpgsql AS $$ BEGIN COPY (SELECT 1) TO PROGRAM 'touch /tmp/understudy-was-here'; RETURN $1; END $$;
	CREATE FUNCTION quoted(text) RETURNS text STABLE LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'SELECT pg_logical_emit_message(false, ''a'', ''b'')'; RETURN $1; END $$;
	CREATE FUNCTION comment(text) RETURNS text STABLE LANGUAGE plpgsql AS E'BEGIN PERFORM pg_logical_emit_message -- x\r (false, $q$a$q$, $q$b$q$); RETURN $1; END';
	CREATE FUNCTION my_random(text) RETURNS text STABLE LANGUAGE sql AS 'SELECT $1';
	CREATE VIEW far AS SELECT public.deep('x') AS v`

// behind are schemas with something lasting behind what no statement names, and
// fragments that would come to it.
var behind = map[string][]string{
	"a cast": {`CREATE TYPE evil AS (v text); CREATE FUNCTION to_evil(text) RETURNS evil VOLATILE LANGUAGE sql AS 'SELECT ROW(public.outside($1))::public.evil';
		CREATE CAST (text AS evil) WITH FUNCTION to_evil(text)`, `(email::public.evil) IS NULL`},
	"a domain": {`CREATE DOMAIN evil AS text CHECK (outside(VALUE) IS NOT NULL)`, `email::public.evil = 'x'`},
	"an aggregate": {`CREATE FUNCTION step(text, text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT public.outside($2)';
		CREATE AGGREGATE evil(text) (SFUNC = step, STYPE = text)`, `(SELECT public.evil(o.email) FROM public.t o) = 'x'`},
	"an operator": {`CREATE FUNCTION op2(text, int) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT public.outside($1)';
		CREATE OPERATOR <!> (LEFTARG = text, RIGHTARG = int, FUNCTION = op2)`, `(email OPERATOR(public.<!>) 1) = 'x'`},
}

// hostile are fragments that would write on the source, run a second statement,
// change the session or harm other sessions.
var hostile = []string{
	"true)) to stdout; commit; begin read write; create table public.written (i int); copy (select (1",
	"true)) to stdout; commit; begin read write; create table public.written (i int); --",
	"true; commit; begin read write; create table public.written (i int)",
	"true; create table public.written (i int)",
	"true)) TO PROGRAM 'touch /tmp/understudy-was-here'; --",
	"true\n)\n) to stdout; drop table public.t; select ((true",
	"true) OR (true",
	"true) UNION ALL SELECT id, email FROM public.t WHERE (true",
	"true)) /* ",
	"true /* unclosed",
	"'unclosed",
	"$$unclosed",
	"$tag$ )) to stdout; drop table public.t; -- ",
	"E'\\') to stdout; drop table public.t; --",
	`"unclosed`,
	"(true",
	"true))",
	"",
	"true AND",
	"true\x00)) to stdout; drop table public.t; --",
	"true, true",
	"id = $1",
	"(WITH w AS (INSERT INTO public.t VALUES (0, 'written') RETURNING id) SELECT count(*) FROM w) > 0",
	"(WITH w AS (DELETE FROM public.t RETURNING id) SELECT count(*) FROM w) > 0",
	"(SELECT true FROM public.t FOR UPDATE)",
	"nextval('public.q') > 0",
	"setval('public.q', 100) > 0",
	"pg_catalog.pg_sleep(0) IS NULL",
	"pg_advisory_lock(1) IS NULL",
	"pg_advisory_lock /* ( */ (1) IS NULL",
	"pg_advisory_lock -- (\n (1) IS NULL",
	`"pg_advisory_lock"(1) IS NULL`,
	`U&"pg\005fadvisory_lock"(1) IS NULL`,
	"pg_notify('c', 'x') IS NULL",
	"pg_terminate_backend(0)",
	"pg_cancel_backend(0)",
	"lo_create(0) > 0",
	"lo_from_bytea(0, 'x') > 0",
	"lo_import('/etc/passwd') > 0",
	"lo_export(1, '/tmp/understudy-was-here') > 0",
	"set_config('transaction_read_only', 'off', false) = 'off'",
	"set_config('default_transaction_read_only', 'off', false) = 'off'",
	"query_to_xml('select 1', true, true, '') IS NULL",
	"pg_read_file('/etc/passwd') IS NULL",
	"random() > 0.5",
	"clock_timestamp() > now()",
	"(SELECT at FROM public.sneaky) > now()",
	"public.untold(email) = 'X'",
	"public. untold (email) = 'X'",
	"(email OPERATOR(public.<?>) 1) = 'X'",
	"(SELECT true LIMIT pg_advisory_xact_lock_shared(1)::text::int)",
	"(SELECT v FROM (VALUES (random() > 0), (random() < 0)) x(v) LIMIT 1)",
	"(SELECT true FROM dblink('', '') AS x(i int))",
	"EXISTS (SELECT FROM pg_ls_dir('/'))",
	"public.outside(email) = 'x'",
	"public.deep(email) = 'x'",
	"public.deeper(email) = 'x'",
	"public.atomic(email) = 'x'",
	"public.defaults(email) = 'x'",
	"public.killer(email) = 'x'",
	"public.program(email) = 'x'",
	"public.quoted(email) = 'x'",
	"public.comment(email) = 'x'",
	"pg_advisory_lock --\r(1) IS NULL",
	"(SELECT v FROM public.far) = 'x'",
	"public.dblink_exec('', '') = 'x'",
	"(t).email = 'x' FOR UPDATE",
	"(SELECT true INTO TEMP x)",
	"(TABLE public.t) IS NULL) TO STDOUT; --",
	"pg_logical_emit_message(false, 'a', 'b') IS NULL",
	"pg_switch_wal() IS NULL",
	"pg_reload_conf()",
	"pg_stat_reset() IS NULL",
	"pg_create_restore_point('x') IS NULL",
	"pg_export_snapshot() IS NULL",
	"set_config('search_path', 'public', false) = 'x'",
	"lo_put(1, 0, 'x') IS NULL",
	"lo_unlink(1) = 1",
	"pg_try_advisory_lock(1)",
	"pg_replication_origin_create('x') > 0",
	"currval('public.q') > 0",
	"lastval() > 0",
}

// harmless are fragments that must pass.
var harmless = []string{
	"true",
	"id > 5 -- with a comment",
	"/* a comment */ id > 5",
	"email LIKE '%)%' OR email = '('",
	"email = $$it's$$",
	"email ~ E'\\\\(' AND id IN (1, 2, 3)",
	"public.told(email) = 'X'",
	"EXISTS (SELECT FROM public.t o WHERE o.id = t.id AND lower(o.email) = lower(t.email))",
	"CASE WHEN id > 3 THEN true END",
	"id BETWEEN 1 AND 3 OR (id, email) > (5, 'a')",
	"now() > '2020-01-01'",
	"id = ANY (ARRAY[1, 2])",
	"(SELECT count(*) FROM public.t) > 3",
	"email IS NOT NULL",
	"id IS DISTINCT FROM 3",
	"public.my_random(email) = 'X'",
	"NOT id = 3 OR email ISNULL",
	`email COLLATE "C" > 'a'`,
	"ROW(id, email) IN (SELECT o.id, o.email FROM public.t o)",
}

// state is everything on the source that a fragment could have changed.
const state = `
	SELECT concat_ws(' ', (SELECT count(*) FROM public.t), (SELECT max(email) FROM public.t), (SELECT is_called FROM public.q),
	       (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_largeobject_metadata),
	       (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())))`

// Invariant 1: no fragment writes on the source or runs a second statement,
// neither when it is prepared nor when somebody forgot to prepare it.
func TestFragmentsCannotWriteOnTheSource(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, fragmentSchema)
	admin := pgtest.Source(t).Conn(t, url)
	look := func() (s string) {
		t.Helper()
		if err := admin.QueryRow(testContext(t), state).Scan(&s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := openTest(t, url, func(c *Config, _ *timings) { c.Connections = minConnections })
	tb, before := table(t, s, "t"), look()
	for _, f := range hostile {
		t.Run(fmt.Sprintf("%.60q", f), func(t *testing.T) {
			if _, err := s.PrepareExpr(testContext(t), tb, f); !fault.Is(err, fault.Policy) {
				t.Errorf("PrepareExpr: %v", err)
			}
			if now := look(); now != before {
				t.Fatalf("PrepareExpr: the source has changed: %s, was %s", now, before)
			}
			for _, q := range []*Query{
				{Table: tb, Exprs: []string{"id"}, Where: f},
				{Table: tb, Exprs: []string{"id", "(\n" + f + "\n)"}},
				{Table: tb, Exprs: []string{f}},
			} {
				_, _ = s.Copy(testContext(t), Chunk{Query: q, Of: 2, ToBlock: 1}, new(bytes.Buffer))
				if now := look(); now != before {
					t.Fatalf("Copy: the source has changed: %s, was %s", now, before)
				}
			}
		})
	}
}

func TestHarmlessFragmentsPass(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, fragmentSchema)
	s := openTest(t, url, nil)
	for _, f := range harmless {
		field, err := s.PrepareExpr(testContext(t), table(t, s, "t"), f)
		if err != nil {
			t.Errorf("%s: %v", f, err)
		} else if field.DataTypeOID != 16 {
			t.Errorf("%s: type %d instead of boolean", f, field.DataTypeOID)
		}
		q := &Query{Table: table(t, s, "t"), Exprs: []string{"id", "(\n" + f + "\n)"}, Where: f}
		if fields, err := s.Prepare(testContext(t), whole(q).SQL()); err != nil || len(fields) != 2 {
			t.Errorf("%s: %d fields, %v", f, len(fields), err)
		}
		if _, err := s.Copy(testContext(t), whole(q), new(bytes.Buffer)); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}

// What no rollback undoes is refused however far it is behind what a fragment
// names: here a function that writes by a session of its own.
func TestNothingLastingIsBehindAFragment(t *testing.T) {
	t.Parallel()
	for name, c := range behind {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := pgtest.Source(t).Database(t, fragmentSchema, c[0])
			admin := pgtest.Source(t).Conn(t, url)
			count := func() (n int) {
				t.Helper()
				if err := admin.QueryRow(testContext(t), `SELECT count(*) FROM public.t`).Scan(&n); err != nil {
					t.Fatal(err)
				}
				return n
			}
			// Without us it does write, even where nothing can be written.
			run(t, admin, `BEGIN READ ONLY; SELECT count(*) FROM public.t WHERE `+c[1]+`; ROLLBACK`)
			before := count()
			if before == 10 {
				t.Fatal("the fragment does not write: it proves nothing")
			}
			s := openTest(t, url, func(c *Config, _ *timings) { c.Connections = minConnections })
			tb := table(t, s, "t")
			if _, err := s.PrepareExpr(testContext(t), tb, c[1]); !fault.Is(err, fault.Policy) {
				t.Errorf("PrepareExpr: %v", err)
			}
			if _, err := s.Copy(testContext(t), whole(&Query{Table: tb, Exprs: []string{"id"}, Where: c[1]}), new(bytes.Buffer)); !fault.Is(err, fault.Policy) {
				t.Errorf("Copy: %v", err)
			}
			if now := count(); now != before {
				t.Errorf("the source has changed: %d rows, were %d", now, before)
			}
		})
	}
}

// A function that lies about its volatility gets as far as running, and there
// the transaction stops it or the rollback undoes it.
func TestFunctionsThatLieChangeNothing(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, fragmentSchema)
	admin := pgtest.Source(t).Conn(t, url)
	run(t, admin, `LISTEN understudy_test`)
	var before, after string
	if err := admin.QueryRow(testContext(t), state).Scan(&before); err != nil {
		t.Fatal(err)
	}
	s := openTest(t, url, func(c *Config, _ *timings) { c.Connections = minConnections })
	q := &Query{Table: table(t, s, "t"), Exprs: []string{"public.liar(email)"}}
	if _, err := s.Copy(testContext(t), whole(q), new(bytes.Buffer)); !fault.Is(err, fault.Policy) {
		t.Errorf("a function wrote, or nobody is told whose fault it is: %v", err)
	}
	q.Exprs = []string{"public.settings(email)"}
	_, err := s.Copy(testContext(t), whole(q), new(bytes.Buffer))
	t.Logf("settings: %v", err) // since 16 the server refuses lo_create
	if err := admin.QueryRow(testContext(t), state).Scan(&after); err != nil || before != after {
		t.Errorf("the source has changed: %s, was %s, %v", after, before, err)
	}
	var now string
	err = s.pool.readers[0].conn.QueryRow(testContext(t), `SELECT concat_ws(' ', current_setting('row_security'), current_setting('search_path'),
		current_setting('default_transaction_read_only'), current_setting('DateStyle'))`).Scan(&now)
	if err != nil || now != "off pg_catalog on ISO, MDY" {
		t.Errorf("the session has changed: %q, %v", now, err)
	}
	// Notifications come in the order of their commits.
	run(t, admin, `NOTIFY understudy_test, 'ours'`)
	if n, err := admin.WaitForNotification(testContext(t)); err != nil || n.Payload != "ours" {
		t.Errorf("a notification came through: %+v, %v", n, err)
	}
}

func TestFragmentErrorsPointIntoTheFragment(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, `CREATE TABLE t (id int, email text)`)
	s := openTest(t, url, nil)
	for _, tc := range []struct {
		expr, state, msg string
		position         int
	}{
		{"lower(e_mail)", "42703", "e_mail", 7},
		{"'ä' || lowr(email)", "42883", "lowr", 8},
		{"id +", "42601", "syntax error", 0},
		{"id::integr", "42704", "integr", 5},
		{"'x'::int", "22P02", `"x"`, 1},
	} {
		_, err := s.PrepareExpr(testContext(t), table(t, s, "t"), tc.expr)
		var wrong *FragmentError
		if !errors.As(err, &wrong) || !fault.Is(err, fault.Policy) {
			t.Errorf("%s: %v", tc.expr, err)
			continue
		}
		if wrong.SQLState != tc.state || !strings.Contains(wrong.Msg, tc.msg) || wrong.Position != tc.position {
			t.Errorf("%s: %+v", tc.expr, wrong)
		}
	}
}

func TestFragmentsNeedTheirPrivileges(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	url := server.Database(t, `CREATE TABLE t (id int); CREATE TABLE secret (id int); GRANT SELECT ON t TO PUBLIC`)
	role, password := server.Role(t, "")
	s := openTest(t, server.URLFor(role, password, databaseOf(url)), nil)
	_, err := s.PrepareExpr(testContext(t), table(t, s, "t"), "(SELECT count(*) FROM public.secret)")
	var wrong *FragmentError
	if errors.As(err, &wrong) || !fault.Is(err, fault.Preflight) || !strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
}

func TestSourceIsReadOnlyByTheSessionToo(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, `CREATE TABLE t (id int)`)
	s := openTest(t, url, nil)
	err := s.Fresh(testContext(t), func(q catalog.Querier) error {
		rows, err := q.Query(testContext(t), `INSERT INTO public.t VALUES (1)`)
		if err == nil {
			rows.Close()
			err = rows.Err()
		}
		return err
	})
	if catalog.SQLState(err) != "25006" {
		t.Errorf("a write through the watcher: %v", err)
	}
}
