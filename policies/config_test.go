package policies_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/transform/mask"
)

// TestConfigFiles runs every archive of testdata/config: its env and flags
// sections hold lines of name=value.
func TestConfigFiles(t *testing.T) {
	t.Parallel()
	runArchives(t, "testdata/config/*.txtar", func(t *testing.T, a archiveFiles) (string, string) {
		o := policies.LoadOptions{ReadFile: a.read, Overrides: pairs(a["flags"])}
		env := pairs(a["env"])
		o.Env = func(name string) (string, bool) { v, ok := env[name]; return v, ok }
		c, err := policies.LoadConfig("understudy.yaml", o)
		if err == nil && a["require"] != "" {
			err = c.Require(strings.Fields(a["require"])...)
		}
		if err != nil {
			return "problems", problemText(t, err, fault.Usage)
		}
		var b strings.Builder
		fmt.Fprintf(&b, "project %q, determinism %s, rotate %s, policy %q\n", c.Project, c.Determinism, c.Rotate, c.Policy)
		s, g := c.Source, c.Target
		fmt.Fprintf(&b, "source %v: %d connections, age %s, block %s, lock %s, cic %s, %g MB/s, lag %s, chunk %d\n",
			s.URL, s.Connections, s.MaxSnapshotAge, s.MaxBlock, s.LockTimeout, s.OnCIC, s.MaxMBps, s.MaxReplicaLag, s.ChunkSize)
		fmt.Fprintf(&b, "target %v: %q owner %q keep %d template %s same %t jobs %d %d pristine %s roles %v\n",
			g.URL, g.Database, g.Owner, g.Keep, g.Template, g.AllowSameCluster, g.LoadJobs, g.IndexJobs, g.Pristine, g.Roles)
		fmt.Fprintf(&b, "frozen %d, count %s, skip %q, pg_dump %q\n", c.Load.FrozenLimit, c.Verify.Count, c.Extensions.Skip, c.Tools.PgDump)
		for i, st := range c.BeforePublish {
			rel := st.File
			if rel != "" {
				var err error
				if rel, err = filepath.Rel(c.Dir(), st.File); err != nil {
					t.Error(err)
				}
			}
			fmt.Fprintf(&b, "before publish: %q %q (%s)\n", rel, st.SQL, c.BeforePublishOrigin(i))
		}
		fmt.Fprintf(&b, "migrations %+v, schedule %+v\n", c.Migrations, c.Schedule)
		for _, w := range c.Warnings {
			fmt.Fprintf(&b, "warning: %s\n", w.Text())
		}
		return "config", b.String()
	})
}

func pairs(text string) map[string]string {
	out := map[string]string{}
	for _, line := range strings.Split(text, "\n") {
		if k, v, ok := strings.Cut(line, "="); ok {
			out[k] = v
		}
	}
	return out
}

func TestMissingConfig(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "no.yaml")
	_, err := policies.LoadConfig(missing, policies.LoadOptions{})
	if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "no such configuration file") {
		t.Errorf("missing file: %v", err)
	}
	c, err := policies.LoadConfig(missing, policies.LoadOptions{Optional: true, Overrides: map[string]string{"target.keep": "3"}})
	if err != nil || c.Target.Keep != 3 || c.Source.MaxSnapshotAge != 4*time.Hour {
		t.Errorf("optional file: %+v, %v", c, err)
	}
	if _, err := policies.LoadConfig(t.TempDir(), policies.LoadOptions{Optional: true}); fault.KindOf(err) != fault.Usage {
		t.Errorf("a folder as file: %v", err)
	}
	_, err = policies.LoadPolicy([]string{missing}, policies.PolicyOptions{})
	if fault.KindOf(err) != fault.Usage {
		t.Errorf("missing policy: %v", err)
	}
	if _, err = policies.LoadPolicy(nil, policies.PolicyOptions{}); fault.KindOf(err) != fault.Usage {
		t.Errorf("no policy: %v", err)
	}
}

// TestSecretsResolve: references are fetched when asked for, and only then.
func TestSecretsResolve(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	key := mask.GenerateKey()
	write("key", key.Encode()+"\r\n")
	write("understudy.yaml", `version: 1
source: { url: "postgres://app:${env:PW}@db/shop?x=$${y}" }
target: { url: "${command:printf 'postgres://u:topsecret@t/db\n\n'; echo noise >&2}" }
key: "${file:key}"
`)
	asked := 0
	var noise bytes.Buffer
	c, err := policies.LoadConfig(filepath.Join(dir, "understudy.yaml"), policies.LoadOptions{
		Env: func(name string) (string, bool) {
			if name == "PW" {
				asked++
				return "topsecret", true
			}
			return "", false
		},
		CommandStderr: &noise,
	})
	if err != nil {
		t.Fatal(err)
	}
	if asked != 0 {
		t.Error("the secret was fetched before anybody asked")
	}
	ctx := context.Background()
	source, err := c.SourceDSN(ctx)
	if err != nil || source.Reveal() != "postgres://app:topsecret@db/shop?x=${y}" {
		t.Errorf("source: %v, %v", source, err)
	}
	target, err := c.TargetDSN(ctx)
	if err != nil || target.Reveal() != "postgres://u:topsecret@t/db\n" { // one line end goes
		t.Errorf("target: %v, %v", target, err)
	}
	if noise.String() != "noise\n" {
		t.Errorf("stderr of the command: %q", noise.String())
	}
	got, err := c.Key(ctx)
	if err != nil || got.Fingerprint() != key.Fingerprint() {
		t.Errorf("key: %v, %v", got, err)
	}

	// However it is printed, no secret shows.
	var logged bytes.Buffer
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("config", "config", c, "url", c.Source.URL, "source", source)
	slog.New(slog.NewTextHandler(&logged, nil)).Info("config", "url", c.RootKey, "target", target)
	js, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	printed := fmt.Sprintf("%v %+v %#v %s %q %x", *c, *c, *c, c.Source.URL, c.Target.URL, c.RootKey) + string(js) + logged.String()
	for _, secret := range []string{"topsecret", key.Encode()[20:], "${env:PW}"} {
		if strings.Contains(printed, secret) {
			t.Errorf("%s is printed", secret)
		}
	}
}

