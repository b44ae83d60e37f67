package load

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// The whole life of a staging database, step by step.
func TestLifeOfGenerations(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open()

	b := tg.sealed(s)
	tg.wantDatabases("S__u1")
	if err := tg.query(b.Name(), "SELECT 1", new(int)); err == nil {
		t.Error("the pristine can be connected to")
	}
	r, err := s.Publish(t.Context(), b.Number(), PublishOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Generation != 1 || r.Previous != -1 || !r.Pristine || r.OldDatabase != "" || r.Swap <= 0 || r.Clone <= 0 {
		t.Errorf("result %+v", r)
	}
	tg.wantDatabases("S S__u1")
	_, err = s.Rollback(t.Context(), RollbackOptions{To: -1})
	wantFault(t, err, fault.Preflight, "no previous generation")

	r = tg.published(s)
	if r.Generation != 2 || r.Previous != 1 || r.OldDatabase != s.names.live(1) {
		t.Errorf("result %+v", r)
	}
	tg.wantDatabases("S S__u1 S__u1_live S__u2")
	tg.wantJanitor(s, "S__u1")
	tg.wantDatabases("S S__u1_live S__u2")
	tg.published(s)
	tg.wantJanitor(s, "S__u2", "S__u1_live")
	tg.wantDatabases("S S__u2_live S__u3")
	if tg.note() != "generation 3" {
		t.Errorf("staging is %q", tg.note())
	}

	// Reset: what users did is gone.
	tg.Exec(t, tg.staging, "UPDATE note SET text = 'used'")
	r, err = s.Reset(t.Context(), -1, PublishOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Generation != 3 || len(r.Dropped) != 1 || r.Dropped[0] != s.names.old(3) {
		t.Errorf("result %+v", r)
	}
	tg.wantDatabases("S S__u2_live S__u3")
	if tg.note() != "generation 3" {
		t.Errorf("staging is %q", tg.note())
	}

	// Rollback: generation 2 as its users left it; 3 stays for the way back.
	tg.Exec(t, s.names.live(2), "UPDATE note SET text = 'generation 2, used'")
	tg.Exec(t, tg.staging, "UPDATE note SET text = 'generation 3, used'")
	r, err = s.Rollback(t.Context(), RollbackOptions{To: -1})
	if err != nil {
		t.Fatal(err)
	}
	if r.Generation != 2 || r.Previous != 3 || r.Pristine {
		t.Errorf("result %+v", r)
	}
	if tg.note() != "generation 2, used" {
		t.Errorf("staging is %q", tg.note())
	}
	_, err = s.Reset(t.Context(), -1, PublishOptions{})
	wantFault(t, err, fault.Preflight, "rolled back to generation 2", "generation 3 went live")
	_, err = s.Resume(t.Context(), PublishOptions{})
	wantFault(t, err, fault.Preflight, "no complete generation")
	tg.wantJanitor(s)
	tg.wantDatabases("S S__u3 S__u3_live")

	if _, err = s.Rollback(t.Context(), RollbackOptions{To: -1}); err != nil {
		t.Fatal(err)
	}
	if tg.note() != "generation 3, used" {
		t.Errorf("staging is %q", tg.note())
	}
	if _, err = s.Reset(t.Context(), -1, PublishOptions{}); err != nil {
		t.Fatal(err)
	}

	// After a rollback the next refresh has the higher number, and what it
	// replaces is what served last.
	if _, err = s.Rollback(t.Context(), RollbackOptions{To: 2}); err != nil {
		t.Fatal(err)
	}
	r = tg.published(s)
	if r.Generation != 4 || r.Previous != 2 {
		t.Errorf("result %+v", r)
	}
	tg.wantJanitor(s, "S__u3", "S__u3_live")
	tg.wantDatabases("S S__u2_live S__u4")
}

func TestGenerationsAndStatus(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open()
	st, err := s.Status(t.Context())
	if err != nil || st.Serving != nil || st.RollbackTo != -1 || st.Reset == nil || len(st.Generations) != 0 {
		t.Errorf("nothing there: %+v, %v", st, err)
	}
	tg.published(s)
	tg.published(s)
	waiting := tg.sealed(s)
	half := tg.create(s)
	// A build that dies with its run: forgotten by this Server.
	half.forget()
	st, err = s.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if st.Serving == nil || st.Serving.Number != 2 || !st.Serving.Serving || st.Age <= 0 || st.Reset != nil || st.RollbackTo != 1 {
		t.Errorf("status %+v", st)
	}
	if st.Waiting == nil || st.Waiting.Number != waiting.Number() {
		t.Errorf("waiting %+v", st.Waiting)
	}
	var junk []string
	for _, g := range st.Leftovers {
		junk = append(junk, strings.ReplaceAll(g.Database, tg.staging, "S"))
	}
	if strings.Join(junk, " ") != "S__u4 S__u1" {
		t.Errorf("leftovers %v", junk)
	}
	var rows []string
	for _, g := range st.Generations {
		rows = append(rows, fmt.Sprintf("%s %d %s %v", strings.ReplaceAll(g.Database, tg.staging, "S"), g.Number, g.Role, g.Serving))
		if g.Bytes <= 0 || g.Created.IsZero() || g.Role != Building && !g.Snapshot.Equal(testProvenance.Snapshot) {
			t.Errorf("generation %+v", g)
		}
	}
	want := "S 2 live true; S__u4 4 building false; S__u3 3 pristine false; S__u2 2 pristine false; S__u1 1 pristine false; S__u1_live 1 previous false"
	if got := strings.Join(rows, "; "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	tg.wantJanitor(s, "S__u4", "S__u1")
	if _, err := s.Resume(t.Context(), PublishOptions{}); err != nil {
		t.Fatal(err)
	}
	if tg.note() != "generation 3" {
		t.Errorf("staging is %q", tg.note())
	}
}

// Names that have to be quoted everywhere.
func TestStagingWithAnAwkwardName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{` "we'ird" größe; -- \%s $$`, "Shop Staging", "ünïcödé", "100%"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tg := newTarget(t)
			prefix := tg.staging
			tg.staging += name
			if len(tg.staging) > maxStaging {
				tg.staging = prefix[len(prefix)-8:] + name
			}
			t.Cleanup(func() { tg.dropAll() })
			s := tg.open()
			tg.published(s)
			tg.published(s)
			if _, err := s.Rollback(t.Context(), RollbackOptions{To: -1}); err != nil {
				t.Fatal(err)
			}
			if tg.note() != "generation 1" {
				t.Errorf("staging is %q", tg.note())
			}
			if _, err := s.Rollback(t.Context(), RollbackOptions{To: -1}); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Reset(t.Context(), -1, PublishOptions{}); err != nil {
				t.Fatal(err)
			}
			tg.wantJanitor(s, "S__u1")
			tg.wantDatabases("S S__u1_live S__u2")
		})
	}
}

