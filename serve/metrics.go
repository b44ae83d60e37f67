package serve

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/understudy-db/understudy/policies"
)

// metrics are what Prometheus reads. Labels are names of the configuration,
// never of the schema.
type metrics struct {
	registry *prometheus.Registry

	lastSuccess, duration, snapshot, swap *prometheus.GaugeVec
	runs, rows, bytes                     *prometheus.CounterVec
}

func newMetrics(tool string) *metrics {
	names := []string{"project", "staging"}
	gauge := func(name, help string) *prometheus.GaugeVec {
		return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "understudy_" + name, Help: help}, names)
	}
	counter := func(name, help string, more ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "understudy_" + name, Help: help}, append(names, more...))
	}
	m := &metrics{
		registry:    prometheus.NewRegistry(),
		lastSuccess: gauge("run_last_success_timestamp_seconds", "When the last refresh succeeded that this process has run, in Unix time."),
		duration:    gauge("run_duration_seconds", "How long the last refresh took."),
		snapshot:    gauge("generation_snapshot_timestamp_seconds", "When the data that staging serves was read, in Unix time; 0 without staging."),
		swap:        gauge("swap_duration_seconds", "For how long nobody could get into staging at the last swap."),
		runs:        counter("runs_total", "Refreshes by their result.", "result"),
		rows:        counter("rows_copied_total", "Rows that refreshes have copied."),
		bytes:       counter("bytes_read_total", "Bytes that refreshes have read from the source."),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "understudy_build_info", Help: "Always 1; the version is a label.", ConstLabels: prometheus.Labels{"version": tool}})
	info.Set(1)
	m.registry.MustRegister(m.lastSuccess, m.duration, m.snapshot, m.swap, m.runs, m.rows, m.bytes, info)
	return m
}

func (m *metrics) generation(c *policies.Config, snapshot time.Time) {
	v := 0.0
	if !snapshot.IsZero() {
		v = float64(snapshot.Unix())
	}
	m.snapshot.WithLabelValues(c.Project, c.Target.Database).Set(v)
}

func (m *metrics) run(c *policies.Config, outcome string, r result) {
	l := []string{c.Project, c.Target.Database}
	m.runs.WithLabelValues(append(l, outcome)...).Inc()
	m.duration.WithLabelValues(l...).Set(r.took.Seconds())
	m.rows.WithLabelValues(l...).Add(float64(r.run.Totals.Rows))
	m.bytes.WithLabelValues(l...).Add(float64(r.run.Totals.Bytes))
	if r.run.Swap != nil {
		m.swap.WithLabelValues(l...).Set(r.run.Swap.Milliseconds / 1000)
	}
	if r.code == 0 {
		m.lastSuccess.WithLabelValues(l...).SetToCurrentTime()
	}
}
