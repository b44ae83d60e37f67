package main

import (
	"os"
	"path/filepath"

	"github.com/understudy-db/understudy/internal/annotate"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/policies"
)

// checkRules are what check finds, in the order in which SARIF lists them.
var checkRules = []annotate.Rule{
	annotate.Describe("unlisted-table", "A table that no entry of the policy names: a refresh would stop."),
	annotate.Describe("unlisted-column", "A column that no rule of the policy names: a refresh would stop."),
	annotate.Describe("policy-mismatch", "A rule that does not fit the schema: a refresh would stop."),
	annotate.Describe("drift", "A change of the source's schema since the last refresh."),
	annotate.Describe("policy-file", "A policy or configuration file that cannot be read as one."),
	annotate.Describe("policy-warning", "Something that a refresh would warn of."),
}

// findings are a check's problems and warnings as review tools show them.
func findings(problems, warnings policies.Problems) []annotate.Finding {
	var out []annotate.Finding
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
		out = append(out, annotation(rule, annotate.Error, p))
	}
	for _, p := range warnings {
		out = append(out, annotation("policy-warning", annotate.Warning, p))
	}
	return out
}

func annotation(rule string, level annotate.Level, p *policies.Problem) annotate.Finding {
	f := annotate.Finding{Rule: rule, Level: level, Title: "understudy " + rule, Message: p.Msg}
	if p.Where != "" {
		f.Message = p.Where + ": " + f.Message
	}
	if p.Hint != "" {
		f.Message += "\n" + p.Hint
	}
	if p.Line > 0 {
		f.File, f.Line, f.Col = inRepository(p.File), p.Line, max(p.Col, 1)
	}
	return f
}

// inRepository is a path as tools want it that know files by their place in the
// repository, which is the working directory.
func inRepository(file string) string {
	if wd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(wd, file); err == nil && filepath.IsLocal(rel) {
			return filepath.ToSlash(rel)
		}
	}
	return filepath.ToSlash(file)
}
