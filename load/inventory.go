package load

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// database is one database that bears staging's name or that of a generation.
type database struct {
	oid       catalog.OID
	name      string
	owner     string
	ownerOurs bool // the owner is target.owner or the login role
	governed  bool // we have the owner's rights: may rename, comment, drop
	open      bool // datallowconn
	broken    bool // a DROP DATABASE was interrupted: can only be dropped
	connLimit int
	bytes     int64
	comment   string
	marker    *marker // nil unless it is ours by project, staging and OID
	foreign   string  // project of a valid marker that is not ours

	number int    // from the name; -1 for staging
	suffix string // from the name

	ours bool   // proven
	why  string // what proves it, or what is missing
}

// inventory is what the server holds of this staging.
type inventory struct {
	staging     *database // nil if there is none
	generations []*database
}

const inventorySQL = `
SELECT d.oid, d.datname, pg_catalog.pg_get_userbyid(d.datdba),
       d.datdba = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $3) OR pg_catalog.pg_get_userbyid(d.datdba) = current_user,
       pg_catalog.pg_has_role(d.datdba, 'USAGE'),
       d.datallowconn, d.datconnlimit = -2, d.datconnlimit,
       CASE WHEN d.datconnlimit <> -2 AND (pg_catalog.has_database_privilege(d.oid, 'CONNECT') OR pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE'))
            THEN pg_catalog.pg_database_size(d.oid) ELSE 0 END,
       COALESCE(pg_catalog.shobj_description(d.oid, 'pg_database'), '')
FROM pg_catalog.pg_database d
WHERE d.datname = $1 OR pg_catalog.starts_with(d.datname, $2)`

// take reads the inventory. With a marker a database is proven ours at once;
// for one without, deep looks inside, as a crash between CREATE DATABASE and
// COMMENT leaves no other proof.
func (s *Server) take(ctx context.Context, conn *pgx.Conn, deep bool) (*inventory, error) {
	rows, err := conn.Query(ctx, inventorySQL, s.cfg.Staging, s.cfg.Staging+separator, s.cfg.Owner)
	if err != nil {
		return nil, s.failed(err, "list databases")
	}
	var inv inventory
	_, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (struct{}, error) {
		d := &database{number: -1}
		err := row.Scan(&d.oid, &d.name, &d.owner, &d.ownerOurs, &d.governed, &d.open, &d.broken, &d.connLimit, &d.bytes, &d.comment)
		if err != nil {
			return struct{}{}, err
		}
		d.readMarker(s.cfg.Project, s.cfg.Staging)
		if d.name == s.cfg.Staging {
			inv.staging = d
			return struct{}{}, nil
		}
		var ok bool
		if d.number, d.suffix, ok = s.names.parse(d.name); ok {
			inv.generations = append(inv.generations, d)
		}
		return struct{}{}, nil
	})
	if err != nil {
		return nil, s.failed(err, "list databases")
	}
	slices.SortFunc(inv.generations, func(a, b *database) int {
		return cmp.Or(cmp.Compare(b.number, a.number), cmp.Compare(a.suffix, b.suffix))
	})
	if inv.staging != nil {
		inv.staging.ours = inv.staging.marker != nil
	}
	for _, d := range inv.generations {
		if err := s.judge(ctx, d, deep); err != nil {
			return nil, err
		}
	}
	return &inv, nil
}

func (s *Server) inventory(ctx context.Context, deep bool) (inv *inventory, err error) {
	err = s.admin(ctx, func(conn *pgx.Conn) error {
		inv, err = s.take(ctx, conn, deep)
		return err
	})
	return inv, err
}

func (d *database) readMarker(project, staging string) {
	m := parseMarker(d.comment)
	switch {
	case m == nil || m.OID != d.oid:
	case m.Project != project || m.Staging != staging:
		d.foreign = m.Project
	default:
		d.marker = m
	}
}

