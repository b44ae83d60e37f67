package catalog

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/internal/fault"
)

// Querier asks a database: a connection, a pool or a transaction of pgx.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Read reads the catalog of one database by a fixed number of queries. It is
// consistent only within a REPEATABLE READ transaction, which the caller owns.
// That transaction should end soon after: printing a view's definition leaves
// ACCESS SHARE locks on what the view reads until then. Read may wait for a
// table that somebody holds locked exclusively, as long as lock_timeout allows.
//
// It needs no privilege on any table: the catalogs are open to every role.
// Only what pg_stats hides stays zero.
func Read(ctx context.Context, q Querier) (*Catalog, error) {
	restore, err := pinSettings(ctx, q)
	if err != nil {
		return nil, readError("settings", err)
	}
	defer restore()

	r := &reader{q: q, cat: &Catalog{}}
	for _, step := range []struct {
		subject string
		read    func(context.Context) error
	}{
		{"server", r.server},
		{"extension members", r.members},
		{"schemas", r.schemas},
		{"tables", r.tables},
		{"inheritance", r.inheritance},
		{"types", r.types},
		{"composite types", r.fields},
		{"columns", r.columns},
		{"statistics", r.statistics},
		{"indexes", r.indexes},
		{"constraints", r.constraints},
		{"sequences", r.sequences},
		{"defaults", r.defaultSequences},
		{"views", r.views},
		{"extensions", r.extensions},
		{"large objects", r.largeObjects},
		{"actors", r.actors},
	} {
		if err := step.read(ctx); err != nil {
			return nil, readError(step.subject, err)
		}
	}
	r.cat.sort()
	r.cat.Link()
	return r.cat, nil
}

// reader carries what later steps of Read need of earlier ones.
type reader struct {
	q   Querier
	cat *Catalog

	may       rights
	extension map[member]string // extension by member
	table     map[OID]*Table
	typ       map[OID]*Type
	typeByRel map[OID]*Type // composites by pg_type.typrelid
	sequence  map[OID]*Sequence
}

// rights to functions and views that an administrator may have closed.
type rights struct {
	control    bool // pg_control_system() and pg_control_checkpoint()
	extensions bool // pg_available_extension_versions()
	statistics bool // pg_stats
}

// member is an object as pg_depend names it: by system catalog and OID.
type member struct {
	class string
	oid   OID
}

// each runs a query and calls fn for every row, scanned into dest.
func (r *reader) each(ctx context.Context, sql string, dest []any, fn func() error, args ...any) error {
	rows, err := r.q.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, dest, fn)
	return err
}

// userSchemas selects the OIDs of schemas that are not PostgreSQL's own. Names
// that begin with pg_ are reserved for it, those of temporary schemas included.
const userSchemas = `(SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')`

// since returns expr on servers of at least the given major version, and
// otherwise what older servers have in its place.
func (r *reader) since(major int, expr, otherwise string) string {
	if r.cat.Server.Major() >= major {
		return expr
	}
	return otherwise
}

// printSettings change how PostgreSQL prints expressions.
var printSettings = []string{
	"search_path", "quote_all_identifiers", "DateStyle", "IntervalStyle", "TimeZone", "extra_float_digits", "bytea_output", "lc_monetary",
}

// pinSettings makes the server print expressions the same way in every
// session, and returns a function that puts the session back.
func pinSettings(ctx context.Context, q Querier) (restore func(), err error) {
	before := make([]string, len(printSettings))
	for i, name := range printSettings {
		if err := q.QueryRow(ctx, "SELECT pg_catalog.current_setting($1)", name).Scan(&before[i]); err != nil {
			return nil, err
		}
	}
	set := func(ctx context.Context, name, value string) error {
		var ignored string
		return q.QueryRow(ctx, "SELECT pg_catalog.set_config($1, $2, false)", name, value).Scan(&ignored)
	}
	changed := map[string]string{}
	for i, name := range printSettings {
		if before[i] == sessionSettings[name] {
			continue
		}
		if err := set(ctx, name, sessionSettings[name]); err != nil {
			return nil, err
		}
		changed[name] = before[i]
	}
	return func() {
		for _, name := range slices.Sorted(maps.Keys(changed)) {
			if set(ctx, name, changed[name]) != nil {
				return // the transaction has failed, and with it these settings
			}
		}
	}, nil
}

func readError(subject string, err error) error {
	var f *fault.Error
	if errors.As(err, &f) {
		return err
	}
	kind := fault.Preflight
	clean := Redact(err)
	if Transient(err) || changedMeanwhile(err) {
		kind = fault.Transient
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		kind = fault.Other
	}
	return fault.Wrap(kind, clean, "read the catalog: %s", subject)
}

// changedMeanwhile recognises what the functions that print definitions say of
// objects that the snapshot shows and that have been dropped since.
func changedMeanwhile(err error) bool {
	switch SQLState(err) {
	case "XX000", "42P01", "42704", "42703", "42883":
		return true
	}
	return false
}

// sort brings every list into an order that does not depend on OIDs.
func (c *Catalog) sort() {
	byTable := func(a, b *Table) int { return a.Name.Compare(b.Name) }
	slices.SortFunc(c.Schemas, func(a, b *Schema) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(c.Tables, byTable)
	slices.SortFunc(c.Types, func(a, b *Type) int { return a.Name.Compare(b.Name) })
	slices.SortFunc(c.Sequences, func(a, b *Sequence) int { return a.Name.Compare(b.Name) })
	slices.SortFunc(c.Extensions, func(a, b *Extension) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(c.Actors, func(a, b Actor) int {
		if n := strings.Compare(a.Kind, b.Kind); n != 0 {
			return n
		}
		return strings.Compare(a.Name, b.Name)
	})
	byCheck := func(a, b *Check) int { return strings.Compare(a.Name, b.Name) }
	byIndex := func(a, b *Index) int { return a.Name.Compare(b.Name) }
	byKey := func(a, b *ForeignKey) int {
		if n := a.Table.Name.Compare(b.Table.Name); n != 0 {
			return n
		}
		return strings.Compare(a.Name, b.Name)
	}
	for _, t := range c.Tables {
		slices.SortFunc(t.Indexes, byIndex)
		slices.SortFunc(t.Exclusions, byIndex)
		slices.SortFunc(t.Checks, byCheck)
		slices.SortFunc(t.ForeignKeys, byKey)
		slices.SortFunc(t.ReferredBy, byKey)
		slices.SortFunc(t.Partitions, byTable)
		slices.SortFunc(t.Children, byTable)
	}
	for _, t := range c.Types {
		slices.SortFunc(t.Checks, byCheck)
	}
}
