package metrics

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/understudy-db/understudy/report"
)

var shop = Staging{"shop", "shop_staging"}

func ended(code int) Run {
	r := Run{ExitCode: code, Took: 90 * time.Second, Report: &report.Run{
		Attempts: 2, Stages: []report.Stage{{Name: "snapshot", Seconds: 1}, {Name: "data", Seconds: 20}, {Name: "indexes", Seconds: 40}},
	}}
	if code == 0 {
		r.Report.Outcome, r.Report.Swap = report.Published, &report.Swap{Milliseconds: 20}
		r.Report.Source.SnapshotTime = time.Unix(1_700_000_000, 0)
		r.Report.Totals.Rows = 1000
		r.Report.Gates = []report.Gate{{Name: report.PolicyGate, Passed: true}}
	}
	if code == 3 {
		r.Report.Gates, r.Report.Policy.Uncovered = []report.Gate{{Name: report.PolicyGate}}, 4
	}
	return r
}

// The names and texts are as Prometheus wants them.
func TestLint(t *testing.T) {
	m := New("1.0", true)
	m.Ended(shop, ended(0))
	problems, err := testutil.GatherAndLint(m.Registry)
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
	if n, err := testutil.GatherAndCount(m.Registry); err != nil || n != 18 {
		t.Errorf("%d metrics, %v", n, err)
	}
}

// A run that fails leaves in the file when one succeeded last.
func TestTextfile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "understudy.prom")
	write := func(code int) string {
		t.Helper()
		m := New("1.0", false)
		m.Ended(shop, ended(code))
		if err := m.WriteTextfile(path); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	line := func(text, name string) string {
		for l := range strings.Lines(text) {
			if strings.HasPrefix(l, "understudy_"+name+"{") {
				return strings.TrimSpace(l)
			}
		}
		return ""
	}
	const labels = `{project="shop",staging="shop_staging"} `
	first := write(0)
	if got := line(first, "source_snapshot_age_seconds"); got != "understudy_source_snapshot_age_seconds"+labels+"21" {
		t.Error(got)
	}
	second := write(4)
	for _, name := range []string{"run_last_success_timestamp_seconds", "generation_snapshot_timestamp_seconds", "swap_duration_seconds"} {
		if a, b := line(first, name), line(second, name); a == "" || a != b {
			t.Errorf("%q, then %q", a, b)
		}
	}
	if got := line(second, "run_last_exit_code"); got != "understudy_run_last_exit_code"+labels+"4" {
		t.Error(got)
	}
	if strings.Contains(second, "_total") {
		t.Error("a file has totals, which begin anew with each run")
	}
	if err := os.WriteFile(path, []byte("no metrics {"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := line(write(0), "run_last_exit_code"); !strings.HasSuffix(got, " 0") {
		t.Error(got)
	}
	if err := New("1.0", false).WriteTextfile(filepath.Join(path, "below a file")); err == nil {
		t.Error("a path that cannot be is written to")
	}
}

// The gateway gets a group for this staging; its errors hold no password.
func TestPush(t *testing.T) {
	var got []string
	status := http.StatusAccepted
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, r.Method+" "+r.URL.Path, string(body))
		w.WriteHeader(status)
	}))
	defer gateway.Close()
	m := New("1.0", false)
	m.Ended(shop, ended(0))
	if err := m.Push(t.Context(), gateway.URL, shop); err != nil {
		t.Fatal(err)
	}
	if got[0] != "POST /metrics/job/understudy/project/shop/staging/shop_staging" && got[0] != "POST /metrics/job/understudy/staging/shop_staging/project/shop" {
		t.Error(got[0])
	}
	status = http.StatusInternalServerError
	for _, url := range []string{gateway.URL, strings.Replace(gateway.URL, "://", "://user:s3cret@", 1), "http://user:s3cret@127.0.0.1:1"} {
		if err := m.Push(t.Context(), url, shop); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Error(err)
		}
	}
}

// Gaps of the policy stay told of until a run has seen that there are none.
func TestUncoveredStays(t *testing.T) {
	m := New("1.0", true)
	for i, step := range []struct {
		code int
		want float64
	}{{3, 4}, {75, 4}, {0, 0}, {75, 0}} {
		m.Ended(shop, ended(step.code))
		if got := testutil.ToFloat64(m.uncovered); got != step.want {
			t.Errorf("run %d: %g columns, want %g", i, got, step.want)
		}
	}
}