// dropAll drops databases whose names pgtest does not know.
func (tg *target) dropAll() {
	for name := range strings.SplitSeq(tg.databaseLines(), "\n") {
		if name != "" {
			tg.Exec(tg.t, "postgres", "DROP DATABASE "+quoted(name)+" WITH (FORCE)")
		}
	}
}

func (tg *target) databaseLines() (names string) {
	err := tg.query("postgres", `SELECT coalesce(string_agg(datname, E'\n'), '') FROM pg_database
		WHERE datname = `+catalog.QuoteLiteral(tg.staging)+` OR starts_with(datname, `+catalog.QuoteLiteral(tg.staging+"__u")+`)`, &names)
	if err != nil {
		tg.t.Error(err)
	}
	return names
}

// Without a pristine the generation itself becomes staging.
func TestPublishWithoutPristine(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open(func(c *Config) { c.Pristine = "false" })
	r := tg.published(s)
	if r.Pristine || r.Clone != 0 {
		t.Errorf("result %+v", r)
	}
	tg.wantDatabases("S")
	tg.published(s)
	tg.wantDatabases("S S__u1_live")
	tg.wantJanitor(s)
	_, err := s.Reset(t.Context(), -1, PublishOptions{})
	wantFault(t, err, fault.Preflight, "no pristine of generation 2 was kept")
	// Everybody can connect, as to any new database.
	role, password := tg.Role(t, "")
	conn, err := pgx.Connect(t.Context(), tg.URLFor(role, password, tg.staging))
	if err != nil {
		t.Fatal(err)
	}
	conn.Close(t.Context())
}

