package integration

import (
	"strings"
	"testing"

	"github.com/understudy-db/understudy/internal/pgtest"
)

// An extension's configuration table keeps the rows that the extension brings,
// and gets those that the source has added. Where the table is not ours to
// write, the run says so before it reads a row, and how to do without; a table
// to which the source has added nothing does not matter.
func TestExtensionTables(t *testing.T) {
	t.Parallel()
	// Marking a table needs an extension's script; the catalog's columns do as well.
	const extension = `
		CREATE EXTENSION citext;
		CREATE TABLE systems (id integer PRIMARY KEY, name text);
		CREATE TABLE options (name text PRIMARY KEY, value text);
		CREATE TABLE option_uses (option text REFERENCES options);
		CREATE TABLE untouched (id integer);
		INSERT INTO systems SELECT n, 'built in' FROM generate_series(1, 100) n;
		ALTER EXTENSION citext ADD TABLE systems;
		ALTER EXTENSION citext ADD TABLE options;
		ALTER EXTENSION citext ADD TABLE option_uses;
		ALTER EXTENSION citext ADD TABLE untouched;
		UPDATE pg_extension SET extconfig = ARRAY['systems'::regclass::oid, 'options'::regclass::oid, 'option_uses'::regclass::oid, 'untouched'::regclass::oid],
			extcondition = ARRAY['WHERE id > 100', '', '', ''] WHERE extname = 'citext';`
	const added = `
		INSERT INTO systems VALUES (101, 'our own'), (102, 'our own too');
		INSERT INTO options VALUES ('a', 'b');
		INSERT INTO option_uses VALUES ('a');
		CREATE TABLE people (id integer PRIMARY KEY, name citext);
		INSERT INTO people VALUES (1, 'Ann');`
	const policy = "version: 1\ntables:\n  public.people: { keep: [id, name] }\n"
	const (
		systems = "SELECT count(*) || ' to ' || max(id) FROM systems"
		options = "SELECT count(*) FROM options JOIN option_uses ON option = name"
	)
	for _, c := range []struct {
		name, builder  string
		prepare        string // in the template, by its administrator
		refused        string // exit 4, with this among what it says
		remedy         string // lines of the policy that the refusal proposes
		systems, usage string // what staging has then
	}{
		{
			name: "of a superuser", builder: "SUPERUSER",
			systems: "102 to 102", usage: "1",
		},
		{
			name: "granted", builder: "CREATEDB",
			prepare: "GRANT ALL ON systems, options TO PUBLIC",
			refused: "public.option_uses of the extension citext",
			remedy:  "  public.option_uses: { rows: none }\n",
			systems: "102 to 102", usage: "0",
		},
		{
			name: "of somebody else", builder: "CREATEDB",
			refused: "public.systems of the extension citext",
			remedy:  "  public.option_uses: { rows: none }\n  public.options: { rows: none }\n  public.systems: { rows: none }\n",
			systems: "100 to 100", usage: "0",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dst := pgtest.Target(t)
			template := pgtest.DatabaseOf(dst.Database(t, extension, "SELECT 1", c.prepare))
			dst.Exec(t, "postgres", "ALTER DATABASE "+template+" IS_TEMPLATE true")
			t.Cleanup(func() { dst.Exec(t, "postgres", "ALTER DATABASE "+template+" IS_TEMPLATE false") })
			p := newCopy(t, copyOptions{source: pgtest.Source(t).Database(t, extension, added), builder: c.builder, policy: policy})
			p.write("understudy.yaml", strings.Replace(p.read("understudy.yaml"), "  owner: ", "  template: "+template+"\n  owner: ", 1))
			if c.refused != "" {
				r := p.fails(4, c.refused, "refresh")
				_, proposed, _ := strings.Cut(r.stderr, "\ntables:\n")
				if proposed != c.remedy {
					t.Fatalf("proposed is\n%s, want\n%s\n%s", proposed, c.remedy, r.stderr)
				}
				p.write("policy.yaml", policy+c.remedy)
			}
			p.refresh()
			if got := one(t, p.staging(), systems); got != c.systems {
				t.Errorf("systems: %s, want %s", got, c.systems)
			}
			if got := one(t, p.staging(), options); got != c.usage {
				t.Errorf("options in use: %s, want %s", got, c.usage)
			}
		})
	}
}

// Rows may reference those that an extension makes itself, and that are not
// copied because staging's extension has them already.
func TestReferencesToRowsOfAnExtension(t *testing.T) {
	t.Parallel()
	const extension = `
		CREATE EXTENSION citext;
		CREATE TABLE systems (id integer PRIMARY KEY, name text);
		INSERT INTO systems SELECT n, 'built in' FROM generate_series(1, 100) n;
		ALTER EXTENSION citext ADD TABLE systems;
		UPDATE pg_extension SET extconfig = ARRAY['systems'::regclass::oid], extcondition = ARRAY['WHERE id > 100'] WHERE extname = 'citext';`
	dst := pgtest.Target(t)
	template := pgtest.DatabaseOf(dst.Database(t, extension, "GRANT ALL ON systems TO PUBLIC"))
	dst.Exec(t, "postgres", "ALTER DATABASE "+template+" IS_TEMPLATE true")
	t.Cleanup(func() { dst.Exec(t, "postgres", "ALTER DATABASE "+template+" IS_TEMPLATE false") })
	p := newCopy(t, copyOptions{source: pgtest.Source(t).Database(t, extension, `
		INSERT INTO systems VALUES (101, 'our own');
		CREATE TABLE uses (system integer REFERENCES systems);
		INSERT INTO uses VALUES (7), (101);`), builder: "SUPERUSER"})
	p.write("understudy.yaml", strings.Replace(p.read("understudy.yaml"), "  owner: ", "  template: "+template+"\n  owner: ", 1))
	p.ok("init", "-o", "proposed.yaml")
	p.write("policy.yaml", p.read("proposed.yaml"))
	p.refresh()
	if got := one(t, p.staging(), "SELECT count(*) FROM uses JOIN systems ON id = system"); got != "2" {
		t.Errorf("%s rows find what they reference", got)
	}
}
