package policies

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"sort"
	"strings"
	"time"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/internal/notify"
	"github.com/understudy-db/understudy/transform/mask"
)

// Config is the configuration file, understudy.yaml, with flags, environment
// and defaults merged in. The tags of its fields are the one declaration of
// every setting; docs/configuration.md is made from them.
type Config struct {
	Version       int               `yaml:"version" outside:"no" doc:"Version of this file's format. Always 1; required in a file."`
	Project       string            `yaml:"project" doc:"Name of the project, up to 63 letters, digits, dots, dashes and underscores. Masking keys and locks are derived from it, so a new name makes every fake a different one."`
	Source        SourceConfig      `yaml:"source"`
	Target        TargetConfig      `yaml:"target"`
	RootKey       Secret            `yaml:"key" outside:"env" doc:"The 32-byte root key, as understudy keys generate prints it. In a file it has to be a reference, such as ${file:/run/secrets/understudy.key}. Needed by refresh, check with keys, and preview; reset, rollback and status work without it."`
	Determinism   string            `yaml:"determinism" default:"stable" oneof:"stable|per_refresh" doc:"Whether fakes stay the same from one refresh to the next (stable), or are drawn anew so that nothing links two refreshes (per_refresh). Date shifts and noise stay the same either way, because fresh noise averages out."`
	Rotate        string            `yaml:"rotate" default:"never" oneof:"never|monthly|quarterly" doc:"When stable fakes change, by the snapshot's time in UTC. Leave it at never where people rely on customer 42 being the same fake person tomorrow."`
	Policy        []string          `yaml:"policy" default:"policies/*.yaml" doc:"The policy files, as paths or patterns, relative to this file. Several files are read as one policy."`
	Load          LoadSettings      `yaml:"load"`
	Drift         string            `yaml:"drift" default:"warn" oneof:"warn|stop" doc:"What a refresh does when the source's schema is not what the serving generation was made from: go on with a warning (warn), or stop with exit code 3 (stop) until it is run once with --accept-drift. Tables and columns without a rule stop it in either case. understudy check shows the same and exits with 3."`
	Verify        VerifySettings    `yaml:"verify"`
	Extensions    ExtensionSettings `yaml:"extensions"`
	Tools         ToolSettings      `yaml:"tools"`
	BeforePublish []Statement       `yaml:"before_publish" outside:"no" doc:"Statements that run on the new staging database before the swap, and again on every reset, so they have to bear repetition: grants, fixtures, test users. A list of {file: path} or {sql: text}; files are relative to this one."`
	Branches      BranchSettings    `yaml:"branches"`
	Migrations    MigrationSettings `yaml:"migrations"`
	Schedule      ScheduleSettings  `yaml:"schedule"`
	Notify        NotifySettings    `yaml:"notify"`
	Metrics       MetricsSettings   `yaml:"metrics"`
	Hooks         HookSettings      `yaml:"hooks"`
	History       HistorySettings   `yaml:"history"`

	// Warnings are what a person should know but need not mend.
	Warnings Problems `yaml:"-"`

	dir     string
	at      map[string]place
	resolve resolver
}

// SourceConfig says what to read and how gently.
type SourceConfig struct {
	URL            Secret        `yaml:"url" doc:"Production, or better a hot standby of it: a postgres:// URL or key=value string as psql takes them. It may hold references such as ${env:PRODUCTION_URL}. Without sslmode, a server that is not local is reached by TLS only."`
	Connections    int           `yaml:"connections" default:"6" min:"4" max:"256" doc:"Sessions on the source in all: two hold the snapshot, one watches, the others read."`
	MaxSnapshotAge time.Duration `yaml:"max_snapshot_age" default:"4h" min:"1s" doc:"A run ends when its snapshot is older, because an old snapshot keeps vacuum on the source from cleaning up."`
	MaxBlock       time.Duration `yaml:"max_block" default:"1s" min:"250ms" doc:"How long a reader may keep another session of the source waiting before it gives way and tries again."`
	LockTimeout    time.Duration `yaml:"lock_timeout" default:"5s" min:"10ms" doc:"How long a reader queues for its lock on a table; later statements of production queue behind it."`
	OnCIC          string        `yaml:"on_cic" default:"warn" oneof:"warn|abort" doc:"What to do when CREATE INDEX CONCURRENTLY on the source waits for the snapshot: say so and go on (warn), or end the run (abort)."`
	MaxMBps        float64       `yaml:"max_mb_per_s" default:"0" min:"0" doc:"Limit for reading, in megabytes a second over all readers. 0 is no limit."`
	MaxReplicaLag  time.Duration `yaml:"max_replica_lag" default:"0s" doc:"Pause reading while a replica is further behind than this. 0s does not look."`
	ChunkSize      Size          `yaml:"chunk_size" default:"256MiB" min:"8KiB" doc:"How much of a large table one reader takes at a time. Smaller chunks give way sooner and cost more; leave it alone unless production's schema changes wait too long."`
}

