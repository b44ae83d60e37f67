// Package report says what a run did, as a value, with its JSON and terminal
// forms. It holds names, counts and times, never a row value, key or password.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// SchemaVersion is the version of the JSON form. It grows when a field changes
// its meaning or goes away; new fields alone do not change it.
const SchemaVersion = 1

// Outcomes of a run.
const (
	Published = "published" // the new generation serves as staging
	DryRun    = "dry-run"   // everything was checked, nothing was written
	Complete  = "complete"  // the generation is whole but not published: see Error
	Failed    = "failed"    // staging is as it was
)

// Run is one refresh.
type Run struct {
	SchemaVersion int       `json:"schema_version"`
	Tool          string    `json:"tool_version"`
	ID            string    `json:"run"`
	Project       string    `json:"project"`
	Staging       string    `json:"staging"`
	Started       time.Time `json:"started"`
	Seconds       float64   `json:"seconds"`
	Outcome       string    `json:"outcome"`
	Error         *Failure  `json:"error,omitempty"`

	Source     Source `json:"source"`
	Generation int    `json:"generation,omitempty"`
	Database   string `json:"database,omitempty"` // the generation's pristine, where one is kept
	Attempts   int    `json:"attempts,omitempty"` // snapshots taken; more than one when a table changed in mid-run

	Policy Policy `json:"policy"`

	Stages    []Stage    `json:"stages"`
	Gates     []Gate     `json:"gates,omitempty"` // in the order in which they were met; those not listed were not reached
	Tables    []Table    `json:"tables,omitempty"`
	Totals    Totals     `json:"totals"`
	Leaks     []Leak     `json:"leaks,omitempty"`     // what verify.leaks found, also where that is a warning
	Originals []Original `json:"originals,omitempty"` // what verify.originals found, also where that is a warning or waived
	Skipped   []Skipped  `json:"skipped,omitempty"`
	Drift     []Drift    `json:"drift,omitempty"`   // of the source's schema since the generation that served
	Waivers   []Waiver   `json:"waivers,omitempty"` // of the policy, that let a refusal pass
	Waiters   []Waiter   `json:"waiters,omitempty"`
	Swap      *Swap      `json:"swap,omitempty"`

	Rehearsal *Rehearsal `json:"rehearsal,omitempty"`
	Warnings  []string   `json:"warnings,omitempty"`
}

// Rehearsal is what the run's rehearsal of migrations came to; its own report
// holds the rest.
type Rehearsal struct {
	Outcome  string   `json:"outcome"` // passed, failed, incomplete
	Headline string   `json:"headline"`
	Version  int      `json:"source_version"`
	Pending  int      `json:"pending"`
	Applied  bool     `json:"applied"` // staging was published with the migrations run
	Gates    []string `json:"failed_gates,omitempty"`
}

