// Package metrics is what Prometheus learns of refreshes: of those of a
// scheduler, which it scrapes, and of single ones, which write a file for
// node_exporter or push to a Pushgateway.
package metrics

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/understudy-db/understudy/report"
)

// Staging names whose metrics they are. Labels are names of the configuration,
// never of the schema.
type Staging struct{ Project, Database string }

func (s Staging) labels(more ...string) []string {
	return append([]string{s.Project, s.Database}, more...)
}

// Run is one refresh that has ended.
type Run struct {
	ExitCode int
	Took     time.Duration
	Report   *report.Run
}

// Metrics are those of one process.
type Metrics struct {
	Registry *prometheus.Registry

	lastSuccess, lastRun, exitCode, duration, snapshot, age, held, swap *prometheus.GaugeVec
	lastRows, lastBytes                                                 *prometheus.GaugeVec
	uncovered                                                           *prometheus.GaugeVec
	runs, rows, bytes, retries, chunks, conflicts                       *prometheus.CounterVec
}

// labelNames are those of every metric but build_info.
var labelNames = []string{"project", "staging"}

// New makes the metrics of a version of understudy. Totals, which only grow as
// long as the process lives, are for a scheduler; single runs have none.
func New(tool string, totals bool) *Metrics {
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "understudy_" + name, Help: help}, labelNames)
	}
	counter := func(name, help string, more ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "understudy_" + name, Help: help}, append(labelNames, more...))
	}
	m := &Metrics{
		Registry:    prometheus.NewRegistry(),
		lastSuccess: gauge("run_last_success_timestamp_seconds", "When a refresh succeeded last, in Unix time."),
		lastRun:     gauge("run_last_timestamp_seconds", "When a refresh ended last, in Unix time."),
		exitCode:    gauge("run_last_exit_code", "Exit code of the last refresh; docs/exit-codes.md says what they mean. -1: it was killed or could not be started."),
		duration:    gauge("run_duration_seconds", "How long the last refresh took."),
		snapshot:    gauge("generation_snapshot_timestamp_seconds", "When the data that staging serves was read, in Unix time; 0 without staging."),
		age:         gauge("generation_age_seconds", "How old the data that staging serves was when this was written or last looked at."),
		held:        gauge("source_snapshot_age_seconds", "How long the last refresh held its snapshot of the source, which keeps vacuum there from cleaning up."),
		swap:        gauge("swap_duration_seconds", "For how long nobody could get into staging at the last swap."),
		lastRows:    gauge("run_last_rows", "Rows that the last refresh has copied."),
		lastBytes:   gauge("run_last_bytes", "Bytes of COPY that the last refresh has written to the target."),
		uncovered:   gauge("policy_uncovered_columns", "Columns of the source that no rule named at the last refresh, which stopped it."),
		runs:        counter("runs_total", "Refreshes by their result.", "result"),
		rows:        counter("rows_copied_total", "Rows that refreshes have copied."),
		bytes:       counter("bytes_read_total", "Bytes of COPY that refreshes have read from the source."),
		chunks:      counter("chunk_retries_total", "Chunks of tables that were read or loaded again after a passing failure."),
		conflicts:   counter("standby_conflicts_total", "Snapshots that a standby took away because of a conflict with recovery."),
		retries:     counter("snapshot_retries_total", "Snapshots of the source that were given up and taken anew, after a conflict with recovery or because a table had changed."),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "understudy_build_info", Help: "Always 1; the version is a label.", ConstLabels: prometheus.Labels{"version": tool}})
	info.Set(1)
	m.Registry.MustRegister(m.lastSuccess, m.lastRun, m.exitCode, m.duration, m.snapshot, m.age, m.held, m.swap, m.lastRows, m.lastBytes, m.uncovered, info)
	if totals {
		m.Registry.MustRegister(m.runs, m.rows, m.bytes, m.retries, m.chunks, m.conflicts)
	}
	return m
}

// Begin shows the totals of a staging database as zero, so that the first failure
// is an increase.
func (m *Metrics) Begin(s Staging) {
	for _, outcome := range []string{"succeeded", "failed"} {
		m.runs.WithLabelValues(s.labels(outcome)...)
	}
	for _, c := range []*prometheus.CounterVec{m.rows, m.bytes, m.retries, m.chunks, m.conflicts} {
		c.WithLabelValues(s.labels()...)
	}
}

// Generation notes what staging serves; the zero time: nothing.
func (m *Metrics) Generation(s Staging, snapshot time.Time) {
	if snapshot.IsZero() {
		m.snapshot.WithLabelValues(s.labels()...).Set(0)
		m.age.DeleteLabelValues(s.labels()...)
		return
	}
	m.snapshot.WithLabelValues(s.labels()...).Set(float64(snapshot.Unix()))
	m.age.WithLabelValues(s.labels()...).Set(time.Since(snapshot).Seconds())
}

// heldStages are those in which a refresh holds its snapshot.
var heldStages = []string{"snapshot", "policy", "schema", "pre-solve", "data"}

// Ended notes a refresh.
func (m *Metrics) Ended(s Staging, r Run) {
	l := s.labels()
	outcome := "failed"
	if r.ExitCode == 0 {
		outcome = "succeeded"
		m.lastSuccess.WithLabelValues(l...).SetToCurrentTime()
	}
	m.runs.WithLabelValues(s.labels(outcome)...).Inc()
	m.lastRun.WithLabelValues(l...).SetToCurrentTime()
	m.exitCode.WithLabelValues(l...).Set(float64(r.ExitCode))
	m.duration.WithLabelValues(l...).Set(r.Took.Seconds())
	if r.Report == nil {
		return
	}
	totals := r.Report.Totals
	m.lastRows.WithLabelValues(l...).Set(float64(totals.Rows))
	m.lastBytes.WithLabelValues(l...).Set(float64(totals.Bytes))
	m.rows.WithLabelValues(l...).Add(float64(totals.Rows))
	m.bytes.WithLabelValues(l...).Add(float64(totals.SourceBytes))
	m.chunks.WithLabelValues(l...).Add(float64(totals.ChunkRetries))
	m.conflicts.WithLabelValues(l...).Add(float64(totals.Conflicts))
	// A run that ended before, or for another reason, says nothing of it.
	if i := slices.IndexFunc(r.Report.Gates, func(g report.Gate) bool { return g.Name == report.PolicyGate }); i >= 0 && (r.Report.Gates[i].Passed || r.Report.Policy.Uncovered > 0) {
		m.uncovered.WithLabelValues(l...).Set(float64(r.Report.Policy.Uncovered))
	}
	m.retries.WithLabelValues(l...).Add(float64(max(r.Report.Attempts-1, 0)))
	held := 0.0
	for _, stage := range heldStages {
		held += r.Report.StageSeconds(stage)
	}
	m.held.WithLabelValues(l...).Set(held)
	if r.Report.Swap != nil {
		m.swap.WithLabelValues(l...).Set(r.Report.Swap.Milliseconds / 1000)
	}
	if r.ExitCode == 0 && r.Report.Outcome == report.Published {
		m.Generation(s, r.Report.Source.SnapshotTime)
	}
}
