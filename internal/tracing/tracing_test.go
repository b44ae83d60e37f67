package tracing

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// sink is a collector that keeps what it is sent.
type sink struct {
	*httptest.Server
	mu       sync.Mutex
	spans    map[string]*spans.Span
	resource []string
}

func newSink(t *testing.T) *sink {
	s := &sink{spans: map[string]*spans.Span{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			body, _ = gzip.NewReader(body)
		}
		b, err := io.ReadAll(body)
		var m collector.ExportTraceServiceRequest
		if err == nil {
			err = proto.Unmarshal(b, &m)
		}
		if err != nil || r.URL.Path != "/v1/traces" {
			t.Error(r.URL.Path, err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, rs := range m.ResourceSpans {
			for _, a := range rs.Resource.Attributes {
				s.resource = append(s.resource, a.Key+"="+a.Value.GetStringValue())
			}
			for _, ss := range rs.ScopeSpans {
				for _, span := range ss.Spans {
					s.spans[span.Name] = span
				}
			}
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func TestRun(t *testing.T) {
	s := newSink(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", s.URL)
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=ci")
	r, err := Begin(t.Context(), "1.2", "refresh", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", map[string]string{"project": "shop", "run": "r1"})
	if err != nil {
		t.Fatal(err)
	}
	r.Stage("schema")
	r.Stage("data")
	r.BeginTable("public.people")
	r.BeginTable("public.orders")
	r.EndTable("public.people", 7)
	r.EndTable("public.unheard_of", 7)
	if err := r.End(5, "load failed"); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, want := range []string{"service.name=understudy", "service.version=1.2", "deployment.environment.name=ci"} {
		if !slices.Contains(s.resource, want) {
			t.Errorf("%q has no %s", s.resource, want)
		}
	}
	root, data, people, orders := s.spans["understudy refresh"], s.spans["data"], s.spans["copy public.people"], s.spans["copy public.orders"]
	if len(s.spans) != 5 || root == nil || data == nil || people == nil || orders == nil {
		t.Fatalf("%v", s.spans)
	}
	if string(root.ParentSpanId) == "" || string(data.ParentSpanId) != string(root.SpanId) || string(people.ParentSpanId) != string(data.SpanId) {
		t.Error("spans do not hang together")
	}
	if root.Status.Code != spans.Status_STATUS_CODE_ERROR || data.Status.Code != spans.Status_STATUS_CODE_ERROR || people.Status.GetCode() == spans.Status_STATUS_CODE_ERROR || orders.Status.Message != "not finished" ||
		s.spans["schema"].Status.GetCode() == spans.Status_STATUS_CODE_ERROR {
		t.Errorf("%v", s.spans)
	}
}

// A collector that is not there, or hangs, costs seconds and is told of without
// its address.
func TestNoCollector(t *testing.T) {
	hangs := make(chan struct{})
	stuck := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hangs }))
	defer stuck.Close()
	defer close(hangs)
	for _, url := range []string{"http://user:quokka@127.0.0.1:1", stuck.URL} {
		t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
		r, err := Begin(t.Context(), "1", "refresh", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Stage("data")
		start := time.Now()
		if err := r.End(0, ""); err == nil || strings.Contains(err.Error(), "quokka") || time.Since(start) > 4*flushTimeout {
			t.Errorf("%s: %v after %s", url, err, time.Since(start))
		}
	}
	var off *Run
	off.Stage("data")
	off.BeginTable("t")
	off.EndTable("t", 1)
	if err := off.End(0, ""); err != nil {
		t.Error(err)
	}
}

func TestEnabled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		env  map[string]string
		want bool
		err  string
	}{
		{map[string]string{}, false, ""},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x:4318"}, true, ""},
		{map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x:4318/v1/traces"}, true, ""},
		{map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, true, ""},
		{map[string]string{"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, false, ""},
		{map[string]string{"OTEL_SDK_DISABLED": "true", "OTEL_TRACES_EXPORTER": "otlp"}, false, ""},
		{map[string]string{"OTEL_TRACES_EXPORTER": "zipkin"}, false, "OTEL_TRACES_EXPORTER"},
		{map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, false, "http/protobuf"},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://u:quokka@host:43 18"}, false, "OTEL_EXPORTER_OTLP_ENDPOINT is no URL"},
		{map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"}, false, "OTEL_EXPORTER_OTLP_ENDPOINT is no URL"},
		{map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_HEADERS": "Authorization quokka"}, false, "OTEL_EXPORTER_OTLP_HEADERS is no list"},
		{map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_HEADERS": "a=b, authorization=quokka"}, true, ""},
	} {
		got, err := Enabled(func(k string) string { return c.env[k] })
		if got != c.want || (err == nil) != (c.err == "") || err != nil && (!strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "quokka")) {
			t.Errorf("%v: %v, %v", c.env, got, err)
		}
	}
}

// The library's own log would quote what it cannot read, on the standard error
// that it found when it was loaded: the test looks at that of a child.
func TestLibraryIsSilent(t *testing.T) {
	const child = "UNDERSTUDY_TEST_TRACING_CHILD"
	if os.Getenv(child) != "" {
		if r, err := Begin(t.Context(), "1", "refresh", "", nil); err == nil {
			_ = r.End(0, "")
		}
		return
	}
	c := exec.Command(os.Args[0], "-test.run=^TestLibraryIsSilent$")
	c.Env = append(os.Environ(), child+"=1", "OTEL_EXPORTER_OTLP_ENDPOINT=http://u:quokka@host:43 18", "OTEL_EXPORTER_OTLP_HEADERS=Authorization quokka")
	if said, err := c.CombinedOutput(); err != nil || strings.Contains(string(said), "quokka") {
		t.Errorf("%v\n%s", err, said)
	}
}
