package pgserver

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/understudy-db/understudy/internal/fault"
)

// StartStandby starts a streaming hot standby of a running server. Settings
// come on top of the primary's; encoding, locale, programs and password are
// the primary's. The standby is to be removed before the primary.
func StartStandby(ctx context.Context, primary *Server, o Options) (*Server, error) {
	o.Programs, o.Password = primary.programs, primary.password
	s, err := prepare(o)
	if err != nil {
		return nil, err
	}
	if err = s.backup(ctx, primary); err == nil {
		err = s.appendSettings(o.Settings)
	}
	if err == nil {
		err = s.account.write(filepath.Join(s.Data(), "standby.signal"), nil)
	}
	if err == nil && s.SocketDir() != "" {
		err = s.account.mkdir(s.SocketDir())
	}
	if err == nil {
		err = s.launchAnywhere(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.discard())
	}
	return s, nil
}

// backup copies the primary and tells the copy to follow it.
func (s *Server) backup(ctx context.Context, primary *Server) error {
	conninfo := "host=127.0.0.1 port=" + strconv.Itoa(primary.port) + " user=" + Superuser
	if s.password != "" {
		passfile := s.dir + "/passfile"
		line := "127.0.0.1:" + strconv.Itoa(primary.port) + ":*:" + Superuser + ":" +
			strings.NewReplacer(`\`, `\\`, `:`, `\:`).Replace(s.password) + "\n"
		if err := s.account.write(passfile, []byte(line)); err != nil {
			return err
		}
		conninfo += " passfile=" + passfile
	}
	out, err := s.run(ctx, "pg_basebackup", "--dbname="+conninfo, "--pgdata="+s.Data(),
		"--wal-method=stream", "--checkpoint=fast", "--no-sync")
	if err != nil {
		return fault.Wrap(fault.Preflight, err, "copy the cluster in %s", primary.dir).
			WithHint("pg_basebackup said: %s", strings.TrimSpace(out))
	}
	if err := os.Chmod(s.Data(), dirMode); err != nil {
		return err
	}
	// Not by --write-recovery-conf: pg_basebackup may be newer than the server, and
	// writes options down that the server's library does not know.
	return s.appendSettings(map[string]string{"primary_conninfo": conninfo})
}