// Failure is why a run did not publish.
type Failure struct {
	ExitCode int    `json:"exit_code"`
	Kind     string `json:"kind"`
	Where    string `json:"where,omitempty"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
}

// Source is what was read.
type Source struct {
	Server       string    `json:"server_version,omitempty"`
	Standby      bool      `json:"standby"`
	SnapshotTime time.Time `json:"snapshot_time,omitzero"`
	SnapshotLSN  string    `json:"snapshot_lsn,omitempty"`
	Bytes        int64     `json:"database_bytes,omitempty"`
}

// Policy is what the data was masked by.
type Policy struct {
	Hash           string `json:"hash,omitempty"`
	KeyFingerprint string `json:"key_fingerprint,omitempty"`
	Determinism    string `json:"determinism,omitempty"`
	MaskCatalog    int    `json:"mask_catalog_version"`
	Uncovered      int    `json:"uncovered_columns,omitempty"` // of the source that no rule names, which stopped the run
}

// Stage is one step of the main path.
type Stage struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

// PolicyGate is the gate that stops a run with columns that no rule names.
const PolicyGate = "policy covers every table and column"

// Gate is a check whose failure stops the swap. Of a failure, Run.Error says
// what it found.
type Gate struct {
	Name   string `json:"name"`
	Passed bool   `json:"passed"`
}

// Table is what became of one table.
type Table struct {
	Name    string   `json:"name"`
	Root    string   `json:"partition_of,omitempty"` // the partitioned table whose rules it follows
	Subject string   `json:"subject,omitempty"`      // as the policy writes it
	Rows    int64    `json:"rows"`
	Bytes   int64    `json:"bytes"` // bytes of COPY written to the target
	Seconds float64  `json:"seconds"`
	Mode    string   `json:"mode"`            // "frozen", "chunked", "structure only"
	Where   string   `json:"where,omitempty"` // place of the policy that chose the rows, when not all
	Columns []Column `json:"columns,omitempty"`
}

// Column is what became of one column.
type Column struct {
	Name     string `json:"name"`
	Mask     string `json:"mask"`                   // "keep" or the mask's name
	KeyedBy  string `json:"keyed_by"`               // "", "subject public.customers", "value in person.email", "row"
	Origin   string `json:"origin,omitempty"`       // file:line:column of the rule
	Class    string `json:"class,omitempty"`        // what it seems to hold, by name and type: email, person_name …; empty for what identifies nobody
	Rank     int    `json:"privacy_rank,omitempty"` // 1 strongest (output independent of the value) … 5 weakest (kept); 0 where the mask cannot tell
	Review   bool   `json:"review,omitempty"`       // the policy's line still asks for a look
	Counted  bool   `json:"counted"`                // values were looked at: not those that are kept, or constants and NULLs that the source puts in their place
	Changed  int64  `json:"changed"`
	Same     int64  `json:"unchanged,omitempty"`       // values that came out as they went in
	Idle     int64  `json:"nothing_to_mask,omitempty"` // values such as an empty text
	Nulls    int64  `json:"nulls"`
	Replaced int64  `json:"replaced,omitempty"` // values that could not be parsed
	Oversize int64  `json:"oversize,omitempty"` // values too long to be masked in memory
}

// Leak is a shape in a column of the generation that no mask writes.
type Leak struct {
	Column string `json:"column"`
	Mask   string `json:"mask"`
	What   string `json:"what"`
	Rows   int64  `json:"rows"`
}

// Original is a column of the generation that holds original values of masked
// columns.
type Original struct {
	Column string   `json:"column"`
	Mask   string   `json:"mask"`
	From   []string `json:"from"`             // columns that the values are of
	Rows   int64    `json:"rows"`             // that hold some
	Waived bool     `json:"waived,omitempty"` // a waiver lets it pass
	Chance bool     `json:"chance,omitempty"` // numbers only, and no more of them than are equal by chance: no find
}

// Totals sum the data phase.
type Totals struct {
	Tables       int     `json:"tables"`
	Rows         int64   `json:"rows"`
	Bytes        int64   `json:"bytes"`        // of COPY, written to the target
	SourceBytes  int64   `json:"source_bytes"` // of COPY, read from the source
	MaskedFields int64   `json:"masked_values"`
	DataSeconds  float64 `json:"data_seconds"`
	ChunkRetries int64   `json:"chunk_retries,omitempty"`     // chunks of tables that were read or loaded again after a passing failure
	Conflicts    int     `json:"standby_conflicts,omitempty"` // snapshots that a standby took away, because vacuum had removed their rows on the primary
}

// Drift is a change of the source's schema.
type Drift struct {
	Kind   string `json:"kind"`
	Object string `json:"object"`
	Detail string `json:"detail"`
	Remedy string `json:"remedy,omitempty"`
}

// Waiver is a refusal that the policy lets pass, and why.
type Waiver struct {
	Rule   string     `json:"rule"`
	Object string     `json:"object"`
	Reason string     `json:"reason"`
	Until  *time.Time `json:"until,omitempty"`
	Origin string     `json:"origin"` // file:line:col
}

// Skipped is an object of the source that staging does not have.
type Skipped struct {
	Object string `json:"object"`
	Reason string `json:"reason"`
}

// Waiter is a session of production that waited for the refresh.
type Waiter struct {
	What    string  `json:"what"`
	Seconds float64 `json:"seconds"`
	Action  string  `json:"action"`
}

// Swap is the moment of publication.
type Swap struct {
	Milliseconds float64 `json:"milliseconds"`
	Terminated   int     `json:"sessions_terminated"`
	Waited       float64 `json:"waited_seconds,omitempty"` // for a moment without transactions (target.grace)
	Previous     string  `json:"previous_database,omitempty"`
	Kept         []Kept  `json:"kept_tables,omitempty"` // staging's own rows that went on (target.keep_tables)
}

// Kept is a table whose rows stayed staging's own.
type Kept struct {
	Table   string `json:"table"`
	Rows    int64  `json:"rows"`
	Orphans int64  `json:"orphans_dropped,omitempty"`
}

func (k Kept) String() string {
	s := fmt.Sprintf("kept %s: %s rows of staging's own", k.Table, Count(k.Rows))
	if k.Orphans > 0 {
		s += fmt.Sprintf(", %s rows dropped whose foreign key led nowhere", Count(k.Orphans))
	}
	return s
}

// WriteJSON writes the report as indented JSON.
func (r *Run) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}

// StageSeconds is the time of a stage, 0 if it did not run.
func (r *Run) StageSeconds(name string) float64 {
	for _, s := range r.Stages {
		if s.Name == name {
			return s.Seconds
		}
	}
	return 0
}
