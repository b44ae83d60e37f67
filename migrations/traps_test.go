package migrations_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/migrations"
)

// traps are folders that golang-migrate, or a person who reads them, takes
// otherwise than they look. Each holds one table before.
var traps = []struct {
	name     string
	files    map[string]string
	statuses string             // of the versions, comma-separated
	found    []string           // rule@file:line:SEVERITY
	fails    string             // SQLSTATE file:line of the version that fails
	outcome  migrations.Outcome // empty: as a failed version, or none, has it
	says     []string           // in the terminal's text
}{
	{
		name:     "commands of psql",
		files:    map[string]string{"2_a.up.sql": "CREATE TABLE a (i int);\n\\i other.sql\n", "2_a.down.sql": "DROP TABLE a;"},
		statuses: "applied,failed", fails: "42601 2_a.up.sql:2", found: []string{"psql-command@2_a.up.sql:2:BLOCKER"}, says: []string{`\i is a command of psql`},
	},
	{
		name:     "another connection by psql, on the way down",
		files:    map[string]string{"2_a.up.sql": "CREATE TABLE a (i int);", "2_a.down.sql": "DROP TABLE a;\n\\connect other"},
		statuses: "applied,applied", found: []string{"psql-command@2_a.down.sql:2:BLOCKER", "down-fails@2_a.down.sql:2:HIGH"}, says: []string{`\connect is a command of psql`},
	},
	{
		name:     "rows for psql",
		files:    map[string]string{"2_a.up.sql": "SELECT 1;\nCOPY orders (total) FROM STDIN;\n1\n2\n\\.\nCREATE TABLE a (i int);\n"},
		statuses: "applied,failed", fails: "42601 2_a.up.sql:3", found: []string{"copy-stdin@2_a.up.sql:2:BLOCKER"}, says: []string{"INSERT INTO"},
	},
	{
		name:     "COPY without rows",
		files:    map[string]string{"2_a.up.sql": "COPY orders (total) FROM STDIN;"},
		statuses: "applied,refused", found: []string{"copy-stdin@2_a.up.sql:1:BLOCKER"},
	},
	{
		name:     "a program on the server",
		files:    map[string]string{"2_a.up.sql": "SELECT 1;\nCOPY orders TO PROGRAM 'cat';", "3_b.up.sql": "CREATE TABLE b (i int);"},
		statuses: "applied,refused,not_run", found: []string{"beyond-database@2_a.up.sql:2:MEDIUM"}, says: []string{"line 2: COPY reaches a program on the server's machine", "INCOMPLETE"},
	},
	{
		name:     "a file of the server, from a string",
		files:    map[string]string{"2_a.up.sql": "DO $$ BEGIN EXECUTE 'COPY orders TO ''/tmp/x'''; END $$;"},
		statuses: "applied,refused",
	},
	{
		name: "search_path",
		files: map[string]string{
			"2_a.up.sql": "SET lock_timeout = '9s';\nSET search_path = other, public;\nCREATE SCHEMA other;", "2_a.down.sql": "DROP SCHEMA other;",
			"3_b.up.sql": "CREATE TABLE b (i int);", "3_b.down.sql": "DROP TABLE b;",
		},
		statuses: "applied,applied,applied",
		found:    []string{"setting-leaks@2_a.up.sql:1:INFO", "setting-leaks@2_a.up.sql:2:MEDIUM", "down-fails@3_b.down.sql:1:HIGH"},
		says:     []string{"settings of earlier files, which a rollback on another day does not have: lock_timeout (2_a.up.sql), search_path (2_a.up.sql)"},
	},
	{
		name: "search_path of a dump",
		files: map[string]string{
			"2_a.up.sql": "SELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.a (i int);", "3_b.up.sql": "SELECT 1;\nCREATE TABLE b (i int);",
		},
		statuses: "applied,applied,failed", fails: "3F000 3_b.up.sql:2", found: []string{"setting-leaks@2_a.up.sql:1:MEDIUM"}, says: []string{"in force from earlier files: search_path (2_a.up.sql)"},
	},
	{
		name: "settings taken back",
		files: map[string]string{
			"2_a.up.sql": "SET search_path = pg_catalog;\nSET ROLE pg_monitor;\nSELECT 1;\nRESET search_path;\nRESET ROLE;", "3_b.up.sql": "SET LOCAL search_path = pg_catalog;\nSELECT 1;",
			"4_c.up.sql": "SELECT set_config('search_path', 'pg_catalog', true);\nSET TIME ZONE 'UTC';\nSET TIME ZONE DEFAULT;",
		},
		statuses: "applied,applied,applied,applied",
	},
	{
		name:     "a setting that only the server sees",
		files:    map[string]string{"2_a.up.sql": "DO $$ BEGIN PERFORM set_config('session_' || 'replication_role', 'replica', false); END $$;", "3_b.up.sql": "SELECT 1"},
		statuses: "applied,applied,applied", found: []string{"setting-leaks@2_a.up.sql:0:HIGH"},
	},
	{
		name:     "a role that stays",
		files:    map[string]string{"2_a.up.sql": "CREATE TABLE a (i int);\nSET ROLE pg_monitor;", "3_b.up.sql": "SELECT 1"},
		statuses: "applied,failed,not_run", fails: "42501 2_a.up.sql:0", found: []string{"setting-leaks@2_a.up.sql:2:HIGH", "partial@2_a.up.sql:0:BLOCKER"},
		says: []string{"golang-migrate writes its version as that role"},
	},
	{
		name:     "a role that this server lacks",
		files:    map[string]string{"2_a.up.sql": "SELECT 1;\nGRANT SELECT ON orders TO nobody_here;"},
		statuses: "applied,not_rehearsed", fails: "42704 2_a.up.sql:2", outcome: migrations.Incomplete, found: []string{"missing-on-server@2_a.up.sql:2:MEDIUM"}, says: []string{"2_a.up.sql:2 could not be rehearsed", "if production has the role", "--setup FILE"},
	},
	{
		name:     "an owner that this server lacks",
		files:    map[string]string{"2_a.up.sql": "ALTER TABLE orders OWNER TO nobody_here;"},
		statuses: "applied,not_rehearsed", fails: "42704 2_a.up.sql:1", outcome: migrations.Incomplete, says: []string{"if production has the role"},
	},
	{
		name:     "SET ROLE that this server lacks",
		files:    map[string]string{"2_a.up.sql": "SET ROLE nobody_here;\nCREATE TABLE a (i int);"},
		statuses: "applied,not_rehearsed", fails: "22023 2_a.up.sql:1", outcome: migrations.Incomplete, found: []string{"setting-leaks@2_a.up.sql:1:HIGH", "missing-on-server@2_a.up.sql:1:MEDIUM"}, says: []string{"the role does not exist", "if production has the role"},
	},
	{
		name:     "a role that the folder drops",
		files:    map[string]string{"2_a.up.sql": "CREATE ROLE understudy_trap;\nDROP ROLE understudy_trap;\nGRANT SELECT ON orders TO understudy_trap;"},
		statuses: "applied,failed", fails: "42704 2_a.up.sql:3",
	},
	{
		name:     "an extension that this server lacks",
		files:    map[string]string{"2_a.up.sql": "CREATE EXTENSION nowhere_to_be_found;", "3_b.up.sql": "SELECT 1"},
		statuses: "applied,not_rehearsed,not_run", fails: "0A000 2_a.up.sql:1", outcome: migrations.Incomplete, found: []string{"missing-on-server@2_a.up.sql:1:MEDIUM"}, says: []string{"INCOMPLETE", "if production has the extension"},
	},
	{
		name:     "an extension that the server has and refuses",
		files:    map[string]string{"2_a.up.sql": "CREATE EXTENSION plpgsql;"},
		statuses: "applied,failed", fails: "42710 2_a.up.sql:1",
	},
	{
		name: "an event trigger that objects",
		files: map[string]string{
			"2_a.up.sql": "CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'quokka'; END $$;\nCREATE EVENT TRIGGER no ON ddl_command_start EXECUTE FUNCTION no();", "2_a.down.sql": "DROP EVENT TRIGGER no; DROP FUNCTION no();",
			"3_b.up.sql": "CREATE TABLE b (i int);",
		},
		statuses: "applied,applied,failed", fails: "P0001 3_b.up.sql:1",
	},
	{
		name: "an event trigger that takes notes",
		files: map[string]string{
			"2_a.up.sql": "CREATE TABLE log (tag text);\nCREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (tg_tag); END $$;\nCREATE EVENT TRIGGER note ON ddl_command_end EXECUTE FUNCTION note();", "2_a.down.sql": "DROP EVENT TRIGGER note; DROP FUNCTION note(); DROP TABLE log;",
			"3_b.up.sql": "CREATE TABLE b (i int);\nALTER TABLE orders ADD z int;", "3_b.down.sql": "ALTER TABLE orders DROP z;\nDROP TABLE b;",
		},
		statuses: "applied,applied,applied",
	},
	{
		name:     "comments only",
		files:    map[string]string{"2_a.up.sql": "-- nothing\n/* to /* do */ */\n", "2_a.down.sql": "", "3_b.up.sql": "", "3_b.down.sql": "-- nothing"},
		statuses: "applied,applied,applied", found: []string{"down-empty@2_a.down.sql:0:MEDIUM", "down-empty@3_b.down.sql:0:MEDIUM"},
	},
	{
		name:     "names",
		files:    map[string]string{"2_a.down.up.sql": "CREATE TABLE a (i int);", "3_B.UP.sql": "CREATE TABLE b (i int);", "4.up.sql": "SELECT 1", "5_e.up.sql.bak": "SELECT 1", "README.md": "#"},
		statuses: "applied,applied,applied", found: []string{"doubtful-direction@2_a.down.up.sql:0:HIGH", "ignored-file@3_B.UP.sql:0:BLOCKER", "ignored-file@4.up.sql:0:BLOCKER"},
	},
	{
		name:     "line ends of Windows",
		files:    map[string]string{"2_a.up.sql": "CREATE TABLE a (i int);\r\n-- what\r\nALTER TABLE a\r\n  ADD c text DEFAULT 'x\r\ny';\r\nSELECT 1/0;\r\n", "2_a.down.sql": "DROP TABLE a;\r\n"},
		statuses: "applied,failed", fails: "22012 2_a.up.sql:6",
	},
	{
		name:     "byte order mark",
		files:    map[string]string{"2_a.up.sql": "\ufeffCREATE TABLE a (i int);"},
		statuses: "applied,failed", fails: "42601 2_a.up.sql:1", found: []string{"byte-order-mark@2_a.up.sql:0:BLOCKER"},
	},
	{
		name:     "a time limit of its own",
		files:    map[string]string{"2_a.up.sql": "SET statement_timeout = '50ms';\nSELECT pg_sleep(60);", "3_b.up.sql": "SELECT 1"},
		statuses: "applied,failed,not_run", fails: "57014 2_a.up.sql:2", found: []string{"setting-leaks@2_a.up.sql:1:INFO"},
	},
	{
		name:     "an aborted session",
		files:    map[string]string{"2_a.up.sql": "BEGIN;\nCREATE TABLE a (i int);\nINSERT INTO a VALUES ('quokka');\nCOMMIT;"},
		statuses: "applied,failed", fails: "22P02 2_a.up.sql:3", says: []string{"stays in an aborted transaction and keeps its advisory lock"},
	},
	{
		name:     "commits within DO",
		files:    map[string]string{"2_a.up.sql": "DO $$ BEGIN FOR i IN 1..3 LOOP UPDATE orders SET total = total + 1; COMMIT; END LOOP; END $$;", "2_a.down.sql": "SELECT 1;"},
		statuses: "applied,applied",
	},
	{
		name:     "20 MB",
		files:    map[string]string{"2_a.up.sql": "CREATE TABLE a (i int, t text);\nINSERT INTO a VALUES " + strings.Repeat("(1, '"+strings.Repeat("y;", 90)+"'),\n", 110_000) + "(2, 'z');\nSELECT 1/0;", "2_a.down.sql": "DROP TABLE a;"},
		statuses: "applied,failed", fails: "22012 2_a.up.sql:110003",
	},
}

