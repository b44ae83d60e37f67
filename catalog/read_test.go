package catalog_test

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgtest"
)

//go:embed testdata/awkward.sql
var awkward string

var update = flag.Bool("update", false, "write the golden files anew")

// describe prints a catalog without what differs between two databases of the
// same schema or between major versions: OIDs, sizes, owners, views' texts, and
// the NOT NULL constraints that 18 lists.
func describe(c *catalog.Catalog) string {
	var b strings.Builder
	line := func(indent int, words ...any) {
		b.WriteString(strings.Repeat("  ", indent))
		var out []string
		for _, w := range words {
			if s := fmt.Sprint(w); s != "" {
				out = append(out, s)
			}
		}
		b.WriteString(strings.Join(out, " ") + "\n")
	}
	when := func(yes bool, word string) string {
		if yes {
			return word
		}
		return ""
	}
	label := func(word, value string) string {
		if value == "" {
			return ""
		}
		return fmt.Sprintf("%s=%q", word, value)
	}
	char := func(word string, v byte) string {
		if v == 0 {
			return ""
		}
		return word + "=" + string(rune(v))
	}
	name := func(t *catalog.Type) string {
		if t == nil {
			return ""
		}
		return t.Name.String()
	}
	tables := func(word string, ts []*catalog.Table) string {
		var names []string
		for _, t := range ts {
			names = append(names, t.Name.String())
		}
		return label(word, strings.Join(names, ","))
	}
	for _, s := range c.Schemas {
		line(0, "schema", catalog.Display(s.Name), label("extension", s.Extension), label("comment", s.Comment))
	}
	for _, e := range c.Extensions {
		line(0, "extension", e.Name, "in", e.Schema, when(e.Trusted, "trusted"), when(e.Superuser, "superuser"), when(e.Relocatable, "relocatable"), label("requires", strings.Join(e.Requires, ",")))
	}
	for _, t := range c.Types {
		if t.Name.Schema == "pg_catalog" {
			continue
		}
		line(0, "type", t.Name, char("kind", t.Kind), char("category", t.Category), label("base", name(t.Base)), label("elem", name(t.Elem)),
			when(t.Array, "array"), when(t.Kind == 'd', fmt.Sprint("mod=", t.BaseMod)), when(t.NotNull, "notnull"), label("default", t.Default),
			label("collation", t.Collation), when(t.NonDetColl, "nondeterministic"), label("extension", t.Extension),
			when(!t.BinaryCopy(), "textcopy"), label("labels", strings.Join(t.Labels, ",")))
		for _, f := range t.Fields {
			line(1, "field", f.Name, f.TypeSQL)
		}
		for _, k := range t.Checks {
			if !k.NotNull {
				line(1, "check", k.Name, k.Definition)
			}
		}
	}
	for _, s := range c.Sequences {
		owner := ""
		if s.OwnedBy != nil {
			owner = s.OwnedBy.Name.String() + "." + s.OwnedBy.ColumnNum(s.OwnedCol).Name
		}
		line(0, "sequence", s.Name, s.TypeName, s.Start, s.Min, s.Max, s.Increment, s.Cache, when(s.Cycle, "cycle"), when(s.Identity, "identity"), label("owned", owner))
	}
	for _, a := range c.Actors {
		line(0, "actor", a.Kind, a.Name)
	}
	line(0, "large objects", c.LargeObjects)
	for _, t := range c.Tables {
		line(0, "table", t.Name, char("kind", byte(t.Kind)), char("persistence", t.Persistence), label("am", t.AccessMethod),
			when(!t.Populated, "unpopulated"), when(t.OfType != 0, "typed"), when(t.RowSecurity, "rls"), when(t.ForceRowSecurity, "forced"),
			label("extension", t.Extension), when(t.ExtensionConfig, "config"), tables("parents", t.Parents), tables("children", t.Children),
			tables("partitions", t.Partitions), when(t.FileNode != 0, "filenode"), label("comment", t.Comment), when(!t.BinaryCopy(), "textcopy"))
		if t.PartKey != nil {
			line(1, "partitioned by", t.PartKey.Definition, char("strategy", t.PartKey.Strategy), t.PartKey.Columns)
		}
		if t.Partition != nil {
			line(1, "partition of", t.Partition.Parent.Name, t.Partition.Bound)
		}
		if len(t.DependsOn) > 0 {
			var on []string
			for _, oid := range t.DependsOn {
				on = append(on, c.TableOID(oid).Name.String())
			}
			line(1, "reads", strings.Join(on, ","))
		}
		for _, col := range t.Columns {
			seq := ""
			if col.Sequence != nil {
				seq = col.Sequence.Name.String()
			}
			line(1, "column", col.Num, fmt.Sprintf("%q", col.Name), col.TypeSQL, when(col.NotNull, "notnull"), label("default", col.Default),
				char("identity", col.Identity), char("generated", col.Generated), label("collation", col.Collation),
				when(col.NonDetColl, "nondeterministic"), when(!col.Local, "inherited"), label("sequence", seq), label("comment", col.Comment),
				when(catalog.MaxChars(col) > 0, fmt.Sprint("max=", catalog.MaxChars(col))))
		}
		for _, x := range t.Indexes {
			var keys []string
			for _, k := range x.Keys {
				key := fmt.Sprint(k.Column)
				if k.Column == 0 {
					key = k.Expression
				}
				if k.NonDetColl {
					key += "~"
				}
				keys = append(keys, key)
			}
			parent := ""
			if t.Partition != nil {
				for _, p := range t.Partition.Parent.Indexes {
					if p.OID == x.Parent {
						parent = p.Name.String()
					}
				}
			}
			line(1, "index", x.Name, x.Method, "("+strings.Join(keys, ", ")+")", when(len(x.Include) > 0, fmt.Sprint("include=", x.Include)),
				when(x.Unique, "unique"), when(x.Primary, "primary"), when(x.Exclusion, "exclusion"), when(x.NullsNotDistinct, "nulls not distinct"),
				when(!x.Immediate, "deferrable"), when(!x.Valid, "invalid"), label("where", x.Predicate), label("constraint", x.Constraint),
				label("def", x.ConstraintDef), when(x.Temporal, "temporal"), label("parent", parent), label("comment", x.Comment))
		}
		for _, k := range t.Checks {
			if !k.NotNull {
				line(1, "check", k.Name, k.Definition, k.Columns, when(!k.Validated, "not valid"), when(!k.Enforced, "not enforced"), when(k.NoInherit, "no inherit"),
					when(!k.Local, "inherited"), when(k.CallsFunction, "calls a function"), label("comment", k.Comment))
			}
		}
		for _, f := range t.ForeignKeys {
			if f.Inherited {
				continue // named by the server
			}
			line(1, "foreign key", f.Name, f.Columns, f.References.Name, f.RefColumns, string(rune(f.OnDelete)), string(rune(f.OnUpdate)), string(rune(f.Match)),
				when(f.Deferrable, "deferrable"), when(f.Deferred, "deferred"), when(!f.Validated, "not valid"), label("comment", f.Comment))
		}
		var referrers []string
		for _, f := range t.ReferredBy {
			if !f.Inherited {
				referrers = append(referrers, f.Table.Name.String()+":"+f.Name)
			}
		}
		if len(referrers) > 0 {
			line(1, "referred by", strings.Join(referrers, ", "))
		}
	}
	return b.String()
}

