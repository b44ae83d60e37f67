package pgtest

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"

	"github.com/understudy-db/understudy/internal/pgserver"
)

// Environment variables that choose the servers.
const (
	// ServersVariable forces "docker" or "local". Unset: docker where an engine
	// answers and has or gets the image, else local.
	ServersVariable = "UNDERSTUDY_TEST_SERVERS"
	// ImageVariable is the image for docker; unset: the official one.
	ImageVariable = "UNDERSTUDY_TEST_IMAGE"
	// MajorVariable is PostgreSQL's major version. Unset: the newest installed
	// one, and defaultMajor on docker.
	MajorVariable = "UNDERSTUDY_TEST_MAJOR"
)

const defaultMajor = 17

// choice is where the servers of this test binary run. It is made once, so
// that no binary runs half of its tests here and half there.
var choice struct {
	sync.Mutex
	where string // docker or local once made
}

// start starts one server with settings of postgresql.conf.
func start(ctx context.Context, settings map[string]string) (*Server, error) {
	major, err := wantedMajor()
	if err != nil {
		return nil, err
	}
	choice.Lock()
	chosen := choice.where
	if chosen == "" {
		defer choice.Unlock() // the first start makes the choice by succeeding
		return choose(ctx, major, settings)
	}
	choice.Unlock()
	if chosen == "docker" {
		return startDocker(ctx, image(major), settings)
	}
	return startLocal(ctx, major, settings)
}

// choose makes the choice with the first server and says which it was.
func choose(ctx context.Context, major int, settings map[string]string) (*Server, error) {
	forced := os.Getenv(ServersVariable)
	switch forced {
	case "", "docker", "local":
	default:
		return nil, fmt.Errorf("%s=%s: docker or local is wanted", ServersVariable, forced)
	}
	reason := ServersVariable + " says so"
	if forced != "local" {
		s, err := tryDocker(ctx, image(major), settings)
		if err == nil {
			choice.where = "docker"
			say("servers run in docker, from image %s (PostgreSQL %d)", image(major), s.major)
			return s, nil
		}
		if forced == "docker" {
			return nil, err
		}
		reason = err.Error()
	}
	s, err := startLocal(ctx, major, settings)
	if err != nil {
		return nil, err
	}
	choice.where = "local"
	say("servers run from the local PostgreSQL %d programs in %s (%s)", s.major, s.Local.Programs().Dir, reason)
	return s, nil
}

func wantedMajor() (int, error) {
	text := os.Getenv(MajorVariable)
	if text == "" {
		return 0, nil
	}
	major, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("%s=%s: a major version such as %d is wanted", MajorVariable, text, defaultMajor)
	}
	return major, nil
}

func image(major int) string {
	if image := os.Getenv(ImageVariable); image != "" {
		return image
	}
	if major == 0 {
		major = defaultMajor
	}
	return "postgres:" + strconv.Itoa(major)
}

func startLocal(ctx context.Context, major int, settings map[string]string) (*Server, error) {
	programs, err := pgserver.Find(major)
	if err != nil {
		return nil, err
	}
	local, err := pgserver.Start(ctx, pgserver.Options{Programs: programs, Settings: settings})
	if err != nil {
		return nil, err
	}
	return newLocal(local), nil
}

func newLocal(local *pgserver.Server) *Server {
	return &Server{Local: local, major: local.Programs().Major, host: "127.0.0.1", port: local.Port()}
}

// say tells the reader of the test's output which servers the tests run on.
func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "pgtest: "+format+"\n", args...)
}
