package pgtest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// Volume is a small file system that holds a part of a cluster's files.
type Volume struct {
	t      testing.TB
	dir    string
	filler string
}

// OnVolume moves a folder of a local cluster's data ("base" for the rows,
// "pg_wal" for the log) to a file system of its own of so many bytes, with a
// restart. The test is skipped where that cannot be made.
func OnVolume(t testing.TB, s *Server, part string, bytes int64) *Volume {
	t.Helper()
	if s.Local == nil {
		t.Skip("pgtest: the files of a server in docker are not at hand")
	}
	if os.Geteuid() != 0 {
		t.Skip("pgtest: only root can mount the small file system that is to be full")
	}
	v := &Volume{t: t, dir: filepath.Join(s.Local.Dir(), "volume-"+part)}
	v.filler = filepath.Join(v.dir, "filler")
	data := filepath.Join(s.Local.Data(), part)
	info, err := os.Stat(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(v.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("none", v.dir, "tmpfs", 0, "mode=755,size="+strconv.FormatInt(bytes, 10)); err != nil {
		t.Skipf("pgtest: a small file system cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		if err := errors.Join(s.Local.Stop(ctx), syscall.Unmount(v.dir, syscall.MNT_DETACH)); err != nil {
			t.Errorf("pgtest: take the volume away: %v", err)
		}
	})
	owner := info.Sys().(*syscall.Stat_t)
	inside := filepath.Join(v.dir, part)
	ctx := context.Background()
	err = errors.Join(s.Local.Stop(ctx), os.Chown(v.dir, int(owner.Uid), int(owner.Gid)))
	if err == nil {
		err = exec.Command("cp", "-a", data, inside).Run()
	}
	if err == nil {
		err = errors.Join(os.RemoveAll(data), os.Symlink(inside, data), s.Local.Restart(ctx))
	}
	if err != nil {
		t.Fatalf("pgtest: move %s to a volume: %v", part, err)
	}
	return v
}

// Free is how many bytes the volume still takes.
func (v *Volume) Free() int64 {
	v.t.Helper()
	var fs syscall.Statfs_t
	if err := syscall.Statfs(v.dir, &fs); err != nil {
		v.t.Fatal(err)
	}
	return int64(fs.Bavail) * fs.Bsize
}

// Fill leaves no more than so many bytes free.
func (v *Volume) Fill(leave int64) {
	v.t.Helper()
	f, err := os.OpenFile(v.filler, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		v.t.Fatal(err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	for v.Free() > leave {
		if _, err := f.Write(page); err != nil && !errors.Is(err, syscall.ENOSPC) {
			v.t.Fatal(err)
		}
	}
}

// Clear takes back what Fill has written.
func (v *Volume) Clear() {
	v.t.Helper()
	if err := os.Remove(v.filler); err != nil && !errors.Is(err, os.ErrNotExist) {
		v.t.Fatal(err)
	}
}
