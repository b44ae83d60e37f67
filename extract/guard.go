package extract

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// guard knows what every table looked like when the snapshot was taken. A
// snapshot does not protect against DDL: a table truncated or rewritten since
// reads as empty, a renamed column reads under its new name, and both without
// an error.
type guard struct {
	mu       sync.Mutex
	expected map[catalog.OID]*shape
}

func newGuard() *guard { return &guard{expected: map[catalog.OID]*shape{}} }

// shape is what must not change about a table that is being read.
type shape struct {
	name     catalog.Name
	kind     string
	fileNode uint32
	columns  []column
}

// column is compared as a whole.
type column struct {
	num    int16
	name   string
	typ    catalog.OID
	typmod int32
}

func (c *column) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&c.num, &c.name, &c.typ, &c.typmod})
}

// shapes reads relations as its snapshot shows them: those of $1, and those
// that the server process $2 has locked. System catalogs, indexes, sequences
// and TOAST tables are left out; no fragment can see them change.
const shapes = `
SELECT c.oid, n.nspname, c.relname, c.relkind::text, c.relfilenode,
       coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_array(a.attnum, a.attname, a.atttypid::int8, a.atttypmod) ORDER BY a.attnum)
                 FROM pg_catalog.pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '[]')::text
FROM (SELECT pg_catalog.unnest($1::oid[])
      UNION
      SELECT l.relation FROM pg_catalog.pg_locks l
      WHERE l.pid = $2::int4 AND l.locktype = 'relation'
        AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())) AS want(oid)
JOIN pg_catalog.pg_class c ON c.oid = want.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'f', 'v') AND n.nspname <> 'pg_catalog'`

// readShapes runs shapes, prepared once for each session: it comes with every
// chunk, and planning it takes longer than running it.
func readShapes(ctx context.Context, conn *session, oids []catalog.OID, pid uint32) (map[catalog.OID]*shape, error) {
	const name = "understudy_shapes"
	if !conn.prepared {
		if _, err := conn.Prepare(ctx, name, shapes); err != nil {
			return nil, err
		}
		conn.prepared = true
	}
	if oids == nil {
		oids = []catalog.OID{}
	}
	rows, err := conn.Query(ctx, name, oids, int32(pid))
	if err != nil {
		return nil, err
	}
	out := map[catalog.OID]*shape{}
	var (
		oid     catalog.OID
		one     shape
		columns string
	)
	_, err = pgx.ForEachRow(rows, []any{&oid, &one.name.Schema, &one.name.Name, &one.kind, &one.fileNode, &columns}, func() error {
		found := one
		if err := json.Unmarshal([]byte(columns), &found.columns); err != nil {
			return err
		}
		out[oid] = &found
		return nil
	})
	return out, err
}

// Guard remembers what the tables look like under the snapshot, so that each
// chunk can be refused if its tables have changed since. Tables that are not
// given are looked up when they are first read. It also refuses a role that
// will not be able to read the sequences.
func (s *Source) Guard(ctx context.Context, tables []*catalog.Table) error {
	var oids []catalog.OID
	var unreadable []string
	for _, t := range tables {
		oids = append(oids, t.OID)
		if s.snap.Standby && t.Persistence == 'u' {
			unreadable = append(unreadable, t.Name.String())
		}
	}
	if len(unreadable) > 0 {
		return fault.New(fault.Preflight, "unlogged tables cannot be read on a standby: %s", strings.Join(unreadable, ", ")).
			WithHint("give them rows: none, or read from the primary")
	}
	return s.within(ctx, work{what: "read the tables' state under the snapshot"}, func(ctx context.Context, r *reader) error {
		// Sequences are read last, perhaps hours from now.
		if err := refuseSequences(ctx, r, s.cat.Sequences); err != nil {
			return err
		}
		return s.learn(ctx, r, oids)
	})
}

// learn reads shapes under the snapshot. It must run in a reader's transaction.
func (s *Source) learn(ctx context.Context, r *reader, oids []catalog.OID) error {
	if len(oids) == 0 {
		return nil
	}
	found, err := readShapes(ctx, r.conn, oids, 0)
	if err != nil {
		return err
	}
	s.guard.mu.Lock()
	defer s.guard.mu.Unlock()
	maps.Copy(s.guard.expected, found)
	return nil
}

