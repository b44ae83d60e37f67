// Package notify tells people what became of a run: by webhooks, by the services
// that shoutrrr knows, and by a dead man's switch. Messages hold names and
// counts, never a row value; errors hold no URL, because URLs hold secrets.
package notify

import (
	"fmt"
	"slices"
	"time"

	"github.com/understudy-db/understudy/report"
)

// Event is something that people may want to know.
type Event struct {
	Type     string    `json:"type"` // one of Types
	Time     time.Time `json:"timestamp"`
	Project  string    `json:"project"`
	Staging  string    `json:"staging"`
	Run      string    `json:"run,omitempty"`
	ExitCode int       `json:"exit_code,omitempty"`
	Text     string    `json:"text"` // one sentence
}

// ServedVariable is set for a refresh that understudy serve has begun, and which
// leaves it to the scheduler to tell people.
const ServedVariable = "UNDERSTUDY_SERVED"

// Types are the types of events.
var Types = []string{"run.started", "run.succeeded", "run.failed", "gate.failed", "drift.found", "staging.swapped", "staging.stale"}

// wanted tells whether a sink with this list of events takes one. Without a list
// it takes all but run.started.
func wanted(list []string, event string) bool {
	if len(list) == 0 {
		return event != "run.started"
	}
	return slices.Contains(list, event)
}

// Started is the event of a refresh that begins.
func Started(staging string) Event {
	return Event{Type: "run.started", Text: "a refresh of " + staging + " has begun"}
}

// Ended are the events of a refresh that has ended with an exit code. cause says
// why it failed where its report does not.
func Ended(r *report.Run, staging string, code int, took time.Duration, cause string) []Event {
	var out []Event
	if len(r.Drift) > 0 {
		out = append(out, Event{Type: "drift.found", Text: fmt.Sprintf("the schema behind %s has %d changes", staging, len(r.Drift))})
	}
	if code != 0 {
		if i := slices.IndexFunc(r.Gates, func(g report.Gate) bool { return !g.Passed }); i >= 0 {
			out = append(out, Event{Type: "gate.failed", Text: fmt.Sprintf("a refresh of %s did not pass: %s", staging, r.Gates[i].Name)})
		}
		if r.Error != nil {
			cause = r.Error.Message
		}
		out = append(out, Event{Type: "run.failed", ExitCode: code, Text: fmt.Sprintf("a refresh of %s failed with exit code %d: %s; staging serves as before", staging, code, cause)})
	} else {
		out = append(out,
			Event{Type: "run.succeeded", Text: fmt.Sprintf("%s was refreshed in %s: %d rows", staging, report.Seconds(took.Seconds()), r.Totals.Rows)},
			Event{Type: "staging.swapped", Text: fmt.Sprintf("%s serves generation %d", staging, r.Generation)})
	}
	for i := range out {
		out[i].Run = r.ID
	}
	return out
}
