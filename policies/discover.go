package policies

import (
	"strings"

	"github.com/understudy-db/understudy/catalog"
	"github.com/understudy-db/understudy/policies/discover"
)

// Guess is what a column seems to hold, and what Propose makes of it.
type Guess struct {
	discover.Guess
	Rule   string // the mask that Propose chose; empty where a policy says nothing: generated columns, tables of migration tools
	Review string // why a person should look at it; empty where the case is clear
}

// because is the evidence in one line.
func because(g discover.Guess) string { return strings.Join(g.Evidence, "; ") }

// words names a class in a sentence.
func classWords(c discover.Class) string {
	if c == discover.Unknown {
		return "anything"
	}
	return strings.ReplaceAll(string(c), "_", " ")
}

// guessesOf are the guesses about one table by itself.
func guessesOf(t *catalog.Table) map[*catalog.Column]discover.Guess {
	out := map[*catalog.Column]discover.Guess{}
	for i, g := range discover.Table(t) {
		out[t.Columns[i]] = g
	}
	return out
}
