package pgtest

import (
	"cmp"
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

	// These are of the target alone, for a target of another version than the
	// source's. Unset, or set to nothing: as the source.
	TargetImageVariable = "UNDERSTUDY_TEST_TARGET_IMAGE"
	TargetMajorVariable = "UNDERSTUDY_TEST_TARGET_MAJOR"
	// TargetBinVariable is the folder with its local programs.
	TargetBinVariable = "UNDERSTUDY_TEST_TARGET_BIN"
)

const defaultMajor = 17

// side says which of the two servers is meant.
type side string

const (
	sourceSide side = "source"
	targetSide side = "target"
)

// choice is where the servers of this test binary run. It is made once, so
// that no binary runs half of its tests here and half there.
var choice struct {
	sync.Mutex
	where string // docker or local once made
	why   string
	said  map[string]bool // what the reader has been told
}

// start starts one server with settings of postgresql.conf.
func start(ctx context.Context, of side, settings map[string]string) (*Server, error) {
	w, err := wanted(of)
	if err != nil {
		return nil, err
	}
	choice.Lock()
	if choice.where == "" {
		defer choice.Unlock() // the first start makes the choice by succeeding
		return choose(ctx, w, settings)
	}
	choice.Unlock()
	var s *Server
	if choice.where == "docker" {
		s, err = startDocker(ctx, w.image, settings)
	} else {
		s, err = startLocal(ctx, w, settings)
	}
	if err != nil {
		return nil, err
	}
	choice.Lock()
	defer choice.Unlock()
	tell(s, w)
	return s, nil
}

// choose makes the choice with the first server.
func choose(ctx context.Context, w wish, settings map[string]string) (*Server, error) {
	forced := os.Getenv(ServersVariable)
	switch forced {
	case "", "docker", "local":
	default:
		return nil, fmt.Errorf("%s=%s: docker or local is wanted", ServersVariable, forced)
	}
	choice.why = ServersVariable + " says so"
	if forced != "local" {
		s, err := tryDocker(ctx, w.image, settings)
		if err == nil {
			choice.where = "docker"
			tell(s, w)
			return s, nil
		}
		if forced == "docker" {
			return nil, err
		}
		choice.why = err.Error()
	}
	s, err := startLocal(ctx, w, settings)
	if err != nil {
		return nil, err
	}
	choice.where = "local"
	tell(s, w)
	return s, nil
}

// tell says on what the tests run, once for each version.
func tell(s *Server, w wish) {
	line := fmt.Sprintf("servers run in docker, from image %s (PostgreSQL %d)", w.image, s.major)
	if s.Local != nil {
		line = fmt.Sprintf("servers run from the local PostgreSQL %d programs in %s (%s)", s.major, s.Local.Programs().Dir, choice.why)
	}
	if choice.said[line] {
		return
	}
	if choice.said == nil {
		choice.said = map[string]bool{}
	}
	choice.said[line] = true
	fmt.Fprintln(os.Stderr, "pgtest:", line)
}

// wish is what the environment wants a server to be.
type wish struct {
	major int    // 0: any
	image string // for docker
	bin   string // folder with local programs; empty: look for them
}

func wanted(of side) (wish, error) {
	var w wish
	major, image := MajorVariable, os.Getenv(ImageVariable)
	if of == targetSide {
		w.bin = os.Getenv(TargetBinVariable)
		if os.Getenv(TargetMajorVariable) != "" {
			major, image = TargetMajorVariable, ""
		}
		if own := os.Getenv(TargetImageVariable); own != "" {
			image = own
		}
	}
	if text := os.Getenv(major); text != "" && w.bin == "" {
		var err error
		if w.major, err = strconv.Atoi(text); err != nil {
			return wish{}, fmt.Errorf("%s=%s: a major version such as %d is wanted", major, text, defaultMajor)
		}
	}
	if w.image = image; image == "" {
		w.image = "postgres:" + strconv.Itoa(cmp.Or(w.major, defaultMajor))
	}
	return w, nil
}

func startLocal(ctx context.Context, w wish, settings map[string]string) (*Server, error) {
	programs, err := pgserver.Find(w.major)
	if w.bin != "" {
		programs, err = pgserver.At(w.bin)
	}
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