// TargetConfig says where staging lives and how generations are kept.
type TargetConfig struct {
	URL              Secret            `yaml:"url" doc:"The server that staging databases live on, with its maintenance database and a role that has CREATEDB: postgres://understudy@staging.internal/postgres. It may hold references."`
	Database         string            `yaml:"database" doc:"Name of the staging database that people connect to, at most 45 bytes, because generations are named after it."`
	Owner            string            `yaml:"owner" doc:"Role that owns the staging database and everything in it: a NOLOGIN role without CREATEDB that the target role is a member of. Empty means the target role itself."`
	Keep             int               `yaml:"keep" default:"1" min:"0" max:"100" doc:"How many previous generations stay for rollback. Each costs the space of a copy."`
	KeepPristines    int               `yaml:"keep_pristines" default:"0" min:"0" max:"100" doc:"How many generations beside the serving one keep their pristine, for reset --to. Each costs the space of a copy."`
	KeepTables       []string          `yaml:"keep_tables" doc:"Tables whose rows belong to staging, such as public.feature_flags: refresh and reset carry them over in place of production's. A list of schema.table."`
	Orphans          string            `yaml:"orphans" default:"stop" oneof:"stop|drop" doc:"What happens to rows that no longer have the row that a foreign key names, because of keep_tables: stop with staging as it was, or drop them."`
	Grace            time.Duration     `yaml:"grace" default:"0s" doc:"How long the swap waits for a moment in which no session of staging is in a transaction, before it ends them all."`
	Template         string            `yaml:"template" default:"template0" doc:"Database that generations are created from. An administrator may prepare one with the extensions that need superuser."`
	AllowSameCluster bool              `yaml:"allow_same_cluster" default:"false" doc:"Allow source and target to be two databases of one cluster. The same database is always refused."`
	LoadJobs         int               `yaml:"load_jobs" default:"3" min:"1" max:"256" doc:"Tables loaded at the same time."`
	IndexJobs        int               `yaml:"index_jobs" default:"2" min:"1" max:"256" doc:"Processes of the target that build indexes and constraints at the same time. Each session may use maintenance_work_mem. When fewer indexes are left than this, the remaining ones are built by several processes each, as far as max_parallel_maintenance_workers of the target allows. As many as the target has cores to spare is a good value."`
	Pristine         string            `yaml:"pristine" default:"auto" oneof:"auto|true|false" doc:"Keep an untouched copy of each generation for reset: always (true), never (false), or where there is space (auto)."`
	SpaceLimit       Size              `yaml:"space_limit" default:"0" doc:"Bytes that all databases of this staging may take together at the peak. A run that would need more gives up the pristine (pristine: auto) or is refused before it starts. 0 is no limit: a server does not tell how much space is free."`
	Roles            map[string]string `yaml:"roles" doc:"Roles of the source and what they are called on the target, for grants and row security policies: {prod_app: staging_app}. Grants to roles that the target does not have are left out and listed."`
}

// LoadSettings are for unusual sizes.
type LoadSettings struct {
	FrozenLimit Size `yaml:"frozen_limit" default:"64GiB" min:"8KiB" doc:"Tables up to this size are loaded in one transaction, frozen, which is faster but starts the table again when the target fails. Larger ones are loaded chunk by chunk."`
	Overlap     bool `yaml:"overlap" default:"false" doc:"Build a table's indexes while other tables are still being copied. Worth it where the target has cores to spare beside target.load_jobs; where it has not, copying takes longer, and production's snapshot is held for longer."`
}

