package extract

import (
	"context"
	"fmt"
	"time"

	"github.com/understudy-db/understudy/catalog"
)

// Busy tells what speaks against reading from a source now: more sessions in its
// database than maxSessions, or a standby that is further behind than maxLag.
// Zero does not look at either. Empty: nothing does. It reads two numbers in a
// read-only session.
func Busy(ctx context.Context, dsn catalog.DSN, maxSessions int, maxLag time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, busyTimeout)
	defer cancel()
	conn, err := catalog.Connect(ctx, dsn, catalog.Session{AppName: "understudy/schedule", ReadOnly: true})
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	// Which sessions are active is for superusers and pg_monitor to know.
	var sessions int
	if err := conn.QueryRow(ctx, `SELECT numbackends - 1 FROM pg_catalog.pg_stat_database WHERE datname = pg_catalog.current_database()`).Scan(&sessions); err != nil {
		return "", catalog.Redact(err)
	}
	standby, lag, err := standbyLag(ctx, conn)
	switch {
	case err != nil:
		return "", catalog.Redact(err)
	case maxSessions > 0 && sessions > maxSessions:
		return fmt.Sprintf("the source has %d sessions, and schedule.max_sessions is %d", sessions, maxSessions), nil
	case standby && maxLag > 0 && lag > maxLag:
		return fmt.Sprintf("the standby is %s behind, and source.max_replica_lag is %s", lag.Round(time.Second), maxLag), nil
	}
	return "", nil
}

const busyTimeout = time.Minute
