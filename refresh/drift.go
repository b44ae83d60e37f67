package refresh

import (
	"context"
	"fmt"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/load"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/report"
)

// driftSince is what has changed in a schema since the serving generation was
// made; nil where nothing of ours serves, or was made by a version that kept no
// fingerprint.
func driftSince(ctx context.Context, target *load.Server, now *catalog.Fingerprint) ([]report.Drift, error) {
	was, err := target.ServingProvenance(ctx)
	if err != nil || was == nil || was.Schema == nil {
		return nil, err
	}
	var out []report.Drift
	for _, c := range now.Since(was.Schema) {
		out = append(out, report.Drift(c))
	}
	return out, nil
}

// driftProblems are changes as a check reports them.
func driftProblems(drift []report.Drift) policies.Problems {
	var out policies.Problems
	for _, d := range drift {
		out = append(out, &policies.Problem{Where: d.Object, Msg: d.Detail + ", since the last refresh", Hint: d.Remedy, Kind: fault.Policy, Drift: d.Kind})
	}
	return out
}

// maxDriftWarnings keeps a report readable; all are in its JSON form.
const maxDriftWarnings = 20

// drift compares the source's schema with what the serving generation was made
// from. What the policy does not name has been refused before this.
func (r *run) drift(ctx context.Context) error {
	drift, err := driftSince(ctx, r.target, r.schema)
	if err != nil {
		r.Observer.Warn("the source's schema was not compared with the last refresh's: " + err.Error())
		return nil
	}
	r.rep.Drift = drift
	if len(drift) > 0 && r.Config.Drift == "stop" && !r.Drift {
		problems := driftProblems(drift)
		problems[len(problems)-1].Hint += "\n`understudy refresh --accept-drift` goes on with the schema as it is, once"
		return problems
	}
	for i, d := range drift {
		if i == maxDriftWarnings {
			r.Observer.Warn(fmt.Sprintf("and %d more changes of the source's schema", len(drift)-i))
			break
		}
		r.Observer.Warn(fmt.Sprintf("%s: %s, since the last refresh", d.Object, d.Detail))
	}
	return nil
}

// checkDrift is drift for a check. A target that cannot be asked is no failure:
// the policy was compared with the source all the same.
func checkDrift(ctx context.Context, o *Options, now *catalog.Fingerprint) (drift []report.Drift, warning *policies.Problem) {
	if o.Config.Require("project", "target.url", "target.database") != nil {
		return nil, nil
	}
	target, err := openTarget(ctx, o, true)
	if err == nil {
		defer target.Close()
		drift, err = driftSince(ctx, target, now)
	}
	if err != nil {
		return nil, &policies.Problem{Kind: fault.Preflight, Msg: "not compared with the last refresh: " + err.Error()}
	}
	return drift, nil
}
