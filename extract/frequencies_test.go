package extract

import (
	"math"
	"testing"
)

// A sample of one row in ten of a table with 50 frequent values and 10,000 rare
// ones has to give both numbers back, about.
func TestScaledFrequencies(t *testing.T) {
	t.Parallel()
	// 50 values of 2,000 rows each; 10,000 of 10 rows, of which a tenth is
	// binomial: 0 with 0.349, 1 with 0.387, 2 with 0.194, 3 with 0.057, 4 with 0.011.
	sample := []Frequency{{200, 50}, {4, 110}, {3, 570}, {2, 1940}, {1, 3870}}
	out := scaled(sample, 0.1)
	if len(out) != 2 || out[0] != (Frequency{2000, 50}) {
		t.Fatalf("%v", out)
	}
	if got := float64(out[1].Values); math.Abs(got-10_000) > 3000 {
		t.Errorf("%v rare values, want about 10000", got)
	}
	if rows := out[1].Rows * float64(out[1].Values); math.Abs(rows-100_000) > 2000 {
		t.Errorf("%v rows of rare values, want about 100000", rows)
	}
	if out := scaled(nil, 0.5); len(out) != 0 {
		t.Errorf("%v of nothing", out)
	}
}
