package extract

import (
	"context"
	"fmt"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// locked explains that a lock was not to be had in time: by which table, and by
// whom. Transactions that are prepared have no session, and stay for as long as
// nobody ends them, over restarts of the server too.
func (s *Source) locked(ctx context.Context, w work, err error) error {
	table, by := "the table", ""
	hint := "a statement that holds or waits for ACCESS EXCLUSIVE is in the way: try again when it is done, or raise source.lock_timeout"
	if in := s.inTheWay(ctx, w.tables()); in != nil {
		table, by = in.table.String(), fmt.Sprintf("; session %d is in the way", in.pid)
		if in.pid == 0 {
			by = "; a prepared transaction is in the way"
			hint = "COMMIT PREPARED or ROLLBACK PREPARED it on the source (pg_prepared_xacts has its gid); it goes away by nothing else"
		}
	}
	return fault.Wrap(fault.Transient, err, "%s: no lock on %s within %s%s", w, table, s.cfg.LockTimeout, by).WithHint("%s", hint)
}

// exclusive is a lock that keeps readers out.
type exclusive struct {
	table catalog.Name
	pid   int // 0: of a prepared transaction
}

// inTheWay finds the lock that keeps readers from one of the tables, or without
// tables from any; nil if there is none any more. One that is held goes before
// one that is waited for.
func (s *Source) inTheWay(ctx context.Context, tables []*catalog.Table) *exclusive {
	oids := []uint32{}
	for _, t := range tables {
		oids = append(oids, uint32(t.OID))
	}
	var in exclusive
	err := s.watcher.fresh(ctx, func(ctx context.Context, conn *session) error {
		return conn.QueryRow(ctx, `
			SELECT n.nspname, c.relname, coalesce(l.pid, 0)
			FROM pg_catalog.pg_locks l
			JOIN pg_catalog.pg_class c ON c.oid = l.relation
			JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
			JOIN pg_catalog.pg_database d ON d.oid = l.database
			WHERE d.datname = pg_catalog.current_database()
			  AND l.mode = 'AccessExclusiveLock'
			  AND c.relkind NOT IN ('i', 'I', 't')
			  AND (pg_catalog.cardinality($1::oid[]) = 0 OR c.oid = ANY ($1::oid[]))
			ORDER BY l.granted DESC, n.nspname, c.relname
			LIMIT 1`, oids).Scan(&in.table.Schema, &in.table.Name, &in.pid)
	})
	if err != nil {
		return nil // the reason why is not worth another
	}
	return &in
}
