package load

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Generation is one database of staging's.
type Generation struct {
	Number   int
	Database string
	Role     Role
	Serving  bool // it is staging
	Run      string
	Created  time.Time
	Snapshot time.Time // of the source; zero before Seal
	LSN      string
	Retired  time.Time // swapped out last; zero if never
	Bytes    int64     // 0 where it may not be measured
	// Ours tells that the database is proven ours: by a marker with its own
	// OID, or by owner, name and content where a crash left it without one.
	// Any other is listed, and never touched.
	Ours bool
	Why  string // what proves it, or what is missing
}

// Generations lists staging and all databases with a generation's name, the
// newest generation first.
func (s *Server) Generations(ctx context.Context) ([]Generation, error) {
	inv, err := s.inventory(ctx, true)
	if err != nil {
		return nil, err
	}
	return inv.list(), nil
}

func (inv *inventory) list() []Generation {
	var out []Generation
	if inv.staging != nil {
		g := inv.staging.generation()
		g.Serving = inv.staging.marker != nil
		out = append(out, g)
	}
	for _, d := range inv.generations {
		out = append(out, d.generation())
	}
	return out
}

func (d *database) generation() Generation {
	g := Generation{Number: d.number, Database: d.name, Bytes: d.bytes, Ours: d.ours, Why: d.why}
	if d.ours {
		g.Role = d.role()
	}
	if m := d.marker; m != nil {
		g.Number, g.Run, g.Created, g.LSN, g.Retired = m.Generation, m.Run, m.Created, m.LSN, d.retired()
		if m.Snapshot != nil {
			g.Snapshot = *m.Snapshot
		}
	}
	return g
}

// Status is how staging stands.
type Status struct {
	Serving     *Generation // nil if there is no staging of ours
	Age         time.Duration
	Generations []Generation
	Holders     []Holder     // of the build and the publish lock
	Waiting     *Generation  // complete and never published: Resume publishes it
	Leftovers   []Generation // what the Janitor would drop now
	Reset       error        // why Reset would be refused, nil if it would not
	RollbackTo  int          // the generation that Rollback would bring back; -1 if none
}

// Status looks at staging and changes nothing.
func (s *Server) Status(ctx context.Context) (*Status, error) {
	var st Status
	err := s.admin(ctx, func(conn *pgx.Conn) error {
		inv, err := s.take(ctx, conn, true)
		if err != nil {
			return err
		}
		for _, kind := range []lockKind{buildLock, publishLock} {
			holders, err := s.holders(ctx, conn, kind)
			if err != nil {
				return err
			}
			st.Holders = append(st.Holders, holders...)
		}
		s.fill(&st, inv)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &st, nil
}

// ServingKey is the fingerprint of the key that the serving generation was
// masked with; empty where nothing of ours serves.
func (s *Server) ServingKey(ctx context.Context) (string, error) {
	inv, err := s.inventory(ctx, false)
	if err != nil || inv.staging == nil || inv.staging.marker == nil {
		return "", err
	}
	return inv.staging.marker.Key, nil
}

func (s *Server) fill(st *Status, inv *inventory) {
	st.Generations = inv.list()
	st.RollbackTo = -1
	if inv.serving() >= 0 {
		g := inv.staging.generation()
		g.Serving = true
		st.Serving = &g
		if !g.Snapshot.IsZero() {
			st.Age = time.Since(g.Snapshot)
		}
	}
	if d := inv.unpublished(); d != nil {
		g := d.generation()
		st.Waiting = &g
	}
	if previous := inv.previous(); len(previous) > 0 {
		st.RollbackTo = previous[0].number
	}
	st.Reset = s.resettable(inv)
	building := map[string]bool{}
	for _, h := range st.Holders {
		building[h.Lock] = true
	}
	var junk []*database
	if !building[string(buildLock)] {
		junk = append(junk, s.halfBuilt(inv)...)
	}
	if !building[string(publishLock)] {
		junk = append(junk, s.outlived(inv)...)
	}
	for _, d := range junk {
		st.Leftovers = append(st.Leftovers, d.generation())
	}
}