// BranchSettings bound the personal copies of staging.
type BranchSettings struct {
	TTL      time.Duration `yaml:"ttl" default:"8h" min:"1m" doc:"How long a branch lives unless its maker says otherwise. The next refresh or branch after that drops it."`
	Max      int           `yaml:"max" default:"20" min:"0" max:"1000" doc:"How many branches there may be at a time."`
	MaxBytes Size          `yaml:"max_bytes" default:"0" doc:"What branches may take together, by the sizes of their databases; 0 is no limit."`
}

// NotifySettings say whom a refresh tells what became of it.
type NotifySettings struct {
	Webhook  Secret          `yaml:"webhook" outside:"no" doc:"URL that events are posted to. A reference keeps it out of the file: ${env:HOOK_URL}."`
	Secret   Secret          `yaml:"secret" outside:"no" doc:"Key that the webhook's messages are signed with, as Standard Webhooks has it: whsec_ and base64. Without one they are not signed."`
	Format   string          `yaml:"format" default:"standard" oneof:"standard|slack" outside:"no" doc:"standard posts an event as JSON, by Standard Webhooks; slack posts one line of text, as Slack, Mattermost, Discord (/slack) and Google Chat take it."`
	Events   []string        `yaml:"events" outside:"no" doc:"Events to post to the webhook: run.started, run.succeeded, run.failed, gate.failed, drift.found, staging.swapped, staging.stale. Without a list all but run.started."`
	Services []NotifyService `yaml:"services" outside:"no" doc:"Services that shoutrrr knows (Slack, Teams, Discord, Telegram, e-mail, PagerDuty, ntfy and others), each as {url: …, events: […], template: …}. The url is shoutrrr's, with references for its secrets; events are as above; the template is one of Go's text/template over Type, Time, Project, Staging, Run, ExitCode and Text."`
	Ping     Secret          `yaml:"ping" outside:"no" doc:"URL that is asked for after every successful refresh: a dead man's switch, which raises the alarm when it is not."`
}

// Any tells whether anybody is to be told of anything.
func (n *NotifySettings) Any() bool {
	return n.Webhook.IsSet() || n.Ping.IsSet() || len(n.Services) > 0
}

// NotifyService is one that shoutrrr knows.
type NotifyService struct {
	URL      Secret   `yaml:"url" doc:"URL of the service as shoutrrr has it: slack://hook:TOKEN@webhook. References keep secrets out of the file: discord://${env:DISCORD_TOKEN}@123."`
	Events   []string `yaml:"events" doc:"Events to tell; without a list all but run.started."`
	Template string   `yaml:"template" doc:"The message, as a template of Go's text/template; without one, understudy: and the event's text."`
}

// MetricsSettings are where refreshes that no scheduler runs leave their figures.
type MetricsSettings struct {
	Textfile    string `yaml:"textfile" doc:"File that each refresh writes its metrics to, for node_exporter's textfile collector: a path that ends in .prom, in the folder that node_exporter reads."`
	Pushgateway Secret `yaml:"pushgateway" doc:"URL of a Prometheus Pushgateway that each refresh adds its metrics to. It may hold references."`
}

// HookSettings are programs that people have run around a refresh. No shell
// reads their arguments.
type HookSettings struct {
	PreRun  []string      `yaml:"pre_run" outside:"no" doc:"Program and arguments to run before a refresh, reset or rollback touches anything. If it fails, so does the refresh, with exit code 4 and staging as it was. It gets UNDERSTUDY_RUN_ID, _PROJECT, _STAGING and _VERB in its environment, and no secret."`
	PostRun []string      `yaml:"post_run" outside:"no" doc:"Program and arguments to run after a refresh, reset or rollback, whatever became of it: the environment has UNDERSTUDY_RESULT (succeeded or failed), _EXIT_CODE and _GENERATION besides. If it fails, a warning says so."`
	Timeout time.Duration `yaml:"timeout" default:"5m" min:"1s" outside:"no" doc:"How long such a program may take before it is killed with all that it has started."`
}

// HistorySettings are about the record of runs.
type HistorySettings struct {
	Database string `yaml:"database" default:"understudy" outside:"no" doc:"Database of the target server that holds the history of runs, made by understudy history init. Without it nothing is recorded."`
}

