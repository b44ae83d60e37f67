package integration

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/understudy-db/understudy/internal/pgtest"
)

// Services are told what they asked for, each in its words; one that cannot be
// reached is a warning and no more.
func TestNotify(t *testing.T) {
	t.Parallel()
	p := newProject(t, peopleSchema, peoplePolicy)
	var mu sync.Mutex
	var told []string
	sink := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		told = append(told, string(body))
	}))
	t.Cleanup(sink.Close)
	p.setenv("SINK", strings.TrimPrefix(sink.URL, "http://"))
	good := p.read("understudy.yaml")
	p.append("understudy.yaml", `notify:
  services:
    - { url: "generic+http://${env:SINK}/a", events: [run.started, run.succeeded, gate.failed], template: "{{.Type}} of {{.Staging}}, code {{.ExitCode}}" }
    - { url: "generic+http://127.0.0.1:1/quokka", events: run.succeeded }
`)
	r := p.ok("refresh")
	if !strings.Contains(r.stderr, "somebody was not told of run.succeeded: notify.services[1] (generic+http)") || strings.Contains(r.stderr, "quokka") {
		t.Errorf("%s", r.stderr)
	}
	p.append("policy.yaml", `reject: {}
`)
	p.run("refresh") // a mistake in the policy is no gate
	p.write("policy.yaml", strings.TrimSuffix(p.read("policy.yaml"), "reject: {}\n"))
	p.ok("reset")
	mu.Lock()
	defer mu.Unlock()
	want := []string{"run.started of " + p.name + ", code 0", "run.succeeded of " + p.name + ", code 0"}
	if !slices.Equal(told, want) {
		t.Errorf("%q, want %q", told, want)
	}
	for _, c := range []struct{ services, want string }{
		{"[{ events: [run.failed] }]", "notify.services[0]: the service has no url"},
		{"[{ url: 'https://example.com/quokka' }]", "generic+https"},
		{"[{ url: 'slack://quokka' }]", "shoutrrr cannot use this URL"},
		{"[{ url: '${env:X}', events: [run.done] }]", `there is no event "run.done"`},
		{"[{ url: '${env:X}', template: '{{.Rows}}' }]", "can't evaluate field Rows"},
		{"[{ url: '${env:X}', tempalte: 'x' }]", "did you mean template?"},
		{"slack", "want a list of {url"},
	} {
		p.write("understudy.yaml", good+"notify: { services: "+c.services+" }\n")
		if r := p.fails(2, c.want, "refresh"); strings.Contains(r.stderr, "quokka") {
			t.Errorf("%s", r.stderr)
		}
	}
}

// Programs run before and after, with what they need to know and no secret; a
// single run leaves its metrics in a file, also when it fails.
func TestHooksAndTextfile(t *testing.T) {
	t.Parallel()
	p := newProject(t, peopleSchema, peoplePolicy)
	p.write("hook.sh", `#!/bin/sh
env | grep -E '^(UNDERSTUDY_|PRODUCTION|STAGING)' | sort | tr '\n' ' ' >> "$(dirname "$0")/told"
echo "$1" >> "$(dirname "$0")/told"
test ! -e "$(dirname "$0")/no_$1"
`)
	if err := os.Chmod(p.dir+"/hook.sh", 0o755); err != nil {
		t.Fatal(err)
	}
	p.append("understudy.yaml", `hooks: { pre_run: [./hook.sh, before], post_run: [./hook.sh, after] }
metrics: { textfile: understudy.prom }
`)
	told := func() []string {
		t.Helper()
		lines := strings.Split(strings.TrimSpace(p.read("told")), "\n")
		if err := os.Remove(p.dir + "/told"); err != nil {
			t.Fatal(err)
		}
		return lines
	}
	var mu sync.Mutex
	var spans []byte // of several requests, where the run takes its time
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		spans = append(spans, body...)
	}))
	t.Cleanup(collector.Close)
	p.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	p.refresh()
	mu.Lock()
	for _, want := range []string{"understudy refresh", "copy public.people", "pre-solve"} {
		if !bytes.Contains(spans, []byte(want)) {
			t.Errorf("the collector was sent no span %q", want)
		}
	}
	mu.Unlock()
	p.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
	lines := told()
	if len(lines) != 2 || !strings.HasSuffix(lines[0], "before") || !strings.Contains(lines[1], "UNDERSTUDY_RESULT=succeeded ") ||
		!strings.Contains(lines[1], "UNDERSTUDY_GENERATION=1 ") || !strings.Contains(lines[1], "UNDERSTUDY_VERB=refresh") || strings.Contains(strings.Join(lines, ""), "postgres://") {
		t.Errorf("%q", lines)
	}
	metrics := p.read("understudy.prom")
	if !strings.Contains(metrics, `understudy_run_last_exit_code{project="test",staging="`+p.name+`"} 0`) {
		t.Error(metrics)
	}
	p.write("no_before", "")
	p.fails(4, "hooks.pre_run failed: it ended with exit code 1", "refresh")
	p.fails(4, "nothing was touched", "reset")
	if lines := told(); len(lines) != 2 {
		t.Errorf("%q", lines)
	}
	if err := os.Remove(p.dir + "/no_before"); err != nil {
		t.Fatal(err)
	}
	p.write("no_after", "")
	p.origin.Exec(t, pgtest.DatabaseOf(p.source), "ALTER TABLE people ADD COLUMN nickname text")
	r := p.fails(3, "hooks.post_run failed", "refresh")
	if lines := told(); !strings.Contains(lines[1], "UNDERSTUDY_EXIT_CODE=3 ") || !strings.Contains(lines[1], "UNDERSTUDY_RESULT=failed ") {
		t.Errorf("%q\n%s", lines, r.stderr)
	}
	now := p.read("understudy.prom")
	const success = "\nunderstudy_run_last_success_timestamp_seconds"
	if !strings.Contains(now, `understudy_run_last_exit_code{project="test",staging="`+p.name+`"} 3`) ||
		!strings.Contains(now, `understudy_policy_uncovered_columns{project="test",staging="`+p.name+`"} 1`) || !strings.Contains(metrics, `understudy_policy_uncovered_columns{project="test",staging="`+p.name+`"} 0`) ||
		now[strings.Index(now, success):][:120] != metrics[strings.Index(metrics, success):][:120] {
		t.Error(now)
	}
}