func TestTraps(t *testing.T) {
	t.Parallel()
	for _, c := range traps {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{"1_base.up.sql": "CREATE TABLE orders (id serial PRIMARY KEY, total int);\nINSERT INTO orders (total) SELECT generate_series(1, 10);", "1_base.down.sql": "DROP TABLE orders;"}
			for name, src := range c.files {
				files[name] = src
			}
			r := rehearse(t, files)
			var got []string
			for _, m := range r.Migrations {
				got = append(got, string(m.Status))
				if f := m.Failure; f != nil {
					if got := fmt.Sprintf("%s %s:%d", strings.Replace(f.State, "58P01", "0A000", 1), m.File, f.Line); got != c.fails { // 58P01 is 14's code for it
						t.Errorf("fails with %q, want %q", got, c.fails)
					}
				}
			}
			if got := strings.Join(got, ","); got != c.statuses {
				t.Errorf("versions are %s, want %s", got, c.statuses)
			}
			if c.outcome != "" && r.Outcome != c.outcome {
				t.Errorf("the outcome is %s, want %s: %+v", r.Outcome, c.outcome, r.Gates)
			}
			var found []string
			for _, f := range findings(r) {
				if f.Rule != "fails" && (f.Severity > migrations.Info || f.Rule == "setting-leaks") && f.Rule != "no-lock-timeout" {
					found = append(found, fmt.Sprintf("%s@%s:%d:%s", f.Rule, f.File, f.Line, f.Severity))
				}
			}
			for _, want := range c.found {
				if !slices.Contains(found, want) {
					t.Errorf("no finding %s", want)
				}
			}
			for _, got := range found {
				if c.found != nil && !slices.Contains(c.found, got) || c.found == nil && strings.HasPrefix(got, "setting-leaks") {
					t.Errorf("unexpected finding %s", got)
				}
			}
			var text strings.Builder
			if err := r.WriteText(&text); err != nil {
				t.Fatal(err)
			}
			for _, want := range append(c.says, "versions applied") {
				if !strings.Contains(text.String(), want) {
					t.Errorf("no word of %q:\n%s", want, text.String())
				}
			}
			if c.outcome == migrations.Incomplete {
				notRehearsed(t, r)
			}
			if strings.Contains(text.String(), "quokka") {
				t.Errorf("a value is in the text:\n%s", text.String())
			}
		})
	}
}

