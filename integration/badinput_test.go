package integration

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/internal/pgtest"
)

// badInput is one thing that a person, or the world, does wrong.
type badInput struct {
	name   string
	env    map[string]string // changed for this run
	source string            // SQL on the source before, and
	undo   string            // after the run
	target string            // SQL on the target's maintenance database before, and
	redo   string            // after the run
	policy [2]string         // text to replace, and its replacement
	config string            // lines at the end of understudy.yaml
	args   []string          // default refresh
	early  bool              // before anything is written to the target
	code   int
	says   []string // what, where and what to do: all on standard error
}

// try runs each case and demands the exit code and the words, that staging
// serves as before, and that no database is left or lost.
func (p *project) try(t *testing.T, cases []badInput) {
	t.Helper()
	const people = `SELECT md5(string_agg(p::text, ',' ORDER BY id)) FROM people p`
	before, databases := one(t, p.staging(), people), p.databases()
	env, policy, config := p.env, p.read("policy.yaml"), p.read("understudy.yaml")
	for _, c := range cases {
		for name, value := range c.env {
			p.setenv(name, value)
		}
		if c.source != "" {
			execute(t, p.source, c.source)
		}
		if c.target != "" {
			execute(t, p.target.URL("postgres"), c.target)
		}
		if !strings.Contains(policy, c.policy[0]) {
			t.Fatalf("%s: the policy has no %q", c.name, c.policy[0])
		}
		p.write("policy.yaml", strings.Replace(policy, c.policy[0], c.policy[1], 1))
		p.write("understudy.yaml", config+c.config+"\n")
		args := c.args
		if args == nil {
			args = []string{"refresh"}
		}
		r := p.run(args...)
		if c.undo != "" {
			execute(t, p.source, c.undo)
		}
		if c.redo != "" {
			execute(t, p.target.URL("postgres"), c.redo)
		}
		p.env = env
		if r.code != c.code {
			t.Errorf("%s: exit %d, want %d\n%s", c.name, r.code, c.code, r.stderr)
		}
		late := `  data` + "\n"
		if c.early {
			late = `  schema` + "\n"
		}
		if strings.Contains(r.stderr, late) {
			t.Errorf("%s: found out too late\n%s", c.name, r.stderr)
		}
		for _, text := range c.says {
			if !strings.Contains(r.stderr, text) {
				t.Errorf("%s: no %q in\n%s", c.name, text, r.stderr)
			}
		}
		if strings.Contains(r.stderr, "panic") || strings.Contains(r.stderr, "%!") {
			t.Errorf("%s: %s", c.name, r.stderr)
		}
		if now := one(t, p.staging(), people); now != before {
			t.Fatalf("%s: staging has changed", c.name)
		}
		if now := p.databases(); !slices.Equal(now, databases) {
			t.Fatalf("%s: databases %q, before %q", c.name, now, databases)
		}
	}
	p.write("policy.yaml", policy)
	p.write("understudy.yaml", config)
	p.ok("refresh")
}

// served is a project whose staging serves a first generation, to a witness.
func served(t *testing.T) *project {
	t.Helper()
	p := newProject(t, peopleSchema, peoplePolicy)
	p.refresh()
	p.watch(peopleGlance)
	return p
}

// link is the value of one of the project's variables, as a URL to change.
func (p *project) link(variable string, change func(*url.URL)) string {
	p.t.Helper()
	value := ""
	for _, e := range p.env {
		if v, ok := strings.CutPrefix(e, variable+"="); ok {
			value = v
		}
	}
	u, err := url.Parse(value)
	if err != nil {
		p.t.Fatal(err)
	}
	change(u)
	return u.String()
}