// VerifySettings say how far the check of the result goes.
type VerifySettings struct {
	Count string `yaml:"count" default:"auto" oneof:"auto|always|never" doc:"Count the source's rows once more, apart from copying, and compare: on standbys and small tables (auto), on all tables (always), or not (never). Copied rows are compared in any case."`
	Leaks string `yaml:"leaks" default:"off" oneof:"off|warn|fail" doc:"Read the generation once more before the swap and look for e-mail addresses of real domains, tokens and private keys, which no mask writes: not at all (off), telling (warn), or stopping the run where a masked column holds one (fail). Columns that the policy keeps are told of. It reads all text of the generation."`

	Originals string `yaml:"originals" default:"off" oneof:"off|warn|fail" doc:"Remember the original values of masked text columns while they are masked, as keyed hashes in a temporary file, and look for them in all text of the generation before the swap: not at all (off), telling (warn), or stopping the run where a column holds one (fail), whether it is kept or masked. A waiver of original_value lets a column pass. The source then sends the originals also of columns that the policy sets to NULL or a constant; they go no further than to understudy."`
}

// ExtensionSettings are about extensions.
type ExtensionSettings struct {
	Skip []string `yaml:"skip" doc:"Extensions to leave out of staging, besides those that policy files name. By default those are left out that need superuser and that nothing depends on."`
}

// ToolSettings say which of PostgreSQL's own programs to use.
type ToolSettings struct {
	PgDump string `yaml:"pg_dump" doc:"Path of pg_dump, or a major version of it to look for (\"17\"). It has to be at least as new as the source. Empty: of those in PATH and in the usual places the oldest that is new enough. doctor says which one is used."`
}

// Statement is one entry of before_publish: SQL text, or a file that holds it.
// Exactly one of the two is set; File is absolute after LoadConfig.
type Statement struct {
	File string `yaml:"file" doc:"Path of a file with SQL, relative to the configuration file."`
	SQL  string `yaml:"sql" doc:"SQL text."`
}

// MigrationSettings describe the project's migrations and what their rehearsal
// decides. Path is as written, relative to Dir; empty: no rehearsal.
type MigrationSettings struct {
	Path           string         `yaml:"path" outside:"no" doc:"Folder of golang-migrate files, relative to this file. Each refresh then rehearses those above the source's version on copies of the new generation, before the swap. Empty: no rehearsal."`
	Apply          bool           `yaml:"apply" default:"false" outside:"no" doc:"Run pending migrations on the new staging before the swap. The pristine stays at the source's version."`
	OnFailure      string         `yaml:"on_failure" default:"keep_previous" oneof:"keep_previous|publish_at_source_version|publish_anyway" outside:"no" doc:"What a failed rehearsal does: keep_previous fails the refresh and staging stays as it is (exit 6); publish_at_source_version publishes without applying anything; publish_anyway applies if apply says so."`
	Table          string         `yaml:"table" outside:"no" doc:"golang-migrate's x-migrations-table. Empty: schema_migrations."`
	MultiStatement bool           `yaml:"multi_statement" default:"false" outside:"no" doc:"The project runs golang-migrate with x-multi-statement=true."`
	TxScope        string         `yaml:"tx_scope" default:"file" oneof:"file|all" outside:"no" doc:"How much the project's runner commits at a time: each file, as golang-migrate does (file), or all pending files in one transaction, as a driver of the project's own may (all). With all, locks are held to the end of the last file."`
	TableQuoted    bool           `yaml:"table_quoted" default:"false" outside:"no" doc:"The project runs golang-migrate with x-migrations-table-quoted=true: table then is like '\"app\".\"versions\"'."`
	LockTimeout    time.Duration  `yaml:"lock_timeout" default:"0s" outside:"no" doc:"The lock_timeout that the project's runner sets; 0s: none."`
	StatementTime  time.Duration  `yaml:"statement_timeout" default:"0s" outside:"no" doc:"The statement_timeout that the project's runner sets; 0s: none."`
	XStatementTime time.Duration  `yaml:"x_statement_timeout" default:"0s" outside:"no" doc:"golang-migrate's x-statement-timeout, which limits a whole file; 0s: none."`
	FileTimeout    time.Duration  `yaml:"file_timeout" default:"1h" outside:"no" doc:"How long one file may take in the rehearsal; 0s: no limit."`
	SourceProof    string         `yaml:"source_proof" default:"auto" oneof:"auto|always|never" outside:"no" doc:"Ask the source, yes or no, whether its rows stand in the way of a NOT NULL, CHECK, UNIQUE or foreign key that passes or fails on masked rows: only where it is a standby (auto), always, or never."`
	MaxClones      int            `yaml:"max_clones" default:"3" min:"1" outside:"no" doc:"How many copies of the generation may exist at a time: 1 runs the files as golang-migrate does and no more, 2 measures them as well, 3 runs them down and up again, too."`
	Gates          MigrationGates `yaml:"gates"`
}

