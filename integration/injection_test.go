package integration

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/understudy-db/understudy/internal/pgtest"
)

// hostileSchema has functions that write: one that says so, some that claim to
// be harmless, and one that no statement names.
const hostileSchema = peopleSchema + `
CREATE TABLE log (at timestamptz DEFAULT now(), what text);
CREATE FUNCTION writes() RETURNS text LANGUAGE sql VOLATILE AS $$ INSERT INTO public.log (what) VALUES ('pwned') RETURNING what $$;
CREATE FUNCTION lies(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.writes(); RETURN v; END $$;
CREATE FUNCTION lies_by_text(v text) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER AS
	$$ BEGIN EXECUTE 'INS' || 'ERT INTO public.log (what) VALUES ($1)' USING v; RETURN v; END $$;
CREATE FUNCTION lies_more(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	PERFORM pg_catalog.set_config('transaction_read_only', 'off', true);
	PERFORM public.writes();
	RETURN v;
END $$;
CREATE FUNCTION commits(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN COMMIT; PERFORM public.writes(); RETURN v; END $$;
CREATE FUNCTION locks(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_advisory_lock(4711); RETURN v; END $$;
CREATE FUNCTION tells(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_notify('pwned', v); RETURN v; END $$;
CREATE FUNCTION sets(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
	$$ BEGIN EXECUTE 'SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE'; PERFORM set_config('search_path', 'public', false); RETURN v; END $$;
CREATE FUNCTION makes(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM lo_from_bytea(0, 'pwned'); RETURN v; END $$;
CREATE FUNCTION counts(v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM nextval('public.people_id_seq'); RETURN v; END $$;
CREATE EXTENSION dblink;
CREATE FUNCTION outside(v text) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$ BEGIN
	PERFORM public.dblink_exec('user=postgres host=127.0.0.1 port=' || current_setting('port') || ' dbname=' || current_database(),
		'INSERT INTO public.log (what) VALUES (''pwned'')'); RETURN v; END $$;
CREATE FUNCTION runs(v text) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER AS
	$$ BEGIN COPY (SELECT 1) TO PROGRAM 'touch /tmp/understudy-pwned'; RETURN v; END $$;
CREATE DOMAIN checked AS text CHECK (outside(VALUE) IS NOT NULL);
CREATE TYPE cast_to AS (v text);
CREATE FUNCTION to_cast_to(v text) RETURNS cast_to LANGUAGE sql AS 'SELECT ROW(public.outside($1))::public.cast_to';
CREATE CAST (text AS cast_to) WITH FUNCTION to_cast_to(text);
`

