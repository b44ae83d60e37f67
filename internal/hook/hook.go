// Package hook runs the programs that people have run before and after a
// refresh.
package hook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// killGrace is how long a program that is stopped has, and what it has left
// running in the background for its output.
const killGrace = 2 * time.Second

// Hook is a program and its arguments; no shell reads them.
type Hook struct {
	Args    []string
	Timeout time.Duration
	Env     []string  // NAME=value, over what it inherits
	Hide    []string  // variables that it does not inherit, besides our own: secrets
	Output  io.Writer // of both its streams
}

// Run waits for the program. One that takes too long, or whose ctx ends, is
// stopped with everything that it has started.
func (h Hook) Run(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, h.Timeout, fmt.Errorf("it took longer than %s", h.Timeout))
	defer cancel()
	c := exec.CommandContext(ctx, h.Args[0], h.Args[1:]...)
	c.Env = append(slices.DeleteFunc(os.Environ(), func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return strings.HasPrefix(name, "UNDERSTUDY_") || slices.Contains(h.Hide, name)
	}), h.Env...)
	c.Stdout, c.Stderr = h.Output, h.Output
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.WaitDelay = killGrace
	err := c.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &exit):
		return fmt.Errorf("it ended with exit code %d", exit.ExitCode())
	}
	return err
}
