package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"

	"github.com/understudy-db/understudy/internal/pgserver"
)

const (
	// answerTimeout is how long a Docker engine may take to say that it is
	// there. Without one the tests go on with local programs.
	answerTimeout = 2 * time.Second
	// pullTimeout bounds fetching the image.
	pullTimeout = 3 * time.Minute
	// readyTimeout bounds the time from the container's start to the first
	// connection; the official image runs initdb first.
	readyTimeout = 2 * time.Minute

	// connectTimeout bounds one attempt, for an address that swallows packets.
	connectTimeout = 2 * time.Second

	postgresPort = "5432/tcp"
)

// tryDocker starts a server in docker if an engine answers and the image can
// be had.
func tryDocker(ctx context.Context, image string, settings map[string]string) (*Server, error) {
	if os.Getenv("TESTCONTAINERS_LOG") == "" {
		log.SetDefault(log.NewNoopLogger()) // a page of lines for each binary otherwise
	}
	engine, err := answering(ctx)
	if err != nil {
		return nil, err
	}
	if err := ensureImage(ctx, engine, image); err != nil {
		return nil, err
	}
	return startDocker(ctx, image, settings)
}

// answering is a client of a Docker engine that has just answered.
func answering(ctx context.Context) (client.APIClient, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	type answer struct {
		engine client.APIClient
		err    error
	}
	// In a goroutine of its own, because the search for an engine takes no context.
	answers := make(chan answer, 1)
	go func() {
		defer func() {
			if recover() != nil {
				// Without any configuration testcontainers panics instead of failing.
				answers <- answer{err: errors.New("none is configured")}
			}
		}()
		provider, err := testcontainers.NewDockerProvider()
		if err == nil {
			_, err = provider.Client().Ping(ctx, client.PingOptions{})
		}
		if err != nil {
			answers <- answer{err: err}
			return
		}
		answers <- answer{engine: provider.Client()}
	}()
	select {
	case a := <-answers:
		if a.err != nil {
			return nil, fmt.Errorf("no docker engine: %w", a.err)
		}
		return a.engine, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("no docker engine answered within %s", answerTimeout)
	}
}

// ensureImage pulls the image if the engine does not have it. One attempt:
// testcontainers would go on trying for a quarter of an hour without a network.
func ensureImage(ctx context.Context, engine client.APIClient, image string) error {
	ctx, cancel := context.WithTimeout(ctx, pullTimeout)
	defer cancel()
	if _, err := engine.ImageInspect(ctx, image); err == nil {
		return nil
	}
	pull, err := engine.ImagePull(ctx, image, client.ImagePullOptions{})
	if err != nil {
		return fmt.Errorf("docker image %s cannot be pulled: %w", image, err)
	}
	defer pull.Close()
	if err := pull.Wait(ctx); err != nil {
		return fmt.Errorf("docker image %s cannot be pulled: %w", image, err)
	}
	return nil
}

// startDocker starts one container and waits until it lets the superuser in.
// The container is removed by close or, when the test binary is killed, by
// testcontainers' reaper.
func startDocker(ctx context.Context, image string, settings map[string]string) (*Server, error) {
	all := pgserver.Defaults()
	maps.Copy(all, settings)
	all["listen_addresses"] = "*"
	command := []string{"postgres"}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		command = append(command, "-c", name+"="+all[name])
	}
	password := rand.Text()
	container, err := testcontainers.Run(ctx, image,
		testcontainers.WithEnv(map[string]string{
			"POSTGRES_PASSWORD":    password,
			"POSTGRES_INITDB_ARGS": "--encoding=UTF8 --locale=C.UTF-8 --no-sync",
		}),
		testcontainers.WithExposedPorts(postgresPort),
		testcontainers.WithCmd(command...),
	)
	s := &Server{password: password, terminate: func(ctx context.Context) error {
		return container.Terminate(ctx, testcontainers.StopTimeout(0))
	}}
	if err == nil {
		err = s.await(ctx, container)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start image %s: %w", image, err), s.terminate(ctx))
	}
	return s, nil
}

// await fills in the server's address and version. The official image starts
// a first server for its own preparations, which listens on a socket only, so
// the first TCP connection is the real thing.
func (s *Server) await(ctx context.Context, container *testcontainers.DockerContainer) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	port, err := container.MappedPort(ctx, postgresPort)
	if err != nil {
		return err
	}
	s.port = int(port.Num())
	host, err := container.Host(ctx)
	if err != nil {
		return err
	}
	// In what looks like a container testcontainers takes the gateway for the
	// engine's host. That is wrong in a virtual machine made from a container
	// image, where the engine runs beside us; and the gateway may swallow what
	// the loopback address refuses at once, so that comes first.
	hosts := []string{"127.0.0.1", host}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if err = s.reach(ctx, hosts); err == nil {
			// The server may have become ready between two addresses: the first
			// one that works is wanted, so that every server has the same host.
			return s.reach(ctx, hosts)
		}
		state, stateErr := container.State(ctx)
		if stateErr == nil && !state.Running {
			return fmt.Errorf("the container ended with exit code %d", state.ExitCode)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("the server does not accept connections: %w", err)
		}
	}
}

// reach sets the address to the first host that leads to the server.
func (s *Server) reach(ctx context.Context, hosts []string) (err error) {
	for _, s.host = range hosts {
		if s.major, err = serverMajor(ctx, s.URL("postgres")); err == nil {
			return nil
		}
	}
	return err
}

func serverMajor(ctx context.Context, url string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	var number int
	err = conn.QueryRow(ctx, "SELECT pg_catalog.current_setting('server_version_num')::int").Scan(&number)
	return number / 10000, err
}

// superuser is how the superuser logs in.
func (s *Server) superuser() *url.Userinfo {
	if s.password == "" {
		return url.User(pgserver.Superuser)
	}
	return url.UserPassword(pgserver.Superuser, s.password)
}