// MigrationGates are the limits of a rehearsal.
type MigrationGates struct {
	MaxReadBlock  time.Duration `yaml:"max_read_block" default:"0s" outside:"no" doc:"Longest time that a statement may keep readers of a table waiting; 0s does not judge."`
	MaxWriteBlock time.Duration `yaml:"max_write_block" default:"0s" outside:"no" doc:"Longest time that a statement may keep writers of a table waiting; 0s does not judge."`
	MaxDuration   time.Duration `yaml:"max_duration" default:"0s" outside:"no" doc:"Longest time that one file may take; 0s does not judge."`
	MaxWAL        Size          `yaml:"max_wal" default:"0" outside:"no" doc:"Most WAL that one file may write; 0 does not judge."`
	MaxExtraDisk  Size          `yaml:"max_extra_disk" default:"0" outside:"no" doc:"Most space that one file may need on top at its peak; 0 does not judge."`
	RequireDown   string        `yaml:"require_down" default:"none" oneof:"none|run|exact" outside:"no" doc:"What down files must do: none, run without an error, or restore the schema exactly."`
	RequireProof  bool          `yaml:"require_source_proof" default:"false" outside:"no" doc:"Statements that depend on rows must be proven on the source."`
	MaxRegression float64       `yaml:"max_regression" default:"0" min:"0" outside:"no" doc:"How many times as long a file may take, keep others waiting, or as much WAL it may write, as in the last rehearsal whose report.json stands in the folder of --report, or that --last names; 0 does not judge."`
	FailOn        string        `yaml:"fail_on" default:"blocker" oneof:"none|info|medium|high|blocker" outside:"no" doc:"Findings of this severity and above fail the rehearsal."`
}

// ScheduleSettings say when understudy serve refreshes.
type ScheduleSettings struct {
	Cron         string        `yaml:"cron" outside:"no" doc:"When understudy serve refreshes, in five cron fields; a day matches where its day of month or its day of week does."`
	Timezone     string        `yaml:"timezone" default:"UTC" outside:"no" doc:"Time zone of the schedule, by its IANA name."`
	Jitter       time.Duration `yaml:"jitter" default:"0s" outside:"no" doc:"Up to so much later each refresh begins, another time each day and for each project, so that many do not begin at once."`
	NotBefore    string        `yaml:"not_before" outside:"no" doc:"Time of day before which no refresh begins, such as 22:00: one that was missed waits for it."`
	MustFinishBy string        `yaml:"must_finish_by" outside:"no" doc:"Time of day at which a refresh that is still running is stopped, such as 06:00; staging serves as before. None begins between it and not_before."`
	MaxSessions  int           `yaml:"max_sessions" default:"0" min:"0" outside:"no" doc:"While the source's database has more sessions than this, no refresh begins; it waits until there are fewer, within the window. 0 does not look. A standby that is further behind than source.max_replica_lag is waited for in the same way."`
	StaleAfter   time.Duration `yaml:"stale_after" default:"36h" outside:"no" doc:"Age of staging's data from which /readyz fails and staging.stale is told."`
}

// LoadOptions are what LoadConfig takes from outside the file.
type LoadOptions struct {
	// Optional lets the file be missing: then flags, environment and defaults
	// are all there is. A file that is there must be right either way.
	Optional bool
	// Env looks up environment variables; nil finds none. It is kept for the
	// references of secrets.
	Env func(string) (string, bool)
	// ReadFile reads files; nil is os.ReadFile. Kept for secrets, too.
	ReadFile func(string) ([]byte, error)
	// Overrides are settings given by flags: dotted path to text.
	Overrides map[string]string
	// CommandStderr takes what ${command:…} writes to its stderr; nil discards it.
	CommandStderr io.Writer
}

// DefaultConfigFile is read when no other is named.
const DefaultConfigFile = "understudy.yaml"

