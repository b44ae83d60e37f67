package pgserver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/internal/fault"
)

// defaults suit many small databases that come and go on a busy machine.
var defaults = map[string]string{
	"listen_addresses":          "127.0.0.1",
	"max_connections":           "200",
	"max_locks_per_transaction": "256",
	"max_prepared_transactions": "20",
	"wal_level":                 "replica",
	"shared_buffers":            "64MB",
	// A crash of the server loses nothing without these two, only a crash of
	// the machine does, and then the cluster is gone anyway. synchronous_commit
	// stays on: it costs little then, and WAL positions mean what they say.
	"fsync":            "off",
	"full_page_writes": "off",
	"log_line_prefix":  "%m [%p] %q%a %u@%d ",
	"log_timezone":     "UTC",
	"timezone":         "UTC",
	// One look each minute is plenty, and workers of hundreds of test databases
	// would otherwise wake up all the time.
	"autovacuum_naptime": "1min",
	"logging_collector":  "off",
}

// Defaults are the settings that every cluster starts with, a copy.
func Defaults() map[string]string { return maps.Clone(defaults) }

// initdb creates the data folder.
func (s *Server) initdb(ctx context.Context, o Options) error {
	encoding := o.Encoding
	if encoding == "" {
		encoding = "UTF8"
	}
	args := []string{
		"--pgdata=" + s.Data(), "--username=" + Superuser, "--encoding=" + encoding,
		"--auth=scram-sha-256", "--no-sync", "--no-instructions", "--lc-messages=C",
	}
	pwfile := filepath.Join(s.dir, "password")
	password := s.password
	if password == "" {
		// initdb insists on a password for scram; nobody needs to know this one.
		password = randomText()
	}
	if err := s.account.write(pwfile, []byte(password+"\n")); err != nil {
		return err
	}
	defer os.Remove(pwfile)
	args = append(args, "--pwfile="+pwfile)

	attempts := s.locales(o.Locale)
	var last error
	for _, locale := range attempts {
		out, err := s.run(ctx, "initdb", append(slices.Clone(args), locale...)...)
		if err == nil {
			return nil
		}
		last = fault.Wrap(fault.Preflight, err, "create a PostgreSQL %d cluster in %s", s.programs.Major, s.dir).
			WithHint("initdb said: %s", strings.TrimSpace(out))
		if ctx.Err() != nil || !strings.Contains(out, "locale") {
			return last
		}
	}
	return last
}

// locales are initdb's locale options to try in turn. C.UTF-8 gives the same
// order everywhere; not every system has it.
func (s *Server) locales(wanted string) [][]string {
	if wanted != "" {
		return [][]string{{"--locale=" + wanted}}
	}
	all := [][]string{{"--locale=C.UTF-8"}}
	if s.programs.Major >= 17 {
		all = append(all, []string{"--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"})
	}
	return append(all, []string{"--locale=en_US.UTF-8"}, []string{"--locale=C"})
}

// run executes one of PostgreSQL's programs as the server's user and returns
// what it printed.
func (s *Server) run(ctx context.Context, program string, args ...string) (string, error) {
	cmd := s.account.command(s.dir, s.programs.Path(program), args...)
	bound := exec.CommandContext(ctx, cmd.Path, args...)
	bound.Dir, bound.Env, bound.SysProcAttr = cmd.Dir, cmd.Env, cmd.SysProcAttr
	out, err := bound.CombinedOutput()
	_, _ = s.log.Write(out)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return string(out), err
}

// configure writes settings, client rules and the caller's files.
func (s *Server) configure(o Options) error {
	if dir := s.SocketDir(); dir != "" {
		if err := s.account.mkdir(dir); err != nil {
			return err
		}
	}
	for name, content := range o.Files {
		if name != filepath.Base(name) {
			return fmt.Errorf("file %s: a plain name in the data folder is wanted", name)
		}
		if err := s.account.write(filepath.Join(s.Data(), name), content); err != nil {
			return err
		}
	}
	if err := s.account.write(filepath.Join(s.Data(), "pg_hba.conf"), []byte(s.hba(o.HBA))); err != nil {
		return err
	}
	settings := Defaults()
	maps.Copy(settings, o.Settings)
	return s.appendSettings(settings)
}

// hba lets the superuser in from this machine, without a password unless one
// was set, and everybody else with theirs.
func (s *Server) hba(first []string) string {
	method := "trust"
	if s.password != "" {
		method = "scram-sha-256"
	}
	lines := slices.Clone(first)
	for _, where := range []string{"local %s %s", "host %s %s 127.0.0.1/32", "host %s %s ::1/128"} {
		lines = append(lines,
			fmt.Sprintf(where, "all", Superuser)+" "+method,
			fmt.Sprintf(where, "replication", Superuser)+" "+method,
			fmt.Sprintf(where, "all", "all")+" scram-sha-256",
			fmt.Sprintf(where, "replication", "all")+" scram-sha-256")
	}
	return strings.Join(lines, "\n") + "\n"
}

// settingEscapes are those of a quoted string in postgresql.conf.
var settingEscapes = strings.NewReplacer(`\`, `\\`, `'`, `''`, "\n", `\n`)

// appendSettings adds settings at the end of postgresql.conf, where they win
// over earlier ones.
func (s *Server) appendSettings(settings map[string]string) (err error) {
	f, err := os.OpenFile(filepath.Join(s.Data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		value := settingEscapes.Replace(settings[name])
		if _, err := fmt.Fprintf(f, "%s = '%s'\n", name, value); err != nil {
			return err
		}
	}
	return nil
}
