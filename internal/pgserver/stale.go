//go:build unix

package pgserver

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/understudy-db/understudy/internal/fault"
)

// lockName is the file in a cluster's folder on which its process holds a
// lock as long as it lives. A folder whose lock can be had is a left-over; a
// folder without the file is none of ours, or was detached on purpose.
const lockName = "lock"

// staleGrace is how long the server of a left-over may take to end. One that
// the system does not bury (no init process in a container) stays a zombie.
const staleGrace = 5 * time.Second

// lockDir takes the lock. The file gets its name once it is locked, so that
// nobody finds it unlocked in between.
func lockDir(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, lockName)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fault.Wrap(fault.Other, err, "lock %s", f.Name()), f.Close())
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, lockName)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// unlockDir makes a folder nobody's: no later start will take it for a
// left-over.
func unlockDir(dir string, lock *os.File) error {
	err := os.Remove(filepath.Join(dir, lockName))
	if lock != nil {
		err = errors.Join(err, lock.Close())
	}
	return err
}

// removeStale stops and deletes our clusters whose process has gone without
// its watchdog. Other users' folders are left alone, also by root.
func removeStale(a *account) {
	for _, parent := range append(memoryDirs(0), tempDirs()...) {
		dirs, err := filepath.Glob(filepath.Join(parent, dirPrefix+"*"))
		if err != nil {
			continue
		}
		for _, dir := range dirs {
			if a.owns(dir) {
				removeIfStale(dir)
			}
		}
	}
}

func removeIfStale(dir string) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return
	}
	defer f.Close()
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		return
	}
	if lines := postmasterFile(filepath.Join(dir, "data")); len(lines) > 0 {
		pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
		if err == nil && pid > 1 && strings.Contains(commandLine(pid), dir) {
			end(pid)
		}
	}
	_ = os.RemoveAll(dir)
}

// end stops a server at once and waits until it has gone, so that it does not
// write into a folder that is being deleted.
func end(pid int) {
	if syscall.Kill(pid, syscall.SIGQUIT) != nil {
		return
	}
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for deadline := time.After(staleGrace); syscall.Kill(pid, 0) == nil; {
		select {
		case <-tick.C:
		case <-deadline:
			return
		}
	}
}

// commandLine is how a process was started, empty if there is none. A process
// number alone may belong to somebody else by now.
func commandLine(pid int) string {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	if err == nil {
		return strings.ReplaceAll(string(text), "\x00", " ")
	}
	out, err := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return ""
	}
	return string(out)
}
