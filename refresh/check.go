package refresh

import (
	"context"

	"github.com/understudy-db/understudy/policies"
	"github.com/understudy-db/understudy/report"
	"github.com/understudy-db/understudy/transform/mask"
)

// Checked is what a policy would do to the source as it is now.
type Checked struct {
	Tables     []report.Table    `json:"tables"`
	Masked     int               `json:"columns_masked"`
	Kept       int               `json:"columns_kept"`
	Migrations map[string]int64  `json:"migrations,omitempty"` // version by table
	PolicyHash string            `json:"policy_hash"`
	Version    int64             `json:"migration_version,omitempty"` // that the schema was built up to
	Files      int               `json:"migration_files,omitempty"`   // it was built from
	Waivers    []report.Waiver   `json:"waivers,omitempty"`
	Warnings   policies.Problems `json:"-"`
}

// Check compares the policy with the source under a snapshot and has the source
// prepare every SQL fragment. No row is read and nothing is written.
func Check(ctx context.Context, o Options) (*Checked, error) {
	o.fill()
	// A pull request is checked where the key is not at hand; a refresh refuses.
	var key *mask.Key
	k, noKey := o.Config.Key(ctx)
	if noKey == nil {
		key = &k
	}
	policy, err := loadPolicy(o.Config)
	if err != nil {
		return nil, err
	}
	source, err := openSource(ctx, &o)
	if err != nil {
		return nil, err
	}
	defer source.Close()
	b, err := bind(ctx, source, o.Config, policy, key)
	if err != nil {
		return nil, err
	}
	used, warned, err := refusals(ctx, &o, source, policy, b)
	if err != nil {
		return nil, err
	}
	drift, warning := checkDrift(ctx, &o, source.Catalog().Fingerprint())
	if len(drift) > 0 {
		return nil, driftProblems(drift)
	}
	if warning != nil {
		warned = append(warned, warning)
	}
	c := checked(b)
	c.Waivers, c.Warnings = used, append(c.Warnings, warned...)
	c.Warnings = append(c.Warnings, policies.AsProblems(noKey)...)
	return c, nil
}

// checked sums up what a policy does.
func checked(b *bound) *Checked {
	c := &Checked{Tables: b.describe(), PolicyHash: b.Hash, Warnings: b.Warnings, Migrations: map[string]int64{}}
	for _, t := range c.Tables {
		for _, col := range t.Columns {
			if col.Mask == "keep" {
				c.Kept++
			} else {
				c.Masked++
			}
		}
	}
	for name, state := range b.migrations {
		c.Migrations[name.String()] = state.Version
	}
	return c
}
