// Package pgserver finds PostgreSQL's programs and starts and stops throw-away
// clusters with them: for the demo, for rehearsals on an empty database and
// for tests. A cluster never runs as root, listens on the loopback address
// only, and is stopped and deleted when this process ends, however it ends.
//
// It is no way to run a server that holds data anyone needs: fsync is off
// unless the settings say otherwise, and every user of this machine can log in
// as the superuser over the loopback address unless a password is set.
package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/understudy-db/understudy/internal/fault"
)

const (
	// startTimeout is how long a server may take to accept connections: crash
	// recovery or a loaded machine can take a while.
	startTimeout = 2 * time.Minute
	// stopGrace is how long a server may take for a fast shutdown before it is
	// told to drop everything.
	stopGrace = 30 * time.Second
	// pollInterval is how often the server's status file is read while waiting.
	pollInterval = 10 * time.Millisecond

	// firstPort and lastPort lie below the range from which Linux and macOS
	// take the ports of outgoing connections, so that nobody grabs our port
	// while the server restarts.
	firstPort, lastPort = 15432, 32000
	portAttempts        = 20

	// maxSocketPath is the shortest limit on a socket's path among the systems
	// we run on (macOS: 104 bytes with the final zero).
	maxSocketPath = 103
)

// Superuser is the role that every cluster is created with.
const Superuser = "postgres"

// Options say how a cluster is made.
type Options struct {
	// Dir is the folder for everything the cluster needs; it must be empty or
	// not exist. Empty: a new folder in the system's temporary folder. A cluster
	// started by root runs as another user, who must be able to reach Dir.
	Dir string
	// Memory asks, with Dir empty, for a folder in memory if the system has one
	// with this many bytes free. Making and copying databases is mostly making
	// files, which is many times faster there.
	Memory int64
	// Settings go to postgresql.conf over the defaults of this package.
	Settings map[string]string
	// Files are written into the data folder before the start, readable by the
	// server only: certificates, say. The key is a plain file name.
	Files map[string][]byte
	// HBA are lines of pg_hba.conf put before the default ones.
	HBA []string
	// Programs to use; the zero value means the newest installation found.
	Programs Programs
	// Log receives what initdb and the server print up to the moment the server
	// is ready, from the calling goroutine. All of it is in LogFile anyway.
	Log io.Writer
	// Encoding of the cluster; default UTF8.
	Encoding string
	// Locale of the cluster; default C.UTF-8, or the nearest that the system has.
	Locale string
	// Password of the superuser. Empty: no password is asked on the loopback
	// address. Other roles always need theirs.
	Password string
}

// Server is one running cluster. Its methods may be called from several
// goroutines.
type Server struct {
	dir      string
	port     int
	programs Programs
	password string
	account  *account
	log      io.Writer
	lock     *os.File

	mu       sync.Mutex
	watchdog *watchdog
	process  *process // nil while stopped
	detached bool
}

// process is one run of the postmaster.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // valid once done is closed
}

// Start makes a new cluster and starts it. The cluster stops and its files go
// away when this process ends; Remove does so earlier.
func Start(ctx context.Context, o Options) (*Server, error) {
	s, err := prepare(o)
	if err != nil {
		return nil, err
	}
	err = s.initdb(ctx, o)
	if err == nil {
		err = s.configure(o)
	}
	if err == nil {
		err = s.launchAnywhere(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.discard())
	}
	return s, nil
}