// hostile are fragments of a policy that break out, write or lock, each in the
// place of an expression and of a condition.
var hostile = map[string]string{
	"ends the COPY":            `true)) to stdout; commit; begin read write; create table public.pwned (); copy (select (true`,
	"ends the COPY, binary":    `true)) to stdout (format binary); commit; begin read write; create table public.pwned (); --`,
	"second statement":         `true; create table public.pwned ()`,
	"second statement, closed": `true); create table public.pwned (); select (true`,
	"comment at the end":       `true) from public.people; drop table public.people; --`,
	"open comment":             `true /*`,
	"nested comment":           `true /* /* */`,
	"dollar quotes":            `true $x$ is null)) to stdout; drop table public.people; -- $x$`,
	"escape string":            `E'\') to stdout; drop table public.people; --' is null`,
	"no escape string":         `'\' is null)) to stdout; drop table public.people; --' is null`,
	"drops the range":          `true) or (true`,
	"more columns":             `true)::text, (select string_agg(email, ',') from public.people`,
	"inserts in a CTE":         `exists (with w as (insert into public.log (what) values ('pwned') returning 1) select 1 from w)`,
	"updates in a CTE":         `exists (with w as (update public.people set note = 'pwned' returning 1) select 1 from w)`,
	"deletes in a CTE":         `exists (with gone as (delete from public.people returning 1) select 1 from gone)`,
	"selects into":             `(select true into public.pwned)`,
	"nested COPY":              `(copy (select 1) to program 'touch /tmp/understudy-pwned')`,
	"calls a writer":           `public.writes() is not null`,
	"hides a writer":           `public.lies('x') is not null`,
	"hides it by text":         `public.lies_by_text('x') is not null`,
	"turns read-only off":      `public.lies_more('x') is not null`,
	"commits":                  `public.commits('x') is not null`,
	"another session":          `public.outside('x') is not null`,
	"… behind a domain":        `'x'::public.checked is not null`,
	"… behind a cast":          `(email::public.cast_to) is null`,
	"dblink":                   `public.dblink_exec('', 'drop table public.people') is null`,
	"runs a program":           `public.runs('x') is null`,
	"moves a sequence":         `nextval('public.people_id_seq') > 0`,
	"moves it behind a liar":   `public.counts('x') is null`,
	"sets a sequence":          `setval('public.people_id_seq', 1) > 0`,
	"large object":             `lo_create(4711) > 0`,
	"imports a file":           `lo_import('/etc/passwd') > 0`,
	"exports a file":           `lo_export(1, '/tmp/understudy-pwned') > 0`,
	"ends sessions":            `pg_terminate_backend(pg_backend_pid())`,
	"takes a lock":             `pg_advisory_lock(1) is not null`,
	"notifies":                 `pg_notify('pwned', 'x') is null`,
	"sleeps":                   `pg_sleep(3600) is null`,
	"switches the WAL":         `pg_switch_wal() is null`,
	"writes WAL":               `pg_logical_emit_message(false, 'pwned', 'x') is null`,
	"makes a slot":             `pg_create_physical_replication_slot('pwned') is null`,
	"runs SQL from text":       `query_to_xml('drop table public.people', true, true, '') is null`,
	"parameter":                `$1`,
	"escaped identifier":       `public.U&"w\0072ites"() is not null`,
	"row lock":                 `true for update`,
	"row lock inside":          `exists (select from public.people for update)`,
	"server program":           `pg_read_file('/etc/passwd') is null) to program 'touch /tmp/understudy-pwned' --`,
	"server file":              `pg_read_file('/etc/passwd') is null`,
	"settings":                 `set_config('default_transaction_read_only', 'off', false) is not null`,
	"search path":              `set_config('search_path', 'public', false) is not null`,
	"do block":                 `true); do $$ begin perform public.writes(); end $$; select (true`,
}

// harmlessLiars do what the end of the transaction undoes: the run may succeed,
// and nothing is left of it.
var harmlessLiars = map[string]string{
	"lock behind a liar":         `public.locks('x') is not null`,
	"notification behind a liar": `public.tells('x') is not null`,
	"settings behind a liar":     `public.sets('x') is not null`,
	"large object behind a liar": `public.makes('x') is not null`,
}

// everything is what a database holds and what others could see of it, one line
// for each thing.
const everything = `
	SELECT 'rows of ' || oid::regclass || ' ' || md5(query_to_xml('SELECT t::text FROM ONLY ' || oid::regclass || ' t ORDER BY 1', true, true, '')::text)
	FROM pg_class WHERE relkind = 'r' AND oid >= 16384
	UNION ALL SELECT 'relation ' || concat_ws(' ', oid, oid::regclass, relkind, relowner, relacl, relfilenode, reloptions, relrowsecurity) FROM pg_class WHERE oid >= 16384
	UNION ALL SELECT 'catalog ' || c || ' ' || md5(query_to_xml('SELECT t::text FROM pg_catalog.' || c || ' t ORDER BY 1', true, true, '')::text)
	FROM unnest('{pg_proc,pg_attribute,pg_type,pg_namespace,pg_constraint,pg_trigger,pg_rewrite,pg_policy,pg_event_trigger,pg_extension,pg_cast,pg_operator,
		pg_largeobject_metadata,pg_largeobject,pg_description,pg_default_acl,pg_enum,pg_foreign_server,pg_user_mapping,pg_publication,pg_seclabel}'::text[]) c
	UNION ALL SELECT 'sequence ' || concat_ws(' ', schemaname, sequencename, last_value, start_value, increment_by) FROM pg_sequences
	UNION ALL SELECT 'setting ' || s::text FROM pg_db_role_setting s WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
	UNION ALL SELECT 'advisory lock ' || concat_ws(' ', classid, objid) FROM pg_locks WHERE locktype = 'advisory'
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
	UNION ALL SELECT 'slot ' || slot_name FROM pg_replication_slots WHERE database = current_database() OR slot_name = 'pwned'
	UNION ALL SELECT 'prepared transaction ' || gid FROM pg_prepared_xacts WHERE database = current_database()
	UNION ALL SELECT 'origin ' || roname FROM pg_replication_origin
	ORDER BY 1`

