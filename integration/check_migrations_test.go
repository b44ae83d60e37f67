package integration

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/internal/pgtest"
)

// A pull request is checked without production: the policy against the schema
// that the migrations make.
func TestCheckMigrations(t *testing.T) {
	t.Parallel()
	p := newProject(t, "", "version: 1\ntables:\n  public.people:\n    subject: id\n    keep: [id]\n    columns: { email: email }\n")
	p.env = slices.DeleteFunc(p.env, func(v string) bool {
		return strings.HasPrefix(v, "PRODUCTION_URL=") || strings.HasPrefix(v, "STAGING_ADMIN_URL=") || strings.HasPrefix(v, "UNDERSTUDY_KEY=")
	})
	if err := os.Mkdir(filepath.Join(p.dir, "db"), 0o700); err != nil {
		t.Fatal(err)
	}
	role, password := pgtest.Target(t).Role(t, "LOGIN CREATEDB")
	server := pgtest.Target(t).URLFor(role, password, "postgres")
	check := []string{"check", "--migrations", "db", "--server", server}
	p.fails(2, "there are no migrations in db", check...)
	p.write("db/0001_people.up.sql", "CREATE TABLE people (id bigint PRIMARY KEY, mail text NOT NULL);\n")
	p.write("db/0002_email.up.sql", "-- mail is no word\nALTER TABLE people\n\tRENAME mail TO email;\n")
	r := p.ok(check...)
	if !strings.Contains(r.stdout, "covers all 2 tables") || !strings.Contains(r.stdout, "version 2, built from 2 migrations") {
		t.Errorf("covered: %s", r.stdout)
	}

	p.write("db/0003_more.up.sql", `/* nickname and "Born On" */
ALTER TABLE people
	ADD COLUMN nickname text, -- nickname
	ADD COLUMN "Born On" date;
CREATE SCHEMA audit;
CREATE TABLE audit.log (id integer, what text);
INSERT INTO people VALUES (1, 'x@canary-in-a-migration.example.io');
`)
	r = p.fails(3, "db/0003_more.up.sql:3:13: public.people.nickname: this column is not in the policy", check...)
	for _, want := range []string{
		`db/0003_more.up.sql:4:13: public.people."Born On": this column is not in the policy`,
		"db/0003_more.up.sql:6:20: audit.log: this table is not in the policy",
		"\n    3 | ", "add below columns:", "nickname: ",
	} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("%q is missing in %s", want, r.stderr)
		}
	}

	r = p.run(append(check, "--format", "github")...)
	if lines := strings.Split(strings.TrimSpace(r.stdout), "\n"); r.code != 3 || len(lines) != 3 ||
		!strings.HasPrefix(lines[0], "::error file=db/0003_more.up.sql,line=3,col=13,title=understudy unlisted-column::public.people.nickname: ") || !strings.Contains(lines[0], "%0A") {
		t.Errorf("exit %d, annotations: %q", r.code, lines)
	}
	r = p.run(append(check, "--format", "sarif")...)
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				RuleID    string
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(r.stdout), &log); err != nil || r.code != 3 || log.Version != "2.1.0" || len(log.Runs) != 1 || len(log.Runs[0].Results) != 3 {
		t.Fatalf("exit %d, %v: %s", r.code, err, r.stdout)
	}
	var places []string
	for _, x := range log.Runs[0].Results {
		at := x.Locations[0].PhysicalLocation
		places = append(places, x.RuleID+" "+at.ArtifactLocation.URI)
		if at.Region.StartLine < 3 || at.Region.StartColumn < 2 {
			t.Errorf("%s is at %+v", x.RuleID, at.Region)
		}
	}
	if want := []string{"unlisted-column db/0003_more.up.sql", "unlisted-column db/0003_more.up.sql", "unlisted-table db/0003_more.up.sql"}; !slices.Equal(places, want) {
		t.Errorf("places: %q", places)
	}

	// What does not apply is no finding about the policy, and no pass.
	p.write("db/0004_wrong.up.sql", "SELECT 1;\nALTER TABLE people ADD COLUMN x int,\n\tADD COLUMN y no_such_type;\n")
	r = p.fails(4, "db/0004_wrong.up.sql:3", check...)
	if !strings.Contains(r.stderr, "42704") {
		t.Errorf("without a SQLSTATE: %s", r.stderr)
	}
	p.write("db/0004_wrong.up.sql", "INSERT INTO people VALUES (1, 'again@canary-in-a-migration.example.io');\n")
	r = p.fails(4, "db/0004_wrong.up.sql", check...)
	if strings.Contains(r.stderr, "canary-in") || !strings.Contains(r.stderr, "23505") {
		t.Errorf("a value, or no SQLSTATE: %s", r.stderr)
	}
	if left := rows(t, pgtest.Target(t).URL("postgres"), `SELECT datname FROM pg_database JOIN pg_roles r ON r.oid = datdba WHERE rolname = '`+role+`'`); len(left) > 0 {
		t.Errorf("databases are left: %q", left)
	}
	p.fails(4, "scratch database", "check", "--migrations", "db", "--server", strings.Replace(server, password, "wrong", 1))
	p.fails(2, "--format", "check", "--format", "xml")
}
