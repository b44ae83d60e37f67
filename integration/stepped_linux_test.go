package integration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// stepped is understudy standing still at every stage boundary: its standard
// error is a pipe that holds one message, so that it cannot say the next one,
// and go on, before the last but one was heard. What it heard last is heard
// while the process works on the stage after it.
type stepped struct {
	*process
	ear *os.File
}

// startStepped starts understudy with --output json, one table at a time unless
// the flags after the verb say otherwise.
func (p *project) startStepped(args ...string) *stepped {
	p.t.Helper()
	var fd [2]int
	if err := syscall.Pipe2(fd[:], syscall.O_CLOEXEC|syscall.O_DIRECT); err != nil {
		p.t.Fatal(err)
	}
	ear, mouth := os.NewFile(uintptr(fd[0]), "ear"), os.NewFile(uintptr(fd[1]), "mouth")
	const setPipeSize = 1031 // F_SETPIPE_SZ
	if _, _, e := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd[1]), setPipeSize, 4096); e != 0 {
		p.t.Fatal(e)
	}
	x := p.prepare(slices.Concat(args[:1], []string{"--output", "json", "--target-load-jobs", "1"}, args[1:])...)
	x.cmd.Stderr = mouth
	p.t.Cleanup(func() { ear.Close() })
	x.begin()
	mouth.Close()
	return &stepped{x, ear}
}

// end sends a signal and hears the rest. Who is killed may not be heard before
// it is dead: it could say one thing more.
func (s *stepped) end(sig syscall.Signal) result {
	s.p.t.Helper()
	s.signal(sig)
	if sig == syscall.SIGKILL {
		s.wait()
	}
	return s.goOn()
}

// goOn hears all to the end.
func (s *stepped) goOn() result {
	s.p.t.Helper()
	s.hearAll()
	r := s.wait()
	r.stderr = s.errs.String()
	return r
}

// hear takes one message from the pipe; false when there will be no more.
func (s *stepped) hear() bool {
	buf := make([]byte, 4096)
	n, _ := s.ear.Read(buf)
	_, _ = s.errs.Write(buf[:n])
	return n > 0
}

// hearAll takes what is still said.
func (s *stepped) hearAll() {
	for s.hear() {
	}
}

// step hears n messages and waits until the process has done all it can before
// it is heard again; false if it ended instead.
func (s *stepped) step(n int) bool {
	s.p.t.Helper()
	for range n {
		if !s.hear() {
			return false
		}
	}
	waitFor(s.p.t, "the process to stand still", func() bool { return s.stands() || !s.running() })
	return s.running()
}

// stands tells whether a thread of the process waits for room in a pipe.
func (s *stepped) stands() bool {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/wchan", s.cmd.Process.Pid))
	return slices.ContainsFunc(tasks, func(task string) bool {
		where, err := os.ReadFile(task)
		return err == nil && bytes.Contains(where, []byte("pipe_write"))
	})
}

// said is the last stage that the process has begun and, as it stands, done.
func (s *stepped) said() string {
	stages := s.stages()
	if len(stages) == 0 {
		return ""
	}
	return stages[len(stages)-1]
}

// until steps to the end of a stage, or to the end of a table's load. The
// stage's own message is in the pipe then, not yet heard; so the script of an
// undisturbed run tells how many to hear.
func (s *stepped) until(at string) {
	s.p.t.Helper()
	n := slices.Index(s.p.script, at)
	if n < 0 {
		s.p.t.Fatalf("%q is not in the script %q", at, s.p.script)
	}
	if !s.step(n) {
		s.p.t.Fatalf("understudy ended before the end of %s\n%s", at, s.errs.String())
	}
}

// learn runs an undisturbed refresh to learn the script of those to come.
func (p *project) learn() {
	p.t.Helper()
	x := p.startStepped("refresh")
	if r := x.goOn(); r.code != 0 {
		p.t.Fatalf("exit %d\n%s", r.code, r.stderr)
	}
	p.script = x.messages()
}

// messages are what a process has said, in a word each.
func (x *process) messages() []string {
	var out []string
	for line := range strings.Lines(x.errs.String()) {
		var e struct{ Event, Stage, Table string }
		if json.Unmarshal([]byte(line), &e) != nil {
			continue
		}
		switch e.Event {
		case "stage":
			out = append(out, e.Stage)
		case "table":
			out = append(out, "table "+e.Table)
		default:
			out = append(out, e.Event)
		}
	}
	return out
}

const fixture = `before_publish: [{ sql: "CREATE TABLE IF NOT EXISTS fixture AS SELECT 1 AS n" }]`

// unfinished are the databases of the project that no run has completed.
func (p *project) unfinished() []string {
	p.t.Helper()
	return rows(p.t, p.target.URL("postgres"), `SELECT datname FROM pg_database d WHERE starts_with(datname, $1 || '__u')
		AND coalesce(shobj_description(oid, 'pg_database') LIKE '%"building"%', true)`, p.name)
}