func TestBadConnections(t *testing.T) {
	t.Parallel()
	p := served(t)
	// A port that nobody listens on, now taken by us and never answered.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := l.Addr().String()
	l.Close()
	var cases []badInput
	for variable, side := range map[string]string{"PRODUCTION_URL": "source", "STAGING_ADMIN_URL": "target"} {
		with := func(name string, change func(*url.URL), code int, says ...string) {
			cases = append(cases, badInput{name: side + ": " + name, env: map[string]string{variable: p.link(variable, change)}, code: code, says: says})
		}
		for _, dsn := range []string{"postgres://host:port/db", "postgres://%zz", "host=localhost port", "no dsn at all", "mysql://root@localhost/shop"} {
			cases = append(cases, badInput{name: side + ": " + dsn, env: map[string]string{variable: dsn}, code: 2, says: []string{"connection string"}})
		}
		cases = append(cases, badInput{name: side + ": empty", env: map[string]string{variable: ""}, code: 2, says: []string{variable}})
		with("host", func(u *url.URL) { u.Host = "no-such-host.invalid:5432" }, 75, "no-such-host.invalid")
		with("port", func(u *url.URL) { u.Host = closed }, 75, closed)
		with("password", func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), "hunter2") }, 4, "password")
		with("role", func(u *url.URL) { u.User = url.UserPassword("nobody_of_that_name", "hunter2") }, 4, "nobody_of_that_name")
		with("database", func(u *url.URL) { u.Path = "/no_such_database" }, 4, "no_such_database")
		with("TLS", func(u *url.URL) { u.RawQuery = "sslmode=require" }, 4, "offers no TLS", "hint: ")
		with("sslmode", func(u *url.URL) { u.RawQuery = "sslmode=sometimes" }, 2, "sslmode")
	}
	p.try(t, cases)
}

func TestMissingRights(t *testing.T) {
	t.Parallel()
	p := served(t)
	grants := func(sql string) string {
		return strings.NewReplacer("READER", p.reader, "BUILDER", p.builder, "OWNER", p.owner).Replace(sql)
	}
	// The reader without pg_read_all_data.
	bare := pgtest.Source(t)
	role, password := bare.Role(t, "LOGIN")
	production := map[string]string{"PRODUCTION_URL": bare.URLFor(role, password, pgtest.DatabaseOf(p.source))}
	builder, builderPassword := p.target.Role(t, "LOGIN CREATEDB")
	p.try(t, []badInput{
		{name: "no right on the table", early: true, env: production, code: 4, says: []string{"permission denied", "people", "understudy doctor"}},
		{name: "no right on the sequence", early: true, env: production, source: `GRANT SELECT ON people TO ` + role, undo: `REVOKE SELECT ON people FROM ` + role,
			code: 4, says: []string{"people_id_seq", "GRANT SELECT ON SEQUENCE"}},
		{name: "no right on the schema", early: true, env: production, source: `GRANT SELECT ON people TO ` + role + `; REVOKE USAGE ON SCHEMA public FROM PUBLIC`,
			undo: `REVOKE SELECT ON people FROM ` + role + `; GRANT USAGE ON SCHEMA public TO PUBLIC`, code: 4, says: []string{"public"}},
		{name: "no right on a column", early: true, env: production, source: `GRANT SELECT (id, email, full_name, joined) ON people TO ` + role + `; GRANT SELECT ON people_id_seq TO ` + role,
			undo: `REVOKE ALL ON people, people_id_seq FROM ` + role, code: 4, says: []string{"people"}},
		{name: "row security", early: true, source: `ALTER TABLE people ENABLE ROW LEVEL SECURITY; CREATE POLICY none ON people USING (false)`,
			undo: `DROP POLICY none ON people; ALTER TABLE people DISABLE ROW LEVEL SECURITY`, code: 4, says: []string{"row-level security", "people", "understudy doctor"}},
		{name: "no CREATEDB", early: true, target: grants(`ALTER ROLE BUILDER NOCREATEDB`), redo: grants(`ALTER ROLE BUILDER CREATEDB`), code: 4,
			says: []string{"may not create databases", grants(`ALTER ROLE "BUILDER" CREATEDB;`)}},
		{name: "not a member of the owner", early: true, env: map[string]string{"STAGING_ADMIN_URL": p.target.URLFor(builder, builderPassword, "postgres")}, code: 4,
			says: []string{"no member of", `GRANT "` + p.owner + `" TO "` + builder + `";`}},
		{name: "no owner", early: true, args: []string{"refresh", "--target-owner", "no_such_owner"}, code: 4, says: []string{"no_such_owner", "CREATE ROLE"}},
		{name: "a role map to nowhere", early: true, args: []string{"refresh", "--target-roles", "prod_app=no_such_role"}, code: 4, says: []string{"no_such_role"}},
		{name: "too few sessions", early: true, target: grants(`ALTER ROLE BUILDER CONNECTION LIMIT 3`), redo: grants(`ALTER ROLE BUILDER CONNECTION LIMIT -1`), code: 4,
			says: []string{"session", "CONNECTION LIMIT"}},
	})
}

