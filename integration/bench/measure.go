package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/understudy-db/understudy/internal/pgserver"
)

// measurement is what one run took.
type measurement struct {
	Contender string  `json:"contender"`
	Round     int     `json:"round"`
	Load      float64 `json:"load_average"` // of this machine when it began
	Seconds   float64 `json:"seconds"`
	Steps     []step  `json:"steps,omitempty"`
	OwnCPU    float64 `json:"own_cpu_seconds"` // of the programs that copy, not of the servers
	PeakRSS   int64   `json:"peak_rss_bytes"`  // of the largest process among them
	// Of all processes of the clusters; 0 where the system does not tell.
	SourceCPU float64 `json:"source_cpu_seconds,omitempty"`
	TargetCPU float64 `json:"target_cpu_seconds,omitempty"`
	SwapMS    float64 `json:"swap_ms,omitempty"`
	Masked    int64   `json:"masked_values,omitempty"`
}

// step is a part of a run.
type step struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

func (m *measurement) summary() string {
	s := fmt.Sprintf("%7.2f s  own CPU %5.2f s  source %5.1f s  target %5.1f s  peak %3.0f MB",
		m.Seconds, m.OwnCPU, m.SourceCPU, m.TargetCPU, mb(m.PeakRSS))
	if len(m.Steps) == 0 {
		return s
	}
	var parts []string
	for _, p := range m.Steps {
		parts = append(parts, fmt.Sprintf("%s %.2f", p.Name, p.Seconds))
	}
	return s + "  (" + strings.Join(parts, ", ") + ")"
}

func mb(n int64) float64 { return float64(n) / 1e6 }

// ownShare is the copying programs' part of all CPU time; 0 if that of the
// servers is not known.
func (m *measurement) ownShare() float64 {
	if allCPU(m) == 0 {
		return 0
	}
	return m.OwnCPU / allCPU(m)
}

// step measures a part of the run that has no program of its own.
func (m *measurement) step(name string, do func() error) error {
	began := time.Now()
	err := do()
	m.Steps = append(m.Steps, step{name, time.Since(began).Seconds()})
	return err
}

// tailBytes is how much of what a failed program said is shown.
const tailBytes = 2000

// run executes a program and adds what it and its children used. Its output is
// shown if it fails.
func (m *measurement) run(ctx context.Context, program string, args ...string) error {
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdout, cmd.Stderr = &said, &said
	// They end their own children, and understudy its generation.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	err := cmd.Run()
	if cmd.ProcessState != nil {
		usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		m.OwnCPU += seconds(usage.Utime) + seconds(usage.Stime)
		m.PeakRSS = max(m.PeakRSS, residentBytes(usage.Maxrss))
	}
	if err != nil {
		text := said.Bytes()
		return fmt.Errorf("%s: %w\n%s", cmd.Path, err, text[max(0, len(text)-tailBytes):])
	}
	return nil
}

func seconds(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }

// residentBytes: Linux and the BSDs count in kilobytes, macOS in bytes.
func residentBytes(n int64) int64 {
	if runtime.GOOS == "darwin" {
		return n
	}
	return n << 10
}

// cpuWatch reads how much CPU time a cluster uses, from /proc.
type cpuWatch struct {
	postmaster int
	before     float64
}

func watchCPU(s *pgserver.Server) *cpuWatch {
	text, err := os.ReadFile(s.Data() + "/postmaster.pid")
	if err != nil {
		return &cpuWatch{}
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		return &cpuWatch{}
	}
	w := &cpuWatch{postmaster: pid}
	w.before = w.total()
	return w
}

// used is the CPU time since the watch began, 0 if the system does not tell.
func (w *cpuWatch) used() float64 {
	if w.postmaster == 0 {
		return 0
	}
	return w.total() - w.before
}

// cpuTick is the unit of times in /proc on every Linux there is.
const cpuTick = 0.01

// total is what the postmaster and its children have used so far, including
// those that have ended. It is read again if a child ends meanwhile, whose time
// would be missed or counted twice.
func (w *cpuWatch) total() float64 {
	for {
		_, own, reaped, ok := processTimes(w.postmaster)
		if !ok {
			return 0
		}
		sum := own + reaped
		entries, err := os.ReadDir("/proc")
		if err != nil {
			return 0
		}
		for _, e := range entries {
			pid, err := strconv.Atoi(e.Name())
			if err != nil {
				continue
			}
			if parent, used, _, ok := processTimes(pid); ok && parent == w.postmaster {
				sum += used
			}
		}
		if _, _, again, _ := processTimes(w.postmaster); again == reaped {
			return float64(sum) * cpuTick
		}
	}
}

// processTimes reads a process's parent and its CPU time in ticks: its own, and
// that of its children that have ended.
func processTimes(pid int) (parent int, own, reaped int64, ok bool) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, 0, 0, false
	}
	// The second field is the program's name in brackets, with anything in it.
	_, rest, found := strings.Cut(string(text[bytes.LastIndexByte(text, ')')+1:]), " ")
	f := strings.Fields(rest)
	if !found || len(f) < 15 {
		return 0, 0, 0, false
	}
	number := func(i int) int64 {
		n, err := strconv.ParseInt(f[i], 10, 64)
		ok = ok && err == nil
		return n
	}
	ok = true
	return int(number(1)), number(11) + number(12), number(13) + number(14), ok
}

// loadAverage is how busy the machine was during the last minute, -1 if the
// system does not tell.
func loadAverage() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return -1
	}
	first, _, _ := strings.Cut(string(text), " ")
	load, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return -1
	}
	return load
}
