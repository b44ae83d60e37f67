package extract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// DumpOptions say what the schema leaves out.
type DumpOptions struct {
	// ExcludeExtensions is a wish: pg_dump heeds it from version 17 on, so
	// whoever reads the archive filters too.
	ExcludeExtensions []string
}

// PgDump is a pg_dump program.
type PgDump struct {
	Path  string
	Major int
}

const (
	// dumpTries bounds how often pg_dump is started when it does not get its
	// locks, or gives way.
	dumpTries = 4
	// dumpGrace is how long pg_dump may take to stop when told to.
	dumpGrace = 5 * time.Second
)

// DumpSchema writes the schema as of the snapshot to w, in pg_dump's custom
// format. For its short run pg_dump holds ACCESS SHARE locks on all tables; it
// gives way to others as readers do, and is tried again as long as nothing has
// been written. A *fault.Error of kind Preflight says that no pg_dump fits.
func (s *Source) DumpSchema(ctx context.Context, w io.Writer, o DumpOptions) error {
	dump, err := FindPgDump(ctx, s.cfg.PgDump, s.opener.server.version/10000, s.cfg.SecretVariables...)
	if err != nil {
		return err
	}
	ctx, stop := s.end.bind(ctx)
	defer stop()
	// pg_dump takes a reader's place among the source's connections.
	r, err := s.pool.place(ctx)
	if err != nil {
		return err
	}
	defer s.pool.put(r)
	r.disconnect()

	for try := 1; ; try++ {
		s.watcher.dumpYield()
		written, err := s.runPgDump(ctx, dump, w, o)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("dump the schema: %w", context.Cause(ctx))
		}
		if to := s.watcher.dumpYield(); to != nil {
			err = fault.New(fault.Transient, "dump the schema: gave way to %s, which had waited for %s", to.who(), to.Waited.Round(time.Millisecond))
		}
		if written || try == dumpTries || !fault.Is(err, fault.Transient) {
			return err
		}
		s.cfg.Log.Info("pg_dump is tried again", "error", err)
		select {
		case <-time.After(s.watcher.tm.dumpRetry):
		case <-ctx.Done():
		}
	}
}

func (s *Source) runPgDump(ctx context.Context, dump PgDump, w io.Writer, o DumpOptions) (written bool, err error) {
	id, err := s.keepers.id()
	if err != nil {
		return false, err
	}
	env, err := dumpEnv(s.cfg.DSN, s.opener.addr, s.opener.name, s.cfg.SecretVariables)
	if err != nil {
		return false, err
	}
	args := []string{
		"--format=custom", "--compress=0", "--schema-only", "--snapshot=" + id,
		"--no-subscriptions", "--no-security-labels", "--quote-all-identifiers", "--no-password",
		"--lock-wait-timeout=" + milliseconds(s.cfg.LockTimeout), "--encoding=" + s.dumpEncoding(),
	}
	if dump.Major >= 17 {
		for _, name := range o.ExcludeExtensions {
			args = append(args, "--exclude-extension="+catalog.QuoteIdent(name))
		}
	}
	if dump.Major >= 18 {
		args = append(args, "--no-statistics") // they hold real values
	}
	out := &countingWriter{w: w}
	var said ends
	cmd := exec.CommandContext(ctx, dump.Path, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, out, &said
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = dumpGrace
	err = cmd.Run()
	switch {
	case err == nil:
		return true, nil
	case out.err != nil:
		return true, fmt.Errorf("dump the schema: %w", out.err)
	}
	words := said.scrubbed(s.cfg.DSN)
	f := fault.New(fault.Other, "dump the schema: pg_dump failed: %s", words)
	var exit *exec.ExitError
	switch {
	case !errors.As(err, &exit):
		f = fault.Wrap(fault.Preflight, err, "dump the schema: start pg_dump")
	case strings.Contains(words, "LOCK TABLE"):
		// pg_dump names the query; the server's words may be in any language.
		if refused := s.unreadable(ctx); refused != nil {
			return out.n > 0, refused
		}
		if full := s.lockTableFull(ctx, words); full != nil {
			return out.n > 0, full
		}
		f.Kind = fault.Transient
		f.Hint = "a statement on the source holds or waits for ACCESS EXCLUSIVE: try again when it is done"
	case strings.Contains(words, "TRANSACTION SNAPSHOT"):
		s.keepers.suspect(ctx)
		f.Kind = fault.Transient
	case strings.Contains(words, "connection to server"):
		f.Kind = fault.Transient
	}
	return out.n > 0, f
}

// unreadable tells which tables the role may not lock, nil if that is not why
// pg_dump failed.
func (s *Source) unreadable(ctx context.Context) error {
	p := &ProbeResult{}
	err := s.watcher.fresh(ctx, func(ctx context.Context, conn *session) error {
		p.Unreadable = nil
		if err := p.role(ctx, conn); err != nil {
			return err
		}
		return p.privileges(ctx, conn)
	})
	if err != nil || len(p.Unreadable) == 0 {
		return nil
	}
	return fault.New(fault.Preflight, "dump the schema: role %s may not read %s", catalog.Display(p.Role), p.unreadable()).
		WithHint("%s", p.grants())
}

// lockTableFull explains a pg_dump that found no room for its locks, nil if
// that is not why it failed. The name of the setting, which the server's hint
// gives, is the same in every language.
func (s *Source) lockTableFull(ctx context.Context, words string) error {
	const setting = "max_locks_per_transaction"
	if !strings.Contains(words, setting) {
		return nil
	}
	p := &ProbeResult{}
	if err := s.watcher.fresh(ctx, func(ctx context.Context, conn *session) error { return p.locks(ctx, conn) }); err != nil {
		return nil
	}
	return fault.New(fault.Preflight, "dump the schema: pg_dump locks all %d tables, and the source's lock table has room for about %d locks of all its sessions", p.Locks.Tables, p.Locks.Capacity).
		WithHint("raise %s on the source (or a standby to read from) and restart it", setting)
}

// dumpEncoding is the encoding that our own sessions speak: pg_dump's default is
// what the role, the database or the server prescribes.
func (s *Source) dumpEncoding() string {
	if s.cat.Database.Encoding == "SQL_ASCII" {
		return "SQL_ASCII"
	}
	return "UTF8"
}

var dumpVersion = regexp.MustCompile(`(\d+)(?:\.\d+|beta\d+|rc\d+|devel)`)

// FindPgDump finds a pg_dump that can dump a server of the given major version:
// at least as new as the server. Among several it takes the oldest, whose SQL
// every target understands that is as new as the source. With a path, only that
// program is considered. The programs that are tried do not inherit the variables
// named by secrets.
func FindPgDump(ctx context.Context, path string, major int, secrets ...string) (PgDump, error) {
	if path != "" {
		v, err := pgDumpMajor(ctx, path, secrets)
		if err != nil {
			return PgDump{}, fault.Wrap(fault.Preflight, err, "run pg_dump at %s", path).WithHint("%s", dumpRemedy(major))
		}
		if v < major {
			return PgDump{}, fault.New(fault.Preflight, "%s is of PostgreSQL %d and cannot dump a server of %d", path, v, major).
				WithHint("%s", dumpRemedy(major))
		}
		return PgDump{Path: path, Major: v}, nil
	}
	var best PgDump
	var tooOld []string
	for _, candidate := range dumpCandidates() {
		v, err := pgDumpMajor(ctx, candidate, secrets)
		switch {
		case err != nil:
		case v < major:
			tooOld = append(tooOld, fmt.Sprintf("%s (%d)", candidate, v))
		case best.Path == "" || v < best.Major:
			best = PgDump{Path: candidate, Major: v}
		}
	}
	switch {
	case best.Path != "":
		return best, nil
	case len(tooOld) > 0:
		return PgDump{}, fault.New(fault.Preflight, "the source is PostgreSQL %d, and every pg_dump found is older: %s", major, strings.Join(tooOld, ", ")).
			WithHint("%s", dumpRemedy(major))
	}
	return PgDump{}, fault.New(fault.Preflight, "pg_dump is not installed; it is needed for the source's schema").WithHint("%s", dumpRemedy(major))
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
	if path, err := exec.LookPath("pg_dump"); err == nil && !slices.Contains(out, path) {
		out = append(out, path)
	}
	return out
}

func pgDumpMajor(ctx context.Context, path string, secrets []string) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "--version")
	cmd.Env = withoutSecrets(os.Environ(), secrets)
	out, err := cmd.Output()
	if err != nil {
		return 0, err
	}
	m := dumpVersion.FindSubmatch(out)
	if m == nil {
		return 0, errors.New("its --version does not name a version")
	}
	return strconv.Atoi(string(m[1]))
}

