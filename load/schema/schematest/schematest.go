// Package schematest gives tests a schema with one of everything, dumps
// schemas with pg_dump and compares what two archives define. It is for
// _test.go files only.
package schematest

import (
	"bytes"
	"context"
	_ "embed"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/internal/pgtest"
	"github.com/understudy-db/understudy/load/archive"
)

//go:embed rich.sql
var rich string

// Rich creates a database with the rich schema, and the two roles that it
// grants rights to. The roles exist on that server only.
func Rich(t testing.TB, s *pgtest.Server) (url, reader, writer string) {
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

// Dump is the schema of a database as pg_dump writes it in custom format.
func Dump(t testing.TB, s *pgtest.Server, url string) []byte {
	t.Helper()
	cmd := exec.Command(s.PgDump(t), "--format=custom", "--schema-only", "--encoding=UTF8", "--dbname="+url)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pg_dump: %v\n%s", err, stderr.String())
	}
	return out
}

// Archive is the schema of a database, read.
func Archive(t testing.TB, s *pgtest.Server, url string) *archive.Archive {
	t.Helper()
	a, err := archive.Read(bytes.NewReader(Dump(t, s, url)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}
