package migrations

import (
	"context"
	"regexp"
	"strings"
	"time"
)

// Drift compares the database that a rehearsal begins with to what the files
// up to its version make of an empty one: a file that golang-migrate skipped, a
// file changed after it ran, a change by hand.
type Drift struct {
	Version   int      `json:"version"`
	Seconds   float64  `json:"seconds"`
	Diff      []string `json:"diff,omitempty"` // from the files to the database
	OrderOnly bool     `json:"order_only,omitempty"`
	Reason    string   `json:"reason,omitempty"` // why it could not be compared
}

// owners match what says in the catalog's query who owns what and who may do
// what: other roles make the files' database than production's.
var owners = regexp.MustCompile(`pg_get_userbyid\((?:nspowner|relowner|p\.proowner|t\.typowner|defaclrole)\)`)

// structureQuery is fingerprintQuery without owners and rights.
var structureQuery = func() string {
	s := regexp.MustCompile(`acl\([^)]*\)`).ReplaceAllString(fingerprintSQL, "''")
	s = owners.ReplaceAllString(s, "''")
	return strings.ReplaceAll(s, "a.attacl::text", "NULL")
}()

// notCompared are lines that say nothing about the files: our own schema, the
// table of versions, comments of extensions, default rights.
func notCompared(key, versions string) bool {
	for _, word := range []string{"_understudy", "default privileges", "schema public"} {
		if strings.Contains(key, word) {
			return true
		}
	}
	return versions != "" && strings.Contains(key, versions)
}

// drift builds the versions up to the base from their files and compares.
func (r *rehearsal) drift(ctx context.Context) error {
	base := r.report.Base.Version
	if r.Template == "" || r.NoDrift || base < 0 || r.stop {
		return nil
	}
	d := &Drift{Version: base}
	r.report.Drift = d
	start := time.Now()
	defer func() { d.Seconds = time.Since(start).Seconds() }()
	for _, p := range r.folder.Pairs {
		if p.Up != nil && p.Version <= uint64(base) && (beyond(p.Up) != "" || copiesStdin(p.Up)) {
			d.Reason = p.Up.Name + " reaches beyond its database or needs rows from a client"
			return nil
		}
	}
	built, err := r.openLane(ctx, "")
	if err != nil {
		return err
	}
	defer built.close()
	if built.session, err = r.host.openSession(ctx, built.name, r.Dir, r.Runner, nil, nil, nil); err != nil {
		return err
	}
	for _, p := range r.folder.Pairs {
		if p.Version > uint64(base) {
			break
		}
		if _, err := r.timed(ctx, built, 1); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			f := failureOf(err, "", 1)
			d.Reason = "the files up to the database's version do not run on an empty database: version " + p.Title + " fails, " + f.Message
			return nil
		}
	}
	want, err := readCatalog(ctx, built.observer, structureQuery)
	if err != nil {
		return err
	}
	have, err := readCatalog(ctx, r.faithful.observer, structureQuery)
	if err != nil {
		return err
	}
	table := r.Runner.Table
	if table == "" {
		table = "schema_migrations"
	}
	for _, fp := range []fingerprint{want, have} {
		for k := range fp {
			if notCompared(k, table) {
				delete(fp, k)
			}
		}
	}
	d.Diff, d.OrderOnly = diff(want, have)
	if len(d.Diff) > 0 {
		sev := Medium
		if d.OrderOnly {
			sev = Info
		}
		r.report.Folder = append(r.report.Folder, Finding{Rule: "drift", Severity: sev, Basis: Measured,
			Message: "production is not what the files up to its version make: " + strings.Join(head(d.Diff, 3), "; "),
			Fix:     "see whether a file was skipped (older than the version when it came), changed after it ran, or production was changed by hand"})
	}
	return nil
}
