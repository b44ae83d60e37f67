package schema

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/load/archive"
)

// closeTimeout bounds saying goodbye when the caller's context is gone.
const closeTimeout = 10 * time.Second

// settings are those that pg_dump expects of whoever restores its archive, and
// no limits. maintenance_work_mem stays the administrator's.
const settings = `
SET search_path = '';
SET check_function_bodies = false;
SET default_tablespace = '';
SET row_security = off;
SET xmloption = content;
SET client_min_messages = warning;
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config(name, '0', false) FROM pg_catalog.pg_settings
    WHERE name IN ('statement_timeout', 'lock_timeout', 'transaction_timeout',
        'idle_in_transaction_session_timeout', 'idle_session_timeout');
`

// conn is a session that definitions are executed in. It is for one goroutine.
type conn struct {
	*pgx.Conn
	tableAM   string // default_table_access_method as set by us
	employed  bool   // parallel processes are limited
	processes int    // to this number, beside the session's own
}

// employ limits how many processes a statement may use beside the session's
// own; the administrator's limits stand. Left alone the server would use two
// more for each of several indexes built at the same time, and sorting in
// parts costs more than sorting at once.
func (c *conn) employ(ctx context.Context, processes int) error {
	if c.employed && c.processes == processes {
		return nil
	}
	if _, err := c.Exec(ctx, `SELECT pg_catalog.set_config(name, least($1::int4, reset_val::int4)::text, false) FROM pg_catalog.pg_settings
		WHERE name IN ('max_parallel_maintenance_workers', 'max_parallel_workers_per_gather')`, processes); err != nil {
		return err
	}
	c.employed, c.processes = true, processes
	return nil
}

// open connects and prepares a session for the archive's definitions.
func (p *Plan) open(ctx context.Context) (*conn, error) {
	pg, err := p.o.Connect(ctx)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: pg}
	if err := c.prepare(ctx, p.a); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *conn) prepare(ctx context.Context, a *archive.Archive) error {
	if err := c.run(ctx, settings); err != nil {
		return err
	}
	for _, e := range a.Entries {
		if kindOf(e).fate == session {
			if err := c.run(ctx, e.Defn); err != nil {
				return err
			}
		}
	}
	// What we say ourselves is in UTF-8, or in the bytes of an SQL_ASCII
	// database; the archive has to speak the same.
	if enc := c.PgConn().ParameterStatus("client_encoding"); enc != "UTF8" && enc != "SQL_ASCII" {
		return fault.New(fault.Preflight, "the schema archive is in encoding %s", enc).
			WithHint("run pg_dump with --encoding=UTF8")
	}
	return nil
}

// run executes SQL as it is, in one implicit transaction if it is more than
// one command, and throws results away.
func (c *conn) run(ctx context.Context, sql string) error {
	return c.PgConn().Exec(ctx, sql).Close()
}

// define executes an entry's definition. Tables get the access method that
// they have on the source; tablespaces are not carried.
func (c *conn) define(ctx context.Context, e *archive.Entry) error {
	const partitioned = 'p' // such a table has no storage, and takes its method by ALTER TABLE
	if e.TableAM != "" && e.RelKind != partitioned && e.TableAM != c.tableAM {
		if err := c.run(ctx, "SET default_table_access_method = "+catalog.QuoteIdent(e.TableAM)); err != nil {
			return err
		}
		c.tableAM = e.TableAM
	}
	if err := c.run(ctx, e.Defn); err != nil {
		return err
	}
	if e.TableAM != "" && e.RelKind == partitioned {
		return c.run(ctx, "ALTER TABLE "+catalog.Name{Schema: e.Namespace, Name: e.Tag}.SQL()+
			" SET ACCESS METHOD "+catalog.QuoteIdent(e.TableAM))
	}
	return nil
}

// asLogin runs f as the login role, whatever role is in force, and takes the
// role up again.
func (c *conn) asLogin(ctx context.Context, owner string, f func() error) error {
	if err := c.run(ctx, "SET ROLE NONE"); err != nil {
		return err
	}
	err := f()
	if back := c.run(ctx, "SET ROLE "+catalog.QuoteIdent(owner)); err == nil {
		err = back
	}
	return err
}

// close ends the session, and waits until the server has let go of what a
// cancelled statement held.
func (c *conn) close() {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = c.Close(ctx) // nothing is lost with it: every step has been confirmed
	select {
	case <-c.PgConn().CleanupDone():
	case <-ctx.Done():
	}
}