// A process that is killed at the end of any stage but the last leaves staging serving, and
// the next refresh succeeds and cleans up; one that is told to stop there also
// drops what it has begun, and says which signal it was.
func TestEveryBoundary(t *testing.T) {
	t.Parallel()
	for sig, code := range map[syscall.Signal]int{syscall.SIGKILL: -1, syscall.SIGTERM: 143} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			p := newProject(t, peopleSchema, peoplePolicy, fixture)
			p.refresh()
			p.learn()
			p.watch(peopleGlance)
			for n, at := range p.script[:len(p.script)-1] {
				if at == "warning" || strings.HasPrefix(at, "table ") {
					continue // within a stage
				}
				x := p.startStepped("refresh")
				x.until(at)
				r := x.end(sig)
				said := x.messages()
				if sig == syscall.SIGKILL && !slices.Equal(said, p.script[:n+1]) {
					t.Fatalf("killed at the end of %s it had said %q", at, said)
				}
				want := code
				if sig == syscall.SIGTERM && at == "swap" {
					want = 0 // staging is new; what is left is for the next run
				}
				if r.code != want {
					t.Errorf("%s at the end of %s: exit %d, want %d\n%s", sig, at, r.code, want, x.errs.String())
				}
				if left := p.unfinished(); sig == syscall.SIGTERM && len(left) > 0 {
					t.Errorf("stopped at the end of %s it left %q\n%s", at, left, r.stderr)
				}
				if sig == syscall.SIGTERM && want != 0 && !strings.Contains(x.errs.String(), "stopped by terminated") {
					t.Errorf("stopped at the end of %s it does not say so:\n%s", at, x.errs.String())
				}
			}
			p.tidy(p.refresh().Generation)
		})
	}
}

// A reset is killed and stopped at the end of each of its stages: staging
// serves, and the next one succeeds.
func TestEveryBoundaryOfReset(t *testing.T) {
	t.Parallel()
	p := newProject(t, peopleSchema, peoplePolicy, fixture)
	p.refresh()
	w := p.watch(peopleGlance)
	for sig, code := range map[syscall.Signal]int{syscall.SIGKILL: -1, syscall.SIGTERM: 143} {
		for n, at := range []string{"clone", "before_publish", "swap"} { // then comes drop
			x := p.startStepped("reset")
			if !x.step(n) {
				t.Fatalf("reset ended before the end of %s\n%s", at, x.errs.String())
			}
			want := code
			if at == "swap" {
				w.maySwap(1)
				if sig == syscall.SIGTERM {
					want = 0
				}
			}
			if r := x.end(sig); r.code != want || x.said() != at && sig == syscall.SIGKILL {
				t.Errorf("%s at the end of %s: exit %d\n%s", sig, at, r.code, x.errs.String())
			}
		}
	}
	w.maySwap(1)
	p.ok("reset")
	p.tidy(p.refresh().Generation)
}

// Inside the swap of reset and rollback, with the first of two renames done,
// the process is killed, and staging is as it was, and open; or it is told to
// stop, and the swap, which is one transaction, comes to its end.
func TestInsideTheSwapOfResetAndRollback(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		verb string
		sig  syscall.Signal
		code int
	}{{"reset", syscall.SIGKILL, -1}, {"rollback", syscall.SIGKILL, -1}, {"rollback", syscall.SIGTERM, 0}} {
		t.Run(c.verb+" "+c.sig.String(), func(t *testing.T) {
			t.Parallel()
			p := newProject(t, peopleSchema, peoplePolicy)
			p.refresh()
			p.refresh()
			w := p.watch(peopleGlance)
			w.mayReturn()
			w.maySwap(2)
			in := generationName(p.name, map[string]int{"reset": 2, "rollback": 1}[c.verb]) + "_live"
			lock := p.target.Conn(t, p.target.URL("postgres"))
			take := func() {
				if _, err := lock.Exec(t.Context(), `BEGIN; COMMENT ON DATABASE `+in+` IS 'locked'`); err != nil {
					t.Fatal(err)
				}
			}
			var x *stepped
			if c.verb == "rollback" {
				take()
				x = p.startStepped(c.verb)
			} else {
				p.append("understudy.yaml", fixture+"\n")
				x = p.startStepped(c.verb)
				x.step(1) // before_publish is done and the swap is not begun
				take()
			}
			heard := make(chan struct{})
			go func() { defer close(heard); x.hearAll() }()
			x.awaits("the second rename", func() bool {
				return one(t, p.target.URL("postgres"), `SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'understudy/%'
					AND wait_event_type = 'Lock' AND query LIKE 'ALTER DATABASE%' || $1 || '%RENAME TO%'`, in) != "0"
			})
			x.signal(c.sig)
			if c.sig == syscall.SIGKILL {
				x.wait()
			}
			if _, err := lock.Exec(t.Context(), `ROLLBACK`); err != nil {
				t.Fatal(err)
			}
			if r := x.wait(); r.code != c.code {
				t.Errorf("exit %d\n%s", r.code, x.errs.String())
			}
			<-heard
			p.ok(c.verb)
			p.tidy(p.refresh().Generation)
		})
	}
}

// Killed in the middle of dropping what an earlier run left.
func TestKilledInTheJanitor(t *testing.T) {
	t.Parallel()
	p := newProject(t, peopleSchema, peoplePolicy, fixture)
	p.refresh()
	p.learn()
	p.watch(peopleGlance)
	first := p.startStepped("refresh")
	first.until("data")
	first.kill()
	left := generationName(p.name, 3)
	lock := p.target.Conn(t, p.target.URL("postgres"))
	if _, err := lock.Exec(t.Context(), `BEGIN; COMMENT ON DATABASE `+left+` IS 'locked'`); err != nil {
		t.Fatal(err)
	}
	x := p.start("refresh", "--output", "json")
	x.awaits("the drop", func() bool {
		return one(t, p.target.URL("postgres"), `SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'understudy/%'
			AND wait_event_type = 'Lock' AND query LIKE 'DROP DATABASE%' || $1 || '%'`, left) != "0"
	})
	x.kill()
	if _, err := lock.Exec(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	p.tidy(p.refresh().Generation)
}
