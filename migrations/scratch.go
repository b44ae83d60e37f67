package migrations

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgserver"
)

// scratchPrefix begins the names of scratch databases.
const scratchPrefix = "understudy_check_"

// Scratch is an empty database for as long as it is needed.
type Scratch struct {
	DSN    catalog.DSN
	server *pgserver.Server // ours alone; nil on somebody's server
	admin  catalog.DSN
	name   string
}

// OpenScratch makes an empty database: on the server of a URL, or where that is
// empty on a throw-away server of this machine's PostgreSQL programs. Without
// either nothing can be checked: an error of kind Preflight.
func OpenScratch(ctx context.Context, server catalog.DSN) (*Scratch, error) {
	s := &Scratch{admin: server, name: scratchPrefix + scratchSuffix()}
	if server == "" {
		own, err := pgserver.Start(ctx, pgserver.Options{})
		if err != nil {
			return nil, fault.Wrap(fault.Preflight, err, "start a throw-away PostgreSQL to build the schema in").
				WithHint("install PostgreSQL's server programs, or name a server for scratch databases: --server postgres://…")
		}
		s.server, s.admin = own, catalog.DSN(own.URL("postgres"))
	}
	err := s.create(ctx)
	if err != nil {
		return nil, errors.Join(err, s.Close(ctx))
	}
	return s, nil
}

func scratchSuffix() string {
	var b [6]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

func (s *Scratch) create(ctx context.Context) error {
	if _, err := pgx.ParseConfig(s.admin.Reveal()); err != nil {
		return fault.New(fault.Usage, "the scratch server's URL cannot be read").WithHint("--server postgres://user@host/postgres")
	}
	if err := s.execute(ctx, "CREATE DATABASE "+s.name+" TEMPLATE template0 ENCODING 'UTF8'"); err != nil {
		return fault.Wrap(fault.Preflight, err, "create a scratch database on %s", s.admin).
			WithHint("the role of --server needs CREATEDB")
	}
	var err error
	s.DSN, err = withDatabase(s.admin, s.name)
	return err
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

func (s *Scratch) execute(ctx context.Context, sql string) error {
	conn, err := pgx.Connect(ctx, s.admin.Reveal())
	if err != nil {
		return catalog.Redact(err)
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	return catalog.Redact(err)
}

// Close drops the database, also when ctx is done.
func (s *Scratch) Close(ctx context.Context) error {
	if s.server != nil {
		return s.server.Remove()
	}
	ctx = context.WithoutCancel(ctx)
	return s.execute(ctx, "DROP DATABASE IF EXISTS "+s.name+" WITH (FORCE)")
}
