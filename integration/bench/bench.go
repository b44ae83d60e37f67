package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/understudy-db/understudy/internal/pgserver"
)

// database is the name of the shop, on the source and in every copy but
// understudy's.
const database = "shop"

// settings are those of both clusters beside pgserver's own. Everything is in
// memory and nothing happens in the background, so that what is measured is
// work and not the disk, a checkpoint or a vacuum that happens to run.
var settings = map[string]string{
	"autovacuum":           "off",
	"shared_buffers":       "1GB",
	"maintenance_work_mem": "256MB",
	"max_wal_size":         "16GB",
	"checkpoint_timeout":   "1h",
}

// bench is the two clusters and what lives on them.
type bench struct {
	scale  float64
	jobs   int
	source *pgserver.Server
	target *pgserver.Server
	work   string // folder for binaries, dumps and configurations
	shop   *shop
	began  time.Time
}

func newBench(ctx context.Context, scale float64, jobs int) (*bench, error) {
	b := &bench{scale: scale, jobs: jobs, began: time.Now()}
	programs, err := pgserver.Find(0)
	if err != nil {
		return nil, err
	}
	g, gctx := errgroup.WithContext(ctx)
	for _, s := range []**pgserver.Server{&b.source, &b.target} {
		g.Go(func() (err error) {
			*s, err = pgserver.Start(gctx, pgserver.Options{Programs: programs, Settings: settings})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, errors.Join(err, b.remove())
	}
	if b.work, err = os.MkdirTemp("", "understudy-bench-"); err != nil {
		return nil, errors.Join(err, b.remove())
	}
	return b, nil
}

// remove takes everything away.
func (b *bench) remove() error {
	var errs []error
	for _, s := range []*pgserver.Server{b.source, b.target} {
		if s != nil {
			errs = append(errs, s.Remove())
		}
	}
	if b.work != "" {
		errs = append(errs, os.RemoveAll(b.work))
	}
	return errors.Join(errs...)
}

// say tells whoever waits how far things are.
func (b *bench) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%6.0f s  %s\n", time.Since(b.began).Seconds(), fmt.Sprintf(format, args...))
}

// program is the path of one of PostgreSQL's programs.
func (b *bench) program(name string) string { return b.source.Programs().Path(name) }

// clean drops every database of the target and empties both servers' buffers
// of what is still to be written, so that nobody works off what another left.
func (b *bench) clean(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, b.target.URL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, `SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'`)
	if err != nil {
		return err
	}
	databases, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, d := range databases {
		if _, err := conn.Exec(ctx, "DROP DATABASE "+pgx.Identifier{d}.Sanitize()+" WITH (FORCE)"); err != nil {
			return err
		}
	}
	if _, err := conn.Exec(ctx, "CHECKPOINT"); err != nil {
		return err
	}
	return b.execute(ctx, b.source.URL("postgres"), "CHECKPOINT")
}

// measure is one run of one contender.
func (b *bench) measure(ctx context.Context, c contender, round int) (*measurement, error) {
	if err := b.clean(ctx); err != nil {
		return nil, fmt.Errorf("clean up: %w", err)
	}
	if err := c.prepare(ctx); err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	m := &measurement{Contender: c.name(), Round: round, Load: loadAverage()}
	source, target := watchCPU(b.source), watchCPU(b.target)
	began := time.Now()
	err := c.run(ctx, m)
	m.Seconds = time.Since(began).Seconds()
	m.SourceCPU, m.TargetCPU = source.used(), target.used()
	if err == nil {
		err = b.verify(ctx, b.target.URL(c.database()))
	}
	return m, errors.Join(err, c.cleanUp(), b.clean(context.WithoutCancel(ctx)))
}
