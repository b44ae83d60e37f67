package migrations

import (
	"fmt"
	"strings"
)

// Severity orders findings.
type Severity int

// Severities, least first.
const (
	Info    Severity = iota // worth knowing
	Medium                  // goes wrong under load, or cannot be taken back
	High                    // production would feel it
	Blocker                 // fails, loses data, or leaves the database half-changed
)

var severityNames = [...]string{"INFO", "MEDIUM", "HIGH", "BLOCKER"}

// String is the severity as reports write it.
func (s Severity) String() string { return severityNames[s] }

// MarshalText is the severity as reports write it.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a severity in any case.
func (s *Severity) UnmarshalText(b []byte) error {
	for i, n := range severityNames {
		if strings.EqualFold(n, string(b)) {
			*s = Severity(i)
			return nil
		}
	}
	return fmt.Errorf("severity %q is none of info, medium, high, blocker", b)
}

// Basis says how a finding is known.
type Basis string

// Bases of findings.
const (
	Static   Basis = "static"   // from the text of the file alone
	Measured Basis = "measured" // from what the server did
)

// Finding is one thing that a reviewer should know about a file.
type Finding struct {
	Rule      string   `json:"id"`
	Severity  Severity `json:"severity"`
	Basis     Basis    `json:"basis"`
	File      string   `json:"file"`
	Line      int      `json:"line,omitempty"`
	Statement int      `json:"statement,omitempty"` // counted from 1 in its file
	Relation  string   `json:"relation,omitempty"`
	Message   string   `json:"message"`
	Fix       string   `json:"fix,omitempty"` // what to write instead, in SQL where that says it best
	Waived    *Waiver  `json:"waived,omitempty"`
}

// Place is file:line.
func (f *Finding) Place() string {
	if f.Line == 0 {
		return f.File
	}
	return fmt.Sprintf("%s:%d", f.File, f.Line)
}

// Counts are the findings of a run by severity, without waived ones.
type Counts struct {
	Blocker int `json:"blocker"`
	High    int `json:"high"`
	Medium  int `json:"medium"`
	Info    int `json:"info"`
	Waived  int `json:"waived"`
}

func (c *Counts) add(f *Finding) {
	switch {
	case f.Waived != nil:
		c.Waived++
	case f.Severity == Blocker:
		c.Blocker++
	case f.Severity == High:
		c.High++
	case f.Severity == Medium:
		c.Medium++
	default:
		c.Info++
	}
}
