package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/pgserver"
	"github.com/understudy-db/understudy/report"
	"github.com/understudy-db/understudy/transform/mask"
)

//go:embed demo
var demoFiles embed.FS

func (a *app) demoCmd() *cobra.Command {
	var keep bool
	c := &cobra.Command{
		Use:   "demo",
		Short: "Show the main job on two throw-away PostgreSQL servers",
		Long: `Starts two PostgreSQL servers in a temporary folder, fills one as "production" with a
small shop, refreshes staging on the other, and shows a customer before and after, a
refresh that fails and leaves staging serving, a reset, a migration that looks harmless
and is not, a branch, a rollback, and the scheduler. Takes about a minute, needs
PostgreSQL's programs on this machine, touches nothing else, and cleans up.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.demo(c.Context(), keep) },
	}
	c.Flags().BoolVar(&keep, "keep", false, "leave the servers running and print how to look at them and how to remove them")
	return c
}

// demo is one showing.
type demo struct {
	*app
	dir    string
	config string
	prod   *pgserver.Server
	stage  *pgserver.Server
}

func (a *app) demo(ctx context.Context, keep bool) (err error) {
	start := time.Now()
	dir, err := os.MkdirTemp("", "understudy-demo-")
	if err != nil {
		return fault.Wrap(fault.Other, err, "make a folder for the demo")
	}
	d := &demo{app: a, dir: dir, config: filepath.Join(dir, "understudy.yaml")}
	defer func() {
		if keep && err == nil {
			err = d.leave()
			return
		}
		err = errors.Join(err, d.remove())
	}()
	for _, step := range []func(context.Context) error{
		d.startServers, d.fill, d.configure, d.firstRefresh, d.failedRefresh, d.resetStaging,
		d.rehearse, d.branch, d.rollbackStaging, d.scheduled,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	d.title("done in " + report.Seconds(time.Since(start).Seconds()))
	return nil
}

func (d *demo) title(s string) { fmt.Fprintf(d.out, "\n── %s\n", s) }
func (d *demo) print(s string) { fmt.Fprint(d.out, s) }

func (d *demo) startServers(ctx context.Context) error {
	p, err := pgserver.Find(0)
	if err != nil {
		return err
	}
	d.title(fmt.Sprintf("two PostgreSQL %d servers from %s", p.Major, p.Dir))
	g, ctx := errgroup.WithContext(ctx)
	for _, s := range []**pgserver.Server{&d.prod, &d.stage} {
		g.Go(func() (err error) {
			*s, err = pgserver.Start(ctx, pgserver.Options{Programs: p})
			return err
		})
	}
	return g.Wait()
}

// fill makes production: the shop, and a role that can only read.
func (d *demo) fill(ctx context.Context) error {
	if err := execute(ctx, d.prod.URL("postgres"), `CREATE DATABASE shop`,
		`CREATE ROLE understudy_reader LOGIN PASSWORD 'reader'; GRANT pg_read_all_data TO understudy_reader`); err != nil {
		return err
	}
	for _, f := range []string{"migrations/000001_shop.up.sql", "data.sql"} {
		sql, err := demoFiles.ReadFile("demo/" + f)
		if err != nil {
			return err
		}
		if err := execute(ctx, d.prod.URL("shop"), string(sql)); err != nil {
			return err
		}
	}
	fmt.Fprintf(d.out, "production: database shop, %s\n", d.size(ctx, d.prod.URL("shop")))
	return execute(ctx, d.stage.URL("postgres"),
		`CREATE ROLE shop_app NOLOGIN; CREATE ROLE understudy LOGIN CREATEDB PASSWORD 'understudy'; GRANT shop_app, pg_signal_backend TO understudy`)
}

// configure writes what a team would keep in its repository.
func (d *demo) configure(context.Context) error {
	policy, err := demoFiles.ReadFile("demo/policy.yaml")
	if err != nil {
		return err
	}
	config := `version: 1
project: shop
source: { url: "` + d.prod.URLFor("understudy_reader", "reader", "shop") + `" }
target: { url: "` + d.stage.URLFor("understudy", "understudy", "postgres") + `", database: shop_staging, owner: shop_app }
key: "${file:` + filepath.Join(d.dir, "understudy.key") + `}"
policy: [policy.yaml]
`
	return errors.Join(
		os.WriteFile(filepath.Join(d.dir, "understudy.key"), []byte(mask.GenerateKey().Encode()+"\n"), 0o600),
		os.WriteFile(filepath.Join(d.dir, "policy.yaml"), policy, 0o644),
		os.WriteFile(d.config, []byte(config), 0o600),
	)
}

func (d *demo) firstRefresh(ctx context.Context) error {
	d.title("the policy names every column: check it, then refresh")
	if err := d.run(0, "check"); err != nil {
		return err
	}
	if err := d.run(0, "refresh"); err != nil {
		return err
	}
	d.title("customer 3 in production")
	if err := d.customer(ctx, d.prod.URL("shop")); err != nil {
		return err
	}
	d.title("customer 3 in staging")
	return d.customer(ctx, d.stage.URL("shop_staging"))
}

func (d *demo) failedRefresh(ctx context.Context) error {
	d.title("somebody adds a column to production that the policy does not know")
	if err := execute(ctx, d.prod.URL("shop"), `ALTER TABLE shop.customers ADD COLUMN nickname text`); err != nil {
		return err
	}
	if err := d.run(exitCodes[fault.Policy], "refresh", "--quiet"); err != nil {
		return err
	}
	fmt.Fprintf(d.out, "staging still serves: %s\n", d.size(ctx, d.stage.URL("shop_staging")))
	return execute(ctx, d.prod.URL("shop"), `ALTER TABLE shop.customers DROP COLUMN nickname`)
}

func (d *demo) resetStaging(ctx context.Context) error {
	d.title("a test run wrecks staging; reset brings the clean state back")
	if err := execute(ctx, d.stage.URL("shop_staging"), `TRUNCATE shop.customers CASCADE`); err != nil {
		return err
	}
	fmt.Fprintf(d.out, "wrecked: %s\n", d.size(ctx, d.stage.URL("shop_staging")))
	if err := d.run(0, "reset"); err != nil {
		return err
	}
	fmt.Fprintf(d.out, "reset:   %s\n", d.size(ctx, d.stage.URL("shop_staging")))
	return nil
}

func (d *demo) rollbackStaging(ctx context.Context) error {
	d.title("production goes on; a second refresh, and a rollback to the first")
	if err := execute(ctx, d.prod.URL("shop"), `DELETE FROM shop.sessions; INSERT INTO shop.products SELECT n, 'NEW-' || n, 'New ' || n, 1 FROM generate_series(501, 600) n`); err != nil {
		return err
	}
	if err := d.run(0, "refresh", "--quiet"); err != nil {
		return err
	}
	if err := d.run(0, "rollback"); err != nil {
		return err
	}
	return d.run(0, "generations")
}

// run shows a command line and runs it as a user would.
func (d *demo) run(want int, args ...string) error {
	fmt.Fprintf(d.out, "$ understudy %s\n", strings.Join(args, " "))
	code := Main(append(args, "--config", d.config), d.stdin, d.out, d.err)
	if code != want {
		return fault.New(fault.Other, "`understudy %s` ended with exit code %d instead of %d", args[0], code, want)
	}
	if code != 0 {
		fmt.Fprintf(d.out, "exit code %d\n", code)
	}
	return nil
}

// customer shows one customer and what hangs on it. The demo's data are
// invented, so that this one place may print them.
func (d *demo) customer(ctx context.Context, url string) error {
	return query(ctx, url, `SELECT c.email, c.full_name, c.phone, c.birth_date::text, c.notes, c.settings::text,
			a.street || ', ' || a.postal_code || ' ' || a.city || ', ' || a.country AS address,
			(SELECT count(*)::text FROM shop.orders o WHERE o.customer_id = c.id) AS orders,
			(SELECT e.payload::text FROM shop.events e WHERE e.customer_id = c.id ORDER BY e.id LIMIT 1) AS event
		FROM shop.customers c JOIN shop.addresses a ON a.customer_id = c.id WHERE c.id = 3`,
		func(rows pgx.Rows) error {
			values, err := rows.Values()
			if err != nil {
				return err
			}
			for i, f := range rows.FieldDescriptions() {
				if values[i] != nil {
					fmt.Fprintf(d.out, "  %-11s %s\n", f.Name, values[i])
				}
			}
			return nil
		})
}

// size says how much a shop holds.
func (d *demo) size(ctx context.Context, url string) string {
	var s string
	err := query(ctx, url, `SELECT format('%s customers, %s orders, %s items, %s events, %s in all', (SELECT count(*) FROM shop.customers),
			(SELECT count(*) FROM shop.orders), (SELECT count(*) FROM shop.items), (SELECT count(*) FROM shop.events), pg_size_pretty(pg_database_size(current_database())))`,
		func(rows pgx.Rows) error { return rows.Scan(&s) })
	if err != nil {
		return err.Error()
	}
	return s
}

// leave keeps the servers and says how to use and remove them.
func (d *demo) leave() error {
	d.title("the servers keep running")
	fmt.Fprintf(d.out, "  production  psql '%s'\n", d.prod.URL("shop"))
	fmt.Fprintf(d.out, "  staging     psql '%s'\n", d.stage.URL("shop_staging"))
	fmt.Fprintf(d.out, "  again       understudy refresh --config %s\n", d.config)
	remove := "rm -r " + d.dir
	for _, s := range []*pgserver.Server{d.stage, d.prod} {
		if err := s.Detach(); err != nil {
			return err
		}
		remove = fmt.Sprintf("kill -INT $(head -1 %s/postmaster.pid); ", s.Data()) + remove + " " + s.Dir()
	}
	fmt.Fprintf(d.out, "  remove      %s\n", remove)
	return nil
}

func (d *demo) remove() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var errs []error
	for _, s := range []*pgserver.Server{d.prod, d.stage} {
		if s != nil {
			errs = append(errs, s.Stop(ctx), s.Remove())
		}
	}
	return errors.Join(append(errs, os.RemoveAll(d.dir))...)
}

// execute runs statements on a demo server, each text in one go.
func execute(ctx context.Context, url string, statements ...string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fault.Wrap(fault.Other, err, "connect to a demo server")
	}
	defer conn.Close(ctx)
	for _, sql := range statements {
		if _, err := conn.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
			return fault.Wrap(fault.Other, err, "prepare the demo")
		}
	}
	return nil
}

func query(ctx context.Context, url, sql string, row func(pgx.Rows) error) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fault.Wrap(fault.Other, err, "connect to a demo server")
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, sql)
	if err != nil {
		return fault.Wrap(fault.Other, err, "look at the demo")
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return fault.Wrap(fault.Other, err, "look at the demo")
		}
	}
	return rows.Err()
}