// judge decides whether a database with a generation's name is ours.
func (s *Server) judge(ctx context.Context, d *database, deep bool) error {
	switch {
	case d.marker != nil:
		d.ours, d.why = true, "its marker"
	case d.foreign != "":
		d.why = "its marker names the project " + catalog.Display(d.foreign)
	case d.comment != "":
		d.why = "its comment is no marker of ours" // a crash of ours leaves none at all
	case !d.ownerOurs:
		d.why = "it has no marker of ours and belongs to " + catalog.Display(d.owner)
	case d.broken:
		d.ours, d.why = true, "it is ours by owner and name, and half-dropped"
	case !d.open:
		d.why = "it has no marker of ours and cannot be looked into"
	case !deep:
		d.why = "it has no marker of ours"
	default:
		return s.lookInside(ctx, d)
	}
	return nil
}

// lookInside proves a database without a marker by its content: nothing at
// all, or our provenance.
func (s *Server) lookInside(ctx context.Context, d *database) error {
	conn, err := s.dialDatabase(ctx, d.name, "inspect", nil)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		d.why = "it has no marker of ours and cannot be looked into"
		return nil
	}
	defer closeQuietly(conn)
	var empty, provenance bool
	if err := conn.QueryRow(ctx, emptySQL).Scan(&empty, &provenance); err != nil {
		return s.failed(err, "look into %s", catalog.Display(d.name))
	}
	if empty {
		d.ours, d.why = true, "it is ours by owner and name, and empty"
		return nil
	}
	if provenance {
		p, err := readProvenance(ctx, conn)
		if err != nil {
			return s.failed(err, "read the provenance of %s", catalog.Display(d.name))
		}
		if p.Project == s.cfg.Project && p.Staging == s.cfg.Staging && p.Generation == d.number {
			d.ours, d.why = true, "its provenance"
			return nil
		}
	}
	d.why = "it has no marker of ours and is not empty"
	return nil
}

// firstNormalOID is where the OIDs of objects made after initdb begin.
const firstNormalOID = "16384"

// emptySQL: what extensions brought along does not count, as a template may
// have been prepared with some.
const emptySQL = `
SELECT NOT EXISTS (
	SELECT FROM (
		SELECT 'pg_catalog.pg_class'::pg_catalog.regclass AS class, oid FROM pg_catalog.pg_class
		UNION ALL SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, oid FROM pg_catalog.pg_proc
		UNION ALL SELECT 'pg_catalog.pg_type'::pg_catalog.regclass, oid FROM pg_catalog.pg_type
		UNION ALL SELECT 'pg_catalog.pg_namespace'::pg_catalog.regclass, oid FROM pg_catalog.pg_namespace
		UNION ALL SELECT 'pg_catalog.pg_largeobject'::pg_catalog.regclass, oid FROM pg_catalog.pg_largeobject_metadata
	) o
	WHERE o.oid >= ` + firstNormalOID + ` AND NOT EXISTS (
		SELECT FROM pg_catalog.pg_depend e WHERE e.classid = o.class AND e.objid = o.oid AND e.deptype = 'e')
	  AND NOT (o.class = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND EXISTS (
		SELECT FROM pg_catalog.pg_namespace n WHERE n.oid = o.oid AND n.nspname ~ '^pg_(toast_)?temp_'))
), pg_catalog.to_regclass('_understudy.provenance') IS NOT NULL`

// highest is the largest number that any database of this staging bears, ours
// or not, so that a new one collides with nothing.
func (inv *inventory) highest() int {
	n := 0
	for _, d := range inv.generations {
		n = max(n, d.number)
	}
	if inv.staging != nil && inv.staging.marker != nil {
		n = max(n, inv.staging.marker.Generation)
	}
	return n
}

// held is what staging and its generations take, in bytes.
func (inv *inventory) held() (bytes int64) {
	if inv.staging != nil {
		bytes = inv.staging.bytes
	}
	for _, d := range inv.generations {
		bytes += d.bytes
	}
	return bytes
}

// find is the database of that name, nil if there is none.
func (inv *inventory) find(name string) *database {
	for _, d := range inv.generations {
		if d.name == name {
			return d
		}
	}
	return nil
}

