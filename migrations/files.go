package migrations

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/golang-migrate/migrate/v4/source"

	"github.com/understudy-db/understudy/internal/fault"
)

// maxFileSize is the longest file that is rehearsed. golang-migrate reads a
// whole file into memory, and so do we, several times.
const maxFileSize = 256 << 20

// File is one migration file.
type File struct {
	Name       string
	Version    uint64
	Direction  source.Direction
	Src        string
	Statements []Statement
	SplitErr   error // a *SplitError: the file cannot be taken apart
	Waivers    []Waiver
}

// Pair is what golang-migrate has of one version. Up or Down is nil where the
// file is missing: golang-migrate then does nothing and reports success.
type Pair struct {
	Version uint64
	Title   string
	Up      *File
	Down    *File
}

// Folder is a directory of golang-migrate files.
type Folder struct {
	Pairs    []*Pair // by version
	Findings []Finding
	OpenErr  error // golang-migrate refuses to open the folder, and why
}

// ReadFolder reads the files of a directory as golang-migrate's file source
// does, by the same expression, and says what golang-migrate passes over.
func ReadFolder(dir fs.FS) (*Folder, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, fault.Wrap(fault.Usage, err, "read the migrations")
	}
	f := &Folder{}
	byVersion := map[uint64]*Pair{}
	for _, e := range entries {
		m, err := source.DefaultParse(e.Name())
		switch {
		case e.IsDir():
			if err := f.nested(dir, e.Name()); err != nil {
				return nil, err
			}
			continue
		case err != nil:
			f.passedOver(e.Name(), err)
			continue
		}
		file, err := readFile(dir, e.Name(), m)
		if err != nil {
			return nil, err
		}
		p := byVersion[file.Version]
		if p == nil {
			p = &Pair{Version: file.Version, Title: m.Identifier}
			byVersion[file.Version] = p
			f.Pairs = append(f.Pairs, p)
		}
		slot := &p.Up
		if m.Direction == source.Down {
			slot = &p.Down
		}
		if *slot != nil {
			f.duplicate(*slot, file)
			continue
		}
		*slot = file
		f.doubtfulName(file)
	}
	slices.SortFunc(f.Pairs, func(a, b *Pair) int {
		if a.Version < b.Version {
			return -1
		}
		return 1
	})
	if len(f.Pairs) == 0 {
		for _, found := range f.Findings {
			if found.Severity == Blocker {
				return nil, fault.New(fault.Usage, "%s: %s", found.File, found.Message).WithHint("%s", found.Fix)
			}
		}
		return nil, fault.New(fault.Usage, "no file has a name like 1_title.up.sql").
			WithHint("name the folder that holds the migrations themselves; golang-migrate does not look into folders below it")
	}
	f.missing()
	return f, nil
}

func readFile(dir fs.FS, name string, m *source.Migration) (*File, error) {
	if info, err := fs.Stat(dir, name); err == nil && info.Size() > maxFileSize {
		return nil, fault.New(fault.Usage, "%s has %d MB; at most %d MB are rehearsed", name, info.Size()>>20, maxFileSize>>20)
	}
	b, err := fs.ReadFile(dir, name)
	if err != nil {
		return nil, fault.Wrap(fault.Usage, err, "read a migration")
	}
	return &File{Name: name, Version: uint64(m.Version), Direction: m.Direction, Src: string(b)}, nil
}

func (f *Folder) find(rule string, s Severity, file, message, fix string) {
	f.Findings = append(f.Findings, Finding{Rule: rule, Severity: s, Basis: Static, File: file, Message: message, Fix: fix})
}

// nested reports migrations in a folder below, which golang-migrate never sees.
func (f *Folder) nested(dir fs.FS, name string) error {
	entries, err := fs.ReadDir(dir, name)
	if err != nil {
		return fault.Wrap(fault.Usage, err, "read the migrations")
	}
	for _, e := range entries {
		if _, err := source.DefaultParse(e.Name()); err == nil && !e.IsDir() {
			f.find("ignored-file", Medium, path.Join(name, e.Name()), "golang-migrate does not look into folders: the migrations in "+name+"/ are not run with those above", "give "+name+" as a path of its own, or move its files up")
			break
		}
	}
	return nil
}

// passedOver reports a file that golang-migrate leaves out without a word.
func (f *Folder) passedOver(name string, err error) {
	lower := strings.ToLower(name)
	if !strings.HasSuffix(lower, ".sql") {
		return
	}
	if !errors.Is(err, source.ErrParse) {
		f.find("ignored-file", Blocker, name, "golang-migrate passes this file over without a word: its version does not fit into 64 bits", "give it a smaller version")
		return
	}
	if name[0] < '0' || name[0] > '9' {
		f.find("ignored-file", Info, name, "golang-migrate passes this file over: its name does not begin with a version", "")
		return
	}
	wrong := "its name is not VERSION_title.up.sql or VERSION_title.down.sql"
	if m, err := source.DefaultParse(lower); err == nil && m != nil {
		wrong = "up and down must be in lower case"
	}
	f.find("ignored-file", Blocker, name, "golang-migrate passes this file over without a word: "+wrong, "rename it, for example to "+suggestedName(lower))
}

// suggestedName is a name that golang-migrate takes, near the given one.
func suggestedName(lower string) string {
	base := strings.TrimSuffix(lower, ".sql")
	digits := strings.IndexFunc(base, func(r rune) bool { return r < '0' || r > '9' })
	if digits < 0 {
		return base + "_title.up.sql"
	}
	version, title := base[:digits], strings.TrimLeft(base[digits:], "_-. ")
	direction := "up"
	for _, d := range []string{"up", "down"} {
		if t := strings.TrimSuffix(title, "."+d); t != title {
			title, direction = t, d
		}
	}
	if title == "" || title == "up" || title == "down" {
		title = "title"
	}
	return version + "_" + title + "." + direction + ".sql"
}

func (f *Folder) duplicate(first, second *File) {
	if f.OpenErr == nil {
		f.OpenErr = fmt.Errorf("duplicate migration file: %s", second.Name)
	}
	f.find("duplicate-version", Blocker, second.Name,
		fmt.Sprintf("%s has the same version, %d: golang-migrate refuses to open the folder", first.Name, second.Version), "give one of them another version; leading zeros do not count")
}

func (f *Folder) doubtfulName(file *File) {
	other := map[source.Direction]string{source.Up: ".down.", source.Down: ".up."}[file.Direction]
	if strings.Contains(file.Name, other) {
		f.find("doubtful-direction", High, file.Name,
			fmt.Sprintf("the name holds both directions; golang-migrate runs this file as %q, by the last of them", file.Direction), "keep one of .up. and .down. in the name")
	}
}

// missing reports versions that lack one of their two files.
func (f *Folder) missing() {
	for _, p := range f.Pairs {
		switch {
		case p.Up == nil:
			f.find("no-up-file", High, p.Down.Name, fmt.Sprintf("version %d has no up file: golang-migrate does nothing and marks it as done", p.Version), "")
		case p.Down == nil:
			f.find("no-down-file", Info, p.Up.Name, fmt.Sprintf("version %d has no down file: golang-migrate does nothing on the way down and marks it as undone", p.Version), "")
		}
	}
}

// Empty tells whether a file holds no statement.
func (f *File) Empty() bool { return f.SplitErr == nil && len(f.Statements) == 0 }

// split takes every file apart into its statements.
func (f *Folder) split() {
	for _, p := range f.Pairs {
		for _, file := range []*File{p.Up, p.Down} {
			if file != nil {
				file.Statements, file.SplitErr = Split(file.Src, true)
			}
		}
	}
}
