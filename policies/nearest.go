package policies

import (
	"fmt"
	"strings"
)

// nearest finds the candidate that a misspelt name most likely meant, empty if
// none is close. Case does not count; a swap of neighbours counts once. Ties
// go to the first candidate, so callers pass them in a fixed order.
func nearest(name string, candidates []string) string {
	// A third of the name may be wrong, two letters at least in longer names:
	// beyond that a suggestion confuses more than it helps.
	limit := max(1, len([]rune(name))/3)
	best, bestAt := "", limit+1
	for _, c := range candidates {
		if d := distance(strings.ToLower(name), strings.ToLower(c), bestAt); d < bestAt {
			best, bestAt = c, d
		}
	}
	return best
}

// didYouMean is a hint that names the nearest candidate, or lists the
// candidates when they are few, or is empty.
func didYouMean(name string, candidates []string) string {
	if n := nearest(name, candidates); n != "" {
		return fmt.Sprintf("did you mean %s?", n)
	}
	if len(candidates) > 0 && len(candidates) <= 12 {
		return "known here: " + strings.Join(candidates, ", ")
	}
	return ""
}

// distance is the optimal string alignment distance of a and b in characters;
// it stops counting at limit.
func distance(a, b string, limit int) int {
	s, t := []rune(a), []rune(b)
	if len(s)-len(t) >= limit || len(t)-len(s) >= limit {
		return limit
	}
	before, above, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			d := min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				d = min(d, before[j-2]+1)
			}
			row[j] = d
			least = min(least, d)
		}
		if least >= limit {
			return limit
		}
		before, above, row = above, row, before
	}
	return min(above[len(t)], limit)
}
