// Package pgtest gives every test a database of its own on a real PostgreSQL
// server, and checks that none is left behind. Two servers, a source and a
// target with different system identifiers, are shared by all tests of a test
// binary and started when the first test asks for them.
//
// The servers run in docker, through testcontainers-go, where an engine
// answers and the image can be had, else from the local PostgreSQL programs;
// the choice is printed once for each test binary. The environment decides:
//
//	UNDERSTUDY_TEST_SERVERS   docker or local, nothing else is tried
//	UNDERSTUDY_TEST_IMAGE     image for docker, default postgres:<major>
//	UNDERSTUDY_TEST_MAJOR     major version, default 17 on docker, else the newest installed
//	UNDERSTUDY_PG_BIN         folder with the local programs
//	UNDERSTUDY_TEST_TARGET_IMAGE, _MAJOR, _BIN   the same of the target alone
//	UNDERSTUDY_PG_DUMP        pg_dump to use, with the other clients beside it
//	TESTCONTAINERS_LOG        set to see what testcontainers does
//
// The package is for _test.go files only. A package that uses it declares
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
package pgtest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/understudy-db/understudy/internal/pgserver"
)

// closeTimeout bounds the clean-up after the last test.
const closeTimeout = time.Minute

// shared is one server of the whole test binary.
type shared struct {
	side   side
	once   sync.Once
	server *Server
	err    error
}

var source, target = &shared{side: sourceSide}, &shared{side: targetSide}

// inMain is set by Main. Without it nothing would stop the servers.
var inMain bool

// Source is the server that stands for production. It is shared: tests create
// their own databases and roles on it and change nothing else.
func Source(t testing.TB) *Server { t.Helper(); return source.get(t) }

// Target is the server that stands for staging, a separate cluster.
func Target(t testing.TB) *Server { t.Helper(); return target.get(t) }

func (s *shared) get(t testing.TB) *Server {
	t.Helper()
	if !inMain {
		t.Fatal("pgtest: this package's tests need func TestMain(m *testing.M) { pgtest.Main(m) }")
	}
	s.once.Do(func() {
		// Not the test's context: the server outlives the test.
		s.server, s.err = start(context.Background(), s.side, nil)
	})
	if s.err != nil {
		t.Fatalf("pgtest: start the %s server: %v", s.side, s.err)
	}
	return s.server
}

// Main is the body of TestMain: it runs the tests, then the given functions,
// stops the servers and exits. The run fails if a test left a database, a role
// or a replication slot behind.
func Main(m *testing.M, after ...func()) {
	inMain = true
	code := m.Run()
	for _, f := range after {
		f()
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	for _, s := range []*shared{source, target} {
		if s.server == nil {
			continue
		}
		left, err := s.server.leftovers(ctx)
		if err != nil {
			fmt.Fprintf(os.Stderr, "pgtest: look for left-overs on the %s server: %v\n", s.side, err)
			code = max(code, 1)
		}
		if len(left) > 0 {
			fmt.Fprintf(os.Stderr, "pgtest: left behind on the %s server: %v\n", s.side, left)
			code = max(code, 1)
		}
		if err := s.server.close(ctx); err != nil {
			fmt.Fprintf(os.Stderr, "pgtest: stop the %s server: %v\n", s.side, err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// Fresh starts a cluster for one test alone, of the target's version, with
// settings of postgresql.conf.
func Fresh(t testing.TB, settings map[string]string) *Server {
	t.Helper()
	return fresh(t, targetSide, settings)
}

func fresh(t testing.TB, of side, settings map[string]string) *Server {
	t.Helper()
	s, err := start(context.Background(), of, settings)
	if err != nil {
		t.Fatalf("pgtest: start a server for this test: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		if err := s.close(ctx); err != nil {
			t.Errorf("pgtest: stop the test's server: %v", err)
		}
	})
	return s
}

// Standby starts a cluster for one test alone, of the source's version, and a
// streaming hot standby of it. ALTER SYSTEM and pg_reload_conf change settings of either. The test is
// skipped on docker, where nobody prepares the standby's files.
func Standby(t testing.TB) (primary, standby *Server) {
	t.Helper()
	primary = fresh(t, sourceSide, nil)
	if primary.Local == nil {
		t.Skip("pgtest: a standby needs local PostgreSQL programs, and the servers run in docker")
	}
	local, err := pgserver.StartStandby(context.Background(), primary.Local, pgserver.Options{})
	if err != nil {
		t.Fatalf("pgtest: start a standby: %v", err)
	}
	standby = newLocal(local)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		if err := standby.close(ctx); err != nil {
			t.Errorf("pgtest: stop the standby: %v", err)
		}
	})
	return primary, standby
}
