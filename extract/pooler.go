package extract

import (
	"context"
	"time"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// Pooler says what stands between us and the server.
type Pooler string

const (
	NoPooler          Pooler = ""
	SessionPooler     Pooler = "session"
	TransactionPooler Pooler = "transaction"
)

// poolerTimeout bounds the wait for a pooler whose connections are all taken.
const poolerTimeout = 30 * time.Second

// findPooler tells whether two sessions have a server process each. A pooler in
// transaction mode gives one process to both in turn, or moves a session to
// another while its own is taken, and then nothing that this package relies on
// holds: no exported snapshot, no setting, no lock, no pg_dump under a snapshot.
//
// A pooler in session mode works; it shows by the process id of the protocol's
// cancel key, which is the pooler's invention.
func findPooler(ctx context.Context, a, b *session) (_ Pooler, err error) {
	const rounds = 3 // round robin over idle server connections shows within a few
	ctx, cancel := context.WithTimeout(ctx, poolerTimeout)
	defer cancel()
	pid := func(conn *session) (uint32, error) {
		var n uint32
		err := conn.QueryRow(ctx, `SELECT pg_catalog.pg_backend_pid()::int8`).Scan(&n)
		return n, err
	}
	first, err := pid(a)
	if err != nil {
		return NoPooler, err
	}
	// Most poolers hand out the connection that came back last. This comes
	// before anything that could wait for a pool of one.
	if other, err := pid(b); err != nil || other == first {
		return TransactionPooler, err
	}
	for range rounds {
		// b takes hold of a process, which would be a's if it were shared.
		if _, err := b.Exec(ctx, "BEGIN READ ONLY"); err != nil {
			return NoPooler, err
		}
		other, err := pid(b)
		if err != nil {
			return NoPooler, err
		}
		again, err := pid(a)
		if err != nil {
			return NoPooler, err
		}
		if _, err := b.Exec(ctx, "ROLLBACK"); err != nil {
			return NoPooler, err
		}
		after, err := pid(b)
		if err != nil {
			return NoPooler, err
		}
		if other == first || again != first || after != other {
			return TransactionPooler, nil
		}
	}
	if first != a.PgConn().PID() {
		return SessionPooler, nil
	}
	return NoPooler, nil
}

func refusePooler(ctx context.Context, a, b *session, warn func(string)) error {
	p, err := findPooler(ctx, a, b)
	if err != nil {
		return fault.Wrap(transientOr(fault.Preflight, err), catalog.Redact(err), "look for a connection pooler")
	}
	switch p {
	case TransactionPooler:
		return fault.New(fault.Preflight, "the source is behind a connection pooler in transaction mode, through which no snapshot can be held").
			WithHint("give the address and port of the PostgreSQL server itself (PgBouncer usually listens on 6432, PostgreSQL on 5432)")
	case SessionPooler:
		warn("the source is behind a connection pooler in session mode: it works while its pool is large enough, but the server itself is the better address")
	}
	return nil
}
