package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/understudy-db/understudy/internal/notify"
	"github.com/understudy-db/understudy/report"
)

// Exit codes of a refresh after which another try may help; docs/exit-codes.md
// has them all.
const (
	transientExit = 75
	busyExit      = 10
)

// stopGrace is how long a refresh that is stopped has for giving everything
// back, before it is killed.
const stopGrace = 8 * time.Second

// result is how a refresh ended.
type result struct {
	code int // -1: it could not be started, or was killed
	took time.Duration
	run  report.Run
	err  error
}

// cause is why it failed, without a value of anybody's.
func (r result) cause() string {
	switch {
	case r.run.Error != nil:
		return r.run.Error.Message
	case r.err != nil:
		return r.err.Error()
	}
	return "see its log"
}

// refresh runs one in a process of its own, so that what it does cannot hurt
// the scheduler, and stops it when ctx ends or at the schedule's must_finish_by.
func (p *project) refresh(ctx context.Context) result {
	began := time.Now()
	if end := p.schedule.Deadline(began); !end.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end)
		defer cancel()
	}
	args := []string{"refresh", "--config", p.file, "--output", "json", "--reason", "schedule"}
	if p.o.Reports != "" {
		args = append(args, "--report", filepath.Join(p.o.Reports, p.config.Target.Database))
	}
	cmd := exec.CommandContext(ctx, p.o.Binary, args...)
	cmd.Env = append(p.o.Environment, notify.ServedVariable+"=1")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopGrace
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a terminal's Ctrl-C is ours to pass on
	var out lastLine
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	err := cmd.Run()
	r := result{took: time.Since(began), code: -1, err: err}
	if cmd.ProcessState != nil {
		r.code = cmd.ProcessState.ExitCode()
	}
	if jsonErr := json.Unmarshal(out.line(), &r.run); jsonErr != nil && err == nil {
		r.err = errors.New("its result could not be read")
	}
	return r
}

// lastLine keeps the last line that is written.
type lastLine struct{ buf []byte }

func (l *lastLine) Write(p []byte) (int, error) {
	l.buf = append(l.buf, p...)
	if i := bytes.LastIndexByte(bytes.TrimRight(l.buf, "\n"), '\n'); i >= 0 {
		l.buf = append(l.buf[:0], l.buf[i+1:]...)
	}
	return len(p), nil
}

func (l *lastLine) line() []byte { return bytes.TrimSpace(l.buf) }
