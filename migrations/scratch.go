package migrations

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgserver"
)

// Scratch is an empty database for as long as it is needed.
type Scratch struct {
	DSN    catalog.DSN
	server *pgserver.Server // ours alone; nil on somebody's server
	host   *host
	name   string
}

// OpenScratch makes an empty database: on the server of a URL, or where that is
// empty on a throw-away server of this machine's PostgreSQL programs. Without
// either nothing can be checked: an error of kind Preflight. What a process that
// was killed has left on a server goes with the next one.
func OpenScratch(ctx context.Context, server catalog.DSN) (_ *Scratch, err error) {
	s := &Scratch{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if server == "" {
		if s.server, err = pgserver.Start(ctx, pgserver.Options{}); err != nil {
			return nil, fault.Wrap(fault.Preflight, err, "start a throw-away PostgreSQL to build the schema in").
				WithHint("install PostgreSQL's server programs, or name a server for scratch databases: --server postgres://…")
		}
		server = catalog.DSN(s.server.URL("postgres"))
	}
	if s.host, _, err = openHost(ctx, server, ""); err != nil {
		return nil, fault.Wrap(fault.Preflight, err, "make a scratch database").
			WithHint("--server wants a role with CREATEDB: postgres://user@host/postgres")
	}
	if s.name, err = s.host.create(ctx, ""); err != nil {
		return nil, fault.Wrap(fault.Preflight, err, "make a scratch database").WithHint("the role of --server needs CREATEDB")
	}
	s.DSN, err = withDatabase(server, s.name)
	return s, err
}

// withDatabase is a connection string that leads to another database.
func withDatabase(dsn catalog.DSN, name string) (catalog.DSN, error) {
	text := dsn.Reveal()
	if !strings.Contains(text, "://") {
		return catalog.DSN(text + " dbname=" + name), nil
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", fault.New(fault.Usage, "the scratch server's URL cannot be read")
	}
	u.Path = "/" + name
	q := u.Query()
	q.Del("dbname")
	u.RawQuery = q.Encode()
	return catalog.DSN(u.String()), nil
}

// Close drops the database, and the server if it is ours.
func (s *Scratch) Close() error {
	var err error
	if s.host != nil {
		err = s.host.close()
	}
	if s.server != nil {
		err = errors.Join(err, s.server.Remove())
	}
	return err
}
