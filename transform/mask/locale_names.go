package mask

import (
	"strings"
	"sync"
)

// knownNames are the names of people of all locales, in lower case.
var knownNames = sync.OnceValue(func() (names struct{ given, family map[string]bool }) {
	names.given, names.family = map[string]bool{}, map[string]bool{}
	for _, l := range localeTable().byCode {
		for _, list := range [][]string{l.male, l.female} {
			for _, n := range list {
				names.given[strings.ToLower(n)] = true
			}
		}
		for _, n := range l.last {
			names.family[strings.ToLower(n)] = true
		}
	}
	return names
})

// IsGivenName tells whether a locale knows a word as the given name of people.
func IsGivenName(word string) bool { return knownNames().given[strings.ToLower(word)] }

// IsFamilyName tells whether a locale knows a word as the name of families.
func IsFamilyName(word string) bool { return knownNames().family[strings.ToLower(word)] }
