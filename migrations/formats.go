package migrations

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// levels of SARIF and GitHub by severity.
var (
	sarifLevel  = [...]string{"note", "warning", "error", "error"}
	githubLevel = [...]string{"notice", "warning", "error", "error"}
)

type sarifText struct {
	Text string `json:"text"`
}

type sarifRegion struct {
	StartLine int `json:"startLine"`
}

type sarifResult struct {
	RuleID    string    `json:"ruleId"`
	Level     string    `json:"level"`
	Message   sarifText `json:"message"`
	Locations []any     `json:"locations"`
	Suppress  []any     `json:"suppressions,omitempty"`
}

// WriteSARIF writes the findings as SARIF 2.1.0.
func (r *Report) WriteSARIF(w io.Writer) error {
	results := []sarifResult{}
	var rules []map[string]any
	var seen []string
	for _, f := range r.all() {
		if !slices.Contains(seen, f.Rule) {
			seen = append(seen, f.Rule)
			rules = append(rules, map[string]any{"id": f.Rule, "name": f.Rule})
		}
		text := f.Message
		if f.Fix != "" {
			text += "\n\nInstead:\n" + f.Fix
		}
		res := sarifResult{RuleID: f.Rule, Level: sarifLevel[f.Severity], Message: sarifText{text}, Locations: []any{map[string]any{
			"physicalLocation": map[string]any{"artifactLocation": map[string]string{"uri": r.filePath(f.File)}, "region": sarifRegion{max(f.Line, 1)}},
		}}}
		if f.Waived != nil {
			res.Suppress = []any{map[string]string{"kind": "inSource", "justification": f.Waived.Reason}}
		}
		results = append(results, res)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(map[string]any{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
		"runs": []any{map[string]any{"tool": map[string]any{"driver": map[string]any{"name": "understudy", "rules": rules}}, "results": results}},
	})
}

// filePath is a file's path as the report was asked for it.
func (r *Report) filePath(file string) string {
	if r.Path == "" || file == "" {
		return file
	}
	return path.Join(r.Path, file)
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     string      `xml:"time,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitFailure `xml:"failure,omitempty"`
	Skipped *junitSkipped `xml:"skipped,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

type junitSkipped struct {
	Message string `xml:"message,attr"`
}

// WriteJUnit writes one test case a version; a gate not kept is a failure.
func (r *Report) WriteJUnit(w io.Writer) error {
	s := junitSuite{Name: "understudy rehearse " + r.Path, Time: fmt.Sprintf("%.3f", r.Seconds)}
	for _, m := range r.Migrations {
		name := m.File
		if name == "" {
			name = m.DownFile
		}
		c := junitCase{Class: r.Path, Name: name, Time: fmt.Sprintf("%.3f", m.MS/1000)}
		var lines []string
		for _, g := range r.Gates {
			if g.Version == m.Version {
				lines = append(lines, strings.TrimSpace(g.Place+" "+g.Gate+": "+g.Message))
			}
		}
		if m.Failure != nil && len(lines) == 0 {
			lines = []string{m.Failure.Message}
		}
		switch {
		case len(lines) > 0:
			c.Failure = &junitFailure{lines[0], strings.Join(lines, "\n")}
			s.Failures++
		case m.Status == NotRun || m.Status == Refused:
			c.Skipped = &junitSkipped{m.Reason}
			s.Skipped++
		}
		s.Cases = append(s.Cases, c)
	}
	s.Tests = len(s.Cases)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", " ")
	return e.Encode(s)
}

// maxAnnotations is how many annotations GitHub shows of one step.
const maxAnnotations = 10

// WriteGitHub writes the worst findings as workflow commands of GitHub Actions.
func (r *Report) WriteGitHub(w io.Writer) error {
	escape := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	n := 0
	for _, f := range r.all() {
		if f.Waived != nil || f.Severity == Info {
			continue
		}
		if n++; n > maxAnnotations {
			break
		}
		if _, err := fmt.Fprintf(w, "::%s file=%s,line=%d,title=%s::%s\n", githubLevel[f.Severity], property.Replace(r.filePath(f.File)), max(f.Line, 1), property.Replace(f.Severity.String()+" "+f.Rule), escape.Replace(f.Message)); err != nil {
			return err
		}
	}
	return nil
}