// dumpRemedy is the command that installs a pg_dump new enough.
func dumpRemedy(major int) string {
	give := "; or name one with source.pg_dump"
	switch runtime.GOOS {
	case "darwin":
		return fmt.Sprintf("brew install postgresql@%d%s", major, give)
	case "windows":
		return fmt.Sprintf("winget install PostgreSQL.PostgreSQL.%d%s", major, give)
	}
	for tool, command := range map[string]string{
		"apt-get": "apt-get install postgresql-client-%d (from https://apt.postgresql.org where the system's own is older)",
		"apk":     "apk add postgresql%d-client",
		"dnf":     "dnf install postgresql%d (from https://yum.postgresql.org)",
		"zypper":  "zypper install postgresql%d",
	} {
		if _, err := exec.LookPath(tool); err == nil {
			return fmt.Sprintf(command, major) + give
		}
	}
	return fmt.Sprintf("install the client programs of PostgreSQL %d or newer%s", major, give)
}

type countingWriter struct {
	w   io.Writer
	n   int64
	err error
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	if err != nil {
		c.err = err
	}
	return n, err
}

// ends keeps the first and the last words of a program: in between may be a
// LOCK TABLE statement that names every table.
type ends struct{ head, tail []byte }

const endBytes = 2048

func (t *ends) Write(p []byte) (int, error) {
	n := min(len(p), endBytes-len(t.head))
	t.head = append(t.head, p[:n]...)
	t.tail = append(t.tail, p[n:]...)
	if len(t.tail) > endBytes {
		t.tail = append(t.tail[:0], t.tail[len(t.tail)-endBytes:]...)
	}
	return len(p), nil
}

// scrubbed is one line without control characters and without the password.
func (t *ends) scrubbed(dsn catalog.DSN) string {
	said := append(append([]byte(nil), t.head...), t.tail...)
	words := strings.Join(strings.Fields(strings.ToValidUTF8(string(said), "?")), " ")
	words = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, words)
	if cfg, err := pgx.ParseConfig(dsn.Reveal()); err == nil && cfg.Password != "" {
		words = strings.ReplaceAll(words, cfg.Password, "***")
	}
	if words == "" {
		return "it gave no reason"
	}
	return words
}
