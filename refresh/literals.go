package refresh

import (
	"context"
	"slices"

	"github.com/understudy-db/understudy/extract"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/load"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/report"
)

// checkDefinitions refuses personal data and secrets in what is copied besides
// rows.
func checkDefinitions(policy *policies.Policy, schema load.Schema, w *policies.Waivers) error {
	definitions, err := load.Definitions(schema)
	if err != nil {
		return err
	}
	all := make([]policies.Definition, len(definitions))
	for i, d := range definitions {
		all[i] = policies.Definition(d)
	}
	problems := policy.CheckDefinitions(all, w)
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// waivers sums up what the policy's waivers let pass. One that has run out ends
// the run, one that lets nothing pass is worth a warning.
func waivers(w *policies.Waivers, rules ...string) (used []report.Waiver, unused policies.Problems, err error) {
	expired, unused := w.Problems(rules...)
	for _, x := range w.Used() {
		r := report.Waiver{Rule: x.Rule, Object: x.Object, Reason: x.Reason, Origin: x.Origin}
		if !x.Until.IsZero() {
			r.Until = &x.Until
		}
		used = append(used, r)
	}
	if len(expired) > 0 {
		return used, unused, expired
	}
	return used, unused, nil
}

// refusals are those of a check: what is seldom meant, definitions, waivers
// that have run out. Where there is no pg_dump definitions are not looked at,
// and the warning says so.
func refusals(ctx context.Context, o *Options, source *extract.Source, policy *policies.Policy, b *bound) (used []report.Waiver, warnings policies.Problems, err error) {
	problems := slices.Concat(b.Refused, b.Repeats)
	rules := policies.NameRules()
	if _, err := extract.FindPgDump(ctx, o.Config.Tools.PgDump, source.Catalog().Server.Major()); err != nil {
		warnings = append(warnings, &policies.Problem{Kind: fault.Preflight, Msg: "definitions were not looked at: " + err.Error()})
	} else {
		schema, err := readSchema(ctx, source, b)
		if err != nil {
			return nil, nil, err
		}
		err = checkDefinitions(policy, schema, b.Waivers)
		if err != nil && policies.AsProblems(err) == nil {
			return nil, nil, err
		}
		problems = append(problems, policies.AsProblems(err)...)
		rules = append(rules, policies.RuleLiteral)
	}
	used, unused, err := waivers(b.Waivers, rules...)
	problems = append(problems, policies.AsProblems(err)...)
	if len(problems) > 0 {
		problems.Sort()
		return nil, nil, problems
	}
	return used, append(warnings, unused...), nil
}
