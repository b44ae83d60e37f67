package integration

import (
	"os"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/internal/pgtest"
)

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
	p.refresh()
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
		now[strings.Index(now, success):][:120] != metrics[strings.Index(metrics, success):][:120] {
		t.Error(now)
	}
}
