package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/policies"
)

// finding is a problem as code review tools show it.
type finding struct {
	rule    string
	warning bool
	*policies.Problem
}

// findingRules say what each rule means, in the order in which SARIF lists them.
var findingRules = []struct{ id, text string }{
	{"unlisted-table", "A table that no entry of the policy names: a refresh would stop."},
	{"unlisted-column", "A column that no rule of the policy names: a refresh would stop."},
	{"policy-mismatch", "A rule that does not fit the schema: a refresh would stop."},
	{"drift", "A change of the source's schema since the last refresh."},
	{"policy-file", "A policy or configuration file that cannot be read as one."},
	{"policy-warning", "Something that a refresh would warn of."},
}

func findings(problems, warnings policies.Problems) []finding {
	var out []finding
	for _, p := range problems {
		rule := "policy-mismatch"
		switch {
		case p.Gap != nil && len(p.Gap.Columns) > 0:
			rule = "unlisted-column"
		case p.Gap != nil:
			rule = "unlisted-table"
		case p.Drift != "":
			rule = "drift"
		case p.Kind == fault.Usage:
			rule = "policy-file"
		}
		out = append(out, finding{rule, false, p})
	}
	for _, p := range warnings {
		out = append(out, finding{"policy-warning", true, p})
	}
	return out
}

// message is the problem without its place, with the hint below.
func (f finding) message() string {
	text := f.Msg
	if f.Where != "" {
		text = f.Where + ": " + text
	}
	if f.Hint != "" {
		text += "\n" + f.Hint
	}
	return text
}

// path is the finding's file as tools want it that know files by their place in
// the repository, which is the working directory.
func (f finding) path() string {
	if wd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(wd, f.File); err == nil && filepath.IsLocal(rel) {
			return filepath.ToSlash(rel)
		}
	}
	return filepath.ToSlash(f.File)
}

// githubAnnotations are GitHub's workflow commands, a line for each finding.
func githubAnnotations(all []finding) string {
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	var b strings.Builder
	for _, f := range all {
		level := "error"
		if f.warning {
			level = "warning"
		}
		props := []string{"title=" + property.Replace("understudy "+f.rule)}
		if f.Line > 0 {
			props = append([]string{
				"file=" + property.Replace(f.path()), fmt.Sprintf("line=%d", f.Line), fmt.Sprintf("col=%d", max(f.Col, 1)),
			}, props...)
		}
		fmt.Fprintf(&b, "::%s %s::%s\n", level, strings.Join(props, ","), data.Replace(f.message()))
	}
	return b.String()
}

// sarif is a log of the Static Analysis Results Interchange Format, version
// 2.1.0 (OASIS), with one run.
type sarif struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool    sarifTool     `json:"tool"`
	Results []sarifResult `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version"`
	Rules   []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID    string    `json:"id"`
	Short sarifText `json:"shortDescription"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID    string          `json:"ruleId"`
	Level     string          `json:"level"`
	Message   sarifText       `json:"message"`
	Locations []sarifLocation `json:"locations,omitempty"`
}

type sarifLocation struct {
	Physical sarifPhysical `json:"physicalLocation"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   sarifRegion   `json:"region"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn"`
}

func sarifLog(all []finding) sarif {
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: "understudy", Version: toolVersion()}}, Results: []sarifResult{}}
	for _, r := range findingRules {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{r.id, sarifText{r.text}})
	}
	for _, f := range all {
		r := sarifResult{RuleID: f.rule, Level: "error", Message: sarifText{f.message()}}
		if f.warning {
			r.Level = "warning"
		}
		if f.Line > 0 {
			r.Locations = []sarifLocation{{sarifPhysical{sarifArtifact{f.path()}, sarifRegion{f.Line, max(f.Col, 1)}}}}
		}
		run.Results = append(run.Results, r)
	}
	return sarif{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}}
}
