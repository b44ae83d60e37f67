package load

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
)

// Every way in which a database can look like ours without being it. None may
// be dropped or renamed, whatever we do beside it.
func TestForeignDatabasesAreNeverTouched(t *testing.T) {
	t.Parallel()
	forged := func(project string, oid uint32) string {
		m := marker{Version: markerVersion, Project: project, Staging: "STAGING", Run: "r", Generation: 7, Role: Building, OID: oid, Created: time.Now()}
		return m.String()
	}
	for name, c := range map[string]struct {
		suffix string
		sql    []string // run as superuser; {db} the database, {owner}, {role}
		inside string
	}{
		"another owner's, empty":             {"__u7", nil, ""},
		"the owner's, not empty":             {"__u7", []string{"ALTER DATABASE {db} OWNER TO {owner}"}, "CREATE TABLE theirs ()"},
		"the owner's, with a function":       {"__u7", []string{"ALTER DATABASE {db} OWNER TO {owner}"}, "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"},
		"the owner's, with a large object":   {"__u7", []string{"ALTER DATABASE {db} OWNER TO {owner}"}, "SELECT lo_create(0)"},
		"the owner's, empty, with a comment": {"__u7", []string{"ALTER DATABASE {db} OWNER TO {owner}", "COMMENT ON DATABASE {db} IS 'mine'"}, ""},
		"a copied marker with another's OID": {"__u7", []string{"ALTER DATABASE {db} OWNER TO {owner}", "COMMENT ON DATABASE {db} IS '" + forged("shop", 1) + "'"}, ""},
		"closed, without a marker":           {"__u7", []string{"ALTER DATABASE {db} OWNER TO {owner}", "ALTER DATABASE {db} ALLOW_CONNECTIONS false"}, ""},
		"closed, live name":                  {"__u7_live", []string{"ALTER DATABASE {db} OWNER TO {owner}", "ALTER DATABASE {db} ALLOW_CONNECTIONS false"}, ""},
		"a live name, not empty":             {"__u7_live", []string{"ALTER DATABASE {db} OWNER TO {owner}"}, "CREATE TABLE theirs ()"},
		"someone's provenance":               {"__u7", []string{"ALTER DATABASE {db} OWNER TO {owner}"}, "CREATE SCHEMA _understudy; CREATE TABLE _understudy.provenance (project text, staging text, run text, generation int); INSERT INTO _understudy.provenance VALUES ('other', 'STAGING', 'r', 7); GRANT USAGE ON SCHEMA _understudy TO PUBLIC; GRANT SELECT ON _understudy.provenance TO PUBLIC"},
		"no generation's name":               {"__u07", []string{"ALTER DATABASE {db} OWNER TO {owner}"}, ""},
		"a longer name":                      {"__u7_live_backup", []string{"ALTER DATABASE {db} OWNER TO {owner}"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tg := newTarget(t)
			db := tg.staging + c.suffix
			words := strings.NewReplacer("{db}", quoted(db), "{owner}", tg.owner, "{role}", tg.role, "STAGING", tg.staging)
			tg.Exec(t, "postgres", "CREATE DATABASE "+quoted(db))
			if c.inside != "" {
				tg.Exec(t, db, words.Replace(c.inside))
			}
			for _, q := range c.sql {
				tg.Exec(t, "postgres", words.Replace(q))
			}
			before := tg.oid(db)

			s := tg.open(func(c *Config) { c.Keep = 0 })
			gs, err := s.Generations(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range gs {
				if g.Ours || g.Role != "" {
					t.Errorf("taken for ours: %+v", g)
				}
				if g.Why == "" {
					t.Errorf("no reason: %+v", g)
				}
			}
			// A whole life beside it: two generations, a reset, a rollback.
			tg.published(s)
			tg.published(s)
			if _, err := s.Reset(t.Context(), -1, PublishOptions{}); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Rollback(t.Context(), RollbackOptions{To: -1}); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Janitor(t.Context()); err != nil {
				t.Fatal(err)
			}
			if after := tg.oid(db); after != before {
				t.Errorf("%s had OID %d and has %d", db, before, after)
			}
		})
	}
}

// A marker of another project is respected even where everything else fits.
func TestOtherProjectsGenerationsAreForeign(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	theirs := tg.open(func(c *Config) { c.Project = "other" })
	b := tg.create(theirs)
	ours := tg.open()
	if dropped, err := ours.Janitor(t.Context()); err != nil || len(dropped) > 0 {
		t.Errorf("dropped %v, %v", dropped, err)
	}
	if got := tg.create(ours).Number(); got != b.Number()+1 {
		t.Errorf("the next number is %d beside their %d", got, b.Number())
	}
}

// What a crash leaves, or what can be proven without a marker, is ours.
func TestOursWithoutAMarker(t *testing.T) {
	t.Parallel()
	t.Run("empty", func(t *testing.T) {
		t.Parallel()
		tg := newTarget(t)
		tg.Exec(t, "postgres", "CREATE DATABASE "+quoted(tg.staging+"__u3")+" OWNER "+tg.owner+" TEMPLATE template0")
		tg.wantJanitor(tg.open(), "S__u3")
	})
	t.Run("half-dropped", func(t *testing.T) {
		t.Parallel()
		tg := newTarget(t)
		db := tg.staging + "__u3_live"
		tg.Exec(t, "postgres", "CREATE DATABASE "+quoted(db)+" OWNER "+tg.owner+" TEMPLATE template0")
		tg.Exec(t, db, "CREATE TABLE t ()")
		tg.Exec(t, "postgres", "UPDATE pg_database SET datconnlimit = -2 WHERE datname = '"+db+"'")
		tg.wantJanitor(tg.open(), "S__u3_live")
	})
	t.Run("a clone", func(t *testing.T) {
		t.Parallel()
		tg := newTarget(t)
		s := tg.open()
		b := tg.sealed(s)
		tg.Exec(t, "postgres", "CREATE DATABASE "+quoted(s.names.live(b.Number()))+" OWNER "+tg.owner+" TEMPLATE "+quoted(b.Name()))
		tg.wantJanitor(s, "S__u1_live")
		tg.wantDatabases("S__u1")
	})
	t.Run("a clone without its pristine stays", func(t *testing.T) {
		t.Parallel()
		tg := newTarget(t)
		s := tg.open(func(c *Config) { c.Keep = 0 })
		tg.published(s)
		tg.published(s)
		previous := s.names.live(1)
		tg.Exec(t, "postgres", "COMMENT ON DATABASE "+quoted(previous)+" IS NULL")
		if dropped, err := s.Janitor(t.Context()); err != nil || len(dropped) != 1 || dropped[0] != s.names.pristine(1) {
			t.Errorf("dropped %v, %v", dropped, err)
		}
		if tg.oid(previous) == 0 {
			t.Error("a database that its users may still want is gone")
		}
	})
}

// wantJanitor runs the janitor, which is to drop exactly these.
func (tg *target) wantJanitor(s *Server, want ...string) {
	tg.t.Helper()
	dropped, err := s.Janitor(tg.t.Context())
	if err != nil {
		tg.t.Errorf("janitor: %v", err)
	}
	got := strings.ReplaceAll(strings.Join(dropped, " "), tg.staging, "S")
	if got != strings.Join(want, " ") {
		tg.t.Errorf("the janitor dropped %q, want %q", got, strings.Join(want, " "))
	}
}

// A database that carries our marker but was renamed out of the pattern is
// somebody's wish to keep it.
func TestRenamedGenerationIsLeftAlone(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open(func(c *Config) { c.Keep = 0 })
	tg.published(s)
	tg.published(s)
	kept := tg.Name(t)
	tg.Exec(t, "postgres", "ALTER DATABASE "+quoted(s.names.live(1))+" RENAME TO "+quoted(kept))
	if _, err := s.Janitor(t.Context()); err != nil {
		t.Fatal(err)
	}
	if tg.oid(kept) == 0 {
		t.Error("dropped")
	}
}

func TestUnmarkedStagingIsRefusedUnlessAdopted(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	tg.Exec(t, "postgres", "CREATE DATABASE "+quoted(tg.staging)+" OWNER "+tg.owner, "COMMENT ON DATABASE "+quoted(tg.staging)+" IS 'the team''s own'")
	tg.Exec(t, tg.staging, "CREATE TABLE note AS SELECT 'theirs'::text AS text")
	before := tg.oid(tg.staging)
	s := tg.open()
	_, err := s.Preflight(t.Context(), tg.catalog())
	wantFault(t, err, fault.Preflight, "--adopt "+catalog.Display(tg.staging), "understudy did not make it")
	b := tg.sealed(s)
	_, err = s.Publish(t.Context(), b.Number(), PublishOptions{})
	wantFault(t, err, fault.Preflight, "--adopt")
	_, err = s.Reset(t.Context(), -1, PublishOptions{})
	wantFault(t, err, fault.Preflight, "--adopt")
	_, err = s.Rollback(t.Context(), RollbackOptions{To: -1})
	wantFault(t, err, fault.Preflight, "--adopt")
	if tg.oid(tg.staging) != before || tg.note() != "theirs" {
		t.Fatal("the database was touched")
	}

	adopting := tg.open(func(c *Config) { c.Adopt = tg.staging })
	if _, err := adopting.Preflight(t.Context(), tg.catalog()); err != nil {
		t.Fatal(err)
	}
	r, err := adopting.Publish(t.Context(), b.Number(), PublishOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Adopted || r.Previous != 0 || r.OldDatabase != tg.staging+"__u0_live" {
		t.Errorf("result %+v", r)
	}
	if tg.oid(tg.staging+"__u0_live") != before {
		t.Error("the adopted database is not kept as generation 0")
	}
	var comment string
	if err := tg.query("postgres", `SELECT shobj_description(`+fmt.Sprint(before)+`, 'pg_database')`, &comment); err != nil {
		t.Fatal(err)
	}
	if m := parseMarker(comment); m == nil || m.Comment != "the team's own" || m.Generation != 0 || m.Role != Previous {
		t.Errorf("marker %q", comment)
	}
	if _, err := s.Rollback(t.Context(), RollbackOptions{To: -1}); err != nil {
		t.Fatal(err)
	}
	if tg.note() != "theirs" {
		t.Error("the rollback did not bring the adopted database back")
	}
}

// Staging restored from a dump with comments bears a marker that is not its own.
func TestStagingWithACopiedMarkerIsNotOurs(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	s := tg.open()
	tg.published(s)
	var comment string
	if err := tg.query("postgres", `SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '`+tg.staging+`'`, &comment); err != nil {
		t.Fatal(err)
	}
	tg.Exec(t, "postgres", "DROP DATABASE "+quoted(tg.staging), "CREATE DATABASE "+quoted(tg.staging)+" OWNER "+tg.owner,
		"COMMENT ON DATABASE "+quoted(tg.staging)+" IS "+catalog.QuoteLiteral(comment))
	before := tg.oid(tg.staging)
	b := tg.sealed(s)
	_, err := s.Publish(t.Context(), b.Number(), PublishOptions{})
	wantFault(t, err, fault.Preflight, "--adopt")
	if tg.oid(tg.staging) != before {
		t.Error("replaced")
	}
}

func TestAdoptionNeedsTheOwnersRights(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	tg.Exec(t, "postgres", "CREATE DATABASE "+quoted(tg.staging))
	_, err := tg.open(func(c *Config) { c.Adopt = tg.staging }).Preflight(t.Context(), tg.catalog())
	wantFault(t, err, fault.Preflight, "belongs to postgres", "GRANT")
}

// catalog is a source without tables, as new as the target.
func (tg *target) catalog() *catalog.Catalog {
	c := &catalog.Catalog{Server: catalog.Server{VersionNum: tg.Major() * 10000}, Database: tg.like()}
	c.Database.Bytes = 8 << 20
	c.Link()
	return c
}

// What was proven by a look inside stays ours when it cannot be dropped at once.
func TestInterruptedDropCanBeFinished(t *testing.T) {
	t.Parallel()
	tg := newTarget(t)
	db := tg.staging + "__u3"
	tg.Exec(t, "postgres", "CREATE DATABASE "+quoted(db)+" OWNER "+tg.owner+" TEMPLATE template0")
	s := tg.open(func(c *Config) { c.SwapTimeout = 200 * time.Millisecond })
	super := tg.Conn(t, tg.URL(db))
	if dropped, err := s.Janitor(t.Context()); err == nil || len(dropped) > 0 {
		t.Errorf("dropped %v, %v", dropped, err)
	}
	if err := super.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	tg.wantJanitor(s, "S__u3")
}
