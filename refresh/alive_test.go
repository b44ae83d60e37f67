package refresh

import "testing"

// Few values of a mask with few outputs may come out the same by chance; many
// may not, and neither may one value of a mask with a great many outputs.
func TestChance(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		capacity float64
		values   int64
		dead     bool
	}{{98, 1, false}, {98, 3, false}, {98, 4, true}, {2, 19, false}, {2, 20, true}, {1, 1000, false}, {0, 5, false}, {0, 6, true}, {1e20, 1, true}} {
		if dead := chance(c.capacity, c.values) <= byChance*1.0000001; dead != c.dead {
			t.Errorf("capacity %v, %d values: dead %v", c.capacity, c.values, dead)
		}
	}
}
