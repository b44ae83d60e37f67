package integration

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/pgtest"
)

// Under a policy that keeps everything, the refreshed database equals its
// source: the schema as pg_dump writes it, the multiset of rows of every
// table, matview and large object, every sequence. So does a database that
// holds all the schemas together, whose indexes are built beside the copying.
func TestKeepsEverything(t *testing.T) {
	t.Parallel()
	for _, c := range oddFiles {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			if pgtest.Source(t).Major() < c.major {
				t.Skipf("the schema needs PostgreSQL %d", c.major)
			}
			schema, roles := seeded(t, readFile(t, "testdata/same/"+c.file+".sql"))
			keepsEverything(t, schema, roles, c.reader, c.policy)
		})
	}
	t.Run("together", func(t *testing.T) {
		t.Parallel()
		schema, roles := oddSchemas(t)
		keepsEverything(t, schema, roles, "BYPASSRLS", "large_objects: keep", "load: { overlap: true }")
	})
}

// oddFiles are testdata/same/*.sql.
var oddFiles = []struct {
	file   string // testdata/same/*.sql
	major  int    // first version that has what the file uses
	reader string // attributes of the source role
	policy string // lines of the policy besides tables
}{
	{file: "names"},
	{file: "types"},
	{file: "columns"},
	{file: "partitions"},
	{file: "constraints"},
	{file: "nulls_not_distinct", major: 15},
	{file: "sixteen", major: 16},
	{file: "seventeen", major: 17},
	{file: "eighteen", major: 18},
	{file: "indexes"},
	{file: "views"},
	{file: "code"},
	{file: "large"},
	{file: "large_objects", policy: "large_objects: keep"},
	{file: "extensions"},
	{file: "rights", reader: "BYPASSRLS"}, // its default privileges hold for what comes after
}

var shared = regexp.MustCompile(`\bCREATE (SCHEMA|EXTENSION) `)

// oddSchemas are all that this version of PostgreSQL takes, in one database.
func oddSchemas(t *testing.T) (schema string, roles map[string]string) {
	t.Helper()
	var b strings.Builder
	for _, f := range oddFiles {
		if pgtest.Source(t).Major() >= f.major {
			b.WriteString("CREATE SCHEMA same_" + f.file + "; SET search_path = same_" + f.file + ", public;\n" + readFile(t, "testdata/same/"+f.file+".sql"))
		}
	}
	return seeded(t, shared.ReplaceAllString(b.String(), "CREATE $1 IF NOT EXISTS "))
}

// seeded puts roles in the place of {{app}} and {{audit}}, which have others
// for theirs on the target.
func seeded(t *testing.T, text string) (schema string, roles map[string]string) {
	t.Helper()
	roles = map[string]string{}
	for _, r := range []string{"app", "audit"} {
		if !strings.Contains(text, "{{"+r+"}}") {
			continue
		}
		there, _ := pgtest.Source(t).Role(t, "NOLOGIN")
		here, _ := pgtest.Target(t).Role(t, "NOLOGIN")
		roles[there] = here
		text = strings.ReplaceAll(text, "{{"+r+"}}", there)
	}
	return text, roles
}

// keepsEverything refreshes a database and compares it with its source.
func keepsEverything(t *testing.T, schema string, roles map[string]string, reader, policy string, config ...string) {
	t.Helper()
	p := newCopy(t, copyOptions{source: pgtest.Source(t).Database(t, forVersion(schema, pgtest.Source(t).Major())), reader: reader, roles: roles, config: config})
	p.write("policy.yaml", keepAll(t, p.source)+policy+"\n")
	p.refresh()
	p.same(roles)
}

// forVersion makes a schema fit for an older server. A negative scale came with 15.
func forVersion(schema string, major int) string {
	if major < 15 {
		return negativeScale.ReplaceAllString(schema, "numeric")
	}
	return schema
}

var negativeScale = regexp.MustCompile(`\bnumeric\((\d+), ?-\d+\)`)