// notRehearsed holds the other forms of a report to what its text says.
func notRehearsed(t *testing.T, r *migrations.Report) {
	t.Helper()
	for form, write := range map[string]func(io.Writer) error{"2_a.up.sql:%d` could not be rehearsed": r.WriteMarkdown, "– not_rehearsed": r.WriteHTML, "<skipped": r.WriteJUnit} {
		var b strings.Builder
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		if want := strings.ReplaceAll(form, "%d", fmt.Sprint(r.Migrations[1].Failure.Line)); !strings.Contains(b.String(), want) {
			t.Errorf("no word of %q:\n%s", want, b.String())
		}
		if strings.Contains(b.String(), "<failure") || strings.Contains(b.String(), `class="failed">Line`) {
			t.Errorf("it counts as a failure:\n%s", b.String())
		}
	}
}

// Event triggers that are in the database before fire in every run, and what
// they write is not taken for the migration's.
func TestEventTriggersOfTheDatabase(t *testing.T) {
	schema := shop + `CREATE TABLE log (tag text);
		CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
			IF tg_tag = 'DROP TABLE' THEN RAISE EXCEPTION 'quokka'; END IF;
			INSERT INTO log VALUES (tg_tag);
		END $$;
		CREATE EVENT TRIGGER note ON ddl_command_end EXECUTE FUNCTION note();`
	r := rehearseOn(t, schema, map[string]string{
		"0_base.up.sql": "SELECT 1", "1_a.up.sql": "ALTER TABLE orders ADD z int;", "1_a.down.sql": "ALTER TABLE orders DROP z;", "2_b.up.sql": "SELECT 1;\nDROP TABLE old_stuff;",
	}, func(o *migrations.Options) { o.NoRoundTrip, o.NoDrift = false, true })
	a, b := r.Migrations[1], r.Migrations[2]
	if a.Status != migrations.Applied || a.Down == nil || a.Down.Verdict != migrations.Exact {
		t.Errorf("1: %s, down %+v", a.Status, a.Down)
	}
	if b.Status != migrations.Failed || b.Failure.State != "P0001" || b.Failure.Line != 2 || strings.Contains(b.Failure.Message, "quokka") {
		t.Errorf("2: %s, %+v", b.Status, b.Failure)
	}
}

// findings are all of a report.
func findings(r *migrations.Report) (out []migrations.Finding) {
	out = append(out, r.Folder...)
	for _, m := range r.Migrations {
		out = append(out, m.Findings...)
	}
	return out
}
