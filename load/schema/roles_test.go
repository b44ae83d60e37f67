package schema_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/load/schema"
)

// Rights follow roles that are mapped or there; those of others are told.
func TestGrantsAndPoliciesFollowTheirRoles(t *testing.T) {
	t.Parallel()
	from, to := pgtest.Source(t), pgtest.Target(t)
	mapped, _ := from.Role(t, "NOLOGIN")
	absent, _ := from.Role(t, "NOLOGIN")
	second, _ := from.Role(t, "NOLOGIN") // owns a table, and is not on the target
	staged, _ := to.Role(t, "NOLOGIN")
	names := strings.NewReplacer("MAPPED", mapped, "ABSENT", absent, "SECOND", second, "STAGED", staged)
	src := of(t, names.Replace(`
		CREATE TABLE a (id int, b int);
		CREATE TABLE theirs (id int); ALTER TABLE theirs OWNER TO SECOND;
		GRANT SELECT, INSERT ON a TO MAPPED WITH GRANT OPTION;
		GRANT SELECT ON a TO ABSENT, SECOND, pg_monitor, PUBLIC;
		GRANT UPDATE (b) ON a TO MAPPED, ABSENT;
		REVOKE DELETE ON a FROM postgres;
		CREATE FUNCTION f(VARIADIC int[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
		REVOKE ALL ON FUNCTION f FROM PUBLIC; GRANT EXECUTE ON FUNCTION f TO MAPPED;
		CREATE PROCEDURE p(INOUT int, OUT text) LANGUAGE sql AS 'SELECT 1, ''x''';
		GRANT EXECUTE ON PROCEDURE p TO MAPPED;
		CREATE AGGREGATE g(ORDER BY int) (SFUNC = int4pl, STYPE = int);
		GRANT EXECUTE ON FUNCTION g TO MAPPED;
		CREATE TYPE t AS ENUM ('x'); REVOKE ALL ON TYPE t FROM PUBLIC;
		CREATE DOMAIN d AS int; GRANT USAGE ON DOMAIN d TO MAPPED;
		CREATE SEQUENCE s; GRANT USAGE, SELECT ON SEQUENCE s TO MAPPED;
		CREATE TABLE none (id int); REVOKE ALL ON none FROM postgres;
		CREATE TABLE everything (id int); GRANT ALL ON everything TO MAPPED; REVOKE TRIGGER ON everything FROM postgres;
		REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
		REVOKE EXECUTE ON FUNCTION pg_catalog.pg_sleep(float8) FROM PUBLIC;
		GRANT CREATE ON SCHEMA public TO MAPPED; GRANT CREATE ON SCHEMA public TO ABSENT;
		CREATE EXTENSION hstore; REVOKE EXECUTE ON FUNCTION akeys(hstore) FROM PUBLIC; GRANT EXECUTE ON FUNCTION akeys(hstore) TO MAPPED;
		ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO MAPPED, ABSENT;
		ALTER DEFAULT PRIVILEGES FOR ROLE SECOND IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO MAPPED;
		ALTER DEFAULT PRIVILEGES FOR ROLE ABSENT GRANT SELECT ON TABLES TO MAPPED;
		ALTER TABLE a ENABLE ROW LEVEL SECURITY;
		CREATE POLICY everyone ON a USING (true);
		CREATE POLICY two ON a FOR UPDATE TO ABSENT, MAPPED USING (b > 0) WITH CHECK (b > 1);
		CREATE POLICY gone ON a AS RESTRICTIVE TO ABSENT USING (b > 2);
		COMMENT ON POLICY gone ON a IS 'for nobody';`))
	s := newStaging(t)
	p, _ := s.restore(t, src, func(o *schema.Options) { o.Roles = map[string]string{mapped: staged} })

	acl := func(what, from string) string {
		items := strings.Fields(strings.NewReplacer(s.owner, "OWNER", staged, "STAGED", "xtm/", "xt/", "xm/", "x/").Replace(
			ask(t, s.url, "SELECT array_to_string("+what+"::text[], ' ') FROM "+from)))
		slices.Sort(items)
		return strings.Join(items, " ")
	}
	for _, c := range []struct{ what, from, want string }{
		{"relacl", "pg_class WHERE oid = 'a'::regclass", "=r/OWNER OWNER=arwDxt/OWNER STAGED=a*r*/OWNER pg_monitor=r/OWNER"},
		{"attacl", "pg_attribute WHERE attrelid = 'a'::regclass AND attname = 'b'", "STAGED=w/OWNER"},
		{"relacl", "pg_class WHERE oid = 'none'::regclass", ""},
		{"relacl", "pg_class WHERE oid = 'everything'::regclass", "OWNER=arwdDx/OWNER STAGED=arwdDxt/OWNER"},
		{"relacl", "pg_class WHERE oid = 's'::regclass", "OWNER=rwU/OWNER STAGED=rU/OWNER"},
		{"proacl", "pg_proc WHERE proname = 'f'", "OWNER=X/OWNER STAGED=X/OWNER"},
		{"proacl", "pg_proc WHERE proname = 'p'", "=X/OWNER OWNER=X/OWNER STAGED=X/OWNER"},
		{"proacl", "pg_proc WHERE proname = 'g'", "=X/OWNER OWNER=X/OWNER STAGED=X/OWNER"},
		{"typacl", "pg_type WHERE typname = 't'", "OWNER=U/OWNER"},
		{"typacl", "pg_type WHERE typname = 'd'", "=U/OWNER OWNER=U/OWNER STAGED=U/OWNER"},
	} {
		if got := acl(c.what, c.from); got != c.want {
			t.Errorf("%s of %s: %s, want %s", c.what, c.from, got, c.want)
		}
	}
	if to.Major() >= 17 {
		// ALL is all that the target knows of; a list that is short of something is not made longer.
		want := fmt.Sprintf("true %t", from.Major() >= 17)
		if got := ask(t, s.url, fmt.Sprintf("SELECT concat_ws(' ', has_table_privilege('%s', 'everything', 'MAINTAIN')::text, has_table_privilege('%s', 'everything', 'MAINTAIN')::text)", staged, s.owner)); got != want {
			t.Errorf("MAINTAIN of one with ALL, and of one without TRIGGER: %s, want %s", got, want)
		}
	}
	if to.Major() >= 15 {
		everybody := "=U/"
		if from.Major() < 15 {
			everybody = "=UC/" // as on the source
		}
		want := everybody + "pg_database_owner STAGED=C/pg_database_owner pg_database_owner=UC/pg_database_owner"
		if got := acl("nspacl", "pg_namespace WHERE nspname = 'public'"); got != want {
			t.Errorf("public: %s, want %s", got, want)
		}
	}
	for _, c := range []struct{ kind, want string }{
		{"f", "STAGED=X/OWNER"},
		{"r", "OWNER=arwdDxt/OWNER STAGED=r/OWNER"},
	} {
		if got := acl("defaclacl", "pg_default_acl WHERE defaclobjtype = '"+c.kind+"'"); got != c.want {
			t.Errorf("default privileges of kind %s: %s, want %s", c.kind, got, c.want)
		}
	}
	if got := ask(t, s.url, "SELECT count(*)::text FROM pg_default_acl"); got != "2" {
		t.Errorf("%s default privileges", got)
	}
	policies := strings.ReplaceAll(ask(t, s.url, `
		SELECT string_agg(policyname || ' ' || permissive || ' ' || roles::text || ' ' || cmd || ' ' || qual || ' ' || coalesce(with_check, '-'), '; ' ORDER BY policyname) FROM pg_policies`),
		staged, "STAGED")
	if want := "everyone PERMISSIVE {public} ALL true -; two PERMISSIVE {STAGED} UPDATE (b > 0) (b > 1)"; policies != want {
		t.Errorf("policies: %s, want %s", policies, want)
	}

	var got []string
	for _, x := range p.Skipped() {
		got = append(got, strings.NewReplacer(absent, "ABSENT", second, "SECOND").Replace(x.Object+": "+x.Reason))
	}
	want := []string{
		"grants on function pg_catalog.pg_sleep(double precision): only the owner of the object, an extension or the system, can give them",
		"grants on function public.akeys(public.hstore): only the owner of the object, an extension or the system, can give them",
		"grants on language plpgsql: only the owner of the object, an extension or the system, can give them",
		"grants to role ABSENT: the role does not exist on the target; it had rights on schema public, table public.a, table public.a, column b and 2 more",
		"policy public.a.gone for role ABSENT: the role does not exist on the target",
		"policy public.a.two for role ABSENT: the role does not exist on the target",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// Without facts nothing is invented: it is said that grants are not carried.
func TestWithoutFacts(t *testing.T) {
	t.Parallel()
	role, _ := pgtest.Source(t).Role(t, "NOLOGIN")
	src := of(t, fmt.Sprintf(`
		CREATE TABLE a (id int); GRANT SELECT ON a TO %s; GRANT SELECT ON a TO PUBLIC;
		CREATE POLICY everyone ON a USING (true); CREATE POLICY one ON a TO %s USING (true);`, role, role))
	src.facts = nil
	s := newStaging(t)
	p, _ := s.restore(t, src)
	var got []string
	for _, x := range p.Skipped() {
		got = append(got, strings.ReplaceAll(x.Object+": "+x.Reason, role, "ROLE"))
	}
	lists := 1
	if pgtest.Source(t).Major() < 15 {
		lists = 2 // that of schema public counts as changed
	}
	want := []string{
		fmt.Sprintf("grants: not read from the source; %d access lists are not carried", lists),
		`policy public.a.one: role "ROLE" does not exist (SQLSTATE 42704)`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got := ask(t, s.url, "SELECT string_agg(policyname, ',') FROM pg_policies"); got != "everyone" {
		t.Errorf("policies: %s", got)
	}
}