// Whatever SQL a policy holds, and whatever the role may do, production is
// afterwards what it was before: rows, catalogs, sequences, large objects,
// locks, notifications, files. The same for the verbs that only look.
func TestInvariantNoInjection(t *testing.T) {
	t.Parallel()
	const file = "/tmp/understudy-pwned"
	p := newProject(t, hostileSchema, peoplePolicy)
	p.setenv("PRODUCTION_URL", p.source)
	listener := p.origin.Conn(t, p.source)
	if _, err := listener.Exec(t.Context(), `LISTEN pwned`); err != nil {
		t.Fatal(err)
	}
	before := rows(t, p.source, everything)
	unchanged := func(after string) {
		t.Helper()
		if diff := cmp.Diff(before, rows(t, p.source, everything)); diff != "" {
			t.Fatalf("%s has changed the source:\n%s", after, diff)
		}
		if _, err := os.Stat(file); err == nil {
			t.Fatalf("%s has written a file on the source's server", after)
		}
	}
	verbs := [][]string{{"refresh"}, {"preview", "public.people"}, {"check"}} // turn about, too
	places := []string{"sql", "where"}                                        // turn about: package extract tries all of them
	attack := func(name, fragment string, codes ...int) {
		t.Helper()
		places = append(places[1:], places[0])
		place := places[0]
		policy := strings.Replace(peoplePolicy, `note: "null"`, fmt.Sprintf("note: { mask: sql, expression: %q }", fragment), 1)
		if place == "where" {
			policy = strings.Replace(peoplePolicy, "    columns:", fmt.Sprintf("    rows: { where: %q }\n    columns:", fragment), 1)
		}
		p.write("policy.yaml", policy+"  public.log: { rows: none }\n")
		verb := verbs[0]
		if !slices.Contains(codes, 5) && !slices.Contains(codes, 0) { // refused by all before a row is read
			verbs = append(verbs[1:], verb)
		} else {
			verb = []string{"refresh"}
		}
		r := p.run(verb...)
		unchanged(fmt.Sprintf("%s in %s of %s (exit %d)", name, place, verb, r.code))
		if !slices.Contains(codes, r.code) {
			t.Errorf("%s in %s of %s: exit %d, want one of %d\n%s", name, place, verb, r.code, codes, r.stderr)
		}
		if r.code == 3 && !strings.Contains(r.stderr, "policy.yaml:") {
			t.Errorf("%s in %s of %s does not say where:\n%s", name, place, verb, r.stderr)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(hostile)) {
		codes := []int{3}
		if strings.Contains(hostile[name], "public.lies") || strings.Contains(hostile[name], "public.commits") || strings.Contains(hostile[name], "public.counts") {
			codes = []int{3, 5} // stopped by the transaction, at the first row
		}
		attack(name, hostile[name], codes...)
	}
	for _, name := range slices.Sorted(maps.Keys(harmlessLiars)) {
		attack(name, harmlessLiars[name], 0, 3, 5)
	}
	for _, subject := range []string{`id) from public.people; drop table public.people; --`, `id -> public.people"; drop table people; --`, `(select public.writes())`,
		`public.writes()`, `"id"" from public.people; drop table public.people; --"`, `id -> public.people.id -> public.log.writes()`} {
		p.write("policy.yaml", strings.Replace(peoplePolicy, "subject: id", fmt.Sprintf("subject: %q", subject), 1)+"  public.log: { rows: none }\n")
		if r := p.run("refresh"); r.code != 2 && r.code != 3 {
			t.Errorf("subject %s: exit %d\n%s", subject, r.code, r.stderr)
		}
		unchanged("subject " + subject)
	}
	// Notifications come in the order of their commits.
	execute(t, p.source, `NOTIFY pwned, 'ours'`)
	if n, err := listener.WaitForNotification(t.Context()); err != nil || n.Payload != "ours" {
		t.Errorf("a notification came through: %+v, %v", n, err)
	}
	for _, db := range p.databases() {
		if db != p.name && !strings.HasPrefix(db, p.name+"__u") {
			t.Errorf("left over: %s", db)
		}
	}
}

// hostileNames are texts that would end a quoted name or literal, a comment or
// a line, or be taken for a format or a path.
var hostileNames = []string{
	`x"; DROP TABLE people; --`, `x'; DROP TABLE people; --`, `$$; DROP TABLE people; $$`, `U&"\0022; DROP TABLE people"`, "x\nDROP TABLE people;",
	`\'; DROP TABLE people; --`, `%s%d%!x`, `../../etc/passwd`, `*/ DROP TABLE people; /*`, `{{.}}${env:UNDERSTUDY_KEY}`,
}

// A text with SQL in it is a name or a value wherever a policy or the
// configuration takes one: it is refused, or does nothing.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	p := newProject(t, peopleSchema, peoplePolicy)
	before, config := rows(t, p.source, everything), p.read("understudy.yaml")
	const onTarget = `SELECT rolname FROM pg_roles WHERE rolname ~ 'DROP|%s|env' UNION ALL SELECT datname FROM pg_database WHERE datname ~ 'DROP|%s|env'`
	for i, name := range hostileNames {
		q := fmt.Sprintf("%q", name)
		policies := []string{
			strings.Replace(peoplePolicy, "public.people:", q+":", 1),
			strings.Replace(peoplePolicy, "public.people:", fmt.Sprintf("%q:", "public.people*"+name), 1),
			strings.Replace(peoplePolicy, "email: email", q+": email", 1),
			strings.Replace(peoplePolicy, "keep: [id,", "keep: ["+q+", id,", 1),
			strings.Replace(peoplePolicy, "note: \"null\"", "note: "+q, 1),
			strings.Replace(peoplePolicy, "note: \"null\"", "note: { mask: json, keep: ["+q+"] }", 1),
			peoplePolicy + "unsupported: [" + q + "]\n",
			peoplePolicy + "large_objects: " + q + "\n",
			peoplePolicy + "extensions: { skip: [" + q + "] }\n",
		}
		for j := range 3 { // each place meets three names or more
			policy := policies[(3*i+j)%len(policies)]
			p.write("policy.yaml", policy)
			if r := p.run([]string{"refresh", "check", "preview"}[j : j+1]...); r.code != 2 && r.code != 3 {
				t.Errorf("policy with %s: exit %d\n%s\n%s", name, r.code, policy, r.stderr)
			}
		}
		p.write("policy.yaml", peoplePolicy)
		configs := []string{
			strings.Replace(config, "project: test", "project: "+q, 1),
			strings.Replace(config, "database: "+p.name, "database: "+q, 1),
			strings.Replace(config, "owner: "+p.owner, "owner: "+q, 1),
			strings.Replace(config, "owner: "+p.owner, "owner: "+p.owner+", template: "+q, 1),
			strings.Replace(config, "owner: "+p.owner, "owner: "+p.owner+", roles: { "+q+": "+q+" }", 1),
			config + "before_publish: [{ file: " + q + " }]\n",
			config + "tools: { pg_dump: " + q + " }\n",
		}
		for j := range 2 {
			c := configs[(2*i+j)%len(configs)]
			p.write("understudy.yaml", c)
			if r := p.run("refresh", "--dry-run"); r.code == 1 || r.code == 5 {
				t.Errorf("configuration with %s: exit %d\n%s\n%s", name, r.code, c, r.stderr)
			}
		}
		p.write("understudy.yaml", config)
	}
	if diff := cmp.Diff(before, rows(t, p.source, everything)); diff != "" {
		t.Errorf("the source has changed:\n%s", diff)
	}
	if got := rows(t, p.target.URL("postgres"), onTarget); len(got) > 0 {
		t.Errorf("on the target: %q", got)
	}
	// As a value such a text arrives as it is, if it is not refused for the name
	// that it might be in SQL.
	var columns, rules, want []string
	for _, name := range hostileNames {
		if strings.HasPrefix(name, "U&") {
			continue
		}
		columns = append(columns, fmt.Sprintf("c%d text", len(want)))
		rules = append(rules, fmt.Sprintf("c%d: { mask: constant, value: %q }", len(want), name))
		want = append(want, name)
	}
	v := newProject(t, `CREATE TABLE people (id int PRIMARY KEY, `+strings.Join(columns, ", ")+`); INSERT INTO people VALUES (1, '`+strings.Repeat("x', '", len(columns)-1)+`x')`,
		"version: 1\ntables:\n  public.people: { keep: [id], columns: {\n      "+strings.Join(rules, ",\n      ")+" } }\n")
	v.refresh()
	for i := range want {
		if got := one(t, v.staging(), fmt.Sprintf(`SELECT c%d FROM people`, i)); got != want[i] {
			t.Errorf("%q arrived as %q", want[i], got)
		}
	}
}

