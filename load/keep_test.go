package load

import (
	"strings"
	"testing"
	"time"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// flagsSchema is a generation with tables that staging may keep: one with an
// identity, a computed column, a trigger that must not fire, and foreign keys
// from it and to it; and one with partitions.
const flagsSchema = `
	CREATE SCHEMA app;
	CREATE TABLE app.users (id int PRIMARY KEY, name text);
	INSERT INTO app.users VALUES (1, 'masked one'), (2, 'masked two');
	CREATE TABLE app."Feature Flags" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE, size int DEFAULT 1,
		twice int GENERATED ALWAYS AS (size * 2) STORED, owner int CONSTRAINT flag_owner REFERENCES app.users DEFERRABLE INITIALLY DEFERRED);
	COMMENT ON CONSTRAINT flag_owner ON app."Feature Flags" IS 'who asked for it';
	SET CONSTRAINTS ALL IMMEDIATE;
	INSERT INTO app."Feature Flags" (name, owner) VALUES ('from production', 1), ('also', 2);
	CREATE TABLE app.audit (flag bigint REFERENCES app."Feature Flags" ON DELETE CASCADE);
	INSERT INTO app.audit VALUES (1);
	CREATE FUNCTION app.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'fired'; END $$;
	CREATE TRIGGER refuse BEFORE INSERT ON app."Feature Flags" FOR EACH ROW EXECUTE FUNCTION app.refuse();
	ALTER TABLE app."Feature Flags" ENABLE ALWAYS TRIGGER refuse;
	CREATE TABLE app.settings (kind text, value text, PRIMARY KEY (kind)) PARTITION BY LIST (kind);
	CREATE TABLE app.settings_a PARTITION OF app.settings FOR VALUES IN ('a');
	CREATE TABLE app.settings_rest PARTITION OF app.settings DEFAULT;
	INSERT INTO app.settings VALUES ('a', 'from production'), ('b', 'from production');`

const keepFlags = `app."Feature Flags"`

func (tg *target) publishedFlags(s *Server) *Build {
	tg.t.Helper()
	b := tg.create(s, flagsSchema)
	if err := b.Seal(tg.t.Context(), testProvenance); err != nil {
		tg.t.Fatal(err)
	}
	if _, err := s.Publish(tg.t.Context(), b.number, PublishOptions{Lenient: true}); err != nil {
		tg.t.Fatal(err)
	}
	return b
}

// used is what people do in staging.
func (tg *target) used(sql string) {
	tg.Exec(tg.t, tg.staging, `ALTER TABLE app."Feature Flags" DISABLE TRIGGER ALL; SET CONSTRAINTS ALL IMMEDIATE; `+sql+`; ALTER TABLE app."Feature Flags" ENABLE ALWAYS TRIGGER refuse`)
}

func (tg *target) text(sql string) (text string) {
	tg.t.Helper()
	if err := tg.query(tg.staging, sql, &text); err != nil {
		tg.t.Fatal(err)
	}
	return text
}

const flagsSQL = `SELECT string_agg(concat_ws(' ', id, name, size, twice, owner), ', ' ORDER BY id) FROM app."Feature Flags"`

// Rows of kept tables outlive a reset and a refresh; everything else is as it
// came, and so are keys, triggers and sequences.
func TestKeepTables(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open(func(c *Config) { c.KeepTables.Names = []string{keepFlags, "app.settings"} })
	tg.publishedFlags(s)
	tg.used(`UPDATE app."Feature Flags" SET name = 'ours', size = 7 WHERE id = 1; INSERT INTO app."Feature Flags" (name) VALUES ('new'), ('newer');
		DELETE FROM app."Feature Flags" WHERE id = 2; UPDATE app.users SET name = 'changed'; TRUNCATE app.settings; INSERT INTO app.settings VALUES ('c', 'ours')`)
	want := `1 ours 7 14 1, 3 new 1 2, 4 newer 1 2`
	check := func(after string) {
		t.Helper()
		for sql, want := range map[string]string{
			flagsSQL: want,
			`SELECT string_agg(name, ',' ORDER BY id) FROM app.users`:                       "masked one,masked two",
			`SELECT string_agg(tableoid::regclass || kind || value, ',') FROM app.settings`: "app.settings_restcours",
			`SELECT count(*)::text FROM app.audit`:                                          "1",
			`SELECT string_agg(conname || convalidated || condeferrable || coalesce(obj_description(oid), ''), ',' ORDER BY conname) FROM pg_constraint WHERE contype = 'f' AND connamespace = 'app'::regnamespace`: "audit_flag_fkeytruefalse,flag_ownertruetruewho asked for it",
			`SELECT string_agg(tgenabled::text, '') FROM pg_trigger WHERE NOT tgisinternal`: "A",
			`SELECT last_value::text FROM app."Feature Flags_id_seq"`:                       "4",
		} {
			if got := tg.text(sql); got != want {
				t.Errorf("after %s: %s\n got %s\nwant %s", after, sql, got, want)
			}
		}
	}
	r, err := s.Reset(t.Context(), -1, PublishOptions{})
	if err != nil {
		t.Fatal(err)
	}
	check("the reset")
	if len(r.Kept) != 2 || r.Kept[0] != (KeptTable{keepFlags, 3, 0}) || r.Kept[1] != (KeptTable{"app.settings", 1, 0}) {
		t.Errorf("%+v", r.Kept)
	}
	tg.publishedFlags(s)
	check("the refresh")
}

// Rows that lead nowhere stop the reset with staging as it was, or go; so it is
// with rows of other tables that lead to what staging has deleted.
func TestKeepTablesOrphans(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	stop := func(c *Config) { c.KeepTables.Names = []string{keepFlags} }
	s := tg.open(stop)
	tg.publishedFlags(s)
	tg.used(`INSERT INTO app.users VALUES (99, 'made here'); INSERT INTO app."Feature Flags" (name, owner) VALUES ('astray', 99); DELETE FROM app."Feature Flags" WHERE id = 1`)
	before := tg.text(flagsSQL)
	_, err := s.Reset(t.Context(), -1, PublishOptions{})
	wantFault(t, err, fault.Preflight, `1 row of app.audit (foreign key audit_flag_fkey to app."Feature Flags")`, `1 row of app."Feature Flags" (foreign key flag_owner to app.users)`, "--orphans drop")
	if strings.Contains(err.Error(), "astray") || tg.text(flagsSQL) != before {
		t.Errorf("a value is told, or staging has changed: %v", err)
	}
	s.Close()
	s = tg.open(stop, func(c *Config) { c.KeepTables.DropOrphans = true })
	r, err := s.Reset(t.Context(), -1, PublishOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got := tg.text(flagsSQL); got != "2 also 1 2 2" || r.Kept[0].Orphans != 2 || tg.text("SELECT count(*)::text FROM app.audit") != "0" {
		t.Errorf("%s, %+v", got, r.Kept)
	}
}

// What cannot be kept is refused by name, before the swap.
func TestKeepTablesRefused(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	tg.publishedFlags(tg.open())
	tg.Exec(t, tg.staging, `CREATE TABLE app.here (a int); CREATE VIEW app.seen AS SELECT 1`)
	for _, c := range []struct {
		name, change string
		words        []string
	}{
		{"app.nowhere", "", []string{"has no table app.nowhere"}},
		{"app.here", "", []string{"the new staging has no table app.here", "--migrated"}},
		{"app.seen", "", []string{"no table"}},
		{"app.settings_a", "", []string{"is a partition"}},
		{"app.users", `ALTER TABLE app.users ADD COLUMN "Nick name" text`, []string{`app.users."Nick name"`, "lacks this column"}},
		{"app.users", `ALTER TABLE app.users DROP COLUMN "Nick name"; ALTER TABLE app.users ALTER COLUMN name TYPE varchar(70)`, []string{"app.users.name", "character varying(70)", "text"}},
	} {
		if c.change != "" {
			tg.Exec(t, tg.staging, c.change)
		}
		s := tg.open(func(cfg *Config) { cfg.KeepTables.Names = []string{c.name} })
		_, err := s.Reset(t.Context(), -1, PublishOptions{})
		wantFault(t, err, fault.Preflight, c.words...)
		s.Close()
	}
}

// A reset to another generation keeps staging for a rollback and needs the
// other one's pristine.
func TestResetTo(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open(func(c *Config) { c.KeepPristines = 1 })
	tg.published(s)
	tg.Exec(t, tg.staging, "UPDATE note SET text = 'used'")
	tg.published(s)
	tg.wantJanitor(s)
	tg.wantDatabases("S S__u1 S__u1_live S__u2")
	_, err := s.Reset(t.Context(), 7, PublishOptions{})
	wantFault(t, err, fault.Preflight, "generation 7", "generation 2, 1")
	r, err := s.Reset(t.Context(), 1, PublishOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if tg.note() != "generation 1" || r.Generation != 1 || r.Previous != 2 {
		t.Errorf("%s, %+v", tg.note(), r)
	}
	tg.wantDatabases("S S__u1 S__u2 S__u2_live")
	// A reset that was killed right after its CREATE DATABASE is in nobody's way.
	left := "CREATE DATABASE " + catalog.QuoteIdent(s.names.old(2)) + " OWNER " + tg.owner + " TEMPLATE " + catalog.QuoteIdent(s.names.pristine(2))
	tg.Exec(t, "postgres", left)
	if r, err := s.Reset(t.Context(), 2, PublishOptions{}); err != nil || r.Generation != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	tg.Exec(t, "postgres", strings.ReplaceAll(left, "__u2", "__u1"))
	tg.wantJanitor(s, "S__u1_old")
	if r, err := s.Reset(t.Context(), 1, PublishOptions{}); err != nil || r.Generation != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err = s.Rollback(t.Context(), RollbackOptions{To: -1}); err != nil || r.Generation != 2 || tg.note() != "generation 2" {
		t.Errorf("%+v, %v", r, err)
	}
	tg.published(s)
	tg.published(s)
	tg.wantJanitor(s, "S__u2", "S__u2_live", "S__u1", "S__u1_live")
	tg.wantDatabases("S S__u3 S__u3_live S__u4")
}

// The swap waits for transactions to end, and no longer than it may.
func TestGrace(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	tg.published(tg.open())
	busy := func(grace time.Duration) SwapResult {
		t.Helper()
		s := tg.open(func(c *Config) { c.Grace = grace })
		defer s.Close()
		conn := tg.Conn(t, tg.URLFor(tg.role, tg.password, tg.staging))
		defer func() { _ = conn.Close(t.Context()) }()
		go func() { _, _ = conn.Exec(t.Context(), "SELECT pg_sleep(2)") }()
		for running := 0; running == 0; {
			if err := tg.query("postgres", "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(2)' AND state = 'active' AND datname = "+catalog.QuoteLiteral(tg.staging), &running); err != nil {
				t.Fatal(err)
			}
		}
		r, err := s.Reset(t.Context(), -1, PublishOptions{})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if r := busy(time.Hour); r.Waited == 0 || r.Waited > 30*time.Minute {
		t.Errorf("waited %v for a statement of two seconds", r.Waited)
	}
	if r := busy(time.Millisecond); r.Waited > time.Minute || r.Ended == 0 {
		t.Errorf("%+v", r)
	}
}