func TestReadAwkwardSchema(t *testing.T) {
	t.Parallel()
	got := describe(read(t, pgtest.Source(t).Database(t, awkward)))
	golden := filepath.Join("testdata", "awkward.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Error(diff)
	}
}

// The order of creation, hence OIDs, changes nothing.
func TestReadIsDeterministic(t *testing.T) {
	t.Parallel()
	a := `CREATE TYPE public.t1 AS ENUM ('x');`
	b := `CREATE TABLE public.b (id int PRIMARY KEY, v int, UNIQUE (v), CHECK (v > 0));`
	c := `CREATE TABLE public.a (id int PRIMARY KEY, v int UNIQUE);`
	d := `CREATE SEQUENCE public.s2; CREATE SCHEMA z;`
	e := `CREATE SEQUENCE public.s1; CREATE SCHEMA y; CREATE EXTENSION citext;`
	f := `CREATE VIEW public.v1 AS SELECT a.id FROM public.a JOIN public.b USING (id);
	      CREATE VIEW public.v2 AS SELECT id FROM public.v1;
	      CREATE TABLE public.u (t public.t1);
	      ALTER TABLE public.a ADD CONSTRAINT f1 FOREIGN KEY (v) REFERENCES public.b;
	      ALTER TABLE public.b ADD CONSTRAINT f2 FOREIGN KEY (v) REFERENCES public.a;`
	server := pgtest.Source(t)
	one := read(t, server.Database(t, a, b, c, d, e, f))
	two := read(t, server.Database(t, e, d, c, b, a, f))
	if diff := cmp.Diff(describe(one), describe(two)); diff != "" {
		t.Error(diff)
	}
	if diff := catalog.Compare(one, two, catalog.CompareOptions{PostData: true}); len(diff) > 0 {
		t.Error(diff)
	}
	if one.Tables[0].Name.Name != "a" || one.TableOID(one.Tables[0].OID) != one.Tables[0] || one.Table(one.Tables[1].Name) != one.Tables[1] {
		t.Error("look-ups or order are wrong")
	}
}

