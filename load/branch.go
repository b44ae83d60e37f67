package load

import (
	"cmp"
	"context"
	"errors"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// Branched is the role of a copy that belongs to one engineer or one job.
const Branched Role = "branch"

// branchName is what a branch may be called. Names of generations, which go on
// with "__u" and a number, begin otherwise.
var branchName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]*$`)

// Branch is a copy of a generation's pristine that nobody else uses. Swaps,
// resets and rollbacks leave it alone.
type Branch struct {
	Name       string // as its maker said
	Database   string
	Generation int
	Created    time.Time
	Expires    time.Time
	Bytes      int64
	URL        string   // without a role: who connects names his own
	NotCopied  []string // after CreateBranch: settings and grants of staging that we may not set

	oid    catalog.OID
	marker marker
}

// BranchOptions say how a branch is made.
type BranchOptions struct {
	Name     string
	TTL      time.Duration // until the janitor drops it
	Max      int           // how many branches there may be
	MaxBytes int64         // what they may take together; 0 is no limit
	PublishOptions
}

// branchWait is how long a branch waits for the swap, reset or branch that is
// under way before it: making one takes seconds.
const (
	branchWait = 5 * time.Minute
	branchPoll = 200 * time.Millisecond
)

// CreateBranch clones the pristine of the generation that serves. Several at a
// time wait for each other.
func (s *Server) CreateBranch(ctx context.Context, o BranchOptions) (b Branch, err error) {
	if err := s.checkBranch(o.Name); err != nil {
		return b, err
	}
	err = s.patiently(ctx, func(ctx context.Context) error {
		b, err = s.createBranch(ctx, o)
		return err
	})
	return b, err
}

// patiently acts under the publish lock, and waits for it.
func (s *Server) patiently(ctx context.Context, act func(context.Context) error) error {
	until := time.Now().Add(branchWait)
	for {
		begun := false
		err := s.underPublish(ctx, func(ctx context.Context) error {
			begun = true
			return act(ctx)
		})
		if begun || !fault.Is(err, fault.Busy) || time.Now().After(until) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(branchPoll):
		}
	}
}

func (s *Server) checkBranch(name string) error {
	switch database := s.branchDatabase(name); {
	case !branchName.MatchString(name):
		return fault.New(fault.Usage, "%s is no name for a branch", catalog.Display(name)).
			WithHint("use lower-case letters, digits, dashes and underscores, and begin with a letter or digit: feature-4711")
	case len(database) > maxIdentifier:
		return fault.New(fault.Usage, "the branch's database %s would have a name of %d bytes, more than %d", database, len(database), maxIdentifier).
			WithHint("take a name of at most %d bytes", maxIdentifier-len(s.cfg.Staging)-1)
	}
	return nil
}

func (s *Server) branchDatabase(name string) string { return s.cfg.Staging + "_" + name }

func (s *Server) branchURL(database string) string {
	cfg, err := pgconn.ParseConfig(s.cfg.DSN.Reveal())
	if err != nil || strings.HasPrefix(cfg.Host, "/") {
		return ""
	}
	return "postgres://" + net.JoinHostPort(cfg.Host, strconv.Itoa(int(cfg.Port))) + "/" + database
}

func (s *Server) createBranch(ctx context.Context, o BranchOptions) (Branch, error) {
	inv, err := s.inventory(ctx, true)
	if err != nil {
		return Branch{}, err
	}
	if err := s.branchable(inv); err != nil {
		return Branch{}, err
	}
	pristine := inv.pristine(inv.serving())
	branches, err := s.Branches(ctx)
	if err != nil {
		return Branch{}, err
	}
	var bytes int64
	for _, b := range branches {
		bytes += b.Bytes
		if b.Name == o.Name {
			return Branch{}, fault.New(fault.Preflight, "there is a branch %s already, until %s", o.Name, b.Expires.Format(time.RFC3339)).
				WithHint("`understudy branch drop %s`, or another name", o.Name)
		}
	}
	switch {
	case len(branches) >= o.Max:
		return Branch{}, fault.New(fault.Preflight, "there are %d branches, and branches.max allows no more", len(branches)).
			WithHint("`understudy branch list` shows them; drop one, or raise branches.max")
	case o.MaxBytes > 0 && bytes+pristine.bytes > o.MaxBytes:
		return Branch{}, fault.New(fault.Preflight, "branches take %d bytes, another one takes %d, and branches.max_bytes allows %d", bytes, pristine.bytes, o.MaxBytes).
			WithHint("`understudy branch list` shows them; drop one, or raise branches.max_bytes")
	}
	// Until its marker and its name are given in one transaction it looks like the
	// candidate of a reset, which a later run drops.
	name := s.names.live(pristine.number)
	if err := s.vacate(ctx, inv, name); err != nil {
		return Branch{}, err
	}
	o.step("clone")
	var in *database
	err = s.admin(ctx, func(conn *pgx.Conn) error {
		in, err = s.clone(ctx, conn, pristine, name)
		return err
	})
	if err != nil {
		return Branch{}, err
	}
	var result SwapResult
	err = s.dress(ctx, inv.staging, candidate{in, true}, o.PublishOptions, &result)
	if err != nil {
		s.cleanUpClone(ctx, name)
		return Branch{}, err
	}
	b := Branch{Name: o.Name, Database: s.branchDatabase(o.Name), Generation: in.number, Created: time.Now().UTC(), Bytes: pristine.bytes, URL: s.branchURL(s.branchDatabase(o.Name)), oid: in.oid, NotCopied: result.NotCopied}
	b.Expires = b.Created.Add(o.TTL).Truncate(time.Second)
	b.marker = *in.marker
	b.marker.Role, b.marker.Branch, b.marker.Created, b.marker.Expires = Branched, b.Name, b.Created, &b.Expires
	err = s.admin(ctx, func(conn *pgx.Conn) error { return s.baptise(ctx, conn, in, b) })
	if err != nil {
		s.cleanUpClone(ctx, name)
		return Branch{}, err
	}
	s.cfg.Log.Info("branch created", "run", s.cfg.RunID, "database", b.Database, "generation", b.Generation)
	return b, nil
}

// branchable says why there is nothing to branch from, nil if there is.
func (s *Server) branchable(inv *inventory) error {
	name := catalog.Display(s.cfg.Staging)
	switch {
	case inv.staging == nil:
		return fault.New(fault.Preflight, "there is no %s to branch from", name).WithHint("run `understudy refresh`")
	case inv.staging.marker == nil:
		return s.notOurs(inv.staging)
	case inv.pristine(inv.serving()) == nil:
		return fault.New(fault.Preflight, "no pristine of generation %d, which serves, was kept: there is nothing clean to branch from", inv.serving()).
			WithHint("set target.pristine: true, make room, and run `understudy refresh`")
	}
	return nil
}

// baptise gives a candidate its marker and its name as a branch, both or neither.
func (s *Server) baptise(ctx context.Context, conn *pgx.Conn, in *database, b Branch) error {
	if err := s.clear(ctx, conn, in.place()); err != nil {
		return err
	}
	tx, err := conn.Begin(ctx)
	if err != nil {
		return s.failed(err, "name the branch")
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	err = rename(ctx, tx, in, b.Database, b.marker)
	if err == nil {
		err = tx.Commit(ctx)
	}
	switch {
	case err == nil:
		return nil
	case nameTaken(err):
		return fault.New(fault.Preflight, "the name %s is taken by a database that is no branch of ours", catalog.Display(b.Database)).
			WithHint("take another name for the branch")
	}
	return s.failed(err, "name the branch %s", catalog.Display(b.Database))
}

// Branches lists staging's branches by name.
func (s *Server) Branches(ctx context.Context) (out []Branch, err error) {
	err = s.admin(ctx, func(conn *pgx.Conn) error {
		out, err = s.branches(ctx, conn)
		return err
	})
	return out, err
}

func (s *Server) branches(ctx context.Context, conn *pgx.Conn) ([]Branch, error) {
	rows, err := conn.Query(ctx, `
		SELECT d.oid, d.datname, pg_catalog.shobj_description(d.oid, 'pg_database'),
		       CASE WHEN d.datconnlimit <> -2 AND (pg_catalog.has_database_privilege(d.oid, 'CONNECT') OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE'))
		            THEN pg_catalog.pg_database_size(d.oid) ELSE 0 END
		FROM pg_catalog.pg_database d
		WHERE pg_catalog.starts_with(d.datname, $1) AND pg_catalog.shobj_description(d.oid, 'pg_database') IS NOT NULL`, s.branchDatabase(""))
	if err != nil {
		return nil, s.failed(err, "list branches")
	}
	var out []Branch
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) {
		var b Branch
		var comment string
		if err := row.Scan(&b.oid, &b.Database, &comment, &b.Bytes); err != nil {
			return struct{}{}, err
		}
		m := parseMarker(comment)
		if m == nil || m.OID != b.oid || m.Project != s.cfg.Project || m.Staging != s.cfg.Staging || m.Role != Branched || m.Expires == nil || b.Database != s.branchDatabase(m.Branch) {
			return struct{}{}, nil // not ours
		}
		b.URL = s.branchURL(b.Database)
		b.Name, b.Generation, b.Created, b.Expires, b.marker = m.Branch, m.Generation, m.Created, *m.Expires, *m
		out = append(out, b)
		return struct{}{}, nil
	})
	if err != nil {
		return nil, s.failed(err, "list branches")
	}
	slices.SortFunc(out, func(a, b Branch) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

// branch finds one by its name.
func (s *Server) branch(ctx context.Context, conn *pgx.Conn, name string) (Branch, error) {
	all, err := s.branches(ctx, conn)
	if err != nil {
		return Branch{}, err
	}
	for _, b := range all {
		if b.Name == name {
			return b, nil
		}
	}
	return Branch{}, fault.New(fault.Preflight, "there is no branch %s", catalog.Display(name)).WithHint("`understudy branch list` shows those there are")
}

// DropBranch drops a branch and ends its sessions.
func (s *Server) DropBranch(ctx context.Context, name string) (b Branch, err error) {
	err = s.admin(ctx, func(conn *pgx.Conn) error {
		if b, err = s.branch(ctx, conn, name); err != nil {
			return err
		}
		return s.dropBranch(ctx, conn, b)
	})
	return b, err
}

// dropBranch drops a database that bore a branch's marker a moment ago.
func (s *Server) dropBranch(ctx context.Context, conn *pgx.Conn, b Branch) error {
	p := place{b.oid, b.Database}
	f, err := s.findDoomed(ctx, conn, p)
	if err != nil || f == nil {
		return err
	}
	return s.remove(ctx, conn, p, f.broken)
}

// ExtendBranch lets a branch live for so long from now on.
func (s *Server) ExtendBranch(ctx context.Context, name string, ttl time.Duration) (b Branch, err error) {
	err = s.admin(ctx, func(conn *pgx.Conn) error {
		if b, err = s.branch(ctx, conn, name); err != nil {
			return err
		}
		b.Expires = time.Now().UTC().Add(ttl).Truncate(time.Second)
		b.marker.Expires = &b.Expires
		if err := mark(ctx, conn, b.Database, b.marker); err != nil {
			return s.failed(err, "mark %s", catalog.Display(b.Database))
		}
		return nil
	})
	return b, err
}

// expireBranches drops those whose time is over.
func (s *Server) expireBranches(ctx context.Context) (dropped []string, err error) {
	err = s.admin(ctx, func(conn *pgx.Conn) error {
		all, err := s.branches(ctx, conn)
		if err != nil {
			return err
		}
		var failures []error
		for _, b := range all {
			if time.Now().Before(b.Expires) {
				continue
			}
			if err := s.dropBranch(ctx, conn, b); err != nil {
				failures = append(failures, err)
				continue
			}
			dropped = append(dropped, b.Database)
		}
		return errors.Join(failures...)
	})
	return dropped, err
}
