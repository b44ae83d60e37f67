package migrations

import (
	"encoding/json"
	"io"
	"os"
	"slices"
	"time"

	"github.com/understudy-db/understudy/internal/fault"
)

// Outcome is what a rehearsal ends in.
type Outcome string

// Outcomes.
const (
	Passed     Outcome = "passed"
	FailedGate Outcome = "failed"     // a migration failed or a gate was not kept
	Incomplete Outcome = "incomplete" // some version could not be rehearsed: no verdict on it
)

// Base is the database that a rehearsal begins with.
type Base struct {
	Kind    string `json:"kind"`    // empty or generation
	Version int    `json:"version"` // -1: no migration yet
	Dirty   bool   `json:"dirty,omitempty"`
	Note    string `json:"note,omitempty"`
}

// Report is what a rehearsal found. It marshals to report.json.
type Report struct {
	SchemaVersion int            `json:"schema_version"`
	Outcome       Outcome        `json:"outcome"`
	Headline      string         `json:"headline"`
	Path          string         `json:"path"`
	Server        string         `json:"server_version,omitempty"`
	StartedAt     time.Time      `json:"started_at"`
	Seconds       float64        `json:"seconds"`
	Base          Base           `json:"base"`
	Since         string         `json:"since,omitempty"` // the older end of the range of revisions that it is about
	Counts        Counts         `json:"findings"`
	Applied       int            `json:"applied"`
	Down          map[string]int `json:"down,omitempty"` // versions by verdict
	Gates         []GateResult   `json:"failed_gates,omitempty"`
	Folder        []Finding      `json:"folder_findings,omitempty"`
	Drift         *Drift         `json:"drift,omitempty"`
	SourceProof   []Proof        `json:"source_proof,omitempty"`
	Together      *Together      `json:"one_transaction,omitempty"` // all pending files in one, where the project's runner does that
	Migrations    []*Result      `json:"migrations"`
	PeakDatabases int            `json:"peak_databases"`

	PeakDatabaseBytes int64         `json:"peak_database_bytes,omitempty"` // of copies of a generation, all together
	NotShown          []string      `json:"cannot_show,omitempty"`         // what this kind of rehearsal cannot know
	NotMeasured       []NotMeasured `json:"not_measured,omitempty"`        // for want of a right
}

// NotMeasured is a measurement that a missing right has prevented: its fields
// are absent, not zero.
type NotMeasured struct {
	What  string `json:"what"`
	Needs string `json:"needs"`
}

func (n NotMeasured) String() string { return n.What + ": needs " + n.Needs }

// pastReason is why versions at or below the base are not run.
const pastReason = "the database is past it"

// knownReason is why versions that were there before a range of revisions are
// applied and no more.
const knownReason = "it was there before"

// aboveReason is why versions above the target are not run.
const aboveReason = "it is above the target version"

// pending tells whether the version is one of those that the rehearsal is about.
func (m *Result) pending() bool {
	return m.Reason != pastReason && m.Reason != knownReason && m.Reason != aboveReason
}

func newReport(o Options, f *Folder) *Report {
	r := &Report{SchemaVersion: SchemaVersion, Path: o.Path, StartedAt: o.Now.UTC(), Folder: f.Findings, Base: Base{Kind: "empty", Version: -1}}
	if o.Since != nil {
		r.Since = o.Since.Since
	}
	if o.Template != "" {
		r.Base.Kind = "generation"
		return r
	}
	r.NotShown = []string{
		"tables are empty: times, WAL, sizes and how long others wait say nothing about production",
		"statements that fail on rows (NOT NULL, UNIQUE, CHECK, foreign keys, casts) pass here",
	}
	return r
}

// finish applies waivers, counts, judges the gates and writes the headline.
func (r *Report) finish(o Options, began time.Time) {
	r.Seconds = time.Since(began).Seconds()
	r.Down = map[string]int{}
	for _, f := range r.Folder {
		r.Counts.add(&f)
	}
	for _, m := range r.Migrations {
		m.waive()
		slices.SortStableFunc(m.Findings, func(a, b Finding) int { return int(b.Severity) - int(a.Severity) })
		if m.pending() && (m.Status == Applied || m.Status == NoUpFile) {
			r.Applied++
		}
		if m.Down != nil {
			r.Down[string(m.Down.Verdict)]++
		}
		if !m.pending() {
			m.Findings = nil
		}
		for i := range m.Findings {
			r.Counts.add(&m.Findings[i])
		}
	}
	r.judgeGates(o.Gates)
	r.judgeTogether(o.Gates)
	for _, f := range r.Folder {
		if !o.Gates.NoFailOn && f.Severity >= o.Gates.FailOn {
			r.Gates = append(r.Gates, GateResult{Gate: "fail_on", Place: f.File, Message: f.Severity.String() + " " + f.Rule + ": " + f.Message})
		}
	}
	r.Outcome = Passed
	for _, m := range r.Migrations {
		switch {
		case m.Status == Failed:
			r.Outcome = FailedGate
		case (m.Status == Refused || m.Status == NotRehearsed) && r.Outcome == Passed:
			r.Outcome = Incomplete
			if slices.ContainsFunc(m.Findings, func(f Finding) bool { return f.Rule == "copy-stdin" && f.Waived == nil }) {
				r.Outcome = FailedGate
			}
		}
	}
	if len(r.Gates) > 0 {
		r.Outcome = FailedGate
	}
	r.Headline = r.headline()
}

// Pending counts the versions above the base.
func (r *Report) Pending() int {
	n := 0
	for _, m := range r.Migrations {
		if m.pending() {
			n++
		}
	}
	return n
}

// DiskFull tells whether a version failed because the server had no room left.
func (r *Report) DiskFull() bool {
	return slices.ContainsFunc(r.Migrations, func(m *Result) bool { return m.Failure != nil && m.Failure.State == "53100" })
}

// waive marks the findings that the files themselves accept. What fails cannot
// be waived.
func (m *Result) waive() {
	for i := range m.Findings {
		f := &m.Findings[i]
		if f.Rule == "fails" || f.Rule == "waiver" {
			continue
		}
		for _, file := range []*File{m.pair.Up, m.pair.Down} {
			if file == nil || file.Name != f.File {
				continue
			}
			for w := range file.Waivers {
				if file.Waivers[w].Rule == f.Rule {
					f.Waived = &file.Waivers[w]
				}
			}
		}
	}
}

// ReadReport reads the report.json of an earlier rehearsal.
func ReadReport(file string) (*Report, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fault.Wrap(fault.Usage, err, "read an earlier rehearsal")
	}
	r := &Report{}
	if err := json.Unmarshal(b, r); err != nil {
		return nil, fault.New(fault.Usage, "%s is no report.json of a rehearsal", file)
	}
	if r.SchemaVersion != SchemaVersion {
		return nil, fault.New(fault.Usage, "%s is a report of version %d; this understudy compares with version %d", file, r.SchemaVersion, SchemaVersion)
	}
	return r, nil
}

// WriteJSON writes report.json.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}
