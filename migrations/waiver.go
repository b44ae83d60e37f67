package migrations

import (
	"regexp"
	"strings"
	"time"
)

// Waiver is a comment in a file that accepts a finding:
//
//	-- understudy:allow RULE reason until=2027-01-31
//
// It holds for the whole file. The reason is required; after the day of until
// it holds no more.
type Waiver struct {
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
	Until  string `json:"until,omitempty"`
	Line   int    `json:"line"`
}

var waiverLine = regexp.MustCompile(`(?m)^[ \t]*--[ \t]*understudy:allow\b[ \t]*(.*?)[ \t\r]*$`)

// waivers reads the waivers of a file; what is wrong with one is a finding.
func waivers(file, src string, now time.Time) (out []Waiver, bad []Finding) {
	for _, m := range waiverLine.FindAllStringSubmatchIndex(src, -1) {
		w := Waiver{Line: lineOf(src, m[0])}
		problem := ""
		for i, word := range strings.Fields(src[m[2]:m[3]]) {
			switch until, ok := strings.CutPrefix(word, "until="); {
			case i == 0:
				w.Rule = word
			case ok:
				w.Until = until
			default:
				w.Reason = strings.TrimSpace(w.Reason + " " + word)
			}
		}
		if w.Until != "" {
			day, err := time.Parse(time.DateOnly, w.Until)
			switch {
			case err != nil:
				problem = "until= is not a day like 2027-01-31"
			case now.After(day.AddDate(0, 0, 1)):
				problem = "it ended on " + w.Until
			}
		}
		switch {
		case w.Rule == "":
			problem = "it names no rule"
		case w.Reason == "" && problem == "":
			problem = "it gives no reason"
		}
		if problem != "" {
			bad = append(bad, Finding{Rule: "waiver", Severity: Medium, Basis: Static, File: file, Line: w.Line,
				Message: "this waiver does not hold: " + problem, Fix: "-- understudy:allow RULE why it is safe here until=" + now.AddDate(0, 3, 0).Format(time.DateOnly)})
			continue
		}
		out = append(out, w)
	}
	return out, bad
}
