package load

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgserver"
	"github.com/understudy-db/understudy/internal/pgtest"
)

// identity is what a source says of itself.
func identity(t *testing.T, conn *pgx.Conn) (id SourceIdentity) {
	t.Helper()
	err := conn.QueryRow(t.Context(), `SELECT system_identifier::text, pg_is_in_recovery() FROM pg_control_system()`).
		Scan(&id.SystemIdentifier, &id.InRecovery)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestSeparateServersAreApart(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open()
	source := pgtest.Source(t)
	conn := source.Conn(t, source.URL("postgres"))
	if err := s.ProveApart(t.Context(), conn, identity(t, conn)); err != nil {
		t.Fatal(err)
	}
	if err := tg.create(s).ProveApart(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
}

// The same server by every road is found out, whatever its name.
func TestSameServerByAnyRoadIsRefused(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	if tg.Local == nil {
		t.Skip("host names and sockets are those of local servers")
	}
	s := tg.open()
	u, err := url.Parse(tg.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	roads := map[string]string{
		"127.0.0.1": u.String(),
		"localhost": strings.Replace(u.String(), "127.0.0.1", "localhost", 1),
	}
	if dir := tg.Local.SocketDir(); dir != "" {
		roads["socket"] = "postgres:///" + strings.TrimPrefix(u.Path, "/") + "?user=postgres&host=" + dir + "&port=" + u.Port()
	}
	for road, dsn := range roads {
		conn, err := pgx.Connect(t.Context(), dsn)
		if err != nil {
			// Host names resolve and socket authentication is set up as this machine has it.
			t.Logf("%s does not lead to the server: %v", road, err)
			continue
		}
		defer conn.Close(t.Context())
		// Whatever it says of itself.
		err = s.ProveApart(t.Context(), conn, SourceIdentity{SystemIdentifier: "1"})
		wantFault(t, err, fault.Preflight, "same server", "allow_same_cluster")
	}
	tg.wantDatabases("")
}

func TestSameClusterIsAllowedOnRequestAndTheSameDatabaseNever(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open(func(c *Config) { c.AllowSameCluster = true })
	conn := tg.Conn(t, tg.Database(t))
	if err := s.ProveApart(t.Context(), conn, identity(t, conn)); err != nil {
		t.Fatal(err)
	}
	b := tg.create(s)
	if err := b.ProveApart(t.Context(), conn); err != nil {
		t.Fatal(err)
	}

	for name, database := range map[string]string{"maintenance": "postgres", "generation": b.Name()} {
		conn := tg.Conn(t, tg.URL(database))
		wantFault(t, s.ProveApart(t.Context(), conn, identity(t, conn)), fault.Preflight, "same database")
		if err := conn.Close(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := b.Seal(t.Context(), testProvenance); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Publish(t.Context(), b.Number(), PublishOptions{}); err != nil {
		t.Fatal(err)
	}
	staging := tg.Conn(t, tg.URL(tg.staging))
	wantFault(t, s.ProveApart(t.Context(), staging, identity(t, staging)), fault.Preflight, "same database", tg.staging)
}

// A standby of the target has none of its locks; the generation's name gives
// it away. A session that would not see the name proves nothing.
func TestStandbyOfTheTargetIsRefused(t *testing.T) {
	t.Parallel()
	primary, standby := pgtest.Standby(t)
	tg := newTargetOn(t, primary)
	s := tg.open()
	conn := standby.Conn(t, standby.URL("postgres"))
	tx, err := conn.BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.ProveApart(t.Context(), tx, identity(t, conn)); err != nil {
		t.Fatalf("before there is a generation nothing is known: %v", err)
	}
	b := tg.create(s)
	wantFault(t, b.ProveApart(t.Context(), tx), fault.Other, "outside the snapshot")
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantFault(t, b.ProveApart(t.Context(), conn), fault.Preflight, b.Name(), "standby of the target")
}

// A target restored from production's backup has its system identifier. It is
// another server all the same: proven by the lock where the source is a
// primary, by its position where it is a standby.
func TestCloneWithTheSameIdentifierIsApart(t *testing.T) {
	t.Parallel()
	production, clone := pgtest.Standby(t)
	if _, err := clone.Conn(t, clone.URL("postgres")).Exec(t.Context(), "SELECT pg_promote()"); err != nil {
		t.Fatal(err)
	}
	tg := newTargetOn(t, clone)
	s := tg.open()

	conn := production.Conn(t, production.URL("postgres"))
	id := identity(t, conn)
	if id.SystemIdentifier != s.facts.systemIdentifier || id.SystemIdentifier == "" {
		t.Fatalf("the clone's identifier is %s, not %s", s.facts.systemIdentifier, id.SystemIdentifier)
	}
	if err := s.ProveApart(t.Context(), conn, id); err != nil {
		t.Fatalf("primary: %v", err)
	}
	b := tg.create(s)
	if err := b.ProveApart(t.Context(), conn); err != nil {
		t.Fatalf("primary: %v", err)
	}

	// A standby of production, which has gone further than the clone.
	local, err := pgserver.StartStandby(t.Context(), production.Local, pgserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := local.Remove(); err != nil {
			t.Error(err)
		}
	})
	standby, err := pgx.Connect(t.Context(), local.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer standby.Close(t.Context())
	if err := s.ProveApart(t.Context(), standby, identity(t, standby)); err != nil {
		t.Fatalf("standby: %v", err)
	}
	production.Exec(t, "postgres", "CREATE TABLE ahead AS SELECT g, repeat('x', 1000) FROM generate_series(1, 50000) g")
	if err := b.ProveApart(t.Context(), standby); err != nil {
		t.Fatalf("standby: %v", err)
	}
}

func TestPositionsThatProveASourceApart(t *testing.T) {
	created, now := position{lsn: 100, xid: 50}, position{lsn: 120, xid: 55}
	for _, c := range []struct {
		source position
		apart  bool
		why    string
	}{
		{position{90, 50}, false, "a standby that lags"},
		{position{99, 55}, false, "a standby just before the creation"},
		{position{100, 52}, true, "it has replayed the creation and does not show it"},
		{position{500, 1}, true, "it is ahead of the target"},
		{position{10, 56}, true, "it knows transactions that the target has not begun"},
	} {
		if c.source.apartFrom(created, now) != c.apart {
			t.Errorf("%s: %v", c.why, !c.apart)
		}
	}
}

// A source that cannot be asked is not a source that was proven apart.
func TestUnansweredProofIsNoProof(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open()
	conn := tg.Conn(t, tg.URL("postgres"))
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.ProveApart(t.Context(), conn, SourceIdentity{}); err == nil {
		t.Error("proven by a closed connection")
	} else if errors.Is(err, pgx.ErrNoRows) {
		t.Errorf("unclear: %v", err)
	}
}
