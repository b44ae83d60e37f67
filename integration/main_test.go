// Package integration tests the whole product against real PostgreSQL: the
// understudy binary is built once and run as a user would run it.
package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/report"
)

func TestMain(m *testing.M) {
	pgtest.Main(m, func() {
		if binaryDir != "" {
			_ = os.RemoveAll(binaryDir)
		}
	})
}

var binaryDir string // where binary has put it

// binary builds understudy once for all tests.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "understudy-integration-")
	if err != nil {
		return "", err
	}
	binaryDir = dir
	path := filepath.Join(dir, "understudy")
	args := []string{"build", "-o", path}
	if raceEnabled {
		args = append(args, "-race")
	}
	out, err := exec.Command("go", append(args, "github.com/understudy-db/understudy/cmd/understudy")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build understudy: %w\n%s", err, out)
	}
	return path, nil
})

// testKey is a root key of the tests.
const testKey = "understudy-key-1:7hZbm0v4O1gS1tq3bVvT0u2nVqk8mJxw9c5dJrYp2Xs="

// project is a source database, a staging name on the target, and the files
// that a team would keep in its repository.
type project struct {
	t      testing.TB
	dir    string
	source string // superuser's URL of the source database
	origin *pgtest.Server
	target *pgtest.Server
	name   string // of staging
	env    []string
	script []string // messages of a refresh, where the test needs to know them

	owner, reader, builder string // roles: of staging's objects, of the source's sessions, of the target's

	leaks leakWatch
}

// newProject makes a source database from the given statements. The policy is
// the text of policy.yaml; extra lines go to understudy.yaml.
func newProject(t testing.TB, schema, policy string, config ...string) *project {
	t.Helper()
	return newProjectOn(t, pgtest.Source(t), pgtest.Target(t), schema, policy, config...)
}

// newProjectOn is newProject on servers of the test's choice.
func newProjectOn(t testing.TB, src, dst *pgtest.Server, schema, policy string, config ...string) *project {
	t.Helper()
	p := &project{t: t, dir: t.TempDir(), origin: src, target: dst, source: src.Database(t, schema), name: dst.Name(t)}
	reader, readerPassword := src.Role(t, "LOGIN")
	src.Exec(t, "postgres", "GRANT pg_read_all_data TO "+reader)
	owner, _ := dst.Role(t, "NOLOGIN")
	builder, builderPassword := dst.Role(t, "LOGIN CREATEDB")
	dst.Exec(t, "postgres", "GRANT "+owner+", pg_signal_backend TO "+builder)
	p.owner, p.reader, p.builder = owner, reader, builder
	p.env = []string{
		"UNDERSTUDY_KEY=" + testKey,
		"PRODUCTION_URL=" + src.URLFor(reader, readerPassword, pgtest.DatabaseOf(p.source)),
		"STAGING_ADMIN_URL=" + dst.URLFor(builder, builderPassword, "postgres"),
	}
	if dump := src.PgDump(t); dump != "" {
		p.env = append(p.env, "UNDERSTUDY_TOOLS_PG_DUMP="+dump)
	}
	p.write("understudy.yaml", `version: 1
project: test
source: { url: "${env:PRODUCTION_URL}" }
target: { url: "${env:STAGING_ADMIN_URL}", database: `+p.name+`, owner: `+owner+` }
key: "${env:UNDERSTUDY_KEY}"
policy: [policy.yaml]
`+strings.Join(config, "\n")+"\n")
	p.write("policy.yaml", policy)
	return p
}

func (p *project) write(name, text string) {
	p.t.Helper()
	p.wrote(name, text)
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *project) read(name string) string {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, name))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

// append adds to a file of the project.
func (p *project) append(name, text string) {
	p.t.Helper()
	p.write(name, p.read(name)+text)
}

// setenv changes what the commands to come see.
func (p *project) setenv(name, value string) {
	p.env = append(p.env, name+"="+value)
}

// result is one finished command.
type result struct {
	code           int
	stdout, stderr string
}

// command prepares understudy for a run in the project's folder.
func (p *project) command(ctx context.Context, args ...string) *exec.Cmd {
	p.t.Helper()
	p.listen()
	path, err := binary()
	if err != nil {
		p.t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), p.env...)
	return cmd
}