// prepare makes the folder, the lock that marks it as in use and the watchdog.
func prepare(o Options) (*Server, error) {
	s := &Server{programs: o.Programs, password: o.Password, log: o.Log}
	if s.log == nil {
		s.log = io.Discard
	}
	if s.programs.Dir == "" {
		p, err := Find(0)
		if err != nil {
			return nil, err
		}
		s.programs = p
	}
	var err error
	if s.account, err = serverAccount(); err != nil {
		return nil, err
	}
	if err := s.account.reach(s.programs.Dir); err != nil {
		return nil, err
	}
	removeStale(s.account)
	if s.dir, err = s.account.makeDir(o.Dir, o.Memory); err != nil {
		return nil, err
	}
	if s.lock, err = lockDir(s.dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	if s.watchdog, err = startWatchdog(s.dir, s.account); err != nil {
		return nil, errors.Join(err, s.discard())
	}
	return s, nil
}

// Dir is the folder of the cluster: data, log and socket.
func (s *Server) Dir() string { return s.dir }

// Data is the cluster's data folder.
func (s *Server) Data() string { return filepath.Join(s.dir, "data") }

// LogFile is the path of the server's own log.
func (s *Server) LogFile() string { return filepath.Join(s.dir, "server.log") }

// SocketDir is the folder of the Unix socket, empty if its path would be too
// long for the system.
func (s *Server) SocketDir() string {
	dir := filepath.Join(s.dir, "socket")
	if len(dir)+len("/.s.PGSQL.65535.lock") > maxSocketPath {
		return ""
	}
	return dir
}

// Port is the TCP port on the loopback address.
func (s *Server) Port() int { return s.port }

// Programs are the programs that this cluster runs with.
func (s *Server) Programs() Programs { return s.programs }

// URL is the superuser's connection string for a database.
func (s *Server) URL(database string) string {
	user := url.User(Superuser)
	if s.password != "" {
		user = url.UserPassword(Superuser, s.password)
	}
	return s.urlFor(user, database)
}

// URLFor is another role's connection string for a database.
func (s *Server) URLFor(role, password, database string) string {
	return s.urlFor(url.UserPassword(role, password), database)
}

func (s *Server) urlFor(user *url.Userinfo, database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     user,
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// launchAnywhere starts the server on a free port. Another process may take
// the port between our look and the server's; then it tries the next.
func (s *Server) launchAnywhere(ctx context.Context) error {
	var err error
	for range portAttempts {
		if s.port, err = freePort(); err != nil {
			return err
		}
		if err = s.launch(ctx); err == nil || !errors.Is(err, errPortTaken) {
			return err
		}
	}
	return err
}

var errPortTaken = errors.New("the port is taken")

// launch starts the postmaster and waits until it accepts connections.
func (s *Server) launch(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		return nil
	}
	logFile, err := s.account.create(s.LogFile())
	if err != nil {
		return err
	}
	defer logFile.Close()
	from, err := logFile.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}

	cmd := s.account.command(s.dir, s.programs.Path("postgres"), "-D", s.Data(),
		"-c", "port="+strconv.Itoa(s.port), "-c", "unix_socket_directories="+s.SocketDir())
	// A file, not a pipe: the server must outlive a reader that has gone, and
	// "go test" waits for everyone who holds its output.
	cmd.Stdout, cmd.Stderr = logFile, logFile
	if err := cmd.Start(); err != nil {
		return fault.Wrap(fault.Preflight, err, "start %s", cmd.Path)
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	s.watchdog.say("pid", strconv.Itoa(cmd.Process.Pid))
	go func() {
		p.err = cmd.Wait()
		s.watchdog.say("gone", strconv.Itoa(cmd.Process.Pid))
		close(p.done)
	}()

	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	err = s.waitReady(ctx, p)
	s.copyLog(from)
	if err == nil {
		s.process = p
		return nil
	}
	select {
	case <-p.done:
	default:
		p.kill(syscall.SIGQUIT)
		<-p.done
	}
	text := s.logSince(from)
	if strings.Contains(text, "could not create any TCP/IP sockets") || strings.Contains(text, "Address already in use") {
		return fault.Wrap(fault.Transient, errPortTaken, "listen on 127.0.0.1:%d", s.port)
	}
	return fault.Wrap(fault.Preflight, err, "start a PostgreSQL %d cluster in %s", s.programs.Major, s.dir).
		WithHint("the server said: %s", strings.TrimSpace(text))
}

// waitReady waits for the status line of postmaster.pid to say "ready".
func (s *Server) waitReady(ctx context.Context, p *process) error {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		if s.status(p.cmd.Process.Pid) == "ready" {
			return nil
		}
		select {
		case <-p.done:
			return errors.New("the server ended at once")
		case <-ctx.Done():
			return fmt.Errorf("the server does not accept connections: %w", ctx.Err())
		case <-tick.C:
		}
	}
}

