package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/extract"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/refresh"
)

type initOptions struct {
	schemaOnly bool
	keepAll    bool
	out        string
}

func (a *app) initCmd() *cobra.Command {
	var o initOptions
	c := &cobra.Command{
		Use:   "init",
		Short: "Propose a complete policy for a database, from its names, types and samples of values",
		Long: `Reads the source's schema and some rows of each table, and proposes a policy in which
every column of every table is listed: a mask for what looks personal, keep for what
does not, and a comment "# review:" with the reason wherever the guess is unsure. Read it
before you trust it: names and samples cannot tell everything. Values are judged by check
digits, forms and dictionaries on this machine, and only shares of rows are told, never a
value; --schema-only reads no row at all. No configuration file is needed; where there is
none, -o also writes a first understudy.yaml.

With --output json the result is one array with an object for each column, its class
among them, also where -o writes a file.

If the file of -o exists, it is a policy already: tables and columns that it does not
cover are added, and everything in it stays as it is, byte for byte.

With --keep-all nothing is masked: a policy for a database without personal data, or to
see that staging can hold all of a schema before masks are chosen.`,
		Example: `  understudy init --source postgres://reader@prod.internal/shop -o policies/shop.yaml
  understudy init --output json`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return a.init(c.Context(), o) },
	}
	f := c.Flags()
	f.BoolVar(&o.schemaOnly, "schema-only", false, "look at names, types and constraints only, and read no row")
	f.BoolVar(&o.keepAll, "keep-all", false, "keep every column as it is instead of proposing masks")
	f.StringVarP(&o.out, "out", "o", "", "policy `FILE` to write (default standard output)")
	a.settingFlags(c)
	if flag := f.Lookup("source-url"); flag != nil {
		f.StringVar(a.sourceAlias(), "source", "", "URL of the source, as --source-url")
	}
	return c
}

// sourceAlias is the value of --source, short for --source-url.
func (a *app) sourceAlias() *string {
	a.source = new(string)
	return a.source
}

// guess is one line of init's JSON.
type guess struct {
	Schema     string   `json:"schema"`
	Table      string   `json:"table"`
	Column     string   `json:"column"`
	Type       string   `json:"type"`
	Class      string   `json:"class"`
	Confidence float64  `json:"confidence"`
	Evidence   []string `json:"evidence"`
}

func (a *app) init(ctx context.Context, o initOptions) error {
	if *a.source != "" {
		a.overrides["source.url"] = a.source
	}
	cfg, err := a.optionalConfig()
	if err != nil {
		return err
	}
	found, err := refresh.Discover(ctx, refresh.Options{Config: cfg, RunID: refresh.NewRunID(time.Now()), Log: a.logger(), Observer: refresh.Observer{Warn: a.warnEvent}}, !o.schemaOnly && !o.keepAll)
	if err != nil {
		return err
	}
	cat := found.Catalog
	for _, skipped := range found.Skipped {
		a.warn(skipped.Error() + "; judged by its names")
	}
	opts := policies.ProposeOptions{
		Migrations: extract.FindMigrationTables(cat), KeepAll: o.keepAll,
		Guesses: found.Guesses, Sampled: !o.schemaOnly && !o.keepAll,
	}
	if o.out != "" && exists(o.out) {
		return a.extend(cfg, cat, o, opts)
	}
	text, guesses, err := policies.Propose(cat, opts)
	if err != nil {
		return err
	}
	var wrote []string
	if o.out != "" {
		if err := os.MkdirAll(filepath.Dir(o.out), 0o755); err != nil {
			return fault.Wrap(fault.Usage, err, "write the policy")
		}
		if err := os.WriteFile(o.out, text, 0o644); err != nil {
			return fault.Wrap(fault.Usage, err, "write the policy")
		}
		wrote = append(wrote, o.out)
		if a.configPath == "" && !exists(policies.DefaultConfigFile) {
			if err := os.WriteFile(policies.DefaultConfigFile, firstConfig(cat.Database.Name, o.out), 0o644); err != nil {
				return fault.Wrap(fault.Usage, err, "write the configuration")
			}
			wrote = append(wrote, policies.DefaultConfigFile)
		}
	}
	return a.result(guessOutputs(guesses), func() {
		if o.out == "" {
			_, _ = a.out.Write(text)
			return
		}
		next := "read the lines with # review:, then run"
		if o.keepAll {
			next = "all are kept as they are; run"
		}
		fmt.Fprintf(a.out, "wrote %s: %d columns; %s `understudy check`\n", strings.Join(wrote, " and "), len(guesses), next)
	})
}

func guessOutputs(guesses []policies.Guess) []guess {
	out := []guess{}
	for _, g := range guesses {
		out = append(out, guess{g.Schema, g.Table, g.Column, g.Type, string(g.Class.Public()), math.Round(g.Confidence*100) / 100, g.Evidence})
	}
	return out
}

// extend adds to a policy that is there already what it does not cover.
func (a *app) extend(cfg *policies.Config, cat *catalog.Catalog, o initOptions, opts policies.ProposeOptions) error {
	files, name := []string{o.out}, o.out
	if configured, err := cfg.PolicyFiles(); err == nil {
		for _, f := range configured {
			if sameFile(f, o.out) {
				files, name = configured, f // the policy is in several files, this one among them
			}
		}
	}
	x, err := policies.Extend(cat, files, name, os.ReadFile, opts)
	if err != nil {
		return err
	}
	for file, text := range x.Files {
		if err := replacePolicy(file, text); err != nil {
			return fault.Wrap(fault.Usage, err, "write the policy")
		}
	}
	return a.result(guessOutputs(x.Guesses), func() {
		if len(x.Added) == 0 {
			fmt.Fprintf(a.out, "%s covers all of the source; nothing to add\n", strings.Join(files, ", "))
			return
		}
		for _, add := range x.Added {
			review := ""
			if add.Review != "" {
				review = "   # review: " + add.Review
			}
			if add.Column == "" {
				fmt.Fprintf(a.out, "%s: added %s, %d columns%s\n", add.File, add.Table, add.Count, review)
			} else {
				fmt.Fprintf(a.out, "%s: added %s.%s: %s%s\n", add.File, add.Table, add.Column, add.Rule, review)
			}
		}
		fmt.Fprintln(a.out, "read what was added, then run `understudy check`")
	})
}

func sameFile(a, b string) bool {
	x, err1 := os.Stat(a)
	y, err2 := os.Stat(b)
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

// replacePolicy writes a file that is there as a whole or not at all, with the
// rights it had.
func replacePolicy(name string, text []byte) error {
	if to, err := filepath.EvalSymlinks(name); err == nil {
		name = to
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".understudy-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(info.Mode().Perm())
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// unsafe are characters that a project's or staging's name should not have.
var unsafe = regexp.MustCompile(`[^a-z0-9_]+`)

// firstConfig is a configuration to start from. Secrets are references.
func firstConfig(database, policy string) []byte {
	project := strings.Trim(unsafe.ReplaceAllString(strings.ToLower(database), "_"), "_")
	if project == "" || len(project) > 32 {
		project = "production"
	}
	return fmt.Appendf(nil, `# See docs/configuration.md for every setting.
version: 1
project: %s
source: { url: "${env:PRODUCTION_URL}" }         # reads only; a hot standby is best
target:
  url: "${env:STAGING_ADMIN_URL}"                # a role with CREATEDB, on another server
  database: %s_staging
  # owner: %s_app                                # NOLOGIN role that owns staging's objects
key: "${env:UNDERSTUDY_KEY}"                     # understudy keys generate
policy: [%s]
`, project, project, project, policy)
}
