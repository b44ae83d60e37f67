package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// contender is a way of copying the shop.
type contender interface {
	name() string
	about() string
	// prepare makes what the copy needs to begin with; it is not measured.
	prepare(ctx context.Context) error
	run(ctx context.Context, m *measurement) error
	// database is where the copy is.
	database() string
	// cleanUp removes what is left beside databases.
	cleanUp() error
}

// The names of the contenders, which ratios are made of.
const (
	rawName      = "raw limit"
	dumpName     = "pg_dump/pg_restore"
	pgcopydbName = "pgcopydb"
	maskedName   = "understudy"
	keepName     = "understudy unmasked"
	pristineName = "understudy pristine"
	otherName    = "other understudy"
)

// contenders are those that this machine has.
func (b *bench) contenders(ctx context.Context, o options) ([]contender, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	binary, err := b.understudy(ctx, o.binary)
	if err != nil {
		return nil, err
	}
	if err := b.roles(ctx); err != nil {
		return nil, err
	}
	all := []contender{
		&raw{bench: b, self: self},
		&dump{bench: b},
	}
	if path, err := exec.LookPath("pgcopydb"); err == nil {
		all = append(all, &pgcopydb{bench: b, path: path})
	} else {
		b.say("pgcopydb is not installed and left out")
	}
	all = append(all,
		&understudy{bench: b, title: maskedName, binary: binary, policy: "masked.yaml", pristine: "false"},
		&understudy{bench: b, title: keepName, binary: binary, policy: "unmasked.yaml", pristine: "false"},
		&understudy{bench: b, title: pristineName, binary: binary, policy: "masked.yaml", pristine: "true"})
	if o.other != "" {
		path, err := filepath.Abs(o.other)
		if err != nil {
			return nil, err
		}
		all = append(all, &understudy{bench: b, title: otherName, binary: path, policy: "masked.yaml", pristine: "false"})
	}
	if o.only != "" {
		wanted := strings.Split(o.only, ",")
		all = slices.DeleteFunc(all, func(c contender) bool { return !slices.Contains(wanted, c.name()) })
		if len(all) == 0 {
			return nil, fmt.Errorf("-only names nobody who is here")
		}
	}
	return all, nil
}

// understudy is the binary to measure: the given one, or one built as for a
// release.
func (b *bench) understudy(ctx context.Context, given string) (string, error) {
	if given != "" {
		return filepath.Abs(given)
	}
	path := filepath.Join(b.work, "understudy")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", path, "github.com/understudy-db/understudy/cmd/understudy")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build understudy: %w\n%s", err, out)
	}
	return path, nil
}

// copied is what those have in common that copy into a database of the shop's
// name.
type copied struct{}

func (copied) database() string { return database }
func (copied) cleanUp() error   { return nil }

// raw is what PostgreSQL can do at best: COPY in its binary format from server
// to server, frozen, by a pipe that looks at nothing but the ends of messages;
// then indexes, keys, the materialized view, statistics.
type raw struct {
	copied
	*bench
	self    string
	archive string
}

func (r *raw) name() string { return rawName }
func (r *raw) about() string {
	return "binary COPY TO | COPY FROM … FREEZE, pg_restore --section=post-data, REFRESH, vacuumdb --analyze-only; database and tables are there before the clock starts"
}

func (r *raw) prepare(ctx context.Context) error {
	if err := r.execute(ctx, r.target.URL("postgres"), "CREATE DATABASE "+database); err != nil {
		return err
	}
	r.archive = filepath.Join(r.work, "schema.dump")
	var m measurement
	if err := m.run(ctx, r.program("pg_dump"), "--format=custom", "--schema-only", "--file="+r.archive, r.source.URL(database)); err != nil {
		return err
	}
	return m.run(ctx, r.program("pg_restore"), "--section=pre-data", "--dbname="+r.target.URL(database), r.archive)
}

func (r *raw) run(ctx context.Context, m *measurement) error {
	url := r.target.URL(database)
	jobs := "--jobs=" + strconv.Itoa(r.jobs)
	for _, s := range []struct {
		name string
		do   func() error
	}{
		{"copy", func() error {
			return m.run(ctx, r.self, pipeVerb, "-jobs", strconv.Itoa(r.jobs), r.source.URL(database), url)
		}},
		{"indexes", func() error {
			return m.run(ctx, r.program("pg_restore"), "--section=post-data", jobs, "--dbname="+url, r.archive)
		}},
		{"refresh", func() error { return r.execute(ctx, url, "REFRESH MATERIALIZED VIEW revenue") }},
		{"analyze", func() error {
			return m.run(ctx, r.program("vacuumdb"), "--quiet", "--analyze-only", jobs, "--maintenance-db="+r.target.URL("postgres"), url)
		}},
	} {
		if err := m.step(s.name, s.do); err != nil {
			return err
		}
	}
	return nil
}

// dump is what most people do.
type dump struct {
	copied
	*bench
}

func (d *dump) name() string { return dumpName }
func (d *dump) about() string {
	return "pg_dump -Fd --compress=0, then pg_restore, into a database that is there; no ANALYZE"
}
func (d *dump) dir() string { return filepath.Join(d.work, "dump") }
func (d *dump) prepare(ctx context.Context) error {
	return d.execute(ctx, d.target.URL("postgres"), "CREATE DATABASE "+database)
}

func (d *dump) run(ctx context.Context, m *measurement) error {
	jobs := "--jobs=" + strconv.Itoa(d.jobs)
	if err := m.step("dump", func() error {
		return m.run(ctx, d.program("pg_dump"), "--format=directory", jobs, "--compress=0", "--file="+d.dir(), d.source.URL(database))
	}); err != nil {
		return err
	}
	return m.step("restore", func() error {
		return m.run(ctx, d.program("pg_restore"), jobs, "--dbname="+d.target.URL(database), d.dir())
	})
}

func (d *dump) cleanUp() error { return os.RemoveAll(d.dir()) }

// pgcopydb is the fastest known tool that copies a database as a whole.
type pgcopydb struct {
	copied
	*bench
	path string
}

func (p *pgcopydb) name() string { return pgcopydbName }
func (p *pgcopydb) about() string {
	return "pgcopydb clone, into a database that is there; with its VACUUM ANALYZE"
}
func (p *pgcopydb) dir() string { return filepath.Join(p.work, "pgcopydb") }
func (p *pgcopydb) prepare(ctx context.Context) error {
	return p.execute(ctx, p.target.URL("postgres"), "CREATE DATABASE "+database)
}

func (p *pgcopydb) run(ctx context.Context, m *measurement) error {
	jobs := strconv.Itoa(p.jobs)
	return m.run(ctx, p.path, "clone", "--source", p.source.URL(database), "--target", p.target.URL(database),
		"--table-jobs", jobs, "--index-jobs", jobs, "--dir", p.dir())
}

func (p *pgcopydb) cleanUp() error { return os.RemoveAll(p.dir()) }

// roles makes the roles that understudy works as: one that reads, one that
// makes databases, one that owns them, one that uses staging.
func (b *bench) roles(ctx context.Context) error {
	if err := b.execute(ctx, b.source.URL("postgres"),
		`CREATE ROLE reader LOGIN PASSWORD 'reader'; GRANT pg_read_all_data TO reader`); err != nil {
		return err
	}
	return b.execute(ctx, b.target.URL("postgres"),
		`CREATE ROLE owner NOLOGIN; CREATE ROLE app LOGIN PASSWORD 'app';
		CREATE ROLE understudy LOGIN CREATEDB PASSWORD 'understudy'; GRANT owner, pg_signal_backend TO understudy`)
}