func TestBadPgDump(t *testing.T) {
	t.Parallel()
	p := served(t)
	script := func(name, text string) map[string]string {
		path := filepath.Join(p.dir, name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
			t.Fatal(err)
		}
		return map[string]string{"UNDERSTUDY_TOOLS_PG_DUMP": path}
	}
	version := fmt.Sprintf(`case "$1" in --version|-V) echo "pg_dump (PostgreSQL) %d.0"; exit 0;; esac`+"\n", p.origin.Major())
	// The doctor names the one that is used.
	p.setenv("UNDERSTUDY_TOOLS_PG_DUMP", p.origin.PgDump(t))
	if r := p.ok("doctor"); !strings.Contains(r.stdout, "the schema is read by "+p.origin.PgDump(t)+", of PostgreSQL ") {
		t.Errorf("doctor does not name pg_dump:\n%s", r.stdout)
	}
	p.try(t, []badInput{
		{name: "missing", env: map[string]string{"UNDERSTUDY_TOOLS_PG_DUMP": filepath.Join(p.dir, "nowhere", "pg_dump")}, code: 4, says: []string{"nowhere", "hint: "}},
		{name: "older than the source", env: script("old", `echo "pg_dump (PostgreSQL) 9.6.24"`), code: 4, says: []string{"PostgreSQL 9", "hint: "}},
		{name: "something else", env: script("else", `echo "psql (PostgreSQL) 99.1"`), code: 4, says: []string{"does not say that it is a pg_dump", "hint: "}},
		{name: "a version that is not here", env: map[string]string{"UNDERSTUDY_TOOLS_PG_DUMP": "99"}, code: 4, says: []string{"no pg_dump of version 99", "hint: "}},
		{name: "a version that is too old", env: map[string]string{"UNDERSTUDY_TOOLS_PG_DUMP": "9"}, code: 4, says: []string{"asks for version 9", "hint: set tools.pg_dump"}},
		{name: "a wrapper that runs an older one", env: script("older", version+`echo "pg_dump: error: aborting because of server version mismatch" >&2; exit 1`),
			code: 4, says: []string{"version mismatch", "hint: ", "by its own path"}},
		{name: "a wrapper that runs another one", env: script("newer", `case "$1" in --version|-V) echo "pg_dump (PostgreSQL) 98.0"; exit 0;; esac
			for a; do case $a in --no-statistics|--exclude-extension=*) ;; *) set -- "$@" "$a";; esac; shift; done; exec "`+p.origin.PgDump(t)+`" "$@"`),
			code: 4, says: []string{"says that it is of version 98", "hint: ", "by its own path"}},
		{name: "not a program", env: map[string]string{"UNDERSTUDY_TOOLS_PG_DUMP": p.dir}, code: 4, says: []string{"hint: "}},
		{name: "fails", env: script("fails", version+`echo "pg_dump: error: the dog ate it" >&2; exit 1`), code: 1, says: []string{"the dog ate it"}},
		{name: "writes rubbish", env: script("rubbish", version+`echo "-- plain SQL"`), code: 1, says: []string{"archive"}},
		{name: "writes nothing", env: script("nothing", version+`exit 0`), code: 75, says: []string{"archive"}},
		{name: "is cut off", env: script("cut", version+`printf 'PGDMP\001\016\000\004\010'; exit 0`), code: 75, says: []string{"archive"}},
		{name: "has another archive format", env: script("future", version+`printf 'PGDMP\001\077\000\004\010\001\001\000\000\000\000'; exit 0`), code: 4, says: []string{"1.63"}},
	})
}