func TestAutoPristineGivesWayToSpace(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	var warned []string
	auto := func(limit int64) *Server {
		return tg.open(func(c *Config) {
			c.Pristine, c.SpaceLimit = "auto", limit
			c.Warn = func(msg string) { warned = append(warned, msg) }
		})
	}
	if r := tg.published(auto(0)); !r.Pristine {
		t.Error("no pristine although nothing is known of space")
	}
	if r := tg.published(auto(1 << 40)); !r.Pristine {
		t.Error("no pristine although there is room")
	}
	if len(warned) > 0 {
		t.Errorf("warned: %q", warned)
	}
	if r := tg.published(auto(20 << 20)); r.Pristine {
		t.Error("a pristine although there is no room")
	}
	if len(warned) != 1 || !strings.Contains(warned[0], "reset") {
		t.Errorf("warned: %q", warned)
	}
}

// clients keep connecting to staging and asking it, as applications do.
type clients struct {
	cancel  context.CancelFunc
	wg      sync.WaitGroup
	answers atomic.Int64
	late    atomic.Int64 // logins that waited for the rename and were told so
	refused atomic.Int64 // logins that failed otherwise than by being ended
	reason  atomic.Value
}

// clients connect as an ordinary role: superusers' sessions cannot be ended.
func (tg *target) clients(n int) *clients {
	role, password := tg.Role(tg.t, "")
	ctx, cancel := context.WithCancel(context.Background())
	c := &clients{cancel: cancel}
	url := tg.URLFor(role, password, tg.staging)
	for range n {
		c.wg.Go(func() {
			for ctx.Err() == nil {
				conn, err := pgx.Connect(ctx, url)
				if err != nil {
					switch state := catalog.SQLState(err); {
					case ctx.Err() != nil || state == "57P01":
					case state == "3D000":
						c.late.Add(1)
					default:
						c.refused.Add(1)
						c.reason.Store(err.Error())
					}
					continue
				}
				for ctx.Err() == nil {
					if _, err := conn.Exec(ctx, "SELECT 1"); err != nil {
						break
					}
					c.answers.Add(1)
				}
				conn.Close(context.Background())
			}
		})
	}
	tg.t.Cleanup(c.stop)
	return c
}

func (c *clients) stop() {
	c.cancel()
	c.wg.Wait()
}

// Clients that reconnect at once lose their session and nothing else: a login
// that comes at the very moment fails at most once, and no other fails.
func TestSwapUnderLoad(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	tg.Exec(t, "postgres", "GRANT pg_signal_backend TO "+tg.role)
	s := tg.open()
	tg.published(s)
	app := tg.clients(6)
	eventually(t, "the clients are at work", func() bool { return app.answers.Load() > 20 })
	b := tg.sealed(s)
	r, err := s.Publish(t.Context(), b.Number(), PublishOptions{})
	if err != nil {
		t.Fatal(err)
	}
	before := app.answers.Load()
	eventually(t, "the clients are back", func() bool { return app.answers.Load() > before+20 })
	app.stop()
	if app.refused.Load() > 0 {
		t.Errorf("%d logins were refused: %v", app.refused.Load(), app.reason.Load())
	}
	if r.Ended == 0 {
		t.Error("no session was ended")
	}
	if app.late.Load() > 6 {
		t.Errorf("%d logins of 6 clients did not find staging", app.late.Load())
	}
	t.Logf("swap under load took %s, %d sessions ended, %d logins came at the moment of the swap", r.Swap, r.Ended, app.late.Load())
}

