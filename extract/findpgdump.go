package extract

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/understudy-db/understudy/internal/fault"
)

// PgDump is a pg_dump program.
type PgDump struct {
	Path  string
	Major int // as its --version says
}

const (
	// versionTimeout bounds the question for a version to one program, which may
	// be on a dead network mount.
	versionTimeout = 10 * time.Second
	// versionGrace is how long what such a program has started may go on.
	versionGrace = time.Second
)

// FindPgDump finds a pg_dump that can dump a server of the given major version:
// at least as new as the server. wish is the path of the only program to
// consider, or a major version to look for, or empty for any. Among several it
// takes the oldest, whose SQL every target understands that is as new as the
// source. The programs that are tried do not inherit the variables named by
// secrets.
func FindPgDump(ctx context.Context, wish string, major int, secrets ...string) (PgDump, error) {
	only, err := strconv.Atoi(wish)
	byVersion := err == nil
	if wish != "" && !byVersion {
		return pgDumpAt(ctx, wish, major, secrets)
	}
	if byVersion && only < major {
		return PgDump{}, fault.New(fault.Preflight, "tools.pg_dump asks for version %d, and a pg_dump of %d cannot dump a server of %d", only, only, major).
			WithHint("set tools.pg_dump to %d or newer, or leave it out", major)
	}
	var best PgDump
	var unfit []string
	for _, candidate := range dumpCandidates() {
		v, err := pgDumpMajor(ctx, candidate, secrets)
		switch {
		case err != nil:
		case v < major, byVersion && v != only:
			unfit = append(unfit, fmt.Sprintf("%s (%d)", candidate, v))
		case best.Path == "" || v < best.Major:
			best = PgDump{Path: candidate, Major: v}
		}
	}
	switch {
	case best.Path != "":
		return best, nil
	case byVersion:
		return PgDump{}, fault.New(fault.Preflight, "no pg_dump of version %d, which tools.pg_dump asks for, was found, but: %s", only, orNone(unfit)).
			WithHint("%s", dumpRemedy(only))
	case len(unfit) > 0:
		return PgDump{}, fault.New(fault.Preflight, "the source is PostgreSQL %d, and every pg_dump found is older: %s", major, strings.Join(unfit, ", ")).
			WithHint("%s", dumpRemedy(major))
	}
	return PgDump{}, fault.New(fault.Preflight, "pg_dump is not installed; it is needed for the source's schema").WithHint("%s", dumpRemedy(major))
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// pgDumpAt is the program at a path, if it fits.
func pgDumpAt(ctx context.Context, path string, major int, secrets []string) (PgDump, error) {
	v, err := pgDumpMajor(ctx, path, secrets)
	switch {
	case err == nil && v >= major:
		return PgDump{Path: path, Major: v}, nil
	case err == nil:
		return PgDump{}, fault.New(fault.Preflight, "%s is of PostgreSQL %d and cannot dump a server of %d", path, v, major).
			WithHint("%s", dumpRemedy(major))
	}
	f := fault.Wrap(fault.Preflight, err, "tools.pg_dump: run pg_dump at %s", path)
	info, statErr := os.Stat(path)
	switch {
	case statErr == nil && info.IsDir():
		return PgDump{}, f.WithHint("name the program, not its folder: %s", filepath.Join(path, "pg_dump"))
	case errors.Is(err, fs.ErrPermission):
		return PgDump{}, f.WithHint("chmod +x %s, or name another one with tools.pg_dump", path)
	}
	return PgDump{}, f.WithHint("%s", dumpRemedy(major))
}

// Check compares the version that the program has given with that in the
// archive it wrote, e.g. 17.5. A wrapper that runs a program of another version
// than it claims would not heed our options.
func (d PgDump) Check(wrote string) error {
	if versionDigits.FindString(wrote) == strconv.Itoa(d.Major) {
		return nil
	}
	return fault.New(fault.Preflight, "%s says that it is of version %d, and what it has written is of pg_dump %s", d.Path, d.Major, wrote).
		WithHint("%s", d.wrapper())
}

var versionDigits = regexp.MustCompile(`^\d+`)

// wrapper is the way out where a program is not what it says.
func (d PgDump) wrapper() string {
	return fmt.Sprintf("%s seems to choose between several programs: name the one meant with tools.pg_dump, by its own path", d.Path)
}

// dumpCandidates lists every pg_dump that may be there. Those in folders named
// by version come before PATH, where a wrapper may stand for any of them.
func dumpCandidates() []string {
	var out []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin/pg_dump", // Debian, Ubuntu
		"/usr/pgsql-*/bin/pg_dump",          // PGDG on Red Hat, SUSE
		"/usr/lib/postgresql*/bin/pg_dump",  // SUSE, Gentoo
		"/usr/libexec/postgresql*/pg_dump",  // Alpine
		"/usr/local/pgsql/bin/pg_dump",      // from source
		"/opt/homebrew/opt/*/bin/pg_dump",   // Homebrew
		"/usr/local/opt/*/bin/pg_dump",      // Homebrew on Intel
		"/home/linuxbrew/.linuxbrew/opt/*/bin/pg_dump",
		"/opt/local/lib/postgresql*/bin/pg_dump", // MacPorts
		"/Applications/Postgres.app/Contents/Versions/*/bin/pg_dump",
		"/Library/PostgreSQL/*/bin/pg_dump", // EDB
		`C:\Program Files\PostgreSQL\*\bin\pg_dump.exe`,
	} {
		found, err := filepath.Glob(pattern)
		if err == nil {
			out = append(out, found...)
		}
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			dir = real // /bin is often /usr/bin
		}
		path, err := exec.LookPath(filepath.Join(dir, "pg_dump"))
		if err == nil && filepath.IsAbs(path) && !slices.Contains(out, path) {
			out = append(out, path)
		}
	}
	return out
}

// dumpVersion is what pg_dump says of itself, and no other program.
var dumpVersion = regexp.MustCompile(`^pg_dump \(PostgreSQL\) (\d+)(?:\.\d+|beta\d+|rc\d+|devel)`)

func pgDumpMajor(ctx context.Context, path string, secrets []string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, versionTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "--version")
	cmd.Env, cmd.WaitDelay = withoutSecrets(os.Environ(), secrets), versionGrace
	out, err := cmd.Output()
	if err != nil {
		return 0, err
	}
	m := dumpVersion.FindSubmatch(out)
	if m == nil {
		return 0, errors.New("it does not say that it is a pg_dump: its --version names no version of one")
	}
	return strconv.Atoi(string(m[1]))
}

// dumpRemedy is the command that installs a pg_dump new enough.
func dumpRemedy(major int) string {
	give := "; or name one with tools.pg_dump"
	switch runtime.GOOS {
	case "darwin":
		return fmt.Sprintf("brew install postgresql@%d%s", major, give)
	case "windows":
		return fmt.Sprintf("winget install PostgreSQL.PostgreSQL.%d%s", major, give)
	}
	for _, tool := range []struct{ name, command string }{
		{"apt-get", "apt-get install postgresql-client-%d (from https://apt.postgresql.org where the system's own is older)"},
		{"apk", "apk add postgresql%d-client"},
		{"dnf", "dnf install postgresql%d (from https://yum.postgresql.org)"},
		{"zypper", "zypper install postgresql%d"},
	} {
		if _, err := exec.LookPath(tool.name); err == nil {
			return fmt.Sprintf(tool.command, major) + give
		}
	}
	return fmt.Sprintf("install the client programs of PostgreSQL %d or newer%s", major, give)
}
