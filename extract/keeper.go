package extract

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// keeper is a session that holds the snapshot in an idle transaction. It takes
// no lock on any table.
type keeper struct {
	conn *session
	id   string // of the snapshot as this keeper has exported it
}

// keepers are the two sessions that hold the snapshot: the first exported it,
// the second imported and exported it again, under an id of its own. When one
// is lost the other makes up for it; when both are, the snapshot is.
type keepers struct {
	opener *opener
	end    *ending
	tm     timings
	cfg    Config

	mu   sync.Mutex
	pair [2]*keeper // nil where one is lost
	pids [2]atomic.Uint32
}

func newKeepers(o *opener, end *ending, tm timings, cfg Config, first, second *session) *keepers {
	k := &keepers{opener: o, end: end, tm: tm, cfg: cfg}
	k.set(0, &keeper{conn: first})
	k.set(1, &keeper{conn: second})
	return k
}

func (k *keepers) set(i int, one *keeper) {
	k.pair[i] = one
	k.pids[i].Store(one.conn.pid)
}

// has tells whether a server process is a keeper's.
func (k *keepers) has(pid uint32) bool {
	return pid == k.pids[0].Load() || pid == k.pids[1].Load()
}

const beginKeeper = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"

// begin takes the snapshot in the first keeper and gives it to the second.
func (k *keepers) begin(ctx context.Context) (id string, at time.Time, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	first, second := k.pair[0], k.pair[1]
	if _, err := first.conn.Exec(ctx, beginKeeper); err != nil {
		return "", at, exportError(err)
	}
	err = first.conn.QueryRow(ctx, `SELECT pg_catalog.pg_export_snapshot(), pg_catalog.clock_timestamp()`).Scan(&first.id, &at)
	if err != nil {
		return "", at, exportError(err)
	}
	if err := second.adopt(ctx, first.id); err != nil {
		return "", at, exportError(err)
	}
	return first.id, at, nil
}

// adopt makes the keeper hold the snapshot that another one has exported.
func (k *keeper) adopt(ctx context.Context, id string) error {
	if _, err := k.conn.Exec(ctx, beginKeeper); err != nil {
		return err
	}
	if _, err := k.conn.Exec(ctx, importSnapshot(id)); err != nil {
		return err
	}
	return k.conn.QueryRow(ctx, `SELECT pg_catalog.pg_export_snapshot()`).Scan(&k.id)
}

// importSnapshot must be the first statement of its transaction.
func importSnapshot(id string) string { return "SET TRANSACTION SNAPSHOT " + catalog.QuoteLiteral(id) }

func exportError(err error) error {
	return fault.Wrap(transientOr(fault.Preflight, err), catalog.Redact(err), "export a snapshot on the source")
}

// id is the snapshot under the name of a keeper that lives as far as is known.
func (k *keepers) id() (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, one := range k.pair {
		if one != nil {
			return one.id, nil
		}
	}
	return "", k.end.cause()
}

// run gives signs of life and replaces what is lost, until the Source ends.
// Then it lets the snapshot go at once, whether or not anybody closes the Source.
func (k *keepers) run() {
	defer k.close()
	ctx, stop := k.end.bind(context.Background())
	defer stop()
	tick := time.NewTicker(k.tm.ping)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		k.check(ctx)
	}
}

// suspect has the keepers examined at once, because an import of their snapshot
// failed. It does not follow the caller's cancellation: a cancelled statement
// would end the keeper's transaction.
func (k *keepers) suspect(ctx context.Context) { k.check(context.WithoutCancel(ctx)) }

// check asks both keepers for a sign of life and replaces a lost one.
func (k *keepers) check(ctx context.Context) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.end.cause() != nil {
		return
	}
	var lost error
	for i, one := range k.pair {
		if one == nil {
			continue
		}
		if err := k.ping(ctx, one.conn); err != nil {
			if ctx.Err() != nil {
				return
			}
			lost = catalog.Redact(err)
			one.conn.close()
			k.pair[i] = nil
			k.cfg.Log.Warn("a keeper of the snapshot is lost", "error", lost)
		}
	}
	switch {
	case k.pair[0] == nil && k.pair[1] == nil:
		k.end.with(k.lost(lost))
	case k.pair[0] == nil:
		k.replace(ctx, 0, k.pair[1].id)
	case k.pair[1] == nil:
		k.replace(ctx, 1, k.pair[0].id)
	}
}

func (k *keepers) ping(ctx context.Context, conn *session) error {
	ctx, cancel := context.WithTimeout(ctx, k.tm.reply)
	defer cancel()
	_, err := conn.Exec(ctx, "SELECT 1")
	return err
}

// replace opens a new keeper beside the one that is left. A failure is not the
// end: the other keeper holds on and the next check tries again.
func (k *keepers) replace(ctx context.Context, i int, id string) {
	ctx, cancel := context.WithTimeout(ctx, k.tm.ping)
	defer cancel()
	conn, err := k.opener.open(ctx, keeperSettings(k.tm))
	if err == nil {
		fresh := &keeper{conn: conn}
		if err = fresh.adopt(ctx, id); err == nil {
			k.set(i, fresh)
			k.cfg.Log.Info("the lost keeper has been replaced", "id", fresh.id)
			return
		}
		conn.close()
	}
	k.cfg.Log.Warn("the lost keeper could not be replaced yet", "error", catalog.Redact(err))
}

func (k *keepers) lost(last error) error {
	what := fmt.Sprintf("both sessions that held it have ended (%v)", last)
	if k.opener.server.standby {
		return recoveryConflict(what)
	}
	return &VoidError{
		What: what,
		Hint: "look for what ends sessions on the source: a restart, an administrator, idle_in_transaction_session_timeout, a firewall",
	}
}

func (k *keepers) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, one := range k.pair {
		if one != nil {
			one.conn.close()
		}
		k.pair[i] = nil
	}
}
