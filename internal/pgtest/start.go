package pgtest

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"

	"github.com/understudy-db/understudy/internal/pgserver"
)

// MajorVariable chooses PostgreSQL's major version for the tests. Unset: the
// newest installed one, on docker defaultMajor.
const MajorVariable = "UNDERSTUDY_TEST_MAJOR"

var announce sync.Once

// say prints once per test binary which servers the tests run on.
func say(format string, args ...any) {
	announce.Do(func() { fmt.Fprintf(os.Stderr, "pgtest: "+format+"\n", args...) })
}

// start starts one server.
func start(ctx context.Context, settings map[string]string) (*Server, error) {
	major := 0
	if text := os.Getenv(MajorVariable); text != "" {
		var err error
		if major, err = strconv.Atoi(text); err != nil {
			return nil, fmt.Errorf("%s: %w", MajorVariable, err)
		}
	}
	return startLocal(ctx, major, settings)
}

func startLocal(ctx context.Context, major int, settings map[string]string) (*Server, error) {
	programs, err := pgserver.Find(major)
	if err != nil {
		return nil, err
	}
	say("servers are started from the local PostgreSQL %d programs in %s", programs.Major, programs.Dir)
	local, err := pgserver.Start(ctx, pgserver.Options{Programs: programs, Settings: settings})
	if err != nil {
		return nil, err
	}
	return &Server{Local: local, major: programs.Major, host: "127.0.0.1", port: local.Port()}, nil
}