// copyOptions are what newCopy can be told besides newProject's.
type copyOptions struct {
	source string            // superuser's URL of an existing source database
	origin *pgtest.Server    // where that is; nil: the common source server
	policy string            // policy.yaml
	reader string            // attributes of the source role
	roles  map[string]string // roles of the source to roles of the target
	config []string          // lines of understudy.yaml

	outside bool   // the source is on no server of pgtest, and read as its URL says
	builder string // attributes of the target role, CREATEDB by default
}

// newCopy is a project over a source database that exists already.
func newCopy(t testing.TB, o copyOptions) *project {
	t.Helper()
	dst := pgtest.Target(t)
	p := &project{t: t, dir: t.TempDir(), target: dst, source: o.source, name: dst.Name(t)}
	if !o.outside {
		p.origin = cmp.Or(o.origin, pgtest.Source(t))
	}
	owner, _ := dst.Role(t, "NOLOGIN")
	builder, builderPassword := dst.Role(t, "LOGIN "+cmp.Or(o.builder, "CREATEDB"))
	dst.Exec(t, "postgres", "GRANT "+owner+", pg_signal_backend TO "+builder)
	p.owner = owner
	p.env = []string{
		"UNDERSTUDY_KEY=" + testKey,
		"PRODUCTION_URL=" + p.reading(o),
		"STAGING_ADMIN_URL=" + dst.URLFor(builder, builderPassword, "postgres"),
	}
	dumper := dst // no older than the source
	if p.origin != nil {
		dumper = p.origin
	}
	if dump := dumper.PgDump(t); dump != "" {
		p.env = append(p.env, "UNDERSTUDY_TOOLS_PG_DUMP="+dump)
	}
	var roles []string
	for _, there := range slices.Sorted(maps.Keys(o.roles)) {
		roles = append(roles, there+": "+o.roles[there])
	}
	p.write("understudy.yaml", `version: 1
project: test
source: { url: "${env:PRODUCTION_URL}" }
target:
  url: "${env:STAGING_ADMIN_URL}"
  database: `+p.name+`
  owner: `+owner+`
  roles: { `+strings.Join(roles, ", ")+` }
key: "${env:UNDERSTUDY_KEY}"
policy: [policy.yaml]
`+strings.Join(o.config, "\n")+"\n")
	p.write("policy.yaml", o.policy)
	return p
}

// reading is the URL that production is read by: of a role of its own.
func (p *project) reading(o copyOptions) string {
	if o.outside {
		return o.source
	}
	reader, password := p.origin.Role(p.t, "LOGIN "+o.reader)
	p.origin.Exec(p.t, "postgres", "GRANT pg_read_all_data TO "+reader)
	return p.origin.URLFor(reader, password, pgtest.DatabaseOf(o.source))
}