// A session that pgx opened with its defaults gives the same texts, and keeps
// its settings.
func TestReadLeavesTheSessionAlone(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	link := server.Database(t, awkward)
	conn := server.Conn(t, link)
	if _, err := conn.Exec(t.Context(), "SET DateStyle = 'German'; SET TimeZone = 'Asia/Tokyo'; SET search_path = public, \"Sales Dept\""); err != nil {
		t.Fatal(err)
	}
	got, err := catalog.Read(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(describe(read(t, link)), describe(got)); diff != "" {
		t.Error(diff)
	}
	var path, zone string
	if err := conn.QueryRow(t.Context(), "SELECT current_setting('search_path'), current_setting('TimeZone')").Scan(&path, &zone); err != nil {
		t.Fatal(err)
	}
	if path != `public, "Sales Dept"` || zone != "Asia/Tokyo" {
		t.Errorf("search_path is %s, TimeZone %s", path, zone)
	}
}

// A role without any privilege reads the same catalog.
func TestReadWithoutPrivileges(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	link := server.Database(t, awkward, "ANALYZE public.kinds")
	role, password := server.Role(t, "")
	got := read(t, server.URLFor(role, password, pgtest.DatabaseOf(link)))
	if diff := cmp.Diff(describe(read(t, link)), describe(got)); diff != "" {
		t.Error(diff)
	}
}

func TestReadServerAndDatabase(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	name := server.Name(t)
	icu := ""
	if server.Major() >= 15 {
		icu = " LOCALE_PROVIDER icu ICU_LOCALE 'und'"
	}
	server.Exec(t, "postgres", "CREATE DATABASE "+name+" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"+icu, "COMMENT ON DATABASE "+name+" IS 'hello'")
	c := read(t, server.URL(name))
	d := c.Database
	if d.Name != name || d.OID == 0 || d.Encoding != "UTF8" || d.Collate != "C" || d.CType != "C" || d.Bytes < 1<<20 || d.Comment != "hello" {
		t.Errorf("got %+v", d)
	}
	if icu != "" && (d.LocaleProvider != 'i' || d.Locale != "und") {
		t.Errorf("locale provider %c, locale %q", d.LocaleProvider, d.Locale)
	}
	if s := c.Server; s.Major() != server.Major() || len(s.SystemIdentifier) < 15 || s.InRecovery || s.Timeline < 1 || s.Version == "" {
		t.Errorf("got %+v", s)
	}
}

func TestReadSizesAndStatistics(t *testing.T) {
	t.Parallel()
	c := read(t, pgtest.Source(t).Database(t,
		`CREATE TABLE public.big (id int PRIMARY KEY, v text, nothing text);
		 CREATE MATERIALIZED VIEW public.sized AS SELECT generate_series(1, 1000) AS n;
		 INSERT INTO public.big SELECT n, 'abcde' FROM generate_series(1, 10000) n;
		 ANALYZE public.big`))
	big := c.Table(catalog.Name{Schema: "public", Name: "big"})
	if big.Pages < 10 || big.Bytes < big.Pages*8192 || big.Rows != 10000 || big.PrimaryKey().Bytes < 8192 {
		t.Errorf("pages %d, bytes %d, rows %v", big.Pages, big.Bytes, big.Rows)
	}
	if v := big.Column("v"); v.AvgWidth != 6 || v.NDistinct != 1 || big.Column("nothing").NullFrac != 1 {
		t.Errorf("got %+v", v)
	}
	if n := c.Table(catalog.Name{Schema: "public", Name: "sized"}).Pages; n < 3 {
		t.Errorf("the materialized view has %d pages", n)
	}
}

// The file node is that of the snapshot, not of now: the guard against tables
// that were truncated since rests on it.
func TestFileNodeOfTheSnapshot(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	link := server.Database(t, "CREATE TABLE public.t (id int); INSERT INTO public.t VALUES (1)")
	conn := connect(t, link, catalog.Session{ReadOnly: true})
	tx, err := conn.BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	node := func() uint32 {
		c, err := catalog.Read(t.Context(), tx)
		if err != nil {
			t.Fatal(err)
		}
		return c.Tables[0].FileNode
	}
	before := node()
	server.Exec(t, pgtest.DatabaseOf(link), "TRUNCATE public.t")
	if after := node(); after != before {
		t.Errorf("file node %d became %d under one snapshot", before, after)
	}
	if now := read(t, link).Tables[0].FileNode; now == before {
		t.Error("TRUNCATE did not change the file node")
	}
}

func TestReadOnStandby(t *testing.T) {
	t.Parallel()
	primary, standby := pgtest.Standby(t)
	link := primary.Database(t, awkward)
	name := pgtest.DatabaseOf(link)
	conn := primary.Conn(t, link)
	var lsn string
	if err := conn.QueryRow(t.Context(), "SELECT pg_current_wal_lsn()::text").Scan(&lsn); err != nil {
		t.Fatal(err)
	}
	replayed(t, standby, lsn)
	got := read(t, standby.URL(name))
	if !got.Server.InRecovery {
		t.Error("the standby says it is none")
	}
	if diff := cmp.Diff(describe(read(t, link)), describe(got)); diff != "" {
		t.Error(diff)
	}
}

// replayed waits until a standby has caught up with a position.
func replayed(t *testing.T, standby *pgtest.Server, lsn string) {
	t.Helper()
	conn := standby.Conn(t, standby.URL("postgres"))
	for deadline := time.Now().Add(2 * time.Minute); ; {
		if time.Now().After(deadline) {
			t.Fatal("the standby does not follow")
		}
		var done bool
		if err := conn.QueryRow(t.Context(), "SELECT coalesce(pg_last_wal_replay_lsn() >= $1::text::pg_lsn, false)", lsn).Scan(&done); err != nil {
			t.Fatal(err)
		}
		if done {
			return
		}
		if _, err := conn.Exec(t.Context(), "SELECT pg_sleep(0.02)"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReadExtensionConfig(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	// Marking a table needs an extension's script; the catalog's columns do as well.
	c := read(t, server.Database(t, `
		CREATE EXTENSION citext;
		CREATE TABLE public.conf (k text);
		CREATE SEQUENCE public.conf_ids;
		CREATE TYPE public.row_of_it AS (a int);
		ALTER EXTENSION citext ADD TYPE public.row_of_it;
		ALTER EXTENSION citext ADD TABLE public.conf;
		ALTER EXTENSION citext ADD SEQUENCE public.conf_ids;
		UPDATE pg_extension SET extconfig = ARRAY['public.conf'::regclass::oid, 'public.conf_ids'::regclass::oid],
			extcondition = ARRAY['WHERE k > ''a''', ''] WHERE extname = 'citext';`))
	conf := c.Table(catalog.Name{Schema: "public", Name: "conf"})
	if conf.Extension != "citext" || !conf.ExtensionConfig || conf.ConfigCondition != "WHERE k > 'a'" {
		t.Errorf("got %+v", conf)
	}
	if row := c.Table(catalog.Name{Schema: "public", Name: "row_of_it"}); row.Extension != "citext" {
		t.Errorf("got %+v", row)
	}
	if s := c.Sequences[0]; s.Extension != "citext" || !s.ExtensionConfig {
		t.Errorf("got %+v", s)
	}
	if !slices.ContainsFunc(c.Extensions, func(e *catalog.Extension) bool { return e.Name == "citext" && e.Version != "" }) {
		t.Error("citext is missing")
	}
}

// What only newer servers have.
func TestReadNewerFeatures(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	t.Run("15", func(t *testing.T) {
		t.Parallel()
		if server.Major() < 15 {
			t.Skip("NULLS NOT DISTINCT came with PostgreSQL 15")
		}
		c := read(t, server.Database(t, "CREATE TABLE public.t (v int UNIQUE NULLS NOT DISTINCT)"))
		if !c.Tables[0].Indexes[0].NullsNotDistinct {
			t.Error("NULLS NOT DISTINCT is lost")
		}
	})
	t.Run("18", func(t *testing.T) {
		t.Parallel()
		if server.Major() < 18 {
			t.Skip("virtual columns, NOT ENFORCED and temporal keys came with PostgreSQL 18")
		}
		c := read(t, server.Database(t, `
			CREATE EXTENSION btree_gist;
			CREATE TABLE public.w (id int PRIMARY KEY);
			CREATE TABLE public.t (id int, during daterange, v int, twice int GENERATED ALWAYS AS (v * 2) VIRTUAL,
				CONSTRAINT positive CHECK (v > 0) NOT ENFORCED, PRIMARY KEY (id, during WITHOUT OVERLAPS));
			CREATE TABLE public.u (id int CONSTRAINT there NOT NULL NO INHERIT, t int, during daterange, late int,
				CONSTRAINT o FOREIGN KEY (id) REFERENCES public.w NOT ENFORCED,
				CONSTRAINT p FOREIGN KEY (t, PERIOD during) REFERENCES public.t (id, PERIOD during));
			ALTER TABLE public.u ADD CONSTRAINT late_there NOT NULL late NOT VALID;`))
		table, other := c.Table(catalog.Name{Schema: "public", Name: "t"}), c.Table(catalog.Name{Schema: "public", Name: "u"})
		if table.Column("twice").Generated != 'v' || !table.PrimaryKey().Temporal || len(table.CopyColumns()) != 3 {
			t.Error("virtual column or temporal key is lost")
		}
		for _, k := range table.Checks {
			if k.Name == "positive" && k.Enforced {
				t.Error("NOT ENFORCED is lost")
			}
		}
		var seen []string
		for _, k := range other.Checks {
			seen = append(seen, fmt.Sprint(k.Name, k.NotNull, k.NoInherit, k.Validated, k.Columns))
		}
		if want := []string{"late_theretrue false false [4]", "theretrue true true [1]"}; !slices.Equal(seen, want) {
			t.Errorf("got %v", seen)
		}
		if o, p := other.ForeignKeys[0], other.ForeignKeys[1]; o.Enforced || !p.Period || !p.Enforced {
			t.Errorf("got %+v and %+v", o, p)
		}
	})
}

// A failing query names what was read, and what failed is a fault.
func TestReadErrors(t *testing.T) {
	t.Parallel()
	conn := connect(t, pgtest.Source(t).Database(t), catalog.Session{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := catalog.Read(ctx, conn); err == nil || fault.Is(err, fault.Transient) {
		t.Errorf("got %v", err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := catalog.Read(t.Context(), conn); !fault.Is(err, fault.Transient) || !strings.Contains(err.Error(), "read the catalog") {
		t.Errorf("got %v", err)
	}
}

func TestReadUnknownKind(t *testing.T) {
	t.Parallel()
	link := pgtest.Source(t).Database(t, "CREATE TABLE public.odd (v int); UPDATE pg_class SET relkind = 'Z' WHERE relname = 'odd'")
	_, err := catalog.Read(t.Context(), connect(t, link, catalog.Session{}))
	if !fault.Is(err, fault.Preflight) || !strings.Contains(err.Error(), "public.odd") || !strings.Contains(err.Error(), "'Z'") {
		t.Errorf("got %v", err)
	}
}

// An administrator may close what PostgreSQL leaves open.
func TestReadWithClosedFunctions(t *testing.T) {
	t.Parallel()
	server := pgtest.Source(t)
	link := server.Database(t, `
		CREATE TABLE public.t (v int); INSERT INTO public.t VALUES (1); ANALYZE public.t;
		REVOKE EXECUTE ON FUNCTION pg_control_system(), pg_control_checkpoint(), pg_available_extension_versions() FROM PUBLIC;
		REVOKE SELECT ON pg_stats FROM PUBLIC`)
	role, password := server.Role(t, "")
	c := read(t, server.URLFor(role, password, pgtest.DatabaseOf(link)))
	if c.Server.SystemIdentifier != "" || len(c.Tables) != 1 || len(c.Extensions) != 1 || c.Extensions[0].Trusted || !c.Extensions[0].Superuser {
		t.Errorf("got %+v, %+v", c.Server, c.Extensions)
	}
}

// Reading keeps no lock on a table, so production's DDL goes on; a table that
// somebody holds exclusively is waited for no longer than lock_timeout.
func TestReadAndLocks(t *testing.T) {
	t.Parallel()
	link := pgtest.Source(t).Database(t, "CREATE TABLE public.t (id serial PRIMARY KEY, v int CHECK (v > 0), w int DEFAULT 3); CREATE INDEX ON public.t ((v + 1)) WHERE w > 1")
	conn := connect(t, link, catalog.Session{ReadOnly: true, Settings: map[string]string{"lock_timeout": "50ms"}})
	tx, err := conn.BeginTx(t.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := catalog.Read(t.Context(), tx); err != nil {
		t.Fatal(err)
	}
	var locks int
	if err := tx.QueryRow(t.Context(), "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND relation >= 16384").Scan(&locks); err != nil {
		t.Fatal(err)
	}
	if locks != 0 {
		t.Errorf("%d locks are left", locks)
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	holder, err := connect(t, link, catalog.Session{}).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = holder.Rollback(context.Background()) }()
	if _, err := holder.Exec(t.Context(), "LOCK TABLE public.t IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	if _, err := catalog.Read(t.Context(), conn); !fault.Is(err, fault.Transient) || catalog.SQLState(err) != "55P03" {
		t.Errorf("got %v", err)
	}
}

func TestDatabaseSize(t *testing.T) {
	t.Parallel()
	link := pgtest.Source(t).Database(t)
	conn := connect(t, link, catalog.Session{})
	if n, err := catalog.DatabaseSize(t.Context(), conn, pgtest.DatabaseOf(link)); err != nil || n < 1<<20 {
		t.Errorf("got %d, %v", n, err)
	}
	if _, err := catalog.DatabaseSize(t.Context(), conn, "absent"); catalog.SQLState(err) != "3D000" {
		t.Errorf("got %v", err)
	}
}