// Names of databases and roles that need quoting everywhere take the whole path.
func TestNamesThatNeedQuoting(t *testing.T) {
	t.Parallel()
	src, dst := pgtest.Source(t), pgtest.Target(t)
	p := newProjectOn(t, src, dst, peopleSchema, peoplePolicy)
	odd := func(name string) string { return name + `"'$$ %s;--` }
	quoted := func(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
	owner, name := odd(p.owner), odd(p.name)
	dst.Exec(t, "postgres", "ALTER ROLE "+quoted(p.owner)+" RENAME TO "+quoted(owner))
	t.Cleanup(func() {
		for _, db := range rows(t, dst.URL("postgres"), `SELECT quote_ident(datname) FROM pg_database WHERE starts_with(datname, $1)`, p.name) {
			execute(t, dst.URL("postgres"), "DROP DATABASE "+db+" WITH (FORCE)")
		}
		dst.Exec(t, "postgres", "ALTER ROLE "+quoted(owner)+" RENAME TO "+quoted(p.owner))
	})
	text := strings.Replace(p.read("understudy.yaml"), "database: "+p.name, fmt.Sprintf("database: %q", name), 1)
	p.write("understudy.yaml", strings.Replace(text, "owner: "+p.owner, fmt.Sprintf("owner: %q", owner), 1))
	if r := p.run("refresh"); r.code != 0 {
		t.Fatalf("exit %d\n%s", r.code, r.stderr)
	}
	p.ok("refresh")
	p.ok("reset")
	p.ok("rollback")
	p.ok("status")
	p.ok("doctor")
	if got := one(t, dst.URL(name), `SELECT count(*) || ' ' || pg_get_userbyid(relowner) FROM people, pg_class WHERE oid = 'people'::regclass GROUP BY relowner`); got != "1000 "+owner {
		t.Errorf("rows and owner: %s", got)
	}
	if files, err := filepath.Glob(filepath.Join(p.dir, "*")); err != nil || len(files) != 2 {
		t.Errorf("files of the project: %q, %v", files, err)
	}
}

// hostileCatalog is a schema whose objects act when somebody comes by them who
// may write, under names that resolve to PostgreSQL's own where they should.
const hostileCatalog = `
CREATE FUNCTION sprung(what text) RETURNS bool VOLATILE LANGUAGE plpgsql AS $$ BEGIN
	IF current_setting('application_name') LIKE 'understudy/%' THEN RAISE EXCEPTION 'sprung: %', what USING ERRCODE = 'XX001'; END IF;
	RETURN true; END $$;
CREATE TABLE people (id int PRIMARY KEY, email text NOT NULL DEFAULT public.sprung('default')::text, note text);
INSERT INTO people SELECT n, 'person' || n || '@real.example.io', 'x' FROM generate_series(1, 100) n;
CREATE TABLE pg_class (oid int, relname text);
CREATE TABLE pg_database AS SELECT 'x' AS datname;
CREATE FUNCTION lower(text) RETURNS text LANGUAGE sql AS $$ SELECT public.sprung('lower')::text $$;
CREATE FUNCTION format(text, text) RETURNS text LANGUAGE sql AS $$ SELECT public.sprung('format')::text $$;
CREATE FUNCTION count(int) RETURNS bigint LANGUAGE sql AS $$ SELECT public.sprung('count')::int::bigint $$;
CREATE FUNCTION set_config(text, text, bool) RETURNS text LANGUAGE sql AS $$ SELECT public.sprung('set_config')::text $$;
CREATE FUNCTION current_setting(text, text) RETURNS text LANGUAGE sql AS $$ SELECT public.sprung('current_setting')::text $$;
CREATE FUNCTION pg_has_role(name, text) RETURNS bool LANGUAGE sql AS $$ SELECT public.sprung('pg_has_role') $$;
CREATE FUNCTION equals(text, text) RETURNS bool LANGUAGE sql AS $$ SELECT public.sprung('=') $$;
CREATE OPERATOR public.= (LEFTARG = text, RIGHTARG = text, FUNCTION = public.equals);
CREATE FUNCTION equals(name, text) RETURNS bool LANGUAGE sql AS $$ SELECT public.sprung('=') $$;
CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = public.equals);
CREATE FUNCTION glues(text, text) RETURNS text LANGUAGE sql AS $$ SELECT public.sprung('||')::text $$;
CREATE OPERATOR public.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = public.glues);
CREATE FUNCTION fires() RETURNS trigger SECURITY DEFINER LANGUAGE plpgsql AS $$ BEGIN PERFORM public.sprung('trigger'); RETURN NULL; END $$;
CREATE TRIGGER a BEFORE INSERT OR UPDATE OR DELETE ON people FOR EACH ROW EXECUTE FUNCTION fires();
CREATE TRIGGER b BEFORE INSERT OR TRUNCATE ON people FOR EACH STATEMENT EXECUTE FUNCTION fires();
ALTER TABLE people ENABLE ALWAYS TRIGGER a; ALTER TABLE people ENABLE ALWAYS TRIGGER b;
CREATE RULE nothing AS ON INSERT TO people DO ALSO SELECT public.sprung('rule');
CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.sprung('event trigger'); END $$;
CREATE EVENT TRIGGER on_ddl ON ddl_command_start EXECUTE FUNCTION on_ddl();
CREATE EVENT TRIGGER on_ddl_end ON ddl_command_end EXECUTE FUNCTION on_ddl();
CREATE VIEW looked_at AS SELECT id, public.sprung('view') FROM people;
ALTER TABLE people ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON people USING (public.sprung('policy'));
`

// Nothing of what the source's schema can make happen happens on the way: names
// resolve to PostgreSQL's own, and triggers, rules, defaults, policies and views
// are there afterwards without having been used.
func TestHostileSchemaIsOnlyCarried(t *testing.T) {
	t.Parallel()
	p := newProject(t, hostileCatalog, `version: 1
tables:
  public.people: { subject: id, keep: [id], columns: { email: email, note: redact } }
  public.pg_class: { keep: [oid, relname] }
  public.pg_database: { keep: [datname] }
`, `before_publish: [{ sql: "DROP TRIGGER IF EXISTS b ON public.people" }]`)
	p.origin.Exec(t, "postgres", "ALTER ROLE "+p.reader+" BYPASSRLS")
	p.ok("check")
	p.ok("preview", "public.people")
	p.refresh()
	p.ok("reset")
	p.ok("refresh")
	p.ok("rollback")
	p.ok("doctor")
	p.ok("init")
	const made = `SELECT (SELECT count(*) FROM pg_catalog.pg_trigger WHERE NOT tgisinternal) || ' ' || (SELECT count(*) FROM pg_catalog.pg_policy)
		|| ' ' || (SELECT count(*) FROM public.people WHERE email !~ 'real')`
	if got := one(t, p.staging(), made); got != "1 1 100" {
		t.Errorf("triggers, policies, rows: %s", got)
	}
}