// LoadConfig reads a configuration file and merges flags, environment and
// defaults into it, in this order of rank. Errors are Problems, all at once.
// Which settings must be there depends on the verb: see Require.
func LoadConfig(path string, o LoadOptions) (*Config, error) {
	if o.Env == nil {
		o.Env = func(string) (string, bool) { return "", false }
	}
	if o.ReadFile == nil {
		o.ReadFile = os.ReadFile
	}
	c := &Config{dir: filepath.Dir(path), at: map[string]place{}}
	if abs, err := filepath.Abs(c.dir); err == nil {
		c.dir = abs
	}
	c.resolve = resolver{dir: c.dir, env: o.Env, readFile: o.ReadFile, stderr: o.CommandStderr}

	var problems Problems
	data, err := o.ReadFile(path)
	switch {
	case err == nil:
		src, root, ps := parseYAML(path, data)
		problems = append(problems, ps...)
		problems = append(problems, c.readFile(src, root, len(ps) > 0)...)
	case !o.Optional || !isNotExist(err):
		p := &Problem{File: path, Kind: fault.Usage, Msg: "the configuration cannot be read: " + pathless(err)}
		if isNotExist(err) {
			p.Msg = "there is no such configuration file"
			p.Hint = "name it with -c FILE, or let understudy init write one"
		}
		return nil, Problems{p}
	}
	problems = append(problems, c.readOutside(o)...)
	problems = append(problems, c.setDefaults()...)
	problems = append(problems, c.validate()...)
	if err := problems.asError(); err != nil {
		return nil, err
	}
	return c, nil
}

// readFile decodes the file's nodes. broken says that parts are missing for
// reasons told already.
func (c *Config) readFile(src *source, root *node, broken bool) Problems {
	if root == nil {
		if broken {
			return nil
		}
		return Problems{place{src: src, line: 1, col: 1}.problem(fault.Usage, "", "the file is empty").
			hint("understudy init writes a first one; it starts with: version: 1")}
	}
	d := &decoder{places: c.at}
	d.section(root, reflect.ValueOf(c).Elem(), "", "the configuration")
	if _, ok := c.at["version"]; !ok && root.kind == mapNode && root.get("version") == nil {
		d.add(root.problem(fault.Usage, "version", "the file does not say its version").hint("add this line at its top: version: 1"))
	}
	return d.problems
}

// readOutside applies the environment, then flags.
func (c *Config) readOutside(o LoadOptions) Problems {
	var problems Problems
	apply := func(s *Setting, text, origin string) {
		at := place{src: &source{name: origin}}
		if s.Type == "secret" {
			c.field(s).Set(reflect.ValueOf(Secret{text: text, at: at, set: text != ""}))
			c.at[s.Path] = at
			return
		}
		v, err := s.parse(text)
		if err != nil {
			problems = append(problems, at.problem(fault.Usage, s.Path, "%v", err))
			return
		}
		c.field(s).Set(v.Convert(c.field(s).Type()))
		c.at[s.Path] = at
	}
	for i := range settings() {
		s := &settings()[i]
		if flag, ok := o.Overrides[s.Path]; ok {
			apply(s, flag, "flag --"+s.Flag)
		} else if s.Env != "" {
			if text, ok := o.Env(s.Env); ok && text != "" {
				apply(s, text, "environment "+s.Env)
			}
		}
	}
	unknown := make([]string, 0)
	for path := range o.Overrides {
		if settingsByPath()[path] == nil {
			unknown = append(unknown, path)
		}
	}
	sort.Strings(unknown)
	for _, path := range unknown {
		problems = append(problems, &Problem{Kind: fault.Usage, Where: path, Msg: "there is no such setting"})
	}
	return problems
}

func (c *Config) setDefaults() Problems {
	if c.Version == 0 {
		c.Version = 1
	}
	for i := range settings() {
		s := &settings()[i]
		if _, set := c.at[s.Path]; set || s.Default == "" {
			continue
		}
		v, err := s.parse(s.Default)
		if err != nil {
			return Problems{{Kind: fault.Other, Where: s.Path, Msg: "default: " + err.Error()}}
		}
		c.field(s).Set(v.Convert(c.field(s).Type()))
	}
	return nil
}

func (c *Config) field(s *Setting) reflect.Value {
	return reflect.ValueOf(c).Elem().FieldByIndex(s.index)
}

// MaxStagingName is the longest name of a staging database in bytes: a
// generation's name adds __u, a number and a suffix, within PostgreSQL's 63.
const MaxStagingName = 45

var projectName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