func TestSecretsThatFail(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, url, want string }{
		{"no variable", "${env:NOPE}", "${env:NOPE}: the environment variable is not set"},
		{"no file", "${file:/does/not/exist}", "${file:/does/not/exist}: the file cannot be read"},
		{"failing command", "${command:echo hunter2; exit 3}", "${command:…}: the command failed: exit status 3"},
		{"empty", "${command:true}", "the value is empty"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, err := policies.LoadConfig("u.yaml", policies.LoadOptions{ReadFile: func(name string) ([]byte, error) {
				if name == "u.yaml" {
					return []byte("version: 1\nsource: { url: \"" + tc.url + "\" }\n"), nil
				}
				return os.ReadFile(name)
			}})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.SourceDSN(context.Background())
			if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %v", err)
			}
			if !strings.Contains(err.Error(), "u.yaml:2:16") {
				t.Errorf("no place: %v", err)
			}
		})
	}
}

func TestWeakKey(t *testing.T) {
	t.Parallel()
	c, err := policies.LoadConfig("u.yaml", policies.LoadOptions{Optional: true,
		ReadFile: func(string) ([]byte, error) { return nil, os.ErrNotExist },
		Env: func(n string) (string, bool) {
			return map[string]string{"UNDERSTUDY_KEY": "understudy-key-1:" + strings.Repeat("A", 43) + "="}[n], n == "UNDERSTUDY_KEY"
		}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Key(context.Background())
	if fault.KindOf(err) != fault.Usage || !strings.Contains(err.Error(), "environment UNDERSTUDY_KEY") || strings.Contains(err.Error(), "AAAA") {
		t.Errorf("got %v", err)
	}
}

func TestPolicyFilePatterns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"b.yaml", "a.yaml", "understudy.yaml"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("version: 1\npolicy: [a.yaml, '?.yaml']\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := policies.LoadConfig(filepath.Join(dir, "understudy.yaml"), policies.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	files, err := c.PolicyFiles()
	want := []string{filepath.Join(dir, "a.yaml"), filepath.Join(dir, "b.yaml")}
	if err != nil || !cmp.Equal(files, want) {
		t.Errorf("got %q, %v", files, err)
	}
	c.Policy = []string{"nothing/*.yaml", "[", "a.yaml"}
	_, err = c.PolicyFiles()
	var ps policies.Problems
	if !errors.As(err, &ps) || len(ps) != 2 || ps[0].Line != 2 {
		t.Errorf("got %v", err)
	}
}

func TestSizesAndDurations(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]policies.Size{
		"0": 0, "4096": 4096, "1kB": 1000, "256MiB": 256 << 20, "1.5 GiB": 3 << 29, "2tb": 2e12, "1_000": 1000, " 1 MiB ": 1 << 20,
	} {
		if got, err := policies.ParseSize(text); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "MiB", "-1", "1x", "1e400", "9999999TiB", "nan", "1 2", "0x10"} {
		if got, err := policies.ParseSize(text); err == nil {
			t.Errorf("%q: %d", text, got)
		}
	}
}

// TestSettings: names that scripts rely on, and that every setting is told of.
func TestSettings(t *testing.T) {
	t.Parallel()
	flags, envs := map[string]bool{}, map[string]bool{}
	for _, s := range policies.Settings() {
		if s.Doc == "" || s.Type == "" || !strings.HasSuffix(s.Doc, ".") {
			t.Errorf("%s: type %q, doc %q", s.Path, s.Type, s.Doc)
		}
		if s.Flag != "" && flags[s.Flag] || s.Env != "" && envs[s.Env] {
			t.Errorf("%s: %s or %s is taken", s.Path, s.Flag, s.Env)
		}
		flags[s.Flag], envs[s.Env] = true, true
		if s.Type == "secret" && s.Path == "key" && s.Flag != "" {
			t.Errorf("%s has a flag: ps would show it", s.Path)
		}
	}
	for _, want := range []string{"source-url", "target-database", "source-max-mb-per-s", "verify-count", "tools-pg-dump"} {
		if !flags[want] {
			t.Errorf("no flag --%s", want)
		}
	}
	for _, want := range []string{"UNDERSTUDY_KEY", "UNDERSTUDY_TARGET_DATABASE", "UNDERSTUDY_SOURCE_MAX_BLOCK"} {
		if !envs[want] {
			t.Errorf("no variable %s", want)
		}
	}
}
