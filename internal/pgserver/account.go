//go:build unix

package pgserver

import (
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/understudy-db/understudy/internal/fault"
)

const (
	dirMode  = 0o700 // PostgreSQL refuses a data folder that others can read
	fileMode = 0o600

	// dirPrefix starts the name of every cluster's folder in the temporary
	// folder; left-overs are recognised by it.
	dirPrefix = "understudy-pg-"
)

// account is the user that a cluster runs as: ourselves, or somebody with
// fewer rights when we are root, because PostgreSQL refuses to run as root.
type account struct {
	uid, gid uint32
	name     string
	switched bool // the account is not the one of this process
}

// serverAccount chooses postgres, failing that nobody, for root.
func serverAccount() (*account, error) {
	if os.Geteuid() != 0 {
		return &account{uid: uint32(os.Geteuid()), gid: uint32(os.Getegid())}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil || uid == 0 {
			continue
		}
		return &account{uid: uint32(uid), gid: uint32(gid), name: name, switched: true}, nil
	}
	return nil, fault.New(fault.Preflight, "PostgreSQL does not run as root, and there is no user postgres or nobody to run it as").
		WithHint("run understudy as an ordinary user")
}

// command prepares a program to run as this account in a session of its own,
// so that a Ctrl-C meant for us does not reach it, and with an environment
// free of the caller's PostgreSQL and locale variables.
func (a *account) command(dir, program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "PG") || strings.HasPrefix(v, "LC_") || strings.HasPrefix(v, "LANG") ||
			strings.HasPrefix(v, "UNDERSTUDY_") || strings.HasPrefix(v, "HOME=")
	}), "LC_ALL=C", "HOME="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if a.switched {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return cmd
}

// own gives a file to the account.
func (a *account) own(path string) error {
	if !a.switched {
		return nil
	}
	return os.Lchown(path, int(a.uid), int(a.gid))
}

// owns tells whether a folder, and no link to one, is the account's.
func (a *account) owns(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Uid == a.uid
}

func (a *account) write(path string, content []byte) error {
	if err := os.WriteFile(path, content, fileMode); err != nil {
		return err
	}
	if err := os.Chmod(path, fileMode); err != nil {
		return err
	}
	return a.own(path)
}

func (a *account) mkdir(path string) error {
	if err := os.Mkdir(path, dirMode); err != nil {
		return err
	}
	return a.own(path)
}

// create opens a file for appending.
func (a *account) create(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR, fileMode)
	if err != nil {
		return nil, err
	}
	if err := a.own(path); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// makeDir makes a cluster's folder: the wanted one, or a new one in the first
// temporary folder that the account can reach.
func (a *account) makeDir(wanted string, memory int64) (string, error) {
	if wanted != "" {
		dir, err := filepath.Abs(wanted)
		if err != nil {
			return "", err
		}
		if err := os.MkdirAll(dir, dirMode); err != nil {
			return "", err
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			return "", err
		}
		if len(entries) > 0 {
			return "", fault.New(fault.Preflight, "folder %s is not empty, and a new cluster needs an empty one", dir)
		}
		if err := a.reach(filepath.Dir(dir)); err != nil {
			return "", err
		}
		return dir, a.give(dir)
	}
	var last error
	for _, parent := range append(memoryDirs(asked(memory)), tempDirs()...) {
		if last = a.reach(parent); last != nil {
			continue
		}
		var dir string
		if dir, last = os.MkdirTemp(parent, dirPrefix); last == nil {
			return dir, a.give(dir)
		}
	}
	return "", last
}

// give makes a folder the account's own.
func (a *account) give(dir string) error {
	if err := os.Chmod(dir, dirMode); err != nil {
		return err
	}
	return a.own(dir)
}

// tempDirs are the folders that clusters may live in.
func tempDirs() []string {
	dirs := []string{filepath.Clean(os.TempDir())}
	for _, dir := range []string{"/tmp", "/var/tmp"} {
		if dir != dirs[0] {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// reach fails if the account cannot get to a folder. Only a switched account
// can lack a right that we have.
func (a *account) reach(dir string) error {
	if !a.switched {
		return nil
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return fault.Wrap(fault.Preflight, err, "folder %s", dir)
	}
	for at := real; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		if err != nil {
			return fault.Wrap(fault.Preflight, err, "folder %s", dir)
		}
		if !a.mayEnter(info) {
			return fault.New(fault.Preflight, "user %s, whom the server runs as, cannot enter %s on the way to %s", a.name, at, dir).
				WithHint("chmod o+x %s, choose another folder, or run understudy as an ordinary user", at)
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}

func (a *account) mayEnter(info os.FileInfo) bool {
	const owner, group, other = 0o100, 0o010, 0o001
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	mode := info.Mode().Perm()
	switch {
	case stat.Uid == a.uid:
		return mode&owner != 0
	case stat.Gid == a.gid:
		return mode&group != 0
	}
	return mode&other != 0
}

// randomText is 26 letters and digits that nobody can guess.
func randomText() string { return rand.Text() }

// asked is how much memory to look for: -1 where none was asked for.
func asked(memory int64) int64 {
	if memory == 0 {
		return -1
	}
	return memory
}
