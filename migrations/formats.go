package migrations

import (
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/understudy-db/understudy/internal/annotate"
)

// levels of review tools by severity.
var levels = [...]annotate.Level{annotate.Note, annotate.Warning, annotate.Error, annotate.Error}

// WriteSARIF writes the findings as SARIF 2.1.0.
func (r *Report) WriteSARIF(w io.Writer) error {
	var all []annotate.Finding
	rules := []annotate.Rule{}
	for _, f := range r.all() {
		if !slices.ContainsFunc(rules, func(x annotate.Rule) bool { return x.ID == f.Rule }) {
			rules = append(rules, annotate.Rule{ID: f.Rule, Name: f.Rule})
		}
		a := r.annotation(f)
		if f.Fix != "" {
			a.Message += "\n\nInstead:\n" + f.Fix
		}
		if f.Waived != nil {
			a.Waived = f.Waived.Reason
		}
		all = append(all, a)
	}
	return annotate.SARIF(w, "", rules, all)
}

func (r *Report) annotation(f *Finding) annotate.Finding {
	return annotate.Finding{Rule: f.Rule, Level: levels[f.Severity], File: r.filePath(f.File), Line: max(f.Line, 1),
		Title: f.Severity.String() + " " + f.Rule, Message: f.Message}
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
		if m.Status == Failed && m.Failure != nil && len(lines) == 0 {
			lines = []string{m.Failure.Message}
		}
		switch {
		case len(lines) > 0:
			c.Failure = &junitFailure{lines[0], strings.Join(lines, "\n")}
			s.Failures++
		case m.Status == NotRun || m.Status == Refused || m.Status == NotRehearsed:
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
	var all []annotate.Finding
	for _, f := range r.all() {
		if f.Waived == nil && f.Severity != Info && len(all) < maxAnnotations {
			all = append(all, r.annotation(f))
		}
	}
	return annotate.GitHub(w, all)
}