func TestBadTargets(t *testing.T) {
	t.Parallel()
	p := served(t)
	admin := p.target.URL("postgres")
	template := p.target.Name(t)
	execute(t, admin, `CREATE DATABASE `+template+` TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' IS_TEMPLATE true`)
	p.try(t, []badInput{
		{name: "template of another encoding", early: true, args: []string{"refresh", "--target-template", template}, code: 4, says: []string{"LATIN1", "template0"}},
		{name: "no template", early: true, args: []string{"refresh", "--target-template", "no_such_template"}, code: 4, says: []string{"no_such_template", "template0"}},
		{name: "space", early: true, args: []string{"refresh", "--target-space-limit", "1MiB"}, code: 4, says: []string{"space", "target.space_limit"}},
		{name: "staging's own database", env: map[string]string{"STAGING_ADMIN_URL": p.link("STAGING_ADMIN_URL", func(u *url.URL) { u.Path = "/" + p.name })},
			code: 2, says: []string{"leads to", "postgres"}},
		{name: "an unmarked database in the way", early: true, target: `COMMENT ON DATABASE ` + p.name + ` IS 'mine now'`, code: 4, says: []string{"--adopt " + p.name},
			redo: `COMMENT ON DATABASE ` + p.name + ` IS '` + strings.ReplaceAll(one(t, admin, `SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1`, p.name), "'", "''") + `'`},
		{name: "the marker of another project", early: true, args: []string{"refresh", "--project", "somebody_else"}, code: 4, says: []string{"belongs to the project"}},
		{name: "a copy as source", early: true, source: `CREATE SCHEMA _understudy`, undo: `DROP SCHEMA _understudy`, code: 4, says: []string{"_understudy"}},
		{name: "an extension that the target lacks", early: true, source: `CREATE EXTENSION hstore; SET allow_system_table_mods = on;
			UPDATE pg_extension SET extname = 'no_such_extension' WHERE extname = 'hstore'; CREATE TABLE things (id int, h hstore)`,
			undo: `DROP TABLE things; DROP EXTENSION no_such_extension`, policy: [2]string{"tables:", "tables:\n  public.things: { rows: none }"},
			code: 4, says: []string{"no_such_extension", "not available"}},
		{name: "nothing to resume", args: []string{"refresh", "--resume"}, code: 4, says: []string{"understudy refresh"}},
		{name: "a superuser's object", early: true, source: `CREATE FUNCTION c_function(internal) RETURNS internal LANGUAGE internal AS 'int4in'`, undo: `DROP FUNCTION c_function`,
			code: 4, says: []string{"c_function", "superuser", "unsupported"}},
	})
}

func TestBadUsage(t *testing.T) {
	t.Parallel()
	p := served(t)
	p.write("broken.yaml", "version: 1\n  project: x\n")
	p.write("unknown.yaml", "version: 1\nproject: x\ntraget: {}\n")
	p.try(t, []badInput{
		{name: "no such verb", args: []string{"refrehs"}, code: 2, says: []string{"refresh"}},
		{name: "no such flag", args: []string{"refresh", "--forse"}, code: 2, says: []string{"--forse", "--help"}},
		{name: "an argument", args: []string{"refresh", "now"}, code: 2, says: []string{"now"}},
		{name: "no such output", args: []string{"refresh", "--output", "xml"}, code: 2, says: []string{"xml", "text or json"}},
		{name: "flags against each other", args: []string{"refresh", "--dry-run", "--resume"}, code: 2, says: []string{"dry-run"}},
		{name: "a flag without its value", args: []string{"refresh", "--adopt"}, code: 2, says: []string{"--adopt"}},
		{name: "adopts another name", args: []string{"refresh", "--adopt", "elsewhere"}, code: 2, says: []string{"elsewhere"}},
		{name: "no number", args: []string{"refresh", "--target-load-jobs", "many"}, code: 2, says: []string{"--target-load-jobs", "target.load_jobs"}},
		{name: "out of range", args: []string{"refresh", "--target-load-jobs", "0"}, code: 2, says: []string{"target.load_jobs"}},
		{name: "too few connections", args: []string{"refresh", "--source-connections", "2"}, code: 2, says: []string{"source.connections"}},
		{name: "no size", args: []string{"refresh", "--source-chunk-size", "12 parsecs"}, code: 2, says: []string{"source.chunk_size"}},
		{name: "no duration", args: []string{"refresh", "--source-max-block", "soon"}, code: 2, says: []string{"source.max_block"}},
		{name: "name too long", args: []string{"refresh", "--target-database", strings.Repeat("x", 46)}, code: 2, says: []string{"target.database", "45"}},
		{name: "a server's database", args: []string{"refresh", "--target-database", "template1"}, code: 2, says: []string{"template1"}},
		{name: "no configuration", args: []string{"refresh", "-c", "nowhere.yaml"}, code: 2, says: []string{"nowhere.yaml"}},
		{name: "broken configuration", args: []string{"refresh", "-c", "broken.yaml"}, code: 2, says: []string{"broken.yaml:1:10"}},
		{name: "unknown key", args: []string{"refresh", "-c", "unknown.yaml"}, code: 2, says: []string{"unknown.yaml:3:1", "did you mean target?"}},
		{name: "no policy file", args: []string{"refresh", "--policy", "nowhere/*.yaml"}, code: 2, says: []string{"nowhere"}},
		{name: "variable not set", env: map[string]string{"UNDERSTUDY_TARGET_URL": "${env:NO_SUCH_VARIABLE}"}, code: 2, says: []string{"NO_SUCH_VARIABLE"}},
		{name: "secret's file missing", env: map[string]string{"UNDERSTUDY_TARGET_URL": "${file:/nowhere/url}"}, code: 2, says: []string{"/nowhere/url"}},
		{name: "secret's command fails", env: map[string]string{"UNDERSTUDY_TARGET_URL": "${command:exit 3}"}, code: 2, says: []string{"target.url"}},
		{name: "unknown section", config: "extra: 1", code: 2, says: []string{"extra"}},
		{name: "no such table to preview", args: []string{"preview", "public.peple"}, code: 2, says: []string{"public.peple", "hint: "}},
		{name: "before_publish without its file", config: "before_publish: [{ file: nowhere.sql }]", code: 2, says: []string{"nowhere.sql"}},
		{name: "a folder of migrations that is not there", config: "migrations: { path: nowhere }", early: true, code: 2, says: []string{"migrations.path", "nowhere", "is no folder"}},
	})
}

