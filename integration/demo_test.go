package integration

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/understudy-db/understudy/internal/pgserver"
)

// The demo is the first thing that people run: it goes through a refresh, a
// failure, a reset, a rehearsal, a branch, a rollback and a scheduled refresh, and
// leaves nothing behind.
func TestDemo(t *testing.T) {
	t.Parallel()
	if _, err := pgserver.Find(0); err != nil {
		t.Skipf("the demo needs local programs: %v", err)
	}
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "demo")
	tmp := t.TempDir()
	if err := os.Chmod(tmp, 0o755); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s%s", err, out.String(), errs.String())
	}
	for _, want := range []string{
		"the policy covers all 11 tables",
		"shop_staging now serves generation 1: 184,500 rows",
		"greta.jansen3@outlook.com", // before
		"@example.",                 // after
		"exit code 3",               // the unknown column
		"reset:   12000 customers",  // the wreck is mended
		"max_read_block",            // the migration that rewrites a table
		"shop_staging_try is a copy of generation 1",
		"shop_staging serves generation 1 (rolled back",
		`msg="refresh succeeded" project=shop`,
		"shop_staging serves generation 3",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the demo does not show %q", want)
		}
	}
	if !strings.Contains(errs.String(), "nickname") {
		t.Error("the failed refresh does not name the new column")
	}
	if strings.Count(out.String(), "greta.jansen3@outlook.com") != 2 {
		t.Error("the customer's address shows up elsewhere than in production's row")
	}
	if t.Failed() {
		t.Logf("%s%s", out.String(), errs.String())
	}
}
