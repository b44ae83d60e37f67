package originals

import (
	"math"
	"slices"
)

// chanceBelow is how improbable it has to be, for a column, that its numbers
// equal originals by chance. A million numbers of nine digits in one column and
// a million telephone numbers in another have a thousand in common that mean
// nothing. Numbers count once however many rows have them: a fake that many
// rows share is one coincidence.
const chanceBelow = 1e-3

// unevenness is how many more coincidences there may be than among numbers
// that are evenly drawn from all there are; it leaves room for counting within
// a few percent as well.
const unevenness = 2

// Verdict is what was found in a column.
type Verdict struct {
	Rows   int64    // that hold originals
	From   []uint32 // columns that they are of
	Chance int64    // rows with numbers that equal originals, but no more of them than chance explains
}

// Verdict judges what was found in a column, in all its parts.
func (s *Set) Verdict(f *Found) Verdict {
	v := Verdict{Rows: f.Rows}
	from := map[uint32]bool{}
	for c := range f.Columns {
		from[c] = true
	}
	meant := false
	for c := range classes {
		if domain[c] > 0 && !byChance(math.Round(f.hits[c].count()), unevenness*f.looked[c].count()*float64(s.counts[c])/domain[c]) {
			meant = true
		}
	}
	if meant {
		v.Rows += f.numberRows
		for c := range f.numberColumns {
			from[c] = true
		}
	} else {
		v.Chance = f.numberRows
	}
	for c := range from {
		v.From = append(v.From, c)
	}
	slices.Sort(v.From)
	return v
}

// Add adds what was found in another part of the column.
func (f *Found) Add(g *Found) {
	f.Rows += g.Rows
	f.numberRows += g.numberRows
	for c := range classes {
		f.hits[c].union(g.hits[c])
		f.looked[c].union(g.looked[c])
	}
	if len(g.Columns)+len(g.numberColumns) > 0 && f.Columns == nil {
		f.Columns, f.numberColumns = map[uint32]int64{}, map[uint32]int64{}
	}
	for c, n := range g.Columns {
		f.Columns[c] += n
	}
	for c, n := range g.numberColumns {
		f.numberColumns[c] += n
	}
}

// byChance tells whether so many hits are no more than chance brings about
// where so many are expected, by Chernoff's bound of a Poisson distribution.
func byChance(hits, expected float64) bool {
	if hits <= expected {
		return true
	}
	return math.Exp(hits-expected-hits*math.Log(hits/expected)) >= chanceBelow
}
