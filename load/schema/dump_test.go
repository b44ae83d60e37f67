package schema_test

import (
	"bytes"
	"context"
	_ "embed"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/load/archive"
)

//go:embed testdata/rich.sql
var rich string

// richDatabase creates a database with the rich schema, and the two roles that it
// grants rights to. The roles exist on that server only.
func richDatabase(t testing.TB, s *pgtest.Server) (url, reader, writer string) {
	t.Helper()
	reader, _ = s.Role(t, "NOLOGIN")
	writer, _ = s.Role(t, "NOLOGIN")
	sql := strings.NewReplacer("{{reader}}", reader, "{{writer}}", writer).Replace(rich)
	url = s.Database(t, sql)
	t.Cleanup(func() {
		// A database with a subscription cannot be dropped.
		ctx := context.Background()
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			t.Errorf("connect to drop the subscription: %v", err)
			return
		}
		defer conn.Close(ctx)
		if _, err := conn.Exec(ctx, "DROP SUBSCRIPTION sub"); err != nil {
			t.Errorf("drop the subscription: %v", err)
		}
	})
	return url, reader, writer
}

// dump is the schema of a database as pg_dump writes it in custom format, with
// the options that a refresh gives it. what is in it is the schema alone unless said.
func dump(t testing.TB, s *pgtest.Server, url string, what ...string) []byte {
	t.Helper()
	if len(what) == 0 {
		what = []string{"--schema-only"}
	}
	cmd := exec.Command(s.PgDump(t), append(what, "--format=custom", "--quote-all-identifiers", "--no-subscriptions", "--encoding=UTF8", "--dbname="+url)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pg_dump: %v\n%s", err, stderr.String())
	}
	return out
}

// onTarget is the source's schema as a server of the target's version words it.
// Versions differ in how they print views and expressions; what PostgreSQL's own
// pg_restore makes of the source's archive there is then what ours has to equal.
// Names of roles are replaced by those of the target. What fails there is missing
// in the comparison.
func (s source) onTarget(t testing.TB, roles map[string]string) *archive.Archive {
	t.Helper()
	from, to := pgtest.Source(t), pgtest.Target(t)
	if from.Major() == to.Major() {
		return s.archive
	}
	script := func(name string, stdin []byte, args ...string) []byte {
		var out, errs bytes.Buffer
		cmd := exec.Command(to.Programs(t).Path(name), args...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &out, &errs
		if err := cmd.Run(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, errs.String())
		}
		return out.Bytes()
	}
	sql := script("pg_restore", dump(t, from, s.url), "--schema-only", "--no-tablespaces", "--file=-")
	for there, here := range roles {
		sql = bytes.ReplaceAll(sql, []byte(there), []byte(here))
	}
	url := to.Database(t)
	script("psql", sql, "--no-psqlrc", "--quiet", "--dbname="+url)
	return readArchive(t, to, url)
}

// readArchive is the schema of a database, read.
func readArchive(t testing.TB, s *pgtest.Server, url string) *archive.Archive {
	t.Helper()
	a, err := archive.Read(bytes.NewReader(dump(t, s, url)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// definition is what a schema says of one object, comparable between servers.
type definition struct {
	Object string // description, schema and tag
	SQL    string
}

// definitions are an archive's, sorted. Left out are those that are no schema,
// and those for which drop is true. Names of roles are replaced; the statements
// of an access list are put in order, as the order of grants means nothing.
func definitions(a *archive.Archive, roles map[string]string, drop func(*archive.Entry) bool) []definition {
	var out []definition
	for _, e := range a.Entries {
		switch e.Desc {
		case "ENCODING", "STDSTRINGS", "SEARCHPATH", "DATABASE", "DATABASE PROPERTIES":
			continue
		}
		if drop(e) {
			continue
		}
		sql := word.ReplaceAllStringFunc(e.Defn, func(w string) string {
			if to, ok := roles[w]; ok {
				return to
			}
			return w
		})
		if strings.HasSuffix(e.Desc, "ACL") {
			lines := strings.Split(strings.TrimSpace(sql), "\n")
			slices.Sort(lines)
			sql = strings.Join(lines, "\n")
		}
		out = append(out, definition{Object: e.Desc + " " + e.Namespace + " " + e.Tag, SQL: sql})
	}
	slices.SortFunc(out, func(x, y definition) int {
		if c := strings.Compare(x.Object, y.Object); c != 0 {
			return c
		}
		return strings.Compare(x.SQL, y.SQL)
	})
	return out
}

var word = regexp.MustCompile(`\w+`)
