package migrations

// SchemaVersion is the version of report.json; it rises when a field changes
// its meaning or goes away.
const SchemaVersion = 1

// Blocked is how long a statement keeps others waiting for a relation: from its
// start to the end of its transaction, in milliseconds.
type Blocked struct {
	ReadMS  float64 `json:"read_ms"`
	WriteMS float64 `json:"write_ms"`
}

// Lock is the strongest lock that a statement took on a relation and held for
// longer than itself if its transaction went on.
type Lock struct {
	Relation string  `json:"rel"`
	Mode     string  `json:"mode"`
	StartMS  float64 `json:"start_ms"` // since the file began
	HeldMS   float64 `json:"held_ms"`
	New      bool    `json:"new,omitempty"` // made by the same file: blocks nobody
}

// Size is a relation's size with its indexes, in bytes.
type Size struct {
	Before int64 `json:"before"`
	After  int64 `json:"after"`
	Rows   int64 `json:"rows"` // estimate before the file; -1: never analysed
}

// StatementResult is one statement of a file as the trace saw it.
type StatementResult struct {
	N           int                `json:"n"`
	Line        int                `json:"line"`
	Kind        string             `json:"kind"`
	Table       string             `json:"table,omitempty"`
	StartMS     float64            `json:"start_ms"`
	MS          float64            `json:"ms"`
	Rows        int64              `json:"rows"`
	WAL         *int64             `json:"wal_bytes,omitempty"`
	TempBytes   *int64             `json:"temp_bytes,omitempty"` // written to temporary files; absent: not measured
	PeakBytes   *int64             `json:"peak_bytes,omitempty"` // by which the database was larger at most than before the file; absent: too short to be seen
	Rewrites    []string           `json:"rewrites,omitempty"`
	Scans       []string           `json:"scans,omitempty"`
	Indexes     []string           `json:"indexes_built,omitempty"`
	Validated   []string           `json:"validated,omitempty"`
	Locks       []Lock             `json:"locks,omitempty"`
	Blocked     map[string]Blocked `json:"blocked,omitempty"`
	Sizes       map[string]Size    `json:"sizes,omitempty"`
	LockTimeout string             `json:"lock_timeout"`
	Skipped     string             `json:"skipped,omitempty"` // why it did not run in the trace
	Failure     *Failure           `json:"error,omitempty"`
	Estimate    *Estimate          `json:"estimate,omitempty"`

	kind Kind
	text string
}

// Status says what became of one version.
type Status string

// States of a version.
const (
	Applied  Status = "applied"
	Failed   Status = "failed"
	NoUpFile Status = "no_up_file" // golang-migrate did nothing and marked it as done
	Refused  Status = "refused"    // we did not run it
	NotRun   Status = "not_run"    // an earlier version stopped the run
	// NotRehearsed is a version that needs a role or an extension which the
	// server lacks: whether production would run it is not known.
	NotRehearsed Status = "not_rehearsed"
)

// Verdict says what a version's down file is worth.
type Verdict string

// Verdicts of a round trip up, down, up.
const (
	Exact      Verdict = "exact"        // down restores the schema, and up works again
	OrderOnly  Verdict = "order_only"   // but for the order of columns
	Differs    Verdict = "differs"      // down leaves another schema
	DownFailed Verdict = "down_failed"  // down stops with an error
	ReupFailed Verdict = "reup_failed"  // up cannot run again after down
	ReupDiffer Verdict = "reup_differs" // up makes another schema the second time
	DownEmpty  Verdict = "down_empty"   // the down file holds no statement
	NoDown     Verdict = "no_down"      // there is no down file
	NotJudged  Verdict = "not_judged"   // see reason
)

// Down is what running a version down and up again showed.
type Down struct {
	Verdict   Verdict  `json:"verdict"`
	Ran       bool     `json:"ran"`
	Schema    string   `json:"schema,omitempty"` // exact, order_only or differs from before the up file
	Diff      []string `json:"diff,omitempty"`   // from before the up file to after the down file
	Rows      []string `json:"rows_changed,omitempty"`
	Reup      string   `json:"reup,omitempty"` // ok, failed or differs
	ReupDiff  []string `json:"reup_diff,omitempty"`
	MS        float64  `json:"ms,omitempty"`
	Failure   *Failure `json:"error,omitempty"`
	ReupError *Failure `json:"reup_error,omitempty"`
	Reason    string   `json:"reason,omitempty"` // why it is not judged
}

// Result is one version.
type Result struct {
	Version     uint64             `json:"version"`
	Title       string             `json:"title"`
	File        string             `json:"file,omitempty"`
	DownFile    string             `json:"down_file,omitempty"`
	Status      Status             `json:"status"`
	Reason      string             `json:"reason,omitempty"` // why it was refused or not run
	Failure     *Failure           `json:"error,omitempty"`
	Partial     []string           `json:"partial,omitempty"` // what a failed file has left behind
	Dirty       bool               `json:"dirty,omitempty"`
	Aborted     bool               `json:"session_aborted,omitempty"` // golang-migrate keeps an aborted session and its lock
	Recovery    string             `json:"recovery,omitempty"`
	Inherited   []string           `json:"settings_in_force,omitempty"` // that earlier files have left in the session
	MS          float64            `json:"ms"`                          // run by golang-migrate
	TraceMS     float64            `json:"trace_ms,omitempty"`
	CommitMS    float64            `json:"commit_ms,omitempty"`
	Atomic      bool               `json:"atomic"`
	Equal       *bool              `json:"witness_equal,omitempty"` // faithful and traced run agree
	Difference  []string           `json:"witness_diff,omitempty"`
	Blocked     map[string]Blocked `json:"blocked,omitempty"` // by relation, all statements together
	WAL         int64              `json:"wal_bytes"`
	TempBytes   *int64             `json:"temp_bytes,omitempty"`
	PeakBytes   int64              `json:"peak_bytes,omitempty"` // of all statements
	Statements  []*StatementResult `json:"statements,omitempty"`
	Probe       map[string]*Probed `json:"probe,omitempty"` // by relation: a reader and a writer meanwhile
	Queue       *Queued            `json:"lock_queue,omitempty"`
	Interrupted []Interrupted      `json:"interrupted,omitempty"` // of files that are not one transaction
	Down        *Down              `json:"down,omitempty"`
	Findings    []Finding          `json:"findings,omitempty"`
	Invalid     []string           `json:"invalid,omitempty"` // invalid indexes and constraints left behind

	pair   *Pair
	known  bool // it was there at the older end of the range: run, and not judged
	narrow []narrowSequence
}

// narrowSequence is a serial column's sequence of another type than the column.
type narrowSequence struct{ table, column, kind, sequence string }
