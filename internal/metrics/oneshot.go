package metrics

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/push"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/understudy-db/understudy/internal/fault"
)

// pushTimeout bounds a push: a gateway that is down does not hold up a refresh.
const pushTimeout = 15 * time.Second

// WriteTextfile writes the metrics for node_exporter's textfile collector, in
// one step. What this run says nothing of, such as when a refresh succeeded
// last, stays as the file had it.
func (m *Metrics) WriteTextfile(path string) error {
	old, err := readTextfile(path)
	if err != nil {
		return err
	}
	now, err := m.Registry.Gather()
	if err != nil {
		return fault.Wrap(fault.Other, err, "gather metrics")
	}
	have := map[string]bool{}
	for _, f := range now {
		have[f.GetName()] = true
	}
	kept := prometheus.GathererFunc(func() (out []*dto.MetricFamily, _ error) {
		for name, f := range old {
			if !have[name] {
				out = append(out, f)
			}
		}
		return out, nil
	})
	if err := prometheus.WriteToTextfile(path, prometheus.Gatherers{m.Registry, kept}); err != nil {
		return fault.Wrap(fault.Other, err, "write the metrics")
	}
	return nil
}

// readTextfile reads what an earlier run has written; nothing if that cannot be
// read as metrics.
func readTextfile(path string) (map[string]*dto.MetricFamily, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Wrap(fault.Other, err, "read the metrics of earlier runs")
	}
	defer f.Close()
	var p expfmt.TextParser
	families, err := p.TextToMetricFamilies(f)
	if err != nil {
		return nil, nil //nolint:nilerr // it is about to be replaced
	}
	return families, nil
}

// Push adds the metrics to a Pushgateway, in a group of this staging's own.
// What this run says nothing of stays as the gateway has it.
func (m *Metrics) Push(ctx context.Context, url string, s Staging) error {
	ctx, cancel := context.WithTimeout(ctx, pushTimeout)
	defer cancel()
	// The group's labels are the metrics' own: the gateway refuses both.
	bare := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		families, err := m.Registry.Gather()
		for _, f := range families {
			for _, v := range f.Metric {
				var rest []*dto.LabelPair
				for _, l := range v.Label {
					if l.GetName() != labelNames[0] && l.GetName() != labelNames[1] {
						rest = append(rest, l)
					}
				}
				v.Label = rest
			}
		}
		return families, err
	})
	client := &http.Client{Transport: withContext{ctx}}
	err := push.New(url, "understudy").Client(client).Grouping(labelNames[0], s.Project).Grouping(labelNames[1], s.Database).Gatherer(bare).Add()
	if err != nil {
		// The error may hold the URL, and the URL a password.
		return fault.New(fault.Other, "the Pushgateway did not take the metrics (%s)", pushFailure(err))
	}
	return nil
}

// withContext gives requests a time limit that the push package has no place for.
type withContext struct{ ctx context.Context }

func (w withContext) RoundTrip(r *http.Request) (*http.Response, error) {
	return http.DefaultTransport.RoundTrip(r.WithContext(w.ctx))
}

func pushFailure(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	default:
		return "no connection, or refused: look at its log"
	}
}
