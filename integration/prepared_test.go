package integration

import (
	"fmt"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/internal/pgtest"
)

// Two-phase commit on production: what is prepared has not happened yet, and a
// lock that it holds ends the refresh with its reason; it is never ended by us.
func TestPreparedTransactionsOnTheSource(t *testing.T) {
	t.Parallel()
	if one(t, pgtest.Source(t).URL("postgres"), `SELECT current_setting('max_prepared_transactions')`) == "0" {
		t.Skip("the test server allows no prepared transactions")
	}
	p := newProject(t, gateSchema, gatePolicy)
	const there = `SELECT count(*) FROM visits`
	before := one(t, p.source, there)
	gid := func(name string) string { return name + "_" + p.name }
	prepare := func(name, sql string) {
		execute(t, p.source, "BEGIN; "+sql+"; PREPARE TRANSACTION '"+gid(name)+"'")
		t.Cleanup(func() { _ = tryExecute(p.source, "ROLLBACK PREPARED '"+gid(name)+"'") })
	}

	prepare("rows", `DELETE FROM visits`)
	p.refresh()
	if got := one(t, p.staging(), there); got != before {
		t.Errorf("staging has %s of %s visits", got, before)
	}

	prepare("lock", `LOCK TABLE canaries IN ACCESS EXCLUSIVE MODE`)
	r := p.fails(75, "public.canaries", "refresh", "--source-lock-timeout", "1s")
	if !strings.Contains(r.stderr, "prepared transaction") {
		t.Errorf("the reason is not said: %s", r.stderr)
	}
	if strings.Contains(r.stderr+r.stdout, gid("lock")) {
		t.Error("the gid is named")
	}
	if got := one(t, p.source, `SELECT count(*) FROM pg_prepared_xacts WHERE gid IN ($1, $2)`, gid("rows"), gid("lock")); got != "2" {
		t.Errorf("%s of 2 prepared transactions are left", got)
	}

	// A session's lock is told apart.
	execute(t, p.source, "ROLLBACK PREPARED '"+gid("lock")+"'")
	conn := pgtest.Source(t).Conn(t, p.source)
	if _, err := conn.Exec(t.Context(), `BEGIN; LOCK TABLE canaries IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	p.fails(75, fmt.Sprintf("public.canaries within 1s; session %d is in the way", conn.PgConn().PID()), "refresh", "--source-lock-timeout", "1s")
	if _, err := conn.Exec(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}

	execute(t, p.source, "COMMIT PREPARED '"+gid("rows")+"'")
	p.refresh()
	if want, got := one(t, p.source, there), one(t, p.staging(), there); got != want || got == before {
		t.Errorf("committed: staging has %s of %s visits", got, want)
	}
}
