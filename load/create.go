package load

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// Create makes the next generation: an empty database with the source's
// encoding and locale, marked as being built, that nobody but the owner can
// connect to. The caller holds the build lock and drops the Build if it does
// not come to Seal.
func (s *Server) Create(ctx context.Context, source catalog.Database) (*Build, error) {
	var b *Build
	err := s.admin(ctx, func(conn *pgx.Conn) (err error) {
		if b, err = s.createNext(ctx, conn, source); err != nil {
			return err
		}
		if err := s.claim(ctx, conn, b); err != nil {
			return err
		}
		// The owner keeps its right to connect, and we have the owner's rights.
		if _, err := conn.Exec(ctx, "REVOKE CONNECT, TEMPORARY ON DATABASE "+quoted(b.name)+" FROM PUBLIC"); err != nil {
			return s.failed(err, "close %s to others", catalog.Display(b.name))
		}
		return nil
	})
	if err != nil {
		if b != nil && b.oid != 0 {
			b.abandon(ctx)
		}
		return nil, err
	}
	if err := b.prepareLedger(ctx); err != nil {
		b.abandon(ctx)
		return nil, err
	}
	s.cfg.Log.Info("generation created", "run", s.cfg.RunID, "database", b.name)
	return b, nil
}

// createNext creates a database of the next free number. The number may be
// taken that very moment: the server goes on for a while with what a killed run
// has asked it.
func (s *Server) createNext(ctx context.Context, conn *pgx.Conn, source catalog.Database) (*Build, error) {
	for try := 1; ; try++ {
		inv, err := s.take(ctx, conn, false)
		if err != nil {
			return nil, err
		}
		number := inv.highest() + 1
		if number > maxNumber {
			return nil, fault.New(fault.Other, "generation numbers of %s are used up", catalog.Display(s.cfg.Staging))
		}
		b := newBuild(s, number)
		b.source = source
		_, err = conn.Exec(ctx, s.createSQL(b.name, source))
		if err == nil {
			return b, nil
		}
		if !nameTaken(err) || try == createTries {
			return nil, s.createFailed(err, b.name, source)
		}
	}
}

// claim writes the marker. Until then only the name and the owner tell whose
// the database is, and that it is empty.
func (s *Server) claim(ctx context.Context, conn *pgx.Conn, b *Build) error {
	err := conn.QueryRow(ctx, `SELECT oid FROM pg_catalog.pg_database WHERE datname = $1`, b.name).Scan(&b.oid)
	if err != nil {
		return s.failed(err, "find %s", catalog.Display(b.name))
	}
	s.mu.Lock()
	s.ours[b.oid] = true
	s.mu.Unlock()
	b.marker.OID = b.oid
	if err := mark(ctx, conn, b.name, b.marker); err != nil {
		return s.failed(err, "mark %s", catalog.Display(b.name))
	}
	return nil
}

func newBuild(s *Server, number int) *Build {
	b := &Build{s: s, number: number, name: s.names.pristine(number), returned: make(chan struct{}, 1), committed: map[loadKey]int64{}}
	b.marker = marker{
		Version: markerVersion, Project: s.cfg.Project, Staging: s.cfg.Staging, Run: s.cfg.RunID,
		Generation: number, Role: Building, Created: time.Now().UTC().Truncate(time.Second),
	}
	return b
}

// createSQL makes a database like the source's. What the target's version does
// not know, the source's cannot have: the target is at least as new.
func (s *Server) createSQL(name string, source catalog.Database) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE DATABASE %s OWNER %s TEMPLATE %s ENCODING %s",
		quoted(name), quoted(s.cfg.Owner), quoted(s.cfg.Template), catalog.QuoteLiteral(source.Encoding))
	if source.Collate != "" {
		b.WriteString(" LC_COLLATE " + catalog.QuoteLiteral(source.Collate))
	}
	if source.CType != "" {
		b.WriteString(" LC_CTYPE " + catalog.QuoteLiteral(source.CType))
	}
	if s.facts.major() < 15 {
		return b.String()
	}
	switch source.LocaleProvider {
	case 'i':
		b.WriteString(" LOCALE_PROVIDER icu ICU_LOCALE " + catalog.QuoteLiteral(source.Locale))
		if source.ICURules != "" {
			b.WriteString(" ICU_RULES " + catalog.QuoteLiteral(source.ICURules))
		}
	case 'b':
		b.WriteString(" LOCALE_PROVIDER builtin BUILTIN_LOCALE " + catalog.QuoteLiteral(source.Locale))
	default:
		b.WriteString(" LOCALE_PROVIDER libc")
	}
	return b.String()
}

func (s *Server) createFailed(err error, name string, source catalog.Database) error {
	shown := catalog.Display(name)
	switch state := catalog.SQLState(err); state {
	case "22023", "42704", "42809", "0A000", "22000": // unknown locale or encoding, or not that of the template
		f := fault.Wrap(fault.Preflight, catalog.Redact(err), "create %s with encoding %s and locale %s like the source",
			shown, source.Encoding, describeLocale(source))
		if s.cfg.Template != "template0" {
			return f.WithHint("make %s with the source's encoding and locale, or let target.template be template0",
				catalog.Display(s.cfg.Template))
		}
		return f.WithHint("install the source's locale on the target (`locale -a` lists those present) and restart its PostgreSQL")
	case stateObjectInUse:
		return fault.Wrap(fault.Transient, catalog.Redact(err), "create %s: the template %s is in use",
			shown, catalog.Display(s.cfg.Template)).WithHint("nobody may be connected to it")
	}
	return s.failed(err, "create %s", shown)
}

// describeLocale shows a locale as CREATE DATABASE would name it.
func describeLocale(d catalog.Database) string {
	libc := d.Collate
	if d.CType != d.Collate {
		libc += "/" + d.CType
	}
	switch d.LocaleProvider {
	case 'i':
		return d.Locale + " (ICU), " + libc
	case 'b':
		return d.Locale + " (builtin), " + libc
	}
	return libc
}
