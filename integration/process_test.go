package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// process is understudy at work while the test does something else.
type process struct {
	p            *project
	cmd          *exec.Cmd
	stdout, errs output
	exited       chan struct{}
}

// output collects what a process writes, to be read while it writes.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// start runs understudy in the background. It is killed with the test.
func (p *project) start(args ...string) *process {
	p.t.Helper()
	x := p.prepare(args...)
	x.begin()
	return x
}

// prepare is start up to the start itself.
func (p *project) prepare(args ...string) *process {
	p.t.Helper()
	x := &process{p: p, cmd: p.command(context.Background(), args...), exited: make(chan struct{})}
	x.cmd.Stdout, x.cmd.Stderr = &x.stdout, &x.errs
	return x
}

// begin starts what was prepared.
func (x *process) begin() {
	p := x.p
	p.t.Helper()
	if err := x.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() {
		defer close(x.exited)
		_ = x.cmd.Wait() // the exit code is in ProcessState
	}()
	p.t.Cleanup(func() {
		_ = x.cmd.Process.Kill()
		<-x.exited
		p.said(x.cmd.Args[1:], result{stdout: x.stdout.String(), stderr: x.errs.String()})
	})
}

// running tells whether the process has not ended yet.
func (x *process) running() bool {
	select {
	case <-x.exited:
		return false
	default:
		return true
	}
}

// wait waits for the end.
func (x *process) wait() result {
	x.p.t.Helper()
	select {
	case <-x.exited:
	case <-time.After(patience):
		x.p.t.Fatalf("understudy does not end\n%s%s", x.stdout.String(), x.errs.String())
	}
	return result{x.cmd.ProcessState.ExitCode(), x.stdout.String(), x.errs.String()}
}

// kill ends the process as a crash would, and proves that it was still alive.
func (x *process) kill() {
	x.p.t.Helper()
	if err := x.cmd.Process.Kill(); err != nil {
		x.p.t.Fatal(err)
	}
	if r := x.wait(); r.code != -1 {
		x.p.t.Fatalf("the process had ended before it was killed: exit %d\n%s%s", r.code, r.stdout, r.stderr)
	}
}

func (x *process) signal(sig os.Signal) {
	x.p.t.Helper()
	if err := x.cmd.Process.Signal(sig); err != nil {
		x.p.t.Fatal(err)
	}
}

// stages are the stages that have begun, of a process with --output json.
func (x *process) stages() []string {
	var out []string
	for line := range strings.Lines(x.errs.String()) {
		var e struct{ Event, Stage string }
		if json.Unmarshal([]byte(line), &e) == nil && e.Event == "stage" {
			out = append(out, e.Stage)
		}
	}
	return out
}

// awaits waits for something that the process is to bring about, and fails if
// the process ends first.
func (x *process) awaits(what string, cond func() bool) {
	x.p.t.Helper()
	waitFor(x.p.t, what, func() bool {
		if cond() {
			return true
		}
		if !x.running() {
			r := x.wait()
			if cond() {
				return true
			}
			x.p.t.Fatalf("understudy ended (exit %d) before %s\n%s%s", r.code, what, r.stdout, r.stderr)
		}
		return false
	})
}

// patience is how long a test waits for another process on a slow machine.
const patience = 3 * time.Minute

// waitFor polls for a condition that another process brings about.
func waitFor(t testing.TB, what string, cond func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !cond() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
