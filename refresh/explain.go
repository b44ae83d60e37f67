package refresh

import (
	"context"
	"fmt"
	"sort"

	"github.com/understudy-db/understudy/internal/fault"
	"github.com/understudy-db/understudy/load"
	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/report"
	"github.com/understudy-db/understudy/transform/mask"
)

// perRefresh is the setting of determinism by which nothing stays the same.
const perRefresh = "per_refresh"

// Explain says what columns will become and why. Names are schema.table.column
// or schema.table. No row is read, and no key is needed.
func Explain(ctx context.Context, o Options, names []string) ([]policies.Explanation, error) {
	b, err := boundNow(ctx, &o)
	if err != nil {
		return nil, err
	}
	return b.Explain(names, policies.ExplainOptions{PerRefresh: o.Config.Determinism == perRefresh})
}

// Coverage sums what the policy does to the source as it is now. Refusals,
// which a check and a refresh stop at, do not matter here.
func Coverage(ctx context.Context, o Options) (*report.Coverage, error) {
	b, err := boundNow(ctx, &o)
	if err != nil {
		return nil, err
	}
	c := report.CoverageOf(b.describe())
	c.Lines = b.policy.ReviewLines()
	return c, nil
}

// boundNow binds the policy to the source as it is now. Nothing stays open.
func boundNow(ctx context.Context, o *Options) (*bound, error) {
	o.fill()
	policy, err := loadPolicy(o.Config)
	if err != nil {
		return nil, err
	}
	source, err := openSource(ctx, o)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	b, err := bind(ctx, source, o.Config, policy, nil)
	if err != nil {
		return nil, err
	}
	b.policy = policy
	return b, nil
}

// Upgrade is what a refresh by this version of understudy would change of what
// the serving generation shows, because of masks that changed.
type Upgrade struct {
	Staging     string         `json:"staging"`
	Generation  int            `json:"generation"`
	Made        MaskCatalogue  `json:"made_by"`
	Now         MaskCatalogue  `json:"this"`
	Columns     int            `json:"masked_columns"` // that masks of ours make now
	Changes     []OutputChange `json:"changes"`        // by a mask's new version
	Edited      []OutputChange `json:"policy_changes"` // by the policy, whatever the version
	Determinism string         `json:"determinism"`
}

// MaskCatalogue is a version of understudy and of its masks.
type MaskCatalogue struct {
	Tool    string `json:"tool_version"`
	Version int    `json:"mask_catalog_version"`
}

// OutputChange is one column whose values would differ.
type OutputChange struct {
	Column string `json:"column"`
	Mask   string `json:"mask"`
	From   int    `json:"from_version,omitempty"`
	To     int    `json:"to_version,omitempty"`
	Why    string `json:"why"`
	Origin string `json:"origin,omitempty"`
}

// ShowUpgrade compares the masks of this version with those that the serving
// generation was made by, as its provenance records them.
func ShowUpgrade(ctx context.Context, o Options) (*Upgrade, error) {
	b, err := boundNow(ctx, &o)
	if err != nil {
		return nil, err
	}
	target, err := openTarget(ctx, &o, true)
	if err != nil {
		return nil, err
	}
	defer target.Close()
	was, err := target.ServingProvenance(ctx)
	if err != nil {
		return nil, err
	}
	if was == nil {
		return nil, fault.New(fault.Preflight, "no generation of understudy's serves as %s, so there is nothing to compare with", o.Config.Target.Database).
			WithHint("run `understudy refresh` first")
	}
	u := compareOutputs(was, b.Outputs())
	u.Staging, u.Now.Tool, u.Determinism = o.Config.Target.Database, o.Tool, o.Config.Determinism
	return u, nil
}

func compareOutputs(was *load.Provenance, now []policies.Output) *Upgrade {
	u := &Upgrade{
		Generation: was.Generation, Made: MaskCatalogue{was.ToolVersion, was.CatalogVersion},
		Now: MaskCatalogue{Version: mask.CatalogVersion}, Columns: len(now), Changes: []OutputChange{}, Edited: []OutputChange{},
	}
	seen := map[string]bool{}
	for _, n := range now {
		seen[n.Column] = true
		w, recorded := was.Outputs[n.Column]
		c := OutputChange{Column: n.Column, Mask: n.Mask, From: w.Version, To: n.Version, Origin: n.Origin}
		switch {
		case len(was.Outputs) == 0 && was.CatalogVersion == mask.CatalogVersion: // made before versions were kept by column
		case len(was.Outputs) == 0:
			c.Why = fmt.Sprintf("the catalogue went from version %d to %d, and that generation does not say which masks it used", was.CatalogVersion, mask.CatalogVersion)
			u.Changes = append(u.Changes, c)
		case !recorded:
			c.Why, c.From = "not masked in that generation", 0
			u.Edited = append(u.Edited, c)
		case w.Mask != n.Mask:
			c.Why, c.From = "masked by "+w.Mask+" then", 0
			u.Edited = append(u.Edited, c)
		case w.Version != n.Version:
			c.Why = fmt.Sprintf("outputs of %s went from version %d to %d", n.Mask, w.Version, n.Version)
			u.Changes = append(u.Changes, c)
		case w.Rule != n.Rule:
			c.Why = "parameters, domain or subject are others now"
			u.Edited = append(u.Edited, c)
		}
	}
	for column, w := range was.Outputs {
		if !seen[column] {
			u.Edited = append(u.Edited, OutputChange{Column: column, Mask: w.Mask, From: w.Version, Why: "masked then, not now"})
		}
	}
	for _, list := range [][]OutputChange{u.Changes, u.Edited} {
		sort.SliceStable(list, func(i, j int) bool { return list[i].Column < list[j].Column })
	}
	return u
}
