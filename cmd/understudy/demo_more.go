package main

import (
	"bufio"
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/understudy-db/understudy/internal/fault"
)

// rehearse runs a migration that looks harmless on copies of the masked data.
func (d *demo) rehearse(context.Context) error {
	d.title("a migration is waiting: what would production feel?")
	const file = "demo/migrations/000002_orders_public_id.up.sql"
	sql, err := demoFiles.ReadFile(file)
	if err != nil {
		return err
	}
	files, err := fs.Sub(demoFiles, "demo/migrations")
	if err != nil {
		return err
	}
	if err := os.CopyFS(filepath.Join(d.dir, "migrations"), files); err != nil {
		return fault.Wrap(fault.Other, err, "write the migrations")
	}
	d.print(string(sql))
	plain := d.config
	defer func() { d.config = plain }()
	d.config = filepath.Join(d.dir, "rehearse.yaml")
	if err := configureMore(plain, d.config, "migrations: { path: migrations, gates: { max_read_block: 20ms } }\n"); err != nil {
		return err
	}
	return d.run(exitCodes[fault.Migration], "rehearse", "--report", filepath.Join(d.dir, "rehearsal"))
}

// branch is a database for one engineer, beside staging.
func (d *demo) branch(ctx context.Context) error {
	d.title("an engineer takes a copy of the clean state, breaks it, and drops it")
	if err := d.run(0, "branch", "create", "try", "--ttl", "1h"); err != nil {
		return err
	}
	if err := execute(ctx, d.stage.URL("shop_staging_try"), `DROP SCHEMA shop CASCADE`); err != nil {
		return err
	}
	if err := d.run(0, "branch", "list"); err != nil {
		return err
	}
	d.print("staging knows nothing of it: " + d.size(ctx, d.stage.URL("shop_staging")) + "\n")
	return d.run(0, "branch", "drop", "try")
}

// scheduled lets the scheduler make up for a tick that was missed.
func (d *demo) scheduled(ctx context.Context) error {
	d.title("the scheduler comes back after a night in which it was down, and makes up for the refresh at 03:00")
	if err := configureMore(d.config, d.config, "schedule: { cron: \"0 3 * * *\", stale_after: 36h }\n"); err != nil {
		return err
	}
	// What decides is when staging's generation was made.
	if err := execute(ctx, d.stage.URL("postgres"), `DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE shop_staging IS %L', (
			SELECT jsonb_set(shobj_description(oid, 'pg_database')::jsonb, '{created}', to_jsonb(to_char(now() AT TIME ZONE 'UTC' - interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))
			FROM pg_database WHERE datname = 'shop_staging')); END $$`); err != nil {
		return err
	}
	binary, err := os.Executable()
	if err != nil {
		return fault.Wrap(fault.Other, err, "find this program")
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	d.print("$ understudy serve\n")
	c := exec.CommandContext(ctx, binary, "serve", "--listen", "", "--config", d.config)
	c.Cancel, c.WaitDelay = func() error { return c.Process.Signal(syscall.SIGTERM) }, 30*time.Second
	log, err := c.StderrPipe()
	if err != nil {
		return fault.Wrap(fault.Other, err, "start the scheduler")
	}
	if err := c.Start(); err != nil {
		return fault.Wrap(fault.Other, err, "start the scheduler")
	}
	ticked := false
	for lines := bufio.NewScanner(log); lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, "{") {
			continue // what the refresh itself says, stage by stage
		}
		d.print(line + "\n")
		if strings.Contains(line, `msg="refresh succeeded"`) {
			ticked = true
			_ = c.Process.Signal(syscall.SIGTERM)
		}
	}
	if err := c.Wait(); err != nil {
		return fault.Wrap(fault.Other, err, "the scheduler")
	}
	if !ticked {
		return fault.New(fault.Other, "the scheduler has not refreshed staging")
	}
	return d.run(0, "status")
}

// configureMore writes a configuration again with one section more.
func configureMore(from, to, section string) error {
	config, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, append(config, section...), 0o600)
	}
	if err != nil {
		return fault.Wrap(fault.Other, err, "configure the demo")
	}
	return nil
}
