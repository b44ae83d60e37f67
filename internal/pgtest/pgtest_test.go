package pgtest_test

import (
	"testing"

	"github.com/understudy-db/understudy/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestSourceAndTargetAreTwoClusters(t *testing.T) {
	t.Parallel()
	id := func(s *pgtest.Server) (id int64) {
		t.Helper()
		err := s.Conn(t, s.URL("postgres")).QueryRow(t.Context(), "SELECT system_identifier FROM pg_control_system()").Scan(&id)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	if id(pgtest.Source(t)) == id(pgtest.Target(t)) {
		t.Error("source and target have the same system identifier")
	}
}

func TestRoleNeedsItsPassword(t *testing.T) {
	t.Parallel()
	s := pgtest.Source(t)
	db := s.Name(t)
	role, password := s.Role(t, "CREATEDB")
	s.Exec(t, "postgres", "CREATE DATABASE "+db+" OWNER "+role)
	var user string
	if err := s.Conn(t, s.URLFor(role, password, db)).QueryRow(t.Context(), "SELECT current_user").Scan(&user); err != nil || user != role {
		t.Fatalf("current_user = %s, %v; want %s", user, err, role)
	}
}

func TestStandbyFollows(t *testing.T) {
	t.Parallel()
	primary, standby := pgtest.Standby(t)
	primary.Exec(t, "postgres", "CREATE DATABASE d")
	primary.Exec(t, "d", "CREATE TABLE t AS SELECT 7 AS x")
	conn := primary.Conn(t, primary.URL("postgres"))
	var lsn string
	if err := conn.QueryRow(t.Context(), "SELECT pg_current_wal_lsn()::text").Scan(&lsn); err != nil {
		t.Fatal(err)
	}
	behind := standby.Conn(t, standby.URL("postgres"))
	for replayed := false; !replayed; {
		err := behind.QueryRow(t.Context(), "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= $1::text::pg_lsn", lsn).Scan(&replayed)
		if err != nil {
			t.Fatal(err)
		}
	}
	var x int
	if err := standby.Conn(t, standby.URL("d")).QueryRow(t.Context(), "SELECT x FROM t").Scan(&x); err != nil || x != 7 {
		t.Errorf("standby: x = %d, %v; want 7", x, err)
	}
}