func TestBadPolicies(t *testing.T) {
	t.Parallel()
	p := served(t)
	const note = `note: "null"`
	at := func(text string) [2]string { return [2]string{note, text} }
	p.try(t, []badInput{
		{name: "no such mask", policy: at("note: redcat"), code: 2, says: []string{"policy.yaml:9:13: public.people.note", `no mask "redcat"`, "did you mean redact?", "^"}},
		{name: "no such parameter", policy: at("note: { mask: redact, wiht: x }"), code: 2, says: []string{"policy.yaml:9:", "wiht"}},
		{name: "no such column", policy: at(note + "\n      nots: redact"), code: 3, says: []string{"policy.yaml:10:7", "nots", "did you mean note?"}},
		{name: "a column without a rule", policy: at(""), code: 3, says: []string{"policy.yaml:6:5", "public.people.note", "hint: add below columns: note: "}},
		{name: "a key twice", policy: at(note + "\n      note: redact"), code: 2, says: []string{"policy.yaml:10:7"}},
		{name: "a tab", policy: at("\tnote: redact"), code: 2, says: []string{"policy.yaml:9"}},
		{name: "an SQL error", policy: at(`note: { mask: sql, expression: "upper(nots)" }`), code: 3, says: []string{"policy.yaml:9:", "nots", "^"}},
		{name: "SQL of another type", policy: at(`note: { mask: sql, expression: "ARRAY[1]::int[] || 'x'::text" }`), code: 3, says: []string{"policy.yaml:9:"}},
		{name: "a condition that is none", policy: [2]string{"    columns:", "    rows: { where: \"id\" }\n    columns:"}, code: 3, says: []string{"policy.yaml:6:"}},
		{name: "no such subject", policy: [2]string{"subject: id", "subject: identity"}, code: 3, says: []string{"policy.yaml:4:", "identity"}},
		{name: "a pattern that matches nothing", policy: [2]string{"tables:", "tables:\n  sales.*: { rows: none }"}, code: 3, says: []string{"policy.yaml:3:", "sales.*"}},
		{name: "unsupported version", policy: [2]string{"version: 1", "version: 2"}, code: 2, says: []string{"policy.yaml:1:10", "version"}},
		{name: "unique broken", policy: [2]string{"email: email", "email: { mask: constant, value: x@example.com }"}, code: 3, says: []string{"policy.yaml:7:", "people_email_key"}},
		{name: "not null broken", policy: [2]string{"full_name: full_name", `full_name: "null"`}, code: 3, says: []string{"policy.yaml:8:", "public.people.full_name"}},
		{name: "everything at once", policy: at("note: redcat\n      nots: emial"), code: 2, says: []string{"redcat", "emial", "2 problem"}},
		{name: "empty", policy: [2]string{p.read("policy.yaml"), ""}, code: 2, says: []string{"policy.yaml:1:1", "version: 1"}},
	})
}
