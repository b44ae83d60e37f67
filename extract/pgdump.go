package extract

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
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
// It returns the program that was run; see PgDump.Check.
func (s *Source) DumpSchema(ctx context.Context, w io.Writer, o DumpOptions) (PgDump, error) {
	dump, err := FindPgDump(ctx, s.cfg.PgDump, s.opener.server.version/10000, s.cfg.SecretVariables...)
	if err != nil {
		return dump, err
	}
	return dump, s.dumpSchema(ctx, dump, w, o)
}

func (s *Source) dumpSchema(ctx context.Context, dump PgDump, w io.Writer, o DumpOptions) error {
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
		s.pool.rest() // one of them may be what pg_dump lacked
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
	case strings.Contains(words, "server version mismatch"):
		// A wrapper that asks one program for its version and runs another.
		f.Kind = fault.Preflight
		f.Hint = dump.wrapper()
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
	case strings.Contains(words, "connection to server"), lostConnection(words):
		f.Kind = fault.Transient
	case !exit.Exited(): // killed: by an administrator, or for want of memory
		f = fault.Wrap(fault.Transient, err, "dump the schema: pg_dump was ended")
	}
	return out.n > 0, f
}

// lostConnection tells that pg_dump's session broke, by the words of libpq and
// of a server that ends it.
func lostConnection(words string) bool {
	for _, w := range []string{
		"server closed the connection", "no connection to the server", "could not receive data from server", "could not send data to server",
		"SSL SYSCALL error", "SSL connection has been closed", "terminating connection", "conflict with recovery", "lost synchronization with server",
	} {
		if strings.Contains(words, w) {
			return true
		}
	}
	return false
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
