package migrations

import (
	"fmt"
	"time"
)

// Gates are the limits that a rehearsal must keep. A zero value does not judge.
type Gates struct {
	MaxReadBlock  time.Duration
	MaxWriteBlock time.Duration
	MaxDuration   time.Duration // of one version
	MaxWAL        int64         // bytes of one version
	MaxExtraDisk  int64         // bytes that the database grows by
	RequireDown   string        // none, run or exact; empty: none
	RequireProof  bool          // statements that depend on rows must be proven on the source
	FailOn        Severity      // findings of this severity and above fail
	MaxRegression float64       // so many times what Last took; 0 does not judge
	Last          *Report       // an earlier rehearsal; nil: nothing to compare with
	NoFailOn      bool          // findings fail nothing
}

// GateResult is a gate that was not kept.
type GateResult struct {
	Gate    string `json:"gate"`
	Version uint64 `json:"version"`
	Place   string `json:"place,omitempty"`
	Message string `json:"message"`
}

// What is less than this is noise, not a regression.
const (
	noiseMS    = 500
	noiseBytes = 1 << 20
)

// judgeRegression compares with an earlier rehearsal of the same file: how long
// it took, whom it kept waiting, what it wrote.
func (r *Report) judgeRegression(g Gates, m *Result) {
	if g.Last == nil || g.MaxRegression <= 0 {
		return
	}
	for _, old := range g.Last.Migrations {
		if old.Version != m.Version || old.File != m.File || old.Status != m.Status || m.Status != Applied {
			continue
		}
		worse := func(what string, was, is, noise float64, text func(float64) string) {
			if is > was*g.MaxRegression && is-was > noise {
				r.Gates = append(r.Gates, GateResult{"max_regression", m.Version, m.File, fmt.Sprintf("%s %s, and %s in the rehearsal of %s, limit %g times that",
					what, text(is), text(was), g.Last.StartedAt.Format("2006-01-02 15:04"), g.MaxRegression)})
			}
		}
		worse("it takes", old.MS, m.MS, noiseMS, msText)
		worse("it writes WAL of", float64(old.WAL), float64(m.WAL), noiseBytes, func(n float64) string { return bytesText(int64(n)) })
		for t, b := range m.Blocked {
			worse("reads of "+t+" wait", old.Blocked[t].ReadMS, b.ReadMS, noiseMS, msText)
			worse("writes of "+t+" wait", old.Blocked[t].WriteMS, b.WriteMS, noiseMS, msText)
		}
	}
}

// judgeGates lists the gates that the run did not keep.
func (r *Report) judgeGates(g Gates) {
	for _, p := range r.SourceProof {
		if g.RequireProof && p.Verdict != Proven {
			r.Gates = append(r.Gates, GateResult{"require_source_proof", p.Version, p.Place, p.Verdict + ": " + p.Reason})
		}
	}
	fail := func(gate string, m *Result, place, format string, a ...any) {
		r.Gates = append(r.Gates, GateResult{gate, m.Version, place, fmt.Sprintf(format, a...)})
	}
	for _, m := range r.Migrations {
		if !m.pending() {
			continue
		}
		for i := range m.Findings {
			if f := &m.Findings[i]; !g.NoFailOn && f.Waived == nil && f.Severity >= g.FailOn {
				fail("fail_on", m, f.Place(), "%s %s: %s", f.Severity, f.Rule, f.Message)
			}
		}
		for _, s := range m.Statements {
			for t, b := range s.Blocked {
				place := fmt.Sprintf("%s:%d", m.File, s.Line)
				read := likely(b.ReadMS, s.Estimate, func(e *Estimate) [3]float64 { return e.ReadBlockMS })
				write := likely(b.WriteMS, s.Estimate, func(e *Estimate) [3]float64 { return e.WriteBlockMS })
				if limit := ms(g.MaxReadBlock); limit > 0 && b.ReadMS > 0 && read > limit {
					fail("max_read_block", m, place, "reads of %s wait %s here, likely %s in production, limit %s", t, msText(b.ReadMS), msText(read), msText(limit))
				}
				if limit := ms(g.MaxWriteBlock); limit > 0 && b.WriteMS > 0 && write > limit {
					fail("max_write_block", m, place, "writes of %s wait %s here, likely %s in production, limit %s", t, msText(b.WriteMS), msText(write), msText(limit))
				}
			}
		}
		if g.MaxDuration > 0 && m.MS > ms(g.MaxDuration) {
			fail("max_duration", m, m.File, "it takes %.1f s, limit %s", m.MS/1000, g.MaxDuration)
		}
		if g.MaxWAL > 0 && m.WAL > g.MaxWAL {
			fail("max_wal", m, m.File, "it writes %s of WAL, limit %s", bytesText(m.WAL), bytesText(g.MaxWAL))
		}
		if g.MaxExtraDisk > 0 {
			var grown int64
			for _, s := range m.Statements {
				for _, z := range s.Sizes {
					// A table that is written anew is there twice for a while.
					grown += max(z.After-z.Before, 0)
					if len(s.Rewrites) > 0 {
						grown += min(z.Before, z.After)
					}
				}
			}
			if grown = max(grown, m.PeakBytes); grown > g.MaxExtraDisk {
				fail("max_extra_disk", m, m.File, "it needs %s more at its peak, limit %s", bytesText(grown), bytesText(g.MaxExtraDisk))
			}
		}
		r.judgeDownGate(g, m)
		r.judgeRegression(g, m)
	}
}

func (r *Report) judgeDownGate(g Gates, m *Result) {
	if m.Down == nil || g.RequireDown == "" || g.RequireDown == "none" {
		return
	}
	bad := false
	switch m.Down.Verdict {
	case Exact, OrderOnly:
	case DownEmpty:
		bad = g.RequireDown == "exact" && m.Down.Schema != "exact"
	case DownFailed, NoDown:
		bad = true
	case NotJudged:
	default:
		bad = g.RequireDown == "exact"
	}
	if bad {
		r.Gates = append(r.Gates, GateResult{"require_down", m.Version, m.DownFile, fmt.Sprintf("down is %s, asked for is %s", m.Down.Verdict, g.RequireDown)})
	}
}
