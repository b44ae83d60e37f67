package pgserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/understudy-db/understudy/internal/fault"
)

// BinVariable names the environment variable that points at the folder with
// PostgreSQL's programs. When it is set nothing else is looked at.
const BinVariable = "UNDERSTUDY_PG_BIN"

// versionTimeout bounds the question "which version are you" to one program;
// a program on a dead network mount must not hang the search.
const versionTimeout = 10 * time.Second

// needed are the programs that a folder must hold to count as an installation.
// Debian's /usr/bin has wrappers for the clients but no initdb, and is rightly
// passed over.
var needed = []string{"initdb", "postgres", "pg_ctl", "pg_dump", "psql"}

// Programs is one installation of PostgreSQL.
type Programs struct {
	Dir   string // folder with initdb, postgres, pg_ctl, pg_dump, psql
	Major int    // major version, such as 17
}

// Path is the full path of one program.
func (p Programs) Path(name string) string { return filepath.Join(p.Dir, name) }

// Find looks for an installation of the given major version, or for the
// newest one if major is 0. UNDERSTUDY_PG_BIN decides alone when it is set;
// otherwise PATH, pg_config and the usual folders of Linux distributions,
// Homebrew and Postgres.app are searched. The error names what was searched
// and carries the command that installs PostgreSQL on this machine.
func Find(major int) (Programs, error) {
	all, err := FindAll()
	if err != nil {
		return Programs{}, err
	}
	var have []string
	for _, p := range all {
		if major == 0 || p.Major == major {
			return p, nil
		}
		have = append(have, strconv.Itoa(p.Major))
	}
	switch {
	case len(have) > 0:
		return Programs{}, fault.New(fault.Preflight, "PostgreSQL %d's programs are not installed here (found %s)",
			major, strings.Join(have, ", ")).WithHint("%s", installHint(major))
	case major != 0:
		return Programs{}, fault.New(fault.Preflight, "PostgreSQL %d's server programs (%s) are not installed here",
			major, strings.Join(needed, ", ")).WithHint("%s", installHint(major))
	default:
		return Programs{}, fault.New(fault.Preflight, "PostgreSQL's server programs (%s) are not installed here",
			strings.Join(needed, ", ")).WithHint("%s", installHint(0))
	}
}

// FindAll is every installation found, the newest first, one for each folder.
func FindAll() ([]Programs, error) {
	if dir := os.Getenv(BinVariable); dir != "" {
		p, err := At(dir)
		if err != nil {
			return nil, fault.Wrap(fault.Preflight, err, "%s=%s", BinVariable, dir).
				WithHint("set it to the folder that holds %s, or unset it", strings.Join(needed, ", "))
		}
		return []Programs{p}, nil
	}
	var all []Programs
	seen := map[string]bool{}
	for _, dir := range candidates() {
		real, err := filepath.EvalSymlinks(dir)
		if err != nil || seen[real] {
			continue
		}
		seen[real] = true
		if p, err := At(real); err == nil {
			all = append(all, p)
		}
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].Major > all[j].Major })
	return all, nil
}

// candidates are the folders worth a look, in order of preference among
// installations of the same major version.
func candidates() []string {
	dirs := filepath.SplitList(os.Getenv("PATH"))
	if config, err := exec.LookPath("pg_config"); err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), versionTimeout)
		defer cancel()
		if out, err := exec.CommandContext(ctx, config, "--bindir").Output(); err == nil {
			dirs = append(dirs, strings.TrimSpace(string(out)))
		}
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",         // Debian, Ubuntu
		"/usr/pgsql-*/bin",                  // packages of postgresql.org for Red Hat and SUSE
		"/usr/lib/postgresql*/bin",          // SUSE
		"/usr/libexec/postgresql*",          // Alpine
		"/usr/local/pgsql/bin",              // built from source
		"/usr/local/opt/postgresql*/bin",    // Homebrew on Intel
		"/opt/homebrew/opt/postgresql*/bin", // Homebrew on Apple silicon
		"/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
		"/Library/PostgreSQL/*/bin",      // EnterpriseDB's installer
		"/opt/local/lib/postgresql*/bin", // MacPorts
	} {
		matches, err := filepath.Glob(pattern)
		if err == nil {
			dirs = append(dirs, matches...)
		}
	}
	return dirs
}

var versionText = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// At is the installation in a folder, whole and of whatever version.
func At(dir string) (Programs, error) {
	p := Programs{Dir: dir}
	var missing []string
	for _, name := range needed {
		info, err := os.Stat(p.Path(name))
		if err != nil || info.IsDir() {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return p, fmt.Errorf("%s: not found there", strings.Join(missing, ", "))
	}
	ctx, cancel := context.WithTimeout(context.Background(), versionTimeout)
	defer cancel()
	out, err := exec.CommandContext(ctx, p.Path("postgres"), "--version").Output()
	if err != nil {
		return p, fmt.Errorf("postgres --version: %w", err)
	}
	m := versionText.FindSubmatch(out)
	if m == nil {
		return p, errors.New("postgres --version: no version in its output")
	}
	p.Major, err = strconv.Atoi(string(m[1]))
	return p, err
}

// installHint is the command that installs PostgreSQL's server programs with
// the package manager of this machine.
func installHint(major int) string {
	has := func(name string) bool { _, err := exec.LookPath(name); return err == nil }
	version := ""
	if major != 0 {
		version = strconv.Itoa(major)
	}
	sudo := ""
	if os.Geteuid() != 0 {
		sudo = "sudo "
	}
	switch {
	case runtime.GOOS == "darwin" && version != "":
		return "brew install postgresql@" + version
	case runtime.GOOS == "darwin":
		return "brew install postgresql"
	case has("apt-get") && version != "":
		return sudo + "apt-get install postgresql-" + version
	case has("apt-get"):
		return sudo + "apt-get install postgresql"
	case has("dnf"):
		return sudo + "dnf install postgresql" + version + "-server postgresql" + version
	case has("apk"):
		return sudo + "apk add postgresql" + version + " postgresql" + version + "-client"
	case has("pacman"):
		return sudo + "pacman -S postgresql"
	}
	return "install PostgreSQL's server package, or set " + BinVariable + " to the folder with its programs"
}