// unknown are those relations whose shape under the snapshot is not known yet.
func (g *guard) unknown(oids []catalog.OID) []catalog.OID {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.DeleteFunc(oids, func(oid catalog.OID) bool { return g.expected[oid] != nil })
}

// compare looks, from another session and with a fresh snapshot, at all tables
// that the reader has locked, and refuses when one of them is no longer what
// the snapshot shows. The reader's locks keep things so until it has read.
func (s *Source) compare(ctx context.Context, r *reader, q *Query) error {
	oids := []catalog.OID{q.Table.OID}
	for _, t := range q.Joins {
		oids = append(oids, t.OID)
	}
	now, err := s.shapesNow(ctx, oids, r.conn.pid)
	if err != nil {
		return err
	}
	unknown := s.guard.unknown(append(slices.Collect(maps.Keys(now)), oids...))
	if err := s.learn(ctx, r, unknown); err != nil {
		return err
	}
	for _, oid := range oids {
		if now[oid] == nil {
			now[oid] = nil // gone: compared too
		}
	}
	return s.guard.differs(now, q.Table.OID)
}

// changed tells whether tables are no longer what the snapshot shows, to
// explain the failure of a statement that read them. It cannot tell for sure
// where it returns nil.
func (s *Source) changed(ctx context.Context, tables []*catalog.Table) error {
	if len(tables) == 0 {
		return nil
	}
	var oids []catalog.OID
	for _, t := range tables {
		oids = append(oids, t.OID)
	}
	now, err := s.shapesNow(ctx, oids, 0)
	if err != nil {
		return nil
	}
	s.guard.mu.Lock()
	for _, oid := range oids {
		if s.guard.expected[oid] == nil {
			delete(now, oid) // the failure came before it was looked at
		} else if now[oid] == nil {
			now[oid] = nil // gone: compared too
		}
	}
	s.guard.mu.Unlock()
	return s.guard.differs(now, tables[0].OID)
}

func (s *Source) shapesNow(ctx context.Context, oids []catalog.OID, pid uint32) (now map[catalog.OID]*shape, err error) {
	err = s.watcher.fresh(ctx, func(ctx context.Context, conn *session) error {
		now, err = readShapes(ctx, conn, oids, pid)
		return err
	})
	return now, err
}

// differs compares what is now with what was expected. Columns added since do
// not matter to the table that is being read, whose columns are named one by
// one; in any other table a new column could take over a name that an
// expression means for the outer one.
func (g *guard) differs(now map[catalog.OID]*shape, reading catalog.OID) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, oid := range slices.Sorted(maps.Keys(now)) {
		was, is := g.expected[oid], now[oid]
		switch {
		case was == nil && is == nil:
			return &VoidError{What: fmt.Sprintf("a table that was to be read (OID %d) is not in it", oid)}
		case was == nil:
			return void(is.name, "was created")
		case is == nil:
			return void(was.name, "was dropped")
		}
		if what := was.change(is, oid == reading); what != "" {
			return void(was.name, what)
		}
	}
	return nil
}

func void(t catalog.Name, what string) *VoidError {
	return &VoidError{
		Table: t, What: what,
		Hint: "run again when migrations and maintenance on the source are done; a table that is emptied or rewritten all the time can be left out with rows: none",
	}
}

// change says in words what has become of a table, empty if nothing has.
func (was *shape) change(is *shape, additions bool) string {
	switch {
	case was.name != is.name:
		return "was renamed to " + is.name.String()
	case was.kind != is.kind:
		return "became another kind of relation"
	case was.fileNode != is.fileNode:
		return "was truncated or rewritten"
	}
	for i, c := range was.columns {
		if i < len(is.columns) && c == is.columns[i] {
			continue
		}
		return "has changed: " + c.change(is.columns)
	}
	if extra := is.columns[len(was.columns):]; len(extra) > 0 && !additions {
		return "has got the column " + catalog.Display(extra[0].name)
	}
	return ""
}

func (c column) change(now []column) string {
	name := catalog.Display(c.name)
	for _, n := range now {
		if n.num != c.num {
			continue
		}
		if n.name != c.name {
			return "column " + name + " was renamed to " + catalog.Display(n.name)
		}
		return "column " + name + " has another type"
	}
	return "column " + name + " was dropped"
}
