package refresh

import (
	"context"

	"github.com/understudy-db/understudy/policies"
)

// Risk is how well some columns of a table of staging single rows out. Shares
// are between 0 and 1.
type Risk struct {
	Table       string   `json:"table"`
	Columns     []string `json:"columns"`
	Rows        int64    `json:"rows"`
	Classes     int64    `json:"classes"`  // different combinations of values
	Smallest    int64    `json:"smallest"` // rows of the smallest class: k of k-anonymity
	Unique      int64    `json:"unique_rows"`
	BelowFive   float64  `json:"share_below_5"`  // of rows in classes of fewer than 5
	BelowEleven float64  `json:"share_below_11"` // of rows in classes of fewer than 11
	Marketer    float64  `json:"marketer_risk"`  // classes by rows: the share of rows that somebody who matches all gets right
}

// MeasureRisk counts in staging; production is not read and no key is needed.
func MeasureRisk(ctx context.Context, o Options, table string, columns []string) (*Risk, error) {
	o.fill()
	name, err := policies.ParseName(table)
	if err != nil {
		return nil, err
	}
	target, err := openTarget(ctx, &o, true)
	if err != nil {
		return nil, err
	}
	defer target.Close()
	c, err := target.Risk(ctx, name, columns)
	if err != nil {
		return nil, err
	}
	r := &Risk{Table: name.String(), Columns: columns, Rows: c.Rows, Classes: c.Classes, Smallest: c.Smallest, Unique: c.Unique}
	if c.Rows > 0 {
		n := float64(c.Rows)
		r.BelowFive, r.BelowEleven, r.Marketer = float64(c.BelowFive)/n, float64(c.BelowEleven)/n, float64(c.Classes)/n
	}
	return r, nil
}
