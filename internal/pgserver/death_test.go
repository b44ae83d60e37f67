//go:build unix

package pgserver_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgserver"
)

// childVariable turns the test binary into a process that starts a server and
// waits to be killed.
const childVariable = "PGSERVER_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		child()
	}
	os.Exit(m.Run())
}

// child prints the server's folder and address, then waits for its end.
func child() {
	s, err := pgserver.Start(context.Background(), pgserver.Options{})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	if os.Getenv(childVariable) == "detach" {
		if err := s.Detach(); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
	}
	fmt.Println(s.Dir(), s.URL("postgres"))
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func asFault(err error, f **fault.Error) bool { return errors.As(err, f) }

// spawn runs this test binary as a child that holds a server.
func spawn(t *testing.T, mode string, credential *syscall.Credential) (cmd *exec.Cmd, stdin io.Closer, dir, address string) {
	t.Helper()
	needPrograms(t)
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if credential != nil {
		binary = readable(t, binary)
	}
	cmd = exec.Command(binary)
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), childVariable+"="+mode)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the child said %q: %v", line, err)
	}
	dir, link, ok := strings.Cut(strings.TrimSpace(line), " ")
	if !ok || dir == "error:" {
		t.Fatalf("the child said %q", line)
	}
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return cmd, in, dir, u.Host
}

// readable is a copy of a file that every user can execute.
func readable(t *testing.T, path string) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "pgserver-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(dir, "child")
	// A link where possible: a program that was just written may still be open
	// in a process forked meanwhile, and is then "busy".
	if os.Link(path, to) == nil {
		return to
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o755); err != nil {
		t.Fatal(err)
	}
	return to
}

// eventually polls until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(time.Minute); !holds(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("after a minute still not: %s", what)
		}
	}
}

func gone(dir string) bool {
	_, err := os.Stat(dir)
	return errors.Is(err, os.ErrNotExist)
}

func listening(address string) bool {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}

func TestServerDiesWithItsProcess(t *testing.T) {
	t.Parallel()
	cmd, _, dir, address := spawn(t, "hold", nil)
	if !listening(address) {
		t.Fatalf("no server at %s", address)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the killed process's server stops and its folder goes away", func() bool {
		return gone(dir) && !listening(address)
	})
}

func TestOrdinaryUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("every other test runs as an ordinary user already")
	}
	const nobody = 65534
	_, stdin, dir, address := spawn(t, "hold", &syscall.Credential{Uid: nobody, Gid: nobody})
	if !listening(address) {
		t.Fatalf("no server at %s", address)
	}
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || stat.Uid != nobody {
		t.Errorf("the folder belongs to %+v, want user %d", info.Sys(), nobody)
	}
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server stops after its process's end", func() bool { return gone(dir) && !listening(address) })
}

func TestDetachedServerLivesOn(t *testing.T) {
	t.Parallel()
	cmd, stdin, dir, address := spawn(t, "detach", nil)
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	start(t, pgserver.Options{}) // its sweep must not take the detached one
	if !listening(address) {
		t.Error("the detached server does not answer any more")
	}
	stopByHand(t, dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}

// stopByHand stops the server of a folder that is nobody's any more.
func stopByHand(t *testing.T, dir string) {
	t.Helper()
	pid := postmaster(t, dir)
	if err := syscall.Kill(pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the server stops on request", func() bool {
		_, err := os.Stat(filepath.Join(dir, "data", "postmaster.pid"))
		return errors.Is(err, os.ErrNotExist)
	})
}

func postmaster(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func TestSweep(t *testing.T) {
	t.Parallel()
	// A left-over whose lock nobody holds, as after a kill of the whole process
	// tree: the detached child's folder with its lock put back.
	cmd, stdin, dir, address := spawn(t, "detach", nil)
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, pgserver.Options{})
	eventually(t, "the next start stops the left-over and deletes it", func() bool { return gone(dir) && !listening(address) })
}