// A session that we may not end, and that does not leave: the swap is refused,
// staging goes on, and the generation waits for Resume.
func TestSwapIsRefusedWhenSessionsStay(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	tg.published(tg.open())
	s := tg.open(func(c *Config) { c.SwapTimeout = 300 * time.Millisecond })
	super := tg.Conn(t, tg.URL(tg.staging))
	mine := tg.Conn(t, tg.URLFor(tg.role, tg.password, tg.staging))
	b := tg.sealed(s)
	_, err := s.Publish(t.Context(), b.Number(), PublishOptions{})
	wantFault(t, err, fault.SwapRefused, "may not be ended", "role postgres", "pg_signal_backend")
	if tg.note() != "generation 1" {
		t.Errorf("staging is %q", tg.note())
	}
	// Nobody was thrown out in vain.
	if err := mine.Ping(t.Context()); err != nil {
		t.Errorf("the other session is gone: %v", err)
	}
	if err := super.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	r, err := s.Resume(t.Context(), PublishOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Generation != 2 || tg.note() != "generation 2" {
		t.Errorf("result %+v", r)
	}
}

func TestSwapIsRefusedWithPreparedTransactions(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	var most int
	if err := tg.query("postgres", `SELECT current_setting('max_prepared_transactions')::int`, &most); err != nil {
		t.Fatal(err)
	}
	if most == 0 {
		t.Skip("the test server allows no prepared transactions")
	}
	s := tg.open()
	tg.published(s)
	tg.Exec(t, tg.staging, "BEGIN; UPDATE note SET text = 'prepared'; PREPARE TRANSACTION 'secret gid'")
	b := tg.sealed(s)
	mine := tg.Conn(t, tg.URLFor(tg.role, tg.password, tg.staging))
	_, err := s.Publish(t.Context(), b.Number(), PublishOptions{})
	wantFault(t, err, fault.SwapRefused, "1 prepared transaction", "ROLLBACK PREPARED")
	if strings.Contains(said(err), "secret gid") {
		t.Error("the gid is named")
	}
	if err := mine.Ping(t.Context()); err != nil {
		t.Errorf("a session was ended in vain: %v", err)
	}
	tg.Exec(t, tg.staging, "ROLLBACK PREPARED 'secret gid'")
	if _, err := s.Resume(t.Context(), PublishOptions{}); err != nil {
		t.Fatal(err)
	}
}

// Between the look and the rename somebody puts another database in staging's
// place: it is not renamed away.
func TestSwapTakesNoOtherDatabase(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open()
	tg.published(s)
	b := tg.sealed(s)
	var other uint32
	_, err := s.Publish(t.Context(), b.Number(), PublishOptions{Progress: func(step string) {
		if step == "swap" {
			tg.Exec(t, "postgres", "DROP DATABASE "+quoted(tg.staging)+" WITH (FORCE)",
				"CREATE DATABASE "+quoted(tg.staging)+" OWNER "+tg.owner)
			other = tg.oid(tg.staging)
		}
	}})
	wantFault(t, err, fault.Other, "another database has taken the name")
	if tg.oid(tg.staging) != other || tg.oid(s.names.live(1)) != 0 {
		t.Error("the other database was renamed")
	}
}

func TestPublishRefusesWhatIsNotComplete(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open()
	b := tg.create(s)
	_, err := s.Publish(t.Context(), b.Number(), PublishOptions{})
	wantFault(t, err, fault.Preflight, "not complete")
	_, err = s.Publish(t.Context(), 77, PublishOptions{})
	wantFault(t, err, fault.Preflight, "no generation 77")
	tg.published(s)
	_, err = s.Publish(t.Context(), 2, PublishOptions{})
	wantFault(t, err, fault.Preflight, "not newer")
}

func TestPublishWaitsForNoOther(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s, other := tg.open(), tg.open(func(c *Config) { c.RunID = "other" })
	b := tg.sealed(s)
	_, release, err := other.LockPublish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Publish(t.Context(), b.Number(), PublishOptions{})
	wantFault(t, err, fault.Busy, "understudy/other")
	tg.wantJanitor(s)
	release()
	if _, err := s.Publish(t.Context(), b.Number(), PublishOptions{}); err != nil {
		t.Fatal(err)
	}
	_, release, err = s.LockPublish(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if _, err := s.Reset(t.Context(), -1, PublishOptions{}); err != nil {
		t.Errorf("under our own lock: %v", err)
	}
}

// A run that another holds the build lock for is not disturbed.
func TestJanitorLeavesARunningBuildAlone(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s, other := tg.open(), tg.open(func(c *Config) { c.RunID = "other" })
	_, release, err := s.LockBuild(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := tg.create(s)
	tg.wantJanitor(other)
	tg.wantJanitor(s)
	st, err := other.Status(t.Context())
	if err != nil || len(st.Leftovers) > 0 {
		t.Errorf("leftovers %v, %v", st.Leftovers, err)
	}
	release()
	tg.wantJanitor(other, "S__u1")
	if err := b.Drop(t.Context()); err != nil {
		t.Errorf("dropping what is gone: %v", err)
	}
}

func TestDropIsWholeAndSparesTheSealed(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open()
	b := tg.create(s, `CREATE TABLE public.t (id int)`)
	w, err := b.OpenTable(t.Context(), tableLoad("t", "id"))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Abort()
	tg.wantDatabases("")
	b = tg.sealed(s)
	if err := b.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	tg.wantDatabases("S__u1")
	err = s.admin(t.Context(), func(conn *pgx.Conn) error { return s.drop(t.Context(), conn, b.Name(), b.oid+1) })
	wantFault(t, err, fault.Other, "refusing to drop", "another database")
	err = s.admin(t.Context(), func(conn *pgx.Conn) error { return s.drop(t.Context(), conn, tg.staging, b.oid) })
	wantFault(t, err, fault.Other, "refusing to drop")
}

// Grants and settings belong to staging, not to production: they are carried
// from the old one to the new one.
func TestStagingKeepsItsGrantsAndSettings(t *testing.T) {
	t.Parallel()
	for _, pristine := range []string{"true", "false"} {
		t.Run("pristine "+pristine, func(t *testing.T) {
			t.Parallel()
			tg := newTarget(t)
			reader, _ := tg.Role(t, "")
			s := tg.open(func(c *Config) { c.Pristine = pristine })
			tg.published(s)
			db := quoted(tg.staging)
			tg.Exec(t, "postgres",
				"REVOKE CONNECT ON DATABASE "+db+" FROM PUBLIC",
				"GRANT CONNECT ON DATABASE "+db+" TO "+reader+" WITH GRANT OPTION",
				"ALTER DATABASE "+db+" SET search_path TO \"$user\", 'Odd \"schema, x', public",
				"ALTER DATABASE "+db+" SET statement_timeout TO '17s'",
				"ALTER DATABASE "+db+" SET application_name TO 'it''s \\ = a value'",
				"ALTER DATABASE "+db+" SET \"my.setting\" TO 'x'",   // a superuser's to set from 15 on
				"ALTER DATABASE "+db+" SET log_statement TO 'none'", // ours to carry only as superuser
				"ALTER DATABASE "+db+" SET default_transaction_read_only TO on",
				"ALTER ROLE "+reader+" IN DATABASE "+db+" SET work_mem TO '7MB'", // not ours either
				"ALTER DATABASE "+db+" CONNECTION LIMIT 0",
			)
			describe := func() (text string) {
				err := tg.query("postgres", `SELECT
					(SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(datacl) a) || ' limit ' || datconnlimit || ' ' ||
					(SELECT string_agg(c, ' ' ORDER BY c) FROM pg_db_role_setting s, unnest(s.setconfig) c
					 WHERE s.setdatabase = d.oid AND c !~ 'log_statement|work_mem|my.setting')
					FROM pg_database d WHERE datname = `+catalog.QuoteLiteral(tg.staging), &text)
				if err != nil {
					t.Fatal(err)
				}
				return text
			}
			before := describe()
			r := tg.published(s)
			if after := describe(); after != before {
				t.Errorf("before %s\nafter  %s", before, after)
			}
			if got := strings.Join(r.NotCopied, ", "); got != `setting "my.setting", setting log_statement, setting work_mem of role `+reader {
				t.Errorf("not copied: %s", got)
			}
		})
	}
}

func TestBeforePublishRunsInOrderAsTheOwner(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open(func(c *Config) {
		c.BeforePublish = []Statement{
			{"first.sql", "CREATE TABLE IF NOT EXISTS log (n serial, who text); INSERT INTO log (who) VALUES (current_user); SET search_path = nowhere"},
			{"second.sql", "INSERT INTO log (who) VALUES (session_user <> current_user);\n-- nothing\n"},
			{"acl.sql", "DO $$ BEGIN EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', current_database()); END $$"},
		}
	})
	tg.published(s)
	check := func(want string) {
		t.Helper()
		var got, owner, acl string
		err := tg.query(tg.staging, `SELECT string_agg(who, ' ' ORDER BY n),
			(SELECT tableowner::text FROM pg_tables WHERE tablename = 'log'),
			(SELECT datacl::text FROM pg_database WHERE datname = current_database()) FROM log`, &got, &owner, &acl)
		if err != nil {
			t.Fatal(err)
		}
		if got != want || owner != tg.owner || strings.Contains(acl, "{=Tc/") || strings.Contains(acl, "=c/") {
			t.Errorf("log %q, owner %s, acl %s", got, owner, acl)
		}
	}
	check(tg.owner + " true")
	// Again on a reset.
	if _, err := s.Reset(t.Context(), -1, PublishOptions{}); err != nil {
		t.Fatal(err)
	}
	check(tg.owner + " true")
}

func TestBeforePublishFailureKeepsStagingAndTheGeneration(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, sql string
		words     []string
	}{
		{"syntax", "SELECT 1;\n  SELEC '" + secret + "'", []string{"line 2, column 3", "42601"}},
		{"column", "SELECT 1;\nSELECT nothing FROM note", []string{"42703", "nothing"}},
		{"data", "SELECT 1; SELECT 2; INSERT INTO note VALUES (1/0 || '" + secret + "')", []string{"after 2 commands", "22012"}},
		{"raise", "DO $$ BEGIN RAISE EXCEPTION 'no: %', '" + secret + "'; END $$", []string{"P0001"}},
		{"open", "BEGIN; INSERT INTO note VALUES ('" + secret + "')", []string{"leaves a transaction open"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tg := newTarget(t)
			tg.published(tg.open())
			failing := tg.open(func(cfg *Config) { cfg.BeforePublish = []Statement{{"sql/" + c.name + ".sql", c.sql}} })
			b := tg.sealed(failing)
			_, err := failing.Publish(t.Context(), b.Number(), PublishOptions{})
			wantFault(t, err, fault.Verification, append(c.words, "sql/"+c.name+".sql")...)
			if strings.Contains(said(err), secret) {
				t.Errorf("a value leaks: %s", said(err))
			}
			if tg.note() != "generation 1" {
				t.Errorf("staging is %q", tg.note())
			}
			if _, err := tg.open().Resume(t.Context(), PublishOptions{}); err != nil {
				t.Fatal(err)
			}
			if tg.note() != "generation 2" {
				t.Errorf("staging is %q", tg.note())
			}
		})
	}
}

// Without a pristine, a candidate on which before_publish failed is all there
// is of the generation: it waits for Resume, and a newer one replaces it.
func TestCandidateWithoutPristineWaits(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	no := func(c *Config) { c.Pristine = "false" }
	s := tg.open(no)
	tg.published(s)
	failing := tg.open(no, func(c *Config) { c.BeforePublish = []Statement{{"x.sql", "SELECT 1/0"}} })
	b := tg.sealed(failing)
	_, err := failing.Publish(t.Context(), b.Number(), PublishOptions{})
	wantFault(t, err, fault.Verification, "x.sql")
	tg.wantDatabases("S S__u2_live")
	tg.wantJanitor(s)
	if _, err := s.Resume(t.Context(), PublishOptions{}); err != nil {
		t.Fatal(err)
	}
	if tg.note() != "generation 2" {
		t.Errorf("staging is %q", tg.note())
	}

	b = tg.sealed(failing)
	if _, err := failing.Publish(t.Context(), b.Number(), PublishOptions{}); err == nil {
		t.Fatal("published")
	}
	tg.published(s)
	tg.wantJanitor(s, "S__u3_live", "S__u1_live")
	tg.wantDatabases("S S__u2_live")
}

func TestCancelledPublishLeavesStaging(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open()
	tg.published(s)
	b := tg.sealed(s)
	cause := errors.New("stopped")
	for _, at := range []string{"clone", "swap"} {
		ctx, cancel := context.WithCancelCause(t.Context())
		_, err := s.Publish(ctx, b.Number(), PublishOptions{Progress: func(step string) {
			if step == at {
				cancel(cause)
			}
		}})
		if !errors.Is(err, context.Canceled) && !errors.Is(err, cause) {
			t.Errorf("%s: %v", at, err)
		}
		if tg.note() != "generation 1" {
			t.Errorf("%s: staging is %q", at, tg.note())
		}
	}
	if _, err := s.Publish(t.Context(), b.Number(), PublishOptions{}); err != nil {
		t.Fatal(err)
	}
}

// The server may finish a killed run's clone at any time, also after the
// janitor has looked.
func TestPublishReplacesAnOrphanedClone(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open()
	tg.published(s)
	b := tg.sealed(s)
	orphan := func() {
		live := s.names.live(b.Number())
		tg.Exec(t, "postgres", "CREATE DATABASE "+quoted(live)+" OWNER "+tg.owner+" TEMPLATE "+quoted(b.Name()))
	}
	orphan()
	if _, err := s.Resume(t.Context(), PublishOptions{}); err != nil {
		t.Fatal(err)
	}
	orphan()
	if _, err := s.Reset(t.Context(), -1, PublishOptions{}); err != nil {
		t.Fatal(err)
	}
	if tg.note() != "generation 2" {
		t.Errorf("staging is %q", tg.note())
	}
}

// The order of generations is that of their swaps, also where a clock said at
// one of them that it was many years later.
func TestOrderSurvivesClocksThatJump(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open(func(c *Config) { c.Keep = 2 })
	tg.published(s)
	tg.published(s)
	var comment string
	if err := tg.query("postgres", fmt.Sprintf(`SELECT shobj_description(%d, 'pg_database')`, tg.oid(s.names.live(1))), &comment); err != nil {
		t.Fatal(err)
	}
	late := regexp.MustCompile(`"retired":"[^"]*"`).ReplaceAllString(comment, `"retired":"2199-01-01T00:00:00Z"`)
	if late == comment {
		t.Fatalf("the marker does not say when: %s", comment)
	}
	tg.Exec(t, "postgres", "COMMENT ON DATABASE "+quoted(s.names.live(1))+" IS '"+late+"'")
	tg.published(s)
	r, err := s.Rollback(t.Context(), RollbackOptions{To: -1})
	if err != nil {
		t.Fatal(err)
	}
	if r.Generation != 2 || tg.note() != "generation 2" {
		t.Errorf("rolled back to generation %d, staging is %q", r.Generation, tg.note())
	}
	if r, err = s.Rollback(t.Context(), RollbackOptions{To: -1}); err != nil || r.Generation != 3 {
		t.Errorf("and back again to generation %d, %v", r.Generation, err)
	}
}
