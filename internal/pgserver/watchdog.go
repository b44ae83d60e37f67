//go:build unix

package pgserver

import (
	"io"
	"os/exec"
	"sync"
)

// watchdogScript waits for its input to end, which happens when the process
// that holds the other end ends, however that comes about. Then it stops the
// server and deletes the cluster's folder. A signal on the parent's death
// would be shorter but exists on Linux only, belongs to one thread, and
// leaves the files behind.
const watchdogScript = `
trap '' INT TERM HUP
pid=
while read -r verb arg; do
	case $verb in
	pid) pid=$arg ;;
	gone) if [ "$pid" = "$arg" ]; then pid=; fi ;;
	bye) exit 0 ;;
	esac
done
if [ -n "$pid" ]; then
	kill -QUIT "$pid" 2>/dev/null
	tries=0
	while kill -0 "$pid" 2>/dev/null && [ $tries -lt 50 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	kill -KILL "$pid" 2>/dev/null
fi
# The server's children may still be writing while they notice its end.
rm -rf "$1" || { sleep 1; rm -rf "$1"; }
`

// watchdog is the process that outlives us to clean up. All methods work on
// nil.
type watchdog struct {
	mu   sync.Mutex
	pipe io.WriteCloser // nil once dismissed
	cmd  *exec.Cmd
}

func startWatchdog(dir string, a *account) (*watchdog, error) {
	cmd := a.command("/", "/bin/sh", "-c", watchdogScript, "understudy-watchdog", dir)
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &watchdog{pipe: pipe, cmd: cmd}, nil
}

// say passes one fact on: "pid N" (the server runs) or "gone N" (it ended).
func (w *watchdog) say(verb, arg string) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pipe != nil {
		// A watchdog that someone killed cannot be told; the next start sweeps.
		_, _ = io.WriteString(w.pipe, verb+" "+arg+"\n")
	}
}

// dismiss ends the watchdog without any clean-up and waits for it.
func (w *watchdog) dismiss() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pipe == nil {
		return
	}
	_, _ = io.WriteString(w.pipe, "bye\n")
	_ = w.pipe.Close()
	w.pipe = nil
	_ = w.cmd.Wait()
}
