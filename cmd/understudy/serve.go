package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/serve"
)

func (a *app) serveCmd() *cobra.Command {
	var listen, reports string
	c := &cobra.Command{
		Use:   "serve [FILE...]",
		Short: "Refresh on the configuration's schedule, and say how staging is",
		Long: `Runs until it is stopped and begins a refresh at every tick of schedule.cron, each in a
process of its own. A tick that was missed is made up for once. Several instances may
run: one of them begins refreshes, the others stand by and take over when it is gone.
With several configuration files it serves several projects.

/livez, /readyz (fails while staging is older than schedule.stale_after), /metrics (for
Prometheus) and /status (JSON) answer on --listen. SIGTERM stops a refresh that is
running, with staging as it was, and ends within ten seconds.`,
		Example: `  understudy serve
  understudy serve --listen 0.0.0.0:8321 shop.yaml billing.yaml`,
		RunE: func(c *cobra.Command, files []string) error { return a.serve(c.Context(), files, listen, reports) },
	}
	f := c.Flags()
	f.StringVar(&listen, "listen", "127.0.0.1:8321", "address of /livez, /readyz, /metrics and /status; empty for none")
	f.StringVar(&reports, "report", "", "write report.json and report.html of each refresh below this `DIR`ectory, in a folder named after the staging database")
	return c
}

func (a *app) serve(ctx context.Context, files []string, listen, reports string) error {
	if len(files) == 0 {
		file := a.configPath
		if file == "" {
			file = os.Getenv("UNDERSTUDY_CONFIG")
		}
		if file == "" {
			file = policies.DefaultConfigFile
		}
		files = []string{file}
	}
	binary, err := os.Executable()
	if err != nil {
		return fault.Wrap(fault.Other, err, "find this program")
	}
	o := serve.Options{Binary: binary, Listen: listen, Tool: toolVersion(), Log: a.serveLogger(), Reports: reports, Paused: a.paused, Environment: os.Environ()}
	for _, file := range files {
		a.configPath = file
		cfg, err := a.config()
		if err != nil {
			return err
		}
		path, err := filepath.Abs(file)
		if err != nil {
			return fault.Wrap(fault.Usage, err, "find %s", file)
		}
		o.Files, o.Config = append(o.Files, path), append(o.Config, cfg)
	}
	return serve.Serve(ctx, o)
}
