package notify

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/understudy-db/understudy/report"
)

// sink keeps what is posted to it.
type sink struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
}

func newSink(t *testing.T, status int) *sink {
	s := &sink{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.bodies = append(s.bodies, string(body))
		w.WriteHeader(status)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *sink) got() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.bodies)
}

// service is the URL of a sink as shoutrrr has it.
func (s *sink) service() string {
	return strings.Replace(s.URL, "http://", "generic+http://", 1) + "/hook"
}

// Everybody gets what they asked for, in their words, and one that refuses is no
// trouble of the others.
func TestServices(t *testing.T) {
	t.Parallel()
	all, failures, broken := newSink(t, http.StatusOK), newSink(t, http.StatusNoContent), newSink(t, http.StatusForbidden)
	words, err := ParseTemplate("{{.Project}}/{{.Staging}}: {{if .ExitCode}}FAILED {{.ExitCode}}{{end}} {{.Text}}")
	if err != nil {
		t.Fatal(err)
	}
	s := Sinks{Project: "shop", Staging: "shop_staging", Webhook: all.URL, Format: "standard", Services: []Service{
		{URL: all.service()}, {URL: failures.service(), Events: []string{"run.failed"}, Template: words}, {URL: broken.service() + "?token=quokka"},
	}}
	if failed := s.Tell(t.Context(), Started("shop_staging")); len(failed) > 0 || len(all.got()) > 0 {
		t.Errorf("run.started, which nobody asked for: %v, %q", failed, all.got())
	}
	if s.Any("run.started") || !s.Any("run.failed") || !s.Any("drift.found") {
		t.Error("who is wanted to be told")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // a run that was stopped is told of as well
	failed := s.Tell(ctx, Event{Type: "run.failed", ExitCode: 6, Text: "it failed"})
	if len(failed) != 1 || !strings.HasPrefix(failed[0].Error(), "notify.services[2] (generic+http): not delivered") || strings.Contains(failed[0].Error(), "quokka") {
		t.Errorf("%v", failed)
	}
	got := all.got()
	slices.Sort(got)
	if len(got) != 2 || !strings.Contains(got[0], "understudy: it failed") || !strings.Contains(got[1], `"project":"shop"`) {
		t.Errorf("%q", got)
	}
	if got := failures.got(); len(got) != 1 || got[0] != "shop/shop_staging: FAILED 6 it failed" {
		t.Errorf("%q", got)
	}
	if s.Tell(t.Context(), Event{Type: "staging.stale", Text: "old"}); len(failures.got()) != 1 {
		t.Errorf("%q", failures.got())
	}
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"slack://hook:WNA3PBYV6-F20DUQND3RQ-Webc4MAvoacrpPakR8phF0zi@webhook": "",
		"discord://token@123456789": "",
		"telegram://110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw@telegram?chats=@a":    "",
		"smtp://user:quokka@mail.example.com:587/?from=a@example.com&to=b@example.com": "",
		"ntfy://ntfy.sh/understudy":        "",
		"generic+https://example.com/hook": "",
		"https://example.com/quokka":       "notify.webhook",
		"nobody://quokka":                  "shoutrrr cannot use this URL",
		"slack://quokka":                   "shoutrrr cannot use this URL",
		"logger://":                        "tells nobody",
		":quokka":                          "shoutrrr cannot use this URL",
	} {
		err := CheckURL(url)
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "quokka")) {
			t.Errorf("%s: %v, want %q", url, err, want)
		}
	}
}

func TestParseTemplate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{{.Text}} at {{.Time.Format \"15:04\"}}": "",
		"{{.Rows}}":      "can't evaluate field Rows",
		"{{if .Text}}":   "unexpected EOF",
		"{{call .Text}}": "",
	} {
		_, err := ParseTemplate(text)
		if text == "{{call .Text}}" {
			if err == nil {
				t.Error("a text is called")
			}
			continue
		}
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestEnded(t *testing.T) {
	t.Parallel()
	types := func(events []Event) (out []string) {
		for _, e := range events {
			if e.Run != "r1" {
				t.Errorf("%+v", e)
			}
			out = append(out, e.Type)
		}
		return out
	}
	good := &report.Run{ID: "r1", Generation: 3, Drift: []report.Drift{{}}, Gates: []report.Gate{{Name: "g", Passed: true}}}
	if got := types(Ended(good, "s", 0, time.Second, "")); !slices.Equal(got, []string{"drift.found", "run.succeeded", "staging.swapped"}) {
		t.Error(got)
	}
	bad := &report.Run{ID: "r1", Error: &report.Failure{Message: "why"}, Gates: []report.Gate{{Name: "g", Passed: true}, {Name: "rules change something"}}}
	events := Ended(bad, "s", 7, time.Second, "see its log")
	if got := types(events); !slices.Equal(got, []string{"gate.failed", "run.failed"}) || !strings.Contains(events[0].Text, "rules change something") || !strings.Contains(events[1].Text, "why") || events[1].ExitCode != 7 {
		t.Errorf("%+v", events)
	}
}
