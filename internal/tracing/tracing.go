// Package tracing tells an OpenTelemetry collector how a run went: a span for the
// run, one for each stage and one for each table. Spans hold names, counts and
// times, never a row value.
package tracing

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

const (
	// flushTimeout is how long a run that has ended waits for its collector.
	flushTimeout = 5 * time.Second
	// maxQueued spans wait for a collector that is slow; more are dropped.
	maxQueued = 20_000
)

// Enabled tells by the environment whether traces are wanted: an exporter or an
// endpoint is named, and nothing switches them off. The error says what of it
// cannot be done.
func Enabled(env func(string) string) (bool, error) {
	if strings.EqualFold(env("OTEL_SDK_DISABLED"), "true") {
		return false, nil
	}
	switch exporter := env("OTEL_TRACES_EXPORTER"); exporter {
	case "none":
		return false, nil
	case "":
		if env("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" {
			return false, nil
		}
	case "otlp":
	default:
		return false, fmt.Errorf("OTEL_TRACES_EXPORTER: only otlp and none are known here: no traces are sent")
	}
	// The library passes over what it cannot read, and goes on with its defaults.
	for _, name := range []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"} {
		if u, err := url.Parse(env(name)); env(name) != "" && (err != nil || u.Host == "") {
			return false, fmt.Errorf("%s is no URL such as http://collector:4318: no traces are sent", name)
		}
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"} {
		for pair := range strings.SplitSeq(env(name), ",") {
			if key, _, ok := strings.Cut(pair, "="); env(name) != "" && (!ok || strings.TrimSpace(key) == "") {
				return false, fmt.Errorf("%s is no list of name=value with commas between: no traces are sent", name)
			}
		}
	}
	for _, name := range []string{"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"} {
		switch env(name) {
		case "", "http/protobuf":
		default:
			return false, fmt.Errorf("%s: only http/protobuf is known here (port 4318 of most collectors): no traces are sent", name)
		}
	}
	return true, nil
}

// Run is the trace of one run. A nil Run does nothing.
type Run struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
	failed   *atomic.Bool // something was not delivered
	ctx      context.Context
	root     trace.Span

	mu     sync.Mutex
	stage  trace.Span
	within context.Context // of the stage
	tables map[string]trace.Span
}

// Begin begins the trace of a verb's run. Where and how it is sent is said by
// the environment's OTEL_ variables; parent is a W3C traceparent, or empty.
func Begin(ctx context.Context, tool, verb, parent string, about map[string]string) (*Run, error) {
	r := &Run{failed: &atomic.Bool{}, tables: map[string]trace.Span{}}
	// The library's own words may quote an endpoint or headers with their secrets.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(error) { r.failed.Store(true) }))
	otel.SetLogger(logr.Discard())
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("traces cannot be sent: the OTEL_EXPORTER_OTLP variables are not right")
	}
	what, err := resource.New(ctx, resource.WithAttributes(attribute.String("service.name", "understudy"), attribute.String("service.version", tool)),
		resource.WithTelemetrySDK(), resource.WithFromEnv()) // what the environment says comes last and wins
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES cannot be read")
	}
	r.provider = sdk.NewTracerProvider(sdk.WithResource(what), sdk.WithBatcher(exporter, sdk.WithMaxQueueSize(maxQueued), sdk.WithExportTimeout(flushTimeout)))
	r.tracer = r.provider.Tracer("github.com/understudy-db/understudy")
	r.ctx = context.WithoutCancel(ctx)
	if parent != "" {
		r.ctx = propagation.TraceContext{}.Extract(r.ctx, propagation.MapCarrier{"traceparent": parent})
	}
	var attrs []attribute.KeyValue
	for k, v := range about {
		attrs = append(attrs, attribute.String("understudy."+k, v))
	}
	r.ctx, r.root = r.tracer.Start(r.ctx, "understudy "+verb, trace.WithAttributes(attrs...))
	r.within = r.ctx
	return r, nil
}

// Stage begins a stage and ends the one before.
func (r *Run) Stage(name string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.endStage()
	r.within, r.stage = r.tracer.Start(r.ctx, name)
}

func (r *Run) endStage() {
	for name, s := range r.tables { // of a stage that failed, or begun anew
		s.SetStatus(codes.Error, "not finished")
		s.End()
		delete(r.tables, name)
	}
	if r.stage != nil {
		r.stage.End()
		r.stage, r.within = nil, r.ctx
	}
}

// BeginTable begins the copying of a table.
func (r *Run) BeginTable(name string) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	_, r.tables[name] = r.tracer.Start(r.within, "copy "+name, trace.WithAttributes(attribute.String("db.collection.name", name)))
}

// EndTable ends it.
func (r *Run) EndTable(name string, rows int64) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if s := r.tables[name]; s != nil {
		s.SetAttributes(attribute.Int64("understudy.rows", rows))
		s.End()
		delete(r.tables, name)
	}
}

// End ends the run with its exit code and why it failed, and hands everything to
// the collector. It waits for seconds at most; the error says that something was
// not delivered, which is no trouble of the run's.
func (r *Run) End(code int, why string) error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if code != 0 {
		if r.stage != nil {
			r.stage.SetStatus(codes.Error, why)
		}
		r.root.SetStatus(codes.Error, why)
	}
	r.endStage()
	r.root.SetAttributes(attribute.Int("understudy.exit_code", code))
	r.root.End()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), flushTimeout)
	defer cancel()
	err := r.provider.Shutdown(ctx)
	if err != nil || r.failed.Load() {
		return fmt.Errorf("not all of the run's trace was delivered to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names")
	}
	return nil
}