// serving is the number of the generation that is live; -1 if staging does not
// exist or is not ours.
func (inv *inventory) serving() int {
	if inv.staging == nil || inv.staging.marker == nil {
		return -1
	}
	return inv.staging.marker.Generation
}

// role is what d is for. Names decide where they can: a rename and its marker
// are one transaction, but other renames are possible.
func (d *database) role() Role {
	switch {
	case d.marker != nil:
		return d.marker.Role
	case d.suffix == liveSuffix:
		return Candidate
	default:
		return Building
	}
}

// retired is when d was last swapped out.
func (d *database) retired() time.Time {
	if d.marker == nil || d.marker.Retired == nil {
		return time.Time{}
	}
	return *d.marker.Retired
}

// lastRetired is when a generation was swapped out last.
func (inv *inventory) lastRetired() (last time.Time) {
	for _, d := range inv.generations {
		if at := d.retired(); at.After(last) {
			last = at
		}
	}
	return last
}

// previous are the generations that a rollback can bring back, the last
// swapped out first.
func (inv *inventory) previous() []*database {
	var out []*database
	for _, d := range inv.generations {
		if d.ours && d.marker != nil && d.marker.Role == Previous && d.suffix == liveSuffix && !d.broken {
			out = append(out, d)
		}
	}
	slices.SortStableFunc(out, func(a, b *database) int { return b.retired().Compare(a.retired()) })
	return out
}

// unpublished is the newest generation that is complete but never was live,
// nil if there is none.
func (inv *inventory) unpublished() *database {
	for _, d := range inv.generations { // newest first
		if d.resumable(inv) && d.number > inv.serving() {
			return d
		}
	}
	return nil
}

// resumable tells whether d holds a complete generation that waits for its
// swap: sealed, or a candidate that has no pristine to be cloned from again.
func (d *database) resumable(inv *inventory) bool {
	if d.marker == nil || d.marker.Published != nil || d.broken {
		return false
	}
	switch d.marker.Role {
	case Pristine, Complete:
		return d.suffix == ""
	case Candidate:
		return d.suffix == liveSuffix && inv.pristine(d.number) == nil
	}
	return false
}

// pristine is what generation number can be cloned from, nil if it cannot.
func (inv *inventory) pristine(number int) *database {
	for _, d := range inv.generations {
		if d.number == number && d.suffix == "" && d.marker != nil && d.marker.Role == Pristine && !d.broken {
			return d
		}
	}
	return nil
}

// otherPristines are those of generations that served once and do not now, the
// newest first.
func (inv *inventory) otherPristines() (out []*database) {
	for _, d := range inv.generations { // newest first
		if d.number != inv.serving() && d == inv.pristine(d.number) && d.marker.Published != nil {
			out = append(out, d)
		}
	}
	return out
}

// requireStaging refuses to touch a database with staging's name that is not ours.
func (s *Server) requireStaging(inv *inventory) error {
	d := inv.staging
	name := catalog.Display(s.cfg.Staging)
	switch {
	case d == nil || d.marker != nil:
		return nil
	case d.foreign != "" && s.cfg.Adopt != d.name:
		return fault.New(fault.Preflight, "the database %s belongs to the project %s", name, catalog.Display(d.foreign)).
			WithHint("choose another target.database, or take it over once with --adopt %s", name)
	case s.cfg.Adopt != d.name:
		return fault.New(fault.Preflight, "a database %s exists already and understudy did not make it", name).
			WithHint("take it over once with --adopt %s; it stays as %s for a rollback", name, catalog.Display(s.names.live(0)))
	case !d.governed:
		return fault.New(fault.Preflight, "%s cannot be adopted: it belongs to %s", name, catalog.Display(d.owner)).
			WithHint("GRANT %s TO %s;", quoted(d.owner), quoted(s.facts.user))
	}
	if g := inv.find(s.names.live(0)); g != nil {
		return fault.New(fault.Preflight, "%s cannot be adopted: the name %s for its rollback is taken", name, catalog.Display(g.name)).
			WithHint("rename or drop %s first", catalog.Display(g.name))
	}
	return nil
}