// keepAll writes the policy that keeps every column of a source.
func keepAll(t testing.TB, url string) string {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	readable(t, conn)
	cat, err := catalog.Read(ctx, conn)
	if err != nil {
		t.Fatal(err)
	}
	quote := func(s string) string { // JSON strings are YAML strings
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	var b strings.Builder
	b.WriteString("version: 1\ntables:\n")
	for _, tab := range cat.Tables {
		if tab.Partition != nil || tab.Extension != "" || tab.Kind != catalog.Ordinary && tab.Kind != catalog.Partitioned {
			continue
		}
		var keep []string
		for _, c := range tab.CopyColumns() {
			keep = append(keep, quote(catalog.QuoteIdent(c.Name)))
		}
		fmt.Fprintf(&b, "  %s: { keep: [%s] }\n", quote(tab.Name.SQL()), strings.Join(keep, ", "))
	}
	return b.String()
}

func readFile(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// same compares source and staging.
func (p *project) same(roles map[string]string) {
	p.t.Helper()
	rename := map[string]string{p.owner: "postgres"}
	for there, here := range roles {
		rename[here] = there
	}
	p.sameContents()
	const rights = `SELECT 'large object ' || l.oid || ' for ' || CASE a.grantee WHEN 0 THEN 'all' ELSE a.grantee::regrole::text END AS k,
		string_agg(a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END, ' ' ORDER BY a.privilege_type) AS v
		FROM pg_largeobject_metadata l, aclexplode(coalesce(l.lomacl, acldefault('L', l.lomowner))) a GROUP BY 1`
	here := map[string]string{}
	for k, v := range pairs(p.t, p.staging(), rights) {
		for from, to := range rename {
			k = strings.ReplaceAll(k, from, to)
		}
		here[k] = v
	}
	compare(p.t, "rights on large objects", pairs(p.t, p.source, rights), here)
	there, staging := p.sourceSchema(roles), dumpSchema(p.t, p.target, p.staging(), rename)
	if pgtest.Source(p.t).Major() < 17 && p.target.Major() >= 17 {
		withoutMaintain(there)
		withoutMaintain(staging)
	}
	compare(p.t, "schema", there, staging)
	const public = `SELECT concat_ws(' ', has_schema_privilege('public', to_regnamespace('public'), 'CREATE'), has_schema_privilege('public', to_regnamespace('public'), 'USAGE'))`
	// On a target of 14 it is a superuser's, and what could not be done is reported.
	if there, here := one(p.t, p.source, public), one(p.t, p.staging(), public); there != here && p.target.Major() >= 15 {
		p.t.Errorf("everybody's rights on schema public: %s on the source, %s in staging", there, here)
	}
}

// withoutMaintain takes the privilege out that came with 17. A newer pg_dump
// writes what a source of 16 grants without it; a refresh gives it to who has
// all the others.
func withoutMaintain(schema map[string]string) {
	for object, text := range schema {
		text = maintainAlone.ReplaceAllString(text, "")
		text = strings.ReplaceAll(text, "MAINTAIN,", "")
		schema[object] = allOnTable.ReplaceAllString(text, "${1} SELECT,INSERT,REFERENCES,DELETE,TRIGGER,TRUNCATE,UPDATE ON TABLE ")
	}
}

var (
	maintainAlone = regexp.MustCompile(`(?m)^GRANT MAINTAIN ON TABLE .*;\n?`)
	allOnTable    = regexp.MustCompile(`(?m)^(GRANT) ALL ON TABLE `)
)

// sourceSchema is the source's schema as the target's version words it. Versions
// differ in how they print views and expressions; what pg_dump and psql make of
// the source on the target then stands for it.
func (p *project) sourceSchema(roles map[string]string) map[string]string {
	p.t.Helper()
	src := pgtest.Source(p.t)
	if src.Major() == p.target.Major() {
		return dumpSchema(p.t, src, p.source, nil)
	}
	text := plainSchema(p.t, src, p.source)
	back := map[string]string{}
	for there, here := range roles {
		text = strings.ReplaceAll(text, there, here)
		back[here] = there
	}
	name := p.target.Name(p.t)
	p.target.Exec(p.t, "postgres", one(p.t, p.target.URL("postgres"), `
		SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L', $1::text, pg_encoding_to_char(encoding), datcollate, datctype)
			|| CASE to_jsonb(d) ->> 'datlocprovider' WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L', coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale')) ELSE '' END
		FROM pg_database d WHERE datname = $2`, name, p.name))
	var errs bytes.Buffer
	cmd := exec.Command(p.target.Programs(p.t).Path("psql"), "--no-psqlrc", "--quiet", "--dbname="+p.target.URL(name))
	cmd.Stdin, cmd.Stderr = strings.NewReader(text), &errs
	if err := cmd.Run(); err != nil {
		p.t.Fatalf("psql: %v\n%s", err, errs.String())
	}
	return dumpSchema(p.t, p.target, p.target.URL(name), back)
}

// query reads pairs of k and v.
type query struct{ what, sql string }

// contentQueries are what is compared besides schema, rows and sequences.
func (p *project) contentQueries() []query {
	p.t.Helper()
	locale := `coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale')`
	version := "extversion" // a newer server brings newer extensions
	if p.newer() {
		version = "'some version'"
		locale = `regexp_replace(` + locale + `, '-true$', '')` // as some versions of ICU end what others leave out
	}
	return []query{
		{"validity", `SELECT format('index %I.%I on %I.%I valid', n.nspname, c.relname, m.nspname, t.relname) AS k, indisvalid::text AS v
				FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
				JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace m ON m.oid = t.relnamespace WHERE n.oid IN (SELECT * FROM ours)
			-- pg_dump leaves to the server how it names a NOT NULL that is inherited.
			UNION ALL SELECT format('constraint %I.%s%I valid', n.nspname, quote_ident(c.relname) || '.', CASE WHEN contype = 'n' AND coninhcount > 0
					THEN (SELECT attname FROM pg_attribute WHERE attrelid = conrelid AND attnum = conkey[1]) || ' inherits NOT NULL' ELSE conname END),
				convalidated || ', enforced ' || coalesce(to_jsonb(k) ->> 'conenforced', 'true')
				FROM pg_constraint k JOIN pg_namespace n ON n.oid = connamespace LEFT JOIN pg_class c ON c.oid = conrelid
				WHERE n.oid IN (SELECT * FROM ours) AND ` + p.comparable() + `
			UNION ALL SELECT format('matview %I.%I populated', n.nspname, relname), relispopulated::text
				FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'm' AND n.oid IN (SELECT * FROM ours)
			UNION ALL SELECT format('extension %I', extname), ` + version + ` || ' in ' || extnamespace::regnamespace FROM pg_extension
			UNION ALL SELECT 'encoding and locale', concat_ws(' ', pg_encoding_to_char(encoding), datcollate, datctype, coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'), ` + locale + `, to_jsonb(d) ->> 'daticurules')
				FROM pg_database d WHERE datname = current_database()`},
		{"large objects", `SELECT 'large object ' || oid AS k, concat_ws(' ', md5(lo_get(oid)), obj_description(oid, 'pg_largeobject')) AS v FROM pg_largeobject_metadata`},
	}
}

// sameContents compares everything but the text of the schema.
func (p *project) sameContents() {
	p.t.Helper()
	for _, q := range p.contentQueries() {
		compare(p.t, q.what, pairs(p.t, p.source, q.sql), pairs(p.t, p.staging(), q.sql))
	}
	compare(p.t, "sequences", sequences(p.t, p.source), sequences(p.t, p.staging()))
	compare(p.t, "rows", contents(p.t, p.source), contents(p.t, p.staging()))
}

// comparable is true of the rows of pg_constraint that source and target share.
// A server from 18 on has NOT NULL among them; clones on partitions have names
// of the server's choice.
func (p *project) comparable() string {
	if !p.newer() {
		return "conparentid = 0"
	}
	return "contype <> 'n' AND conparentid = 0"
}

// newer tells whether the target is of another version than the source.
func (p *project) newer() bool {
	return p.origin != nil && p.origin.Major() != p.target.Major()
}

// pairs reads a map by a query over k and v. Its ours are the schemas of users.
func pairs(t testing.TB, url, sql string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, r := range rows(t, url, `WITH ours AS (SELECT oid FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', '_understudy'))
		SELECT json_build_array(k, v)::text FROM (`+sql+`) q`) {
		var kv [2]string
		if err := json.Unmarshal([]byte(r), &kv); err != nil {
			t.Fatalf("%s: %v", r, err)
		}
		out[kv[0]] = kv[1]
	}
	return out
}

// contents are count and sum of the rows' hashes, for every table without its
// children and every populated matview. Columns are taken by name: pg_dump
// gives a child of an altered table or of several another order. Enums hash by
// OID: rows of a tree that is partitioned so may be in other partitions, and
// are taken together.
func contents(t testing.TB, url string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, sql := range pairs(t, url, `
		SELECT format('%I.%I', n.nspname, relname) AS k,
			format('SELECT count(*) || '' rows, hash '' || coalesce(sum(hashtextextended(ROW(%s)::text COLLATE "C", 0)), 0) FROM %s %I.%I AS "a row"',
				(SELECT string_agg(format('"a row".%I', attname), ', ' ORDER BY attname) FROM pg_attribute
					WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped),
				CASE WHEN relkind = 'p' THEN '' ELSE 'ONLY' END, n.nspname, relname) AS v
		FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
		CROSS JOIN LATERAL (SELECT EXISTS (
			SELECT FROM pg_partition_ancestors(c.oid) p JOIN pg_partitioned_table k ON k.partrelid = p.relid
			JOIN pg_attribute a ON a.attrelid = p.relid AND a.attnum = ANY (k.partattrs) JOIN pg_type t ON t.oid = a.atttypid
			WHERE k.partstrat = 'h' AND t.typtype = 'e')) e(by_enum)
		WHERE (relkind IN ('r', 'm') AND relispopulated AND NOT by_enum OR relkind = 'p' AND NOT relispartition AND by_enum)
		  AND n.oid IN (SELECT * FROM ours)`) {
		out[name] = one(t, url, sql)
	}
	return out
}

func sequences(t testing.TB, url string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name := range pairs(t, url, `SELECT format('%I.%I', n.nspname, relname) AS k, '' AS v FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
		WHERE relkind = 'S' AND n.oid IN (SELECT * FROM ours)`) {
		out[name] = one(t, url, `SELECT last_value || CASE WHEN is_called THEN ' called' ELSE ' not called' END FROM `+name)
	}
	return out
}

// compare reports every difference between two maps on its own.
func compare(t testing.TB, what string, source, staging map[string]string) {
	t.Helper()
	all := maps.Clone(source)
	maps.Copy(all, staging)
	for _, k := range slices.Sorted(maps.Keys(all)) {
		a, there := source[k]
		b, here := staging[k]
		switch {
		case !here:
			t.Errorf("%s: staging lacks %s:\n%s", what, k, a)
		case !there:
			t.Errorf("%s: only staging has %s:\n%s", what, k, b)
		case a != b:
			t.Errorf("%s: %s differs (-source +staging):\n%s", what, k, gocmp.Diff(a, b))
		}
	}
}

var (
	entryHeader = regexp.MustCompile(`(?m)^--\n-- Name: (.*); Type: (.*); Schema: (.*?)(?:; Owner: (.*))?\n--$`)
	noise       = regexp.MustCompile(`(?m)^(?:--.*|\\(?:un)?restrict .*|SET default_(?:tablespace|table_access_method) = .*;|SET xmloption = .*|)\n`)
	ownerNoise  = regexp.MustCompile(`(?m)^ALTER [A-Z ]+ .* OWNER TO .*;\n`)
)

// dumpSchema is what pg_dump writes of a database, by entry. Roles are renamed.
func dumpSchema(t testing.TB, s *pgtest.Server, url string, rename map[string]string) map[string]string {
	t.Helper()
	text := plainSchema(t, s, url)
	for from, to := range rename {
		text = strings.ReplaceAll(text, from, to)
	}
	entries := map[string]string{}
	headers := entryHeader.FindAllStringSubmatchIndex(text, -1)
	for i, h := range headers {
		end := len(text)
		if i+1 < len(headers) {
			end = headers[i+1][0]
		}
		name, kind, schema := text[h[2]:h[3]], text[h[4]:h[5]], text[h[6]:h[7]]
		body := ownerNoise.ReplaceAllString(noise.ReplaceAllString(text[h[1]:end], ""), "")
		if kind == "ACL" || kind == "DEFAULT ACL" {
			if h[8] > 0 && h[8] < h[9] { // everything has one owner in staging
				body = regexp.MustCompile(`\b`+regexp.QuoteMeta(text[h[8]:h[9]])+`\b`).ReplaceAllString(body, "postgres")
			}
			// The grantees' order is that of their OIDs, or of the grants.
			lines := strings.Split(body, "\n")
			slices.Sort(lines)
			body = strings.TrimLeft(strings.Join(lines, "\n"), "\n")
		}
		if kind == "TABLE" && strings.Contains(body, "\nINHERITS (") {
			body = sortColumns(body)
		}
		entries[kind+" "+schema+"."+name] += body
	}
	if min(pgtest.Source(t).Major(), pgtest.Target(t).Major()) < 15 {
		// Schema public belonged to a superuser then; its rights are compared by same.
		delete(entries, "SCHEMA -.public")
		delete(entries, "ACL -.SCHEMA public")
	}
	return entries
}

// plainSchema is a database's schema as SQL.
func plainSchema(t testing.TB, s *pgtest.Server, url string) string {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command(s.PgDump(t), "--schema-only", "--no-tablespaces", "--exclude-schema=_understudy", "--dbname="+url)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("pg_dump: %v\n%s", err, errs.String())
	}
	return out.String()
}

// sortColumns orders the lines between the parentheses of CREATE TABLE: a child
// takes over its parent's order of columns when it is created anew.
func sortColumns(body string) string {
	lines := strings.Split(body, "\n")
	end := slices.Index(lines, ")")
	if end < 1 {
		return body
	}
	lines[end-1] += ","
	slices.Sort(lines[1:end])
	return strings.Join(lines, "\n")
}

// What a target cannot take is refused by name, and where leaving it out
// helps, naming it under unsupported does.
func TestRefusesByName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		schema string
		code   int
		says   []string
		remedy string // line of the policy
	}{
		{
			"an aggregate that needs superuser",
			`CREATE AGGREGATE middle(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA)`,
			4, []string{"aggregate public.middle", "is an aggregate with a state of type internal", "unsupported:\n  - 'aggregate public.middle"},
			`unsupported: ['aggregate public.middle']`,
		},
		{
			"a function in C",
			`CREATE FUNCTION now_in_c() RETURNS timestamptz LANGUAGE internal AS 'now'; CREATE VIEW on_it AS SELECT now_in_c()`,
			4, []string{"function public.now_in_c()", "unsupported:\n  - 'function public.now_in_c()'", "along:\n  view public.on_it"},
			`unsupported: ['function public.now_in_c()']`,
		},
		{
			"a check that reads another table",
			`CREATE TABLE staff (id integer); INSERT INTO staff VALUES (1);
			 CREATE FUNCTION in_staff(integer) RETURNS boolean LANGUAGE sql AS 'SELECT EXISTS (SELECT FROM public.staff WHERE id = $1)';
			 CREATE TABLE aaa (id integer CONSTRAINT is_staff CHECK (in_staff(id)), filler text);
			 INSERT INTO aaa SELECT 1, repeat('x', 1000) FROM generate_series(1, 1000)`,
			5, []string{"public.aaa", "is_staff"},
			"",
		},
		{
			"the name of an object that comes after the data",
			`CREATE TABLE t (id integer PRIMARY KEY, r regclass); INSERT INTO t VALUES (1, 't_pkey')`,
			5, []string{"public.t", "a value names an object", "column r"},
			"",
		},
		{
			"the name of a role that the target lacks",
			`CREATE TABLE t (id integer PRIMARY KEY, owner regrole); INSERT INTO t SELECT 1, oid::regrole FROM pg_roles WHERE rolname = '{{role}}'`,
			5, []string{"public.t", "a value names an object", "column owner"},
			"",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			src := pgtest.Source(t)
			role, _ := src.Role(t, "NOLOGIN")
			p := newCopy(t, copyOptions{source: src.Database(t, strings.ReplaceAll(c.schema, "{{role}}", role))})
			p.write("policy.yaml", keepAll(t, p.source))
			r := p.fails(c.code, "error: ", "refresh", "--target-load-jobs", "1")
			for _, want := range c.says {
				if !strings.Contains(r.stderr, want) {
					t.Errorf("no word of %q:\n%s", want, r.stderr)
				}
			}
			if left := p.databases(); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
			if c.remedy != "" {
				p.write("policy.yaml", keepAll(t, p.source)+c.remedy+"\n")
				p.refresh()
			}
		})
	}
}
