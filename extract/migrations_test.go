package extract

import (
	"errors"
	"slices"
	"testing"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
)

func TestMigrations(t *testing.T) {
	t.Parallel()
	url := pgtest.Source(t).Database(t, `
		CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean NOT NULL); INSERT INTO schema_migrations VALUES (20240102, false);
		CREATE SCHEMA app; CREATE TABLE app."My Migrations" (version bigint PRIMARY KEY, dirty boolean NOT NULL);
		CREATE TABLE rails (version varchar PRIMARY KEY); CREATE TABLE other (version bigint PRIMARY KEY, dirty boolean, x int);
		CREATE TABLE keyless (version bigint, dirty boolean)`)
	s := openTest(t, url, nil)
	one, two := catalog.Name{Schema: "public", Name: "schema_migrations"}, catalog.Name{Schema: "app", Name: "My Migrations"}
	if got := FindMigrationTables(s.Catalog()); !slices.Equal(got, []catalog.Name{two, one}) {
		t.Fatalf("found %v", got)
	}
	read := func() map[catalog.Name]MigrationState {
		t.Helper()
		got, err := s.Migrations(testContext(t), []catalog.Name{one, two})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := read(); got[one] != (MigrationState{Version: 20240102}) || got[two] != (MigrationState{Empty: true}) {
		t.Errorf("%+v", got)
	}
	// As golang-migrate does it. Under the snapshot the table would be empty.
	conn := pgtest.Source(t).Conn(t, url)
	run(t, conn, `BEGIN; TRUNCATE schema_migrations; INSERT INTO schema_migrations VALUES (20240103, true); COMMIT`)
	if got := read(); got[one] != (MigrationState{Version: 20240103, Dirty: true}) {
		t.Errorf("%+v", got)
	}
	run(t, conn, `INSERT INTO schema_migrations VALUES (1, false)`)
	if _, err := s.Migrations(testContext(t), []catalog.Name{one}); !fault.Is(err, fault.Preflight) {
		t.Errorf("two rows: %v", err)
	}
	run(t, conn, `DROP TABLE schema_migrations`)
	var void *VoidError
	if _, err := s.Migrations(testContext(t), []catalog.Name{one}); !errors.As(err, &void) {
		t.Errorf("dropped: %v", err)
	}
}