// validate checks what the type of a single setting cannot say.
func (c *Config) validate() Problems {
	var problems Problems
	add := func(path, format string, args ...any) *noted {
		p := c.at[path].problem(fault.Usage, path, format, args...)
		problems = append(problems, p)
		return (*noted)(p)
	}
	if c.Version != 1 {
		add("version", "this understudy reads version 1 of the configuration").
			hint("write version: 1, or use the release of understudy that the file was written for")
	}
	if c.Project != "" && !projectName.MatchString(c.Project) {
		add("project", "want up to 63 letters, digits, dots, dashes or underscores, starting with a letter or digit")
	}
	for path, s := range map[string]Secret{"source.url": c.Source.URL, "target.url": c.Target.URL, "key": c.RootKey} {
		if !s.IsSet() {
			continue
		}
		if p := s.check(path); p != nil {
			problems = append(problems, p)
		}
	}
	if k := c.RootKey; k.IsSet() && k.literal() && k.check("key") == nil && k.at.line > 0 {
		add("key", "the key itself must not stand in the file").
			hint(`refer to it: key: "${file:/run/secrets/understudy.key}" or key: "${env:UNDERSTUDY_KEY}"`)
	}
	db := c.Target.Database
	switch {
	case len(db) > MaxStagingName:
		add("target.database", "the name has %d bytes; generations are named after it, so it may have %d", len(db), MaxStagingName)
	case strings.Contains(db, "\x00"):
		add("target.database", "the name holds a zero byte")
	case db == "postgres" || db == "template0" || db == "template1":
		add("target.database", "%s belongs to the server; staging needs a name of its own", db)
	}
	if c.Rotate != "never" && c.Determinism == "per_refresh" {
		add("rotate", "determinism: per_refresh draws new fakes each time, so there is nothing to rotate")
	}
	for i, st := range c.BeforePublish {
		if st.File != "" && !filepath.IsAbs(st.File) {
			c.BeforePublish[i].File = filepath.Join(c.dir, st.File)
		}
	}
	if zone := c.Schedule.Timezone; zone != "" {
		if _, err := time.LoadLocation(zone); err != nil {
			add("schedule.timezone", "there is no time zone of this name").hint("use an IANA name such as Europe/Berlin")
		}
	}
	for _, event := range c.Notify.Events {
		if !contains(notify.Types, event) {
			add("notify.events", "there is no event %s", shorten(event)).hint("known are %s", strings.Join(notify.Types, ", "))
		}
	}
	if cron := c.Schedule.Cron; cron != "" && len(strings.Fields(cron)) != 5 {
		add("schedule.cron", "want five fields: minute, hour, day of month, month, day of week")
	}
	return problems
}

// Require checks that the named settings are there, for a verb that cannot do
// without them: c.Require("source.url", "key"). Errors are Problems that name
// the line, flag or variable to add.
func (c *Config) Require(paths ...string) error {
	var problems Problems
	for _, path := range paths {
		s := settingsByPath()[path]
		if s == nil {
			problems = append(problems, &Problem{Kind: fault.Other, Where: path, Msg: "there is no such setting"})
			continue
		}
		v := c.field(s)
		if secret, ok := v.Interface().(Secret); ok && secret.IsSet() || !ok && !v.IsZero() {
			continue
		}
		var ways []string
		ways = append(ways, "in the configuration file: "+path)
		if s.Flag != "" {
			ways = append(ways, "--"+s.Flag)
		}
		if s.Env != "" {
			ways = append(ways, s.Env)
		}
		problems = append(problems, (&Problem{Kind: fault.Usage, Where: path, Msg: "this setting is needed and not set"}).
			hint("%s", strings.Join(ways, ", or ")))
	}
	return problems.asError()
}

// SourceDSN resolves source.url.
func (c *Config) SourceDSN(ctx context.Context) (catalog.DSN, error) {
	return c.dsn(ctx, "source.url", c.Source.URL)
}

// TargetDSN resolves target.url.
func (c *Config) TargetDSN(ctx context.Context) (catalog.DSN, error) {
	return c.dsn(ctx, "target.url", c.Target.URL)
}

