// Package annotate writes findings about files in the forms that code review
// tools show beside the lines: SARIF and GitHub's workflow commands.
package annotate

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Level is how bad a finding is.
type Level byte

// Levels, the mildest first.
const (
	Note Level = iota
	Warning
	Error
)

// names of levels in either form.
var (
	sarifLevels  = [...]string{"note", "warning", "error"}
	githubLevels = [...]string{"notice", "warning", "error"}
)

// Finding is something about a line of a file, or about no file in particular.
type Finding struct {
	Rule      string
	Level     Level
	File      string // path with slashes; empty: no place
	Line, Col int    // from 1; a column of 0 is not known
	Title     string // GitHub's headline
	Message   string
	Waived    string // why it is let pass; empty: it is not
}

// Rule says what a rule means.
type Rule struct {
	ID    string     `json:"id"`
	Name  string     `json:"name,omitempty"`
	Short *sarifText `json:"shortDescription,omitempty"`
}

// Describe is a rule with its meaning.
func Describe(id, text string) Rule { return Rule{ID: id, Short: &sarifText{text}} }

type sarifText struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID       string             `json:"ruleId"`
	Level        string             `json:"level"`
	Message      sarifText          `json:"message"`
	Locations    []sarifLocation    `json:"locations,omitempty"`
	Suppressions []sarifSuppression `json:"suppressions,omitempty"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Justification string `json:"justification"`
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
	StartColumn int `json:"startColumn,omitempty"`
}

type sarifDriver struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Rules   []Rule `json:"rules"`
}

type sarifRun struct {
	Tool struct {
		Driver sarifDriver `json:"driver"`
	} `json:"tool"`
	Results []sarifResult `json:"results"`
}

// SARIF writes findings as one run of the Static Analysis Results Interchange
// Format, version 2.1.0 (OASIS). The tool's version may be empty.
func SARIF(w io.Writer, version string, rules []Rule, all []Finding) error {
	var run sarifRun
	run.Tool.Driver = sarifDriver{"understudy", version, rules}
	run.Results = []sarifResult{}
	for _, f := range all {
		r := sarifResult{RuleID: f.Rule, Level: sarifLevels[f.Level], Message: sarifText{f.Message}}
		if f.File != "" {
			r.Locations = []sarifLocation{{sarifPhysical{sarifArtifact{f.File}, sarifRegion{f.Line, f.Col}}}}
		}
		if f.Waived != "" {
			r.Suppressions = []sarifSuppression{{"inSource", f.Waived}}
		}
		run.Results = append(run.Results, r)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

// What GitHub's commands need escaped, in messages and in properties.
var (
	githubData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// GitHub writes findings as workflow commands of GitHub Actions, a line each.
func GitHub(w io.Writer, all []Finding) error {
	for _, f := range all {
		var properties []string
		if f.File != "" {
			properties = append(properties, "file="+githubProperty.Replace(f.File), fmt.Sprintf("line=%d", f.Line))
			if f.Col > 0 {
				properties = append(properties, fmt.Sprintf("col=%d", f.Col))
			}
		}
		properties = append(properties, "title="+githubProperty.Replace(f.Title))
		if _, err := fmt.Fprintf(w, "::%s %s::%s\n", githubLevels[f.Level], strings.Join(properties, ","), githubData.Replace(f.Message)); err != nil {
			return err
		}
	}
	return nil
}
