package migrations

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/golang-migrate/migrate/v4/source"

	"github.com/understudy-db/understudy/internal/fault"
)

// Range is the folder of migrations at the two ends of a range of git revisions.
type Range struct {
	Since string            // the older end, as written
	Dir   string            // the folder at the newer end
	Files map[string]string // its files at the older end, by name

	remove bool // Dir is a copy of ours
}

// OpenRange reads dir at both ends of A..B, or of A and the working tree. It
// runs git, which must know dir; Close ends it. Errors are of kind Usage.
func OpenRange(ctx context.Context, dir, revisions string) (*Range, error) {
	older, newer, both := strings.Cut(revisions, "..")
	r := &Range{Since: older, Dir: dir, Files: map[string]string{}}
	if older == "" || strings.HasPrefix(newer, ".") {
		return nil, fault.New(fault.Usage, "%q is no range of revisions", revisions).WithHint("use A for all since A, or A..B")
	}
	err := gitFiles(ctx, dir, older, func(name string, b []byte) error {
		r.Files[name] = string(b)
		return nil
	})
	if err != nil || !both || newer == "" {
		return r, err
	}
	if r.Dir, err = os.MkdirTemp("", "understudy-migrations-"); err != nil {
		return nil, fault.Wrap(fault.Other, err, "make a folder for the migrations of %s", newer)
	}
	r.remove = true
	err = gitFiles(ctx, dir, newer, func(name string, b []byte) error {
		return os.WriteFile(filepath.Join(r.Dir, name), b, 0o600)
	})
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Close removes what OpenRange has written.
func (r *Range) Close() error {
	if !r.remove {
		return nil
	}
	return os.RemoveAll(r.Dir)
}

// gitFiles hands over the files of a folder, without those of folders below, as
// they are in a revision. A folder that the revision does not have has none.
func gitFiles(ctx context.Context, dir, revision string, file func(name string, b []byte) error) error {
	git := func(args ...string) ([]byte, error) {
		var errs bytes.Buffer
		c := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...)
		c.Stderr = &errs
		out, err := c.Output()
		if errors.Is(err, exec.ErrNotFound) {
			return nil, fault.New(fault.Usage, "git is needed to read migrations of another revision, and is not installed")
		}
		if err != nil {
			text, _, _ := strings.Cut(strings.TrimSpace(errs.String()), "\n")
			return nil, fault.New(fault.Usage, "git: %s", text)
		}
		return out, nil
	}
	commit, err := git("rev-parse", "--verify", "--end-of-options", revision+"^{commit}")
	if err != nil {
		return fault.Wrap(fault.Usage, err, "find the revision %s", revision).WithHint("a shallow clone lacks older revisions: fetch them (fetch-depth: 0), or name one that is there")
	}
	prefix, err := git("rev-parse", "--show-prefix")
	if err != nil {
		return err
	}
	top, err := git("rev-parse", "--show-toplevel")
	if err != nil {
		return err
	}
	dir = strings.TrimRight(string(top), "\n")
	// The prefix is the folder's path in the repository, or nothing at its root.
	tree := strings.TrimSpace(string(commit)) + ":" + strings.TrimSuffix(strings.TrimRight(string(prefix), "\n"), "/")
	if _, err := git("cat-file", "-e", tree); err != nil {
		return nil //nolint:nilerr // the folder is younger than the revision
	}
	archive, err := git("archive", "--format=tar", tree)
	if err != nil {
		return err
	}
	for t := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fault.Wrap(fault.Other, err, "read what git archive wrote")
		}
		if h.Typeflag != tar.TypeReg || strings.ContainsRune(h.Name, '/') {
			continue
		}
		b, err := io.ReadAll(t)
		if err == nil {
			err = file(h.Name, b)
		}
		if err != nil {
			return fault.Wrap(fault.Other, err, "read %s of %s", h.Name, revision)
		}
	}
}

// since compares the folder with the older end of the range: files that have
// changed or gone since, which databases have run already, and files that come
// before the last of then, which golang-migrate passes over there. Versions
// that were there are known.
func (r *rehearsal) since() {
	if r.Since == nil {
		return
	}
	find := func(rule string, s Severity, file, message, fix string) {
		r.report.Folder = append(r.report.Folder, Finding{Rule: rule, Severity: s, Basis: Static, File: file, Message: message, Fix: fix})
	}
	var last uint64
	up := map[uint64]string{}
	for name := range r.Since.Files {
		if m, err := source.DefaultParse(name); err == nil {
			last = max(last, uint64(m.Version))
			if m.Direction == source.Up {
				up[uint64(m.Version)] = name
			}
		}
	}
	for _, res := range r.report.Migrations {
		name, known := up[res.Version]
		delete(up, res.Version)
		switch {
		case known && res.pair.Up == nil:
			find("removed-file", High, name, fmt.Sprintf("the file was there at %s and is gone: databases that ran it cannot be made again from the folder", r.Since.Since), "put it back, and undo it by a new file")
		case known && res.pair.Up.Src != r.Since.Files[name]:
			find("changed-file", High, res.File, fmt.Sprintf("the file has changed since %s: databases that ran it keep what it did then, and golang-migrate does not run it again", r.Since.Since), "leave it as it was, and make the change by a new file")
		case !known && len(r.Since.Files) > 0 && res.Version < last && res.pair.Up != nil:
			find("out-of-order", Blocker, res.File, fmt.Sprintf("the folder of %s goes up to version %d: golang-migrate passes a lower one over without a word on databases that are there", r.Since.Since, last), fmt.Sprintf("give it a version above %d", last))
		}
		res.known = known
	}
	for version, name := range up {
		text := "the file was there at %s and is gone: databases that ran it cannot be made again from the folder"
		if version == last {
			text = "the file was there at %s and is gone: golang-migrate refuses to run on databases that are at its version (file does not exist)"
		}
		find("removed-file", High, name, fmt.Sprintf(text, r.Since.Since), "put it back, and undo it by a new file")
	}
}