// Sinks resolves what notify needs.
func (c *Config) Sinks(ctx context.Context) (*notify.Sinks, error) {
	s := &notify.Sinks{Project: c.Project, Staging: c.Target.Database, Format: c.Notify.Format, Events: c.Notify.Events}
	for _, t := range []struct {
		path string
		from Secret
		to   *string
	}{{"notify.webhook", c.Notify.Webhook, &s.Webhook}, {"notify.secret", c.Notify.Secret, &s.Secret}, {"notify.ping", c.Notify.Ping, &s.Ping}} {
		if !t.from.IsSet() {
			continue
		}
		var err error
		if *t.to, err = c.resolve.resolve(ctx, t.path, t.from); err != nil {
			return nil, err
		}
	}
	for i, v := range c.Notify.Services {
		path := itemPath("notify.services", i)
		url, err := c.resolve.resolve(ctx, path, v.URL)
		if err != nil {
			return nil, err
		}
		if err := notify.CheckURL(url); err != nil {
			return nil, c.at[path].problem(fault.Usage, path, "%v", err)
		}
		service := notify.Service{URL: url, Events: v.Events}
		if v.Template != "" {
			if service.Template, err = notify.ParseTemplate(v.Template); err != nil {
				return nil, c.at[path].problem(fault.Usage, path, "template: %v", err)
			}
		}
		s.Services = append(s.Services, service)
	}
	return s, nil
}

// Pushgateway is the URL that metrics are pushed to; empty for none.
func (c *Config) Pushgateway(ctx context.Context) (string, error) {
	if !c.Metrics.Pushgateway.IsSet() {
		return "", nil
	}
	return c.resolve.resolve(ctx, "metrics.pushgateway", c.Metrics.Pushgateway)
}

// SecretVariables are the environment variables that secrets are taken from.
// Programs that are started have no need of them.
func (c *Config) SecretVariables() []string {
	var out []string
	for _, s := range []Secret{c.Source.URL, c.Target.URL, c.RootKey, c.Notify.Webhook, c.Notify.Secret, c.Notify.Ping, c.Metrics.Pushgateway} {
		for _, m := range secretReference.FindAllStringSubmatch(s.text, -1) {
			if m[1] == "env" {
				out = append(out, strings.TrimSpace(m[2]))
			}
		}
	}
	return out
}

func (c *Config) dsn(ctx context.Context, path string, s Secret) (catalog.DSN, error) {
	if err := c.Require(path); err != nil {
		return "", err
	}
	text, err := c.resolve.resolve(ctx, path, s)
	return catalog.DSN(text), err
}

// Key resolves and parses the root key; weak keys are refused.
func (c *Config) Key(ctx context.Context) (mask.Key, error) {
	if err := c.Require("key"); err != nil {
		return mask.Key{}, err
	}
	text, err := c.resolve.resolve(ctx, "key", c.RootKey)
	if err != nil {
		return mask.Key{}, err
	}
	key, err := mask.ParseKey(strings.TrimSpace(text))
	if err != nil {
		return mask.Key{}, Problems{c.at["key"].problem(fault.Usage, "key", "%v", err).
			hint("understudy keys generate prints a good one")}
	}
	return key, nil
}

// PolicyFiles expands the policy patterns. A pattern without a file is a
// problem: a policy that is not found must not pass for an empty one.
func (c *Config) PolicyFiles() ([]string, error) {
	var files []string
	var problems Problems
	seen := map[string]bool{}
	for _, pattern := range c.Policy {
		at := pattern
		if !filepath.IsAbs(at) {
			at = filepath.Join(c.dir, at)
		}
		found, err := filepath.Glob(at)
		switch {
		case err != nil:
			problems = append(problems, c.at["policy"].problem(fault.Usage, "policy", "%q is not a pattern of paths", pattern))
		case len(found) == 0:
			problems = append(problems, c.at["policy"].problem(fault.Usage, "policy", "there is no file %s", at).
				hint("understudy init -o %s writes a first policy", pattern))
		}
		sort.Strings(found)
		for _, f := range found {
			if !seen[f] {
				seen[f] = true
				files = append(files, f)
			}
		}
	}
	return files, problems.asError()
}

// BeforePublishOrigin is where a statement of before_publish was written, as
// file:line:col.
func (c *Config) BeforePublishOrigin(i int) string {
	return c.at[itemPath("before_publish", i)].String()
}

// Dir is the folder that relative paths of the configuration start from.
func (c *Config) Dir() string { return c.dir }

func isNotExist(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// pathless is the reason of a file error without the path, which the problem
// names already.
func pathless(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}