// status is the eighth line of postmaster.pid, empty if the file is not
// complete or belongs to another run.
func (s *Server) status(pid int) string {
	lines := postmasterFile(s.Data())
	if len(lines) < 8 || strings.TrimSpace(lines[0]) != strconv.Itoa(pid) {
		return ""
	}
	return strings.TrimSpace(lines[7])
}

// postmasterFile is the content of a data folder's postmaster.pid by lines.
func postmasterFile(data string) []string {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return nil
	}
	return strings.Split(string(text), "\n")
}

// kill sends a signal to the postmaster; it is no error if that has ended.
func (p *process) kill(sig os.Signal) {
	_ = p.cmd.Process.Signal(sig)
}

// Restart stops the server (if it runs) and starts it again on the same port
// with the same files.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.Stop(ctx); err != nil {
		return err
	}
	return s.launch(ctx)
}

// Stop shuts the server down, ending its sessions. It is no error to stop a
// stopped server. When ctx ends or the server takes too long it is told to
// drop everything at once; the next start then recovers from its log.
func (s *Server) Stop(ctx context.Context) error {
	return s.halt(ctx, syscall.SIGINT)
}

// Crash ends the server without a checkpoint, as a power cut would look to
// its clients. Restart recovers.
func (s *Server) Crash(ctx context.Context) error {
	return s.halt(ctx, syscall.SIGQUIT)
}

func (s *Server) halt(ctx context.Context, sig os.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.process
	if p == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, stopGrace)
	defer cancel()
	p.kill(sig)
	select {
	case <-p.done:
	case <-ctx.Done():
		p.kill(syscall.SIGQUIT)
		select {
		case <-p.done:
		case <-time.After(stopGrace):
			p.kill(syscall.SIGKILL)
			<-p.done
		}
	}
	s.process = nil
	return nil
}

// Done is closed when the running postmaster has ended; nil when none runs.
func (s *Server) Done() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return nil
	}
	return s.process.done
}

// Remove stops the server and deletes its files. It may be called twice.
func (s *Server) Remove() error {
	if err := s.Stop(context.Background()); err != nil {
		return err
	}
	return s.discard()
}

// Detach lets the server live on after this process; whoever wants it gone
// stops it with pg_ctl and deletes Dir.
func (s *Server) Detach() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.detached = true
	err := unlockDir(s.dir, s.lock)
	s.lock = nil
	s.watchdog.dismiss()
	return err
}

// discard deletes the folder and lets lock and watchdog go.
func (s *Server) discard() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := os.RemoveAll(s.dir)
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
		s.lock = nil
	}
	s.watchdog.dismiss()
	return err
}

// Log is what the server has logged so far.
func (s *Server) Log() (string, error) {
	text, err := os.ReadFile(s.LogFile())
	return string(text), err
}

// logSince is the server's log from an offset on.
func (s *Server) logSince(from int64) string {
	f, err := os.Open(s.LogFile())
	if err != nil {
		return ""
	}
	defer f.Close()
	const maxExcerpt = 8 << 10 // enough for every message of a failed start
	text, err := io.ReadAll(io.NewSectionReader(f, from, maxExcerpt))
	if err != nil {
		return ""
	}
	return string(text)
}

// copyLog hands what the server printed while starting to the caller's log.
func (s *Server) copyLog(from int64) {
	_, _ = io.WriteString(s.log, s.logSince(from))
}

// freePort picks a TCP port on the loopback address that nobody uses now.
func freePort() (int, error) {
	var last error
	for range portAttempts {
		port := firstPort + rand.IntN(lastPort-firstPort)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return port, l.Close()
		}
		last = err
	}
	return 0, fault.Wrap(fault.Other, last, "find a free port on 127.0.0.1")
}