// run runs understudy to its end.
func (p *project) run(args ...string) result {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if len(args) > 0 && slices.Contains([]string{"refresh", "reset", "rollback"}, args[0]) {
		args = append(slices.Clone(args), "--verbose") // what it logs is searched for rows as well
	}
	cmd := p.command(ctx, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if err != nil && cmd.ProcessState == nil {
		p.t.Fatal(err)
	}
	r := result{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
	p.said(args, r)
	return r
}

// ok runs understudy and demands success.
func (p *project) ok(args ...string) result {
	p.t.Helper()
	r := p.run(args...)
	if r.code != 0 {
		p.t.Fatalf("understudy %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.stdout, r.stderr)
	}
	return r
}

// fails runs understudy and demands an exit code and a text on standard error.
func (p *project) fails(code int, text string, args ...string) result {
	p.t.Helper()
	r := p.run(args...)
	if r.code != code || !strings.Contains(r.stderr, text) {
		p.t.Fatalf("understudy %s: exit %d, want %d and %q\n%s%s", strings.Join(args, " "), r.code, code, text, r.stdout, r.stderr)
	}
	return r
}

// refresh runs a refresh and returns its report.
func (p *project) refresh(args ...string) report.Run {
	p.t.Helper()
	r := p.ok(append([]string{"refresh", "--output", "json"}, args...)...)
	return p.lastReport(r)
}

func (p *project) lastReport(r result) report.Run {
	p.t.Helper()
	lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
	var run report.Run
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &run); err != nil {
		p.t.Fatalf("the last line of the output is no report: %v\n%s%s", err, r.stdout, r.stderr)
	}
	return run
}

// staging is the superuser's URL of the staging database.
func (p *project) staging() string { return p.target.URL(p.name) }

// rows are the rows of a query as text, in their order.
func rows(t testing.TB, url, sql string, args ...any) []string {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	rs, err := conn.Query(ctx, sql, append([]any{readable(t, conn)}, args...)...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer rs.Close()
	var out []string
	for rs.Next() {
		var fields []string
		for _, v := range rs.RawValues() {
			if v == nil {
				fields = append(fields, "NULL")
			} else {
				fields = append(fields, string(v))
			}
		}
		out = append(out, strings.Join(fields, "|"))
	}
	if err := rs.Err(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return out
}

// readable makes a session speak UTF-8 whatever its database's encoding, and
// tells how to query it. Of SQL_ASCII nobody knows what it would convert from,
// and pgx quotes nothing into such bytes.
func readable(t testing.TB, conn *pgx.Conn) pgx.QueryExecMode {
	t.Helper()
	if conn.PgConn().ParameterStatus("server_encoding") == "SQL_ASCII" {
		return pgx.QueryExecModeExec
	}
	if conn.PgConn().ParameterStatus("client_encoding") != "UTF8" {
		if _, err := conn.PgConn().Exec(context.Background(), "SET client_encoding = UTF8").ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	return pgx.QueryExecModeSimpleProtocol
}

// one is the single value of a query.
func one(t testing.TB, url, sql string, args ...any) string {
	t.Helper()
	rs := rows(t, url, sql, args...)
	if len(rs) != 1 {
		t.Fatalf("%s: %d rows", sql, len(rs))
	}
	return rs[0]
}

// execute runs statements as the superuser.
func execute(t testing.TB, url string, sql ...string) {
	t.Helper()
	if err := tryExecute(url, sql...); err != nil {
		t.Fatal(err)
	}
}

// tryExecute is execute for statements that may fail.
func tryExecute(url string, sql ...string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, s := range sql {
		if _, err := conn.PgConn().Exec(ctx, s).ReadAll(); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

// databases are the names on the target that belong to the project.
func (p *project) databases() []string {
	p.t.Helper()
	return rows(p.t, p.target.URL("postgres"),
		`SELECT datname FROM pg_database WHERE datname = $1 OR starts_with(datname, $1 || '__u') ORDER BY 1`, p.name)
}

// generationName is the name of a generation's pristine.
func generationName(staging string, number int) string {
	return fmt.Sprintf("%s__u%d", staging, number)
}
