package extract

import (
	"slices"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
)

func probe(t testing.TB, url string) *ProbeResult {
	t.Helper()
	p, err := Probe(testContext(t), Config{DSN: catalog.DSN(url), RunID: "probe"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// refusals are the findings that would stop a run, but for those about the
// machine that the tests run on.
func refusals(p *ProbeResult) (out []Finding) {
	for _, f := range p.Findings {
		if f.Severity == Refuse && f.Subject != "pg_dump" {
			out = append(out, f)
		}
	}
	return out
}

func databaseOf(url string) string {
	_, name, _ := strings.Cut(strings.TrimPrefix(url, "postgres://"), "/")
	name, _, _ = strings.Cut(name, "?")
	return name
}

// The grants that are printed are exactly what is missing: applied, they leave
// nothing to find.
func TestProbeGrantsAreWhatIsMissing(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	url := server.Database(t, `
		CREATE SCHEMA "Odd; Name"; CREATE TABLE "Odd; Name"."T'1" (id serial); CREATE TABLE public.t (id int GENERATED ALWAYS AS IDENTITY);
		CREATE TABLE public.readable (); GRANT SELECT ON public.readable TO PUBLIC; CREATE VIEW public.v AS SELECT 1;
		SELECT lo_create(0)`)
	role, password := server.Role(t, "")
	db := databaseOf(url)
	admin := server.Conn(t, url)
	p := probe(t, server.URLFor(role, password, db))
	var kinds []string
	for _, u := range p.Unreadable {
		kinds = append(kinds, u.Kind+" "+u.Name)
	}
	want := []string{"large objects pg_largeobject", `schema "Odd; Name"`,
		`sequence "Odd; Name"."T'1_id_seq"`, "sequence public.t_id_seq", `table "Odd; Name"."T'1"`, "table public.t"}
	if !slices.Equal(kinds, want) {
		t.Fatalf("unreadable %q\nwant       %q", kinds, want)
	}
	if f := refusals(p); len(f) != 1 || !strings.Contains(f[0].Fix, "pg_read_all_data") {
		t.Errorf("findings %+v", f)
	}
	for _, u := range p.Unreadable {
		run(t, admin, u.Grant)
	}
	p = probe(t, server.URLFor(role, password, db))
	if len(p.Unreadable) != 0 || len(refusals(p)) != 0 {
		t.Errorf("after the grants: %+v", refusals(p))
	}

	other, password := server.Role(t, "")
	run(t, admin, `GRANT pg_read_all_data TO `+catalog.QuoteIdent(other))
	if p := probe(t, server.URLFor(other, password, db)); len(p.Unreadable) != 0 {
		t.Errorf("with pg_read_all_data: %+v", p.Unreadable)
	}
}

func TestProbeFindsRowSecurity(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	url := server.Database(t, `CREATE TABLE hidden (id int); INSERT INTO hidden VALUES (1); ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; CREATE TABLE open ()`)
	role, password := server.Role(t, "")
	admin := server.Conn(t, url)
	run(t, admin, `GRANT pg_read_all_data TO `+catalog.QuoteIdent(role))
	url = server.URLFor(role, password, databaseOf(url))
	p := probe(t, url)
	if len(p.RowSecurity) != 1 || p.RowSecurity[0].Name != "hidden" {
		t.Fatalf("row security %v", p.RowSecurity)
	}
	// Without the right the run stops instead of copying no rows.
	s := openTest(t, url, nil)
	rows, err := s.Copy(testContext(t), whole(columns(table(t, s, "hidden"), false)), &limited{})
	if !fault.Is(err, fault.Preflight) || rows != 0 {
		t.Errorf("copy: %d rows, %v", rows, err)
	}
	f := refusals(p)
	if len(f) != 1 {
		t.Fatalf("findings %+v", f)
	}
	run(t, admin, f[0].Fix)
	if p := probe(t, url); len(p.RowSecurity) != 0 {
		t.Errorf("after %s: %v", f[0].Fix, p.RowSecurity)
	}
}

func TestProbeWarnsOfRightsToWrite(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	url := server.Database(t, `CREATE TABLE t (id int); REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE SEQUENCE q`)
	role, password := server.Role(t, "")
	admin := server.Conn(t, url)
	ident := catalog.QuoteIdent(role)
	run(t, admin, `GRANT pg_read_all_data TO `+ident)
	url = server.URLFor(role, password, databaseOf(url))
	if p := probe(t, url); len(p.Writable) != 0 {
		t.Fatalf("a reader could write: %q", p.Writable)
	}
	run(t, admin, `GRANT TRUNCATE ON t TO `+ident+`; GRANT USAGE ON SEQUENCE q TO `+ident+`; GRANT CREATE ON SCHEMA public TO `+ident+`; ALTER ROLE `+ident+` CREATEDB`)
	want := []string{"role attribute CREATEDB", "CREATE on schema public", "write to table public.t", "advance sequence public.q"}
	if p := probe(t, url); !slices.Equal(p.Writable, want) {
		t.Errorf("writable %q", p.Writable)
	}
	if p := probe(t, server.URL(databaseOf(url))); !p.Superuser || len(p.Writable) != 1 {
		t.Errorf("superuser: %q", p.Writable)
	}
}

func TestProbeCountsConnections(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	url := server.Database(t)
	role, password := server.Role(t, "CONNECTION LIMIT 4")
	url = server.URLFor(role, password, databaseOf(url))
	p := probe(t, url)
	if p.Locks.Tables != 0 || p.Locks.Capacity < 64 {
		t.Errorf("locks %+v", p.Locks)
	}
	if p.Limits.Role != 4 || p.Limits.Needed != defaultConnections || p.Limits.Server <= 0 {
		t.Errorf("limits %+v", p.Limits)
	}
	f := refusals(p)
	if len(f) != 1 || f[0].Fix != `ALTER ROLE `+catalog.QuoteIdent(role)+` CONNECTION LIMIT 6` {
		t.Fatalf("findings %+v", f)
	}
	run(t, server.Conn(t, server.URL("postgres")), f[0].Fix)
	if f := refusals(probe(t, url)); len(f) != 0 {
		t.Errorf("findings %+v", f)
	}
}

func TestProbeJudgesTheLockTable(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		tables int64
		want   int // findings
		worst  Severity
	}{{1000, 0, Note}, {6000, 1, Warn}, {20000, 1, Refuse}} {
		p := &ProbeResult{VersionNum: 150000, Limits: Limits{Needed: 1, Role: -1, Database: -1, Server: 100}, Locks: Locks{tc.tables, 10000}}
		var found []Finding
		for _, f := range p.judge(Config{}, nil) {
			if f.Subject == "locks" {
				found = append(found, f)
			}
		}
		if len(found) != tc.want || (tc.want == 1 && found[0].Severity != tc.worst) {
			t.Errorf("%d tables: %+v", tc.tables, found)
		}
	}
}

func TestProbeTellsSettingsOfTheRole(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	url := server.Database(t)
	role, password := server.Role(t, "")
	run(t, server.Conn(t, url), `ALTER ROLE `+catalog.QuoteIdent(role)+` SET statement_timeout = '3s'`)
	p := probe(t, server.URLFor(role, password, databaseOf(url)))
	if want := []RoleSetting{{"statement_timeout", "3s", "role"}}; !slices.Equal(p.Timeouts, want) {
		t.Errorf("timeouts %+v", p.Timeouts)
	}
	if p.Version == "" || p.Role != role || p.SSLMode != "disable" || p.Remote || p.Pooler != NoPooler || p.Standby {
		t.Errorf("%+v", p)
	}
}
